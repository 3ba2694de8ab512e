"""Acting on pupils over a line: one by one, several at once, and on paper."""

from __future__ import annotations

import re
import zlib
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from fravaer.accounts.roles import Role
from fravaer.audit.models import Event
from fravaer.cases import measures, sheets, worklist
from fravaer.cases.models import AgreedAction, Assignment, Concern, Contact, SavedFilter, Snooze
from fravaer.schools.models import Pupil
from tests import factories
from tests.cases import casework
from tests.cases.test_acted import agree, scope, waiting
from tests.cast import DAY, Cast, signed_in

pytestmark = pytest.mark.usefixtures("book")
BULK, SHEET, LIST = (reverse(f"cases:{name}") for name in ("bulk", "meeting-sheet", "worklist"))


def said(response: HttpResponse) -> str:
    return re.sub(r"\s+", " ", response.content.decode().replace("\N{NO-BREAK SPACE}", " "))


def act(client: Client, name: str, pupil: Pupil, **data: Any) -> HttpResponse:
    return client.post(reverse(f"cases:work-{name}", args=[pupil.uuid]), {"key": uuid4(), **data})  # type: ignore[return-value]


def together(client: Client, what: str, pupils: list[Pupil], **data: Any) -> HttpResponse:
    return client.post(  # type: ignore[return-value]
        BULK, {"what": what, "pupil": [str(one.uuid) for one in pupils], "key": uuid4(), **data}
    )


@pytest.fixture
def over(cast: Cast) -> Cast:
    """Everybody of the cast stands over a line."""
    for pupil in (*cast.pupils, *cast.others):
        casework.crossing_of(pupil)
    return cast


def test_a_pupils_page_shows_why_and_what_has_been_done_and_proposes_the_rules_deadline(over: Cast) -> None:
    aksel, client = over.pupils[0], signed_in(over.leader)
    address = reverse("cases:pupil", args=[aksel.uuid])
    html = said(client.get(address))  # type: ignore[arg-type]
    assert "12,3 % siden august" in html
    # Five school days from the tenth of March.
    assert 'value="2026-03-17"' in html
    assert (
        act(
            client,
            "agree",
            aksel,
            deed="call",
            responsible=over.leader.pk,
            due_on="2026-03-17",
            text="Ring mandag",
        ).status_code
        == 303
    )
    assert (
        act(client, "contact", aksel, kind="phone", held_on="2026-03-09", text="Talte med far").status_code
        == 303
    )
    assert act(client, "assign", aksel, user=over.social_worker.pk).status_code == 303
    html = said(client.get(address))  # type: ignore[arg-type]
    assert "Ring til hjemmet" in html
    assert "om 7 dage" in html
    assert "Talte med far" in html
    assert "Aftale lavet" in html
    assert Assignment.objects.get().user == over.social_worker
    done = reverse("cases:work-settle", args=[AgreedAction.objects.get().uuid])
    assert client.post(done, {"kept": "kept", "remark": "Far ringer selv"}).status_code == 303
    late = client.post(done, {"kept": "not_kept", "remark": "Ikke nået"})
    assert late.status_code == 409
    assert "Ikke nået" in late.content.decode()
    assert AgreedAction.objects.get().kept == "kept"
    assert "Aksel" in waiting(scope(over.leader))


def test_a_snooze_needs_a_reason_and_a_day_and_nothing_typed_is_lost(over: Cast) -> None:
    aksel, client = over.pupils[0], signed_in(over.leader)
    for wrong in (
        {"until": "2026-03-20"},
        {"reason": "other", "until": "2026-03-20"},
        {"reason": "bereavement"},
        {"reason": "bereavement", "until": "2026-03-10"},
        {"reason": "bereavement", "until": "2027-03-10"},
        {"reason": "other", "until": "2026-03-20", "text": "å" * 501},
    ):
        response = act(client, "snooze", aksel, **wrong)
        assert response.status_code == 422, wrong
        assert str(wrong.get("text", wrong.get("until", ""))) in response.content.decode()
    assert not Snooze.objects.exists()
    assert act(client, "snooze", aksel, reason="bereavement", until="2026-03-20").status_code == 303
    assert "Aksel" not in waiting(scope(over.leader))
    assert "Udsat til 20-03-2026" in said(client.get(LIST, {"view": "snoozed"}))  # type: ignore[arg-type]
    assert client.post(reverse("cases:work-wake", args=[aksel.uuid])).status_code == 303
    assert "Aksel" in waiting(scope(over.leader))
    assert client.post(reverse("cases:work-snooze", args=[aksel.uuid]), {"key": "x"}).status_code == 400


