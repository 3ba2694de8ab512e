"""Which schools and classes have chosen SMS, and when may a message leave?

A school decides for all its classes; a class with a row of its own goes by that. The times are read on the school's clock.
The only writer of choices.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from fravaer.audit import trail
from fravaer.core.asking import question
from fravaer.schools.models import School, SchoolClass
from fravaer.sms import limits
from fravaer.sms.limits import UNCHOSEN, Limits
from fravaer.sms.models import Choice
from fravaer.sms.options import BEGINS, CHOSEN, MIDNIGHT, Settings, digest, problems


@dataclass(frozen=True, slots=True)
class Hours:
    """How long a mark may be corrected, and between which times of the day something may leave."""

    grace: timedelta = timedelta(seconds=90)
    opens_at: time = time(7, 30)
    closes_at: time = time(16)
    deadline_at: time = time(11)
    send_at: time | None = None


# A class, its school and its municipality.
Place = tuple[int, int, int]

# Day and night, at once: for demonstrations.
ALWAYS = Hours(timedelta(0), MIDNIGHT, MIDNIGHT, MIDNIGHT)


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
    return _of(some(list(class_ids)))


def of_day(day: date, school_ids: Collection[int] | None = None) -> dict[int, Chosen]:
    """What holds for every class of the day's school year that uses SMS, at all schools or at some. Three queries."""
    using = Choice.objects.filter(enabled=True)
    if school_ids is not None:
        using = using.filter(school_id__in=school_ids)
    return _of(_places(SchoolClass.objects.in_year_of(day).filter(school_id__in=using.values("school_id"))))


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


def _of(places: list[Place]) -> dict[int, Chosen]:
    found = {
        (school, school_class): (Settings(**dict(zip(CHOSEN, values, strict=True))), paused)
        for school, school_class, paused, *values in made(frozenset(school for _, school, _ in places))
    }
    holding = limits.of_all({municipality for _, _, municipality in places})
    unchosen = BEGINS, False
    holds = {}
    for school_class, school, municipality in places:
        of_school, school_paused = found.get((school, None), unchosen)
        own, own_paused = found.get((school, school_class), (of_school, False))
        if own.enabled:
            holds[school_class] = _chosen(
                school_class,
                school,
                municipality,
                own,
                of_school,
                holding[municipality],
                paused=own_paused or school_paused,
            )
    return holds


@question
def some(class_ids: list[int]) -> QuerySet[SchoolClass, Place]:
    """These classes, each with its school and municipality."""
    return _placed(SchoolClass.objects.filter(pk__in=class_ids))


@question
def made(school_ids: frozenset[int]) -> QuerySet[Choice, tuple[Any, ...]]:
    """What these schools and their classes have chosen, and whether they have paused."""
    rows = Choice.objects.filter(school_id__in=school_ids)
    return rows.values_list("school_id", "school_class_id", "paused", *CHOSEN)


def _places(classes: QuerySet[SchoolClass]) -> list[Place]:
    return list(_placed(classes))


def _placed(classes: QuerySet[SchoolClass]) -> QuerySet[SchoolClass, Place]:
    return classes.order_by("pk").values_list("pk", "school_id", "school__area__municipality_id")


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
        hours=_hours(own),
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


@dataclass(frozen=True, slots=True)
class Stands:
    """What a school has chosen, whether it has paused, and which of its classes stay in or out whatever the school does."""

    settings: Settings
    paused: bool
    classes: Mapping[int, bool]

    @property
    def digest(self) -> str:
        """What tells this from any other choice; the pause, which has its own button, aside."""
        return digest(self.settings, self.classes)


class ChangedMeanwhile(Exception):
    """Somebody else has changed the school's choices since they were shown; nothing was written."""


def stands(school_id: int, day: date) -> Stands:
    """What the school has chosen, with the choices of its classes of the day's school year. One query."""
    classes = SchoolClass.objects.in_year_of(day).filter(school_id=school_id)
    own, of_school, paused = {}, BEGINS, False
    rows = Choice.objects.filter(school_id=school_id).filter(
        Q(school_class=None) | Q(school_class__in=classes)
    )
    for school_class, on, *values in rows.values_list("school_class_id", "paused", *CHOSEN):
        chosen = Settings(**dict(zip(CHOSEN, values, strict=True)))
        if school_class is None:
            of_school, paused = chosen, on
        else:
            own[school_class] = chosen.enabled
    return Stands(of_school, paused, own)


@transaction.atomic
def change(
    school_id: int,
    wanted: Settings,
    classes: Mapping[int, bool],
    *,
    seen: str,
    day: date,
    actor_id: int,
    role: str,
) -> None:
    """Let the school, and those of its classes that stay in or out for themselves, go by these choices from now on.

    A class of its own mind keeps that alone: hours, texts and ceilings are the school's. `seen` is the digest of what the
    change began from. Raises ChangedMeanwhile, ValueError for choices that cannot be.
    """
    if wrong := problems(wanted):
        raise ValueError(", ".join(sorted(wrong)))
    School.objects.select_for_update(no_key=True).get(pk=school_id)
    standing = stands(school_id, day)
    if standing.digest == digest(wanted, classes):
        return
    if standing.digest != seen:
        raise ChangedMeanwhile
    values = {name: getattr(wanted, name) for name in CHOSEN}
    own = SchoolClass.objects.in_year_of(day).filter(school_id=school_id, pk__in=list(classes))
    rows = [Choice(school_id=school_id, **values)] + [
        Choice(school_id=school_id, school_class_id=pk, **values | {"enabled": classes[pk]})
        for pk in own.order_by("pk").values_list("pk", flat=True)
    ]
    Choice.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["school", "school_class"],
        update_fields=list(values),
    )
    Choice.objects.filter(
        school_id=school_id, school_class_id__in=set(standing.classes) - set(classes)
    ).delete()
    moved = {
        name: f"{getattr(standing.settings, name)} > {getattr(wanted, name)}"
        for name in CHOSEN
        if name != "signature" and getattr(standing.settings, name) != getattr(wanted, name)
    }
    trail.changed(
        actor_id,
        "sms.choose",
        role=role,
        subject="sms.choice",
        subject_id=school_id,
        detail=moved | {"classes": len(classes)},
    )


def any_paused(schools: QuerySet[Any, Any]) -> bool:
    """Whether one of the schools (a query for their ids) has paused. One query."""
    return Choice.objects.filter(paused=True, school_class=None, school_id__in=schools).exists()


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


def _hours(settings: Settings) -> Hours:
    return Hours(
        timedelta(seconds=settings.grace_seconds),
        settings.opens_at,
        settings.closes_at,
        settings.deadline_at,
        settings.send_at,
    )


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
