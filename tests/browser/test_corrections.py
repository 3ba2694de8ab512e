"""A saved register set right pupil by pupil, each at once, with the keys at a desk and by touch on a telephone."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, Request, Route, expect

from fravaer.absence import saying, standing
from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.models import Register
from fravaer.absence.reasons import Mark
from fravaer.accounts.models import Session
from fravaer.sms import choices, morning
from tests.absence.conftest import url
from tests.absence.test_corrections import one
from tests.absence.test_register_day import post
from tests.browser.conftest import DESK, PHONE, Visit
from tests.browser.test_offline import signed_in_again
from tests.browser.test_register_day import looked_at
from tests.cast import DAY, Cast
from tests.sms.conftest import HOURS

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def row(page: Page, given_name: str) -> Locator:
    return page.locator("fieldset", has=page.locator(f"b:text-is('{given_name}')"))


def marks(cast: Cast) -> dict[str, Mark]:
    stands = standing.state(cast.class_7b.pk, DAY, Checkpoint.START).marks
    return {pupil.given_name: stands[pupil.pk] for pupil in cast.pupils}


def test_each_letter_is_saved_at_once_and_taken_back_and_what_another_changed_is_not_overwritten(
    cast: Cast, visit: Visit
) -> None:
    _aksel, freja, noah, zoe, _orn = cast.pupils
    post(cast, cast.mette)
    page = visit(url(cast.class_7b, DAY), DESK, user=cast.mette)
    save = page.locator("[data-submit]")
    expect(page.get_by_text("Hver rettelse gemmes med det samme.")).to_be_visible()
    expect(save).to_be_hidden()
    page.locator(f"#p-{freja.uuid}-T").focus()
    page.keyboard.press("s")
    expect(row(page, "Freja")).to_contain_text("Freja: ændret til Syg.")
    expect(page.get_by_role("status").filter(has_text="Freja: ændret til Syg.")).to_be_attached()
    expect(page.get_by_text("Registreret kl. 8.00 af Mette Kjær. 4 her, 1 ikke her.")).to_be_visible()
    expect(page.locator(f"#p-{freja.uuid}-S")).to_be_focused()
    assert marks(cast)["Freja"] is Mark.ILL
    looked_at(page)

    # The arrow passes by what is not meant; the next thing done takes the words of the last away.
    page.keyboard.press("ArrowDown")
    expect(page.locator(f"#p-{noah.uuid}-T")).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(row(page, "Noah")).to_contain_text("Noah: ændret til Syg.")
    expect(row(page, "Freja")).not_to_contain_text("ændret")
    assert Register.objects.get().version == 3
    row(page, "Noah").get_by_role("button", name="Fortryd").click()
    expect(row(page, "Noah")).to_contain_text("Noah: ændret til Her.")
    expect(page.locator(f"#p-{noah.uuid}-T")).to_be_checked()
    page.locator(f"#p-{noah.uuid}-T").focus()
    page.keyboard.press("k")
    page.locator(f"#p-{noah.uuid}-at").fill("09:10")
    page.keyboard.press("Enter")
    expect(row(page, "Noah")).to_contain_text("Noah: ændret til Kommer senere kl. 9.10.")

    # Two others meanwhile: one of another pupil is shown, one of the same pupil is asked about.
    version = Register.objects.get().version
    one(cast, cast.leader, zoe, "F", version=version)
    one(cast, cast.leader, freja, "T", version=version)
    page.locator(f"#p-{zoe.uuid}-T").focus()
    page.keyboard.press("s")
    alert = row(page, "Zoë").get_by_role("alert")
    expect(alert).to_contain_text("Lars Toft har sat Zoë til Fri kl. 8.00. Dit valg, Syg, er ikke gemt.")
    expect(page.locator(f"#p-{zoe.uuid}-S")).to_be_checked()
    expect(save).to_be_visible()
    assert marks(cast)["Zoë"] is Mark.LEAVE
    looked_at(page)
    alert.get_by_role("button", name="Gem Syg").click()
    expect(row(page, "Zoë")).to_contain_text("Zoë: ændret til Syg.")
    expect(page.get_by_text("En anden har også rettet i klassen.")).to_be_visible()
    expect(page.locator(f"#p-{freja.uuid}-T")).to_be_checked()
    expect(save).to_be_hidden()
    wanted = {"Aksel": Mark.HERE, "Freja": Mark.HERE, "Noah": Mark.LATE, "Zoë": Mark.ILL, "Ørn": Mark.HERE}
    assert marks(cast) == wanted


def test_on_a_telephone_a_note_a_lost_connection_and_a_lost_session_keep_what_was_chosen(
    cast: Cast, visit: Visit
) -> None:
    aksel, freja = cast.pupils[:2]
    choices.opt_in([cast.school.pk], hours=HOURS, names_pupil=True)
    post(cast, cast.mette, {aksel: "I"})
    morning.prepare(DAY, timezone.now())
    page = visit(url(cast.class_7b, DAY), PHONE, user=cast.mette)
    expect(page.get_by_text("Sms til forældre sendes kl. 8.01. Du kan rette indtil da.")).to_be_visible()
    expect(row(page, "Aksel")).to_contain_text("Sms til 1 forælder kl. 8.01 – fortryd")
    page.get_by_role("button", name="Flere valg: Aksel").click()
    row(page, "Aksel").locator("summary").click()
    page.get_by_label("Note til kontoret.").first.fill("Ringer kl. 10")
    looked_at(page)
    row(page, "Aksel").get_by_role("button", name="Færdig").click()
    expect(row(page, "Aksel")).to_contain_text("Aksel: noten er gemt.")
    assert saying.notes([aksel.pk], [DAY])[aksel.pk, DAY, Checkpoint.START].text == "Ringer kl. 10"

    # Somebody else answers, as a hotel does for its net: the choice stays, and is saved when it is tried again.
    def silent(route: Route, request: Request) -> None:
        if request.method == "POST":
            route.fulfill(status=200, body="")
        else:
            route.continue_()

    page.route("**/row/", silent)
    row(page, "Freja").locator(".mark").tap()
    expect(row(page, "Freja").get_by_role("alert")).to_contain_text(
        "Freja er ikke gemt. Dit valg er bevaret."
    )
    page.unroute("**/row/")

    # Signed out meanwhile: signed in again she finds what she chose, and it is not saved unasked.
    Session.objects.all().delete()
    row(page, "Freja").get_by_role("button", name="Prøv igen").click()
    expect(row(page, "Freja").get_by_role("alert")).to_contain_text("Du er logget ud.")
    address = page.url
    page.on("dialog", lambda dialog: dialog.accept())
    signed_in_again(page, cast.mette)
    page.goto(address)
    expect(page.get_by_text("Vi har gendannet dine valg fra kl.")).to_be_visible()
    expect(page.locator(f"#p-{freja.uuid}-I")).to_be_checked()
    assert marks(cast)["Freja"] is Mark.HERE
    row(page, "Freja").get_by_role("button", name="Prøv igen").click()
    expect(row(page, "Freja")).to_contain_text("Freja: ændret til Ikke her.")
    assert marks(cast)["Freja"] is Mark.ABSENT
    # One touch on the line about the message leads to what stops it.
    row(page, "Aksel").get_by_role("link", name="fortryd").click()
    expect(page.locator(f"#p-{aksel.uuid}-T")).to_be_focused()
    row(page, "Aksel").locator(".mark").tap()
    expect(row(page, "Aksel")).to_contain_text("Aksel: ændret til Her.")
    expect(row(page, "Aksel")).not_to_contain_text("Sms til")
