"""What stands in this letter: whom it is to, what its fields are filled with, and what the signature seals?

Guardians who hold custody are the only ones a letter is ever to, each by name; no address is known here, and none is
written. A protected pupil's letter names no guardian at all, so that it gives nobody away.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils import translation

from fravaer.absence import percentage
from fravaer.cases import evidence as registers
from fravaer.cases import lettertexts
from fravaer.cases.models import Case, Letter, LetterKind, Meeting
from fravaer.core.periods import Period, Quarter, school_year_start
from fravaer.schools.models import Enrolment, Guardianship


def filled(letter: Letter, sender: str) -> tuple[str, str]:
    """Subject and body as they are read: of a draft filled in from its evidence, afterwards as they were signed.

    Raises lettertexts.TextRefused where a field has nothing to be filled with.
    """
    if letter.signed_at:
        return letter.subject, letter.body
    fields = _fields(letter, sender)
    return lettertexts.fill(letter.subject, fields), lettertexts.fill(letter.body, fields)


def head(letter: Letter, sender: str) -> dict[str, Any]:
    """Whom the letter is to and about, and who sends it. A protected pupil's letter names no guardian; none an address."""
    if letter.evidence.get("head"):
        return dict(letter.evidence["head"])
    pupil = letter.pupil
    names = [] if pupil.protected else [str(one.guardian) for one in holders(pupil.pk)]
    return {
        "to": [] if letter.kind == LetterKind.REFERRAL else names,
        "pupil": str(pupil) if letter.kind == LetterKind.REFERRAL else pupil.given_name,
        "school": letter.school.name,
        "sender": sender,
    }


def seal(letter: Letter) -> str:
    """The hash of everything the signature stands for."""
    return registers.digest(
        {
            "kind": letter.kind,
            "language": letter.language,
            "subject": letter.subject,
            "body": letter.body,
            "guardians": letter.guardian_ids,
            "evidence": letter.evidence,
        }
    )


def _fields(letter: Letter, sender: str) -> Mapping[str, str]:
    kept, language = letter.evidence, letter.language
    fields = {"given_name": letter.pupil.given_name, "school": letter.school.name, "sender": sender}
    if "quarter" in kept:
        figures = registers.figures_in(kept)
        return fields | {
            "quarter": lettertexts.quarter_words(Quarter.parse(kept["quarter"]), language),
            "days": lettertexts.days_words(figures.unlawful, language),
            "list": lettertexts.list_words(registers.days_in(kept), language),
            "percent": lettertexts.percent_words(figures.tenths, language),
        }
    starts_at = datetime.fromisoformat(kept["meeting_at"])
    return fields | {
        "days": lettertexts.days_words(kept["absent"], language),
        "meeting": lettertexts.meeting_words(starts_at, kept["place"], language),
    }


def holders(pupil_id: int) -> list[Guardianship]:
    """Those who hold custody; nobody else is ever written to."""
    rows = Guardianship.objects.filter(pupil_id=pupil_id, custody=True).select_related("guardian")
    return list(rows.order_by("guardian__given_name", "guardian__family_name", "pk"))


def common_language(kind: LetterKind, holders: list[Guardianship]) -> str:
    spoken = {one.guardian.language for one in holders}
    if kind != LetterKind.REFERRAL and len(spoken) == 1 and spoken <= set(lettertexts.languages(kind)):
        return spoken.pop()
    return "da"


def absent(pupil_id: int, day: date) -> int:
    """Half-days away in the school year, whatever the reason."""
    return percentage.tally(percentage.spent(Period(school_year_start(day), day), day), pupil_id).absent


def school(pupil_id: int, day: date, quarter: Quarter | None) -> int:
    """The school the pupil goes to, or went to last in the quarter."""
    places = Enrolment.objects.filter(pupil_id=pupil_id, starts_on__lte=day).order_by("-starts_on")
    if quarter:
        places = places.filter(starts_on__lt=quarter.period.until)
    found = places.values_list("school_class__school_id", flat=True).first()
    if found is None:
        raise ValueError("the pupil goes to no school")
    return int(found)


def meeting_of(case: Case, meeting_uuid: UUID) -> Meeting | None:
    """The meeting of the case that people are to be invited to, if it has not been cancelled."""
    return Meeting.objects.filter(case=case, uuid=meeting_uuid, cancelled_at=None).first()


def coming_meetings(case: Case, now: datetime) -> list[tuple[str, str]]:
    """The meetings of the case that people can still be invited to: the UUID, and when and where in words."""
    coming = Meeting.objects.filter(case=case, starts_at__gte=now, cancelled_at=None).order_by("starts_at")
    return [
        (
            str(one.uuid),
            lettertexts.meeting_words(one.starts_at, one.place, translation.get_language() or "da"),
        )
        for one in coming
    ]
