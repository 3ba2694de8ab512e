"""How does a template write a figure that can be explained?"""

from __future__ import annotations

from django import template
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from fravaer.core.templatetags.danish import NOTHING
from fravaer.reports import parts, wording
from fravaer.reports.blocks import Efforts, Value
from fravaer.reports.parts import Filter, Page

register = template.Library()

register.filter("figure_words", wording.figure)
register.filter("period_name", wording.period)


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
def filter_of(filter: Filter) -> SafeString:
    """The bar in which one chooses what is shown."""
    return parts.filter_bar(filter)


@register.simple_tag
def figures_of(page: Page) -> SafeString:
    """The blocks of figures."""
    return parts.figures(page)


@register.simple_tag
def efforts_of(efforts: Efforts, explain: str) -> SafeString:
    """What is done about it, in numbers."""
    return parts.efforts(efforts, explain)


@register.simple_tag
def about_of(page: Page) -> SafeString:
    """What one has to know to read the figures."""
    return parts.about(page)
