"""What does a person reach, in which role, what for and until when? The grants."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from fravaer.accounts.models.people import User
from fravaer.accounts.roles import Role
from fravaer.schools.models import Area, Pupil, School, SchoolClass

LONGEST_REASON = 100
# How long a grant of these origins may last; the other ends follow from the roster's year and the case.
LONGEST = {
    "manual": timedelta(days=366),
    "delegation": timedelta(days=42),
    "office": timedelta(days=1, hours=1),
    "break_glass": timedelta(minutes=60),
}


def last_day(until: datetime) -> date:
    """The last day before the moment, as people say it: what ends at midnight holds until the day before."""
    return timezone.localtime(until - timedelta(microseconds=1)).date()


class Reach(models.TextChoices):
    CLASS = "class", _("Class")
    SCHOOL = "school", _("School")
    AREA = "area", _("Area")
    MUNICIPALITY = "municipality", _("The whole municipality")
    PUPIL = "pupil", _("Pupil")


class Purpose(models.TextChoices):
    """What a grant is for: a closed list, so that the trail can say it (data protection regulation article 5)."""

    TEACHING = "teaching", _("Teaching")
    EARLY_HELP = "early_help", _("Early help")
    AUTHORITY = "authority", _("Casework under the Act on Children")
    PPR = "ppr", _("Educational psychology")
    STEERING = "steering", _("Figures for management")
    OPERATION = "operation", _("Running the system")
    CONTROL = "control", _("Control of access")


class Ended(models.TextChoices):
    """Why a grant was taken back before its time."""

    SOURCE = "source", _("What it came from has ended")
    NO_NEED = "no_need", _("No longer needed")
    MISTAKE = "mistake", _("Given by mistake")
    LEFT = "left", _("Has left or changed work")
    UNCONFIRMED = "unconfirmed", _("Nobody confirmed it in time")
    NOT_CONFIRMED = "not_confirmed", _("Not confirmed at the half-yearly review")
    DELEGATOR = "delegator", pgettext_lazy("why access ended", "The access it was lent from has ended")


class Grant(models.Model):
    """One role over one unit (or one pupil, by a case) from `valid_from` until, and without, `valid_until`."""

    user = models.ForeignKey(User, models.CASCADE, related_name="grants")
    role = models.CharField(max_length=32, choices=Role)
    reach = models.CharField(max_length=16, choices=Reach)
    area = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, related_name="+")
    school = models.ForeignKey(School, models.PROTECT, null=True, blank=True, related_name="+")
    school_class = models.ForeignKey(SchoolClass, models.PROTECT, null=True, blank=True, related_name="+")
    pupil = models.ForeignKey(Pupil, models.PROTECT, null=True, blank=True, related_name="+")
    # Where the grant comes from: `roster`, `case`, `office`, `manual`, `delegation`, `break_glass`, `demo`; `origin_ref`
    # names the row there.
    origin = models.CharField(max_length=16)
    origin_ref = models.CharField(max_length=64, blank=True)
    purpose = models.CharField(max_length=16, choices=Purpose)
    # Why, in a person's words, where one gave it by hand. About colleagues and work, never about a child.
    reason = models.CharField(max_length=LONGEST_REASON, blank=True, default="", db_default="")
    granted_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    # The grant a delegated one is a part of, and ends with.
    lent_from = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="lent")
    valid_from = models.DateTimeField(default=timezone.now)
    valid_until = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    revoked_because = models.CharField(max_length=16, choices=Ended, blank=True, default="", db_default="")

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
            models.CheckConstraint(condition=Q(purpose__in=Purpose.values), name="grant_has_a_purpose"),
            # Nothing is permanent, whoever writes the row.
            models.CheckConstraint(
                condition=(
                    ~Q(origin__in=["manual", "delegation", "office", "break_glass"])
                    | Q(origin="manual", valid_until__lte=F("valid_from") + LONGEST["manual"])
                    | Q(origin="delegation", valid_until__lte=F("valid_from") + LONGEST["delegation"])
                    | Q(origin="office", valid_until__lte=F("valid_from") + LONGEST["office"])
                    | Q(origin="break_glass", valid_until__lte=F("valid_from") + LONGEST["break_glass"])
                ),
                name="grant_is_not_permanent",
            ),
            # What is given by hand is given by two, neither of whom it is for.
            models.CheckConstraint(
                condition=~Q(origin="manual")
                | Q(granted_by__isnull=False, approved_by__isnull=False)
                & ~Q(granted_by=F("approved_by"))
                & ~Q(granted_by=F("user"))
                & ~Q(approved_by=F("user")),
                name="manual_grant_takes_two",
            ),
            models.CheckConstraint(
                condition=Q(origin="delegation", lent_from__isnull=False, granted_by__isnull=False)
                | ~Q(origin="delegation") & Q(lent_from=None),
                name="delegation_names_its_source",
            ),
        ]
