"""How messages reach the provider, over real HTTP against the local gateway, and what each answer does to them."""

from __future__ import annotations

import io
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from fravaer.absence.reasons import Mark
from fravaer.schools.models import Guardianship, Pupil
from fravaer.sms import choices, circuit, delivery, followup, morning, optouts, outbox
from fravaer.sms.delivery import Sender
from fravaer.sms.gateway import Answer, Gateway
from fravaer.sms.models import Attempt, DeadNumber, Message, Transition, Withheld
from fravaer.sms.owner import Owner
from fravaer.sms.states import How
from tests import factories
from tests.cast import DAY, MORNING, Cast
from tests.gateway import GatewayProcess, eventually
from tests.sms.conftest import AT_ONCE, away, states, take

pytestmark = pytest.mark.django_db(transaction=True)

# No country has 999: what ends in these four digits chooses what the gateway does.
ORDINARY = "+9990000001"
LANDLINE, STOPPED = "+9990009902", "+9990009903"
TOO_MANY, BROKEN_BEFORE, BROKEN_AFTER = "+9990009931", "+9990009932", "+9990009933"
RESET_AFTER, GARBLED, SILENT_AFTER = "+9990009936", "+9990009938", "+9990009935"
SWITCHED_OFF, EARLY, TURNED_ROUND, TWICE = "+9990009911", "+9990009923", "+9990009922", "+9990009921"


@pytest.fixture
def town(cast: Cast) -> Cast:
    """Birkeskolen sends at once."""
    choices.opt_in([cast.school.pk], hours=AT_ONCE, most_percent=100)
    return cast


def absent(cast: Cast, *numbers: str) -> list[Pupil]:
    """As many pupils, absent and written about, each with one guardian on one of the numbers."""
    pupils = factories.pupils([f"Elev{n} Krag" for n in range(len(numbers))], in_class=cast.class_7b)
    for pupil, number in zip(pupils, numbers, strict=True):
        factories.guardian(pupil, phone=number)
    take(cast.class_7b, away(*pupils))
    morning.prepare(DAY, timezone.now())
    return pupils


def created(provider: GatewayProcess) -> list[str]:
    """The numbers of the messages the provider has accepted, in order."""
    return [message["to"] for message in provider.ledger()["messages"]]


def state_of(number: str) -> str:
    return states()[number][-1]


def settled(number: str, state: str) -> None:
    """Wait until the callbacks have brought the number's message there."""
    eventually(lambda: state_of(number) == state)


def test_a_message_is_sent_and_reported_as_delivered(
    town: Cast, sender: Sender, provider: GatewayProcess
) -> None:
    absent(town, ORDINARY)
    assert delivery.drain(sender) == 1
    settled(ORDINARY, "delivered")
    [told] = provider.ledger()["messages"]
    message = Message.objects.get(to_e164=ORDINARY)
    assert (told["sid"], told["body"], told["attempt"]) == (message.provider_sid, message.body, 1)
    assert told["status_callback"].startswith(f"{sender.public_base_url}/sms/status/{message.pk}#")
    # The provider's own queue must not deliver after the deadline either.
    assert told["validity_seconds"] == 3 * 3600
    # The last callback may follow the answer, which may follow it: the way there is forward in any case.
    steps = list(Transition.objects.filter(message=message).order_by("id").values_list("after", flat=True))
    assert steps[:4] == ["held", "queued", "claimed", "sending"]
    assert steps[-1] == "delivered"


def test_nothing_leaves_before_its_grace_is_over(
    cast: Cast, sender: Sender, clock: time_machine.Traveller
) -> None:
    choices.opt_in([cast.school.pk])
    absent(cast, ORDINARY)
    assert delivery.drain(sender) == 0
    assert state_of(ORDINARY) == "held"
    clock.shift(timedelta(seconds=91))
    assert delivery.drain(sender) == 1


def test_a_mark_corrected_at_the_last_moment_cancels_the_message_at_sending(
    town: Cast, sender: Sender, provider: GatewayProcess
) -> None:
    absent(town, ORDINARY)
    take(town.class_7b, {})
    # No pass has prepared the day again; the sender asks for itself.
    assert delivery.drain(sender) == 0
    assert Message.objects.get().because == "explained"
    assert created(provider) == []


