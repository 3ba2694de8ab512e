"""What does the product look like? The four pictures of the README, taken from a demo of its own."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tools.processes import say
from tools.servers import folder_of_its_own
from tools.stack import stack_in
from tools.surroundings import BROWSER_CURE, ROOT, Problem, chromium, free_port

_PUPILS = 4000
_PHONE = {"width": 390, "height": 844}
_DESK = {"width": 1440, "height": 900}
_FLAGS = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


def describe(parser: ArgumentParser) -> None:
    """What the verb takes."""
    parser.add_argument(
        "--into", type=Path, default=ROOT / "docs" / "images", help="the folder (docs/images)"
    )


def run(arguments: Namespace) -> int:
    """Start a demo, go through its morning and take the pictures."""
    executable = chromium()
    if executable is None:
        raise Problem(f"The pictures are taken with Chromium: {BROWSER_CURE}")
    arguments.into.mkdir(parents=True, exist_ok=True)
    with (
        folder_of_its_own("screenshots") as folder,
        stack_in(folder, port=free_port(), pupils=_PUPILS) as stack,
    ):
        stack.supervisor.wait_until(stack.is_well, what="The demo", seconds=120)
        with sync_playwright() as playwright:
            # Chromium refuses to run as root inside its sandbox.
            browser = playwright.chromium.launch(
                executable_path=str(executable), args=[*_FLAGS, "--no-sandbox"]
            )
            _register(browser, stack.url, arguments.into)
            _phones(browser, stack.gateway_url, arguments.into)
            _page(browser, stack.url, "socialraadgiver", arguments.into / "worklist-1440.png")
            _page(browser, stack.url, "omraadechef", arguments.into / "quarter-1440.png")
            browser.close()
    say(f"Four pictures lie in {arguments.into}.")
    return 0


def _signed_in(browser: Browser, url: str, account: str, size: dict[str, int]) -> Page:
    page = browser.new_page(viewport={"width": size["width"], "height": size["height"]})
    page.goto(f"{url}/login/")
    page.locator(f"button[value={account}]").click()
    page.wait_for_load_state()
    return page


def _register(browser: Browser, url: str, into: Path) -> None:
    """The teacher's class on her telephone, with one pupil not here and one ill; then it is saved."""
    page = _signed_in(browser, url, "laerer", _PHONE)
    page.get_by_role("link", name="7.B").click()
    rows = page.locator("[data-row]")
    rows.nth(2).locator(".mark").click()
    rows.nth(5).locator("input[value=S]").dispatch_event("click")
    page.screenshot(path=into / "register-390.png")
    page.locator("[data-submit]").click()
    page.wait_for_url("**/receipt/")
    page.close()


def _phones(browser: Browser, url: str, into: Path) -> None:
    """The guardians' telephones at the gateway, once a message has come."""
    page = browser.new_page(viewport={"width": _DESK["width"], "height": _DESK["height"]})
    page.goto(url)
    page.locator('[data-status="delivered"]').first.wait_for(timeout=60_000)
    page.screenshot(path=into / "phones-1440.png")
    page.close()


def _page(browser: Browser, url: str, account: str, into: Path) -> None:
    """The first page the person meets."""
    page = _signed_in(browser, url, account, _DESK)
    page.screenshot(path=into)
    page.close()
