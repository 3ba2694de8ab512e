"""What has a guardian answered, which absence is it about, and what has a person made of it?

A reply is kept once, whole; it changes no register and answers nothing. Whole words of ours are understood (1, 2, STOP,
START), everything else is read by a person. The sender of an SMS can be forged: what a reply says is a suggestion. "1" is kept
as the guardians' notice at its moment (order on pupils' absence in the Folkeskole, in force 1 January 2020, § 3, asks for the
reason the same day); it is no reason. The only writer of replies.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, TextChoices
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fravaer.absence import unexplained
from fravaer.audit import trail
from fravaer.core.scope import Scope
from fravaer.schools.models import Enrolment, Guardianship, Pupil, SchoolClass
from fravaer.sms import optouts
from fravaer.sms.models import Inbound, Message
from fravaer.sms.optouts import Lifting
from fravaer.sms.querysets import InboundQuerySet
from fravaer.sms.states import How, Intent, Kind, State

JOB = "job.sms"
LONGEST = 1600
# How long a number nobody has any more still leads to the school that wrote to it.
REMEMBERED = timedelta(days=60)
# The provider's own words for a numbered sender, and the Danish ones.
STOP = frozenset(
    ["stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout", "afmeld", "frameld"]
)
START = frozenset({"start", "unstop", "tilmeld"})
WORDS = {
    "1": Intent.KNOWS,
    "2": Intent.ERROR,
    **{word: Intent.STOP for one in STOP for word in (one, f"{one} sms")},
    **{word: Intent.START for one in START for word in (one, f"{one} sms")},
}
# Replies that are a suggestion about one pupil's day.
SAYING = (Intent.ERROR, Intent.KNOWS)


class Outcome(TextChoices):
    """What a person made of a reply."""

    ILL = "ill", _("Noted as ill")
    LEAVE = "leave", _("Leave asked for")
    REASON = "reason", _("Became the reason")
    RUNG = "rung", _("Answered by phone")
    HANDLED = "handled", _("Handled")


@dataclass(frozen=True, slots=True)
class _About:
    """What a reply is about, as far as it is plain."""

    guardian_id: int | None
    pupil_id: int | None = None
    school_id: int | None = None
    message_id: UUID | None = None


class Taken(Exception):
    """Somebody has settled the reply meanwhile."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a reply says of one pupil's day; not `sure` when it may be about a sister or brother. `words` as they were written."""

    intent: Intent
    at: datetime
    sure: bool
    words: str


@dataclass(frozen=True, slots=True)
class Child:
    """A pupil a reply may be about, and where she goes to school."""

    pupil: Pupil
    school_class: SchoolClass
    # Nobody with this number holds custody: she may tell the school something, and is told nothing.
    without_custody: bool
    # Marked absent today, and nobody has said why.
    waits: bool


def intent_of(body: str) -> Intent:
    """What the whole text says; a word of ours inside a longer text is nothing of ours."""
    plain = " ".join(unicodedata.normalize("NFKC", body).casefold().split()).strip(" .,!\"'«»()")
    return WORDS.get(plain, Intent.OTHER)


@transaction.atomic
def receive(*, sid: str, sender: str, to: str, body: str, day: date, now: datetime) -> bool:
    """Keep one reply, and honour STOP and START. False when it is kept already. `day` is the day in view."""
    intent, body = intent_of(body), body.replace("\x00", "")[:LONGEST]
    about = _about(sender, day)
    _row, is_new = Inbound.objects.get_or_create(
        provider_sid=sid,
        defaults={
            "from_e164": sender,
            "to_e164": to,
            "body": body,
            "received_at": now,
            "intent": intent,
            "message_id": about.message_id,
            "guardian_id": about.guardian_id,
            "pupil_id": about.pupil_id,
            "school_id": about.school_id,
        },
    )
    if not is_new:
        return False
    if intent == Intent.STOP:
        optouts.note(sender, How.SMS, now)
    elif intent == Intent.START:
        optouts.lift(sender, Lifting.ASKED, now)
    trail.changed(
        None,
        "sms.reply",
        role=JOB,
        subject="sms.reply",
        subject_id=sid,
        pupil_ids=[about.pupil_id] if about.pupil_id else [],
        detail={"intent": intent.value},
    )
    return True


