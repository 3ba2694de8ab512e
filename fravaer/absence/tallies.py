"""What was counted, and how is it written as a percentage?

Whole half-days of one pupil or of a group. A pupil's percentage is cut, so that a shown 15.0 has always reached 15; a
group's is rounded half up, as published figures are (docs/absence-percentage.md).
"""

from __future__ import annotations

from dataclasses import dataclass

from fravaer.absence.checkpoints import HALVES_A_DAY


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted, all in half-days: possible, due by the calendar, and absent by reason."""

    possible: int = 0
    due: int = 0
    illness: int = 0
    leave: int = 0
    unlawful: int = 0
    pending: int = 0

    def __add__(self, other: Tally) -> Tally:
        # Field by field: a page adds thousands.
        return Tally(
            self.possible + other.possible,
            self.due + other.due,
            self.illness + other.illness,
            self.leave + other.leave,
            self.unlawful + other.unlawful,
            self.pending + other.pending,
        )

    @property
    def absent(self) -> int:
        return self.illness + self.leave + self.unlawful + self.pending

    @property
    def tenths(self) -> int | None:
        """The percent absent in tenths, cut: 66 is 6.6 %. None when nothing was possible."""
        return cut_tenths(self.absent, self.possible)

    @property
    def coverage_tenths(self) -> int | None:
        """Taken of due half-days in tenths of a percent, cut. None when nothing was due."""
        return cut_tenths(self.possible, self.due)

    def reaches(self, percent: int) -> bool:
        """At least `percent` absent, in whole numbers. Nothing possible reaches nothing."""
        return self.possible > 0 and 100 * self.absent >= percent * self.possible

    def exceeds(self, percent: int) -> bool:
        """More than `percent` absent, in whole numbers."""
        return self.possible > 0 and 100 * self.absent > percent * self.possible


@dataclass(frozen=True, slots=True)
class GroupTally:
    """A group's sums over its pupils, and how many pupils were enrolled in it on any day of the period."""

    tally: Tally
    pupils: int

    @property
    def rounded_tenths(self) -> int | None:
        """The group's percent in tenths as published: rounded half up (the figures of the Copenhagen status are)."""
        return rounded_tenths(self.tally.absent, self.tally.possible)

    @property
    def days_hundredths(self) -> int | None:
        """Absent school days a pupil, in hundredths, rounded half up: 721 is 7.21 days."""
        if not self.pupils:
            return None
        halves = HALVES_A_DAY * self.pupils
        return (200 * self.tally.absent + halves) // (2 * halves)


def cut_tenths(part: int, whole: int) -> int | None:
    return 1000 * part // whole if whole > 0 else None


def rounded_tenths(part: int, whole: int) -> int | None:
    return (2000 * part + whole) // (2 * whole) if whole > 0 else None
