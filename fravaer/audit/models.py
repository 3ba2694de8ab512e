"""Who did what, who looked at whom: rows that are only ever added."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils import timezone


class Event(models.Model):
    """One reading or writing of children's data. A function of the database adds rows, and a trigger refuses all else."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(default=timezone.now)
    # Plain numbers, no foreign keys: the trail outlives the rows it speaks of, and knows no other app.
    actor_id = models.IntegerField(null=True)
    role = models.CharField(max_length=32, blank=True)
    action = models.CharField(max_length=64)
    subject = models.CharField(max_length=64, blank=True)
    subject_id = models.CharField(max_length=64, blank=True)
    pupil_ids = ArrayField(models.IntegerField(), default=list)
    detail = models.JSONField(default=dict)
    # By which grants she could, for what purpose they were given, and which of our reasons she chose where one was asked.
    grant_ids = ArrayField(models.IntegerField(), default=list)
    purpose = models.CharField(max_length=100, blank=True)
    reason = models.CharField(max_length=64, blank=True)
    # The database's own clock and transaction; `at` is the application's.
    noted_at = models.DateTimeField(null=True)
    transaction = models.BigIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["at"], name="audit_event_at"),
            models.Index(fields=["actor_id", "at"], name="audit_event_actor"),
            models.Index(fields=["transaction"], name="audit_event_transaction"),
            models.Index(
                fields=["actor_id", "at"], condition=models.Q(action="refused"), name="audit_event_refused"
            ),
            GinIndex(fields=["pupil_ids"], name="audit_event_pupils"),
        ]


class Seal(models.Model):
    """One link of the chain: the hash of an entry and of all that was sealed before it. Only ever added, as entries are."""

    # 1, 2, 3 …: in the order of sealing, which is nearly that of noting.
    n = models.BigIntegerField(primary_key=True)
    event_id = models.BigIntegerField(unique=True)
    hash = models.BinaryField()
    sealed_at = models.DateTimeField()
    # Entries of older transactions than this were all sealed by then, so that the next sealing need not look at them.
    low = models.BigIntegerField()


class Former(models.Model):
    """What a row was before it was changed or removed, by triggers of the database alone, however it was done."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    transaction = models.BigIntegerField()
    # The table and the row's own key in it.
    source = models.CharField(max_length=64)
    row_key = models.CharField(max_length=64)
    # `changed`, `removed`, `added` (of grants alone), `disposed` (how many, by which decision) or `emptied`.
    change = models.CharField(max_length=8)
    # The former values of what became another; of a removed row all of it.
    before = models.JSONField()
    # Who acted in the product, where it was known, and whom the database had let in.
    actor = models.CharField(max_length=64)
    by_role = models.CharField(max_length=64)
    pupil_id = models.IntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["source", "row_key"], name="audit_former_row"),
            models.Index(
                fields=["pupil_id"], name="audit_former_pupil", condition=models.Q(pupil_id__isnull=False)
            ),
        ]
