"""Classes in which several pupils are away, and the work with a class, as rows."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fravaer.accounts.models import User
from fravaer.cases.models.casework import State
from fravaer.cases.querysets import ClassEffortQuerySet, ClusterQuerySet
from fravaer.core.sealing import SealedText
from fravaer.schools.models import School, SchoolClass


class Cluster(models.Model):
    """A class found by the night: why, and with which figures. Counts of pupils, never who they are."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    school_class = models.ForeignKey(SchoolClass, models.PROTECT, related_name="+")
    school = models.ForeignKey(School, models.PROTECT, related_name="+")
    # `several`: many over a line; `together`: pupils away on the same days; `rising`: more than the class's own past.
    why = ArrayField(models.SlugField(max_length=16))
    found_on = models.DateField()
    evidence = models.JSONField(default=dict)
    # The same figures as the latest night counted them.
    latest = models.JSONField(default=dict)
    counted_on = models.DateField()
    ended_on = models.DateField(null=True)

    objects = ClusterQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["school_class"], condition=Q(ended_on=None), name="one_standing_cluster_a_class"
            ),
        ]


class ClassEffort(models.Model):
    """Work whose subject is a class: observed for a week, an action tried, and looked at again. Names no pupil."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key = models.UUIDField(unique=True)
    school_class = models.ForeignKey(SchoolClass, models.PROTECT, related_name="+")
    cluster = models.ForeignKey(Cluster, models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=16, choices=State, default=State.OPEN)
    question = SealedText("effort.question", keys="school", bound_to="key")
    observed_from = models.DateField(null=True)
    observed_until = models.DateField(null=True)
    review_on = models.DateField()
    responsible = models.ForeignKey(User, models.PROTECT, related_name="+")
    opened_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)
    outcome = SealedText("effort.outcome", keys="school", bound_to="key", blank=True)
    # When somebody looks at the class again after it was closed.
    follow_up_on = models.DateField(null=True)

    objects = ClassEffortQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["school_class"], condition=Q(state="open"), name="one_open_effort_a_class"
            ),
        ]


class EntryKind(models.TextChoices):
    OBSERVATION = "observation", _("Observation")
    HYPOTHESIS = "hypothesis", _("What we think happens")
    TRIAL = "trial", _("What we try")
    RESULT = "result", _("What came of it")
    MEETING = "meeting", _("Meeting")


class EffortEntry(models.Model):
    """What somebody wrote in the work with a class; only ever added."""

    key = models.UUIDField(unique=True)
    effort = models.ForeignKey(ClassEffort, models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=16, choices=EntryKind)
    day = models.DateField()
    text = SealedText("entry.text", keys="school", bound_to="key")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
