"""A preview finds whom the triage would find, week by week, and says how many would be new."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection, transaction
from django.db.models import Sum
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from fravaer.absence import alignment, percentage
from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.models import Absence, Register
from fravaer.absence.reasons import Reason
from fravaer.cases import measuring, models, preview, rulebook, rules
from fravaer.core.periods import Period, school_year_start
from fravaer.schools import schooldays
from fravaer.schools.models import Enrolment, Pupil
from tests import factories
from tests.cases.attendance import school_days
from tests.cast import MORNING, Cast

BEGAN = date(2025, 8, 1)
reason = st.sampled_from(list(Reason))
BOTH = (Checkpoint.START, Checkpoint.END)


@dataclass(frozen=True)
class Plan:
    """Days from the first school day on: which registers are taken, and when each pupil is away, and why."""

    taken: tuple[tuple[Checkpoint, ...], ...]
    away: tuple[tuple[tuple[tuple[Checkpoint, ...], Reason], ...], ...]
    # The third pupil changes class after so many days.
    moves_after: int


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    days = draw(st.integers(20, 60))
    taken = st.sampled_from([BOTH, BOTH, BOTH, BOTH, BOTH, (), (Checkpoint.START,)])
    away = st.tuples(
        st.sampled_from([(), (), (), BOTH, BOTH, BOTH, (Checkpoint.END,)]), st.just(Reason.ILLNESS) | reason
    )
    return Plan(
        tuple(draw(taken) for _ in range(days)),
        tuple(tuple(draw(away) for _ in range(days)) for _ in range(3)),
        draw(st.integers(1, days - 1)),
    )


@st.composite
def a_rule(draw: st.DrawFn) -> rules.Rule:
    unit = draw(st.sampled_from(list(rules.Unit)))
    lower = draw(st.integers(1, 6)) * (10 if unit == rules.Unit.PERCENT else 1)
    upper = draw(st.none() | st.just(lower + 10))
    window, days = draw(
        st.sampled_from(
            [
                (rules.Window.SCHOOL_YEAR, None),
                (rules.Window.QUARTER, None),
                (rules.Window.LAST_DAYS, 3),
                (rules.Window.LAST_DAYS, 20),
            ]
        )
    )
    return rules.Rule(
        "drawn", "drawn", 1, 1, lower, draw(st.booleans()), upper, draw(st.booleans()),
        reasons=tuple(sorted(draw(st.just(set(Reason)) | st.sets(reason, min_size=1)))),
        unit=unit, window=window, window_days=days,
        minimum_possible_days=draw(st.sampled_from([0, 5, 15])), minimum_absent_days=draw(st.integers(0, 3)),
        easing_margin=draw(st.integers(1, lower)), coverage=draw(st.sampled_from([0, 80])),
    )  # fmt: skip


@settings(
    max_examples=25,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.data_too_large,
        HealthCheck.too_slow,
    ],
)
@given(plan=plans(), rule=a_rule())
def test_it_finds_what_a_plain_account_of_every_week_finds(cast: Cast, plan: Plan, rule: rules.Rule) -> None:
    with transaction.atomic():
        compare(cast, plan, rule)
        transaction.set_rollback(True)


def compare(cast: Cast, plan: Plan, rule: rules.Rule) -> None:
    pupils = cast.pupils[:3]
    days = school_days(date(2026, 6, 26))[: len(plan.taken)]
    Enrolment.objects.filter(pupil=pupils[2]).update(until=days[plan.moves_after])
    factories.enrol([pupils[2]], cast.other_class, since=days[plan.moves_after])
    write(cast, pupils, days, plan)
    day = days[-1]
    year = preview.over_a_year(rule, day)
    found: dict[date, int] = {}
    stood: set[int] = set()
    floor = None
    for end in preview.ends_of_weeks(day):
        window = rulebook.measured_period(rule, end)
        assert preview.windows(rule, [end]) == [window]
        if window is None:
            continue
        if rule.window == rules.Window.QUARTER or floor is None:
            stood = set() if floor != window.since else stood
            floor = window.since
        met, eased = account(pupils, rule, end, window)
        found[end] = len(met - stood)
        stood = (stood | met) - eased
        assert set(preview.caught(rule, end).pupils) == met == as_the_triage_measures(rule, end)
    assert set(year.caught.pupils) == (met if window else set())
    assert {end: sum(new.values()) for end, new in year.weeks if new} == {
        end: new for end, new in found.items() if new
    }


def as_the_triage_measures(rule: rules.Rule, day: date) -> set[int]:
    row = models.Rule(**rulebook.columns(rule))
    night = measuring.night([row], day)
    counted, parameters = night.counted()
    everybody = f"(SELECT n.*, k.school_id FROM {counted} AS n JOIN schools_schoolclass k ON k.id = n.school_class_id)"
    sql, more = measuring.of_family([row], night, everybody)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pupil_id FROM {sql} AS n WHERE {measuring.met('n.', row)}", parameters | more)
        return {pupil for (pupil,) in cursor.fetchall()}


def account(
    pupils: Sequence[Pupil], rule: rules.Rule, day: date, window: Period
) -> tuple[set[int], set[int]]:
    """Who meets the rule and who has eased, one after the other."""
    met, eased = set(), set()
    for pupil, tally in percentage.tallies(window, [one.pk for one in pupils]).items():
        absent = rule.measured(
            pending=tally.pending, illness=tally.illness, leave=tally.leave, unlawful=tally.unlawful
        )
        value = None
        if rule.unit in (rules.Unit.RUN, rules.Unit.SPELLS):
            value = in_rows(pupil, rule, window)
        if rule.is_met(absent, tally.possible, value):
            met.add(pupil)
        if rule.is_eased(absent, tally.possible, tally.due, value):
            eased.add(pupil)
    return met, eased


def in_rows(pupil: int, rule: rules.Rule, window: Period) -> int:
    """The longest row of days away, or how many there are: day after day, as the registers have it."""
    year = Period(school_year_start(window.since), window.until)
    places = list(Enrolment.objects.filter(pupil=pupil))
    held = registers(year)
    away = dict(
        Absence.objects.filter(pupil=pupil, reason__in=rule.reasons)
        .values_list("day")
        .annotate(halves=Sum("halves"))
    )
    rows: list[list[int]] = [[]]
    last: list[date] = [date.min]
    for day in schooldays.of_pupils([pupil], year)[pupil]:
        place = next(one.school_class_id for one in places if one.starts_on <= day < one.until)
        possible = held.get((place, day), 0)
        if not possible:
            continue
        halves = away.get(day, 0)
        if halves >= possible if rule.unit == rules.Unit.RUN else halves:
            rows[-1].append(halves)
            last[-1] = day
        else:
            rows.append([])
            last.append(date.min)
    reached = [sum(row) for row, ended in zip(rows, last, strict=True) if row and ended >= window.since]
    return max(reached, default=0) if rule.unit == rules.Unit.RUN else len(reached)


def registers(year: Period) -> dict[tuple[int, date], int]:
    return {
        (place, day): halves
        for place, day, halves in Register.objects.filter(day__gte=year.since, day__lt=year.until)
        .values_list("school_class", "day")
        .annotate(halves=Sum("halves"))
    }


def write(cast: Cast, pupils: Sequence[Pupil], days: Sequence[date], plan: Plan) -> None:
    Register.objects.bulk_create(
        Register(
            school_class=one, school_id=one.school_id, day=day, checkpoint=checkpoint, halves=1, taken_at=MORNING
        )
        for one in (cast.class_7b, cast.other_class)
        for day, checkpoints in zip(days, plan.taken, strict=True)
        for checkpoint in checkpoints
    )  # fmt: skip
    Absence.objects.bulk_create(
        Absence(
            pupil=pupil, day=day, checkpoint=checkpoint, school_class=place, school_id=place.school_id,
            halves=1, reason=why,
        )
        for pupil, marks in zip(pupils, plan.away, strict=True)
        for number, (day, (checkpoints, why)) in enumerate(zip(days, marks, strict=True))
        for place in [cast.other_class if pupil == pupils[2] and number >= plan.moves_after else cast.class_7b]
        for checkpoint in checkpoints
        if checkpoint in plan.taken[number]
    )  # fmt: skip
    alignment.align()
