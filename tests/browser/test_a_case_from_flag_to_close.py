"""A child's case in a real browser, from the night that flags it to the look eight weeks after it was closed.

Five roles work in it, each signed in herself and seeing exactly her part; the child's teacher takes the registers all the while
and learns nothing, and the area manager sees no child.
"""

from __future__ import annotations

from datetime import date

import pytest
import time_machine
from playwright.sync_api import Page, expect

from tests.browser.casework import Journey, assembled, looked_at, said, silent, unfolded
from tests.browser.conftest import DESK, PHONE, Visit
from tests.cases.attendance import school_days
from tests.cast import DAY, Cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FLAGGED, OVER_TWENTY, BACK_AT_SCHOOL = DAY, date(2026, 3, 17), date(2026, 4, 14)
AGREED = "Inger møder ham ved porten kl. 8"
CHILDS_WORDS = "Jeg får ondt i maven, når vi skal i hallen."
CASEWORKERS = "Kun de, der deltager i sagen"
TEST, SOCIAL, SHARED = "WISC viser god hukommelse", "Mor er indlagt", "Familiehuset henter ham om tirsdagen"
MEASURE = "Foranst."


@pytest.fixture
def journey(visit: Visit, cast: Cast, clock: time_machine.Traveller) -> Journey:
    return assembled(cast, clock, visit)


def test_a_case_from_flag_to_close(journey: Journey) -> None:
    flagged_in_the_night_he_comes_on_the_worklist(journey)
    the_inclusion_team_begins_an_early_effort(journey)
    over_twenty_percent_he_is_referred(journey)
    the_chief_and_the_psychologist_discuss_and_both_activate(journey)
    the_psychologist_begins_back2school_and_keeps_her_own_notes(journey)
    the_social_worker_is_let_in_and_shares_one_item(journey)
    it_is_evaluated_on_two_axes_and_closed(journey)
    eight_weeks_later_it_is_looked_at_again(journey)


def flagged_in_the_night_he_comes_on_the_worklist(journey: Journey) -> None:
    journey.registers([FLAGGED], "S")
    journey.night_after(FLAGGED)
    # The inclusion team is told that there is something, and not how much.
    page = journey.opened(journey.inclusion, "worklist")
    row = looked_at(page, PHONE, DESK).locator("tbody tr")
    expect(row).to_have_count(1)
    for text in ("Aksel Bro", "Tidlig indsats", "Ingen har handlet"):
        expect(row).to_contain_text(text)
    silent(page, "10,9", MEASURE)
    row = journey.opened(journey.cast.leader, "worklist").locator("tbody tr")
    expect(row).to_contain_text("10,9\u00a0%")
    # It is nothing yet for those further away.
    said(journey.opened(journey.chief, "cases"), "Der er ingen sager.")
    journey.let_the_teacher_learn_nothing()


def the_inclusion_team_begins_an_early_effort(journey: Journey) -> None:
    page = journey.opened(journey.inclusion, "worklist")
    page.get_by_role("button", name="Åbn sag").click()
    said(page, "Sagen er åbnet, og du er ansvarlig for den.")
    # Now she takes part, so she reads the figures, which are kept as they were.
    expect(page.get_by_text("10,9\u00a0%").first).to_be_visible()
    page.get_by_role("link", name="Plan", exact=True).click()
    unfolded(page, "Skriv, hvad nogen siger").get_by_label("Så vidt muligt").fill(CHILDS_WORDS)
    page.locator("#views ~ details").get_by_role("button", name="Gem", exact=True).click()
    said(page, CHILDS_WORDS)
    # A case alone takes nobody off the list.
    expect(journey.opened(journey.inclusion, "worklist").locator("tbody tr")).to_contain_text("Aksel Bro")
    page = unfolded(journey.opened(journey.inclusion, "plan"), "Lav en aftale")
    page.get_by_label("Mere præcist").fill(AGREED)
    page.get_by_role("button", name="Gem aftalen").click()
    said(looked_at(page), AGREED)
    said(journey.opened(journey.inclusion, "worklist"), "Nogen handler for alle elever over en grænse.")
    judged(journey.opened(journey.inclusion, "evaluation"), "Lille tilknytning")

    # The school reads it; the social worker knows that there is a case, and neither what is in it nor what her own know.
    plan, overview = (journey.read(journey.cast.leader, name) for name in ("plan", "case"))
    assert AGREED in plan
    assert MEASURE not in plan + overview
    page = said(journey.opened(journey.cast.social_worker), CASEWORKERS)
    silent(page, AGREED, CHILDS_WORDS, MEASURE)
    assert journey.answer(journey.cast.social_worker, "timeline") == 403
    for stranger in (journey.chief, journey.psychologist, journey.cast.stranger):
        assert journey.answer(stranger, "case") == 404
    journey.let_the_teacher_learn_nothing()
    journey.let_the_area_manager_see_no_child()


