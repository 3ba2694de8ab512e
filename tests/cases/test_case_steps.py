"""What does one meet on the pages of a case beside its overview?"""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from fravaer.accounts.roles import Role
from fravaer.audit.models import Event
from fravaer.cases import lifecycle, notes
from fravaer.cases.domains import Domain
from fravaer.cases.models import Case, CaseDraft, Discussion, HandOver, Stage, Unit
from tests import factories
from tests.cases import casework
from tests.cases.test_lifecycle import Team, assembled_team, discuss, refer, scope, seen
from tests.cast import MORNING, Cast, signed_in

pytestmark = pytest.mark.usefixtures("book")


@pytest.fixture
def team(cast: Cast) -> Team:
    return assembled_team(cast)


@pytest.fixture
def case(cast: Cast) -> Case:
    return lifecycle.open_case(casework.crossing_of(cast.pupils[0]), scope(cast.leader), MORNING).case


def url(case: Case, what: str, *more: object) -> str:
    return reverse(f"cases:{what}", args=[case.uuid, *more])


def page(client: Client, address: str, status: int = 200) -> str:
    return plain(client.get(address), status)


def plain(response: object, status: int = 200) -> str:
    assert isinstance(response, HttpResponse)
    assert response.status_code == status
    return re.sub(r"\s+", " ", response.content.decode().replace("\N{NO-BREAK SPACE}", " "))


def test_the_way_to_the_absence_team_is_walked_by_three_people_on_their_own_pages(
    cast: Cast, case: Case, team: Team
) -> None:
    leader, chief, psychologist = (signed_in(one) for one in (cast.leader, team.chief, team.psychologist))
    chosen = {"chief": team.chief.pk, "psychologist": team.psychologist.pk, "seen": seen(case, cast.leader)}
    html = plain(leader.post(url(case, "refer"), {**chosen, "text": ""}), 422)
    assert "Skriv hvorfor: Hverken fraværet eller tilknytningen peger på det." in html
    assert (
        leader.post(url(case, "refer"), {**chosen, "text": "Hun er sjældent i klassen."}).status_code == 302
    )
    # The chief is a reader of figures: this child and no other is hers to see, and she is told so.
    html = page(chief, reverse("cases:asked"))
    assert "Aksel Bro" in html
    assert page(chief, url(case, "case"))
    assert chief.get(url(casework.case_of(cast.pupils[1]), "case")).status_code == 404
    assert chief.get(url(case, "log")).status_code == 403
    talk = {
        "key": uuid4(),
        "seen": seen(case, team.psychologist),
        "held_on": "10-03-2026",
        "conclusion": "activate",
        "text": "Vi er enige.",
    }
    assert "i fremtiden" in plain(
        psychologist.post(url(case, "discuss"), {**talk, "held_on": "11-03-2026"}), 422
    )
    for _retry in range(2):
        assert psychologist.post(url(case, "discuss"), talk).status_code == 302
    assert Discussion.objects.count() == 1
    assert "Du har ikke godkendt endnu" in page(chief, reverse("cases:asked"))
    assert chief.post(url(case, "activate"), {"turn": 0}).status_code == 302
    assert "Charlotte Chef: har godkendt" in page(psychologist, url(case, "team"))
    assert "Pia Psykolog: har ikke godkendt endnu" in page(psychologist, url(case, "team"))
    assert psychologist.post(url(case, "activate"), {"turn": 0}).status_code == 302
    case.refresh_from_db()
    assert case.stage == Stage.ACTIVE
    assert "Pia Psykolog · Fraværsteam" in page(leader, url(case, "case"))


def test_what_was_typed_comes_back_when_the_case_came_further_meanwhile(
    cast: Cast, case: Case, team: Team
) -> None:
    psychologist = signed_in(team.psychologist)
    refer(case, cast.leader, team)
    talk = {
        "key": uuid4(),
        "seen": seen(case, team.psychologist),
        "held_on": "10-03-2026",
        "conclusion": "early",
        "text": "Min lange tekst",
    }
    discuss(case, team.chief)
    html = plain(psychologist.post(url(case, "discuss"), talk), 409)
    assert "Sagen er kommet videre imens" in html
    assert "Min lange tekst" in html


