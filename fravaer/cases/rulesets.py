"""Which rules do municipalities use, and where is each written?

Sets of rules as plain data, each with its source. Those in force come with every installation; the others are switched on by
a proposal that two persons agree to. Nothing here is read by the triage: it reads the dated rows (`cases.rulebook`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from fravaer.cases.rules import (
    DEFAULTS,
    ILLNESS,
    UNLAWFUL,
    Purpose,
    Rule,
    Unit,
    Window,
)


def _(text: str) -> str:
    """Marks a text for the catalogues; `cases.words` says it in the reader's language."""
    return text


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Rules that belong together: their name, where they are written, and whether every installation starts with them."""

    code: str
    title: str
    source: str
    rules: tuple[Rule, ...]
    is_shipped: bool = False

    @property
    def families(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(rule.family for rule in self.rules))


LEADER, SOCIAL_WORKER = "leader", "social_worker"


def _run(ruleset: str, family: str, days: int, **others: Any) -> Rule:
    """So many days in a row, seen among the last twenty; over when the longest row left is shorter by more than half."""
    rule = Rule(
        family,
        family,
        1,
        1,
        days,
        True,
        unit=Unit.RUN,
        window=Window.LAST_DAYS,
        window_days=20,
        minimum_possible_days=0,
        minimum_absent_days=0,
        easing_margin=max(1, days // 2),
        ruleset=ruleset,
        tells=(LEADER, SOCIAL_WORKER),
    )
    return replace(rule, **others)


def _of_last(ruleset: str, family: str, days: int, window: int) -> Rule:
    """So many days of the last so many school days."""
    return Rule(
        family,
        family,
        1,
        1,
        days,
        True,
        unit=Unit.DAYS,
        window=Window.LAST_DAYS,
        window_days=window,
        minimum_possible_days=0,
        minimum_absent_days=0,
        ruleset=ruleset,
        tells=(LEADER, SOCIAL_WORKER),
    )


def _of_law(ruleset: str, family: str, code: str, band: int, lower: int, **others: Any) -> Rule:
    """A line of the law on unlawful absence or illness in a calendar quarter, of which the school leader is told."""
    rule = Rule(
        family,
        code,
        1,
        band,
        lower,
        True,
        window=Window.QUARTER,
        minimum_possible_days=0,
        minimum_absent_days=0,
        ruleset=ruleset,
        purpose=Purpose.LAW,
        tells=(LEADER,),
    )
    return replace(rule, **others)


DEFAULT = RuleSet(
    "default",
    _("10–20, over 20 and over 60%"),
    _("Vesthimmerland's revised procedure for work with absence, August 2024."),
    DEFAULTS,
    is_shipped=True,
)
FORMER = RuleSet(
    "former",
    _("15–40 and over 40%, as until 2024"),
    _("Vesthimmerland's procedure before August 2024."),
    tuple(
        replace(
            rule,
            lower=lower,
            lower_inclusive=rule.band == 1,
            upper=upper,
            upper_inclusive=upper is not None,
            ruleset="former",
        )
        for rule, lower, upper in ((DEFAULTS[0], 15, 40), (DEFAULTS[1], 40, None))
    ),
)
BORNHOLM = RuleSet(
    "bornholm",
    _("Bornholm: 5 in a row, 7 of 20, 15 of 60"),
    _("Bornholm's procedure for absence. It caught half of all pupils in 2017/18."),
    (
        _run("bornholm", "bornholm_row", 5),
        _of_last("bornholm", "bornholm_month", 7, 20),
        _of_last("bornholm", "bornholm_quarter", 15, 60),
    ),
)
SLAGELSE = RuleSet(
    "slagelse",
    _("Slagelse: 5 in a row, 5 of 20, 15 of 60"),
    _("Slagelse's and Antvorskov School's procedure for absence."),
    (
        _run("slagelse", "slagelse_row", 5),
        _of_last("slagelse", "slagelse_month", 5, 20),
        _of_last("slagelse", "slagelse_quarter", 15, 60),
    ),
)
# A share of fewer school days says nothing yet: one day of the first nine is more than ten percent of them.
FEWEST_DAYS_OF_A_QUARTER = 10
UNLAWFUL_QUARTER = RuleSet(
    "law",
    _("The law: 10 and 15% unlawful in a quarter"),
    _("Order on pupils' absence from teaching in the Folkeskole, in force 1 January 2020."),
    (
        _of_law(
            "law",
            "law_unlawful",
            "warning",
            1,
            10,
            reasons=(UNLAWFUL,),
            minimum_possible_days=FEWEST_DAYS_OF_A_QUARTER,
        ),
        _of_law(
            "law",
            "law_unlawful",
            "referral",
            2,
            15,
            reasons=(UNLAWFUL,),
            minimum_possible_days=FEWEST_DAYS_OF_A_QUARTER,
        ),
    ),
    is_shipped=True,
)
ILLNESS_TEACHING = RuleSet(
    "illness",
    _("15 school days of illness: teaching during illness"),
    _("Order on teaching during illness: no later than 15 school days into an illness, short ones added up."),
    (
        _run(
            "illness",
            "illness_row",
            15,
            reasons=(ILLNESS,),
            purpose=Purpose.LAW,
            tells=(LEADER,),
        ),
        _of_law("illness", "illness_quarter", "illness_quarter", 1, 15, reasons=(ILLNESS,), unit=Unit.DAYS),
    ),
    is_shipped=True,
)
AGREEMENT_2026 = RuleSet(
    "agreement_2026",
    _("The agreement of 2026: over 10 and 15 days in a quarter"),
    _("Political agreement of early 2026. Law number and date are not known: off until they are."),
    (
        _of_law(
            "agreement_2026",
            "agreement_2026",
            "contact",
            1,
            10,
            lower_inclusive=False,
            reasons=(ILLNESS, UNLAWFUL),
            unit=Unit.DAYS,
        ),
        _of_law(
            "agreement_2026",
            "agreement_2026",
            "support_plan",
            2,
            15,
            reasons=(ILLNESS, UNLAWFUL),
            unit=Unit.DAYS,
        ),
    ),
)

ALL = (DEFAULT, FORMER, BORNHOLM, SLAGELSE, UNLAWFUL_QUARTER, ILLNESS_TEACHING, AGREEMENT_2026)
BY_CODE = {one.code: one for one in ALL}
SHIPPED = tuple(rule for one in ALL if one.is_shipped for rule in one.rules)
