"""The class's page, as its teacher reads it."""

from __future__ import annotations

import re
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from fravaer.absence.models import Absence, Known, Presence
from fravaer.absence.reasons import Reason, Source
from fravaer.audit.models import Event
from fravaer.cases import measures
from fravaer.cases.measures import Measure
from fravaer.schools.models import Enrolment, Pupil
from tests import factories
from tests.absence.conftest import url
from tests.cases.attendance import attended, school_days
from tests.cast import DAY, MORNING, Cast, signed_in, statements

YESTERDAY = date(2026, 3, 9)


def page(cast: Cast, query: str = "") -> str:
    address = reverse("absence:class", args=[cast.class_7b.pk])
    return signed_in(cast.mette).get(address + query).content.decode()


def line(shown: str, given_name: str) -> str:
    """The words of one pupil's row, and what her strip of days says aloud."""
    row = next(row for row in re.findall(r"<tr.*?</tr>", shown, re.S) if f"<b>{given_name}</b>" in row)
    aloud = " ".join(re.findall(r'aria-label="([^"]*)"', row))
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", row) + " " + aloud).replace("\u00a0", " ")


def names(shown: str) -> list[str]:
    return re.findall(r'translate="no"><b>(.*?)</b>', shown)


def away(cast: Cast, pupil: Pupil, days: list[date], reason: Reason = Reason.ILLNESS) -> None:
    """Away on these whole days, under registers that have been taken."""
    Absence.objects.bulk_create(
        Absence(
            pupil=pupil, day=day, checkpoint=checkpoint, school_class=cast.class_7b, school=cast.school, halves=1,
            reason=reason,
        )
        for day in days
        for checkpoint in (1, 2)
    )  # fmt: skip


def test_each_pupil_has_her_percentage_cut_and_its_coverage(cast: Cast) -> None:
    days = school_days(YESTERDAY)
    attended(cast.class_7b, days[-48:], {cast.pupils[2]: 7}, last=True)
    noah = line(page(cast), "Noah")
    # 7 of 96 half-days are 7.29 percent.
    assert "7,2 % 3,5 af 48,0 dage" in noah
    # 96 of the half-days since August, today's two included.
    assert f"{1000 * 96 // (2 * len(days) + 2) / 10:.1f} %".replace(".", ",") in noah
    # Two days more are 11 of 100 half-days, one is 9 of 98.
    assert "2 dage" in noah


def test_a_pupil_at_ten_percent_has_reached_it(cast: Cast) -> None:
    attended(cast.class_7b, school_days(YESTERDAY)[-40:], {cast.pupils[2]: 8}, last=True)
    assert "Har nået 10 %" in line(page(cast), "Noah")


def test_the_laws_clock_counts_unlawful_absence_of_the_quarter_alone(cast: Cast) -> None:
    # 44 school days of January to March: four of the unlawful half-days are 4.5 percent of 88 and the eight ill ones nothing.
    days = school_days(YESTERDAY, since=date(2026, 1, 1))
    unlawful = [Reason.UNLAWFUL] * 4
    attended(cast.class_7b, days, {cast.pupils[2]: [*unlawful, *[Reason.ILLNESS] * 8]}, last=True)
    # Last quarter's is another quarter's.
    away(cast, cast.pupils[1], school_days(date(2025, 12, 12))[-9:], Reason.UNLAWFUL)
    shown = page(cast)
    possible = 2 * len(days)
    halves = next(n for n in range(99) if 100 * (4 + n) >= 10 * (possible + n))
    whole, half = divmod(halves, 2)
    noah = line(shown, "Noah")
    assert f"{4000 // possible / 10} %".replace(".", ",") in noah
    assert f"{whole}{'½' if half else ''} dage til 10 %" in noah
    assert "til 15 %" in noah
    assert "0,0 %" in line(shown, "Freja")
    history = signed_in(cast.leader).get(reverse("absence:history", args=[cast.pupils[2].uuid]))
    assert f"{whole}{'½' if half else ''} dage til 10 %" in history.content.decode().replace("\u00a0", " ")


def test_a_limit_of_the_law_that_is_reached_is_said_as_reached(cast: Cast) -> None:
    days = school_days(YESTERDAY, since=date(2026, 1, 1))[-20:]
    attended(
        cast.class_7b, days, {cast.pupils[2]: [Reason.UNLAWFUL] * 4, cast.pupils[3]: [Reason.UNLAWFUL] * 6}
    )
    shown = page(cast)
    noah = re.sub(r" +", " ", line(shown, "Noah"))
    assert "10,0 % Har nået 10 % 1½ dage til 15 %" in noah
    assert "15,0 % Har nået 15 %" in re.sub(r" +", " ", line(shown, "Zoë"))


def test_the_latest_ten_school_days_are_told_day_by_day(cast: Cast) -> None:
    days = school_days(YESTERDAY)[-12:]
    attended(cast.class_7b, days, {})
    noah = cast.pupils[2]
    away(cast, noah, [date(2026, 3, 5)], Reason.PENDING)
    away(cast, noah, [date(2026, 3, 6)])
    Absence.objects.create(
        pupil=noah, day=YESTERDAY, checkpoint=2, school_class=cast.class_7b, school=cast.school, halves=1, reason=2
    )  # fmt: skip
    Presence.objects.create(
        pupil=noah, day=date(2026, 3, 4), checkpoint=1, school_class=cast.class_7b, kind=1, arrived_at=None
    )
    shown = line(page(cast), "Noah")
    assert "4. marts kom senere, 5. marts ikke her, 6. marts syg, 9. marts fraværende halve dagen" in shown
    assert "10. marts ikke registreret" in shown
    assert "• • • • • K I S ½ –" in shown


