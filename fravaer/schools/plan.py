"""What do the rules about school days say, and who has changed them?

Rules belong to a unit: the municipality, a school, a year group of it, or a class. A change is a set of days of one unit, made
whole or not at all, and kept with what stood before, so that it can be undone. The municipality's plan is changed by two
persons: one proposes, another decides. Legal basis: the municipality's own plan (folkeskoleloven § 14 a for the school year).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Q

from fravaer.audit import trail
from fravaer.core.scope import Scope
from fravaer.schools import schooldays
from fravaer.schools.models import DayRule, Level, PlanChange, SchoolYear

LONGEST_REASON = 100
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Unit:
    """Whose rules: `school_id` and `year_group` as the level asks for; of a class its own id beside those of its school."""

    level: Level
    school_id: int | None = None
    year_group: int | None = None
    school_class_id: int | None = None

    @property
    def key(self) -> dict[str, int | None]:
        """The columns by which the unit's own rules are found."""
        is_class = self.level == Level.CLASS
        return {
            "level": self.level.value,
            "school_id": None if is_class else self.school_id,
            "year_group": None if is_class else self.year_group,
            "school_class_id": self.school_class_id,
        }

    @property
    def wider(self) -> Q:
        """The rules of the unit and of every wider unit it lies in."""
        found = Q(level=Level.MUNICIPALITY)
        if self.level >= Level.SCHOOL:
            found |= Q(level=Level.SCHOOL, school_id=self.school_id)
        if self.level >= Level.YEAR_GROUP:
            found |= Q(level=Level.YEAR_GROUP, school_id=self.school_id, year_group=self.year_group)
        if self.level == Level.CLASS:
            found |= Q(level=Level.CLASS, school_class_id=self.school_class_id)
        return found


MUNICIPALITY = Unit(Level.MUNICIPALITY)


@dataclass(frozen=True, slots=True)
class Rule:
    """What a rule says of a day: closed, or open in spite of a wider rule; and why."""

    closed: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Change:
    """A day whose rule changes; None where there is no rule of the unit's own."""

    day: date
    before: Rule | None
    after: Rule | None


@dataclass(frozen=True, slots=True)
class Day:
    """A day as it is for a unit: by whose rule (None by no rule), what that rule says, and the unit's own rule."""

    day: date
    is_school_day: bool
    reason: str
    level: Level | None
    own: bool


Wishes = Mapping[date, Rule | None]


class PlanConflict(Exception):
    """Somebody has changed some of these days since they were looked at; nothing was written."""


class NothingChanges(Exception):
    """The rules say so already."""


class SecondPersonNeeded(Exception):
    """Whoever proposed a change of the municipality's plan does not decide it."""


def years() -> list[SchoolYear]:
    """The school years there are, the latest first. One query."""
    return list(SchoolYear.objects.order_by("-starts_on"))


def days(school_year: SchoolYear, unit: Unit, wishes: Wishes | None = None) -> list[Day]:
    """Every day of the school year as the rules of today, or with `wishes` as the unit's own, make it. One query."""
    rules: dict[date, dict[Level, Rule]] = {}
    for rule in DayRule.objects.filter(unit.wider, school_year=school_year):
        rules.setdefault(rule.day, {})[Level(rule.level)] = Rule(rule.closed, rule.reason)
    for day, wish in (wishes or {}).items():
        said = rules.setdefault(day, {})
        said.pop(unit.level, None)
        if wish is not None:
            said[unit.level] = wish
    found = []
    for number in range(school_year.starts_on.toordinal(), school_year.until.toordinal()):
        day = date.fromordinal(number)
        said = rules.get(day, {})
        level = max(said, default=None)
        if level is None:
            found.append(Day(day, day.weekday() < SATURDAY, "", None, False))
        else:
            found.append(Day(day, not said[level].closed, said[level].reason, level, level == unit.level))
    return found


def changes(school_year: SchoolYear, unit: Unit, wishes: Wishes) -> list[Change]:
    """The days of `wishes` on which the unit's own rules would change, by date. One query."""
    stand = _own(school_year, unit, wishes)
    return [
        Change(day, stand.get(day), after)
        for day, after in sorted(wishes.items())
        if school_year.starts_on <= day < school_year.until and stand.get(day) != after
    ]


def fingerprint(found: Iterable[Change]) -> str:
    """Stands for what a change would change, as it was when somebody looked at it."""
    return "|".join(f"{one.day:%y%m%d}{_mark(one.before)}" for one in found)


