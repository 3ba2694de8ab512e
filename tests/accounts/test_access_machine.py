"""Whatever happens to somebody's access, in whatever order: nobody sees a child she should not, from that moment on.

A model on paper is kept beside the database: who holds what until when, who is kept away from whom, and where each pupil goes.
The acts are those of the product: access given and taken back, time that passes, a move to another class, a case that opens and
closes, a block, a loan, a change of role. After each of them the pupils of whoever it was about are exactly those of the paper,
and so are those of one of the others in turn; where time passes or a pupil moves it is about everybody.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from fravaer.accounts import blocks, delegating, grants
from fravaer.accounts.models import Ended, Kind, Reach, User
from fravaer.accounts.roles import Role
from fravaer.accounts.scoping import scope_of
from fravaer.core.scope import Scope
from fravaer.schools.models import Enrolment, Pupil, SchoolClass
from tests import factories
from tests.cast import MORNING, Cast

NUMBERS = st.integers(0, 999)
NAMED = {
    Role.TEACHER, Role.SECRETARY, Role.LEADER, Role.SOCIAL_WORKER, Role.CONSULTANT, Role.PSYCHOLOGIST,
}  # fmt: skip
LENT_BY = {Role.LEADER}


@dataclass
class Paper:
    """One grant on paper."""

    key: int
    user: int
    role: Role
    reach: Reach
    unit: int
    since: datetime
    until: datetime
    lent_from: Paper | None = None
    ended: bool = False
    ref: str = ""
    case: str = ""

    def holds(self, now: datetime) -> bool:
        if self.lent_from is not None and not self.lent_from.holds(now):
            return False
        return not self.ended and self.since <= now < self.until


@dataclass
class World:
    """What is so on paper."""

    now: datetime
    papers: list[Paper] = field(default_factory=list)
    kept_away: set[tuple[int, int]] = field(default_factory=set)
    class_of: dict[int, int] = field(default_factory=dict)
    school_of: dict[int, int] = field(default_factory=dict)
    hat: dict[int, str] = field(default_factory=dict)

    def held(self, user: int) -> list[Paper]:
        return [paper for paper in self.papers if paper.user == user and paper.holds(self.now)]

    def role(self, user: int) -> str:
        roles = [role for role in Role if any(paper.role == role for paper in self.held(user))]
        wanted = self.hat.get(user, "")
        return wanted if wanted in roles else str(roles[0]) if roles else ""

    def sees(self, user: int) -> set[int]:
        """Grant by grant, in the one role she acts in; then without those she is kept away from."""
        seen: set[int] = set()
        for paper in self.held(user):
            if paper.role != self.role(user) or paper.role not in NAMED:
                continue
            for pupil, school_class in self.class_of.items():
                if (
                    (paper.reach == Reach.PUPIL and paper.unit == pupil)
                    or (paper.reach == Reach.CLASS and paper.unit == school_class)
                    or (paper.reach == Reach.SCHOOL and paper.unit == self.school_of[school_class])
                ):
                    seen.add(pupil)
        return {pupil for pupil in seen if (user, pupil) not in self.kept_away}


class Access(RuleBasedStateMachine):
    """The product and the paper, side by side."""

    cast: Cast
    people: list[User]

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = transaction.savepoint()
        cast = self.cast
        classes = [cast.class_7b, cast.class_2a, cast.other_class]
        self.world = World(MORNING)
        self.world.class_of = {pupil.pk: cast.class_7b.pk for pupil in cast.pupils}
        self.world.class_of |= {pupil.pk: cast.other_class.pk for pupil in cast.others}
        self.world.school_of = {one.pk: one.school_id for one in classes}
        self.units = [
            *((Role.TEACHER, Reach.CLASS, one.pk) for one in classes),
            *((Role.LEADER, Reach.SCHOOL, one.pk) for one in (cast.school, cast.other_school)),
            (Role.SECRETARY, Reach.SCHOOL, cast.school.pk),
            (Role.SOCIAL_WORKER, Reach.SCHOOL, cast.other_school.pk),
            (Role.AREA_MANAGER, Reach.AREA, cast.north.pk),
            (Role.CONTROLLER, Reach.MUNICIPALITY, 0),
        ]
        self.cases = self.turn = 0
        # Whom the latest act was about; None for everybody.
        self.about: set[int] | None = None
        # A day like any other to begin on: somebody leads, somebody teaches, somebody has a case, and one is lent to.
        anne, bo, carl, dora = (person.pk for person in self.people)
        self.write(anne, Role.LEADER, Reach.SCHOOL, cast.school.pk, 90)
        self.write(bo, Role.TEACHER, Reach.CLASS, cast.class_7b.pk, 30)
        self.write(carl, Role.PSYCHOLOGIST, Reach.PUPIL, cast.pupils[0].pk, 200, case="case")
        self.lend_one(anne, dora, self.world.papers[0], 10)

    def teardown(self) -> None:
        transaction.savepoint_rollback(self.savepoint)

    def scope(self, user: int) -> Scope:
        return scope_of(user, self.world.now, self.world.hat.get(user, ""))

    def one_of(self, number: int) -> int:
        return self.people[number % len(self.people)].pk

    def a_pupil(self, number: int) -> int:
        return sorted(self.world.class_of)[number % len(self.world.class_of)]

    def open_papers(self) -> list[Paper]:
        return [paper for paper in self.world.papers if paper.holds(self.world.now)]

    def write(self, user: int, role: Role, reach: Reach, unit: int, days: int, case: str = "") -> None:
        until = self.world.now + timedelta(days=days)
        self.about = {user}
        self.cases += 1
        grant = grants.give(
            user_id=user, role=role, reach=reach, unit_id=unit or None, origin="case" if case else "demo",
            origin_ref=case or str(self.cases), valid_from=self.world.now, valid_until=until,
        )  # fmt: skip
        self.world.papers.append(
            Paper(grant.pk, user, role, reach, unit, self.world.now, until, ref=grant.origin_ref, case=case)
        )

    @rule(who=NUMBERS, what=NUMBERS, days=st.integers(1, 40))
    def give(self, who: int, what: int, days: int) -> None:
        role, reach, unit = self.units[what % len(self.units)]
        self.write(self.one_of(who), role, reach, unit, days)

    @precondition(lambda self: self.open_papers())
    @rule(which=NUMBERS)
    def revoke(self, which: int) -> None:
        found = self.open_papers()
        paper = found[which % len(found)]
        assert grants.revoke(paper.key, because=Ended.NO_NEED, now=self.world.now, actor_id=None)
        paper.ended = True
        self.about = self.holding(paper)

    @precondition(lambda self: any(paper.lent_from for paper in self.open_papers()))
    @rule(which=NUMBERS, at_once=st.booleans())
    def end_what_something_is_lent_from(self, which: int, at_once: bool) -> None:
        sources = [paper.lent_from for paper in self.open_papers() if paper.lent_from is not None]
        paper = sources[which % len(sources)]
        self.about = self.holding(paper)
        if at_once:
            assert grants.revoke(paper.key, because=Ended.LEFT, now=self.world.now, actor_id=None)
            paper.ended = True
            return
        last = self.world.now + timedelta(hours=5)
        grants.end(origin="demo", origin_ref=paper.ref, at=last)
        paper.until = min(paper.until, last)

    @rule(hours=st.sampled_from([1, 5, 24, 24 * 7, 24 * 20]))
    def time_passes(self, hours: int) -> None:
        # Within the school year: after it nobody goes to any of these classes.
        self.about = None
        self.world.now = min(self.world.now + timedelta(hours=hours), MORNING + timedelta(days=120))

    @rule(who=NUMBERS, where=NUMBERS)
    def move(self, who: int, where: int) -> None:
        """To another class from today on: the old class's teacher sees her no more today."""
        pupil = self.a_pupil(who)
        there = sorted(self.world.school_of)[where % len(self.world.school_of)]
        day = timezone.localdate(self.world.now)
        if there == self.world.class_of[pupil]:
            return
        self.about = None
        Enrolment.objects.filter(pupil=pupil, starts_on=day).delete()
        Enrolment.objects.filter(pupil=pupil, until__gt=day).update(until=day)
        year = SchoolClass.objects.get(pk=there).school_year
        Enrolment.objects.create(pupil_id=pupil, school_class_id=there, starts_on=day, until=year.until)
        self.world.class_of[pupil] = there

    @rule(
        who=NUMBERS,
        about=NUMBERS,
        role=st.sampled_from([Role.PSYCHOLOGIST, Role.CONSULTANT, Role.SOCIAL_WORKER]),
    )
    def open_case(self, who: int, about: int, role: Role) -> None:
        self.write(self.one_of(who), role, Reach.PUPIL, self.a_pupil(about), 200, case=f"case-{self.cases}")

    @precondition(lambda self: any(paper.case for paper in self.open_papers()))
    @rule(which=NUMBERS)
    def close_case(self, which: int) -> None:
        """Whoever took part sees the pupil thirty days more."""
        found = [paper for paper in self.open_papers() if paper.case]
        paper = found[which % len(found)]
        self.about = self.holding(paper)
        last = self.world.now + timedelta(days=30)
        grants.end(origin="case", origin_ref=paper.case, at=last)
        paper.until = min(paper.until, last)

    @rule(who=NUMBERS, whom=NUMBERS)
    def keep_away(self, who: int, whom: int) -> None:
        user, pupil = self.one_of(who), self.a_pupil(whom)
        self.about = {user}
        blocks.declare(
            user_id=user,
            pupil_id=pupil,
            kind=Kind.FAMILY,
            declared_by=Scope(actor_id=user),
            now=self.world.now,
        )
        self.world.kept_away.add((user, pupil))

    @precondition(lambda self: self.world.kept_away)
    @rule(which=NUMBERS)
    def lift(self, which: int) -> None:
        user, pupil = sorted(self.world.kept_away)[which % len(self.world.kept_away)]
        [block] = blocks.in_force(user, self.world.now).filter(pupil_id=pupil)
        other = next(person.pk for person in self.people if person.pk != user)
        blocks.lift(block.pk, Scope(actor_id=other, role="leader"), self.world.now)
        self.world.kept_away.remove((user, pupil))
        self.about = {user}

    @rule(who=NUMBERS, to=NUMBERS, days=st.integers(1, 10))
    def lend(self, who: int, to: int, days: int) -> None:
        """Whoever leads lends what is her own in the role she acts in; what is lent is not lent on."""
        user, other = self.one_of(who), self.one_of(to)
        self.about = {user, other}
        until = self.world.now + timedelta(days=days)
        own = [
            paper for paper in self.world.held(user)
            if paper.role == self.world.role(user) in LENT_BY and paper.until >= until
            and paper.lent_from is None and not paper.case
        ]  # fmt: skip
        lent = [
            paper for paper in self.world.held(user)
            if paper.lent_from is not None and paper.role == self.world.role(user)
        ]  # fmt: skip
        if lent:
            try:
                delegating.lend(
                    self.scope(user), to_id=other, grant_ids=[lent[0].key], until=self.world.now + timedelta(hours=1),
                    reason="", now=self.world.now,
                )  # fmt: skip
            except (delegating.NotHers, delegating.ToHerself):
                pass
            else:
                raise AssertionError("what was lent was lent on")
        if not own or other == user:
            return
        if not any(
            paper.user == other and paper.lent_from is own[0] and not paper.ended
            for paper in self.world.papers
        ):
            self.lend_one(user, other, own[0], days)

    def lend_one(self, user: int, other: int, paper: Paper, days: int) -> None:
        until = self.world.now + timedelta(days=days)
        [made] = delegating.lend(
            self.scope(user), to_id=other, grant_ids=[paper.key], until=until, reason="", now=self.world.now
        )
        self.world.papers.append(
            Paper(made.pk, other, paper.role, paper.reach, paper.unit, self.world.now, until, paper)
        )

    @rule(who=NUMBERS, role=st.sampled_from(sorted(NAMED)))
    def change_role(self, who: int, role: Role) -> None:
        self.world.hat[self.one_of(who)] = str(role)
        self.about = {self.one_of(who)}

    def holding(self, paper: Paper) -> set[int]:
        """Who holds it, and to whom it was lent."""
        return {one.user for one in self.world.papers if one is paper or one.lent_from is paper}

    @invariant()
    def whoever_it_was_about_sees_what_the_paper_says(self) -> None:
        day = timezone.localdate(self.world.now)
        self.turn += 1
        for number, person in enumerate(self.people):
            if self.about is not None and person.pk not in self.about and self.turn % 4 != number:
                continue
            scope = self.scope(person.pk)
            assert scope.role == self.world.role(person.pk)
            seen = set(Pupil.objects.visible_to(scope, day).values_list("pk", flat=True))
            assert seen == self.world.sees(person.pk), (person.name, scope.role)
            in_role = {paper.key for paper in self.world.held(person.pk) if paper.role == scope.role}
            assert set(scope.grant_ids) == in_role


def test_nobody_ever_sees_a_child_the_paper_does_not_give_her(cast: Cast) -> None:
    class Here(Access):
        pass

    Here.cast = cast
    Here.people = [factories.user(name) for name in ("Anne", "Bo", "Carl", "Dora")]
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=10,
            stateful_step_count=20,
            deadline=None,
            derandomize=True,
            # Looking for the smallest way to a fault would take minutes; the way found is short enough.
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
