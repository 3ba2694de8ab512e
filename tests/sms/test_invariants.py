"""What must never be true of the messages is found and named when it is, and only then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from fravaer.sms import choices, circuit, invariants, morning, outbox, tasks
from fravaer.sms.invariants import Invariant
from fravaer.sms.models import Message, ProviderEvent, Withheld
from tests.cast import DAY, Cast
from tests.sms.conftest import AT_ONCE, away, take

SID, OTHER = "SM" + "1" * 32, "SM" + "2" * 32


def broken() -> dict[str, int]:
    return {one.name.value: one.count for one in invariants.broken(timezone.now())}


@pytest.fixture
def waiting(cast: Cast) -> Message:
    """One message that may leave at once."""
    choices.opt_in([cast.school.pk], hours=AT_ONCE)
    take(cast.class_7b, away(cast.pupils[0]))
    morning.prepare(DAY, timezone.now())
    return Message.objects.get()


def claimed(message: Message) -> None:
    outbox.release(timezone.now())
    assert outbox.claim(timezone.now(), 1)


def sending(message: Message) -> None:
    claimed(message)
    Message.objects.update(state="sending", sending_at=timezone.now(), attempts=1)


def uncertain(message: Message) -> None:
    sending(message)
    Message.objects.update(state="uncertain", expires_at=timezone.now())


def learnt(*words: str, sid: str = SID) -> Callable[[Message], None]:
    def tell(message: Message) -> None:
        if Message.objects.filter(state="held"):
            sending(message)
        for word in words:
            outbox.learn(
                message.pk,
                provider="twilio",
                sid=sid,
                status=word,
                code=None,
                via="callback",
                now=timezone.now(),
            )

    return tell


def otherwise(message: Message) -> None:
    """The provider says first one end and then another, and the row is turned by hand to the second."""
    learnt("undelivered", "delivered")(message)
    Message.objects.update(provider_status="delivered")
    ProviderEvent.objects.filter(status="undelivered").update(received_at=timezone.now() + timedelta(hours=1))


@pytest.mark.parametrize(
    ("happens", "after", "found"),
    [
        (lambda message: None, 59, {}),
        (lambda message: None, 61, {"overdue": 1}),
        (claimed, 61, {}),
        (claimed, 121, {"overdue": 1}),
        (sending, 59, {}),
        (sending, 61, {"sending": 1}),
        (uncertain, 59, {}),
        (uncertain, 61, {"uncertain": 1}),
        (learnt("sent", "delivered"), 0, {}),
        (otherwise, 0, {"contradicted": 1}),
        (lambda message: (learnt("sent")(message), learnt("sent", sid=OTHER)(message)), 0, {"doubled": 1}),
        (lambda message: Message.objects.update(segments=3), 0, {"segments": 1}),
        (lambda message: Message.objects.all().delete(), 61, {"untold": 1}),
    ],
)  # fmt: skip
def test_what_must_never_be_is_found(
    waiting: Message,
    clock: time_machine.Traveller,
    happens: Callable[[Message], object],
    after: int,
    found: dict[str, int],
) -> None:
    happens(waiting)
    clock.shift(timedelta(seconds=after))
    assert broken() == found


def test_a_reason_for_no_message_is_as_good_as_one(waiting: Message, clock: time_machine.Traveller) -> None:
    about = {name: getattr(waiting, name) for name in ("school", "school_class", "pupil", "guardian", "day")}
    Message.objects.all().delete()
    Withheld.objects.create(**about, reason="no_phone", noted_at=timezone.now())
    clock.shift(timedelta(seconds=61))
    assert broken() == {}


def test_what_somebody_has_stopped_is_not_overdue(waiting: Message, clock: time_machine.Traveller) -> None:
    circuit.stop("twilio", True)
    clock.shift(timedelta(hours=1))
    assert broken() == {}
    assert invariants.backlog(timezone.now()).messages == 0
    circuit.stop("twilio", False)
    assert invariants.backlog(timezone.now()).oldest_seconds == 3600


def test_the_log_tells_counts_and_nothing_else(
    waiting: Message, clock: time_machine.Traveller, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    clock.shift(timedelta(seconds=90))
    tasks.watch()
    assert [record.getMessage() for record in caplog.records] == [
        "sms: 1 due, the oldest for 90 seconds",
        f"sms: {Invariant.OVERDUE.value} is broken by 1 messages",
    ]
