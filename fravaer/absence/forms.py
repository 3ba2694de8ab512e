"""What did the teacher choose for each pupil?

The register's form is one radio group a pupil, named `m-` and the pupil's public key. Only marks a teacher may set are
read; whatever else is posted is refused, and pupils of other classes do not exist here.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.core.exceptions import SuspiciousOperation
from django.http import QueryDict

from fravaer.absence.reasons import Mark

# The letters stand on the teacher's keyboard: Til stede, Ikke her, Syg, Fri, and the office's Ulovligt.
LETTERS: dict[Mark, str] = {
    Mark.HERE: "T",
    Mark.ABSENT: "I",
    Mark.ILL: "S",
    Mark.LEAVE: "F",
    Mark.UNLAWFUL: "U",
}
MARKS = {letter: mark for mark, letter in LETTERS.items()}
PREFIX = "m-"


def marks_from(posted: QueryDict, known: Mapping[UUID, int]) -> tuple[dict[int, Mark], set[int]]:
    """The marks chosen, by pupil id, and the pupils the form showed without one being chosen.

    `known` are the pupils who are or were in the class this year, by public key. Raises SuspiciousOperation for any other
    pupil and for a mark that does not exist: no form of ours posts them.
    """
    marks: dict[int, Mark] = {}
    for name, letter in posted.items():
        if not name.startswith(PREFIX):
            continue
        try:
            pupil = known[UUID(name.removeprefix(PREFIX))]
            marks[pupil] = MARKS[str(letter)]
        except (ValueError, KeyError) as error:
            raise SuspiciousOperation("a pupil or a mark that the form cannot hold") from error
    shown: set[int] = set()
    for key in posted.getlist("shown"):
        try:
            shown.add(known[UUID(key)])
        except (ValueError, KeyError) as error:
            raise SuspiciousOperation("a pupil that the form cannot hold") from error
    return marks, shown - marks.keys()
