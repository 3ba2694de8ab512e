"""Which rows does a school deliver to the ministry for a school year, and what do they mean?

A row is one pupil and one month with school days: school days, illness, leave and unlawful absence, counted in half-days. Every
pupil who attended in the year is there, those who left too, each at every school she went to. The ministry's present interface
is not public: the data set is prepared for STIL (Styrelsen for It og Læring) and claims no conformity. It names a pupil by the
key of the roster she came from and by nothing else; whoever delivers adds the CPR number from the system that key belongs to.
Legal basis: order on pupils' absence in the Folkeskole, in force 1 January 2020; delivered by 1 July.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from fravaer.absence import monthly
from fravaer.absence.monthly import Month
from fravaer.core.periods import Period
from fravaer.core.templatetags.danish import schoolyear, shortdate
from fravaer.reports import csvs
from fravaer.reports.csvs import Variant
from fravaer.reports.sheets import Cell, Column, Fact, Kind, Sheet
from fravaer.schools.models import School

# Of the columns and of what they mean; a file says by which it was made.
VERSION = 1
# Of the year that follows the school year's beginning.
DUE_MONTH, DUE_DAY = 7, 1


class Half(StrEnum):
    """A part of the school year, for files of few rows."""

    YEAR = "year"
    AUTUMN = "autumn"
    SPRING = "spring"


@dataclass(frozen=True, slots=True)
class Cut:
    """What a file is of: a school, the days counted of a school year, and one class of it or all."""

    school: School
    year: Period
    counted: Period
    school_class_id: int | None = None
    class_name: str = ""


def due_on(year: Period) -> date:
    """The day the school year's registration is delivered by."""
    return date(year.until.year, DUE_MONTH, DUE_DAY)


def half(year: Period, counted: Period, part: Half) -> Period:
    """The days of the part that are counted; none when it lies ahead."""
    new_year = date(year.until.year, 1, 1)
    wanted = {
        Half.YEAR: year,
        Half.AUTUMN: Period(year.since, new_year),
        Half.SPRING: Period(new_year, year.until),
    }[part]
    return counted.clipped(wanted) or Period(wanted.since, wanted.since)


def months(cut: Cut) -> list[Month]:
    """Every month of every pupil of the cut. One query."""
    return monthly.months(cut.school.pk, cut.counted, school_class_id=cut.school_class_id)


def sheet(cut: Cut, found: Sequence[Month]) -> Sheet:
    """The rows as a table, by class, name and month."""
    return Sheet("stil", _("Pupils by month"), _columns(), _rows(cut, found))


def digest(cut: Cut, found: Sequence[Month]) -> str:
    """The SHA-256 of the file for machines, byte for byte: whoever has the file can check it against the receipt."""
    made = hashlib.sha256()
    for line in csvs.lines(sheet(cut, found), Variant.MACHINE):
        made.update(line)
    return made.hexdigest()


def about(cut: Cut, *, rows: int, sha256: str, made_at: datetime) -> list[Fact]:
    """What the first sheet says of the rows: of what they are, how they are counted and what they do not hold."""
    last = cut.counted.until - timedelta(days=1)
    return [
        Fact(_("What it is")),
        Fact(_("School"), f"{cut.school.name} ({cut.school.institution_number})"),
        Fact(_("School year"), schoolyear(cut.year)),
        *([Fact(_("Class"), cut.class_name)] if cut.class_name else []),
        Fact(_("Counted up to and including"), shortdate(last)),
        Fact(pgettext("a file", "Made"), made_at),
        Fact(_("Rows"), rows),
        Fact(_("Version of the columns"), VERSION),
        Fact(_("SHA-256 of the machine file"), sha256),
        Fact(_("How it is counted")),
        Fact(
            _("A row"),
            _(
                "One pupil and one month with school days at this school. Pupils who left in the year "
                "are there with the months they were here; who moved between two schools stands at "
                "both."
            ),
        ),
        Fact(
            _("Half-days"),
            _(
                "Everything is counted in half-days and written in school days: half a day is 0.5. In "
                "year groups that are noted at the end of the day too, each noting decides half a "
                "day; in the others the morning decides the whole day."
            ),
        ),
        Fact(
            _("School days"),
            _(
                "The days of the class's calendar while the pupil was enrolled in it, whether they "
                "were registered or not."
            ),
        ),
        Fact(
            _("Registered days"),
            _(
                "The school days whose register was taken. A register nobody took makes nobody "
                "present and nobody absent; the difference between the two columns is what is not "
                "known."
            ),
        ),
        Fact(
            _("Absence"),
            _(
                "By its three legal reasons: illness, leave granted beforehand, and unlawful absence. "
                "Absence without a reason stands in a column of its own, and has to be empty before "
                "the year can be delivered."
            ),
        ),
        Fact(
            _("Who the pupil is"),
            _(
                "The pupil's key in the system the roster came from. The file holds no name and no "
                "CPR number: add the CPR number in that system, or where the delivery asks for it."
            ),
        ),
        Fact(
            _("The ministry's interface"),
            _(
                "Prepared for STIL. The specification of the present interface is not public, so the "
                "file claims no conformity with it."
            ),
        ),
    ]


def _columns() -> list[Column]:
    return [
        Column("institution_number", _("Institution number")),
        Column("school", _("School")),
        Column("school_year", _("School year")),
        Column("pupil", _("Pupil's key")),
        Column("year_group", _("Year group"), Kind.COUNT),
        Column("class", _("Class")),
        Column("month", _("Month"), Kind.DAY),
        Column("school_days", _("School days"), Kind.HALVES),
        Column("registered_days", _("Registered days"), Kind.HALVES),
        Column("illness", _("Illness"), Kind.HALVES),
        Column("leave", _("Extraordinary leave"), Kind.HALVES),
        Column("unlawful", _("Unlawful absence"), Kind.HALVES),
        Column("pending", _("Without a reason"), Kind.HALVES),
        Column("enrolled_from", _("Enrolled from"), Kind.DAY),
        Column("left_after", _("Last day, if she has left"), Kind.DAY),
    ]


def _rows(cut: Cut, found: Sequence[Month]) -> Iterator[tuple[Cell, ...]]:
    year = f"{cut.year.since.year}/{cut.year.until.year % 100:02d}"
    for one in found:
        pupil, tally = one.pupil, one.tally
        yield (
            cut.school.institution_number,
            cut.school.name,
            year,
            pupil.roster_key,
            pupil.year_group,
            pupil.class_name,
            one.month,
            tally.due,
            tally.possible,
            tally.illness,
            tally.leave,
            tally.unlawful,
            tally.pending,
            pupil.since,
            pupil.until - timedelta(days=1) if pupil.until < cut.counted.until else None,
        )
