"""Where are 10, 15 and 20 written, from when, by what law?

Plain values without Django. The law's two limits are here for good; the municipality's bands are dated rows
(`cases.rulebook`), of which `DEFAULTS` is the set a new installation starts with; `cases.rulesets` holds the others. All
units compare in whole numbers, as `absence.percentage` does: 6 of 40 days is exactly 15 %, and 5½ of 37 is not.

Sources: order on pupils' absence in the Folkeskole, in force 1 January 2020 (10 and 15 % unlawful in a calendar quarter);
Vesthimmerland's revised procedure, August 2024 (10–20 % early effort, over 20 % absence team, over 60 % seen among its pupils).
A percentage proposes; a person decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

# Half-days, as everywhere.
HALVES = 2
PENDING, ILLNESS, LEAVE, UNLAWFUL = range(4)
ANY_REASON = (PENDING, ILLNESS, LEAVE, UNLAWFUL)


class Window(StrEnum):
    """Over which days a rule measures, always bounded by the school year it looks from."""

    SCHOOL_YEAR = "school_year"
    QUARTER = "quarter"
    LAST_DAYS = "last_days"


class Unit(StrEnum):
    """What a rule's limits count, and in what a pupil's `value` is compared with them.

    Only school days count whose register was taken while the pupil was enrolled; the others are as if they were not there.

    PERCENT: absent of possible half-days; the value is the absent half-days.
    DAYS: absent half-days, in a limit of days.
    RUN: the longest row of counted days of which the pupil was away every half, in half-days; rows that end in the window,
    each from its first day of the school year on.
    SPELLS: how many rows of counted days with any absence end in the window.
    """

    PERCENT = "percent"
    DAYS = "days"
    RUN = "run"
    SPELLS = "spells"


class Purpose(StrEnum):
    """What a crossing is for: somebody is to help, or the school leader is to write as the law asks."""

    TRIAGE = "triage"
    LAW = "law"


@dataclass(frozen=True, slots=True)
class Rule:
    """One dated rule: the limits of a band, over which days and reasons, and from how much evidence it speaks.

    Rules of one `family` measure the same (unit, window and reasons) and differ in their limits; the highest `band` a pupil
    is in counts. `easing_margin` is how far below `lower`, in the rule's unit, a pupil must come before she is taken off
    again, `coverage` the percent of due registers that must have been taken before anybody is. `deadline_days` and
    `cooldown_days` are school days. `tells` are roles.
    """

    family: str
    code: str
    version: int
    band: int
    lower: int
    lower_inclusive: bool
    upper: int | None = None
    upper_inclusive: bool = False
    reasons: tuple[int, ...] = ANY_REASON
    unit: Unit = Unit.PERCENT
    window: Window = Window.SCHOOL_YEAR
    window_days: int | None = None
    minimum_possible_days: int = 15
    minimum_absent_days: int = 3
    easing_margin: int = 1
    coverage: int = 80
    deadline_days: int = 5
    name: str = ""
    ruleset: str = ""
    purpose: Purpose = Purpose.TRIAGE
    tells: tuple[str, ...] = ()
    cooldown_days: int = 20

    def measured(self, *, pending: int, illness: int, leave: int, unlawful: int) -> int:
        """The absent half-days that count for this rule."""
        halves = {PENDING: pending, ILLNESS: illness, LEAVE: leave, UNLAWFUL: unlawful}
        return sum(halves[reason] for reason in self.reasons)

    def is_met(self, absent: int, possible: int, value: int | None = None) -> bool:
        """Whether the figures lie between the limits, on enough evidence.

        `absent` are the half-days that count for the rule, of so many `possible`; `value` is what the unit compares, to be
        given for RUN and SPELLS (else ValueError): of the other units it is `absent`.
        """
        return (
            possible > 0
            and possible >= HALVES * self.minimum_possible_days
            and absent >= HALVES * self.minimum_absent_days
            and self._reaches(absent, possible, value)
            and (
                self.upper is None
                or _below(
                    self._value(absent, value),
                    self._whole(possible),
                    self._limit(self.upper),
                    inclusive=self.upper_inclusive,
                )
            )
        )

    def is_eased(self, absent: int, possible: int, due: int, value: int | None = None) -> bool:
        """Whether the pupil has come so far below the lower limit that the crossing is over; never on thin evidence."""
        return (
            possible > 0
            and possible >= HALVES * self.minimum_possible_days
            and 100 * possible >= self.coverage * due
            and _below(
                self._value(absent, value),
                self._whole(possible),
                self._limit(self.lower - self.easing_margin),
                inclusive=True,
            )
        )

    def _reaches(self, absent: int, possible: int, value: int | None) -> bool:
        return _above(
            self._value(absent, value),
            self._whole(possible),
            self._limit(self.lower),
            inclusive=self.lower_inclusive,
        )

    def _value(self, absent: int, value: int | None) -> int:
        if self.unit in (Unit.PERCENT, Unit.DAYS):
            return absent
        if value is None:
            raise ValueError(f"{self.unit} cannot be told from half-days alone")
        return value

    def _whole(self, possible: int) -> int:
        """What a limit is a hundredth part of: only percent are a share of anything."""
        return possible if self.unit == Unit.PERCENT else 100

    def _limit(self, limit: int) -> int:
        """The limit in what `value` counts: days in half-days."""
        return HALVES * limit if self.unit in (Unit.DAYS, Unit.RUN) else limit


def _above(absent: int, possible: int, percent: int, *, inclusive: bool) -> bool:
    return 100 * absent >= percent * possible if inclusive else 100 * absent > percent * possible


def _below(absent: int, possible: int, percent: int, *, inclusive: bool) -> bool:
    return 100 * absent <= percent * possible if inclusive else 100 * absent < percent * possible


BANDS = "bands"
EARLY_EFFORT = Rule(
    BANDS, "early_effort", 1, 1, 10, True, 20, True, ruleset="default", tells=("leader", "inclusion")
)
ABSENCE_TEAM = Rule(
    BANDS, "absence_team", 1, 2, 20, False, ruleset="default", tells=("leader", "social_worker")
)
MASSIVE = Rule(BANDS, "massive", 1, 3, 60, False, ruleset="default", tells=("leader", "social_worker"))
# The texts leave open what exactly 10 and 20 % are; docs/decisions says why the default takes both into early effort.
DEFAULTS = (EARLY_EFFORT, ABSENCE_TEAM, MASSIVE)


@dataclass(frozen=True, slots=True)
class LegalLimit:
    """A limit of the law on unlawful absence in a calendar quarter, in percent, reached when it is at least that."""

    code: str
    percent: int
    source: str


ORDER_2020 = "BEK om elevers fravær fra undervisningen i folkeskolen, in force 2020-01-01"
WARNING = LegalLimit("warning", 10, ORDER_2020)
REFERRAL = LegalLimit("referral", 15, ORDER_2020)


def legal_limit(unlawful: int, possible: int) -> LegalLimit | None:
    """The highest limit that so many unlawful half-days in a quarter reach, or None."""
    for limit in (REFERRAL, WARNING):
        if possible > 0 and _above(unlawful, possible, limit.percent, inclusive=True):
            return limit
    return None
