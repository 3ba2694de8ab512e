"""Which messages does this process hold for the moment?

Plain values: what was claimed, and what is marked as being handed over.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from fravaer.sms.states import Kind


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message this process alone may mark until the lease is over."""

    id: uuid.UUID
    token: uuid.UUID
    kind: Kind
    pupil_id: int
    guardian_id: int
    school_class_id: int
    day: date
    to: str
    body: str
    expires_at: datetime
    throttled: int


@dataclass(frozen=True, slots=True)
class Marked:
    """A message that is about to be handed over: the attempt's row, its number, and the claim it goes back to."""

    claimed: Claimed
    attempt_id: int
    n: int
