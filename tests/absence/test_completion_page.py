"""The page on which a school completes a quarter or a school year, and the municipality's view of all schools."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from fravaer.absence import closing, register, standing
from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.reasons import Mark
from fravaer.accounts.models import User
from fravaer.accounts.roles import Role
from fravaer.core.periods import Period
from fravaer.schools.models import CalendarDay, SchoolClass
from tests import factories
from tests.cast import Cast, signed_in, statements

JULY = factories.moment(date(2026, 7, 1), 9)
YEAR = "2025"


def text(client: Client, url: str) -> str:
    return " ".join(strip_tags(client.get(url).content.decode()).split())


def take(school_class: SchoolClass, day: date, by: User, absent: Mark = Mark.HERE) -> None:
    for checkpoint in Checkpoint if school_class.year_group >= 7 else [Checkpoint.START]:
        stands = standing.state(school_class.pk, day, checkpoint)
        marks = dict.fromkeys(stands.marks, Mark.HERE)
        marks[min(marks)] = absent
        register.take(
            school_class_id=school_class.pk,
            school_id=school_class.school_id,
            year_group=school_class.year_group,
            day=day,
            checkpoint=checkpoint,
            marks=marks,
            seen_version=stands.version,
            key=uuid4(),
            user_id=by.pk,
            now=factories.moment(day, 8),
        )


@pytest.fixture
def june(cast: Cast, clock: time_machine.Traveller) -> Cast:
    """The school year is over, and nothing is registered but its last day."""
    clock.move_to(JULY)
    take(cast.class_7b, date(2026, 6, 26), cast.leader)
    return cast


def page(cast: Cast, query: str = "") -> str:
    return reverse("absence:completion-school", args=[cast.school.pk]) + query


def close(cast: Cast, **form: str) -> int:
    url = reverse("absence:completion-close", args=[cast.school.pk])
    return signed_in(cast.leader).post(url, {"period": YEAR, **form}).status_code


def test_the_page_lists_what_is_missing_with_the_way_to_mend_it(june: Cast) -> None:
    take(june.class_7b, date(2026, 6, 25), june.leader, Mark.ABSENT)
    client = signed_in(june.secretary)
    seen = text(client, page(june, f"?period={YEAR}"))
    assert "2 uden årsag, heraf 2 over fristen" in seen
    assert "Aksel Bro" in seen
    answer = client.get(page(june, f"?period={YEAR}&what=untaken")).content.decode()
    # The last one lacking comes first and leads into its register.
    assert reverse("absence:register", args=[june.class_7b.pk, date(2026, 6, 24), Checkpoint.START]) in answer


def test_the_leader_completes_the_year_once_she_has_seen_the_gaps(june: Cast) -> None:
    gaps = 2 * 199
    assert close(june, gaps=str(gaps)) == 422
    assert not closing.is_locked(june.school.pk, date(2026, 6, 26))
    assert close(june, gaps=str(gaps), seen="1") == 303
    assert closing.is_locked(june.school.pk, date(2026, 6, 26))
    assert "Afsluttet onsdag 1. juli 2026 kl. 9.00 af Lars Toft" in text(
        signed_in(june.leader), page(june, f"?period={YEAR}")
    )


def test_nothing_is_locked_when_what_is_missing_has_changed_meanwhile(june: Cast) -> None:
    take(june.class_7b, date(2026, 6, 25), june.leader)
    assert close(june, gaps=str(2 * 199), seen="1") == 409
    assert not closing.is_locked(june.school.pk, date(2026, 6, 26))


def test_nothing_is_locked_while_an_absence_has_no_reason(june: Cast) -> None:
    take(june.class_7b, date(2026, 6, 25), june.leader, Mark.ABSENT)
    assert close(june, gaps=str(2 * 198), seen="1") == 409
    assert not closing.is_locked(june.school.pk, date(2026, 6, 26))


@pytest.mark.parametrize("gaps", ["", "x", "-1", "²", "9" * 5000])
def test_a_form_that_is_not_ours_locks_nothing(june: Cast, gaps: str) -> None:
    assert close(june, gaps=gaps, seen="1") in {409, 422}
    assert not closing.is_locked(june.school.pk, date(2026, 6, 26))


def test_the_leader_opens_it_again_and_says_why(june: Cast) -> None:
    close(june, gaps=str(2 * 199), seen="1")
    [made] = closing.history(june.school.pk, Period(date(2025, 8, 1), date(2026, 8, 1)))
    url = reverse("absence:completion-reopen", args=[june.school.pk, made.uuid])
    client = signed_in(june.leader)
    assert client.post(url, {"period": YEAR, "reason": " "}).status_code == 422
    assert client.post(url, {"period": YEAR, "reason": "x" * 10_000}).status_code == 422
    assert closing.is_locked(june.school.pk, date(2026, 6, 26))
    assert client.post(url, {"period": YEAR, "reason": "7.B mangler en dag."}).status_code == 303
    assert not closing.is_locked(june.school.pk, date(2026, 6, 26))
    assert "7.B mangler en dag." in text(client, page(june, f"?period={YEAR}"))


def test_a_quarter_inside_a_completed_year_is_locked_by_the_year(june: Cast) -> None:
    close(june, gaps=str(2 * 199), seen="1")
    seen = text(signed_in(june.leader), page(june, "?period=2026K2"))
    assert "Åbn skoleåret igen for at rette i denne periode" in seen


def test_an_unknown_period_is_the_present_quarter(cast: Cast) -> None:
    assert "1. kvartal 2026" in text(signed_in(cast.leader), page(cast, "?period=1999K9"))


def test_the_municipality_sees_schools_in_figures_and_no_pupil(june: Cast) -> None:
    take(june.class_7b, date(2026, 6, 25), june.leader, Mark.ABSENT)
    chief = factories.user("Else Chef")
    factories.grant(chief, Role.CHIEF, None)
    client = signed_in(chief)
    seen = text(client, reverse("absence:completion") + "?period=2026K2")
    assert "Birkeskolen" in seen
    assert "Havneskolen" in seen
    assert "Noget skal afklares" in seen
    assert "Aksel" not in seen
    assert client.get(page(june)).status_code == 403


def test_the_municipalitys_view_asks_as_much_of_two_schools_as_of_ten(cast: Cast) -> None:
    chief = factories.user("Else Chef")
    factories.grant(chief, Role.CHIEF, None)
    client = signed_in(chief)
    client.get(reverse("absence:completion"))
    with statements() as few:
        client.get(reverse("absence:completion"))
    for number in range(8):
        factories.school(f"Skole {number}", of=cast.south)
    with statements() as many:
        client.get(reverse("absence:completion"))
    assert len(many) == len(few)


def test_the_list_asks_as_much_of_one_missing_register_as_of_a_hundred(cast: Cast) -> None:
    client = signed_in(cast.secretary)
    client.get(page(cast))
    with statements() as many:
        client.get(page(cast))
    days = CalendarDay.objects.filter(
        calendar=cast.class_7b.calendar, is_school_day=True, day__gte="2026-01-01", day__lt="2026-03-10"
    )
    for day in days.values_list("day", flat=True):
        take(cast.class_7b, day, cast.leader)
    with statements() as few:
        client.get(page(cast))
    assert len(many) == len(few)
