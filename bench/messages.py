"""How fast do a morning's messages leave, and what do queueing them and hearing of them cost?"""

from __future__ import annotations

import tempfile
from datetime import date, datetime, timedelta
from pathlib import Path
from time import perf_counter
from urllib.parse import urlencode

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection, transaction
from django.urls import reverse

from bench.figures import Figure
from bench.pages import Browser, answered
from bench.timing import medians
from fravaer.accounts.demo import demo_user
from fravaer.schools.models import Guardianship
from fravaer.sms import outbox
from fravaer.sms.drafts import Draft
from fravaer.sms.models import Message
from fravaer.sms.states import Kind
from fravaer.sms.wording import Text, segments
from tools.faults.ground import THREADS, Ground, ground_in
from tools.gateway.callbacks import signature

# A morning of Copenhagen's, twice.
MORNING = 1500
LATENCY = 0.05
BODY = "Dit barn er registreret fraværende i dag. Giv skolen besked om årsagen i Aula. Hilsen Skolen"


def measured(day: date, now: datetime) -> list[Figure]:
    """Queueing against copying the finished rows, callbacks against an empty page, sending against threads by latency."""
    drafts = _drafts(day, now)
    queued = _queued(drafts, now)
    calls = _calls(drafts, now)
    alone, called_back = _rates()
    return [
        Figure(f"{len(drafts)} messages queued, against copying their rows", *queued, 40),
        Figure("a status call, against an empty page", calls["call"], calls["empty"], 2),
        Figure("messages a second, against threads by latency", alone, THREADS / LATENCY, 0.7, at_least=True),
        Figure(
            "the same, two calls back about each meanwhile",
            called_back,
            THREADS / LATENCY,
            0.5,
            at_least=True,
        ),
    ]


def _drafts(day: date, now: datetime) -> list[Draft]:
    """A message to a guardian of each of so many pupils."""
    encoding, count = segments(BODY)
    text = Text(BODY, "absence-neutral", "1", "da", encoding, count)
    found = (
        Guardianship.objects.filter(
            pupil__enrolments__starts_on__lte=day, pupil__enrolments__until__gt=day, custody=True
        )
        .order_by("pupil_id", "guardian_id")
        .distinct("pupil_id")
        .values_list(
            "pupil_id",
            "guardian_id",
            "pupil__enrolments__school_class",
            "pupil__enrolments__school_class__school",
        )[:MORNING]
    )
    return [
        Draft(
            kind=Kind.ABSENCE,
            school_id=school,
            school_class_id=school_class,
            pupil_id=pupil,
            guardian_id=guardian,
            day=day,
            to=f"+999{n:08d}",
            text=text,
            not_before=now,
            expires_at=now + timedelta(hours=3),
        )
        for n, (pupil, guardian, school_class, school) in enumerate(found)
    ]


def _queued(drafts: list[Draft], now: datetime) -> tuple[float, float]:
    """Seconds to queue them in one pass, with keys, steps and trail; and to copy the rows into a table with the same indexes."""
    ours, bare = [], []
    for _ in range(3):
        with transaction.atomic(), connection.cursor() as cursor:
            begun = perf_counter()
            outbox.queue(drafts, now)
            ours.append(perf_counter() - begun)
            cursor.execute("CREATE TABLE bench_bare (LIKE sms_message INCLUDING ALL)")
            begun = perf_counter()
            cursor.execute("INSERT INTO bench_bare SELECT * FROM sms_message")
            bare.append(perf_counter() - begun)
            transaction.set_rollback(True)
    return min(ours), min(bare)


def _calls(drafts: list[Draft], now: datetime) -> dict[str, float]:
    """Seconds of a signed status call that moves its message, and of an empty page behind a session."""
    outbox.queue(drafts, now)
    for state in ("queued", "claimed", "sending"):
        Message.objects.filter(day=drafts[0].day, to_e164__in=[draft.to for draft in drafts]).update(
            state=state, sending_at=now, attempts=1
        )
    ids = iter(Message.objects.filter(state="sending").values_list("pk", flat=True))
    handler = WSGIHandler()
    teacher = demo_user("laerer")
    if teacher is None:
        raise RuntimeError("the municipality has no demonstration accounts")
    turn = iter(range(1_000_000))

    def call() -> None:
        path = reverse("sms:status", args=[next(ids)])
        told = {
            "AccountSid": settings.TWILIO_ACCOUNT_SID,
            "MessageSid": f"SM{next(turn):032x}",
            "MessageStatus": "sent",
        }
        _post(handler, path, told)

    return medians(
        {"call": call, "empty": Browser(teacher, handler).expecting("200", "GET", "/bench/empty/")},
        rounds=9,
        calls=20,
    )


def _post(handler: WSGIHandler, path: str, told: dict[str, str]) -> None:
    signed = signature(settings.PUBLIC_BASE_URL + path, told, settings.TWILIO_AUTH_TOKEN)
    status, _content = answered(
        handler, "POST", path, urlencode(told).encode(), HTTP_X_TWILIO_SIGNATURE=signed
    )
    if not status.startswith("204"):
        raise RuntimeError(f"a status call was answered {status}")


def _rates() -> tuple[float, float]:
    """Messages a second of one worker with its threads, from the ledger of a gateway that takes its time: with nothing beside
    it, and while the web process takes two calls back about every message.

    Real processes on one machine share its processors, on the product's own clock and timetable: worker, beat, web, gateway, and
    Postgres with every commit on the disk. Who watches asks rarely, so as to take no time from them.
    """
    with (
        tempfile.TemporaryDirectory() as place,
        ground_in(Path(place), messages=MORNING, schools=2, factor=1) as ground,
    ):
        return _rate(ground, "none", "accepted"), _rate(ground, "normal", "delivered")


def _rate(ground: Ground, callbacks: str, end: str) -> float:
    ground.next_school()
    ground.turn(latency_ms=int(LATENCY * 1000), callbacks=callbacks)
    ground.absent()
    ground.until(lambda: ground.counts()[end] == MORNING, what=f"every message {end}", every=2)
    at = sorted(message["created"] for message in ground.ledger())
    # Without the start, when workers wake up, and the end, when there is not enough left for all of them.
    first, last = len(at) // 10, len(at) * 9 // 10
    return float((last - first) / (at[last] - at[first]))
