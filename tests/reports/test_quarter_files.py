"""Do the files of a quarter say what its page says, and nothing it may not?"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from pypdf import PdfReader
from pytest_django import Settings

from fravaer.audit.models import Event
from fravaer.cases import measures
from fravaer.cases.measures import Measure
from fravaer.core.periods import Quarter, SchoolYear
from fravaer.reports import asked, footnotes, outgoing, tasks
from fravaer.reports.models import Export
from fravaer.reports.outgoing import Form
from fravaer.schools.models import School
from tests import factories
from tests.cast import DAY, MORNING, Cast, signed_in
from tests.reports import copenhagen
from tests.reports.reporting import FEBRUARY, chief
from tests.reports.test_quarter_page import take

NBSP = "\N{NO-BREAK SPACE}"
QUARTER = Quarter.of(DAY)


def fetched(client: Client, form: Form, name: Quarter | SchoolYear = QUARTER, **query: str) -> bytes:
    address = "reports:quarter-file" if isinstance(name, Quarter) else "reports:year-file"
    answer = client.get(reverse(address, args=[name, form.value]), query)
    assert answer.status_code == 200
    assert answer["Content-Disposition"].startswith('attachment; filename="fravaer_')
    return answer.content


def opened(content: bytes) -> dict[str, Worksheet]:
    return {one.title: one for one in load_workbook(io.BytesIO(content)).worksheets}


def cells(sheet: Worksheet) -> list[dict[str, Any]]:
    head, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(map(str, head), row, strict=True)) for row in rows if row[0] is not None]


def words(content: bytes) -> str:
    """A PDF's text, as one reads it from top to bottom."""
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def structure(content: bytes) -> Iterator[Any]:
    """Every element of the PDF's structure."""

    def walk(element: Any) -> Iterator[Any]:
        element = element.get_object()
        if isinstance(element, list):
            for one in element:
                yield from walk(one)
        elif isinstance(element, dict):
            yield element
            if "/K" in element:
                yield from walk(element["/K"])

    root: Any = PdfReader(io.BytesIO(content)).trailer["/Root"]
    yield from walk(root["/StructTreeRoot"])


@pytest.fixture
def manager(cast: Cast) -> Client:
    """Hers is an area of three schools with a second and a seventh year group; in one of them three pupils are in the second.
    Twenty-five pupils have a measure.
    """
    factories.pupils(35, in_class=cast.class_7b)
    factories.pupils(30, in_class=cast.other_class)
    pupils = factories.pupils(60, in_class=cast.class_2a)
    measures.load([Measure(pupil.pk, DAY) for pupil in pupils[:25]])
    classes = [(cast.class_2a, pupils), (cast.class_7b, cast.pupils)]
    for name, young in (("Elleskolen", 40), ("Øreholm Skole", 3)):
        school = factories.school(name, of=cast.north)
        for called, number in (("2.A", young), ("7.A", 30)):
            one = factories.school_class(called, at=school, year=cast.year)
            classes.append((one, factories.pupils(number, in_class=one)))
    for one, members in classes:
        take(one, [pupil.pk for pupil in members[:4]])
    footnotes.add(
        ("school", cast.school.pk), FEBRUARY, "=1+1 Influenza", key=uuid4(), scope=chief(), now=MORNING
    )
    return signed_in(cast.area_manager)


def test_the_figures_of_2016_stand_in_workbook_report_csv_and_json(db: None) -> None:
    copenhagen.filled()
    day = date(2016, 1, 31)
    name = SchoolYear(2015)
    scope = chief()
    now = factories.moment(date(2016, 3, 8), 9)
    wanted = asked.parse(name, {}, scope, today=day)

    def made(form: Form) -> bytes:
        return outgoing.file(form, wanted, scope, today=day, now=now, part=5, group=10).content

    book = opened(made(Form.XLSX))
    [whole, *_stages] = cells(book["Med social foranstaltning"])
    assert list(whole.values())[1:5] == [0.066, 7.21, 0.121, 13.3]
    [now_line, _before] = cells(book["Hovedtal"])
    assert (now_line["Fravær"], now_line["Dage pr. elev"], now_line["Elever"]) == (0.066, 7.21, 200)

    text = words(made(Form.PDF))
    for figure in (f"6,6{NBSP}%", "7,21", f"12,1{NBSP}%", "13,30"):
        assert figure in text

    found = json.loads(made(Form.JSON))
    figures = {one["id"]: one for one in found["figures"]}
    pair = ["everybody", "everybody_days", "with_measure", "with_measure_days"]
    assert [figures[f"measure.municipality.{one}"]["value"] for one in pair] == [6.6, 7.21, 12.1, 13.3]
    assert found["period"]["counted"] == {"since": "2015-08-01", "until": "2016-02-01"}

    lines = {line["id"]: line for line in csv.DictReader(io.StringIO(made(Form.MACHINE).decode()))}
    assert (lines["total.percent"]["percent"], lines["total.days"]["average"]) == ("6.6", "7.21")
    danish = made(Form.CSV).decode("utf-8-sig")
    assert "total.percent;" in danish
    assert ";6,6;" in danish


