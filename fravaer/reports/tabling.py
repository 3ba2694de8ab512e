"""Which tables does a file of a quarter hold, and what is said about them?

The dashboard's own figures under the words of its page, none counted again and none that the page has not: what is hidden
there arrives hidden. Each block is a table, and a last one holds every figure in a line of its own, for those who count on.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from fravaer.reports import explaining, meaning, wording
from fravaer.reports.blocks import Dashboard, Point, SchoolRow, Value
from fravaer.reports.sheets import HIDDEN, Cell, Column, Kind, Sheet


def sheets(d: Dashboard) -> list[Sheet]:
    """A table for each block that has anything in it, and every figure in the last."""
    found = [_key_figures(d), _development(d), _reasons(d)]
    if d.measure:
        found.append(_measure(d))
    found.append(_bands(d))
    if d.areas:
        found.append(_rows("areas", _("Areas"), _("Area"), d.areas))
    if d.schools:
        # Of a school the rows are its year groups and classes.
        is_school = d.schools[0].kind == "school"
        name = _("Schools") if is_school else _("Year groups and classes")
        found.append(_rows("schools", name, _("School") if is_school else _("Unit"), d.schools))
    if d.years:
        found.append(_years(d))
    if d.quality or d.efforts:
        found.append(_work(d))
    if d.footnotes or d.notes:
        found.append(_notes(d))
    return [*found, every_figure(d, with_formula=True)]


def every_figure(d: Dashboard, *, with_formula: bool = False, for_machines: bool = False) -> Sheet:
    """Every figure in a line of its own, in the column of its unit; with the numbers of its formula within the administration.

    People read how it is counted in words, a machine by its code.
    """
    columns = [
        Column("id", pgettext("of a figure", "Key")),
        Column("unit", _("Unit")),
        Column("figure", _("Figure")),
        Column("percent", _("Percent"), Kind.TENTHS),
        Column("average", _("Average"), Kind.HUNDREDTHS),
        Column("count", pgettext("how many", "Number"), Kind.COUNT),
        Column("points", _("Percentage points"), Kind.POINTS),
        Column("method", _("Method")),
        Column("pupils", _("Pupils"), Kind.COUNT),
        Column("coverage", _("Coverage"), Kind.TENTHS),
        Column("hidden", _("Hidden")),
        Column("uncertain", _("Uncertain")),
    ]
    if with_formula:
        columns += [Column("part", _("Part"), Kind.COUNT), Column("whole", _("Whole"), Kind.COUNT)]
    notes = [_(".. means that the figure is not shown because the group is too small.")]
    if with_formula:
        notes.append(_("Part and whole are half-days, and of shares of pupils they are pupils."))

    def line(value: Value) -> list[Cell]:
        place = {"tenths": 0, "hundredths": 1, "count": 2, "points": 3}[value.unit]
        units: list[Cell] = [None] * 4
        units[place] = cell(value)
        whole = meaning.title(d, value)
        unit = meaning.place(d, value)
        row: list[Cell] = [
            value.id,
            unit,
            whole.removeprefix(f"{unit}: "),
            *units,
            value.method if for_machines else str(wording.COUNTED.get(value.method, value.method)),
            value.pupils,
            value.coverage,
            yes(value.is_hidden),
            yes(value.is_uncertain),
        ]
        if with_formula:
            has = value.method in ("days", "count") and value.unit in ("tenths", "hundredths")
            row += [value.part, value.whole] if has else [None, None]
        return row

    rows = [line(value) for value in explaining.values(d).values()]
    return Sheet("figures", _("Every figure"), columns, rows, notes)


def cell(value: Value | None) -> Cell:
    """The figure, `HIDDEN`, or nothing where there is none."""
    if value is None:
        return None
    return HIDDEN if value.is_hidden else value.shown


def yes(is_so: bool) -> str:
    return _("yes") if is_so else _("no")


def _key_figures(d: Dashboard) -> Sheet:
    total, over = d.total, d.bands
    return Sheet(
        "key-figures",
        _("Key figures"),
        (
            Column("period", _("Period")),
            Column("pupils", _("Pupils"), Kind.COUNT),
            Column("percent", _("Absence"), Kind.TENTHS),
            Column("days", _("Days a pupil"), Kind.HUNDREDTHS),
            Column("median", _("Median"), Kind.TENTHS),
            Column("ministry", _("Absence by the ministry's method"), Kind.TENTHS),
            Column("over_ten", _("Pupils with 10 percent absence or more"), Kind.TENTHS),
            Column("change", _("Change since last year"), Kind.POINTS),
            Column("target", _("Target"), Kind.TENTHS),
            Column("distance", _("Distance to the target"), Kind.POINTS),
            Column("municipality", _("The whole municipality"), Kind.TENTHS),
            Column("country", _("The whole country"), Kind.TENTHS),
            Column("coverage", _("Coverage"), Kind.TENTHS),
            Column("remark", _("Remark")),
        ),
        [
            [
                wording.period(d.asked.name),
                HIDDEN if total.percent.is_hidden else total.percent.pupils,
                cell(total.percent),
                cell(total.days),
                cell(total.median),
                cell(total.ministry),
                cell(over.over_ten),
                cell(total.change),
                total.target,
                total.distance.points if total.distance else None,
                cell(total.municipality),
                total.country.tenths if total.country else None,
                total.percent.coverage,
                _remark(total.percent),
            ],
            [
                wording.period(wording.year_earlier(d.asked.name)),
                HIDDEN if total.before.is_hidden else total.before.pupils,
                cell(total.before),
                cell(total.before_days),
                None,
                cell(total.before_ministry),
                cell(over.over_ten_before),
                *[None] * 5,
                total.before.coverage,
                _remark(total.before),
            ],
        ],
    )


def _development(d: Dashboard) -> Sheet:
    def row(point: Point) -> list[Cell]:
        said = _("so far") if point.is_running else ""
        return [
            wording.period(point.name),
            HIDDEN if point.is_hidden else point.percent,
            point.target,
            said or (_("Uncertain") if point.is_uncertain else ""),
        ]

    columns = (
        Column("quarter", _("Quarter")),
        Column("percent", _("Absence"), Kind.TENTHS),
        Column("target", _("Target"), Kind.TENTHS),
        Column("remark", _("Remark")),
    )
    return Sheet("development", _("Development"), columns, [row(point) for point in d.total.line])


def _reasons(d: Dashboard) -> Sheet:
    columns = (
        Column("reason", _("Reason")),
        Column("percent", _("Absence"), Kind.TENTHS),
        Column("days", _("Days a pupil"), Kind.HUNDREDTHS),
        Column("before", _("Absence, last year"), Kind.TENTHS),
        Column("before_days", _("Days a pupil, last year"), Kind.HUNDREDTHS),
    )
    rows = [
        [
            str(wording.REASONS[reason.key]),
            *(cell(value) for value in (reason.percent, reason.days, reason.before, reason.before_days)),
        ]
        for reason in d.reasons
    ]
    return Sheet("reasons", _("Reasons"), columns, rows)


def _measure(d: Dashboard) -> Sheet:
    columns = (
        Column("group", _("Group")),
        Column("everybody", _("All pupils"), Kind.TENTHS),
        Column("everybody_days", _("All pupils, days a pupil"), Kind.HUNDREDTHS),
        Column("with_measure", _("With a social measure"), Kind.TENTHS),
        Column("with_measure_days", _("With a social measure, days a pupil"), Kind.HUNDREDTHS),
    )
    rows = [
        [
            wording.group(pair),
            *(
                cell(value)
                for value in (
                    pair.everybody,
                    pair.everybody_days,
                    pair.with_measure,
                    pair.with_measure_days,
                )
            ),
        ]
        for pair in d.measure or ()
    ]
    return Sheet("measure", _("With a social measure"), columns, rows)


def _bands(d: Dashboard) -> Sheet:
    columns = (
        Column("band", _("The pupil's own absence")),
        Column("share", _("Share of pupils"), Kind.TENTHS),
        Column("pupils", _("Pupils"), Kind.COUNT),
        Column("before", _("Share, last year"), Kind.TENTHS),
        Column("before_pupils", _("Pupils, last year"), Kind.COUNT),
    )
    # Of days nobody registered there is no figure, also where a count would be none.
    has_before = any(band.share.shown is not None or band.share.is_hidden for band in d.bands.before)
    before = {band.name: band for band in d.bands.before} if has_before else {}
    rows = [
        [
            wording.band(band.name),
            cell(band.share),
            cell(band.count),
            cell(before[band.name].share) if band.name in before else None,
            cell(before[band.name].count) if band.name in before else None,
        ]
        for band in d.bands.now
    ]
    return Sheet("bands", _("How absence is spread"), columns, rows)


def _rows(key: str, name: str, head: str, rows: Sequence[SchoolRow]) -> Sheet:
    columns = (
        Column("unit", head),
        Column("pupils", _("Pupils"), Kind.COUNT),
        Column("percent", _("Absence"), Kind.TENTHS),
        Column("days", _("Days a pupil"), Kind.HUNDREDTHS),
        Column("before", _("Absence, last year"), Kind.TENTHS),
        Column("change", pgettext("a difference", "Change"), Kind.POINTS),
        Column("over_ten", _("10 percent or more"), Kind.TENTHS),
        Column("unlawful", _("Unlawful absence"), Kind.TENTHS),
        Column("coverage", _("Coverage"), Kind.TENTHS),
        Column("timely", _("Registers taken in time"), Kind.TENTHS),
        Column("target", _("Target"), Kind.TENTHS),
        Column("distance", _("Distance to the target"), Kind.POINTS),
        Column("remark", _("Remark")),
        Column("notes", _("Notes")),
    )
    lines = [
        [
            wording.row(row),
            HIDDEN if row.percent.is_hidden else row.percent.pupils,
            *(cell(value) for value in (row.percent, row.days, row.before, row.change)),
            *(cell(value) for value in (row.over_ten, row.unlawful, row.coverage, row.timely)),
            row.target,
            row.distance.points if row.distance else None,
            _remark(row.percent),
            ", ".join(str(number) for number in row.notes),
        ]
        for row in rows
    ]
    return Sheet(key, name, columns, lines)


def _years(d: Dashboard) -> Sheet:
    columns = (
        Column("year_group", _("Year group"), Kind.TEXT),
        Column("percent", _("Absence"), Kind.TENTHS),
        *(Column(key, str(words), Kind.TENTHS) for key, words in wording.REASONS.items()),
    )
    rows = [
        [
            wording.years(row.code),
            *(cell(value) for value in (row.percent, row.illness, row.leave, row.unlawful, row.pending)),
        ]
        for row in d.years
    ]
    return Sheet("years", _("Year groups"), columns, rows)


def _work(d: Dashboard) -> Sheet:
    """How far the figures can be trusted, and what is done about the absence."""
    columns = (
        Column("figure", _("Figure")),
        Column("percent", _("Percent"), Kind.TENTHS),
        Column("average", _("Average"), Kind.HUNDREDTHS),
        Column("count", pgettext("how many", "Number"), Kind.COUNT),
    )

    def row(value: Value) -> list[Cell]:
        units: list[Cell] = [None] * 3
        units[{"tenths": 0, "hundredths": 1, "count": 2}[value.unit]] = cell(value)
        return [meaning.title(d, value).removeprefix(f"{meaning.place(d, value)}: "), *units]

    rows = [row(value) for value in work(d)]
    return Sheet("work", _("Data quality and efforts"), columns, rows)


def work(d: Dashboard) -> list[Value]:
    """The figures of data quality, messages and efforts, in the page's order."""
    found: list[Value] = []
    if d.quality:
        of = d.quality
        found += [of.coverage, of.due, of.taken, of.missing, of.timely, of.pending]
        if of.sms:
            sms = of.sms
            found += [sms.classes, sms.sent, sms.delivered, sms.failed, sms.per_class_and_day]
    if d.efforts:
        e = d.efforts
        found += [group.count for group in e.groups]
        found += [e.first_contact, e.overdue, e.closed, e.better_attendance, e.better_attachment]
        found += [e.initiatives_open, e.initiatives_settled]
    return found


def _notes(d: Dashboard) -> Sheet:
    columns = (
        Column("number", pgettext("of a note", "No."), Kind.COUNT),
        Column("unit", _("Unit")),
        Column("since", _("From day"), Kind.DAY),
        Column("last_day", _("Last day"), Kind.DAY),
        Column("text", _("Note")),
    )
    rows: list[list[Cell]] = [
        [
            note.number,
            note.unit or _("The whole municipality"),
            note.row.since,
            note.last_day,
            note.row.text,
        ]
        for note in d.footnotes
    ]
    rows += [[None, "", None, None, text] for text in d.notes]
    return Sheet("notes", _("Notes"), columns, rows)


def _remark(value: Value) -> str:
    return _("Uncertain") if value.is_uncertain else ""
