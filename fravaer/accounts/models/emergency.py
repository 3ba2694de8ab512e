"""Who has opened a child's data in an emergency, why, and who has answered for it?"""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from fravaer.accounts.models.granted import Grant
from fravaer.accounts.models.people import User
from fravaer.accounts.querysets import EmergencyQuerySet
from fravaer.accounts.roles import Role
from fravaer.core.sealing import SealedText, is_written
from fravaer.schools.models import Pupil

# Where grants of emergency access come from; they open a child to the session that uses them alone.
BREAK_GLASS = "break_glass"


class EmergencyReason(models.TextChoices):
    DANGER = "danger", _("Concern for a child's safety or health")
    STANDING_IN = "standing_in", _("I act for a colleague who cannot be reached")
    URGENT_CONTACT = "urgent_contact", _("The home or another authority has to be reached at once")
    OTHER = "other", _("Something else that cannot wait")


class Emergency(models.Model):
    """One child opened to one person for a short time, to read. The grant of origin `break_glass` belongs to it."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    # The role she acted in; what she may read is a part of what that role may.
    role = models.CharField(max_length=32, choices=Role)
    pupil = models.ForeignKey(Pupil, models.PROTECT, related_name="+")
    grant = models.OneToOneField(Grant, models.PROTECT, related_name="+")
    reason = models.CharField(max_length=20, choices=EmergencyReason)
    words = SealedText("emergency.words", keys="school")
    opened_at = models.DateTimeField()
    until = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    # After this day without an answer the person opens nobody else.
    answer_due_on = models.DateField()

    objects = EmergencyQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["user", "opened_at"], name="emergency_of_user")]
        constraints = [
            models.CheckConstraint(
                condition=Q(until__gt=F("opened_at")), name="emergency_ends_after_it_begins"
            ),
            models.CheckConstraint(condition=is_written("words", 20), name="emergency_says_why"),
        ]


class EmergencyAnswer(models.Model):
    """What a leader or the controller has found of one use. Only added to; the latest counts."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    emergency = models.ForeignKey(Emergency, models.PROTECT, related_name="answers")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    role = models.CharField(max_length=32, choices=Role)
    at = models.DateTimeField()
    justified = models.BooleanField()
    words = SealedText("emergency.answer", keys="school", blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(justified=True) | is_written("words"), name="unjustified_emergency_says_why"
            )
        ]


class EmergencyAlert(models.Model):
    """Who is told at once that an emergency access was used: on her pages, and by e-mail where there is a mail server."""

    emergency = models.ForeignKey(Emergency, models.CASCADE, related_name="alerts")
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    claimed_until = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["emergency", "user"], name="one_alert_a_person")]


class EmergencySearch(models.Model):
    """One exact search, whether it met a child or not: too many misses are somebody guessing."""

    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    found = models.BooleanField()

    class Meta:
        indexes = [models.Index(fields=["user", "at"], name="emergency_search_of_user")]
