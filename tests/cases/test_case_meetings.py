"""How is a meeting called, moved and ended, and what does it show?"""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.test import Client
from icalendar import Calendar

from fravaer.accounts.models import User
from fravaer.accounts.roles import Role
from fravaer.accounts.scoping import scope_of
from fravaer.cases import agreed, goals, meetings
from fravaer.cases.domains import Domain
from fravaer.cases.models import AgreedAction, Case, Deed, Meeting, MeetingKind
from tests import factories
from tests.cases import casework
from tests.cases.planning import plain, send, text, url
from tests.cast import DAY, MORNING, Cast, signed_in

pytestmark = pytest.mark.usefixtures("book")
CALLED = {
    "kind": "network",
    "day": "2026-03-18",
    "starts": "14:00",
    "ends": "15:00",
    "place": "Lokale 12",
    "others": "Bo fra klubben",
    "agenda": "Frikvartererne",
    "domain": "school",
}
SAID = {"came": "Sofie Winther", "minutes": "Vi talte om frikvartererne.", "end_reason": ""}


@pytest.fixture
def case(cast: Cast) -> Case:
    return casework.case_of(cast.pupils[0], {Role.SOCIAL_WORKER: cast.social_worker})


@pytest.fixture
def worker(cast: Cast) -> Client:
    return signed_in(cast.social_worker)


def called(case: Case, worker: Client, **other: str) -> Meeting:
    answer = send(worker, url(case, "meetings"), url(case, "meetings-write", "call"), **{**CALLED, **other})
    assert answer.status_code == 303
    return Meeting.objects.latest("pk")


def write(worker: Client, case: Case, meeting: Meeting, **said: object) -> object:
    page, address = url(case, "meeting", meeting.uuid), url(case, "meetings-write", "minutes")
    return send(
        worker, page, address, responsible=User.objects.get(name="Sofie Winther").pk, **{**SAID, **said}
    )


def invitation(client: Client, case: Case, meeting: Meeting) -> tuple[str, str]:
    answer = client.get(url(case, "meeting-ics", meeting.uuid))
    assert answer.headers["Content-Type"].startswith("text/calendar")
    return str(Calendar.from_ical(answer.content).get("method")), answer.content.decode()


def test_an_invitation_says_when_and_where_and_nothing_about_the_child(case: Case, worker: Client) -> None:
    meeting = called(case, worker, who="Kim Bro")
    assert meeting.participants == ["Kim Bro", "Bo fra klubben"]
    method, first = invitation(worker, case, meeting)
    event = Calendar.from_ical(first).walk("VEVENT")[0]
    assert (method, str(event["summary"]), str(event["location"])) == ("REQUEST", "Møde", "Lokale 12")
    assert event["dtstart"].dt == factories.moment(date(2026, 3, 18), 14)
    for word in ("Aksel", "Bro", "7.B", "fravær ", "frikvarter"):
        assert word not in first
    page = url(case, "meeting", meeting.uuid)
    moved = {"day": "2026-03-19", "starts": "09:00", "ends": "10:00", "place": "Lokale 12"}
    assert send(worker, page, url(case, "meetings-write", "move"), **moved).status_code == 303
    _method, second = invitation(worker, case, meeting)
    after = Calendar.from_ical(second).walk("VEVENT")[0]
    assert (after["uid"], event["sequence"], after["sequence"]) == (event["uid"], 0, 1)
    send(worker, page, url(case, "meetings-write", "cancel"))
    method, third = invitation(worker, case, meeting)
    assert (method, Calendar.from_ical(third).walk("VEVENT")[0]["sequence"]) == ("CANCEL", 2)
    assert "Aflyst" in text(worker.get(url(case, "meetings")))


def test_a_meeting_is_not_over_before_something_follows(cast: Cast, case: Case, worker: Client) -> None:
    meeting = called(case, worker)
    refused = write(worker, case, meeting, close="1")
    assert "Mødet er ikke slut, før der følger noget" in text(refused)
    assert "Vi talte om frikvartererne." in plain(refused)
    assert not Meeting.objects.exclude(held_at=None).exists()
    agreement = {"deed": "talk", "text": "Tal med barnet om frikvarteret", "due_on": "2026-03-25"}
    assert write(worker, case, meeting, **agreement).status_code == 303  # type: ignore[attr-defined]
    action = AgreedAction.objects.get()
    assert (action.meeting, action.case, action.due_on) == (meeting, case, date(2026, 3, 25))
    assert write(worker, case, meeting, close="1").status_code == 303  # type: ignore[attr-defined]
    meeting.refresh_from_db()
    assert meeting.held_at == MORNING
    read = text(worker.get(url(case, "meeting", meeting.uuid)))
    assert "Tal med barnet om frikvarteret" in read
    late = {"key": str(uuid4()), "row": str(meeting.uuid), "seen": "x", "turn": 0}
    late |= {"responsible": cast.social_worker.pk}
    answer = worker.post(
        url(case, "meetings-write", "minutes"), {**late, **SAID, "minutes": "Rettet bagefter"}
    )
    assert answer.status_code == 409
    assert "Rettet bagefter" in plain(answer)


