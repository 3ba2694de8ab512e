"""What belongs to a frozen quarter beside its rows, and does the data still give the same?

Everything a reader of the quarter is told that is not summed from its rows: which schools belonged to which area and what they
were called, targets, notes, limits and what is hidden, the versions of the methods; and a hash of the rows. One hash over all of
it names the quarter. Made again from the data of today, what differs can be named part by part.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Any

from django.db import connection

from fravaer.absence import spread
from fravaer.core.periods import Period
from fravaer.reports import bands, besides, drawn, footnotes, merging, patterns, targets
from fravaer.reports.besides import Besides
from fravaer.reports.drawn import Drawn
from fravaer.reports.modes import Mode
from fravaer.reports.units import WHOLE, Key
from fravaer.schools.models import Area, School

# Moves when the contents are written in another form.
FORM = 1
Contents = Mapping[str, Any]

# Each table's rows in one order, however they were written.
DIGEST = """
SELECT encode(sha256(convert_to(coalesce(string_agg(line, E'\\n' ORDER BY line), ''), 'UTF8')), 'hex') FROM (
  SELECT concat_ws(',', {columns}) AS line FROM {table} WHERE draw_id = %s
) lines
"""
# Cells keep what their spreads come to by band, for pages to read; the hash holds the spreads.
UNLIKE = """
SELECT count(*) FROM reports_cell c LEFT JOIN (
  SELECT with_measure, school_id, year_group, {bands} AS bands
  FROM reports_spread WHERE draw_id = %(draw)s GROUP BY with_measure, school_id, year_group
) counted USING (with_measure, school_id, year_group)
WHERE c.draw_id = %(draw)s AND c.bands <> coalesce(counted.bands, {nobody})
"""
# Registers, messages and closed cases that were counted with it.
BESIDES = "SELECT encode(sha256(convert_to(sums::text, 'UTF8')), 'hex') FROM reports_draw WHERE id = %s"
ROWS = {
    "cells": (
        "reports_cell",
        "with_measure, school_id, year_group, possible, due, illness, leave, unlawful, pending, pupils, months, weighted",
    ),
    "spreads": ("reports_spread", "with_measure, school_id, year_group, share, pupils"),
    "movers": ("reports_mover", "with_measure, cells, coalesce(share, -1), pupils"),
}


def contents(name: str, draw: Drawn, before: Drawn, modes: Sequence[Mode], told: Sequence[Any]) -> Contents:
    """The contents of a period drawn as `draw`, the same days a year earlier as `before`; `told` for each of the modes."""
    areas = list(Area.objects.order_by("pk"))
    schools = list(School.objects.order_by("pk"))
    keys: list[Key] = [WHOLE, *(("area", area.pk) for area in areas), *(("school", s.pk) for s in schools)]
    return {
        "form": FORM,
        "name": name,
        "rows": digests(draw.id) | {"before": digests(before.id)},
        "methods": {
            "drawn": drawn.FORM,
            "bands": {"version": bands.VERSION, "first": [one.first for one in bands.BANDS]},
            "patterns": patterns.VERSION,
            "blocks": [len(merging.BLOCKS[detail]) for detail in sorted(merging.BLOCKS)],
        },
        "areas": {str(area.pk): {"code": area.code, "name": area.name} for area in areas},
        "schools": {
            str(school.pk): {"name": school.name, "area": school.area_id, "number": school.institution_number}
            for school in schools
        },
        "targets": {
            _written(key): tenths for key, tenths in targets.on(draw.period.until - timedelta(days=1)).items()
        },
        "notes": _notes(keys, draw.period),
        "efforts": _efforts(keys, besides.of(draw.id)),
        "patterns": {
            f"{mode.name}": {"group": mode.group, "part": mode.part, "told": one}
            for mode, one in zip(modes, told, strict=True)
        },
    }


def digests(draw_id: int) -> dict[str, str]:
    """The hash of each table's rows of a draw. Four queries."""
    found = {}
    with connection.cursor() as cursor:
        for name, (table, columns) in ROWS.items():
            cursor.execute(DIGEST.format(table=table, columns=columns), [draw_id])
            (found[name],) = cursor.fetchone()
        cursor.execute(BESIDES, [draw_id])
        (found["besides"],) = cursor.fetchone()
    return found


def adds_up(draw_id: int) -> bool:
    """Whether the bands of a draw's cells are what its spreads come to. One query."""
    statement = UNLIKE.format(
        bands=spread.by_band(bands.EDGES, "sum(pupils)"), nobody=f"ARRAY{list(bands.NOBODY)}"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, {"draw": draw_id})
        (unlike,) = cursor.fetchone()
    return not unlike


def hashed(found: Contents) -> str:
    """The sha256 of the contents as canonical JSON: keys in order, no space, UTF-8."""
    text = json.dumps(found, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(text.encode()).hexdigest()


def changed(was: Contents, now: Contents) -> list[str]:
    """The names of the parts that differ, those of the rows first."""
    rows = [name for name in (*ROWS, "besides", "before") if was["rows"].get(name) != now["rows"].get(name)]
    others = sorted((was.keys() | now.keys()) - {"rows"})
    return rows + [name for name in others if was.get(name) != now.get(name)]


def _efforts(keys: Sequence[Key], drawn: Besides) -> dict[str, Any]:
    """What was done about absence, by unit."""
    found = {}
    for by, pk in keys:
        schools = [
            school
            for school, area in drawn.area_of.items()
            if by == "all" or pk == (school if by == "school" else area)
        ]
        found[_written((by, pk))] = besides.as_json(drawn.efforts_of(schools))
    return found


def _notes(keys: Sequence[Key], period: Period) -> list[dict[str, str]]:
    return [
        {
            "unit": _written(note.key),
            "since": note.row.since.isoformat(),
            "until": note.row.until.isoformat(),
            "text": note.row.text,
        }
        for note in footnotes.under(keys, period)
    ]


def _written(key: Key) -> str:
    return f"{key[0]}-{key[1]}"
