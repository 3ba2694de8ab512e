"""What did the teacher choose for each pupil?

The register's form is one radio group a pupil, named `m-` and the pupil's public key, with the time she came (`t-`) and a
note (`n-`) beside it. Only marks that exist are read; whatever else is posted is refused, and pupils of other classes do not
exist here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from uuid import UUID

from django.core.exceptions import SuspiciousOperation
from django.http import QueryDict

from fravaer.absence.reasons import Mark
from fravaer.absence.saying import LONGEST

# The letters stand on the teacher's keyboard: Til stede, Ikke her, Syg, Fri, Kommer senere, På tur, the office's Ulovligt.
LETTERS: dict[Mark, str] = {
    Mark.HERE: "T",
    Mark.ABSENT: "I",
    Mark.ILL: "S",
    Mark.LEAVE: "F",
    Mark.LATE: "K",
    Mark.ACTIVITY: "P",
    Mark.UNLAWFUL: "U",
}
MARKS = {letter: mark for mark, letter in LETTERS.items()}
MARK, ARRIVAL, NOTE = "m-", "t-", "n-"
# 9.10 as Danes write it, 09:10 as a browser sends it.
CLOCK = re.compile(r"([01]?\d|2[0-3])[.:]?([0-5]\d)", re.ASCII)
LONGEST_REASON = 500


@dataclass(slots=True)
class Answers:
    """The marks chosen, the times of arrival and the notes, by pupil id; the pupils the form showed without a mark being
    chosen, the times that are none, as they were written, and the pupils whose note is too long."""

    marks: dict[int, Mark] = field(default_factory=dict)
    arrivals: dict[int, time] = field(default_factory=dict)
    unanswered: set[int] = field(default_factory=set)
    unreadable: dict[int, str] = field(default_factory=dict)
    notes: dict[int, str] = field(default_factory=dict)
    too_long: set[int] = field(default_factory=set)

    @property
    def wrong(self) -> bool:
        return bool(self.unreadable or self.too_long)


def answers_from(posted: QueryDict, known: Mapping[UUID, int]) -> Answers:
    """What the form says.

    `known` are the pupils who are or were in the class this year, by public key. Raises SuspiciousOperation for any other
    pupil and for a mark that does not exist: no form of ours posts them. The time of one who did not come later is not
    read, nor a note about one who is here.
    """
    answers = Answers()
    try:
        for name, letter in posted.items():
            if name.startswith(MARK):
                answers.marks[known[UUID(name.removeprefix(MARK))]] = MARKS[str(letter)]
        for name, written in posted.items():
            if name.startswith(ARRIVAL):
                _read_time(answers, known[UUID(name.removeprefix(ARRIVAL))], str(written).strip())
            elif name.startswith(NOTE) and written:
                _read_note(answers, known[UUID(name.removeprefix(NOTE))], str(written))
        shown = {known[UUID(key)] for key in posted.getlist("shown")}
    except (ValueError, KeyError) as error:
        raise SuspiciousOperation("a pupil or a mark that the form cannot hold") from error
    answers.unanswered = shown - answers.marks.keys()
    return answers


def _read_time(answers: Answers, pupil: int, written: str) -> None:
    if not written or answers.marks.get(pupil) is not Mark.LATE:
        return
    if found := CLOCK.fullmatch(written):
        answers.arrivals[pupil] = time(int(found[1]), int(found[2]))
    else:
        answers.unreadable[pupil] = written[:5]


def _read_note(answers: Answers, pupil: int, written: str) -> None:
    """A note is one line, whatever was pasted into it."""
    text = " ".join(written.replace("\0", " ").split())
    if not text or pupil not in answers.marks or not answers.marks[pupil].is_absence:
        return
    answers.notes[pupil] = text
    if len(text) > LONGEST:
        answers.too_long.add(pupil)