@transaction.atomic
def change(
    school_year: SchoolYear, unit: Unit, wishes: Wishes, *, seen: str, scope: Scope, now: datetime
) -> PlanChange:
    """Change the unit's rules and draw its calendars; of the municipality's plan: propose it.

    `seen` is the fingerprint of the changes the actor was shown. Raises PlanConflict and NothingChanges.
    """
    assert scope.actor_id is not None
    _lock(school_year)
    found = changes(school_year, unit, wishes)
    if not found:
        raise NothingChanges
    if fingerprint(found) != seen:
        raise PlanConflict
    proposed = unit.level == Level.MUNICIPALITY
    made = PlanChange.objects.create(
        uuid=uuid4(),
        school_year=school_year,
        **unit.key,
        state=PlanChange.State.PROPOSED if proposed else PlanChange.State.MADE,
        asked_by=scope.actor_id,
        asked_at=now,
        days=[[one.day.isoformat(), _stored(one.before), _stored(one.after)] for one in found],
    )
    if not proposed:
        _write(school_year, unit, found)
    _note(made, "plan.propose" if proposed else "plan.change", scope)
    return made


@transaction.atomic
def decide(change_uuid: UUID, *, agreed: bool, seen: str, scope: Scope, now: datetime) -> PlanChange:
    """Make, or refuse, a proposed change of the municipality's plan.

    Raises SecondPersonNeeded, and PlanConflict when the days, or the proposal, are no longer what they were.
    """
    found = PlanChange.objects.select_for_update().select_related("school_year").get(uuid=change_uuid)
    if found.state != PlanChange.State.PROPOSED:
        raise PlanConflict
    if agreed:
        if found.asked_by == scope.actor_id:
            raise SecondPersonNeeded
        _lock(found.school_year)
        wanted = changes(found.school_year, MUNICIPALITY, wishes_of(found))
        if fingerprint(wanted) != seen:
            raise PlanConflict
        _write(found.school_year, MUNICIPALITY, wanted)
    found.state = PlanChange.State.MADE if agreed else PlanChange.State.REFUSED
    found.decided_by, found.decided_at = scope.actor_id, now
    found.save(update_fields=["state", "decided_by", "decided_at"])
    _note(found, "plan.change" if agreed else "plan.refuse", scope)
    return found


def wishes_of(made: PlanChange, *, undone: bool = False) -> dict[date, Rule | None]:
    """What a change asks for, or what stood before it."""
    return {date.fromisoformat(day): _rule(before if undone else after) for day, before, after in made.days}


def history(school_year: SchoolYear, unit: Unit) -> list[PlanChange]:
    """The changes of the unit's rules, the latest first. One query."""
    return list(PlanChange.objects.filter(school_year=school_year, **unit.key).order_by("-pk"))


def proposal(change_uuid: UUID) -> PlanChange | None:
    """A change of the municipality's plan that nobody has decided yet. One query."""
    return (
        PlanChange.objects.filter(uuid=change_uuid, state=PlanChange.State.PROPOSED)
        .select_related("school_year")
        .first()
    )


def setters(past: Iterable[PlanChange]) -> dict[date, PlanChange]:
    """Which of the changes, the latest first, set each day's rule as it stands. Days of the roster's own have none."""
    found: dict[date, PlanChange] = {}
    for one in past:
        if one.state == PlanChange.State.MADE:
            for day, _before, _after in one.days:
                found.setdefault(date.fromisoformat(day), one)
    return found


def _own(school_year: SchoolYear, unit: Unit, wishes: Wishes) -> dict[date, Rule]:
    rules = DayRule.objects.filter(school_year=school_year, day__in=list(wishes), **unit.key)
    return {rule.day: Rule(rule.closed, rule.reason) for rule in rules}


def _lock(school_year: SchoolYear) -> None:
    """Changes of one year's plan follow one another."""
    SchoolYear.objects.select_for_update().get(pk=school_year.pk)


def _write(school_year: SchoolYear, unit: Unit, found: list[Change]) -> None:
    DayRule.objects.filter(school_year=school_year, day__in=[one.day for one in found], **unit.key).delete()
    DayRule.objects.bulk_create(
        DayRule(
            school_year=school_year,
            day=one.day,
            **unit.key,
            closed=one.after.closed,
            reason=one.after.reason,
        )
        for one in found
        if one.after
    )
    schooldays.draw(school_year)


def _mark(rule: Rule | None) -> str:
    return "-" if rule is None else f"{'x' if rule.closed else 'o'}{rule.reason}"


def _stored(rule: Rule | None) -> list[bool | str] | None:
    return None if rule is None else [rule.closed, rule.reason]


def _rule(stored: list[bool | str] | None) -> Rule | None:
    return None if stored is None else Rule(bool(stored[0]), str(stored[1]))


def _note(made: PlanChange, action: str, scope: Scope) -> None:
    trail.changed(
        scope.actor_id,
        action,
        role=scope.role,
        subject="plan",
        subject_id=made.uuid,
        detail={"level": made.level, "days": len(made.days), "year": made.school_year_id},
    )
