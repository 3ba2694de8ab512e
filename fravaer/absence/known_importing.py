"""What does a file of known absence say, and what is entered from it?

One line for each report, request or activity, as the office keeps them in a spreadsheet: by the roster's key, or by name and
class. All problems are told at once, with line and column; nothing is entered while there is one. A line that is known already
changes nothing, so that the same file may come again. Leave comes in as asked for: a file grants nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from fravaer.absence import foretold
from fravaer.absence.models import Known
from fravaer.absence.reasons import Source
from fravaer.core.periods import Period
from fravaer.core.scope import Scope
from fravaer.schools import finding
from fravaer.schools.importing import values
from fravaer.schools.importing.files import Column, lines_of
from fravaer.schools.importing.problems import Problems, Unreadable
from fravaer.schools.importing.rows import Row
from fravaer.schools.models import Pupil, SchoolClass

Kind = Known.Kind
ONE_DAY = timedelta(days=1)
# An office's spreadsheet has some hundred lines; a file with more is another by mistake.
MOST_LINES = 500
COLUMNS = (
    Column("pupil", "elev", optional=True, longest=64),
    Column("name", "navn", optional=True, longest=200),
    Column("class", "klasse", optional=True, longest=20),
    Column("what", "hvad", longest=20),
    Column("from", "fra", longest=10),
    Column("to", "til", optional=True, longest=10),
    Column("how", "hvordan", optional=True, longest=20),
    Column("text", "tekst", optional=True, longest=foretold.LONGEST_TEXT),
)
KINDS = {
    **dict.fromkeys(("syg", "sygdom", "ill"), Kind.ILLNESS),
    **dict.fromkeys(("fri", "søger fri", "leave"), Kind.LEAVE),
    **dict.fromkeys(("tur", "aktivitet", "activity"), Kind.ACTIVITY),
}
SOURCES = {
    **dict.fromkeys(("telefon", "phone"), Source.GUARDIAN_PHONE),
    "aula": Source.GUARDIAN_AULA,
    "sms": Source.GUARDIAN_SMS,
    **dict.fromkeys(("kontor", "kontoret", "office"), Source.OFFICE),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line, understood: of a pupil, or an activity of a class. `number` is its place in the file."""

    number: int
    kind: Kind
    period: Period
    source: Source
    text: str
    pupil_id: int | None
    class_id: int | None

    @property
    def uuid(self) -> UUID:
        """The same for the same line of the same file, whenever it comes."""
        said = (self.pupil_id, self.class_id, self.kind.value, self.period.since, self.period.until)
        return uuid5(NAMESPACE_URL, f"fravaer:known:{said}")


@dataclass(frozen=True, slots=True)
class Entered:
    """How many lines of each kind are new, and how many were known already."""

    ill: int = 0
    leave: int = 0
    activities: int = 0
    already: int = 0


def take_in(
    data: bytes,
    file: str,
    *,
    pupils: QuerySet[Pupil],
    classes: QuerySet[SchoolClass],
    day: date,
    scope: Scope,
    now: datetime,
    dry_run: bool,
) -> Entered:
    """Enter the file's lines, all of them or none; a dry run does the same and takes it back.

    `pupils` and `classes` are those the actor reaches on `day`, who may be named. Raises RosterRefused with every problem.
    """
    problems = Problems()
    found = _read(data, file, problems)
    if len(found) > MOST_LINES:
        problems.add(file, 0, "", _("The file has more than %(n)d lines. Divide it.") % {"n": MOST_LINES})
        problems.refuse()
    by_key = {key.casefold(): pk for key, pk in pupils.values_list("roster_key", "pk")}
    by_name: dict[tuple[str, str], list[int]] = {}
    for one in finding.everybody(pupils, day):
        by_name.setdefault(_named(one.name, one.class_name), []).append(one.pupil_id)
    by_class: dict[str, list[int]] = {}
    for school_class in classes:
        by_class.setdefault(str(school_class).casefold(), []).append(school_class.pk)
    understood = [line for row in found if (line := _understood(row, by_key, by_name, by_class)) is not None]
    counts = dict.fromkeys(Kind, 0)
    already = 0
    with transaction.atomic():
        for row, line in zip([row for row in found if row.sound], understood, strict=True):
            try:
                new = _enter(line, scope, now)
            except foretold.NoSchoolDay:
                row.wrong("from", _("There is no school on any of these days. Correct the dates."))
            except foretold.AlreadyAsked:
                row.wrong(
                    "from", _("Other leave on some of these days is asked for already. Delete the line.")
                )
            else:
                counts[line.kind] += new
                already += not new
        problems.refuse()
        transaction.set_rollback(dry_run)
    return Entered(counts[Kind.ILLNESS], counts[Kind.LEAVE], counts[Kind.ACTIVITY], already)


