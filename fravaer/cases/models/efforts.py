"""What a case plans, does and finds out: views, goals, actions, meetings, interventions, evaluation, as rows."""

from __future__ import annotations

import uuid

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from fravaer.accounts.models import User
from fravaer.cases.domains import Domain
from fravaer.cases.models.casework import Case
from fravaer.cases.models.lines import Crossing
from fravaer.core.sealing import SealedJSON, SealedText
from fravaer.schools.models import Guardian, Pupil


class Voice(models.TextChoices):
    """Whose words or judgement it is; the child's always comes first."""

    CHILD = "child", _("The child")
    PARENTS = "parents", _("The parents")
    SCHOOL = "school", _("The school")


class View(models.Model):
    """How the child, the parents or the school see it; the latest of each is shown, the earlier ones stay."""

    key = models.UUIDField(unique=True)
    case = models.ForeignKey(Case, models.PROTECT, related_name="views")
    voice = models.CharField(max_length=16, choices=Voice)
    text = SealedText("view.text", keys_of="domain", bound_to="key")
    domain = models.CharField(max_length=16, choices=Domain)
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()


class Suspicion(models.Model):
    """What staying away may do for the child, as somebody supposes it."""

    key = models.UUIDField(unique=True)
    case = models.ForeignKey(Case, models.PROTECT, related_name="suspicions")
    function = models.SlugField(max_length=32)
    text = SealedText("suspicion.text", keys="school", bound_to="key", blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")


class Consent(models.Model):
    """What a guardian has agreed to, to whom, and until when; she may take it back."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key = models.UUIDField(unique=True)
    case = models.ForeignKey(Case, models.PROTECT, related_name="consents")
    what = SealedText("consent.what", keys="school", bound_to="key")
    to_whom = SealedText("consent.to_whom", keys="school", bound_to="key")
    guardian = models.ForeignKey(Guardian, models.PROTECT, related_name="+")
    given_on = models.DateField()
    until = models.DateField()
    withdrawn_on = models.DateField(null=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(until__gt=F("given_on")), name="consent_ends_after_start")
        ]


class Goal(models.Model):
    """What is to be reached by when, so that one can see whether it was."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key = models.UUIDField(unique=True)
    case = models.ForeignKey(Case, models.PROTECT, related_name="goals")
    text = SealedText("goal.text", keys="school", bound_to="key")
    due_on = models.DateField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    reached = models.BooleanField(null=True)
    remark = SealedText("goal.remark", keys="school", bound_to="key", blank=True)


class MeetingKind(models.TextChoices):
    NETWORK = "network", _("Network meeting")
    PARENTS = "parents", _("Meeting with the parents")
    TEAM = "team", _("Team meeting")
    EVALUATION = "evaluation", _("Evaluation")


class Meeting(models.Model):
    """A meeting about a case. It is not over before it has a next date, an agreed action, or the reason why there is none."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key = models.UUIDField(unique=True)
    case = models.ForeignKey(Case, models.PROTECT, related_name="meetings")
    kind = models.CharField(max_length=16, choices=MeetingKind)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    place = SealedText("meeting.place", keys_of="domain", blank=True)
    # Who is asked and who came, as lines of text; users among them by id in `users`.
    participants = SealedJSON("meeting.participants", keys_of="domain", default=list)
    agenda = SealedText("meeting.agenda", keys_of="domain", blank=True)
    minutes = SealedText("meeting.minutes", keys_of="domain", blank=True)
    domain = models.CharField(max_length=16, choices=Domain, default=Domain.SCHOOL)
    called_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    called_at = models.DateTimeField()
    held_at = models.DateTimeField(null=True)
    held_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    next_on = models.DateField(null=True)
    end_reason = SealedText("meeting.end_reason", keys_of="domain", blank=True)
    cancelled_at = models.DateTimeField(null=True)
    # Moves with every change, as calendars ask of an invitation.
    sequence = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="meeting_ends_after_start")
        ]


class Deed(models.TextChoices):
    """What kind of action is agreed."""

    CALL = "call", _("Ring the home")
    TALK = "talk", _("Talk with the child")
    MEETING = "meeting", _("Meeting with the parents")
    VISIT = "visit", _("Home visit")
    LETTER = "letter", _("Letter")
    SUPPORT = "support", _("Support at school")
    OFFER = "offer", _("Begin an offer")
    OTHER = "other", _("Something else")


class Kept(models.TextChoices):
    KEPT = "kept", _("Done as agreed")
    NOT_KEPT = "not_kept", _("Not done")
    CANCELLED = "cancelled", _("No longer needed")


class AgreedAction(models.Model):
    """Somebody is to do something about a pupil by a day. It stands until it is settled; with it a pupil is being acted on."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key = models.UUIDField(unique=True)
    pupil = models.ForeignKey(Pupil, models.PROTECT, related_name="+")
    case = models.ForeignKey(Case, models.PROTECT, null=True, related_name="actions")
    crossing = models.ForeignKey(Crossing, models.PROTECT, null=True, related_name="+")
    goal = models.ForeignKey(Goal, models.PROTECT, null=True, related_name="actions")
    meeting = models.ForeignKey(Meeting, models.PROTECT, null=True, related_name="actions")
    deed = models.CharField(max_length=16, choices=Deed)
    text = SealedText("action.text", keys_of="domain", blank=True)
    responsible = models.ForeignKey(User, models.PROTECT, related_name="+")
    due_on = models.DateField()
    domain = models.CharField(max_length=16, choices=Domain, default=Domain.SCHOOL)
    agreed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    agreed_at = models.DateTimeField()
    kept = models.CharField(max_length=16, choices=Kept, blank=True)
    remark = SealedText("action.remark", keys_of="domain", blank=True)
    settled_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    settled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["pupil", "due_on"], condition=Q(settled_at=None), name="open_action_of_pupil"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(settled_at=None, kept="") | (Q(settled_at__isnull=False) & ~Q(kept="")),
                name="a_settled_action_says_how",
            ),
        ]


