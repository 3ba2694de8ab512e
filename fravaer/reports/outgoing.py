"""Which files of a quarter can be fetched, for whom is each meant, and what is it called?

The workbook stays within the administration and hides as its pages do. What leaves it, the report for a committee, CSV and
JSON, is published: it rests on more pupils, the same for every reader. No file knows a reader's own pupils: who may see her own
school whole sees it on her own screen.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from io import BytesIO

from fravaer.audit import trail
from fravaer.core.scope import Scope
from fravaer.reports import committee, csvs, machine, modes, preface, tabling, workbook
from fravaer.reports.asked import Asked
from fravaer.reports.blocks import Dashboard
from fravaer.reports.csvs import Variant
from fravaer.reports.dashboard import dashboard
from fravaer.reports.modes import Mode
from fravaer.reports.sheets import filename, plainly
from fravaer.schools.models import Municipality


class Form(StrEnum):
    """The files there are of one quarter or school year."""

    XLSX = "xlsx"
    CSV = "csv"
    MACHINE = "csv-machine"
    JSON = "json"
    PDF = "pdf"


ENDINGS = {Form.MACHINE: "csv"}
PUBLISHED = frozenset({Form.CSV, Form.MACHINE, Form.JSON, Form.PDF})


class Empty(Exception):
    """No register was taken in these days: there is nothing to put in a file."""


@dataclass(frozen=True, slots=True)
class File:
    """A file that is made: what it is called, and its bytes."""

    name: str
    content: bytes


def file(
    form: Form, asked: Asked, scope: Scope, *, today: date, now: datetime, part: int, group: int
) -> File:
    """The file of what is asked; that it was made is noted.

    `part` and `group` are the fewest pupils the installation tells of within the administration.

    Raises Empty.
    """
    mode = modes.publication(part, group) if form in PUBLISHED else modes.internal(part, group)
    d = figures(asked, scope, today=today, now=now, mode=mode)
    if d.is_empty or d.last_day is None:
        raise Empty
    # Two CSVs of one day are two files.
    sort = "maskine" if form is Form.MACHINE else ""
    made = File(named(asked, ENDINGS.get(form, form.value), now, sort), _written(form, d, mode, now))
    trail.changed(
        scope.actor_id,
        "quarter.file",
        role=scope.role,
        subject="quarter",
        subject_id=asked.name,
        detail={"form": form.value, "unit": asked.place.code, "mode": mode.name},
    )
    return made


def figures(asked: Asked, scope: Scope, *, today: date, now: datetime, mode: Mode) -> Dashboard:
    """The dashboard a file is made of: that of somebody who knows no pupil."""
    return dashboard(asked, replace(scope, persons=False), today=today, now=now, mode=mode)


def named(asked: Asked, ending: str, now: datetime, sort: str = "") -> str:
    """`fravaer_kvartal_2026K1_omraade-valby_2026-04-15.xlsx`."""
    name = str(asked.name)
    by = asked.place.key[0]
    called = asked.place.name
    area = called if plainly(called).startswith("omraade") else f"omraade {called}"
    place = {"all": "kommune", "area": area}.get(by, called)
    years = f"klassetrin {asked.years_code}" if asked.years is not None else ""
    return filename(
        "kvartal" if "K" in name else "skoleaar", name, place, years, sort, day=now, ending=ending
    )


def municipality() -> str:
    """The name of the municipality the installation serves."""
    return Municipality.objects.values_list("name", flat=True).first() or ""


def _written(form: Form, d: Dashboard, mode: Mode, now: datetime) -> bytes:
    match form:
        case Form.XLSX:
            target = BytesIO()
            about = preface.about(d, mode, municipality=municipality(), made_at=now)
            workbook.write(target, preface.title(d), about, tabling.sheets(d), made_at=now)
            return target.getvalue()
        case Form.CSV:
            return b"".join(csvs.lines(tabling.every_figure(d), Variant.EXCEL))
        case Form.MACHINE:
            return b"".join(csvs.lines(tabling.every_figure(d, for_machines=True), Variant.MACHINE))
        case Form.JSON:
            return machine.written(d, mode, municipality=municipality(), made_at=now)
        case Form.PDF:
            return committee.pdf(d, mode, municipality=municipality(), made_at=now)
