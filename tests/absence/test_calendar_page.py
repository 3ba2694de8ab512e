"""Changing the school days: what is shown before, what is counted after, and who may."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from fravaer.absence import alignment, closing, percentage, register, replanning, standing
from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.reasons import Mark
from fravaer.accounts.models import User
from fravaer.accounts.roles import Role
from fravaer.accounts.scoping import scope_of
from fravaer.core.periods import Period
from fravaer.schools import plan, schooldays
from fravaer.schools.models import DayRule, Level, PlanChange, SchoolClass
from fravaer.schools.plan import MUNICIPALITY, Rule, Unit, Wishes
from tests import cast as stage
from tests import factories
from tests.cast import DAY, MORNING, Cast, signed_in, statements

MONDAY = date(2026, 3, 9)
YEAR = Period(date(2025, 8, 1), date(2026, 3, 11))


def take(school_class: SchoolClass, day: date, absent: Mark = Mark.HERE, *, start_only: bool = False) -> None:
    both = school_class.year_group >= 7 and not start_only
    for checkpoint in Checkpoint if both else [Checkpoint.START]:
        stands = standing.state(school_class.pk, day, checkpoint)
        marks = dict.fromkeys(stands.marks, Mark.HERE)
        marks[min(marks)] = absent
        register.take(
            school_class_id=school_class.pk,
            school_id=school_class.school_id,
            year_group=school_class.year_group,
            day=day,
            checkpoint=checkpoint,
            marks=marks,
            seen_version=stands.version,
            key=uuid4(),
            user_id=User.objects.get(name="Lars Toft").pk,
            now=MORNING,
        )


def token(unit: Unit) -> str:
    match unit.level:
        case Level.MUNICIPALITY:
            return "municipality"
        case Level.SCHOOL:
            return f"school-{unit.school_id}"
        case Level.YEAR_GROUP:
            return f"school-{unit.school_id}-{unit.year_group}"
        case _:
            return f"class-{unit.school_class_id}"


def school_of(cast: Cast) -> Unit:
    return Unit(Level.SCHOOL, cast.school.pk)


def url(name: str, unit: Unit) -> str:
    return reverse(f"absence:{name}", args=[token(unit)])


def show(client: Client, unit: Unit, **form: Any) -> tuple[int, str]:
    """Ask what a change would do: the status and the page."""
    municipal = unit.level == Level.MUNICIPALITY
    place = reverse("absence:calendar-preview-municipal") if municipal else url("calendar-preview", unit)
    response = client.post(place, {"since": MONDAY, "kind": "close", "reason": "Lejrskole"} | form)
    return response.status_code, response.content.decode()


def hidden(page: str) -> dict[str, str]:
    """What the page's button sends."""
    [days] = re.findall(r'<textarea name="days" hidden>(.*?)</textarea>', page, re.DOTALL)
    [seen] = re.findall(r'name="seen" value="([^"]*)"', page)
    return {"days": unescape(days), "seen": unescape(seen)}


def change(client: Client, unit: Unit, **form: Any) -> int:
    """Look at a change and make it."""
    status, page = show(client, unit, **form)
    assert status == 200
    municipal = unit.level == Level.MUNICIPALITY
    place = reverse("absence:calendar-propose") if municipal else url("calendar-save", unit)
    return client.post(place, hidden(page)).status_code


def words(page: str) -> str:
    return " ".join(strip_tags(page).split())


def is_school_day(school_class: SchoolClass, day: date) -> bool:
    school_class.refresh_from_db()
    return schooldays.closed_because(school_class, day) is None


@pytest.fixture
def chief(cast: Cast) -> User:
    user = factories.user("Else Chef")
    factories.grant(user, Role.CHIEF, None)
    return user


def test_closing_a_day_shows_its_effect_and_changes_nothing_yet(cast: Cast) -> None:
    take(cast.class_7b, MONDAY, Mark.ILL)
    take(cast.class_7b, DAY)
    status, page = show(signed_in(cast.leader), school_of(cast))
    seen = words(page)
    assert status == 200
    assert "1. kvartal 2026 55 54" in seen
    assert "Hele skoleåret 200 199" in seen
    assert "2 klasser får andre skoledage" in seen
    assert "ikke længere tæller: 2. Registreringer, der tæller igen: 0" in seen
    # One pupil was ill half of two days, and is 0 % absent of the one that is left; the others stay at 0 %.
    assert "Elever, hvis fraværsprocent ændrer sig: 1. Heraf kommer 0 op på 10 %, og 1 kommer under" in seen
    assert is_school_day(cast.class_7b, MONDAY)
    assert not PlanChange.objects.exists()


def test_what_was_confirmed_is_drawn_and_counted(cast: Cast) -> None:
    take(cast.class_7b, MONDAY, Mark.ILL)
    take(cast.class_7b, DAY)
    assert change(signed_in(cast.leader), school_of(cast)) == 303
    assert not is_school_day(cast.class_7b, MONDAY)
    assert is_school_day(cast.other_class, MONDAY)
    ill = cast.pupils[0].pk
    assert percentage.tally(YEAR, ill).tenths == 0
    assert alignment.wrong_months() == 0


def test_the_rule_stands_with_its_reason_and_who_set_it(cast: Cast) -> None:
    change(signed_in(cast.leader), school_of(cast))
    seen = words(signed_in(cast.secretary).get(url("calendar-unit", school_of(cast))).content.decode())
    assert "09-03-2026 Lukket Lejrskole Skole Lars Toft, 10-03-2026" in seen


def test_the_latest_change_is_undone_by_way_of_its_effect(cast: Cast) -> None:
    take(cast.class_7b, MONDAY, Mark.ILL)
    before = percentage.tally(YEAR, cast.pupils[0].pk)
    client = signed_in(cast.leader)
    change(client, school_of(cast))
    made = PlanChange.objects.get()
    page = client.post(url("calendar-preview", school_of(cast)), {"undo": made.uuid}).content.decode()
    assert "der tæller igen: 2" in words(page)
    assert client.post(url("calendar-save", school_of(cast)), hidden(page)).status_code == 303
    assert is_school_day(cast.class_7b, MONDAY)
    assert percentage.tally(YEAR, cast.pupils[0].pk) == before


def test_two_people_who_change_the_same_day_do_not_overwrite_each_other(cast: Cast) -> None:
    first, second = signed_in(cast.leader), signed_in(cast.secretary)
    _status, looked_at = show(second, school_of(cast), reason="Noget andet")
    change(first, school_of(cast))
    response = second.post(url("calendar-save", school_of(cast)), hidden(looked_at))
    assert response.status_code == 409
    assert DayRule.objects.get(level=Level.SCHOOL).reason == "Lejrskole"
    assert response.content.decode().count("Noget andet") > 0


def test_a_year_group_and_a_class_differ_from_their_school(cast: Cast) -> None:
    client = signed_in(cast.secretary)
    change(client, Unit(Level.YEAR_GROUP, cast.school.pk, 7))
    assert not is_school_day(cast.class_7b, MONDAY)
    assert is_school_day(cast.class_2a, MONDAY)
    one = Unit(Level.CLASS, cast.school.pk, 7, cast.class_7b.pk)
    change(client, one, kind="open", reason="Prøve")
    assert is_school_day(cast.class_7b, MONDAY)
    change(client, one, kind="remove", reason="")
    assert not is_school_day(cast.class_7b, MONDAY)


def test_a_wider_plan_leaves_a_narrower_rule_alone(cast: Cast) -> None:
    client = signed_in(cast.leader)
    change(client, Unit(Level.CLASS, cast.school.pk, 7, cast.class_7b.pk), kind="open", reason="Prøve")
    _status, page = show(client, school_of(cast))
    assert "1 klasse får andre skoledage" in words(page)


def test_a_span_closes_its_weekdays_alone(cast: Cast) -> None:
    change(signed_in(cast.leader), school_of(cast), since="2026-03-06", last="2026-03-10")
    days = DayRule.objects.filter(level=Level.SCHOOL).values_list("day", flat=True).order_by("day")
    assert list(days) == [date(2026, 3, 6), MONDAY, DAY]


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"since": ""}, "Skriv den første dag."),
        ({"since": "i morgen"}, "Skriv dagen som dd-mm-åååå."),
        ({"last": "2026-03-01"}, "Den sidste dag ligger før den første."),
        ({"since": "2030-01-01"}, "Dagene skal ligge i det viste skoleår."),
        ({"reason": ""}, "Hver lukket eller åben dag har en grund."),
        ({"reason": "x" * 10_000}, "Grunden er for lang"),
        ({"kind": "måske"}, "Vælg"),
    ],
)
def test_bad_input_is_said_at_its_field_and_kept(cast: Cast, form: dict[str, str], said: str) -> None:
    status, page = show(signed_in(cast.leader), school_of(cast), **form)
    assert status == 422
    if form.get("kind") is None:
        assert said in unescape(page)
    assert not DayRule.objects.filter(level=Level.SCHOOL).exists()


