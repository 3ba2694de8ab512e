"""The office's list of known absence, the entry in one line, leave decided by rank, contradictions mended by a click."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse

from fravaer.absence import arrangements, known
from fravaer.absence.models import Discrepancy, Known
from fravaer.absence.reasons import Reason
from fravaer.accounts.models import User
from fravaer.audit.models import Event
from fravaer.core.periods import Period
from tests import factories
from tests.absence.conftest import save
from tests.absence.test_known import ill, leave
from tests.cast import DAY, Cast, signed_in, statements

MONTH = Period(DAY - timedelta(days=30), DAY + timedelta(days=30))


def enter(user: User | Client, /, **typed: Any) -> HttpResponseBase:
    client = user if isinstance(user, Client) else signed_in(user)
    fields = {"key": str(uuid4()), "kind": "illness", "since": "10-03-2026", "source": "2"} | typed
    return client.post(reverse("absence:known-enter"), fields)


def page(who: User, name: str = "absence:known", *args: Any, **query: Any) -> str:
    return signed_in(who).get(reverse(name, args=args), query).content.decode()


def post(who: User, name: str, *args: Any, **fields: Any) -> HttpResponseBase:
    return signed_in(who).post(reverse(name, args=args), fields, follow=True)


def spells(cast: Cast) -> list[tuple[int, Period]]:
    pupils = [pupil.pk for pupil in [*cast.pupils, *cast.others]]
    return [(one.pupil_id, one.period) for one in known.between(pupils, MONTH)]


@pytest.mark.parametrize("words", ["Freja 7.B", "freja 7b", "7. b fre ho", "holm", "FREJA HOLM"])
def test_a_name_and_a_class_are_enough(cast: Cast, words: str) -> None:
    answer = enter(cast.secretary, who=words)
    assert answer.status_code == 303
    assert spells(cast) == [(cast.pupils[1].pk, Period(DAY, DAY + timedelta(days=1)))]


def test_the_receipt_says_which_school_days_it_covers_and_can_undo_it(cast: Cast) -> None:
    client = signed_in(cast.secretary)
    answer = enter(client, who="Freja", since="13-3", last="16.3.2026")
    receipt = client.get(answer["Location"]).content.decode()
    assert "Freja Holm" in receipt
    assert "2 skoledage: 13-03-2026 – 16-03-2026." in receipt
    [(_pupil, period)] = spells(cast)
    assert period.until == DAY + timedelta(days=7)
    uuid = UUID(answer["Location"].rpartition("=")[2])
    client.post(reverse("absence:known-withdraw", args=[uuid]))
    assert spells(cast) == []


def test_a_name_that_fits_several_asks_which_and_keeps_what_was_typed(cast: Cast) -> None:
    factories.pupil("Freja Juul", in_class=cast.class_2a)
    client = signed_in(cast.secretary)
    answer = enter(client, who="Freja", last="12-3-2026")
    assert answer.status_code == 422
    text = answer.content.decode()  # type: ignore[attr-defined]
    assert "Freja Juul" in text
    assert 'value="12-3-2026"' in text
    chosen = enter(client, who="Freja", last="12-3-2026", pupil=str(cast.pupils[1].uuid))
    assert chosen.status_code == 303
    assert [pupil for pupil, _period in spells(cast)] == [cast.pupils[1].pk]


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"who": "Nobody"}, "who"),
        ({"who": ""}, "who"),
        ({"who": "Freja", "since": "31-02-2026"}, "since"),
        ({"who": "Freja", "since": "i går"}, "since"),
        ({"who": "Freja", "since": ""}, "since"),
        ({"who": "Freja", "last": "09-03-2026"}, "last"),
        ({"who": "Freja", "last": "09-03-2036"}, "last"),
        ({"who": "Freja", "since": "14-03-2026"}, "since"),
        ({"who": "Freja", "source": "99"}, "source"),
        ({"who": "Freja", "text": "x" * 10_000}, "text"),
        ({"who": "x" * 10_000}, "who"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_written(
    cast: Cast, typed: dict[str, str], field: str
) -> None:
    answer = enter(cast.secretary, **typed)
    assert answer.status_code == 422
    assert f'href="#id_{field}"' in answer.content.decode()  # type: ignore[attr-defined]
    assert Known.objects.count() == 0


@pytest.mark.parametrize("typed", [{"key": "x"}, {"who": "Freja", "pupil": "x"}])
def test_a_tampered_form_is_refused(cast: Cast, typed: dict[str, str]) -> None:
    assert enter(cast.secretary, **{"who": "Freja"} | typed).status_code == 400
    assert Known.objects.count() == 0


def test_a_pupil_of_another_school_or_class_does_not_exist_here(cast: Cast) -> None:
    assert enter(cast.secretary, who="Alma Kruse").status_code == 422
    assert enter(cast.secretary, who="Alma", pupil=str(cast.others[0].uuid)).status_code == 422
    factories.pupil("Bo Juul", in_class=cast.class_2a)
    assert enter(cast.mette, who="Bo Juul").status_code == 422
    assert Known.objects.count() == 0


def test_the_search_offers_ones_own_pupils_and_leaves_a_trail(cast: Cast) -> None:
    client = signed_in(cast.secretary)
    found = client.post(reverse("absence:known-find"), {"who": "a"}).json()["pupils"]
    assert [one["name"] for one in found] == ["Aksel Bro", "Ørn Aagaard"]
    assert found[0]["class"] == "7.B"
    trail = Event.objects.filter(subject="known search").latest("at")
    assert sorted(trail.pupil_ids) == sorted([cast.pupils[0].pk, cast.pupils[4].pk])
    assert client.post(reverse("absence:known-find"), {"who": "Alma"}).json() == {"pupils": []}
    assert client.post(reverse("absence:known-find"), {"who": "  "}).json() == {"pupils": []}


def test_what_an_entry_covers_is_said_before_it_is_saved(cast: Cast) -> None:
    client = signed_in(cast.secretary)
    typed = {"pupil": str(cast.pupils[0].uuid), "since": "13-3", "last": "17-3"}
    says = client.post(reverse("absence:known-preview"), typed).json()["says"]
    assert says == "3 skoledage: 13-03-2026 – 17-03-2026."
    foreign = typed | {"pupil": str(cast.others[0].uuid)}
    assert client.post(reverse("absence:known-preview"), foreign).json()["says"] == ""


def test_the_list_shows_today_and_later_by_class_and_kind(cast: Cast) -> None:
    ill(cast, cast.pupils[0], DAY - timedelta(days=6), 2)
    ill(cast, cast.pupils[1])
    leave(cast, cast.pupils[2], DAY + timedelta(days=2))
    now = page(cast.secretary)
    assert ["Aksel" in now, "Freja" in now, "Noah" in now] == [False, True, True]
    assert "Afventer afgørelse" in now
    today = page(cast.secretary, when="today")
    assert ["Aksel" in today, "Freja" in today, "Noah" in today] == [False, True, False]
    assert "Aksel" in page(cast.secretary, when="over")
    only_leave = page(cast.secretary, kind="2")
    assert ["Freja" in only_leave, "Noah" in only_leave] == [False, True]
    assert "Freja" not in page(cast.secretary, school_class=cast.class_2a.pk)
    assert "Freja" in page(cast.secretary, q="holm")


def test_the_list_of_another_school_is_empty(cast: Cast) -> None:
    ill(cast, cast.pupils[1])
    assert "Freja" not in page(cast.stranger)
    uuid = Known.objects.get().uuid
    assert signed_in(cast.stranger).get(reverse("absence:known-one", args=[uuid])).status_code == 404
    assert post(cast.stranger, "absence:known-withdraw", uuid).status_code == 404


def test_the_list_takes_as_many_questions_for_many_as_for_few(cast: Cast) -> None:
    client = signed_in(cast.secretary)

    def asked() -> int:
        client.get(reverse("absence:known"))
        with statements() as sent:
            client.get(reverse("absence:known"))
        return len(sent)

    ill(cast, cast.pupils[0])
    few = asked()
    for pupil in factories.pupils(20, in_class=cast.class_2a):
        ill(cast, pupil)
    assert asked() == few


def test_the_end_is_moved_and_a_wrong_day_is_said_at_the_field(cast: Cast) -> None:
    uuid = ill(cast, cast.pupils[1]).uuid
    post(cast.secretary, "absence:known-end", uuid, last="12-3")
    assert spells(cast) == [(cast.pupils[1].pk, Period(DAY, DAY + timedelta(days=3)))]
    answer = post(cast.secretary, "absence:known-end", uuid, last="9-3")
    assert answer.status_code == 422
    assert spells(cast) == [(cast.pupils[1].pk, Period(DAY, DAY + timedelta(days=3)))]


def queue(who: User, **query: Any) -> str:
    return page(who, "absence:leave", **query)


def test_the_leader_sees_the_absence_so_far_and_grants_by_one_click_which_she_can_undo(cast: Cast) -> None:
    away, *here = cast.pupils
    save(signed_in(cast.mette), cast.class_7b, DAY, {away: "I"} | dict.fromkeys(here, "T"))
    uuid = leave(cast, away, DAY + timedelta(days=1), 3)
    text = queue(cast.leader)
    assert "100,0\N{NO-BREAK SPACE}% · ½ dag" in text
    assert "3 skoledage" in text
    answer = post(cast.leader, "absence:leave-grant", request=str(uuid))
    assert "Fritagelsen er bevilget." in answer.content.decode()  # type: ignore[attr-defined]
    assert spells(cast) == [(away.pk, Period(DAY + timedelta(days=1), DAY + timedelta(days=4)))]
    assert "Lars Toft" in queue(cast.leader, show="decided")
    post(cast.leader, "absence:known-undo", uuid)
    assert spells(cast) == []


def test_a_refusal_asks_for_its_reason(cast: Cast) -> None:
    uuid = leave(cast, cast.pupils[0])
    answer = post(cast.leader, "absence:leave-decide", uuid, decision="refuse", answer="")
    assert answer.status_code == 422
    post(cast.leader, "absence:leave-decide", uuid, decision="refuse", answer="Nationale test")
    assert "Nationale test" in page(cast.leader, "absence:known-one", uuid)


def test_a_teacher_decides_one_day_and_is_told_who_decides_more(cast: Cast) -> None:
    short, long = leave(cast, cast.pupils[0]), leave(cast, cast.pupils[1], DAY, 3)
    text = queue(cast.mette)
    assert str(short) in text
    assert "Lederen afgør" in text
    answer = post(cast.mette, "absence:leave-decide", long, decision="grant")
    assert answer.status_code == 422
    assert "op til 1 skoledag" in answer.content.decode()  # type: ignore[attr-defined]
    post(cast.mette, "absence:leave-grant", request=str(short))
    assert [pupil for pupil, _period in spells(cast)] == [cast.pupils[0].pk]


def test_the_office_decides_nothing_and_does_not_read_what_the_family_writes(cast: Cast) -> None:
    uuid = leave(cast, cast.pupils[0])
    assert post(cast.secretary, "absence:leave-grant", request=str(uuid)).status_code == 403
    assert "Familiefest" not in page(cast.secretary, "absence:known-one", uuid)
    assert "Familiefest" in page(cast.leader, "absence:known-one", uuid)


def test_who_may_not_change_granted_leave_has_no_button_for_it(cast: Cast) -> None:
    uuid = leave(cast, cast.pupils[0], DAY, 3)
    assert "Træk tilbage" in page(cast.secretary, "absence:known-one", uuid)
    post(cast.leader, "absence:leave-grant", request=str(uuid))
    buttons = ("Træk tilbage", "Fortryd afgørelsen", "Ret den sidste dag")
    for who in (cast.secretary, cast.mette):
        shown = page(who, "absence:known-one", uuid)
        assert not any(one in shown for one in buttons)
        assert "ændres af den, der har afgjort det, eller af skolelederen" in shown
    assert all(one in page(cast.leader, "absence:known-one", uuid) for one in buttons)
    refused = post(cast.secretary, "absence:known-withdraw", uuid)
    assert "lærer eller skolelederen" in refused.content.decode()  # type: ignore[attr-defined]
    assert len(spells(cast)) == 1


def test_the_office_leaves_a_contradiction_with_granted_leave_to_the_leader(cast: Cast) -> None:
    save(signed_in(cast.mette), cast.class_7b, DAY, dict.fromkeys(cast.pupils, "T"))
    post(cast.leader, "absence:leave-grant", request=str(leave(cast, cast.pupils[1])))
    found = Discrepancy.objects.get()
    button = f'name="end_report" value="{found.uuid}"'
    assert button not in page(cast.secretary, "absence:contradictions")
    assert button in page(cast.leader, "absence:contradictions")
    post(cast.secretary, "absence:contradiction-mend", end_report=str(found.uuid))
    assert len(spells(cast)) == 1
    post(cast.leader, "absence:contradiction-mend", end_report=str(found.uuid))
    assert spells(cast) == []


def test_an_activity_is_planned_for_several_classes_at_once(cast: Cast) -> None:
    fields: dict[str, Any] = {"key": str(uuid4()), "text": "Lejrskole", "since": "11-3", "last": "13-3"}
    classes = [cast.class_7b.pk, cast.class_2a.pk]
    answer = post(cast.secretary, "absence:activity", **fields, classes=classes)
    assert "Planlagt for 2 klasser." in answer.content.decode()  # type: ignore[attr-defined]
    post(cast.secretary, "absence:activity", **fields, classes=classes)
    assert Known.objects.count() == 2
    foreign = post(cast.secretary, "absence:activity", **fields, classes=[cast.other_class.pk])
    assert foreign.status_code == 422
    assert post(cast.secretary, "absence:activity", **fields | {"text": ""}).status_code == 422


def test_the_office_is_told_at_once_when_the_register_has_her_as_here(cast: Cast) -> None:
    client = signed_in(cast.secretary)
    save(signed_in(cast.mette), cast.class_7b, DAY, dict.fromkeys(cast.pupils, "T"))
    answer = enter(client, who="Freja")
    assert "at eleven er her" in client.get(answer["Location"]).content.decode()


def test_the_schools_own_word_goes_with_the_report_and_only_for_its_own_reason(cast: Cast) -> None:
    word = arrangements.add_reason(
        cast.school.pk, code="TAND", name="Tandlæge", reason=Reason.ILLNESS, valid_from=DAY, user_id=None
    )
    wrong = enter(cast.secretary, who="Freja", kind="leave", local_reason=str(word))
    assert wrong.status_code == 422
    assert enter(cast.secretary, who="Freja", local_reason=str(word)).status_code == 303
    assert known.on(cast.class_7b.pk, DAY)[cast.pupils[1].pk].local_reason_id == word
    assert "Tandlæge" in page(cast.secretary)


def contradiction(cast: Cast) -> Discrepancy:
    save(signed_in(cast.mette), cast.class_7b, DAY, dict.fromkeys(cast.pupils, "T"))
    ill(cast, cast.pupils[1])
    return Discrepancy.objects.get()


def test_a_contradiction_is_listed_and_mended_by_its_button(cast: Cast) -> None:
    found = contradiction(cast)
    text = page(cast.secretary, "absence:contradictions")
    assert "Freja" in text
    assert "Meldt fraværende – men er her" in text
    assert f'name="end_report" value="{found.uuid}"' in text
    post(cast.secretary, "absence:contradiction-mend", end_report=str(found.uuid))
    assert spells(cast) == []
    assert "Sanne Friis" in page(cast.secretary, "absence:contradictions", state="settled")
    again = post(cast.secretary, "absence:contradiction-mend", end_report=str(found.uuid))
    assert "allerede" in again.content.decode()  # type: ignore[attr-defined]


def test_what_was_kept_can_be_taken_up_again(cast: Cast) -> None:
    found = contradiction(cast)
    answer = post(cast.secretary, "absence:contradiction-mend", kept=str(found.uuid))
    assert "Begge dele er beholdt" in answer.content.decode()  # type: ignore[attr-defined]
    assert "Freja" not in page(cast.secretary, "absence:contradictions")
    post(cast.secretary, "absence:contradiction-reopen", found.uuid)
    assert "Freja" in page(cast.secretary, "absence:contradictions")


def test_contradictions_of_another_school_are_out_of_reach(cast: Cast) -> None:
    found = contradiction(cast)
    assert "Freja" not in page(cast.stranger, "absence:contradictions")
    assert post(cast.stranger, "absence:contradiction-mend", kept=str(found.uuid)).status_code == 404
    assert post(cast.secretary, "absence:contradiction-mend", nothing="x").status_code == 404


def test_every_page_of_known_absence_says_so_when_it_is_empty(cast: Cast) -> None:
    empty: Iterable[tuple[str, str]] = [
        ("absence:known", "Der er ikke meldt fravær for i dag eller senere."),
        ("absence:leave", "Ingen ansøgninger om fri venter."),
        ("absence:contradictions", "Der er ingen modsigelser."),
    ]
    for name, words in empty:
        assert words in page(cast.secretary, name)
