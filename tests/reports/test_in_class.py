"""A class of the quarter: beside last year, down to pupils and days, and out as a file."""

from __future__ import annotations

from csv import reader
from datetime import date, timedelta
from io import BytesIO
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from fravaer.absence import classes, percentage, register, standing
from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.reasons import Mark
from fravaer.accounts.roles import Role
from fravaer.audit.models import Event
from fravaer.core.periods import Period, Quarter, a_year_before
from fravaer.reports import nightly
from fravaer.reports.blocks import SchoolRow
from fravaer.schools.models import Pupil, SchoolClass
from tests import factories
from tests.cast import DAY, Cast, signed_in
from tests.plans import COPENHAGEN_2026, Plan
from tests.reports.test_quarter_page import QUARTER

NOW = Quarter.of(DAY)
LAST_YEAR = a_year_before(Period(DAY, DAY + timedelta(days=1))).since


def take(cast: Cast, school_class: SchoolClass, day: date, absent: dict[int, Mark]) -> None:
    stands = standing.state(school_class.pk, day, Checkpoint.START)
    register.take(
        school_class_id=school_class.pk,
        school_id=school_class.school_id,
        year_group=school_class.year_group,
        day=day,
        checkpoint=Checkpoint.START,
        marks={pupil: absent.get(pupil, Mark.HERE) for pupil in stands.marks},
        seen_version=stands.version,
        key=uuid4(),
        user_id=cast.leader.pk,
        role=Role.LEADER,
        now=timezone.now(),
    )


@pytest.fixture
def second(cast: Cast) -> tuple[SchoolClass, list[Pupil]]:
    """Birkeskolen's 2.A with ten pupils, one ill on two days of four; a year ago they were 1.A, and half of them were away."""
    pupils = factories.pupils(10, in_class=cast.class_2a)
    before = factories.school_year(Plan(date(2024, 8, 1), date(2025, 7, 31), ()))
    first = factories.school_class("1.A", at=cast.school, year=before)
    then = factories.pupils(10, in_class=first)
    take(cast, first, LAST_YEAR, {pupil.pk: Mark.ILL for pupil in then[:5]})
    days = [DAY - timedelta(days=number) for number in (5, 4, 1, 0)]
    for day in days:
        away = (
            {pupils[0].pk: Mark.ILL}
            if day >= days[2]
            else {pupils[1].pk: Mark.UNLAWFUL}
            if day == days[1]
            else {}
        )
        take(cast, cast.class_2a, day, away)
    return cast.class_2a, pupils


def row_of(client_of: Cast, school_class: SchoolClass) -> SchoolRow:
    rows = signed_in(client_of.leader).get(QUARTER).context["d"].schools
    found: SchoolRow = next(row for row in rows if (row.kind, row.code) == ("class", str(school_class.pk)))
    return found


def test_a_class_stands_beside_itself_a_year_ago_and_with_its_pupils_over_ten_percent(
    cast: Cast, second: tuple[SchoolClass, list[Pupil]]
) -> None:
    school_class, _pupils = second
    row = row_of(cast, school_class)
    # Three days of forty; a year ago five of ten.
    assert (row.percent.shown, row.before.shown, row.change.shown, row.was) == (75, 500, -425, "1.A")
    assert (row.over_ten.part, row.over_ten.whole, row.over_ten.shown) == (2, 10, 200)
    opened = signed_in(cast.leader).get(QUARTER, {"forklar": row.change.id}).content.decode()
    assert "Sidste år hed klassen 1.A." in opened


def test_the_classes_come_to_what_the_percentage_room_counts(
    cast: Cast, second: tuple[SchoolClass, list[Pupil]]
) -> None:
    counted = percentage.spent(NOW.period, DAY)
    [found] = classes.of_school(cast.school.pk, [counted])
    groups = percentage.group_tallies(counted, "class", [cast.school.pk])
    assert {key: one.group for key, one in found.items()} == {
        key: group for key, group in groups.items() if group.pupils
    }


def test_one_comes_from_the_class_to_its_pupils_and_days_and_back_up(
    cast: Cast, second: tuple[SchoolClass, list[Pupil]]
) -> None:
    school_class, pupils = second
    client = signed_in(cast.leader)
    down = reverse("reports:quarter-class", args=[NOW, school_class.pk])
    assert (
        f'href="{down}?compare=municipality'
        in client.get(QUARTER, {"compare": "municipality"}).content.decode()
    )
    page = client.get(down, {"compare": "municipality"})
    text = page.content.decode()
    assert page.context["seen"].behind.total.absent == page.context["row"].percent.part == 6
    assert reverse("absence:history", args=[pupils[0].uuid]) in text
    assert f"<li>{DAY:%d-%m-%Y}: Syg</li>" in text
    assert Event.objects.filter(
        action="read", subject="class quarter", pupil_ids__contains=[pupils[0].pk]
    ).exists()
    # Back up: the school, then the year group, by the same comparison.
    ups = [url for _words, url in page.context["crumbs"] if url]
    assert all("compare=municipality" in url and url.startswith(QUARTER) for url in ups)
    assert "years=2" in ups[-1]
    assert all(client.get(url).status_code == 200 for url in ups)


