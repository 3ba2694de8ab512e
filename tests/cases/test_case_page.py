"""What does one find in a case, write in it, and decide?"""

from __future__ import annotations

import re
from datetime import date, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from fravaer.absence import alignment
from fravaer.absence.models import Absence
from fravaer.absence.reasons import Reason
from fravaer.accounts.models import Grant, User
from fravaer.accounts.roles import Role
from fravaer.audit.models import Event
from fravaer.cases import measures, triage
from fravaer.cases.measures import Measure
from fravaer.cases.models import Case, Crossing, Note, Step
from fravaer.schools.models import Enrolment, Pupil
from tests import factories
from tests.cases import casework
from tests.cases.attendance import attended, school_days
from tests.cast import DAY, MORNING, Cast, signed_in

pytestmark = pytest.mark.usefixtures("book")


def url(case: Case, what: str = "case") -> str:
    return reverse(f"cases:{what}", args=[case.uuid])


def open_from(client: Client, pupil: Pupil) -> HttpResponse:
    response = client.post(reverse("cases:open"), {"crossing": str(casework.crossing_of(pupil).uuid)})
    assert isinstance(response, HttpResponse)
    return response


def read(client: Client, case: Case) -> str:
    response = client.get(url(case))
    assert response.status_code == 200
    return plain(response)


def plain(response: object) -> str:
    assert isinstance(response, HttpResponse)
    return response.content.decode().replace("\N{NO-BREAK SPACE}", " ")


def hidden(html: str, name: str, action: str) -> str:
    """The value of a hidden field in the form that posts to `action`."""
    form = re.search(rf'<form[^>]*action="{re.escape(action)}".*?</form>', html, re.DOTALL)
    assert form, action
    value = re.search(rf'name="{name}" value="([^"]*)"', form.group())
    assert value, name
    return value.group(1)


def write(client: Client, case: Case, text: str, **more: object) -> HttpResponse:
    """Fill in the note's form as the page gives it, and save it."""
    html = read(client, case)
    address = url(case, "note")
    data = {"seen": hidden(html, "seen", address), "key": hidden(html, "key", address), "text": text, **more}
    response = client.post(address, data)
    assert isinstance(response, HttpResponse)
    return response


@pytest.fixture
def worker(cast: Cast) -> Client:
    return signed_in(cast.social_worker)


@pytest.fixture
def case(cast: Cast, worker: Client) -> Case:
    """The social worker's case about Aksel."""
    open_from(worker, cast.pupils[0])
    return Case.objects.get(pupil=cast.pupils[0])


def test_opening_a_case_from_the_list_makes_her_responsible_and_lets_her_in(
    cast: Cast, worker: Client
) -> None:
    aksel = cast.pupils[0]
    response = open_from(worker, aksel)
    case = Case.objects.get()
    assert response.headers["Location"] == url(case)
    assert (case.pupil, case.state, case.responsible) == (aksel, "open", cast.social_worker)
    html = read(worker, case)
    assert "Sagen er åbnet, og du er ansvarlig for den." in html
    assert "Aksel Bro" in html
    assert "7.B · Birkeskolen" in html
    assert "KLE 17.20.03" in html
    grant = Grant.objects.get(origin="case", origin_ref=str(case.uuid))
    assert (grant.user, grant.pupil, grant.role) == (cast.social_worker, aksel, Role.SOCIAL_WORKER)
    case_events = Event.objects.filter(subject="case", action__startswith="case.").order_by("id")
    assert [event.action for event in case_events] == ["case.open"]


def test_opening_it_twice_gives_one_case(cast: Cast, worker: Client) -> None:
    assert (
        open_from(worker, cast.pupils[0]).headers["Location"]
        == open_from(worker, cast.pupils[0]).headers["Location"]
    )
    assert Case.objects.count() == Step.objects.count() == 1


