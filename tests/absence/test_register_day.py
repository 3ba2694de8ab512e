"""What a register keeps beside here and not here, what was known before it, and how long it may be changed."""

from __future__ import annotations

import re
from datetime import date, time, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine
from django.http import HttpResponse
from django.urls import reverse

from fravaer.absence import alignment, percentage, standing
from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.models import (
    Absence,
    Arrangement,
    Closing,
    Discrepancy,
    Explanation,
    Known,
    Presence,
    Register,
    RegisterEvent,
)
from fravaer.absence.reasons import Mark, Source
from fravaer.accounts.models import User
from fravaer.core.periods import Period
from fravaer.schools.models import Pupil
from tests import factories
from tests.absence.conftest import form, url
from tests.cast import DAY, MORNING, Cast, signed_in, statements

START, END = Checkpoint.START, Checkpoint.END
ONE_DAY = Period(DAY, DAY + timedelta(days=1))


def post(
    cast: Cast,
    user: User,
    marks: dict[Pupil, str] | None = None,
    *,
    day: date = DAY,
    checkpoint: Checkpoint = START,
    version: int = 0,
    times: dict[Pupil, str] | None = None,
    **fields: Any,
) -> HttpResponse:
    sent = form(dict.fromkeys(cast.pupils, "T") | (marks or {}), version=version) | fields
    sent |= {f"t-{pupil.uuid}": at for pupil, at in (times or {}).items()}
    answer = signed_in(user).post(url(cast.class_7b, day, checkpoint), sent)
    assert isinstance(answer, HttpResponse)
    return answer


def page(cast: Cast, user: User, day: date = DAY, checkpoint: Checkpoint = START) -> str:
    return signed_in(user).get(url(cast.class_7b, day, checkpoint)).content.decode()


def chosen(text: str, pupil: Pupil) -> str:
    """The letter chosen for the pupil on the page, "" when none is."""
    found = re.search(rf'name="m-{pupil.uuid}"\s+value="(\w)"\s+checked', text)
    return found[1] if found else ""


def reported(cast: Cast, pupil: Pupil, kind: Known.Kind = Known.Kind.ILLNESS, **other: Any) -> Known:
    row = {
        "uuid": uuid4(),
        "pupil": pupil,
        "since": DAY,
        "until": DAY + timedelta(days=1),
        "kind": kind,
        "state": Known.State.STANDS,
        "source": Source.GUARDIAN_AULA,
        "entered_at": MORNING - timedelta(minutes=48),
        "entered_by": cast.secretary,
    }
    return Known.objects.create(**(row | other))


def completed(cast: Cast) -> Closing:
    return Closing.objects.create(
        uuid=uuid4(),
        school=cast.school,
        since=date(2025, 10, 1),
        until=date(2026, 1, 1),
        closed_at=MORNING,
        closed_by=cast.leader,
    )


@pytest.mark.parametrize(("written", "kept"), [("09:10", time(9, 10)), ("9.10", time(9, 10)), ("", None)])
def test_one_who_comes_later_is_here_and_the_time_is_kept(
    cast: Cast, written: str, kept: time | None
) -> None:
    noah = cast.pupils[2]
    assert post(cast, cast.mette, {noah: "K"}, times={noah: written}).status_code == 303
    assert list(Presence.objects.values_list("pupil_id", "kind", "arrived_at")) == [(noah.pk, 1, kept)]
    assert Absence.objects.count() == 0
    assert percentage.tally(ONE_DAY, noah.pk).absent == 0
    text = page(cast, cast.mette)
    assert chosen(text, noah) == "K"
    assert (f'value="{kept:%H:%M}"' in text) if kept else ("kl. 9" not in text)
    assert "5 her, 0 ikke her" in text


def test_one_who_is_out_with_the_school_counts_as_here(cast: Cast) -> None:
    freja = cast.pupils[1]
    answer = post(cast, cast.mette, {freja: "P"})
    assert "5 her, 0 ikke her." in signed_in(cast.mette).get(answer["Location"]).content.decode()
    assert chosen(page(cast, cast.mette), freja) == "P"
    assert percentage.tally(ONE_DAY, freja.pk).absent == 0
    assert alignment.wrong_months() == alignment.align() == 0


