"""What the outbox holds. Private to this app: others ask its rooms.

A message is one text to one number about one absence. The row is the truth: jobs carry no more than its id, and whoever
changes its state does so by one conditional update in `outbox`.
"""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q

from fravaer.accounts.models import User
from fravaer.core.sealing import FixedNumber, SealedText, is_written
from fravaer.schools.models import Guardian, Municipality, Pupil, School, SchoolClass, SchoolYear
from fravaer.sms.querysets import HaltQuerySet, InboundQuerySet, MessageQuerySet, WithheldQuerySet
from fravaer.sms.states import PROVEN, WAITS, Because, Decision, How, Intent, Kind, State, Withholding


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
    # The same moment every day; with none, as soon as the grace is over.
    send_at = models.TimeField(null=True, blank=True)
    # Everything but the sending: who would have got what is written down, and nothing leaves.
    dry_run = models.BooleanField(default=False)
    # More of a class or a school than this unexplained, and a person is asked before anything is sent.
    most_percent = models.SmallIntegerField(default=40)
    # Messages a day: about one child, and from the whole school (null: as many as there are).
    most_a_child = models.SmallIntegerField(default=4)
    most_a_day = models.IntegerField(null=True, blank=True)
    # The monthly message on days missed.
    monthly = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["school", "school_class"], name="one_choice_a_unit", nulls_distinct=False
            ),
            models.CheckConstraint(condition=Q(grace_seconds__range=(0, 14_400)), name="grace_of_hours"),
            models.CheckConstraint(condition=Q(most_percent__range=(1, 100)), name="most_percent_is_one"),
            models.CheckConstraint(
                condition=Q(most_a_child__gte=1) & (Q(most_a_day=None) | Q(most_a_day__gte=0)),
                name="ceilings_are_numbers",
            ),
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
    # Higher than 0 only where a person had it sent again: who, and why.
    seq = models.SmallIntegerField(default=0)
    ordered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    ordered_because = SealedText("message.ordered_because", keys="school", bound_to="id", blank=True)
    to_e164 = FixedNumber()
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
            *PROVEN,
            models.CheckConstraint(
                condition=Q(kind="correction") ^ Q(corrects=None), name="correction_names_what_it_corrects"
            ),
            models.CheckConstraint(
                condition=Q(seq=0) | Q(seq__gt=0, ordered_by__isnull=False) & is_written("ordered_because"),
                name="again_only_by_a_person",
            ),
        ]
        indexes = [
            models.Index(fields=["not_before", "id"], condition=WAITS, name="sms_message_next"),
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
    """One call of the provider, written with the mark before it and completed after it: without an outcome its process died."""

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

    e164 = FixedNumber(unique=True)
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
    slot_at = models.DateTimeField(null=True)  # from when the next message may go, at so many a second
    unsigned_at = models.DateTimeField(null=True)  # the latest status call the provider had not signed


class Limits(models.Model):
    """What holds for all schools of a municipality: ceilings, prices and how long things are kept."""

    municipality = models.OneToOneField(Municipality, models.CASCADE, primary_key=True, related_name="+")
    dry_run = models.BooleanField(default=False)
    most_a_day = models.IntegerField(null=True, blank=True)
    # What one SMS of 160 (or 70) signs costs, in kroner.
    price = models.DecimalField(max_digits=6, decimal_places=4, null=True, blank=True)
    # Countries, by their telephone code, to whose numbers anything is sent.
    countries = models.JSONField(default=list)
    # Days after which the words of a message, and of a reply, are forgotten.
    keeps_bodies = models.SmallIntegerField(default=30)
    keeps_replies = models.SmallIntegerField(default=30)


class Halt(models.Model):
    """So many of a school or a class are unexplained that a person is asked: a wrong list, or an epidemic?"""

    school = models.ForeignKey(School, models.PROTECT, related_name="+")
    # None: the school as a whole.
    school_class = models.ForeignKey(SchoolClass, models.PROTECT, null=True, related_name="+")
    day = models.DateField()
    unexplained = models.IntegerField()
    pupils = models.IntegerField()
    most_percent = models.SmallIntegerField()
    found_at = models.DateTimeField()
    decision = models.TextField(choices=Decision, blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    objects = HaltQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["day", "school", "school_class"], name="one_halt_a_unit_and_day", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(decision="", decided_by=None, decided_at=None)
                | ~Q(decision="") & Q(decided_by__isnull=False, decided_at__isnull=False),
                name="halt_is_decided_by_a_person",
            ),
        ]


