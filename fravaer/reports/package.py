"""What stands in the data package of 1 September?

A school year's absence as the quality report and the talks about schools' development need it: the municipality, its areas and
schools, reasons, year groups and bands, all sums, with what is of few pupils hidden as in anything that is published. The figures
are those of the page of the school year (`dashboard`), and only arranged here. Drawn by custom on 1 September, when the year's
registration has been delivered.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from fravaer.core.periods import SchoolYear
from fravaer.core.scope import Scope
from fravaer.core.templatetags.danish import schoolyear
from fravaer.reports import asked, csvs, dashboard
from fravaer.reports.blocks import Dashboard, SchoolRow, Value
from fravaer.reports.csvs import Variant
from fravaer.reports.modes import Mode
from fravaer.reports.sheets import HIDDEN, Cell, Column, Fact, Kind, Sheet

# Of the tables and of what they mean.
VERSION = 1
DUE_MONTH, DUE_DAY = 9, 1


@dataclass(frozen=True, slots=True)
class Package:
    """The tables of one reader's units: of the municipality's reader the package itself, of others their part of it."""

    year: SchoolYear
    place: str
    is_whole: bool
    drawn_at: datetime
    last_day: date | None
    is_empty: bool
    sheets: tuple[Sheet, ...]

    @property
    def rows(self) -> int:
        return sum(len(list(one.rows)) for one in self.sheets)

    @property
    def hides(self) -> bool:
        return any(HIDDEN in row for one in self.sheets for row in one.rows)


def due_on(year: SchoolYear) -> date:
    return date(year.year + 1, DUE_MONTH, DUE_DAY)


def of_year(year: SchoolYear, scope: Scope, *, today: date, now: datetime, mode: Mode) -> Package:
    """The package as far as the reader's units go, drawn anew where a draw no longer holds. Raises Http404."""
    wanted = asked.parse(year, {}, scope, today=today)
    page = dashboard.dashboard(wanted, scope, today=today, now=now, mode=mode)
    return Package(
        year=year,
        place=wanted.place.name,
        is_whole=wanted.place.key[0] == "all",
        drawn_at=page.drawn_at,
        last_day=page.last_day,
        is_empty=page.is_empty,
        sheets=(_units(page), _reasons(page), _years(page), _bands(page)),
    )


def digest(package: Package) -> str:
    """The SHA-256 of the tables as machines read them, one after the other."""
    made = hashlib.sha256()
    for one in package.sheets:
        for line in csvs.lines(one, Variant.MACHINE):
            made.update(line)
    return made.hexdigest()


def about(package: Package, *, sha256: str) -> list[Fact]:
    """What the first sheet says of the tables."""
    return [
        Fact(_("What it is")),
        Fact(_("School year"), schoolyear(package.year.period)),
        Fact(_("Unit"), package.place),
        *([Fact(_("Counted up to and including"), package.last_day)] if package.last_day else []),
        Fact(_("Drawn"), package.drawn_at),
        Fact(_("Version of the tables"), VERSION),
        Fact(_("SHA-256 of the tables"), sha256),
        Fact(_("How it is counted")),
        Fact(
            _("Percent"),
            _(
                "Absent half-days of all the group's possible half-days, rounded to one decimal. A day is possible "
                "when its register was taken while the pupil was enrolled."
            ),
        ),
        Fact(_("Days a pupil"), _("Absent school days over the pupils who had a school day in it.")),
        Fact(
            _("Pupils at 10 percent or more"),
            _("Share of the pupils whose own absence of the year, of any reason, is 10 percent or more."),
        ),
        Fact(
            _("Coverage"),
            _("Registers taken of registers due. Below 95 percent the other figures are uncertain."),
        ),
        Fact(
            _("What is hidden"),
            _(
                "Figures of few pupils are not shown, and neither are those from which they could be found. "
                ".. stands in their place."
            ),
        ),
    ]


