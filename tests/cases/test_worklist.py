"""Who is over a line, and who of them first? The page as its readers meet it."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from fravaer.accounts.models import User
from fravaer.accounts.roles import Role
from fravaer.audit.models import Event
from fravaer.cases import triage
from fravaer.cases.models import Case
from fravaer.schools.models import Enrolment
from tests import factories
from tests.cases import casework, lettering
from tests.cases.attendance import attended, school_days
from tests.cast import DAY, MORNING, Cast, signed_in

pytestmark = pytest.mark.usefixtures("book")
URL = reverse("cases:worklist")


def page(user: User, **query: object) -> str:
    response = signed_in(user).get(URL, query_params={key: str(value) for key, value in query.items()})
    assert response.status_code == 200
    return response.content.decode().replace("\N{NO-BREAK SPACE}", " ")


def names(html: str) -> list[str]:
    """The given names in the table, from the top."""
    body = html.partition("<tbody>")[2].partition("</tbody>")[0]
    return re.findall(r'<span translate="no"><b>(\w+)</b>', body)


@pytest.fixture
def inclusion(cast: Cast) -> User:
    user = factories.user("Inger Lund")
    factories.grant(user, Role.INCLUSION, cast.school)
    return user


def test_a_pupil_the_night_found_is_on_the_social_workers_list_with_why_and_trend(cast: Cast) -> None:
    days = school_days(date(2026, 3, 9))
    attended(cast.class_7b, days[:-20], {cast.pupils[0]: 12})
    attended(cast.class_7b, days[-20:], {cast.pupils[0]: 16})
    triage.run(days[-1], factories.moment(DAY, 6))
    html = page(cast.social_worker)
    assert names(html) == ["Aksel"]
    assert len(days) == 132
    # 28 of 264 half-days.
    assert "10,6 % siden august · regel 10–20 %" in re.sub("<[^>]+>", "", html)
    assert "stiger: fra 0,0 % til 40,0 %" in html
    assert "Tidlig indsats" in html
    assert "Ingen har handlet" in html
    # A rate never stands without how much of it is registered.
    assert "100,0 % registreret" in html
    # What is left until the next line of each clock: 28 of 264 half-days, and no unlawful day of the quarter's.
    assert "16 dage til 20 %" in html
    assert re.search(r"\d+½? dage til 10 %", html)
    assert "Beregnet kl. 6.00 til og med mandag 9. marts 2026" in html


def test_the_letter_somebody_last_had_in_hand_stands_in_the_row_of_those_who_read_it(cast: Cast) -> None:
    days = school_days(date(2026, 3, 9))
    attended(cast.class_7b, days, {cast.pupils[0]: 40})
    triage.run(days[-1], factories.moment(DAY, 6))
    lettering.signed_of(cast.pupils[0], cast.school)
    assert "Varsling ved 10 % ulovligt: underskrevet 10-03-2026" in page(cast.leader)
    # No case lets the social worker in to the pupil's letters.
    assert "underskrevet" not in page(cast.social_worker)
    case = casework.case_of(cast.pupils[0])
    happened = signed_in(cast.leader).get(reverse("cases:timeline", args=[case.uuid])).content.decode()
    assert "Varsling ved 10 % ulovligt: Underskrevet" in happened.replace("\N{NO-BREAK SPACE}", " ")


def test_an_empty_list_says_so_and_when_it_was_counted(cast: Cast) -> None:
    assert "Der er ikke beregnet noget endnu" in page(cast.social_worker)
    triage.run(date(2026, 3, 9), factories.moment(DAY, 6))
    assert "Ingen elever opfylder reglerne i dag. Seneste beregning kl. 6.00." in page(cast.social_worker)


def test_the_list_begins_with_the_highest_priority_then_the_steepest_rise_then_the_longest_wait(
    cast: Cast,
) -> None:
    aksel, freja, noah, zoe, orn = cast.pupils
    casework.crossing_of(aksel, 1, trend=(100, 100), over_since=date(2026, 3, 3))
    casework.crossing_of(freja, 1, trend=(100, 100), over_since=date(2026, 3, 2))
    casework.crossing_of(noah, 1, trend=(100, 300))
    casework.crossing_of(zoe, 1, trend=None)
    casework.crossing_of(orn, 3, trend=(400, 100))
    assert names(page(cast.social_worker)) == ["Ørn", "Noah", "Freja", "Aksel", "Zoë"]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("pupil", ["Aksel", "Freja", "Noah", "Zoë", "Ørn"]),
        ("-pupil", ["Ørn", "Zoë", "Noah", "Freja", "Aksel"]),
        ("waiting", ["Zoë", "Ørn", "Noah", "Aksel", "Freja"]),
        ("trend", ["Aksel", "Freja", "Noah", "Zoë", "Ørn"]),
        ("-trend", ["Zoë", "Noah", "Freja", "Aksel", "Ørn"]),
        # What is not a column is not asked for.
        ("measured", None),
        ("pupil__guardianships__guardian__phones__e164", None),
        ("?", None),
        ("", None),
    ],
)
def test_a_reader_may_sort_by_the_columns_and_by_nothing_else(
    cast: Cast, sort: str, expected: list[str] | None
) -> None:
    aksel, freja, noah, zoe, orn = cast.pupils
    casework.crossing_of(aksel, trend=(0, 400), over_since=date(2026, 3, 5))
    casework.crossing_of(freja, trend=(0, 300), over_since=date(2026, 3, 6))
    casework.crossing_of(noah, trend=(0, 200), over_since=date(2026, 3, 4))
    casework.crossing_of(zoe, trend=(0, 100), over_since=date(2026, 3, 2))
    casework.crossing_of(orn, trend=None, over_since=date(2026, 3, 3))
    # A week over the line counts two points: one of waiting, one of silence. Rises above ten points count ten.
    default = ["Zoë", "Aksel", "Freja", "Noah", "Ørn"]
    assert names(page(cast.social_worker, sort=sort)) == (expected or default)


def test_a_reader_finds_pupils_by_name_and_band(cast: Cast) -> None:
    for pupil, band in zip(cast.pupils, (1, 2, 3, 1, 1), strict=True):
        casework.crossing_of(pupil, band)
    worker = cast.social_worker
    assert names(page(worker, q="aagaard")) == ["Ørn"]
    assert names(page(worker, q="ØRN aag")) == ["Ørn"]
    assert names(page(worker, q="%")) == names(page(worker, q="_")) == []
    assert names(page(worker, q="o\u0308")) == []
    assert names(page(worker, band=3)) == ["Noah"]
    assert "Intet på listen passer til dine valg" in page(worker, q="Findesikke")


@pytest.mark.parametrize("query", [{"band": "9"}, {"view": "x"}, {"page": "999"}, {"page": "x"}])
def test_a_wrong_address_shows_the_list_and_breaks_nothing(cast: Cast, query: dict[str, str]) -> None:
    casework.crossing_of(cast.pupils[0])
    assert names(page(cast.social_worker, **query)) == ["Aksel"]


def test_a_social_worker_of_another_school_sees_nothing_of_this_one(cast: Cast) -> None:
    casework.crossing_of(cast.pupils[0])
    casework.crossing_of(cast.others[0])
    other = factories.user("Ole Bank")
    factories.grant(other, Role.SOCIAL_WORKER, cast.other_school)
    html = page(other)
    assert names(html) == ["Alma"]
    assert "Aksel" not in html
    assert "Birkeskolen" not in html


def test_a_reader_with_two_schools_narrows_by_school_and_may_name_no_third(cast: Cast) -> None:
    casework.crossing_of(cast.pupils[0])
    casework.crossing_of(cast.others[0])
    third = factories.school("Engskolen", of=cast.south)
    factories.grant(cast.social_worker, Role.SOCIAL_WORKER, cast.other_school)
    html = page(cast.social_worker)
    assert sorted(names(html)) == ["Aksel", "Alma"]
    assert "Havneskolen" in html
    assert names(page(cast.social_worker, school=cast.other_school.pk)) == ["Alma"]
    refused = [page(cast.social_worker, school=pk) for pk in (third.pk, 999_999)]
    assert [names(html) for html in refused] == [names(html) for html in refused[:1] * 2]
    assert "Engskolen" not in refused[0]


@pytest.mark.parametrize("who", ["mette", "secretary", "area_manager"])
def test_a_teacher_a_secretary_and_an_area_manager_have_no_list(cast: Cast, who: str) -> None:
    assert signed_in(getattr(cast, who)).get(URL).status_code == 403


def test_a_pupil_who_has_moved_is_on_the_list_of_the_new_school_only(cast: Cast) -> None:
    aksel = cast.pupils[0]
    casework.crossing_of(aksel)
    Enrolment.objects.filter(pupil=aksel).update(until=DAY)
    factories.enrol([aksel], cast.other_class, since=DAY)
    assert names(page(cast.social_worker)) == []
    assert names(page(cast.stranger)) == ["Aksel"]


def test_the_inclusion_team_sees_the_flag_and_the_figures_of_its_own_cases_alone(
    cast: Cast, inclusion: User
) -> None:
    aksel, freja = cast.pupils[:2]
    casework.crossing_of(aksel)
    casework.take_part(inclusion, Role.INCLUSION, casework.case_of(freja))
    html = page(inclusion)
    assert sorted(names(html)) == ["Aksel", "Freja"]
    assert html.count("12,3 % siden august") == 1
    assert html.count("stiger: fra 8,0 % til 14,5 %") == 1
    # Neither the order nor the sum nor a view tells her by how much the others are away.
    assert "sort=trend" not in html
    assert "procentpoint" not in html
    assert "view=unlawful" not in html


def test_the_inclusion_team_sees_that_others_work_with_a_pupil_and_gets_no_link(
    cast: Cast, inclusion: User
) -> None:
    case = casework.case_of(cast.pupils[0])
    html = page(inclusion)
    assert "Sag åben" in html
    assert str(case.uuid) not in html
    assert str(case.uuid) in page(cast.leader)


def test_each_reading_is_in_the_trail_with_the_pupils_shown_and_no_others(cast: Cast) -> None:
    for pupil in cast.pupils[:3]:
        casework.crossing_of(pupil)
    page(cast.social_worker, q="Freja")
    event = Event.objects.filter(action="read").latest("id")
    assert (event.actor_id, event.role, event.subject) == (
        cast.social_worker.pk,
        "social_worker",
        "worklist",
    )
    assert event.pupil_ids == [cast.pupils[1].pk]


def test_a_school_where_registers_are_missing_is_named_above_the_list(cast: Cast) -> None:
    days = school_days(date(2026, 3, 9))
    attended(cast.class_7b, days[::2], {})
    triage.run(days[-1], MORNING)
    html = page(cast.social_worker)
    assert "Birkeskolen: Kun" in html
    attended(cast.class_7b, days, {})
    # 2.A has no pupils, so 7.B is all there is.
    assert "Birkeskolen: Kun" not in page(cast.social_worker)


def test_a_protected_pupil_has_the_mark(cast: Cast) -> None:
    hidden = factories.pupil("Gry Skjold", in_class=cast.class_7b, protected=True)
    casework.crossing_of(hidden)
    assert "Navne- og adressebeskyttet" in page(cast.social_worker)


def test_names_are_text_and_never_markup(cast: Cast) -> None:
    casework.crossing_of(factories.pupil("<script>x</script> O'Hara&", in_class=cast.class_7b))
    html = page(cast.social_worker)
    assert "<script>x" not in html
    assert "&lt;script&gt;x&lt;/script&gt;" in html


def test_the_number_of_queries_is_the_same_for_three_pupils_and_for_sixty(cast: Cast) -> None:
    triage.run(date(2026, 3, 9), MORNING)
    clients = [signed_in(cast.social_worker), signed_in(cast.leader)]
    counts: list[list[int]] = [[], []]
    for size in (3, 60):
        for pupil in factories.pupils(size, in_class=cast.class_2a):
            crossing = casework.crossing_of(pupil)
            if pupil.pk % 3 == 0:
                casework.case_of(crossing.pupil)
        for client, counted in zip(clients, counts, strict=True):
            client.get(URL)
            with CaptureQueriesContext(connection) as queries:
                client.get(URL)
            counted.append(len(queries))
    assert Case.objects.count() >= 20
    for few, many in counts:
        assert few == many <= 26


def test_every_pupil_is_on_exactly_one_page_even_when_all_are_equal(cast: Cast) -> None:
    for pupil in factories.pupils(120, in_class=cast.class_2a):
        casework.crossing_of(pupil)
    for sort in ("", "-waiting"):
        pages = [names(page(cast.social_worker, page=number, sort=sort)) for number in (1, 2, 3)]
        assert [len(found) for found in pages] == [50, 50, 20]
        assert len({name for found in pages for name in found}) == 120
