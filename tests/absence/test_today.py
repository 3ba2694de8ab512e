"""The teacher's first page of the day."""

from __future__ import annotations

import re

import pytest
import time_machine

from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.models import Reminder
from fravaer.accounts.roles import Role
from tests import factories
from tests.absence.conftest import save, url
from tests.cast import DAY, Cast, signed_in


def cards(page: str) -> list[str]:
    """What each class's card says."""
    found = re.findall(r'<li class="class-card.*?</li>', page, re.S)
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", card)).strip() for card in found]


def today(cast: Cast) -> str:
    return signed_in(cast.mette).get("/today/").content.decode()


def test_a_class_of_year_group_seven_shows_both_its_registers_and_leads_into_the_morning_first(
    cast: Cast,
) -> None:
    page = today(cast)
    assert "Morgen Mangler Sidst på dagen Åbner kl. 12.00" in cards(page)[0]
    assert f'href="{url(cast.class_7b, DAY)}">7.B' in page


def test_after_the_morning_the_card_leads_into_the_end_of_the_day(
    cast: Cast, clock: time_machine.Traveller
) -> None:
    save(signed_in(cast.mette), cast.class_7b, DAY, dict.fromkeys(cast.pupils, "T"))
    assert f'href="{url(cast.class_7b, DAY)}">7.B' in today(cast)
    clock.move_to(factories.moment(DAY, 13, 10))
    page = today(cast)
    assert f'href="{url(cast.class_7b, DAY, Checkpoint.END)}">7.B' in page
    assert "1 klasse mangler" in page
    save(
        signed_in(cast.mette), cast.class_7b, DAY, dict.fromkeys(cast.pupils, "T"), checkpoint=Checkpoint.END
    )
    page = today(cast)
    assert "Alle klasser er registreret." in page
    assert "Sidst på dagen Registreret kl. 13.10 · 5 af 5 her" in cards(page)[0]


def test_a_morning_that_was_forgotten_comes_before_the_end_of_the_day(
    cast: Cast, clock: time_machine.Traveller
) -> None:
    clock.move_to(factories.moment(DAY, 13, 10))
    page = today(cast)
    assert f'href="{url(cast.class_7b, DAY)}">7.B' in page
    assert f'href="{url(cast.class_7b, DAY, Checkpoint.END)}"' in page


def test_a_class_of_year_group_two_has_one_register(cast: Cast) -> None:
    factories.pupil("Ida Krag", in_class=cast.class_2a)
    factories.grant(cast.mette, Role.TEACHER, cast.class_2a)
    card = next(card for card in cards(today(cast)) if card.startswith("2.A"))
    assert card == "2.A Birkeskolen Mangler Overblik over 2.A"


def test_a_class_without_pupils_asks_for_nothing(cast: Cast) -> None:
    factories.grant(cast.mette, Role.TEACHER, cast.class_2a)
    page = today(cast)
    assert "2.A Birkeskolen Ingen elever i klassen Overblik over 2.A" in cards(page)
    assert re.search(r"<title>\s*\(1\)", page), "7.B alone"


def test_the_end_of_the_day_is_asked_for_when_the_school_has_chosen(
    cast: Cast, clock: time_machine.Traveller
) -> None:
    clock.move_to(factories.moment(DAY, 12, 1))
    assert "Sidst på dagen 7.B Mangler" in cards(today(cast))[0]


def test_ones_own_classes_come_before_all_others_of_the_school(cast: Cast) -> None:
    factories.pupil("Ida Krag", in_class=cast.class_2a)
    assert [card[:3] for card in cards(today_of(cast))] == ["2.A", "7.B"]
    factories.grant(cast.leader, Role.LEADER, cast.class_7b)
    assert [card[:3] for card in cards(today_of(cast))] == ["7.B", "2.A"]


def today_of(cast: Cast) -> str:
    return signed_in(cast.leader).get("/today/").content.decode()


def test_a_substitute_is_not_offered_the_overview_of_a_class(cast: Cast) -> None:
    substitute = factories.user("Vik Ar")
    factories.grant(substitute, Role.SUBSTITUTE, cast.class_7b)
    assert "Overblik" not in signed_in(substitute).get("/today/").content.decode()


@pytest.mark.parametrize("name", ["register", "class"])
def test_today_is_the_current_entry_of_the_menu_on_the_pages_behind_it(cast: Cast, name: str) -> None:
    address = url(cast.class_7b, DAY) if name == "register" else f"/classes/{cast.class_7b.pk}/"
    page = signed_in(cast.mette).get(address).content.decode()
    current = re.findall(r'href="([^"]*)" aria-current="page"', page)
    assert current == ["/today/", "/today/"]


def test_a_request_for_the_register_stands_on_top_until_it_is_taken(cast: Cast) -> None:
    asked = Reminder(
        school_class=cast.class_7b,
        day=DAY,
        checkpoint=1,
        step=0,
        asked_at=factories.moment(DAY, 7, 50),
        asked_by=cast.secretary,
        asked=[cast.mette.pk],
    )
    asked.save()
    page = today(cast)
    assert "Sanne Friis bad dig kl. 7.50 om at tage denne registrering:" in re.sub(r"\s+", " ", page)
    save(signed_in(cast.mette), cast.class_7b, DAY, dict.fromkeys(cast.pupils, "T"))
    assert "bad dig" not in today(cast)
