"""Whom has somebody opened one by one within the hour?"""

from __future__ import annotations

from django.db import models

from fravaer.accounts.models.people import User
from fravaer.schools.models import Pupil


class OpenedChild(models.Model):
    """One child whose own page one person has opened, and when last. Rows older than an hour are taken away at the next page."""

    # The key below begins with the user.
    user = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False)
    pupil = models.ForeignKey(Pupil, models.CASCADE, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "pupil"], name="one_row_a_child_opened")]