def test_an_absent_pupil_who_came_later_is_no_longer_absent_and_the_other_way_round(cast: Cast) -> None:
    noah = cast.pupils[2]
    post(cast, cast.mette, {noah: "I"})
    post(cast, cast.mette, {noah: "K"}, version=1, times={noah: "08:40"})
    assert (Absence.objects.count(), Presence.objects.count()) == (0, 1)
    post(cast, cast.mette, {noah: "K"}, version=2, times={noah: "08:45"})
    assert Presence.objects.get().arrived_at == time(8, 45), "another time is a correction"
    post(cast, cast.mette, {noah: "I"}, version=3)
    assert (Absence.objects.count(), Presence.objects.count()) == (1, 0)
    post(cast, cast.mette, {}, version=4)
    assert (Absence.objects.count(), Presence.objects.count()) == (0, 0)
    assert Register.objects.get().version == 5
    assert alignment.wrong_months() == alignment.align() == 0


def test_a_time_that_is_none_is_asked_for_again_and_nothing_is_written(cast: Cast) -> None:
    aksel, _freja, noah = cast.pupils[:3]
    answer = post(cast, cast.mette, {noah: "K", aksel: "S"}, times={noah: "kvart i"})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "Skriv, hvornår Noah Lund kom, som 9.10, eller lad feltet stå tomt." in text
    assert (chosen(text, noah), chosen(text, aksel)) == ("K", "S"), "the choices stay"
    assert not Register.objects.exists()


def test_the_time_of_one_who_is_here_or_absent_is_not_read(cast: Cast) -> None:
    aksel, freja = cast.pupils[:2]
    assert post(cast, cast.mette, {aksel: "I"}, times={aksel: "09:10", freja: "x"}).status_code == 303
    assert Presence.objects.count() == 0


def test_two_who_note_different_times_settle_it_between_them(cast: Cast) -> None:
    noah = cast.pupils[2]
    post(cast, cast.mette, {noah: "K"}, times={noah: "08:40"})
    answer = post(cast, cast.leader, {noah: "K"}, times={noah: "08:50"})
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "Kommer senere kl. 8.40" in text
    assert "Kommer senere kl. 8.50" in text
    assert Presence.objects.get().arrived_at == time(8, 40)


def test_the_end_of_the_day_is_filled_in_from_the_morning_and_saved_by_nobody_but_the_teacher(
    cast: Cast,
) -> None:
    aksel, freja, noah, zoe, _orn = cast.pupils
    post(cast, cast.mette, {aksel: "S", freja: "I", noah: "K", zoe: "K"}, times={zoe: "09:00"})
    text = page(cast, cast.mette, checkpoint=END)
    assert [chosen(text, one) for one in cast.pupils] == ["S", "I", "", "T", "T"]
    assert "I morges: Syg" in text
    assert "Kom Noah?" in text
    assert "Kom Zoë?" not in text, "she came at nine"
    assert not Register.objects.filter(checkpoint=END).exists()
    unanswered = post(cast, cast.mette, {aksel: "S", freja: "I", noah: ""}, checkpoint=END)
    assert unanswered.status_code == 422
    assert "Vælg Her eller Ikke her for Noah Lund." in unanswered.content.decode()
    assert post(cast, cast.mette, {aksel: "S", freja: "I"}, checkpoint=END).status_code == 303
    tally = percentage.tally(ONE_DAY, aksel.pk)
    assert (tally.illness, tally.possible) == (2, 2)


def test_what_is_known_stands_first_with_its_source_and_one_save_accepts_it(cast: Cast) -> None:
    aksel, freja, _noah, zoe, orn = cast.pupils
    reported(cast, orn)
    reported(cast, zoe, Known.Kind.LEAVE, source=Source.LEADER, until=date(2026, 3, 14))
    text = page(cast, cast.mette)
    assert "Kendt fravær (2)" in text
    assert "2 elever er allerede meldt fraværende." in text
    assert "Syg · En forælder, i Aula · kl. 7.12" in text
    assert "Fri · Skolelederen · til og med 13-03-2026" in text
    places = [text.index(f">{one.given_name}</b>") for one in (zoe, orn, aksel, freja)]
    assert places == sorted(places)
    assert (chosen(text, orn), chosen(text, zoe), chosen(text, aksel)) == ("S", "F", "T")
    assert "Gem – 3 her, 2 ikke her" in text
    post(cast, cast.mette, {orn: "S", zoe: "F"})
    words = Explanation.objects.order_by("pupil_id").values_list("pupil_id", "mark", "source", "user_id")
    assert list(words) == [
        (zoe.pk, Mark.LEAVE, Source.LEADER, cast.mette.pk),
        (orn.pk, Mark.ILL, Source.GUARDIAN_AULA, cast.mette.pk),
    ]
    assert Discrepancy.objects.count() == 0