def test_an_icalendar_file_is_shown_before_it_is_taken_over(cast: Cast) -> None:
    lines = ["BEGIN:VCALENDAR", "BEGIN:VEVENT", "DTSTART;VALUE=DATE:20260309", "DTEND;VALUE=DATE:20260311"]
    lines += ["SUMMARY:Lejrskole", "END:VEVENT", "END:VCALENDAR"]
    file = SimpleUploadedFile("plan.ics", "\r\n".join(lines).encode(), "text/calendar")
    client = signed_in(cast.leader)
    page = client.post(url("calendar-preview", school_of(cast)), {"file": file}).content.decode()
    assert "1. kvartal 2026 55 53" in words(page)
    client.post(url("calendar-save", school_of(cast)), hidden(page))
    assert DayRule.objects.filter(level=Level.SCHOOL).count() == 2


def test_a_wrong_file_is_said_by_its_line_and_nothing_is_taken_over(cast: Cast) -> None:
    file = SimpleUploadedFile("plan.csv", b"2026-03-09;;lukket;Ferie\n2026-03-10;;lukket;\n", "text/csv")
    response = signed_in(cast.leader).post(url("calendar-preview", school_of(cast)), {"file": file})
    assert response.status_code == 422
    assert "Linje 2: Hver lukket eller åben dag har en grund." in unescape(response.content.decode())


@pytest.mark.parametrize("days", ["", "x", "2026-03-09;;lukket;\n"])
def test_a_tampered_change_is_refused(cast: Cast, days: str) -> None:
    response = signed_in(cast.leader).post(url("calendar-save", school_of(cast)), {"days": days, "seen": ""})
    assert response.status_code == 400
    assert not DayRule.objects.filter(level=Level.SCHOOL).exists()


def test_days_of_a_completed_period_stay_as_they_are(cast: Cast) -> None:
    period = Period(MONDAY, MONDAY + timedelta(days=1))
    leader = scope_of(cast.leader.pk, MORNING)
    take(cast.class_7b, MONDAY)
    closing.close(
        *(cast.school.pk, period), seen_gaps=0, scope=leader, today=DAY, clock=MORNING.time(), now=MORNING
    )
    status, page = show(signed_in(cast.leader), school_of(cast))
    assert status == 409
    assert "Birkeskolen. Deres ledere skal først åbne den igen." in words(page)
    answer = signed_in(cast.leader).post(url("calendar-save", school_of(cast)), hidden(page))
    assert answer.status_code == 409
    assert is_school_day(cast.class_7b, MONDAY)


class TestTheMunicipalitysPlan:
    def test_one_person_proposes_and_another_decides(self, cast: Cast, chief: User) -> None:
        assert change(signed_in(cast.area_manager), MUNICIPALITY) == 303
        assert is_school_day(cast.other_class, MONDAY)
        place = reverse("absence:calendar-proposal", args=[PlanChange.objects.get().uuid])
        page = signed_in(chief).get(place).content.decode()
        assert "Foreslået tirsdag 10. marts 2026 af Anders Bjerre" in words(page)
        [seen] = re.findall(r'name="seen" value="([^"]*)"', page)
        response = signed_in(chief).post(place, {"seen": unescape(seen), "agree": "1"})
        assert response.status_code == 303
        assert not is_school_day(cast.other_class, MONDAY)
        assert not is_school_day(cast.class_7b, MONDAY)

    def test_nobody_decides_what_she_has_proposed_herself(self, cast: Cast, chief: User) -> None:
        client = signed_in(chief)
        change(client, MUNICIPALITY)
        made = PlanChange.objects.get()
        place = reverse("absence:calendar-proposal", args=[made.uuid])
        seen = plan.fingerprint(plan.changes(cast.year, MUNICIPALITY, plan.wishes_of(made)))
        assert client.post(place, {"seen": seen, "agree": "1"}).status_code == 422
        assert is_school_day(cast.class_7b, MONDAY)

    def test_a_refused_proposal_changes_nothing(self, cast: Cast, chief: User) -> None:
        change(signed_in(cast.area_manager), MUNICIPALITY)
        place = reverse("absence:calendar-proposal", args=[PlanChange.objects.get().uuid])
        assert signed_in(chief).post(place, {}).status_code == 303
        assert is_school_day(cast.class_7b, MONDAY)
        assert signed_in(chief).get(place).status_code == 404

    def test_a_school_reads_it_and_does_not_change_it(self, cast: Cast) -> None:
        client = signed_in(cast.leader)
        page = client.get(url("calendar-unit", MUNICIPALITY)).content.decode()
        assert "Ændr planen" not in page
        status, _page = show(client, MUNICIPALITY)
        assert status == 403


