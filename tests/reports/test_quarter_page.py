"""The quarter's page: who sees which schools, and what it says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from fravaer.absence import register, standing
from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.reasons import Mark
from fravaer.accounts.models import User
from fravaer.accounts.roles import Role
from fravaer.cases import measures
from fravaer.cases.measures import Measure
from fravaer.core.periods import Period, Quarter, a_year_before
from fravaer.reports import ordering
from fravaer.schools.models import SchoolClass
from tests import factories
from tests.cast import DAY, Cast, signed_in, statements
from tests.plans import Plan

QUARTER = reverse("reports:quarter", args=[Quarter(2026, 1)])
# A school year without a closed day is enough for what lies a year back.
PLAN_2024 = Plan(date(2024, 8, 1), date(2025, 7, 31), ())
NBSP = "\N{NO-BREAK SPACE}"


def take(school_class: SchoolClass, absent: list[int]) -> None:
    """The class's morning register of the default day, with these pupils away ill."""
    stands = standing.state(school_class.pk, DAY, Checkpoint.START)
    register.take(
        school_class_id=school_class.pk,
        school_id=school_class.school_id,
        year_group=school_class.year_group,
        day=DAY,
        checkpoint=Checkpoint.START,
        marks={pupil: Mark.ILL if pupil in absent else Mark.HERE for pupil in stands.marks},
        seen_version=stands.version,
        key=uuid4(),
        user_id=None,
        now=timezone.now(),
    )


@pytest.fixture
def large(cast: Cast) -> Cast:
    """So many pupils in both areas that nothing has to be hidden; Birkeskolen's 2.A is registered, and all were there."""
    factories.pupils(40, in_class=cast.class_2a)
    factories.pupils(40, in_class=cast.other_class)
    take(cast.class_2a, [])
    return cast


def page(client: Client, **query: str) -> str:
    return client.get(QUARTER, query).content.decode()


def test_the_quarter_of_the_day_in_view_is_the_first_to_open(cast: Cast) -> None:
    assert signed_in(cast.area_manager).get(reverse("reports:latest"))["Location"] == QUARTER


def test_a_quarter_without_a_register_says_so(cast: Cast) -> None:
    assert "intet at opgøre" in page(signed_in(cast.area_manager))


def test_an_area_manager_sees_her_own_areas_schools_alone(cast: Cast) -> None:
    take(cast.class_7b, [])
    shown = page(signed_in(cast.area_manager))
    assert "Birkeskolen" in shown
    assert "Havneskolen" not in shown


def test_one_more_day_of_absence_is_counted_at_once(large: Cast) -> None:
    client = signed_in(large.area_manager)
    assert f"0,0{NBSP}%" in page(client)
    take(large.class_7b, [large.pupils[0].pk])
    shown = client.get(QUARTER)
    # One of five half-days in 7.B beside forty whole days in 2.A: 1 / 85.
    assert f"1,2{NBSP}%" in shown.content.decode()
    assert shown.context["d"].total.percent.part == 1


def test_few_pupils_are_hidden_from_roles_of_figures_and_shown_to_their_own_leader(cast: Cast) -> None:
    take(cast.class_7b, [cast.pupils[0].pk])
    assert "skjult af hensyn til anonymitet" in page(signed_in(cast.area_manager))
    assert "skjult" not in page(signed_in(cast.leader))


def test_the_split_by_social_measure_is_for_those_entitled_alone(cast: Cast) -> None:
    pupils = factories.pupils(40, in_class=cast.class_2a)
    measures.load([Measure(pupil.pk, DAY) for pupil in pupils[:12]])
    take(cast.class_2a, [pupil.pk for pupil in pupils[:3]])
    assert "social foranstaltning" in page(signed_in(cast.area_manager))
    assert f"25,0{NBSP}%" in page(signed_in(cast.area_manager))
    assert "foranstaltning" not in page(signed_in(cast.leader))


