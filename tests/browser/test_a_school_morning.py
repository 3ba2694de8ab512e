"""One school morning in a real browser, from the teacher's first page to the area manager's quarter.

Everything is the product's own: pages over HTTP, a Celery worker, a broker, and an SMS gateway whose signed callbacks come back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import time_machine
from django.conf import LazySettings, settings
from django.core.management import call_command
from playwright.sync_api import Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from fravaer.absence import unexplained
from fravaer.accounts.demo import DEMO_ACCOUNTS, DOMAIN
from fravaer.accounts.models import User
from fravaer.accounts.scoping import scope_of
from fravaer.schools.models import Pupil
from fravaer.sms.models import Message
from fravaer.sms.states import State
from tests import cast as stage
from tests.accounts import proving
from tests.browser import looks
from tests.browser.conftest import DESK, PHONE, Visit
from tests.cast import DAY, Cast
from tests.factories import PASSWORD
from tests.gateway import ACCOUNT_SID, AUTH_TOKEN, SENDER, GatewayProcess, eventually
from tests.journeys.scene import NUMBERS, Scene, set_scene
from tests.worker import WorkerProcess

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Eight on the default day, and time passes: the browser and the worker are real."""
    with time_machine.travel(stage.MORNING, tick=True) as traveller:
        yield traveller


@pytest.fixture
def scene(cast: Cast) -> Scene:
    return set_scene(cast)


@pytest.fixture
def gateway(settings: LazySettings, live_server: LiveServer) -> Iterator[GatewayProcess]:
    """The local SMS gateway; the pages accept its callbacks."""
    running = GatewayProcess()
    settings.PUBLIC_BASE_URL = live_server.url
    settings.TWILIO_ACCOUNT_SID = ACCOUNT_SID
    settings.TWILIO_AUTH_TOKEN = AUTH_TOKEN
    settings.TWILIO_FROM = SENDER
    yield running
    running.close()


@pytest.fixture
def worker(gateway: GatewayProcess, live_server: LiveServer, scene: Scene) -> Iterator[WorkerProcess]:
    running = WorkerProcess(
        stage.MORNING,
        {
            "PUBLIC_BASE_URL": live_server.url,
            "TWILIO_BASE_URL": gateway.base_url,
            "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
            "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
            "TWILIO_FROM": SENDER,
        },
    )
    yield running
    running.close()


def looked_at(page: Page) -> Page:
    """The page, found accessible and no wider than its window; looked at whole, so that no row lies half under the bar."""
    window = page.viewport_size
    assert window is not None
    height: int = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": window["width"], "height": max(height, window["height"])})
    assert looks.inaccessible(page) == []
    assert looks.overflowing(page) == []
    page.set_viewport_size(window)
    return page


def signed_in(visit: Visit, scene: Scene, user: User, width: int) -> Page:
    """The user's first page after the sign-in page: with a click in the demonstration, with her password elsewhere."""
    account = demo_account(user)
    if settings.DEMO:
        User.objects.filter(pk=user.pk).update(email=f"{account}@{DOMAIN}")
    else:
        scene.keeper_of_password(user)
    page = looked_at(visit("/login/", width))
    if settings.DEMO:
        page.get_by_role("button", name=user.name).click()
    else:
        page.get_by_label("E-mail").fill(user.email)
        page.get_by_label("Adgangskode").fill(PASSWORD)
        page.get_by_role("button", name="Log ind", exact=True).click()
        looked_at(page).get_by_label("Kode").fill(proving.code())
        page.get_by_role("button", name="Log ind", exact=True).click()
    return page


def demo_account(user: User) -> str:
    role = scope_of(user.pk, stage.MORNING).role
    return next(key for key, shown in DEMO_ACCOUNTS.items() if shown == role)


def title(page: Page) -> Locator:
    return page.get_by_role("heading", level=1)


def sent(gateway: GatewayProcess) -> dict[str, list[str]]:
    """The statuses of the messages on each telephone."""
    found: dict[str, list[str]] = {}
    for message in gateway.ledger()["messages"]:
        found.setdefault(message["to"], []).append(message["status"])
    return found


def pupil(page: Page, given_name: str) -> Locator:
    return page.locator("fieldset", has=page.locator(f"b:text-is('{given_name}')"))


def touched(page: Page) -> None:
    """Noah is not here, Freja is ill."""
    pupil(page, "Noah").locator(".mark").tap()
    pupil(page, "Freja").locator(".pupil-more").tap()
    pupil(page, "Freja").get_by_text("Syg", exact=True).tap()
    pupil(page, "Freja").locator(".pupil-extra").wait_for(state="hidden")