@pytest.mark.parametrize("change", ["declined", "lost custody", "stopped", "said no", "class left"])
def test_a_guardian_who_is_no_longer_to_be_told_is_not(
    town: Cast, sender: Sender, provider: GatewayProcess, change: str
) -> None:
    [pupil] = absent(town, ORDINARY)
    match change:
        case "declined":
            Guardianship.objects.filter(pupil=pupil).update(sms_allowed=False)
        case "lost custody":
            Guardianship.objects.filter(pupil=pupil).update(custody=False)
        case "stopped":
            Pupil.objects.filter(pk=pupil.pk).update(sms_stopped=True)
        case "said no":
            optouts.note(ORDINARY, How.SMS, timezone.now())
        case _:
            choices.opt_out([town.school.pk])
    assert delivery.drain(sender) == 0
    assert state_of(ORDINARY) == "cancelled"
    assert created(provider) == []


def test_a_paused_school_sends_nothing_until_it_goes_on(town: Cast, sender: Sender) -> None:
    absent(town, ORDINARY)
    choices.pause(town.school.pk, True)
    assert delivery.drain(sender) == 0
    choices.pause(town.school.pk, False)
    assert delivery.drain(sender) == 1


def test_the_installations_kill_switch_stops_everything(town: Cast, sender: Sender) -> None:
    absent(town, ORDINARY)
    circuit.stop("twilio", True)
    assert delivery.drain(sender) == 0
    circuit.stop("twilio", False)
    assert delivery.drain(sender) == 1


def test_nothing_is_handed_over_in_the_last_half_minute(
    town: Cast, sender: Sender, clock: time_machine.Traveller, provider: GatewayProcess
) -> None:
    absent(town, ORDINARY)
    clock.move_to(factories.moment(DAY, 10, 59) + timedelta(seconds=31))
    assert delivery.drain(sender) == 0
    assert created(provider) == []


def test_a_number_that_cannot_receive_is_learnt_and_the_message_rejected(town: Cast, sender: Sender) -> None:
    absent(town, LANDLINE, STOPPED)
    delivery.drain(sender)
    assert states() == {LANDLINE: ["rejected"], STOPPED: ["rejected"]}
    assert dict(DeadNumber.objects.values_list("e164", "error_code")) == {LANDLINE: 21614}
    assert optouts.everywhere([LANDLINE, STOPPED]) == {STOPPED}


def test_after_a_rejection_the_guardians_next_number_is_tried(town: Cast, sender: Sender) -> None:
    [pupil] = absent(town, LANDLINE)
    guardian = pupil.guardianships.get().guardian
    guardian.phones.create(e164=ORDINARY, rank=2)
    delivery.drain(sender)
    morning.prepare(DAY, timezone.now())
    delivery.drain(sender)
    settled(ORDINARY, "delivered")


def test_too_many_at_once_is_tried_again_later_and_not_counted(
    town: Cast, sender: Sender, provider: GatewayProcess, clock: time_machine.Traveller
) -> None:
    absent(town, TOO_MANY)
    assert delivery.drain(sender) == 1
    message = Message.objects.get()
    assert (message.state, message.attempts, message.throttled) == ("queued", 0, 1)
    assert timedelta(seconds=1) <= message.not_before - timezone.now() < timedelta(seconds=2)
    assert delivery.drain(sender) == 0
    clock.shift(timedelta(seconds=2))
    delivery.drain(sender)
    settled(TOO_MANY, "delivered")
    assert created(provider) == [TOO_MANY]


@pytest.mark.parametrize("number", [BROKEN_BEFORE, BROKEN_AFTER, RESET_AFTER, GARBLED, SILENT_AFTER])
def test_an_answer_that_proves_nothing_leaves_the_message_in_doubt_and_never_sends_again(
    town: Cast, sender: Sender, provider: GatewayProcess, number: str
) -> None:
    provider.turn(callbacks="none")
    absent(town, number)
    assert delivery.drain(sender) == 1
    message = Message.objects.get()
    assert (message.state, message.attempts) == ("uncertain", 1)
    assert message.ended_at is not None
    assert delivery.drain(sender) == 0
    assert Attempt.objects.get().outcome == "uncertain"


@pytest.mark.parametrize("number", [BROKEN_AFTER, RESET_AFTER, GARBLED, SILENT_AFTER])
def test_a_callback_resolves_what_the_answer_left_open(town: Cast, sender: Sender, number: str) -> None:
    absent(town, number)
    delivery.drain(sender)
    settled(number, "delivered")


def test_a_callback_that_beats_the_answer_stands(
    town: Cast, sender: Sender, provider: GatewayProcess
) -> None:
    absent(town, EARLY)
    delivery.drain(sender)
    settled(EARLY, "delivered")
    assert Message.objects.get().provider_sid == provider.ledger()["messages"][0]["sid"]


