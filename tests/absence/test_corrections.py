"""One pupil of a saved register: her mark set right at once, with a note beside it, and taken back."""

from __future__ import annotations

import re
from datetime import date, time
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.http import HttpResponse
from django.urls import reverse

from fravaer.absence import alignment, explaining, saying, standing
from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.models import Absence, Explanation, Register, RegisterEvent
from fravaer.absence.pages.corrections import HEADER
from fravaer.absence.reasons import Mark, Source
from fravaer.accounts.models import User
from fravaer.accounts.roles import Role
from fravaer.audit.models import Event
from fravaer.schools.models import Pupil
from tests import factories
from tests.absence.conftest import form, save, url
from tests.absence.test_register_day import completed, page, post
from tests.cast import DAY, MORNING, Cast, signed_in, statements

START = Checkpoint.START
IN_ROW = {f"HTTP_{HEADER.upper().replace('-', '_')}": "yes"}


def one(
    cast: Cast,
    user: User,
    pupil: Pupil,
    letter: str,
    *,
    version: int = 1,
    at: str = "",
    note: str = "",
    day: date = DAY,
    key: UUID | None = None,
    in_row: bool = True,
    **fields: Any,
) -> HttpResponse:
    """What a page that is open posts about one pupil; without `in_row` what a plain form posts."""
    sent = {"version": version, "key": str(key or uuid4()), f"m-{pupil.uuid}": letter} | fields
    sent |= {f"t-{pupil.uuid}": at} if at else {}
    sent |= {f"n-{pupil.uuid}": note} if note else {}
    address = reverse("absence:row", args=[cast.class_7b.pk, day, START])
    answer = signed_in(user).post(address, sent, **(IN_ROW if in_row else {}))  # type: ignore[arg-type]
    assert isinstance(answer, HttpResponse)
    return answer


def marks(cast: Cast) -> dict[int, Mark]:
    return dict(standing.state(cast.class_7b.pk, DAY, START).marks)


def said(answer: HttpResponse) -> str:
    text = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return re.sub(r"\s+", " ", text).strip()


@pytest.fixture
def saved(cast: Cast) -> Cast:
    """7.B is saved by Mette: Aksel is not here."""
    post(cast, cast.mette, {cast.pupils[0]: "I"})
    return cast


def test_a_correction_is_saved_at_once_and_says_so_in_the_row(saved: Cast) -> None:
    freja = saved.pupils[1]
    answer = one(saved, saved.mette, freja, "S")
    assert answer.status_code == 200
    assert "Freja: ændret til Syg. Fortryd Freja" in said(answer)
    assert "Registreret kl. 8.00 af Mette Kjær. 3 her, 2 ikke her." in said(answer)
    assert 'data-version="2"' in answer.content.decode()
    register = Register.objects.get()
    assert (register.version, register.illness, register.pending) == (2, 1, 1)
    event = RegisterEvent.objects.get(version=2)
    assert (event.pupils, event.before, event.after) == ([freja.pk], [Mark.HERE], [Mark.ILL])
    word = Explanation.objects.get(pupil=freja)
    assert (word.mark, word.source, word.user_id) == (Mark.ILL, Source.TEACHER, saved.mette.pk)
    trail = Event.objects.filter(action="register.correct").get()
    assert trail.pupil_ids == [freja.pk]
    assert alignment.wrong_months() == alignment.align() == 0


def test_a_retry_of_a_correction_gets_the_same_answer_and_writes_nothing(saved: Cast) -> None:
    freja, key = saved.pupils[1], uuid4()
    first = one(saved, saved.mette, freja, "S", key=key)
    # Another corrects her meanwhile; the retry of the old correction must not undo that.
    one(saved, saved.leader, freja, "F", version=2)
    again = one(saved, saved.mette, freja, "S", key=key)
    assert (first.status_code, again.status_code) == (200, 200)
    assert "Freja: ændret til Syg." in said(again)
    assert marks(saved)[freja.pk] is Mark.LEAVE


def test_what_others_changed_of_other_pupils_is_in_nobodys_way(saved: Cast) -> None:
    freja, noah = saved.pupils[1:3]
    one(saved, saved.leader, freja, "F", version=1)
    answer = one(saved, saved.mette, noah, "S", version=1)
    assert answer.status_code == 200
    assert 'data-before="2"' in answer.content.decode()
    assert (marks(saved)[freja.pk], marks(saved)[noah.pk]) == (Mark.LEAVE, Mark.ILL)


def test_what_somebody_changed_of_the_same_pupil_is_told_and_not_overwritten(saved: Cast) -> None:
    freja = saved.pupils[1]
    one(saved, saved.leader, freja, "F", version=1)
    answer = one(saved, saved.mette, freja, "S", version=1)
    assert answer.status_code == 409
    words = said(answer)
    assert "Lars Toft har sat Freja til Fri kl. 8.00. Dit valg, Syg, er ikke gemt." in words
    assert "Gem Syg" in words
    assert "Behold Fri" in words
    assert marks(saved)[freja.pk] is Mark.LEAVE
    assert one(saved, saved.mette, freja, "S", version=2).status_code == 200, "having seen it, she decides"
    assert marks(saved)[freja.pk] is Mark.ILL


