"""The day's messages against the provider's own list, and the first thing after a restore."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from fravaer.sms import balance, circuit, delivery, outbox
from fravaer.sms.delivery import Sender
from fravaer.sms.models import Message
from tests import factories
from tests.cast import DAY, Cast
from tests.gateway import GatewayProcess, eventually
from tests.sms.test_delivery import absent, created, town

__all__ = ["town"]

pytestmark = pytest.mark.django_db(transaction=True)

NUMBERS = [f"+99900005{n:02d}" for n in range(20)]


@pytest.fixture
def silent(provider: GatewayProcess) -> GatewayProcess:
    provider.turn(callbacks="none", delay_seconds=0)
    return provider


def test_a_day_is_brought_in_line_with_the_providers_list_both_ways(
    town: Cast, sender: Sender, silent: GatewayProcess
) -> None:
    # The list's times are the real clock's, and the day of these tests lies behind it.
    absent(town, *NUMBERS)
    silent.turn(error_after_rate=0.3)
    delivery.drain(sender)
    circuit.mend("twilio")
    delivery.drain(sender)
    silent.turn(error_after_rate=0)
    while outbox.waiting(timezone.now(), 1):
        circuit.mend("twilio")
        delivery.drain(sender)
    sender.gateway.send(
        key="",
        to="+9990000777",
        body="Ikke vores",
        callback_url="http://127.0.0.1:9/",
        validity_seconds=60,
        attempt=1,
    )
    in_doubt = Message.objects.filter(state="uncertain").count()
    eventually(lambda: {one["status"] for one in silent.ledger()["messages"]} == {"delivered"})
    found = balance.settle(sender.gateway, DAY, timezone.now())
    assert (found.theirs, found.ours, found.only_theirs, found.only_ours) == (21, 20, 1, 0)
    assert (in_doubt > 0, found.moved, found.even) == (True, 20, False)
    assert set(Message.objects.values_list("state", flat=True)) == {"delivered"}
    silent.reset()
    gone = balance.settle(sender.gateway, DAY, timezone.now())
    assert (gone.theirs, gone.only_ours, gone.moved) == (0, 20, 0)


def test_after_a_restore_what_was_sent_since_the_copy_is_not_sent_again(
    town: Cast, sender: Sender, silent: GatewayProcess, clock: time_machine.Traveller
) -> None:
    absent(town, *NUMBERS)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE copied AS SELECT * FROM sms_message")
        delivery.drain(sender)
        assert len(created(silent)) == len(NUMBERS)
        cursor.execute("TRUNCATE sms_message CASCADE")
        cursor.execute("INSERT INTO sms_message SELECT * FROM copied")
    said = StringIO()
    call_command("sms_balance", restored=True, day=DAY, stdout=said)
    assert "Theirs alone: 0. Ours alone: 0." in said.getvalue()
    # Sending stays stopped until a person lets it go on.
    factories.guardian(*factories.pupils(["Ny Krag"], in_class=town.class_7b), phone="+9990000600")
    assert delivery.drain(sender) == 0
    call_command("sms_balance", go=True, stdout=said)
    clock.shift(timedelta(minutes=2))
    assert delivery.drain(sender) == 0
    assert sorted(created(silent)) == NUMBERS
    assert set(Message.objects.values_list("resolved_by", flat=True)) == {"restore"}
