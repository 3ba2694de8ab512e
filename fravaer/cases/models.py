"""Measures, dated rules, crossings and cases. Private to this app: others ask its rooms."""

from __future__ import annotations

import uuid

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from fravaer.accounts.models import User
from fravaer.cases import rules
from fravaer.cases.domains import Domain
from fravaer.cases.querysets import CaseQuerySet, CrossingQuerySet
from fravaer.schools.models import DateRange, Pupil, School, SchoolClass


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


class Rule(models.Model):
    """A dated rule; what the columns mean stands with `rules.Rule`. A changed limit is a new version, never an edited row."""

    family = models.SlugField(max_length=40)
    code = models.SlugField(max_length=40)
    version = models.SmallIntegerField()
    band = models.SmallIntegerField()
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)
    enabled = models.BooleanField(default=True)
    reasons = ArrayField(models.SmallIntegerField())
    unit = models.CharField(max_length=16, choices=[(unit.value, unit.value) for unit in rules.Unit])
    lower = models.SmallIntegerField()
    lower_inclusive = models.BooleanField()
    upper = models.SmallIntegerField(null=True)
    upper_inclusive = models.BooleanField(default=False)
    window = models.CharField(max_length=16, choices=[(kind.value, kind.value) for kind in rules.Window])
    window_days = models.SmallIntegerField(null=True)
    minimum_possible_days = models.SmallIntegerField()
    minimum_absent_days = models.SmallIntegerField()
    easing_margin = models.SmallIntegerField()
    coverage = models.SmallIntegerField()
    deadline_days = models.SmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["family", "code", "version"], name="one_rule_of_a_version"),
            models.CheckConstraint(condition=Q(reasons__len__gt=0), name="rule_measures_a_reason"),
            models.CheckConstraint(
                condition=Q(lower__range=(1, 100))
                & (Q(upper=None) | Q(upper__gte=F("lower"), upper__lte=100)),
                name="rule_limits_are_percent",
            ),
            # Otherwise the same percentage would take a pupil off the list and put him on again.
            models.CheckConstraint(
                condition=Q(easing_margin__gte=1, easing_margin__lte=F("lower")),
                name="rule_eases_below_its_limit",
            ),
            models.CheckConstraint(
                condition=Q(minimum_possible_days__gte=0, minimum_absent_days__gte=0, deadline_days__gte=0)
                & Q(coverage__range=(0, 100)),
                name="rule_counts_are_positive",
            ),
            models.CheckConstraint(
                condition=Q(window="last_days", window_days__gt=0)
                | Q(window__in=["school_year", "quarter"], window_days=None),
                name="rule_names_its_window",
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gt=F("valid_from")),
                name="rule_ends_after_start",
            ),
            ExclusionConstraint(
                name="one_version_of_a_rule_at_a_time",
                expressions=[
                    ("family", RangeOperators.EQUAL),
                    ("band", RangeOperators.EQUAL),
                    (DateRange("valid_from", "valid_until"), RangeOperators.OVERLAPS),
                ],
                condition=Q(enabled=True),
            ),
        ]


class Ending(models.TextChoices):
    EASED = "eased", _("Fell below the line")
    SUPERSEDED = "superseded", _("Followed by another")
    LAPSED = "lapsed", _("The rule no longer applies")