class Stop(models.Model):
    """SMS about one pupil, stopped by hand from `since` up to, and without, `until`. The reason is nobody's to write here."""

    pupil = models.ForeignKey(Pupil, models.PROTECT, related_name="+")
    since = models.DateField()
    until = models.DateField()
    stopped_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    stopped_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pupil"], name="one_stop_a_pupil")]


class OptOut(models.Model):
    """A number whose holder wants no SMS from the municipality. Kept as a keyed hash: it outlives the number in the roster."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    number_hmac = models.BinaryField(max_length=32)
    since = models.DateTimeField()
    how = models.TextField(choices=How)
    # The person of the office who wrote it down; none when the guardian did it herself by SMS.
    noted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["municipality", "number_hmac"], condition=Q(until=None), name="one_opt_out_a_number"
            )
        ]


class Inbound(models.Model):
    """A reply: kept once, shown to the school of the message it answers, its words forgotten when retention says so."""

    provider_sid = models.TextField(primary_key=True)
    from_e164 = FixedNumber()
    to_e164 = models.TextField()
    body = SealedText("reply.body", keys="school", bound_to="provider_sid", null=True)
    received_at = models.DateTimeField()
    intent = models.TextField(choices=Intent)
    # What it answers, where that is plain; else the schools of the number's guardians see it.
    message = models.ForeignKey(Message, models.PROTECT, null=True, related_name="+")
    guardian = models.ForeignKey(Guardian, models.PROTECT, null=True, related_name="+")
    pupil = models.ForeignKey(Pupil, models.PROTECT, null=True, related_name="+")
    school = models.ForeignKey(School, models.PROTECT, null=True, related_name="+")
    handled_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    handled_at = models.DateTimeField(null=True)
    # What a person made of it, as a word of ours.
    outcome = models.TextField(blank=True)

    objects = InboundQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["school", "received_at"], name="sms_inbound_of_school"),
            models.Index(fields=["pupil", "received_at"], name="sms_inbound_of_pupil"),
        ]


class TextVersion(models.Model):
    """A wording of one's own for a text; a version is never changed, and counts once a second person has agreed."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    school = models.ForeignKey(School, models.PROTECT, null=True, related_name="+")
    # The name of the text it stands for, as the files are named.
    name = models.TextField()
    language = models.TextField()
    version = models.SmallIntegerField()
    body = models.TextField()
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True)
    retired_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["municipality", "school", "name", "language", "version"],
                name="one_text_a_version",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("proposed_by")),
                name="two_people_agree_on_a_text",
            ),
        ]


class Ring(models.Model):
    """A person has rung instead."""

    school = models.ForeignKey(School, models.PROTECT, related_name="+")
    pupil = models.ForeignKey(Pupil, models.PROTECT, related_name="+")
    guardian = models.ForeignKey(Guardian, models.PROTECT, null=True, related_name="+")
    day = models.DateField()
    rung_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    rung_at = models.DateTimeField()
    reached = models.BooleanField()

    class Meta:
        indexes = [models.Index(fields=["day", "school"], name="sms_ring_of_day")]


class Drawn(models.Model):
    """Whether a pupil's guardians get the monthly message this school year: by lot, so that its effect can be measured."""

    pupil = models.ForeignKey(Pupil, models.PROTECT, related_name="+")
    school_year = models.ForeignKey(SchoolYear, models.PROTECT, related_name="+")
    held_out = models.BooleanField()
    drawn_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pupil", "school_year"], name="one_draw_a_year")]
