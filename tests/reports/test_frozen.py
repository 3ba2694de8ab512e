"""A quarter frozen for good: drawn, stood by, and set beside what the same days give later."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from uuid import uuid4

import pytest
import time_machine
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone

from fravaer.absence import alignment
from fravaer.accounts.roles import Role
from fravaer.core.periods import Quarter
from fravaer.reports import contents, footnotes, freezing, tasks, wheel
from fravaer.reports.models import Approval, Cell, Draw, Initiative, Snapshot
from fravaer.schools import schooldays
from fravaer.schools.models import DayRule, Enrolment, Level, Pupil, School
from tests import factories
from tests.cast import DAY, Cast, signed_in
from tests.reports.reporting import FEBRUARY, agree_form, chief, note_on, settle_form
from tests.reports.test_quarter_page import take

QUARTER = Quarter.of(DAY)
APRIL = factories.moment(date(2026, 4, 9), 8)
PAGE = f"/reports/frozen/{QUARTER}/"


@pytest.fixture
def over(cast: Cast, clock: time_machine.Traveller) -> Cast:
    """The quarter is over: forty pupils in each area were there one day, four of the northern ones ill."""
    factories.pupils(40, in_class=cast.class_2a)
    factories.pupils(40, in_class=cast.other_class)
    take(cast.class_2a, ill(cast, 4))
    take(cast.other_class, [])
    clock.move_to(APRIL)
    return cast


def ill(cast: Cast, number: int) -> list[int]:
    of_class = Pupil.objects.filter(enrolments__school_class=cast.class_2a).order_by("pk")
    return list(of_class.values_list("pk", flat=True)[:number])


@pytest.fixture
def hanne(over: Cast) -> Client:
    """The chief."""
    user = factories.user("Hanne Chef")
    factories.grant(user, Role.CHIEF, None)
    return signed_in(user)


def frozen(client: Client) -> Snapshot:
    assert client.post(f"{PAGE}freeze/").status_code == 303
    return Snapshot.objects.latest("version")


def approve(client: Client, row: Snapshot, area: str = "nord", text: str = "") -> int:
    data = {"area": area, "snapshot": str(row.uuid), "text": text}
    return client.post(f"{PAGE}approve/", data).status_code


def change(client: Client, unit: str) -> tuple[int | None, int | None]:
    found = client.get(PAGE).context["corrections"]
    return next((one.was, one.now) for one in found.changes if one.name == unit)


def test_a_frozen_quarter_is_the_same_quarter_as_long_as_nothing_changes(hanne: Client) -> None:
    row = frozen(hanne)
    assert (row.version, row.since, row.until) == (1, date(2026, 1, 1), date(2026, 4, 1))
    assert freezing.is_whole(row)
    assert frozen(hanne) == row
    assert "samme hash" in hanne.get(PAGE, {"check": "1"}).content.decode()
    assert row.sha256 in hanne.get(PAGE).content.decode()
    assert "Intet" in hanne.get(PAGE).content.decode()


def test_a_correction_makes_a_new_version_until_somebody_stands_by_the_quarter(
    over: Cast, hanne: Client
) -> None:
    first = frozen(hanne)
    take(over.class_2a, ill(over, 5))
    second = frozen(hanne)
    assert (second.version, second.sha256 == first.sha256) == (2, False)
    manager = signed_in(over.area_manager)
    # She saw the first version.
    assert approve(manager, first) == 409
    assert approve(manager, second, text="Influenza i uge 10") == 303
    take(over.class_2a, ill(over, 6))
    refused = hanne.post(f"{PAGE}freeze/")
    assert refused.status_code == 409
    assert Snapshot.objects.count() == 2
    assert "Influenza i uge 10" in refused.content.decode()


def test_what_is_corrected_later_is_shown_as_a_difference_and_named(over: Cast, hanne: Client) -> None:
    frozen(hanne)
    take(over.class_2a, ill(over, 8))
    # Four and eight of eighty pupils' school days.
    assert change(hanne, "Hele kommunen") == (66, 131)
    assert change(hanne, "Nord") == (100, 200)
    assert change(hanne, "Syd") == (0, 0)
    shown = hanne.get(PAGE, {"check": "1"}).content.decode()
    assert "+6,5" in shown
    assert "registreringer og årsager" in shown
    assert "En skoles klassetrin" in shown
    assert "en anden hash" in shown
    assert freezing.is_whole(Snapshot.objects.get())


def test_the_notes_of_a_frozen_quarter_are_those_there_were(over: Cast, hanne: Client) -> None:
    first = note_on(over.school)
    frozen(hanne)
    footnotes.remove(first, scope=chief(), now=APRIL)
    footnotes.add(
        ("school", over.school.pk), FEBRUARY, "Skrevet bagefter", key=uuid4(), scope=chief(), now=APRIL
    )
    page = hanne.get(f"/reports/quarter/{QUARTER}/").content.decode()
    assert "Mange syge" in page
    assert "Skrevet bagefter" not in page
    leader = signed_in(over.leader).get(f"/reports/quarter/{QUARTER}/").content.decode()
    assert "Skrevet bagefter" in leader


def test_the_database_refuses_to_change_or_remove_what_is_frozen(hanne: Client) -> None:
    row = frozen(hanne)
    cells = Cell.objects.filter(draw_id=row.draw_id)
    attempts: list[Callable[[], object]] = [
        lambda: cells.update(illness=0),
        lambda: cells.delete(),
        lambda: Draw.objects.filter(pk=row.draw_id).update(frozen=False),
        lambda: Snapshot.objects.filter(pk=row.pk).update(sha256=""),
    ]
    for attempt in attempts:
        with pytest.raises(DatabaseError), transaction.atomic():
            attempt()


def test_a_calendar_changed_after_freezing_moves_nothing_that_is_frozen(over: Cast, hanne: Client) -> None:
    row = frozen(hanne)
    DayRule.objects.create(
        school_year=over.year, day=DAY, level=Level.MUNICIPALITY, closed=True, reason="Storm"
    )
    schooldays.draw(over.year)
    alignment.align()
    assert change(hanne, "Nord") == (100, None)
    assert "klasser, elever eller skoledage" in hanne.get(PAGE).content.decode()
    assert freezing.is_whole(row)


def test_a_school_that_comes_to_another_area_stays_where_it_was_in_the_frozen_quarter(
    over: Cast, hanne: Client
) -> None:
    row = frozen(hanne)
    School.objects.filter(pk=over.school.pk).update(area=over.south, name="Birke- og Havneskolen")
    assert change(hanne, "Nord") == (100, 100)
    assert change(hanne, "Birkeskolen") == (100, 100)
    assert row.contents["schools"][str(over.school.pk)]["area"] == over.north.pk
    shown = hanne.get(PAGE, {"check": "1"}).content.decode()
    assert "skolerne" in shown


def test_a_merged_and_a_newly_opened_school_are_each_counted_where_they_were(
    over: Cast, hanne: Client, clock: time_machine.Traveller
) -> None:
    """The southern school's pupils moved to a new one in February: both are in the quarter, nobody is there twice."""
    new = factories.school("Nyskolen", of=over.south)
    new_class = factories.school_class("7.B", at=new, year=over.year)
    opened = date(2026, 2, 16)
    for one in list(Enrolment.objects.filter(school_class=over.other_class)):
        Enrolment.objects.filter(pk=one.pk).update(until=opened)
        factories.enrol([one.pupil], new_class, since=opened)
    alignment.align()
    take(new_class, [])
    row = frozen(hanne)
    cells = Cell.objects.filter(draw_id=row.draw_id, with_measure=False)
    pupils = dict(cells.filter(school__in=[new, over.other_school]).values_list("school__name", "pupils"))
    assert pupils == {"Havneskolen": 42, "Nyskolen": 42}
    told = row.contents["patterns"]["internal"]["told"]["levels"]
    assert told[f"area-{over.south.pk}"] == 3
    assert change(hanne, "Syd") == (0, 0)