@pytest.mark.parametrize("number", [TWICE, TURNED_ROUND])
def test_callbacks_that_come_twice_or_turned_round_end_in_the_truth(
    town: Cast, sender: Sender, provider: GatewayProcess, number: str
) -> None:
    absent(town, number)
    delivery.drain(sender)
    eventually(lambda: len(provider.ledger()["messages"][0]["callbacks"]) >= 2)
    settled(number, "delivered")


def test_a_phone_that_is_off_is_a_call_for_the_office_and_no_dead_number(town: Cast, sender: Sender) -> None:
    absent(town, SWITCHED_OFF)
    delivery.drain(sender)
    settled(SWITCHED_OFF, "undelivered")
    assert Message.objects.get().error_code == 30003
    assert not DeadNumber.objects.exists()
    # Nor is the same number tried again by the next pass.
    assert morning.prepare(DAY, timezone.now()).queued == 0


def test_a_provider_that_cannot_be_reached_costs_no_attempt(
    town: Cast, mine: Owner, sender: Sender, clock: time_machine.Traveller, running: GatewayProcess
) -> None:
    absent(town, ORDINARY)
    running.kill()
    try:
        assert delivery.drain(sender) == 1
        message = Message.objects.get()
        assert (message.state, message.attempts) == ("queued", 0)
        assert Attempt.objects.get().outcome == "unsent"
    finally:
        running.start()
    clock.shift(timedelta(seconds=6))
    delivery.drain(sender)
    settled(ORDINARY, "delivered")


def test_a_revoked_token_opens_the_circuit_and_burns_no_message(
    town: Cast, sender: Sender, provider: GatewayProcess, clock: time_machine.Traveller
) -> None:
    numbers = [f"+99900001{n:02d}" for n in range(12)]
    absent(town, *numbers)
    provider.turn(auth_revoked=True)
    assert delivery.drain(sender) == 1
    assert {state for [state] in states().values()} == {"queued"}
    assert sum(Message.objects.values_list("attempts", flat=True)) == 0
    # A minute later one message tries, and only one.
    clock.shift(timedelta(seconds=61))
    assert delivery.drain(sender) == 1
    assert delivery.drain(sender) == 0
    provider.turn(auth_revoked=False)
    clock.shift(timedelta(seconds=61))
    assert delivery.drain(sender) == len(numbers)
    eventually(lambda: {state for [state] in states().values()} == {"delivered"})
    assert sorted(created(provider)) == sorted(numbers)


def test_a_provider_that_answers_nothing_properly_is_left_alone(
    town: Cast, sender: Sender, provider: GatewayProcess
) -> None:
    absent(town, *[f"+99900002{n:02d}" for n in range(12)])
    provider.turn(status_500=True)
    calls = delivery.drain(sender)
    # Five in a row, and whatever had been claimed together with the fifth.
    assert calls < 12
    assert circuit.allowed("twilio", timezone.now()) == 0
    assert Message.objects.filter(state="uncertain").count() == calls


def test_a_message_is_not_marked_without_the_lock_of_its_process(
    town: Cast, sender: Sender, provider: GatewayProcess
) -> None:
    absent(town, ORDINARY)
    sender.owner.close()
    assert delivery.drain(sender, seconds=0.5) == 0
    assert state_of(ORDINARY) == "claimed"
    assert created(provider) == []


class Cut:
    """The provider, during whose every call the database ends the session of whoever calls."""

    name, supports_idempotency = "twilio", False

    def __init__(self, provider: Gateway) -> None:
        self.provider = provider
        self.written_to, self.written_since = provider.written_to, provider.written_since
        self.message, self.signed = provider.message, provider.signed

    def send(self, **message: Any) -> Answer:
        answer = self.provider.send(**message)
        cut_off()
        return answer


def cut_off() -> None:
    connection.ensure_connection()
    with closing(connection.get_new_connection(connection.get_connection_params())) as other:
        other.autocommit = True
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [connection.connection.get_backend_pid()])


def test_an_answer_is_written_down_although_the_database_went_away_during_the_call(
    town: Cast, sender: Sender, provider: GatewayProcess
) -> None:
    provider.turn(callbacks="none")
    absent(town, ORDINARY, LANDLINE, TOO_MANY, BROKEN_AFTER)
    assert delivery.drain(replace(sender, gateway=Cut(sender.gateway))) == 4
    assert states() == {
        ORDINARY: ["accepted"],
        LANDLINE: ["rejected"],
        TOO_MANY: ["queued"],
        BROKEN_AFTER: ["uncertain"],
    }
    # Nobody has to guess whether one of the calls is still going on.
    assert not Message.objects.filter(ended_at=None).exists()
    assert sorted(Attempt.objects.values_list("outcome", flat=True)) == [
        *("accepted", "rejected", "throttled", "uncertain")
    ]


