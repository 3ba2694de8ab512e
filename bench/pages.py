"""What do the pages cost, against an empty page with the same session and scope?"""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from statistics import median
from time import perf_counter
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.db.models import Count, Q
from django.middleware.csrf import _get_new_csrf_string
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bench.figures import Figure
from bench.timing import medians
from fravaer.absence import alignment, standing
from fravaer.absence.checkpoints import Checkpoint
from fravaer.accounts import freshness, levels
from fravaer.accounts.demo import demo_user
from fravaer.accounts.middleware import day_in_view
from fravaer.accounts.models import User
from fravaer.schools.models import Pupil, SchoolClass

Call = Callable[[], None]


def answered(
    handler: WSGIHandler, method: str, path: str, body: bytes = b"", **headers: str
) -> tuple[str, bytes]:
    """The application's status and page for one request; headers as WSGI names them."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "HTTP_HOST": "127.0.0.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        **headers,
    }
    status: list[str] = []
    answer = handler(environ, lambda line, headers, exc=None: status.append(line))  # type: ignore[arg-type]
    content = b"".join(answer)
    return status[0], content


def proved(client: Client) -> None:
    """Let the session be one that a second factor has begun."""
    session = client.session
    session[freshness.CONFIRMED] = timezone.now().timestamp()
    session[levels.KEY] = levels.Level.SUBSTANTIAL.value
    session.save()


class Browser:
    """A signed-in session that calls the WSGI application itself: no test client between, nothing skipped."""

    def __init__(self, user: User, handler: WSGIHandler | None) -> None:
        client = Client()
        client.force_login(user, backend="fravaer.accounts.passwords.Passwords")
        proved(client)
        self.token = _get_new_csrf_string()
        self.cookie = f"sessionid={client.cookies['sessionid'].value}; csrftoken={self.token}"
        self.handler = handler

    def call(self, method: str, path: str, body: bytes = b"") -> tuple[str, bytes]:
        assert self.handler is not None
        return answered(self.handler, method, path, body, HTTP_COOKIE=self.cookie)

    def expecting(self, code: str, method: str, path: str, body: Callable[[], bytes] = bytes) -> Call:
        def call() -> None:
            status, content = self.call(method, path, body())
            if not status.startswith(code):
                raise RuntimeError(f"{method} {path}: {status} {content[:200]!r}")

        return call


def measured() -> list[Figure]:
    """The register's page and save, and the naive page, each against the empty page."""
    teacher = demo_user("laerer")
    if teacher is None:
        raise RuntimeError("the municipality has no demonstration accounts")
    handler = WSGIHandler()
    browser = Browser(teacher, handler)
    day = day_in_view(timezone.localdate())
    school_class = class_of(28, teacher, day)
    page = reverse("absence:register", args=[school_class.pk, day, Checkpoint.START])
    pupils = list(
        Pupil.objects.filter(
            enrolments__school_class=school_class, enrolments__starts_on__lte=day, enrolments__until__gt=day
        )
    )
    turn = iter(range(1_000_000))

    def body() -> bytes:
        # Another two pupils each time, so that every save changes marks.
        absent = {next(turn) % len(pupils), next(turn) % len(pupils)}
        version = standing.state(school_class.pk, day, Checkpoint.START).version
        marks = {f"m-{pupil.uuid}": "I" if at in absent else "T" for at, pupil in enumerate(pupils)}
        return urlencode(
            marks | {"version": version, "key": uuid4(), "csrfmiddlewaretoken": browser.token}
        ).encode()

    prepared: list[bytes] = []

    def save() -> None:
        browser.expecting("303", "POST", page, prepared.pop)()

    times = medians(
        {
            "empty": browser.expecting("200", "GET", "/bench/empty/"),
            "get": browser.expecting("200", "GET", page),
            "naive": browser.expecting("200", "GET", f"/bench/naive/{school_class.pk}/{day}/"),
        },
        rounds=9,
        calls=10,
    )
    saves = _saves(prepared, body, save, browser)
    history = _histories(prepared, body, save)
    return [
        Figure("register page, against an empty page", times["get"], times["empty"], 5),
        Figure("register saved, against an empty page", saves["save"], saves["empty"], 5),
        Figure("register page query by query, against ours", times["naive"], times["get"], 3, at_least=True),
        Figure("save with class-month sums, against without", saves["save"], saves["without sums"], 1.25),
        Figure("save with the history of rows, against without", history["kept"], history["not kept"], 1.25),
    ]


def class_of(pupils: int, teacher: User, day: date) -> SchoolClass:
    """A class with about so many pupils, which the teacher is given to register."""
    school_class = (
        SchoolClass.objects.annotate(
            size=Count("enrolments", filter=Q(enrolments__starts_on__lte=day, enrolments__until__gt=day))
        )
        .filter(size__lte=pupils)
        .order_by("-size", "pk")[0]
    )
    grant = teacher.grants.exclude(school_class=None).order_by("pk")[0]
    if not teacher.grants.filter(school_class=school_class).exists():
        grant.pk, grant.school_class = None, school_class
        grant.save(force_insert=True)
    return school_class


def _saves(
    prepared: list[bytes], body: Callable[[], bytes], save: Call, browser: Browser
) -> dict[str, float]:
    """Saves one by one, their forms made outside the measured time."""
    taken: dict[str, list[float]] = {"save": [], "without sums": [], "empty": []}
    sums = alignment.WRITE_MONTHS
    empty = browser.expecting("200", "GET", "/bench/empty/")
    try:
        for _ in range(60):
            for name in taken:
                # Without its sums a save still sends the statement, which then does nothing.
                alignment.WRITE_MONTHS = "SELECT 1" if name == "without sums" else sums
                prepared[:] = [body()]
                begun = perf_counter()
                (empty if name == "empty" else save)()
                taken[name].append(perf_counter() - begun)
    finally:
        alignment.WRITE_MONTHS = sums
        alignment.align()
    return {name: median(times) for name, times in taken.items()}


def _histories(prepared: list[bytes], body: Callable[[], bytes], save: Call) -> dict[str, float]:
    """Saves whose changed marks are kept as they were, and saves without it, in turns; the first of a turn is not counted."""
    taken: dict[str, list[float]] = {"kept": [], "not kept": []}
    try:
        for _ in range(6):
            for name, times in taken.items():
                _keep_history(is_kept=name == "kept")
                for number in range(11):
                    prepared[:] = [body()]
                    begun = perf_counter()
                    save()
                    if number:
                        times.append(perf_counter() - begun)
    finally:
        _keep_history(is_kept=True)
    return {name: median(times) for name, times in taken.items()}


def _keep_history(*, is_kept: bool) -> None:
    """Let the database keep what marks were before they were changed, or not."""
    does = "ENABLE" if is_kept else "DISABLE"
    with connection.cursor() as cursor:
        for change in ("update", "delete"):
            cursor.execute(f"ALTER TABLE absence_absence {does} TRIGGER absence_absence_former_{change}")
