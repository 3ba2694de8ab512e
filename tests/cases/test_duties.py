"""Does nobody slip through the law's two steps, and does a correction undo what it has to?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import uuid4

import pytest
import time_machine

from fravaer.absence import alignment
from fravaer.absence.models import Absence
from fravaer.absence.reasons import Reason
from fravaer.accounts.models import User
from fravaer.accounts.scoping import scope_of
from fravaer.audit.models import Event
from fravaer.cases import duties, letters, referrals
from fravaer.cases.models import Letter, LetterKind, Referral
from fravaer.core.periods import Quarter
from fravaer.core.scope import Scope
from fravaer.schools.models import Pupil
from tests.cases.attendance import attended, school_days
from tests.cast import DAY, MORNING, Cast

FIRST = Quarter.of(DAY)
U = Reason.UNLAWFUL


def held(number: int = 40) -> list[date]:
    """The last so many school days of the quarter up to the default day."""
    return school_days(DAY, since=FIRST.since)[-number:]


@pytest.fixture
def quarter(cast: Cast) -> Sequence[date]:
    """Forty school days: Aksel has 10 % unlawful, Freja 15, Noah one half-day less than 10, Zoë none but much illness."""
    days = held()
    aksel, freja, noah, zoe, _oern = cast.pupils
    absent: dict[Pupil, int | Sequence[Reason]] = {aksel: [U] * 8, freja: [U] * 12, noah: [U] * 7, zoe: 20}
    attended(cast.class_7b, days, absent)
    return days


def scope(user: User) -> Scope:
    return scope_of(user.pk, MORNING)


def explain(pupil: Pupil, halves: int) -> None:
    """A correction: so many of the pupil's unlawful half-days were illness after all."""
    unlawful = Absence.objects.filter(pupil=pupil, reason=U).values_list("pk", flat=True)[:halves]
    Absence.objects.filter(pk__in=list(unlawful)).update(reason=Reason.ILLNESS)
    alignment.align()


def signed(pupil: Pupil, kind: LetterKind, leader: Scope) -> Letter:
    """A letter of the quarter the leader has drafted, seen to and signed."""
    letter = letters.draft(pupil, kind, leader, MORNING, DAY, key=uuid4(), quarter=FIRST)
    letter = letters.edit(
        letter,
        leader,
        MORNING,
        seen=letter.version,
        subject=letter.subject,
        body=letter.body,
        checked=letters.CHECKS[kind],
    )
    return letters.sign(letter, leader, MORNING, seen=letter.version, sender="Lars Toft")


def test_exactly_ten_and_fifteen_percent_reach_the_law_and_a_half_day_less_does_not(
    cast: Cast, quarter: Sequence[date]
) -> None:
    aksel, freja, noah, _zoe, _oern = cast.pupils
    found = {(one.pupil_id, one.kind) for one in duties.due(scope(cast.leader), DAY)}
    assert found == {
        (aksel.pk, LetterKind.WARNING),
        (freja.pk, LetterKind.WARNING),
        (freja.pk, LetterKind.REFERRAL),
    }
    assert duties.due(scope(cast.stranger), DAY) == []
    rows = {row.pupil: row for row in duties.rows(scope(cast.leader), FIRST, DAY, [cast.school.pk])}
    assert list(rows) == [freja, aksel, noah]
    # 8 of 81 would be less than a tenth, 9 of 82 are more. Ill half-days count for nobody.
    assert (rows[noah].near, rows[noah].left, rows[noah].next_percent) == (True, 2, 10)
    assert (rows[aksel].left, rows[aksel].next_percent) == (5, 15)


def test_the_night_drafts_what_is_lacking_once_and_sends_nothing(
    cast: Cast, quarter: Sequence[date], clock: time_machine.Traveller
) -> None:
    made, _looked = duties.night(DAY, MORNING)
    assert made == 3
    assert duties.night(DAY, MORNING)[0] == 0
    assert not Letter.objects.exclude(state="draft", drafted_by=None).exists()
    warning = Letter.objects.get(pupil=cast.pupils[0])
    assert (warning.evidence["unlawful"], len(warning.evidence["days"])) == (8, 4)
    # What a person has withdrawn is not drafted again.
    letters.withdraw(warning, scope(cast.leader), MORNING, seen=warning.version, because="Aftalt anden vej.")
    assert duties.night(DAY, MORNING)[0] == 0


def test_in_the_first_days_of_a_quarter_the_night_drafts_nothing(cast: Cast) -> None:
    days = held(9)
    attended(cast.class_7b, days, {cast.pupils[0]: [U] * 6})
    assert duties.due(scope(cast.leader), DAY)
    assert duties.prepare(DAY, MORNING) == 0


def test_a_correction_withdraws_a_draft_with_both_figures_and_days_that_follow_do_not(
    cast: Cast, quarter: Sequence[date]
) -> None:
    aksel = cast.pupils[0]
    duties.night(DAY, MORNING)
    letter = Letter.objects.get(pupil=aksel)
    # A week later nobody was away: the share of the quarter so far is lower, the warning was due all the same.
    later = DAY + timedelta(days=7)
    attended(cast.class_7b, school_days(later, since=DAY + timedelta(days=1)), {})
    duties.night(later, MORNING)
    letter.refresh_from_db()
    assert letter.state == "draft"
    explain(aksel, 1)
    duties.look(MORNING)
    letter.refresh_from_db()
    assert letter.state == "withdrawn"
    assert "8,7" in letter.withdrawn_because
    assert "10,0" in letter.withdrawn_because
    assert Event.objects.get(action="letter.withdraw").role == "job.duties"


def test_a_correction_makes_a_signed_letter_the_leaders_task_and_tells_the_municipality(
    cast: Cast, quarter: Sequence[date]
) -> None:
    freja, leader = cast.pupils[1], scope(cast.leader)
    letter = signed(freja, LetterKind.REFERRAL, leader)
    referrals.send(letter, leader, MORNING, DAY, seen=letter.version)
    sealed = letter.evidence_hash
    explain(freja, 1)
    for _twice in range(2):
        duties.look(MORNING)
    letter.refresh_from_db()
    assert (letter.state, letter.evidence_hash) == ("sent", sealed)
    assert letter.undermined == {"unlawful": 11, "possible": 80}
    assert Referral.objects.get().undermined_at == MORNING
    assert Event.objects.filter(action="letter.undermined").count() == 1
    [row] = [row for row in duties.rows(leader, FIRST, DAY, [cast.school.pk]) if row.pupil == freja]
    assert row.steps[1].undermined
    assert row.waits
    assert letters.open_of([freja.pk])[freja.pk][0].undermined
    # The correction was itself a mistake: nothing is left to answer.
    Absence.objects.filter(pupil=freja).update(reason=U)
    alignment.align()
    duties.look(MORNING)
    letter.refresh_from_db()
    assert letter.undermined_at is None
    assert Referral.objects.get().undermined_at is None
