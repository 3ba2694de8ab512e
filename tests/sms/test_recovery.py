"""What becomes of messages whose process died or whose answer was lost."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from fravaer.sms import choices, delivery, morning, outbox, recovery
from fravaer.sms.claims import Marked
from fravaer.sms.delivery import Sender
from fravaer.sms.models import Message
from fravaer.sms.owner import Owner, gone
from tests import factories
from tests.cast import DAY, Cast
from tests.gateway import GatewayProcess, eventually
from tests.sms.conftest import AT_ONCE, away, states, take
from tests.sms.test_delivery import absent, created, settled

pytestmark = pytest.mark.django_db(transaction=True)

ORDINARY = "+9990000001"
BROKEN_BEFORE, BROKEN_AFTER = "+9990009932", "+9990009933"
NO_CALLBACKS = "+9990009918"


@pytest.fixture
def town(cast: Cast) -> Cast:
    """Birkeskolen sends at once."""
    choices.opt_in([cast.school.pk], hours=AT_ONCE, most_percent=100)
    return cast


@pytest.fixture
def silent(provider: GatewayProcess) -> GatewayProcess:
    """A provider that never calls back."""
    provider.turn(callbacks="none")
    return provider


def minutes(sender: Sender, clock: time_machine.Traveller, number: int) -> None:
    """Let so many minutes go by, each with its reconciling and draining."""
    for _ in range(number):
        clock.shift(timedelta(minutes=1, seconds=1))
        recovery.reconcile(sender.gateway, timezone.now())
        delivery.drain(sender)


def mark(sender: Sender, now: datetime | None = None) -> Marked:
    """Bring the one message to the point where its process is about to call the provider."""
    now = now or timezone.now()
    outbox.release(now)
    [claimed] = outbox.claim(now, 1)
    marked = outbox.mark(claimed, sender.owner.number, now)
    assert marked is not None
    return marked


def test_a_lost_answer_is_found_in_the_providers_list(
    town: Cast, sender: Sender, silent: GatewayProcess, clock: time_machine.Traveller
) -> None:
    absent(town, BROKEN_AFTER)
    delivery.drain(sender)
    clock.shift(timedelta(seconds=11))
    assert recovery.reconcile(sender.gateway, timezone.now()).asked == 1
    message = Message.objects.get()
    assert message.state in ("accepted", "sent", "delivered")
    assert (message.provider_sid, message.resolved_by) == (silent.ledger()["messages"][0]["sid"], "list")
    minutes(sender, clock, 10)
    assert created(silent) == [BROKEN_AFTER]


def test_what_the_provider_denies_twice_is_sent_again_five_minutes_later(
    town: Cast, sender: Sender, silent: GatewayProcess, clock: time_machine.Traveller
) -> None:
    absent(town, BROKEN_BEFORE)
    delivery.drain(sender)
    minutes(sender, clock, 4)
    assert states() == {BROKEN_BEFORE: ["uncertain"]}
    minutes(sender, clock, 2)
    message = Message.objects.get()
    assert (message.state, message.attempts) == ("accepted", 2)
    assert created(silent) == [BROKEN_BEFORE]


def test_a_provider_that_cannot_be_asked_denies_nothing(
    town: Cast, sender: Sender, silent: GatewayProcess, clock: time_machine.Traveller
) -> None:
    absent(town, BROKEN_BEFORE)
    delivery.drain(sender)
    silent.turn(outage=True)
    minutes(sender, clock, 20)
    message = Message.objects.get()
    assert (message.state, message.negative_lookups) == ("uncertain", 0)


def test_what_stays_in_doubt_until_its_deadline_becomes_a_telephone_call(
    town: Cast, sender: Sender, silent: GatewayProcess, clock: time_machine.Traveller
) -> None:
    clock.move_to(factories.moment(DAY, 10, 57))
    absent(town, BROKEN_BEFORE)
    delivery.drain(sender)
    minutes(sender, clock, 4)
    assert states() == {BROKEN_BEFORE: ["unknown"]}
    assert created(silent) == []


def test_even_a_provider_that_answers_nothing_cannot_keep_a_message_open_after_its_deadline(
    town: Cast, sender: Sender, silent: GatewayProcess, clock: time_machine.Traveller
) -> None:
    clock.move_to(factories.moment(DAY, 10, 57))
    absent(town, BROKEN_BEFORE, "+9991119932")
    delivery.drain(sender)
    silent.turn(outage=True)
    minutes(sender, clock, 4)
    assert states() == {BROKEN_BEFORE: ["unknown"], "+9991119932": ["unknown"]}


def test_after_three_attempts_nobody_knows(
    town: Cast, sender: Sender, silent: GatewayProcess, clock: time_machine.Traveller
) -> None:
    absent(town, ORDINARY)
    silent.turn(error_before_rate=1.0)
    minutes(sender, clock, 30)
    message = Message.objects.get()
    assert (message.state, message.attempts) == ("unknown", 3)


def test_a_message_that_waits_past_its_deadline_expires(
    town: Cast, sender: Sender, provider: GatewayProcess, clock: time_machine.Traveller
) -> None:
    absent(town, ORDINARY)
    choices.pause(town.school.pk, True)
    clock.move_to(factories.moment(DAY, 11))
    minutes(sender, clock, 1)
    assert states() == {ORDINARY: ["expired"]}
    assert created(provider) == []


def test_without_an_account_nobody_is_asked_and_messages_expire_all_the_same(
    town: Cast, clock: time_machine.Traveller
) -> None:
    absent(town, ORDINARY)
    clock.move_to(factories.moment(DAY, 11))
    recovery.reconcile(None, timezone.now())
    assert states() == {ORDINARY: ["expired"]}


def test_the_claim_of_a_dead_process_goes_back_to_the_queue(
    town: Cast, sender: Sender, clock: time_machine.Traveller
) -> None:
    absent(town, ORDINARY)
    now = timezone.now()
    outbox.release(now)
    outbox.claim(now, 1)
    recovery.reconcile(sender.gateway, now + timedelta(seconds=59))
    assert states() == {ORDINARY: ["claimed"]}
    clock.shift(timedelta(seconds=61))
    minutes(sender, clock, 1)
    settled(ORDINARY, "delivered")


def test_a_mark_without_a_call_is_sent_again_only_when_its_process_is_proven_dead(
    town: Cast, sender: Sender, silent: GatewayProcess, clock: time_machine.Traveller
) -> None:
    absent(town, ORDINARY)
    frozen = Sender(sender.gateway, Owner(), sender.clock, sender.public_base_url)
    mark(frozen)
    minutes(sender, clock, 12)
    # Denied many times, but a process that is alive may still be about to send it.
    assert states() == {ORDINARY: ["uncertain"]}
    assert not gone(frozen.owner.number)
    frozen.owner.close()
    eventually(lambda: gone(frozen.owner.number))
    minutes(sender, clock, 2)
    assert Message.objects.get().state in ("accepted", "sent", "delivered")
    assert created(silent) == [ORDINARY]


def test_a_frozen_process_that_wakes_up_settles_what_it_sent(
    town: Cast, sender: Sender, silent: GatewayProcess, clock: time_machine.Traveller
) -> None:
    absent(town, ORDINARY)
    marked = mark(sender)
    minutes(sender, clock, 2)
    assert states() == {ORDINARY: ["uncertain"]}
    # The call under way comes back after all.
    outbox.learn(
        marked.claimed.id,
        provider="twilio",
        sid="SM" + "3" * 32,
        status="queued",
        code=None,
        via="answer",
        now=timezone.now(),
    )
    assert states() == {ORDINARY: ["accepted"]}
    assert not outbox.doubt(marked, timezone.now())


def test_two_children_with_one_telephone_and_the_same_text_are_told_apart(
    town: Cast, sender: Sender, silent: GatewayProcess, clock: time_machine.Traveller
) -> None:
    twins = factories.pupils(["Ida Krag", "Bo Krag"], in_class=town.class_7b)
    factories.guardian(*twins, phone=BROKEN_AFTER)
    take(town.class_7b, away(*twins))
    morning.prepare(DAY, timezone.now())
    delivery.drain(sender)
    minutes(sender, clock, 2)
    sids = set(Message.objects.values_list("provider_sid", flat=True))
    assert sids == {message["sid"] for message in silent.ledger()["messages"]}
    assert len(sids) == 2


def test_of_two_equal_texts_of_which_one_was_lost_one_more_is_sent(
    town: Cast, sender: Sender, silent: GatewayProcess, clock: time_machine.Traveller
) -> None:
    twins = factories.pupils(["Ida Krag", "Bo Krag"], in_class=town.class_7b)
    # Every other call to this number gets no answer and is not accepted.
    factories.guardian(*twins, phone="+9990009934")
    silent.turn(hang_seconds=3)
    take(town.class_7b, away(*twins))
    morning.prepare(DAY, timezone.now())
    delivery.drain(sender)
    minutes(sender, clock, 15)
    assert len(created(silent)) == 2
    assert set(Message.objects.values_list("state", flat=True)) <= {"accepted", "sent", "delivered"}


def test_a_message_without_callbacks_is_asked_for_after_ten_minutes(
    town: Cast, sender: Sender, clock: time_machine.Traveller, provider: GatewayProcess
) -> None:
    absent(town, NO_CALLBACKS)
    delivery.drain(sender)
    assert states() == {NO_CALLBACKS: ["accepted"]}
    eventually(lambda: provider.ledger()["messages"][0]["status"] == "delivered")
    minutes(sender, clock, 5)
    assert states() == {NO_CALLBACKS: ["accepted"]}
    minutes(sender, clock, 6)
    message = Message.objects.get()
    assert (message.state, message.resolved_by) == ("delivered", "poll")


def test_a_message_the_carrier_never_confirms_is_asked_for_three_times_and_then_left(
    town: Cast, sender: Sender, clock: time_machine.Traveller
) -> None:
    absent(town, "+9990009917")
    delivery.drain(sender)
    settled("+9990009917", "sent")
    asked = 0
    for wait in (timedelta(minutes=11), timedelta(hours=1), timedelta(hours=24), timedelta(hours=24)):
        clock.shift(wait)
        asked += recovery.reconcile(sender.gateway, timezone.now()).asked
    assert asked == 3
    assert Message.objects.get().next_check is None


def test_good_news_about_a_message_that_never_left_is_cancelled(
    town: Cast, sender: Sender, silent: GatewayProcess, clock: time_machine.Traveller
) -> None:
    clock.move_to(factories.moment(DAY, 10, 57))
    absent(town, BROKEN_BEFORE)
    delivery.drain(sender)
    take(town.class_7b, {})
    morning.prepare(DAY, timezone.now())
    minutes(sender, clock, 5)
    assert states() == {BROKEN_BEFORE: ["unknown", "cancelled"]}
    assert created(silent) == []


def test_a_correction_of_a_message_that_went_back_to_the_queue_goes_with_it(
    town: Cast, sender: Sender, silent: GatewayProcess, clock: time_machine.Traveller
) -> None:
    absent(town, BROKEN_BEFORE)
    delivery.drain(sender)
    take(town.class_7b, {})
    morning.prepare(DAY, timezone.now())
    minutes(sender, clock, 8)
    # The provider never had the first one; it was cancelled at sending, because she is here, and the other with it.
    assert states() == {BROKEN_BEFORE: ["cancelled", "cancelled"]}
    assert created(silent) == []


def test_two_reconcilers_ask_for_each_message_once(
    town: Cast, sender: Sender, silent: GatewayProcess, clock: time_machine.Traveller
) -> None:
    absent(town, BROKEN_BEFORE)
    delivery.drain(sender)
    clock.shift(timedelta(seconds=30))
    now = timezone.now()
    assert recovery.reconcile(sender.gateway, now).asked == 1
    assert recovery.reconcile(sender.gateway, now).asked == 0
    assert Message.objects.get().negative_lookups == 1


def test_the_invariants_hold_after_a_morning_of_faults(
    town: Cast, sender: Sender, provider: GatewayProcess, clock: time_machine.Traveller
) -> None:
    provider.turn(
        error_before_rate=0.1,
        error_after_rate=0.1,
        reset_after_rate=0.1,
        reset_before_rate=0.1,
        reject_rate=0.1,
    )
    numbers = [f"+99901110{n:02d}" for n in range(30)]
    absent(town, *numbers)
    minutes(sender, clock, 40)
    provider.turn(
        error_before_rate=0, error_after_rate=0, reset_after_rate=0, reset_before_rate=0, reject_rate=0
    )
    minutes(sender, clock, 25)
    eventually(lambda: set(Message.objects.values_list("state", flat=True)) <= {"delivered", "unknown"})
    sent = created(provider)
    assert len(sent) == len(set(sent))
    unknown = set(Message.objects.filter(state="unknown").values_list("to_e164", flat=True))
    assert set(sent) | unknown == set(numbers)
