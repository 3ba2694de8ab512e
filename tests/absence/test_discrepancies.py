"""What cannot both be true: found at once and at night, brought before the office, settled in one click."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest

from fravaer.absence import discrepancies, explaining, foretold, known, mending, standing, tasks
from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.mending import Mend
from fravaer.absence.models import Discrepancy, Explanation
from fravaer.absence.reasons import Mark, Source
from fravaer.core.periods import Period
from fravaer.schools import schooldays
from fravaer.schools.models import Enrolment, Pupil
from tests import factories
from tests.absence.conftest import save
from tests.absence.test_known import decide, ill, leave, scope
from tests.cast import DAY, MORNING, Cast, signed_in, statements

ONE_DAY = timedelta(days=1)
WEEK = Period(DAY - timedelta(days=7), DAY + ONE_DAY)


def take(cast: Cast, letters: dict[Pupil, str], day: date = DAY) -> None:
    marks = dict.fromkeys(cast.pupils, "T") | letters
    version = standing.state(cast.class_7b.pk, day, Checkpoint.START).version
    save(signed_in(cast.mette), cast.class_7b, day, marks, version=version)


def found() -> list[tuple[int, date, str]]:
    discrepancies.found_in(WEEK, MORNING)
    return standing_now()


def standing_now() -> list[tuple[int, date, str]]:
    rows = Discrepancy.objects.filter(settled_at=None).order_by("day", "pupil_id")
    return [(row.pupil_id, row.day, row.kind) for row in rows]


def mend(cast: Cast, how: Mend) -> bool:
    [row] = Discrepancy.objects.filter(settled_at=None)
    return mending.mend(row.uuid, how, scope(cast.secretary), MORNING)


def test_a_late_report_explains_the_absence_noted_this_morning(cast: Cast) -> None:
    sick = cast.pupils[0]
    take(cast, {sick: "I"})
    assert ill(cast, sick).explained == 1
    assert standing.state(cast.class_7b.pk, DAY, Checkpoint.START).marks[sick.pk] == Mark.ILL
    [said] = explaining.latest([(sick.pk, DAY)]).values()
    assert (said.source, said.user_id) == (Source.GUARDIAN_PHONE, cast.secretary.pk)


def test_leave_granted_late_explains_it_too_and_taking_the_decision_back_lets_it_wait_again(
    cast: Cast,
) -> None:
    away = cast.pupils[0]
    take(cast, {away: "I"})
    uuid = leave(cast, away)
    decide(cast.leader, uuid)
    assert standing.state(cast.class_7b.pk, DAY, Checkpoint.START).marks[away.pk] == Mark.LEAVE
    foretold.undo(uuid=uuid, scope=scope(cast.leader), teacher_leave_days=1, now=MORNING)
    assert standing.state(cast.class_7b.pk, DAY, Checkpoint.START).marks[away.pk] == Mark.ABSENT


def test_a_withdrawn_report_takes_its_own_word_back_and_can_have_it_again(cast: Cast) -> None:
    sick = cast.pupils[0]
    take(cast, {sick: "I"})
    uuid = ill(cast, sick).uuid
    for _ in range(3):
        foretold.withdraw(uuid=uuid, scope=scope(cast.secretary), teacher_leave_days=0, now=MORNING)
        assert standing.state(cast.class_7b.pk, DAY, Checkpoint.START).marks[sick.pk] == Mark.ABSENT
        foretold.undo(uuid=uuid, scope=scope(cast.secretary), teacher_leave_days=1, now=MORNING)
        assert standing.state(cast.class_7b.pk, DAY, Checkpoint.START).marks[sick.pk] == Mark.ILL


def test_a_report_says_nothing_over_what_somebody_has_explained(cast: Cast) -> None:
    away = cast.pupils[0]
    take(cast, {away: "F"})
    assert ill(cast, away).explained == 0
    assert standing.state(cast.class_7b.pk, DAY, Checkpoint.START).marks[away.pk] == Mark.LEAVE


def test_one_who_is_here_though_reported_ill_is_a_contradiction_until_the_report_is_ended(cast: Cast) -> None:
    pupil = cast.pupils[0]
    ill(cast, pupil, DAY - ONE_DAY, 3)
    take(cast, {}, DAY)
    assert found() == [(pupil.pk, DAY, "here_despite_report")]
    assert found() == [(pupil.pk, DAY, "here_despite_report")]
    assert mend(cast, Mend.END_REPORT)
    assert found() == []
    [left] = known.between([pupil.pk], Period(DAY - ONE_DAY, DAY + timedelta(days=5)))
    assert left.period == Period(DAY - ONE_DAY, DAY)
    settled = Discrepancy.objects.get()
    assert (settled.settling, settled.settled_by_id) == ("end_report", cast.secretary.pk)


def test_a_report_that_begins_on_the_day_she_is_here_is_withdrawn(cast: Cast) -> None:
    pupil = cast.pupils[0]
    ill(cast, pupil, DAY, 2)
    take(cast, {})
    found()
    mend(cast, Mend.END_REPORT)
    assert known.on(cast.class_7b.pk, DAY) == {}


def test_what_is_kept_is_not_brought_up_again_unless_it_is_taken_back(cast: Cast) -> None:
    ill(cast, cast.pupils[0])
    take(cast, {})
    found()
    [row] = Discrepancy.objects.all()
    assert mend(cast, Mend.KEEP)
    assert found() == []
    assert mending.mend(row.uuid, Mend.END_REPORT, scope(cast.secretary), MORNING) is False
    assert discrepancies.reopen(row.uuid)
    assert len(standing_now()) == 1


def test_it_settles_by_itself_when_the_register_is_corrected(cast: Cast) -> None:
    pupil = cast.pupils[0]
    ill(cast, pupil)
    take(cast, {})
    found()
    take(cast, {pupil: "S"})
    assert found() == []
    assert Discrepancy.objects.get().settling == "gone"


def test_a_report_entered_after_the_register_raises_it_at_once(cast: Cast) -> None:
    take(cast, {})
    ill(cast, cast.pupils[0])
    assert standing_now() == [(cast.pupils[0].pk, DAY, "here_despite_report")]


def test_the_look_at_a_save_is_one_question_however_large_the_class(cast: Cast) -> None:
    for pupil in cast.pupils:
        ill(cast, pupil)
    take(cast, {})
    with statements() as sent:
        discrepancies.found_at_save(pupil_ids=[pupil.pk for pupil in cast.pupils], day=DAY, now=MORNING)
    assert len(sent) == 1
    assert len(standing_now()) == len(cast.pupils)


def test_an_absence_on_a_day_closed_since_is_found_and_its_mark_can_be_taken_away(cast: Cast) -> None:
    take(cast, {cast.pupils[0]: "I"})
    factories.close(cast.year, [DAY], school_class=cast.class_7b)
    schooldays.draw(cast.year)
    assert found() == [(cast.pupils[0].pk, DAY, "closed_day")]
    mend(cast, Mend.REMOVE_MARK)
    assert found() == []


def test_a_pupil_moved_back_in_time_into_a_class_that_had_its_register_stands_in_two(cast: Cast) -> None:
    moved = cast.pupils[0]
    [other] = factories.pupils(["Ida Lind"], in_class=cast.class_2a)
    take(cast, {moved: "I"})
    save(signed_in(cast.secretary), cast.class_2a, DAY, {other: "T"})
    assert found() == []
    Enrolment.objects.filter(pupil=moved).update(until=DAY)
    factories.enrol([moved], cast.class_2a, since=DAY)
    assert found() == [(moved.pk, DAY, "two_registers")]
    mend(cast, Mend.REMOVE_MARK)
    assert found() == []


def test_a_reason_without_an_absence_is_found_and_a_corrected_mark_is_none(cast: Cast) -> None:
    corrected, imported = cast.pupils[:2]
    take(cast, {corrected: "S"})
    take(cast, {corrected: "T"})
    assert found() == []
    Explanation.objects.create(
        key=uuid4(),
        pupil=imported,
        day=DAY,
        checkpoint=Checkpoint.START,
        mark=Mark.ILL,
        source=Source.IMPORT,
        said_at=MORNING,
    )
    assert found() == [(imported.pk, DAY, "without_absence")]


def test_the_night_looks_by_itself(cast: Cast) -> None:
    ill(cast, cast.pupils[0])
    take(cast, {})
    Discrepancy.objects.all().delete()
    tasks.contradictions()
    assert len(standing_now()) == 1


def test_a_mend_that_is_none_of_its_kind_is_refused(cast: Cast) -> None:
    ill(cast, cast.pupils[0])
    take(cast, {})
    found()
    with pytest.raises(mending.NotMended):
        mend(cast, Mend.REMOVE_MARK)
