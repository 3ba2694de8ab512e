"""Who has a social measure, as rows."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q

from fravaer.schools.models import DateRange, Pupil


class SocialMeasure(models.Model):
    """A pupil has a social measure from `since` up to, and without, `until`; None is "not ended". Which one is not kept."""

    pupil = models.ForeignKey(Pupil, models.PROTECT, related_name="+")
    since = models.DateField()
    until = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gt=F("since")), name="measure_ends_after_start"
            ),
            # Also what `with_measure_in` reads: one interval at a time, so nothing tells how many measures there are.
            ExclusionConstraint(
                name="one_measure_interval_at_a_time",
                expressions=[
                    ("pupil", RangeOperators.EQUAL),
                    (DateRange("since", "until"), RangeOperators.OVERLAPS),
                ],
            ),
        ]
