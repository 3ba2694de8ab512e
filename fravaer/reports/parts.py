"""How is a block of the quarter's page written?

Each block's template is rendered once for each shape it can have (`core.stencil`): which figures it holds and how each is
written. Figures, sentences and pictures are filled in after that; so a page of figures nobody has seen before costs no template.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.safestring import SafeString

from fravaer.core import stencil
from fravaer.core.templatetags.danish import half_days_number, percent, shortdate
from fravaer.reports import pictures, rows, wording
from fravaer.reports.blocks import Country, Dashboard, Efforts, Quality, Value
from fravaer.reports.ordering import Line
from fravaer.reports.pictures import Picture
from fravaer.reports.rows import Row

NOTHING = SafeString("")


@dataclass(frozen=True, slots=True)
class Page:
    """What the blocks are written of: figures, and how the reader's page shows them.

    `explain` and `sort` are addresses, up to a figure's name and an order.
    """

    d: Dashboard
    explain: str
    compared: tuple[str, str]
    beside_words: str
    total_notes: tuple[int, ...]
    areas: tuple[Line, ...]
    schools: tuple[Line, ...]
    year_groups: tuple[Line, ...]
    classes: tuple[Line, ...]
    order: str
    sort: str
    aims: bool
    shows_timely: bool
    hides: bool
    # The smallest group that is told.
    few: int


# Values with their words.
Offers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Filter:
    """What each list of the filter bar offers, and what of it is chosen; the periods before and after, each with its address."""

    previous: tuple[str, str]
    next: tuple[str, str]
    periods: Offers
    areas: Offers
    schools: Offers
    years: Offers
    compares: Offers
    methods: Offers
    # Of the lists above, by name.
    chosen: Mapping[str, str]
    all_areas: bool
    order: str


def filter_bar(of: Filter) -> SafeString:
    """The bar in which one chooses what is shown."""
    words: dict[str, object] = {
        "previous": of.previous[0],
        "previous_url": of.previous[1],
        "next": of.next[0],
        "next_url": of.next[1],
        "periods": _options(of.periods, of.chosen["periods"]),
        # There is no choice of one.
        "areas": _options(of.areas, of.chosen["areas"]) if len(of.areas) > 1 else "",
        "schools": _options(of.schools, of.chosen["schools"]) if len(of.schools) > 1 else "",
        "years": _options(of.years, of.chosen["years"]),
        "compares": _options(of.compares, of.chosen["compares"]),
        "methods": _options(of.methods, of.chosen["methods"]),
        "order": of.order,
    }
    return stencil.part("reports/dashboard/filter.html", {"all_areas": of.all_areas}, words)


def _options(offers: Offers, chosen: str) -> SafeString:
    found = [Row({"chosen": value == chosen}, {"value": value, "words": words}) for value, words in offers]
    return stencil.written("reports/dashboard/option.html", found)


def figures(page: Page) -> SafeString:
    """Everything on the page that is made of its figures alone."""
    d = page.d
    seen = pictures.of(d)
    parts = {
        "total": _total(page),
        "development": _development(page, seen.development),
        "reasons": _reasons(page, seen.reasons),
        "measure": _measure(page, seen.measure, seen.measure_days) if d.measure else NOTHING,
        "bands": _bands(page, seen.bands),
        "years": _years(page, seen.years) if len(d.years) > 1 else NOTHING,
        "areas": _lines(page, "areas", page.areas),
        "schools": _lines(page, "schools", page.schools, sorts=True),
        "year_groups": _lines(page, "year-groups", page.year_groups),
        "classes": _lines(page, "classes", page.classes, sorts=True),
        "quality": _quality(page, d.quality) if d.quality else NOTHING,
    }
    return stencil.part("reports/dashboard/figures.html", {}, parts)


def _total(page: Page) -> SafeString:
    total, by_ministry = page.d.total, page.d.asked.method == "ministry"
    shape = {
        "is_hidden": total.percent.is_hidden,
        "is_uncertain": total.percent.is_uncertain,
        "by_ministry": by_ministry,
        "notes": page.total_notes,
    }
    words: dict[str, object] = {
        "change": page.compared[0],
        "beside": page.compared[1],
        "before_days": "" if total.before_days.shown is None else wording.figure(total.before_days),
        "before_ministry": wording.figure(total.before_ministry),
        "target": percent(total.target),
        "distance": wording.distance(total.distance) if total.distance else "",
        **_country(total.country),
    }
    for name, value in (
        ("percent", total.percent),
        ("days", total.days),
        ("median", total.median),
        ("ministry", total.ministry),
        ("enrolled", total.enrolled),
        ("coverage", total.coverage),
    ):
        words[name] = wording.figure(value)
        words[f"{name}_url"] = "" if value.shown is None else f"{page.explain}{value.id}#explained"
    return stencil.part("reports/dashboard/total.html", shape, words)


def _country(country: Country | None) -> dict[str, str]:
    if country is None:
        return {"country": "", "country_year": "", "country_source": ""}
    return {
        "country": percent(country.tenths),
        "country_year": country.school_year,
        "country_source": country.source,
    }


def _block(
    name: str, page: Page, picture: Picture | None, words: Mapping[str, object], **values: Value
) -> SafeString:
    """A block with a picture, the sentence it shows and the table of its figures, each of `values` beside it."""
    drawn = {
        "svg": picture.chart.svg if picture else "",
        "caption": picture.caption if picture else "",
        "rows": _table(name, page) if picture else "",
    }
    row = rows.figured(page.explain, {**drawn, **words}, **values)
    return stencil.part(f"reports/dashboard/{name}.html", row.shape, row.words)


def _table(name: str, page: Page) -> SafeString:
    return stencil.written(f"reports/dashboard/{name}_row.html", rows.TABLES[name](page.d, page.explain))


def _development(page: Page, picture: Picture | None) -> SafeString:
    return _block("development", page, picture, {}) if picture else NOTHING


def _reasons(page: Page, picture: Picture | None) -> SafeString:
    total = page.d.total
    return _block(
        "reasons",
        page,
        picture,
        {},
        percent=total.percent,
        days=total.days,
        before=total.before,
        before_days=total.before_days,
    )


def _measure(page: Page, picture: Picture | None, of_days: Picture | None) -> SafeString:
    words = {
        "days_svg": of_days.chart.svg if of_days else "",
        "days_caption": of_days.caption if of_days else "",
    }
    return _block("measure", page, picture, words)


def _bands(page: Page, picture: Picture | None) -> SafeString:
    found = page.d.bands
    return _block(
        "bands",
        page,
        picture,
        _country(found.country),
        over_ten=found.over_ten,
        over_ten_before=found.over_ten_before,
    )


def _years(page: Page, picture: Picture | None) -> SafeString:
    return _block("years", page, picture, {})


def _lines(page: Page, key: str, lines: Sequence[Line], *, sorts: bool = False) -> SafeString:
    """A table of units; `sorts` says whether the reader may ask for another order."""
    if not lines:
        return NOTHING
    shape = {
        "id": key,
        "of": lines[0].row.kind,
        "has_line": bool(lines[0].row.line),
        "beside": bool(page.beside_words),
        "aims": page.aims,
        "shows_timely": page.shows_timely,
        "hides": page.hides,
        "sorts": sorts,
        "order": page.order,
    }
    found = rows.lines(
        lines, page.explain, beside_words=page.beside_words, aims=page.aims, shows_timely=page.shows_timely
    )
    words = {
        "rows": stencil.written("reports/dashboard/lines_row.html", found),
        "sort": page.sort,
        "beside_words": page.beside_words,
    }
    return stencil.part("reports/dashboard/lines.html", shape, words)


def _quality(page: Page, of: Quality) -> SafeString:
    values = {
        "coverage": of.coverage,
        "taken": of.taken,
        "due": of.due,
        "missing": of.missing,
        "timely": of.timely,
        "pending": of.pending,
    }
    if of.sms:
        values |= {
            "sent": of.sms.sent,
            "classes": of.sms.classes,
            "per_class_and_day": of.sms.per_class_and_day,
            "delivered": of.sms.delivered,
            "failed": of.sms.failed,
        }
    row = rows.figured(page.explain, {}, **values)
    return stencil.part("reports/dashboard/quality.html", {"has_sms": bool(of.sms), **row.shape}, row.words)


def efforts(of: Efforts, explain: str) -> SafeString:
    """What is done about it, in numbers."""
    groups = [rows.figured(explain, {"name": group.name}, count=group.count) for group in of.groups]
    row = rows.figured(
        explain,
        {"groups": stencil.written("reports/dashboard/efforts_row.html", groups)},
        first_contact=of.first_contact,
        planned=of.planned,
        overdue=of.overdue,
        closed=of.closed,
        better_attendance=of.better_attendance,
        better_attachment=of.better_attachment,
        initiatives_open=of.initiatives_open,
        initiatives_settled=of.initiatives_settled,
    )
    return stencil.part("reports/dashboard/efforts_numbers.html", row.shape, row.words)


def about(page: Page) -> SafeString:
    """What one has to know to read the figures."""
    d = page.d
    total, last = d.total, d.earlier.until - timedelta(days=1)
    words: dict[str, Any] = {
        "absent": half_days_number(total.percent.part),
        "possible": half_days_number(total.percent.whole),
        "percent": "" if total.percent.shown is None else percent(total.percent.shown),
        "since": shortdate(d.earlier.since),
        "last": shortdate(last),
        "version": str(d.bands.version),
        "few": str(page.few),
    }
    shape = {"aims": page.aims or total.target is not None, "hides": page.hides}
    return stencil.part("reports/dashboard/about.html", shape, words)
