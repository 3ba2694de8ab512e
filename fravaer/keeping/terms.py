"""How long is each kind of data kept on a day, and how does another term come into force?

The only writer of terms: one controller proposes, another decides. Before anybody has decided, the catalogue's own term holds.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime

from django.db import IntegrityError, transaction

from fravaer.audit import trail
from fravaer.core.scope import Scope
from fravaer.keeping.catalogue import KINDS
from fravaer.keeping.models import Term


class SamePerson(Exception):
    """Who proposed something does not decide it."""


class Settled(Exception):
    """Somebody has decided already, or a term of that day stands."""


def in_force(day: date) -> dict[str, Term | None]:
    """The term decided last of each kind on `day`; None where the catalogue's own holds. One query."""
    found: dict[str, Term | None] = dict.fromkeys(KINDS)
    for row in Term.objects.filter(agreed=True, valid_from__lte=day).order_by("valid_from"):
        found[row.kind] = row
    return found


def months(kind: str, day: date) -> int | None:
    """For how many months the kind is kept on `day`; None for good, or as long as its own job says."""
    row = in_force(day)[kind]
    return row.months if row is not None else KINDS[kind].months


def archives(kind: str, day: date) -> bool:
    """Whether the kind is put by for an archive before it goes, as it is decided on `day`."""
    row = in_force(day)[kind]
    return row is not None and row.archives


def before(kind: str, day: date) -> date | None:
    """What ended before this day has had its time on `day`; None where nothing ever has."""
    count = months(kind, day)
    if count is None:
        return None
    year, month = divmod(day.year * 12 + day.month - 1 - count, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def propose(
    kind: str,
    *,
    months: int | None,
    valid_from: date,
    source: str,
    scope: Scope,
    now: datetime,
    archives: bool = False,
) -> Term:
    """Propose another term for a kind from a day on, and whether it is put by for an archive before it goes; it holds when
    somebody else has agreed. Raises ValueError for a kind that is not put by."""
    if archives and not KINDS[kind].archivable:
        raise ValueError(kind)
    assert scope.actor_id is not None
    made = Term.objects.create(
        kind=kind,
        valid_from=valid_from,
        months=months,
        archives=archives,
        source=source,
        proposed_by_id=scope.actor_id,
        proposed_at=now,
    )
    _note(made, "keeping.term.propose", scope)
    return made


def decide(term: Term, *, agreed: bool, scope: Scope, now: datetime) -> None:
    """Agree to a proposed term, or not. Raises SamePerson and Settled."""
    if term.proposed_by_id == scope.actor_id and agreed:
        raise SamePerson
    decided_by = None if term.proposed_by_id == scope.actor_id else scope.actor_id
    try:
        with transaction.atomic():
            moved = Term.objects.filter(pk=term.pk, agreed=None).update(
                agreed=agreed, decided_by=decided_by, decided_at=now
            )
    except IntegrityError:
        raise Settled from None
    if not moved:
        raise Settled
    _note(term, "keeping.term.agree" if agreed else "keeping.term.refuse", scope)


def _note(term: Term, what: str, scope: Scope) -> None:
    trail.changed(
        scope.actor_id,
        what,
        role=scope.role,
        subject="term",
        subject_id=term.uuid,
        detail={
            "kind": term.kind,
            "months": term.months,
            "from": term.valid_from.isoformat(),
            "archives": term.archives,
        },
    )
