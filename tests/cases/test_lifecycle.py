"""How does a case come from one state to the next, and who is let in on the way?"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

import pytest
from django.utils import translation
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from fravaer.accounts.colleagues import Colleague, colleagues
from fravaer.accounts.models import Grant, User
from fravaer.accounts.roles import Role
from fravaer.accounts.scoping import scope_of
from fravaer.audit.models import Event
from fravaer.cases import activating, handover, lifecycle, moves, notes, parties, sharing, steps
from fravaer.cases.domains import Domain
from fravaer.cases.models import (
    AttachmentReading,
    Case,
    Conclusion,
    HandOver,
    Note,
    Outcome,
    Party,
    Shared,
    Stage,
    State,
    Step,
    StepKind,
    Unit,
)
from fravaer.core.scope import Scope
from fravaer.schools.models import Enrolment, Pupil
from tests import factories
from tests.architecture.source import ROOT
from tests.cases import casework
from tests.cases.attendance import attended, school_days
from tests.cast import DAY, MORNING, Cast

pytestmark = pytest.mark.usefixtures("book")


@dataclass
class Team:
    """The people of an absence team: the chief of all schools, and a psychologist who works in another case already."""

    chief: User
    psychologist: User


def assembled_team(cast: Cast) -> Team:
    chief = factories.user("Charlotte Chef")
    factories.grant(chief, Role.CHIEF, None)
    psychologist = factories.user("Pia Psykolog")
    factories.grant(psychologist, Role.PSYCHOLOGIST, cast.others[0])
    return Team(chief, psychologist)


@pytest.fixture
def team(cast: Cast) -> Team:
    return assembled_team(cast)


def scope(user: User, role: str = "") -> Scope:
    return scope_of(user.pk, MORNING, role)


@pytest.fixture
def case(cast: Cast) -> Case:
    return lifecycle.open_case(casework.crossing_of(cast.pupils[0]), scope(cast.leader), MORNING).case


def seen(case: Case, user: User) -> int:
    return lifecycle.version(case, scope(user))


def refer(case: Case, by: User, team: Team, text: str = "Hun kommer næsten ikke.") -> None:
    activating.refer(
        case,
        scope(by),
        MORNING,
        DAY,
        seen=seen(case, by),
        chief_id=team.chief.pk,
        psychologist_id=team.psychologist.pk,
        text=text,
    )


def discuss(case: Case, by: User, conclusion: Conclusion = Conclusion.ACTIVATE) -> None:
    activating.discuss(
        *(case, scope(by), MORNING, DAY),
        key=uuid4(),
        seen=seen(case, by),
        held_on=DAY,
        conclusion=conclusion,
        text="Drøftet.",
    )


def offer(case: Case, by: User, unit: Unit, to: User | None = None, role: Role | None = None) -> HandOver:
    return handover.offer(
        *(case, scope(by), MORNING, DAY),
        key=uuid4(),
        seen=seen(case, by),
        unit=unit,
        colleague=Colleague(to.name, to.pk, role) if to and role else None,
        answers={"knows": "Mor, 9. marts"},
        text="Vi har prøvet det, vi kan.",
    )


def visible(user: User) -> set[Pupil]:
    return set(Pupil.objects.visible_to(scope(user), DAY))


def test_two_named_people_activate_the_absence_team_and_the_psychologist_coordinates(
    cast: Cast, case: Case, team: Team
) -> None:
    assert visible(team.chief) == set()
    refer(case, cast.leader, team)
    # The one child put before her, and nothing else by her being the chief of all schools.
    assert visible(team.chief) == {cast.pupils[0]}
    assert list(activating.put_before(scope(team.chief), DAY)) == [case]
    discuss(case, team.psychologist)
    assert not activating.agree(case, scope(team.chief), MORNING)
    assert not activating.agree(case, scope(team.chief), MORNING)
    assert list(activating.put_before(scope(team.chief), DAY)) == []
    case.refresh_from_db()
    assert case.stage == Stage.DISCUSSED
    assert activating.agree(case, scope(team.psychologist), MORNING)
    case.refresh_from_db()
    assert (case.stage, case.unit, case.responsible) == (Stage.ACTIVE, Unit.ABSENCE_TEAM, team.psychologist)
    assert [(one.user, one.coordinates) for one in parties.of(case)] == [
        (team.psychologist, True),
        (cast.leader, False),
    ]
    kinds = list(Step.objects.filter(case=case).order_by("pk").values_list("kind", flat=True))
    assert kinds == ["open", "refer", "discuss", "agree", "agree", "activate"]


def test_nobody_activates_for_both_sides_or_without_having_discussed_it(
    cast: Cast, case: Case, team: Team
) -> None:
    with pytest.raises(PermissionError):
        activating.agree(case, scope(cast.leader), MORNING)
    refer(case, cast.leader, team)
    with pytest.raises(lifecycle.NotAllowed):
        activating.agree(case, scope(team.chief), MORNING)
    discuss(case, team.chief)
    # Another chief who was let in by hand was not part of the talk; nor does one person count as two.
    other = factories.user("Carl Chef")
    factories.grant(other, Role.CHIEF, cast.pupils[0])
    factories.grant(team.chief, Role.PSYCHOLOGIST, cast.pupils[0])
    for stranger in (scope(other), scope(team.chief, Role.PSYCHOLOGIST)):
        with pytest.raises(activating.NotAsked):
            activating.agree(case, stranger, MORNING)
    activating.agree(case, scope(team.chief, Role.CHIEF), MORNING)
    lifecycle.close(case, scope(cast.leader), MORNING, seen=seen(case, cast.leader), outcome=Outcome.MOVED)
    with pytest.raises(lifecycle.NotAllowed):
        activating.agree(case, scope(team.psychologist), MORNING)


def test_percent_and_attachment_propose_and_otherwise_a_reason_is_asked_for(
    cast: Cast, case: Case, team: Team
) -> None:
    days = school_days(DAY)[:20]
    attended(cast.class_7b, days, {cast.pupils[0]: 8})
    # 8 of 40 half-days is exactly 20 %, which is not over it.
    assert not activating.proposal(case, DAY).proposed
    with pytest.raises(activating.ReasonMissing):
        refer(case, cast.leader, team, text=" ")
    reading = AttachmentReading(case=case, key=uuid4(), level=1, voice="school", said_on=DAY, by=cast.leader)
    reading.at = MORNING
    reading.save()
    assert activating.proposal(case, DAY).weak
    refer(case, cast.leader, team, text="")
    activating.take_back(
        case, scope(cast.leader), MORNING, seen=seen(case, cast.leader), text="Han er kommet tilbage."
    )
    assert visible(team.chief) == set()
    assert cast.pupils[0] not in visible(team.psychologist)


def test_a_case_is_put_before_a_chief_and_a_psychologist_and_nobody_else(
    cast: Cast, case: Case, team: Team
) -> None:
    for wrong in (
        Team(cast.leader, team.psychologist),
        Team(team.chief, cast.social_worker),
        Team(team.psychologist, team.chief),
    ):
        with pytest.raises(activating.NotAsked):
            refer(case, cast.leader, wrong)
    assert not Grant.objects.filter(origin="case").exclude(user=cast.leader).exists()


def test_a_discussion_that_concludes_otherwise_leaves_the_case_to_the_early_effort(
    cast: Cast, case: Case, team: Team
) -> None:
    refer(case, cast.leader, team)
    discuss(case, team.psychologist, Conclusion.EARLY)
    case.refresh_from_db()
    assert case.stage == Stage.EARLY
    assert visible(team.chief) == set()


def test_a_hand_over_leaves_the_case_where_it_is_until_it_is_accepted(cast: Cast, case: Case) -> None:
    consultant = factories.user("Kim Konsulent")
    factories.grant(consultant, Role.CONSULTANT, cast.others[0])
    asked = offer(case, cast.leader, Unit.SOCIAL, consultant, Role.CONSULTANT)
    # Five school days later, the same day for both.
    assert str(asked.due_on) == "2026-03-17"
    case.refresh_from_db()
    assert (case.unit, case.responsible) == (Unit.INCLUSION, cast.leader)
    with pytest.raises(lifecycle.StillOffered):
        offer(case, cast.leader, Unit.HOTSPOT)
    with pytest.raises(lifecycle.StillOffered):
        lifecycle.close(
            case, scope(cast.leader), MORNING, seen=seen(case, cast.leader), outcome=Outcome.BETTER
        )
    with pytest.raises(handover.NotAsked):
        handover.accept(asked, scope(cast.leader), MORNING)
    before = seen(case, cast.leader)
    handover.accept(asked, scope(consultant), MORNING)
    case.refresh_from_db()
    assert (case.unit, case.responsible) == (Unit.SOCIAL, consultant)
    # What somebody was about to write while it was handed over is refused, for her to look again.
    with pytest.raises(lifecycle.Stale):
        notes.add(
            *(case, scope(cast.leader), MORNING), text="Vi tager den.", domain=None, key=uuid4(), seen=before
        )
    with pytest.raises(handover.Answered):
        handover.decline(asked, scope(consultant), MORNING, text="Alligevel ikke")


def test_a_hand_over_is_declined_with_a_reason_and_who_was_asked_sees_the_pupil_no_longer(
    cast: Cast, case: Case
) -> None:
    consultant = factories.user("Kim Konsulent")
    factories.grant(consultant, Role.CONSULTANT, cast.others[0])
    asked = offer(case, cast.leader, Unit.SOCIAL, consultant, Role.CONSULTANT)
    assert cast.pupils[0] in visible(consultant)
    with pytest.raises(handover.ReasonMissing):
        handover.decline(asked, scope(consultant), MORNING, text="")
    handover.decline(asked, scope(consultant), MORNING, text="Ikke hos os")
    case.refresh_from_db()
    assert (case.unit, case.responsible) == (Unit.INCLUSION, cast.leader)
    assert cast.pupils[0] not in visible(consultant)


def test_the_youth_effort_takes_a_case_out_of_the_school(cast: Cast, case: Case) -> None:
    asked = offer(case, cast.leader, Unit.HOTSPOT)
    handover.accept(asked, scope(cast.leader), MORNING, text="Aftalt med Hotspot i telefonen.")
    case.refresh_from_db()
    assert (case.state, case.stage, case.unit) == (State.CLOSED, Stage.YOUTH, Unit.HOTSPOT)


def test_only_ones_own_people_are_let_in_and_out_and_nobody_by_ending_the_responsible(
    cast: Cast, case: Case
) -> None:
    inger = factories.user("Inger Lund")
    factories.grant(inger, Role.INCLUSION, cast.school)
    elsewhere = factories.user("Ib Andetsteds")
    factories.grant(elsewhere, Role.INCLUSION, cast.other_school)
    offered = parties.candidates(case, scope(cast.leader), MORNING, cast.school.pk)
    assert [one.user_id for one in offered] == [inger.pk]
    parties.add(case, scope(cast.leader), MORNING, colleague=offered[0])
    parties.add(case, scope(cast.leader), MORNING, unit=Unit.FAMILY_HOUSE, name="Birgit fra Familiehuset")
    assert scope(inger).pupils == {cast.pupils[0].pk}
    with pytest.raises(parties.NotYours):
        parties.add(
            *(case, scope(cast.leader), MORNING), colleague=Colleague("x", inger.pk, Role.SOCIAL_WORKER)
        )
    for party in Party.objects.filter(case=case, user__in=[inger.pk]):
        parties.end(party, scope(cast.leader), MORNING)
    assert scope(inger).pupils == set()
    with pytest.raises(parties.NotYours):
        parties.end(Party.objects.get(user=cast.leader), scope(cast.leader), MORNING)


def test_one_item_is_shown_to_another_domain_on_a_basis_and_logged(cast: Cast, case: Case) -> None:
    worker = cast.social_worker
    casework.take_part(worker, Role.SOCIAL_WORKER, case)
    note = Note.objects.create(
        key=uuid4(), case=case, domain=Domain.SOCIAL, author=worker, at=MORNING, text="Hjemmebesøg"
    )
    assert list(notes.readable(case, scope(cast.leader))) == []
    share = {"kind": Shared.NOTE, "item_id": note.pk, "domain": Domain.SCHOOL}
    with pytest.raises(sharing.NotYours):
        sharing.share(case, scope(cast.leader), MORNING, basis="consent", **share)  # type: ignore[arg-type]
    for _twice in range(2):
        sharing.share(case, scope(worker), MORNING, basis="consent", **share)  # type: ignore[arg-type]
    assert list(notes.readable(case, scope(cast.leader))) == [note]
    logged = Event.objects.get(action="case.share")
    assert logged.detail == {"kind": "note", "item": note.pk, "domain": "school", "basis": "consent"}
    # What was shown to her is not hers to show on.
    with pytest.raises(sharing.NotYours):
        sharing.share(
            case,
            scope(cast.leader),
            MORNING,
            kind=Shared.NOTE,
            item_id=note.pk,
            domain=Domain.PPR,
            basis="consent",
        )


def test_a_restricted_note_is_its_authors_until_one_of_its_domain_opens_it_with_a_reason(
    cast: Cast, case: Case
) -> None:
    worker, colleague = cast.social_worker, factories.user("Kim Konsulent")
    casework.take_part(worker, Role.SOCIAL_WORKER, case)
    casework.take_part(colleague, Role.CONSULTANT, case)
    before = {user.pk: seen(case, user) for user in (colleague, cast.leader)}
    note = notes.add(
        *(case, scope(worker), MORNING),
        text="Kun for mig",
        domain=Domain.SOCIAL,
        key=uuid4(),
        seen=seen(case, worker),
        restricted=True,
    )
    assert list(notes.readable(case, scope(worker))) == [note]
    for user in (colleague, cast.leader):
        assert not notes.readable(case, scope(user)).exists()
        assert seen(case, user) == before[user.pk]
    assert list(notes.sealed(case, scope(cast.leader))) == []
    assert notes.unseal(case, scope(cast.leader), note.pk, "safety") is None
    opened = notes.unseal(case, scope(colleague), note.pk, "safety")
    assert opened is not None
    assert opened.text == "Kun for mig"
    assert Event.objects.filter(action="note.open", actor_id=colleague.pk).count() == 1


def test_an_older_closed_case_is_put_together_with_the_new_one_and_stays_closed(cast: Cast) -> None:
    leader = scope(cast.leader)
    crossing = casework.crossing_of(cast.pupils[0])
    older = lifecycle.open_case(crossing, leader, MORNING).case
    notes.add(older, leader, MORNING, text="Fra den gamle sag", domain=None, key=uuid4(), seen=1)
    lifecycle.close(older, leader, MORNING, seen=2, outcome=Outcome.BETTER)
    case = lifecycle.open_case(crossing, leader, MORNING).case
    lifecycle.merge(older, case, leader, MORNING, seen=1)
    assert [one.text for one in notes.readable(case, leader)] == ["Fra den gamle sag"]
    older.refresh_from_db()
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.reopen(older, leader, MORNING, seen=seen(older, cast.leader))


class Life(RuleBasedStateMachine):
    """The rooms against a small model that knows nothing of the table: (state, stage, agreed, offered)."""

    cast: Cast
    team: Team

    @initialize()
    def opened(self) -> None:
        self.case = Case.objects.get(state=State.OPEN)
        self.model: tuple[str, str, frozenset[str], bool] = ("open", "early", frozenset(), False)

    def attempt(self, act: object, allowed: bool, then: tuple[str, str, frozenset[str], bool]) -> None:
        try:
            act()  # type: ignore[operator]
            happened = True
        except (lifecycle.NotAllowed, PermissionError, activating.NotAsked):
            happened = False
        assert happened == allowed, (self.model, then)
        if allowed:
            self.model = then

    @property
    def open(self) -> bool:
        return self.model[0] == "open"

    @rule()
    def refers(self) -> None:
        self.attempt(
            lambda: refer(self.case, self.cast.leader, self.team),
            self.model[:2] == ("open", "early"),
            ("open", "referred", frozenset(), self.model[3]),
        )

    @rule()
    def takes_back(self) -> None:
        leader = self.cast.leader
        self.attempt(
            lambda: activating.take_back(
                self.case, scope(leader), MORNING, seen=seen(self.case, leader), text="Nej"
            ),
            self.model[:2] in {("open", "referred"), ("open", "discussed")},
            ("open", "early", frozenset(), self.model[3]),
        )

    @precondition(lambda self: self.model[:2] == ("open", "referred"))
    @rule(conclusion=st.sampled_from(Conclusion))
    def discusses(self, conclusion: Conclusion) -> None:
        stage = {"activate": "discussed", "early": "early", "other": "referred"}[conclusion]
        self.attempt(
            lambda: discuss(self.case, self.team.psychologist, conclusion),
            True,
            ("open", stage, frozenset(), self.model[3]),
        )

    @rule(side=st.sampled_from(["chief", "psychologist"]))
    def agrees(self, side: str) -> None:
        state, stage, agreed, offered = self.model
        both = agreed | {side}
        after = "active" if stage == "discussed" and len(both) == 2 else stage
        user = getattr(self.team, side)
        # Her grant is gone when the case was taken back, and with it every right in it.
        role = Role.CHIEF if side == "chief" else Role.PSYCHOLOGIST
        self.attempt(
            lambda: activating.agree(self.case, scope(user, role), MORNING),
            state == "open" and stage in ("discussed", "active"),
            (state, after, both, offered),
        )

    @rule()
    def steps_down(self) -> None:
        leader = self.cast.leader
        self.attempt(
            lambda: lifecycle.step_down(
                self.case, scope(leader), MORNING, seen=seen(self.case, leader), text="x"
            ),
            self.model[:2] == ("open", "active"),
            ("open", "early", frozenset(), self.model[3]),
        )

    @rule()
    def offers(self) -> None:
        self.attempt(
            lambda: offer(self.case, self.cast.leader, Unit.FAMILY_HOUSE),
            self.open and not self.model[3],
            (*self.model[:3], True),
        )

    @precondition(lambda self: self.open and self.model[3])
    @rule(yes=st.booleans())
    def answers(self, yes: bool) -> None:
        asked = HandOver.objects.get(case=self.case, answered_at=None)
        leader = scope(self.cast.leader)
        answer = handover.accept if yes else handover.decline
        self.attempt(lambda: answer(asked, leader, MORNING, text="svar"), True, (*self.model[:3], False))

    @rule()
    def closes(self) -> None:
        leader = self.cast.leader
        self.attempt(
            lambda: lifecycle.close(
                self.case, scope(leader), MORNING, seen=seen(self.case, leader), outcome=Outcome.STABLE
            ),
            self.open and not self.model[3],
            ("closed", *self.model[1:]),
        )

    @rule()
    def reopens(self) -> None:
        leader = self.cast.leader
        self.attempt(
            lambda: lifecycle.reopen(self.case, scope(leader), MORNING, seen=seen(self.case, leader)),
            not self.open,
            ("open", "early", frozenset(), False),
        )

    @invariant()
    def the_case_is_where_the_model_is(self) -> None:
        if hasattr(self, "case"):
            self.case.refresh_from_db()
            assert (self.case.state, self.case.stage) == self.model[:2]
            assert HandOver.objects.filter(case=self.case, answered_at=None).exists() == self.model[3]


def test_whatever_order_people_act_in_the_case_goes_only_where_the_procedure_lets_it(
    cast: Cast, team: Team, case: Case
) -> None:
    from django.db import transaction

    class Fresh(Life):
        def __init__(self) -> None:
            super().__init__()
            self.cast, self.team = cast, team
            self.point = transaction.savepoint()

        def teardown(self) -> None:
            transaction.savepoint_rollback(self.point)

    run_state_machine_as_test(
        Fresh, settings=hypothesis_settings(max_examples=12, stateful_step_count=14, deadline=None)
    )


def test_a_case_follows_its_pupil_to_another_school_and_the_old_schools_people_are_let_out(
    cast: Cast, case: Case
) -> None:
    inger = factories.user("Inger Lund")
    factories.grant(inger, Role.INCLUSION, cast.school)
    colleague = Colleague("Inger", inger.pk, Role.INCLUSION)
    parties.add(case, scope(cast.leader), MORNING, colleague=colleague)
    assert moves.follow(DAY, MORNING) == 0
    cast.pupils[0].enrolments.update(until=DAY)
    Enrolment.objects.create(
        pupil=cast.pupils[0], school_class=cast.other_class, starts_on=DAY, until=cast.year.until
    )
    assert [moves.follow(DAY, MORNING) for _twice in range(2)] == [1, 0]
    step = Step.objects.get(case=case, kind="move")
    assert (step.detail["from_school"], step.detail["school"]) == (cast.school.pk, cast.other_school.pk)
    # The new school's leader sees it now; who was responsible stays so until another is.
    assert case in Case.objects.visible_to(scope(cast.stranger), DAY)
    assert scope(inger).pupils == set()
    assert cast.pupils[0].pk in scope(cast.leader).pupils


def test_the_paper_about_a_cases_life_is_drawn_from_the_table() -> None:
    with translation.override("da"):
        drawn = "\n".join(steps.diagram())
    assert drawn in (ROOT / "docs" / "lifecycle.md").read_text(encoding="utf-8")


def test_every_step_stands_in_the_table_and_every_stage_can_be_left() -> None:
    assert {row.kind for row in steps.TABLE} == set(StepKind)
    for stage in steps.WORKING:
        assert StepKind.CLOSE in steps.leads(State.OPEN, stage)


def test_colleagues_of_a_role_are_those_with_a_grant_or_a_post(cast: Cast, team: Team) -> None:
    assert [one.user_id for one in colleagues([Role.CHIEF], MORNING)] == [team.chief.pk]
