"""Which days count as school days, and for whom?

The municipality decides its school days; schools, year groups and single classes may differ. A rule about a day at a
narrower level beats the wider one. `draw` turns the rules into calendars with running numbers, so that the school days of
any span of dates are one subtraction. Legal basis: folkeskoleloven § 14 a (school year from 1 August), the municipality's
own plan for the rest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Max, OuterRef, QuerySet, Subquery

from fravaer.core import copying
from fravaer.core.asking import question
from fravaer.core.periods import Period
from fravaer.schools.models import Calendar, CalendarDay, DayRule, Enrolment, Level, SchoolClass, SchoolYear
from fravaer.schools.querysets import SchoolClassQuerySet

SATURDAY = 5


@transaction.atomic
def draw(school_year: SchoolYear) -> None:
    """Draw every calendar of the school year anew from its rules, and give each class the narrowest that is its own.

    The only writer of calendars. Classes without rules of their own share their year group's, school's or the municipal one.
    """
    rules: dict[str, dict[date, DayRule]] = defaultdict(dict)
    for rule in DayRule.objects.filter(school_year=school_year):
        rules[_key(rule)][rule.day] = rule
    calendars: dict[str, Calendar] = {}
    sharing: dict[str, list[int]] = defaultdict(list)
    for school_class in SchoolClass.objects.filter(school_year=school_year):
        keys = [
            "municipality",
            f"school:{school_class.school_id}",
            f"school:{school_class.school_id}:{school_class.year_group}",
            f"class:{school_class.pk}",
        ]
        own = next(key for key in reversed(keys) if key in rules or key == "municipality")
        if own not in calendars:
            calendars[own] = _calendar(school_year, own, [rules[key] for key in keys if key in rules])
        sharing[own].append(school_class.pk)
    if "municipality" not in calendars:
        calendars["municipality"] = _calendar(school_year, "municipality", [rules["municipality"]])
    for own, members in sharing.items():
        SchoolClass.objects.filter(pk__in=members).exclude(calendar=calendars[own]).update(
            calendar=calendars[own]
        )
    Calendar.objects.filter(school_year=school_year).exclude(key__in=calendars).delete()


def day_in_view(today: date) -> date:
    """The latest municipal school day up to `today`; `today` itself when no calendar reaches back."""
    return next(iter(_latest(today)), today)


@question
def _latest(today: date) -> QuerySet[CalendarDay, date]:
    """The latest municipal school day up to `today`."""
    found = CalendarDay.objects.filter(calendar__key="municipality", is_school_day=True, day__lte=today)
    return found.order_by("-day").values_list("day", flat=True)[:1]


def closed_because(school_class: SchoolClass, day: date) -> str | None:
    """None when `day` is a school day of the class, else why it is not ("" when the reason is the weekend or no plan)."""
    if school_class.calendar_id is None:
        return ""
    found = CalendarDay.objects.filter(calendar_id=school_class.calendar_id, day=day).first()
    if found is None:
        return ""
    return None if found.is_school_day else found.reason


def count(calendar_id: int, period: Period) -> int:
    """School days of the calendar in the period, both ends inside the calendar's school year."""
    numbers = dict(
        CalendarDay.objects.filter(calendar_id=calendar_id, day__in=[period.since, period.until]).values_list(
            "day", "number_before"
        )
    )
    return numbers[period.until] - numbers[period.since]


def municipal_days(period: Period) -> int:
    """School days of the municipal plan in the period, over as many school years as it touches."""
    return len(municipal(period))


def municipal(period: Period) -> list[date]:
    """The school days themselves of the municipal plan in the period, in order."""
    return list(
        CalendarDay.objects.filter(
            calendar__key="municipality", is_school_day=True, day__gte=period.since, day__lt=period.until
        )
        .order_by("day")
        .values_list("day", flat=True)
    )


def of_pupils(pupil_ids: Collection[int], period: Period) -> dict[int, list[date]]:
    """The school days of each pupil in the period, in order: by the calendar of the class she is in. Two queries."""
    spans = list(
        Enrolment.objects.filter(
            pupil_id__in=pupil_ids, starts_on__lt=period.until, until__gt=period.since
        ).values_list("pupil_id", "starts_on", "until", "school_class__calendar_id")
    )
    open_days = _open_days({calendar for *_span, calendar in spans if calendar}, period)
    found: dict[int, list[date]] = {pupil: [] for pupil in pupil_ids}
    for pupil, since, until, calendar in sorted(spans, key=lambda span: span[1]):
        found[pupil] += [day for day in open_days[calendar] if since <= day < until]
    return found


def of_classes(class_ids: Collection[int], period: Period) -> dict[int, list[date]]:
    """The school days of each class in the period, in order. Two queries."""
    calendars = dict(SchoolClass.objects.filter(pk__in=class_ids).values_list("pk", "calendar_id"))
    open_days = _open_days({calendar for calendar in calendars.values() if calendar}, period)
    return {school_class: list(open_days[calendar]) for school_class, calendar in calendars.items()}