def over_twenty_percent_he_is_referred(journey: Journey) -> None:
    journey.registers([day for day in school_days(OVER_TWENTY, since=FLAGGED) if day > FLAGGED], "S")
    journey.night_after(OVER_TWENTY)
    leader = journey.cast.leader
    page = said(journey.opened(leader), "10,9\u00a0%")
    said(page, "20,6\u00a0%")
    page.get_by_role("link", name="Fraværsteamet", exact=True).click()
    said(looked_at(page), "peger på fraværsteamet")
    page.get_by_label("Chef").select_option(label=journey.chief.name)
    page.get_by_label("Psykolog").select_option(label=journey.psychologist.name)
    page.get_by_label("Hvorfor fraværsteamet").fill("Han kommer næsten ikke længere.")
    page.get_by_role("button", name="Henvis", exact=True).click()
    said(page, "Sagen er forelagt chefen og psykologen.")
    # It is for the leader to refer; the inclusion team sees that he has.
    page = said(journey.opened(journey.inclusion, "team"), "20,6\u00a0%")
    expect(page.get_by_role("button", name="Træk henvisningen tilbage")).to_have_count(0)


def the_chief_and_the_psychologist_discuss_and_both_activate(journey: Journey) -> None:
    page = journey.opened(journey.chief, "asked", PHONE)
    looked_at(page, PHONE).get_by_role("link", name="Aksel Bro").click()
    said(page, "Lille tilknytning")
    page.get_by_label("Aktivér fraværsteamet").check()
    page.get_by_label("Hvad der blev sagt").fill("Psykologen tager fat sammen med forældrene.")
    page.get_by_role("button", name="Gem drøftelsen").click()
    page.get_by_role("button", name="Godkend, at fraværsteamet aktiveres").click()
    said(page, "Fraværsteamet er aktivt, når den anden også har godkendt.")
    silent(page, MEASURE)
    # One of the two is not enough, whoever else would press.
    page = said(journey.opened(journey.cast.leader, "team"), "har ikke godkendt endnu")
    expect(page.get_by_role("button", name="Godkend")).to_have_count(0)
    page = journey.opened(journey.psychologist, "asked")
    page.get_by_role("link", name="Aksel Bro").click()
    page.get_by_role("button", name="Godkend, at fraværsteamet aktiveres").click()
    said(page, "Fraværsteamet er aktivt. Psykologen koordinerer.")
    journey.let_the_teacher_learn_nothing()


def the_psychologist_begins_back2school_and_keeps_her_own_notes(journey: Journey) -> None:
    page = journey.opened(journey.psychologist)
    expect(page.locator(".facts").first).to_contain_text("Pia Storm · Fraværsteam")
    noted(page, TEST, "Kun psykologer")
    page.get_by_role("link", name="Plan", exact=True).click()
    said(page, CHILDS_WORDS)
    unfolded(page, "Begynd en indsats").get_by_label("Tilbud").select_option("back2school")
    page.get_by_role("button", name="Gem indsatsen").click()
    said(looked_at(page), "Back2School (forløb med psykolog, barn og forældre)")
    # The school sees what is done, and not what she writes for herself; nor does the chief, who read the case with her.
    for reader in (journey.cast.leader, journey.inclusion, journey.chief):
        plan, timeline = (journey.read(reader, name) for name in ("plan", "timeline"))
        assert "Back2School" in plan
        assert TEST not in plan + timeline


