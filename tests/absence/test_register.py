"""The register page as teachers use it."""

from __future__ import annotations

import re
from datetime import date, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse

from fravaer.absence import alignment, percentage, standing, unexplained
from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.models import Absence, Register, RegisterEvent
from fravaer.absence.reasons import Mark
from fravaer.audit.models import Event
from fravaer.core.periods import Period
from fravaer.schools import schooldays
from fravaer.schools.models import Pupil
from tests import factories
from tests.absence.conftest import form, save, url
from tests.cast import DAY, Cast, signed_in, statements, without_tokens

ONE_DAY = Period(DAY, DAY + timedelta(days=1))


def everyone_here(cast: Cast) -> dict[Pupil, str]:
    return dict.fromkeys(cast.pupils, "T")


def test_the_page_shows_everyone_present_by_given_name_in_danish_order(cast: Cast) -> None:
    page = signed_in(cast.mette).get(url(cast.class_7b, DAY)).content.decode()
    places = [page.index(f">{pupil.given_name}</b>") for pupil in cast.pupils]
    assert places == sorted(places)
    assert page.count('value="T" checked') == 5
    assert "5 elever" in page


def test_a_teacher_takes_the_register_and_gets_a_receipt(cast: Cast) -> None:
    client = signed_in(cast.mette)
    answer = save(
        client, cast.class_7b, DAY, everyone_here(cast) | {cast.pupils[1]: "I", cast.pupils[2]: "S"}
    )
    assert answer.status_code == 303
    receipt = client.get(answer["Location"]).content.decode()
    assert "Registreret kl. 8.00 af Mette Kjær." in receipt
    assert "3 her, 2 ikke her." in receipt
    assert [one.pupil_id for one in unexplained.on(DAY)] == [cast.pupils[1].pk]


def test_a_register_with_nobody_absent_is_a_register_taken(cast: Cast) -> None:
    save(signed_in(cast.mette), cast.class_7b, DAY, everyone_here(cast))
    assert Register.objects.get().version == 1
    assert Absence.objects.count() == 0
    tally = percentage.tally(ONE_DAY, cast.pupils[0].pk)
    assert (tally.possible, tally.absent) == (1, 0)


def test_a_retry_of_the_same_save_gets_the_same_receipt_and_writes_nothing(cast: Cast) -> None:
    client, key = signed_in(cast.mette), uuid4()
    marks = everyone_here(cast) | {cast.pupils[0]: "I"}
    first = save(client, cast.class_7b, DAY, marks, key=key)
    # A colleague corrects meanwhile; the retry of the old save must not undo it.
    save(signed_in(cast.leader), cast.class_7b, DAY, everyone_here(cast), version=1)
    again = save(client, cast.class_7b, DAY, marks, key=key)
    assert (first.status_code, again.status_code) == (303, 303)
    assert Register.objects.get().version == 2
    assert Absence.objects.count() == 0


def test_a_changed_form_sent_again_with_the_same_key_is_not_taken_for_a_retry(cast: Cast) -> None:
    client, key = signed_in(cast.mette), uuid4()
    save(client, cast.class_7b, DAY, everyone_here(cast), key=key)
    answer = save(client, cast.class_7b, DAY, everyone_here(cast) | {cast.pupils[0]: "I"}, key=key)
    assert answer.status_code == 409
    assert Absence.objects.count() == 0


def test_a_stale_save_that_differs_gets_the_conflict_page_and_writes_nothing(cast: Cast) -> None:
    save(signed_in(cast.mette), cast.class_7b, DAY, everyone_here(cast) | {cast.pupils[0]: "I"})
    answer = save(signed_in(cast.leader), cast.class_7b, DAY, everyone_here(cast) | {cast.pupils[1]: "S"})
    page = answer.content.decode()  # type: ignore[attr-defined]
    assert answer.status_code == 409
    assert "Mette Kjær" in page
    assert page.count("<fieldset") == 2, "only the pupils that differ"
    assert " checked" not in page, "nothing is chosen beforehand"
    assert list(Absence.objects.values_list("pupil_id", "reason")) == [(cast.pupils[0].pk, Mark.ABSENT.value)]


