"""How long each kind of data is kept, what is held all the same, and what was disposed of.

Nothing here names a child: things stand by their keys, which refer to nothing once they are gone.
"""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from fravaer.accounts.models import User
from fravaer.core.sealing import SealedText
from fravaer.keeping.querysets import BatchQuerySet, HoldQuerySet, TermQuerySet
from fravaer.schools.models import Pupil


class Term(models.Model):
    """From a day on a kind of data is kept so many months; without a number for good. One proposes, another decides."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=40)
    valid_from = models.DateField()
    months = models.SmallIntegerField(null=True)
    # Put by for an archive before it is deleted.
    archives = models.BooleanField(default=False)
    # The rule of law, or whose choice it is.
    source = models.CharField(max_length=300)
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    agreed = models.BooleanField(null=True)

    objects = TermQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")), name="term_takes_two"
            ),
            models.CheckConstraint(
                condition=Q(months=None) | Q(months__gte=1), name="term_is_a_month_at_least"
            ),
            models.UniqueConstraint(
                fields=["kind", "valid_from"], condition=Q(agreed=True), name="one_term_a_kind_and_day"
            ),
        ]


class Hold(models.Model):
    """Nothing of this child (or of this kind, where no child is named) is disposed of until two have lifted it."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    pupil = models.ForeignKey(Pupil, models.PROTECT, null=True, related_name="+")
    # Empty: every kind.
    kind = models.CharField(max_length=40, blank=True)
    reason = SealedText("hold.reason", keys="school")
    placed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    placed_at = models.DateTimeField()
    lift_asked_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    lift_asked_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    lifted_at = models.DateTimeField(null=True)

    objects = HoldQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(pupil__isnull=False) | ~Q(kind=""), name="hold_names_something"
            ),
            models.CheckConstraint(
                condition=Q(lifted_by=None)
                | (Q(lift_asked_by__isnull=False) & ~Q(lifted_by=F("lift_asked_by"))),
                name="hold_is_lifted_by_two",
            ),
        ]


class BatchState(models.TextChoices):
    PROPOSED = "proposed", pgettext_lazy("a batch", "Waits for a second person")
    APPROVED = "approved", pgettext_lazy("a batch", "Approved")
    REFUSED = "refused", pgettext_lazy("a batch", "Refused")
    # What was old enough is not what it was when it was proposed.
    STALE = "stale", pgettext_lazy("a batch", "Out of date")
    DONE = "done", pgettext_lazy("a batch", "Disposed of")


class Batch(models.Model):
    """Exactly these things of one kind are to go. While it is approved, and only then, guarded rows can be deleted for it."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=40)
    # What ended before this day.
    before = models.DateField()
    things = models.IntegerField()
    oldest = models.DateField(null=True)
    # How many stay all the same, by why.
    held = models.JSONField(default=dict)
    digest = models.CharField(max_length=64)
    # A package of it is written before anything goes.
    archives = models.BooleanField(default=False)
    state = models.CharField(max_length=16, choices=BatchState, default=BatchState.PROPOSED)
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    objects = BatchQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")), name="batch_takes_two"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "done"]) | Q(decided_by__isnull=False),
                name="approved_batch_was_decided",
            ),
            models.UniqueConstraint(
                fields=["kind"], condition=Q(state="proposed"), name="one_batch_waits_a_kind"
            ),
        ]


class Disposal(models.Model):
    """The proof: which keys went and how many rows of what with them. Only ever added to; it outlives what it speaks of."""

    batch = models.OneToOneField(Batch, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=40)
    keys = ArrayField(models.CharField(max_length=64))
    # Of the keys, sorted, one a line: what the batch's digest was made over.
    digest = models.CharField(max_length=64)
    # {"absence.Absence": 312, ...}
    rows = models.JSONField()
    at = models.DateTimeField()
    # The package that was put by: its name in the folder for the archive, and the sha256 of the file as it lies there.
    package = models.CharField(max_length=100, blank=True, default="")
    package_sha256 = models.CharField(max_length=64, blank=True, default="")
    # The same keys went again from a copy that had been restored.
    again = models.BooleanField(default=False)
