"""How is markup written again and again, without rendering a template each time?

A row's template is rendered once for each shape a row can have (its few flags and choices) and each language, with
stand-ins where the words of a person go. What comes out is kept, and every row after that only fills in its own words,
escaped. Rendering a template for each of 28 pupils took more time than everything else the register page does. A part that is
made of a few values and nothing else, as the menu of a role, is kept whole under those values.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any, Protocol
from weakref import WeakKeyDictionary, ref

from django.template import Template
from django.template.loader import get_template
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from fravaer.core.remembering import Memory

# Signs of Unicode's private use area: no template and no name contains them, and escaping leaves them alone.
OPEN, CLOSE = "\ue000", "\ue001"
# Under which name a shape says which words there are none of.
EMPTY = "empty"
STAND_IN = re.compile(f"{OPEN}([a-z0-9_]+){CLOSE}")
# Bytes of what is kept whole, with the values it is kept under: those take about as much again, and letters up to two bytes.
MOST = 4_000_000
BYTES_A_LETTER, BYTES_A_PART = 4, 2_000

Shape = Mapping[str, Any]
Words = Mapping[str, object]
# Of each shape the markup between the words, with room for them at every second place, and which word goes where.
_rows: WeakKeyDictionary[Template, dict[tuple[object, ...], tuple[list[str], list[str]]]] = (
    WeakKeyDictionary()
)
Whole = tuple[ref[Template], str | None, tuple[tuple[str, Hashable], ...]]
_whole = Memory[Whole, SafeString](
    most=MOST, size=lambda _key, markup: BYTES_A_PART + BYTES_A_LETTER * len(markup)
)


class Row(Protocol):
    """`shape` has few different values among all rows there will ever be; `words` are written as they are, escaped."""

    @property
    def shape(self) -> Shape: ...

    @property
    def words(self) -> Words: ...


def written(template_name: str, rows: Iterable[Row]) -> SafeString:
    """The rows, each as the template would have rendered it with its shape and words as context.

    The template may ask about the shape, and only write the words: no `{% if %}` and no filter on a word.
    """
    # Debug pages and autoreload swap the template for a new one; what was kept of the old goes with it.
    template: Template = get_template(template_name).template  # type: ignore[attr-defined]
    kept = _rows.setdefault(template, {})
    language = get_language()
    pieces: list[str] = []
    for row in rows:
        shape, words = row.shape, row.words
        key = (language, *shape.values())
        if (stencil := kept.get(key)) is None:
            stencil = kept[key] = _cut(template_name, shape, words)
        markup, names = stencil
        line = markup.copy()
        # A word stands in many places of its row.
        escaped = {
            name: escape(word) if type(word) is str else _escaped(word) for name, word in words.items()
        }
        line[1::2] = [escaped[name] for name in names]
        pieces += line
    return SafeString("".join(pieces))


@dataclass(frozen=True, slots=True)
class _Part:
    shape: Shape
    words: Words


def part(template_name: str, shape: Shape, words: Words) -> SafeString:
    """A part of a page as a row of its own, rendered once for each shape and for which of its words are empty.

    The template may ask whether a word is there (`{% if note %}`), and else only write it.
    """
    empty = tuple([name for name, word in words.items() if word == ""])
    return written(template_name, [_Part({**shape, EMPTY: empty}, words)])


def whole(template_name: str, values: Mapping[str, Hashable]) -> SafeString:
    """The template rendered with these values, once for each of them and each language.

    It sees nothing else of the page: neither the reader nor her request, so that what is kept is nobody's.
    """
    template = get_template(template_name)
    key = ref(template.template), get_language(), tuple(values.items())  # type: ignore[attr-defined]
    markup = _whole.of([key]).get(key)
    return _whole.keep(key, SafeString(template.render(dict(values)))) if markup is None else markup


def _cut(template_name: str, shape: Shape, words: Words) -> tuple[list[str], list[str]]:
    """The rendered template between its words, and their names in order."""
    empty = shape.get(EMPTY, ())
    stand_ins = {name: "" if name in empty else f"{OPEN}{name}{CLOSE}" for name in words}
    markup = STAND_IN.split(get_template(template_name).render({**shape, **stand_ins}))
    names = markup[1::2]
    if not words.keys() >= set(names) or any(OPEN in part or CLOSE in part for part in markup[::2]):
        raise ValueError(f"{template_name} does more with a word than write it")
    return markup, names


def _escaped(word: object) -> str:
    """As Django escapes what a template writes."""
    return word.__html__() if hasattr(word, "__html__") else escape(str(word))
