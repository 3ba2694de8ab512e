"""A passkey in a real browser: made with the first sign-in, used for the second and for a fresh proof."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from playwright.sync_api import Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from fravaer.accounts.models import Passkey
from tests.browser import looks
from tests.browser.conftest import PHONE, Visit
from tests.cast import Cast
from tests.factories import PASSWORD

pytestmark = pytest.mark.browser


def with_a_lock(page: Page) -> None:
    """Give the browser a device's lock that its owner always opens."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    lock = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": lock})


def test_a_device_with_a_lock_needs_no_telephone(
    visit: Visit,
    cast: Cast,
    live_server: LiveServer,
    settings: Settings,
    clock: time_machine.Traveller,
) -> None:
    # Passkeys are bound to a name; a bare number has none.
    home = live_server.url.replace("127.0.0.1", "localhost")
    settings.PUBLIC_BASE_URL = home
    cast.leader.set_password(PASSWORD)
    cast.leader.save()
    page = visit(f"{home}/login/", PHONE)
    with_a_lock(page)
    page.get_by_label("E-mail").fill(cast.leader.email)
    page.get_by_label("Adgangskode").fill(PASSWORD)
    page.get_by_role("button", name="Log ind", exact=True).click()
    assert (looks.inaccessible(page), looks.overflowing(page)) == ([], [])
    page.get_by_label("Hvad du kalder enheden").fill("Min telefon")
    page.get_by_role("button", name="Lav en adgangsnøgle").click()
    expect(page.get_by_role("heading", name="Dine koder på papir")).to_be_visible()
    page.goto(f"{home}/account/")
    expect(page.get_by_text("«Min telefon»")).to_be_visible()
    assert (looks.inaccessible(page), looks.overflowing(page)) == ([], [])
    # A fresh proof by the same key.
    clock.shift(timedelta(minutes=6))
    page.get_by_role("link", name="Skift adgangskode").click()
    page.get_by_role("button", name="Brug en adgangsnøgle").click()
    expect(page.get_by_role("heading", name="Skift adgangskode")).to_be_visible()
    # And in again without a password.
    page.context.clear_cookies()
    page.goto(f"{home}/login/")
    page.get_by_role("link", name="Log ind med adgangsnøgle").click()
    page.get_by_role("button", name="Brug en adgangsnøgle").click()
    expect(page.get_by_text(cast.school.name).first).to_be_visible()
    assert Passkey.objects.get().used_at is not None
