"""Which offers does the child take part in, since when, and why did they stop?

An intervention has a start and somebody responsible; it stops on a day for one of a few reasons. Standardised instruments are
kept by name, date and result alone, never their questions. Each belongs to a domain and is read by those of it.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from fravaer.cases import writing
from fravaer.cases.domains import Domain, domains, reads
from fravaer.cases.models import Case, Intervention, Offer
from fravaer.core.scope import Scope


class Because(TextChoices):
    """Why an intervention stopped."""

    FINISHED = "finished", _("Carried through")
    ENOUGH = "enough", _("Not needed any more")
    NO_EFFECT = "no_effect", _("No effect")
    OTHER_HELP = "other_help", _("Another offer takes its place")
    FAMILY_NO = "family_no", _("The family did not want it")
    CHILD_NO = "child_no", _("The child did not want it")
    MOVED = "moved", _("The child moved")
    NO_PLACE = "no_place", _("The offer had no place or closed")
    OTHER = "other", _("Something else")


class StopsTooEarly(Exception):
    """It cannot stop before it began."""


@transaction.atomic
def begin(
    case: Case,
    scope: Scope,
    now: datetime,
    *,
    key: UUID,
    offer: Offer,
    since: date,
    responsible_id: int,
    text: str = "",
    domain: Domain | None = None,
) -> Intervention:
    """Begin an intervention. A retry begins none. Raises what `writing` raises."""
    locked = writing.locked(case, scope)
    said: dict[str, Any] = {
        "offer_id": offer.pk,
        "since": since,
        "responsible_id": responsible_id,
        "text": text,
    }
    if known := writing.before(Intervention, key, locked, scope, **said):
        return known
    writing.require_open(locked)
    row = Intervention.objects.create(
        key=key,
        case=locked,
        domain=writing.domain_of(scope, domain),
        by_id=writing.author(scope),
        at=now,
        **said,
    )
    writing.left(locked, scope, "intervention", offer=offer.code, since=since.isoformat(), domain=row.domain)
    return row


@transaction.atomic
def stop(
    case: Case, scope: Scope, *, uuid: UUID, until: date, because: Because, text: str = ""
) -> Intervention:
    """Stop an intervention; `until` is the first day without it. The same again changes nothing.

    Raises StopsTooEarly, writing.SavedAlready when it was stopped otherwise, DoesNotExist for one the actor does not read.
    """
    locked = writing.locked(case, scope)
    row = Intervention.objects.get(uuid=uuid, case=locked, domain__in=domains(scope))
    if row.until is not None:
        if (row.until, row.stopped_because, row.stop_text) != (until, because, text):
            raise writing.SavedAlready
        return row
    writing.require_open(locked)
    if until <= row.since:
        raise StopsTooEarly
    row.until, row.stopped_because, row.stop_text = until, because, text
    row.save(update_fields=["until", "stopped_because", "stop_text"])
    writing.left(
        locked,
        scope,
        "intervention_stop",
        because=row.stopped_because,
        until=until.isoformat(),
        domain=row.domain,
    )
    return row


def of(case: Case, scope: Scope) -> list[Intervention]:
    """The case's interventions that the actor may read, those that run first, the latest begun first."""
    if not reads(case, scope):
        return []
    rows = Intervention.objects.filter(case=case, domain__in=domains(scope))
    found = rows.select_related("offer", "responsible").order_by("-since", "-pk")
    return sorted(found, key=lambda row: row.until is not None)
