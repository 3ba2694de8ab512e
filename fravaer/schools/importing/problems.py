"""What is wrong with a roster, where, and what is to be done about it?

All problems of all files are gathered before anybody is told, so that one round of corrections is enough. A message never
repeats a name, a number or an address from the file: the place is enough to find it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from django.utils.translation import gettext as _


class Unreadable(ValueError):
    """A field does not say what its column is for; the message says what to do."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """`line` counts from 1 and is 0 when the whole file is meant; `column` is "" when the whole line is."""

    order: int
    file: str
    line: int
    column: str
    message: str

    def __str__(self) -> str:
        if self.column:
            place = _("%(file)s, line %(line)d, column %(column)s")
        elif self.line:
            place = _("%(file)s, line %(line)d")
        else:
            place = "%(file)s"
        return place % {"file": self.file, "line": self.line, "column": self.column} + f": {self.message}"


class RosterRefused(Exception):
    """Nothing was changed; `problems` says why, in the order of the files."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = problems


@dataclass(slots=True)
class Problems:
    """The problems found so far."""

    found: list[Problem] = field(default_factory=list)
    files: dict[str, int] = field(default_factory=dict)

    def add(self, file: str, line: int, column: str, message: str) -> None:
        order = self.files.setdefault(file, len(self.files))
        self.found.append(Problem(order, file, line, column, message))

    def refuse(self) -> None:
        """Raise RosterRefused when anything was found."""
        if self.found:
            raise RosterRefused(sorted(self.found))