def the_social_worker_is_let_in_and_shares_one_item(journey: Journey) -> None:
    # Her own leader lets her in: nobody else does.
    page = unfolded(journey.opened(journey.social_leader, "people"), "Tag nogen med i sagen")
    page.get_by_label("Kollega").select_option(label="Sofie Winther · Skolesocialrådgiver")
    page.get_by_role("button", name="Tag kollegaen med").click()
    said(page, "Er med i sagen fra i dag.")
    page = said(journey.opened(journey.cast.social_worker), MEASURE)
    noted(page, SOCIAL, "Kun socialforvaltningen")
    noted(page, SHARED, "Kun socialforvaltningen")
    said(silent(page, TEST), SOCIAL)
    page.get_by_role("link", name="Tidslinje", exact=True).click()
    item = looked_at(page).locator(".case-note", has_text=SHARED)
    item.get_by_role("link", name="Del med en anden myndighed").click()
    page.get_by_label("Skolen og socialforvaltningen").check()
    page.get_by_label("Forældrene har samtykket").check()
    page.get_by_role("button", name="Del det").click()
    said(page, "Det er delt, og det er noteret i sagens log.")
    for reader in (journey.cast.leader, journey.inclusion, journey.psychologist, journey.chief):
        timeline = journey.read(reader, "timeline")
        assert SHARED in timeline
        assert (SOCIAL in timeline, MEASURE in timeline) == (False, False)
        assert (TEST in timeline) == (reader == journey.psychologist)
    # The log tells the leader that something was shared, and nothing of what or by whom.
    page = said(journey.opened(journey.cast.leader, "log"), "Delte noget med en anden myndighed")
    expect(page.get_by_role("cell", name="Skrev en note")).to_have_count(0)
    silent(page, SHARED, SOCIAL, TEST, MEASURE, "Sofie")
    journey.let_the_teacher_learn_nothing()


def it_is_evaluated_on_two_axes_and_closed(journey: Journey) -> None:
    journey.registers(
        [day for day in school_days(BACK_AT_SCHOOL, since=OVER_TWENTY) if day > OVER_TWENTY], "T"
    )
    journey.night_after(BACK_AT_SCHOOL)
    page = journey.opened(journey.psychologist, "evaluation")
    judged(page, "Nogen tilknytning")
    unfolded(page, "Stil de fem spørgsmål")
    form = page.locator("details[open]")
    form.get_by_label("Barnet").check()
    form.get_by_label("Har en at være sammen med i frikvarteret").select_option("4")
    page.get_by_role("button", name="Gem svarene").click()
    # How he was away and how he belongs, side by side and never one figure.
    looked_at(page)
    expect(page.get_by_role("row", name="Flest hele skoledage i træk")).to_contain_text("14")
    for text in ("Lille tilknytning", "Nogen tilknytning", "Har en at være sammen med i frikvarteret"):
        said(page, text)
    silent(page, SOCIAL)
    page.get_by_role("link", name="Overblik", exact=True).click()
    page.get_by_role("button", name="Luk sag").click()
    said(page, "Vælg et resultat, før du lukker sagen.")
    page.get_by_label("Stabil skolegang").check()
    page.get_by_role("button", name="Luk sag").click()
    said(page, "Sagen er lukket.")
    said(journey.opened(journey.cast.leader, "evaluation"), "Pia Storm ser på det igen onsdag 10. juni 2026")
    journey.let_the_teacher_learn_nothing()
    journey.let_the_area_manager_see_no_child()


def eight_weeks_later_it_is_looked_at_again(journey: Journey) -> None:
    journey.on(date(2026, 6, 9))
    silent(journey.opened(journey.psychologist, "cases"), "Holder det?")
    journey.on(date(2026, 6, 10))
    page = journey.opened(journey.psychologist, "cases")
    page.get_by_role("link", name="Holder det?").click()
    page = looked_at(page)
    page.get_by_role("link", name="Aksel Bro").click()
    unfolded(page, "Skriv, om det holder").get_by_label("Holder", exact=True).check()
    page.get_by_label("Hvordan det står til").fill("Han er der hver dag.")
    page.locator("#follow-up ~ details").get_by_role("button", name="Gem").click()
    said(page, "Han er der hver dag.")
    silent(journey.opened(journey.psychologist, "cases"), "Holder det?")


def noted(page: Page, text: str, domain: str) -> None:
    """Write a note for one domain."""
    page.get_by_label("Note", exact=True).fill(text)
    page.get_by_label(domain).check()
    page.get_by_role("button", name="Gem noten").click()
    said(page, "Noten er gemt.")


def judged(page: Page, level: str) -> None:
    """Judge how attached he is, as the school sees it."""
    unfolded(page, "Vurdér tilknytningen")
    page.get_by_label(level).check()
    page.get_by_label("Skolen", exact=True).check()
    page.locator("details[open]").get_by_role("button", name="Gem").click()
    said(page, "Vurderingen er gemt.")
