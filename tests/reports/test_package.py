"""The data package of 1 September: what it holds for whom, its receipt, and what it never tells."""

from __future__ import annotations

from io import BytesIO
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from openpyxl import load_workbook

from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.reasons import Mark
from fravaer.accounts.roles import Role
from fravaer.audit.models import Event
from fravaer.reports.models import DataSet, Delivery
from tests import factories
from tests.cast import DAY, Cast, signed_in
from tests.reports.test_deliveries import SUMMER, take

PAGE = "/reports/package/2025/"
NBSP = "\N{NO-BREAK SPACE}"


@pytest.fixture
def autumn(cast: Cast, clock: time_machine.Traveller) -> Cast:
    """One registered day: of Birkeskolen's 2.A, 12 of 60 ill, of Havneskolen's 2.A, 1 of 60, and of a school of two pupils, 1."""
    small = factories.school("Lilleskolen", of=cast.south)
    for place, pupils, ill in ((cast.school, 60, 12), (cast.other_school, 60, 1), (small, 2, 1)):
        at = factories.school_class("2.C", at=place, year=cast.year)
        there = factories.pupils(pupils, in_class=at)
        take(at, DAY, Checkpoint.START, {pupil.pk: Mark.ILL for pupil in there[:ill]})
    for school_class in (cast.class_7b, cast.other_class):
        factories.pupils(60, in_class=school_class)
    clock.move_to(factories.moment(SUMMER.date().replace(month=9, day=1), 9))
    return cast


@pytest.fixture
def chief(autumn: Cast) -> Client:
    chief = factories.user("Karen Holm")
    factories.grant(chief, Role.CHIEF, None, until=SUMMER.date().replace(year=2027))
    return signed_in(chief)


def test_the_chief_makes_it_fetches_it_and_notes_that_it_is_delivered(autumn: Cast, chief: Client) -> None:
    # Opened in September, it is the year that has just ended.
    page = chief.get("/reports/package/").content.decode()
    assert "2025/26" in page
    assert f"11,5{NBSP}%" in page
    key = str(uuid4())
    assert [chief.post(f"{PAGE}make/", {"key": key}).status_code for _again in range(2)] == [303, 303]
    receipt = DataSet.objects.get()
    assert (receipt.kind, receipt.school, receipt.lacking) == ("package", None, {"not_completed": 3})
    assert receipt.sha256 in chief.get(PAGE).content.decode()
    answer = chief.post(f"{PAGE}fetch/", {"form": "xlsx"})
    book = load_workbook(BytesIO(answer.content))
    assert book.sheetnames[0] == "Om tallene"
    units = {row[1]: row[2:] for row in book.worksheets[1].iter_rows(min_row=2, values_only=True)}
    # Two pupils may not be told of.
    assert units["Lilleskolen"][0] == ".."
    assert units["Hele kommunen"][0] == 0.115
    assert "datapakke_2025-26_hele-kommunen_2026-09-01.xlsx" in answer["Content-Disposition"]
    assert chief.post(f"{PAGE}delivered/", {"receipt": "K-18"}).status_code == 303
    assert list(Delivery.objects.order_by("pk").values_list("what", flat=True)) == ["fetched", "delivered"]
    assert not any(event.pupil_ids for event in Event.objects.filter(action__startswith="package."))


def test_a_manager_has_her_area_and_no_receipt_to_make(autumn: Cast) -> None:
    manager = factories.user("Bo Lind")
    factories.grant(manager, Role.AREA_MANAGER, autumn.north, until=SUMMER.date().replace(year=2027))
    client = signed_in(manager)
    page = client.get(PAGE).content.decode()
    assert "Nord" in page
    assert "Syd" not in page
    assert "Havneskolen" not in page
    assert client.post(f"{PAGE}make/", {"key": str(uuid4())}).status_code == 403
    assert client.post(f"{PAGE}fetch/", {"form": "machine"}).status_code == 200
    assert client.post(f"{PAGE}fetch/", {"form": "exe"}).status_code == 422
    assert not DataSet.objects.exists()


def test_a_year_without_a_register_or_not_over_or_not_there_makes_none(chief: Client) -> None:
    assert "intet at opgøre" in chief.get("/reports/package/2024/").content.decode()
    assert chief.post("/reports/package/2024/make/", {"key": str(uuid4())}).status_code == 409
    assert chief.post("/reports/package/2026/make/", {"key": str(uuid4())}).status_code == 409
    assert chief.get("/reports/package/1999/").status_code == 404
    assert chief.get("/reports/package/2030/").status_code == 404
    assert not DataSet.objects.exists()
