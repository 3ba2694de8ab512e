"""Cases: their steps, the people in them, and what they wrote, as rows."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from fravaer.accounts.models import User
from fravaer.cases.domains import Domain
from fravaer.cases.models.lines import Crossing
from fravaer.cases.querysets import CaseQuerySet
from fravaer.core.sealing import SealedJSON, SealedText
from fravaer.schools.models import Pupil, School


class State(models.TextChoices):
    OPEN = "open", pgettext_lazy("a case", "Open")
    CLOSED = "closed", pgettext_lazy("a case", "Closed")


class Stage(models.TextChoices):
    """How far an open case is; a closed one keeps the stage it was closed in."""

    EARLY = "early", pgettext_lazy("a case", "Early effort")
    REFERRED = "referred", pgettext_lazy("a case", "Referred to the absence team")
    DISCUSSED = "discussed", pgettext_lazy("a case", "Discussed, not yet activated")
    ACTIVE = "active", pgettext_lazy("a case", "Absence team")
    YOUTH = "youth", pgettext_lazy("a case", "Handed over to the youth effort")


class Unit(models.TextChoices):
    """Who works with children beside the school itself, or takes a case over."""

    INCLUSION = "inclusion", _("Inclusion team")
    ABSENCE_TEAM = "absence_team", _("Absence team")
    SOCIAL = "social", _("Social services")
    PPR = "ppr", _("Psychology and pedagogy (PPR)")
    FAMILY_HOUSE = "family_house", _("Family House")
    SSP = "ssp", _("SSP")
    ADVICE = "advice", _("Child and family advice")
    SUBSTANCE = "substance", _("Substance abuse treatment")
    KUI = "kui", _("Youth effort (KUI)")
    HOTSPOT = "hotspot", _("Hotspot")
    OTHER = "other", _("Somebody else")


class Case(models.Model):
    """The work with one pupil's absence, begun at a crossing. A pupil has one open case at a time."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    pupil = models.ForeignKey(Pupil, models.PROTECT, related_name="+")
    crossing = models.ForeignKey(Crossing, models.PROTECT, related_name="+")
    # Where the pupil went when it was opened; who sees the case follows the pupil.
    school = models.ForeignKey(School, models.PROTECT, related_name="+")
    state = models.CharField(max_length=16, choices=State, default=State.OPEN)
    stage = models.CharField(max_length=16, choices=Stage, default=Stage.EARLY)
    # Which unit holds it; moves when a hand-over is accepted.
    unit = models.CharField(max_length=16, choices=Unit, default=Unit.INCLUSION)
    responsible = models.ForeignKey(User, models.PROTECT, related_name="+")
    # The case this one was put together with, being about the same pupil.
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    opened_at = models.DateTimeField()

    objects = CaseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pupil"], condition=Q(state="open"), name="one_open_case_a_pupil"
            ),
            models.CheckConstraint(
                condition=Q(merged_into=None) | Q(state="closed"), name="a_merged_case_is_closed"
            ),
        ]


class StepKind(models.TextChoices):
    OPEN = "open", pgettext_lazy("a case", "Opened")
    CLOSE = "close", pgettext_lazy("a case", "Closed")
    REOPEN = "reopen", pgettext_lazy("a case", "Opened again")
    REFER = "refer", pgettext_lazy("a case", "Referred to the absence team")
    TAKE_BACK = "take_back", pgettext_lazy("a case", "Referral taken back")
    DISCUSS = "discuss", pgettext_lazy("a case", "Discussed by the chief and the psychologist")
    AGREE = "agree", pgettext_lazy("a case", "Agreed to activate the absence team")
    ACTIVATE = "activate", pgettext_lazy("a case", "Absence team activated")
    STEP_DOWN = "step_down", pgettext_lazy("a case", "Back to early effort")
    OFFER = "offer", pgettext_lazy("a case", "Hand-over offered")
    ACCEPT = "accept", pgettext_lazy("a case", "Hand-over accepted")
    DECLINE = "decline", pgettext_lazy("a case", "Hand-over declined")
    RESPONSIBLE = "responsible", pgettext_lazy("a case", "Another is responsible")
    MOVE = "move", pgettext_lazy("a case", "The pupil moved")
    MERGE = "merge", pgettext_lazy("a case", "Put together with another case")


class Outcome(models.TextChoices):
    STABLE = "stable", pgettext_lazy("an outcome", "Stable schooling")
    BETTER = "better", pgettext_lazy("an outcome", "Improved")
    UNCHANGED = "unchanged", pgettext_lazy("an outcome", "Unchanged")
    MOVED = "moved", pgettext_lazy("an outcome", "Moved away")
    HANDED_OVER = "handed_over", pgettext_lazy("an outcome", "Handed over")
    MERGED = "merged", pgettext_lazy("an outcome", "Put together with another case")


