"""With what does somebody prove who she is, and where is she signed in?"""

from __future__ import annotations

import uuid

from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

from fravaer.accounts.models.people import User
from fravaer.core.sealing import SealedText


class Session(AbstractBaseSession, models.Model):
    """An open session, with whose it is, so that it can be listed and ended."""

    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="+")
    begun_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    # What the browser calls itself, in few words.
    device = models.CharField(max_length=60, blank=True)
    # The municipality's login's own session, as a hash: it may tell us that it has ended.
    login = models.CharField(max_length=64, blank=True, db_index=True)


class Identity(models.Model):
    """One person at one login: the same subject at another issuer is somebody else."""

    issuer = models.CharField(max_length=255)
    subject = models.CharField(max_length=255)
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    made_at = models.DateTimeField()
    used_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="one_user_a_subject"),
        ]


class Authenticator(models.Model):
    """An app that shows a new code every half minute (RFC 6238). `last_step` is the latest one used: none is used twice."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    secret = SealedText("app.secret", keys="login", bound_to="id")
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    last_step = models.BigIntegerField(default=-1)


class Passkey(models.Model):
    """A key in somebody's device or security token; we hold its public half."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    credential_id = models.BinaryField(unique=True)
    public_key = models.BinaryField()
    sign_count = models.BigIntegerField(default=0)
    name = models.CharField(max_length=60, blank=True)
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class RecoveryCode(models.Model):
    """A code that opens the account once, when the telephone is lost. Kept as a keyed hash."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    used_at = models.DateTimeField(null=True)
