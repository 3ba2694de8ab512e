"""Whatever teachers and the office do to one class's day, in whatever order, nothing is lost and nothing silently overwritten.

A model of the day on paper is kept beside the database. Every act is one that a person, her browser or a slow net can make:
saving from a page opened long ago, sending the same form twice, sending it an hour late, setting one pupil right, explaining,
taking either back, and moving a pupil to another class meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from fravaer.absence import alignment, correcting, explaining, percentage, register, standing, undoing
from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.models import Absence, Explanation, Presence, Register, RegisterEvent
from fravaer.absence.reasons import Mark, Source
from fravaer.core.periods import Period
from fravaer.schools.models import Enrolment
from tests.cast import DAY, MORNING, Cast

MARCH = Period(date(2026, 3, 1), date(2026, 4, 1))
CHECKPOINTS = st.sampled_from(Checkpoint)
MARKS = st.sampled_from([Mark.HERE, Mark.HERE, Mark.ABSENT, Mark.ILL, Mark.LEAVE, Mark.LATE, Mark.ACTIVITY])
WORDS = st.sampled_from([Mark.HERE, Mark.ABSENT, Mark.ILL, Mark.LEAVE, Mark.UNLAWFUL])
NUMBERS = st.integers(0, 4)


@dataclass
class Form:
    """A page somebody has open: what she saw, and what she has chosen since."""

    checkpoint: Checkpoint
    version: int
    marks: dict[int, Mark]
    key: UUID = field(default_factory=uuid4)


@dataclass
class Paper:
    """One register on paper."""

    version: int = 0
    marks: dict[int, Mark] = field(default_factory=dict)


def outcome(act: Callable[[], object]) -> object:
    """What the act answered, or what it raised."""
    try:
        return act()
    except Exception as error:
        return error


class OneDay(RuleBasedStateMachine):
    """One day of one class, by two teachers and an office."""

    cast: Cast
    forms: Bundle[Form] = Bundle("forms")
    sent: Bundle[tuple[Form, dict[int, Mark]]] = Bundle("sent")
    words: Bundle[UUID] = Bundle("words")
    corrections: Bundle[UUID] = Bundle("corrections")

    def __init__(self) -> None:
        super().__init__()
        self.papers = {checkpoint: Paper() for checkpoint in Checkpoint}
        self.receipts: dict[UUID, register.Receipt] = {}
        # What each explanation found, and what it set.
        self.said: dict[UUID, tuple[dict[Checkpoint, Mark], dict[Checkpoint, Mark]]] = {}
        # The version in which each pupil's mark was changed last.
        self.touched: dict[tuple[Checkpoint, int], int] = {}
        # What each correction of one pupil found, and the version it made.
        self.corrected: dict[UUID, tuple[Checkpoint, int, Mark, int]] = {}
        self.minutes = 0
        self.outer = transaction.atomic()
        self.outer.__enter__()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.outer.__exit__(None, None, None)

    def members(self) -> set[int]:
        return set(
            Enrolment.objects.on(DAY)
            .filter(school_class=self.cast.class_7b)
            .values_list("pupil_id", flat=True)
        )

    def marks_of(self, checkpoint: Checkpoint) -> dict[int, Mark]:
        """What the paper says of everybody in the class."""
        return {pupil: self.papers[checkpoint].marks.get(pupil, Mark.HERE) for pupil in self.members()}

    @rule(target=forms, checkpoint=CHECKPOINTS)
    def open_the_page(self, checkpoint: Checkpoint) -> Form:
        stands = standing.state(self.cast.class_7b.pk, DAY, checkpoint)
        return Form(checkpoint, stands.version, dict(stands.marks))

    @rule(form=forms, number=NUMBERS, mark=MARKS)
    def choose(self, form: Form, number: int, mark: Mark) -> None:
        pupil = self.cast.pupils[number].pk
        if pupil in form.marks:
            form.marks[pupil] = mark

    @rule(target=sent, form=forms)
    def save(self, form: Form) -> tuple[Form, dict[int, Mark]]:
        self.send(form, dict(form.marks))
        return form, dict(form.marks)

    @rule(earlier=sent)
    def send_again(self, earlier: tuple[Form, dict[int, Mark]]) -> None:
        """A double click, or a form that comes an hour late."""
        self.minutes += 60
        self.send(*earlier)

    def send(self, form: Form, marks: Mapping[int, Mark]) -> None:
        paper, members = self.papers[form.checkpoint], self.members()
        stood = self.marks_of(form.checkpoint)
        wanted = {pupil: mark for pupil, mark in marks.items() if pupil in members}
        done = outcome(
            lambda: register.take(
                school_class_id=self.cast.class_7b.pk,
                school_id=self.cast.school.pk,
                year_group=7,
                day=DAY,
                checkpoint=form.checkpoint,
                marks=marks,
                seen_version=form.version,
                key=form.key,
                user_id=self.cast.mette.pk,
                role="teacher",
                now=MORNING + timedelta(minutes=self.minutes),
            )
        )
        match done:
            case register.RosterChanged():
                assert set(done.joined) == members - marks.keys()
            case register.Conflict():
                differing = {pupil for pupil in wanted if wanted[pupil] != stood[pupil]}
                assert {one.pupil_id for one in done.differences} == differing
                assert form.version != paper.version or form.key in self.receipts, "nobody changed anything"
            case register.UnlawfulNeedsPerson():
                assert any(
                    mark is Mark.UNLAWFUL and stood[pupil] is not mark for pupil, mark in wanted.items()
                )
            case register.Receipt(replay=True):
                assert done.version == self.receipts[form.key].version, "a retry has the same receipt"
            case register.Receipt(unchanged=True):
                assert wanted == stood
            case register.Receipt():
                assert set(done.skipped) == marks.keys() - members
                assert form.version == paper.version, "a save from an old page overwrote something"
                assert form.key not in self.receipts, "one form was saved twice"
                self.receipts[form.key] = done
                paper.version += 1
                paper.marks.update(wanted)
                changed = [pupil for pupil, mark in wanted.items() if mark is not stood[pupil]]
                self.touched |= {(form.checkpoint, pupil): paper.version for pupil in changed}
                assert done.version == paper.version
            case _:
                raise AssertionError(done)

    @rule(target=words, number=NUMBERS, mark=WORDS, expected=st.none() | WORDS)
    def explain(self, number: int, mark: Mark, expected: Mark | None) -> UUID:
        pupil, key = self.cast.pupils[number].pk, uuid4()
        absent = {
            checkpoint: paper.marks[pupil]
            for checkpoint, paper in self.papers.items()
            if pupil in paper.marks and paper.marks[pupil].is_absence
        }
        done = outcome(
            lambda: explaining.explain(
                pupil_id=pupil,
                school_class_id=self.cast.class_7b.pk,
                school_id=self.cast.school.pk,
                day=DAY,
                mark=mark,
                source=Source.GUARDIAN_PHONE,
                user_id=self.cast.secretary.pk,
                role="secretary",
                now=MORNING + timedelta(minutes=self.minutes),
                key=key,
                expected=expected,
            )
        )
        match done:
            case explaining.NotAbsent():
                assert not absent
            case explaining.Conflict():
                assert done.stands == absent
                assert expected is not None
                assert expected not in absent.values()
            case explaining.Explained():
                chosen = {one: stood for one, stood in absent.items() if expected in (None, stood)}
                assert (done.before, done.after) == (chosen, dict.fromkeys(chosen, mark))
                self.said[key] = (chosen, dict.fromkeys(chosen, mark))
                self.write_down(pupil, dict.fromkeys(chosen, mark))
            case _:
                raise AssertionError(done)
        return key

    @rule(key=words)
    def take_back(self, key: UUID) -> None:
        done = outcome(
            lambda: explaining.undo(key, user_id=self.cast.secretary.pk, role="secretary", now=MORNING)
        )
        match done:
            case explaining.NotAbsent():
                assert key not in self.said, "what was said can be taken back"
            case explaining.Conflict():
                assert key in self.said
            case explaining.Explained(replay=False):
                before, after = self.said[key]
                marks = {one: self.papers[one].marks[done.pupil_id] for one in after}
                assert marks == after, "what somebody said since was overwritten"
                self.write_down(done.pupil_id, before)

    def write_down(self, pupil: int, marks: Mapping[Checkpoint, Mark]) -> None:
        for checkpoint, mark in marks.items():
            paper = self.papers[checkpoint]
            if paper.marks[pupil] is not mark:
                paper.version += 1
                paper.marks[pupil] = mark
                self.touched[checkpoint, pupil] = paper.version

    @rule(target=corrections, form=forms, number=NUMBERS, mark=MARKS)
    def correct_one(self, form: Form, number: int, mark: Mark) -> UUID:
        """One pupil set right on a page that may have been opened long ago."""
        pupil, key, at = self.cast.pupils[number].pk, uuid4(), form.checkpoint
        paper, stood = self.papers[at], self.marks_of(at)
        done = outcome(
            lambda: correcting.correct(
                *(self.cast.class_7b, DAY, at),
                pupil_id=pupil,
                mark=mark,
                seen_version=form.version,
                key=key,
                user_id=self.cast.mette.pk,
                role="teacher",
                now=MORNING + timedelta(minutes=self.minutes),
                today=DAY,
            )
        )
        match done:
            case correcting.NotTaken():
                assert paper.version == 0
            case correcting.Left():
                assert pupil not in stood
            case register.Conflict():
                assert self.touched[at, pupil] > form.version, "nobody changed the pupil"
                assert [(one.pupil_id, one.saved) for one in done.differences] == [(pupil, stood[pupil])]
            case correcting.Corrected(changed=False):
                assert stood[pupil] is mark
            case correcting.Corrected():
                assert self.touched.get((at, pupil), 0) <= form.version, (
                    "what another changed was overwritten"
                )
                self.write_down(pupil, {at: mark})
                assert done.receipt.version == paper.version
                self.corrected[key] = (at, pupil, stood[pupil], paper.version)
            case _:
                raise AssertionError(done)
        return key

    @rule(key=corrections)
    def take_a_correction_back(self, key: UUID) -> None:
        at, pupil, before, version = self.corrected.get(key, (Checkpoint.START, 0, Mark.HERE, 0))
        user = self.cast.mette.pk
        done = outcome(
            lambda: undoing.undo(
                undoing.correction(key, self.cast.class_7b, DAY, at, user), self.cast.class_7b,
                user_id=user, role="teacher", now=MORNING, today=DAY,
            )
        )  # fmt: skip
        match done:
            case undoing.NotYours():
                assert key not in self.corrected
            case register.Conflict():
                assert self.touched[at, pupil] > version or pupil not in self.members()
            case register.Receipt(replay=False):
                assert self.touched[at, pupil] == version, "what somebody changed since was overwritten"
                self.write_down(pupil, {at: before})
            case register.Receipt():
                assert self.touched[at, pupil] > version, "taken back once before"
            case _:
                raise AssertionError(done)

    @rule(number=NUMBERS)
    def move_to_another_class_or_back(self, number: int) -> None:
        """As an import of the roster does; the registers are brought in line at night."""
        pupil = self.cast.pupils[number]
        here = pupil.pk in self.members()
        Enrolment.objects.filter(pupil=pupil).update(
            school_class=self.cast.class_2a if here else self.cast.class_7b
        )
        alignment.align()

    @invariant()
    def the_registers_say_what_the_paper_says(self) -> None:
        for checkpoint, paper in self.papers.items():
            stands = standing.state(self.cast.class_7b.pk, DAY, checkpoint)
            assert stands.version == paper.version
            assert stands.marks == self.marks_of(checkpoint)

    @invariant()
    def the_sums_are_those_of_a_recount(self) -> None:
        assert alignment.wrong_months() == 0
        assert alignment.align() == 0

    @invariant()
    def every_change_is_in_the_history(self) -> None:
        for checkpoint, paper in self.papers.items():
            marks: dict[int, Mark] = {}
            events = RegisterEvent.objects.filter(checkpoint=checkpoint).order_by("version")
            assert [event.version for event in events] == list(range(1, paper.version + 1))
            for event in events:
                for pupil, before, after in zip(event.pupils, event.before, event.after, strict=True):
                    assert marks.get(pupil, Mark.HERE) == before
                    marks[pupil] = Mark(after)
            assert all(marks.get(pupil, Mark.HERE) is mark for pupil, mark in paper.marks.items())

    @invariant()
    def nobody_is_both_here_and_absent(self) -> None:
        both = set(Absence.objects.values_list("pupil_id", "checkpoint")) & set(
            Presence.objects.values_list("pupil_id", "checkpoint")
        )
        assert not both
        assert not Explanation.objects.filter(mark=Mark.UNLAWFUL, user=None).exists()

    @invariant()
    def a_pupils_day_is_counted_from_her_marks(self) -> None:
        members = self.members()
        counted = percentage.tallies(MARCH, members)
        taken = Register.objects.filter(version__gt=0).count()
        for pupil in members:
            tally = counted[pupil]
            morning, end = (
                self.papers[one].marks.get(pupil, Mark.HERE) if self.papers[one].version else None
                for one in Checkpoint
            )
            absent = sum(mark is not None and mark.is_absence for mark in (morning, end))
            if morning is not None and morning.is_absence and end is not None:
                absent = 2
            assert tally.absent == absent
            assert tally.possible == taken


@pytest.mark.django_db
def test_whatever_people_do_to_a_day_nothing_is_lost_and_nothing_silently_overwritten(cast: Cast) -> None:
    OneDay.cast = cast
    run_state_machine_as_test(
        OneDay,
        settings=settings(
            max_examples=12,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=[
                HealthCheck.too_slow,
                HealthCheck.data_too_large,
                HealthCheck.filter_too_much,
            ],
        ),
    )
