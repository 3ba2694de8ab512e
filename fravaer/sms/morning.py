"""Which absences get an SMS today?

Those a taken register says and nobody has explained, of classes that use SMS, to the guardians who are to be told. Derived
from the absences themselves each time it is asked, so no event can be lost; what exists already stays as it is. Who is not
written to is written down with the reason, and what was corrected before it left is cancelled, after it left taken back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from fravaer.absence import unexplained
from fravaer.absence.unexplained import Unexplained
from fravaer.schools import contacts
from fravaer.schools.contacts import Contact
from fravaer.schools.models import Pupil, School
from fravaer.sms import choices, numbers, outbox, texts, wording
from fravaer.sms.choices import Chosen
from fravaer.sms.drafts import Draft
from fravaer.sms.models import Message, Withheld
from fravaer.sms.states import NOT_AGAIN, OPEN, OUT, Because, Kind, State, Withholding
from fravaer.sms.wording import Fields, Own, TextRefused

# The key of the lock that lets one pass at a time prepare a day; the other half is the day's number.
LOCK = 78


@dataclass(frozen=True, slots=True)
class Prepared:
    """What one pass did, in messages; `withheld` counts the reasons that stand after it."""

    queued: int
    cancelled: int
    corrected: int
    withheld: int


@dataclass(frozen=True, slots=True)
class _Withholding:
    absence: Unexplained
    guardian_id: int | None
    reason: Withholding


def prepare(day: date, now: datetime, *, answerable: bool = False) -> Prepared:
    """Bring the outbox in line with the absences of the day. Run every few seconds; a second run changes nothing.

    `answerable` says that guardians can write back: then the texts say what to answer.

    The number of queries does not grow with the number of absences.
    """
    with transaction.atomic():
        _one_at_a_time(day)
        absences = unexplained.on(day)
        chosen = choices.of({absence.school_class_id for absence in absences})
        due = {absence.pupil_id: absence for absence in absences if absence.school_class_id in chosen}
        cancelled = _cancel_explained(day, {absence.pupil_id for absence in absences}, now)
        drafts, withheld = _drafts(due, chosen, now, answerable)
        queued = outbox.queue(drafts, now)
        _withhold(day, withheld, now)
        corrected = outbox.queue(_corrections(day, now), now)
    return Prepared(queued, cancelled, corrected, len(withheld))


def _one_at_a_time(day: date) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, day.toordinal()])


def _cancel_explained(day: date, pupil_ids: set[int], now: datetime) -> int:
    """Cancel what waits about pupils whose absence has been explained or corrected meanwhile."""
    waiting = Message.objects.filter(
        day=day, kind=Kind.ABSENCE, state__in=[State.HELD, State.QUEUED]
    ).values_list("pk", "pupil_id")
    return outbox.cancel([pk for pk, pupil in waiting if pupil not in pupil_ids], Because.EXPLAINED, now)


def _drafts(
    due: dict[int, Unexplained], chosen: dict[int, Chosen], now: datetime, answerable: bool
) -> tuple[list[Draft], list[_Withholding]]:
    """Messages that are missing for the absences, and the guardians (or pupils) nobody writes to."""
    if not due:
        return [], []
    told = contacts.told(due, numbers.dead(list(due)))
    withheld = [
        _Withholding(due[none.pupil_id], none.guardian_id, Withholding(none.why.value))
        for none in told.untold
    ]
    written, tried = _written_to(due)
    missing = [
        contact
        for contact in told.contacts
        if (contact.pupil_id, contact.guardian_id) not in written
        and (contact.pupil_id, contact.e164) not in tried
    ]
    if not missing:
        return [], withheld
    pupils = Pupil.objects.in_bulk({contact.pupil_id for contact in missing})
    schools = School.objects.in_bulk({absence.school_id for absence in due.values()})
    own = texts.in_force(schools.keys())
    drafts: list[Draft] = []
    for contact in missing:
        absence = due[contact.pupil_id]
        school_class = chosen[absence.school_class_id]
        not_before, expires_at = school_class.window(now)
        if not_before + outbox.LEAST_LEFT >= expires_at:
            withheld.append(_Withholding(absence, contact.guardian_id, Withholding.TOO_LATE))
            continue
        pupil, school = pupils[contact.pupil_id], schools[absence.school_id]
        fields = Fields(
            given_name=pupil.given_name,
            family_name=pupil.family_name,
            school=school_class.signature or school.name,
            phone=school.phone,
        )
        try:
            text = wording.compose(
                Kind.ABSENCE,
                contact.language,
                fields,
                names_pupil=school_class.names_pupil and not pupil.protected,
                own=own[absence.school_id],
                replies=answerable,
            )
        except TextRefused:
            withheld.append(_Withholding(absence, contact.guardian_id, Withholding.TEXT))
            continue
        drafts.append(_draft(absence, contact, text, not_before, expires_at))
    return drafts, withheld


def _draft(
    absence: Unexplained, contact: Contact, text: wording.Text, not_before: datetime, expires_at: datetime
) -> Draft:
    return Draft(
        kind=Kind.ABSENCE,
        school_id=absence.school_id,
        school_class_id=absence.school_class_id,
        pupil_id=absence.pupil_id,
        guardian_id=contact.guardian_id,
        day=absence.day,
        to=contact.e164,
        text=text,
        not_before=not_before,
        expires_at=expires_at,
    )


def _written_to(due: dict[int, Unexplained]) -> tuple[set[tuple[int, int]], set[tuple[int, str]]]:
    """Pupil and guardian pairs with a message that reached, will reach or may have reached somebody; and pupil and number
    pairs with one whatever came of it: a number is not tried twice, another one of the same guardian may be.
    """
    rows = list(
        Message.objects.filter(
            day__in={absence.day for absence in due.values()}, pupil_id__in=list(due), kind=Kind.ABSENCE
        )
        .exclude(state=State.CANCELLED)
        .values_list("pupil_id", "guardian_id", "to_e164", "state")
    )
    written = {(pupil, guardian) for pupil, guardian, _, state in rows if State(state) in NOT_AGAIN}
    return written, {(pupil, e164) for pupil, _, e164, _ in rows}


def _withhold(day: date, withheld: list[_Withholding], now: datetime) -> None:
    """Let exactly these reasons stand for the day; one that stood already keeps its moment."""
    standing = {
        (pupil, guardian): (pk, reason)
        for pk, pupil, guardian, reason in Withheld.objects.filter(day=day).values_list(
            "pk", "pupil_id", "guardian_id", "reason"
        )
    }
    wanted = {(one.absence.pupil_id, one.guardian_id): one for one in withheld}
    gone = [pk for key, (pk, reason) in standing.items() if key not in wanted or wanted[key].reason != reason]
    if gone:
        Withheld.objects.filter(pk__in=gone).delete()
    new = [one for key, one in wanted.items() if key not in standing or standing[key][1] != one.reason]
    if new:
        Withheld.objects.bulk_create(
            Withheld(
                school_id=one.absence.school_id,
                school_class_id=one.absence.school_class_id,
                pupil_id=one.absence.pupil_id,
                guardian_id=one.guardian_id,
                day=day,
                reason=one.reason,
                noted_at=now,
            )
            for one in new
        )


def _corrections(day: date, now: datetime) -> list[Draft]:
    """Good news for those who were written to, or may have been, about a pupil who turned out to be here."""
    taken_back = Message.objects.filter(corrects=OuterRef("pk")).exclude(state=State.CANCELLED)
    sent = list(
        Message.objects.filter(day=day, kind=Kind.ABSENCE, state__in=[*OUT, *OPEN])
        .exclude(Exists(taken_back))
        .select_related("pupil", "school")
    )
    if not sent:
        return []
    here = unexplained.turned_up(day, {message.pupil_id for message in sent})
    wrong = [message for message in sent if message.pupil_id in here]
    if not wrong:
        return []
    chosen = choices.of({message.school_class_id for message in wrong})
    own = texts.in_force({message.school_id for message in wrong})
    return list(_taken_back(wrong, chosen, own, now))


def _taken_back(
    wrong: Iterable[Message], chosen: dict[int, Chosen], own: Mapping[int, Own], now: datetime
) -> Iterable[Draft]:
    for message in wrong:
        school_class = chosen.get(message.school_class_id)
        if school_class is None:
            continue
        # The deadline is for worries; good news may come as long as the window is open.
        expires_at = school_class.closes(now)
        if now + outbox.LEAST_LEFT + timedelta(seconds=1) >= expires_at:
            continue
        left_at = timezone.localtime(message.accepted_at or message.sending_at or now)
        fields = Fields(
            given_name=message.pupil.given_name,
            family_name=message.pupil.family_name,
            school=school_class.signature or message.school.name,
            phone=message.school.phone,
            time=f"{left_at.hour}.{left_at.minute:02d}",
        )
        names_pupil = not message.text_name.endswith(wording.NEUTRAL) and not message.pupil.protected
        try:
            text = wording.compose(
                Kind.CORRECTION,
                message.language,
                fields,
                names_pupil=names_pupil,
                own=own[message.school_id],
            )
        except TextRefused:
            continue
        yield Draft(
            kind=Kind.CORRECTION,
            corrects=message.pk,
            school_id=message.school_id,
            school_class_id=message.school_class_id,
            pupil_id=message.pupil_id,
            guardian_id=message.guardian_id,
            day=message.day,
            to=message.to_e164,
            text=text,
            not_before=now,
            expires_at=expires_at,
        )
