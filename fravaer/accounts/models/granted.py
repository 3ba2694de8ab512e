"""What does a person reach, in which role and until when? The grants."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from fravaer.accounts.models.people import User
from fravaer.accounts.roles import Role
from fravaer.schools.models import Area, Pupil, School, SchoolClass


class Reach(models.TextChoices):
    CLASS = "class"
    SCHOOL = "school"
    AREA = "area"
    MUNICIPALITY = "municipality"
    PUPIL = "pupil"


class Grant(models.Model):
    """One role over one unit (or one pupil, by a case) from `valid_from` until, and without, `valid_until`."""

    user = models.ForeignKey(User, models.CASCADE, related_name="grants")
    role = models.CharField(max_length=32, choices=Role)
    reach = models.CharField(max_length=16, choices=Reach)
    area = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, related_name="+")
    school = models.ForeignKey(School, models.PROTECT, null=True, blank=True, related_name="+")
    school_class = models.ForeignKey(SchoolClass, models.PROTECT, null=True, blank=True, related_name="+")
    pupil = models.ForeignKey(Pupil, models.PROTECT, null=True, blank=True, related_name="+")
    # Where the grant comes from: `roster`, `case`, `office`, `demo`; `origin_ref` names the row there.
    origin = models.CharField(max_length=16)
    origin_ref = models.CharField(max_length=64, blank=True)
    purpose = models.CharField(max_length=100, blank=True)
    granted_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    valid_from = models.DateTimeField(default=timezone.now)
    valid_until = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until__gt=F("valid_from")), name="grant_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(reach="class", school_class__isnull=False, school=None, area=None, pupil=None)
                | Q(reach="school", school__isnull=False, school_class=None, area=None, pupil=None)
                | Q(reach="area", area__isnull=False, school=None, school_class=None, pupil=None)
                | Q(reach="municipality", area=None, school=None, school_class=None, pupil=None)
                | Q(reach="pupil", pupil__isnull=False, area=None, school=None, school_class=None),
                name="grant_names_its_unit",
            ),
            models.UniqueConstraint(
                fields=["user", "role", "area", "school", "school_class", "pupil", "origin", "origin_ref"],
                condition=Q(revoked_at=None),
                name="one_open_grant_of_a_kind",
                nulls_distinct=False,
            ),
        ]