def test_nobody_signs_before_last_quarters_initiatives_have_their_outcome(over: Cast, hanne: Client) -> None:
    manager = signed_in(over.area_manager)
    before = f"/reports/follow-up/{QUARTER.previous()}/nord/agree/"
    assert manager.post(before, agree_form(due_on="2026-02-01")).status_code == 303
    row = frozen(hanne)
    shown = manager.get(PAGE).content.decode()
    assert "Et initiativ fra et tidligere kvartal" in shown
    assert approve(manager, row) == 409
    settle = f"/reports/follow-up/{QUARTER}/{Initiative.objects.get().uuid}/settle/"
    assert manager.post(settle, settle_form()).status_code == 303
    assert approve(manager, row) == 303
    assert "Godkendt 09-04-2026 af Anders Bjerre, Områdechef" in manager.get(PAGE).content.decode()


def test_each_signs_her_own_area_and_the_chief_when_every_area_has(over: Cast, hanne: Client) -> None:
    row = frozen(hanne)
    north, social = signed_in(over.area_manager), factories.user("Søren Social")
    factories.grant(social, Role.SOCIAL_MANAGER, over.north)
    assert approve(north, row, "syd") == 404
    assert approve(north, row, "") == 403
    assert approve(hanne, row, "nord") == 403
    assert [approve(north, row), approve(north, row), approve(signed_in(social), row)] == [303, 303, 303]
    assert approve(hanne, row, "") == 409
    assert "Syd" in hanne.get(PAGE).content.decode()
    south = factories.user("Sigrid Syd")
    factories.grant(south, Role.AREA_MANAGER, over.south)
    assert approve(signed_in(south), row, "syd") == 303
    assert approve(hanne, row, "") == 303
    assert Approval.objects.count() == 4