class Step(models.Model):
    """One change of a case's state, by whom and when; only ever added. The outcome belongs to closing."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=16, choices=StepKind)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    outcome = models.CharField(max_length=16, choices=Outcome, blank=True)
    text = SealedText("step.text", keys="school", blank=True)
    # Ids and words of the step's own kind, never a name or a number of a person outside the product.
    detail = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(Q(kind="close") & ~Q(outcome="")) | (~Q(kind="close") & Q(outcome="")),
                name="closing_has_an_outcome",
            ),
        ]


class Note(models.Model):
    """What somebody wrote about a case; only ever added. `key` comes with the form, so that a retry is recognised."""

    key = models.UUIDField(unique=True)
    case = models.ForeignKey(Case, models.PROTECT, related_name="notes")
    domain = models.CharField(max_length=16, choices=Domain)
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    text = SealedText("note.text", keys_of="domain", bound_to="key")
    # Hidden from everybody but its author until somebody of its domain opens it with a reason.
    restricted = models.BooleanField(default=False)


class Conclusion(models.TextChoices):
    ACTIVATE = "activate", _("Activate the absence team")
    EARLY = "early", _("Go on with the early effort")
    OTHER = "other", _("Something else")


class Discussion(models.Model):
    """The talk about a referred case between the chief and the psychologist: held when, with what conclusion."""

    key = models.UUIDField(unique=True)
    case = models.ForeignKey(Case, models.PROTECT, related_name="discussions")
    held_on = models.DateField()
    chief = models.ForeignKey(User, models.PROTECT, related_name="+")
    psychologist = models.ForeignKey(User, models.PROTECT, related_name="+")
    conclusion = models.CharField(max_length=16, choices=Conclusion)
    text = SealedText("discussion.text", keys="school", bound_to="key")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(chief=F("psychologist")), name="two_persons_discuss"),
        ]


class Activation(models.Model):
    """One of the two named persons agrees to activate the absence team; the second makes it so."""

    discussion = models.ForeignKey(Discussion, models.PROTECT, related_name="activations")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    # The role the person acted in: the chief or a psychologist.
    role = models.CharField(max_length=32)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["discussion", "by"], name="one_activation_a_person"),
            models.UniqueConstraint(fields=["discussion", "role"], name="one_activation_a_side"),
        ]


class HandOver(models.Model):
    """A case offered to another unit, with what was tried; it stays where it is until somebody there accepts."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key = models.UUIDField(unique=True)
    case = models.ForeignKey(Case, models.PROTECT, related_name="hand_overs")
    from_unit = models.CharField(max_length=16, choices=Unit)
    to_unit = models.CharField(max_length=16, choices=Unit)
    # Who is asked, where the unit has users here.
    to_user = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    # The checklist as it was filled in: what has been tried, what is agreed, who knows of it.
    checklist = SealedJSON("handover.checklist", keys="school", bound_to="key", default=dict)
    text = SealedText("handover.text", keys="school", bound_to="key", blank=True)
    offered_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    offered_at = models.DateTimeField()
    # The one clock both sides see.
    due_on = models.DateField()
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    accepted = models.BooleanField(null=True)
    answer = SealedText("handover.answer", keys="school", bound_to="key", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(answered_at=None), name="one_open_hand_over"
            ),
            models.CheckConstraint(
                condition=Q(answered_at=None, answered_by=None, accepted=None)
                | Q(answered_at__isnull=False, answered_by__isnull=False, accepted__isnull=False),
                name="hand_over_answer_is_whole",
            ),
        ]


class Party(models.Model):
    """Somebody who takes part in a case from `since` up to, and without, `until`: a user of the product, or a unit by name."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="parties")
    user = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    unit = models.CharField(max_length=16, choices=Unit)
    # Who it is, where the person is no user; a name and a place of work, no number.
    name = models.CharField(max_length=150, blank=True)
    domain = models.CharField(max_length=16, choices=Domain)
    coordinates = models.BooleanField(default=False)
    since = models.DateField()
    until = models.DateField(null=True)
    added_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "user"], condition=Q(until=None), name="one_party_a_user"
            ),
            models.CheckConstraint(condition=Q(user__isnull=False) | ~Q(name=""), name="a_party_is_somebody"),
        ]


class Shared(models.TextChoices):
    """What can be shared with another domain, each by itself."""

    NOTE = "note"
    VIEW = "view"
    DOCUMENT = "document"
    MEETING = "meeting"


class Share(models.Model):
    """One item of one domain shown to another, by whom and on what basis; only ever added."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="shares")
    kind = models.CharField(max_length=16, choices=Shared)
    item_id = models.BigIntegerField()
    domain = models.CharField(max_length=16, choices=Domain)
    basis = models.CharField(max_length=32)
    text = SealedText("share.text", keys_of="domain", bound_to="kind item_id domain", blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "item_id", "domain"], name="one_share_an_item"),
        ]


class CaseDraft(models.Model):
    """What somebody has typed into a form of a case and not saved yet; hers alone, and gone when the form is saved."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    case = models.ForeignKey(Case, models.CASCADE, related_name="+")
    form = models.SlugField(max_length=40)
    fields = SealedJSON("draft.fields", keys="draft", bound_to="user_id case_id form")
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "case", "form"], name="one_draft_a_form")]