def _read(data: bytes, file: str, problems: Problems) -> list[Row]:
    name = Path(file).name or "fil.csv"
    return [Row(line, problems) for line in lines_of(name, data, COLUMNS, problems)]


def _kind(text: str) -> Kind:
    try:
        return KINDS[text.casefold()]
    except KeyError:
        raise Unreadable(_("Write syg, fri or tur.")) from None


def _source(text: str) -> Source:
    try:
        return SOURCES[text.casefold()]
    except KeyError:
        raise Unreadable(_("Write telefon, aula, sms or kontoret.")) from None


def _understood(
    row: Row,
    by_key: dict[str, int],
    by_name: dict[tuple[str, str], list[int]],
    by_class: dict[str, list[int]],
) -> Line | None:
    kind = row.read("what", _kind)
    since = row.read("from", values.day)
    last = row.read_any("to", values.day, since)
    source = row.read_any("how", _source, Source.OFFICE)
    if since and last and last < since:
        row.wrong("to", _("The last day comes before the first."))
    elif since and last and (last - since).days >= foretold.LONGEST_DAYS:
        row.wrong("to", _("That is more than a year. Correct the date."))
    class_name = _class_name(row)
    pupil_id = class_id = None
    if kind == Kind.ACTIVITY:
        of_name = by_class.get(class_name.casefold(), [])
        # Who has several schools may have the name twice; then it says too little.
        class_id = of_name[0] if len(of_name) == 1 else None
        if class_id is None and "class" not in row.bad:
            row.wrong("class", _("An activity needs one of your classes. Correct the class."))
        row.text("text")
    else:
        pupil_id = _pupil(row, class_name, by_key, by_name)
    if not row.sound or kind is None or since is None or last is None:
        return None
    text = row.line.fields.get("text", "")
    return Line(row.line.number, kind, Period(since, last + ONE_DAY), source, text, pupil_id, class_id)


def _class_name(row: Row) -> str:
    """The class as we write it, or "" when there is none; `7b` is `7.B`."""
    found = row.read_any("class", values.class_name, None)
    return f"{found[0]}.{found[1]}" if found else ""


def _pupil(
    row: Row, class_name: str, by_key: dict[str, int], by_name: dict[tuple[str, str], list[int]]
) -> int | None:
    if row.has("pupil"):
        found = by_key.get(row.text("pupil").casefold())
        if found is None:
            row.wrong("pupil", _("No pupil of yours has this key. Correct it, or write name and class."))
        return found
    if not row.has("name") or not class_name:
        if "class" not in row.bad:
            row.wrong("name", _("Write the pupil's key, or her whole name and class."))
        return None
    named = by_name.get(_named(row.text("name"), class_name), [])
    if len(named) == 1:
        return named[0]
    row.wrong(
        "name",
        _("Several pupils of the class have this name. Write the pupil's key instead.")
        if named
        else _("No pupil of yours has this name in that class. Check the spelling and the class."),
    )
    return None


def _named(name: str, class_name: str) -> tuple[str, str]:
    return " ".join(name.split()).casefold(), class_name.casefold()


def _enter(line: Line, scope: Scope, now: datetime) -> bool:
    """Whether it was new."""
    if line.class_id is not None:
        before = Known.objects.filter(
            school_class_id=line.class_id, since=line.period.since, until=line.period.until
        )
        # What it is called is sealed, and compared here.
        if any(one.text == line.text for one in before):
            return False
        foretold.plan(
            key=line.uuid, class_ids=[line.class_id], period=line.period, text=line.text, scope=scope, now=now
        )
        return True
    common = {"uuid": line.uuid, "pupil_id": line.pupil_id or 0, "period": line.period}
    if line.kind == Kind.ILLNESS:
        return not foretold.report(**common, source=line.source, scope=scope, now=now).already  # type: ignore[arg-type]
    entered = foretold.ask(**common, source=line.source, text=line.text, scope=scope, now=now)  # type: ignore[arg-type]
    return not entered.already


def kinds(entered: Entered) -> Iterable[tuple[str, int]]:
    """What came in, in words with its count, those that are none left out."""
    told = (
        (_("Reported ill"), entered.ill),
        (_("Requests for leave"), entered.leave),
        (_("Trips and other activities"), entered.activities),
        (_("Known already"), entered.already),
    )
    return [(word, count) for word, count in told if count]