@pytest.mark.parametrize(
    "odd", ["x", "school", "school-x", "school-1-2-3", "class-", "school-99999999999", "school-1-11"]
)
def test_a_plan_that_does_not_exist_is_not_found(cast: Cast, odd: str) -> None:
    assert signed_in(cast.leader).get(f"/calendar/{odd}/").status_code == 404


def test_the_page_and_the_effect_ask_as_much_of_many_classes_as_of_few(cast: Cast) -> None:
    client = signed_in(cast.leader)

    def asked() -> tuple[int, int]:
        with statements() as page:
            client.get(url("calendar-unit", school_of(cast)))
        with statements() as effect:
            show(client, school_of(cast))
        return len(page), len(effect)

    asked()
    take(cast.class_7b, MONDAY, Mark.ILL)
    few = asked()
    for number in range(6):
        more = factories.school_class(f"{number}.C", at=cast.school, year=cast.year)
        factories.pupils(3, in_class=more)
        take(more, MONDAY, Mark.ILL)
    assert asked() == few


class TestEffect(TestCase):
    """What is foretold is what happens, whatever is changed."""

    def setUp(self) -> None:
        self.cast = stage.assemble()
        one = self.cast
        factories.pupils(2, in_class=one.class_2a)
        factories.close(one.year, [MONDAY], school=one.school, is_open=True, reason="Åben")
        factories.close(one.year, [DAY], school=one.school, year_group=2, reason="Tur")
        for school_class in (one.class_7b, one.class_2a, one.other_class):
            for day in (date(2026, 3, 5), date(2026, 3, 6), MONDAY, DAY):
                absent = (Mark.ILL, Mark.LEAVE, Mark.HERE)[(day.day + school_class.pk) % 3]
                take(school_class, day, absent, start_only=day.day == 6)
        schooldays.draw(one.year)
        alignment.align()

    @settings(max_examples=12, deadline=None)
    @given(
        which=st.integers(0, 3),
        asked=st.dictionaries(
            st.sampled_from([date(2026, 3, 5), date(2026, 3, 6), date(2026, 3, 7), MONDAY, DAY]),
            st.sampled_from([None, True, False]),
            min_size=1,
        ),
    )
    def test_the_effect_foretold_is_the_effect_that_comes(
        self, which: int, asked: dict[date, bool | None]
    ) -> None:
        one = self.cast
        unit = (
            MUNICIPALITY,
            school_of(one),
            Unit(Level.YEAR_GROUP, one.school.pk, 7),
            Unit(Level.CLASS, one.school.pk, 7, one.class_7b.pk),
        )[which]
        wishes: Wishes = {
            day: None if closed is None else Rule(closed, "Så") for day, closed in asked.items()
        }
        foretold = replanning.effect(one.year, unit, wishes, DAY)
        before = percentage.tallies(YEAR)
        decided = self.decided()
        found = plan.changes(one.year, unit, wishes)
        if found:
            plan._write(one.year, unit, found)
            alignment.align_days(asked)
            assert alignment.align() == alignment.wrong_months() == 0, (
                "nothing outside these days and their months"
            )
        after = percentage.tallies(YEAR)
        assert foretold.pupils == sum(before[pupil].tenths != after[pupil].tenths for pupil in before)
        assert foretold.rising == sum(
            after[pupil].reaches(10) and not before[pupil].reaches(10) for pupil in before
        )
        now = self.decided()
        assert foretold.stopping == sum(decided[key] > 0 and now[key] == 0 for key in decided)
        assert foretold.starting == sum(decided[key] == 0 and now[key] > 0 for key in decided)
        days = [day.day for day in plan.days(one.year, unit) if day.is_school_day]
        assert foretold.counts[-1].after == len(days)

    def decided(self) -> dict[tuple[int, date, int], int]:
        from fravaer.absence.models import Register

        rows = Register.objects.values_list("school_class_id", "day", "checkpoint", "halves")
        return {(school_class, day, checkpoint): halves for school_class, day, checkpoint, halves in rows}