def test_a_colleague_who_opens_it_too_is_shown_the_one_there_is(cast: Cast, case: Case) -> None:
    leader = signed_in(cast.leader)
    assert open_from(leader, cast.pupils[0]).headers["Location"] == url(case)
    assert "Sagen var allerede åben. Sofie Winther er ansvarlig for den." in read(leader, case)
    assert Case.objects.get().responsible == cast.social_worker


def test_the_inclusion_team_learns_that_somebody_works_with_the_pupil_and_not_who(
    cast: Cast, case: Case
) -> None:
    user = factories.user("Inger Lund")
    factories.grant(user, Role.INCLUSION, cast.school)
    client = signed_in(user)
    response = open_from(client, cast.pupils[0])
    assert response.headers["Location"] == reverse("cases:worklist")
    html = plain(client.get(reverse("cases:worklist")))
    assert "Der arbejdes allerede med eleven. Spørg skolelederen." in html
    assert "Sofie" not in html
    assert client.get(url(case)).status_code == 404


@pytest.mark.parametrize("crossing", ["", "x", "00000000-0000-0000-0000-000000000001"])
def test_opening_from_a_row_that_is_not_there_opens_nothing(worker: Client, crossing: str) -> None:
    assert worker.post(reverse("cases:open"), {"crossing": crossing}).status_code == 404
    assert not Case.objects.exists()


def test_opening_from_another_schools_row_is_as_opening_from_none(cast: Cast, worker: Client) -> None:
    assert open_from(worker, cast.others[0]).status_code == 404
    assert not Case.objects.exists()


def test_a_forged_post_from_elsewhere_opens_nothing(cast: Cast) -> None:
    client = signed_in(cast.social_worker)
    client.handler.enforce_csrf_checks = True
    assert open_from(client, cast.pupils[0]).status_code == 403
    assert not Case.objects.exists()


def test_the_page_explains_the_frozen_figure_by_its_days(cast: Cast, worker: Client) -> None:
    days = school_days(DAY)[:20]
    aksel = cast.pupils[0]
    attended(cast.class_7b, days, {aksel: [Reason.ILLNESS] * 3 + [Reason.UNLAWFUL] * 3})
    triage.run(days[-1], MORNING)
    open_from(worker, aksel)
    html = read(worker, Case.objects.get())
    assert "15,0 % siden august: 3 dage fravær af 20 dage mulige" in html
    assert "Syg: 1½ dage · Ulovligt: 1½ dage" in html
    assert "Tidlig indsats, 10–20 % (version 1)" in html
    assert "fra 01-08-2025 til og med 05-09-2025" in html
    assert "100,0 % af det, der skulle registreres" in html
    assert "mandag 11. august 2025" in html
    assert "rettet siden" not in html


def test_the_figure_stays_and_the_page_says_so_when_the_registers_are_corrected(
    cast: Cast, worker: Client
) -> None:
    days = school_days(DAY)[:20]
    aksel = cast.pupils[0]
    attended(cast.class_7b, days, {aksel: 6})
    triage.run(days[-1], MORNING)
    open_from(worker, aksel)
    Absence.objects.filter(pupil=aksel, day=days[0]).delete()
    alignment.align()
    html = read(worker, Case.objects.get())
    assert "15,0 % siden august: 3 dage fravær af 20 dage mulige" in html
    assert "Dagene nedenfor giver derfor ikke længere tallet" in html


@pytest.mark.parametrize(
    ("halves", "said"),
    [
        (7, "8,7 % · Under lovens grænser på 10 og 15 %."),
        (8, "10,0 % · Mindst 10 %: Skolelederen varsler forældrene."),
        (11, "13,7 % · Mindst 10 %"),
        (12, "15,0 % · Mindst 15 %: Skolelederen underretter kommunen."),
    ],
)
def test_the_page_shows_the_laws_clock_of_the_quarter(
    cast: Cast, worker: Client, case: Case, halves: int, said: str
) -> None:
    forty_days = school_days(DAY, since=date(2026, 1, 1))[:40]
    attended(cast.class_7b, forty_days, {cast.pupils[0]: [Reason.UNLAWFUL] * halves})
    html = read(worker, case)
    assert "Ulovligt fravær i 1. kvartal 2026" in html
    assert said in html


