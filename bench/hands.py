"""How many touches and seconds does a teacher need for a register of 28 pupils, two of them away?

A real Chromium against a real server. Hands are those of the keystroke-level model (Card, Moran and Newell 1980): 0.28 seconds a
key, 1.1 to point at something, and 1.35 to make up one's mind about each pupil who is away. The pauses are kept, not added up.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter, sleep
from wsgiref.simple_server import WSGIRequestHandler

from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import ThreadedWSGIServer
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Locator, Page, sync_playwright

from bench.figures import Figure
from bench.pages import class_of, proved
from fravaer.absence.checkpoints import Checkpoint
from fravaer.accounts.demo import demo_user
from fravaer.accounts.middleware import day_in_view
from tools.surroundings import chromium

KEY, POINT, MIND = 0.28, 1.1, 1.35
PUPILS, AWAY = 28, 2
BUDGET_SECONDS = 20
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}
LETTERS = 3


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


class Hands:
    """What the teacher does, counted, each with the pause it takes a person."""

    def __init__(self, page: Page) -> None:
        self.page, self.count = page, 0

    def press(self, key: str) -> None:
        self._take(KEY)
        self.page.keyboard.press(key)

    def tap(self, what: Locator) -> None:
        self._take(POINT)
        what.tap()

    def decide(self) -> None:
        sleep(MIND)

    def _take(self, seconds: float) -> None:
        self.count += 1
        sleep(seconds)


def measured() -> list[Figure]:
    """Seconds from the page being there to the receipt, at the keyboard and by touch; nothing where there is no Chromium."""
    found = chromium()
    teacher = demo_user("laerer")
    if found is None or teacher is None:
        print("No Chromium: the seconds a register takes are not measured.")
        return []
    day = day_in_view(timezone.localdate())
    school_class = class_of(PUPILS, teacher, day)
    client = Client()
    client.force_login(teacher, backend="fravaer.accounts.passwords.Passwords")
    proved(client)
    session = client.cookies["sessionid"].value
    path = reverse("absence:register", args=[school_class.pk, day, Checkpoint.START])
    figures = []
    with served() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found, args=["--no-sandbox"] if os.geteuid() == 0 else []
        )
        ways: list[tuple[str, dict[str, int], Callable[[Hands, list[str]], None]]] = [
            ("keys", DESK, typed),
            ("touches", PHONE, touched),
        ]
        for what, size, fill in ways:
            context = browser.new_context(
                base_url=address,
                viewport={"width": size["width"], "height": size["height"]},
                has_touch=size == PHONE,
            )
            context.add_cookies([{"name": "sessionid", "value": session, "url": address}])
            page = context.new_page()
            page.goto(path)
            hands = Hands(page)
            names = away(page)
            begun = perf_counter()
            fill(hands, names)
            page.locator("[data-forget]").wait_for()
            seconds = perf_counter() - begun
            pupils = page.locator(".receipt-count").inner_text()
            figures.append(
                Figure(
                    f"register, {AWAY} more away, {hands.count} {what}, seconds", seconds, 1, BUDGET_SECONDS
                )
            )
            print(f"{what}: {pupils}")
            context.close()
        browser.close()
    return figures


def away(page: Page) -> list[str]:
    """The given names of two pupils who are marked as here and whose names begin like nobody else's, far down the list."""
    here = page.locator("[data-row]:has(input[value=T]:checked) .pupil-given").all_inner_texts()
    everybody = page.locator("[data-row] legend [translate]").all_inner_texts()
    beginnings = [word[:LETTERS].lower() for name in everybody for word in name.split()]
    alone = [name for name in here if beginnings.count(name[:LETTERS].lower()) == 1 and name.isascii()]
    return alone[-AWAY:]


def typed(hands: Hands, names: list[str]) -> None:
    """Both hands on the keyboard: find each by the beginning of the name, one letter, and save."""
    for name in names:
        hands.decide()
        for key in ("/", *name[:LETTERS].lower(), "Enter", "i"):
            hands.press(key)
    hands.press("Control+Enter")


def touched(hands: Hands, names: list[str]) -> None:
    """A thumb: one touch flips a pupil, one saves. The list scrolls under it."""
    for name in names:
        hands.decide()
        row = hands.page.locator("[data-row]", has=hands.page.locator(f"b:text-is('{name}')"))
        hands.tap(row.locator(".mark"))
    hands.tap(hands.page.locator("[data-submit]"))


@contextmanager
def served() -> Iterator[str]:
    """The product over HTTP on a free port, a thread a request."""
    server = ThreadedWSGIServer(("127.0.0.1", 0), Quiet)
    server.set_app(StaticFilesHandler(WSGIHandler()))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