def test_a_group_too_small_is_not_split_off(cast: Cast) -> None:
    pupils = factories.pupils(40, in_class=cast.class_2a)
    measures.load([Measure(pupil.pk, DAY) for pupil in pupils[:3]])
    take(cast.class_2a, [pupil.pk for pupil in pupils[:3]])
    assert "skjult af hensyn til anonymitet" in page(signed_in(cast.area_manager))


@pytest.mark.parametrize(
    "quarter", ["2026K5", "2026K0", "26K1", "0000K1", "2026k1", "1900K1", "1999K4", "2028K1", "9998K4"]
)
def test_a_quarter_that_cannot_be_is_not_found(cast: Cast, quarter: str) -> None:
    assert signed_in(cast.area_manager).get(f"/reports/quarter/{quarter}/").status_code == 404


def test_a_foreign_area_is_not_found(cast: Cast) -> None:
    client = signed_in(cast.area_manager)
    assert client.get(QUARTER, {"area": "syd"}).status_code == 404
    assert client.get(QUARTER, {"area": "nowhere"}).status_code == 404


def test_the_municipality_can_be_narrowed_to_an_area(cast: Cast) -> None:
    chief = factories.user("Karen Chef")
    factories.grant(chief, Role.CHIEF, None)
    take(cast.class_7b, [])
    shown = page(signed_in(chief), area="syd")
    assert "Birkeskolen" not in shown
    assert "Havneskolen" in page(signed_in(chief))


def test_an_area_manager_of_two_areas_opens_the_first_and_may_choose_the_other(cast: Cast) -> None:
    factories.grant(cast.area_manager, Role.AREA_MANAGER, cast.south)
    take(cast.class_7b, [])
    client = signed_in(cast.area_manager)
    assert "Havneskolen" not in page(client)
    assert "Alle områder" not in page(client)
    take(cast.other_class, [])
    assert "Havneskolen" in page(client, area="syd")


def test_a_leader_sees_her_school_beside_the_municipality(large: Cast) -> None:
    shown = page(signed_in(large.leader))
    assert f"Hele kommunen: 0,0{NBSP}%" in shown
    assert "Havneskolen" not in shown


def test_a_hidden_school_takes_another_with_it_in_every_view(cast: Cast) -> None:
    """Narrowing to an area must not open what the whole municipality hides, nor the other way round."""
    small = factories.school("Bakkeskolen", of=cast.north)
    large = factories.school("Søskolen", of=cast.north)
    for school, size in ((small, 4), (large, 30)):
        factories.pupils(size, in_class=factories.school_class("1.A", at=school, year=cast.year))
    factories.pupils(40, in_class=cast.class_2a)
    factories.pupils(20, in_class=cast.other_class)
    take(cast.class_2a, [])
    take(cast.other_class, [])
    chief = factories.user("Karen Chef")
    factories.grant(chief, Role.CHIEF, None)
    for client, query in (
        (signed_in(chief), {}),
        (signed_in(chief), {"area": "nord"}),
        (signed_in(cast.area_manager), {}),
    ):
        hidden = {
            row.name for row in client.get(QUARTER, query).context["d"].schools if row.percent.is_hidden
        }
        assert hidden == {"Bakkeskolen", "Søskolen"}


def test_last_years_figure_stays_hidden_when_the_group_has_grown_since(large: Cast) -> None:
    """The change would give it away."""
    before = factories.school_year(PLAN_2024)
    old = factories.school_class("1.A", at=large.school, year=before)
    factories.pupils(3, in_class=old)
    factories.pupils(40, in_class=factories.school_class("1.A", at=large.other_school, year=before))
    [row] = signed_in(large.area_manager).get(QUARTER).context["d"].schools
    assert row.percent.pupils
    assert row.before.is_hidden
    assert row.change.shown is None


def test_too_few_registers_grey_the_figures_and_say_so(large: Cast) -> None:
    shown = page(signed_in(large.area_manager))
    assert 'class="is-uncertain"' in shown
    assert "Læs tallene med forbehold" in shown


def test_the_split_by_area_is_for_social_services_managers_alone(cast: Cast) -> None:
    pupils = factories.pupils(40, in_class=cast.class_2a) + factories.pupils(40, in_class=cast.other_class)
    measures.load([Measure(pupil.pk, DAY) for pupil in pupils[:12] + pupils[40:52]])
    take(cast.class_2a, [pupil.pk for pupil in pupils[:3]])
    manager, chief = factories.user("Søren Social"), factories.user("Karen Chef")
    factories.grant(manager, Role.SOCIAL_MANAGER, None)
    factories.grant(chief, Role.CHIEF, None)

    def groups(user: User) -> list[tuple[str, bool]]:
        pairs = signed_in(user).get(QUARTER).context["d"].measure
        return [(pair.name, pair.with_measure.is_hidden) for pair in pairs if pair.kind != "stage"]

    assert groups(manager) == [("", False), ("Nord", False), ("Syd", False)]
    assert groups(chief) == groups(cast.area_manager) == [("", False)]


def test_a_leader_of_social_workers_sees_no_split(cast: Cast) -> None:
    leader = factories.user("Lone Leder")
    factories.grant(leader, Role.SOCIAL_LEADER, cast.school)
    pupils = factories.pupils(40, in_class=cast.class_2a)
    measures.load([Measure(pupil.pk, DAY) for pupil in pupils[:12]])
    take(cast.class_2a, [])
    assert "foranstaltning" not in page(signed_in(leader))


def test_the_page_names_its_method_its_moment_and_what_it_compares_with(large: Cast) -> None:
    shown = page(signed_in(large.area_manager))
    assert (
        "Opgjort fra 01-01-2026 til og med 10-03-2026, som registreringerne så ud 10-03-2026 kl. 8.00."
        in shown
    )
    assert "De samme datoer året før, 01-01-2025 til 10-03-2025." in shown
    assert "Dage. 0,0 fraværsdage divideret med 40,0 mulige skoledage" in shown


def test_a_quarter_that_lies_ahead_is_empty_and_is_not_linked_to(cast: Cast) -> None:
    take(cast.class_7b, [])
    client = signed_in(cast.area_manager)
    ahead = reverse("reports:quarter", args=[Quarter(2026, 2)])
    assert "intet at opgøre" in client.get(ahead).content.decode()
    assert ahead not in page(client)
    assert reverse("reports:quarter", args=[Quarter(2025, 4)]) in page(client)


@pytest.mark.parametrize("day", [date(2024, 2, 29), date(2024, 3, 1)])
def test_a_year_before_a_leap_day_is_the_day_before_march(day: date) -> None:
    before = a_year_before(Period(date(2024, 1, 1), day))
    assert before == Period(date(2023, 1, 1), date(2023, 2, 28) if day.day == 29 else date(2023, 3, 1))


def test_teachers_may_not_open_the_quarter(cast: Cast) -> None:
    assert signed_in(cast.mette).get(QUARTER).status_code == 403


@pytest.mark.parametrize("size", [3, 60])
def test_queries_do_not_grow_with_the_pupils(cast: Cast, size: int) -> None:
    pupils = factories.pupils(size, in_class=cast.class_2a)
    take(cast.class_2a, [])
    client = signed_in(cast.area_manager)
    page(client)
    with statements() as unchanged:
        page(client)
    assert len(unchanged) <= 15, unchanged
    take(cast.class_2a, [pupils[0].pk])
    with statements() as drawn_anew:
        page(client)
    # Two dozen of them count the period anew, as a job would.
    assert len(drawn_anew) <= 36, drawn_anew