def test_a_workbook_hides_what_the_page_hides_and_says_what_it_is(manager: Client, cast: Cast) -> None:
    book = opened(fetched(manager, Form.XLSX))
    about = {row[0]: row[1] for row in book["Om tallene"].iter_rows(values_only=True) if row[0]}
    assert about["Enhed"] == "Nord"
    assert about["Periode"] == "1. kvartal 2026"
    assert about["Må vises til"].startswith("Kun forvaltningen")
    assert "færre end 10 elever" in about[".."]
    assert {row["Skole"] for row in cells(book["Skoler"])} == {"Birkeskolen", "Elleskolen", "Øreholm Skole"}
    small = School.objects.get(name="Øreholm Skole")
    of_small = opened(fetched(manager, Form.XLSX, school=str(small.pk)))
    [told] = [row["Fravær"] for row in cells(of_small["Hovedtal"])][:1]
    assert told != ".."
    assert {row["Fravær"] for row in cells(of_small["Klassetrin"])} == {".."}
    notes = cells(book["Noter"])
    assert notes[0]["Note"] == "=1+1 Influenza"
    assert book["Noter"]["E2"].data_type == "s"
    [key] = [one["Procent"] for one in cells(book["Alle tal"]) if one["Nøgle"] == "total.percent"]
    assert key == cells(book["Hovedtal"])[0]["Fravær"]
    # Her own school's leader, who sees it whole on her screen, takes no more along than a manager.
    whole = opened(fetched(signed_in(cast.leader), Form.XLSX, school=str(cast.school.pk)))
    assert "Klasser" not in " ".join(whole)


def test_what_may_be_published_hides_more(manager: Client) -> None:
    whole = {one["id"]: one for one in json.loads(fetched(manager, Form.JSON))["figures"]}
    assert whole["total.percent"]["value"] is not None
    small = str(School.objects.get(name="Øreholm Skole").pk)
    figures = {one["id"]: one for one in json.loads(fetched(manager, Form.JSON, school=small))["figures"]}
    hidden = [one for one in figures.values() if one["hidden"]]
    assert hidden
    assert {(one["value"], one["pupils"], one["coverage"]) for one in hidden} == {(None, None, None)}
    published = csv.DictReader(io.StringIO(fetched(manager, Form.MACHINE, school=small).decode()))
    told = {line["id"] for line in published if line["hidden"] == "nej"}
    assert told == {one["id"] for one in figures.values() if not one["hidden"]}
    assert "Tallene vises ikke, fordi grupperne er for små." in words(
        fetched(manager, Form.PDF, school=small)
    ).replace("\n", " ")


def test_the_report_is_tagged_titled_and_every_picture_has_words(manager: Client) -> None:
    content = fetched(manager, Form.PDF)
    reader = PdfReader(io.BytesIO(content))
    root: Any = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "da"
    assert reader.metadata
    assert reader.metadata.title == "Fravær: Nord, 1. kvartal 2026"
    assert b"pdfuaid:part" in root["/Metadata"].get_object().get_data()
    elements = list(structure(content))
    pictures = [one for one in elements if one.get("/S") == "/Figure"]
    assert len(pictures) >= 3
    assert all(len(str(one["/Alt"])) > 20 for one in pictures)
    assert {"/H1", "/H2", "/Table", "/TH"} <= {str(one.get("/S")) for one in elements}
    text = words(content)
    for part in (
        "Kvartalsrapport om skolefravær",
        "Kort fortalt",
        "Figur 1:",
        "Tabel 1:",
        "Kilde:",
        "Indhold",
    ):
        assert part in text
    assert "=1+1 Influenza" in text
    assert "Side 2 af" in text
    assert fetched(manager, Form.PDF) == content


def test_a_file_is_of_ones_own_units_and_that_it_was_made_is_noted(manager: Client, cast: Cast) -> None:
    for form in Form:
        address = reverse("reports:quarter-file", args=[QUARTER, form.value])
        assert manager.get(address, {"area": "syd"}).status_code == 404
        assert manager.get(address, {"school": str(cast.other_school.pk)}).status_code == 404
    for wrong in ("docx", "xls"):
        assert manager.get(reverse("reports:quarter-file", args=[QUARTER, wrong])).status_code == 404
    # Nobody was registered then.
    assert manager.get(reverse("reports:quarter-file", args=[Quarter(2024, 1), "pdf"])).status_code == 404
    assert not Event.objects.filter(action="quarter.file").exists()
    fetched(manager, Form.JSON)
    event = Event.objects.get(action="quarter.file")
    assert event.detail == {"form": "json", "unit": "area-nord", "mode": "publication"}
    assert event.pupil_ids == []


def test_several_quarters_stand_under_one_another(
    manager: Client, cast: Cast, tmp_path: Path, settings: Settings
) -> None:
    settings.FRAVAER_EXPORTS = str(tmp_path)
    page = manager.get(reverse("reports:quarter", args=[QUARTER])).content.decode()
    assert 'name="kind" value="quarters"' in page
    form = {"key": str(uuid4()), "kind": "quarters", "name": str(QUARTER), "area": "nord", "count": "4"}
    for wrong in ({"count": "21"}, {"count": "0"}, {"count": "x"}, {"name": "2026K5"}, {"area": "syd"}):
        assert manager.post(reverse("reports:export-ask"), form | wrong).status_code == 404
    assert manager.post(reverse("reports:export-ask"), form).status_code == 303
    export = Export.objects.get()
    tasks.export(export.pk)
    export.refresh_from_db()
    assert export.name == "fravaer_kvartal_2025K2-2026K1_omraade-nord_2026-03-10.xlsx"
    answer = manager.get(reverse("reports:export-fetch", args=[export.uuid]))
    book = opened(b"".join(answer))
    assert {row["Periode"] for row in cells(book["Skoler"])} == {"1. kvartal 2026"}
    assert "Regneark med 4 kvartaler" in manager.get(reverse("reports:exports")).content.decode()
    # Quarters nobody registered hold nothing to be put in a file.
    empty = {"key": str(uuid4()), "kind": "quarters", "name": "2019K4", "area": "nord", "count": "8"}
    manager.post(reverse("reports:export-ask"), empty)
    tasks.export(Export.objects.exclude(pk=export.pk).get().pk)
    assert Export.objects.exclude(pk=export.pk).get().failure == "nothing"
