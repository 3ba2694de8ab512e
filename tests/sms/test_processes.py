"""Real processes, killed and frozen at every point of a message's way; a real Celery worker; and the command without one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, timedelta
from datetime import time as clock_time
from functools import partial
from uuid import uuid4

import pytest
import redis
import time_machine
from django.conf import LazySettings
from django.db import connection
from django.utils import timezone
from kombu import Connection
from pytest_django.live_server_helper import LiveServer

from fravaer.absence import register
from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.reasons import Mark
from fravaer.schools import schooldays
from fravaer.schools.models import Pupil
from fravaer.sms import choices, delivery, recovery, tasks
from fravaer.sms.choices import ALWAYS
from fravaer.sms.delivery import Sender
from fravaer.sms.models import Message
from fravaer.sms.owner import gone
from tests import factories
from tests.cast import Cast
from tests.gateway import ACCOUNT_SID, AUTH_TOKEN, ROOT, SENDER, GatewayProcess
from tests.sms.conftest import AT_ONCE
from tests.sms.test_delivery import absent, created
from tests.sms.test_recovery import minutes

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults]

LATEST = clock_time(23, 45)
NUMBERS = ["+9990000001", "+9990000002", "+9990000003"]
OUT = {"accepted", "sent", "delivered"}


@pytest.fixture
def town(cast: Cast) -> Cast:
    """Birkeskolen sends at once."""
    choices.opt_in([cast.school.pk], hours=AT_ONCE, most_percent=100)
    return cast


def surroundings(**more: str) -> dict[str, str]:
    """The environment of a process of ours that works on this test's database."""
    known = connection.settings_dict
    login = f"{known['USER']}:{known['PASSWORD']}@{known['HOST']}:{known['PORT']}"
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("TWILIO_")},
        "DATABASE_URL": f"postgres://{login}/{known['NAME']}",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "PYTHONUNBUFFERED": "1",
        **more,
    }