def _units(page: Dashboard) -> Sheet:
    columns = [
        Column("kind", _("Kind of unit")),
        Column("unit", _("Unit")),
        Column("percent", _("Percent"), Kind.TENTHS),
        Column("days", _("Days a pupil"), Kind.HUNDREDTHS),
        Column("before", _("Percent the year before"), Kind.TENTHS),
        Column("over_ten", _("Pupils at 10 percent or more"), Kind.TENTHS),
        Column("unlawful", _("Unlawful absence, percent"), Kind.TENTHS),
        Column("coverage", _("Coverage"), Kind.TENTHS),
    ]
    total, by = page.total, page.asked.place.key[0]
    unlawful = next(one.percent for one in page.reasons if one.key == "unlawful")
    own = (
        _kind(by),
        page.asked.place.name,
        _cell(total.percent),
        _cell(total.days),
        _cell(total.before),
        _cell(page.bands.over_ten),
        _cell(unlawful),
        HIDDEN if total.percent.is_hidden else total.percent.coverage,
    )
    rows: list[tuple[Cell, ...]] = [own]
    if total.municipality is not None:
        whole = total.municipality
        coverage = HIDDEN if whole.is_hidden else whole.coverage
        rows.append((_kind("all"), _("The whole municipality"), _cell(whole), *[None] * 4, coverage))
    rows += [_row(one) for one in (*page.areas, *page.schools)]
    return Sheet("units", _("Units"), columns, rows)


def _row(one: SchoolRow) -> tuple[Cell, ...]:
    figures = (one.percent, one.days, one.before, one.over_ten, one.unlawful, one.coverage)
    return (_kind(one.kind), one.name, *(_cell(value) for value in figures))


def _kind(by: str) -> str:
    return {"all": _("Municipality"), "area": _("Area"), "school": _("School")}.get(by, _("Schools"))


def _reasons(page: Dashboard) -> Sheet:
    columns = [
        Column("reason", _("Reason")),
        Column("percent", _("Percent"), Kind.TENTHS),
        Column("days", _("Days a pupil"), Kind.HUNDREDTHS),
        Column("before", _("Percent the year before"), Kind.TENTHS),
    ]
    names = {
        "illness": _("Illness"),
        "leave": _("Extraordinary leave"),
        "unlawful": _("Unlawful absence"),
        "pending": _("Without a reason"),
    }
    rows: list[tuple[Cell, ...]] = [
        (names[one.key], _cell(one.percent), _cell(one.days), _cell(one.before)) for one in page.reasons
    ]
    return Sheet("reasons", _("Reasons"), columns, rows)


def _years(page: Dashboard) -> Sheet:
    are_single = all(one.code.isdecimal() for one in page.years)
    columns = [
        # Of a small municipality there may be stages: 7-10.
        Column("year_group", _("Year group"), Kind.COUNT if are_single else Kind.TEXT),
        Column("percent", _("Percent"), Kind.TENTHS),
        Column("illness", _("Illness"), Kind.TENTHS),
        Column("leave", _("Extraordinary leave"), Kind.TENTHS),
        Column("unlawful", _("Unlawful absence"), Kind.TENTHS),
        Column("pending", _("Without a reason"), Kind.TENTHS),
    ]
    rows: list[tuple[Cell, ...]] = [
        (
            int(one.code) if are_single else one.code,
            *(_cell(value) for value in (one.percent, one.illness, one.leave, one.unlawful, one.pending)),
        )
        for one in page.years
    ]
    return Sheet("year_groups", _("Year groups"), columns, rows)


def _bands(page: Dashboard) -> Sheet:
    columns = [
        Column("band", _("The pupil's own absence, percent")),
        Column("share", _("Share of the pupils"), Kind.TENTHS),
        Column("pupils", _("Pupils"), Kind.COUNT),
        Column("before", _("Share the year before"), Kind.TENTHS),
    ]
    rows: list[tuple[Cell, ...]] = [
        (now.name, _cell(now.share), _cell(now.count), _cell(before.share))
        for now, before in zip(page.bands.now, page.bands.before, strict=True)
    ]
    return Sheet("bands", _("Distribution"), columns, rows)


def _cell(value: Value) -> Cell:
    return HIDDEN if value.is_hidden else value.shown
