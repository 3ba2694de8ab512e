"""What the tests of messages share: registers taken, the local SMS gateway as a process, and a sender that talks to it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from datetime import datetime, time, timedelta
from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from fravaer.absence import register, standing
from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.reasons import Mark
from fravaer.schools.models import Pupil, SchoolClass
from fravaer.sms import choices, owner
from fravaer.sms.choices import Hours
from fravaer.sms.delivery import Sender
from fravaer.sms.gateway import Twilio
from fravaer.sms.models import Message
from tests.cast import DAY, Cast
from tests.gateway import ACCOUNT_SID, AUTH_TOKEN, SENDER, GatewayProcess

# The registers of the tests are taken at eight; the school lets messages out at once, until eleven.
HOURS = Hours(timedelta(seconds=90), time(7, 30), time(16), time(11))
AT_ONCE = Hours(timedelta(0), time(7, 30), time(16), time(11))


def take(school_class: SchoolClass, marks: Mapping[Pupil, Mark], *, now: datetime | None = None) -> None:
    """Take or correct the class's morning register of the default day: everyone else is here."""
    stands = standing.state(school_class.pk, DAY, Checkpoint.START)
    wanted = dict.fromkeys(stands.marks, Mark.HERE) | {pupil.pk: mark for pupil, mark in marks.items()}
    register.take(
        school_class_id=school_class.pk,
        school_id=school_class.school_id,
        year_group=school_class.year_group,
        day=DAY,
        checkpoint=Checkpoint.START,
        marks=wanted,
        seen_version=stands.version,
        key=uuid4(),
        user_id=None,
        now=now or timezone.now(),
    )


def away(*pupils: Pupil) -> dict[Pupil, Mark]:
    return dict.fromkeys(pupils, Mark.ABSENT)


def states() -> dict[str, list[str]]:
    """The states of each number's messages: first those about absence, then the corrections, oldest first."""
    found: dict[str, list[str]] = {}
    for number, state in Message.objects.order_by("kind", "created_at", "id").values_list("to_e164", "state"):
        found.setdefault(number, []).append(state)
    return found


@pytest.fixture
def chosen(cast: Cast) -> Cast:
    """Birkeskolen uses SMS, with the given name in the text."""
    choices.opt_in([cast.school.pk], hours=HOURS, names_pupil=True, most_percent=100)
    return cast


@pytest.fixture(scope="module")
def running() -> Iterator[GatewayProcess]:
    gateway = GatewayProcess()
    yield gateway
    gateway.close()


@pytest.fixture
def provider(running: GatewayProcess) -> GatewayProcess:
    """The local SMS gateway as a process of its own, with every knob at rest and nothing sent."""
    running.reset()
    return running


@pytest.fixture
def account(settings: LazySettings, provider: GatewayProcess, live_server: LiveServer) -> Iterator[None]:
    """The installation's settings lead to the gateway, and the gateway's callbacks to our own pages."""
    settings.TWILIO_BASE_URL = provider.base_url
    settings.TWILIO_ACCOUNT_SID = ACCOUNT_SID
    settings.TWILIO_AUTH_TOKEN = AUTH_TOKEN
    settings.TWILIO_FROM = SENDER
    settings.PUBLIC_BASE_URL = live_server.url
    yield
    # Whatever is still to be called is forgotten, and what is being answered is over before the tables are emptied.
    provider.reset()
    quiet, pause = 0, threading.Event()
    while quiet < 3:
        answering = any("process_request_thread" in thread.name for thread in threading.enumerate())
        quiet = 0 if answering else quiet + 1
        pause.wait(0.02)


@pytest.fixture
def mine(db: None) -> Iterator[owner.Owner]:
    made = owner.Owner()
    yield made
    made.close()


@pytest.fixture
def sender(account: None, mine: owner.Owner, provider: GatewayProcess, live_server: LiveServer) -> Sender:
    """What a worker sends with; calls time out after a second."""
    gateway = Twilio(
        account_sid=ACCOUNT_SID,
        auth_token=AUTH_TOKEN,
        sender=SENDER,
        base_url=provider.base_url,
        read_seconds=1.0,
    )
    return Sender(gateway, mine, timezone.now, live_server.url)
