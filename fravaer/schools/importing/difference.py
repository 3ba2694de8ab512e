"""What would change if this roster were taken over?

The files are the whole municipality: who is not in them has left. Nobody is ever deleted, though. A pupil who is missing
keeps her row and her history; her enrolment ends on the day of the import. For a pupil in the files the enrolments told
there hold from the first of them on: what came before is kept, and an earlier class that ran on is ended where the new one
begins. The same class with another first day is a corrected date.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from enum import Enum
from typing import Any, Generic, TypeVar

from fravaer.core.periods import school_year_start
from fravaer.schools.importing import canonical
from fravaer.schools.importing.canonical import ClassKey, Enrolment, Roster
from fravaer.schools.importing.stored import Stored

Row = TypeVar("Row", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Delta(Generic[Row]):
    """`changed` holds each row as it was and as it is to be."""

    added: tuple[Row, ...] = ()
    changed: tuple[tuple[Row, Row], ...] = ()
    removed: tuple[Row, ...] = ()

    def __len__(self) -> int:
        return len(self.added) + len(self.changed) + len(self.removed)

    @property
    def after(self) -> list[Row]:
        """The rows to be written."""
        return [*self.added, *(after for _before, after in self.changed)]

    @property
    def gone(self) -> list[Row]:
        """The rows as they are that will not be afterwards."""
        return [*self.removed, *(before for before, _after in self.changed)]


class Turn(Enum):
    """What happens to a pupil in a class. LEAVES is the end of one who is in the files no more."""

    BEGINS = 1
    MOVES = 2
    ENDS = 3
    LEAVES = 4
    CORRECTED = 5


@dataclass(frozen=True, slots=True)
class Move:
    """One pupil's turn on a day; MOVES names both classes, the others one."""

    turn: Turn
    pupil: str
    school_class: ClassKey
    on: date
    before: ClassKey | None = None


class Guarded(Enum):
    """What may not shrink to less than half without somebody having looked."""

    PUPILS = 1
    STAFF = 2
    GUARDIANSHIPS = 3


@dataclass(frozen=True, slots=True)
class Shrinking:
    """More than half would go. `school` is the institution number where pupils are meant."""

    what: Guarded
    before: int
    gone: int
    school: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """Every row to be written or removed, and the same said as a person would say it (`moves`, `left`, `returned`)."""

    municipality: Delta[canonical.Municipality]
    areas: Delta[canonical.Area]
    schools: Delta[canonical.School]
    years: Delta[date]
    classes: Delta[ClassKey]
    pupils: Delta[canonical.Pupil]
    enrolments: Delta[Enrolment]
    guardians: Delta[canonical.Guardian]
    guardianships: Delta[canonical.Guardianship]
    staff: Delta[canonical.Staff]
    posts: Delta[canonical.Post]
    day_rules: Delta[canonical.DayRule]
    moves: tuple[Move, ...]
    # Staff who leave the service, and who come back to it.
    left: tuple[str, ...]
    returned: tuple[str, ...]
    shrinking: tuple[Shrinking, ...]

    def __len__(self) -> int:
        """Changes as they are told: an enrolment that moves is one, though it is two rows."""
        rows = sum(
            len(part)
            for field in fields(self)
            if isinstance(part := getattr(self, field.name), Delta) and field.name != "enrolments"
        )
        return rows + len(self.moves) + len(self.left) + len(self.returned)


def _with_phone(member: canonical.Staff, stored: Stored) -> canonical.Staff:
    """The member of staff with the telephone she has already, where the files do not speak of telephones."""
    if member.phone is not None:
        return member
    before = stored.staff.get(member.key)
    return replace(member, phone=before.phone if before else "")


