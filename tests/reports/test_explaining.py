"""Every figure of the page says how it came about, to whoever may see it and to nobody else."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from django.test import Client
from django.urls import reverse

from fravaer.accounts.models import User
from fravaer.accounts.roles import Role
from fravaer.cases import measures
from fravaer.cases.measures import Measure
from fravaer.core.periods import Quarter, SchoolYear
from fravaer.reports import explaining, meaning, pictures
from fravaer.reports.blocks import Dashboard, Value
from tests import factories
from tests.cast import DAY, Cast, signed_in
from tests.reports.test_quarter_page import NBSP, QUARTER, take

SHARE = f"12,5{NBSP}%"


@pytest.fixture
def full(cast: Cast) -> Cast:
    """Eighty pupils of two areas, five of one school's forty away, twelve of each school with a social measure."""
    pupils = factories.pupils(40, in_class=cast.class_2a)
    others = factories.pupils(40, in_class=cast.other_class)
    measures.load([Measure(pupil.pk, DAY) for pupil in pupils[:12] + others[:12]])
    take(cast.class_2a, [pupil.pk for pupil in pupils[:5]])
    take(cast.other_class, [])
    return cast


def chief() -> User:
    user = factories.user("Karen Chef")
    factories.grant(user, Role.CHIEF, None)
    return user


def shown(client: Client, address: str = QUARTER, **query: str) -> Dashboard:
    page = client.get(address, query)
    assert page.status_code == 200
    found: Dashboard = page.context["d"]
    return found


def test_every_figure_has_a_title_a_definition_and_its_own_formula(full: Cast) -> None:
    year = reverse("reports:year", args=[SchoolYear.of(DAY)])
    for user, address, query in (
        (chief(), QUARTER, {}),
        (chief_of_social_services(), year, {"years": "0-3"}),
        (full.leader, QUARTER, {}),
    ):
        found = shown(signed_in(user), address, **query)
        for name, value in explaining.values(found).items():
            explained = explaining.explained(found, name)
            assert explained is not None
            assert explained.title, name
            assert explained.definition, name
            assert explained.population, name
            assert "%(" not in "".join(vars_of(explained)), name
            if value.part is not None and value.whole and value.shown is not None:
                assert explained.formula, name


def chief_of_social_services() -> User:
    user = factories.user("Søren Social")
    factories.grant(user, Role.SOCIAL_MANAGER, None)
    return user


def vars_of(explained: explaining.Explanation) -> list[str]:
    return [str(getattr(explained, name)) for name in explained.__slots__]


def test_a_figure_is_opened_with_the_numbers_of_its_formula_and_closed_again(full: Cast) -> None:
    client = signed_in(full.area_manager)
    page = client.get(QUARTER, {"forklar": "total.percent", "compare": "target"})
    text = page.content.decode()
    assert f"5,0 fraværsdage / 40,0 mulige skoledage = {SHARE}" in text
    assert "Din rolle ser tal for grupper" in text
    # Closing keeps everything else that was chosen.
    close = re.search(r'href="(\?[^"]*)#total"', text)
    assert close is not None
    assert "compare=target" in close[1]
    assert "forklar" not in close[1]


def test_a_figure_there_is_not_is_not_found(full: Cast) -> None:
    for name in ("total.nothing", f"school.{full.other_school.pk}.percent", "measure.area.1.everybody", "'"):
        assert signed_in(full.area_manager).get(QUARTER, {"forklar": name}).status_code == 404


def test_a_leader_comes_from_a_figure_to_the_class_and_its_days(full: Cast) -> None:
    client = signed_in(full.leader)
    page = client.get(QUARTER, {"forklar": f"class.{full.class_2a.pk}.percent"}).content.decode()
    way = reverse("reports:quarter-class", args=[Quarter.of(DAY), full.class_2a.pk])
    assert way in page
    assert "Klassens elever og deres dage" in page
    # Nobody above a school gets so far, and nobody at a school hears of measures.
    assert "foranstaltning" not in page
    above = signed_in(full.area_manager).get(QUARTER, {"school": str(full.school.pk)}).content.decode()
    assert way not in above


def test_a_hidden_figure_is_in_no_picture_sentence_or_explanation(full: Cast) -> None:
    found = shown(signed_in(chief()))
    secret = Value("x", None, is_hidden=True)
    hidden = replace(
        found,
        total=replace(found.total, percent=secret, change=secret, distance=None),
        reasons=tuple(replace(reason, percent=secret) for reason in found.reasons),
    )
    assert pictures.of(hidden).reasons is None
    development = pictures.of(hidden).development
    assert development is not None
    assert "Fraværet er" not in development.caption
    opened = explaining.explained(replace(found, total=replace(found.total, percent=secret)), "x")
    assert opened is not None
    assert (opened.written, opened.formula, opened.coverage) == ("..", "", "")


def test_a_figure_says_which_block_it_stands_in(full: Cast) -> None:
    found = shown(signed_in(chief()))
    page = signed_in(chief()).get(QUARTER).content.decode()
    for value in explaining.values(found).values():
        assert f'id="{meaning.block(found, value)}"' in page, value.id
