"""Why somebody was absent, by the word of whom, and what becomes of it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from fravaer.absence import alignment, explaining, percentage, register, standing, unexplained
from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.explaining import Explained
from fravaer.absence.models import Absence, Closing, Explanation, Register, RegisterEvent
from fravaer.absence.reasons import Mark, Source
from fravaer.accounts.models import User
from fravaer.audit.models import Event
from fravaer.core.periods import Period
from fravaer.schools.models import Pupil
from tests import factories
from tests.absence.conftest import save
from tests.at_once import at_once
from tests.cast import DAY, MORNING, Cast, signed_in

START, END = Checkpoint.START, Checkpoint.END
MARCH = Period(date(2026, 3, 1), date(2026, 4, 1))


def take(cast: Cast, marks: dict[Pupil, str], *, version: int = 0, checkpoint: Checkpoint = START) -> int:
    everyone = dict.fromkeys(cast.pupils, "T") | marks
    answer = save(signed_in(cast.mette), cast.class_7b, DAY, everyone, version=version, checkpoint=checkpoint)
    return answer.status_code


def explain(cast: Cast, pupil: Pupil, mark: Mark, **other: Any) -> Explained:
    told: dict[str, Any] = {
        "pupil_id": pupil.pk,
        "school_class_id": cast.class_7b.pk,
        "school_id": cast.school.pk,
        "day": DAY,
        "mark": mark,
        "source": Source.GUARDIAN_PHONE,
        "user_id": cast.secretary.pk,
        "role": "secretary",
        "now": MORNING + timedelta(minutes=30),
        "key": uuid4(),
    }
    return explaining.explain(**(told | other))


def marks(cast: Cast, pupil: Pupil) -> list[Mark]:
    """What the taken registers of the day say of the pupil."""
    return [
        standing.state(cast.class_7b.pk, DAY, checkpoint).marks[pupil.pk]
        for checkpoint in Register.objects.order_by("checkpoint").values_list("checkpoint", flat=True)
        for checkpoint in [Checkpoint(checkpoint)]
    ]


def latest(pupil: Pupil, checkpoint: Checkpoint = START) -> explaining.Saying | None:
    return explaining.latest([(pupil.pk, DAY)]).get((pupil.pk, DAY, checkpoint))


def test_the_office_explains_an_absence_and_everything_that_counts_it_follows(cast: Cast) -> None:
    aksel = cast.pupils[0]
    take(cast, {aksel: "I"})
    done = explain(cast, aksel, Mark.ILL, note="Moren ringede")
    assert (done.before, done.after) == ({START: Mark.ABSENT}, {START: Mark.ILL})
    assert unexplained.on(DAY) == []
    taken = Register.objects.get()
    assert (taken.version, taken.pending, taken.illness) == (2, 0, 1)
    tally = percentage.tally(MARCH, aksel.pk)
    assert (tally.illness, tally.pending) == (1, 0)
    assert alignment.wrong_months() == alignment.align() == 0


def test_it_is_kept_who_said_so_and_who_wrote_it_down(cast: Cast) -> None:
    aksel = cast.pupils[0]
    take(cast, {aksel: "I"})
    explain(cast, aksel, Mark.ILL, source=Source.GUARDIAN_AULA, note="Skrev i Aula")
    said = latest(aksel)
    assert said is not None
    assert (said.mark, said.source, said.user_name, said.note) == (
        Mark.ILL,
        Source.GUARDIAN_AULA,
        "Sanne Friis",
        "Skrev i Aula",
    )
    event = RegisterEvent.objects.get(version=2)
    assert (event.pupils, event.before, event.after, event.user_id, event.channel, event.here, event.absent) == (
        [aksel.pk],
        [Mark.ABSENT],
        [Mark.ILL],
        cast.secretary.pk,
        "explanation",
        4,
        1,
    )  # fmt: skip
    trail = Event.objects.filter(action="absence.explain").get()
    assert (trail.actor_id, trail.pupil_ids) == (cast.secretary.pk, [aksel.pk])
    assert "Aula" not in str(trail.detail)


def test_both_checkpoints_of_the_day_are_explained_at_once(cast: Cast) -> None:
    aksel = cast.pupils[0]
    take(cast, {aksel: "I"})
    take(cast, {aksel: "I"}, checkpoint=END)
    explain(cast, aksel, Mark.LEAVE)
    assert marks(cast, aksel) == [Mark.LEAVE, Mark.LEAVE]
    assert percentage.tally(MARCH, aksel.pk).leave == 2
    assert alignment.wrong_months() == alignment.align() == 0


def test_one_who_was_here_after_all_is_no_longer_absent(cast: Cast) -> None:
    aksel = cast.pupils[0]
    take(cast, {aksel: "I"})
    take(cast, {}, checkpoint=END)
    assert percentage.tally(MARCH, aksel.pk).pending == 2, "the morning decides the whole day"
    explain(cast, aksel, Mark.HERE, source=Source.OFFICE)
    assert marks(cast, aksel) == [Mark.HERE, Mark.HERE]
    assert percentage.tally(MARCH, aksel.pk).absent == 0
    assert alignment.wrong_months() == alignment.align() == 0


def test_the_same_key_again_answers_the_same_and_writes_nothing(cast: Cast) -> None:
    aksel, key = cast.pupils[0], uuid4()
    take(cast, {aksel: "I"})
    first = explain(cast, aksel, Mark.ILL, key=key)
    take(cast, {aksel: "F"}, version=2)
    again = explain(cast, aksel, Mark.ILL, key=key, now=MORNING + timedelta(hours=1))
    assert again.replay
    assert (again.before, again.after, again.said_at) == (first.before, first.after, first.said_at)
    assert marks(cast, aksel) == [Mark.LEAVE], "what the teacher corrected meanwhile stays"
    with pytest.raises(register.KeyReused):
        explain(cast, cast.pupils[1], Mark.ILL, key=key)


def test_somebody_elses_explanation_is_not_overwritten_unseen(cast: Cast) -> None:
    aksel = cast.pupils[0]
    take(cast, {aksel: "I"})
    explain(cast, aksel, Mark.ILL)
    with pytest.raises(explaining.Conflict) as conflict:
        explain(cast, aksel, Mark.LEAVE, expected=Mark.ABSENT)
    assert conflict.value.stands == {START: Mark.ILL}
    assert marks(cast, aksel) == [Mark.ILL]
    explain(cast, aksel, Mark.LEAVE, expected=Mark.ILL)
    assert marks(cast, aksel) == [Mark.LEAVE]


def test_only_the_absence_that_was_seen_is_set_when_the_day_holds_two(cast: Cast) -> None:
    aksel = cast.pupils[0]
    take(cast, {aksel: "I"})
    take(cast, {aksel: "F"}, checkpoint=END)
    explain(cast, aksel, Mark.ILL, expected=Mark.ABSENT)
    assert marks(cast, aksel) == [Mark.ILL, Mark.LEAVE]


def test_a_pupil_who_was_here_has_nothing_to_explain(cast: Cast) -> None:
    take(cast, {})
    with pytest.raises(explaining.NotAbsent):
        explain(cast, cast.pupils[0], Mark.ILL)
    with pytest.raises(explaining.NotAbsent):
        explaining.undo(uuid4(), user_id=cast.secretary.pk, role="secretary", now=MORNING)


def test_a_job_may_not_find_an_absence_unlawful(cast: Cast) -> None:
    aksel = cast.pupils[0]
    take(cast, {aksel: "I"})
    with pytest.raises(register.UnlawfulNeedsPerson):
        explain(cast, aksel, Mark.UNLAWFUL, user_id=None)
    assert marks(cast, aksel) == [Mark.ABSENT]
    explain(cast, aksel, Mark.UNLAWFUL, user_id=cast.leader.pk, role="leader", source=Source.LEADER)
    assert marks(cast, aksel) == [Mark.UNLAWFUL]


def test_a_completed_period_is_locked_but_for_a_leader_who_says_why(cast: Cast) -> None:
    aksel = cast.pupils[0]
    take(cast, {aksel: "I"})
    Closing.objects.create(
        uuid=uuid4(),
        school=cast.school,
        since=date(2026, 1, 1),
        until=date(2026, 4, 1),
        closed_at=MORNING,
        closed_by=cast.leader,
    )
    with pytest.raises(register.RegisterLocked):
        explain(cast, aksel, Mark.ILL, note="Lægeerklæring modtaget")
    with pytest.raises(register.RegisterLocked):
        explain(cast, aksel, Mark.ILL, user_id=cast.leader.pk, role="leader")
    explain(cast, aksel, Mark.ILL, user_id=cast.leader.pk, role="leader", note="Lægeerklæring modtaget")
    assert marks(cast, aksel) == [Mark.ILL]


def test_a_word_that_changes_no_mark_is_kept_without_a_new_version(cast: Cast) -> None:
    aksel = cast.pupils[0]
    take(cast, {aksel: "S"})
    said = latest(aksel)
    assert said is not None
    assert (said.source, said.user_name) == (Source.TEACHER, "Mette Kjær")
    explain(cast, aksel, Mark.ILL, source=Source.GUARDIAN_PHONE)
    said = latest(aksel)
    assert said is not None
    assert said.source is Source.GUARDIAN_PHONE
    assert Register.objects.get().version == 1, (
        "nobody with the page open has to settle a conflict about nothing"
    )


def test_undo_puts_back_the_mark_and_the_word_that_stood(cast: Cast) -> None:
    aksel, key = cast.pupils[0], uuid4()
    take(cast, {aksel: "I"})
    explain(cast, aksel, Mark.LEAVE, source=Source.LEADER, user_id=cast.leader.pk, role="leader")
    explain(cast, aksel, Mark.ILL, key=key)
    done = explaining.undo(key, user_id=cast.secretary.pk, role="secretary", now=MORNING)
    said = latest(aksel)
    assert said is not None
    assert (done.after, said.source) == ({START: Mark.LEAVE}, Source.LEADER)
    assert marks(cast, aksel) == [Mark.LEAVE]
    again = explaining.undo(key, user_id=cast.secretary.pk, role="secretary", now=MORNING)
    assert again.replay
    assert Register.objects.get().version == 4
    assert alignment.wrong_months() == alignment.align() == 0


def test_undo_of_here_after_all_makes_her_absent_again_at_both_checkpoints(cast: Cast) -> None:
    aksel, key = cast.pupils[0], uuid4()
    take(cast, {aksel: "I"})
    take(cast, {aksel: "S"}, checkpoint=END)
    explain(cast, aksel, Mark.HERE, key=key)
    explaining.undo(key, user_id=cast.secretary.pk, role="secretary", now=MORNING)
    assert marks(cast, aksel) == [Mark.ABSENT, Mark.ILL]
    assert latest(aksel) is None, "nobody has explained the morning any more"
    assert alignment.wrong_months() == alignment.align() == 0


def test_what_was_changed_since_is_not_undone(cast: Cast) -> None:
    aksel, key = cast.pupils[0], uuid4()
    take(cast, {aksel: "I"})
    explain(cast, aksel, Mark.ILL, key=key)
    take(cast, {aksel: "F"}, version=2)
    with pytest.raises(explaining.Conflict):
        explaining.undo(key, user_id=cast.secretary.pk, role="secretary", now=MORNING)
    assert marks(cast, aksel) == [Mark.LEAVE]


def test_an_explanation_cannot_be_changed_or_deleted(cast: Cast) -> None:
    take(cast, {cast.pupils[0]: "I"})
    explain(cast, cast.pupils[0], Mark.ILL)
    with pytest.raises(Exception, match="append-only"):
        Explanation.objects.update(mark=Mark.LEAVE)


def test_a_teacher_with_the_page_open_is_asked_about_what_the_office_has_explained(cast: Cast) -> None:
    aksel, freja = cast.pupils[:2]
    take(cast, {aksel: "I"})
    explain(cast, aksel, Mark.ILL)
    assert take(cast, {aksel: "I", freja: "I"}, version=1) == 409
    assert marks(cast, aksel) == [Mark.ILL]


def test_the_absence_of_one_who_turned_out_to_be_in_another_class_still_decides_nothing(cast: Cast) -> None:
    aksel = cast.pupils[0]
    take(cast, {aksel: "I"})
    aksel.enrolments.update(until=DAY)
    factories.enrol([aksel], cast.class_2a, since=DAY)
    alignment.align()
    explain(cast, aksel, Mark.ILL)
    assert Absence.objects.get().halves == 0
    assert alignment.wrong_months() == alignment.align() == 0


@pytest.mark.django_db(transaction=True)
def test_two_who_explain_at_once_follow_one_another_and_neither_is_lost(cast: Cast) -> None:
    aksel, freja = cast.pupils[:2]
    take(cast, {aksel: "I", freja: "I"})
    answers = at_once(
        lambda: explain(cast, aksel, Mark.ILL, expected=Mark.ABSENT),
        lambda: explain(cast, aksel, Mark.LEAVE, expected=Mark.ABSENT),
        lambda: explain(cast, freja, Mark.ILL, expected=Mark.ABSENT),
    )
    assert sorted(type(one).__name__ for one in answers[:2]) == ["Conflict", "Explained"]
    assert isinstance(answers[2], Explained)
    winner = next(one for one in answers if isinstance(one, Explained))
    assert marks(cast, aksel) == [winner.after[START]]
    assert marks(cast, freja) == [Mark.ILL]
    assert (Register.objects.get().version, Explanation.objects.count()) == (3, 2)
    assert alignment.wrong_months() == alignment.align() == 0


@pytest.mark.django_db(transaction=True)
def test_a_double_click_explains_once(cast: Cast) -> None:
    aksel, key = cast.pupils[0], uuid4()
    take(cast, {aksel: "I"})
    answers = at_once(*[lambda: explain(cast, aksel, Mark.ILL, key=key)] * 3)
    assert [one.replay for one in answers if isinstance(one, Explained)].count(False) == 1, answers
    assert (Register.objects.get().version, Explanation.objects.count()) == (2, 1)


@pytest.mark.django_db(transaction=True)
def test_a_correction_at_the_same_moment_is_saved_before_or_asked_about(cast: Cast) -> None:
    aksel, freja = cast.pupils[:2]
    take(cast, {aksel: "I"})
    answers = at_once(
        lambda: explain(cast, aksel, Mark.ILL, expected=Mark.ABSENT),
        lambda: correct(cast, cast.mette, {freja: Mark.ABSENT, aksel: Mark.ABSENT}),
    )
    kinds = [type(one).__name__ for one in answers]
    assert kinds in (["Explained", "Conflict"], ["Explained", "Receipt"]), answers
    assert marks(cast, aksel) == [Mark.ILL]
    assert marks(cast, freja) == [Mark.ABSENT if kinds[1] == "Receipt" else Mark.HERE]
    assert alignment.wrong_months() == alignment.align() == 0


def correct(cast: Cast, user: User, wanted: dict[Pupil, Mark], key: UUID | None = None) -> register.Receipt:
    """A correction of the register's first version, as the room is asked for it."""
    return register.take(
        school_class_id=cast.class_7b.pk,
        school_id=cast.school.pk,
        year_group=7,
        day=DAY,
        checkpoint=START,
        marks={pupil.pk: wanted.get(pupil, Mark.HERE) for pupil in cast.pupils},
        seen_version=1,
        key=key or uuid4(),
        user_id=user.pk,
        now=MORNING,
    )