def test_the_conflict_is_settled_by_choosing_for_each_pupil(cast: Cast) -> None:
    save(signed_in(cast.mette), cast.class_7b, DAY, everyone_here(cast) | {cast.pupils[0]: "I"})
    client = signed_in(cast.leader)
    save(client, cast.class_7b, DAY, everyone_here(cast) | {cast.pupils[1]: "S"})
    answer = save(
        client,
        cast.class_7b,
        DAY,
        everyone_here(cast) | {cast.pupils[0]: "I", cast.pupils[1]: "S"},
        version=1,
    )
    assert answer.status_code == 303
    assert Absence.objects.count() == 2


def test_a_choice_left_open_on_the_conflict_page_is_asked_for_again(cast: Cast) -> None:
    save(signed_in(cast.mette), cast.class_7b, DAY, everyone_here(cast) | {cast.pupils[0]: "I"})
    answer = save(
        signed_in(cast.leader), cast.class_7b, DAY, everyone_here(cast) | {cast.pupils[0]: ""}, version=1
    )
    assert answer.status_code == 422
    assert "Vælg Her eller Ikke her for Aksel Bro." in answer.content.decode()  # type: ignore[attr-defined]


def test_a_stale_save_that_agrees_is_told_that_there_are_no_differences(cast: Cast) -> None:
    marks = everyone_here(cast) | {cast.pupils[0]: "I"}
    save(signed_in(cast.mette), cast.class_7b, DAY, marks)
    client = signed_in(cast.leader)
    answer = save(client, cast.class_7b, DAY, marks)
    page = client.get(answer["Location"]).content.decode()
    assert "Der er ingen forskelle." in page
    assert "Mette Kjær" in page
    assert RegisterEvent.objects.count() == 1


def test_a_pupil_who_joined_meanwhile_is_asked_about_and_the_choices_stay(cast: Cast) -> None:
    marks = everyone_here(cast) | {cast.pupils[0]: "I"}
    factories.pupil("Villy Ny", in_class=cast.class_7b)
    answer = save(signed_in(cast.mette), cast.class_7b, DAY, marks)
    page = answer.content.decode()  # type: ignore[attr-defined]
    assert answer.status_code == 422
    assert "Klasselisten er ændret: Villy er kommet til. Kontrollér listen." in page
    assert re.search(rf'name="m-{cast.pupils[0].uuid}"\s+value="I" checked', page)
    assert not Register.objects.exists()


def test_a_pupil_who_left_meanwhile_is_skipped_and_said(cast: Cast) -> None:
    cast.pupils[4].enrolments.update(until=DAY)
    client = signed_in(cast.mette)
    answer = save(client, cast.class_7b, DAY, everyone_here(cast) | {cast.pupils[4]: "I"})
    assert "1 elev har forladt klassen" in client.get(answer["Location"]).content.decode()
    assert Absence.objects.count() == 0
    assert Register.objects.get().enrolled == 4


def test_the_register_of_a_past_day_shows_that_days_class(cast: Cast) -> None:
    yesterday = DAY - timedelta(days=1)
    cast.pupils[4].enrolments.update(until=DAY)
    client = signed_in(cast.mette)
    assert "Ørn" in client.get(url(cast.class_7b, yesterday)).content.decode()
    assert "Ørn" not in client.get(url(cast.class_7b, DAY)).content.decode()


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (DAY + timedelta(days=1), "Dagen ligger forude."),
        (DAY - timedelta(days=15), "låst efter 5 skoledage"),
        (date(2026, 3, 7), "Der er ikke skole den dag."),
    ],
    ids=["future", "long past", "a Saturday"],
)
def test_a_day_that_cannot_be_registered_says_why_and_takes_nothing(
    cast: Cast, day: date, words: str
) -> None:
    client = signed_in(cast.mette)
    assert words in client.get(url(cast.class_7b, day)).content.decode()
    assert save(client, cast.class_7b, day, everyone_here(cast)).status_code == 422
    assert not Register.objects.exists()


