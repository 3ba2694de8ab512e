"""Messages for tests: about a pupil's default day, brought to a state by the steps the outbox allows."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

from fravaer.schools.models import Guardian, Phone, Pupil
from fravaer.sms import outbox, wording
from fravaer.sms.drafts import Draft
from fravaer.sms.models import Message
from fravaer.sms.states import Because, Kind, State
from fravaer.sms.wording import Fields
from tests import factories
from tests.cast import DAY, MORNING

# The states on the way to each.
WAYS: dict[State, tuple[State, ...]] = {
    State.HELD: (State.HELD,),
    State.CANCELLED: (State.HELD, State.CANCELLED),
    State.EXPIRED: (State.HELD, State.EXPIRED),
    State.UNCERTAIN: (State.HELD, State.QUEUED, State.CLAIMED, State.SENDING, State.UNCERTAIN),
    State.ACCEPTED: (State.HELD, State.QUEUED, State.CLAIMED, State.SENDING, State.ACCEPTED),
    State.DELIVERED: (
        State.HELD,
        State.QUEUED,
        State.CLAIMED,
        State.SENDING,
        State.ACCEPTED,
        State.DELIVERED,
    ),
    State.UNDELIVERED: (
        *(State.HELD, State.QUEUED, State.CLAIMED, State.SENDING, State.ACCEPTED, State.UNDELIVERED),
    ),
    State.REJECTED: (State.HELD, State.QUEUED, State.CLAIMED, State.SENDING, State.REJECTED),
}


def about(
    pupil: Pupil,
    state: State = State.HELD,
    *,
    code: int | None = None,
    because: Because | None = None,
    guardian: Guardian | None = None,
    now: datetime = MORNING,
) -> Message:
    """The message about the pupil to her first guardian, or to `guardian`; made and moved once, however often asked for."""
    guardian = guardian or Guardian.objects.filter(guardianships__pupil=pupil).order_by("pk").first()
    guardian = guardian or factories.guardian(pupil)
    to = Phone.objects.filter(guardian=guardian).values_list("e164", flat=True).first() or "+4520000001"
    placed = pupil.enrolments.select_related("school_class__school").get().school_class
    fields = Fields(given_name=pupil.given_name, family_name=pupil.family_name, school=placed.school.name)
    outbox.queue(
        [
            Draft(
                kind=Kind.ABSENCE,
                school_id=placed.school_id,
                school_class_id=placed.pk,
                pupil_id=pupil.pk,
                guardian_id=guardian.pk,
                day=DAY,
                to=to,
                text=wording.compose(Kind.ABSENCE, "da", fields, names_pupil=False),
                not_before=now,
                expires_at=now + timedelta(hours=3),
            )
        ],
        now,
    )
    message = Message.objects.get(pupil=pupil, guardian=guardian, kind=Kind.ABSENCE, day=DAY, seq=0)
    move(message, state, code=code, because=because, now=now)
    return Message.objects.get(pk=message.pk)


def move(
    message: Message,
    state: State,
    *,
    code: int | None = None,
    because: Because | None = None,
    now: datetime = MORNING,
) -> None:
    """Bring a held message to the state, step by step."""
    for before, after in pairwise(WAYS[state]):
        rows = Message.objects.filter(pk=message.pk, state=before)
        if after == State.SENDING:
            rows.update(state=after, sending_at=now, attempts=1, owner=1)
        elif after in (State.ACCEPTED, State.DELIVERED, State.UNDELIVERED):
            final = now + timedelta(seconds=9) if after != State.ACCEPTED else None
            rows.update(
                state=after,
                provider="twilio",
                provider_sid=f"SM{message.pk.hex}",
                accepted_at=now + timedelta(seconds=2),
                final_at=final,
                error_code=code,
            )
        elif after in (State.CANCELLED, State.EXPIRED, State.REJECTED):
            rows.update(state=after, final_at=now, because=because or "", error_code=code)
        else:
            rows.update(state=after)
