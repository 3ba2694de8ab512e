"""Whom has an access administrator opened a way into her account for? Links in e-mails, each used once."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from fravaer.accounts.models.people import User


class LinkKind(models.TextChoices):
    INVITATION = "invitation", _("Invitation: a password and a second proof are chosen for the first time")
    PASSWORD = "password", _("New password: the second proof stands")
    ANEW = "anew", _("Begin anew: the second proof is lost as well")


class AccountLink(models.Model):
    """One link into one account. Written to its owner's e-mail, holds from then `until`, and for one use."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=16, choices=LinkKind)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    # Where it takes a second person: she.
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    claimed_until = models.DateTimeField(null=True)
    # The link's secret as a keyed hash, made when the e-mail leaves; in the clear it stands in the e-mail alone.
    digest = models.CharField(max_length=64, null=True, unique=True)  # noqa: DJ001
    mailed_at = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)
    # Taken back, followed by another, or refused by the mail server.
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(used_at=None, ended_at=None), name="one_open_link_an_account"
            ),
            models.CheckConstraint(
                condition=~Q(asked_by=F("user"))
                & (Q(approved_by=None) | ~Q(approved_by=F("asked_by")) & ~Q(approved_by=F("user"))),
                name="link_is_by_others",
            ),
            # What sets a second proof aside takes two.
            models.CheckConstraint(
                condition=Q(kind="password") | Q(digest=None) | Q(approved_by__isnull=False),
                name="link_takes_two",
            ),
        ]
