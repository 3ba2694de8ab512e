"""How does an opened figure leave as a file: as it is explained, and with the pupils and days behind it?

The explanation is the same for every reader, and a figure that is hidden leaves hidden: no file knows a reader's own pupils. The
pupils and days are another file, for those who may take a list of pupils along, of figures that classes of theirs are behind.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from fravaer.absence.reasons import Reason
from fravaer.reports import meaning, preface, wording
from fravaer.reports.asked import Asked
from fravaer.reports.blocks import Dashboard, SchoolRow, Value
from fravaer.reports.explaining import Explanation
from fravaer.reports.in_class import Line
from fravaer.reports.sheets import HIDDEN, Cell, Column, Fact, Kind, Sheet
from fravaer.schools.models import SchoolClass

UNITS = {
    "tenths": Kind.TENTHS,
    "points": Kind.POINTS,
    "hundredths": Kind.HUNDREDTHS,
    "count": Kind.COUNT,
}
# Kinds of figures whose parts are half-days; others' parts are pupils, registers or messages.
OF_HALVES = frozenset({"percent", "coverage"})
REASONS = {
    "illness": Reason.ILLNESS,
    "leave": Reason.LEAVE,
    "unlawful": Reason.UNLAWFUL,
    "pending": Reason.PENDING,
}


def about(d: Dashboard, explained: Explanation, *, municipality: str, made_at: datetime) -> list[Fact]:
    """The first sheet: everything that stands beside the figure when it is opened."""
    told = [
        (_("What it is"), explained.definition),
        (_("How it is worked out"), explained.formula),
        (_("Of whom"), explained.population),
        (_("What does not count"), explained.left_out),
        (_("Coverage"), explained.coverage),
        (_("Method"), explained.method),
    ]
    return [
        Fact(pgettext("of a report", "Figure"), explained.title),
        Fact(_("Shown as"), explained.written),
        Fact(_("Municipality"), municipality),
        Fact(_("Period"), wording.period(d.asked.name)),
        Fact(_("First day counted"), d.counted.since),
        Fact(_("Last day counted"), d.last_day or ""),
        Fact(_("As of"), d.drawn_at),
        Fact(_("File made"), made_at),
        Fact(_("Standing"), preface.standing(d)),
        *([Fact(_("Check sum (SHA-256)"), d.frozen.sha256)] if d.frozen else []),
        Fact(""),
        *(Fact(name, text) for name, text in told if text),
        Fact(_("Version of the definitions"), f"{preface.VERSION}.{d.bands.version}"),
    ]


def figure(d: Dashboard, explained: Explanation, audience: str) -> Sheet:
    """The figure and what it is made of, on one line. CSV has no first sheet: what is said about it stands below."""
    value = explained.value
    kind = meaning.kind(value)
    parts = Kind.HALVES if kind in OF_HALVES else Kind.COUNT
    if kind == "change":
        parts = Kind.TENTHS
    part = Kind.HALVES if kind == "days" else parts
    # The ministry's weights are no whole numbers of anything one knows.
    known = kind != "ministry"
    row: tuple[Cell, ...] = (
        explained.title,
        wording.period(d.asked.name),
        HIDDEN if value.is_hidden else value.shown,
        value.part if known else None,
        value.whole if known else None,
        value.pupils,
        value.coverage,
        d.counted.since,
        d.last_day,
        d.drawn_at,
    )
    columns = [
        Column("figure", pgettext("of a report", "Figure")),
        Column("period", _("Period")),
        Column("value", _("Value"), UNITS[value.unit]),
        Column("part", _("Part"), part),
        Column("whole", _("Whole"), parts),
        Column("pupils", _("Pupils"), Kind.COUNT),
        Column("coverage", _("Coverage"), Kind.TENTHS),
        Column("since", _("First day counted"), Kind.DAY),
        Column("last", _("Last day counted"), Kind.DAY),
        Column("as_of", _("As of"), Kind.MOMENT),
    ]
    notes = [
        explained.definition,
        explained.formula,
        explained.population,
        explained.left_out,
        explained.method,
        audience,
    ]
    return Sheet("figure", _("The figure"), columns, [row], [note for note in notes if note])


def behind(asked: Asked, row: SchoolRow | None, value: Value) -> tuple[int | None, int | None] | None:
    """Whose classes are behind a figure of a school's page: the class, or the year group; neither is the whole school.

    None where there are none, or where the figure is of something else than pupils' days in the period.
    """
    kind = meaning.kind(value)
    if asked.place.key[0] != "school" or kind in meaning.OF_OTHERS or kind == "change":
        return None
    if "before" in value.id or value.id.startswith(("measure.", "total.municipality")) or value.is_hidden:
        return None
    head, _dot, rest = value.id.partition(".")
    if row is not None and row.kind == "class":
        return int(row.code), None
    if row is not None and row.kind == "year_group":
        return None, int(row.code)
    if head == "year":
        code = rest.partition(".")[0]
        return (None, int(code)) if code.isdecimal() else None
    return None, None


def classes(asked: Asked, of: tuple[int | None, int | None]) -> dict[int, str]:
    """The classes meant by `behind` with their names, of the school years the period has days in. One query."""
    school_class, year_group = of
    found = SchoolClass.objects.filter(
        school_id=asked.place.key[1],
        school_year__starts_on__lt=asked.period.until,
        school_year__until__gt=asked.period.since,
    )
    if school_class is not None:
        found = found.filter(pk=school_class)
    if year_group is not None:
        found = found.filter(year_group=year_group)
    elif asked.years is not None:
        found = found.filter(year_group__in=asked.years)
    return {one.pk: str(one) for one in found}


def sheets(lines: Sequence[Line], names: dict[int, str], value: Value) -> list[Sheet]:
    """The pupils, and the days they were away: all of them, or those of the figure's own reason."""
    reason = next((REASONS[part] for part in value.id.split(".") if part in REASONS), None)
    return [
        Sheet("pupils", _("Pupils"), _pupil_columns(), _pupils(lines, names)),
        Sheet("days", _("Days"), _day_columns(), _days(lines, names, reason)),
    ]