def test_reasons_stand_apart_in_percent_and_days(large: Cast) -> None:
    take(large.class_7b, [pupil.pk for pupil in large.pupils[:2]])
    found = signed_in(large.area_manager).get(QUARTER).context["d"]
    shown = {reason.key: (reason.percent.part, reason.percent.shown) for reason in found.reasons}
    # Two half-days of illness of eighty-five.
    assert shown == {"illness": (2, 24), "leave": (0, 0), "unlawful": (0, 0), "pending": (0, 0)}
    assert found.reasons[0].days.shown == found.total.days.shown


def test_one_goes_down_step_by_step_and_keeps_what_was_chosen(large: Cast) -> None:
    chief = factories.user("Karen Chef")
    factories.grant(chief, Role.CHIEF, None)
    take(large.other_class, [])
    client, chosen = signed_in(chief), {"compare": "municipality", "method": "ministry"}
    address, down = QUARTER, []
    for name in ("areas", "schools"):
        page = client.get(address, chosen if address == QUARTER else {})
        assert page.status_code == 200
        [line] = [
            line for line in getattr(page.context["page"], name) if line.row.name in ("Nord", "Birkeskolen")
        ]
        down.append(line.url)
        assert "compare=municipality" in line.url
        assert "method=ministry" in line.url
        address = QUARTER + line.url
    school = client.get(address)
    assert [line.row.name for line in school.context["page"].year_groups] == ["2", "7"]
    assert [label for label, _url in school.context["crumbs"]] == ["Hele kommunen", "Nord", "Birkeskolen"]
    # Where the chief's way ends: classes are the school's own.
    assert not school.context["page"].classes
    own = signed_in(large.leader).get(QUARTER).context["page"].classes
    assert [line.row.name for line in own] == ["2.A", "7.B"]


def test_the_order_is_alphabetical_until_somebody_asks_for_another(large: Cast) -> None:
    take(large.class_2a, [])
    chief = factories.user("Karen Chef")
    factories.grant(chief, Role.CHIEF, None)
    client = signed_in(chief)
    schools = ("Bakkeskolen", "Ådalskolen")
    for number, name in enumerate(schools):
        of = factories.school(name, of=large.south)
        made = factories.school_class("1.A", at=of, year=large.year)
        pupils = factories.pupils(20, in_class=made)
        take(made, [pupil.pk for pupil in pupils[: 2 + 2 * number]])

    def names(**query: str) -> list[str]:
        return [line.row.name for line in client.get(QUARTER, query).context["page"].schools]

    assert names() == ["Bakkeskolen", "Birkeskolen", "Havneskolen", "Ådalskolen"]
    # Of all schools too few days of the quarter are registered, and none is ranked.
    assert names(sort="percent") == names()
    rows = [line.row for line in client.get(QUARTER).context["page"].schools]
    sure = [
        replace(row, percent=replace(row.percent, is_uncertain=row.name == "Birkeskolen")) for row in rows
    ]
    for order, ranked in (
        ("percent", ["Ådalskolen", "Bakkeskolen"]),
        ("-percent", ["Bakkeskolen", "Ådalskolen"]),
    ):
        # What is uncertain and what has no figure come last.
        assert [row.name for row in ordering.ordered(sure, order)] == [*ranked, "Birkeskolen", "Havneskolen"]
    assert client.get(QUARTER, {"sort": "name"}).status_code == 404


def test_another_period_is_chosen_from_the_list_and_the_rest_is_kept(large: Cast) -> None:
    client = signed_in(large.area_manager)
    for period, address in (("2025-26", "/reports/year/2025-26/"), ("2025K4", "/reports/quarter/2025K4/")):
        moved = client.get(QUARTER, {"period": period, "years": "0-3", "forklar": "total.percent"})
        assert moved["Location"] == f"{address}?years=0-3"
        assert client.get(moved["Location"]).status_code == 200
    for impossible in ("2026K9", "2025-27", "x"):
        assert client.get(QUARTER, {"period": impossible}).status_code == 404
    for address in ("/reports/year/2025-27/", "/reports/year/1999-00/"):
        assert client.get(address).status_code == 404
