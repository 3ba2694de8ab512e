"""Whom does a person have to ring, because no SMS has reached them?

Messages that ended badly, and guardians nobody could write to. A guardian with a later message on its way is not among
them; one who got a worry but not the good news after it is.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from fravaer.schools.models import Guardian, Pupil, School, SchoolClass
from fravaer.sms.models import Message, Withheld
from fravaer.sms.querysets import MessageQuerySet, WithheldQuerySet
from fravaer.sms.states import HARMLESS, NOT_AGAIN, TO_RING, Kind, State, Withholding


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


def to_ring(messages: MessageQuerySet, withheld: WithheldQuerySet) -> list[ToRing]:
    """Who is to be rung, of these messages and withholdings of one day: pupils nobody was told about first. Two queries."""
    about = ("pupil", "school", "school_class", "guardian")
    # Nobody is rung because the monthly message did not arrive.
    rows = list(messages.exclude(state=State.CANCELLED).exclude(kind=Kind.MONTHLY).select_related(*about))
    reached: dict[int, set[int]] = defaultdict(set)
    for message in rows:
        if message.kind == Kind.ABSENCE and State(message.state) in NOT_AGAIN - TO_RING:
            reached[message.pupil_id].add(message.guardian_id)
    found = [
        _of_message(message, reached)
        for message in rows
        if State(message.state) in TO_RING
        and (message.kind == Kind.CORRECTION or message.guardian_id not in reached[message.pupil_id])
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
    )


def _words(message: Message) -> str:
    words = str(State(message.state).label)
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
