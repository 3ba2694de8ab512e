"""What does the register say of a pupil's unlawful absence in a quarter, and does it still say so?

Figures and days as the registers have them when a letter is written, kept with it as plain values and sealed by a hash; and
the same days counted again later, so that a correction is shown as a difference instead of changing what was written. The
register and its history are the evidence of the law's two steps (order on pupils' absence in the Folkeskole, in force 1
January 2020): percent = unlawful days of the days held in the quarter so far, compared in whole numbers.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.utils.translation import override

from fravaer.absence import history, percentage
from fravaer.absence.reasons import Mark
from fravaer.absence.tallies import cut_tenths
from fravaer.cases import rules
from fravaer.cases.domains import Domain
from fravaer.cases.models import AgreedAction, Contact, Intervention, Letter, LetterState, Meeting
from fravaer.core.periods import Period, Quarter, school_year_start
from fravaer.schools.models import Pupil

Json = dict[str, Any]
COUNTED = """
SELECT pupil_id, unlawful, possible, due FROM {counted} counted
WHERE possible > 0 AND unlawful > 0 AND 100 * unlawful >= %(at_least)s * possible
"""


@dataclass(frozen=True, slots=True)
class Figures:
    """Unlawful, possible and due half-days of one pupil from the quarter's first day up to and including a day."""

    unlawful: int = 0
    possible: int = 0
    due: int = 0

    @property
    def tenths(self) -> int | None:
        """The percent unlawful in tenths, cut."""
        return cut_tenths(self.unlawful, self.possible)

    def reaches(self, percent: int) -> bool:
        return self.possible > 0 and 100 * self.unlawful >= percent * self.possible

    @property
    def limit(self) -> rules.LegalLimit | None:
        return rules.legal_limit(self.unlawful, self.possible)


def figures(
    quarter: Quarter, counted_on: date, pupil_ids: Collection[int] | None = None, *, at_least: int = 0
) -> dict[int, Figures]:
    """The figures of everybody, or of the pupils named, with any unlawful absence and at least so many percent. One query."""
    sql, parameters = percentage.relation(percentage.spent(quarter.period, counted_on), pupil_ids)
    with connection.cursor() as cursor:
        cursor.execute(COUNTED.format(counted=sql), {**parameters, "at_least": at_least})
        return {row[0]: Figures(*row[1:]) for row in cursor.fetchall()}


def of_pupil(pupil_id: int, quarter: Quarter, counted_on: date) -> Json:
    """What a letter rests on: the figures up to and including the day, and each day with unlawful absence."""
    counted_on = min(counted_on, quarter.period.until - timedelta(days=1))
    counted = figures(quarter, counted_on, [pupil_id]).get(pupil_id, Figures())
    return {
        "quarter": str(quarter),
        "counted_on": counted_on.isoformat(),
        "unlawful": counted.unlawful,
        "possible": counted.possible,
        "due": counted.due,
        "days": _days(pupil_id, percentage.spent(quarter.period, counted_on)),
    }


def figures_in(evidence: Json) -> Figures:
    """The figures kept in evidence."""
    return Figures(evidence.get("unlawful", 0), evidence.get("possible", 0), evidence.get("due", 0))


def days_in(evidence: Json) -> list[tuple[date, int]]:
    """The days kept in evidence with their half-days, the oldest first."""
    return [(date.fromisoformat(one["day"]), one["halves"]) for one in evidence.get("days", [])]


def again(pupil_id: int, kept: Json) -> Json:
    """The same figures and days as the registers have them now; what else was kept stays as it is."""
    return kept | of_pupil(pupil_id, Quarter.parse(kept["quarter"]), date.fromisoformat(kept["counted_on"]))


def same(kept: Json, now: Json) -> bool:
    """Whether figures and days are those that were kept."""
    return all(kept.get(part) == now.get(part) for part in ("unlawful", "possible", "days"))


def differences(kept: Json, now: Json) -> list[tuple[date, int, int]]:
    """Days on which the registers say something else than was kept: the day, half-days then, half-days now."""
    then, today = dict(days_in(kept)), dict(days_in(now))
    return [
        (day, then.get(day, 0), today.get(day, 0))
        for day in sorted(then.keys() | today.keys())
        if then.get(day, 0) != today.get(day, 0)
    ]


def digest(value: Json) -> str:
    """The SHA-256 of the value, however its keys are ordered."""
    written = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()


