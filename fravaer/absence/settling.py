"""How does the office settle what nobody has explained, several pupils at a time?

Each pupil's day stands by itself: what somebody else has explained meanwhile is left as it is and told, and the others are
settled all the same. Unlawful absence is decided by a named person who may, for each pupil, and proposed by nobody but the
deadline. Legal basis: order on pupils' absence in the Folkeskole, in force 1 January 2020, § 3.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

from django.db import transaction

from fravaer.absence import explaining, foretold, register
from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.models import Known
from fravaer.absence.reasons import Mark, Source
from fravaer.core.periods import Period
from fravaer.core.scope import Scope
from fravaer.schools.models import Enrolment

# A pupil who is ill for longer is reported on the page of known absence, where the days are seen.
MOST_DAYS_ILL = 14


@dataclass(frozen=True, slots=True)
class Answer:
    """What the office says of one pupil's day; `ill_until` is the last day of an illness of several days."""

    pupil_id: int
    school_class_id: int
    school_id: int
    day: date
    mark: Mark
    source: Source
    key: UUID
    note: str = ""
    local_reason_id: int | None = None
    ill_until: date | None = None


@dataclass(slots=True)
class Settled:
    """What came of it: answers that stand, and those that do not by why; `taken` says what stands instead, and by whom."""

    done: list[Answer] = field(default_factory=list)
    taken: list[tuple[Answer, Mark, str]] = field(default_factory=list)
    gone: list[Answer] = field(default_factory=list)
    locked: list[Answer] = field(default_factory=list)


def settle(answers: Iterable[Answer], scope: Scope, now: datetime) -> Settled:
    """Set the reasons, each in a transaction of its own. The same answers again change nothing and are told as done.

    Raises register.KeyReused when a key has explained something else: a tampered form.
    """
    found = Settled()
    for answer in answers:
        try:
            _settle(answer, scope, now)
        except explaining.Conflict as conflict:
            found.taken.append((answer, *_who(answer, conflict.stands)))
        except explaining.NotAbsent:
            found.gone.append(answer)
        except register.RegisterLocked:
            found.locked.append(answer)
        else:
            found.done.append(answer)
    return found


def places(pupil_ids: Iterable[int], class_ids: Iterable[int]) -> list[Enrolment]:
    """In which of these classes the pupils are and were, with the classes. One query."""
    enrolments = Enrolment.objects.filter(pupil_id__in=list(pupil_ids), school_class_id__in=class_ids)
    return list(enrolments.select_related("school_class"))


@transaction.atomic
def undo(key: UUID, scope: Scope, now: datetime) -> bool:
    """Take an answer back, with the report of illness that went with it. False when something else stands by now."""
    try:
        if Known.objects.filter(uuid=_report_of(key)).exists():
            # A report of illness: nobody has granted anything.
            foretold.withdraw(uuid=_report_of(key), scope=scope, teacher_leave_days=0, now=now)
        explaining.undo(key, user_id=scope.actor_id, role=scope.role, now=now)
    except (explaining.Conflict, explaining.NotAbsent, register.RegisterLocked, foretold.Over):
        transaction.set_rollback(True)
        return False
    return True


@transaction.atomic
def _settle(answer: Answer, scope: Scope, now: datetime) -> None:
    explaining.explain(
        pupil_id=answer.pupil_id,
        school_class_id=answer.school_class_id,
        school_id=answer.school_id,
        day=answer.day,
        mark=answer.mark,
        source=answer.source,
        user_id=scope.actor_id,
        role=scope.role,
        now=now,
        key=answer.key,
        local_reason_id=answer.local_reason_id,
        note=answer.note,
        expected=Mark.ABSENT,
    )
    if answer.mark is Mark.ILL and answer.ill_until is not None and answer.ill_until > answer.day:
        foretold.report(
            uuid=_report_of(answer.key),
            pupil_id=answer.pupil_id,
            period=Period(answer.day, answer.ill_until + timedelta(days=1)),
            source=answer.source,
            scope=scope,
            now=now,
            local_reason_id=answer.local_reason_id,
        )


def _who(answer: Answer, stands: Mapping[Checkpoint, Mark]) -> tuple[Mark, str]:
    """What stands of the pupil's day, and who said so ("" when it came with the register)."""
    said = explaining.latest([(answer.pupil_id, answer.day)])
    checkpoint, mark = next(iter(stands.items()), (Checkpoint.START, Mark.ABSENT))
    saying = said.get((answer.pupil_id, answer.day, checkpoint))
    return mark, saying.user_name if saying else ""


def _report_of(key: UUID) -> UUID:
    return uuid5(key, "report")
