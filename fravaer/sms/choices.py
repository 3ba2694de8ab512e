"""Which schools and classes have chosen SMS, and when may a message leave?

A school decides for all its classes; a class with a row of its own goes by that. The times are read on the school's clock.
The only writer of choices.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from fravaer.audit import trail
from fravaer.schools.models import SchoolClass
from fravaer.sms import limits
from fravaer.sms.limits import UNCHOSEN, Limits
from fravaer.sms.models import Choice

MIDNIGHT = time(0)


@dataclass(frozen=True, slots=True)
class Hours:
    """How long a mark may be corrected, and between which times of the day something may leave."""

    grace: timedelta = timedelta(seconds=90)
    opens_at: time = time(7, 30)
    closes_at: time = time(16)
    deadline_at: time = time(11)
    send_at: time | None = None


# Day and night, at once: for demonstrations.
ALWAYS = Hours(timedelta(0), MIDNIGHT, MIDNIGHT, MIDNIGHT)


@dataclass(frozen=True, slots=True)
class Settings:
    """What a school, or one class with a row of its own, has chosen; as a school that has chosen nothing begins."""

    enabled: bool = False
    grace_seconds: int = 90
    opens_at: time = time(7, 30)
    closes_at: time = time(16)
    deadline_at: time = time(11)
    send_at: time | None = None
    names_pupil: bool = False
    signature: str = ""
    dry_run: bool = False
    most_percent: int = 40
    most_a_child: int = 4
    most_a_day: int | None = None
    monthly: bool = False

    @property
    def hours(self) -> Hours:
        return Hours(
            timedelta(seconds=self.grace_seconds),
            self.opens_at,
            self.closes_at,
            self.deadline_at,
            self.send_at,
        )


CHOSEN = tuple(field.name for field in fields(Settings))
BEGINS = Settings()


@dataclass(frozen=True, slots=True)
class Chosen:
    """What holds for one class that uses SMS. `school_percent` and `school_most` are the school's as a whole."""

    school_id: int
    school_class_id: int
    hours: Hours
    names_pupil: bool
    signature: str
    paused: bool
    dry_run: bool = False
    most_percent: int = BEGINS.most_percent
    most_a_child: int = BEGINS.most_a_child
    school_percent: int = BEGINS.most_percent
    school_most: int | None = None
    monthly: bool = False
    municipality_id: int = 0
    limits: Limits = UNCHOSEN

    def window(self, now: datetime) -> tuple[datetime, datetime]:
        """From when until when a message made at `now` may leave: its grace over, the window open, the school's own time
        come, the deadline ahead.
        """
        local = timezone.localtime(now)
        ends = [_end_of(local, at) for at in (self.hours.closes_at, self.hours.deadline_at)]
        begins = [_at(local, at) for at in (self.hours.opens_at, self.hours.send_at) if at is not None]
        return max(now + self.hours.grace, *begins), min(ends)

    def closes(self, now: datetime) -> datetime:
        """The moment at which today's window closes."""
        return _end_of(timezone.localtime(now), self.hours.closes_at)


def of(class_ids: Collection[int]) -> dict[int, Chosen]:
    """What holds for those of the classes that use SMS. Three queries however many there are."""
    return _of(SchoolClass.objects.filter(pk__in=class_ids))


def of_day(day: date, school_ids: Collection[int] | None = None) -> dict[int, Chosen]:
    """What holds for every class of the day's school year that uses SMS, at all schools or at some. Three queries."""
    using = Choice.objects.filter(enabled=True)
    if school_ids is not None:
        using = using.filter(school_id__in=school_ids)
    return _of(SchoolClass.objects.in_year_of(day).filter(school_id__in=using.values("school_id")))


def imagined(school_id: int, wanted: Settings, classes: Mapping[int, bool], day: date) -> dict[int, Chosen]:
    """What would hold for the school's classes under these settings, nothing being paused; `classes` stand for themselves.

    Two queries.
    """
    places = _places(SchoolClass.objects.in_year_of(day).filter(school_id=school_id))
    holding = limits.of_all({municipality for _, _, municipality in places})
    return {
        school_class: _chosen(school_class, school, municipality, wanted, wanted, holding[municipality])
        for school_class, school, municipality in places
        if classes.get(school_class, wanted.enabled)
    }


def _of(classes: QuerySet[SchoolClass]) -> dict[int, Chosen]:
    places = _places(classes)
    rows = Choice.objects.filter(school_id__in={school for _, school, _ in places})
    found = {
        (school, school_class): (Settings(**dict(zip(CHOSEN, values, strict=True))), paused)
        for school, school_class, paused, *values in rows.values_list(
            "school_id", "school_class_id", "paused", *CHOSEN
        )
    }
    holding = limits.of_all({municipality for _, _, municipality in places})
    unchosen = BEGINS, False
    made = {}
    for school_class, school, municipality in places:
        of_school, school_paused = found.get((school, None), unchosen)
        own, own_paused = found.get((school, school_class), (of_school, False))
        if own.enabled:
            made[school_class] = _chosen(
                school_class,
                school,
                municipality,
                own,
                of_school,
                holding[municipality],
                paused=own_paused or school_paused,
            )
    return made


def _places(classes: QuerySet[SchoolClass]) -> list[tuple[int, int, int]]:
    return list(classes.order_by("pk").values_list("pk", "school_id", "school__area__municipality_id"))


def _chosen(
    school_class: int,
    school: int,
    municipality: int,
    own: Settings,
    of_school: Settings,
    holding: Limits,
    *,
    paused: bool = False,
) -> Chosen:
    return Chosen(
        school_id=school,
        school_class_id=school_class,
        hours=own.hours,
        names_pupil=own.names_pupil,
        signature=own.signature,
        paused=paused,
        dry_run=own.dry_run or of_school.dry_run or holding.dry_run,
        most_percent=own.most_percent,
        most_a_child=own.most_a_child,
        school_percent=of_school.most_percent,
        school_most=of_school.most_a_day,
        monthly=own.monthly,
        municipality_id=municipality,
        limits=holding,
    )


def paused() -> Q:
    """The condition under which a row with a school and a class must not leave now."""
    return _where(Choice.objects.filter(paused=True))


def rehearsed() -> Q:
    """The condition under which a row with a school and a class is for rehearsal, and never leaves."""
    return _where(Choice.objects.filter(dry_run=True)) | limits.rehearsed()


def _where(choices: QuerySet[Choice]) -> Q:
    return Q(school_id__in=choices.filter(school_class=None).values("school_id")) | Q(
        school_class_id__in=choices.filter(school_class__isnull=False).values("school_class_id")
    )


@transaction.atomic
def opt_in(
    school_ids: Iterable[int],
    *,
    class_ids: Iterable[int] | None = None,
    hours: Hours = Hours(),
    names_pupil: bool = False,
    most_percent: int = BEGINS.most_percent,
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
        "send_at": hours.send_at,
        "names_pupil": names_pupil,
        "most_percent": most_percent,
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
    Choice.objects.bulk_create(
        [Choice(school_id=school_id, enabled=False, paused=on)],
        update_conflicts=True,
        unique_fields=["school", "school_class"],
        update_fields=["paused"],
    )
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
