"""What became of the messages about this pupil's day?

For whoever waits for the guardians' answer: whether a message is still to leave, has arrived, or whether she has to ring.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from fravaer.sms.choices import Chosen
from fravaer.sms.models import Message
from fravaer.sms.querysets import MessageQuerySet, WithheldQuerySet
from fravaer.sms.states import HARMLESS, OPEN, OUT, TO_RING, UNSENT, Kind, State, Withholding

# Not handed to anybody yet: a corrected mark still stops it.
STOPPABLE = frozenset({State.HELD, State.QUEUED})
# So long a carrier's word about a message that has left is waited for with the page open.
NEWS = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Told:
    """One message, or why there is none: its words, whether a person has to ring, and when it leaves or moved last."""

    words: str
    state: State | None
    to_ring: bool
    at: datetime | None


def about(messages: MessageQuerySet, withheld: WithheldQuerySet) -> dict[tuple[int, date], list[Told]]:
    """What became of the messages about absence, by pupil and day: those a person has to act on first. Two queries."""
    found: dict[tuple[int, date], list[Told]] = defaultdict(list)
    for message in messages.filter(kind=Kind.ABSENCE).exclude(state=State.CANCELLED):
        state = State(message.state)
        at = message.not_before if state in (State.HELD, State.QUEUED) else message.final_at
        found[message.pupil_id, message.day].append(
            Told(str(state.label), state, state in TO_RING, at or message.accepted_at)
        )
    for one in withheld:
        reason = Withholding(one.reason)
        if reason not in HARMLESS:
            found[one.pupil_id, one.day].append(Told(str(reason.label), None, True, None))
    return {
        key: sorted(told, key=lambda one: (not one.to_ring, one.state not in OUT, one.words))
        for key, told in found.items()
    }


@dataclass(slots=True)
class Line:
    """One thing to say of the messages about a pupil: so many guardians, in which state (None: none was written), when last.

    `waits` are messages a corrected mark still stops; `good_news` takes an earlier message back.
    """

    state: State | None
    count: int = 0
    at: datetime | None = None
    waits: bool = False
    good_news: bool = False


@dataclass(slots=True)
class OfClass:
    """What became of the messages about one class's day, pupil by pupil. `sends_at` is when the first that waits leaves.

    `moving` says whether more is to be expected soon.
    """

    pupils: dict[int, list[Line]] = field(default_factory=dict)
    sends_at: datetime | None = None
    paused: bool = False
    moving: bool = False


def of_class(
    messages: MessageQuerySet,
    withheld: WithheldQuerySet,
    unexplained: Collection[int],
    chosen: Chosen | None,
    now: datetime,
    *,
    today: bool,
) -> OfClass:
    """What whoever registers the class may know: how many, in which state, and when; no number and no name of a guardian.

    `messages` and `withheld` are those of the class and day; `unexplained` the pupils whose absence waits for a reason, of
    whom on the day itself a message is expected before the job has written it. Two queries.
    """
    found: dict[int, dict[tuple[State | None, bool], Line]] = defaultdict(dict)
    told = OfClass(paused=chosen is not None and chosen.paused)
    spoken_of = set()
    about_the_day = messages.filter(kind__in=[Kind.ABSENCE, Kind.CORRECTION]).exclude(state=State.CANCELLED)
    for message in about_the_day.order_by("created_at", "id"):
        spoken_of.add(message.pupil_id)
        state, good_news = State(message.state), message.kind == Kind.CORRECTION
        if state in STOPPABLE and not good_news and message.pupil_id not in unexplained:
            # The absence has been explained or corrected: it does not leave any more.
            continue
        _add(found[message.pupil_id], message, state, good_news)
        told.moving = told.moving or _moves(message, state, now)
    for one in withheld:
        if Withholding(one.reason) not in HARMLESS and one.pupil_id in unexplained:
            spoken_of.add(one.pupil_id)
            found[one.pupil_id].setdefault((None, False), Line(None)).count += 1
    if chosen is not None and today:
        leaves_at, ends_at = chosen.window(now)
        for pupil in set(unexplained) - spoken_of:
            if leaves_at < ends_at:
                found[pupil][State.HELD, False] = Line(State.HELD, 0, leaves_at, waits=True)
                told.moving = True
    told.pupils = {pupil: list(lines.values()) for pupil, lines in found.items() if lines}
    waiting = [line.at for lines in told.pupils.values() for line in lines if line.waits and line.at]
    told.sends_at = min(waiting, default=None)
    return told


def _add(
    lines: dict[tuple[State | None, bool], Line], message: Message, state: State, good_news: bool
) -> None:
    waits = state in STOPPABLE and not good_news
    shown = State.HELD if waits else state
    line = lines.setdefault((shown, good_news), Line(shown, waits=waits, good_news=good_news))
    line.count += 1
    at = message.not_before if state in UNSENT else message.final_at or message.accepted_at
    line.at = max(filter(None, (line.at, at)), default=None)


def _moves(message: Message, state: State, now: datetime) -> bool:
    if state in UNSENT | OPEN:
        return True
    left_at = message.accepted_at
    return state in OUT - {State.DELIVERED} and left_at is not None and now - left_at < NEWS
