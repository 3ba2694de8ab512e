"""What a test in a real browser can ask for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Protocol

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect
from pytest_django.live_server_helper import LiveServer

from fravaer.accounts.models import User
from tests.cast import signed_in

# Playwright drives its browser from an event loop in this thread, where Django would otherwise refuse the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

# Three sizes people have, and the one that 400 % zoom on a small laptop amounts to.
PHONE, TABLET, DESK, ZOOMED = 390, 820, 1440, 320

# How long a page may take to show what is expected of it, on a machine with much else to do.
PATIENCE = 15_000
expect.set_options(timeout=PATIENCE)

# Answers that are pages: two registers that differ, a form with errors, no access, no such page. Chromium notes each.
MEANT_FOR_PEOPLE = ("409 (Conflict)", "422 (Unprocessable Entity)", "403 (Forbidden)", "404 (Not Found)")


class Visit(Protocol):
    def __call__(
        self, path: str, width: int = DESK, *, user: User | None = None, script: bool = True
    ) -> Page: ...


@pytest.fixture
def visit(chromium: Browser, live_server: LiveServer) -> Iterator[Visit]:
    """Open a page at a width, signed in as somebody or nobody. Whatever the browser complains of fails the test."""
    complaints: list[str] = []
    contexts = []

    def heard(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not message.text.endswith(MEANT_FOR_PEOPLE):
            complaints.append(message.text)

    def open_page(path: str, width: int = DESK, *, user: User | None = None, script: bool = True) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": 844 if width < 500 else 900},
            locale="da-DK",
            timezone_id="Europe/Copenhagen",
            has_touch=width < 1000,
            java_script_enabled=script,
            base_url=live_server.url,
        )
        contexts.append(context)
        if user is not None:
            client = signed_in(user)
            context.add_cookies(
                [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
            )
        page = context.new_page()
        page.on("console", heard)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints
