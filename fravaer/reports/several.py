"""What does a workbook of several quarters hold?

The tables of each quarter's own file under one another, with the quarter in the first column: what one sorts, filters and draws
from. It takes a dashboard for each quarter, so it is made in the background.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.http import Http404
from django.utils.translation import gettext as _

from fravaer.core.periods import Quarter, SchoolYear
from fravaer.core.scope import Scope
from fravaer.core.vault import Writer
from fravaer.reports import asked as asking
from fravaer.reports import modes, outgoing, preface, tabling, wording, workbook
from fravaer.reports.asked import Asked
from fravaer.reports.blocks import Dashboard
from fravaer.reports.exporting import Fields, Job, NotMade, Why
from fravaer.reports.sheets import Column, Fact, Sheet

# The most of each that are laid under one another.
MOST_QUARTERS, MOST_YEARS = 20, 5
KEPT = ("area", "school", "years")


def read(fields: Fields, scope: Scope, day: date) -> dict[str, str]:
    """The last period, how many, and the unit. Raises Http404 for what there is not for this reader."""
    name = _name(fields.get("name", ""))
    most = MOST_QUARTERS if isinstance(name, Quarter) else MOST_YEARS
    count = fields.get("count", "")
    if not (count.isascii() and count.isdecimal() and len(count) < 3 and 1 <= int(count) <= most):
        raise Http404
    asking.parse(name, fields, scope, today=day)
    kept = {key: fields[key] for key in KEPT if fields.get(key)}
    return {"name": str(name), "count": str(int(count)), **kept}


def title(fields: Fields) -> str:
    """`8 kvartaler til og med 2. kvartal 2026`."""
    name, count = _name(fields["name"]), int(fields["count"])
    words = (
        _("Workbook of %(count)d quarters up to %(period)s")
        if isinstance(name, Quarter)
        else _("Workbook of %(count)d school years up to %(period)s")
    )
    return words % {"count": count, "period": wording.period(name)}


def make(job: Job, target: Writer) -> str:
    """Count each period and write them together. Raises NotMade where none of them has a figure."""
    names = _back(_name(job.asked["name"]), int(job.asked["count"]))
    asked = asking.parse(names[-1], job.asked, job.scope, today=job.day)
    mode = modes.internal(job.limits.part, job.limits.group)
    found: list[Dashboard] = []
    for number, name in enumerate(names):
        job.progress(number, len(names) + 1)
        if name.year >= asking.EARLIEST:
            found.append(outgoing.figures(asked.of(name), job.scope, today=job.day, now=job.now, mode=mode))
    found = [d for d in found if not d.is_empty]
    if not found:
        raise NotMade(Why.NOTHING)
    job.progress(len(names), len(names) + 1)
    about = _about(
        found, preface.about(found[-1], mode, municipality=outgoing.municipality(), made_at=job.now)
    )
    workbook.write(target, title(job.asked), about, sheets(found), made_at=job.now)
    return _called(asked, names, job)


def sheets(dashboards: Sequence[Dashboard]) -> list[Sheet]:
    """The tables of all of them, period by period."""
    first = Column("period", _("Period"))
    found: dict[str, Sheet] = {}
    rows: dict[str, list[Sequence[object]]] = {}
    for d in dashboards:
        period = wording.period(d.asked.name)
        for sheet in tabling.sheets(d):
            own = list(sheet.rows)
            if sheet.key == "development":
                continue
            if sheet.key == "key-figures":
                # It names its own period, and last year's line stands with last year's quarter.
                found.setdefault(sheet.key, sheet)
                rows.setdefault(sheet.key, []).append(own[0])
                continue
            found.setdefault(
                sheet.key, Sheet(sheet.key, sheet.name, (first, *sheet.columns), (), sheet.notes)
            )
            rows.setdefault(sheet.key, []).extend([period, *row] for row in own)
    return [
        Sheet(sheet.key, sheet.name, sheet.columns, rows[key], sheet.notes)  # type: ignore[arg-type]
        for key, sheet in found.items()
    ]


def _about(dashboards: Sequence[Dashboard], facts: Sequence[Fact]) -> list[Fact]:
    """What is said of one, said of all of them."""
    spans = ", ".join(f"{wording.period(d.asked.name)} ({preface.span(d.counted)})" for d in dashboards)
    # The first lines name the municipality, the unit and the year groups; the next ones the days of one period.
    return [*facts[:3], Fact(_("Periods"), spans), *facts[7:]]


def _called(asked: Asked, names: Sequence[Quarter | SchoolYear], job: Job) -> str:
    one = outgoing.named(asked, "xlsx", job.now)
    return one.replace(str(names[-1]), f"{names[0]}-{names[-1]}")


def _name(text: str) -> Quarter | SchoolYear:
    try:
        return Quarter.parse(text) if "K" in text else SchoolYear.parse(text)
    except ValueError as error:
        raise Http404 from error


def _back(name: Quarter | SchoolYear, count: int) -> list[Quarter | SchoolYear]:
    found = [name]
    while len(found) < count:
        found.append(found[-1].previous())
    return found[::-1]
