"""Who did what, who looked at whom: rows that are only ever added."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils import timezone


class Event(models.Model):
    """One reading or writing of children's data. A trigger refuses to change or remove rows."""

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

    class Meta:
        indexes = [
            models.Index(fields=["at"], name="audit_event_at"),
            models.Index(fields=["actor_id", "at"], name="audit_event_actor"),
            GinIndex(fields=["pupil_ids"], name="audit_event_pupils"),
        ]