def test_the_quarter_is_frozen_by_itself_on_the_wheels_day_and_once(
    over: Cast, clock: time_machine.Traveller
) -> None:
    clock.move_to(factories.moment(date(2025, 8, 1), 8))
    wheel.make(2025, scope=None, now=timezone.now())
    clock.move_to(factories.moment(date(2026, 4, 7), 5))
    due = [Quarter(2025, 2), Quarter(2025, 3), Quarter(2025, 4)]
    assert wheel.draws_due(date(2026, 4, 7)) == due
    for quarter in due:
        wheel.drew(quarter, scope=None, now=timezone.now())
    tasks.freeze_due()
    assert Snapshot.objects.count() == 0
    clock.move_to(factories.moment(date(2026, 4, 8), 5))
    tasks.freeze_due()
    tasks.freeze_due()
    row = Snapshot.objects.get()
    assert (freezing.named(row), row.frozen_by) == (QUARTER, None)
    assert wheel.draws_due(date(2026, 4, 8)) == []


@pytest.mark.parametrize("name", ["2026K2", "2025-26", "2026K5", "2024-26", "1999K1"])
def test_what_is_not_over_or_cannot_be_is_not_found(hanne: Client, name: str) -> None:
    page = f"/reports/frozen/{name}/"
    assert hanne.get(page).status_code == 404
    assert hanne.post(f"{page}freeze/").status_code == 404


def test_an_empty_quarter_and_a_school_year_can_be_frozen(over: Cast, hanne: Client) -> None:
    for name in ("2025K2", "2024-25"):
        page = f"/reports/frozen/{name}/"
        assert "endnu ikke frosset" in hanne.get(page).content.decode()
        assert hanne.post(f"{page}freeze/").status_code == 303
        assert "Version 1" in hanne.get(page).content.decode()
    assert "2. kvartal 2025" in hanne.get("/reports/frozen/").content.decode()


def test_an_area_manager_reads_her_own_areas_corrections_alone(over: Cast, hanne: Client) -> None:
    frozen(hanne)
    take(over.class_2a, ill(over, 8))
    shown = signed_in(over.area_manager).get(PAGE).content.decode()
    assert "Birkeskolen" in shown
    assert "Havneskolen" not in shown
    assert signed_in(over.leader).get(PAGE).status_code == 403


def test_the_hash_tells_every_part_that_differs() -> None:
    was = {"rows": {"cells": "a", "before": "b"}, "targets": {"all-0": 65}, "notes": []}
    now = {"rows": {"cells": "c", "before": "b"}, "targets": {"all-0": 65}, "notes": [{"text": "x"}]}
    assert contents.changed(was, now) == ["cells", "notes"]
    assert contents.hashed({"b": 1, "a": "æ"}) == contents.hashed({"a": "æ", "b": 1})