def test_several_are_assigned_spoken_of_and_followed_up_at_once_each_with_its_own_entry(over: Cast) -> None:
    client, three = signed_in(over.leader), over.pupils[:3]
    asked = client.get(BULK, {"what": "discussed", "pupil": [str(one.uuid) for one in three]})
    assert asked.status_code == 200
    assert all(one.family_name in said(asked) for one in three)  # type: ignore[arg-type]
    assert together(client, "assign", three, user=over.social_worker.pk).status_code == 303
    assert together(client, "discussed", three, held_on="2026-03-09", text="Drøftet").status_code == 303
    # Neither has acted.
    assert len(waiting(scope(over.leader))) == 5
    assert Assignment.objects.filter(user=over.social_worker, ended_at=None).count() == 3
    assert {(one.kind, one.text) for one in Contact.objects.all()} == {("team", "Drøftet")}
    for what in ("pupil.assign", "contact.note"):
        entries = Event.objects.filter(action=what).values_list("pupil_ids", flat=True)
        assert sorted(entries) == sorted([one.pk] for one in three)


def test_follow_ups_are_agreed_for_each_and_taken_back_together(over: Cast) -> None:
    client, three, key = signed_in(over.leader), over.pupils[:3], uuid4()
    sent = {"deed": "other", "responsible": over.leader.pk, "due_on": "2026-03-17", "key": key}
    response = together(client, "follow-up", three, **sent)
    assert response.status_code == 303
    assert f"undo={key}" in response.headers["Location"]
    assert together(client, "follow-up", three, **sent).status_code == 303
    assert AgreedAction.objects.count() == 3
    assert len(waiting(scope(over.leader))) == 2
    undo = reverse("cases:bulk-undo")
    assert signed_in(over.social_worker).post(undo, {"key": key}).status_code == 303
    assert AgreedAction.objects.filter(settled_at=None).count() == 3
    client.post(undo, {"key": key})
    assert set(AgreedAction.objects.values_list("kept", flat=True)) == {"cancelled"}
    assert len(waiting(scope(over.leader))) == 5


def test_one_foreign_pupil_among_ones_own_refuses_all_of_them(over: Cast) -> None:
    client, mixed = signed_in(over.leader), [over.pupils[0], over.others[0]]
    fields: dict[str, dict[str, Any]] = {
        "assign": {"user": over.leader.pk},
        "discussed": {"held_on": "2026-03-09"},
        "follow-up": {"deed": "call", "responsible": over.leader.pk, "due_on": "2026-03-17"},
    }
    for what, data in fields.items():
        assert together(client, what, mixed, **data).status_code == 404
    assert client.get(SHEET, {"pupil": [str(one.uuid) for one in mixed]}).status_code == 404
    assert together(client, "close", over.pupils[:1]).status_code == 404
    for model in (Assignment, Contact, AgreedAction):
        assert not model.objects.exists()
    # Whoever does not work at the school is not asked to act there.
    stranger = together(client, "assign", over.pupils[:2], user=over.stranger.pk)
    assert stranger.status_code == 422
    assert not Assignment.objects.exists()


def test_a_leader_of_social_workers_assigns_and_does_nothing_else(over: Cast) -> None:
    boss = factories.user("Birgit Boss")
    factories.grant(boss, Role.SOCIAL_LEADER, over.school)
    client = signed_in(boss)
    assert together(client, "assign", over.pupils[:2], user=over.social_worker.pk).status_code == 303
    assert together(client, "discussed", over.pupils[:2], held_on="2026-03-09").status_code == 403
    assert act(client, "snooze", over.pupils[0], reason="bereavement", until="2026-03-20").status_code == 403


def test_the_meeting_sheet_is_a_tagged_pdf_noted_for_each_pupil_and_without_names_if_one_likes(
    over: Cast,
) -> None:
    client, two = signed_in(over.leader), over.pupils[:2]
    chosen = {"pupil": [str(one.uuid) for one in two]}
    answers = [client.get(SHEET, chosen), client.get(SHEET, {**chosen, "initials": "1"})]
    for response in answers:
        assert response.status_code == 200
        assert response.headers["Content-Type"] == "application/pdf"
        assert "no-store" in response.headers["Cache-Control"]
        parts = re.findall(rb"FlateDecode.*?stream\r?\n(.*?)endstream", response.content, re.S)
        assert b"StructTreeRoot" in response.content + b"".join(zlib.decompress(part) for part in parts)
    assert answers[0].content != answers[1].content
    events = Event.objects.filter(subject="meeting-sheet")
    assert [event.pupil_ids for event in events] == [sorted(one.pk for one in two)] * 2


def test_the_sheet_says_what_is_agreed_and_never_that_there_is_a_measure(over: Cast) -> None:
    aksel = over.pupils[0]
    measures.load([measures.Measure(aksel.pk, date(2025, 9, 1))])
    agree(scope(over.leader), aksel)
    for user in (over.social_worker, over.leader):
        of = scope(user)
        rows = list(worklist.rows(of, DAY).filter(pupil=aksel))
        sheets_of = [
            sheets.of(rows, of, DAY, printed="10-03-2026 kl. 8.00", by=user.name, initials=initials)
            for initials in (False, True)
        ]
        assert [values["pupils"][0]["name"] for values in sheets_of] == ["Aksel Bro", "A. B."]
        assert sheets_of[0]["pupils"][0]["agreed"] == ["Ring til hjemmet, 17-03-2026 (om 7 dage)"]
        assert user.name in sheets_of[0]["foot"]
        assert "Aksel" not in str(sheets_of[1])
        assert "foranst" not in str(sheets_of).lower()


