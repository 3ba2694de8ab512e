"""Where are 10, 15 and 20 written, and what is exactly ten percent?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from fravaer.absence.percentage import Tally
from fravaer.absence.reasons import Reason
from fravaer.cases import models, rulebook, rules, rulesets, words
from fravaer.core.periods import Period
from tests.cast import DAY, Cast


def band(absent: int, possible: int) -> str | None:
    """The band the default rules put so many half-days of so many in."""
    met = [rule for rule in rules.DEFAULTS if rule.is_met(absent, possible)]
    return max(met, key=lambda rule: rule.band).code if met else None


@pytest.mark.parametrize(
    ("absent", "possible", "expected"),
    [
        (39, 400, None),
        (40, 400, "early_effort"),
        (80, 400, "early_effort"),
        (81, 400, "absence_team"),
        (240, 400, "absence_team"),
        (241, 400, "massive"),
        (400, 400, "massive"),
    ],
)
def test_the_default_bands_are_ten_to_twenty_over_twenty_and_over_sixty(
    absent: int, possible: int, expected: str | None
) -> None:
    assert band(absent, possible) == expected


def a_rule(unit: rules.Unit, lower: int, *, inclusive: bool = True, **others: Any) -> rules.Rule:
    """A rule that asks for no evidence beside its limit."""
    plain = rules.Rule("f", "c", 1, 1, lower, inclusive, unit=unit)
    return replace(plain, minimum_possible_days=0, minimum_absent_days=0, **others)


@given(
    st.sampled_from(rules.Unit),
    st.integers(1, 40),
    st.booleans(),
    st.none() | st.integers(0, 10),
    st.booleans(),
    st.integers(0, 100),
    st.integers(1, 100),
)
def test_a_limit_of_every_unit_is_compared_in_whole_numbers(
    unit: rules.Unit,
    lower: int,
    inclusive: bool,
    more: int | None,
    upper_inclusive: bool,
    value: int,
    possible: int,
) -> None:
    upper = None if more is None else lower + more
    rule = a_rule(unit, lower, inclusive=inclusive, upper=upper, upper_inclusive=upper_inclusive)
    said = Fraction(100 * value, possible) if unit == "percent" else Fraction(value, 2)
    if unit == "spells":
        said = Fraction(value)
    met = said >= lower if inclusive else said > lower
    if upper is not None:
        met = met and (said <= upper if upper_inclusive else said < upper)
    assert rule.is_met(value, possible, value) is met
    assert rule.is_eased(value, possible, possible, value) is (said <= lower - 1)
    assert not (met and rule.is_eased(value, possible, possible, value))


def test_days_in_a_row_and_spells_cannot_be_told_from_half_days_alone() -> None:
    for unit in (rules.Unit.RUN, rules.Unit.SPELLS):
        with pytest.raises(ValueError, match="half-days"):
            a_rule(unit, 5).is_met(10, 20)


@pytest.mark.parametrize(
    ("rule", "danish"),
    [
        (rules.EARLY_EFFORT, "10–20 % i skoleåret"),
        (rules.ABSENCE_TEAM, "over 20 % i skoleåret"),
        *zip(
            rulesets.BY_CODE["bornholm"].rules,
            ["5 dage i træk", "7 af de sidste 20 skoledage", "15 af de sidste 60 skoledage"],
            strict=True,
        ),
        *zip(
            rulesets.BY_CODE["law"].rules,
            ["mindst 10 % ulovligt i kvartalet", "mindst 15 % ulovligt i kvartalet"],
            strict=True,
        ),
        *zip(
            rulesets.BY_CODE["illness"].rules,
            ["15 dage i træk med sygdom", "mindst 15 dage sygdom i kvartalet"],
            strict=True,
        ),
        *zip(
            rulesets.BY_CODE["agreement_2026"].rules,
            [
                "over 10 dage sygdom eller ulovligt i kvartalet",
                "mindst 15 dage sygdom eller ulovligt i kvartalet",
            ],
            strict=True,
        ),
        (a_rule(rules.Unit.SPELLS, 5), "mindst 5 perioder i skoleåret"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_rule_is_said_as_people_say_it(rule: rules.Rule, danish: str) -> None:
    with translation.override("da"):
        assert words.whole(rule).replace("\xa0", " ") == danish


def test_no_possible_day_is_no_absence() -> None:
    assert band(0, 0) is None
    assert rules.legal_limit(0, 0) is None


def test_a_rule_does_not_speak_before_fifteen_possible_and_three_absent_days() -> None:
    assert band(29, 29) is None
    assert band(30, 30) == "massive"
    assert band(5, 30) is None
    assert band(6, 30) == "early_effort"


def test_six_of_forty_days_reach_fifteen_percent_and_five_and_a_half_of_thirty_seven_do_not() -> None:
    assert rules.legal_limit(2 * 6, 2 * 40) == rules.REFERRAL
    assert rules.legal_limit(11, 2 * 37) == rules.WARNING
    assert rules.legal_limit(2 * 4, 2 * 40) == rules.WARNING
    assert rules.legal_limit(7, 2 * 40) is None


@given(st.integers(0, 400), st.integers(0, 400), st.integers(1, 100))
def test_a_limit_is_reached_exactly_when_the_percentage_reaches_it(
    absent: int, possible: int, percent: int
) -> None:
    counted = Tally(possible=possible, illness=absent)
    inclusive = rules.Rule("f", "c", 1, 1, percent, True, minimum_possible_days=0, minimum_absent_days=0)
    exclusive = replace(inclusive, lower_inclusive=False)
    assert inclusive.is_met(absent, possible) is counted.reaches(percent)
    assert exclusive.is_met(absent, possible) is counted.exceeds(percent)


@given(st.integers(0, 400), st.integers(0, 400), st.integers(0, 400))
def test_nobody_is_over_a_line_and_eased_at_once(absent: int, possible: int, due: int) -> None:
    assert not any(
        rule.is_met(absent, possible) and rule.is_eased(absent, possible, due) for rule in rules.DEFAULTS
    )


def test_nobody_is_eased_while_fewer_than_eighty_percent_of_the_registers_are_taken() -> None:
    assert rules.EARLY_EFFORT.is_eased(0, 80, 100)
    assert not rules.EARLY_EFFORT.is_eased(0, 79, 100)


def test_a_pupil_is_eased_one_point_below_the_line_and_not_before() -> None:
    assert rules.EARLY_EFFORT.is_eased(9, 100, 100)
    assert not rules.EARLY_EFFORT.is_eased(10, 101, 101)


def test_the_rules_name_the_reasons_as_the_register_does() -> None:
    assert tuple(Reason) == rules.ANY_REASON
    assert (rules.PENDING, rules.ILLNESS, rules.LEAVE, rules.UNLAWFUL) == (
        Reason.PENDING,
        Reason.ILLNESS,
        Reason.LEAVE,
        Reason.UNLAWFUL,
    )


def test_a_rule_counts_only_its_own_reasons() -> None:
    unlawful = replace(rules.EARLY_EFFORT, reasons=(rules.UNLAWFUL,))
    assert unlawful.measured(pending=1, illness=2, leave=4, unlawful=8) == 8
    assert rules.EARLY_EFFORT.measured(pending=1, illness=2, leave=4, unlawful=8) == 15


@pytest.mark.django_db
def test_a_new_installation_has_the_default_rules_and_shipping_them_again_adds_none() -> None:
    shipped = rulebook.ship_defaults()
    assert rulebook.ship_defaults() == 0
    assert shipped in (0, len(rulesets.SHIPPED))
    in_force = rulebook.in_force(DAY)
    assert tuple(rulebook.plain(rule) for rule in in_force[rules.BANDS]) == rules.DEFAULTS
    every = {rulebook.plain(rule) for members in in_force.values() for rule in members}
    assert every == set(rulesets.SHIPPED)


@pytest.mark.django_db
def test_the_laws_lines_are_in_force_beside_those_of_the_worklist_and_the_new_agreement_is_not() -> None:
    rulebook.ship_defaults()
    assert set(rulebook.in_force(DAY, rules.Purpose.TRIAGE)) == {rules.BANDS}
    assert set(rulebook.in_force(DAY, rules.Purpose.LAW)) == {
        "law_unlawful",
        "illness_row",
        "illness_quarter",
    }


@pytest.fixture
def early(cast: Cast) -> models.Rule:
    rulebook.ship_defaults()
    return models.Rule.objects.get(code="early_effort")


def test_a_rule_counts_from_its_first_day_and_not_on_the_day_it_ends(early: models.Rule) -> None:
    early.valid_until = DAY
    early.save()
    models.Rule.objects.create(
        **{
            field.attname: getattr(early, field.attname)
            for field in models.Rule._meta.concrete_fields
            if not field.primary_key
        }
        | {"version": 2, "lower": 15, "upper": 40, "valid_from": DAY, "valid_until": None}
    )
    before, after = rulebook.in_force(date(2026, 3, 9))["bands"], rulebook.in_force(DAY)["bands"]
    assert [(rule.version, rule.lower) for rule in before] == [(1, 10), (1, 20), (1, 60)]
    assert [(rule.version, rule.lower) for rule in after] == [(2, 15), (1, 20), (1, 60)]


def test_two_versions_of_a_rule_cannot_be_in_force_together(early: models.Rule) -> None:
    early.pk, early.version = None, 2
    with pytest.raises(IntegrityError), transaction.atomic():
        early.save()


@pytest.mark.parametrize(
    "other",
    [{"window": "last_days", "window_days": 20}, {"unit": "days"}, {"reasons": [1]}, {"purpose": "law"}],
)
def test_rules_of_a_family_that_measure_different_things_are_refused(
    early: models.Rule, other: dict[str, object]
) -> None:
    models.Rule.objects.filter(pk=early.pk).update(**other)
    with pytest.raises(rulebook.RulesDisagree):
        rulebook.in_force(DAY)


def test_a_rule_that_would_put_a_pupil_on_and_off_the_list_at_one_percentage_is_refused(
    early: models.Rule,
) -> None:
    early.easing_margin = 0
    with pytest.raises(IntegrityError), transaction.atomic():
        early.save()


@pytest.mark.parametrize(
    ("window", "days", "day", "expected"),
    [
        ("school_year", None, DAY, Period(date(2025, 8, 1), date(2026, 3, 11))),
        ("quarter", None, DAY, Period(date(2026, 1, 1), date(2026, 3, 11))),
        # A quarter that the school year begins in holds nothing of the year before.
        ("quarter", None, date(2025, 9, 10), Period(date(2025, 8, 1), date(2025, 9, 11))),
        ("last_days", 5, DAY, Period(date(2026, 3, 4), date(2026, 3, 11))),
        # Over the winter holiday, 9–13 February.
        ("last_days", 3, date(2026, 2, 17), Period(date(2026, 2, 6), date(2026, 2, 18))),
        # The school year began on the 11th: three school days are not five.
        ("last_days", 5, date(2025, 8, 13), None),
    ],
)
def test_a_window_ends_with_the_day_asked_about_and_never_reaches_into_last_school_year(
    early: models.Rule, window: str, days: int | None, day: date, expected: Period | None
) -> None:
    early.window, early.window_days = window, days
    assert rulebook.measured_period(early, day) == expected


def test_days_in_a_row_are_counted_from_the_first_week_of_a_school_year(early: models.Rule) -> None:
    early.unit, early.window, early.window_days = "run", "last_days", 20
    assert rulebook.measured_period(early, date(2025, 8, 15)) == Period(date(2025, 8, 1), date(2025, 8, 16))
