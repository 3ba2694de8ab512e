"""Sums of a period, and quarters frozen for good."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fravaer.accounts.models import User
from fravaer.accounts.roles import Role
from fravaer.schools.models import Area, School


class Draw(models.Model):
    """The sums of a period as they were when they were drawn, with the state of everything they were drawn from.

    A frozen draw and its rows never change again; beside it the period may be drawn anew.
    """

    since = models.DateField()
    until = models.DateField()
    state = models.TextField()
    drawn_at = models.DateTimeField()
    # {"everybody" or "with_measure": {grouping: {key: half-days and pupils}}}
    sums = models.JSONField(default=dict)
    frozen = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["since", "until"], condition=Q(frozen=False), name="one_draw_a_period"
            ),
        ]


class Cell(models.Model):
    """What the pupils of one school and year group came to in a draw: half-days, pupils, and the ministry's weighted mean.

    Once of everybody, and once of those with a social measure. Half-days of cells add up; pupils do not, because one who
    moved counts in each of hers (`Mover`).
    """

    draw = models.ForeignKey(Draw, models.CASCADE, related_name="cells")
    school = models.ForeignKey(School, models.PROTECT, related_name="+")
    year_group = models.SmallIntegerField()
    with_measure = models.BooleanField()
    possible = models.BigIntegerField()
    due = models.BigIntegerField()
    illness = models.BigIntegerField()
    leave = models.BigIntegerField()
    unlawful = models.BigIntegerField()
    pending = models.BigIntegerField()
    # Who had a school day in the cell.
    pupils = models.IntegerField()
    # Months with registration, over the pupils; and each pupil's share absent, in billionths, times her months.
    months = models.BigIntegerField()
    weighted = models.BigIntegerField()
    # Pupils of this cell alone by the band their share lies in: what the spreads come to.
    bands = ArrayField(models.IntegerField())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["draw", "with_measure", "school", "year_group"],
                name="one_cell_a_school_and_year_group",
            ),
        ]


class Spread(models.Model):
    """How many of a cell's pupils had one share absent. Pupils of a single cell only; the others are movers."""

    draw = models.ForeignKey(Draw, models.CASCADE, related_name="spreads")
    school = models.ForeignKey(School, models.PROTECT, related_name="+")
    year_group = models.SmallIntegerField()
    with_measure = models.BooleanField()
    # Twice the percent in tenths, cut, and one more where something was cut off: over 20 % is more than 400.
    share = models.SmallIntegerField()
    pupils = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["draw", "with_measure", "school", "year_group", "share"], name="one_spread_a_share"
            ),
        ]


class Mover(models.Model):
    """How many pupils were in the same several cells, with one share absent over all their days."""

    draw = models.ForeignKey(Draw, models.CASCADE, related_name="movers")
    with_measure = models.BooleanField()
    # Each cell as its school's key times a hundred and its year group, in order.
    cells = ArrayField(models.BigIntegerField())
    # As of a spread; None when nothing was possible.
    share = models.SmallIntegerField(null=True)
    pupils = models.IntegerField()

    class Meta:
        indexes = [models.Index(fields=["draw"], name="movers_of_a_draw")]


class Pattern(models.Model):
    """How finely a draw is told where groups smaller than these limits are hidden: made once, the same for every reader."""

    draw = models.ForeignKey(Draw, models.CASCADE, related_name="+")
    # The fewest pupils a shown group may hold, and the fewest who may be told apart inside one.
    group = models.SmallIntegerField()
    part = models.SmallIntegerField()
    # What it was made from: when the draw was drawn, the areas' schools, and the versions of method and bands.
    basis = models.CharField(max_length=120)
    contents = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["draw", "group", "part"], name="one_pattern_a_draw_and_limits"),
        ]


class Reference(models.Model):
    """A published figure of the whole country for a school year, with where it was read."""

    class Measure(models.TextChoices):
        PERCENT = "percent", _("Absence")
        MEDIAN = "median", _("Median")
        OVER_TEN = "over_ten", _("Pupils over 10 percent")
        ILLNESS = "illness", _("Illness")
        LEAVE = "leave", _("Leave")
        UNLAWFUL = "unlawful", _("Unlawful absence")

    # The year the school year begins in: 2015 is 2015/16.
    school_year = models.SmallIntegerField()
    measure = models.CharField(max_length=16, choices=Measure)
    # Of a percent.
    tenths = models.SmallIntegerField()
    source = models.CharField(max_length=200)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["school_year", "measure"], name="one_reference_a_year"),
            models.CheckConstraint(condition=Q(tenths__range=(0, 1000)), name="a_reference_is_a_percentage"),
        ]


class Snapshot(models.Model):
    """A quarter or school year as it was frozen: a draw that never changes, and what is hidden, under one hash."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    draw = models.OneToOneField(Draw, models.PROTECT, related_name="snapshot")
    # The same days a year earlier, frozen with it or with their own quarter.
    before = models.ForeignKey(Draw, models.PROTECT, related_name="+")
    since = models.DateField()
    until = models.DateField()
    # One higher for each time the period was frozen anew before anybody had approved it.
    version = models.SmallIntegerField()
    # Versions of the methods, bands and limits; targets, notes and references of the day; SMS and effort figures; hidden cells.
    contents = models.JSONField()
    sha256 = models.CharField(max_length=64)
    frozen_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    frozen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["since", "until", "version"], name="one_snapshot_a_version"),
        ]


class Disposed(models.Model):
    """Data of a kind that ended before a day have been disposed of: figures frozen of them stand without them."""

    kind = models.CharField(max_length=40)
    before = models.DateField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "before"], name="one_disposal_a_kind_and_day"),
        ]


class Approval(models.Model):
    """An area's manager, or the chief for the municipality, stands by a frozen quarter; only ever added."""

    snapshot = models.ForeignKey(Snapshot, models.PROTECT, related_name="approvals")
    area = models.ForeignKey(Area, models.PROTECT, null=True, related_name="+")
    role = models.CharField(max_length=32)
    text = models.TextField(blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["snapshot", "area", "role"], name="one_approval_a_unit", nulls_distinct=False
            ),
        ]

    @property
    def role_name(self) -> str:
        return str(Role(self.role).label)
