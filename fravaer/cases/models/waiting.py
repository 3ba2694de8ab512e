"""Who has been asked to act, what was said, and what waits until when, as rows."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fravaer.accounts.models import User
from fravaer.cases.domains import Domain
from fravaer.cases.models.casework import Case
from fravaer.cases.models.classes import Cluster
from fravaer.core.sealing import SealedText
from fravaer.schools.models import Pupil


class Assignment(models.Model):
    """Who is to act on a pupil over a line before a case is open; one person at a time."""

    pupil = models.ForeignKey(Pupil, models.PROTECT, related_name="+")
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    # Nobody: the night handed it out.
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pupil"], condition=Q(ended_at=None), name="one_assignment_a_pupil"
            ),
        ]


class SnoozeReason(models.TextChoices):
    KNOWN_ILLNESS = "known_illness", _("Known long illness")
    BEREAVEMENT = "bereavement", _("Bereavement in the family")
    OTHER_PLAN = "other_plan", _("Another plan is running")
    REGISTERS = "registers", _("The registers are being checked")
    OTHER = "other", _("Something else")


class Snooze(models.Model):
    """A pupil or a class off the list until a day, with a reason. A higher line, or being ended, brings them back before it."""

    key = models.UUIDField(unique=True)
    pupil = models.ForeignKey(Pupil, models.PROTECT, null=True, related_name="+")
    cluster = models.ForeignKey(Cluster, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=16, choices=SnoozeReason)
    text = SealedText("snooze.text", keys="school", bound_to="key", blank=True)
    until = models.DateField()
    # The band the pupil was in: a higher one is new.
    band = models.SmallIntegerField(default=0)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["pupil", "until"], name="snooze_of_pupil")]
        constraints = [
            models.CheckConstraint(
                condition=Q(pupil__isnull=False, cluster=None) | Q(pupil=None, cluster__isnull=False),
                name="a_snooze_is_about_one",
            ),
        ]


class ContactKind(models.TextChoices):
    PHONE = "phone", _("Telephone call")
    MEETING = "meeting", _("Meeting")
    VISIT = "visit", _("Home visit")
    LETTER = "letter", _("Letter")
    TALK = "talk", _("Talk with the child")
    # Not a contact with the home: it is kept beside them because the same people look for it.
    TEAM = "team", _("Discussed at a team meeting")


class Contact(models.Model):
    """Somebody spoke with the home or the child, or the team spoke about the child: when, by whom, in few words."""

    key = models.UUIDField(unique=True)
    pupil = models.ForeignKey(Pupil, models.PROTECT, related_name="+")
    case = models.ForeignKey(Case, models.PROTECT, null=True, related_name="contacts")
    kind = models.CharField(max_length=16, choices=ContactKind)
    held_on = models.DateField()
    text = SealedText("contact.text", keys_of="domain", bound_to="key", blank=True)
    domain = models.CharField(max_length=16, choices=Domain, default=Domain.SCHOOL)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["pupil", "held_on"], name="contact_of_pupil")]


class ConcernAnswer(models.TextChoices):
    CASE = "case", _("A case is open")
    TAKEN = "taken", _("We have taken it up")
    DECLINED = "declined", _("Not for us at present")


class Concern(models.Model):
    """A teacher's worry about a pupil of hers, and what she was answered: in few words, and never with what a case holds."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key = models.UUIDField(unique=True)
    pupil = models.ForeignKey(Pupil, models.PROTECT, related_name="+")
    text = SealedText("concern.text", keys="school", bound_to="key")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    answer = models.CharField(max_length=16, choices=ConcernAnswer, blank=True)
    reply = SealedText("concern.reply", keys="school", bound_to="key", blank=True)
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["pupil", "at"], name="concern_of_pupil")]


class SavedFilter(models.Model):
    """A worklist somebody comes back to: its filters as the address has them."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=500)
    # Shown to those who share the owner's role and school as well.
    shared = models.BooleanField(default=False)
    is_default = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "name"], name="one_filter_of_a_name"),
            models.UniqueConstraint(
                fields=["user"], condition=Q(is_default=True), name="one_default_filter_a_user"
            ),
        ]


class Digest(models.Model):
    """What one person is told of one day, once: how many are new, due and waiting. Numbers alone, never a name."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    day = models.DateField()
    # Pupils newly over a line, and over one of the law's.
    crossed = models.IntegerField(default=0)
    law = models.IntegerField(default=0)
    clusters = models.IntegerField(default=0)
    # Agreed actions of hers that are due or overdue.
    due = models.IntegerField(default=0)
    # Letters the law asks for at her schools that she is to sign, send or answer for.
    letters = models.IntegerField(default=0)
    # The latest crossing there was when it was made: the next day's begins after it.
    upto = models.BigIntegerField(default=0)
    made_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)
    attempts = models.SmallIntegerField(default=0)
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "day"], name="one_digest_a_day")]
