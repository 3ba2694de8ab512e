"""Which days does a calendar file close or open, and why?

Reads the two files people have: all-day events of an iCalendar file (RFC 5545), and a CSV of spans. What cannot be read is
said with its line; a file with an error changes nothing. Days of other school years are left out and counted.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.utils.translation import gettext as _

from fravaer.core.periods import Period
from fravaer.core.uploads import Why
from fravaer.schools.importing import values
from fravaer.schools.importing.problems import Unreadable
from fravaer.schools.plan import LONGEST_REASON, SATURDAY, Rule

LARGEST = 1_000_000
LONGEST_SPAN = 366
MOST_PROBLEMS = 20
ICS_DAY = re.compile(r"\d{8}")
ICS_DURATION = re.compile(r"P(?:(\d{1,3})W|(\d{1,3})D)")
CLOSED, OPEN, NO_RULE = "lukket", "åben", "fjern"
WORDS = {CLOSED: True, "closed": True, OPEN: False, "aaben": False, "open": False}
REMOVED = {NO_RULE, "remove"}
HEADER = ("fra", "til", "type", "grund")


@dataclass(frozen=True, slots=True)
class Problem:
    """What cannot be read, and in which line of the file (from 1)."""

    line: int
    text: str


@dataclass(slots=True)
class Reading:
    """What a file asks for. `outside` are days that lie in other school years; `None` removes the unit's own rule."""

    wishes: dict[date, Rule | None] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    outside: int = 0


def read(content: bytes, year: Period) -> Reading:
    """What the file says of the school year, whichever of the two kinds it is."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return Reading(
            problems=[Problem(line, _("The file is not UTF-8. Save it as CSV UTF-8, or export it anew."))]
        )
    if "\x00" in text:
        return Reading(problems=[refused(Why.NO_TEXT)])
    if text.lstrip().upper().startswith("BEGIN:VCALENDAR"):
        return _read_ics(text, year)
    return read_csv(text, year)


def refused(why: Why) -> Problem:
    """What is said of a file that is not read at all."""
    if why == Why.TOO_LARGE:
        return Problem(1, _("The file is larger than 1 MB. Is it the right file?"))
    return Problem(1, _("This is neither an iCalendar nor a CSV file."))


def read_csv(text: str, year: Period) -> Reading:
    """The spans of a CSV: `fra;til;type;grund`, where type is lukket, åben or fjern, and `til` belongs to the span."""
    found = Reading()
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=";", strict=True)
    try:
        for row in lines:
            cells = [cell.strip() for cell in row]
            if not any(cells) or tuple(cell.lower() for cell in cells[:4]) == HEADER:
                continue
            _read_row(found, lines.line_num, cells, year)
            if len(found.problems) >= MOST_PROBLEMS:
                break
    except csv.Error:
        found.problems.append(
            Problem(lines.line_num, _("The line cannot be read. Is a quotation mark missing?"))
        )
    return _finished(found)


def written(wishes: dict[date, Rule | None]) -> str:
    """The same wishes as lines that `read_csv` reads."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\n")
    for day, rule in sorted(wishes.items()):
        kind = NO_RULE if rule is None else CLOSED if rule.closed else OPEN
        writer.writerow([day.isoformat(), day.isoformat(), kind, rule.reason if rule else ""])
    return out.getvalue()


def _read_row(found: Reading, line: int, cells: list[str], year: Period) -> None:
    if len(cells) != len(HEADER):
        found.problems.append(
            Problem(
                line,
                _("The line has %(count)d fields, and four are needed: fra;til;type;grund.")
                % {"count": len(cells)},
            )
        )
        return
    try:
        since = values.day(cells[0])
        last = values.day(cells[1]) if cells[1] else since
    except Unreadable as error:
        found.problems.append(Problem(line, str(error)))
        return
    kind = cells[2].lower()
    if kind in REMOVED:
        rule = None
    elif kind in WORDS:
        rule = Rule(WORDS[kind], cells[3])
    else:
        found.problems.append(Problem(line, _("The type is to be lukket, åben or fjern.")))
        return
    _add(found, line, since, last + timedelta(days=1), rule, year)


