"""What the registers say. Private to this app: others ask its rooms.

Only absences are rows, beside one register row for each class, day and checkpoint: a pupil without an absence row under a
taken register was present; without a register row nobody knows. `halves` is the number of half-days a row decides, and is
0 while it decides none (the day was closed afterwards, the pupil was not in the class).
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.reasons import Reason
from fravaer.accounts.models import User
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
    here = models.SmallIntegerField()
    absent = models.SmallIntegerField()
    # Of all marks the form carried: the same key with other marks is another save, not a retry.
    digest = models.BinaryField(max_length=32)

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
