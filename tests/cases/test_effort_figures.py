"""What does the work against absence come to, in counts?"""

from __future__ import annotations

from datetime import date
from uuid import uuid4

from django.conf import settings

from fravaer.cases import effort_figures
from fravaer.cases.effort_figures import Attendance, Efforts
from fravaer.cases.models import AgreedAction, AttachmentReading, Case, Contact, Step
from fravaer.core.periods import Period, Quarter
from fravaer.schools.models import Pupil
from tests import factories
from tests.cases.attendance import attended, school_days
from tests.cases.casework import case_of, crossing_of
from tests.cast import Cast

WINTER, SPRING = Quarter(2026, 1).period, Quarter(2026, 2).period


def of(cast: Cast, period: Period = WINTER) -> Efforts:
    return effort_figures.by_school([cast.school.pk], period, settings.TIME_ZONE).get(
        cast.school.pk, Efforts()
    )


def attendance(cast: Cast) -> Attendance:
    return effort_figures.attendance([cast.school.pk], WINTER, settings.TIME_ZONE)[cast.school.pk]


def spoke(cast: Cast, pupil: Pupil, day: date, kind: str = "phone") -> None:
    Contact.objects.create(
        key=uuid4(), pupil=pupil, kind=kind, held_on=day, by=cast.leader, at=factories.moment(day, 12)
    )


def end(cast: Cast, case: Case, day: date, kind: str = "close", outcome: str = "better") -> None:
    Step.objects.create(case=case, kind=kind, by=cast.leader, at=factories.moment(day, 12), outcome=outcome)
    Case.objects.filter(pk=case.pk).update(state="closed" if kind == "close" else "open")


def test_open_cases_stand_in_the_group_of_their_stage_until_they_are_closed(cast: Cast) -> None:
    first, second, third, merged = (case_of(pupil) for pupil in cast.pupils[:4])
    case_of(cast.others[0])
    Case.objects.filter(pk=second.pk).update(stage="discussed")
    Case.objects.filter(pk=merged.pk).update(merged_into=first, state="closed")
    assert (of(cast).early, of(cast).team, of(cast).youth, of(cast).closed) == (2, 1, 0, 0)
    end(cast, third, date(2026, 4, 10))
    # Still open when the quarter ended.
    assert (of(cast).early, of(cast).closed) == (2, 0)
    assert (of(cast, SPRING).early, of(cast, SPRING).closed) == (1, 1)
    end(cast, third, date(2026, 5, 10), kind="reopen", outcome="")
    assert (of(cast, SPRING).early, of(cast, SPRING).closed) == (2, 0)


def test_days_to_the_first_contact_are_school_days_from_the_crossing(cast: Cast) -> None:
    for pupil in cast.pupils[:4]:
        crossing_of(pupil)
    # Crossed on Monday 2 March; a word before it and a team's talk are no contact.
    spoke(cast, cast.pupils[0], date(2026, 2, 20))
    spoke(cast, cast.pupils[0], date(2026, 3, 3), kind="team")
    spoke(cast, cast.pupils[0], date(2026, 3, 9))
    spoke(cast, cast.pupils[1], date(2026, 3, 2))
    spoke(cast, cast.pupils[2], date(2026, 3, 4))
    spoke(cast, cast.pupils[3], date(2026, 4, 14))
    found = of(cast)
    assert (found.crossings, found.contacted, found.median_days) == (4, 3, 2)
    assert (of(cast, SPRING).crossings, of(cast, SPRING).median_days) == (0, None)


def test_a_child_with_a_plan_and_one_whose_plan_is_overdue_are_counted_once(cast: Cast) -> None:
    crossing_of(cast.pupils[0])
    crossing_of(cast.pupils[1])
    for day in (date(2026, 3, 12), date(2026, 3, 20)):
        AgreedAction.objects.create(
            key=uuid4(),
            pupil=cast.pupils[0],
            deed="call",
            responsible=cast.leader,
            due_on=day,
            agreed_by=cast.leader,
            agreed_at=factories.moment(date(2026, 3, 4), 9),
        )
    assert (of(cast).planned, of(cast).overdue) == (1, 1)
    AgreedAction.objects.update(settled_at=factories.moment(date(2026, 4, 3), 9), kept="kept")
    assert (of(cast).overdue, of(cast, SPRING).overdue) == (1, 0)


def test_a_closed_case_is_better_where_the_child_was_away_less_and_is_more_attached(cast: Cast) -> None:
    better, worse = cast.pupils[:2]
    for pupil, levels in ((better, (1, 2)), (worse, (2, 1))):
        case = case_of(pupil)
        for level, day in zip(levels, (date(2026, 3, 11), date(2026, 3, 25)), strict=True):
            AttachmentReading.objects.create(
                key=uuid4(),
                case=case,
                level=level,
                voice="school",
                said_on=day,
                by=cast.leader,
                at=factories.moment(day, 12),
            )
        end(cast, case, date(2026, 3, 26))
    found = of(cast)
    assert (found.closed, found.read, found.attached) == (2, 2, 1)
    # No register was taken: of attendance nothing can be told.
    assert attendance(cast) == Attendance(told=0, better=0)
    # Opened on the 10th and closed on the 26th of March: the one was away before it, the other in it.
    before, within = school_days(date(2026, 3, 9)), school_days(date(2026, 3, 25), since=date(2026, 3, 10))
    attended(cast.class_7b, before, {better: 12}, last=True)
    attended(cast.class_7b, within, {worse: 12}, last=True)
    assert attendance(cast) == Attendance(told=2, better=1)
