"""Whom would a rule catch, now and week by week over the school year?

One statement over a year's rows (`absence.sliding`) instead of a triage a week. Caught is who meets the rule; new in a week is
who meets it at the end of the week and did not stand over it before: a pupil stands until she has come clearly below the line
(`Rule.is_eased`) or until the rule's window begins anew. Numbers alone leave this room, and pupils' ids for who may see them.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db import connection, transaction

from fravaer.absence import sliding
from fravaer.absence.sliding import Turn
from fravaer.cases.rules import HALVES, Rule, Unit, Window
from fravaer.core import planning
from fravaer.core.periods import Period, Quarter, school_year_start
from fravaer.core.walls import DatabaseRole, acting_as
from fravaer.schools.models import CalendarDay, Enrolment

# A class is named where so many of its pupils are caught.
MANY_OF_A_CLASS = 3

# Nobody can foresee how many rows the steps of the statement hold; followed one by one they would take minutes. What comes after
# it in the same transaction is planned as ever.
PLANNING = "SET LOCAL enable_nestloop = off; SET LOCAL jit = off"
PLANNED = "RESET enable_nestloop; RESET jit"
JUDGED = """
WITH judged AS MATERIALIZED (
  SELECT g.pupil_id, g.turn, g.school_class_id, k.school_id, k.year_group, {met} AS met, {eased} AS eased
  FROM {grid} AS g JOIN schools_schoolclass k ON k.id = g.school_class_id
  WHERE {of_school}
), ever AS (
  SELECT DISTINCT pupil_id FROM judged WHERE met
), followed AS (
  SELECT j.*, max(turn) FILTER (WHERE met) OVER before AS was_met, max(turn) FILTER (WHERE eased) OVER before AS was_eased
  FROM judged j JOIN ever USING (pupil_id)
  JOIN unnest(%(floors)s::date[]) WITH ORDINALITY AS f(floor, floor_turn) ON f.floor_turn = j.turn
  WINDOW before AS (PARTITION BY pupil_id, floor ORDER BY turn ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
)
SELECT 'new', turn, school_id, NULL::int, NULL::int, count(*)::int, NULL::int[] FROM followed
WHERE met AND (was_met IS NULL OR was_eased > was_met)
GROUP BY turn, school_id
UNION ALL
SELECT 'met', turn, school_id, year_group::int, school_class_id, count(*)::int, array_agg(pupil_id) FROM judged
WHERE met AND turn = %(last_turn)s
GROUP BY turn, school_id, year_group, school_class_id
"""


@dataclass(frozen=True, slots=True)
class Caught:
    """Who meets a rule on a day: each pupil's class, and the classes' schools and year groups."""

    pupils: dict[int, int] = field(default_factory=dict)
    schools: dict[int, int] = field(default_factory=dict)
    year_groups: dict[int, int] = field(default_factory=dict)

    def by_school(self) -> Counter[int]:
        return Counter(self.schools[school_class] for school_class in self.pupils.values())

    def by_year_group(self) -> Counter[int]:
        return Counter(self.year_groups[school_class] for school_class in self.pupils.values())

    def classes(self) -> list[tuple[int, int]]:
        """Classes with at least three caught, by their ids, the most first."""
        counted = Counter(self.pupils.values())
        return sorted(
            ((key, number) for key, number in counted.items() if number >= MANY_OF_A_CLASS),
            key=lambda pair: (-pair[1], pair[0]),
        )


@dataclass(frozen=True, slots=True)
class Year:
    """Who is caught on the day, and how many were new in each week before it: by the week's last school day, per school."""

    caught: Caught
    weeks: list[tuple[date, dict[int, int]]]


@acting_as(DatabaseRole.REPORT)
def caught(rule: Rule, day: date, school_id: int | None = None) -> Caught:
    """Who meets the rule on the day. Nobody while the rule's window does not hold days enough."""
    window = windows(rule, [day])[0]
    return _judged(rule, [] if window is None else [Turn(day, window)], school_id).caught


@acting_as(DatabaseRole.REPORT)
def enrolled(day: date, school_id: int | None = None) -> int:
    """How many pupils the rule is asked of on the day, whoever asks."""
    of_school = {} if school_id is None else {"school_class__school_id": school_id}
    return Enrolment.objects.on(day).filter(**of_school).count()


@acting_as(DatabaseRole.REPORT)
def over_a_year(rule: Rule, day: date, school_id: int | None = None) -> Year:
    """Who meets the rule on the day, and how many were new in each week of the school year up to it."""
    days = ends_of_weeks(day)
    found = windows(rule, days)
    turns = [Turn(end, window) for end, window in zip(days, found, strict=True) if window is not None]
    year = _judged(rule, turns, school_id)
    news = dict(year.weeks)
    weeks = [(end, news.get(end, {})) for end in days]
    return Year(year.caught if found and found[-1] is not None else Caught(), weeks)


def ends_of_weeks(day: date) -> list[date]:
    """The last school day of each of the weeks that have school, from the school year's first on; the last is `day`.

    Before January the year is too young to say much: the one before it comes with it.
    """
    monday = day - timedelta(days=day.weekday())
    began = school_year_start(day)
    if day.month >= began.month:
        began = school_year_start(began - timedelta(days=1))
    ends = {(held.isocalendar().year, held.isocalendar().week): held for held in _school_days(began, monday)}
    return [*ends.values(), day]


def windows(rule: Rule, days: Sequence[date]) -> list[Period | None]:
    """`rulebook.measured_period` of each of the days, which come in order. One query at most."""
    held = _school_days(school_year_start(days[0]), days[-1] + timedelta(days=1))
    found: list[Period | None] = []
    for day in days:
        until, began = day + timedelta(days=1), school_year_start(day)
        match rule.window:
            case Window.SCHOOL_YEAR:
                found.append(Period(began, until))
            case Window.QUARTER:
                found.append(Period(max(began, Quarter.of(day).since), until))
            case _:
                last = held[bisect_left(held, began) : bisect_right(held, day)]
                number = rule.window_days or 0
                if number and len(last) >= number:
                    found.append(Period(last[-number], until))
                else:
                    found.append(None if rule.unit == Unit.PERCENT else Period(began, until))
    return found


def _school_days(since: date, until: date) -> list[date]:
    """The municipal school days, in order."""
    return list(
        CalendarDay.objects.filter(
            calendar__key="municipality", is_school_day=True, day__gte=since, day__lt=until
        )
        .order_by("day")
        .values_list("day", flat=True)
    )


def _judged(rule: Rule, turns: Sequence[Turn], school_id: int | None) -> Year:
    if not turns:
        return Year(Caught(), [])
    grid, parameters = sliding.relation(
        turns,
        rule.reasons,
        at_least=_fewest(rule),
        school_id=school_id,
        rows={Unit.RUN: HALVES * rule.lower, Unit.SPELLS: rule.lower}.get(rule.unit),
        whole_days=rule.unit == Unit.RUN,
        share=(rule.lower, HALVES * rule.minimum_possible_days)
        if rule.unit == Unit.PERCENT and rule.window != Window.LAST_DAYS
        else None,
    )
    parameters |= {"floors": [_floor(rule, turn.day) for turn in turns], "school": school_id}
    statement = JUDGED.format(
        grid=grid,
        met=_met(rule),
        eased=_eased(rule),
        of_school="true" if school_id is None else "k.school_id = %(school)s",
    )
    news: dict[date, dict[int, int]] = {}
    found = Caught()
    with transaction.atomic(), connection.cursor() as cursor:
        planning.know()
        cursor.execute(PLANNING)
        cursor.execute(statement, parameters)
        rows = cursor.fetchall()
        cursor.execute(PLANNED)
        for kind, turn, school, year_group, school_class, number, pupils in rows:
            if kind == "new":
                news.setdefault(turns[turn - 1].day, {})[school] = number
            else:
                found.pupils.update(dict.fromkeys(pupils, school_class))
                found.schools[school_class] = school
                found.year_groups[school_class] = year_group
    return Year(found, sorted(news.items()))


def _floor(rule: Rule, day: date) -> date:
    """The day before which nobody stands over the rule any longer: its window begins anew."""
    began = school_year_start(day)
    return max(began, Quarter.of(day).since) if rule.window == Window.QUARTER else began


def _fewest(rule: Rule) -> int:
    """Half-days away below which nobody can meet the rule."""
    fewest = max(1, HALVES * rule.minimum_absent_days)
    match rule.unit:
        case Unit.PERCENT:
            return max(fewest, -(-rule.lower * HALVES * rule.minimum_possible_days // 100))
        case Unit.SPELLS:
            return max(fewest, rule.lower)
        # A row of days may have begun before the window.
        case Unit.RUN:
            return fewest
        case _:
            return max(fewest, HALVES * rule.lower)


def _compared(rule: Rule, limit: int, sign: str) -> str:
    match rule.unit:
        case Unit.PERCENT:
            return f"100 * g.absent {sign} {limit} * g.possible"
        case Unit.DAYS:
            return f"g.absent {sign} {HALVES * limit}"
        case Unit.RUN:
            return f"g.longest {sign} {HALVES * limit}"
        case _:
            return f"g.spells {sign} {limit}"


def _met(rule: Rule) -> str:
    """`Rule.is_met` as SQL. A rule holds numbers alone."""
    terms = [
        "g.possible > 0",
        f"g.possible >= {HALVES * rule.minimum_possible_days}",
        f"g.absent >= {HALVES * rule.minimum_absent_days}",
        _compared(rule, rule.lower, ">=" if rule.lower_inclusive else ">"),
    ]
    if rule.upper is not None:
        terms.append(_compared(rule, rule.upper, "<=" if rule.upper_inclusive else "<"))
    return f"({' AND '.join(terms)})"


def _eased(rule: Rule) -> str:
    """`Rule.is_eased` as SQL."""
    terms = [
        "g.possible > 0",
        f"g.possible >= {HALVES * rule.minimum_possible_days}",
        f"100 * g.possible >= {rule.coverage} * g.due",
        _compared(rule, rule.lower - rule.easing_margin, "<="),
    ]
    return f"({' AND '.join(terms)})"