def test_a_hand_over_is_offered_with_what_was_tried_and_answered_on_the_page(cast: Cast, case: Case) -> None:
    consultant = factories.user("Kim Konsulent")
    factories.grant(consultant, Role.CONSULTANT, cast.others[0])
    leader, client = signed_in(cast.leader), signed_in(consultant)
    form = {
        "seen": seen(case, cast.leader),
        "key": uuid4(),
        "to": f"{consultant.pk}:consultant",
        "line-knows": "Mor ved det.",
        "text": "Vi håber på hjemmebesøg.",
    }
    too_long = plain(leader.post(url(case, "offer"), {**form, "text": "x" * 10_001}), 422)
    assert "Teksten er for lang" in too_long
    assert leader.post(url(case, "offer"), form).status_code == 302
    assert "tirsdag 17. marts 2026" in page(leader, url(case, "case"))
    assert "Aksel Bro" in page(client, reverse("cases:asked"))
    html = page(client, url(case, "hand-over"))
    assert "Vi håber på hjemmebesøg." in html
    assert "Mor ved det." in html
    asked = HandOver.objects.get()
    assert plain(client.post(url(case, "answer", asked.uuid), {"answer": "decline", "text": ""}), 422)
    assert leader.post(url(case, "answer", asked.uuid), {"answer": "accept"}).status_code == 409
    assert client.post(url(case, "answer", asked.uuid), {"answer": "nonsense"}).status_code == 400
    assert client.post(url(case, "answer", asked.uuid), {"answer": "accept"}).status_code == 302
    assert client.post(url(case, "answer", asked.uuid), {"answer": "accept"}).status_code == 409
    # Who was about to write in it is told, and has her text.
    late = {"seen": form["seen"], "key": uuid4(), "text": "Vi ringer i morgen.", "domain": "school"}
    html = plain(leader.post(url(case, "note"), late), 409)
    assert "Vi ringer i morgen." in html


def test_the_people_page_says_who_takes_part_and_shows_telephones_only_when_asked(
    cast: Cast, case: Case
) -> None:
    inger = factories.user("Inger Lund")
    factories.grant(inger, Role.INCLUSION, cast.school)
    leader = signed_in(cast.leader)
    added = leader.post(url(case, "party-add"), {"colleague": f"{inger.pk}:inclusion", "turn": 0})
    assert added.status_code == 302
    assert (
        leader.post(
            url(case, "party-add"), {"unit": Unit.SSP, "name": "Søren fra SSP", "turn": 0}
        ).status_code
        == 302
    )
    html = page(leader, url(case, "people"))
    assert "Inger Lund" in html
    assert "Søren fra SSP" in html
    assert "Eleven går på din skole." in html
    assert "tel:" not in html
    assert not Event.objects.filter(subject="phones").exists()
    assert "tel:" in plain(leader.post(url(case, "phones")))
    assert Event.objects.filter(subject="phones", actor_id=cast.leader.pk).count() == 1
    client = signed_in(inger)
    assert client.post(url(case, "phones")).status_code == 403
    assert "Familiehuset" not in page(client, url(case, "people"))
    party = case.parties.get(user=inger)
    assert leader.post(url(case, "party-end", party.pk), {"turn": 0}).status_code == 302
    assert client.get(url(case, "people")).status_code == 404
    # She cannot be let in by somebody of another domain, whatever the form says.
    tampered = {"colleague": f"{cast.social_worker.pk}:social_worker"}
    assert leader.post(url(case, "party-add"), tampered).status_code == 422


