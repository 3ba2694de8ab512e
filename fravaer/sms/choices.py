"""Which schools and classes have chosen SMS, and when may a message leave?

A school decides for all its classes; a class with a row of its own goes by that. The times are read on the school's clock.
The only writer of choices.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from fravaer.audit import trail
from fravaer.schools.models import SchoolClass
from fravaer.sms.models import Choice

MIDNIGHT = time(0)


@dataclass(frozen=True, slots=True)
class Hours:
    """How long a mark may be corrected, and between which times of the day something may leave."""

    grace: timedelta = timedelta(seconds=90)
    opens_at: time = time(7, 30)
    closes_at: time = time(16)
    deadline_at: time = time(11)


# Day and night, at once: for demonstrations.
ALWAYS = Hours(timedelta(0), MIDNIGHT, MIDNIGHT, MIDNIGHT)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What holds for one class that uses SMS."""

    school_id: int
    school_class_id: int
    hours: Hours
    names_pupil: bool
    signature: str
    paused: bool

    def window(self, now: datetime) -> tuple[datetime, datetime]:
        """From when until when a message made at `now` may leave: its grace over, the window open, the deadline ahead."""
        local = timezone.localtime(now)
        ends = [_end_of(local, at) for at in (self.hours.closes_at, self.hours.deadline_at)]
        return max(now + self.hours.grace, _at(local, self.hours.opens_at)), min(ends)

    def closes(self, now: datetime) -> datetime:
        """The moment at which today's window closes."""
        return _end_of(timezone.localtime(now), self.hours.closes_at)


def of(class_ids: Collection[int]) -> dict[int, Chosen]:
    """What holds for those of the classes that use SMS. Two queries however many there are."""
    found: dict[int, Chosen] = {}
    classes = dict(SchoolClass.objects.filter(pk__in=class_ids).values_list("pk", "school_id"))
    choices = list(Choice.objects.filter(school_id__in=set(classes.values())))
    by_class = {choice.school_class_id: choice for choice in choices if choice.school_class_id}
    by_school = {choice.school_id: choice for choice in choices if not choice.school_class_id}
    for school_class, school in classes.items():
        of_school = by_school.get(school)
        choice = by_class.get(school_class, of_school)
        if choice is None or not choice.enabled:
            continue
        found[school_class] = Chosen(
            school_id=school,
            school_class_id=school_class,
            hours=Hours(
                timedelta(seconds=choice.grace_seconds),
                choice.opens_at,
                choice.closes_at,
                choice.deadline_at,
            ),
            names_pupil=choice.names_pupil,
            signature=choice.signature,
            paused=choice.paused or bool(of_school and of_school.paused),
        )
    return found


def paused() -> Q:
    """The condition under which a row with a school and a class must not leave now."""
    stopped = Choice.objects.filter(paused=True)
    return Q(school_id__in=stopped.filter(school_class=None).values("school_id")) | Q(
        school_class_id__in=stopped.filter(school_class__isnull=False).values("school_class_id")
    )


@transaction.atomic
def opt_in(
    school_ids: Iterable[int],
    *,
    class_ids: Iterable[int] | None = None,
    hours: Hours = Hours(),
    names_pupil: bool = False,
    actor_id: int | None = None,
    role: str = "job.sms",
) -> int:
    """Let the schools use SMS, or with `class_ids` only these classes of theirs. Returns how many rows were written."""
    values = {
        "enabled": True,
        "grace_seconds": int(hours.grace.total_seconds()),
        "opens_at": hours.opens_at,
        "closes_at": hours.closes_at,
        "deadline_at": hours.deadline_at,
        "names_pupil": names_pupil,
    }
    units = _units(school_ids, class_ids)
    Choice.objects.bulk_create(
        [Choice(school_id=school, school_class_id=school_class, **values) for school, school_class in units],
        update_conflicts=True,
        unique_fields=["school", "school_class"],
        update_fields=list(values),
    )
    _noted("sms.opt_in", actor_id, role, units)
    return len(units)


@transaction.atomic
def opt_out(
    school_ids: Iterable[int],
    *,
    class_ids: Iterable[int] | None = None,
    actor_id: int | None = None,
    role: str = "job.sms",
) -> int:
    """Take the schools, or these classes of theirs, out again; what waits for them is cancelled by the next pass."""
    units = _units(school_ids, class_ids)
    Choice.objects.bulk_create(
        [
            Choice(school_id=school, school_class_id=school_class, enabled=False)
            for school, school_class in units
        ],
        update_conflicts=True,
        unique_fields=["school", "school_class"],
        update_fields=["enabled"],
    )
    _noted("sms.opt_out", actor_id, role, units)
    return len(units)


@transaction.atomic
def pause(school_id: int, on: bool, *, actor_id: int | None = None, role: str = "job.sms") -> None:
    """Turn the school's kill switch: while it is on nothing leaves, for no class of the school."""
    Choice.objects.filter(school_id=school_id, school_class=None).update(paused=on)
    _noted("sms.pause" if on else "sms.resume", actor_id, role, [(school_id, None)])


def _units(school_ids: Iterable[int], class_ids: Iterable[int] | None) -> list[tuple[int, int | None]]:
    if class_ids is None:
        return [(school, None) for school in sorted(set(school_ids))]
    classes = SchoolClass.objects.filter(pk__in=list(class_ids), school_id__in=list(school_ids))
    return list(classes.order_by("pk").values_list("school_id", F("pk")))


def _noted(action: str, actor_id: int | None, role: str, units: Collection[tuple[int, int | None]]) -> None:
    detail: Mapping[str, int] = {"schools": len({school for school, _ in units}), "units": len(units)}
    subject = next(iter(units))[0] if len(units) == 1 else ""
    trail.changed(actor_id, action, role=role, subject="sms.choice", subject_id=subject, detail=detail)


def _at(local: datetime, at: time) -> datetime:
    return datetime.combine(local.date(), at, tzinfo=local.tzinfo)


def _end_of(local: datetime, at: time) -> datetime:
    """The moment at which the clock shows `at` on that day; midnight is the one that ends it."""
    day = local.date() + timedelta(days=1) if at == MIDNIGHT else local.date()
    return datetime.combine(day, at, tzinfo=local.tzinfo)
