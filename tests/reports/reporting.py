"""What the reports' pages can be about, for tests that ask every page."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

from fravaer.accounts.roles import Role, actions
from fravaer.core.periods import Period
from fravaer.core.scope import Scope
from fravaer.reports import footnotes
from fravaer.reports.models import Annotation
from fravaer.schools.models import School
from tests import factories
from tests.cast import MORNING

TARGET = {"percent": "6,5", "valid_from": "2025-08-01", "decision": "BUU 12-03-2025", "seen": "0"}
FEBRUARY = Period(date(2026, 2, 1), date(2026, 3, 1))


def note_form(school: School) -> dict[str, str]:
    """What the form for a note on the school posts."""
    return {
        "unit": f"school-{school.pk}",
        "since": "2026-02-01",
        "last_day": "2026-02-28",
        "text": "Mange syge",
        "key": str(uuid4()),
    }


def note_on(school: School) -> Annotation:
    """A note on the school, by somebody who holds the municipality."""
    chief = Scope(
        actor_id=factories.user("Hanne Lind").pk,
        role=Role.CHIEF,
        actions=actions(Role.CHIEF),
        municipality=True,
    )
    return footnotes.add(("school", school.pk), FEBRUARY, "Mange syge", key=uuid4(), scope=chief, now=MORNING)