def test_a_note_is_shown_to_another_domain_from_the_timeline_and_a_restricted_one_is_opened_with_a_reason(
    cast: Cast, case: Case
) -> None:
    worker, colleague = cast.social_worker, factories.user("Kim Konsulent")
    casework.take_part(worker, Role.SOCIAL_WORKER, case)
    casework.take_part(colleague, Role.CONSULTANT, case)

    def write(text: str, *, restricted: bool = False) -> int:
        made = notes.add(
            *(case, scope(worker), MORNING),
            text=text,
            domain=Domain.SOCIAL,
            key=uuid4(),
            seen=seen(case, worker),
            restricted=restricted,
        )
        return made.pk

    shown, kept = write("Hjemmebesøg i dag"), write("Kun til mig", restricted=True)
    leader, client = signed_in(cast.leader), signed_in(colleague)
    assert "Hjemmebesøg" not in page(leader, url(case, "timeline"))
    assert leader.get(url(case, "share", "note", shown)).status_code == 404
    address = url(case, "share", "note", shown)
    assert client.post(address, {"domain": "school"}).status_code == 422
    assert client.post(address, {"domain": "school", "basis": "consent", "turn": 0}).status_code == 302
    assert "Hjemmebesøg" in page(leader, url(case, "timeline"))
    assert "Hjemmebesøg" in page(leader, url(case, "timeline") + "?kind=note")
    assert "Hjemmebesøg" not in page(leader, url(case, "timeline") + "?kind=step")
    # The restricted one is there for those of its domain alone, and its words only with a reason.
    assert "særligt beskyttede" not in page(leader, url(case, "timeline"))
    html = page(client, url(case, "timeline"))
    assert "Kollegers særligt beskyttede noter" in html
    assert "Kun til mig" not in html
    assert client.get(url(case, "share", "note", kept)).status_code == 404
    assert leader.post(url(case, "note-open", kept), {"reason": "safety"}).status_code == 404
    assert client.post(url(case, "note-open", kept), {"reason": "nysgerrig"}).status_code == 400
    assert "Kun til mig" in plain(client.post(url(case, "note-open", kept), {"reason": "safety"}))
    # The log tells their own leader; the school's is told of what was shared with it, and not how much there is beside it.
    superior = factories.user("Signe Socialleder")
    factories.grant(superior, Role.SOCIAL_LEADER, cast.school)
    html = page(signed_in(superior), url(case, "log"))
    assert "Åbnede en særligt beskyttet note" in html
    assert "Kim Konsulent" not in html
    html = page(leader, url(case, "log"))
    assert "Delte noget med en anden myndighed" in html
    assert "note" not in html.partition("<tbody>")[2]


def test_what_is_typed_is_kept_for_its_writer_alone_until_it_is_saved(cast: Cast, case: Case) -> None:
    leader = signed_in(cast.leader)
    address = url(case, "draft", "note")
    answer = leader.post(address, {"text": "Halvt skrevet", "seen": "1", "key": str(uuid4())})
    assert answer.json() == {"saved": "kl. 8.00"}
    assert CaseDraft.objects.get().fields == {"text": "Halvt skrevet"}
    # Signed in anew, she finds it in the form; a colleague does not.
    html = page(signed_in(cast.leader), url(case, "case"))
    assert "Halvt skrevet" in html
    assert "kl. 8.00 og ikke gemt endnu" in html
    casework.take_part(cast.social_worker, Role.SOCIAL_WORKER, case)
    assert "Halvt skrevet" not in page(signed_in(cast.social_worker), url(case, "case"))
    saved = {"text": "Helt skrevet", "seen": seen(case, cast.leader), "key": uuid4()}
    assert leader.post(url(case, "note"), saved).status_code == 302
    assert not CaseDraft.objects.exists()
    stranger = signed_in(cast.stranger)
    assert stranger.post(address, {"text": "x"}).status_code == 404
    assert leader.post(address, {f"f{i}": "x" for i in range(31)}).status_code == 400


def test_the_case_is_printed_as_far_as_one_reads_it(cast: Cast, case: Case) -> None:
    response = signed_in(cast.leader).get(url(case, "print"))
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.content.startswith(b"%PDF")
    assert "Aksel" not in response.headers["Content-Disposition"]


def test_an_older_case_is_shown_with_the_newer_from_the_overview(cast: Cast, case: Case) -> None:
    leader = signed_in(cast.leader)
    leader.post(url(case, "note"), {"text": "Fra dengang", "seen": 1, "key": uuid4()})
    leader.post(url(case, "close"), {"seen": 2, "outcome": "better"})
    newer = lifecycle.open_case(casework.crossing_of(cast.pupils[0]), scope(cast.leader), MORNING).case
    assert "ældre, lukket sag" in page(leader, url(newer, "case"))
    merge = {"older": str(case.uuid), "seen": seen(newer, cast.leader)}
    assert leader.post(url(newer, "merge"), {**merge, "older": str(uuid4())}).status_code == 404
    assert leader.post(url(newer, "merge"), merge).status_code == 302
    assert "Fra dengang" in page(leader, url(newer, "case"))
    assert "lagt sammen med en nyere" in page(leader, url(case, "case"))


def test_a_pupil_who_left_is_flagged_and_closing_is_proposed(cast: Cast, case: Case) -> None:
    cast.pupils[0].enrolments.update(until="2026-03-10")
    casework.take_part(cast.leader, Role.LEADER, case)
    html = page(signed_in(cast.leader), url(case, "case"))
    assert "Eleven går ikke længere på en skole her." in html
    assert re.search(r'value="moved" checked', html)
