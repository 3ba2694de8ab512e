"""What stands on a pupil's history, and for whom."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils.html import strip_tags

from fravaer.absence import register, standing
from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.models import Certificate, Explanation, Objection
from fravaer.absence.reasons import Mark, Source
from fravaer.accounts.models import User
from fravaer.accounts.scoping import scope_of
from fravaer.audit import trail
from fravaer.core.periods import Period
from fravaer.schools.models import CalendarDay, Pupil, SchoolClass
from tests import factories
from tests.cast import DAY, MORNING, Cast, signed_in, statements


def url(pupil: Pupil) -> str:
    return reverse("absence:history", args=[pupil.uuid])


def page(user: User, pupil: Pupil, query: str = "") -> str:
    response = signed_in(user).get(url(pupil) + query)
    assert response.status_code == 200
    return " ".join(strip_tags(response.content.decode()).split())


def save(
    school_class: SchoolClass,
    day: date,
    marks: dict[Pupil, Mark],
    *,
    checkpoint: Checkpoint = Checkpoint.START,
    by: User | None = None,
    minutes: int = 0,
) -> None:
    stands = standing.state(school_class.pk, day, checkpoint)
    user = by or User.objects.get(name="Lars Toft")
    register.take(
        school_class_id=school_class.pk,
        school_id=school_class.school_id,
        year_group=school_class.year_group,
        day=day,
        checkpoint=checkpoint,
        marks=dict.fromkeys(stands.marks, Mark.HERE) | {pupil.pk: mark for pupil, mark in marks.items()},
        seen_version=stands.version,
        key=uuid4(),
        user_id=user.pk,
        role=scope_of(user.pk, MORNING).role,
        now=factories.moment(day, 8) + timedelta(minutes=minutes),
    )


def ill(school_class: SchoolClass, pupil: Pupil, since: date, until: date) -> None:
    """Every school day of the class from `since` up to `until` the pupil is ill."""
    days = CalendarDay.objects.filter(
        calendar=school_class.calendar, is_school_day=True, day__gte=since, day__lt=until
    )
    for day in days.values_list("day", flat=True):
        save(school_class, day, {pupil: Mark.ILL})


@pytest.fixture
def aksel(cast: Cast) -> Pupil:
    return cast.pupils[0]


@pytest.fixture
def ida(cast: Cast) -> Pupil:
    """Of 2.A, where the morning decides the whole day."""
    [made] = factories.pupils(["Ida Ny"], in_class=cast.class_2a)
    return made


def test_a_day_shows_who_said_what_and_when_from_what_to_what(cast: Cast, aksel: Pupil) -> None:
    save(cast.class_7b, DAY, {aksel: Mark.ABSENT}, by=cast.mette)
    save(cast.class_7b, DAY, {aksel: Mark.ILL}, by=cast.secretary, minutes=25)
    text = page(cast.leader, aksel)
    assert "10-03-2026 kl. 8.25 Sanne Friis · Morgen: Ikke her →ændret til Syg (oplyst af: Kontoret)" in text
    assert "10-03-2026 kl. 8.00 Mette Kjær · Morgen: Ikke her" in text
    assert text.index("kl. 8.25 Sanne") < text.index("kl. 8.00 Mette")


def test_the_percentage_is_the_one_percentage_cut_with_its_coverage(cast: Cast, ida: Pupil) -> None:
    days = [date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4)]
    for day in days:
        save(cast.class_2a, day, {ida: Mark.ILL} if day == days[0] else {})
    text = page(cast.secretary, ida)
    # One of three days; 33.33 is cut.
    assert "33,3 %" in text
    assert "1 dag af 3 dage" in text


def test_an_explanation_shows_its_source_and_its_words_only_to_those_who_may_read_them(
    cast: Cast, aksel: Pupil
) -> None:
    save(cast.class_7b, DAY, {aksel: Mark.ILL}, by=cast.secretary)
    Explanation.objects.create(
        key=uuid4(),
        pupil=aksel,
        day=DAY,
        checkpoint=Checkpoint.START,
        mark=Mark.ILL,
        source=Source.GUARDIAN_PHONE,
        note="Indlagt til undersøgelse",
        user=cast.secretary,
        said_at=MORNING,
    )
    assert "oplyst af: En forælder, i telefonen" in page(cast.mette, aksel)
    assert "Indlagt" in page(cast.leader, aksel)
    assert "Indlagt" in page(cast.secretary, aksel)
    for reader in (cast.mette, cast.social_worker):
        assert "Indlagt" not in page(reader, aksel)


def test_a_reason_that_came_with_an_import_says_so(cast: Cast, aksel: Pupil) -> None:
    Explanation.objects.create(
        key=uuid4(), pupil=aksel, day=DAY, checkpoint=1, mark=Mark.ILL, source=Source.IMPORT, said_at=MORNING
    )  # fmt: skip
    assert "(overtaget fra et andet system)" in page(cast.secretary, aksel)


def test_days_without_anything_to_say_are_left_out_until_asked_for(cast: Cast, ida: Pupil) -> None:
    save(cast.class_2a, date(2026, 3, 2), {})
    save(cast.class_2a, date(2026, 3, 3), {ida: Mark.LEAVE})
    assert "tirsdag 3. marts 2026" in page(cast.leader, ida)
    assert "mandag 2. marts 2026" not in page(cast.leader, ida)
    assert "mandag 2. marts 2026" in page(cast.leader, ida, "?all=1")


def test_the_calendar_says_each_day_in_words_and_not_by_colour_alone(cast: Cast, aksel: Pupil) -> None:
    for checkpoint in Checkpoint:
        save(
            cast.class_7b,
            DAY,
            {aksel: Mark.HERE if checkpoint == Checkpoint.START else Mark.UNLAWFUL},
            checkpoint=checkpoint,
        )
    text = page(cast.leader, aksel)
    assert "10 ·/U Her / Ulovligt" in text
    assert "Ikke registreret" in text


def test_the_newest_month_and_day_come_first(cast: Cast, ida: Pupil) -> None:
    for day in (date(2026, 2, 3), date(2026, 3, 3), date(2026, 3, 4)):
        save(cast.class_2a, day, {ida: Mark.ILL})
    text = page(cast.leader, ida)
    places = [
        text.index(f"{words} Morgen")
        for words in ("onsdag 4. marts 2026 1 dag", "tirsdag 3. marts 2026 1 dag")
    ]
    assert places == sorted(places)
    assert places[1] < text.index("tirsdag 3. februar 2026 1 dag")


def test_another_schools_days_are_counted_and_not_shown(cast: Cast) -> None:
    moved = factories.pupil("Ida Flyt", in_class=cast.other_class, until=date(2026, 2, 2))
    factories.enrol([moved], cast.class_7b, since=date(2026, 2, 2))
    save(cast.other_class, date(2026, 1, 6), {moved: Mark.UNLAWFUL})
    text = page(cast.leader, moved)
    assert "6. januar 2026" not in text
    assert "på en anden skole" in text


def test_a_teacher_sees_the_present_school_year_alone(cast: Cast, aksel: Pupil) -> None:
    assert "2024/25" not in page(cast.mette, aksel, "?year=2024")


@pytest.mark.parametrize("year", ["1", "x", "99999", "²"])
def test_an_odd_year_in_the_address_is_the_present_one(cast: Cast, aksel: Pupil, year: str) -> None:
    assert "2025/26" in page(cast.leader, aksel, f"?year={year}")


def test_each_reading_leaves_a_trail(cast: Cast, aksel: Pupil) -> None:
    page(cast.social_worker, aksel)
    [reading] = trail.readers_of(aksel.pk)
    assert (reading.actor_id, reading.subject) == (cast.social_worker.pk, "history")


def test_the_page_asks_the_same_number_of_questions_however_much_there_is(cast: Cast, aksel: Pupil) -> None:
    client = signed_in(cast.leader)
    client.get(url(aksel))
    with statements() as few:
        client.get(url(aksel))
    for day in Period(date(2026, 3, 2), date(2026, 3, 7)).days():
        for minute, mark in enumerate((Mark.ABSENT, Mark.ILL, Mark.LEAVE)):
            save(cast.class_7b, day, {aksel: mark}, by=cast.mette, minutes=minute)
        Objection.objects.create(
            uuid=uuid4(),
            pupil=aksel,
            day=day,
            source=Source.GUARDIAN_AULA,
            text="Nej",
            entered_at=MORNING,
            entered_by=cast.mette,
        )
    with statements() as many:
        client.get(url(aksel) + "?all=1")
    assert len(many) == len(few)


class TestCertificates:
    def test_one_can_be_asked_for_after_more_than_two_weeks_of_illness(self, cast: Cast, ida: Pupil) -> None:
        ill(cast.class_2a, ida, date(2026, 2, 23), date(2026, 3, 10))
        assert "Bed om lægeerklæring" not in page(cast.mette, cast.pupils[0])
        assert "mere end to uger" in page(cast.leader, ida)
        client = signed_in(cast.leader)
        response = client.post(reverse("absence:certificate-ask", args=[ida.uuid]), {"due_on": "2026-03-20"})
        assert response.status_code == 303
        one = Certificate.objects.get()
        assert (one.since, one.due_on) == (date(2026, 2, 23), date(2026, 3, 20))
        assert "Ikke modtaget endnu" in page(cast.secretary, ida)

    def test_two_weeks_are_not_more_than_two_weeks(self, cast: Cast, ida: Pupil) -> None:
        ill(cast.class_2a, ida, date(2026, 2, 24), date(2026, 3, 10))
        assert "mere end to uger" not in page(cast.leader, ida)
        response = signed_in(cast.leader).post(reverse("absence:certificate-ask", args=[ida.uuid]))
        assert response.status_code == 422
        assert not Certificate.objects.exists()

    def test_a_day_here_breaks_the_illness(self, cast: Cast, ida: Pupil) -> None:
        ill(cast.class_2a, ida, date(2026, 2, 23), date(2026, 3, 10))
        save(cast.class_2a, date(2026, 3, 3), {ida: Mark.HERE})
        assert "mere end to uger" not in page(cast.leader, ida)

    def test_asking_twice_is_asking_once(self, cast: Cast, ida: Pupil) -> None:
        ill(cast.class_2a, ida, date(2026, 2, 23), date(2026, 3, 10))
        for user in (cast.leader, cast.secretary):
            signed_in(user).post(reverse("absence:certificate-ask", args=[ida.uuid]))
        assert Certificate.objects.count() == 1

    def test_a_day_gone_by_is_refused_at_its_field(self, cast: Cast, ida: Pupil) -> None:
        ill(cast.class_2a, ida, date(2026, 2, 23), date(2026, 3, 10))
        response = signed_in(cast.leader).post(
            reverse("absence:certificate-ask", args=[ida.uuid]), {"due_on": "2026-03-01"}
        )
        assert response.status_code == 422
        assert "Vælg en senere dag" in response.content.decode()
        assert not Certificate.objects.exists()

    def test_it_is_received_once(self, cast: Cast, ida: Pupil) -> None:
        ill(cast.class_2a, ida, date(2026, 2, 23), date(2026, 3, 10))
        client = signed_in(cast.leader)
        client.post(reverse("absence:certificate-ask", args=[ida.uuid]))
        place = reverse("absence:certificate", args=[ida.uuid, Certificate.objects.get().uuid])
        client.post(place)
        client.post(place, {"withdraw": "1"})
        one = Certificate.objects.get()
        assert one.received_by == cast.leader
        assert one.withdrawn_at is None
        assert "Modtaget 10-03-2026 af Lars Toft" in page(cast.leader, ida)


class TestObjections:
    def enter(self, user: User, pupil: Pupil, text: str = "Hun var til tandlæge.", **more: str) -> int:
        place = reverse("absence:objection", args=[pupil.uuid, DAY])
        form = {"key": str(uuid4()), "source": str(Source.GUARDIAN_AULA.value), "text": text} | more
        return signed_in(user).post(place, form).status_code

    def test_one_stands_beside_the_mark_and_changes_nothing(self, cast: Cast, aksel: Pupil) -> None:
        save(cast.class_7b, DAY, {aksel: Mark.UNLAWFUL}, by=cast.leader)
        assert self.enter(cast.secretary, aksel) == 303
        text = page(cast.leader, aksel)
        assert "Forældrene gør indsigelse" in text
        assert "Hun var til tandlæge." in text
        assert standing.state(cast.class_7b.pk, DAY, Checkpoint.START).marks[aksel.pk] == Mark.UNLAWFUL

    def test_its_words_are_read_by_the_leader_and_by_whoever_wrote_them(
        self, cast: Cast, aksel: Pupil
    ) -> None:
        self.enter(cast.mette, aksel)
        assert "tandlæge" in page(cast.mette, aksel)
        assert "tandlæge" in page(cast.leader, aksel)
        assert "tandlæge" not in page(cast.social_worker, aksel)
        assert "Ikke besvaret endnu" in page(cast.social_worker, aksel)

    def test_the_leader_answers_once(self, cast: Cast, aksel: Pupil) -> None:
        self.enter(cast.mette, aksel)
        place = reverse("absence:objection-answer", args=[aksel.uuid, Objection.objects.get().uuid])
        client = signed_in(cast.leader)
        assert client.post(place, {"text": ""}).status_code == 422
        client.post(place, {"text": "I har ret."})
        client.post(place, {"text": "Eller ikke."})
        assert Objection.objects.get().answer == "I har ret."
        assert "I har ret." in page(cast.mette, aksel)

    def test_a_retry_writes_nothing_more(self, cast: Cast, aksel: Pupil) -> None:
        key = str(uuid4())
        assert [self.enter(cast.mette, aksel, key=key) for _ in range(2)] == [303, 303]
        assert Objection.objects.count() == 1

    @pytest.mark.parametrize(("text", "more"), [("", {}), ("x" * 10_000, {}), ("Nej", {"source": "6"})])
    def test_bad_input_keeps_what_was_written_and_saves_nothing(
        self, cast: Cast, aksel: Pupil, text: str, more: dict[str, str]
    ) -> None:
        assert self.enter(cast.mette, aksel, text, **more) == 422
        assert not Objection.objects.exists()

    def test_a_day_to_come_has_no_mark_to_object_to(self, cast: Cast, aksel: Pupil) -> None:
        place = reverse("absence:objection", args=[aksel.uuid, DAY + timedelta(days=1)])
        assert signed_in(cast.mette).get(place).status_code == 404
