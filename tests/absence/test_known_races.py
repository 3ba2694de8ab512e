"""What happens when two enter something about the same pupil at once?"""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from fravaer.absence import foretold, known
from fravaer.core.periods import Period
from tests.absence.test_known import decide, ill, leave
from tests.at_once import at_once
from tests.cast import DAY, Cast

pytestmark = pytest.mark.django_db(transaction=True)
WEEK = Period(DAY, DAY + timedelta(days=7))


def test_two_reports_of_one_pupil_at_once_become_one_that_holds_both(cast: Cast) -> None:
    pupil = cast.pupils[0]
    answers = at_once(*(lambda days=days: ill(cast, pupil, DAY, days) for days in (1, 3, 2, 3)))
    assert all(isinstance(answer, foretold.Entered) for answer in answers), answers
    [stands] = known.between([pupil.pk], WEEK)
    assert stands.period == Period(DAY, DAY + timedelta(days=3))


def test_the_same_entry_sent_twice_at_once_is_one(cast: Cast) -> None:
    uuid = uuid4()
    answers = at_once(*(lambda: ill(cast, cast.pupils[0], uuid=uuid) for _ in range(4)))
    assert sorted(answer.already for answer in answers if isinstance(answer, foretold.Entered)) == [
        False,
        True,
        True,
        True,
    ]


def test_two_who_decide_differently_at_once_decide_once(cast: Cast) -> None:
    uuid = leave(cast, cast.pupils[0])
    answers = at_once(
        lambda: decide(cast.leader, uuid),
        lambda: decide(cast.leader, uuid, grant=False, answer="Prøve"),
    )
    assert [type(answer).__name__ for answer in answers].count("AlreadyDecided") == 1, answers