@contextmanager
def dying(
    point: str, sender: Sender, provider: GatewayProcess
) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The process of `tests.sms.dying`, and the number of its owner."""
    command = [sys.executable, "-m", "tests.sms.dying", point, timezone.now().isoformat()]
    process = subprocess.Popen(
        [*command, provider.base_url, sender.public_base_url],
        cwd=ROOT,
        env=surroundings(),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield process, int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def in_time(question: Callable[[], bool]) -> None:
    """Ask until the answer is yes. A process of ours may take a while to start on a busy machine."""
    patience, pause = time.monotonic() + 90, threading.Event()
    while not question():
        assert time.monotonic() < patience
        pause.wait(0.1)


def proven_dead(number: int) -> None:
    """Wait until the owner is proven dead; the database must have been up for half a minute to say so."""
    in_time(lambda: gone(number))


def everybody_is_told_once(provider: GatewayProcess) -> None:
    assert sorted(created(provider)) == sorted(NUMBERS)
    assert set(Message.objects.values_list("state", flat=True)) <= OUT


@pytest.mark.parametrize(
    ("point", "calls"),
    [("claimed", "none"), ("marked", "none"), ("called", "none"), ("called", "normal"), ("settled", "none")],
)
def test_a_process_killed_at_any_point_loses_nothing_and_doubles_nothing(
    town: Cast,
    sender: Sender,
    provider: GatewayProcess,
    clock: time_machine.Traveller,
    point: str,
    calls: str,
) -> None:
    provider.turn(callbacks=calls)
    absent(town, *NUMBERS)
    with dying(point, sender, provider) as (process, number):
        assert process.wait(30) == -signal.SIGKILL
    proven_dead(number)
    minutes(sender, clock, 9)
    everybody_is_told_once(provider)


def test_a_process_frozen_between_mark_and_call_takes_its_mark_back(
    town: Cast, sender: Sender, provider: GatewayProcess, clock: time_machine.Traveller
) -> None:
    absent(town, *NUMBERS)
    with dying("frozen", sender, provider) as (process, _):
        os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
        # Longer than the two seconds in which a live process gets from the one to the other.
        threading.Event().wait(2.2)
        process.send_signal(signal.SIGCONT)
        assert process.wait(30) == 0
    # Where its time was up before it came to the message again, that waits in the queue; it is in doubt nowhere.
    assert set(Message.objects.values_list("state", flat=True)) <= OUT | {"queued"}
    assert len(created(provider)) == len(set(created(provider)))
    minutes(sender, clock, 8)
    everybody_is_told_once(provider)


def test_nobody_repeats_what_a_frozen_process_may_still_send(
    town: Cast, sender: Sender, provider: GatewayProcess, clock: time_machine.Traveller
) -> None:
    provider.turn(callbacks="none")
    absent(town, *NUMBERS)
    with dying("hung", sender, provider) as (process, _):
        os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
        minutes(sender, clock, 12)
        assert len(created(provider)) == len(NUMBERS) - 1
        assert Message.objects.filter(state="uncertain").count() == 1
        process.send_signal(signal.SIGCONT)
        process.wait(30)
    everybody_is_told_once(provider)


# From here on the clock runs: the processes read it themselves.


@pytest.fixture
def today(cast: Cast, clock: time_machine.Traveller, account: None) -> date:
    """The latest school day by the real clock, which is the day in view of a demonstration."""
    clock.move_to(time_machine.escape_hatch.datetime.datetime.now(UTC), tick=True)
    if timezone.localtime().time() > LATEST:
        pytest.skip("what is sent around the clock still ends at midnight, in the middle of this test")
    choices.opt_in([cast.school.pk], hours=ALWAYS, most_percent=100)
    return schooldays.day_in_view(timezone.localdate())


def absent_today(cast: Cast, day: date, numbers: list[str]) -> None:
    pupils = factories.pupils([f"Elev{n} Krag" for n in range(len(numbers))], in_class=cast.class_7b)
    for pupil, number in zip(pupils, numbers, strict=True):
        factories.guardian(pupil, phone=number)
    everyone = Pupil.objects.filter(enrolments__school_class=cast.class_7b)
    register.take(
        school_class_id=cast.class_7b.pk,
        school_id=cast.school.pk,
        year_group=7,
        day=day,
        checkpoint=Checkpoint.START,
        marks={pupil.pk: Mark.ABSENT if pupil in pupils else Mark.HERE for pupil in everyone},
        seen_version=0,
        key=uuid4(),
        user_id=None,
        now=timezone.now(),
    )


def installation(provider: GatewayProcess, live_server: LiveServer, **more: str) -> dict[str, str]:
    return surroundings(
        DEMO="true",
        TWILIO_BASE_URL=provider.base_url,
        TWILIO_ACCOUNT_SID=ACCOUNT_SID,
        TWILIO_AUTH_TOKEN=AUTH_TOKEN,
        TWILIO_FROM=SENDER,
        PUBLIC_BASE_URL=live_server.url,
        **more,
    )


@pytest.fixture
def broker(settings: LazySettings) -> Iterator[str]:
    """A database of the broker that no other test uses at the same time, empty before and after."""
    number = 4 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 12
    url = f"{settings.REDIS_URL.rpartition('/')[0]}/{number}"
    with redis.Redis.from_url(url) as client:
        client.flushdb()
        yield url
        client.flushdb()


@contextmanager
def running(command: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


WORKER = ["-m", "celery", "--app", "fravaer.celery", "--quiet", "worker", "--queues", "sms"]
WORKER += ["--pool", "threads", "--concurrency", "4"]


def ring(broker: str, *, ask: Callable[..., object] = tasks.morning.apply_async) -> None:
    with Connection(broker) as line:
        ask(connection=line, queue="sms")


def delivered(numbers: list[str]) -> bool:
    done = Message.objects.filter(state="delivered", to_e164__in=numbers)
    return done.count() == len(numbers)


def test_a_celery_worker_prepares_sends_and_is_told_of_the_delivery(
    cast: Cast, today: date, provider: GatewayProcess, live_server: LiveServer, broker: str
) -> None:
    absent_today(cast, today, NUMBERS)
    with running(WORKER, installation(provider, live_server, REDIS_URL=broker)):
        ring(broker)
        in_time(lambda: delivered(NUMBERS))
    assert sorted(created(provider)) == sorted(NUMBERS)


def test_a_celery_worker_killed_in_the_middle_leaves_nothing_lost_or_doubled(
    cast: Cast,
    today: date,
    sender: Sender,
    provider: GatewayProcess,
    live_server: LiveServer,
    broker: str,
) -> None:
    numbers = [f"+99902220{n:02d}" for n in range(40)]
    provider.turn(latency_ms=60)
    absent_today(cast, today, numbers)
    environment = installation(provider, live_server, REDIS_URL=broker)
    with running(WORKER, environment) as worker:
        ring(broker)
        in_time(lambda: len(created(provider)) > 5)
        worker.kill()
        worker.wait()
    killed_at = len(created(provider))
    for number in set(Message.objects.values_list("owner", flat=True)) - {None}:
        proven_dead(number or 0)
    with running(WORKER, environment):
        ring(broker)
        # The next minutes, without waiting for them: what the dead worker had claimed or marked is looked after.
        for after in (61, 122, 183, 244, 310, 371, 432):
            later = timezone.now() + timedelta(seconds=after)
            recovery.reconcile(sender.gateway, later)
            delivery.drain(replace(sender, clock=partial(timezone.localtime, later)))
        in_time(lambda: delivered(numbers))
    assert killed_at < len(numbers)
    assert sorted(created(provider)) == numbers


def test_without_a_broker_the_command_sends_all_the_same(
    cast: Cast, today: date, provider: GatewayProcess, live_server: LiveServer
) -> None:
    absent_today(cast, today, NUMBERS)
    environment = installation(provider, live_server, REDIS_URL="redis://127.0.0.1:1/0")
    with running(["manage.py", "sms_sender", "--threads", "2"], environment) as command:
        in_time(lambda: delivered(NUMBERS))
        command.send_signal(signal.SIGTERM)
        assert command.wait(30) == 0
    assert sorted(created(provider)) == sorted(NUMBERS)


def test_two_commands_side_by_side_tell_everybody_once(
    cast: Cast, today: date, provider: GatewayProcess, live_server: LiveServer
) -> None:
    numbers = [f"+99903330{n:02d}" for n in range(30)]
    absent_today(cast, today, numbers)
    environment = installation(provider, live_server, REDIS_URL="redis://127.0.0.1:1/0")
    command = ["manage.py", "sms_sender", "--threads", "3"]
    with running(command, environment), running(command, environment):
        in_time(lambda: delivered(numbers))
    assert sorted(created(provider)) == numbers
