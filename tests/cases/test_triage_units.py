"""Rules of every unit find what a plain account of one pupil after the other finds, also when only some are counted again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fravaer.absence import alignment, percentage
from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.models import Absence, Register
from fravaer.absence.reasons import Reason
from fravaer.cases import rulebook, rules, triage
from fravaer.cases.models import Crossing, Reading, Rule, Unsaid
from fravaer.core.periods import Period
from fravaer.schools import schooldays
from fravaer.schools.models import Enrolment, Pupil, SchoolClass
from tests import factories
from tests.cases import oracle
from tests.cases.attendance import school_days
from tests.cases.test_triage_oracle import found
from tests.cast import MORNING, Cast

YEAR_BEGAN = date(2025, 8, 1)
reason = st.sampled_from(list(Reason))


@dataclass(frozen=True)
class Plan:
    """Days after one another: which of their registers are taken, and of each pupil what she was away from, and why."""

    taken: tuple[tuple[Checkpoint, ...], ...]
    away: tuple[tuple[tuple[tuple[Checkpoint, ...], Reason], ...], ...]


BOTH = (Checkpoint.START, Checkpoint.END)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    days = draw(st.integers(1, 11))
    taken = st.sampled_from([BOTH, BOTH, BOTH, BOTH, (), (Checkpoint.START,)])
    away = st.tuples(st.sampled_from([(), (), BOTH, BOTH, (Checkpoint.END,), (Checkpoint.START,)]), reason)
    return Plan(
        tuple(draw(taken) for _ in range(days)),
        tuple(tuple(draw(away) for _ in range(days)) for _ in range(3)),
    )


@st.composite
def books(draw: st.DrawFn) -> list[Rule]:
    unit = draw(st.sampled_from(list(rules.Unit)))
    first, second = sorted(draw(st.sets(st.integers(1, 6), min_size=2, max_size=2)))
    if unit == rules.Unit.PERCENT:
        first, second = 10 * first, 10 * second
    window, window_days = draw(
        st.sampled_from([("school_year", None), ("quarter", None), ("last_days", 5), ("last_days", 10)])
    )
    shared = {
        "family": "drawn",
        "version": 1,
        "valid_from": date(2000, 1, 1),
        "unit": unit,
        "window": window,
        "window_days": window_days,
        "reasons": sorted(draw(st.just(set(Reason)) | st.sets(reason, min_size=1))),
        "minimum_possible_days": draw(st.integers(0, 8)),
        "minimum_absent_days": draw(st.integers(0, 2)),
        "easing_margin": 1,
        "coverage": draw(st.sampled_from([0, 80])),
        "deadline_days": 5,
    }
    inclusive = draw(st.tuples(st.booleans(), st.booleans(), st.booleans()))
    return [
        Rule(
            code="low", band=1, lower=first, lower_inclusive=inclusive[0], upper=second,
            upper_inclusive=inclusive[1], **shared,
        ),
        Rule(code="high", band=2, lower=second, lower_inclusive=inclusive[2], **shared),
    ]  # fmt: skip


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.data_too_large,
        HealthCheck.too_slow,
    ],
)
@given(stages=st.lists(plans(), min_size=1, max_size=3), book=books(), changed=plans())
def test_every_unit_finds_what_the_plain_account_finds_and_counting_the_touched_alone_is_enough(
    cast: Cast, stages: list[Plan], book: list[Rule], changed: Plan
) -> None:
    with transaction.atomic():
        compare(cast, stages, book, changed)
        transaction.set_rollback(True)


def compare(cast: Cast, stages: list[Plan], book: list[Rule], changed: Plan) -> None:
    Rule.objects.update(enabled=False)
    for rule in book:
        rule.pk = None
        rule.save()
    plain = [rulebook.plain(rule) for rule in book]
    pupils = cast.pupils[:3]
    every_day = school_days(date(2026, 6, 26))
    # The third has changed class after the sixth day; her row of days away goes on.
    Enrolment.objects.filter(pupil=pupils[2]).update(until=every_day[6])
    factories.enrol([pupils[2]], cast.other_class, since=every_day[6])
    passed = 0
    lines: list[oracle.Line] = []
    for stage in stages:
        days = every_day[passed : passed + len(stage.taken)]
        passed += len(stage.taken)
        write(cast, pupils, days, stage)
        day = days[-1]
        window = rulebook.measured_period(book[0], day)
        if window is not None:
            tallies = percentage.tallies(window, [pupil.pk for pupil in pupils])
            lines = oracle.night(lines, tallies, plain, day, set(), values_of(pupils, book[0], window))
        triage.run(day, MORNING, among=None)
        assert found() == sorted(lines, key=str)
        assert triage.run(day, MORNING) == triage.Found(0, 0)
    # The first pupil's absences are corrected, of days long counted.
    days = every_day[: min(passed, len(changed.taken))]
    taken = {(row.day, row.checkpoint) for row in Register.objects.filter(school_class=cast.class_7b)}
    Absence.objects.filter(pupil=pupils[0], day__in=days).delete()
    absences([pupils[0]], [cast.class_7b], days, changed, taken)
    triage.run(day, MORNING, among=[pupils[0].pk])
    before = everything()
    assert triage.run(day, MORNING) == triage.Found(0, 0)
    assert everything() == before


def write(cast: Cast, pupils: Sequence[Pupil], days: Sequence[date], plan: Plan) -> None:
    classes = [cast.class_7b, cast.other_class]
    Register.objects.bulk_create(
        Register(
            school_class=one,
            school_id=one.school_id,
            day=day,
            checkpoint=checkpoint,
            halves=1,
            taken_at=MORNING,
        )
        for one in classes
        for day, checkpoints in zip(days, plan.taken, strict=True)
        for checkpoint in checkpoints
    )
    taken = {
        (day, checkpoint)
        for day, checkpoints in zip(days, plan.taken, strict=True)
        for checkpoint in checkpoints
    }
    absences(pupils, classes, days, plan, taken)


def absences(
    pupils: Sequence[Pupil],
    classes: Sequence[SchoolClass],
    days: Sequence[date],
    plan: Plan,
    taken: Collection[tuple[date, int]],
) -> None:
    places = {
        (one.pupil_id, day): one.school_class
        for one in Enrolment.objects.filter(pupil__in=pupils).select_related("school_class")
        for day in days
        if one.starts_on <= day < one.until and one.school_class in classes
    }
    Absence.objects.bulk_create(
        Absence(
            pupil=pupil,
            day=day,
            checkpoint=checkpoint,
            school_class=place,
            school_id=place.school_id,
            halves=1,
            reason=why,
        )
        for pupil, marks in zip(pupils, plan.away, strict=False)
        for day, (checkpoints, why) in zip(days, marks, strict=False)
        if (place := places.get((pupil.pk, day)))
        for checkpoint in checkpoints
        if (day, checkpoint) in taken
    )
    alignment.align()


def values_of(pupils: Sequence[Pupil], rule: Rule, window: Period) -> dict[int, int]:
    """What a rule of rows measures of each pupil: day after day, as the registers have it."""
    year = Period(YEAR_BEGAN, window.until)
    found = {}
    for pupil, days in schooldays.of_pupils([pupil.pk for pupil in pupils], year).items():
        account = []
        for day in days:
            place = Enrolment.objects.on(day).get(pupil=pupil).school_class_id
            possible = Register.objects.filter(school_class=place, day=day).aggregate(n=Sum("halves"))["n"]
            away = Absence.objects.filter(pupil=pupil, day=day, reason__in=rule.reasons)
            account.append((day, possible or 0, away.aggregate(n=Sum("halves"))["n"] or 0))
        rows = oracle.rows_away(account, window.since, whole=rule.unit == rules.Unit.RUN)
        found[pupil] = max(rows, default=0) if rule.unit == rules.Unit.RUN else len(rows)
    return found


def everything() -> list[object]:
    return [
        *Crossing.objects.order_by("pk").values_list(),
        *Reading.objects.order_by("pk").values_list(),
        *Unsaid.objects.order_by("pupil", "family").values_list("pupil", "family", "possible", "due"),
    ]
