"""Letters, referrals to the municipality, and files of a case, as rows."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from fravaer.accounts.models import User
from fravaer.cases.domains import Domain
from fravaer.cases.models.casework import Case
from fravaer.cases.models.efforts import Meeting
from fravaer.cases.querysets import LetterQuerySet, ReferralQuerySet
from fravaer.core.sealing import SealedJSON, SealedText
from fravaer.schools.models import Pupil, School


class LetterKind(models.TextChoices):
    WARNING = "warning", _("Warning at 10% unlawful")
    SUMMONS = "summons", _("Summons to a talk")
    INVITATION = "invitation", _("Invitation to a meeting")
    REFERRAL = "referral", _("Referral to the municipality at 15% unlawful")


class LetterText(models.Model):
    """The wording of a kind of letter in one language, in one version: proposed by one person, agreed to by another."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key = models.UUIDField(unique=True)
    kind = models.CharField(max_length=16, choices=LetterKind)
    language = models.CharField(max_length=8)
    version = models.IntegerField(null=True)
    subject = models.CharField(max_length=200)
    body = models.TextField()
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    agreed = models.BooleanField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "language", "version"], name="one_letter_text_of_a_version"
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")),
                name="two_persons_decide_a_text",
            ),
        ]


class LetterState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    SIGNED = "signed", _("Signed off")
    SENT = "sent", _("Sent")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Letter(models.Model):
    """A letter about a pupil: its wording and figures frozen when it was signed off, and what became of it."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key = models.UUIDField(unique=True)
    pupil = models.ForeignKey(Pupil, models.PROTECT, related_name="+")
    school = models.ForeignKey(School, models.PROTECT, related_name="+")
    case = models.ForeignKey(Case, models.PROTECT, null=True, related_name="letters")
    meeting = models.ForeignKey(Meeting, models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=16, choices=LetterKind)
    language = models.CharField(max_length=8)
    # The version of the wording; null for the product's own.
    text = models.ForeignKey(LetterText, models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=16, choices=LetterState, default=LetterState.DRAFT)
    # First day of the quarter a legal letter is about.
    quarter_on = models.DateField(null=True)
    # Figures and days the letter rests on, and a hash of them: its evidence.
    evidence = SealedJSON("letter.evidence", keys="school", default=dict)
    evidence_hash = models.CharField(max_length=64, blank=True)
    # What has been seen to before it is signed off.
    checks = models.JSONField(default=dict)
    subject = SealedText("letter.subject", keys="school")
    body = SealedText("letter.body", keys="school")
    guardian_ids = ArrayField(models.IntegerField(), default=list)
    # Moves with every change of the draft.
    version = models.IntegerField(default=0)
    # Null for a draft that the night prepared.
    drafted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    drafted_at = models.DateTimeField()
    signed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    signed_at = models.DateTimeField(null=True)
    sent_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    sent_at = models.DateTimeField(null=True)
    # The day it left the school, as the one who sent it says.
    sent_on = models.DateField(null=True)
    sent_how = models.CharField(max_length=32, blank=True)
    withdrawn_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_because = SealedText("letter.withdrawn_because", keys="school", blank=True)
    # A correction has dropped the figure under the limit since it was signed off: when that was found, and the figure now.
    undermined_at = models.DateTimeField(null=True)
    undermined = models.JSONField(null=True)
    # A person's answer that it stands all the same.
    upheld_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    upheld_at = models.DateTimeField(null=True)
    upheld_because = SealedText("letter.upheld_because", keys="school", blank=True)

    objects = LetterQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["pupil", "kind"], name="letter_of_pupil")]
        constraints = [
            models.UniqueConstraint(
                fields=["pupil", "kind", "quarter_on"],
                condition=Q(quarter_on__isnull=False) & ~Q(state="withdrawn"),
                name="one_legal_letter_a_quarter",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "withdrawn"])
                | Q(signed_at__isnull=False, signed_by__isnull=False),
                name="a_letter_is_signed_off",
            ),
        ]


class Decision(models.TextChoices):
    NOT_STOPPED = "not_stopped", _("The child benefit is not stopped")
    STOPPED = "stopped", _("The child benefit of the next quarter is stopped")
    OTHER = "other", _("Something else is done")


class Referral(models.Model):
    """The municipality notified of at least 15 % unlawful absence in a quarter, with the register's evidence frozen into it."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    pupil = models.ForeignKey(Pupil, models.PROTECT, related_name="+")
    school = models.ForeignKey(School, models.PROTECT, related_name="+")
    letter = models.OneToOneField(Letter, models.PROTECT, related_name="+")
    quarter_on = models.DateField()
    sent_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    sent_at = models.DateTimeField()
    received_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    received_at = models.DateTimeField(null=True)
    parents_heard_on = models.DateField(null=True)
    child_heard_on = models.DateField(null=True)
    hearing = SealedText("referral.hearing", keys="social", blank=True)
    decision = models.CharField(max_length=16, choices=Decision, blank=True)
    decision_text = SealedText("referral.decision_text", keys="social", blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_on = models.DateField(null=True)
    # Moves with every change of the hearing and the decision.
    version = models.IntegerField(default=0)
    # The register no longer shows 15 %: found by the night, answered by a person.
    undermined_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_because = SealedText("referral.withdrawn_because", keys="school", blank=True)

    objects = ReferralQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pupil", "quarter_on"], condition=Q(withdrawn_at=None), name="one_referral_a_quarter"
            ),
        ]


class Document(models.Model):
    """A file of a case, checked when it came, kept outside what the web server serves; read only through its page."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key = models.UUIDField(unique=True)
    case = models.ForeignKey(Case, models.PROTECT, related_name="documents")
    name = SealedText("document.name", keys_of="domain")
    kind = models.CharField(max_length=80)
    size = models.IntegerField()
    sha256 = models.CharField(max_length=64)
    domain = models.CharField(max_length=16, choices=Domain)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    removed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    removed_at = models.DateTimeField(null=True)
