"""A log line is one JSON object, and no person can be found in it."""

from __future__ import annotations

import inspect
import io
import json
import logging
import runpy
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import get_type_hints
from uuid import UUID

import gunicorn.glogging  # type: ignore[import-untyped]
import pytest
from celery.app.log import TaskFormatter
from django.db import IntegrityError, transaction
from gunicorn.config import Config  # type: ignore[import-untyped]

from fravaer.celery import app as celery
from fravaer.core.logs import Scrub, json_formatter, scrubbed
from fravaer.schools.models import Pupil
from tests import factories
from tests.architecture.source import ROOT
from tests.cast import Cast


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What a logger `test` writes, through the filter and the format of the product."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.addFilter(Scrub())
    handler.setFormatter(json_formatter())
    logger = logging.getLogger("test")
    logger.addHandler(handler)
    logger.propagate = False
    yield out
    logger.removeHandler(handler)


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("cpr 170512-1234 found", "cpr [cpr] found"),
        ("1705121234", "[cpr]"),
        ("770512 1234", "[cpr]"),
        ("call +4520123456 now", "call [phone] now"),
        ("+45 20 12 34 56", "[phone]"),
        ("+46701740605", "[phone]"),
        ("cpr170512-1234 id_1705121234", "cpr[cpr] id_[cpr]"),
        ("17 05 12 1234, 17.05.12-1234, 170512–1234", "[cpr], [cpr], [cpr]"),
        ("170512%2D1234 170512%201234", "[cpr] [cpr]"),
        ("0045 20123456, (+45) 20 12 34 56, %2B4520123456", "[phone], ([phone], [phone]"),
        ("20 12 34 56 or tlf. 20123456", "[phone] or tlf. [phone]"),
        ("mette%40fjordby.dk", "[email]"),
        ("GET /pupils/?q=Aksel+Bro&cpr=1705121234 HTTP", "GET /pupils/?[asked] HTTP"),
        ("from mette.kjaer+x@fjordby.invalid.", "from [email]"),
        ("Failed\nDETAIL:  Failing row contains (7, Aksel, Bro).", "Failed\nDETAIL: [row]"),
        ("COPY\nCONTEXT:  COPY pupil, line 3: Aksel", "COPY\nCONTEXT: [row]"),
        # What is not a person's stays.
        ("register of 2026-03-10 took 1234567 µs", "register of 2026-03-10 took 1234567 µs"),
        ("6f1c2a9e-0d0f-4b6e-9a57-1d2c3b4a5968", "6f1c2a9e-0d0f-4b6e-9a57-1d2c3b4a5968"),
        ("at 2026-03-10T08:00:00+01:00", "at 2026-03-10T08:00:00+01:00"),
        ("17051234-1234-4b6e-9a57-170512123456", "17051234-1234-4b6e-9a57-170512123456"),
        ("SM1705121234ab, epoch 1773129600.5", "SM1705121234ab, epoch 1773129600.5"),
    ],
)
def test_what_looks_like_a_person_is_struck_out(said: str, written: str) -> None:
    assert scrubbed(said) == written


def test_a_line_is_one_object_with_its_time_level_and_logger(log: io.StringIO) -> None:
    logging.getLogger("test").warning("sent to %s by %s", "+4520123456", "mette@fjordby.invalid")
    [line] = log.getvalue().splitlines()
    found = json.loads(line)
    assert found["event"] == "sent to [phone] by [email]"
    assert (found["level"], found["logger"]) == ("warning", "test")
    assert found["timestamp"].endswith("Z")


def test_38_nothing_that_is_logged_begins_a_line_of_its_own_or_steers_a_terminal(log: io.StringIO) -> None:
    """What a browser calls itself, and what people type, may be anything."""
    forged = 'Mozilla\r\n{"event": "signed in"}\x1b[2J\x9b31m\u2028\u2029\x85\u202egnp.exe\x00'
    logging.getLogger("test").warning("asked by %s", forged, extra={"agent": forged})
    [line] = log.getvalue().splitlines()
    assert json.loads(line)["event"].startswith("asked by Mozilla")
    assert [sign for sign in line if not sign.isprintable()] == []


