"""Which referrals has the municipality been sent, who has received them, and what was decided?

At least 15 % unlawful absence in a quarter: the school leader signs a referral with the register's evidence frozen into it
and sends it; a social worker of the school or her leader receives it, hears the parents and the child over 12, and writes
down what was decided (order on pupils' absence in the Folkeskole, in force 1 January 2020; barnets lov § 133). The school
gets the receipt as a message of its own, never the decision. The only writer of referrals.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from fravaer.accounts.roles import Action
from fravaer.audit import trail
from fravaer.cases import letters
from fravaer.cases.models import Decision, Letter, LetterKind, Referral
from fravaer.core.scope import Scope

# From this age on the child is heard as well.
HEARD_FROM = 12
LONGEST = 10_000


class Incomplete(Exception):
    """A decision lacks something before it; `missing` names the fields."""

    def __init__(self, missing: list[str]) -> None:
        super().__init__(", ".join(missing))
        self.missing = missing


class NotReceived(Exception):
    """Nobody has received the referral yet, or it has been withdrawn."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the school is told of its referral: when it was sent, and when and by whom it was received. Nothing else."""

    sent_at: datetime
    received_at: datetime | None
    received_by: str


@transaction.atomic
def send(letter: Letter, scope: Scope, now: datetime, day: date, *, seen: int) -> Referral:
    """Send a signed referral to the municipality. Raises letters.Stale and letters.NotNow; twice sends once."""
    if letter.kind != LetterKind.REFERRAL or not scope.may(Action.LETTER_SIGN):
        raise PermissionError("the actor sends no referrals")
    sent = letters.mark_sent(letter, scope, now, seen=seen, how=letters.TO_MUNICIPALITY, sent_on=day)
    if sent.quarter_on is None:
        raise ValueError("a referral is about a quarter")
    referral = Referral.objects.create(
        pupil_id=sent.pupil_id,
        school_id=sent.school_id,
        letter=sent,
        quarter_on=sent.quarter_on,
        sent_by_id=_actor(scope),
        sent_at=now,
    )
    _noted("referral.send", referral, scope)
    return referral


@transaction.atomic
def receive(referral: Referral, scope: Scope, now: datetime) -> Referral:
    """Acknowledge that it has been received: the school is told so. A second time changes nothing."""
    locked = _locked(referral, scope)
    if locked.withdrawn_at:
        raise NotReceived
    if locked.received_at is None:
        locked.received_by_id, locked.received_at = _actor(scope), now
        _save(locked, "received_by", "received_at")
        _noted("referral.receive", locked, scope)
    return locked


@transaction.atomic
def decide(
    referral: Referral,
    scope: Scope,
    today: date,
    *,
    seen: int,
    parents_heard_on: date | None,
    child_heard_on: date | None,
    hearing: str,
    decision: str,
    decision_text: str,
    decided_on: date | None,
) -> Referral:
    """Write down the hearing and, when both have been heard, the decision.

    Raises NotReceived, letters.Stale, or Incomplete when something stands before something that comes before it.
    """
    locked = _locked(referral, scope)
    if locked.received_at is None or locked.withdrawn_at:
        raise NotReceived
    if locked.version != seen:
        raise letters.Stale
    missing = [
        name
        for name, when in (("parents_heard_on", parents_heard_on), ("child_heard_on", child_heard_on))
        if when and when > today
    ]
    if decision:
        missing += ["parents_heard_on"] if parents_heard_on is None else []
        missing += ["child_heard_on"] if child_heard_on is None and hears_child(locked, today) else []
        heard = [when for when in (parents_heard_on, child_heard_on) if when]
        if decided_on is None or decided_on > today or any(when > decided_on for when in heard):
            missing.append("decided_on")
        Decision(decision)
    elif decided_on or decision_text:
        missing.append("decision")
    if missing:
        raise Incomplete(list(dict.fromkeys(missing)))
    locked.parents_heard_on, locked.child_heard_on, locked.hearing = parents_heard_on, child_heard_on, hearing
    locked.decision, locked.decision_text, locked.decided_on = decision, decision_text, decided_on
    locked.decided_by_id = _actor(scope) if decision else None
    locked.version += 1
    _save(
        *(locked, "parents_heard_on", "child_heard_on", "hearing"),
        *("decision", "decision_text", "decided_on", "decided_by", "version"),
    )
    _noted("referral.decide" if decision else "referral.hear", locked, scope)
    return locked


@transaction.atomic
def withdraw(letter: Letter, scope: Scope, now: datetime, *, seen: int, because: str) -> None:
    """Withdraw the letter, and with it what the municipality was sent: it stays to be read, with the reason."""
    letters.withdraw(letter, scope, now, seen=seen, because=because)
    referral = Referral.objects.select_for_update().filter(letter=letter, withdrawn_at=None).first()
    if referral:
        referral.withdrawn_by_id, referral.withdrawn_at = scope.actor_id, now
        referral.withdrawn_because = because
        _save(referral, "withdrawn_by", "withdrawn_at", "withdrawn_because")
        _noted("referral.withdraw", referral, scope)


def undermine(letter_ids: Collection[int], now: datetime | None) -> None:
    """Mark the referrals of these letters: their registers no longer show 15 %, or with None show it again."""
    if letter_ids:
        Referral.objects.filter(letter_id__in=letter_ids, withdrawn_at=None).update(undermined_at=now)


def receipts(letter_ids: Iterable[int]) -> dict[int, Receipt]:
    """What the school is told of the referrals of its letters. One query."""
    found = Referral.objects.filter(letter_id__in=list(letter_ids)).select_related("received_by")
    return {
        one.letter_id: Receipt(one.sent_at, one.received_at, one.received_by.name if one.received_by else "")
        for one in found
    }


def hears_child(referral: Referral, day: date) -> bool:
    """Whether the child has come of the age to be heard; where no birthday is known she is."""
    born = referral.pupil.birth_on
    if born is None:
        return True
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day)) >= HEARD_FROM


def _save(referral: Referral, *fields: str) -> None:
    referral.save(update_fields=fields)


def _locked(referral: Referral, scope: Scope) -> Referral:
    if not scope.may(Action.REFERRAL_RECEIVE):
        raise PermissionError("the actor receives no referrals")
    return Referral.objects.select_for_update(of=("self",)).select_related("pupil").get(pk=referral.pk)


def _actor(scope: Scope) -> int:
    if scope.actor_id is None:
        raise PermissionError("a referral is sent and received by persons")
    return scope.actor_id


def _noted(action: str, referral: Referral, scope: Scope) -> None:
    trail.changed(
        scope.actor_id,
        action,
        role=scope.role,
        subject="referral",
        subject_id=referral.uuid,
        pupil_ids=[referral.pupil_id],
    )
