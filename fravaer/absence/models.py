"""What the registers say. Private to this app: others ask its rooms.

Only absences are rows, beside one register row for each class, day and checkpoint: a pupil without an absence row under a
taken register was present; without a register row nobody knows. `halves` is the number of half-days a row decides, and is
0 while it decides none (the day was closed afterwards, the pupil was not in the class).
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.querysets import DiscrepancyQuerySet, KnownQuerySet
from fravaer.absence.reasons import Reason, Source
from fravaer.accounts.models import User
from fravaer.core.sealing import SealedText
from fravaer.schools.models import Pupil, School, SchoolClass


class Register(models.Model):
    """A class, a day, a checkpoint: taken by whom and when, in which version, with its own totals (pupils, not half-days)."""

    pk = models.CompositePrimaryKey("school_class_id", "day", "checkpoint")
    school_class = models.ForeignKey(SchoolClass, models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()
    checkpoint = models.SmallIntegerField(choices=Checkpoint)
    school = models.ForeignKey(School, models.PROTECT, related_name="+", db_index=False)
    halves = models.SmallIntegerField()
    version = models.IntegerField(default=1)
    enrolled = models.SmallIntegerField(default=0)
    illness = models.SmallIntegerField(default=0)
    leave = models.SmallIntegerField(default=0)
    unlawful = models.SmallIntegerField(default=0)
    pending = models.SmallIntegerField(default=0)
    taken_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    # The first save; corrections move the version and leave their own events.
    taken_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["day", "school"], name="register_by_day")]
        constraints = [models.CheckConstraint(condition=Q(halves__range=(0, 2)), name="register_halves")]


class Absence(models.Model):
    """One pupil absent at one checkpoint."""

    pk = models.CompositePrimaryKey("pupil_id", "day", "checkpoint")
    pupil = models.ForeignKey(Pupil, models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()
    checkpoint = models.SmallIntegerField(choices=Checkpoint)
    school_class = models.ForeignKey(SchoolClass, models.PROTECT, related_name="+", db_index=False)
    school = models.ForeignKey(School, models.PROTECT, related_name="+", db_index=False)
    halves = models.SmallIntegerField()
    reason = models.SmallIntegerField(choices=Reason)

    class Meta:
        indexes = [
            # The percentage of everybody is read from this index alone.
            models.Index(fields=["day"], include=["pupil", "halves", "reason"], name="absence_counted"),
            models.Index(fields=["day", "school_class"], condition=Q(reason=0), name="absence_unexplained"),
        ]
        constraints = [models.CheckConstraint(condition=Q(halves__range=(0, 2)), name="absence_halves")]


class RegisterEvent(models.Model):
    """One save of a register: who, when, what it changed. `key` comes with the form, so that a retry is recognised."""

    key = models.UUIDField(primary_key=True)
    school_class = models.ForeignKey(SchoolClass, models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()
    checkpoint = models.SmallIntegerField(choices=Checkpoint)
    version = models.IntegerField()
    user = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    saved_at = models.DateTimeField()
    client_at = models.DateTimeField(null=True)
    channel = models.CharField(max_length=16)
    # Parallel lists: the pupils whose mark changed, the mark before and after (-1 is here).
    pupils = ArrayField(models.IntegerField(), default=list)
    before = ArrayField(models.SmallIntegerField(), default=list)
    after = ArrayField(models.SmallIntegerField(), default=list)
    # When they had come, of a save that changed somebody who was late; else empty.
    came_before = ArrayField(models.TimeField(null=True), default=list, db_default=[])
    here = models.SmallIntegerField()
    absent = models.SmallIntegerField()
    # Of all marks the form carried: the same key with other marks is another save, not a retry.
    digest = models.BinaryField(max_length=32)
    # Why a register was changed after the school had completed its registration of the day.
    because = SealedText("register.because", keys="school", bound_to="key", blank=True)

    class Meta:
        indexes = [models.Index(fields=["school_class", "day", "checkpoint"], name="register_event_of")]


class ClassMonth(models.Model):
    """A class's sums over one calendar month, moved in the transaction of every save; all in half-days."""

    pk = models.CompositePrimaryKey("month", "school_class_id")
    # The first day of the month.
    month = models.DateField()
    school_class = models.ForeignKey(SchoolClass, models.PROTECT, related_name="+", db_index=False)
    school = models.ForeignKey(School, models.PROTECT, related_name="+", db_index=False)
    # Half-days decided by taken registers: what one pupil enrolled all month could have attended.
    taken = models.IntegerField(default=0)
    # Over all the class's pupils.
    possible = models.IntegerField(default=0)
    illness = models.IntegerField(default=0)
    leave = models.IntegerField(default=0)
    unlawful = models.IntegerField(default=0)
    pending = models.IntegerField(default=0)
    # Grows with everything that happens to the class's absence of the month, also when the sums stay the same.
    version = models.IntegerField(default=1, db_default=1)

    class Meta:
        indexes = [models.Index(fields=["school_class", "month"], name="class_month_of")]


