"""What does a file of earlier absence say, and which registers follow from it?

A municipality that begins in the middle of a school year brings its absence from the system it had. The file holds absences
alone; whoever is not in it was there, in every register that was taken (`absence.claimed` says which those are). All problems
are told at once, with line and column, and nothing is written while there is one. Registers that are here already
are never written over: what they say must be what the file says. The file is described in docs/tidligere-fravaer.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from fravaer.absence import bulk, claimed, halfdays
from fravaer.absence.bulk import NewAbsence, TakenRegister
from fravaer.absence.checkpoints import Checkpoint, HalfDays, due
from fravaer.absence.models import Absence, Closing, Register
from fravaer.absence.reasons import Reason
from fravaer.audit import trail
from fravaer.core.periods import Period
from fravaer.schools import schooldays
from fravaer.schools.importing import values
from fravaer.schools.importing.files import Column, lines
from fravaer.schools.importing.problems import Problems, Unreadable
from fravaer.schools.importing.rows import Row
from fravaer.schools.models import Enrolment, Pupil, SchoolClass

JOB = "job.import"
ONE_DAY = timedelta(days=1)
COLUMNS = (
    Column("pupil", "elev", longest=64),
    Column("day", "dag", longest=10),
    Column("part", "del", longest=10),
    Column("code", "kode", longest=40),
)
MAPPING_COLUMNS = (Column("code", "kode", longest=40), Column("reason", "årsag", longest=20))
REASONS = {
    **dict.fromkeys(("sygdom", "syg", "illness"), Reason.ILLNESS),
    **dict.fromkeys(("fri", "ekstraordinær frihed", "leave"), Reason.LEAVE),
    **dict.fromkeys(("ulovligt", "ulovlig", "unlawful"), Reason.UNLAWFUL),
}
BOTH = (Checkpoint.START, Checkpoint.END)
# A half-day of 1 is the end of the day: whoever was absent at its start was absent all day.
PARTS: dict[str, tuple[Checkpoint, ...]] = {
    **dict.fromkeys(("morgen", "start"), (Checkpoint.START,)),
    **dict.fromkeys(("slut", "end", "1", "½"), (Checkpoint.END,)),
    **dict.fromkeys(("dag", "hel", "day", "2"), BOTH),
}


@dataclass(frozen=True, slots=True)
class Imported:
    """What came in, or would: registers, absences, and absences that were here already; over which classes and days.

    `silent` are the weeks of a class that stay unregistered because the file has nobody of it in them.
    """

    registers: int
    absences: int
    known: int
    classes: int
    period: Period
    silent: int = 0


@dataclass(frozen=True, slots=True)
class _Said:
    """One line, understood."""

    row: Row
    pupil_id: int
    day: date
    checkpoints: tuple[Checkpoint, ...]
    reason: Reason


@dataclass(slots=True)
class _Municipality:
    """What the file is held against: pupils by key, their classes over the period, school days,
    completed periods and the dated rules of half-days."""

    pupils: Mapping[str, int]
    spans: dict[int, list[tuple[Period, SchoolClass]]] = field(default_factory=dict)
    classes: dict[int, SchoolClass] = field(default_factory=dict)
    days: dict[int, set[date]] = field(default_factory=dict)
    completed: dict[int, list[Period]] = field(default_factory=dict)
    half_days: list[HalfDays] = field(default_factory=halfdays.rules)

    def due(self, school_class: SchoolClass, day: date) -> tuple[Checkpoint, ...]:
        return due(school_class.year_group, halfdays.among(self.half_days, day))

    def class_of(self, pupil_id: int, day: date) -> SchoolClass | None:
        return next((one for span, one in self.spans.get(pupil_id, []) if day in span), None)

    def is_completed(self, school_class: SchoolClass, day: date) -> bool:
        return any(day in period for period in self.completed.get(school_class.school_id, []))


def mapping(path: Path, problems: Problems) -> dict[str, Reason]:
    """The local codes of a mapping file, in small letters, with the reason in law each stands for."""
    found: dict[str, Reason] = {}
    for line in lines(path, MAPPING_COLUMNS, problems):
        row = Row(line, problems)
        code, reason = row.text("code").casefold(), row.read("reason", _reason)
        if code in found:
            row.wrong("code", _("The code stands twice. Delete one of the lines."))
        elif code and reason is not None:
            found[code] = reason
    return found


def take_over(
    path: Path,
    *,
    mapping_path: Path | None = None,
    registers_path: Path | None = None,
    all_taken: bool = False,
    since: date | None = None,
    last: date | None = None,
    today: date,
    now: datetime,
    dry_run: bool = False,
) -> Imported:
    """Bring the file in whole, or nothing of it. `since` and `last` say which days it covers, if not its first and last.

    Which registers were taken is read from `registers_path`; `all_taken` says that all of the schools' were. Without either it
    is every class in the weeks in which the file has a line of it.

    Doing it again with the same file changes nothing. Raises RosterRefused with every problem, AlreadyTaken when a register
    was taken meanwhile.
    """
    problems = Problems()
    codes = dict(REASONS) if mapping_path is None else mapping(mapping_path, problems)
    found = [Row(line, problems) for line in lines(path, COLUMNS, problems)]
    understood = [line for row in found if (line := _understood(row, codes, today)) is not None]
    listing = claimed.listed(registers_path, problems, today) if registers_path else []
    days = [day for _row, _key, day, _parts, _reason in understood] + [one.day for one in listing]
    first, final = since or min(days, default=today), last or max(days, default=today)
    if final > today:
        problems.add(path.name, 0, "", _("The file cannot cover days to come. Correct the dates."))
    elif final < first:
        message = _("The days it is to cover begin after the last of them. Correct the dates.")
        problems.add(path.name, 0, "", message)
    problems.refuse()
    period = Period(first, final + ONE_DAY)
    there = _municipality({key for _row, key, *_rest in understood}, period)
    held = [said for line in understood if (said := _held(line, there, period)) is not None]
    _once(held)
    problems.refuse()
    schools = {one.school_id for one in (there.class_of(said.pupil_id, said.day) for said in held) if one}
    schools |= {one.school_class.school_id for one in listing if one.school_class}
    classes = _classes(schools, period)
    open_days = schooldays.of_classes(list(classes), period)
    silent, claims = (
        0,
        {
            (school_class, day, checkpoint)
            for school_class, open_on in open_days.items()
            for day in open_on
            for checkpoint in there.due(classes[school_class], day)
        },
    )
    if registers_path:
        rules = {one.day: halfdays.among(there.half_days, one.day) for one in listing}
        claims = claimed.of_lines(listing, period, open_days, rules)
        _named(held, there, claims)
    elif not all_taken:
        in_weeks, silent = claimed.by_weeks((_place(said, there) for said in held), open_days)
        claims = {claim for claim in claims if claim[:2] in in_weeks}
    taken = set(
        Register.objects.filter(
            school_class_id__in=classes, day__gte=period.since, day__lt=period.until
        ).values_list("school_class_id", "day")
    )
    known = _compared(held, there, taken)
    problems.refuse()
    registers = [
        TakenRegister(class_id, day, checkpoint.value, None, now)
        for class_id, day, checkpoint in sorted(claims)
        if (class_id, day) not in taken and not there.is_completed(classes[class_id], day)
    ]
    absences = list(_new(held, there, taken))
    done = Imported(
        len(registers), len(absences), known, len({one for one, *_rest in claims}), period, silent
    )
    if registers and not dry_run:
        with transaction.atomic():
            bulk.load(registers, absences)
            trail.changed(
                None,
                "absence.import",
                role=JOB,
                subject="register",
                pupil_ids={absence.pupil_id for absence in absences},
                detail={"registers": len(registers), "absences": len(absences)},
            )
    return done


def _reason(text: str) -> Reason:
    try:
        return REASONS[text.casefold()]
    except KeyError:
        raise Unreadable(_("Write sygdom, fri or ulovligt.")) from None


def _part(text: str) -> tuple[Checkpoint, ...]:
    try:
        return PARTS[text.casefold()]
    except KeyError:
        raise Unreadable(_("Write morgen, slut or dag; or half-days, 1 or 2.")) from None


Line = tuple[Row, str, date, tuple[Checkpoint, ...], Reason]


def _understood(row: Row, codes: Mapping[str, Reason], today: date) -> Line | None:
    key, day, parts = row.text("pupil"), row.read("day", values.day), row.read("part", _part)
    reason = codes.get(code) if (code := row.text("code").casefold()) else None
    if code and reason is None:
        row.wrong("code", _("The code is not in the mapping. Add it there, or correct it."))
    if day is not None and day > today:
        row.wrong("day", _("The day lies ahead. Correct it, or delete the line."))
    if not row.sound or day is None or parts is None or reason is None:
        return None
    return row, key, day, parts, reason


def _municipality(keys: set[str], period: Period) -> _Municipality:
    there = _Municipality(dict(Pupil.objects.filter(roster_key__in=keys).values_list("roster_key", "pk")))
    enrolments = Enrolment.objects.filter(
        pupil_id__in=there.pupils.values(), starts_on__lt=period.until, until__gt=period.since
    ).select_related("school_class")
    for one in enrolments:
        span = Period(one.starts_on, one.until)
        there.spans.setdefault(one.pupil_id, []).append((span, one.school_class))
        there.classes[one.school_class_id] = one.school_class
    there.days = {key: set(days) for key, days in schooldays.of_classes(list(there.classes), period).items()}
    for closing in Closing.objects.filter(
        school_id__in={one.school_id for one in there.classes.values()},
        reopened_at=None,
        since__lt=period.until,
        until__gt=period.since,
    ):
        there.completed.setdefault(closing.school_id, []).append(Period(closing.since, closing.until))
    return there


def _held(line: Line, there: _Municipality, period: Period) -> _Said | None:
    """The line held against the municipality; None after a problem was noted."""
    row, key, day, parts, reason = line
    pupil = there.pupils.get(key)
    if pupil is None:
        row.wrong("pupil", _("The pupil is not known. Check the key against the roster."))
        return None
    school_class = there.class_of(pupil, day)
    if day not in period:
        row.wrong("day", _("The day lies outside the days the file is to cover."))
    elif school_class is None:
        row.wrong("day", _("The pupil was in no class on that day. Check day and roster."))
    elif day not in there.days.get(school_class.pk, set()):
        row.wrong("day", _("There was no school on that day. Correct it, or delete the line."))
    elif there.is_completed(school_class, day):
        row.wrong("day", _("The school's registration of that day is completed. Delete the line."))
    else:
        checkpoints = tuple(one for one in parts if one in there.due(school_class, day))
        if checkpoints:
            return _Said(row, pupil, day, checkpoints, reason)
        row.wrong("part", _("The pupil's year group is noted once a day: the day counts whole. Write dag."))
    return None


def _once(held: Iterable[_Said]) -> None:
    first: dict[tuple[int, date, Checkpoint], int] = {}
    for said in held:
        for checkpoint in said.checkpoints:
            number = first.setdefault((said.pupil_id, said.day, checkpoint), said.row.line.number)
            if number != said.row.line.number:
                message = _("The same absence stands in line %(n)d. Delete one of the two.")
                said.row.wrong("day", message % {"n": number})
                break


def _named(held: Iterable[_Said], there: _Municipality, claims: set[claimed.Key]) -> None:
    """Note the absences that stand in a register the file of registers does not name."""
    for said in held:
        if any((*_place(said, there), checkpoint) not in claims for checkpoint in said.checkpoints):
            said.row.wrong(
                "day",
                _(
                    "The register of that day is not in the file of registers. Add it there, or delete the line."
                ),
            )


def _classes(schools: set[int], period: Period) -> dict[int, SchoolClass]:
    """The schools' classes that have pupils in the period."""
    pupils = Enrolment.objects.filter(
        school_class_id=OuterRef("pk"), starts_on__lt=period.until, until__gt=period.since
    )
    found = SchoolClass.objects.filter(
        Exists(pupils),
        school_id__in=schools,
        school_year__starts_on__lt=period.until,
        school_year__until__gt=period.since,
    )
    return {one.pk: one for one in found}


def _compared(held: Iterable[_Said], there: _Municipality, taken: set[tuple[int, date]]) -> int:
    """Hold the lines against registers that are here already; answers how many absences agree."""
    here = [said for said in held if _place(said, there) in taken]
    stored: dict[tuple[int, date, int], int] = {
        (pupil, day, checkpoint): reason
        for pupil, day, checkpoint, reason in Absence.objects.filter(
            pupil_id__in={said.pupil_id for said in here}, day__in={said.day for said in here}
        ).values_list("pupil_id", "day", "checkpoint", "reason")
    }
    agreeing = 0
    for said in here:
        if all(stored.get((said.pupil_id, said.day, one.value)) == said.reason for one in said.checkpoints):
            agreeing += len(said.checkpoints)
        else:
            said.row.wrong(
                "day",
                _(
                    "The register of that day is here and says otherwise. Correct it there, or delete the line."
                ),
            )
    return agreeing


def _new(held: Iterable[_Said], there: _Municipality, taken: set[tuple[int, date]]) -> Iterable[NewAbsence]:
    for said in held:
        place = _place(said, there)
        if place not in taken:
            for checkpoint in said.checkpoints:
                yield NewAbsence(said.pupil_id, said.day, checkpoint.value, place[0], said.reason.value)


def _place(said: _Said, there: _Municipality) -> tuple[int, date]:
    school_class = there.class_of(said.pupil_id, said.day)
    assert school_class is not None
    return school_class.pk, said.day
