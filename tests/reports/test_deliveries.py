"""The delivery to the ministry: what blocks it, its rows and receipt, who may take them along, and what is left behind."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from datetime import date, time
from io import BytesIO, StringIO
from pathlib import Path
from uuid import uuid4

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client
from openpyxl import load_workbook

from fravaer.absence import closing, register, standing
from fravaer.absence.alignment import align
from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.reasons import Mark
from fravaer.accounts.models import User
from fravaer.accounts.roles import Role
from fravaer.accounts.scoping import scope_of
from fravaer.audit.models import Event
from fravaer.core.periods import Period
from fravaer.reports import datasets, delivering, precheck, wheel
from fravaer.reports.models import DataSet, Delivery
from fravaer.schools.models import Enrolment, Pupil, School, SchoolClass
from tests import factories
from tests.cast import Cast, signed_in

YEAR = Period(date(2025, 8, 1), date(2026, 8, 1))
# After the last school day, and before 1 July.
SUMMER = factories.moment(date(2026, 6, 29), 10)
OVERVIEW = "/reports/deliveries/2025/"
Row = dict[str, str]


def take(school_class: SchoolClass, day: date, checkpoint: Checkpoint, marks: dict[int, Mark]) -> None:
    """The register of the class, everybody here who is not marked."""
    stands = standing.state(school_class.pk, day, checkpoint)
    register.take(
        school_class_id=school_class.pk,
        school_id=school_class.school_id,
        year_group=school_class.year_group,
        day=day,
        checkpoint=checkpoint,
        marks={pupil: marks.get(pupil, Mark.HERE) for pupil in stands.marks},
        seen_version=stands.version,
        key=uuid4(),
        user_id=User.objects.get(name="Lars Toft").pk,
        role=Role.LEADER,
        now=SUMMER,
    )


def place(school: School) -> str:
    return f"{OVERVIEW}{school.pk}/"


def close(cast: Cast) -> None:
    """The leader completes the school year, having seen that most registers were never taken."""
    scope = scope_of(cast.leader.pk, SUMMER)
    with pytest.raises(closing.Blocked) as found:
        closing.close(
            cast.school.pk, YEAR, seen_gaps=-1, scope=scope, today=SUMMER.date(), clock=time(10), now=SUMMER
        )
    closing.close(
        cast.school.pk,
        YEAR,
        seen_gaps=found.value.check.gaps,
        scope=scope,
        today=SUMMER.date(),
        clock=time(10),
        now=SUMMER,
    )


def made(client: Client, school: School) -> int:
    page = client.get(place(school)).content.decode()
    gaps = page.partition('name="gaps"')[2].partition('value="')[2].partition('"')[0] or "0"
    return client.post(f"{place(school)}make/", {"key": str(uuid4()), "gaps": gaps}).status_code


def fetched(client: Client, school: School, form: str = "machine") -> bytes:
    data_set = DataSet.objects.latest("pk")
    answer = client.post(f"{place(school)}{data_set.uuid}/fetch/", {"form": form, "purpose": "delivery"})
    assert answer.status_code == 200, answer.content.decode()
    assert answer["Cache-Control"] == "no-store"
    return bytes(answer.content)


def rows(content: bytes) -> list[Row]:
    return list(csv.DictReader(StringIO(content.decode())))


@pytest.fixture
def summer(cast: Cast, clock: time_machine.Traveller) -> Cast:
    """A day in March and one in May at Birkeskolen, seen from the end of June.

    Aksel is ill all of the first day and has leave of half of the second; Freja moved to Havneskolen on 1 January; somebody's
    key is what a spreadsheet would run.
    """
    aksel, freja, *_others = cast.pupils
    Enrolment.objects.filter(pupil=freja).update(until=date(2026, 1, 1))
    factories.enrol([freja], cast.other_class, since=date(2026, 1, 1))
    Pupil.objects.filter(pk=aksel.pk).update(roster_key="=1+1")
    for checkpoint in Checkpoint:
        take(cast.class_7b, date(2025, 11, 4), checkpoint, {freja.pk: Mark.UNLAWFUL})
        take(cast.class_7b, date(2026, 3, 10), checkpoint, {aksel.pk: Mark.ILL})
    take(cast.class_7b, date(2026, 5, 5), Checkpoint.START, {})
    take(cast.class_7b, date(2026, 5, 5), Checkpoint.END, {aksel.pk: Mark.LEAVE})
    clock.move_to(SUMMER)
    return cast


def test_a_school_year_is_checked_made_fetched_and_delivered(summer: Cast) -> None:
    leader = signed_in(summer.leader)
    before = leader.get(OVERVIEW).content.decode()
    # Who has one school is on its page at once.
    assert "Birkeskolen" in before
    assert "2 dage tilbage" in before
    assert "Afslut skoleåret" in before
    assert made(leader, summer.school) == 409
    assert not DataSet.objects.exists()
    close(summer)
    assert made(leader, summer.school) == 303
    receipt = DataSet.objects.get()
    assert receipt.lacking["untaken"] > 300
    assert receipt.sha256 in leader.get(place(summer.school)).content.decode()
    file = fetched(leader, summer.school)
    # Whoever has the file can hold it against the receipt.
    assert hashlib.sha256(file).hexdigest() == receipt.sha256
    assert (
        leader.post(f"{place(summer.school)}{receipt.uuid}/delivered/", {"receipt": "K-17"}).status_code
        == 303
    )
    assert (
        leader.post(f"{place(summer.school)}{receipt.uuid}/delivered/", {"receipt": "K-17"}).status_code
        == 303
    )
    assert list(Delivery.objects.order_by("pk").values_list("what", "text")) == [
        ("fetched", "machine"),
        ("delivered", "K-17"),
    ]
    manager = signed_in(summer.area_manager)
    told = manager.get(OVERVIEW).content.decode()
    assert "29-06-2026" in told
    wheel.make(2025, scope=None, now=SUMMER)
    turned = manager.get("/reports/wheel/2025/").content.decode()
    assert f'href="{OVERVIEW}">1 af 1 skoler har leveret' in turned
    assert 'href="/reports/package/2024/">ikke lavet endnu' in turned
    assert "Aksel" not in told
    kept = Event.objects.get(action="data_set.fetch")
    assert set(kept.pupil_ids) == {pupil.pk for pupil in summer.pupils}
    assert kept.detail["purpose"] == "delivery"


def test_the_operator_writes_the_same_files_twice_and_is_told_who_is_not_ready(
    summer: Cast, tmp_path: Path
) -> None:
    def run(*more: str) -> str:
        said = StringIO()
        call_command("statutory_delivery", "2025-26", *more, stdout=said)
        return said.getvalue()

    number = summer.school.institution_number
    with pytest.raises(CommandError):
        run("--school", number, "--out", str(tmp_path))
    assert not DataSet.objects.exists()
    close(summer)
    assert ": ready: " in run("--school", number)
    ask = ("--school", number, "--out", str(tmp_path), "--form", "machine", "--form", "xlsx")
    first = run(*ask)
    receipt = DataSet.objects.get()
    assert receipt.sha256 in first
    files = {one.name: one.read_bytes() for one in tmp_path.iterdir()}
    assert sorted(name.rpartition(".")[2] for name in files) == ["csv", "sha256", "xlsx"]
    [machine] = [content for name, content in files.items() if name.endswith(".csv")]
    assert hashlib.sha256(machine).hexdigest() == receipt.sha256
    assert machine == fetched(signed_in(summer.leader), summer.school)
    # Some days later the same data set is written the same.
    assert run(*ask) == first
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == files
    assert DataSet.objects.count() == 1
    noted = Event.objects.filter(action="data_set.fetch", role="job.operator")
    assert set(noted[0].pupil_ids) == {pupil.pk for pupil in summer.pupils}
    assert "den, der driver systemet" in signed_in(summer.leader).get(place(summer.school)).content.decode()
    # The other school's year is not completed.
    with pytest.raises(CommandError) as refused:
        run()
    assert refused.value.returncode == 1


def test_a_file_that_cannot_be_written_whole_is_not_there(tmp_path: Path) -> None:
    def breaks() -> Iterator[bytes]:
        yield b"half"
        raise OSError(28, "No space left on device")

    target = tmp_path / "fil.csv"
    delivering.whole(target, lambda: [b"whole"])
    with pytest.raises(OSError, match="No space"):
        delivering.whole(target, breaks)
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("fil.csv", b"whole")]


def test_the_rows_are_every_pupils_months_with_those_who_left_in_half_days(summer: Cast) -> None:
    close(summer)
    leader = signed_in(summer.leader)
    made(leader, summer.school)
    found = rows(fetched(leader, summer.school))
    aksel = [row for row in found if row["pupil"] == "'=1+1"]
    # A pupil of the whole year has its two hundred school days, and July has none.
    assert sum(float(row["school_days"]) for row in aksel) == 200
    assert [row["month"] for row in aksel][::10] == ["2025-08-01", "2026-06-01"]
    march, may = (
        next(row for row in aksel if row["month"] == month) for month in ("2026-03-01", "2026-05-01")
    )
    assert [march[key] for key in ("registered_days", "illness", "leave", "unlawful")] == ["1", "1", "0", "0"]
    assert [may[key] for key in ("registered_days", "illness", "leave", "unlawful")] == ["1", "0", "0.5", "0"]
    assert {row["left_after"] for row in aksel} == {""}
    freja = [row for row in found if row["pupil"] == summer.pupils[1].roster_key]
    assert {row["left_after"] for row in freja} == {"2025-12-31"}
    assert [row["month"] for row in freja][-1] == "2025-12-01"
    assert sum(float(row["unlawful"]) for row in freja) == 1
    text = fetched(leader, summer.school).decode()
    assert "Freja" not in text
    assert {row["institution_number"] for row in found} == {"X10001"}


def test_the_workbook_says_what_the_figures_are_and_counts_with_real_numbers(summer: Cast) -> None:
    close(summer)
    leader = signed_in(summer.leader)
    made(leader, summer.school)
    book = load_workbook(BytesIO(fetched(leader, summer.school, "xlsx")))
    about, table = book.worksheets
    assert about.title == "Om tallene"
    words = " ".join(str(cell.value) for row in about.iter_rows() for cell in row if cell.value)
    assert "halve dage" in words
    assert DataSet.objects.get().sha256 in words
    assert "hævder ikke" in words
    [head, *body] = table.iter_rows(values_only=True)
    assert head[10] == "Ekstraordinær frihed"
    assert 0.5 in {row[10] for row in body}
    assert "=1+1" in {row[3] for row in body}
    assert all(cell.data_type != "f" for row in table.iter_rows() for cell in row)


def test_a_correction_makes_a_data_set_one_that_cannot_be_fetched_any_more(summer: Cast) -> None:
    leader = signed_in(summer.leader)
    close(summer)
    made(leader, summer.school)
    first = DataSet.objects.get()
    [shut] = closing.history(summer.school.pk, YEAR)
    scope = scope_of(summer.leader.pk, SUMMER)
    closing.reopen(shut.uuid, summer.school.pk, reason="En fejl er fundet.", scope=scope, now=SUMMER)
    take(summer.class_7b, date(2026, 3, 10), Checkpoint.START, {})
    close(summer)
    page = leader.get(place(summer.school)).content.decode()
    assert "rettet" in page
    refused = leader.post(
        f"{place(summer.school)}{first.uuid}/fetch/", {"form": "machine", "purpose": "check"}
    )
    assert refused.status_code == 409
    assert not Delivery.objects.exists()
    assert made(leader, summer.school) == 303
    assert DataSet.objects.latest("pk").sha256 != first.sha256
    assert fetched(leader, summer.school)


def test_the_secretary_takes_along_two_hundred_rows_at_most(summer: Cast) -> None:
    factories.pupils(25, in_class=summer.class_7b)
    close(summer)
    # The sums by month know nothing of the new ones yet: rows that do not add up to them leave as nothing.
    assert made(signed_in(summer.leader), summer.school) == 409
    align()
    assert made(signed_in(summer.leader), summer.school) == 303
    secretary = signed_in(summer.secretary)
    page = secretary.get(place(summer.school), {"class": summer.class_7b.pk}).content.decode()
    assert "højst hente 200 rækker" in page
    assert "Aksel Bro" in page
    assert Event.objects.filter(action="read", subject="delivery", actor_id=summer.secretary.pk).exists()
    data_set = DataSet.objects.get()
    whole = {"form": "machine", "purpose": "check"}
    assert secretary.post(f"{place(summer.school)}{data_set.uuid}/fetch/", whole).status_code == 422
    asked = {"class": str(summer.class_7b.pk), **whole}
    refused = secretary.post(f"{place(summer.school)}excerpt/", asked | {"part": "year"})
    assert refused.status_code == 422
    assert not Event.objects.filter(action="excerpt.fetch").exists()
    half = secretary.post(f"{place(summer.school)}excerpt/", asked | {"part": "autumn"})
    assert half.status_code == 200
    assert "stil_2025-26_x10001" in half["Content-Disposition"]
    assert {row["month"][:4] for row in rows(half.content)} == {"2025"}
    assert len(Event.objects.get(action="excerpt.fetch").pupil_ids) == 30
    assert (
        secretary.post(f"{place(summer.school)}make/", {"key": str(uuid4()), "gaps": "0"}).status_code == 403
    )


def test_what_is_not_hers_or_is_not_there_is_not_found(summer: Cast) -> None:
    close(summer)
    leader = signed_in(summer.leader)
    made(leader, summer.school)
    uuid = DataSet.objects.get().uuid
    assert leader.get(place(summer.other_school)).status_code == 404
    assert leader.get(place(summer.school), {"class": summer.other_class.pk}).status_code == 404
    assert leader.get("/reports/deliveries/1999/").status_code == 404
    assert leader.get("/reports/deliveries/2099/").status_code == 404
    stranger = signed_in(summer.stranger)
    posted = stranger.post(
        f"{place(summer.other_school)}{uuid}/fetch/", {"form": "machine", "purpose": "check"}
    )
    assert posted.status_code == 404
    assert not Delivery.objects.exists()
    # A year nobody registered in, and a school that was not there in it.
    assert "ingen klasser" in leader.get(f"/reports/deliveries/2024/{summer.school.pk}/").content.decode()
    factories.school("Ny Skole", of=summer.north)
    told = signed_in(summer.area_manager).get(OVERVIEW).content.decode()
    assert "Ny Skole" in told
    assert signed_in(summer.area_manager).get(place(summer.school)).status_code == 403


def test_a_form_sent_twice_makes_one_and_anothers_key_is_refused(summer: Cast) -> None:
    close(summer)
    scope = scope_of(summer.leader.pk, SUMMER)
    [stands] = precheck.standings([summer.school], YEAR, SUMMER.date(), time(10))
    key = uuid4()
    # The same form, and another with the same rows behind it.
    for form in (key, key, uuid4()):
        datasets.make(
            summer.school,
            YEAR,
            seen_gaps=stands.check.gaps,
            key=form,
            scope=scope,
            today=SUMMER.date(),
            clock=time(10),
            now=SUMMER,
        )
    assert DataSet.objects.count() == 1
    leader = signed_in(summer.stranger)
    answer = leader.post(f"{place(summer.other_school)}make/", {"key": str(key), "gaps": "0"})
    assert answer.status_code == 400
