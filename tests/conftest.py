"""What every test can ask for: the cast, and a clock that stands still."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from playwright.sync_api import Browser, sync_playwright
from pytest_django import DjangoDbBlocker

from fravaer.schools import installation
from tests import as_application, emptying
from tests import cast as stage
from tests.cast import Cast
from tools.surroundings import BROWSER_CURE

NO_BROWSER = "needs Chromium"


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The database, which tests that commit leave empty."""
    emptying.empty_only_what_is_filled()
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        emptying.keep_estimates_out()
        # Every process asks once whether its database is a copy; here before queries are counted.
        installation.is_copy(Path(settings.FRAVAER_JOURNAL))
        emptying.let_the_trail_be_written()
        cursor.execute(as_application.MOMENT_OF_REQUEST)
    yield
    # A process that a test killed, or a server's thread, may still hold a session of the database that is dropped now.
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture(scope="module", autouse=True)
def unbiased(django_db_blocker: DjangoDbBlocker) -> None:
    """Each file begins with a database that expects nothing of its tables."""
    if emptying.IS_THERE.is_set():
        with django_db_blocker.unblock():
            emptying.forget_estimates()


@pytest.fixture(autouse=True)
def trail_emptied(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Whatever a test noted on the trail's own connection is gone after it, also where its transaction was taken back.

    And before the next: a browser that was still asking when its test ended may have been noted later than that.
    """
    if emptying.IS_THERE.is_set():
        with django_db_blocker.unblock():
            emptying.empty_the_trail(anyhow=True)
    yield
    with django_db_blocker.unblock():
        emptying.empty_the_trail()


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """The clock stands at eight on the default day; `clock.move_to(…)` and `clock.shift(…)` turn it."""
    with time_machine.travel(stage.MORNING, tick=False) as traveller:
        yield traveller


@pytest.fixture
def cast(db: None, clock: time_machine.Traveller) -> Cast:
    """The municipality and its people, on the default day."""
    return stage.assembled()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One Chromium for all tests of a process: Playwright cannot be started twice in it."""
    path = os.environ.get("FRAVAER_CHROMIUM")
    if not path:
        pytest.skip(NO_BROWSER)
    arguments = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that wait for processes and browsers come first, then those with many tests: none is left for the end alone."""
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)

    def place(tests: list[pytest.Item]) -> tuple[bool, bool, int]:
        marks = {mark for mark in ("faults", "browser") for test in tests if test.get_closest_marker(mark)}
        return "faults" not in marks, "browser" not in marks, -len(tests)

    items[:] = [test for tests in sorted(files.values(), key=place) for test in tests]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly that a run without a browser left something out: it looks green and is not whole."""
    skipped = terminalreporter.stats.get("skipped", [])
    left_out = sum(NO_BROWSER in str(report.longrepr) for report in skipped)
    if left_out:
        terminalreporter.section(f"{left_out} BROWSER TESTS DID NOT RUN", sep="!", red=True, bold=True)
        terminalreporter.line("They need a Chromium and the library that drives it. On Debian and Ubuntu:")
        terminalreporter.line(f"    {BROWSER_CURE}")
