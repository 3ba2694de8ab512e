"""The lists of 10 and 15 percent unlawful absence: exactly who, by name at her own school alone, and counts that tell of none."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from io import BytesIO

import pytest
from openpyxl import load_workbook

from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.reasons import Mark
from fravaer.accounts.roles import Role
from fravaer.audit.models import Event
from fravaer.schools.models import Pupil, SchoolClass
from tests import factories
from tests.cast import DAY, Cast, signed_in
from tests.reports.test_deliveries import take

LIST = "/reports/unlawful/2026K1/"
# Ten school days after the winter holiday.
TEN_DAYS = [date(2026, 2, 16) + timedelta(days=n) for n in (0, 1, 2, 3, 4, 7, 8, 9, 10, 11)]


@pytest.fixture
def ten_days(cast: Cast) -> Cast:
    """Ten days of 7.B: Aksel unlawfully away a day and a half of them, Freja one, Noah half of one."""
    aksel, freja, noah, *_others = (pupil.pk for pupil in cast.pupils)
    for number, day in enumerate(TEN_DAYS):
        # A day and a half of ten is 15 percent, one is 10.
        start = {aksel: Mark.UNLAWFUL, freja: Mark.UNLAWFUL} if number == 0 else {}
        end = dict(start)
        if number == 1:
            end = {aksel: Mark.UNLAWFUL, noah: Mark.UNLAWFUL}
        take(cast.class_7b, day, Checkpoint.START, start)
        take(cast.class_7b, day, Checkpoint.END, end)
    return cast


def test_the_schools_list_holds_exactly_those_who_reached_a_limit(ten_days: Cast) -> None:
    office = signed_in(ten_days.secretary)
    page = office.get(LIST).content.decode()
    assert page.index("Aksel Bro") < page.index("Freja Holm")
    assert "Noah Lund" not in page
    assert "2 elever har nået 10 procent" in page
    assert "1 af dem har nået 15 procent" in page
    seen = Event.objects.get(action="read", subject="unlawful")
    assert set(seen.pupil_ids) == {pupil.pk for pupil in ten_days.pupils[:2]}
    answer = office.post(f"{LIST}{ten_days.school.pk}/fetch/", {"form": "xlsx", "purpose": "meeting"})
    about, table = load_workbook(BytesIO(answer.content)).worksheets
    assert about.title == "Om tallene"
    assert [row[4:] for row in table.iter_rows(min_row=2, values_only=True)][:2] == [(0.15, 15), (0.1, 10)]
    kept = Event.objects.get(action="unlawful.fetch")
    assert set(kept.pupil_ids) == set(seen.pupil_ids)
    assert "Aksel" not in str(kept.detail)
    assert office.post(f"{LIST}{ten_days.school.pk}/fetch/", {"form": "exe"}).status_code == 422


def test_case_64_a_file_has_exactly_the_rows_of_its_page_for_the_same_reader(ten_days: Cast) -> None:
    """As a workbook and for a machine, in the page's order; and of nobody the other school's, who is told so in words."""
    everybody = [*ten_days.pupils, *ten_days.others]

    def named(text: str) -> list[str]:
        found = [
            (text.index(one.family_name), one.given_name) for one in everybody if one.family_name in text
        ]
        return [name for _place, name in sorted(found)]

    for user, school in ((ten_days.secretary, ten_days.school), (ten_days.stranger, ten_days.other_school)):
        client = signed_in(user)
        on_page = named(client.get(LIST).content.decode())
        answers = {
            form: client.post(f"{LIST}{school.pk}/fetch/", {"form": form, "purpose": "meeting"}).content
            for form in ("xlsx", "machine")
        }
        _about, table = load_workbook(BytesIO(answers["xlsx"])).worksheets
        rows = [str(row) for row in table.iter_rows(min_row=2, values_only=True)]
        lines = answers["machine"].decode("utf-8-sig").splitlines()
        assert [name for row in rows for name in named(row)] == on_page
        assert [name for line in lines for name in named(line)] == on_page
        # What it is and what its columns mean stands there though nobody does.
        assert len(lines) > 0
        assert (on_page == ["Aksel", "Freja"]) == (user == ten_days.secretary)


def test_another_schools_list_and_a_quarter_that_is_not_there_are_not_found(ten_days: Cast) -> None:
    leader = signed_in(ten_days.leader)
    fetch = {"form": "machine", "purpose": "check"}
    assert leader.get(LIST, {"school": ten_days.other_school.pk}).status_code == 404
    assert leader.post(f"{LIST}{ten_days.other_school.pk}/fetch/", fetch).status_code == 404
    for quarter in ("2026K2", "1999K4", "2026K5", "9999K1"):
        assert leader.get(f"/reports/unlawful/{quarter}/").status_code == 404
    assert "Ingen på skolen" in leader.get("/reports/unlawful/2025K4/").content.decode()
    manager = signed_in(ten_days.area_manager)
    assert "Aksel" not in manager.get(LIST, {"school": ten_days.school.pk}).content.decode()
    assert manager.post(f"{LIST}{ten_days.school.pk}/fetch/", fetch).status_code == 403


def absent(school_class: SchoolClass, pupils: Iterable[Pupil]) -> None:
    take(school_class, DAY, Checkpoint.START, {pupil.pk: Mark.UNLAWFUL for pupil in pupils})


def shown(page: str) -> dict[str, list[str]]:
    """The cells of each line of the table, by the name it begins with."""
    found = {}
    for line in re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL):
        cells = [
            re.sub(r"<[^>]*>|\s+|skjult.*", "", cell)
            for cell in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", line, re.DOTALL)
        ]
        found[cells[0]] = cells[2:]
    return found


def test_managers_see_counts_and_never_of_few(cast: Cast) -> None:
    north = factories.pupils(40, in_class=cast.class_2a)
    south = factories.pupils(40, in_class=factories.school_class("2.A", at=cast.other_school, year=cast.year))
    second = SchoolClass.objects.get(school=cast.other_school, year_group=2)
    absent(cast.class_2a, north[:12])
    absent(second, south[:11])
    chief = factories.user("Karen Holm")
    factories.grant(chief, Role.CHIEF, None)
    found = shown(signed_in(chief).get(LIST).content.decode())
    assert found["Helekommunen"] == ["23", "23"]
    assert found["Nord"] == ["12", "12"]
    assert found["Birkeskolen"] == ["12", "–"]
    assert found["Havneskolen"] == ["11", "–"]
    # Three may not be told of, and neither may what is left of a total without them.
    absent(second, south[:3])
    found = shown(signed_in(chief).get(LIST).content.decode())
    assert found["Helekommunen"] == ["15", ".."]
    assert {tuple(found[name]) for name in ("Nord", "Syd")} == {("..", "..")}
    assert {found[name][0] for name in ("Birkeskolen", "Havneskolen")} == {".."}
    manager = shown(signed_in(cast.area_manager).get(LIST).content.decode())
    assert manager["Nord"] == ["..", ".."]
    assert "Syd" not in manager