def test_stack_traces_are_scrubbed_too(log: io.StringIO) -> None:
    try:
        raise ValueError("no pupil 170512-1234\nsecond line")
    except ValueError:
        logging.getLogger("test").exception("failed for %s", "170512-1234")
    [line] = log.getvalue().splitlines()
    found = json.loads(line)
    assert "170512" not in line
    assert found["event"] == "failed for [cpr]"
    assert "ValueError: no pupil [cpr]" in found["exception"]


def test_a_row_the_database_refuses_is_not_quoted(cast: Cast, log: io.StringIO) -> None:
    pupil = factories.pupil("Hemmelige Navn", in_class=cast.class_2a)
    try:
        with transaction.atomic():
            Pupil.objects.create(
                given_name="Hemmelige",
                family_name="Navn",
                birth_on=date(2012, 5, 17),
                roster_key=pupil.roster_key,
                uuid=pupil.uuid,
            )
    except IntegrityError:
        logging.getLogger("test").exception("not stored")
    try:
        with transaction.atomic():
            Pupil.objects.filter(pk=pupil.pk).update(roster_key=None)
    except IntegrityError:
        logging.getLogger("test").exception("not stored")
    assert len(log.getvalue().splitlines()) == 2
    assert "DETAIL: [row]" in log.getvalue()
    assert "Hemmelige" not in log.getvalue()
    assert str(pupil.uuid) not in log.getvalue()


PERSONS = ("170512-1234", "770512 2345", "+4520123456", "20 12 34 56", "aksel.bro@fjordby.invalid")


def test_88_whatever_a_library_does_with_its_handlers_and_formats_nothing_personal_comes_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said, out = " ".join(PERSONS), io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(TaskFormatter("%(message)s %(task_name)s %(args)s"))
    celery = logging.getLogger("celery.app.trace.of_test")
    celery.addHandler(handler)
    celery.propagate = False
    try:
        celery.error("Task %(name)s raised: %(exc)s %(args)s", {"name": "x", "exc": said, "args": [said]})
        celery.error("%d wrong arguments", said)
        try:
            raise ValueError(said)
        except ValueError as error:
            # The cause and what stood on the stack as well.
            try:
                raise RuntimeError("while it was done") from error
            except RuntimeError:
                celery.exception("failed", stack_info=True)
    finally:
        celery.removeHandler(handler)
    access = tmp_path / "access.log"
    config = Config()
    config.set("accesslog", str(access))
    config.set("access_log_format", runpy.run_path(str(ROOT / "gunicorn.conf.py"))["access_log_format"])
    asked = SimpleNamespace(headers=[("REFERER", said)])
    environ = {
        "REQUEST_METHOD": "GET", "RAW_URI": f"/pupils/?q={said}", "PATH_INFO": f"/pupils/{PERSONS[0]}/",
        "QUERY_STRING": f"q={said}", "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1", "HTTP_USER_AGENT": said,
    }  # fmt: skip
    answer = SimpleNamespace(status="200 OK", sent=10, headers=[])
    logger = gunicorn.glogging.Logger(config)
    logger.access(answer, asked, environ, timedelta(seconds=1))
    for one in logger.access_log.handlers:
        one.close()
    written = out.getvalue() + access.read_text() + capsys.readouterr().err
    assert "Task x raised: [cpr] [cpr] [phone] [phone] [email]" in written
    assert "ValueError: [cpr]" in written
    assert '"GET /pupils/[cpr]/ HTTP/1.1" 200' in written
    for person in PERSONS:
        assert person not in written
    assert "q=" not in access.read_text()


def test_70_a_job_is_told_ids_and_words_of_ours_and_nothing_about_anybody() -> None:
    celery.autodiscover_tasks(force=True)
    tasks = {name: task for name, task in celery.tasks.items() if name.startswith("fravaer.")}
    assert len(tasks) > 15
    for name, task in tasks.items():
        told = get_type_hints(inspect.unwrap(task.run))
        told.pop("return", None)
        assert set(told.values()) <= {int, UUID}, f"{name} is told {told}"
        assert task.ignore_result is True or celery.conf.task_ignore_result


def test_what_a_line_holds_beside_its_words_is_scrubbed_as_well() -> None:
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(json_formatter())
    record = logging.makeLogRecord({"msg": {"event": "sent", "to": [PERSONS[2]], "count": 3}})
    handler.handle(record)
    assert PERSONS[2] not in out.getvalue()
