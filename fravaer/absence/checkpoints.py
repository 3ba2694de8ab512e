"""When on the day is presence noted, and how much of the day does each noting decide?

Year groups 0–6 are noted once, at the start of the day: it decides the whole day. Year groups 7–10 are noted at the end
as well: each decides a half-day, and whoever was absent at the start counts as absent the whole day (order on pupils'
absence in the Folkeskole, in force 1 January 2020; the whole day for absent at start and present at end is our default,
because the start decides).
"""

from __future__ import annotations

from django.db.models import IntegerChoices
from django.utils.translation import gettext_lazy as _

# A day is two half-days everywhere; percentages and days are counted in half-days.
HALVES_A_DAY = 2
FIRST_YEAR_GROUP_WITH_END = 7


class Checkpoint(IntegerChoices):
    START = 1, _("Morning")
    END = 2, _("End of day")


def due(year_group: int) -> tuple[Checkpoint, ...]:
    """The checkpoints a class of this year group has on a school day."""
    return (
        (Checkpoint.START, Checkpoint.END) if year_group >= FIRST_YEAR_GROUP_WITH_END else (Checkpoint.START,)
    )


def halves(year_group: int, checkpoint: Checkpoint) -> int:
    """Half-days a taken register of this checkpoint decides for each pupil; 0 when the year group has no such checkpoint."""
    checkpoints = due(year_group)
    return HALVES_A_DAY // len(checkpoints) if checkpoint in checkpoints else 0