def test_a_closed_day_is_named(cast: Cast) -> None:
    factories.close(cast.year, [DAY], school=cast.school, reason="Pædagogisk dag")
    schooldays.draw(cast.year)
    page = signed_in(cast.mette).get(url(cast.class_7b, DAY)).content.decode()
    assert "Der er ikke skole den dag: Pædagogisk dag." in page


def test_another_class_is_the_same_as_one_that_does_not_exist(cast: Cast) -> None:
    client = signed_in(cast.mette)
    foreign = client.get(url(cast.other_class, DAY))
    nowhere = client.get(url(cast.other_class, DAY).replace(f"/{cast.other_class.pk}/", "/999999/"))
    assert foreign.status_code == nowhere.status_code == 404
    assert without_tokens(foreign.content) == without_tokens(nowhere.content)
    assert client.post(url(cast.other_class, DAY), form(dict.fromkeys(cast.others, "I"))).status_code == 404
    assert not Register.objects.exists()


@pytest.mark.parametrize(
    "tampered",
    [
        {"m-not-a-key": "T"},
        {"version": "x"},
        {"key": "x"},
        {"m-00000000-0000-4000-8000-000000000000": "T"},
    ],
    ids=str,
)
def test_a_form_that_has_been_tampered_with_is_refused_whole(cast: Cast, tampered: dict[str, str]) -> None:
    answer = signed_in(cast.mette).post(url(cast.class_7b, DAY), form(everyone_here(cast)) | tampered)
    assert answer.status_code == 400
    assert not Register.objects.exists()


def test_a_foreign_pupil_among_ones_own_refuses_the_form_whole(cast: Cast) -> None:
    answer = save(signed_in(cast.mette), cast.class_7b, DAY, everyone_here(cast) | {cast.others[0]: "I"})
    assert answer.status_code == 400
    assert not Register.objects.exists()


def test_a_social_worker_may_not_take_a_register_of_her_own_schools(cast: Cast) -> None:
    assert signed_in(cast.social_worker).get(url(cast.class_7b, DAY)).status_code == 403


def test_a_correction_moves_version_counts_and_history(cast: Cast) -> None:
    client = signed_in(cast.mette)
    save(client, cast.class_7b, DAY, everyone_here(cast) | {cast.pupils[0]: "I"})
    save(client, cast.class_7b, DAY, everyone_here(cast) | {cast.pupils[0]: "S"}, version=1)
    taken = Register.objects.get()
    assert (taken.version, taken.pending, taken.illness) == (2, 0, 1)
    events = list(RegisterEvent.objects.order_by("version").values_list("before", "after"))
    assert events == [([Mark.HERE], [Mark.ABSENT]), ([Mark.ABSENT], [Mark.ILL])]
    assert alignment.align() == 0
    assert alignment.wrong_months() == 0


def test_saving_again_without_a_change_writes_nothing(cast: Cast) -> None:
    client = signed_in(cast.mette)
    save(client, cast.class_7b, DAY, everyone_here(cast))
    save(client, cast.class_7b, DAY, everyone_here(cast), version=1)
    assert Register.objects.get().version == 1
    assert RegisterEvent.objects.count() == 1


def test_absent_in_the_morning_and_present_at_the_end_is_a_whole_day(cast: Cast) -> None:
    client = signed_in(cast.mette)
    save(client, cast.class_7b, DAY, everyone_here(cast) | {cast.pupils[0]: "I"})
    half = percentage.tally(ONE_DAY, cast.pupils[0].pk)
    save(client, cast.class_7b, DAY, everyone_here(cast) | {cast.pupils[1]: "S"}, checkpoint=Checkpoint.END)
    whole = percentage.tally(ONE_DAY, cast.pupils[0].pk)
    went_home = percentage.tally(ONE_DAY, cast.pupils[1].pk)
    assert (half.absent, half.possible) == (1, 1)
    assert (whole.absent, whole.possible) == (2, 2)
    assert (went_home.absent, went_home.possible) == (1, 2)
    assert alignment.wrong_months() == 0


