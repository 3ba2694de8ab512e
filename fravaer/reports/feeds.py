"""Whose calendar may fetch the year wheel?

The only writer of feeds. A person has at most one address; the secret in it is shown once and kept as a hash alone. A new one
takes the old one back, and taking back works at once.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from fravaer.accounts.models import User
from fravaer.accounts.roles import Action, Role, actions
from fravaer.accounts.scoping import scope_of
from fravaer.audit import trail
from fravaer.core.scope import Scope
from fravaer.reports.models import WheelFeed

# Calendars fetch every few minutes; when they last did is written down no oftener than this.
NOTED = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Found:
    """What an address opens: the person's scope, or nothing. `was_known` of one that has been taken back."""

    scope: Scope | None
    was_known: bool


def standing(user_id: int) -> WheelFeed | None:
    """The person's address as far as it is known here: since when, and when a calendar last used it."""
    return WheelFeed.objects.filter(user_id=user_id, revoked_at=None).first()


@transaction.atomic
def make(scope: Scope, now: datetime) -> str:
    """A new secret for the person, who sees it this once; the one before is taken back."""
    assert scope.actor_id is not None
    # Two presses at once make one address, the later.
    User.objects.select_for_update(no_key=True).get(pk=scope.actor_id)
    WheelFeed.objects.filter(user_id=scope.actor_id, revoked_at=None).update(revoked_at=now)
    secret = secrets.token_urlsafe(32)
    made = WheelFeed.objects.create(user_id=scope.actor_id, token_hash=_hash(secret), made_at=now)
    trail.changed(scope.actor_id, "feed.make", role=scope.role, subject="feed", subject_id=made.pk)
    return secret


@transaction.atomic
def revoke(scope: Scope, now: datetime) -> bool:
    """Take the person's address back. False when there is none."""
    assert scope.actor_id is not None
    revoked = WheelFeed.objects.filter(user_id=scope.actor_id, revoked_at=None).update(revoked_at=now)
    if revoked:
        trail.changed(scope.actor_id, "feed.revoke", role=scope.role, subject="feed")
    return bool(revoked)


def opened(secret: str, now: datetime) -> Found:
    """What the secret opens at this moment. Who has lost her account or every role that reads the wheel opens nothing."""
    feed = WheelFeed.objects.select_related("user").filter(token_hash=_hash(secret)).first()
    if feed is None:
        return Found(None, was_known=False)
    if feed.revoked_at is not None or not feed.user.is_active:
        return Found(None, was_known=True)
    scope = _reading(feed.user_id, now)
    if scope and (feed.fetched_at is None or feed.fetched_at < now - NOTED):
        WheelFeed.objects.filter(pk=feed.pk).update(fetched_at=now)
    return Found(scope, was_known=True)


def _reading(user_id: int, now: datetime) -> Scope | None:
    """The person's scope in the first of her roles that reads the wheel."""
    held = scope_of(user_id, now)
    role = next((one for one in held.roles if Action.WHEEL_READ in actions(Role(one))), None)
    if role is None:
        return None
    return held if role == held.role else scope_of(user_id, now, role)


def _hash(secret: str) -> str:
    # The secret is long and random: nothing is gained by a slow hash.
    return hashlib.sha256(secret.encode()).hexdigest()