def test_one_reported_ill_who_is_here_is_here_and_the_office_is_told(cast: Cast) -> None:
    orn = cast.pupils[4]
    reported(cast, orn)
    post(cast, cast.mette)
    assert Absence.objects.count() == 0
    found = Discrepancy.objects.get()
    assert (found.pupil_id, found.kind, found.settled_at) == (orn.pk, "here_despite_report", None)
    text = page(cast, cast.mette, checkpoint=END)
    assert chosen(text, orn) == "T", "who was there in the morning is not taken to be away"
    post(cast, cast.mette, {orn: "S"}, version=1)
    assert Discrepancy.objects.get().settled_at is not None, "the mark was an error, and is corrected"


def test_a_reported_pupil_does_not_make_the_page_ask_more(cast: Cast) -> None:
    reported(cast, cast.pupils[4])
    client = signed_in(cast.mette)
    client.get("/")
    with statements() as shown:
        client.get(url(cast.class_7b, DAY))
    with statements() as saved:
        client.post(url(cast.class_7b, DAY), form(dict.fromkeys(cast.pupils, "T")))
    assert len(shown) <= 9, shown
    assert len(saved) <= 12, saved


def test_a_teacher_goes_back_as_many_school_days_as_her_school_lets_her(cast: Cast) -> None:
    five_back, six_back = date(2026, 3, 3), date(2026, 3, 2)
    assert post(cast, cast.mette, day=five_back).status_code == 303
    refused = post(cast, cast.mette, day=six_back)
    assert refused.status_code == 422
    assert (
        "Registreringen er låst efter 5 skoledage. Bed kontoret om at rette den." in refused.content.decode()
    )
    assert not Register.objects.filter(day=six_back).exists()
    assert "låst efter 5 skoledage" in page(cast, cast.mette, day=six_back)
    assert post(cast, cast.secretary, day=six_back).status_code == 303
    Arrangement.objects.create(school=cast.school, days_back=6)
    assert post(cast, cast.mette, {cast.pupils[0]: "S"}, day=six_back, version=1).status_code == 303


def test_a_completed_day_is_changed_by_the_leader_alone_who_says_why(cast: Cast) -> None:
    day, aksel = date(2025, 12, 2), cast.pupils[0]
    post(cast, cast.secretary, day=day)
    completed(cast)
    for user in (cast.mette, cast.secretary):
        refused = post(cast, user, {aksel: "S"}, day=day, version=1)
        assert refused.status_code == 422
        assert "låst" in refused.content.decode() or "afsluttet" in refused.content.decode()
    assert "Hvorfor ændres registreringen nu?" in page(cast, cast.leader, day=day)
    silent = post(cast, cast.leader, {aksel: "S"}, day=day, version=1, because="  ")
    text = silent.content.decode()
    assert silent.status_code == 422
    assert "Skriv, hvorfor registreringen ændres nu." in text
    assert chosen(text, aksel) == "S", "the choice stays"
    assert Absence.objects.count() == 0
    answer = post(cast, cast.leader, {aksel: "S"}, day=day, version=1, because="Lægeerklæring fra december")
    assert answer.status_code == 303
    event = RegisterEvent.objects.get(version=2)
    assert (event.because, event.user_id) == ("Lægeerklæring fra december", cast.leader.pk)
    assert alignment.wrong_months() == alignment.align() == 0


def test_a_reason_of_ten_thousand_characters_is_refused_where_it_stands(cast: Cast) -> None:
    day, aksel = date(2025, 12, 2), cast.pupils[0]
    completed(cast)
    answer = post(cast, cast.leader, {aksel: "S"}, day=day, because="å" * 10_000)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "Begrundelsen er længere end 500 tegn. Skriv den kortere." in text
    assert chosen(text, aksel) == "S"
    assert not Register.objects.exists()


def test_a_period_completed_while_the_page_was_open_is_not_changed(cast: Cast) -> None:
    day = date(2025, 12, 2)
    assert "Gem" in page(cast, cast.secretary, day=day)
    completed(cast)
    assert post(cast, cast.secretary, day=day).status_code == 422
    assert not Register.objects.exists()