def facts(
    d: Dashboard, explained: Explanation, *, pupils: int, others: int, made_at: datetime, municipality: str
) -> list[Fact]:
    """The first sheet of the pupils and days."""
    left = [Fact(_("Left since, and not named"), others)] if others else []
    return [
        *about(d, explained, municipality=municipality, made_at=made_at),
        Fact(""),
        Fact(_("Pupils named"), pupils),
        *left,
        Fact(
            _("Their days"),
            _(
                "Counted as the registers stand now, in these classes alone. A pupil's percentage is cut; a group's is rounded."
            ),
        ),
        Fact(
            _("May be shown to"),
            _("The school's own. The list names children: delete it when it is no longer needed."),
        ),
    ]


def _pupil_columns() -> list[Column]:
    return [
        Column("pupil", _("Pupil")),
        Column("class", _("Class")),
        Column("percent", _("Percent"), Kind.TENTHS),
        Column("days_away", _("Days away"), Kind.HALVES),
        Column("illness", _("Illness"), Kind.HALVES),
        Column("leave", _("Extraordinary leave"), Kind.HALVES),
        Column("unlawful", _("Unlawful absence"), Kind.HALVES),
        Column("pending", _("Without a reason"), Kind.HALVES),
        Column("registered_days", _("Registered days"), Kind.HALVES),
        Column("school_days", _("School days"), Kind.HALVES),
    ]


def _pupils(lines: Sequence[Line], names: dict[int, str]) -> Iterator[tuple[Cell, ...]]:
    for one in lines:
        tally = one.tally
        yield (
            str(one.pupil),
            names[one.school_class_id],
            tally.tenths,
            tally.absent,
            tally.illness,
            tally.leave,
            tally.unlawful,
            tally.pending,
            tally.possible,
            tally.due,
        )


def _day_columns() -> list[Column]:
    return [
        Column("pupil", _("Pupil")),
        Column("class", _("Class")),
        Column("day", _("Day"), Kind.DAY),
        Column("days_away", _("Days away"), Kind.HALVES),
        Column("reason", _("Reason")),
    ]


def _days(lines: Sequence[Line], names: dict[int, str], reason: Reason | None) -> Iterator[tuple[Cell, ...]]:
    for line in lines:
        for one in line.days:
            if reason is None or one.reason is reason:
                yield (
                    str(line.pupil),
                    names[line.school_class_id],
                    one.day,
                    one.halves,
                    str(one.reason.label),
                )
