"""A log line is one JSON object, and no person can be found in it."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from datetime import date

import pytest
from django.db import IntegrityError, transaction

from fravaer.core.logs import Scrub, json_formatter, scrubbed
from fravaer.schools.models import Pupil
from tests import factories
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
        ("from mette.kjaer+x@fjordby.invalid.", "from [email]"),
        ("Failed\nDETAIL:  Failing row contains (7, Aksel, Bro).", "Failed\nDETAIL: [row]"),
        ("COPY\nCONTEXT:  COPY pupil, line 3: Aksel", "COPY\nCONTEXT: [row]"),
        # What is not a person's stays.
        ("register of 2026-03-10 took 1234567 µs", "register of 2026-03-10 took 1234567 µs"),
        ("6f1c2a9e-0d0f-4b6e-9a57-1d2c3b4a5968", "6f1c2a9e-0d0f-4b6e-9a57-1d2c3b4a5968"),
        ("at 2026-03-10T08:00:00+01:00", "at 2026-03-10T08:00:00+01:00"),
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


def test_nothing_that_is_logged_begins_a_line_of_its_own_or_steers_a_terminal(log: io.StringIO) -> None:
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
