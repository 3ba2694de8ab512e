"""Dated rules, and who came over them, as rows."""

from __future__ import annotations

import uuid

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from fravaer.accounts.models import User
from fravaer.cases import rules
from fravaer.cases.querysets import CrossingQuerySet, RuleProposalQuerySet, RuleQuerySet, UnsaidQuerySet
from fravaer.schools.models import DateRange, Pupil, School, SchoolClass


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
    # What people call it, where it is not one of those the product has words for.
    name = models.CharField(max_length=100, blank=True)
    # Which of the shipped sets it came with; empty for a municipality's own.
    ruleset = models.SlugField(max_length=40, blank=True)
    purpose = models.CharField(
        max_length=16,
        choices=[(purpose.value, purpose.value) for purpose in rules.Purpose],
        default=rules.Purpose.TRIAGE.value,
    )
    # The school whose pupils alone it measures; null for every school's. All rules of a family name the same.
    school = models.ForeignKey(School, models.PROTECT, null=True, related_name="+")
    # Roles whose digest tells of its crossings.
    tells = ArrayField(models.CharField(max_length=32), default=list)
    # School days after an end in which the same line is crossed quietly: on the list, but in nobody's digest.
    cooldown_days = models.SmallIntegerField(default=20)

    objects = RuleQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["family", "code", "version"], name="one_rule_of_a_version"),
            models.CheckConstraint(condition=Q(reasons__len__gt=0), name="rule_measures_a_reason"),
            models.CheckConstraint(
                condition=(Q(upper=None) | Q(upper__gte=F("lower")))
                & (
                    Q(unit="percent", lower__range=(1, 100)) & (Q(upper=None) | Q(upper__lte=100))
                    | ~Q(unit="percent") & Q(lower__range=(1, 400))
                ),
                name="rule_limits_fit_their_unit",
            ),
            # Otherwise the same percentage would take a pupil off the list and put him on again.
            models.CheckConstraint(
                condition=Q(easing_margin__gte=1, easing_margin__lte=F("lower")),
                name="rule_eases_below_its_limit",
            ),
            models.CheckConstraint(
                condition=Q(minimum_possible_days__gte=0, minimum_absent_days__gte=0, deadline_days__gte=0)
                & Q(coverage__range=(0, 100), cooldown_days__gte=0),
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


class RuleProposal(models.Model):
    """A rule somebody proposes, or proposes to end, with whom it would have caught when she did; decided by another person.

    `rule` holds the columns of the new rows and the ids of those that end on `valid_from` (`{"rules": [...], "ends": [...]}`);
    `replaces` is the one that a new version follows. `preview` is what the proposer was shown, frozen: numbers, never a name.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key = models.UUIDField(unique=True)
    rule = models.JSONField(null=True)
    replaces = models.ForeignKey(Rule, models.PROTECT, null=True, related_name="+")
    school = models.ForeignKey(School, models.PROTECT, null=True, related_name="+")
    valid_from = models.DateField()
    preview = models.JSONField(default=dict)
    text = models.TextField(blank=True)
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    agreed = models.BooleanField(null=True)
    answer = models.TextField(blank=True)
    # One of the two is the chief: the roles they acted in.
    proposed_as = models.CharField(max_length=32, default="")
    decided_as = models.CharField(max_length=32, blank=True, default="")
    # The rows it became, so that it can be undone before it is in force.
    made = ArrayField(models.IntegerField(), default=list)
    withdrawn_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)
    # The first of the two who undo what was decided, and the role she asked in; the second is `withdrawn_by`.
    undo_asked_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    undo_asked_as = models.CharField(max_length=32, blank=True, default="")
    undo_asked_at = models.DateTimeField(null=True)

    objects = RuleProposalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_by=None)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="rule_withdrawal_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_by=None) | Q(undo_asked_by=None) | ~Q(withdrawn_by=F("undo_asked_by")),
                name="two_persons_undo_a_rule",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")),
                name="two_persons_decide_a_rule",
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None, decided_by=None, agreed=None)
                | Q(decided_at__isnull=False, decided_by__isnull=False, agreed__isnull=False),
                name="rule_decision_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(rule__isnull=False) | Q(replaces__isnull=False), name="proposal_says_something"
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
    # What was compared, where the unit is not percent: half-days for days and days in a row, a number of spells.
    value = models.IntegerField(null=True)
    # The same line was crossed not long ago: it stands on the list and is told to nobody again.
    quiet = models.BooleanField(default=False)
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


class Unsaid(models.Model):
    """A pupil of whom a family of rules cannot say anything: too few registers were taken. Written anew every night."""

    pupil = models.ForeignKey(Pupil, models.CASCADE, related_name="+")
    family = models.SlugField(max_length=40)
    counted_on = models.DateField()
    possible = models.IntegerField()
    due = models.IntegerField()

    objects = UnsaidQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pupil", "family"], name="one_unsaid_a_family")]


class Run(models.Model):
    """A triage that ran: the last day it counted, and when."""

    day = models.DateField(primary_key=True)
    ran_at = models.DateTimeField()
    crossed = models.IntegerField()
    ended = models.IntegerField()


class Recount(models.Model):
    """Somebody asked for a triage now; it stands open until one has run."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    day = models.DateField()
    begun_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    # Why nothing was counted, as a word of ours; empty when it was.
    failure = models.SlugField(max_length=16, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["day"], condition=Q(ended_at=None), name="one_open_recount_a_day"
            ),
        ]