class WeekPlan(models.Model):
    """A gradual return: when the child is expected on each weekday. Counts only when a leader has granted it.

    `days` holds five entries, Monday first: `"whole"`, `"morning"`, `"afternoon"` or `"none"`.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key = models.UUIDField(unique=True)
    case = models.ForeignKey(Case, models.PROTECT, related_name="week_plans")
    since = models.DateField()
    until = models.DateField()
    days = models.JSONField()
    text = SealedText("weekplan.text", keys="school", bound_to="key", blank=True)
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    granted = models.BooleanField(null=True)
    answer = SealedText("weekplan.answer", keys="school", bound_to="key", blank=True)
    # What was written about the days in the school's known absence, to take it back by.
    known = models.JSONField(default=list)
    ended_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(until__gt=F("since")), name="week_plan_ends_after_start")
        ]


class Offer(models.Model):
    """One kind of intervention in the municipality's catalogue, from `valid_from` up to, and without, `valid_until`."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=100)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)
    place = models.SmallIntegerField(default=0)


class Intervention(models.Model):
    """An offer a child takes part in, from when, by whom, and why it stopped."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key = models.UUIDField(unique=True)
    case = models.ForeignKey(Case, models.PROTECT, related_name="interventions")
    offer = models.ForeignKey(Offer, models.PROTECT, related_name="+")
    since = models.DateField()
    until = models.DateField(null=True)
    responsible = models.ForeignKey(User, models.PROTECT, related_name="+")
    text = SealedText("intervention.text", keys_of="domain", blank=True)
    stopped_because = models.SlugField(max_length=32, blank=True)
    stop_text = SealedText("intervention.stop_text", keys_of="domain", blank=True)
    domain = models.CharField(max_length=16, choices=Domain, default=Domain.SCHOOL)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(until=None, stopped_because="")
                | (Q(until__isnull=False) & ~Q(stopped_because="")),
                name="an_intervention_stops_for_a_reason",
            ),
        ]


class Level(models.IntegerChoices):
    """How attached the child is to the class or school community."""

    NONE = 0, _("No attachment")
    LITTLE = 1, _("Little attachment")
    SOME = 2, _("Some attachment")
    GOOD = 3, _("Good attachment")


class AttachmentReading(models.Model):
    """How attached the child is, by whose judgement and when; only ever added."""

    key = models.UUIDField(unique=True)
    case = models.ForeignKey(Case, models.PROTECT, related_name="attachments")
    level = models.SmallIntegerField(choices=Level)
    voice = models.CharField(max_length=16, choices=Voice)
    said_on = models.DateField()
    text = SealedText("attachment.text", keys="school", bound_to="key", blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()


def _score() -> models.SmallIntegerField[int | None, int | None]:
    return models.SmallIntegerField(null=True, validators=[MinValueValidator(1), MaxValueValidator(5)])


class ScaleAnswer(models.Model):
    """Five questions about belonging, each from one to five, as one voice answered them on one day. Never added up."""

    key = models.UUIDField(unique=True)
    case = models.ForeignKey(Case, models.PROTECT, related_name="answers")
    voice = models.CharField(max_length=16, choices=Voice)
    said_on = models.DateField()
    friends = _score()
    lessons = _score()
    adult = _score()
    contact = _score()
    wish = _score()
    text = SealedText("scale.text", keys="school", bound_to="key", blank=True)
    meeting = models.ForeignKey(Meeting, models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()


class FollowUp(models.Model):
    """The look at a closed case some weeks after, made when it was closed."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="follow_ups")
    due_on = models.DateField()
    responsible = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    holds = models.BooleanField(null=True)
    text = SealedText("followup.text", keys="school", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=Q(settled_at=None), name="one_open_follow_up"),
        ]
