"""Which registers has one to take on this day, and how far are they?

A class's morning and, where its year group has one, its end of the day, each with its state, and which of the two is next.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Literal

from fravaer.absence import halfdays
from fravaer.absence.arrangements import Settings
from fravaer.absence.checkpoints import Checkpoint, due
from fravaer.absence.models import Register
from fravaer.schools.models import SchoolClass

State = Literal["missing", "late", "not_open", "taken"]
URGENCY: dict[State, int] = {"late": 0, "missing": 1, "not_open": 2, "taken": 3}
CLOSED = 4


@dataclass(frozen=True, slots=True)
class Post:
    """One register: its state, and of one taken the pupils here and in all, those unexplained, and the time."""

    checkpoint: Checkpoint
    state: State
    opens_at: time
    here: int = 0
    enrolled: int = 0
    pending: int = 0
    taken_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One class's day. No posts: nobody is to be registered. The day is closed, and `reason` says why; or the class is empty."""

    school_class: SchoolClass
    posts: tuple[Post, ...]
    is_own: bool = False
    reason: str = ""
    empty: bool = False

    @property
    def next(self) -> Post | None:
        """The register to take now: the first that is missing, else the last taken."""
        waiting = [post for post in self.posts if post.state in ("late", "missing")]
        taken = [post for post in self.posts if post.state == "taken"]
        return next(iter(waiting), None) or (taken[-1] if taken else next(iter(self.posts), None))

    @property
    def urgency(self) -> int:
        return min((URGENCY[post.state] for post in self.posts), default=CLOSED)

    @property
    def state(self) -> str:
        """The state a glance should see: that of the register to take now, or `closed`."""
        return self.next.state if self.next else "closed"


def lines(
    classes: Iterable[SchoolClass],
    day: date,
    now: time,
    arranged: Mapping[int, Settings],
    own: Collection[int] = (),
) -> list[Line]:
    """The classes' registers of `day`: one's own classes first, and among them those that lack one.

    `classes` come from `board.with_facts`; `arranged` are their schools' settings, which say when the end of the day is asked
    for; `own` are the ids of the classes held by name; `now` is the time of day at the schools. Two queries beside the classes'.
    """
    found = list(classes)
    taken = {
        (register.school_class_id, register.checkpoint): register
        for register in Register.objects.filter(school_class_id__in=[one.pk for one in found], day=day)
    }
    rule = halfdays.on(day)
    made = []
    for one in found:
        posts = tuple(
            _post(
                one, checkpoint, taken.get((one.pk, checkpoint)), now, arranged.get(one.school_id, Settings())
            )
            for checkpoint in due(one.year_group, rule)
            # A register of a day that was closed afterwards is still there to be seen.
            if (one.is_school_day and one.pupils) or (one.pk, checkpoint) in taken
        )
        empty = bool(one.is_school_day) and not one.pupils
        made.append(Line(one, posts, one.pk in own, one.closed_reason or "", empty))
    return sorted(
        made,
        key=lambda line: (
            not line.is_own,
            line.urgency,
            line.school_class.school.sort_name,
            line.school_class.year_group,
            line.school_class.letter,
        ),
    )


def _post(
    school_class: SchoolClass,
    checkpoint: Checkpoint,
    register: Register | None,
    now: time,
    settings: Settings,
) -> Post:
    school = school_class.school
    start = checkpoint == Checkpoint.START
    opens_at = school.opens_at if start else settings.end_opens_at
    if register is not None:
        absent = register.illness + register.leave + register.unlawful + register.pending
        return Post(
            checkpoint,
            "taken",
            opens_at,
            here=register.enrolled - absent,
            enrolled=register.enrolled,
            pending=register.pending,
            taken_at=register.taken_at,
        )
    if now < opens_at:
        return Post(checkpoint, "not_open", opens_at)
    late = now > (school.due_at if start else settings.end_due_at)
    return Post(checkpoint, "late" if late else "missing", opens_at)