class Presence(models.Model):
    """A pupil who was there and of whom something is to be remembered: came late (when), or was away with the school."""

    class Kind(models.IntegerChoices):
        LATE = 1, _("Came late")
        ACTIVITY = 2, _("Trip or other activity")

    pk = models.CompositePrimaryKey("pupil_id", "day", "checkpoint")
    pupil = models.ForeignKey(Pupil, models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()
    checkpoint = models.SmallIntegerField(choices=Checkpoint)
    school_class = models.ForeignKey(SchoolClass, models.PROTECT, related_name="+", db_index=False)
    kind = models.SmallIntegerField(choices=Kind)
    arrived_at = models.TimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["school_class", "day"], name="presence_of_class")]


class LocalReason(models.Model):
    """A school's or the municipality's own word for one of the three lawful reasons, from when until when it is used."""

    # None is the municipality's.
    school = models.ForeignKey(School, models.PROTECT, null=True, related_name="+")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=60)
    reason = models.SmallIntegerField(choices=Reason)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(reason=Reason.PENDING), name="local_reason_decides"),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gt=F("valid_from")), name="local_reason_ends"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Explanation(models.Model):
    """Why a pupil was absent at one checkpoint, who said so and who wrote it down. Append-only: the latest stands."""

    key = models.UUIDField()
    pupil = models.ForeignKey(Pupil, models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()
    checkpoint = models.SmallIntegerField(choices=Checkpoint)
    # -1 says that she was there.
    mark = models.SmallIntegerField()
    source = models.SmallIntegerField(choices=Source)
    local_reason = models.ForeignKey(LocalReason, models.PROTECT, null=True, related_name="+", db_index=False)
    note = SealedText("explanation.note", keys="school", bound_to="key pupil_id day checkpoint", blank=True)
    user = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    said_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["pupil", "day", "checkpoint", "-id"], name="explanation_of")]
        constraints = [
            models.UniqueConstraint(fields=["key", "pupil", "day", "checkpoint"], name="explained_once"),
            # Unlawful absence has consequences in law: a named person decides it.
            models.CheckConstraint(
                condition=~Q(mark=Reason.UNLAWFUL) | Q(user__isnull=False), name="unlawful_has_a_person"
            ),
        ]


class Certificate(models.Model):
    """A medical certificate the school has asked for, about absence from `since`."""

    uuid = models.UUIDField(unique=True)
    pupil = models.ForeignKey(Pupil, models.PROTECT, related_name="+")
    since = models.DateField()
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    due_on = models.DateField(null=True)
    received_at = models.DateTimeField(null=True)
    received_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    withdrawn_at = models.DateTimeField(null=True)


class Objection(models.Model):
    """What guardians say against a mark of one day, and the school's answer."""

    uuid = models.UUIDField(unique=True)
    pupil = models.ForeignKey(Pupil, models.PROTECT, related_name="+")
    day = models.DateField()
    source = models.SmallIntegerField(choices=Source)
    text = SealedText("objection.text", keys="school")
    entered_at = models.DateTimeField()
    entered_by = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    answer = SealedText("objection.answer", keys="school", blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)


class Known(models.Model):
    """Absence known beforehand, of a pupil or a class, from `since` up to, and without, `until`.

    A sick report stands when it is entered; leave is asked for and then granted or refused; an activity with the school
    counts as present. Of parts of each week alone it names ISO weekdays (none for all of them) and a noting of the day.
    """

    class Kind(models.IntegerChoices):
        ILLNESS = 1, _("Reported ill")
        LEAVE = 2, _("Leave")
        ACTIVITY = 3, _("Trip or other activity")

    class State(models.TextChoices):
        ASKED = "asked", _("Asked for")
        STANDS = "stands", _("Stands")
        REFUSED = "refused", _("Refused")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    uuid = models.UUIDField(unique=True)
    pupil = models.ForeignKey(Pupil, models.PROTECT, null=True, related_name="+", db_index=False)
    school_class = models.ForeignKey(SchoolClass, models.PROTECT, null=True, related_name="+", db_index=False)
    since = models.DateField()
    until = models.DateField()
    kind = models.SmallIntegerField(choices=Kind)
    state = models.CharField(max_length=10, choices=State)
    source = models.SmallIntegerField(choices=Source)
    weekdays = ArrayField(models.SmallIntegerField(), default=list, db_default=[])
    checkpoint = models.SmallIntegerField(choices=Checkpoint, null=True)
    local_reason = models.ForeignKey(LocalReason, models.PROTECT, null=True, related_name="+", db_index=False)
    # What the event is called, or what the guardians wrote.
    text = SealedText("known.text", keys="school", blank=True)
    entered_at = models.DateTimeField()
    entered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    answer = SealedText("known.answer", keys="school", blank=True)
    # The report that took this one in; when that is withdrawn, this one stands again.
    replaced_by = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")

    objects = KnownQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["pupil", "until"], name="known_of_pupil"),
            models.Index(fields=["school_class", "until"], name="known_of_class"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(until__gt=F("since")), name="known_ends_after_start"),
            models.CheckConstraint(
                condition=Q(pupil=None, school_class__isnull=False)
                | Q(pupil__isnull=False, school_class=None),
                name="known_of_a_pupil_or_a_class",
            ),
        ]


