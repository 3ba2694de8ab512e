"""Are so many of a class or a school unexplained that a person has to be asked first?

A wrong list of pupils, a trip nobody entered, an epidemic: the figures look the same, and only a person can tell. Until the
leader has decided nothing about the day leaves for that class or school; what nobody decides on in time goes to the list of
those to be rung. The only writer of halts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from fravaer.absence import unexplained
from fravaer.audit import trail
from fravaer.sms.choices import Chosen
from fravaer.sms.models import Halt
from fravaer.sms.states import Decision, Kind

# Of fewer pupils than these no share is asked about: two of three is a cold.
FEWEST_PUPILS = 6
# A school is asked about as a whole from the second registered class on.
FEWEST_CLASSES = 2
# So many more of a hundred than decided on, and the question is a new one.
RISE = 20
JOB = "job.sms"

# A school with one of its classes, or (None) as a whole.
Unit = tuple[int, int | None]


class Decided(Exception):
    """Somebody has decided otherwise meanwhile, or there is nothing to decide; nothing was written."""


@dataclass(frozen=True, slots=True)
class Over:
    """More than `most_percent` of a unit's `pupils` are unexplained."""

    unexplained: int
    pupils: int
    most_percent: int


@dataclass(frozen=True, slots=True)
class Halted:
    """The units nothing leaves for: because nobody has decided yet, and because a person has decided against it."""

    undecided: frozenset[Unit]
    stopped: frozenset[Unit]

    def waits(self, school_id: int, class_id: int) -> bool:
        return not self.undecided.isdisjoint({(school_id, None), (school_id, class_id)})

    def against(self, school_id: int, class_id: int) -> bool:
        return not self.stopped.isdisjoint({(school_id, None), (school_id, class_id)})


NOTHING = Halted(frozenset(), frozenset())


def halted() -> Q:
    """The condition under which a message must not leave because a person is still asked, or has said no.

    Good news is never held back, nor what a person has sent again.
    """
    about = Halt.objects.exclude(decision=Decision.SEND).filter(
        Q(school_class=None) | Q(school_class_id=OuterRef("school_class_id")),
        school_id=OuterRef("school_id"),
        day=OuterRef("day"),
    )
    return Q(kind=Kind.ABSENCE, seq=0) & Q(Exists(about))


def over(day: date, chosen: Mapping[int, Chosen]) -> dict[Unit, Over]:
    """The units with too many unexplained, of classes that use SMS and whose register is taken. One query."""
    found: dict[Unit, Over] = {}
    by_school: dict[int, list[unexplained.Share]] = defaultdict(list)
    for share in unexplained.shares(day, chosen):
        by_school[share.school_id].append(share)
        most = chosen[share.school_class_id].most_percent
        if _too_many(share.unexplained, share.pupils, most):
            found[share.school_id, share.school_class_id] = Over(share.unexplained, share.pupils, most)
    for school, shares in by_school.items():
        missing, pupils = sum(one.unexplained for one in shares), sum(one.pupils for one in shares)
        most = chosen[shares[0].school_class_id].school_percent
        if len(shares) >= FEWEST_CLASSES and _too_many(missing, pupils, most):
            found[school, None] = Over(missing, pupils, most)
    return found


def stands(day: date, chosen: Mapping[int, Chosen]) -> Halted:
    """For which units nothing leaves at this moment, those included that the next look will find. Two queries."""
    rows = {(row.school_id, row.school_class_id): row for row in Halt.objects.filter(day=day)}
    return _halted([*rows.values()], {unit for unit in over(day, chosen) if unit not in rows})


def _halted(rows: Collection[Halt], found: Collection[Unit] = ()) -> Halted:
    return Halted(
        frozenset((row.school_id, row.school_class_id) for row in rows if not row.decision).union(found),
        frozenset((row.school_id, row.school_class_id) for row in rows if row.decision == Decision.STOP),
    )


@transaction.atomic
def look(day: date, chosen: Mapping[int, Chosen], now: datetime) -> Halted:
    """Write down which units a person is to be asked about, and say for which nothing leaves.

    An undecided question goes by itself when the share does. A decision holds for the rest of the day, but where sending was
    decided and the share has risen by `RISE` since, it is asked anew. The number of queries does not grow with the units.
    """
    found = over(day, chosen)
    rows = {(row.school_id, row.school_class_id): row for row in Halt.objects.filter(day=day)}
    new = [
        Halt(
            school_id=school,
            school_class_id=school_class,
            day=day,
            unexplained=one.unexplained,
            pupils=one.pupils,
            most_percent=one.most_percent,
            found_at=now,
        )
        for (school, school_class), one in found.items()
        if (school, school_class) not in rows
    ]
    gone = [row for unit, row in rows.items() if not row.decision and unit not in found]
    changed, again = [], []
    for unit, row in rows.items():
        one = found.get(unit)
        if one is None or (row.decision and not _risen(row, one)):
            continue
        if row.decision:
            again.append(row)
            row.decision, row.decided_by, row.decided_at, row.found_at = "", None, None, now
        elif (row.unexplained, row.pupils) == (one.unexplained, one.pupils):
            continue
        row.unexplained, row.pupils, row.most_percent = one.unexplained, one.pupils, one.most_percent
        changed.append(row)
    if new:
        Halt.objects.bulk_create(new, ignore_conflicts=True)
    if gone:
        Halt.objects.filter(pk__in=[row.pk for row in gone]).delete()
    if changed:
        Halt.objects.bulk_update(
            changed,
            ["unexplained", "pupils", "most_percent", "found_at", "decision", "decided_by", "decided_at"],
        )
    for action, some in (("sms.halt", [*new, *again]), ("sms.halt_over", gone)):
        if some:
            trail.changed(None, action, role=JOB, subject="sms.halt", detail=_counted(some))
    return _halted([row for row in [*rows.values(), *new] if row not in gone])


@transaction.atomic
def decide(halt: Halt, decision: Decision, *, seen: int, actor_id: int, role: str, now: datetime) -> None:
    """Write down the leader's decision about the question as she saw it: `seen` unexplained. It may be changed the same day.

    A decision about the school answers the questions about its classes that stand. Raises Decided when somebody else was
    faster, more are unexplained by now, or the question has gone.
    """
    rows = Halt.objects.filter(pk=halt.pk, decision=halt.decision, unexplained__lte=seen)
    if not rows.exclude(decision=decision).update(decision=decision, decided_by=actor_id, decided_at=now):
        raise Decided
    if halt.school_class_id is None:
        # What stands about its classes is part of the question; what comes up later is a new one.
        classes = Halt.objects.filter(day=halt.day, school_id=halt.school_id, decision="")
        classes.update(decision=decision, decided_by=actor_id, decided_at=now)
    trail.changed(
        actor_id,
        "sms.halt_decided",
        role=role,
        subject="sms.halt",
        subject_id=halt.pk,
        detail={"decision": decision.value, "unexplained": halt.unexplained, "pupils": halt.pupils},
    )


def _too_many(unexplained: int, pupils: int, most_percent: int) -> bool:
    return pupils >= FEWEST_PUPILS and unexplained * 100 > most_percent * pupils


def _risen(row: Halt, one: Over) -> bool:
    """Whether sending was decided about a clearly smaller share than there is now."""
    return row.decision == Decision.SEND and (
        one.unexplained * row.pupils * 100 >= (row.unexplained * 100 + RISE * row.pupils) * one.pupils
    )


def _counted(rows: Collection[Halt]) -> dict[str, int]:
    return {
        "units": len(rows),
        "unexplained": sum(row.unexplained for row in rows),
        "pupils": sum(row.pupils for row in rows),
    }
