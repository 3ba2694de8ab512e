"""What is put before a committee after a quarter?

The values of the report on paper (templates/reports/quarter.typ): a cover, the key figures, each block as a numbered figure or
table with its note and source, footnotes, and how to read it all. Everything arrives in words; what is hidden on the page of
figures is `..` here, in pictures, alternative texts and tables alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from fravaer.core import paper
from fravaer.core.periods import Period
from fravaer.core.templatetags.danish import clock, count, days2, percent, points, shortdate
from fravaer.reports import pictures, preface, tabling, wording
from fravaer.reports.blocks import Dashboard, Value
from fravaer.reports.modes import Mode
from fravaer.reports.pictures import Picture
from fravaer.reports.sheets import DOTS, HIDDEN, Cell, Column, Kind, Sheet
from fravaer.reports.targets import Distance

TEMPLATE = "reports/quarter.typ"
# PDF/UA-1 (ISO 14289-1): tagged, titled, in a named language, every picture with words that stand for it.
STANDARD: paper.Standard = "ua-1"

Values = dict[str, Any]

# The columns of a unit's line there is room for on paper, and those that become marks beside its name.
ROWS = (
    *("unit", "pupils", "percent", "days", "change", "over_ten", "unlawful", "coverage"),
    *("target", "distance"),
)
MARKS = frozenset({"remark", "notes"})


def pdf(d: Dashboard, mode: Mode, *, municipality: str, made_at: datetime) -> bytes:
    """The report as a tagged PDF; byte for byte the same from the same figures."""
    values = report(d, mode, municipality=municipality, made_at=made_at)
    return paper.pdf(TEMPLATE, values, made_at=made_at, standard=STANDARD)


def report(d: Dashboard, mode: Mode, *, municipality: str, made_at: datetime) -> Values:
    """What the paper prints."""
    written = _Paper(d, mode, municipality)
    return {
        "language": get_language() or "da",
        "title": preface.title(d),
        "municipality": municipality,
        "kind": _("Quarterly report on school absence")
        if str(d.asked.name)[4] == "K"
        else _("Yearly report on school absence"),
        "period": wording.period(d.asked.name),
        "place": d.asked.place.name,
        "years": wording.years(d.asked.years_code) if d.asked.years is not None else "",
        "facts": [
            [_("Counted"), preface.span(d.counted)],
            [_("As of"), written.as_of],
            [_("Standing"), preface.standing(d)],
            [_("May be shown to"), preface.audience(mode)],
        ],
        "contents": _("Contents"),
        "foot": " · ".join([municipality, preface.title(d), _("as of %(when)s") % {"when": written.as_of}]),
        "pages": [_("Page"), _("of")],
        "words": {"note": _("Note"), "source": _("Source"), "notes": _("Notes to the figures")},
        "in_short": _("In short"),
        "warning": written.warning(),
        "boxes": written.boxes(),
        "lead": written.lead(),
        "sections": written.sections(),
        "footnotes": written.footnotes(),
        "about": {
            "heading": _("How to read the figures"),
            "rows": [list(row) for row in preface.definitions(d, mode)],
            "version": _("Definitions, version %(version)s.")
            % {"version": f"{preface.VERSION}.{d.bands.version}"},
            "sum": d.frozen.sha256 if d.frozen else "",
            "sum_words": _("Check sum of the frozen figures (SHA-256)"),
        },
    }


@dataclass
class _Paper:
    """The report while it is put together; figures and tables are numbered as they come."""

    d: Dashboard
    mode: Mode
    municipality: str
    figures: int = 0
    tables: int = 0
    pictures: pictures.Pictures = field(init=False)

    def __post_init__(self) -> None:
        self.pictures = pictures.of(self.d)

    @property
    def as_of(self) -> str:
        at = localtime(self.d.drawn_at)
        return f"{shortdate(at)} {clock(at)}"

    @property
    def source(self) -> str:
        return _("%(municipality)s, the schools' own registers as they stood on %(when)s.") % {
            "municipality": self.municipality,
            "when": self.as_of,
        }

    def warning(self) -> str:
        if not self.d.is_low:
            return ""
        return _(
            "Only %(coverage)s of the school days are registered. Read the figures with care: a missing register counts "
            "neither as present nor as absent."
        ) % {"coverage": percent(self.d.total.percent.coverage)}

    def boxes(self) -> list[Values]:
        total, over = self.d.total, self.d.bands
        return [
            _box(_("Absence"), total.percent, self._change()),
            _box(
                _("Days a pupil"),
                total.days,
                _("last year %(days)s") % {"days": wording.figure(total.before_days)},
            ),
            _box(_("Median"), total.median, _("the middle pupil's own absence")),
            _box(
                _("Pupils with 10 percent absence or more"),
                over.over_ten,
                _("last year %(share)s") % {"share": wording.figure(over.over_ten_before)},
            ),
        ]

    def _change(self) -> str:
        total = self.d.total
        if total.change.shown is None:
            return _("no figure for last year")
        return _("%(points)s since last year") % {"points": points(total.change.shown)}

    def lead(self) -> list[str]:
        """What the quarter says in a few sentences, the picture's own first."""
        p, total = self.pictures, self.d.total
        found = [
            picture.caption for picture in (p.development, p.reasons, p.measure, p.bands, p.years) if picture
        ]
        if total.distance is not None and total.target is not None:
            found.insert(1, _aim(total.target, total.distance))
        beside = []
        if total.municipality is not None and total.municipality.shown is not None:
            beside.append(
                _("the whole municipality has %(percent)s") % {"percent": percent(total.municipality.shown)}
            )
        if total.country is not None:
            beside.append(
                _("the whole country had %(percent)s in the school year %(year)s (%(source)s)")
                % {
                    "percent": percent(total.country.tenths),
                    "year": total.country.school_year,
                    "source": total.country.source,
                }
            )
        if beside:
            found.insert(1, _("For comparison, %(beside)s.") % {"beside": _(" and ").join(beside)})
        if total.ministry.shown is not None and total.ministry.shown != total.percent.shown:
            found.append(
                _(
                    "By the ministry's method absence is %(percent)s: it is the mean of the pupils' own percentages, and so "
                    "another figure than the absent days of all the possible ones."
                )
                % {"percent": percent(total.ministry.shown)}
            )
        return found

    def sections(self) -> list[Values]:
        p, sheets = self.pictures, {sheet.key: sheet for sheet in tabling.sheets(self.d)}
        schools = sheets.get("schools")
        found = [
            (_("Development"), [self._figure(p.development, _("Absence in the last eight quarters"))]),
            (
                _("Reasons"),
                [
                    self._figure(p.reasons, _("Absence by reason")),
                    self._table(sheets.get("reasons"), _("Absence by reason")),
                ],
            ),
            (
                _("Pupils with a social measure"),
                [
                    self._figure(p.measure, _("Absence of all pupils and of those with a social measure")),
                    self._table(
                        sheets.get("measure"),
                        _("All pupils and those with a social measure"),
                        note=preface.measured(),
                    ),
                ],
            ),
            (
                _("How absence is spread"),
                [
                    self._figure(
                        p.bands,
                        _("Pupils by their own absence"),
                        of=_("Percent of the pupils, by each pupil's own absence."),
                    ),
                    self._table(sheets.get("bands"), _("Pupils by their own absence")),
                ],
            ),
            (_("Areas"), [self._table(sheets.get("areas"), _("The areas"), ROWS)]),
            (
                schools.name if schools else "",
                [self._table(schools, _("%(rows)s, each with its figures") % {"rows": schools.name}, ROWS)]
                if schools
                else [],
            ),
            (_("Year groups"), [self._figure(p.years, _("Absence by year group and reason"))]),
            (
                _("Data quality and efforts"),
                [self._table(_in_one(sheets.get("work")), _("Data quality and efforts"))],
            ),
        ]
        return [
            {"heading": heading, "parts": kept}
            for heading, parts in found
            if (kept := [part for part in parts if part])
        ]

    def footnotes(self) -> list[Values]:
        return [
            {
                "number": note.number,
                "text": _("%(unit)s, %(days)s: %(text)s")
                % {
                    "unit": note.unit or _("The whole municipality"),
                    "days": preface.span(Period(note.row.since, note.row.until)),
                    "text": note.row.text,
                },
            }
            for note in self.d.footnotes
        ]

    def _figure(self, picture: Picture | None, caption: str, *, of: str = "") -> Values | None:
        if picture is None:
            return None
        self.figures += 1
        attended = _("Percent of the school days that could be attended.")
        return {
            "kind": "figure",
            "said": picture.caption,
            "title": _("Figure %(number)d: %(caption)s") % {"number": self.figures, "caption": caption},
            "svg": str(picture.chart.svg),
            "alt": picture.chart.alt,
            "note": f"{of or attended} {preface.span(self.d.counted)}.",
            "source": self.source,
        }

    def _table(
        self, sheet: Sheet | None, caption: str, keys: Sequence[str] = (), *, note: str = ""
    ) -> Values | None:
        """A sheet as it is printed: the columns named, its remarks as marks beside the row's name."""
        rows = list(sheet.rows) if sheet else []
        if sheet is None or not rows:
            return None
        if all(cell in (HIDDEN, None) for row in rows for cell in row[1:]):
            return {"kind": "text", "said": _("The figures are not shown, because the groups are too small.")}
        self.tables += 1
        all_columns = list(enumerate(sheet.columns))
        columns = [
            (place, column)
            for place, column in all_columns
            if (column.key in keys if keys else column.key not in MARKS)
            and any(row[place] is not None for row in rows)
        ]
        places = {column.key: place for place, column in all_columns}
        printed = []
        for row in rows:
            cells = [_printed(column.kind, row[place]) for place, column in columns]
            if "remark" in places and row[places["remark"]]:
                cells[0] += "*"
            if "notes" in places and row[places["notes"]]:
                cells[0] += f" ({row[places['notes']]})"
            printed.append(cells)
        cells = [cell for row in printed for cell in row]
        notes = [note] if note else []
        if DOTS in cells:
            notes.append(_(".. means that the figure is not shown because the group is too small."))
        if any(row[0].partition(" (")[0].endswith("*") for row in printed):
            notes.append(f"* {preface.uncertain()}")
        return {
            "kind": "table",
            "title": _("Table %(number)d: %(caption)s") % {"number": self.tables, "caption": caption},
            "head": [column.head if place else "" for place, column in columns],
            "rows": printed,
            "is_wide": len(columns) > 6,
            "note": " ".join(notes),
            "source": self.source,
        }