def test_a_note_is_kept_with_writer_and_time_and_read_by_those_who_take_part(
    cast: Cast, worker: Client, case: Case
) -> None:
    assert write(worker, case, "Talt med hjemmet.\r\nAftalt møde.", domain="school").status_code == 302
    html = read(worker, case)
    assert "Noten er gemt." in html
    assert "Sofie Winther</b> · tirsdag 10. marts 2026 kl. 8.00" in html
    assert Note.objects.get().text == "Talt med hjemmet.\nAftalt møde."
    assert "Aftalt møde." in read(signed_in(cast.leader), case)
    assert Event.objects.filter(action="case.note").count() == 1


def test_what_social_services_write_for_themselves_the_school_never_meets(
    cast: Cast, worker: Client, case: Case
) -> None:
    leader = signed_in(cast.leader)
    before = read(leader, case)
    write(worker, case, "CANARY-SOCIAL", domain="social")
    assert "CANARY-SOCIAL" in read(worker, case)
    after = read(leader, case)
    assert "CANARY-SOCIAL" not in after
    # Not even that something was written: the count the forms carry is the same.
    address = url(case, "note")
    assert hidden(before, "seen", address) == hidden(after, "seen", address)
    assert write(leader, case, "Skolens note").status_code == 302


def test_a_note_by_social_services_is_theirs_alone_when_nothing_else_is_chosen(
    worker: Client, case: Case
) -> None:
    html = read(worker, case)
    checked = re.search(r'value="(\w+)" checked', html)
    assert checked
    assert checked.group(1) == "social"
    assert write(worker, case, "Uden valg").status_code == 422


def test_a_leaders_note_cannot_be_made_a_social_one(cast: Cast, case: Case) -> None:
    assert write(signed_in(cast.leader), case, "Fra skolen", domain="social").status_code == 302
    assert Note.objects.get().domain == "school"


def test_a_colleague_of_the_school_sees_the_case_and_not_its_notes(
    cast: Cast, worker: Client, case: Case
) -> None:
    write(worker, case, "CANARY-NOTE", domain="school")
    colleague = factories.user("Karin Post")
    factories.grant(colleague, Role.SOCIAL_WORKER, cast.school)
    client = signed_in(colleague)
    html = read(client, case)
    assert "Kun de, der deltager i sagen, kan læse noterne." in html
    assert "CANARY-NOTE" not in html
    for what in ("note", "close"):
        refused = client.post(
            url(case, what), {"seen": 1, "key": uuid4(), "text": "x", "domain": "school", "outcome": "better"}
        )
        assert refused.status_code == 403
    assert Note.objects.count() == 1


def test_a_note_of_ten_thousand_and_one_characters_comes_back_whole_with_the_reason(
    worker: Client, case: Case
) -> None:
    text = "æ" * 10_001
    response = write(worker, case, text, domain="social")
    assert response.status_code == 422
    html = plain(response)
    assert "Noten er for lang: 10001 tegn, og der er højst plads til 10000. Teksten er bevaret." in html
    assert text in html
    assert write(worker, case, "æ\r\n" * 5_000, domain="social").status_code == 302
    assert len(Note.objects.get().text) == 9_999


@pytest.mark.parametrize("text", ["", "   \n "])
def test_an_empty_note_is_not_saved(worker: Client, case: Case, text: str) -> None:
    response = write(worker, case, text, domain="social")
    assert response.status_code == 422
    assert "Skriv noten, før du gemmer." in plain(response)
    assert not Note.objects.exists()


