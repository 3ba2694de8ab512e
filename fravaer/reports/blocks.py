"""What does a quarter's page hold, block by block?

Plain values: every figure with its own unit, method and the real numbers of its formula, ready to be shown, drawn, explained or
written to a file. A figure that may not be told is not here at all: its numbers are None, so that no chart, caption or file can
leak what it was never given.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from fravaer.core.periods import Period, Quarter
from fravaer.reports.asked import Asked
from fravaer.reports.footnotes import Footnote
from fravaer.reports.initiatives import Line
from fravaer.reports.targets import Distance
from fravaer.reports.units import Key

UnitOf = Literal["tenths", "hundredths", "count", "points"]
MethodOf = Literal["days", "ministry", "count", "median"]


@dataclass(frozen=True, slots=True)
class Value:
    """One figure that can be explained.

    `shown` is tenths of a percent, hundredths of days, a count, or tenths of a percentage point, by `unit`; None where there is
    nothing to divide by, or where it is hidden. `part` and `whole` are the numbers of its formula: half-days, or pupils.
    `coverage` in tenths of a percent.
    """

    id: str
    shown: int | None
    unit: UnitOf = "tenths"
    method: MethodOf = "days"
    part: int | None = None
    whole: int | None = None
    pupils: int | None = None
    coverage: int | None = None
    # So many registers are missing that the figure may mislead.
    is_uncertain: bool = False
    is_hidden: bool = False

    def hidden(self) -> Value:
        """The same without anything it could tell."""
        return Value(self.id, None, self.unit, self.method, is_hidden=True)


@dataclass(frozen=True, slots=True)
class Point:
    """A quarter of a line; `percent` and `target` in tenths."""

    name: Quarter
    percent: int | None
    target: int | None
    is_uncertain: bool
    is_hidden: bool = False
    # The running quarter, counted as far as it has come.
    is_running: bool = False


@dataclass(frozen=True, slots=True)
class Country:
    """A published figure of the whole country, in tenths, with the school year it is of and where it was read."""

    school_year: str
    tenths: int
    source: str


@dataclass(frozen=True, slots=True)
class Total:
    """Block 1. `before` and `before_days` are of the same days a year earlier; `change` is in tenths of a percentage point."""

    percent: Value
    days: Value
    median: Value
    # The ministry's method: the mean of the pupils' percentages, weighted by months.
    ministry: Value
    before: Value
    before_days: Value
    before_ministry: Value
    change: Value
    # Pupils with a school day, and how much of their days is registered.
    enrolled: Value
    coverage: Value
    target: int | None
    distance: Distance | None
    # The whole municipality, where the page is about less; and the country of the latest school year there is.
    municipality: Value | None
    country: Country | None
    line: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Reason:
    """Block 2: one reason's percent of the possible half-days, and days a pupil, now and a year earlier."""

    key: Literal["illness", "leave", "unlawful", "pending"]
    percent: Value
    days: Value
    before: Value
    before_days: Value


@dataclass(frozen=True, slots=True)
class Pair:
    """Block 3: a group's pupils, and those of them with a social measure."""

    kind: Literal["municipality", "area", "stage"]
    # The area's name, or the stage's year groups (`0-3`); "" for the municipality.
    name: str
    everybody: Value
    everybody_days: Value
    with_measure: Value
    with_measure_days: Value


@dataclass(frozen=True, slots=True)
class Band:
    """Pupils whose own percentage lies in a band, as share of those who have one and as a count."""

    name: str
    share: Value
    count: Value


@dataclass(frozen=True, slots=True)
class Bands:
    """Block 4. `version` is the bands' own."""

    now: tuple[Band, ...]
    before: tuple[Band, ...]
    over_ten: Value
    over_ten_before: Value
    country: Country | None
    version: int


