"""What the outbox holds. Private to this app: others ask its rooms.

A message is one text to one number about one absence. The row is the truth: jobs carry no more than its id, and whoever
changes its state does so by one conditional update in `outbox`.
"""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from fravaer.schools.models import Guardian, Pupil, School, SchoolClass
from fravaer.sms.querysets import MessageQuerySet, WithheldQuerySet
from fravaer.sms.states import Because, Kind, State, Withholding


class Choice(models.Model):
    """Whether a school, or one class of it, has chosen SMS, and when a message may leave. The class's own row wins whole.

    Times are those of the school's clock. `closes_at` and `deadline_at` of 00.00 mean the midnight that ends the day.
    """

    school = models.ForeignKey(School, models.PROTECT, related_name="+")
    school_class = models.ForeignKey(SchoolClass, models.PROTECT, null=True, blank=True, related_name="+")
    enabled = models.BooleanField()
    # The kill switch: nothing leaves while it is on, and what waits keeps waiting until its deadline.
    paused = models.BooleanField(default=False)
    # How long a mark may be corrected before anything is sent.
    grace_seconds = models.IntegerField(default=90)
    opens_at = models.TimeField(default="07:30")
    closes_at = models.TimeField(default="16:00")
    # After this nobody is written to: a person rings instead.
    deadline_at = models.TimeField(default="11:00")
    # The pupil's given name in the text; the neutral text otherwise.
    names_pupil = models.BooleanField(default=False)
    # Who sends, where the school's own name would say too much (a unit, a treatment).
    signature = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["school", "school_class"], name="one_choice_a_unit", nulls_distinct=False
            ),
            models.CheckConstraint(condition=Q(grace_seconds__range=(0, 14_400)), name="grace_of_hours"),
        ]


class Message(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.TextField(choices=Kind)
    # What this one takes back.
    corrects = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    school = models.ForeignKey(School, models.PROTECT, related_name="+", db_index=False)
    school_class = models.ForeignKey(SchoolClass, models.PROTECT, related_name="+", db_index=False)
    pupil = models.ForeignKey(Pupil, models.PROTECT, related_name="+", db_index=False)
    guardian = models.ForeignKey(Guardian, models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()
    # One a pupil, day, number and kind; a cancelled one, which nobody got, does not count.
    dedupe_key = models.TextField(unique=True)
    to_e164 = models.TextField()
    to_mask = models.TextField()

    text_name = models.TextField()
    text_version = models.TextField()
    language = models.TextField()
    # The body goes when retention says so; its hash stays as evidence.
    body = models.TextField(null=True)  # noqa: DJ001
    body_sha256 = models.BinaryField()
    encoding = models.TextField()
    segments = models.SmallIntegerField()

    state = models.TextField(choices=State)
    because = models.TextField(choices=Because, blank=True)
    not_before = models.DateTimeField()
    expires_at = models.DateTimeField()
    attempts = models.SmallIntegerField(default=0)
    throttled = models.SmallIntegerField(default=0)
    claim_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    # The mark, committed before the provider is called: when, and by which process.
    sending_at = models.DateTimeField(null=True)
    owner = models.IntegerField(null=True)
    # The HTTP attempt is over, whatever came of it.
    ended_at = models.DateTimeField(null=True)
    negative_lookups = models.SmallIntegerField(default=0)
    # When the provider is to be asked next.
    next_check = models.DateTimeField(null=True)
    provider = models.TextField(blank=True)
    provider_sid = models.TextField(null=True)  # noqa: DJ001
    provider_status = models.TextField(blank=True)
    error_code = models.IntegerField(null=True)
    # Who settled it: the answer, a callback, a look-up, a rule.
    resolved_by = models.TextField(blank=True)
    created_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    final_at = models.DateTimeField(null=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "provider_sid"], name="sid_once"),
            models.CheckConstraint(
                condition=~Q(state__in=["accepted", "sent", "delivered"]) | Q(provider_sid__isnull=False),
                name="accepted_has_sid",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["sending", "uncertain"])
                | Q(sending_at__isnull=False, attempts__gt=0),
                name="sending_has_mark",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["accepted", "sent", "delivered", "undelivered", "failed"])
                | Q(sending_at__isnull=False),
                name="told_by_provider_was_marked",
            ),
            models.CheckConstraint(
                condition=Q(kind="correction") ^ Q(corrects=None), name="correction_names_what_it_corrects"
            ),
        ]
        indexes = [
            models.Index(
                fields=["not_before"], condition=Q(state__in=["held", "queued"]), name="sms_message_due"
            ),
            models.Index(
                fields=["state", "sending_at"],
                condition=Q(state__in=["claimed", "sending", "uncertain"]),
                name="sms_message_open",
            ),
            models.Index(
                fields=["next_check"], condition=Q(next_check__isnull=False), name="sms_message_to_ask"
            ),
            models.Index(fields=["day", "school"], name="sms_message_of_day"),
            models.Index(fields=["pupil", "day"], name="sms_message_of_pupil"),
        ]


class Attempt(models.Model):
    """One call of the provider: the row is made with the mark, before the call, and completed after it.

    One without an outcome is a call whose process died.
    """

    message = models.ForeignKey(Message, models.CASCADE, related_name="+")
    n = models.SmallIntegerField()
    owner = models.IntegerField()
    marked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    http_status = models.SmallIntegerField(null=True)
    error_code = models.IntegerField(null=True)
    outcome = models.TextField(blank=True)
    error_class = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["-ended_at"], name="sms_attempt_latest")]


class ProviderEvent(models.Model):
    """One status the provider has told of, by callback or when asked; each is kept once."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="+")
    provider_sid = models.TextField()
    status = models.TextField()
    error_code = models.IntegerField(default=0)
    via = models.TextField()
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["provider_sid", "status", "error_code", "message"], name="one_event_a_status"
            )
        ]


class Transition(models.Model):
    """A step from one state to the next, written by the trigger that allows it."""

    id = models.BigAutoField(primary_key=True)
    message = models.ForeignKey(Message, models.CASCADE, related_name="+")
    before = models.TextField(blank=True)
    after = models.TextField()
    at = models.DateTimeField()


class Withheld(models.Model):
    """Why a guardian, or with none named anybody at all, was not written to about an absence."""

    school = models.ForeignKey(School, models.PROTECT, related_name="+", db_index=False)
    school_class = models.ForeignKey(SchoolClass, models.PROTECT, related_name="+", db_index=False)
    pupil = models.ForeignKey(Pupil, models.PROTECT, related_name="+", db_index=False)
    guardian = models.ForeignKey(Guardian, models.PROTECT, null=True, related_name="+", db_index=False)
    day = models.DateField()
    reason = models.TextField(choices=Withholding)
    noted_at = models.DateTimeField()

    objects = WithheldQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["day", "pupil", "guardian"], name="one_withholding_a_guardian", nulls_distinct=False
            )
        ]


class DeadNumber(models.Model):
    """A number that has proved unable to receive SMS, or whose holder has stopped them; the office repairs it."""

    e164 = models.TextField(unique=True)
    error_code = models.IntegerField()
    since = models.DateTimeField()


class Circuit(models.Model):
    """Whether anything may be sent through a provider. While open, one message an interval tries whether it works again."""

    provider = models.TextField(primary_key=True)
    # The next try; null when all is well.
    open_until = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)
    # The installation's kill switch.
    stopped = models.BooleanField(default=False)
