"""What do the documents promise?

The rows of `docs/features.md`, the rooms of `docs/architecture.md` and the terms of `docs/glossary.md`, read as tables.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.architecture.source import FURNITURE, ROOT, Room, rooms

# What systems of this kind are asked for, by section. A row that is answered "no" stays.
FEATURES: dict[str, list[str]] = {
    "Registration": [
        "Everyone present by default, mark exceptions only",
        "Each mark saved at once, no whole-page submit",
        "Made for phone and for keyboard",
        "Lesson or part-of-day absence",
        "Late arrival with minutes / time",
        "Reason/absence types configurable",
        "Queue of absences still lacking a reason",
        "Prefill from known absence (leave, sick report, trip)",
        "Fill the rest, multi-select, date range, whole class",
        "Parents report absence / ask for leave digitally, with approval",
        "Report without app (phone line, SMS, keypad)",
        "List of classes not registered today",
        "Automatic reminder to the teacher, then to leader",
        "History of corrections (before/after/who/when), rules for late ones",
        "Contradiction checks (present despite note, duplicates, closed day)",
        "Calendar: closed days, class trips, per-school days",
        "Substitute teacher can register",
        "Works offline and syncs later",
        "Danish rule (start; end for 7.-10.; half day unlawful)",
    ],
    "Triage": [
        "Rate = absent days / possible days from enrolment x calendar",
        "Unregistered day counts neither present nor absent",
        "Sick, permitted and unlawful separable in every rate",
        "Thresholds editable without code",
        "Threshold versions with dates, old results kept",
        "Several windows + consecutive days + rolling days",
        "Minimum-days guard (September noise)",
        "Crossing creates task or case with owner",
        "No alert storms: cool-down, digest, only new absence",
        "'Over threshold, nobody has acted' list",
        "Snooze needs reason and end date",
        "Class-level clusters detected",
        "Weekday pattern or trend shown",
        "Forecast: days left until the next threshold",
        "Explain this number (days, rule, source)",
    ],
    "Casework": [
        "Case with owner, status, deadlines, overdue list",
        "Two tiers with own team and own entry rule",
        "Interventions with start, stop, responsible, reason for stop",
        "Effect seen against the absence curve",
        "Individual goals / attachment scale + child's own voice",
        "Meetings: agenda, minutes, agreed next step, next date",
        "Letters from templates, filled and filed",
        "Hand-over between units with checklist",
        "Class-based case",
        "Notes saved while typing",
        "Extra-protected notes",
    ],
    "SMS and parents": [
        "Same-day notice of unexplained absence",
        "Not sent when the school already knows",
        "At most one a day; late arrival sends the good news",
        "Parent's reply becomes the reason in the register",
        "Delivery status and list of dead numbers",
        "Messages/forms in the parent's language",
        "Opt-out, quiet hours, consent and basis recorded",
        "Periodic 'days missed' message",
        "Kill switch, dry run, cost ceiling",
    ],
    "Reports": [
        "Same figures class -> school -> area -> municipality",
        "Frozen, reproducible quarterly report",
        "Registration coverage beside each rate",
        "Small groups suppressed",
        "Statutory return",
        "Effort figures (days from crossing to first contact, share with plan)",
    ],
    "Access and privacy": [
        "Rights follow class/caseload, tested per role",
        "School and social side on one case with purpose limits",
        "'Why can I see this child?'",
        "Log of reading sensitive data, with follow-up",
        "Parents see own child's days and can contest one",
        "Retention and disposal with second reviewer",
    ],
    "Integration": [
        "Roster import nightly with dry run and diff",
        "Documented API and full export",
        "Journal/ESDH hand-off",
    ],
    "Operations": [
        "Accessibility checked automatically",
    ],
}


@dataclass(frozen=True)
class Feature:
    """One row of docs/features.md: its state (yes, partly, no) and the tests that show it, as `tests/path.py::test_name`."""

    section: str
    name: str
    state: str
    tests: tuple[str, ...]


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def rows(text: str) -> Iterator[tuple[str, list[str]]]:
    """Every row of every table in a document, with the heading it stands under; a table's head is left out."""
    section, line_of_table = "", 0
    for line in text.splitlines():
        if line.startswith("#"):
            section = line.lstrip("# ")
        line_of_table = line_of_table + 1 if line.startswith("|") else 0
        # The first line names the columns, the second rules them off.
        if line_of_table > 2:
            yield section, [cell.strip() for cell in line.strip("|").split("|")]


@functools.cache
def features() -> tuple[Feature, ...]:
    return tuple(
        Feature(section, cells[0], cells[1], tuple(re.findall(r"`(tests/[^`]+::[^`]+)`", cells[-1])))
        for section, cells in rows(page("features.md"))
        if section in FEATURES
    )


@functools.cache
def tests_in(place: str) -> frozenset[str]:
    """Names of the test functions in a file; none when there is no such file."""
    path = ROOT / place
    if not path.is_file():
        return frozenset()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    )


def documents() -> list[Path]:
    """Every document of the repository."""
    found = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    return sorted(found)


def links(path: Path) -> Iterator[str]:
    """The relative addresses a document links to or shows as pictures, without the place on the page."""
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8")):
        address = target.partition("#")[0]
        if address and not re.match(r"[a-z]+:", address):
            yield address


def rooms_of_the_house() -> dict[str, str]:
    """Every module that answers a question, written as in the floor plan (`absence/register`), with its question."""
    return {
        room.place.removeprefix("fravaer/").removesuffix(".py"): _question(room)
        for room in rooms()
        if room.app
        and room.stem not in FURNITURE
        and not room.is_command
        and not room.is_page
        and not room.is_rows
        and "/formats/" not in room.place
    }


def _question(room: Room) -> str:
    said = (ast.get_docstring(room.tree) or "").replace("\n", " ")
    return said.partition("?")[0] + "?"
