"""What does the product look like? The four pictures of the README, taken from a demo of its own.

One school morning: the teacher's register on a telephone, what the parents' telephones then show, the social
worker's worklist after the triage, and the area manager's quarter.
"""

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tools.processes import say
from tools.servers import folder_of_its_own
from tools.stack import Stack, environment_with, stack_in
from tools.surroundings import BROWSER_CURE, ROOT, Problem, chromium, free_port

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_PICTURES = ROOT / "docs" / "images"
_PUPILS = 4000
_PHONE, _DESK = (390, 844), (1440, 900)
_PUPIL = "Nora Vestergaard"


def describe(parser: ArgumentParser) -> None:
    """What the verb takes: nothing."""
    parser.epilog = "The pictures are written to docs/images/."


def run(_arguments: Namespace) -> int:
    """Take every picture anew."""
    found = chromium()
    if found is None:
        raise Problem(f"Screenshots need Chromium: {BROWSER_CURE}")
    from playwright.sync_api import sync_playwright

    _PICTURES.mkdir(parents=True, exist_ok=True)
    with (
        folder_of_its_own("screenshots") as folder,
        stack_in(folder, port=free_port(), pupils=_PUPILS) as stack,
        sync_playwright() as playwright,
    ):
        stack.supervisor.wait_until(stack.is_well, what="The first job by beat", seconds=90)
        browser = playwright.chromium.launch(
            executable_path=found, args=["--no-sandbox"] if os.geteuid() == 0 else []
        )
        _take_the_register(browser, stack)
        _look_at_the_phones(browser, stack)
        triage = [sys.executable, "manage.py", "triage"]
        stack.supervisor.finish({"The triage": triage}, environment=environment_with(stack.settings))
        for account, entry, name in (
            ("socialraadgiver", "Arbejdsliste", "worklist-1440"),
            ("omraadechef", "Kvartal", "quarter-1440"),
        ):
            with _signed_in(browser, stack, account, _DESK) as page:
                page.get_by_role("link", name=entry, exact=True).first.click()
                _picture(page, name)
        browser.close()
    return 0


def _take_the_register(browser: "Browser", stack: Stack) -> None:
    with _signed_in(browser, stack, "laerer", _PHONE) as page:
        page.get_by_role("link", name="7.B").first.click()
        row = page.get_by_role("group", name=_PUPIL)
        row.get_by_text("Ikke her", exact=True).click()
        # Somebody below her is ill; that choice lies behind the row's button for more.
        ill = row.locator("xpath=following-sibling::fieldset[2]")
        ill.locator("input[value=S]").dispatch_event("click")
        row.evaluate("row => row.scrollIntoView({block: 'center'})")
        _picture(page, "register-390")
        page.get_by_role("button", name="Gem").click()
        page.wait_for_url("**/receipt/")


def _look_at_the_phones(browser: "Browser", stack: Stack) -> None:
    from tools.proving import guardians_told

    guardians_told(stack, seconds=90)
    with _page(browser, _DESK) as page:
        page.goto(stack.gateway_url)
        _picture(page, "phones-1440")


@contextmanager
def _signed_in(browser: "Browser", stack: Stack, account: str, size: tuple[int, int]) -> Iterator["Page"]:
    """The first page of one of the demonstration's people, in a window of this size."""
    with _page(browser, size) as page:
        page.goto(f"{stack.url}/login/")
        page.locator(f'button[value="{account}"]').click()
        yield page


@contextmanager
def _page(browser: "Browser", size: tuple[int, int]) -> Iterator["Page"]:
    width, height = size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        device_scale_factor=2 if size == _PHONE else 1,
        has_touch=size == _PHONE,
        locale="da-DK",
        timezone_id="Europe/Copenhagen",
        reduced_motion="reduce",
    )
    try:
        yield context.new_page()
    finally:
        context.close()


def _picture(page: "Page", name: str) -> None:
    file: Path = _PICTURES / f"{name}.png"
    page.wait_for_load_state("networkidle")
    page.screenshot(path=file, animations="disabled")
    say(f"{file.relative_to(ROOT)}  {file.stat().st_size // 1024} KB")