def _add(found: Reading, line: int, since: date, until: date, rule: Rule | None, year: Period) -> None:
    if until <= since:
        found.problems.append(Problem(line, _("The last day comes before the first.")))
    elif (until - since).days > LONGEST_SPAN:
        found.problems.append(Problem(line, _("The span is longer than a year.")))
    elif rule and not rule.reason:
        found.problems.append(Problem(line, _("Every closed or open day has a reason. Write one.")))
    elif rule and len(rule.reason) > LONGEST_REASON:
        found.problems.append(
            Problem(line, _("The reason is longer than %(count)d characters.") % {"count": LONGEST_REASON})
        )
    else:
        for day in Period(since, until).days():
            if day not in year:
                found.outside += 1
            # A weekend is closed without a rule.
            elif day.weekday() < SATURDAY or rule is None or not rule.closed:
                found.wishes[day] = rule


def _finished(found: Reading) -> Reading:
    if not found.problems and not found.wishes:
        found.problems.append(Problem(1, _("The file names no day of the school year.")))
    if found.problems:
        found.wishes = {}
    return found


def _read_ics(text: str, year: Period) -> Reading:
    found = Reading()
    event: dict[str, tuple[int, str, str]] | None = None
    for line, content in _unfolded(text):
        name, _colon, value = content.partition(":")
        name, _semicolon, parameters = name.partition(";")
        name = name.strip().upper()
        if name == "BEGIN" and value.strip().upper() == "VEVENT":
            event = {"BEGIN": (line, "", "")}
        elif name == "END" and value.strip().upper() == "VEVENT" and event is not None:
            _read_event(found, event, year)
            event = None
        elif event is not None:
            event.setdefault(name, (line, parameters, value))
        if len(found.problems) >= MOST_PROBLEMS:
            break
    if event is not None:
        found.problems.append(Problem(event["BEGIN"][0], _("The event does not end. Is the file whole?")))
    return _finished(found)


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    """The content lines with the number of the line each begins in; a line that begins with a blank continues the last."""
    begun, content = 1, ""
    for number, line in enumerate(text.splitlines(), start=1):
        if line[:1] in (" ", "\t"):
            content += line[1:]
            continue
        if content:
            yield begun, content
        begun, content = number, line
    if content:
        yield begun, content


def _read_event(found: Reading, event: dict[str, tuple[int, str, str]], year: Period) -> None:
    line = event["BEGIN"][0]
    if event.get("STATUS", (0, "", ""))[2].strip().upper() == "CANCELLED":
        return
    for name in ("RRULE", "RDATE", "EXDATE"):
        if name in event:
            text = _("The event repeats itself. Write each span as an event of its own.")
            found.problems.append(Problem(event[name][0], text))
            return
    if "DTSTART" not in event:
        found.problems.append(Problem(line, _("The event has no first day.")))
        return
    try:
        since = _ics_day(event["DTSTART"][2])
        if "DTEND" in event:
            until = _ics_day(event["DTEND"][2])
        else:
            until = (
                since + _duration(event["DURATION"][2]) if "DURATION" in event else since + timedelta(days=1)
            )
    except ValueError:
        text = _(
            "Only events of whole days can be read. This one has a time of day, or a date that does not exist."
        )
        found.problems.append(Problem(event["DTSTART"][0], text))
        return
    summary = re.sub(r"\\([nN,;\\])", _escaped, event.get("SUMMARY", (0, "", ""))[2]).strip()
    # Some programs end an event of one day on the day it begins.
    _add(
        found, line, since, since + timedelta(days=1) if until == since else until, Rule(True, summary), year
    )


def _escaped(match: re.Match[str]) -> str:
    return " " if match.group(1) in "nN" else match.group(1)


def _ics_day(text: str) -> date:
    value = text.strip()
    if not ICS_DAY.fullmatch(value):
        raise ValueError(value)
    return date(int(value[:4]), int(value[4:6]), int(value[6:]))


def _duration(text: str) -> timedelta:
    match = ICS_DURATION.fullmatch(text.strip().upper())
    if not match:
        raise ValueError(text)
    return timedelta(weeks=int(match.group(1) or 0), days=int(match.group(2) or 0))