def test_year_groups_up_to_six_have_no_register_at_the_end_of_the_day(cast: Cast) -> None:
    factories.pupils(["Ida Prøve"], in_class=cast.class_2a)
    page = signed_in(cast.leader).get(url(cast.class_2a, DAY, Checkpoint.END))
    assert "ikke noget fremmøde sidst på dagen" in page.content.decode()


def test_every_showing_and_saving_leaves_a_trail_without_names_or_reasons(cast: Cast) -> None:
    client = signed_in(cast.mette)
    client.get(url(cast.class_7b, DAY))
    save(client, cast.class_7b, DAY, everyone_here(cast) | {cast.pupils[0]: "S"})
    seen, saved = Event.objects.filter(actor_id=cast.mette.pk).order_by("pk")
    assert (seen.action, sorted(seen.pupil_ids)) == ("read", sorted(pupil.pk for pupil in cast.pupils))
    assert (saved.action, saved.pupil_ids) == ("register.take", [cast.pupils[0].pk])
    assert "Aksel" not in str(saved.__dict__)


def test_today_lists_ones_classes_and_leads_into_the_one_that_lacks_its_register(
    cast: Cast, clock: time_machine.Traveller
) -> None:
    client = signed_in(cast.mette)
    page = client.get(reverse("absence:today")).content.decode()
    assert "7.B" in page
    assert "Mangler" in page
    assert url(cast.class_7b, DAY) in page
    save(client, cast.class_7b, DAY, everyone_here(cast) | {cast.pupils[0]: "I"})
    page = client.get(reverse("absence:today")).content.decode()
    assert "Registreret kl. 8.00 · 4 af 5 her" in page
    assert "1 uafklaret" in page


@pytest.mark.parametrize(
    ("hour", "minute", "words"), [(7, 30, "Åbner kl. 7.45"), (8, 10, "Mangler"), (8, 16, "for sent")]
)
def test_today_knows_when_a_register_opens_and_is_late(
    cast: Cast, clock: time_machine.Traveller, hour: int, minute: int, words: str
) -> None:
    clock.move_to(factories.moment(DAY, hour, minute))
    assert words in signed_in(cast.mette).get(reverse("absence:today")).content.decode()


def test_a_save_after_the_limit_says_so(cast: Cast, clock: time_machine.Traveller) -> None:
    clock.move_to(factories.moment(DAY, 8, 31))
    client = signed_in(cast.mette)
    answer = save(client, cast.class_7b, DAY, everyone_here(cast))
    page = client.get(answer["Location"]).content.decode()
    assert "Registreret kl. 8.31" in page
    assert "efter kl. 8.15" in page


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("size", [5, 30])
def test_queries_do_not_grow_with_the_class(cast: Cast, size: int) -> None:
    pupils = factories.pupils(size, in_class=cast.class_2a)
    client = signed_in(cast.leader)
    client.get("/")
    with statements() as page:
        client.get(url(cast.class_2a, DAY))
    with statements() as saved:
        save(client, cast.class_2a, DAY, dict.fromkeys(pupils, "I"))
    save(client, cast.class_7b, DAY, everyone_here(cast))
    with statements() as saved_at_the_end:
        save(client, cast.class_7b, DAY, everyone_here(cast), checkpoint=Checkpoint.END)
    assert standing.state(cast.class_2a.pk, DAY, Checkpoint.START).absent == size
    assert len(page) <= 9, page
    assert len(saved) <= 12, saved
    assert len(saved_at_the_end) <= 12, saved_at_the_end
