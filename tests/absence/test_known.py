"""What the school knows beforehand: who reports it, who decides it, and what the register hears of it."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fravaer.absence import foretold, granting, known
from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.reasons import Mark, Source
from fravaer.accounts.models import User
from fravaer.accounts.roles import Role
from fravaer.accounts.scoping import scope_of
from fravaer.core.periods import Period
from fravaer.core.scope import Scope
from fravaer.schools import schooldays
from fravaer.schools.models import Pupil
from tests import factories
from tests.absence.conftest import save
from tests.absence.worlds import undone
from tests.cast import DAY, MORNING, Cast, signed_in, statements

# 10 March 2026 is a Tuesday.
FRIDAY = date(2026, 3, 13)
ONE_DAY = timedelta(days=1)
many = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
SPANS = st.tuples(st.integers(0, 20), st.integers(1, 12)).map(
    lambda span: Period(DAY + timedelta(days=span[0]), DAY + timedelta(days=span[0] + span[1]))
)


def is_open(day: date) -> bool:
    """Copenhagen's Easter of 2026 lasts from 30 March to 6 April."""
    return day.weekday() < 5 and not date(2026, 3, 30) <= day <= date(2026, 4, 6)


def scope(user: User) -> Scope:
    return scope_of(user.pk, MORNING)


def ill(
    cast: Cast, pupil: Pupil, since: date = DAY, days: int = 1, uuid: UUID | None = None
) -> foretold.Entered:
    return foretold.report(
        uuid=uuid or uuid4(),
        pupil_id=pupil.pk,
        period=Period(since, since + timedelta(days=days)),
        source=Source.GUARDIAN_PHONE,
        scope=scope(cast.secretary),
        now=MORNING,
    )


def leave(cast: Cast, pupil: Pupil, since: date = DAY, days: int = 1) -> UUID:
    return foretold.ask(
        uuid=uuid4(),
        pupil_id=pupil.pk,
        period=Period(since, since + timedelta(days=days)),
        source=Source.GUARDIAN_AULA,
        text="Familiefest",
        scope=scope(cast.secretary),
        now=MORNING,
    ).uuid


def decide(
    who: User, uuid: UUID, *, grant: bool = True, answer: str = "", teacher_leave_days: int = 1
) -> str:
    decided = foretold.decide(
        uuid=uuid,
        grant=grant,
        answer=answer,
        scope=scope(who),
        teacher_leave_days=teacher_leave_days,
        now=MORNING,
    )
    return str(decided.state)


def trip(cast: Cast, since: date = DAY, days: int = 1) -> None:
    foretold.plan(
        key=uuid4(),
        class_ids=[cast.class_7b.pk],
        period=Period(since, since + timedelta(days=days)),
        text="Lejrskole",
        scope=scope(cast.secretary),
        now=MORNING,
    )


def marks(cast: Cast, day: date = DAY, checkpoint: Checkpoint = Checkpoint.START) -> dict[int, Mark]:
    return {pupil: one.mark for pupil, one in known.on(cast.class_7b.pk, day, checkpoint).items()}


def test_a_sick_report_is_suggested_on_each_of_its_days_with_who_said_so(cast: Cast) -> None:
    entered = ill(cast, cast.pupils[0], DAY, 3)
    assert [day.day for day in entered.school_days] == [10, 11, 12]
    assert marks(cast, FRIDAY - ONE_DAY) == {cast.pupils[0].pk: Mark.ILL}
    assert marks(cast, FRIDAY) == {}
    one = known.on(cast.class_7b.pk, DAY)[cast.pupils[0].pk]
    assert (one.source, one.since, one.until) == (Source.GUARDIAN_PHONE, DAY, FRIDAY)


def test_what_is_known_of_a_class_takes_one_question(cast: Cast) -> None:
    for pupil in cast.pupils:
        ill(cast, pupil)
    trip(cast)
    with statements() as sent:
        assert len(known.on(cast.class_7b.pk, DAY)) == len(cast.pupils)
    assert len(sent) == 1


def test_leave_counts_only_once_it_is_granted(cast: Cast) -> None:
    uuid = leave(cast, cast.pupils[0])
    assert marks(cast) == {}
    decide(cast.leader, uuid)
    assert marks(cast) == {cast.pupils[0].pk: Mark.LEAVE}


@many
@given(kinds=st.lists(st.sampled_from(["ill", "leave", "trip"]), max_size=3, unique=True))
def test_of_several_known_things_leave_comes_before_illness_and_illness_before_a_trip(
    cast: Cast, kinds: list[str]
) -> None:
    pupil = cast.pupils[1]
    with undone():
        for kind in kinds:
            if kind == "ill":
                ill(cast, pupil)
            elif kind == "leave":
                decide(cast.leader, leave(cast, pupil))
            else:
                trip(cast)
        ranked = [("leave", Mark.LEAVE), ("ill", Mark.ILL), ("trip", Mark.ACTIVITY)]
        wanted = next((mark for kind, mark in ranked if kind in kinds), None)
        assert marks(cast).get(pupil.pk) == wanted


