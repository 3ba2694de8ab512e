"""Statutory data sets, and files made in the background."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from fravaer.accounts.models import User
from fravaer.reports.querysets import ExportQuerySet
from fravaer.schools.models import School


class DataSetKind(models.TextChoices):
    STIL = "stil", _("Prepared for STIL")
    PACKAGE = "package", _("Data package of 1 September")


class DataSet(models.Model):
    """A statutory data set that was made: what, of which school year, how many rows, its hash, and who fetched it when."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key = models.UUIDField(unique=True)
    kind = models.CharField(max_length=16, choices=DataSetKind)
    # The year the school year begins in: 2025 is 2025/26.
    school_year = models.SmallIntegerField()
    # Empty for the whole municipality.
    school = models.ForeignKey(School, models.PROTECT, null=True, related_name="+")
    rows = models.IntegerField()
    sha256 = models.CharField(max_length=64)
    # What was still missing when it was made, in counts by kind.
    lacking = models.JSONField(default=dict)
    # Nobody: whoever operates the installation, by a command.
    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()

    @property
    def maker(self) -> str:
        return named(self.made_by)


class Delivery(models.Model):
    """Somebody fetched a data set, or said that it was delivered; only ever added."""

    class What(models.TextChoices):
        FETCHED = "fetched", _("Fetched")
        DELIVERED = "delivered", _("Delivered")

    data_set = models.ForeignKey(DataSet, models.PROTECT, related_name="deliveries")
    what = models.CharField(max_length=16, choices=What)
    # The receipt's number or the file's kind.
    text = models.CharField(max_length=200, blank=True)
    # Nobody: as of a data set.
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    @property
    def who(self) -> str:
        return named(self.by)


def named(user: User | None) -> str:
    """Who made or fetched a data set."""
    return user.name if user else gettext("whoever operates the system")


class ExportState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Being made")
    READY = "ready", _("Ready")
    FAILED = "failed", _("Failed")
    GONE = "gone", _("Deleted")


class Export(models.Model):
    """A file somebody asked for that takes a while: how far it is, where it lies and until when. Hers alone."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key = models.UUIDField(unique=True)
    kind = models.SlugField(max_length=32)
    # What was asked for: units and periods, never a name.
    asked = models.JSONField(default=dict)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    # The role she acted in: the file holds what that role may see, and is fetched in no other.
    role = models.CharField(max_length=32)
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=16, choices=ExportState, default=ExportState.WAITING)
    # Of a hundred.
    progress = models.SmallIntegerField(default=0)
    # Whoever makes it writes the time down again and again; one who died is replaced.
    claimed_at = models.DateTimeField(null=True)
    attempts = models.SmallIntegerField(default=0)
    name = models.CharField(max_length=150, blank=True)
    path = models.CharField(max_length=200, blank=True)
    size = models.BigIntegerField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    ready_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    fetched_at = models.DateTimeField(null=True)
    # Why it was not made, as `exporting.Why` names it.
    failure = models.CharField(max_length=16, blank=True)

    objects = ExportQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["asked_by", "-asked_at"], name="exports_of_somebody"),
            models.Index(
                fields=["asked_at"], condition=Q(state__in=("waiting", "running")), name="exports_to_make"
            ),
        ]