def test_where_nobody_knows_whether_the_mark_stands_it_is_taken_back_and_nothing_was_called(
    town: Cast, sender: Sender, mine: Owner, provider: GatewayProcess
) -> None:
    absent(town, ORDINARY)
    now = timezone.now()
    outbox.release(now)
    [claimed] = outbox.claim(now, 1)
    assert outbox.mark(claimed, mine.number, now)
    # Its confirmation never came: the process has called nobody, and says so.
    assert outbox.unmark(claimed, now)
    assert (state_of(ORDINARY), Message.objects.get().attempts) == ("queued", 0)
    assert Attempt.objects.get().outcome == "unsent"
    looks = count(1)

    def clock() -> datetime:
        # The third time the clock is looked at is for the mark.
        if next(looks) == 3:
            cut_off()
        return timezone.now()

    assert delivery.drain(replace(sender, clock=clock)) == 1
    settled(ORDINARY, "delivered")
    assert created(provider) == [ORDINARY]


def test_no_more_leave_a_second_than_the_provider_takes_from_all_processes_together(
    town: Cast, sender: Sender, provider: GatewayProcess
) -> None:
    slow = replace(sender, per_second=0.2)
    first = absent(town, ORDINARY, "+9990000002")
    assert delivery.drain(slow, seconds=1) == 2
    # Two messages have used up ten seconds; another process with one more to send finds no turn within its time.
    third = factories.pupils(["Tredje Krag"], in_class=town.class_7b)
    factories.guardian(third[0], phone="+9990000003")
    take(town.class_7b, away(*first, *third))
    morning.prepare(DAY, timezone.now())
    assert delivery.drain(replace(sender, per_second=0.2), seconds=1) == 0
    assert (state_of("+9990000003"), len(created(provider))) == ("queued", 2)
    assert not Attempt.objects.filter(message__to_e164="+9990000003").exists()
    later = replace(slow, clock=lambda: timezone.now() + timedelta(seconds=11))
    assert delivery.drain(later, seconds=1) == 1
    assert "+9990000003" in created(provider)


def test_a_trial_run_of_the_command_counts_the_day_and_writes_and_sends_nothing(
    town: Cast, sender: Sender, provider: GatewayProcess
) -> None:
    pupils = factories.pupils(["Elev Krag"], in_class=town.class_7b)
    factories.guardian(pupils[0], phone=ORDINARY)
    take(town.class_7b, away(*pupils), now=MORNING)
    said = io.StringIO()
    with time_machine.travel(MORNING + timedelta(minutes=20), tick=True):
        call_command("sms_sender", "--dry-run", stdout=said)
    assert "Birkeskolen: 1 waiting, 0 out, 0 to ring" in said.getvalue()
    assert "1 of them are new" in said.getvalue()
    assert not Message.objects.exists()
    assert created(provider) == []


def test_a_claim_has_one_holder(town: Cast, sender: Sender, mine: Owner) -> None:
    absent(town, ORDINARY, "+9990000002")
    now = timezone.now()
    outbox.release(now)
    first, second = outbox.claim(now, 5), outbox.claim(now, 5)
    assert (len(first), second) == (2, [])
    assert outbox.mark(first[0], mine.number, now) is not None
    assert outbox.mark(first[0], mine.number, now) is None
    assert outbox.mark(first[1], mine.number, now + timedelta(seconds=61)) is None


def test_inside_a_transaction_nothing_is_sent(town: Cast, sender: Sender) -> None:
    absent(town, ORDINARY)
    with transaction.atomic(), pytest.raises(RuntimeError, match="inside a transaction"):
        delivery.drain(sender)


def test_a_pupil_who_turned_up_is_taken_back_once_to_those_who_were_told(
    town: Cast, sender: Sender, provider: GatewayProcess, clock: time_machine.Traveller
) -> None:
    absent(town, ORDINARY, LANDLINE)
    clock.shift(timedelta(minutes=7))
    delivery.drain(sender)
    settled(ORDINARY, "delivered")
    take(town.class_7b, {})
    for _ in range(3):
        morning.prepare(DAY, timezone.now())
        delivery.drain(sender)
    eventually(lambda: states() == {ORDINARY: ["delivered", "delivered"], LANDLINE: ["rejected"]})
    assert created(provider) == [ORDINARY, ORDINARY]
    correction = Message.objects.get(kind="correction")
    assert correction.corrects_id == Message.objects.get(kind="absence", to_e164=ORDINARY).pk
    assert correction.body is not None
    assert "Se bort fra beskeden fra kl. 8.07" in correction.body


