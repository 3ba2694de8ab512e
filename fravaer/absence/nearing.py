"""How many more school days away before a pupil has been away a given share of the days?

The question a class teacher asks while there is still time. Whole numbers only, as everywhere a percentage is compared
with a limit (`absence.percentage`).
"""

from __future__ import annotations

from fravaer.absence.checkpoints import HALVES_A_DAY
from fravaer.absence.percentage import Tally


def days_until(tally: Tally, percent: int) -> int | None:
    """The fewest whole school days, all of them away from now on, after which the tally reaches `percent`.

    0 when it has been reached already. None while nothing has been registered: then a single day would be everything there
    is to go by. Raises ValueError for a percent outside 1–99.
    """
    if not 0 < percent < 100:
        raise ValueError(f"{percent} percent is no limit to be near")
    if not tally.possible:
        return None
    # A day more adds as much to what was possible as to what was missed: each closes the gap by 100 - percent a half-day.
    missing = percent * tally.possible - 100 * tally.absent
    a_day = HALVES_A_DAY * (100 - percent)
    return max(0, -(-missing // a_day))