def suggestions(keys: Collection[tuple[int, date]]) -> dict[tuple[int, date], list[Suggestion]]:
    """What guardians have answered about these pupils' days, an error first, then the latest. At most two queries."""
    if not keys:
        return {}
    pupils, days = {pupil for pupil, _ in keys}, {day for _, day in keys}
    since, until = _midnight(min(days)), _midnight(max(days) + timedelta(days=1))
    rows = (
        Inbound.objects.filter(intent__in=[*SAYING, Intent.OTHER])
        .filter(
            Q(message__pupil_id__in=pupils, message__day__in=days)
            | Q(message=None, received_at__gte=since, received_at__lt=until)
        )
        .select_related("message")
        .order_by("-received_at")
    )
    found: dict[tuple[int, date], list[Suggestion]] = defaultdict(list)
    unsure: dict[str, list[Inbound]] = defaultdict(list)
    for row in rows:
        if row.message is not None:
            key = (row.message.pupil_id, row.message.day)
        elif row.pupil_id is not None:
            # No message came before it: only a text of her own, still unread, is about the day it came on.
            if row.intent != Intent.OTHER or row.handled_at:
                continue
            key = (row.pupil_id, timezone.localdate(row.received_at))
        else:
            if row.intent in SAYING:
                unsure[row.from_e164].append(row)
            continue
        if key in keys:
            found[key].append(_suggestion(row, sure=True))
    if unsure:
        told = Message.objects.filter(
            to_e164__in=list(unsure), pupil_id__in=pupils, day__in=days, kind=Kind.ABSENCE
        ).exclude(sending_at=None)
        for number, pupil, day, at in told.values_list("to_e164", "pupil_id", "day", "sending_at"):
            for row in unsure[number]:
                if (pupil, day) in keys and timezone.localdate(at) == timezone.localdate(row.received_at):
                    found[pupil, day].append(_suggestion(row, sure=False))
    return {key: sorted(said, key=lambda one: one.intent != Intent.ERROR) for key, said in found.items()}


def waiting(rows: InboundQuerySet, day: date) -> list[Inbound]:
    """Those of the replies a person has to look at: red ones first, then the oldest.

    A "1" that answers a message waits for nobody, and a "2" no longer than its absence: both stand beside the pupil in the queue.
    """
    open_ones = list(
        rows.filter(handled_at=None)
        .exclude(intent=Intent.START)
        .exclude(intent=Intent.KNOWS, message__isnull=False)
        .select_related("message", "pupil", "guardian", "school")
        .order_by("received_at", "provider_sid")
    )
    errors: dict[date, set[int]] = defaultdict(set)
    for row in open_ones:
        if row.intent == Intent.ERROR and row.message is not None:
            errors[row.message.day].add(row.message.pupil_id)
    still = {(pupil, on) for on, some in errors.items() for pupil in unexplained.still(on, some)}
    return sorted(
        (
            row
            for row in open_ones
            if row.intent != Intent.ERROR
            or row.message is None
            or (row.message.pupil_id, row.message.day) in still
        ),
        key=lambda row: row.intent != Intent.ERROR,
    )


def settled(rows: InboundQuerySet, since: datetime, most: int) -> list[Inbound]:
    """The replies a person has settled since, the latest first."""
    done = rows.filter(handled_at__gte=since).select_related("pupil", "handled_by")
    return list(done.order_by("-handled_at")[:most])


def children(rows: Iterable[Inbound], classes: Iterable[int], day: date) -> dict[str, list[Child]]:
    """The pupils of these classes each reply may be about, by its id: the one it answers first. Three queries."""
    shown = list(rows)
    numbers = {row.from_e164 for row in shown}
    by_number: dict[str, dict[int, list[Guardianship]]] = defaultdict(lambda: defaultdict(list))
    ties = Guardianship.objects.filter(guardian__phones__e164__in=numbers).select_related("guardian")
    for tie in ties.prefetch_related("guardian__phones"):
        for phone in tie.guardian.phones.all():
            if phone.e164 in numbers:
                by_number[phone.e164][tie.pupil_id].append(tie)
    asked = {pupil for some in by_number.values() for pupil in some} | {
        row.pupil_id for row in shown if row.pupil_id
    }
    places = {
        one.pupil_id: one
        for one in Enrolment.objects.filter(
            pupil_id__in=asked, school_class_id__in=classes, starts_on__lte=day, until__gt=day
        ).select_related("pupil", "school_class__school")
    }
    away = unexplained.still(day, places)
    found: dict[str, list[Child]] = {}
    for row in shown:
        ties_of = by_number[row.from_e164]
        about = set(ties_of) | ({row.pupil_id} if row.pupil_id else set())
        found[row.provider_sid] = sorted(
            (_child(places[pupil], ties_of.get(pupil, []), away) for pupil in about if pupil in places),
            key=lambda child: (child.pupil.pk != row.pupil_id, not child.waits, child.pupil.sort_given),
        )
    return found


@transaction.atomic
def settle(
    sid: str, outcome: Outcome, scope: Scope, now: datetime, *, pupil_id: int | None, school_id: int | None
) -> None:
    """Note what the actor made of the reply, and whom it was about. Raises Taken when somebody was first."""
    changes: dict[str, object] = {
        "handled_by_id": scope.actor_id,
        "handled_at": now,
        "outcome": outcome.value,
    }
    if pupil_id is not None:
        changes |= {"pupil_id": pupil_id, "school_id": school_id}
    if not Inbound.objects.filter(pk=sid, handled_at=None).update(**changes):
        raise Taken
    _trail("sms.reply_settled", sid, scope, pupil_id, outcome.value)