def test_a_note_written_over_a_colleagues_is_held_back_with_its_text_until_she_has_seen_it(
    cast: Cast, worker: Client, case: Case
) -> None:
    leader = signed_in(cast.leader)
    stale = read(leader, case)
    write(worker, case, "Ny aftale fra i dag", domain="school")
    address = url(case, "note")
    data = {
        "seen": hidden(stale, "seen", address),
        "key": hidden(stale, "key", address),
        "text": "Min egen note",
    }
    response = leader.post(address, data)
    assert response.status_code == 409
    html = plain(response)
    assert "Nogen har skrevet i sagen, efter at du åbnede siden" in html
    assert "Ny aftale fra i dag" in html
    assert ">\nMin egen note</textarea>" in html
    again = {
        "seen": hidden(html, "seen", address),
        "key": hidden(html, "key", address),
        "text": "Min egen note",
    }
    assert leader.post(address, again).status_code == 302
    assert Note.objects.count() == 2


def test_the_same_note_sent_twice_is_one_note(worker: Client, case: Case) -> None:
    html = read(worker, case)
    address = url(case, "note")
    data = {
        "seen": hidden(html, "seen", address),
        "key": hidden(html, "key", address),
        "text": "En gang",
        "domain": "social",
    }
    assert [worker.post(address, data).status_code for _ in range(2)] == [302, 302]
    assert Note.objects.count() == 1
    # Changed after the browser's back button, it is not thrown away.
    assert worker.post(address, data | {"text": "Rettet"}).status_code == 409


def test_a_forms_key_of_another_case_is_refused(cast: Cast, worker: Client, case: Case) -> None:
    write(worker, case, "Her", domain="social")
    open_from(worker, cast.pupils[1])
    other = Case.objects.get(pupil=cast.pupils[1])
    key = Note.objects.get().key
    forged = {"seen": 1, "key": key, "text": "Her", "domain": "social"}
    assert worker.post(url(other, "note"), forged).status_code == 400


@pytest.mark.parametrize("broken", [{"seen": "x"}, {"key": "x"}, {"seen": "-1"}])
def test_a_form_with_broken_hidden_fields_is_refused(
    worker: Client, case: Case, broken: dict[str, str]
) -> None:
    data = {"seen": "1", "key": str(uuid4()), "text": "x", "domain": "social"} | broken
    assert worker.post(url(case, "note"), data).status_code == 400


def test_a_note_is_text_and_never_markup(worker: Client, case: Case) -> None:
    write(worker, case, "<script>alert(1)</script>", domain="social")
    html = read(worker, case)
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def closing(client: Client, case: Case, **more: object) -> HttpResponse:
    html = read(client, case)
    data = {"seen": hidden(html, "seen", url(case, "close")), "outcome": "stable", **more}
    response = client.post(url(case, "close"), data)
    assert isinstance(response, HttpResponse)
    return response


def test_closing_asks_for_an_outcome_and_keeps_the_remark(worker: Client, case: Case) -> None:
    response = closing(worker, case, outcome="", text="Går godt nu")
    assert response.status_code == 422
    html = plain(response)
    assert "Vælg et resultat, før du lukker sagen." in html
    assert "Går godt nu</textarea>" in html
    assert closing(worker, case, outcome="perfect").status_code == 422
    case.refresh_from_db()
    assert case.state == "open"


def test_a_closed_case_shows_its_outcome_and_takes_no_more_notes(
    cast: Cast, worker: Client, case: Case
) -> None:
    assert closing(worker, case, text="Møder hver dag").status_code == 302
    html = read(worker, case)
    assert "Sagen er lukket." in html
    assert "Stabil skolegang" in html
    assert "Møder hver dag" in html
    assert "Gem noten" not in html
    late = {"seen": 1, "key": str(uuid4()), "text": "For sent skrevet", "domain": "social"}
    response = worker.post(url(case, "note"), late)
    assert response.status_code == 409
    assert "Sagen er lukket i mellemtiden" in plain(response)
    assert "For sent skrevet</textarea>" in plain(response)
    assert not Note.objects.exists()


def test_closing_twice_closes_once_and_keeps_what_the_second_wrote(
    cast: Cast, worker: Client, case: Case
) -> None:
    leader = signed_in(cast.leader)
    seen = hidden(read(leader, case), "seen", url(case, "close"))
    closing(worker, case)
    response = leader.post(url(case, "close"), {"seen": seen, "outcome": "moved", "text": "Flyttet til Syd"})
    assert response.status_code == 409
    assert "Flyttet til Syd</textarea>" in plain(response)
    assert [step.outcome for step in Step.objects.filter(kind="close")] == ["stable"]