def test_a_leader_changes_a_completed_day_and_differs_from_another_without_losing_the_reason(
    cast: Cast,
) -> None:
    day, aksel = date(2025, 12, 2), cast.pupils[0]
    post(cast, cast.secretary, {aksel: "F"}, day=day)
    completed(cast)
    answer = post(cast, cast.leader, {aksel: "S"}, day=day, because="Fejl")
    assert answer.status_code == 409
    assert 'name="because" value="Fejl"' in answer.content.decode()


def test_a_past_day_shows_that_days_class_and_saves_it(cast: Cast) -> None:
    orn, yesterday = cast.pupils[4], DAY - timedelta(days=1)
    orn.enrolments.update(until=DAY)
    factories.enrol([orn], cast.class_2a, since=DAY)
    assert "Ørn" in page(cast, cast.mette, day=yesterday)
    assert post(cast, cast.mette, {orn: "I"}, day=yesterday).status_code == 303
    assert Absence.objects.get().school_class_id == cast.class_7b.pk
    assert "Ørn" not in page(cast, cast.mette)


def test_the_office_may_find_an_absence_unlawful_and_it_is_kept_who_did(cast: Cast) -> None:
    aksel = cast.pupils[0]
    assert f'id="p-{aksel.uuid}-U"' in page(cast, cast.secretary)
    assert post(cast, cast.leader, {aksel: "U"}).status_code == 303
    word = Explanation.objects.get()
    assert (word.mark, word.source, word.user_id) == (Mark.UNLAWFUL, Source.LEADER, cast.leader.pk)


def test_a_teacher_may_not_find_an_absence_unlawful_but_may_leave_it_so(cast: Cast) -> None:
    aksel, freja = cast.pupils[:2]
    assert f'id="p-{aksel.uuid}-U"' not in page(cast, cast.mette)
    assert post(cast, cast.mette, {aksel: "U"}).status_code == 403
    assert not Register.objects.exists()
    post(cast, cast.secretary, {aksel: "U"})
    assert chosen(page(cast, cast.mette), aksel) == "U"
    assert post(cast, cast.mette, {aksel: "U", freja: "I"}, version=1).status_code == 303
    assert post(cast, cast.mette, {aksel: "U", freja: "U"}, version=2).status_code == 403
    assert standing.state(cast.class_7b.pk, DAY, START).marks[freja.pk] is Mark.ABSENT


@pytest.mark.parametrize("letter", ["X", "TT", "t", "1", "\u0000"])
def test_a_mark_that_does_not_exist_is_refused_whole(cast: Cast, letter: str) -> None:
    assert post(cast, cast.mette, {cast.pupils[0]: letter}).status_code == 400
    assert not Register.objects.exists()


def test_the_time_of_a_foreign_pupil_is_refused_whole(cast: Cast) -> None:
    assert post(cast, cast.mette, times={cast.others[0]: "09:10"}).status_code == 400
    assert not Register.objects.exists()


def test_a_version_or_key_of_another_register_is_refused_or_settled(
    cast: Cast, clock: time_machine.Traveller
) -> None:
    key = uuid4()
    post(cast, cast.mette, key=str(key))
    assert post(cast, cast.mette, checkpoint=END, key=str(key)).status_code in (400, 409)
    assert not Register.objects.filter(checkpoint=END).exists()
    assert post(cast, cast.mette, {cast.pupils[0]: "I"}, version=99).status_code == 409
    assert Absence.objects.count() == 0
    assert reverse("absence:register", args=[cast.class_7b.pk, DAY, START]) == url(cast.class_7b, DAY)


def undo(cast: Cast, user: User, key: UUID | str) -> HttpResponse:
    answer = signed_in(user).post(
        reverse("absence:undo", args=[cast.class_7b.pk, DAY, START]), {"key": str(key)}
    )
    assert isinstance(answer, HttpResponse)
    return answer


