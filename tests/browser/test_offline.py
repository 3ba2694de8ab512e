"""A register without a connection, in a real Chromium whose network is cut."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from playwright.sync_api import Locator, Page, expect

from fravaer.absence import unexplained
from fravaer.absence.models import Register, RegisterEvent
from fravaer.accounts.models import Session, User
from tests import cast as stage
from tests.absence.conftest import save
from tests.browser import looks
from tests.browser.conftest import DESK, PHONE, Visit
from tests.cast import DAY, Cast, signed_in
from tests.gateway import eventually

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

KEPT = """async () => {
  const kept = [];
  for (const {name} of await indexedDB.databases()) {
    const database = await new Promise((done) => {
      const asked = indexedDB.open(name);
      // Deleted since it was listed: looking must not make it anew.
      asked.onupgradeneeded = () => asked.transaction.abort();
      asked.onerror = (event) => { event.preventDefault(); done(null); };
      asked.onsuccess = () => done(asked.result);
    });
    if (!database) continue;
    for (const store of database.objectStoreNames) {
      const rows = await new Promise((done) => {
        database.transaction(store).objectStore(store).getAll().onsuccess = (e) => done(e.target.result);
      });
      kept.push(...rows.map((row) => `${store} ${row.path ?? row.id}`));
    }
    database.close();
  }
  // htmx remembers the address of the page one is on, as the browser's own history does.
  const stored = [...Object.keys(sessionStorage), ...Object.keys(localStorage)];
  return [...kept, ...stored.filter((key) => !key.startsWith("htmx-"))];
}"""
CONTROLLED = """() => new Promise((done) => {
  const { serviceWorker } = navigator;
  serviceWorker.addEventListener("controllerchange", done);
  if (serviceWorker.controller) done();
})"""
CACHED = """async () => {
  const found = [];
  for (const name of await caches.keys())
    for (const request of await (await caches.open(name)).keys()) found.push(new URL(request.url).pathname);
  return found;
}"""


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(stage.MORNING, tick=True) as traveller:
        yield traveller


def opted_in(page: Page) -> None:
    page.get_by_label("Hold dagens klasser klar på denne enhed").check()
    expect(page.locator("[data-offline-choice][data-ready=yes]")).to_have_count(1)
    page.evaluate(CONTROLLED)


def title(page: Page) -> Locator:
    return page.get_by_role("heading", level=1)


def absent(page: Page, given_name: str) -> None:
    page.locator("fieldset", has=page.locator(f"b:text-is('{given_name}')")).locator(".mark").tap()


def signed_in_again(page: Page, user: User) -> None:
    cookie: Any = {"name": "sessionid", "value": signed_in(user).cookies["sessionid"].value}
    cookie["url"] = page.evaluate("location.origin")
    page.context.add_cookies([cookie])


def test_a_register_filled_in_without_a_net_is_sent_once_when_it_is_back(visit: Visit, cast: Cast) -> None:
    page = visit("/today/", PHONE, user=cast.mette)
    page.clock.install()
    page.reload()
    opted_in(page)
    page.context.set_offline(True)
    page.get_by_role("link", name="7.B", exact=True).click()
    expect(page.get_by_text("Du er offline. Vi gemmer på denne enhed")).to_be_visible()
    absent(page, "Noah")
    assert looks.inaccessible(page) == []
    page.get_by_role("button", name="Gem – 4 her, 1 ikke her").click()
    expect(title(page)).to_contain_text("Gemt på denne enhed kl.")
    expect(page.get_by_text("4 her, 1 ikke her.")).to_be_visible()
    assert Register.objects.count() == 0
    page.clock.fast_forward("16:00")
    expect(page.get_by_role("alert")).to_have_text(
        "Fraværet for 7.B · Morgen er ikke sendt. Ring til kontoret."
    )

    page.context.set_offline(False)
    expect(title(page)).to_have_text(re.compile(r"Registreret kl\. 8\.\d\d af Mette Kjær\."))
    assert RegisterEvent.objects.count() == 1
    assert [one.pupil_id for one in unexplained.on(DAY)] == [cast.pupils[2].pk]


def test_who_was_signed_out_meanwhile_signs_in_and_settles_what_differs(visit: Visit, cast: Cast) -> None:
    page = visit("/today/", DESK, user=cast.mette)
    opted_in(page)
    page.get_by_role("link", name="7.B", exact=True).click()
    expect(title(page)).to_contain_text("7.B")
    # The page was open when the net went: what is sent from it is kept as well.
    page.context.set_offline(True)
    expect(page.get_by_text("Du er offline. Vi gemmer på denne enhed")).to_be_visible()
    page.keyboard.press("Alt+f")
    page.keyboard.type("no")
    page.keyboard.press("Enter")
    page.keyboard.press("i")
    page.keyboard.press("Control+Enter")
    expect(title(page)).to_contain_text("Gemt på denne enhed kl.")

    Session.objects.all().delete()
    save(signed_in(cast.secretary), cast.class_7b, DAY, dict.fromkeys(cast.pupils, "T"))
    page.context.set_offline(False)
    expect(page.get_by_role("alert")).to_contain_text("Du er logget ud. Dine valg er gemt på denne enhed.")
    signed_in_again(page, cast.mette)
    page.goto("/today/")
    alert = page.get_by_role("alert").filter(has_text="7.B · Morgen er ændret imens.")
    expect(alert).to_be_visible()
    assert looks.inaccessible(page) == []
    alert.get_by_role("button", name="Se forskellene").click()
    expect(title(page)).to_have_text("To registreringer er forskellige")
    assert Register.objects.get().version == 1
    page.locator("fieldset").get_by_text("Ikke her", exact=True).last.click()
    page.get_by_role("button", name="Gem mit valg").click()
    expect(page.get_by_text("4 her, 1 ikke her.")).to_be_visible()
    page.goto("/today/")
    expect(page.get_by_text("4 af 5 her")).to_be_visible()
    expect(page.get_by_role("alert").filter(has_text="7.B")).to_have_count(0)
    assert [one for one in page.evaluate(KEPT) if one.startswith("outbox")] == []

    # With a net as well: what was chosen when the session ended is in the tab, and comes back after signing in.
    page.get_by_role("link", name="7.B", exact=True).click()
    address = page.url
    Session.objects.all().delete()
    row = page.locator("fieldset", has=page.locator("b:text-is('Zoë')"))
    row.get_by_text("Syg", exact=True).click()
    expect(row.get_by_role("alert")).to_contain_text("Du er logget ud.")
    page.get_by_role("button", name="Gem – 3 her, 2 ikke her").click()
    expect(title(page)).to_have_text("Log ind")
    signed_in_again(page, cast.mette)
    page.goto(address)
    expect(page.get_by_text("Vi har gendannet dine valg fra kl.")).to_be_visible()
    expect(page.get_by_role("button", name="Gem – 3 her, 2 ikke her")).to_be_visible()


def test_nothing_is_kept_unasked_nor_after_midnight_nor_after_signing_out(visit: Visit, cast: Cast) -> None:
    page = visit("/today/", DESK, user=cast.mette)
    page.get_by_role("link", name="7.B", exact=True).click()
    expect(title(page)).to_contain_text("7.B")
    assert (page.evaluate(KEPT), page.evaluate(CACHED)) == ([], [])
    assert page.evaluate("navigator.serviceWorker.getRegistrations().then(all => all.length)") == 0

    page.goto("/today/")
    page.clock.install()
    page.reload()
    opted_in(page)
    morning = f"registers /r/{cast.class_7b.pk}/2026-03-10/morgen/"
    assert morning in page.evaluate(KEPT)
    # The worker keeps files, and one page that is nobody's.
    cached = page.evaluate(CACHED)
    assert [path for path in cached if not path.startswith("/static/")] == ["/offline/"]
    # Somebody else at the same browser is shown nothing of it.
    signed_in_again(page, cast.secretary)
    page.goto("/today/")
    eventually(lambda: page.evaluate(KEPT) == [])
    signed_in_again(page, cast.mette)
    page.goto("/today/")
    eventually(lambda: morning in page.evaluate(KEPT))
    page.clock.fast_forward("24:00:00")
    eventually(lambda: page.evaluate("indexedDB.databases()") == [])
    assert page.evaluate(KEPT) == []

    page.reload()
    expect(page.locator("[data-offline-choice][data-ready=yes]")).to_have_count(1)
    assert morning in page.evaluate(KEPT)
    page.get_by_role("button", name="Log ud").first.click()
    expect(title(page)).to_have_text("Log ind")
    assert (page.evaluate(KEPT), page.evaluate(CACHED)) == ([], [])
