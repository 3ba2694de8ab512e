"""When on the day is presence noted, and how much of the day does each noting decide?

Year groups 0–6 are noted once, at the start of the day: it decides the whole day. Year groups 7–10 are noted at the end
as well: each decides a half-day, and whoever was absent at the start counts as absent the whole day (order on pupils'
absence in the Folkeskole, in force 1 January 2020; the whole day for absent at start and present at end is our default,
because the start decides). A municipality may lay down another rule from a day on (`absence.halfdays`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import IntegerChoices
from django.utils.translation import gettext_lazy as _

# A day is two half-days everywhere; percentages and days are counted in half-days.
HALVES_A_DAY = 2


class Checkpoint(IntegerChoices):
    START = 1, _("Morning")
    END = 2, _("End of day")


@dataclass(frozen=True, slots=True)
class HalfDays:
    """A rule: the first year group noted at the end of the day as well, and whether the start decides the whole day.

    `valid_from` is None for the order's own, which holds until another is laid down.
    """

    first_with_end: int = 7
    start_decides: bool = True
    valid_from: date | None = None


ORDER = HalfDays()

# Every rule with the days it is in force, the order's own first, for statements that count by the day's own.
RULES = """(
  SELECT '-infinity'::date AS since, coalesce(min(valid_from), 'infinity') AS until,
    7 AS first_with_end, true AS start_decides
  FROM absence_halfdayrule
  UNION ALL
  SELECT valid_from, coalesce(lead(valid_from) OVER (ORDER BY valid_from), 'infinity'), first_with_end, start_decides
  FROM absence_halfdayrule
)"""


def due(year_group: int, rule: HalfDays = ORDER) -> tuple[Checkpoint, ...]:
    """The checkpoints a class of this year group has on a school day of the rule."""
    return (Checkpoint.START, Checkpoint.END) if year_group >= rule.first_with_end else (Checkpoint.START,)


def halves(year_group: int, checkpoint: Checkpoint, rule: HalfDays = ORDER) -> int:
    """Half-days a taken register of this checkpoint decides for each pupil; 0 when the year group has no such checkpoint."""
    checkpoints = due(year_group, rule)
    return HALVES_A_DAY // len(checkpoints) if checkpoint in checkpoints else 0