def difference(stored: Stored, roster: Roster, today: date) -> Difference:
    """What importing `roster` on `today` would change in what is stored."""
    in_files = {pupil.key for pupil in roster.pupils}
    enrolments = _enrolments(stored, roster, in_files, today)
    staff = {member.key: _with_phone(member, stored) for member in roster.staff}
    left = tuple(sorted(stored.active - staff.keys()))
    guardianships = delta(
        {(row.pupil, row.guardian): row for row in stored.guardianships if row.pupil in in_files},
        {(row.pupil, row.guardian): row for row in roster.guardianships},
    )
    return Difference(
        municipality=delta(
            {row.code: row for row in [stored.municipality] if row},
            {roster.municipality.code: roster.municipality},
        ),
        areas=_never_removed(delta(_by("code", stored.areas), _by("code", roster.areas))),
        schools=_never_removed(delta(_by("number", stored.schools), _by("number", roster.schools))),
        years=_never_removed(delta(_itself(stored.years), _itself(roster.years))),
        classes=_never_removed(delta(_itself(stored.classes), _itself(roster.classes))),
        pupils=_never_removed(delta(stored.pupils, _by("key", roster.pupils))),
        enrolments=enrolments,
        guardians=_never_removed(delta(stored.guardians, _guardians(stored, roster, in_files))),
        guardianships=guardianships,
        staff=_never_removed(delta(stored.staff, staff)),
        posts=delta(_by("key", stored.posts), _posts(stored, roster, today)),
        day_rules=_day_rules(stored, roster),
        moves=tuple(_moves(enrolments, in_files)),
        left=left,
        returned=tuple(sorted(key for key in staff if key in stored.staff and key not in stored.active)),
        shrinking=tuple(_shrinking(stored, in_files, left, guardianships, today)),
    )


def delta(before: Mapping[Any, Row], after: Mapping[Any, Row]) -> Delta[Row]:
    """The rows of `after` that are new or other than those of `before` under the same key, and those only in `before`."""
    return Delta(
        added=tuple(row for key, row in after.items() if key not in before),
        changed=tuple(
            (before[key], row) for key, row in after.items() if key in before and before[key] != row
        ),
        removed=tuple(row for key, row in before.items() if key not in after),
    )


def _never_removed(found: Delta[Row]) -> Delta[Row]:
    return replace(found, removed=())


def _by(name: str, rows: Iterable[Row]) -> dict[Any, Row]:
    return {getattr(row, name): row for row in rows}


def _itself(rows: Iterable[Row]) -> dict[Row, Row]:
    return {row: row for row in rows}


def _enrolments(stored: Stored, roster: Roster, in_files: set[str], today: date) -> Delta[Enrolment]:
    held: dict[str, list[Enrolment]] = defaultdict(list)
    for enrolment in stored.enrolments:
        held[enrolment.pupil].append(enrolment)
    told: dict[str, list[Enrolment]] = defaultdict(list)
    for enrolment in roster.enrolments:
        told[enrolment.pupil].append(enrolment)
    wanted: dict[Enrolment, Enrolment] = {}
    for pupil in held.keys() | told.keys():
        rows = _from_file(held[pupil], told[pupil]) if pupil in in_files else _ended(held[pupil], today)
        wanted.update(_itself(rows))
    return delta(_itself(stored.enrolments), wanted)


def _from_file(held: list[Enrolment], told: list[Enrolment]) -> list[Enrolment]:
    first = min(told, key=lambda enrolment: enrolment.starts_on)
    kept = []
    for enrolment in held:
        if enrolment.starts_on >= first.starts_on:
            continue
        if enrolment.until > first.starts_on:
            if enrolment.school_class == first.school_class:
                continue
            enrolment = replace(enrolment, until=first.starts_on)
        kept.append(enrolment)
    return kept + told


def _ended(held: list[Enrolment], today: date) -> list[Enrolment]:
    return [
        replace(enrolment, until=min(enrolment.until, today))
        for enrolment in held
        if enrolment.starts_on < today
    ]


def _moves(enrolments: Delta[Enrolment], in_files: set[str]) -> Iterable[Move]:
    """What the removed and added enrolments of each pupil mean, in the order of class and day."""
    gone: dict[str, list[Enrolment]] = defaultdict(list)
    come: dict[str, list[Enrolment]] = defaultdict(list)
    for enrolment in enrolments.removed:
        gone[enrolment.pupil].append(enrolment)
    for enrolment in enrolments.added:
        come[enrolment.pupil].append(enrolment)
    found = [
        move
        for pupil in gone.keys() | come.keys()
        for move in _moves_of(gone[pupil], come[pupil], pupil in in_files)
    ]
    return sorted(found, key=lambda move: (move.school_class, move.turn.value, move.on, move.pupil))