def test_closing_over_a_colleagues_new_note_is_held_back(cast: Cast, worker: Client, case: Case) -> None:
    leader = signed_in(cast.leader)
    seen = hidden(read(leader, case), "seen", url(case, "close"))
    write(worker, case, "Vent lidt med at lukke", domain="school")
    response = leader.post(url(case, "close"), {"seen": seen, "outcome": "moved", "text": "Min bemærkning"})
    assert response.status_code == 409
    assert "Vent lidt med at lukke" in plain(response)
    assert "Min bemærkning</textarea>" in plain(response)
    case.refresh_from_db()
    assert case.state == "open"


def test_she_reads_a_closed_case_until_she_has_looked_at_it_again_and_then_only_that_there_was_one(
    worker: Client, case: Case, clock: time_machine.Traveller
) -> None:
    write(worker, case, "Noten", domain="social")
    closing(worker, case)
    worker = signed_in(User.objects.get(name="Sofie Winther"))
    # She was responsible: eight weeks later she looks at it, and has thirty days for that.
    clock.shift(timedelta(weeks=8, days=29))
    assert "Noten" in read(signed_in(case.responsible), case)
    clock.shift(timedelta(days=2))
    assert "Kun de, der deltager i sagen" in read(signed_in(case.responsible), case)


def test_a_closed_case_is_opened_again_by_whoever_does_so(cast: Cast, worker: Client, case: Case) -> None:
    closing(worker, case)
    leader = signed_in(cast.leader)
    html = read(leader, case)
    assert (
        leader.post(url(case, "reopen"), {"seen": hidden(html, "seen", url(case, "reopen"))}).status_code
        == 302
    )
    case.refresh_from_db()
    assert (case.state, case.responsible) == ("open", cast.leader)
    assert [step.kind for step in case.steps.order_by("pk")] == ["open", "close", "reopen"]
    assert leader.post(url(case, "reopen"), {"seen": 3}).status_code == 409


def test_a_closed_case_stays_closed_when_the_pupil_has_a_new_open_one(
    cast: Cast, worker: Client, case: Case
) -> None:
    closing(worker, case)
    seen = hidden(read(worker, case), "seen", url(case, "reopen"))
    open_from(worker, cast.pupils[0])
    newer = Case.objects.get(state="open")
    response = worker.post(url(case, "reopen"), {"seen": seen})
    assert response.headers["Location"] == url(newer)
    assert "Eleven har en anden åben sag: denne her." in read(worker, newer)


def test_nobody_outside_the_school_finds_the_case(cast: Cast, case: Case) -> None:
    stranger = signed_in(cast.stranger)
    for address in (url(case), reverse("cases:case", args=[uuid4()])):
        assert stranger.get(address).status_code == 404
    assert str(case.uuid) not in plain(stranger.get(reverse("cases:cases")))


def test_a_pupil_who_moves_away_stays_with_those_who_work_with_him(
    cast: Cast, worker: Client, case: Case
) -> None:
    Enrolment.objects.filter(pupil=case.pupil).update(until=DAY)
    factories.enrol([case.pupil], cast.other_class, since=DAY)
    assert "7.B · Havneskolen" in read(worker, case)
    assert signed_in(cast.leader).get(url(case)).status_code == 404
    assert signed_in(cast.stranger).get(url(case)).status_code == 200


