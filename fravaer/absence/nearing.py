"""How many more school days away before a pupil has been away a given share of the days?

The question a class teacher asks while there is still time, of two clocks: all absence of the school year so far, and
unlawful absence of the calendar quarter so far, at 10 and 15 percent of which the law has the school act (order on pupils'
absence in the Folkeskole, in force 1 January 2020). Whole numbers only, as everywhere a percentage is compared with a limit
(`absence.percentage`).
"""

from __future__ import annotations

from fravaer.absence.checkpoints import HALVES_A_DAY
from fravaer.absence.percentage import Tally

# What follows from each is written where the law's limits are, in `cases.rules`.
LEGAL_PERCENTS = (10, 15)


def days_until(tally: Tally, percent: int) -> int | None:
    """The fewest whole school days, all of them away from now on, after which the tally reaches `percent`.

    0 when it has been reached already. None while nothing has been registered: then a single day would be everything there
    is to go by. Raises ValueError for a percent outside 1–99.
    """
    return _steps(tally.absent, tally.possible, percent, HALVES_A_DAY)


def unlawful_until(tally: Tally, percent: int, *, step: int = 1) -> int | None:
    """The fewest half-days, all of them unlawful absence from now on, after which that alone reaches `percent` of the tally.

    `step` is how many half-days come at once: 2 where a day counts whole, 1 where its end is noted as well. 0, None and
    ValueError as for `days_until`.
    """
    steps = _steps(tally.unlawful, tally.possible, percent, step)
    return None if steps is None else step * steps


def _steps(part: int, possible: int, percent: int, step: int) -> int | None:
    if not 0 < percent < 100:
        raise ValueError(f"{percent} percent is no limit to be near")
    if not possible:
        return None
    # A half-day more adds as much to what was possible as to what was missed: it closes the gap by 100 - percent.
    missing = percent * possible - 100 * part
    return max(0, -(-missing // (step * (100 - percent))))
