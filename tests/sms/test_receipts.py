"""The provider's calls about what became of a message."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from django.conf import LazySettings
from django.http import HttpResponseBase
from django.test import Client
from django.utils import timezone

from fravaer.audit.models import Event
from fravaer.sms import morning, outbox
from fravaer.sms.claims import Claimed, Marked
from fravaer.sms.models import Circuit, DeadNumber, Message, ProviderEvent
from fravaer.sms.owner import Owner
from fravaer.sms.states import Because
from tests.cast import DAY, Cast
from tests.gateway import ACCOUNT_SID, AUTH_TOKEN
from tests.sms.conftest import away, take
from tools.gateway.callbacks import signature

BASE = "https://fravaer.example"
SID, OTHER_SID = "SM" + "1" * 32, "SM" + "2" * 32


@pytest.fixture(autouse=True)
def account(settings: LazySettings) -> None:
    settings.TWILIO_ACCOUNT_SID = ACCOUNT_SID
    settings.TWILIO_AUTH_TOKEN = AUTH_TOKEN
    settings.TWILIO_FROM = "Skolen"
    settings.PUBLIC_BASE_URL = BASE


def marked(chosen: Cast, mine: Owner, pupil: int = 0) -> tuple[Message, Marked]:
    """A message that is just being handed over."""
    take(chosen.class_7b, away(chosen.pupils[pupil]))
    morning.prepare(DAY, timezone.now())
    message = Message.objects.get(pupil=chosen.pupils[pupil], state="held")
    now = message.not_before
    outbox.release(now)
    [claimed] = outbox.claim(now, 1)
    done = outbox.mark(claimed, mine.number, now)
    assert done is not None
    return message, done


@pytest.fixture
def sending(chosen: Cast, mine: Owner) -> Message:
    return marked(chosen, mine)[0]


def call(message_id: UUID, status: str = "sent", sid: str = SID, /, **changes: str) -> HttpResponseBase:
    """One status call as the provider signs it; `changes` are made after the signing, `_given` before it."""
    path = f"/sms/status/{message_id}"
    form = {"AccountSid": ACCOUNT_SID, "MessageSid": sid, "MessageStatus": status, "To": "+9990000001"}
    form |= {name[1:]: value for name, value in changes.items() if name.startswith("_")}
    signed = signature(BASE + path, form, AUTH_TOKEN)
    form |= {name: value for name, value in changes.items() if not name.startswith("_")}
    return Client(enforce_csrf_checks=True).post(path, form, headers={"X-Twilio-Signature": signed})


def state(message: Message) -> str:
    message.refresh_from_db()
    return message.state


def test_a_signed_call_moves_the_message(sending: Message) -> None:
    answer = call(sending.pk, "sent")
    assert (answer.status_code, state(sending), sending.provider_sid) == (204, "sent", SID)
    call(sending.pk, "delivered")
    assert state(sending) == "delivered"
    assert sending.final_at is not None


@pytest.mark.parametrize(
    "changed", [{"MessageStatus": "delivered"}, {"MessageSid": OTHER_SID}, {"Extra": "1"}, {"To": "+1"}]
)
def test_a_call_changed_on_its_way_is_refused(sending: Message, changed: dict[str, str]) -> None:
    assert call(sending.pk, **changed).status_code == 403
    assert state(sending) == "sending"


def test_an_unsigned_call_is_refused(sending: Message) -> None:
    form = {"AccountSid": ACCOUNT_SID, "MessageSid": SID, "MessageStatus": "delivered"}
    assert Client().post(f"/sms/status/{sending.pk}", form).status_code == 403
    # Noted for whoever watches: it may as well be that our own address is not the one the provider signs.
    assert Circuit.objects.get().unsigned_at == timezone.now()
    assert state(sending) == "sending"


def test_a_call_about_another_account_is_refused(sending: Message) -> None:
    assert call(sending.pk, "sent", _AccountSid="AC" + "9" * 32).status_code == 403


def test_a_call_signed_for_another_address_is_refused(sending: Message, settings: LazySettings) -> None:
    settings.PUBLIC_BASE_URL = "http://fravaer.example"
    assert call(sending.pk, "sent").status_code == 403


def test_where_no_account_is_named_every_call_is_refused(sending: Message, settings: LazySettings) -> None:
    settings.TWILIO_AUTH_TOKEN = ""
    assert call(sending.pk, "sent").status_code == 403


def test_a_call_too_large_to_be_one_is_refused(sending: Message) -> None:
    assert call(sending.pk, "sent", _Body="x" * 9000).status_code == 403


def test_a_page_cannot_be_read_there(sending: Message) -> None:
    assert Client().get(f"/sms/status/{sending.pk}").status_code == 405


def test_a_call_about_a_message_nobody_knows_gets_the_same_answer(sending: Message) -> None:
    assert call(uuid4()).status_code == 204
    assert ProviderEvent.objects.count() == 0


def test_the_same_call_again_changes_nothing(sending: Message) -> None:
    call(sending.pk, "delivered")
    before = Message.objects.values().get()
    assert call(sending.pk, "delivered").status_code == 204
    assert Message.objects.values().get() == before
    assert ProviderEvent.objects.count() == 1


def test_calls_in_the_wrong_order_never_move_a_message_back(sending: Message) -> None:
    for status in ("delivered", "sent", "queued", "undelivered"):
        assert call(sending.pk, status).status_code == 204
    assert state(sending) == "delivered"
    assert ProviderEvent.objects.count() == 4


def test_a_word_we_do_not_know_is_kept_and_proves_that_the_provider_has_it(sending: Message) -> None:
    assert call(sending.pk, "pondering").status_code == 204
    assert state(sending) == "accepted"
    assert ProviderEvent.objects.get().status == "pondering"


def test_an_undelivered_message_keeps_its_code_and_a_dead_number_is_learnt(sending: Message) -> None:
    call(sending.pk, "undelivered", _ErrorCode="30006")
    assert (state(sending), sending.error_code) == ("undelivered", 30006)
    assert DeadNumber.objects.get().e164 == sending.to_e164


def test_a_message_nobody_has_marked_is_not_moved(chosen: Cast) -> None:
    take(chosen.class_7b, away(chosen.pupils[0]))
    morning.prepare(DAY, timezone.now())
    message = Message.objects.get()
    outbox.release(message.not_before)
    assert call(message.pk, "delivered").status_code == 204
    assert state(message) == "queued"


def test_the_truth_about_a_message_we_had_given_up_is_taken_over_and_noted(chosen: Cast, mine: Owner) -> None:
    message, attempt = marked(chosen, mine)
    outbox.doubt(attempt, timezone.now())
    outbox.give_up(message.pk, timezone.now())
    call(message.pk, "delivered")
    assert state(message) == "delivered"
    entry = Event.objects.get(action="sms.late_truth")
    assert entry.detail == {"before": "unknown", "after": "delivered"}
    assert entry.pupil_ids == [message.pupil_id]


def test_a_message_taken_back_and_cancelled_still_moves_to_the_truth(chosen: Cast, mine: Owner) -> None:
    message, attempt = marked(chosen, mine)
    now = timezone.now()
    outbox.take_back(attempt, now, now)
    outbox.cancel([message.pk], Because.EXPLAINED, now)
    call(message.pk, "delivered")
    assert state(message) == "delivered"


def test_a_second_id_for_the_same_message_moves_nothing_and_is_noted(sending: Message) -> None:
    call(sending.pk, "sent")
    call(sending.pk, "delivered", OTHER_SID)
    assert (state(sending), sending.provider_sid) == ("sent", SID)
    assert Event.objects.filter(action="sms.second_sid", subject_id=str(sending.pk)).exists()


def test_an_id_bound_to_another_message_is_not_bound_twice(chosen: Cast, mine: Owner) -> None:
    first, _ = marked(chosen, mine, pupil=0)
    second, _ = marked(chosen, mine, pupil=1)
    call(first.pk, "sent")
    assert call(second.pk, "sent").status_code == 204
    assert (state(first), state(second)) == ("sent", "sending")


def test_a_claim_loses_against_the_providers_word(chosen: Cast, mine: Owner) -> None:
    message, attempt = marked(chosen, mine)
    now = message.not_before
    outbox.take_back(attempt, now, now)
    [claimed] = outbox.claim(now, 1)
    assert isinstance(claimed, Claimed)
    call(message.pk, "sent")
    assert outbox.mark(claimed, mine.number, now) is None