def test_at_the_end_of_the_day_the_morning_is_suggested_after_everything_else(cast: Cast) -> None:
    away, sick, *here = cast.pupils
    save(signed_in(cast.mette), cast.class_7b, DAY, {away: "I", sick: "I"} | dict.fromkeys(here, "T"))
    ill(cast, sick)
    assert marks(cast, DAY, Checkpoint.END) == {away.pk: Mark.ABSENT, sick.pk: Mark.ILL}


@many
@given(spans=st.lists(SPANS, min_size=1, max_size=6))
def test_overlapping_reports_become_one_and_never_lose_a_day(cast: Cast, spans: list[Period]) -> None:
    pupil = cast.pupils[2]
    with undone():
        reported: set[date] = set()
        for span in spans:
            try:
                ill(cast, pupil, span.since, (span.until - span.since).days)
            except foretold.NoSchoolDay:
                assert not any(is_open(day) for day in span.days())
            else:
                reported |= set(span.days())
        standing = known.between([pupil.pk], Period(DAY, DAY + timedelta(days=60)))
        covered = [day for spell in standing for day in spell.period.days()]
        assert len(covered) == len(set(covered))
        assert set(covered) == reported


@many
@given(span=SPANS)
def test_an_entry_shows_the_days_of_its_range_on_which_there_is_school(cast: Cast, span: Period) -> None:
    with undone():
        factories.close(cast.year, [FRIDAY], school_class=cast.class_7b)
        schooldays.draw(cast.year)
        wanted = [day for day in span.days() if is_open(day) and day != FRIDAY]
        if wanted:
            entered = ill(cast, cast.pupils[0], span.since, (span.until - span.since).days)
            assert list(entered.school_days) == wanted
        else:
            with pytest.raises(foretold.NoSchoolDay):
                ill(cast, cast.pupils[0], span.since, (span.until - span.since).days)


def test_the_same_entry_again_changes_nothing(cast: Cast) -> None:
    uuid = uuid4()
    assert not ill(cast, cast.pupils[0], uuid=uuid).already
    assert ill(cast, cast.pupils[0], uuid=uuid).already
    ill(cast, cast.pupils[0], DAY, 3)
    assert ill(cast, cast.pupils[0], uuid=uuid).period.until == FRIDAY
    assert len(known.between([cast.pupils[0].pk], Period(DAY, FRIDAY))) == 1


def test_a_withdrawn_report_lets_the_one_it_took_in_stand_again(cast: Cast) -> None:
    ill(cast, cast.pupils[0])
    longer = ill(cast, cast.pupils[0], DAY, 3)
    assert longer.joined == 1
    foretold.withdraw(uuid=longer.uuid, scope=scope(cast.secretary), teacher_leave_days=0, now=MORNING)
    assert marks(cast) == {cast.pupils[0].pk: Mark.ILL}
    assert marks(cast, DAY + ONE_DAY) == {}
    foretold.undo(uuid=longer.uuid, scope=scope(cast.secretary), teacher_leave_days=1, now=MORNING)
    assert marks(cast, DAY + ONE_DAY) == {cast.pupils[0].pk: Mark.ILL}


def test_a_teacher_grants_as_many_school_days_as_the_school_lets_her_and_a_leader_any(cast: Cast) -> None:
    over_the_weekend = leave(cast, cast.pupils[0], FRIDAY, 3)
    assert decide(cast.mette, over_the_weekend) == "stands"
    two_days = leave(cast, cast.pupils[1], FRIDAY, 4)
    with pytest.raises(granting.NotYours):
        decide(cast.mette, two_days)
    assert decide(cast.mette, two_days, teacher_leave_days=2) == "stands"
    assert decide(cast.leader, leave(cast, cast.pupils[2], DAY, 20)) == "stands"


def test_the_office_never_decides_leave(cast: Cast) -> None:
    with pytest.raises(granting.NotYours):
        decide(cast.secretary, leave(cast, cast.pupils[0]), teacher_leave_days=5)


def test_a_refusal_says_why(cast: Cast) -> None:
    uuid = leave(cast, cast.pupils[0])
    with pytest.raises(foretold.AnswerRequired):
        decide(cast.leader, uuid, grant=False, answer="  ")
    assert decide(cast.leader, uuid, grant=False, answer="Terminsprøve") == "refused"
    assert marks(cast) == {}


