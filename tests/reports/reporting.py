"""What the reports' pages can be about, for tests that ask every page."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

from fravaer.accounts.roles import Role, actions
from fravaer.core.periods import Period, Quarter
from fravaer.core.scope import Scope
from fravaer.reports import footnotes, freezing, initiatives, modes, wheel
from fravaer.reports.models import Annotation, DataSet, DataSetKind, Initiative, Snapshot, WheelItem
from fravaer.schools.models import Area, School
from tests import factories
from tests.cast import DAY, MORNING

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


def chief() -> Scope:
    """Somebody who holds the municipality."""
    return Scope(
        actor_id=factories.user("Hanne Lind").pk,
        role=Role.CHIEF,
        actions=actions(Role.CHIEF),
        municipality=True,
    )


def note_on(school: School) -> Annotation:
    """A note on the school."""
    return footnotes.add(
        ("school", school.pk), FEBRUARY, "Mange syge", key=uuid4(), scope=chief(), now=MORNING
    )


def agree_form(**changed: str) -> dict[str, str]:
    """What the form for an initiative posts."""
    data = {"text": "Ring hjem samme dag", "owner": "Lars Toft", "due_on": "2026-05-01", "school": ""}
    return data | {"key": str(uuid4())} | changed


def settle_form(**changed: str) -> dict[str, str]:
    """What the form for an initiative's outcome posts."""
    return {"outcome": "done", "remark": "Flere svarer."} | changed


def initiative_of(area: Area) -> Initiative:
    """An initiative of the area, agreed after the running quarter."""
    wanted = initiatives.Wanted("Ring hjem samme dag", "Lars Toft", date(2026, 5, 1), None)
    return initiatives.agree(area, Quarter.of(DAY), wanted, key=uuid4(), scope=chief(), now=MORNING)


def task_form(**changed: str) -> dict[str, str]:
    """What the form for a task of one's own posts."""
    data = {
        "title": "Temadag om fravær",
        "due_on": "2026-05-04",
        "area": "",
        "owner": "",
        "text": "",
        "seen": "0",
    }
    return data | {"key": str(uuid4())} | changed


def task_of(area: Area) -> WheelItem:
    """A task of the area."""
    wanted = wheel.Wanted("Temadag om fravær", "", date(2026, 5, 4), area.pk, None)
    return wheel.add(2025, wanted, key=uuid4(), scope=chief(), now=MORNING)


def data_set_of(school: School) -> DataSet:
    """The school's one data set of the running year, of rows that are no more."""
    return _data_set(DataSetKind.STIL, 2025, school)


def package_of(school_year: int) -> DataSet:
    """The municipality's one data package of the year, of tables that are no more."""
    return _data_set(DataSetKind.PACKAGE, school_year, None)


def _data_set(kind: DataSetKind, school_year: int, school: School | None) -> DataSet:
    found, _made = DataSet.objects.get_or_create(
        kind=kind,
        school_year=school_year,
        school=school,
        defaults={
            "key": uuid4(),
            "rows": 0,
            "sha256": "0" * 64,
            "made_by": factories.user("Hanne Lind"),
            "made_at": MORNING,
        },
    )
    return found


BEFORE = Quarter.of(DAY).previous()
MODES = (modes.internal(5, 10), modes.publication())


def frozen() -> Snapshot:
    """The quarter before, frozen."""
    return freezing.freeze(BEFORE, modes=MODES, scope=None, today=DAY, now=MORNING)


def approve_form(area: Area) -> dict[str, str]:
    """What the form with which a manager stands by her area posts."""
    return {"area": area.code, "snapshot": str(frozen().uuid), "text": ""}
