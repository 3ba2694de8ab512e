"""How does a template ask for a component that plain `{% include %}` cannot make?

Everything else lies in templates/components and is included `with … only`; the gallery at /dev/components/ (in debug)
shows each with its states.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django import forms, template
from django.forms import BaseForm, BoundField
from django.http import QueryDict
from django.template import Context
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from fravaer.core import drawing, stencil
from fravaer.core.charts import Chart

register = template.Library()

CLASSES = {
    "select": "form-select",
    "selectmultiple": "form-select",
    "checkbox": "form-checkbox",
}
HIDDEN = SafeString(' aria-hidden="true"')
GROUPS = {"radioselect", "checkboxselectmultiple"}
CHOSEN = GROUPS | {"select", "selectmultiple", "clearablefile", "file"}


@register.simple_tag
def icon(name: str, css: str = "", label: str = "") -> SafeString:
    """An icon of the design system's sprite. Without a label it is decoration and hidden from screen readers."""
    return _icon(name, css, str(label))


@lru_cache(maxsize=512)
def _icon(name: str, css: str, label: str) -> SafeString:
    return format_html(
        '<svg class="icon-svg{}"{} focusable="false"><use href="{}#{}"></use></svg>',
        f" {css}" if css else "",
        format_html(' role="img" aria-label="{}"', label) if label else HIDDEN,
        static("vendor/dkfds/img/icons.svg"),
        name,
    )


@register.simple_block_tag
def scrolling_table(content: str, name: str) -> SafeString:
    """A table of the rows inside, with its name for screen readers; too wide for a phone, it is scrolled by finger or key."""
    return format_html(
        '<div class="table-scroll" tabindex="0" role="region" aria-label="{0}">'
        '<table class="table table--compact"><caption class="sr-only">{0}</caption>{1}</table></div>',
        name,
        content,
    )


@register.simple_tag
def widget(field: BoundField) -> SafeString:
    """A form field's control in the design system's dress, with every other attribute it had."""
    own = str(field.field.widget.attrs.get("class", ""))
    dress = CLASSES.get(field.widget_type, "form-input")
    return field.as_widget(attrs={"class": f"{dress} {own}".strip()})


@register.filter
def is_group(field: BoundField) -> bool:
    """Whether the field is a set of radio buttons or checkboxes, which takes a legend instead of a label."""
    return field.widget_type in GROUPS


@register.filter
def first_id(field: BoundField) -> str:
    """The id a link to the field goes to: its control, or the first of its choices."""
    if is_group(field):
        return next((str(choice.id_for_label) for choice in field.subwidgets), field.auto_id)
    return field.id_for_label


@register.filter
def problems(field: BoundField) -> list[str]:
    """What is wrong with what was entered. Where the form has no words of its own for an empty field, its label is named."""
    bare = forms.Field.default_error_messages["required"]
    return [
        _unanswered(field) if error.code == "required" and error.message == bare else message
        for error, message in zip(field.errors.as_data(), map(str, field.errors), strict=True)
    ]


def _unanswered(field: BoundField) -> str:
    words = _("Choose: %(label)s") if field.widget_type in CHOSEN else _("Fill in: %(label)s")
    return words % {"label": field.label}


@dataclass(frozen=True, slots=True)
class Chosen:
    """A filter in force: what it is called, what was chosen, and the address without it."""

    label: str
    value: str
    without: str


@register.simple_tag(takes_context=True)
def chosen_filters(context: Context, form: BaseForm) -> list[Chosen]:
    """The filters in force on a page, each with the address that takes it away and keeps the others."""
    query: QueryDict = context["request"].GET
    chosen = []
    for field in form:
        names = [field.html_name, *(name for name in query if name.startswith(f"{field.html_name}_"))]
        if not any(value for name in names for value in query.getlist(name)) or field.is_hidden:
            continue
        rest = query.copy()
        for name in (*names, "page"):
            rest.pop(name, None)
        chosen.append(Chosen(str(field.label), _shown(field), f"?{rest.urlencode()}"))
    return chosen


