"""Does the page of the local SMS gateway show what lies on the parents' phones?"""

from __future__ import annotations

import re
from html import unescape

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser
from twilio.base.exceptions import TwilioRestException

from tests.gateway import SENDER, GatewayProcess, Receiver, eventually

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FIRST, SECOND = "+4568120001", "+4568120002"


def send(gateway: GatewayProcess, to: str = FIRST, body: str = "Hej") -> None:
    gateway.client().messages.create(to=to, from_=SENDER, body=body)


def numbers(page: str) -> list[str]:
    return re.findall(r'data-number="([^"]+)"', page)


def settled(gateway: GatewayProcess) -> bool:
    return all(message["status"] not in ("queued", "sent") for message in gateway.ledger()["messages"])


def test_it_says_that_nothing_leaves_the_machine(gateway: GatewayProcess) -> None:
    assert "Demo: intet sendes ud af denne maskine" in gateway.page()
    assert "Ingen sms'er endnu" in gateway.page()


def test_it_shows_the_phone_with_the_newest_message_first(gateway: GatewayProcess) -> None:
    send(gateway, FIRST)
    send(gateway, SECOND)
    send(gateway, FIRST, "Rettelse")

    page = gateway.page()

    assert numbers(page) == [FIRST, SECOND]
    assert "+45 68 12 00 01" in page
    assert page.index("Hej") < page.index("Rettelse")


def test_it_says_in_danish_how_each_message_fared(gateway: GatewayProcess) -> None:
    for suffix in ("0001", "9911", "9917"):
        send(gateway, f"+456812{suffix}")
    eventually(
        lambda: [m["status"] for m in gateway.ledger()["messages"]] == ["delivered", "undelivered", "sent"]
    )

    page = gateway.page()

    for words in ("Leveret<", "Ikke leveret: telefonen kan ikke nås<", "Sendt til mobilnettet<"):
        assert words in page


def test_it_finds_a_phone_by_any_part_of_its_number(gateway: GatewayProcess) -> None:
    send(gateway, FIRST)
    send(gateway, SECOND)

    assert numbers(gateway.page("/?q=00+02")) == [SECOND]
    assert numbers(gateway.page("/?q=%2B45+68+12+00+01")) == [FIRST]
    assert numbers(gateway.page("/?q=0045+68120001")) == [FIRST]
    assert "Ingen telefoner her" in gateway.page("/?q=999")


def test_it_can_show_only_what_was_not_delivered(gateway: GatewayProcess) -> None:
    send(gateway, FIRST)
    send(gateway, "+4568129912")
    eventually(lambda: settled(gateway))

    assert numbers(gateway.page("/?status=ikke-leveret")) == ["+4568129912"]
    assert numbers(gateway.page("/?status=leveret")) == [FIRST]


def test_it_shows_a_long_conversation_whole_when_asked(gateway: GatewayProcess) -> None:
    for n in range(6):
        send(gateway, body=f"Besked nr. {n}")

    assert gateway.page().count("Besked nr.") == 3
    assert "6 beskeder" in gateway.page()
    assert gateway.page(f"/?q={FIRST[1:]}").count("Besked nr.") == 6


def test_it_shows_many_phones_on_several_pages(gateway: GatewayProcess) -> None:
    sent = [f"+456812{n:04}" for n in range(30)]
    for number in sent:
        send(gateway, number)

    first, second = gateway.page(), gateway.page("/?side=2")

    assert numbers(first) + numbers(second) == list(reversed(sent))
    assert "30 telefoner" in first
    assert "Side 1 af 2" in first


def test_it_shows_texts_as_they_are_and_never_as_markup(gateway: GatewayProcess) -> None:
    text = "<script>alert('æøå & \"hej\"')</script>"
    send(gateway, body=text)

    page = gateway.page()

    assert "<script>alert" not in page
    assert text in unescape(page)
    assert "<b>" not in gateway.page("/?q=<b>&status=<b>").split("</form>")[0]


def test_it_shows_what_was_refused(gateway: GatewayProcess) -> None:
    with pytest.raises(TwilioRestException):
        send(gateway, "+4568129902")

    assert "fastnettelefon (21614)" in gateway.page()
    assert numbers(gateway.page()) == []


def test_it_explains_the_numbers_that_behave_oddly(gateway: GatewayProcess) -> None:
    page = gateway.page()

    assert "…99 11" in page
    assert page.count('scope="row"') == 26


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1440])
def test_it_is_accessible_and_fits(gateway: GatewayProcess, chromium: Browser, width: int) -> None:
    for suffix in ("0001", "9911", "9917", "9919"):
        send(gateway, f"+456812{suffix}")
    with pytest.raises(TwilioRestException):
        send(gateway, "+4568129902")
    page = chromium.new_page(viewport={"width": width, "height": 900})
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))

    page.goto(gateway.base_url)
    page.locator("summary").click()
    found = Axe().run(page, options={"runOnly": WCAG})

    assert found.violations_count == 0, found.generate_report()
    assert complaints == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.close()


@pytest.mark.browser
def test_new_messages_appear_by_themselves_until_it_is_paused(
    gateway: GatewayProcess, chromium: Browser
) -> None:
    send(gateway, FIRST)
    page = chromium.new_page()
    page.goto(gateway.base_url)

    send(gateway, SECOND)

    page.locator(f'[data-number="{SECOND}"]').wait_for(timeout=10_000)
    assert page.locator("#news").inner_text() == "1 ny sms"
    page.locator("#pause").click()
    assert page.locator("#pause").inner_text() == "Genoptag opdatering"
    page.close()


def test_a_phone_answers_a_number_and_the_customer_is_told_until_it_listens(receiver: Receiver) -> None:
    receiver.answers = [500, 204]
    gateway = GatewayProcess("--inbound", receiver.url)
    try:
        send(gateway, SECOND)
        gateway.client().messages.create(to=FIRST, from_="+4568000000", body="Hej")
        page = gateway.page()
        assert page.count('action="/reply"') == 2
        assert "kan ikke besvares" in page

        refused = gateway.session.post(
            f"{gateway.base_url}/reply",
            data={"number": FIRST, "body": "1"},
            headers={"Origin": "http://example.org"},
            timeout=10,
        )
        assert refused.status_code == 403
        assert answer(gateway, SECOND, "1") == 400
        assert answer(gateway, FIRST, "STOP") == 200
        eventually(lambda: len(receiver.calls) == 2)
        calls = receiver.calls
        assert {(call.form["From"], call.form["To"], call.form["Body"]) for call in calls} == {
            (FIRST, "+4568000000", "STOP")
        }
        assert len({call.form["MessageSid"] for call in calls}) == 1
        eventually(lambda: "Modtaget af skolen" in gateway.page())
        with pytest.raises(TwilioRestException) as stopped:
            gateway.client().messages.create(to=FIRST, from_="+4568000000", body="Igen")
        assert stopped.value.code == 21610
        assert answer(gateway, FIRST, "start") == 200
        gateway.client().messages.create(to=FIRST, from_="+4568000000", body="Igen")
    finally:
        gateway.close()


def answer(gateway: GatewayProcess, number: str, body: str) -> int:
    posted = {"number": number, "body": body}
    return gateway.session.post(f"{gateway.base_url}/reply", data=posted, timeout=10).status_code