def test_a_decision_is_not_turned_by_a_second_one_unless_it_is_taken_back(cast: Cast) -> None:
    uuid = leave(cast, cast.pupils[0])
    decide(cast.leader, uuid)
    assert decide(cast.leader, uuid) == "stands"
    with pytest.raises(foretold.AlreadyDecided):
        decide(cast.leader, uuid, grant=False, answer="Nej")
    foretold.undo(uuid=uuid, scope=scope(cast.leader), teacher_leave_days=1, now=MORNING)
    assert decide(cast.leader, uuid, grant=False, answer="Nej") == "refused"


def test_leave_is_asked_for_once(cast: Cast) -> None:
    leave(cast, cast.pupils[0], DAY, 2)
    with pytest.raises(foretold.AlreadyAsked):
        leave(cast, cast.pupils[0], DAY + ONE_DAY, 3)


def test_the_end_of_a_report_can_be_moved_both_ways(cast: Cast) -> None:
    uuid = ill(cast, cast.pupils[0], DAY, 3).uuid
    foretold.end(
        uuid=uuid, until=DAY + ONE_DAY, scope=scope(cast.secretary), teacher_leave_days=1, now=MORNING
    )
    assert marks(cast, DAY + ONE_DAY) == {}
    foretold.end(
        uuid=uuid, until=FRIDAY + ONE_DAY, scope=scope(cast.secretary), teacher_leave_days=1, now=MORNING
    )
    assert marks(cast, FRIDAY) == {cast.pupils[0].pk: Mark.ILL}


def test_granted_leave_is_not_made_longer_by_one_who_could_not_grant_it(cast: Cast) -> None:
    uuid = leave(cast, cast.pupils[0])
    decide(cast.mette, uuid)
    with pytest.raises(granting.NotYours):
        foretold.end(uuid=uuid, until=FRIDAY, scope=scope(cast.mette), teacher_leave_days=1, now=MORNING)
    with pytest.raises(granting.NotYours):
        foretold.end(uuid=uuid, until=FRIDAY, scope=scope(cast.secretary), teacher_leave_days=1, now=MORNING)


def withdraw(who: User, uuid: UUID) -> str:
    row = foretold.withdraw(uuid=uuid, scope=scope(who), teacher_leave_days=1, now=MORNING)
    return str(row.state)


def test_granted_leave_is_withdrawn_by_who_granted_it_or_the_leader_and_by_nobody_else(cast: Cast) -> None:
    colleague = factories.user("Bent Byg")
    factories.grant(colleague, Role.TEACHER, cast.class_7b)
    hers, leaders, long = (
        leave(cast, pupil, DAY, days) for pupil, days in zip(cast.pupils, (1, 1, 3), strict=False)
    )
    decide(cast.mette, hers)
    decide(cast.leader, leaders)
    decide(cast.leader, long)
    for who, uuid, refusal in (
        (cast.secretary, hers, granting.NotYours),
        (colleague, hers, granting.AnothersDecision),
        (cast.mette, leaders, granting.AnothersDecision),
        (cast.mette, long, granting.NotYours),
    ):
        with pytest.raises(refusal):
            withdraw(who, uuid)
        with pytest.raises(refusal):
            foretold.undo(uuid=uuid, scope=scope(who), teacher_leave_days=1, now=MORNING)
    with pytest.raises(granting.NotYours):
        # Shorter is less than was promised as well.
        foretold.end(
            uuid=long, until=DAY + ONE_DAY, scope=scope(cast.secretary), teacher_leave_days=1, now=MORNING
        )
    assert len(marks(cast)) == 3, "nothing has changed"
    assert [withdraw(cast.mette, hers), withdraw(cast.leader, long)] == ["withdrawn", "withdrawn"]
    with pytest.raises(granting.NotYours):
        foretold.undo(uuid=hers, scope=scope(cast.secretary), teacher_leave_days=1, now=MORNING)
    assert marks(cast) == {cast.pupils[1].pk: Mark.LEAVE}


def test_leave_only_asked_for_and_reports_are_withdrawn_by_the_office_and_the_teacher(cast: Cast) -> None:
    assert withdraw(cast.secretary, leave(cast, cast.pupils[0], DAY, 5)) == "withdrawn"
    assert withdraw(cast.mette, ill(cast, cast.pupils[1]).uuid) == "withdrawn"


def test_an_activity_reaches_everybody_of_its_classes_and_counts_as_present(cast: Cast) -> None:
    trip(cast, DAY, 4)
    assert marks(cast) == dict.fromkeys([pupil.pk for pupil in cast.pupils], Mark.ACTIVITY)
    assert known.on(cast.class_7b.pk, DAY)[cast.pupils[0].pk].text == "Lejrskole"


def test_a_range_without_a_school_day_is_refused(cast: Cast) -> None:
    with pytest.raises(foretold.NoSchoolDay):
        ill(cast, cast.pupils[0], FRIDAY + ONE_DAY, 2)
    with pytest.raises(foretold.TooManyDays):
        ill(cast, cast.pupils[0], DAY, 400)