class Crossing(models.Model):
    """A pupil came over a line: by which rule, on which day, with which figures. They are frozen; only its end is added.

    A crossing without an end stands. `over_since` is the first day of an unbroken row of crossings, `crossed_on` the last
    day counted when this one was found. Figures are half-days from `since` up to, and without, `until`.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    pupil = models.ForeignKey(Pupil, models.PROTECT, related_name="+", db_index=False)
    rule = models.ForeignKey(Rule, models.PROTECT, related_name="+")
    family = models.SlugField(max_length=40)
    band = models.SmallIntegerField()
    # Where the pupil went at that time.
    school = models.ForeignKey(School, models.PROTECT, related_name="+")
    school_class = models.ForeignKey(SchoolClass, models.PROTECT, related_name="+", db_index=False)
    over_since = models.DateField()
    crossed_on = models.DateField()
    since = models.DateField()
    until = models.DateField()
    possible = models.IntegerField()
    due = models.IntegerField()
    illness = models.IntegerField()
    leave = models.IntegerField()
    unlawful = models.IntegerField()
    pending = models.IntegerField()
    # What the rule measured, and its percent in tenths, cut.
    absent = models.IntegerField()
    tenths = models.IntegerField()
    supersedes = models.OneToOneField("self", models.PROTECT, null=True, related_name="+")
    ended_on = models.DateField(null=True)
    ending = models.CharField(max_length=16, choices=Ending, blank=True)

    objects = CrossingQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["pupil", "crossed_on"], name="crossing_of_pupil")]
        constraints = [
            models.UniqueConstraint(
                fields=["pupil", "family"], condition=Q(ended_on=None), name="one_standing_crossing"
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None, ending="") | (Q(ended_on__isnull=False) & ~Q(ending="")),
                name="crossing_end_names_its_kind",
            ),
        ]


class Reading(models.Model):
    """What a standing crossing's pupil stood at in the latest triage: the one part of the worklist that moves every night."""

    crossing = models.OneToOneField(Crossing, models.CASCADE, primary_key=True, related_name="reading")
    counted_on = models.DateField()
    possible = models.IntegerField()
    due = models.IntegerField()
    absent = models.IntegerField()
    tenths = models.IntegerField(null=True)
    # Percent in tenths over the last twenty school days and the twenty before; None when there are not enough of them.
    recent_tenths = models.IntegerField(null=True)
    earlier_tenths = models.IntegerField(null=True)
    # The difference: positive is more absence than before.
    trend_tenths = models.IntegerField(null=True)


class Run(models.Model):
    """A triage that ran: the last day it counted, and when."""

    day = models.DateField(primary_key=True)
    ran_at = models.DateTimeField()
    crossed = models.IntegerField()
    ended = models.IntegerField()


class State(models.TextChoices):
    OPEN = "open", pgettext_lazy("a case", "Open")
    CLOSED = "closed", pgettext_lazy("a case", "Closed")


class Case(models.Model):
    """The work with one pupil's absence, begun at a crossing. A pupil has one open case at a time."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    pupil = models.ForeignKey(Pupil, models.PROTECT, related_name="+")
    crossing = models.ForeignKey(Crossing, models.PROTECT, related_name="+")
    # Where the pupil went when it was opened; who sees the case follows the pupil.
    school = models.ForeignKey(School, models.PROTECT, related_name="+")
    state = models.CharField(max_length=16, choices=State, default=State.OPEN)
    responsible = models.ForeignKey(User, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()

    objects = CaseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pupil"], condition=Q(state="open"), name="one_open_case_a_pupil"
            ),
        ]


class StepKind(models.TextChoices):
    OPEN = "open", pgettext_lazy("a case", "Opened")
    CLOSE = "close", pgettext_lazy("a case", "Closed")
    REOPEN = "reopen", pgettext_lazy("a case", "Opened again")


class Outcome(models.TextChoices):
    STABLE = "stable", pgettext_lazy("an outcome", "Stable schooling")
    BETTER = "better", pgettext_lazy("an outcome", "Improved")
    UNCHANGED = "unchanged", pgettext_lazy("an outcome", "Unchanged")
    MOVED = "moved", pgettext_lazy("an outcome", "Moved away")
    HANDED_OVER = "handed_over", pgettext_lazy("an outcome", "Handed over")


class Step(models.Model):
    """One change of a case's state, by whom and when; only ever added. The outcome belongs to closing."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=16, choices=StepKind)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    outcome = models.CharField(max_length=16, choices=Outcome, blank=True)
    text = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(Q(kind="close") & ~Q(outcome="")) | (~Q(kind="close") & Q(outcome="")),
                name="closing_has_an_outcome",
            ),
        ]


class Note(models.Model):
    """What somebody wrote about a case; only ever added. `key` comes with the form, so that a retry is recognised."""

    key = models.UUIDField(unique=True)
    case = models.ForeignKey(Case, models.PROTECT, related_name="notes")
    domain = models.CharField(max_length=16, choices=Domain)
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    text = models.TextField()
