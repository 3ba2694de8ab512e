"""Readings drawn by lot, readings that stand out, and what is asked to be handed out about a child."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from fravaer.accounts.models import User
from fravaer.accounts.roles import Role
from fravaer.core.sealing import SealedText
from fravaer.oversight.querysets import HitQuerySet, InsightQuerySet, SampleQuerySet
from fravaer.schools.models import Guardian, Pupil, School


class Side(models.TextChoices):
    """Whose leader answers for a reading: the school's, or that of its social workers."""

    SCHOOL = "school", _("School")
    SOCIAL = "social", _("Social services")
    # Nobody leads PPR here: whichever of the two comes first.
    EITHER = "either", _("School or social services")


class Remark(models.TextChoices):
    """What the leader says of it: words of ours, never of a child."""

    TASK = "task", _("Part of the person's task")
    STOOD_IN = "stood_in", _("Stood in for a colleague")
    MISTAKE = "mistake", _("Opened by mistake")
    NO_REASON = "no_reason", _("No reason was found")


class Verdict(models.TextChoices):
    """What the controller came to."""

    FINE = "fine", pgettext_lazy("a reading of a child's page", "In order")
    TALK = "talk", _("Taken up with the leader")
    BREACH = "breach", _("A breach, reported")


class Sample(models.Model):
    """One reading of a week, drawn by lot: was there a need of the work for it? A person never answers for herself."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    week_on = models.DateField()
    school = models.ForeignKey(School, models.PROTECT, related_name="+")
    side = models.CharField(max_length=8, choices=Side)
    event_id = models.BigIntegerField()
    read_at = models.DateTimeField()
    actor = models.ForeignKey(User, models.PROTECT, related_name="+")
    role = models.CharField(max_length=32, choices=Role)
    page = models.CharField(max_length=64)
    pupil_ids = ArrayField(models.IntegerField())
    due_on = models.DateField()
    needed = models.BooleanField(null=True)
    remark = models.CharField(max_length=16, choices=Remark, blank=True)
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    verdict = models.CharField(max_length=8, choices=Verdict, blank=True)
    settled_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    settled_at = models.DateTimeField(null=True)

    objects = SampleQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event_id"], name="a_reading_is_drawn_once"),
            models.CheckConstraint(
                condition=Q(answered_by=None) | ~Q(answered_by=F("actor")), name="nobody_answers_for_herself"
            ),
            models.CheckConstraint(
                condition=Q(settled_by=None) | ~Q(settled_by=F("actor")), name="nobody_settles_her_own_sample"
            ),
        ]


class SampleMail(models.Model):
    """A leader is reminded by e-mail, once in the week that begins on `week_on`, that so many samples wait for her."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    week_on = models.DateField()
    samples = models.IntegerField()
    claimed_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)
    attempts = models.SmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "week_on"], name="one_sample_mail_a_week")]


class Kind(models.TextChoices):
    BLOCK = "block", _("A child the person is kept away from")
    MANY = "many", _("Many children within an hour")
    NIGHT = "night", _("At night")
    EMERGENCY = "emergency", _("Emergency access")
    PROTECTED = "protected", _("Data about a protected child")
    REFUSED = "refused", _("Refused many times within an hour")


class Hit(models.Model):
    """Readings of one person and day that stand out by themselves, for the controller to settle."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=12, choices=Kind)
    day = models.DateField()
    actor = models.ForeignKey(User, models.PROTECT, related_name="+")
    role = models.CharField(max_length=32, choices=Role)
    event_id = models.BigIntegerField()
    pupils = models.IntegerField()
    found_at = models.DateTimeField()
    verdict = models.CharField(max_length=8, choices=Verdict, blank=True)
    settled_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    settled_at = models.DateTimeField(null=True)

    objects = HitQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "event_id"], name="one_hit_of_a_kind"),
            models.CheckConstraint(
                condition=Q(settled_by=None) | ~Q(settled_by=F("actor")), name="nobody_settles_her_own_hit"
            ),
        ]


class Because(models.TextChoices):
    """Why a row is not handed out."""

    OTHER_GUARDIAN = "guardian", _("About the other guardian")
    THIRD_PERSON = "person", _("About another person")
    INTEREST = "interest", _("The child's own interest weighs more")
    PPR = "ppr", _("PPR answers for its own")
    NEW = "new", _("Come since it was looked through")


class Insight(models.Model):
    """A request for everything held about a child: each side looks its own through, and a third person hands it out."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    pupil = models.ForeignKey(Pupil, models.PROTECT, related_name="+")
    school = models.ForeignKey(School, models.PROTECT, related_name="+")
    # Who asks: one of the guardians, or with none named the child herself.
    guardian = models.ForeignKey(Guardian, models.PROTECT, null=True, related_name="+")
    asked_on = models.DateField()
    due_on = models.DateField()
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    school_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    school_at = models.DateTimeField(null=True)
    social_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    social_at = models.DateTimeField(null=True)
    # PPR is awaited where it wrote something, and for as long as there is time to answer.
    ppr_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    ppr_at = models.DateTimeField(null=True)
    # Every row each side has seen, by its key: why it is held back, or nothing.
    decided = models.JSONField(default=dict)
    # Restricted rows somebody has opened to look them through, by their key: who.
    read = models.JSONField(default=dict)
    released_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    released_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    # What is handed out, sealed; gone when its time is up.
    content = SealedText("insight", keys="files", null=True)
    sha256 = models.CharField(max_length=64, blank=True)

    objects = InsightQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(released_by=None)
                | ~(
                    Q(released_by=F("school_by"))
                    | Q(released_by=F("social_by"))
                    | Q(ppr_by__isnull=False, released_by=F("ppr_by"))
                    | Q(released_by=F("asked_by"))
                ),
                name="insight_is_released_by_another",
            ),
            models.CheckConstraint(
                condition=Q(released_at=None) | Q(school_at__isnull=False, social_at__isnull=False),
                name="insight_is_looked_through_first",
            ),
        ]