def test_without_a_script_a_correction_gets_the_receipt_or_the_page_of_two_registers(saved: Cast) -> None:
    freja, noah = saved.pupils[1:3]
    answer = one(saved, saved.mette, freja, "S", in_row=False)
    assert answer.status_code == 303
    assert "Freja: ændret til Syg." in signed_in(saved.mette).get(answer["Location"]).content.decode()
    one(saved, saved.leader, noah, "F", version=2)
    differs = one(saved, saved.mette, noah, "I", version=2, in_row=False)
    text = differs.content.decode()
    assert differs.status_code == 409
    assert text.count("<fieldset") == 1
    assert f'name="m-{freja.uuid}" value="S"' in text, "what stands of all others goes with it"
    unreadable = one(saved, saved.mette, noah, "K", version=3, at="kvart", in_row=False)
    assert unreadable.status_code == 422
    assert "Skriv, hvornår Noah Lund kom, som 9.10" in unreadable.content.decode()


def test_the_time_she_came_is_saved_with_the_correction_and_taken_back_with_it(saved: Cast) -> None:
    noah = saved.pupils[2]
    one(saved, saved.mette, noah, "K", at="08:40")
    answer = one(saved, saved.mette, noah, "K", version=2, at="08:45")
    assert "Noah: ændret til Kommer senere kl. 8.45." in said(answer)
    key = re.search(r'data-key="([^"]+)"', answer.content.decode())
    assert key
    address = reverse("absence:undo", args=[saved.class_7b.pk, DAY, START])
    undone = signed_in(saved.mette).post(address, {"key": key[1]}, **IN_ROW)  # type: ignore[arg-type]
    assert "Noah: ændret til Kommer senere kl. 8.40." in said(undone)  # type: ignore[arg-type]
    assert standing.state(saved.class_7b.pk, DAY, START).arrivals == {noah.pk: time(8, 40)}


@pytest.mark.parametrize(
    ("user", "day", "because", "words"),
    [
        ("mette", date(2026, 3, 2), "", "Registreringen er låst efter 5 skoledage."),
        ("secretary", date(2025, 12, 2), "", "Skolen har afsluttet registreringen"),
        ("leader", date(2025, 12, 2), "", "Skriv, hvorfor registreringen ændres nu."),
        ("mette", date(2026, 3, 7), "", "Der er ikke skole den dag."),
    ],
    ids=["too long ago", "completed", "without a reason", "a Saturday"],
)
def test_a_day_that_may_not_be_changed_says_why_and_takes_nothing(
    cast: Cast, user: str, day: date, because: str, words: str
) -> None:
    if day.weekday() < 5:
        post(cast, cast.secretary, day=day)
    completed(cast)
    answer = one(cast, getattr(cast, user), cast.pupils[0], "S", day=day, because=because)
    assert answer.status_code == 422
    assert words in said(answer)
    assert not Absence.objects.exists()


def test_a_completed_day_is_corrected_by_the_leader_who_says_why(cast: Cast) -> None:
    day = date(2025, 12, 2)
    post(cast, cast.secretary, day=day)
    completed(cast)
    assert one(cast, cast.leader, cast.pupils[0], "S", day=day, because="Lægeerklæring").status_code == 200
    assert RegisterEvent.objects.get(version=2).because == "Lægeerklæring"


def test_a_register_nobody_has_saved_is_not_corrected_pupil_by_pupil(cast: Cast) -> None:
    answer = one(cast, cast.mette, cast.pupils[0], "S")
    assert answer.status_code == 422
    assert "Registreringen er ikke gemt endnu." in said(answer)
    assert not Register.objects.exists()


def test_a_pupil_who_left_meanwhile_is_not_corrected(saved: Cast) -> None:
    orn = saved.pupils[4]
    orn.enrolments.update(until=DAY)
    factories.enrol([orn], saved.class_2a, since=DAY)
    answer = one(saved, saved.mette, orn, "I")
    assert answer.status_code == 422
    assert "Ørn har forladt klassen imens. Intet er gemt." in said(answer)
    assert Register.objects.get().version == 1


def test_a_tampered_correction_is_refused(saved: Cast) -> None:
    aksel, freja = saved.pupils[:2]
    assert one(saved, saved.mette, saved.others[0], "I").status_code == 400
    assert one(saved, saved.mette, aksel, "X").status_code == 400
    assert one(saved, saved.mette, aksel, "U").status_code == 403
    two: dict[str, Any] = {f"m-{freja.uuid}": "I"}
    assert one(saved, saved.mette, aksel, "S", **two).status_code == 400
    assert one(saved, saved.mette, aksel, "S", key="x").status_code == 400  # type: ignore[arg-type]
    assert Register.objects.get().version == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("size", [5, 30])
