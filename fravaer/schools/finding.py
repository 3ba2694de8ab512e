"""Which pupil do these few words mean?

`Ida 7.B`, `ida ho`, `7b ida` or `Holm`: each word begins a name of hers, and a class, where one is named, is hers on the day.
The rows to look among come scoped already.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import F, FilteredRelation, Q, QuerySet

from fravaer.schools.models import Pupil

WORDS = 5
# `7.B`, `7b`, `10. C` and `7.`; a lone letter after a number is a class's, a longer word a name's.
CLASS = re.compile(r"(?<!\S)(\d{1,2})\s*(?:\.\s*([^\W\d_]{1,3})?|([^\W\d_]))?(?!\S)")


@dataclass(frozen=True, slots=True)
class Found:
    """One pupil with the class she is in on the day asked about."""

    pupil_id: int
    uuid: UUID
    given_name: str
    family_name: str
    protected: bool
    school_class_id: int
    year_group: int
    letter: str
    school_id: int
    school: str

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}"

    @property
    def class_name(self) -> str:
        return f"{self.year_group}.{self.letter}"


COLUMNS = (
    *("pk", "uuid", "given_name", "family_name", "protected"),
    *("class_id", "year_group", "letter", "school_id", "school_name"),
)


def pupils(among: QuerySet[Pupil], text: str, day: date, *, most: int) -> list[Found]:
    """The pupils in a class on `day` whom the words fit, by given name, at most `most` of them. One query.

    None for a text without any word, and for a class alone without a letter.
    """
    said = unicodedata.normalize("NFC", text)
    chosen: dict[str, Any] = {}
    if match := CLASS.search(said):
        chosen["year_group"] = int(match[1])
        if letter := match[2] or match[3]:
            chosen["letter__iexact"] = letter
        said = said[: match.start()] + " " + said[match.end() :]
    words = said.split()[:WORDS]
    if not words and "letter__iexact" not in chosen:
        return []
    rows = placed(among, day).filter(**chosen)
    for word in words:
        begins = Q(given_name__istartswith=word) | Q(family_name__istartswith=word)
        later = Q(given_name__icontains=f" {word}") | Q(family_name__icontains=f" {word}")
        rows = rows.filter(begins | later | Q(given_name__icontains=f"-{word}"))
    return [Found(*row) for row in rows.order_by("sort_given", "pk").values_list(*COLUMNS)[:most]]


def pupil(among: QuerySet[Pupil], uuid: UUID, day: date) -> Found | None:
    """The pupil with this key, if she is among the rows and in a class on `day`. One query."""
    row = placed(among, day).filter(uuid=uuid).values_list(*COLUMNS).first()
    return Found(*row) if row else None


def everybody(among: QuerySet[Pupil], day: date) -> list[Found]:
    """Every pupil among the rows who is in a class on `day`, in no order. One query."""
    return [Found(*row) for row in placed(among, day).values_list(*COLUMNS)]


def placed(among: QuerySet[Pupil], day: date) -> QuerySet[Pupil]:
    """The pupils who are in a class on `day`, with it."""
    # A pupil has one class at a time, so the join never doubles a row.
    on_the_day = Q(enrolments__starts_on__lte=day, enrolments__until__gt=day)
    return among.annotate(
        place=FilteredRelation("enrolments", condition=on_the_day),
        class_id=F("place__school_class_id"),
        year_group=F("place__school_class__year_group"),
        letter=F("place__school_class__letter"),
        school_id=F("place__school_class__school_id"),
        school_name=F("place__school_class__school__name"),
    ).filter(class_id__isnull=False)