def test_two_who_write_the_minutes_at_once_lose_nothing(cast: Cast, case: Case, worker: Client) -> None:
    meeting = called(case, worker)
    page, address = url(case, "meeting", meeting.uuid), url(case, "meetings-write", "minutes")
    leader = signed_in(cast.leader)
    before = {"row": str(meeting.uuid), "seen": meetings.version(meeting), "turn": 0}
    assert worker.get(page).status_code == 200
    mine = {**before, **SAID, "key": str(uuid4()), "responsible": cast.leader.pk, "minutes": "Lederens ord"}
    assert leader.post(address, mine).status_code == 303
    theirs = {**mine, "key": str(uuid4()), "minutes": "Rådgiverens ord"}
    answer = worker.post(address, theirs)
    assert answer.status_code == 409
    assert "Lederens ord" in text(answer)
    assert "Rådgiverens ord" in plain(answer)
    assert Meeting.objects.get().minutes == "Lederens ord"


def test_the_agenda_is_drawn_from_the_case_and_holds_only_what_its_readers_may_know(
    cast: Cast, case: Case, worker: Client
) -> None:
    scope = scope_of(cast.social_worker.pk, MORNING)
    goals.aim(case, scope, MORNING, key=uuid4(), text="Tre dage om ugen", due_on=date(2026, 4, 1))
    for domain, said in ((Domain.SOCIAL, "Kun for forvaltningen"), (Domain.SCHOOL, "For alle")):
        agreed.agree(
            scope,
            MORNING,
            pupil_id=case.pupil_id,
            deed=Deed.VISIT,
            responsible_id=cast.social_worker.pk,
            due_on=DAY + timedelta(days=7),
            key=uuid4(),
            text=said,
            domain=domain,
            case=case,
        )
    school, social = called(case, worker), called(case, worker, domain="social", place="Rådhuset")
    read = text(worker.get(url(case, "meeting", school.uuid)))
    assert "Tre dage om ugen" in read
    assert "For alle" in read
    assert "Frikvartererne" in read
    assert "Kun for forvaltningen" not in read.split("Næste skridt")[0] + read.split("Dagsorden")[1]
    assert "Kun for forvaltningen" in text(worker.get(url(case, "meeting", social.uuid)))
    leader = signed_in(cast.leader)
    assert leader.get(url(case, "meeting", social.uuid)).status_code == 404
    assert leader.get(url(case, "meeting-ics", social.uuid)).status_code == 404
    assert "Rådhuset" not in text(leader.get(url(case, "meetings")))
    paper = worker.get(url(case, "meeting-agenda", school.uuid))
    assert (paper.headers["Content-Type"], paper.content[:4]) == ("application/pdf", b"%PDF")


def test_calling_a_meeting_asks_for_what_is_missing_and_keeps_what_was_typed(
    case: Case, worker: Client
) -> None:
    wrong = {**CALLED, "others": "", "starts": "15:00", "ends": "14:00"}
    answer = send(worker, url(case, "meetings"), url(case, "meetings-write", "call"), **wrong)
    assert answer.status_code == 422
    assert "Mødet slutter, før det begynder." in text(answer)
    assert "Vælg eller skriv mindst én deltager." in text(answer)
    assert "Frikvartererne" in plain(answer)


def test_a_case_knows_its_next_meeting(cast: Cast, case: Case) -> None:
    scope = scope_of(cast.leader.pk, MORNING)
    later, sooner = (
        meetings.call(
            case,
            scope,
            MORNING,
            key=uuid4(),
            kind=MeetingKind.TEAM,
            starts_at=factories.moment(day, 14),
            ends_at=factories.moment(day, 15),
            place="",
            participants=["Lars Toft"],
        )
        for day in (date(2026, 3, 20), date(2026, 3, 12))
    )
    assert meetings.next_of(case, scope) == sooner
    meetings.cancel(case, scope, MORNING, uuid=sooner.uuid)
    assert meetings.next_of(case, scope) == later
