"""Has the school asked for a medical certificate, and has it come?

A school may ask for one when a pupil has been ill for more than two weeks; absence without a certificate that was asked for is
unlawful, which a person then decides (order on pupils' absence in the Folkeskole, in force 1 January 2020, § 3). Asking twice
about the same absence gives the one that was asked for.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID, uuid4

from django.db import transaction

from fravaer.absence.models import Certificate
from fravaer.audit import trail
from fravaer.core.periods import Period
from fravaer.core.scope import Scope
from fravaer.schools.models import Pupil


class AlreadySettled(Exception):
    """The certificate was received or withdrawn meanwhile."""


def of(pupil_id: int, period: Period) -> list[Certificate]:
    """The certificates asked for about absence that began in the period, the newest first. One query."""
    return list(
        Certificate.objects.filter(pupil_id=pupil_id, since__gte=period.since, since__lt=period.until)
        .select_related("asked_by", "received_by")
        .order_by("-since", "-asked_at")
    )


@transaction.atomic
def ask(pupil_id: int, since: date, *, due_on: date | None, scope: Scope, now: datetime) -> Certificate:
    """Note that the guardians were asked for a certificate about the absence from `since`, by `due_on` if a day was named.

    Whether the illness has lasted long enough is asked of `history.longest_illness` before.
    """
    assert scope.actor_id is not None
    # One at a time for each pupil, so that two who ask at once have asked once.
    Pupil.objects.select_for_update(no_key=True).get(pk=pupil_id)
    asked = Certificate.objects.filter(pupil_id=pupil_id, since=since, withdrawn_at=None).first()
    if asked:
        return asked
    made = Certificate.objects.create(
        uuid=uuid4(),
        pupil_id=pupil_id,
        since=since,
        asked_at=now,
        asked_by_id=scope.actor_id,
        due_on=due_on,
    )
    _note(made, "certificate.ask", scope)
    return made


def receive(certificate_uuid: UUID, pupil_id: int, *, scope: Scope, now: datetime) -> None:
    """Note that the certificate has come. Raises AlreadySettled and Certificate.DoesNotExist."""
    _settle(certificate_uuid, pupil_id, "certificate.receive", scope, now)


def withdraw(certificate_uuid: UUID, pupil_id: int, *, scope: Scope, now: datetime) -> None:
    """Note that the certificate is no longer asked for. Raises AlreadySettled and Certificate.DoesNotExist."""
    _settle(certificate_uuid, pupil_id, "certificate.withdraw", scope, now)


@transaction.atomic
def _settle(certificate_uuid: UUID, pupil_id: int, action: str, scope: Scope, now: datetime) -> None:
    found = Certificate.objects.select_for_update().get(uuid=certificate_uuid, pupil_id=pupil_id)
    if found.received_at or found.withdrawn_at:
        raise AlreadySettled
    if action == "certificate.receive":
        found.received_at, found.received_by_id = now, scope.actor_id
    else:
        found.withdrawn_at = now
    found.save(update_fields=["received_at", "received_by", "withdrawn_at"])
    _note(found, action, scope)


def _note(certificate: Certificate, action: str, scope: Scope) -> None:
    trail.changed(
        scope.actor_id,
        action,
        role=scope.role,
        subject="certificate",
        subject_id=certificate.uuid,
        pupil_ids=[certificate.pupil_id],
    )