def test_a_correction_is_said_on_the_receipt_and_taken_back_by_one_click(cast: Cast) -> None:
    aksel, client = cast.pupils[0], signed_in(cast.mette)
    first = post(cast, cast.mette, {aksel: "I"})
    assert "Fortryd" not in client.get(first["Location"]).content.decode()
    answer = post(cast, cast.mette, {aksel: "S"}, version=1)
    text = client.get(answer["Location"]).content.decode()
    assert "Aksel: ændret til Syg." in text
    key = re.search(r'name="key" value="([^"]+)"', text)
    assert key is not None
    assert undo(cast, cast.mette, key[1]).status_code == 303
    assert standing.state(cast.class_7b.pk, DAY, START).marks[aksel.pk] is Mark.ABSENT
    assert "Aksel: ændret til Ikke her." in client.get(answer["Location"]).content.decode()
    assert undo(cast, cast.mette, key[1]).status_code == 303, "twice is once"
    assert Register.objects.get().version == 3
    assert [event.channel for event in RegisterEvent.objects.order_by("version")] == ["page", "page", "undo"]
    assert alignment.wrong_months() == alignment.align() == 0


def test_what_somebody_has_changed_since_is_not_taken_back(cast: Cast) -> None:
    aksel = cast.pupils[0]
    post(cast, cast.mette, {aksel: "I"})
    post(cast, cast.mette, {aksel: "S"}, version=1)
    key = RegisterEvent.objects.get(version=2).pk
    post(cast, cast.leader, {aksel: "F"}, version=2)
    assert undo(cast, cast.mette, key).status_code == 303
    assert standing.state(cast.class_7b.pk, DAY, START).marks[aksel.pk] is Mark.LEAVE
    client = signed_in(cast.leader)
    assert (
        client.post(reverse("absence:undo", args=[cast.class_7b.pk, DAY, START]), {"key": "x"}).status_code
        == 400
    )


@pytest.mark.parametrize("who", ["leader", "secretary"])
def test_nobody_takes_back_somebody_elses_correction(cast: Cast, who: str) -> None:
    aksel = cast.pupils[0]
    post(cast, cast.mette, {aksel: "I"})
    post(cast, cast.mette, {aksel: "S"}, version=1)
    receipt = reverse("absence:receipt", args=[cast.class_7b.pk, DAY, START])
    assert "Fortryd" not in signed_in(getattr(cast, who)).get(receipt).content.decode()
    assert undo(cast, getattr(cast, who), RegisterEvent.objects.get(version=2).pk).status_code == 400
    assert standing.state(cast.class_7b.pk, DAY, START).marks[aksel.pk] is Mark.ILL


def test_what_somebody_has_changed_of_others_since_does_not_keep_one_from_taking_back(cast: Cast) -> None:
    aksel, freja = cast.pupils[:2]
    post(cast, cast.mette, {aksel: "I"})
    post(cast, cast.mette, {aksel: "S"}, version=1)
    key = RegisterEvent.objects.get(version=2).pk
    post(cast, cast.leader, {aksel: "S", freja: "I"}, version=2)
    undo(cast, cast.mette, key)
    marks = standing.state(cast.class_7b.pk, DAY, START).marks
    assert (marks[aksel.pk], marks[freja.pk]) == (Mark.ABSENT, Mark.ABSENT)


def test_taking_back_brings_the_time_of_arrival_back(cast: Cast) -> None:
    noah = cast.pupils[2]
    post(cast, cast.mette, {noah: "K"}, times={noah: "08:40"})
    answer = post(cast, cast.mette, {noah: "I"}, version=1)
    assert "Fortryd" in signed_in(cast.mette).get(answer["Location"]).content.decode()
    assert undo(cast, cast.mette, RegisterEvent.objects.get(version=2).pk).status_code == 303
    assert standing.state(cast.class_7b.pk, DAY, START).arrivals == {noah.pk: time(8, 40)}
    post(cast, cast.mette, {noah: "K"}, version=3, times={noah: "08:45"})
    undo(cast, cast.mette, RegisterEvent.objects.get(version=4).pk)
    assert standing.state(cast.class_7b.pk, DAY, START).arrivals == {noah.pk: time(8, 40)}


def test_a_save_from_before_times_were_kept_with_it_is_not_offered_to_be_taken_back(cast: Cast) -> None:
    noah = cast.pupils[2]
    first = post(cast, cast.mette, {noah: "I"})
    old = RegisterEvent.objects.create(
        key=uuid4(), school_class=cast.class_7b, day=DAY, checkpoint=START, version=2, user=cast.mette,
        saved_at=MORNING, channel="page", pupils=[noah.pk], before=[Mark.LATE], after=[Mark.ABSENT], here=4,
        absent=1, digest=b"",
    )  # fmt: skip
    assert "Fortryd" not in signed_in(cast.mette).get(first["Location"]).content.decode()
    assert undo(cast, cast.mette, old.pk).status_code == 400
