"""How does a template write a figure that can be explained?"""

from __future__ import annotations

from collections.abc import Sequence

from django import template
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from fravaer.core import stencil
from fravaer.core.templatetags.danish import NOTHING
from fravaer.reports import pictures, rows, wording
from fravaer.reports.blocks import Dashboard, Value
from fravaer.reports.ordering import Line

register = template.Library()

register.filter("figure_words", wording.figure)
register.filter("period_name", wording.period)
register.filter("year_group", wording.year_group)
register.filter("row_name", wording.row)
register.filter("group_name", wording.group)
register.filter("band_name", wording.band)


@register.filter
def reason_name(key: str) -> str:
    return str(wording.REASONS[key])


@register.simple_tag(takes_context=True)
def figure(context: Context, value: Value | None) -> SafeString:
    """The figure as a link to how it came about; two dots where it is hidden, said in words to screen readers."""
    if value is None or value.shown is None:
        return plain_figure(value)
    return format_html(
        '<a class="figure-link" href="{}{}#explained">{}</a>',
        context["explain"],
        value.id,
        wording.figure(value),
    )


@register.simple_tag
def plain_figure(value: Value | None) -> SafeString:
    """The figure alone, in brackets where it is uncertain."""
    if value is None:
        return format_html("{}", NOTHING)
    if value.is_hidden:
        return format_html(
            '<span aria-hidden="true">{}</span><span class="sr-only">{}</span>',
            wording.HIDDEN,
            _("hidden for the sake of anonymity"),
        )
    words = wording.figure(value)
    return format_html("({})" if value.is_uncertain else "{}", words)


@register.simple_tag(takes_context=True)
def url_to(context: Context, value: Value) -> str:
    """The address of how the figure came about; "" where there is no figure."""
    return "" if value.shown is None else f"{context['explain']}{value.id}#explained"


@register.simple_tag
def pictures_of(d: Dashboard) -> pictures.Pictures:
    """The pictures of the page's blocks."""
    return pictures.of(d)


@register.simple_tag
def table_rows(table: str, d: Dashboard, explain: str) -> SafeString:
    """The rows of a block's table, by its name."""
    return stencil.written(f"reports/dashboard/{table}_row.html", rows.of(table, d, explain))


@register.simple_tag
def line_rows(
    lines: Sequence[Line], explain: str, beside_words: str, aims: bool, shows_timely: bool
) -> SafeString:
    """The rows of areas, schools, year groups or classes."""
    found = rows.lines(lines, explain, beside_words=beside_words, aims=aims, shows_timely=shows_timely)
    return stencil.written("reports/dashboard/lines_row.html", found)
