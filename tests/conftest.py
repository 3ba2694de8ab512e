"""What every test can ask for: the cast, and a clock that stands still."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from playwright.sync_api import Browser, sync_playwright
from pytest_django import DjangoDbBlocker

from fravaer.schools import installation
from tests import as_application, emptying, templating
from tests import cast as stage
from tests.cast import Cast
from tests.templating import Turn
from tools.surroundings import BROWSER_CURE

NO_BROWSER = "needs Chromium"
ROOT = Path(__file__).resolve().parent.parent
# The files that take longest, the longest first, as `./dev test --durations=0` tells.
LONGEST = ROOT / "tests" / "longest.txt"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    request: pytest.FixtureRequest, django_db_modify_db_settings_parallel_suffix: None, django_db_keepdb: bool
) -> Turn | None:
    """Where several processes run the tests, their databases are made one after the other, and migrated once."""
    run = getattr(request.config, "workerinput", {}).get("testrunuid")
    return Turn(run) if run and not django_db_keepdb else None


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_modify_db_settings: Turn | None, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """The database, which tests that commit leave empty."""
    if django_db_modify_db_settings:
        with django_db_blocker.unblock():
            django_db_modify_db_settings.over()
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
    path = os.environ["FRAVAER_CHROMIUM"]
    arguments = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Without a browser its tests are left out before anything is made for them, a database least of all."""
    needs_browser = item.get_closest_marker("browser") or "chromium" in getattr(item, "fixturenames", ())
    if needs_browser and not os.environ.get("FRAVAER_CHROMIUM"):
        pytest.skip(NO_BROWSER)


def pytest_configure(config: pytest.Config) -> None:
    """A run of several processes has a name that is known here: its databases are copies of one."""
    if config.getoption("numprocesses", None) and not config.getoption("testrunuid", None):
        config.option.testrunuid = uuid4().hex


def pytest_sessionfinish(session: pytest.Session) -> None:
    """The copy goes when the last process of the run is done."""
    run = session.config.getoption("testrunuid", None)
    if run and not hasattr(session.config, "workerinput"):
        templating.drop(run)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files that take longest begin, so that none of them is left for the end alone; the others by their tests."""
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    longest = [ROOT / line for line in LONGEST.read_text(encoding="utf-8").split()]

    def place(file: Path) -> tuple[int, bool, int]:
        is_in_browser = any(test.get_closest_marker("browser") for test in files[file])
        return longest.index(file) if file in longest else len(longest), not is_in_browser, -len(files[file])

    items[:] = [test for file in sorted(files, key=place) for test in files[file]]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly that a run without a browser left something out: it looks green and is not whole."""
    skipped = terminalreporter.stats.get("skipped", [])
    left_out = sum(NO_BROWSER in str(report.longrepr) for report in skipped)
    if left_out:
        terminalreporter.section(f"{left_out} BROWSER TESTS DID NOT RUN", sep="!", red=True, bold=True)
        terminalreporter.line("They need a Chromium and the library that drives it. On Debian and Ubuntu:")
        terminalreporter.line(f"    {BROWSER_CURE}")
