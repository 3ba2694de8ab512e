"""What is aimed at, what one has to know, what was agreed, and the year's deliveries and meetings."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from fravaer.accounts.models import User
from fravaer.reports.querysets import AnnotationQuerySet, InitiativeQuerySet, WheelItemQuerySet
from fravaer.schools.models import Area, School


class Target(models.Model):
    """The highest absence the municipality, an area or a school aims at, from a day on, by which decision.

    Neither area nor school is the municipality. A changed target is a new row; the old one ends on its first day. A row that
    another replaced before it was ever in force is withdrawn.
    """

    area = models.ForeignKey(Area, models.PROTECT, null=True, related_name="+")
    school = models.ForeignKey(School, models.PROTECT, null=True, related_name="+")
    # Of a percent.
    tenths = models.SmallIntegerField()
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)
    decision = models.CharField(max_length=200)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    withdrawn_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(area=None) | Q(school=None), name="a_target_has_one_unit"),
            models.CheckConstraint(condition=Q(tenths__range=(1, 999)), name="a_target_is_a_percentage"),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gt=F("valid_from")),
                name="target_ends_after_start",
            ),
            models.UniqueConstraint(
                fields=["area", "school"],
                condition=Q(valid_until=None, withdrawn_at=None),
                name="one_open_target_a_unit",
                nulls_distinct=False,
            ),
        ]


class Annotation(models.Model):
    """What one has to know to read a unit's figures of some days; printed as a footnote."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # Of the form it came with: sent twice, it is one note.
    key = models.UUIDField(unique=True)
    area = models.ForeignKey(Area, models.PROTECT, null=True, related_name="+")
    school = models.ForeignKey(School, models.PROTECT, null=True, related_name="+")
    since = models.DateField()
    until = models.DateField()
    text = models.CharField(max_length=300)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    removed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    removed_at = models.DateTimeField(null=True)

    objects = AnnotationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(area=None) | Q(school=None), name="an_annotation_has_one_unit"
            ),
            models.CheckConstraint(condition=Q(until__gt=F("since")), name="annotation_ends_after_start"),
        ]


class Outcome(models.TextChoices):
    DONE = "done", _("Carried out")
    PARTLY = "partly", _("Partly carried out")
    NOT_DONE = "not_done", _("Not carried out")
    CONTINUED = "continued", _("Goes on in the next quarter")


class Initiative(models.Model):
    """What an area's resource centre has agreed to do after a quarter: who, by when, and what came of it."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key = models.UUIDField(unique=True)
    area = models.ForeignKey(Area, models.PROTECT, related_name="+")
    # The school it is about, where it is about one.
    school = models.ForeignKey(School, models.PROTECT, null=True, related_name="+")
    # First day of the quarter whose figures it answers.
    quarter_on = models.DateField()
    text = models.TextField()
    owner = models.CharField(max_length=150)
    due_on = models.DateField()
    agreed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    agreed_at = models.DateTimeField()
    outcome = models.CharField(max_length=16, choices=Outcome, blank=True)
    remark = models.TextField(blank=True)
    settled_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    settled_at = models.DateTimeField(null=True)

    objects = InitiativeQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["area", "quarter_on"], name="initiative_of_quarter")]
        constraints = [
            models.CheckConstraint(
                condition=Q(settled_at=None, outcome="") | (Q(settled_at__isnull=False) & ~Q(outcome="")),
                name="a_settled_initiative_says_how",
            ),
        ]


class WheelItem(models.Model):
    """One delivery or meeting of a school year: what, when, whose, and whether it is done."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key = models.UUIDField(unique=True)
    # The year the school year begins in: 2025 is 2025/26.
    school_year = models.SmallIntegerField()
    # Which of the product's own tasks it is; empty for one of the municipality's.
    kind = models.SlugField(max_length=32, blank=True)
    area = models.ForeignKey(Area, models.PROTECT, null=True, related_name="+")
    # Empty for the product's own, which are called what the plan says in the reader's language.
    title = models.CharField(max_length=150, blank=True)
    text = models.TextField(blank=True)
    due_on = models.DateField()
    owner = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    # Moves with every change, as calendars ask.
    sequence = models.IntegerField(default=0)
    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    done_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    done_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)

    objects = WheelItemQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["school_year", "kind", "area"],
                condition=~Q(kind=""),
                name="one_item_of_a_kind",
                nulls_distinct=False,
            ),
            models.CheckConstraint(condition=~Q(kind="", title=""), name="a_wheel_item_has_words"),
        ]


class WheelFeed(models.Model):
    """The address at which somebody's calendar fetches the year wheel: its secret kept as a hash, taken back at will."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    fetched_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(revoked_at=None), name="one_feed_a_person"),
        ]