def typed(page: Page) -> None:
    """The same with the letter keys."""
    page.locator("#pupils input:checked").first.focus()
    for name, letter in (("Freja", "s"), ("Noah", "i")):
        moved_to(page, name)
        page.keyboard.press(letter)


def moved_to(page: Page, given_name: str) -> None:
    """Arrow down to the pupil."""
    for _step in range(30):
        if pupil(page, given_name).locator(":focus").count():
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"the arrows do not reach {given_name}")


def tabbed_to(page: Page, wanted: Locator) -> None:
    page.wait_for_load_state()
    for _step in range(30):
        if wanted.evaluate("e => e === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("the tabulator does not get there")


def counted(page: Page) -> tuple[float, float]:
    """The school days absent and possible by which the quarter's page explains its figure."""
    found = re.search(r"([\d.,]+) fraværsdage divideret med ([\d.,]+) mulige", page.inner_text("main"))
    assert found
    absent, possible = (float(number.replace(".", "").replace(",", ".")) for number in found.groups())
    return absent, possible


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_a_school_morning(
    visit: Visit,
    scene: Scene,
    gateway: GatewayProcess,
    worker: WorkerProcess,
    settings: LazySettings,
    width: int,
) -> None:
    # With a click and with touch on the telephone, with password and keys at the desk.
    if width == PHONE:
        settings.DEMO, settings.ROOT_URLCONF = True, "tests.accounts.demo_urls"
    mark = touched if width == PHONE else typed
    cast = scene.cast
    manager = signed_in(visit, scene, cast.area_manager, width)
    expect(title(manager)).to_have_text("Fravær, Nord, 1. kvartal 2026")
    before = counted(looked_at(manager))

    # The teacher's classes, the register and its receipt.
    teacher = signed_in(visit, scene, cast.mette, width)
    expect(title(teacher)).to_have_text("I dag · tirsdag 10. marts 2026")
    looked_at(teacher).get_by_role("link", name="7.B", exact=True).click()
    expect(teacher.get_by_role("button", name="Gem – 28 her, 0 ikke her")).to_be_visible()
    looked_at(teacher)
    mark(teacher)
    looked_at(teacher).get_by_role("button", name="Gem – 26 her, 2 ikke her").click()
    expect(title(teacher)).to_have_text(re.compile(r"Registreret kl\. 8\.\d\d af Mette Kjær\."))
    expect(title(teacher)).to_be_focused()
    expect(teacher.get_by_text("26 her, 2 ikke her.")).to_be_visible()
    looked_at(teacher).get_by_role("link", name="Dagens klasser").click()
    expect(teacher.get_by_text(re.compile(r"Registreret kl\. 8\.\d\d · 26 af 28 her"))).to_be_visible()
    looked_at(teacher).get_by_role("link", name="Overblik over 7.B").click()
    expect(title(teacher)).to_have_text("7.B · Overblik")
    expect(teacher.get_by_role("row").filter(has_text="Noah Lund")).to_contain_text("10,1\u00a0%")
    looked_at(teacher)

    # Both of Noah's guardians are written to, and nobody else.
    worker.ask("fravaer.sms.tasks.morning")
    eventually(lambda: sent(gateway) == {number: ["delivered"] for number in NUMBERS})
    phones = looked_at(visit(gateway.base_url, width))
    expect(phones.get_by_text("Noah er ikke mødt i skole i dag")).to_have_count(2)
    expect(phones.locator(".text.there")).to_have_count(2)
    # The page asks for news every other second, also of a gateway that has been stopped.
    phones.context.close()
    eventually(lambda: set(Message.objects.values_list("state", flat=True)) == {State.DELIVERED})
    office = signed_in(visit, scene, cast.secretary, width)
    expect(title(office)).to_contain_text("Morgenoverblik")
    looked_at(office).goto("/sms/")
    messages = looked_at(office).get_by_role("table", name="Alle beskeder")
    expect(messages.get_by_text("Leveret til telefonen")).to_have_count(2)

    # In the night everybody is counted, and Noah has come over ten percent.
    call_command("triage", "--on", DAY.isoformat())
    social = signed_in(visit, scene, cast.social_worker, width)
    expect(title(social)).to_have_text("Arbejdsliste")
    row = looked_at(social).locator("tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("Noah Lund")
    expect(row).to_contain_text("10,1\u00a0%")
    row.get_by_role("button", name="Åbn sag").click()

    # A case is opened, written in and closed.
    expect(title(social)).to_contain_text("Noah Lund")
    looked_at(social).get_by_label("Note", exact=True).fill("Talt med Noah og hans far. Vi mødes fredag.")
    social.get_by_role("button", name="Gem noten").click()
    expect(social.get_by_text("Noten er gemt.")).to_be_visible()
    expect(looked_at(social).get_by_text("Vi mødes fredag.")).to_be_visible()
    social.get_by_label("Bedret").check()
    social.get_by_role("button", name="Luk sag").click()
    expect(social.get_by_text("Sagen er lukket.")).to_be_visible()
    looked_at(social)

    # The quarter counts the same morning: a half-day of Noah's and one of Freja's, of twenty-eight pupils' half-days.
    manager.reload()
    after = counted(looked_at(manager))
    assert (after[0] - before[0], after[1] - before[1]) == (1, 14)


def test_a_teacher_needs_no_more_than_the_keyboard(visit: Visit, scene: Scene) -> None:
    scene.keeper_of_password(scene.cast.mette)
    page = visit("/login/", DESK)
    tabbed_to(page, page.get_by_label("E-mail"))
    page.keyboard.type(scene.cast.mette.email)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(title(page)).to_contain_text("Endnu et bevis")
    tabbed_to(page, page.get_by_label("Kode"))
    page.keyboard.type(proving.code())
    page.keyboard.press("Enter")
    expect(title(page)).to_contain_text("I dag")
    tabbed_to(page, page.get_by_role("link", name="7.B", exact=True))
    page.keyboard.press("Enter")
    expect(title(page)).to_contain_text("7.B")
    # Until a page is wholly there, Chromium moves the focus back to where the address points.
    page.wait_for_load_state()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Gå til elevlisten")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#pupils")).to_be_focused()
    page.keyboard.press("Tab")
    expect(pupil(page, "Aksel").locator(":focus")).to_have_count(1)
    moved_to(page, "Noah")
    page.keyboard.press("i")
    expect(page.get_by_role("status").first).to_have_text("Noah Lund: Ikke her. 1 af 28 ikke her.")
    page.keyboard.press("Control+Enter")
    expect(title(page)).to_be_focused()
    expect(page.get_by_text("27 her, 1 ikke her.")).to_be_visible()


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_a_register_is_saved_and_corrected_without_a_script(visit: Visit, scene: Scene, width: int) -> None:
    page = visit("/today/", width, user=scene.cast.mette, script=False)
    page.get_by_role("link", name="7.B", exact=True).click()
    chosen(page, "Noah", "I", width)
    page.get_by_role("button", name="Gem").click()
    expect(page.get_by_text("27 her, 1 ikke her.")).to_be_visible()
    page.get_by_role("link", name="Ret en elev").click()
    expect(pupil(page, "Noah").locator("input[value=I]")).to_be_checked()
    chosen(page, "Noah", "T", width)
    chosen(page, "Zoë", "I", width)
    page.get_by_role("button", name="Gem").click()
    expect(page.get_by_text("27 her, 1 ikke her.")).to_be_visible()
    assert unexplained_names() == ["Zoë"]


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_two_registers_that_differ_are_settled_by_a_person(visit: Visit, scene: Scene, width: int) -> None:
    teacher = visit("/today/", width, user=scene.cast.mette)
    teacher.get_by_role("link", name="7.B", exact=True).click()
    expect(title(teacher)).to_contain_text("7.B")
    office = visit(teacher.url, width, user=scene.cast.secretary)
    chosen(office, "Noah", "I", width)
    office.get_by_role("button", name="Gem").click()
    expect(title(office)).to_contain_text("Registreret")

    chosen(teacher, "Ida", "I", width)
    teacher.get_by_role("button", name="Gem").click()
    expect(title(teacher)).to_have_text("To registreringer er forskellige")
    expect(looked_at(teacher).locator("fieldset")).to_have_count(2)
    expect(teacher.locator("fieldset input:checked")).to_have_count(0)
    for name in ("Noah", "Ida"):
        pupil(teacher, name).get_by_text("Ikke her", exact=True).last.click()
        expect(pupil(teacher, name).locator("input[value=I]")).to_be_checked()
    teacher.get_by_role("button", name="Gem mit valg").click()
    expect(teacher.get_by_text("26 her, 2 ikke her.")).to_be_visible()
    assert unexplained_names() == ["Ida", "Noah"]


def chosen(page: Page, given_name: str, letter: str, width: int) -> None:
    """One touch flips a pupil on a telephone; at a desk every choice has its own place."""
    row = pupil(page, given_name)
    if width == PHONE:
        row.locator(".mark").tap()
    else:
        row.locator(f"label[for$='-{letter}']").click()
    expect(row.locator(f"input[value={letter}]")).to_be_checked()


def unexplained_names() -> list[str]:
    absent = [one.pupil_id for one in unexplained.on(DAY)]
    return list(
        Pupil.objects.filter(pk__in=absent).order_by("given_name").values_list("given_name", flat=True)
    )
