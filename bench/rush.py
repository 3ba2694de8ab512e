"""Does a morning's rush go through: every class of a large municipality in a few minutes?

The product's own web server as it is set up, and teachers who come at random, as people do: each opens her register, pauses a
moment and saves it with two pupils away. The teachers' clocks run whether the server answers or not (an open loop), so that
a slow answer makes a queue and is seen. Client and server share the machine.
"""

from __future__ import annotations

import http.client
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from http import HTTPStatus
from random import Random
from statistics import quantiles
from time import monotonic, perf_counter, sleep
from urllib.parse import urlencode
from uuid import uuid4

from django.urls import reverse

from bench.figures import Figure
from bench.pages import Browser
from fravaer.absence import standing
from fravaer.absence.checkpoints import Checkpoint
from fravaer.accounts.models import Grant
from fravaer.schools import schooldays
from fravaer.schools.models import Enrolment, SchoolClass
from tools.postgres import APP, as_role

CLASSES = 1800
PAUSE = 2.0
FIELD = re.compile(r'name="(m-[0-9a-f-]{36})"')
HIDDEN = re.compile(r'name="(version|key|csrfmiddlewaretoken)"\s+value="([^"]*)"')
# All classes of the country in a quarter of an hour.
NATION = 29


@dataclass(frozen=True, slots=True)
class Teacher:
    """A signed-in teacher, and the register that is hers."""

    cookie: str
    token: str
    page: str
    school_class_id: int
    pupils: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds, the middle one and those of the slowest in twenty and in a hundred."""

    p50: float
    p95: float
    p99: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Latency:
        cut = quantiles(sorted(seconds), n=100)
        return cls(1000 * cut[49], 1000 * cut[94], 1000 * cut[98])


def measured(day: date, *, seconds: int = 60) -> list[Figure]:
    """Twenty and forty registers a second, and as many saves as go through at once."""
    teachers = _teachers(day)
    with _server() as port:
        for teacher in teachers[:20]:
            _open_and_save(port, teacher, Random(0), pause=0)
        figures = []
        for rate, most in ((20, 3), (40, 6)):
            opened, saved = _arrivals(port, teachers, rate, seconds)
            for name, latency in (("opened", opened), ("saved", saved)):
                print(
                    f"{rate} registers a second, {name}: p50 {latency.p50:.0f} ms, p95 {latency.p95:.0f} ms,"
                    f" p99 {latency.p99:.0f} ms"
                )
                figures.append(
                    Figure(
                        f"{rate} a second, {name}: the slowest in 100, to the middle (ms)",
                        latency.p99,
                        latency.p50,
                        most,
                    )
                )
        saves = _as_fast_as_it_goes(port, teachers, day)
        figures.append(
            Figure("saves a second, against the country's morning", saves, NATION, 3, at_least=True)
        )
    return figures


def _teachers(day: date) -> list[Teacher]:
    """One teacher of each class that has school on the day, signed in."""
    found: dict[int, Grant] = {}
    classes = schooldays.with_day(SchoolClass.objects.in_year_of(day), day)
    taught = [one.pk for one in classes if one.is_school_day]
    for grant in Grant.objects.filter(school_class__in=taught, user__is_active=True).select_related("user"):
        if grant.school_class_id is not None and len(found) < CLASSES:
            found.setdefault(grant.school_class_id, grant)
    # The data may lie in a school year that is over.
    Grant.objects.filter(pk__in=[grant.pk for grant in found.values()]).update(
        valid_until=datetime.max.replace(year=2999, tzinfo=UTC)
    )
    pupils: dict[int, list[str]] = {}
    for class_id, uuid in (
        Enrolment.objects.on(day).filter(school_class__in=found).values_list("school_class_id", "pupil__uuid")
    ):
        pupils.setdefault(class_id, []).append(f"m-{uuid}")
    teachers = []
    for class_id, grant in found.items():
        if class_id in pupils:
            browser = Browser(grant.user, None)
            page = reverse("absence:register", args=[class_id, day, Checkpoint.START])
            teachers.append(Teacher(browser.cookie, browser.token, page, class_id, tuple(pupils[class_id])))
    return teachers


@contextmanager
def _server() -> Iterator[int]:
    """The web server as it is deployed, on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [
        *(sys.executable, "-m", "gunicorn", "fravaer.wsgi:application", "--bind", f"127.0.0.1:{port}"),
        *("--log-level", "error"),
    ]
    # As it is deployed: behind the second wall.
    pages = {**os.environ, "DATABASE_URL": as_role(os.environ["DATABASE_URL"], APP)}
    server = subprocess.Popen(command, env=pages)
    try:
        give_up = monotonic() + 60
        while not _answers(port):
            if monotonic() > give_up or server.poll() is not None:
                raise RuntimeError("the web server did not start")
            sleep(0.1)
        yield port
    finally:
        server.terminate()
        server.wait()


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def _arrivals(port: int, teachers: Sequence[Teacher], rate: int, seconds: int) -> tuple[Latency, Latency]:
    """Registers opened and saved by teachers who come at random, so many a second; no teacher comes twice at once."""
    chance = Random(rate)
    opened: list[float] = []
    saved: list[float] = []
    with ThreadPoolExecutor(max_workers=8 * rate) as crowd:
        begun = perf_counter()
        due = 0.0
        coming = []
        for number in range(rate * seconds):
            due += chance.expovariate(rate)
            if (wait := begun + due - perf_counter()) > 0:
                sleep(wait)
            teacher = teachers[number % len(teachers)]
            coming.append(
                crowd.submit(_open_and_save, port, teacher, Random(number), pause=chance.random() * PAUSE)
            )
        for done in coming:
            one_opened, one_saved = done.result()
            opened.append(one_opened)
            saved.append(one_saved)
    return Latency.of(opened), Latency.of(saved)