def test_days_before_a_pupil_came_into_the_class_are_not_told_as_days_at_school(cast: Cast) -> None:
    attended(cast.class_7b, school_days(YESTERDAY)[-12:], {})
    Enrolment.objects.filter(pupil=cast.pupils[2]).update(starts_on=date(2026, 3, 9))
    assert "– – – – – – – – • –" in line(page(cast), "Noah")


def test_absence_that_gathers_on_a_weekday_is_asked_about(cast: Cast) -> None:
    days = school_days(YESTERDAY)
    attended(cast.class_7b, days[-45:], {})
    mondays = [day for day in days[-35:] if day.weekday() == 0][-4:]
    away(cast, cast.pupils[2], [*mondays, date(2026, 3, 5)])
    # A week of illness says nothing of any weekday.
    away(cast, cast.pupils[1], days[-5:])
    shown = page(cast)
    assert "4 af 5 fraværsdage de sidste 8 uger ligger på mandage. Er der en grund?" in line(shown, "Noah")
    assert "Er der en grund?" not in line(shown, "Freja")


def test_absence_around_weekends_is_asked_about_when_nearly_all_of_it_lies_there(cast: Cast) -> None:
    days = school_days(YESTERDAY)
    attended(cast.class_7b, days[-45:], {})
    mondays = [day for day in days[-35:] if day.weekday() == 0][-3:]
    fridays = [day for day in days[-35:] if day.weekday() == 4][-3:]
    away(cast, cast.pupils[2], [*mondays, *fridays, date(2026, 3, 5)])
    # As many, but spread: nothing to ask about.
    tuesdays = [day for day in days[-35:] if day.weekday() == 1][-3:]
    away(cast, cast.pupils[1], [*mondays, *fridays, *tuesdays])
    shown = page(cast)
    words = "6 af 7 fraværsdage de sidste 8 uger ligger på mandage og fredage. Er der en grund?"
    assert words in line(shown, "Noah")
    assert "Er der en grund?" not in line(shown, "Freja")


def test_nothing_is_asked_before_there_are_days_enough(cast: Cast) -> None:
    mondays = [day for day in school_days(YESTERDAY)[-35:] if day.weekday() == 0][-4:]
    attended(cast.class_7b, mondays, {})
    away(cast, cast.pupils[2], mondays)
    assert "Er der en grund?" not in page(cast)


@pytest.mark.parametrize(
    ("query", "order"),
    [
        ("", ["Aksel", "Freja", "Noah", "Zoë", "Ørn"]),
        ("?sort=-pupil", ["Ørn", "Zoë", "Noah", "Freja", "Aksel"]),
        ("?sort=share", ["Noah", "Zoë", "Aksel", "Freja", "Ørn"]),
        ("?sort=left", ["Noah", "Zoë", "Aksel", "Freja", "Ørn"]),
        ("?sort=nonsense", ["Aksel", "Freja", "Noah", "Zoë", "Ørn"]),
    ],
)
def test_the_list_is_sorted_as_asked(cast: Cast, query: str, order: list[str]) -> None:
    attended(cast.class_7b, school_days(YESTERDAY)[-40:], {cast.pupils[2]: 6, cast.pupils[3]: 4}, last=True)
    assert names(page(cast, query)) == order


def test_a_class_without_a_single_register_has_no_figures_and_no_zeroes(cast: Cast) -> None:
    shown = line(page(cast), "Noah")
    assert "0,0 %" not in shown.replace("– 0,0 %", "")
    assert "– 0,0 % –" in shown


def test_nobody_at_the_school_learns_of_a_social_measure_here(cast: Cast) -> None:
    attended(cast.class_7b, school_days(YESTERDAY)[-20:], {cast.pupils[2]: 4})
    before = page(cast)
    measures.load([Measure(cast.pupils[2].pk, date(2025, 9, 1))])
    assert "foranstaltning" not in page(cast).lower()
    assert len(page(cast)) == len(before)


def test_what_is_known_beforehand_stands_beside_the_pupil(cast: Cast) -> None:
    Known.objects.create(
        uuid=uuid4(), pupil=cast.pupils[2], since=DAY, until=DAY + timedelta(days=3), kind=Known.Kind.ILLNESS,
        state=Known.State.STANDS, source=Source.GUARDIAN_PHONE, entered_at=MORNING,
    )  # fmt: skip
    assert "Meldt syg fra 10-03-2026 til 12-03-2026" in line(page(cast), "Noah")


def test_a_pupils_name_leads_to_her_history(cast: Cast) -> None:
    address = reverse("absence:history", args=[cast.pupils[2].uuid])
    assert f'href="{address}"' in page(cast)


def test_showing_the_class_leaves_a_trail(cast: Cast) -> None:
    page(cast)
    event = Event.objects.latest("id")
    assert (event.subject, event.subject_id) == ("class overview", str(cast.class_7b.pk))
    assert event.pupil_ids == sorted(pupil.pk for pupil in cast.pupils)


def test_a_large_class_costs_no_more_queries_than_a_small_one(cast: Cast) -> None:
    client, address = signed_in(cast.mette), reverse("absence:class", args=[cast.class_7b.pk])
    client.get(address)
    with statements() as few:
        client.get(address)
    factories.pupils(25, in_class=cast.class_7b)
    attended(cast.class_7b, school_days(YESTERDAY)[-40:], {cast.pupils[2]: 6})
    with statements() as many:
        client.get(address)
    assert len(many) == len(few)


def test_the_register_leads_to_the_overview_of_its_class(cast: Cast) -> None:
    address = reverse("absence:class", args=[cast.class_7b.pk])
    assert f'href="{address}"' in signed_in(cast.mette).get(url(cast.class_7b, DAY)).content.decode()