def test_good_news_that_does_not_arrive_is_a_call_for_the_office(
    town: Cast, sender: Sender, provider: GatewayProcess
) -> None:
    absent(town, ORDINARY)
    delivery.drain(sender)
    settled(ORDINARY, "delivered")
    take(town.class_7b, {})
    morning.prepare(DAY, timezone.now())
    provider.turn(undelivered_rate=1.0)
    delivery.drain(sender)
    eventually(lambda: states() == {ORDINARY: ["delivered", "undelivered"]})
    [one] = followup.to_ring(Message.objects.all(), Withheld.objects.all())
    assert (one.why, one.code, one.alone) == ("Er mødt alligevel: Ikke leveret", 30003, False)


def test_a_guardian_reached_on_her_other_number_is_not_to_be_rung(town: Cast, sender: Sender) -> None:
    reached, unreached = absent(town, LANDLINE, "+9991119902")
    reached.guardianships.get().guardian.phones.create(e164=ORDINARY, rank=2)
    delivery.drain(sender)
    morning.prepare(DAY, timezone.now())
    delivery.drain(sender)
    settled(ORDINARY, "delivered")
    to_ring = followup.to_ring(Message.objects.all(), Withheld.objects.all())
    assert [(one.pupil.pk, one.why, one.code, one.alone) for one in to_ring] == [
        (unreached.pk, "Nummeret kan ikke modtage sms", 21614, True)
    ]


def test_an_absence_explained_after_the_message_is_not_good_news(town: Cast, sender: Sender) -> None:
    [pupil] = absent(town, ORDINARY)
    delivery.drain(sender)
    settled(ORDINARY, "delivered")
    take(town.class_7b, {pupil: Mark.ILL})
    assert morning.prepare(DAY, timezone.now()).corrected == 0


def test_good_news_waits_for_a_message_in_doubt_and_never_overtakes_it(
    town: Cast, sender: Sender, provider: GatewayProcess
) -> None:
    provider.turn(callbacks="none")
    absent(town, BROKEN_AFTER)
    delivery.drain(sender)
    take(town.class_7b, {})
    assert morning.prepare(DAY, timezone.now()).corrected == 1
    delivery.drain(sender)
    assert states() == {BROKEN_AFTER: ["uncertain", "held"]}
    original = Message.objects.get(kind="absence")
    sid = provider.ledger()["messages"][0]["sid"]
    outbox.learn(
        original.pk, provider="twilio", sid=sid, status="sent", code=None, via="list", now=timezone.now()
    )
    delivery.drain(sender)
    assert created(provider) == [BROKEN_AFTER, BROKEN_AFTER]


def test_good_news_is_dropped_when_the_pupil_is_marked_absent_again(
    town: Cast, sender: Sender, provider: GatewayProcess
) -> None:
    [pupil] = absent(town, ORDINARY)
    delivery.drain(sender)
    settled(ORDINARY, "delivered")
    take(town.class_7b, {})
    morning.prepare(DAY, timezone.now())
    take(town.class_7b, away(pupil))
    assert delivery.drain(sender) == 0
    assert states() == {ORDINARY: ["delivered", "cancelled"]}
    # She comes after all: the cancelled one reached nobody and is no obstacle.
    take(town.class_7b, {})
    morning.prepare(DAY, timezone.now())
    assert delivery.drain(sender) == 1
    assert created(provider) == [ORDINARY, ORDINARY]


def test_nothing_private_is_in_a_log_line(
    town: Cast, sender: Sender, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    absent(town, ORDINARY, LANDLINE, TOO_MANY, BROKEN_AFTER)
    delivery.drain(sender)
    settled(ORDINARY, "delivered")
    lines = [f"{record.name} {record.getMessage()}" for record in caplog.records]
    assert any(str(Message.objects.get(to_e164=ORDINARY).pk) in line for line in lines)
    for secret in (ORDINARY, LANDLINE, TOO_MANY, BROKEN_AFTER, "Elev0", "Krag", "fraværende"):
        assert not [line for line in lines if secret in line and not line.startswith("django.db")]
