"""What happens when somebody no longer works here?

At once, in one transaction: the account is closed, every grant withdrawn, every open session ended, and everything that
proved who she was is forgotten. Her name stays on what she wrote.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from fravaer.accounts import factors, grants, passkeys, sessions
from fravaer.accounts.models import User
from fravaer.audit import trail


def close(user_id: int, now: datetime, actor_id: int | None = None) -> int:
    """Close the account. Returns how many sessions were open."""
    with transaction.atomic():
        User.objects.filter(pk=user_id).update(is_active=False)
        grants.withdraw_all(user_id, now, actor_id)
        factors.forget_all(user_id, actor_id)
        passkeys.forget_all(user_id)
        ended = sessions.end_all(user_id)
        trail.changed(actor_id, "account.close", subject="user", subject_id=user_id)
    return ended