@dataclass(frozen=True, slots=True)
class SchoolRow:
    """Block 5: one unit's line. `against` says where it lies from its target.

    Of the municipality or an area the rows are schools; of a school its year groups, and its classes for those who work there.
    """

    kind: Literal["area", "school", "year_group", "class"]
    key: Key | None
    # The year group as a number where it is one.
    name: str
    # As an address names it: an area's code, a school's or class's key, a year group.
    code: str
    percent: Value
    days: Value
    before: Value
    change: Value
    over_ten: Value
    unlawful: Value
    coverage: Value
    # Share of the morning's registers that were taken by the school's deadline.
    timely: Value | None
    line: tuple[Point, ...]
    target: int | None
    distance: Distance | None
    against: Literal["over", "under", "at"] | None
    # Numbers of its footnotes.
    notes: tuple[int, ...] = ()
    # What a class was called a year earlier.
    was: str = ""


@dataclass(frozen=True, slots=True)
class YearRow:
    """Block 6: the percent by reason of a year group; of a stage where the place is told no finer. `code` is an address's own."""

    code: str
    percent: Value
    illness: Value
    leave: Value
    unlawful: Value
    pending: Value


@dataclass(frozen=True, slots=True)
class Sms:
    """Messages as the Copenhagen status of 2016 counts them, of the schools' whole roll; `per_class_and_day` in hundredths."""

    classes: Value
    sent: Value
    delivered: Value
    failed: Value
    per_class_and_day: Value


@dataclass(frozen=True, slots=True)
class Quality:
    """Block 7: how far the figures can be trusted. Registers are counted of the schools' whole roll."""

    coverage: Value
    due: Value
    taken: Value
    missing: Value
    # Of the morning's registers taken, the share taken by the school's deadline.
    timely: Value
    pending: Value
    sms: Sms | None
    is_low: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Open cases of one group of pupils, by the group's own word."""

    key: str
    name: str
    count: Value


@dataclass(frozen=True, slots=True)
class Efforts:
    """Block 8: what is done about it, as counts of cases."""

    groups: tuple[Group, ...]
    # School days from the crossing to the first contact with the home, the middle one; in hundredths of days.
    first_contact: Value
    # Of those who came over a line in the period, the share with whom something was agreed.
    planned: Value
    overdue: Value
    closed: Value
    better_attendance: Value
    better_attachment: Value
    initiatives_open: Value
    initiatives_settled: Value


@dataclass(frozen=True, slots=True)
class Frozen:
    """The frozen quarter the figures are read from."""

    uuid: str
    version: int
    sha256: str
    frozen_at: datetime
    is_approved: bool
    # Since when registers behind it are no more.
    gone_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Since:
    """What the figure would be from today's registers, and how far that is from the frozen one; both in tenths."""

    percent: int | None
    change: int | None


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A page of figures. `counted` is the part of the period that has begun, `earlier` the same days a year before."""

    asked: Asked
    counted: Period
    earlier: Period
    drawn_at: datetime
    frozen: Frozen | None
    since_frozen: Since | None
    total: Total
    reasons: tuple[Reason, ...]
    measure: tuple[Pair, ...] | None
    bands: Bands
    # Of the municipality: its areas, where there are several.
    areas: tuple[SchoolRow, ...]
    schools: tuple[SchoolRow, ...]
    years: tuple[YearRow, ...]
    quality: Quality | None
    efforts: Efforts | None
    footnotes: tuple[Footnote, ...]
    # Agreed after the period's quarters, of the municipality or of the area.
    initiatives: tuple[Line, ...]
    # Sentences to be set below the figures.
    notes: tuple[str, ...]
    # No register was taken in the period.
    is_empty: bool

    @property
    def last_day(self) -> date | None:
        """The last day counted; None when the period lies wholly ahead."""
        return (
            None
            if self.counted.until == self.counted.since
            else date.fromordinal(self.counted.until.toordinal() - 1)
        )

    @property
    def is_low(self) -> bool:
        """Whether so many registers are missing that the page warns above its figures."""
        return self.total.percent.is_uncertain