def _shown(field: BoundField) -> str:
    """What was chosen, in the words of the choices when there are any."""
    raw = field.value()
    picked = {str(item) for item in raw} if isinstance(raw, list | tuple) else {str(raw)}
    words = [str(label) for value, label in getattr(field.field, "choices", ()) if str(value) in picked]
    return ", ".join(words) or ", ".join(sorted(picked))


@register.inclusion_tag("components/bar.html")
def bar(
    value: drawing.Figure, label: str, of: drawing.Figure = 100, limit: drawing.Figure | None = None
) -> dict[str, Any]:
    """A bar from zero to `of`, with a line at `limit`. The label says the figure in words."""
    return {"bar": drawing.bar(value, of, limit), "label": label}


@register.inclusion_tag("components/sparkline.html")
def sparkline(
    values: Sequence[drawing.Figure | None], label: str, top: drawing.Figure | None = None
) -> dict[str, Any]:
    """A small line of a development, with its text alternative; nothing at all when there are no values."""
    if all(value is None for value in values):
        return {"line": None, "label": label}
    return {"line": drawing.line(values, top), "label": label}


@register.simple_tag
def dots(states: Sequence[str], label: str) -> SafeString:
    """A strip of days: `present`, `absent`, `half`, `late` or `none`, told apart by shape as well as colour."""
    marks = format_html_join("", '<span class="dot dot--{}"></span>', ((state,) for state in states))
    return format_html('<span class="dots" role="img" aria-label="{}">{}</span>', label, marks)


@register.simple_tag
def rows(template_name: str, of: Iterable[stencil.Row]) -> SafeString:
    """Many like rows, each written by the same small template; see `fravaer.core.stencil` for what it may ask."""
    return stencil.written(template_name, of)


@register.simple_tag
def kept(template_name: str, **values: Hashable) -> SafeString:
    """A part of the page that is the same for everybody with these values; it sees them alone, and is rendered once."""
    return stencil.whole(template_name, values)


@dataclass(frozen=True, slots=True)
class Tools:
    """A part of the frame as `stencil.written` takes it."""

    shape: dict[str, Any]
    words: dict[str, object]


@register.simple_tag
def navigation_entries(entries: Iterable[Any]) -> SafeString:
    """A menu's entries: a link each, or a part of the menu with links of its own."""
    return stencil.written("components/navigation_entry.html", [_entry(entry) for entry in entries])


def _entry(entry: Any) -> Tools:
    inner, count = getattr(entry, "entries", ()), getattr(entry, "count", None)
    shape = {"is_part": bool(inner), "current": entry.current, "has_count": bool(count)}
    words = {
        "label": entry.label,
        "url": "" if inner else entry.url,
        "count": count or "",
        "entries": navigation_entries(inner) if inner else "",
    }
    return Tools(shape, words)


@register.simple_tag(takes_context=True)
def frame_tools(context: Context) -> SafeString:
    """The reader's name, her other roles, the other language and the way out."""
    user, request = context.get("user"), context.get("request")
    signed_in = bool(user and user.is_authenticated)
    choices = tuple((value, str(label)) for value, label in context.get("role_choices") or ())
    shape = {
        "signed_in": signed_in,
        "role_choices": choices,
        "role_label": str(context.get("role_label", "")),
    }
    words = {
        "user_name": user if signed_in else "",
        "path": request.get_full_path() if request and request.method == "GET" else "",
        "csrf_token": context.get("csrf_token", ""),
    }
    return stencil.written("components/frame_tools.html", [Tools(shape, words)])


@register.simple_block_tag
def details(content: str, summary: str) -> SafeString:
    """A part of the page that opens on demand, without a script."""
    return format_html(
        '<details class="details"><summary class="details-summary">{}</summary>'
        '<div class="details-text">{}</div></details>',
        summary,
        content,
    )


@register.simple_block_tag
def chart(content: str, drawn: Chart, caption: str) -> SafeString:
    """A chart under the sentence it shows, with the table of its figures beside it, which opens on demand."""
    return charted(content, drawn.svg, caption)


@register.simple_block_tag
def charted(content: str, svg: str, caption: str) -> SafeString:
    """The same of a chart that is written already."""
    table = details(content, _("Show the figures"))
    return format_html(
        '<figure class="chart"><figcaption class="chart-caption">{}</figcaption>{}{}</figure>',
        caption,
        svg,
        table,
    )