def test_a_pupil_who_has_left_counts_and_is_not_named(
    cast: Cast, second: tuple[SchoolClass, list[Pupil]]
) -> None:
    school_class, pupils = second
    gone = pupils[0].enrolments.get()
    gone.until = DAY
    gone.save()
    page = signed_in(cast.leader).get(reverse("reports:quarter-class", args=[NOW, school_class.pk]))
    assert len(page.context["seen"].behind.lines) == 9
    assert page.context["seen"].behind.total.absent == page.context["row"].percent.part
    assert "1 elev har forladt klassen" in page.content.decode()


def test_an_opened_figure_leaves_as_it_is_explained_and_hidden_where_it_is_hidden(
    cast: Cast, second: tuple[SchoolClass, list[Pupil]]
) -> None:
    for many in (cast.class_2a, cast.class_7b, cast.other_class):
        factories.pupils(40, in_class=many)
    few = factories.school_class("9.A", at=cast.school, year=cast.year)
    factories.pupils(3, in_class=few)
    take(cast, few, DAY, {})
    chief = factories.user("Karen Chef")
    factories.grant(chief, Role.CHIEF, None)
    ask = {"school": str(cast.school.pk), "years": "0-3", "forklar": "reason.illness"}
    address = reverse("reports:quarter-figure", args=[NOW, "xlsx"])
    book = load_workbook(BytesIO(signed_in(chief).get(address, ask).content))
    about = {row[0].value: row[1].value for row in book.worksheets[0].iter_rows(min_row=3)}
    assert book.worksheets[0].title == "Om tallene"
    assert "fraværsdage" in about["Sådan er det regnet ud"]
    text = (
        signed_in(chief)
        .get(reverse("reports:quarter-figure", args=[NOW, "excel"]), ask)
        .content.decode("utf-8-sig")
    )
    head, line, *_notes = reader(text.splitlines(), delimiter=";")
    assert line[head.index("Tæller")] == "2"
    # What others do not see leaves in no file, not even in the leader's own.
    ask = {"years": "9", "forklar": "total.percent"}
    text = (
        signed_in(cast.leader)
        .get(reverse("reports:quarter-figure", args=[NOW, "excel"]), ask)
        .content.decode()
    )
    assert ";..;" in text


def test_the_leader_takes_the_pupils_and_days_behind_along_and_it_is_noted(
    cast: Cast, second: tuple[SchoolClass, list[Pupil]]
) -> None:
    school_class, pupils = second
    client = signed_in(cast.leader)
    ask = f"?forklar=class.{school_class.pk}.unlawful"
    address = reverse("reports:quarter-pupils", args=[NOW]) + ask
    opened = client.get(QUARTER + ask).content.decode()
    assert reverse("reports:quarter-pupils", args=[NOW]) in opened
    refused = client.post(address, {"form": "xlsx"})
    assert refused.status_code == 422
    assert "Vælg en fil" in refused.content.decode()
    book = load_workbook(BytesIO(client.post(address, {"form": "xlsx", "purpose": "meeting"}).content))
    assert [sheet.title for sheet in book.worksheets] == ["Om tallene", "Elever", "Dage"]
    [_head, *rows] = book.worksheets[2].iter_rows(values_only=True)
    # Of unlawful absence there is one day.
    assert [(row[0], row[3]) for row in rows] == [(str(pupils[1]), 1)]
    note = Event.objects.get(action="quarter.pupils")
    assert set(note.pupil_ids) == {pupil.pk for pupil in pupils}
    # Above the school nobody is offered it, and nobody gets it.
    assert (
        signed_in(cast.area_manager).post(address, {"form": "xlsx", "purpose": "meeting"}).status_code == 403
    )


def test_july_puts_nobody_in_two_year_groups(cast: Cast) -> None:
    following = factories.school_year(COPENHAGEN_2026)
    eighth = factories.school_class("8.B", at=cast.school, year=following)
    stayed, left = cast.pupils[:-1], cast.pupils[-1]
    factories.enrol(stayed, eighth)
    beginner = factories.pupil(
        "Ny Elev", in_class=factories.school_class("0.A", at=cast.school, year=following)
    )
    summer = Quarter(2026, 3).period
    groups = percentage.groupings(summer, ["all", "year_group"])
    assert {year: group.pupils for year, group in groups["year_group"].items() if group.pupils} == {
        8: 4,
        0: 1,
    }
    assert groups["all"][0].pupils == 5
    assert percentage.group_of(summer, [left.pk, beginner.pk]).pupils == 1
    # The old school year has none of those who begin, and the night finds that every room agrees.
    assert 0 not in percentage.group_tallies(Period(date(2025, 8, 1), date(2026, 8, 1)), "year_group")
    nightly.night(date(2026, 10, 5), timezone.now())
    assert nightly.check([summer]) == []