def _moves_of(gone: list[Enrolment], come: list[Enrolment], in_files: bool) -> Iterable[Move]:
    same = {(enrolment.school_class, enrolment.starts_on): enrolment for enrolment in come}
    left_at: set[date] = set()
    for enrolment in come:
        before = [old for old in gone if old.starts_on < enrolment.starts_on < old.until]
        if any(
            (old.school_class, old.starts_on) == (enrolment.school_class, enrolment.starts_on) for old in gone
        ):
            continue
        if before and before[0].school_class != enrolment.school_class:
            left_at.add(enrolment.starts_on)
            yield Move(
                Turn.MOVES,
                enrolment.pupil,
                enrolment.school_class,
                enrolment.starts_on,
                before[0].school_class,
            )
        else:
            turn = Turn.CORRECTED if gone else Turn.BEGINS
            yield Move(turn, enrolment.pupil, enrolment.school_class, enrolment.starts_on)
    for old in gone:
        new = same.get((old.school_class, old.starts_on))
        if not in_files:
            yield Move(Turn.LEAVES, old.pupil, old.school_class, new.until if new else old.starts_on)
        elif new is not None and new.until < old.until:
            if new.until not in left_at:
                yield Move(Turn.ENDS, old.pupil, old.school_class, new.until)
        elif new is not None or not come:
            yield Move(Turn.CORRECTED, old.pupil, old.school_class, old.starts_on)


def _guardians(stored: Stored, roster: Roster, in_files: set[str]) -> dict[str, canonical.Guardian]:
    """The roster's guardians; and those who are nobody's any more, without their telephones."""
    wanted = {guardian.key: guardian for guardian in roster.guardians}
    still = {row.guardian for row in stored.guardianships if row.pupil not in in_files}
    for key, guardian in stored.guardians.items():
        if key not in wanted and key not in still and guardian.phones:
            wanted[key] = replace(guardian, phones=())
    return wanted


def _posts(stored: Stored, roster: Roster, today: date) -> dict[Any, canonical.Post]:
    """The roster's posts, and those that are over; a post no longer told ends on the day of the import."""
    wanted = {post.key: post for post in roster.posts}
    for post in stored.posts:
        if post.key not in wanted and post.starts_on < today:
            wanted[post.key] = replace(post, until=min(post.until, today))
    return wanted


def _day_rules(stored: Stored, roster: Roster) -> Delta[canonical.DayRule]:
    """The plan of each school year the calendar speaks of, as a set; a year it is silent about keeps its plan, and so does a
    day whose rule was changed by hand."""
    years = {school_year_start(rule.day) for rule in roster.day_rules}
    before = [
        rule
        for rule in stored.day_rules
        if school_year_start(rule.day) in years and rule.key not in stored.by_hand
    ]
    after = [rule for rule in roster.day_rules if rule.key not in stored.by_hand]
    return delta(_by("key", before), _by("key", after))


def _shrinking(
    stored: Stored,
    in_files: set[str],
    left: tuple[str, ...],
    guardianships: Delta[canonical.Guardianship],
    today: date,
) -> Iterable[Shrinking]:
    at: dict[str, set[str]] = defaultdict(set)
    for enrolment in stored.enrolments:
        if enrolment.until > today:
            at[enrolment.school_class.school].add(enrolment.pupil)
    counts = [
        Shrinking(Guarded.PUPILS, len(pupils), len(pupils - in_files), school)
        for school, pupils in sorted(at.items())
    ]
    counts.append(Shrinking(Guarded.STAFF, len(stored.active), len(left)))
    held = sum(row.pupil in in_files for row in stored.guardianships)
    counts.append(Shrinking(Guarded.GUARDIANSHIPS, held, len(guardianships.removed)))
    return [count for count in counts if count.gone * 2 > count.before]
