"""Where are 10, 15 and 20 written, from when, by what law?

Plain values without Django. The law's two limits are here for good; the municipality's bands are dated rows
(`cases.rulebook`), of which `DEFAULTS` is the set a new installation starts with. Percentages compare in whole numbers, as
in `absence.percentage`: 6 of 40 days is exactly 15 %, and 5½ of 37 is not.

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
    """What a rule's limits count: percent of the window, school days, days away in a row, or spells of absence."""

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

    Rules of one `family` measure the same (window and reasons) and differ in their limits; the highest `band` a pupil is
    in counts. `easing_margin` is how many percentage points below `lower` a pupil must come before he is taken off again,
    `coverage` the percent of due registers that must have been taken before anybody is. `deadline_days` are school days.
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

    def is_met(self, absent: int, possible: int) -> bool:
        """Whether so many half-days absent of so many possible lie between the limits, on enough evidence."""
        return (
            possible > 0
            and possible >= HALVES * self.minimum_possible_days
            and absent >= HALVES * self.minimum_absent_days
            and _above(absent, possible, self.lower, inclusive=self.lower_inclusive)
            and (self.upper is None or _below(absent, possible, self.upper, inclusive=self.upper_inclusive))
        )

    def is_eased(self, absent: int, possible: int, due: int) -> bool:
        """Whether the pupil has come so far below the lower limit that the crossing is over; never on thin evidence."""
        return (
            possible > 0
            and possible >= HALVES * self.minimum_possible_days
            and 100 * possible >= self.coverage * due
            and _below(absent, possible, self.lower - self.easing_margin, inclusive=True)
        )


def _above(absent: int, possible: int, percent: int, *, inclusive: bool) -> bool:
    return 100 * absent >= percent * possible if inclusive else 100 * absent > percent * possible


def _below(absent: int, possible: int, percent: int, *, inclusive: bool) -> bool:
    return 100 * absent <= percent * possible if inclusive else 100 * absent < percent * possible


BANDS = "bands"
EARLY_EFFORT = Rule(BANDS, "early_effort", 1, 1, 10, True, 20, True)
ABSENCE_TEAM = Rule(BANDS, "absence_team", 1, 2, 20, False)
MASSIVE = Rule(BANDS, "massive", 1, 3, 60, False)
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