def _open_days(calendar_ids: Collection[int], period: Period) -> dict[int | None, list[date]]:
    found: dict[int | None, list[date]] = defaultdict(list)
    for calendar, day in (
        CalendarDay.objects.filter(
            calendar_id__in=calendar_ids, is_school_day=True, day__gte=period.since, day__lt=period.until
        )
        .order_by("day")
        .values_list("calendar_id", "day")
    ):
        found[calendar].append(day)
    return found


def latest(number: int, day: date, *, within: Period) -> Period | None:
    """The span of the last `number` municipal school days up to and including `day`, or None when `within` holds fewer."""
    days = list(
        CalendarDay.objects.filter(
            calendar__key="municipality", is_school_day=True, day__gte=within.since, day__lte=day
        )
        .order_by("-day")
        .values_list("day", flat=True)[:number]
    )
    return Period(days[-1], day + timedelta(days=1)) if number and len(days) == number else None


def after(number: int, day: date, school_class: SchoolClass | None = None) -> date:
    """The `number`-th school day after `day`: of the class's calendar, after its end or without one of the municipal plan.

    Where no plan has been made yet, weekdays count: a deadline over the summer is never missing. Two queries at most.
    """
    if number < 1:
        return day
    days: list[date] = []
    if school_class is not None and school_class.calendar_id is not None:
        days = _open_after(CalendarDay.objects.filter(calendar_id=school_class.calendar_id), day, number)
        if len(days) < number:
            last = CalendarDay.objects.filter(calendar_id=school_class.calendar_id).aggregate(day=Max("day"))
            # The last row is the first day after the year.
            reached = max(day, (last["day"] or day) - timedelta(days=1))
            return after(number - len(days), reached)
    else:
        days = _open_after(CalendarDay.objects.filter(calendar__key="municipality"), day, number)
    found = days[-1] if days else day
    if len(days) < number:
        planned = CalendarDay.objects.filter(calendar__key="municipality").aggregate(day=Max("day"))["day"]
        found = max(found, (planned or found) - timedelta(days=1))
    for _ in range(number - len(days)):
        found += timedelta(days=1)
        while found.weekday() >= SATURDAY:
            found += timedelta(days=1)
    return found


def ago(number: int, day: date) -> date:
    """The `number`-th municipal school day before `day`; without a plan weekdays count."""
    found = list(
        CalendarDay.objects.filter(calendar__key="municipality", is_school_day=True, day__lt=day)
        .order_by("-day")
        .values_list("day", flat=True)[: max(number, 0)]
    )
    reached = found[-1] if found else day
    for _ in range(number - len(found)):
        reached -= timedelta(days=1)
        while reached.weekday() >= SATURDAY:
            reached -= timedelta(days=1)
    return reached


def _open_after(days: QuerySet[CalendarDay], day: date, number: int) -> list[date]:
    return list(
        days.filter(is_school_day=True, day__gt=day).order_by("day").values_list("day", flat=True)[:number]
    )


def _key(rule: DayRule) -> str:
    match rule.level:
        case Level.MUNICIPALITY:
            return "municipality"
        case Level.SCHOOL:
            return f"school:{rule.school_id}"
        case Level.YEAR_GROUP:
            return f"school:{rule.school_id}:{rule.year_group}"
        case _:
            return f"class:{rule.school_class_id}"


def _calendar(school_year: SchoolYear, key: str, layers: list[dict[date, DayRule]]) -> Calendar:
    """One calendar: weekdays, changed by each layer in turn, the widest first."""
    calendar, _ = Calendar.objects.get_or_create(school_year=school_year, key=key)
    days: list[tuple[int, date, bool, int, str]] = []
    number = 0
    day = school_year.starts_on
    # The first day after the year is a row too, so that spans reaching its end can be subtracted.
    while day <= school_year.until:
        is_school_day, reason = day.weekday() < SATURDAY and day < school_year.until, ""
        for layer in layers:
            if rule := layer.get(day):
                is_school_day, reason = not rule.closed, rule.reason
        days.append((calendar.pk, day, is_school_day, number, reason))
        number += is_school_day
        day += timedelta(days=1)
    CalendarDay.objects.filter(calendar=calendar).delete()
    columns = ("calendar_id", "day", "is_school_day", "number_before", "reason")
    copying.copy(CalendarDay._meta.db_table, columns, days)
    return calendar


def with_day(classes: SchoolClassQuerySet, day: date) -> SchoolClassQuerySet:
    """The classes with `is_school_day` (None where no calendar holds the day) and `closed_reason` on each."""
    calendar_day = CalendarDay.objects.filter(calendar_id=OuterRef("calendar_id"), day=day)
    columns = {
        "is_school_day": Subquery(calendar_day.values("is_school_day")),
        "closed_reason": Subquery(calendar_day.values("reason")),
    }
    return classes.annotate(**columns)
