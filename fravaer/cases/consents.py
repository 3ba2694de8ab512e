"""What have the guardians agreed to, to whom, and until when?

A consent names what it covers, who may be told, who gave it and when it ends; a guardian may take it back at any time. Only a
holder of custody gives one (forvaltningsloven § 28; data protection regulation article 7).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import transaction

from fravaer.cases import writing
from fravaer.cases.models import Case, Consent
from fravaer.core.scope import Scope
from fravaer.schools.models import Guardian

# A consent that ends within so many days is told of, while there is time to ask again.
SOON = timedelta(days=31)


class Holds(StrEnum):
    """Whether a consent holds on a day."""

    STANDS = "stands"
    SOON = "soon"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"
    NOT_YET = "not_yet"


@dataclass(frozen=True, slots=True)
class Given:
    """A consent with how it stands, and the last day it holds."""

    consent: Consent
    holds: Holds
    last: date


class NotHers(Exception):
    """The guardian does not hold custody of the pupil."""


def guardians(case: Case) -> list[Guardian]:
    """Those who may give a consent: the holders of custody, by name."""
    return list(
        Guardian.objects.filter(guardianships__pupil_id=case.pupil_id, guardianships__custody=True).order_by(
            "given_name", "family_name", "pk"
        )
    )


@transaction.atomic
def give(
    case: Case,
    scope: Scope,
    now: datetime,
    *,
    key: UUID,
    what: str,
    to_whom: str,
    guardian: UUID,
    given_on: date,
    until: date,
) -> Consent:
    """Note a consent; `until` is the first day it no longer holds. A retry adds nothing.

    Raises NotHers, and what `writing` raises.
    """
    locked = writing.locked(case, scope)
    giver = next((one for one in guardians(locked) if one.uuid == guardian), None)
    if giver is None:
        raise NotHers
    said: dict[str, Any] = {
        "what": what,
        "to_whom": to_whom,
        "guardian_id": giver.pk,
        "given_on": given_on,
        "until": until,
    }
    if known := writing.before(Consent, key, locked, scope, **said):
        return known
    writing.require_open(locked)
    row = Consent.objects.create(key=key, case=locked, by_id=writing.author(scope), at=now, **said)
    writing.left(locked, scope, "consent", until=until.isoformat())
    return row


@transaction.atomic
def withdraw(case: Case, scope: Scope, *, uuid: UUID, day: date) -> Consent:
    """The guardian has taken it back, also in a closed case; twice is once. Raises DoesNotExist for one of another case."""
    locked = writing.locked(case, scope)
    row = Consent.objects.get(uuid=uuid, case=locked)
    if row.withdrawn_on is None:
        row.withdrawn_on = day
        row.save(update_fields=["withdrawn_on"])
        writing.left(locked, scope, "consent_withdraw")
    return row


def of(case: Case, day: date) -> list[Given]:
    """Every consent of the case with how it stands on `day`, those that hold first, the one that ends first before others."""
    rows = Consent.objects.filter(case=case).select_related("guardian", "by").order_by("until", "pk")
    found = [Given(row, holds(row, day), row.until - timedelta(days=1)) for row in rows]
    over = {Holds.ENDED, Holds.WITHDRAWN}
    return sorted(found, key=lambda given: given.holds in over)


def holds(consent: Consent, day: date) -> Holds:
    """How the consent stands on `day`."""
    if consent.withdrawn_on is not None and consent.withdrawn_on <= day:
        return Holds.WITHDRAWN
    if consent.until <= day:
        return Holds.ENDED
    if consent.given_on > day:
        return Holds.NOT_YET
    return Holds.SOON if consent.until <= day + SOON else Holds.STANDS
