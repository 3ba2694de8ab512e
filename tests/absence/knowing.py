"""Known absence to ask about: the same row however often it is asked for."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import NAMESPACE_OID, UUID, uuid5

from fravaer.absence import discrepancies
from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.foretold import ask, report
from fravaer.absence.models import Discrepancy
from fravaer.absence.reasons import Source
from fravaer.core.periods import Period
from fravaer.core.scope import Scope
from fravaer.schools.models import Pupil
from tests.cast import DAY, MORNING

TOMORROW = DAY + timedelta(days=1)


def one_day(day: date) -> Period:
    return Period(day, day + timedelta(days=1))


def report_of(pupil: Pupil) -> UUID:
    """She is reported ill tomorrow."""
    return report(
        uuid=uuid5(NAMESPACE_OID, f"report {pupil.pk}"),
        pupil_id=pupil.pk,
        period=one_day(TOMORROW),
        source=Source.GUARDIAN_PHONE,
        scope=Scope(),
        now=MORNING,
    ).uuid


def request_of(pupil: Pupil) -> UUID:
    """Leave is asked for tomorrow."""
    return ask(
        uuid=uuid5(NAMESPACE_OID, f"leave {pupil.pk}"),
        pupil_id=pupil.pk,
        period=one_day(TOMORROW),
        source=Source.GUARDIAN_PHONE,
        text="Familiefest",
        scope=Scope(),
        now=MORNING,
    ).uuid


def contradiction_of(pupil: Pupil, school_id: int, *, kept: bool = False) -> UUID:
    """Two registers have her, as the night would find it; or somebody kept it so."""
    made, _new = Discrepancy.objects.get_or_create(
        uuid=uuid5(NAMESPACE_OID, f"contradiction {pupil.pk} {kept}"),
        defaults={
            "pupil": pupil,
            "day": DAY - timedelta(days=kept),
            "checkpoint": Checkpoint.START,
            "kind": Discrepancy.Kind.WITHOUT_ABSENCE,
            "school_id": school_id,
            "found_at": MORNING,
        },
    )
    if kept:
        discrepancies.settle(made.uuid, discrepancies.KEPT, user_id=None, now=MORNING)
    return made.uuid
