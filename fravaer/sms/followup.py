"""Whom does a person have to ring, because no SMS has reached them?

Messages that ended badly, and guardians nobody could write to. A guardian with a later message on its way is not among them.
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
    rows = [
        message
        for message in messages.filter(kind=Kind.ABSENCE).select_related(*about)
        if message.state != State.CANCELLED
    ]
    reached: dict[int, set[int]] = defaultdict(set)
    for message in rows:
        if message.state in NOT_AGAIN - TO_RING:
            reached[message.pupil_id].add(message.guardian_id)
    found = [_of_message(message, reached) for message in rows if message.state in TO_RING]
    found += [
        _of_withheld(one, reached)
        for one in withheld.exclude(reason__in=HARMLESS).select_related(*about)
        if one.guardian_id is not None or not reached[one.pupil_id]
    ]
    unreached = [one for one in found if one.guardian is None or one.guardian.pk not in reached[one.pupil.pk]]
    return sorted(
        unreached,
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
        str(State(message.state).label),
        message.error_code,
        not reached[message.pupil_id],
    )


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