def test_a_correction_costs_the_same_in_every_class(cast: Cast, size: int) -> None:
    pupils = factories.pupils(size, in_class=cast.class_2a)
    client = signed_in(cast.leader)
    save(client, cast.class_2a, DAY, dict.fromkeys(pupils, "I"))
    address = reverse("absence:row", args=[cast.class_2a.pk, DAY, START])
    sent = {
        "version": 1,
        "key": str(uuid4()),
        f"m-{pupils[0].uuid}": "S",
        f"n-{pupils[0].uuid}": "Ringer kl. 10",
    }
    with statements() as asked:
        assert client.post(address, sent, **IN_ROW).status_code == 200  # type: ignore[arg-type]
    assert len(asked) <= 12, asked
    with statements() as shown:
        client.get(reverse("absence:register", args=[cast.class_2a.pk, DAY, START]))
    assert len(shown) <= 9, shown


def test_a_note_is_kept_with_the_save_and_shown_to_those_it_is_for(cast: Cast) -> None:
    aksel, freja = cast.pupils[:2]
    written: dict[str, Any] = {
        f"n-{aksel.uuid}": " Ringer  kl. 10 ",
        f"n-{freja.uuid}": "Kommer torsdag",
        f"n-{cast.pupils[2].uuid}": "Er her",
    }
    post(cast, cast.mette, {aksel: "I", freja: "S"}, **written)
    notes = Explanation.objects.order_by("pupil_id")
    assert [(one.pupil_id, one.mark, one.note, one.user_id) for one in notes] == [
        (aksel.pk, Mark.ABSENT, "Ringer kl. 10", cast.mette.pk),
        (freja.pk, Mark.ILL, "Kommer torsdag", cast.mette.pk),
    ]
    assert "Ringer kl. 10" in signed_in(cast.secretary).get("/sms/unexplained/").content.decode()
    history = signed_in(cast.secretary).get(reverse("absence:history", args=[aksel.uuid])).content.decode()
    assert "Ringer kl. 10" in history
    history = signed_in(cast.secretary).get(reverse("absence:history", args=[freja.uuid])).content.decode()
    assert "med en bemærkning" in history, "what is said of a reason is not the office's to read"
    assert "Kommer torsdag" not in history
    assert "Ringer kl. 10" in page(cast, cast.mette)
    other = factories.user("Vera Vikar", email="vera@fjordby.invalid")
    factories.grant(other, Role.SUBSTITUTE, cast.class_7b)
    assert "Ringer kl. 10" not in page(cast, other)


def test_a_note_alone_changes_no_mark_and_no_ones_word(saved: Cast) -> None:
    aksel = saved.pupils[0]
    explaining.explain(
        pupil_id=aksel.pk, school_class_id=saved.class_7b.pk, school_id=saved.school.pk, day=DAY, mark=Mark.ILL,
        source=Source.GUARDIAN_PHONE, user_id=saved.secretary.pk, role="secretary", now=MORNING, key=uuid4(),
    )  # fmt: skip
    key = uuid4()
    for _again in range(2):
        answer = one(saved, saved.mette, aksel, "S", version=2, note="Har sine bøger med", key=key)
        assert answer.status_code == 200
        assert "Aksel: noten er gemt." in said(answer)
    assert Register.objects.get().version == 2
    standing_word = explaining.latest([(aksel.pk, DAY)])[aksel.pk, DAY, START]
    assert (standing_word.source, standing_word.note) == (Source.GUARDIAN_PHONE, "Har sine bøger med")
    assert Explanation.objects.filter(note__written=True).count() == 1


def test_a_note_on_the_whole_form_of_a_saved_register_is_kept_though_no_mark_changes(saved: Cast) -> None:
    aksel = saved.pupils[0]
    client, sent = signed_in(saved.mette), form(dict.fromkeys(saved.pupils, "T") | {aksel: "I"}, version=1)
    answer = client.post(url(saved.class_7b, DAY), sent | {f"n-{aksel.uuid}": "Ringer kl. 10"}, follow=True)
    assert "Noten er gemt." in answer.content.decode()
    assert saying.notes([aksel.pk], [DAY])[aksel.pk, DAY, START].text == "Ringer kl. 10"
    assert Register.objects.get().version == 1


def test_a_note_of_ten_thousand_characters_is_refused_with_every_entry_kept(saved: Cast) -> None:
    aksel, freja = saved.pupils[:2]
    long = "å" * 10_000
    answer = one(saved, saved.mette, aksel, "I", note=long)
    assert answer.status_code == 422
    assert "Noten om Aksel er længere end 500 tegn. Skriv den kortere." in said(answer)
    written: dict[str, Any] = {f"n-{aksel.uuid}": long}
    whole = post(saved, saved.mette, {aksel: "I", freja: "S"}, version=1, **written)
    text = whole.content.decode()
    assert whole.status_code == 422
    assert "Noten om Aksel er længere end 500 tegn. Skriv den kortere." in text
    assert f'value="{long}"' in text
    assert re.search(rf'name="m-{freja.uuid}"\s+value="S" checked', text)
    assert not Explanation.objects.exists()
    assert Register.objects.get().version == 1
