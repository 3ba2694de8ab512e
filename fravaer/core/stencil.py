"""How is a list of like rows written, without rendering a template for each?

A row's template is rendered once for each shape a row can have (its few flags and choices) and each language, with
stand-ins where the words of a person go. What comes out is kept, and every row after that only fills in its own words,
escaped. Rendering a template for each of 28 pupils took more time than everything else the register page does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from django.template import Template
from django.template.loader import get_template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language

# Signs of Unicode's private use area: no template and no name contains them, and escaping leaves them alone.
OPEN, CLOSE = "\ue000", "\ue001"

Shape = Mapping[str, Any]
Words = Mapping[str, object]
_kept: WeakKeyDictionary[Template, dict[tuple[object, ...], str]] = WeakKeyDictionary()


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
    kept = _kept.setdefault(template, {})
    language = get_language()
    pieces = []
    for row in rows:
        shape, words = row.shape, row.words
        key = (language, *shape.values())
        if (stencil := kept.get(key)) is None:
            stencil = kept[key] = _cut(template_name, shape, words)
        pieces.append((format_html(stencil, **words),))
    return format_html_join("", "{}", pieces)


def _cut(template_name: str, shape: Shape, words: Words) -> str:
    """The rendered template as a format string with the names of the words."""
    stand_ins = {name: f"{OPEN}{name}{CLOSE}" for name in words}
    page = get_template(template_name).render({**shape, **stand_ins})
    page = page.replace("{", "{{").replace("}", "}}")
    for name, stand_in in stand_ins.items():
        page = page.replace(stand_in, f"{{{name}}}")
    if OPEN in page or CLOSE in page:
        raise ValueError(f"{template_name} does more with a word than write it")
    return page
