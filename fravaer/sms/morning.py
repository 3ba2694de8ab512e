"""Which absences get an SMS today?

Those a taken register says and nobody has explained, of classes that use SMS, to the guardians who are to be told
(`recipients` says who). Derived from the absences themselves each time it is asked, so no event can be lost; what exists
already stays as it is. Who is not written to is written down with the reason, and what was corrected before it left is
cancelled, after it left taken back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from fravaer.absence import unexplained
from fravaer.sms import choices, halts, outbox, recipients, statistics, texts, wording
from fravaer.sms.choices import Chosen
from fravaer.sms.drafts import Draft
from fravaer.sms.halts import Halted
from fravaer.sms.models import Halt, Message, Withheld
from fravaer.sms.recipients import Reason
from fravaer.sms.states import OPEN, OUT, UNSENT, Because, Decision, Kind, State
from fravaer.sms.statistics import Counts
from fravaer.sms.wording import Fields, Own, TextRefused

# The key of the lock that lets one pass at a time prepare a day; the other half is the day's number.
LOCK = 78
FROZEN = "30s"


@dataclass(frozen=True, slots=True)
class Prepared:
    """What one pass did, in messages; `withheld` counts the reasons that stand after it."""

    queued: int
    cancelled: int
    corrected: int
    withheld: int


def prepare(day: date, now: datetime, *, answerable: bool = False) -> Prepared:
    """Bring the outbox in line with the absences of the day. Run every few seconds; a second run changes nothing.

    `answerable` says that guardians can write back: then the texts say what to answer.

    The number of queries does not grow with the number of absences.
    """
    with transaction.atomic():
        _one_at_a_time(day)
        chosen = choices.of_day(day)
        halted = halts.look(day, chosen, now)
        due = recipients.due_on(day, chosen)
        cancelled = _cancel(day, due, chosen, halted, now)
        intended = recipients.of(day, due, chosen, halted, now, answerable=answerable)
        queued = outbox.queue(intended.drafts, now)
        _withhold(day, intended.withheld, now)
        corrected = outbox.queue(_corrections(day, now), now)
    return Prepared(queued, cancelled, corrected, len(intended.withheld))


def decide(
    halt: Halt,
    decision: Decision,
    *,
    seen: int,
    actor_id: int,
    role: str,
    now: datetime,
    answerable: bool = False,
) -> Prepared:
    """Let the leader's decision about a morning with too many unexplained hold, and bring the outbox in line with it.

    Raises halts.Decided.
    """
    with transaction.atomic():
        _one_at_a_time(halt.day)
        halts.decide(halt, decision, seen=seen, actor_id=actor_id, role=role, now=now)
        return prepare(halt.day, now, answerable=answerable)


def forecast(day: date, now: datetime) -> tuple[Prepared, list[Counts]]:
    """What preparing the day would do, and the counts of each school after it. Nothing is written down."""
    with transaction.atomic():
        prepared = prepare(day, now)
        counts = statistics.of_schools(Message.objects.filter(day=day))
        transaction.set_rollback(True)
    return prepared, counts


def _one_at_a_time(day: date) -> None:
    with connection.cursor() as cursor:
        # A process frozen in the middle of a pass loses its session, and with it the lock: the others go on.
        cursor.execute(
            "SELECT set_config('idle_in_transaction_session_timeout', %s, true), pg_advisory_xact_lock(%s, %s)",
            [FROZEN, LOCK, day.toordinal()],
        )


def _cancel(
    day: date, due: Collection[int], chosen: Mapping[int, Chosen], halted: Halted, now: datetime
) -> int:
    """Cancel what waits about pupils whose absence has been explained or corrected meanwhile, whose class has turned away
    from SMS, or about whom a person has decided against it; and good news about pupils who are away again.
    """
    because: dict[Because, list[UUID]] = defaultdict(list)
    waiting = Message.objects.filter(
        day=day, kind__in=[Kind.ABSENCE, Kind.CORRECTION], state__in=UNSENT, seq=0
    )
    for pk, kind, pupil, school, school_class in waiting.values_list(
        "pk", "kind", "pupil_id", "school_id", "school_class_id"
    ):
        if kind == Kind.CORRECTION:
            if pupil in due:
                because[Because.AWAY_AGAIN].append(pk)
        elif school_class not in chosen:
            because[Because.NOT_CHOSEN].append(pk)
        elif pupil not in due:
            because[Because.EXPLAINED].append(pk)
        elif halted.against(school, school_class):
            because[Because.HALTED].append(pk)
    return sum(outbox.cancel(ids, why, now) for why, ids in because.items())


def _withhold(day: date, withheld: Collection[Reason], now: datetime) -> None:
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
    taken_back = Message.objects.filter(corrects=OuterRef("pk")).filter(
        ~Q(state=State.CANCELLED) | recipients.REHEARSED
    )
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