def test_a_list_is_kept_begun_with_and_shown_to_colleagues_of_the_same_role_and_school(over: Cast) -> None:
    client = signed_in(over.leader)
    keep = reverse("cases:keep")
    query = "view=mine&sort=-waiting&q=Aksel&evil=1"
    assert client.post(keep, {"name": "Mine børn", "query": query, "is_default": "on"}).status_code == 303
    kept = SavedFilter.objects.get()
    assert kept.query == "view=mine&sort=-waiting"
    begun = client.get(LIST)
    assert (begun.status_code, begun.headers["Location"]) == (302, f"{LIST}?view=mine&sort=-waiting")
    deputy = factories.user("Dorte Deputy")
    factories.grant(deputy, Role.LEADER, over.school)
    colleague = signed_in(deputy)
    assert "Mine børn" not in said(colleague.get(LIST))  # type: ignore[arg-type]
    client.post(keep, {"name": "Mine børn", "query": query, "shared": "on"})
    assert "Mine børn" in said(colleague.get(LIST))  # type: ignore[arg-type]
    for other in (over.stranger, over.social_worker):
        assert "Mine børn" not in said(signed_in(other).get(LIST))  # type: ignore[arg-type]
    forget = reverse("cases:forget", args=[kept.pk])
    assert colleague.post(forget).status_code == 404
    assert client.post(forget).status_code == 303
    assert not SavedFilter.objects.exists()


def test_the_views_hold_those_they_name(over: Cast) -> None:
    aksel, freja, noah, zoe, orn = over.pupils
    client = signed_in(over.leader)
    act(client, "agree", aksel, deed="call", responsible=over.leader.pk, due_on="2026-03-17")
    AgreedAction.objects.update(due_on=date(2026, 3, 9))
    act(client, "snooze", freja, reason="bereavement", until="2026-03-20")
    act(client, "assign", noah, user=over.leader.pk)
    act(client, "contact", zoe, kind="phone", held_on="2026-03-09")
    act(client, "contact", orn, kind="phone", held_on="2026-02-01")
    everybody = {"Aksel", "Freja", "Noah", "Zoë", "Ørn"}
    expected = {
        "nobody": {"Noah", "Zoë", "Ørn"},
        "mine": {"Aksel", "Noah"},
        "overdue": {"Aksel"},
        "high": set(),
        "middle": everybody,
        "unlawful": set(),
        "silent": everybody - {"Zoë"},
        "evaluation": set(),
        "snoozed": {"Freja"},
        "all": everybody,
    }
    of = scope(over.leader)
    for name, names in expected.items():
        rows = worklist.watched(worklist.rows(of, DAY), worklist.Watch(name), of, DAY, DAY)
        assert {row.pupil.given_name for row in rows} == names, name


def test_a_teachers_concern_is_answered_in_three_words_and_nothing_else(over: Cast) -> None:
    aksel, teacher, url = over.pupils[0], signed_in(over.mette), reverse("cases:concerns")
    sent = {"pupil": str(aksel.uuid), "text": "Aksel er ofte træt.", "key": uuid4()}
    assert teacher.post(url, {**sent, "pupil": str(over.others[0].uuid)}).status_code == 422
    empty = teacher.post(url, {**sent, "text": ""})
    assert empty.status_code == 422
    assert [teacher.post(url, sent).status_code for _again in range(2)] == [303, 303]
    concern = Concern.objects.get()
    assert "Ikke besvaret endnu" in said(teacher.get(url))  # type: ignore[arg-type]
    assert signed_in(over.social_worker).get(url).status_code == 403
    answer = reverse("cases:concern-answer", args=[concern.uuid])
    assert signed_in(over.stranger).post(answer, {"answer": "taken"}).status_code == 404
    leader = signed_in(over.leader)
    assert "Aksel er ofte træt." in said(leader.get(url))  # type: ignore[arg-type]
    assert leader.post(answer, {"answer": "et andet svar"}).status_code == 400
    assert leader.post(answer, {"answer": "taken"}).status_code == 303
    leader.post(answer, {"answer": "declined"})
    concern.refresh_from_db()
    assert concern.answer == "taken"
    casework.case_of(aksel)
    html = said(teacher.get(url))  # type: ignore[arg-type]
    assert "Du rejste den 10-03-2026. Besvaret 10-03-2026: Vi har taget den op." in html
    assert "Sag åben" not in html
    # A colleague who teaches the class too does not see whose worry it is.
    other = factories.user("Tea Teacher")
    factories.grant(other, Role.TEACHER, over.class_7b)
    assert "Aksel er ofte træt." not in said(signed_in(other).get(url))  # type: ignore[arg-type]
