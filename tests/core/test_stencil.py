"""A list of like rows says what its template would have said row by row."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.template.loader import render_to_string
from django.utils import translation

from fravaer.core import stencil

LETTERS = ("T", "I", "S", "F", "K", "P", "U", "")
NAMES = ("Aksel", "<b>Bo</b>", "O'Neill & søn", "{uuid}", "{{ 0 }}", "100 %", "%s")
REGISTER_ROW = "absence/register_row.html"


@dataclass
class Line:
    shape: dict[str, object]
    words: dict[str, object] = field(default_factory=dict)


def pupils() -> list[Line]:
    return [
        Line(
            {
                "letter": letter,
                "protected": protected,
                "missing": missing,
                "unreadable": False,
                "has_known": missing,
                "unlawful": letter in "U",
            },
            {
                "uuid": f"u-{number}",
                "number": number,
                "given_name": name,
                "family_name": name[::-1],
                "known": name,
                "arrived": "09:10",
            },
        )
        for letter in LETTERS
        for protected in (False, True)
        for missing in (False, True)
        for number, name in enumerate(NAMES, 1)
    ]


@pytest.mark.parametrize("language", ["da", "en"])
def test_every_row_is_what_its_template_makes_of_it(language: str) -> None:
    with translation.override(language):
        one_by_one = [render_to_string(REGISTER_ROW, {**row.shape, **row.words}) for row in pupils()]
        assert stencil.written(REGISTER_ROW, pupils()) == "".join(one_by_one)


def test_a_name_is_never_markup() -> None:
    page = stencil.written(REGISTER_ROW, pupils())
    assert "<b>Bo" not in page
    assert "&lt;b&gt;Bo&lt;/b&gt;" in page


def test_a_template_that_does_more_with_a_word_than_write_it_is_refused(
    settings: LazySettings, tmp_path: Path
) -> None:
    (tmp_path / "loud.html").write_text("<p>{{ name|slugify }}</p>{{ name|truncatechars:3 }}")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    with pytest.raises(ValueError, match="more with a word"):
        stencil.written("loud.html", [Line({}, {"name": "Aksel"})])


def test_no_rows_are_nothing() -> None:
    assert stencil.written(REGISTER_ROW, []) == ""


def test_a_part_kept_whole_is_rendered_once_for_each_value_and_language(
    settings: LazySettings, tmp_path: Path
) -> None:
    (tmp_path / "part.html").write_text("{% load i18n %}{% translate 'Sign in' %} {{ name }} {{ counted }}")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    rendered: list[str] = []

    class Counted:
        def __str__(self) -> str:
            rendered.append("once")
            return "!"

    counted = Counted()
    for _ in range(3):
        with translation.override("en"):
            assert stencil.whole("part.html", {"name": "<b>", "counted": counted}) == "Sign in &lt;b&gt; !"
        with translation.override("da"):
            assert stencil.whole("part.html", {"name": "Bo", "counted": counted}) == "Log ind Bo !"
    assert len(rendered) == 2


def test_a_part_kept_whole_knows_nothing_of_the_page_it_stands_on(
    settings: LazySettings, tmp_path: Path
) -> None:
    (tmp_path / "part.html").write_text("[{{ user }}{{ request }}{{ csrf_token }}{{ name }}]")
    (tmp_path / "page.html").write_text("{% load components %}{{ name }}{% kept 'part.html' %}")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    assert render_to_string("page.html", {"user": "Mette", "name": "Aksel"}) == "Aksel[]"


def test_a_part_may_ask_whether_a_word_is_there_and_keeps_no_other_parts_words() -> None:
    template = "components/kpi.html"
    for words in (
        {"label": "Fravær", "figure": "6,6 %", "unit": "", "change": "", "note": "", "url": ""},
        {"label": "<b>", "figure": "7,2 %", "unit": "dage", "change": "", "note": "O'Neill", "url": "?a&b"},
        {"label": "Fravær", "figure": "1,0 %", "unit": "", "change": "", "note": "", "url": "?c"},
    ):
        assert stencil.part(template, {}, words) == render_to_string(template, words)
