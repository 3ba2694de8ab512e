"""How is a row of the page's tables written?

A page has hundreds of figures in rows of a few shapes. Each row's template is rendered once for each shape (`core.stencil`), and
the figures are filled in: each is a link to how it came about, two dots where it is hidden, or a dash.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import get_language

from fravaer.core import charts
from fravaer.core.templatetags.danish import NOTHING, percent, points
from fravaer.reports import pictures, wording
from fravaer.reports.blocks import Dashboard, Point, Reason, Value, YearRow
from fravaer.reports.ordering import Line


@dataclass(frozen=True, slots=True)
class Row:
    """A row as `stencil.written` takes it."""

    shape: dict[str, Any]
    words: dict[str, object]


# The figures of a row, by the names they have in it and in its template.
BY_REASON = ("percent", "illness", "leave", "unlawful", "pending")
BESIDE_LAST_YEAR = ("percent", "days", "before", "before_days")


def years(d: Dashboard, explain: str) -> list[Row]:
    """Each year group's percent by reason."""
    return [_plain(explain, wording.years(row.code), row, BY_REASON) for row in d.years]


def reasons(d: Dashboard, explain: str) -> list[Row]:
    """Each reason now and a year earlier."""
    return [_plain(explain, str(wording.REASONS[row.key]), row, BESIDE_LAST_YEAR) for row in d.reasons]


def bands(d: Dashboard, explain: str) -> list[Row]:
    """Each band of the pupils' own percentages."""
    return [
        figured(
            explain,
            {"name": wording.band(now.name)},
            count=now.count,
            share=now.share,
            before=before.share,
        )
        for now, before in zip(d.bands.now, d.bands.before, strict=True)
    ]


def measure(d: Dashboard, explain: str) -> list[Row]:
    """Each group's pupils, and those of them with a social measure."""
    return [
        figured(
            explain,
            {"name": wording.group(pair)},
            everybody=pair.everybody,
            everybody_days=pair.everybody_days,
            with_measure=pair.with_measure,
            with_measure_days=pair.with_measure_days,
        )
        for pair in d.measure or ()
    ]


def quarters(d: Dashboard, explain: str) -> list[Row]:
    """The quarters of the total's line."""
    return [
        Row(
            {
                "is_uncertain": point.is_uncertain,
                "is_running": point.is_running,
                "is_hidden": point.is_hidden,
            },
            {
                "name": wording.period(point.name),
                "percent": percent(point.percent),
                "target": percent(point.target),
            },
        )
        for point in d.total.line
    ]


def lines(
    rows: Sequence[Line], explain: str, *, beside_words: str, aims: bool, shows_timely: bool
) -> list[Row]:
    """Areas, schools, year groups or classes, with the columns the page has."""
    has_line = bool(rows) and bool(rows[0].row.line)
    return [_line(line, explain, has_line, beside_words, aims, shows_timely) for line in rows]


def _line(line: Line, explain: str, has_line: bool, beside_words: str, aims: bool, shows_timely: bool) -> Row:
    row, name = line.row, wording.row(line.row)
    values = {
        "percent": row.percent,
        "days": row.days,
        "unlawful": row.unlawful,
        "coverage": row.coverage,
        "over_ten": row.over_ten,
    }
    values |= {} if beside_words else {"change": row.change}
    shape = {
        "is_uncertain": line.is_uncertain,
        "has_page": bool(line.url),
        "notes": row.notes,
        "has_line": has_line,
        "beside": bool(beside_words),
        "aims": aims,
        "has_distance": row.distance is not None,
        "shows_timely": shows_timely,
        "timely_is": "plain",
    }
    words: dict[str, object] = {"name": name, "url": line.url, "timely_id": "", "timely": ""}
    if shows_timely:
        shape["timely_is"], words["timely_id"], words["timely"] = _figure(row.timely, get_language())
    words["small_line"] = small_line(row.line, name) if has_line else ""
    words["beside_words"], words["apart"] = beside_words, points(line.apart)
    words["target"] = percent(row.target)
    words["distance"] = "" if row.distance is None else wording.distance(row.distance)
    found = figured(explain, words, **values)
    return Row(shape | found.shape, found.words)


def small_line(line: Sequence[Point], name: str) -> SafeString:
    """A row's development at a glance, with its first and last figure as words."""
    return charts.sparkline([point.percent for point in line], alt=pictures.trend(line, name))


def _plain(explain: str, name: str, row: YearRow | Reason, figures: Sequence[str]) -> Row:
    """A row that holds its name and these figures of its own, and nothing else."""
    return figured(explain, {"name": name}, **{figure: getattr(row, figure) for figure in figures})


def figured(explain: str, words: Mapping[str, object], **figures: Value) -> Row:
    """A row of words and figures: of each how it is written (`<name>_is`), its own name (`<name>_id`) and what is written."""
    shape: dict[str, Any] = {}
    found = {"explain": explain, **words}
    language = get_language()
    for name, value in figures.items():
        shape[f"{name}_is"], found[f"{name}_id"], found[name] = _figure(value, language)
    return Row(shape, found)


def _figure(value: Value | None, language: str | None) -> tuple[str, str, str]:
    """What is written, as a link to how it came about, and of which figure."""
    if value is None:
        return "plain", "", NOTHING
    if value.is_hidden:
        return "hidden", "", wording.HIDDEN
    if value.shown is None:
        return "plain", "", f"({NOTHING})" if value.is_uncertain else NOTHING
    return "link", value.id, wording.written(language, value.unit, value.shown)


TABLES: Mapping[str, Callable[[Dashboard, str], list[Row]]] = {
    "years": years,
    "reasons": reasons,
    "bands": bands,
    "measure": measure,
    "development": quarters,
}