@transaction.atomic
def reopen(sid: str, scope: Scope) -> bool:
    """Put a settled reply back among those that wait; what was made of it stays. False when it waits already."""
    row = Inbound.objects.filter(pk=sid).exclude(handled_at=None)
    pupil = row.values_list("pupil_id", flat=True).first()
    done = row.update(handled_by=None, handled_at=None, outcome="")
    if done:
        _trail("sms.reply_reopened", sid, scope, pupil, "")
    return bool(done)


@transaction.atomic
def answered(keys: Collection[tuple[int, date]], scope: Scope, now: datetime) -> int:
    """The pupils' days have been settled in the queue: what was said about them is settled with them. Returns how many."""
    about = Q(pk__in=[])
    for pupil, day in keys:
        since, until = _midnight(day), _midnight(day + timedelta(days=1))
        about |= Q(message__pupil_id=pupil, message__day=day)
        about |= Q(message=None, pupil_id=pupil, received_at__gte=since, received_at__lt=until)
    rows = Inbound.objects.filter(about, handled_at=None, intent__in=[*SAYING, Intent.OTHER])
    ids = list(rows.values_list("pk", flat=True))
    done = Inbound.objects.filter(pk__in=ids, handled_at=None).update(
        handled_by_id=scope.actor_id, handled_at=now, outcome=Outcome.REASON.value
    )
    if done:
        trail.changed(
            scope.actor_id,
            "sms.reply_settled",
            role=scope.role,
            subject="sms.reply",
            pupil_ids=[pupil for pupil, _ in keys],
            detail={"outcome": Outcome.REASON.value, "replies": done},
        )
    return done


def from_strangers(since: datetime) -> int:
    """How many replies came from numbers no school knows: nobody reads them, and they are forgotten with the others."""
    known = Guardianship.objects.values("guardian__phones__e164")
    return (
        Inbound.objects.filter(received_at__gte=since, school=None)
        .exclude(from_e164__in=known.filter(guardian__phones__isnull=False))
        .count()
    )


def forget_words(before: datetime) -> int:
    """Forget the words and the numbers of replies that came before; that they came, and what was made of them, stays."""
    return Inbound.objects.filter(received_at__lt=before, body__isnull=False).update(body=None, from_e164="")


def _about(sender: str, day: date) -> _About:
    """The day's message the number got, where they are about one pupil; else the number's only child, or only school."""
    guardians = set(
        Guardianship.objects.filter(guardian__phones__e164=sender).values_list("guardian_id", flat=True)
    )
    guardian = next(iter(guardians)) if len(guardians) == 1 else None
    told = list(
        Message.objects.filter(to_e164=sender, day=day, kind=Kind.ABSENCE)
        .exclude(sending_at=None)
        .exclude(state__in=[State.REJECTED, State.CANCELLED])
        .order_by("-sending_at")
        .values_list("pk", "pupil_id", "school_id")
    )
    if len({pupil for _, pupil, _ in told}) == 1:
        message, pupil, school = told[0]
        return _About(guardian, pupil, school, message)
    places = list(
        Enrolment.objects.filter(
            pupil__guardianships__guardian__phones__e164=sender, starts_on__lte=day, until__gt=day
        )
        .distinct()
        .values_list("pupil_id", "school_class__school_id")
    )
    pupils, schools = {pupil for pupil, _ in places}, {school for _, school in places}
    if not places:
        wrote = Message.objects.filter(to_e164=sender, day__gt=day - REMEMBERED).order_by("-created_at")
        schools = set(wrote.values_list("school_id", flat=True)[:1])
    return _About(
        guardian,
        next(iter(pupils)) if len(pupils) == 1 else None,
        next(iter(schools)) if len(schools) == 1 else None,
    )


def _child(place: Enrolment, ties: Collection[Guardianship], away: set[int]) -> Child:
    return Child(
        place.pupil,
        place.school_class,
        bool(ties) and not any(tie.custody for tie in ties),
        place.pupil_id in away,
    )


def _suggestion(row: Inbound, *, sure: bool) -> Suggestion:
    return Suggestion(Intent(row.intent), row.received_at, sure, row.body or "")


def _midnight(day: date) -> datetime:
    """The midnight that begins the day."""
    return timezone.make_aware(datetime.combine(day, time()))


def _trail(action: str, sid: str, scope: Scope, pupil_id: int | None, outcome: str) -> None:
    trail.changed(
        scope.actor_id,
        action,
        role=scope.role,
        subject="sms.reply",
        subject_id=sid,
        pupil_ids=[pupil_id] if pupil_id else [],
        detail={"outcome": outcome} if outcome else None,
    )