def test_the_list_of_cases_shows_open_ones_first_and_each_readers_own(cast: Cast, worker: Client) -> None:
    for pupil in cast.pupils[:2]:
        open_from(worker, pupil)
    casework.case_of(cast.others[0])
    casework.closed(Case.objects.get(pupil=cast.pupils[0]))
    html = plain(worker.get(reverse("cases:cases")))
    rows = re.findall(r"<b>(\w+)</b>", html.partition("<tbody>")[2])
    assert rows == ["Freja", "Aksel"]
    assert "Sofie Winther" in html
    only_closed = plain(worker.get(reverse("cases:cases"), {"state": "closed"}))
    assert re.findall(r"<b>(\w+)</b>", only_closed.partition("<tbody>")[2]) == ["Aksel"]
    consultant = factories.user("Kaj Holt")
    casework.take_part(consultant, Role.CONSULTANT, Case.objects.get(pupil=cast.pupils[1]))
    html = plain(signed_in(consultant).get(reverse("cases:cases")))
    assert re.findall(r"<b>(\w+)</b>", html.partition("<tbody>")[2]) == ["Freja"]


def test_the_list_of_cases_asks_as_much_for_three_as_for_sixty(cast: Cast) -> None:
    client = signed_in(cast.leader)
    counts = []
    for size in (3, 60):
        for pupil in factories.pupils(size, in_class=cast.class_2a):
            casework.case_of(pupil)
        client.get(reverse("cases:cases"))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("cases:cases"))
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 10


def test_each_reading_of_a_case_is_in_the_trail(cast: Cast, case: Case) -> None:
    read(signed_in(cast.leader), case)
    event = Event.objects.filter(action="read").latest("id")
    assert (event.actor_id, event.subject, event.subject_id) == (cast.leader.pk, "case", str(case.uuid))
    assert event.pupil_ids == [case.pupil_id]


MEASURE = "Foranst."


def test_a_measure_is_shown_to_the_social_worker_of_the_case_on_list_and_case(
    cast: Cast, worker: Client, case: Case
) -> None:
    measures.load([Measure(pupil.pk, date(2025, 9, 1)) for pupil in cast.pupils])
    casework.crossing_of(cast.pupils[1])
    assert MEASURE in read(worker, case)
    assert plain(worker.get(reverse("cases:worklist"))).count(MEASURE) == 1
    assert plain(worker.get(reverse("cases:cases"))).count(MEASURE) == 1


@pytest.mark.parametrize("who", ["mette", "secretary", "leader", "inclusion", "psychologist"])
def test_no_page_of_the_school_tells_of_a_measure(cast: Cast, case: Case, who: str) -> None:
    """The same pages with and without measures, byte for byte but for the forms' own tokens."""
    if who in ("inclusion", "psychologist"):
        user = factories.user("Hans Holm")
        factories.grant(user, Role(who), cast.school)
        casework.take_part(user, Role(who), case)
    else:
        user = getattr(cast, who)
    for pupil in cast.pupils[1:]:
        casework.crossing_of(pupil)
    addresses = [
        "/",
        reverse("absence:today"),
        reverse("absence:register", args=[cast.class_7b.pk, DAY, 1]),
        reverse("cases:worklist"),
        reverse("cases:worklist") + "?sort=pupil&q=a",
        reverse("cases:cases"),
        url(case),
    ]
    without = [said(signed_in(user).get(address)) for address in addresses]
    measures.load([Measure(pupil.pk, date(2025, 9, 1)) for pupil in cast.pupils])
    having = [said(signed_in(user).get(address)) for address in addresses]
    assert having == without
    assert not any(MEASURE in page for page in having)


def said(response: object) -> str:
    html = plain(response)
    html = re.sub(r"\b[A-Za-z0-9]{64}\b", "token", html)
    # A new key for each form.
    return re.sub(r'name="key" value="[^"]*"', "key", html)


def test_the_triage_command_and_the_list_tell_one_story(cast: Cast, worker: Client) -> None:
    days = school_days(DAY)
    attended(cast.class_7b, days, {cast.pupils[2]: len(days) // 2})
    call_command("triage")
    html = plain(worker.get(reverse("cases:worklist")))
    crossing = Crossing.objects.get(pupil=cast.pupils[2])
    assert f'value="{crossing.uuid}"' in html
    response = worker.post(reverse("cases:open"), {"crossing": str(crossing.uuid)}, follow=True)
    assert "Noah Lund" in plain(response)
    assert "Sag åben" in plain(worker.get(reverse("cases:worklist")))