class Discrepancy(models.Model):
    """Two things that cannot both be true of a pupil's day, until somebody has settled which."""

    class Kind(models.TextChoices):
        HERE_DESPITE_REPORT = "here_despite_report", _("Reported absent, but here")
        CLOSED_DAY = "closed_day", _("Absence on a closed day")
        TWO_REGISTERS = "two_registers", _("In the registers of two classes")
        WITHOUT_ABSENCE = "without_absence", _("A reason without an absence")

    uuid = models.UUIDField(unique=True)
    pupil = models.ForeignKey(Pupil, models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()
    checkpoint = models.SmallIntegerField(choices=Checkpoint)
    kind = models.CharField(max_length=20, choices=Kind)
    school = models.ForeignKey(School, models.PROTECT, related_name="+", db_index=False)
    found_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    # What was done about it, as a word of ours; "gone" when it was no longer found.
    settling = models.CharField(max_length=20, blank=True)

    objects = DiscrepancyQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["school", "day"], condition=Q(settled_at=None), name="discrepancy_open")
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["pupil", "day", "checkpoint", "kind"],
                condition=Q(settled_at=None),
                name="one_open_discrepancy",
            )
        ]


class Reminder(models.Model):
    """A class's teachers, or its leader, were asked to take a register, by somebody or by the job. Append-only."""

    class Step(models.IntegerChoices):
        BY_HAND = 0, _("By hand")
        TEACHERS = 1, _("To the teachers")
        LEADER = 2, _("To the leader")

    school_class = models.ForeignKey(SchoolClass, models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()
    checkpoint = models.SmallIntegerField(choices=Checkpoint)
    step = models.SmallIntegerField(choices=Step)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    asked = ArrayField(models.IntegerField(), default=list)

    class Meta:
        indexes = [models.Index(fields=["day", "school_class"], name="reminder_of")]
        constraints = [
            # A job asks once for each step, however often it runs.
            models.UniqueConstraint(
                fields=["school_class", "day", "checkpoint", "step"],
                condition=~Q(step=0),
                name="one_automatic_reminder_a_step",
            )
        ]


class ReminderMail(models.Model):
    """The e-mail about one reminder: claimed by one job, then settled as sent to so many, or as no longer needed."""

    reminder = models.OneToOneField(Reminder, models.PROTECT, primary_key=True, related_name="mail")
    claimed_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    mailed = models.SmallIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["reminder"], condition=Q(settled_at=None), name="reminder_to_mail")]


class Arrangement(models.Model):
    """How one school has arranged its registration; a school without a row follows the defaults."""

    school = models.OneToOneField(School, models.PROTECT, primary_key=True, related_name="+")
    # School days a teacher may go back to correct.
    days_back = models.SmallIntegerField(default=5)
    # A reason is due so many school days after the absence, at this time of the day.
    reason_due_days = models.SmallIntegerField(default=1)
    reason_due_at = models.TimeField(default="15:00")
    # The longest leave, in school days, a teacher may grant.
    teacher_leave_days = models.SmallIntegerField(default=1)
    # The register of the end of the day is asked for from, and late after.
    end_opens_at = models.TimeField(default="12:00")
    end_due_at = models.TimeField(default="15:00")
    # When nobody is asked by itself: None.
    first_reminder_at = models.TimeField(null=True, default="08:20")
    second_reminder_at = models.TimeField(null=True, default="08:40")
    end_first_reminder_at = models.TimeField(null=True, default="15:05")
    end_second_reminder_at = models.TimeField(null=True, default="15:30")
    changed_at = models.DateTimeField(null=True)
    changed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)


class HalfDayRule(models.Model):
    """From a date on: the first year group noted at the end of the day as well, and whether the start decides the whole day."""

    valid_from = models.DateField(unique=True)
    first_with_end = models.SmallIntegerField(default=7)
    start_decides = models.BooleanField(default=True)


class Closing(models.Model):
    """A school's registration of a period, completed: its registers are locked until a leader opens them again."""

    uuid = models.UUIDField(unique=True)
    school = models.ForeignKey(School, models.PROTECT, related_name="+")
    since = models.DateField()
    until = models.DateField()
    closed_at = models.DateTimeField()
    closed_by = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    reopened_at = models.DateTimeField(null=True)
    reopened_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    reopened_because = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["school", "since", "until"],
                condition=Q(reopened_at=None),
                name="closed_once",
            )
        ]