def _in_one(sheet: Sheet | None) -> Sheet | None:
    """The table with each line's one figure, whatever its unit, in one column."""
    if sheet is None:
        return None

    def said(row: Sequence[Cell]) -> str:
        found = zip(sheet.columns[1:], row[1:], strict=True)
        return next((_printed(column.kind, cell) for column, cell in found if cell is not None), "–")

    rows = [[row[0], said(row)] for row in sheet.rows]
    return replace(sheet, columns=(sheet.columns[0], Column("said", _("Figure"))), rows=rows)


def _printed(kind: Kind, cell: Cell) -> str:
    """A cell in words, as the page says it."""
    if cell is HIDDEN:
        return DOTS
    if cell is None:
        return "" if kind is Kind.TEXT else "–"
    if isinstance(cell, str):
        return cell
    if isinstance(cell, date):
        return shortdate(cell)
    match kind:
        case Kind.TENTHS:
            return percent(cell)
        case Kind.HUNDREDTHS:
            return days2(cell)
        case Kind.POINTS:
            # The column says what it is.
            return points(cell).split(" ")[0]
        case _:
            return count(cell)


def _box(label: str, value: Value, beside: str) -> Values:
    return {"label": label, "figure": wording.figure(value), "beside": beside}


def _aim(target: int, distance: Distance) -> str:
    if not distance.points:
        return _("The target is %(target)s, and it is met exactly.") % {"target": percent(target)}
    words = (
        _(
            "The target is %(target)s. Reaching it takes about %(days)s fewer absent days in a full school week."
        )
        if distance.is_over
        else _(
            "The target is %(target)s. That is about %(days)s fewer absent days in a full school week than aimed at."
        )
    )
    return words % {"target": percent(target), "days": count(abs(distance.days))}
