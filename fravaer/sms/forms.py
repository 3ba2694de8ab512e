"""What does the office say of each pupil's day?

The form of the unexplained absence is a group of fields a pupil and day, named after both; whatever no form of ours holds is
refused, and what a person got wrong is told at its field.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import SuspiciousOperation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fravaer.absence import arrangements, settling
from fravaer.absence.arrangements import Word
from fravaer.absence.reasons import Mark, Reason, Source
from fravaer.absence.settling import MOST_DAYS_ILL, Answer
from fravaer.accounts.roles import Role
from fravaer.core.http import Request
from fravaer.schools.models import Pupil, SchoolClass

LONGEST_NOTE = 500
# The letters stand on the keyboard: Syg, Fri, Ulovligt, and a mark that was an Error.
OUTCOMES: dict[str, tuple[Mark, Any]] = {
    "S": (Mark.ILL, gettext_lazy("Ill")),
    "F": (Mark.LEAVE, gettext_lazy("Leave")),
    "U": (Mark.UNLAWFUL, gettext_lazy("Unlawful")),
    "E": (Mark.HERE, gettext_lazy("Error – is here")),
}


@dataclass(slots=True)
class Typed:
    """What was typed about one pupil's day: an answer, nothing, or something wrong."""

    pupil: Pupil
    values: dict[str, str]
    answer: Answer | None = None
    errors: dict[str, str] = field(default_factory=dict)


def sources(request: Request) -> tuple[Source, ...]:
    """Whose word it may be, in the mouth of this actor: a guardian's, the teacher's or her own."""
    own = Source.LEADER if request.scope.role == Role.LEADER else Source.OFFICE
    return Source.GUARDIAN_PHONE, Source.GUARDIAN_SMS, Source.GUARDIAN_AULA, Source.TEACHER, own


def answers_from(request: Request) -> dict[tuple[int, date], Typed]:
    """The rows of the form. Raises SuspiciousOperation for what no form of ours holds."""
    try:
        shown = [
            (UUID(uuid), date.fromisoformat(day), UUID(key))
            for uuid, day, key in (one.split("_") for one in request.POST.getlist("row"))
        ]
    except ValueError as error:
        raise SuspiciousOperation("a row that the form cannot hold") from error
    pupils = {
        pupil.uuid: pupil
        for pupil in Pupil.objects.visible_to(request.scope, request.day).filter(
            uuid__in=[s[0] for s in shown]
        )
    }
    if any(uuid not in pupils for uuid, _day, _key in shown):
        raise SuspiciousOperation("a pupil that the form cannot hold")
    places = settling.places(
        [pupil.pk for pupil in pupils.values()],
        SchoolClass.objects.visible_to(request.scope).in_year_of(request.day).values_list("pk", flat=True),
    )
    words = arrangements.local_reasons_of({one.school_class.school_id for one in places})
    found = {}
    for uuid, day, key in shown:
        pupil, name = pupils[uuid], f"{uuid}_{day.isoformat()}"
        names = ("outcome", "source", "note", "until", "word")
        typed = Typed(pupil, {one: request.POST.get(f"{one}_{name}", "").strip() for one in names})
        typed.values["key"] = str(key)
        place = next(
            (
                one.school_class
                for one in places
                if one.pupil_id == pupil.pk and one.starts_on <= day < one.until
            ),
            None,
        )
        if place is None or day > request.day:
            raise SuspiciousOperation("a day that the form cannot hold")
        _read(typed, place, day, key, words[place.school_id], sources(request))
        found[pupil.pk, day] = typed
    return found


def _read(
    typed: Typed, place: SchoolClass, day: date, key: UUID, words: list[Word], said_by: tuple[Source, ...]
) -> None:
    values, errors = typed.values, typed.errors
    if not values["outcome"]:
        if values["note"] or values["until"] or values["word"]:
            errors["outcome"] = _("Choose what became of %(pupil)s.") % {"pupil": typed.pupil}
        return
    if values["outcome"] not in OUTCOMES or values["source"] not in {str(int(one)) for one in said_by}:
        raise SuspiciousOperation("a choice that the form cannot hold")
    mark = OUTCOMES[values["outcome"]][0]
    if len(values["note"]) > LONGEST_NOTE:
        errors["note"] = _("The note is too long: %(count)d characters, and %(most)d is the most.") % {
            "count": len(values["note"]),
            "most": LONGEST_NOTE,
        }
    until = None
    if values["until"]:
        try:
            until = date.fromisoformat(values["until"])
        except ValueError:
            errors["until"] = _("Write the last day of the illness as a date.")
        else:
            if mark is not Mark.ILL:
                errors["until"] = _("A last day goes with illness alone.")
            elif not day <= until < day + timedelta(days=MOST_DAYS_ILL):
                errors["until"] = _(
                    "The last day of the illness lies between the day itself and %(most)d days later."
                ) % {"most": MOST_DAYS_ILL - 1}
    word = next((one for one in words if str(one.id) == values["word"] and one.holds_on(day)), None)
    if values["word"] and word is None:
        raise SuspiciousOperation("a word that the school does not use")
    if word and int(word.reason) != int(mark):
        errors["word"] = _("“%(word)s” counts as “%(reason)s”. Choose that, or another word.") % {
            "word": word.name,
            "reason": Reason(word.reason).label,
        }
    if not errors:
        typed.answer = Answer(
            pupil_id=typed.pupil.pk,
            school_class_id=place.pk,
            school_id=place.school_id,
            day=day,
            mark=mark,
            source=Source(int(values["source"])),
            key=key,
            note=values["note"],
            local_reason_id=word.id if word else None,
            ill_until=until,
        )
