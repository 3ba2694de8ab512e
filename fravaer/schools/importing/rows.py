"""What could be read of a line, and which of its columns have a problem?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from django.utils.translation import gettext as _

from fravaer.schools.importing.files import Line
from fravaer.schools.importing.problems import Problems, Unreadable

Value = TypeVar("Value")


@dataclass(slots=True)
class Row:
    """One line being understood: each question answers a value, or None after a problem was noted."""

    line: Line
    problems: Problems
    # The columns with a problem.
    bad: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.bad |= self.line.wrong

    @property
    def sound(self) -> bool:
        return not self.bad

    def wrong(self, column: str, message: str) -> None:
        self.bad.add(column)
        # A column the file left out is told by our own name.
        heading = self.line.headings.get(column, column)
        self.problems.add(self.line.file, self.line.number, heading, message)

    def has(self, column: str) -> bool:
        return bool(self.line.fields.get(column))

    def text(self, column: str) -> str:
        """The field, which may not be empty; "" after a problem."""
        if column in self.bad:
            return ""
        found = self.line.fields.get(column, "")
        if not found:
            self.wrong(column, _("The field is empty. Fill it in."))
        return found

    def read(self, column: str, kind: Callable[[str], Value]) -> Value | None:
        """The field as a value of its kind; it may not be empty."""
        text = self.text(column)
        return self._read(column, text, kind) if text else None

    def read_any(self, column: str, kind: Callable[[str], Value], empty: Value) -> Value:
        """The field as a value of its kind, or `empty` when it is empty (or wrong, which is noted)."""
        text = "" if column in self.bad else self.line.fields.get(column, "")
        found = self._read(column, text, kind) if text else None
        return empty if found is None else found

    def _read(self, column: str, text: str, kind: Callable[[str], Value]) -> Value | None:
        try:
            return kind(text)
        except Unreadable as unreadable:
            self.wrong(column, str(unreadable))
            return None
