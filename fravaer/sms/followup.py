"""Whom does a person have to ring, because no SMS has reached them?

Messages that ended badly, and guardians nobody could write to. A guardian with a later message on its way is not among
them; one who got a worry but not the good news after it is.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from fravaer.schools.models import Guardian, Pupil, School, SchoolClass
from fravaer.sms.models import Message, Withheld
from fravaer.sms.querysets import MessageQuerySet, WithheldQuerySet
from fravaer.sms.states import HARMLESS, NOT_AGAIN, TO_RING, Because, Kind, State, Withholding

# Cancelled by a rule of ours, and not because there was nothing left to tell: the guardian knows nothing.
UNTOLD = frozenset({Because.CEILING, Because.TEXT})


@dataclass(frozen=True, slots=True)
class ToRing:
    """A guardian (None: the pupil as a whole) who has not been reached, in words; `alone` when nobody else was either."""

    pupil: Pupil
    school: School
    school_class: SchoolClass
    guardian: Guardian | None
    why: str
    code: int | None
    alone: bool
    kind: Kind = Kind.ABSENCE
    message_id: UUID | None = None


def to_ring(messages: MessageQuerySet, withheld: WithheldQuerySet) -> list[ToRing]:
    """Who is to be rung, of these messages and withholdings of one day: pupils nobody was told about first. Two queries."""
    about = ("pupil", "school", "school_class", "guardian")
    rows = list(
        messages.exclude(kind=Kind.MONTHLY)
        .exclude(Q(state=State.CANCELLED) & ~Q(because__in=UNTOLD))
        .select_related(*about)
        .order_by("created_at", "id")
    )
    reached: dict[int, set[int]] = defaultdict(set)
    # The latest word about a guardian counts: a second number of hers, or a message a person has sent again.
    unreached: dict[tuple[int, int, str], Message] = {}
    for message in rows:
        state = State(message.state)
        if message.kind == Kind.ABSENCE and state in NOT_AGAIN - TO_RING:
            reached[message.pupil_id].add(message.guardian_id)
        if state in TO_RING or state == State.CANCELLED:
            unreached[message.pupil_id, message.guardian_id, message.kind] = message
    found = [
        _of_message(message, reached)
        for message in unreached.values()
        if message.kind == Kind.CORRECTION or message.guardian_id not in reached[message.pupil_id]
    ]
    # A number that was refused is the reason as well why none is left; said once.
    said = {(one.pupil.pk, one.guardian.pk) for one in found if one.guardian}
    found += [
        _of_withheld(one, reached)
        for one in withheld.exclude(reason__in=HARMLESS).select_related(*about)
        if (one.pupil_id, one.guardian_id) not in said
        and (
            # The last she heard was that the pupil is here.
            one.reason == Withholding.TAKEN_BACK
            or (
                one.guardian_id not in reached[one.pupil_id]
                and (one.guardian_id or not reached[one.pupil_id])
            )
        )
    ]
    return sorted(
        found,
        key=lambda one: (
            not one.alone,
            one.school.sort_name,
            one.school_class.year_group,
            one.school_class.letter,
            one.pupil.sort_given,
            one.pupil.pk,
            one.guardian.pk if one.guardian else 0,
        ),
    )


def _of_message(message: Message, reached: dict[int, set[int]]) -> ToRing:
    return ToRing(
        message.pupil,
        message.school,
        message.school_class,
        message.guardian,
        _words(message),
        message.error_code,
        not reached[message.pupil_id],
        Kind(message.kind),
        message.pk,
    )


def _words(message: Message) -> str:
    words = str(Because(message.because).label if message.because else State(message.state).label)
    return words if message.kind == Kind.ABSENCE else f"{Kind.CORRECTION.label}: {words}"


def _of_withheld(one: Withheld, reached: dict[int, set[int]]) -> ToRing:
    return ToRing(
        one.pupil,
        one.school,
        one.school_class,
        one.guardian,
        str(Withholding(one.reason).label),
        None,
        not reached[one.pupil_id],
    )