def for_municipality(pupil: Pupil, quarter: Quarter, counted_on: date) -> Json:
    """What a referral carries beside its days: who it is about, the marks of the days and who changed them, and what the
    school has done since the school year began. Words of the school's own domain alone, which social services read anyway.
    """
    period = percentage.spent(quarter.period, counted_on)
    return {
        "pupil": {
            "uuid": str(pupil.uuid),
            "name": str(pupil),
            "birth_on": pupil.birth_on.isoformat() if pupil.birth_on else None,
            "protected": pupil.protected,
        },
        "register": _register(pupil.pk, period),
        "efforts": efforts(pupil.pk, Period(school_year_start(counted_on), counted_on + timedelta(days=1))),
    }


def efforts(pupil_id: int, period: Period) -> list[Json]:
    """What the school has agreed, held, begun and written in the period, the oldest first: kind, day, words and by whom."""
    school = {"domain": Domain.SCHOOL}
    days = {"since": period.since, "until": period.until}
    found: list[Json] = []
    # Kept in Danish, the language a case is filed in, whoever signs it.
    with override("da"):
        for contact in Contact.objects.filter(
            pupil_id=pupil_id, held_on__gte=days["since"], held_on__lt=days["until"], **school
        ).select_related("by"):
            found.append(_effort(contact.held_on, contact.get_kind_display(), contact.text, contact.by.name))
        for action in AgreedAction.objects.filter(
            pupil_id=pupil_id, agreed_at__date__gte=days["since"], agreed_at__date__lt=days["until"], **school
        ).select_related("responsible"):
            said = " · ".join(
                part for part in (action.text, action.get_kept_display() if action.kept else "") if part
            )
            found.append(_effort(action.due_on, action.get_deed_display(), said, action.responsible.name))
        for meeting in Meeting.objects.filter(
            case__pupil_id=pupil_id,
            cancelled_at=None,
            starts_at__date__gte=days["since"],
            starts_at__date__lt=days["until"],
            **school,
        ).select_related("called_by"):
            held = "" if meeting.held_at else "–"
            found.append(
                _effort(meeting.starts_at.date(), meeting.get_kind_display(), held, meeting.called_by.name)
            )
        for offer in Intervention.objects.filter(
            case__pupil_id=pupil_id, since__lt=days["until"], **school
        ).select_related("offer", "responsible"):
            found.append(_effort(offer.since, offer.offer.name, offer.text, offer.responsible.name))
        for letter in Letter.objects.filter(
            pupil_id=pupil_id, state=LetterState.SENT, sent_on__gte=days["since"], sent_on__lt=days["until"]
        ).select_related("signed_by"):
            by = letter.signed_by.name if letter.signed_by else ""
            found.append(_effort(letter.sent_on, letter.get_kind_display(), "", by))
    return sorted(found, key=lambda one: (one["day"], one["what"]))


def _effort(day: date | None, what: str, text: str, by: str) -> Json:
    return {"day": day.isoformat() if day else "", "what": str(what), "text": text, "by": by}


def _days(pupil_id: int, period: Period) -> list[Json]:
    found = []
    for entry in history.entries(pupil_id, period):
        halves = sum(noting.halves for noting in entry.notings if noting.mark is Mark.UNLAWFUL)
        if halves:
            found.append({"day": entry.day.isoformat(), "halves": halves, "class": entry.class_name})
    return found[::-1]


def _register(pupil_id: int, period: Period) -> list[Json]:
    """The days that are or once were unlawful, with their marks, what was said of them, and what guardians objected."""
    found = []
    for entry in history.entries(pupil_id, period):
        said = [mark for happening in entry.happenings for mark in (happening.before, happening.after)]
        if Mark.UNLAWFUL not in (*said, *(noting.mark for noting in entry.notings)):
            continue
        found.append(
            {
                "day": entry.day.isoformat(),
                "class": entry.class_name,
                "marks": [
                    {
                        "checkpoint": noting.checkpoint.value,
                        "letter": noting.letter,
                        "halves": noting.halves,
                        "taken_at": noting.taken_at.isoformat() if noting.taken_at else None,
                    }
                    for noting in entry.notings
                ],
                "history": [
                    {
                        "at": happening.at.isoformat(),
                        "checkpoint": happening.checkpoint.value,
                        "who": happening.who,
                        "before": history.SHOWN[happening.before] if happening.before is not None else "",
                        "after": history.SHOWN[happening.after],
                    }
                    for happening in reversed(entry.happenings)
                ],
                "objections": [one.text for one in entry.objections],
            }
        )
    return found[::-1]
