"""The triage finds what a plain account of one pupil after the other finds, whatever the figures and the rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fravaer.absence import percentage
from fravaer.absence.reasons import Reason
from fravaer.cases import models, rulebook, rules, triage
from fravaer.cases.models import Case, Crossing, Rule
from fravaer.core.periods import Period
from tests.cases import oracle
from tests.cases.attendance import attended, school_days
from tests.cast import DAY, MORNING, Cast

reason = st.sampled_from(list(Reason))
LIMITS = (5, 10, 15, 20, 25, 40, 50, 60)


@dataclass(frozen=True)
class Stage:
    """Some school days, how many of them have their registers taken, and each pupil's absent half-days in those."""

    days: int
    taken: int
    absent: tuple[tuple[Reason, ...], ...]
    worked_with: frozenset[int]


@st.composite
def stages(draw: st.DrawFn) -> Stage:
    # Mostly round numbers, so that limits are often met exactly.
    days = draw(st.sampled_from([10, 20, 25]) | st.integers(1, 30))
    taken = draw(st.sampled_from([days, days * 4 // 5]) | st.integers(0, days))
    share = st.sampled_from([0, *LIMITS, 9, 11, 61, 100])
    absent = tuple(
        tuple(draw(reason) for _ in range(min(2 * taken, round(2 * taken * draw(share) / 100))))
        for _ in range(5)
    )
    return Stage(days, taken, absent, frozenset(draw(st.sets(st.integers(0, 4), max_size=2))))


@st.composite
def books(draw: st.DrawFn) -> list[dict[str, object]]:
    """Three bands of one family, with limits, evidence and reasons drawn."""
    limits = st.sets(st.sampled_from(LIMITS), min_size=3, max_size=3)
    first, second, third = sorted(draw(limits))
    shared = {
        "minimum_possible_days": draw(st.integers(0, 20)),
        "minimum_absent_days": draw(st.integers(0, 4)),
        "coverage": draw(st.sampled_from([0, 50, 80, 100])),
        "reasons": sorted(draw(st.just(set(Reason)) | st.sets(reason, min_size=1))),
        "easing_margin": draw(st.integers(1, 5)),
    }
    inclusive = draw(st.tuples(st.booleans(), st.booleans(), st.booleans(), st.booleans()))
    return [
        {
            "lower": first,
            "lower_inclusive": inclusive[0],
            "upper": second,
            "upper_inclusive": inclusive[3],
            **shared,
        },
        {"lower": second, "lower_inclusive": inclusive[1], **shared},
        {"lower": third, "lower_inclusive": inclusive[2], **shared},
    ]


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.data_too_large,
        HealthCheck.too_slow,
    ],
)
@given(plan=st.lists(stages(), min_size=1, max_size=4), book=books())
def test_it_finds_what_the_plain_account_finds(
    cast: Cast, plan: list[Stage], book: list[dict[str, object]]
) -> None:
    with transaction.atomic():
        compare(cast, plan, book)
        transaction.set_rollback(True)


def compare(cast: Cast, plan: list[Stage], book: list[dict[str, object]]) -> None:
    rulebook.ship_defaults()
    Rule.objects.exclude(family=rules.BANDS).update(enabled=False)
    for band, columns in enumerate(book, 1):
        Rule.objects.filter(family=rules.BANDS, band=band).update(**columns)
    plain = [rulebook.plain(rule) for rule in rulebook.in_force(DAY)[rules.BANDS]]
    every_day = school_days(date(2026, 6, 26))
    passed = 0
    lines: list[oracle.Line] = []
    for stage in plan:
        days = every_day[passed : passed + stage.days]
        passed += stage.days
        attended(cast.class_7b, days[: stage.taken], dict(zip(cast.pupils, stage.absent, strict=True)))
        worked_with = {cast.pupils[n].pk for n in stage.worked_with}
        busy(worked_with, cast)
        expected_from = percentage.tallies(
            Period(date(2025, 8, 1), date.fromordinal(days[-1].toordinal() + 1))
        )
        lines = oracle.night(lines, expected_from, plain, days[-1], worked_with & stood())
        triage.run(days[-1], MORNING)
        assert found() == sorted(lines, key=str)
        assert triage.run(days[-1], MORNING) == triage.Found(0, 0)


def stood() -> set[int]:
    return set(Case.objects.filter(state="open").values_list("pupil_id", flat=True))


def busy(pupil_ids: set[int], cast: Cast) -> None:
    """Exactly these pupils have an open case, as far as they have a crossing to open it from."""
    Case.objects.all().delete()
    for pupil_id in pupil_ids:
        crossing = models.Crossing.objects.filter(pupil_id=pupil_id, ended_on=None).first()
        if crossing:
            Case.objects.create(
                pupil_id=pupil_id,
                crossing=crossing,
                school=cast.school,
                responsible=cast.social_worker,
                opened_at=MORNING,
            )


def found() -> list[oracle.Line]:
    return sorted(
        (
            oracle.Line(
                crossing.pupil_id,
                crossing.band,
                crossing.crossed_on,
                crossing.over_since,
                crossing.absent,
                crossing.possible,
                crossing.ending,
                crossing.ended_on,
            )
            for crossing in Crossing.objects.all()
        ),
        key=str,
    )