def _open_and_save(port: int, teacher: Teacher, chance: Random, *, pause: float) -> tuple[float, float]:
    """Seconds until the register was there, and until it was saved."""
    page, opened = _timed(lambda: _request(port, teacher, "GET", None, HTTPStatus.OK))
    sleep(pause)
    fields = dict.fromkeys(FIELD.findall(page), "T") | dict(HIDDEN.findall(page))
    for name in chance.sample(teacher.pupils, k=min(2, len(teacher.pupils))):
        fields[name] = "I"
    body = urlencode(fields).encode()
    _, saved = _timed(lambda: _request(port, teacher, "POST", body, HTTPStatus.SEE_OTHER))
    return opened, saved


def _as_fast_as_it_goes(port: int, teachers: Sequence[Teacher], day: date) -> float:
    """Saves a second when eight teachers press the button again and again."""
    bodies = []
    for number, teacher in enumerate(teachers):
        version = standing.state(teacher.school_class_id, day, Checkpoint.START).version
        fields = dict.fromkeys(teacher.pupils, "T")
        for name in Random(number).sample(teacher.pupils, k=min(3, len(teacher.pupils))):
            fields[name] = "I"
        sent = {**fields, "version": version, "key": uuid4(), "csrfmiddlewaretoken": teacher.token}
        bodies.append(urlencode(sent).encode())
    begun = perf_counter()
    with ThreadPoolExecutor(max_workers=8) as crowd:
        answers = [
            crowd.submit(_request, port, teacher, "POST", body, HTTPStatus.SEE_OTHER)
            for teacher, body in zip(teachers, bodies, strict=True)
        ]
        for answer in answers:
            answer.result()
    return len(answers) / (perf_counter() - begun)


def _timed(call: Callable[[], str]) -> tuple[str, float]:
    begun = perf_counter()
    answer = call()
    return answer, perf_counter() - begun


def _request(port: int, teacher: Teacher, method: str, body: bytes | None, expected: HTTPStatus) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Cookie": teacher.cookie, "Host": "127.0.0.1"}
    if body is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    try:
        connection.request(method, teacher.page, body, headers)
        answer = connection.getresponse()
        content = answer.read().decode()
        if answer.status != expected:
            raise RuntimeError(f"{method} {teacher.page}: {answer.status} {content[:300]}")
        return content
    finally:
        connection.close()
