"""How attached is the child to the school community, and who says so?

Absence alone does not tell whether school has become a place to be. A reading is one person's judgement of the attachment on
a day; the scale is five questions answered by the child, a parent or a teacher. Answers are shown side by side over time,
by voice and by question. They are never added up: nobody decides by a sum.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from fravaer.cases import writing
from fravaer.cases.models import AttachmentReading, Case, Level, Meeting, ScaleAnswer, Voice
from fravaer.core.scope import Scope

LOWEST, HIGHEST = 1, 5
# The questions by the column of their answer, in the order they are asked.
QUESTIONS: Mapping[str, Any] = {
    "friends": _("Has somebody to be with in the breaks"),
    "lessons": _("Takes part in the class's lessons"),
    "adult": _("Has an adult at school to go to"),
    "contact": _("Is in touch with the class outside lessons"),
    "wish": _("Wants to come and feels safe about it"),
}


class NothingSaid(Exception):
    """Not one of the five questions was answered."""


@transaction.atomic
def read(
    case: Case,
    scope: Scope,
    now: datetime,
    *,
    key: UUID,
    level: Level,
    voice: Voice,
    said_on: date,
    text: str = "",
) -> AttachmentReading:
    """Add how attached the child is by somebody's judgement. A retry adds nothing. Raises what `writing` raises."""
    locked = writing.locked(case, scope)
    said: dict[str, Any] = {"level": level, "voice": voice, "said_on": said_on, "text": text}
    if known := writing.before(AttachmentReading, key, locked, scope, **said):
        return known
    writing.require_open(locked)
    row = AttachmentReading.objects.create(key=key, case=locked, by_id=writing.author(scope), at=now, **said)
    writing.left(locked, scope, "attachment", voice=row.voice)
    return row


@transaction.atomic
def answer(
    case: Case,
    scope: Scope,
    now: datetime,
    *,
    key: UUID,
    voice: Voice,
    said_on: date,
    answers: Mapping[str, int | None],
    text: str = "",
    meeting: Meeting | None = None,
) -> ScaleAnswer:
    """Add one voice's answers of a day; a question nobody answered is None. A retry adds nothing.

    Raises NothingSaid, and what `writing` raises.
    """
    locked = writing.locked(case, scope)
    if not any(answers.get(question) for question in QUESTIONS):
        raise NothingSaid
    said: dict[str, Any] = {"voice": voice, "said_on": said_on, "text": text}
    said |= {question: answers.get(question) for question in QUESTIONS}
    if known := writing.before(ScaleAnswer, key, locked, scope, **said):
        return known
    writing.require_open(locked)
    row = ScaleAnswer.objects.create(
        key=key, case=locked, meeting=meeting, by_id=writing.author(scope), at=now, **said
    )
    writing.left(locked, scope, "scale", voice=row.voice)
    return row


def readings(case: Case) -> list[AttachmentReading]:
    """Every reading of the attachment, the earliest first."""
    return list(AttachmentReading.objects.filter(case=case).select_related("by").order_by("said_on", "pk"))


def answers_of(case: Case) -> list[ScaleAnswer]:
    """Every answer to the five questions, the earliest first."""
    return list(ScaleAnswer.objects.filter(case=case).select_related("by").order_by("said_on", "pk"))
