"""How does a quarter leave for another system?

Aggregates as JSON: what they are of, how they are counted and as of when, and every figure by its key with its unit and
method. A hidden figure has no number and says that it is hidden. The form is versioned: a key never changes its meaning.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import get_language

from fravaer.core.periods import Period
from fravaer.reports import explaining, meaning, preface
from fravaer.reports.blocks import Dashboard, Value
from fravaer.reports.modes import Mode

FORM = "fravaer-aggregates"
VERSION = 1
UNITS = {
    "tenths": ("percent", 10),
    "hundredths": ("days", 100),
    "count": ("count", 1),
    "points": ("points", 10),
}


def written(d: Dashboard, mode: Mode, *, municipality: str, made_at: datetime) -> bytes:
    """The file's bytes: UTF-8, two spaces deep, the same for the same figures."""
    found = {
        "form": FORM,
        "version": VERSION,
        "language": get_language() or "da",
        "title": preface.title(d),
        "municipality": municipality,
        "made_at": _moment(made_at),
        "as_of": _moment(d.drawn_at),
        "standing": {
            "frozen": d.frozen is not None,
            "approved": bool(d.frozen and d.frozen.is_approved),
            "version": d.frozen.version if d.frozen else None,
            "sha256": d.frozen.sha256 if d.frozen else None,
        },
        "unit": {"kind": d.asked.place.key[0], "code": d.asked.place.code, "name": d.asked.place.name},
        "year_groups": list(d.asked.years) if d.asked.years is not None else None,
        # `until` is the first day that is not counted.
        "period": {"name": str(d.asked.name), **_days(d.asked.period), "counted": _days(d.counted)},
        "compared_with": _days(d.earlier),
        "mode": {"name": mode.name, "smallest_group": mode.group, "smallest_part": mode.part},
        "bands_version": d.bands.version,
        "definitions": dict(preface.definitions(d, mode)),
        "figures": [_figure(d, value) for value in explaining.values(d).values()],
        "development": [
            {
                "quarter": str(point.name),
                "percent": _number(point.percent, 10),
                "target": _number(point.target, 10),
                "hidden": point.is_hidden,
                "uncertain": point.is_uncertain,
                "running": point.is_running,
            }
            for point in d.total.line
        ],
        "target": _number(d.total.target, 10),
        "notes": [
            {
                "number": note.number,
                "unit": note.unit or None,
                "since": note.row.since.isoformat(),
                "until": note.row.until.isoformat(),
                "text": note.row.text,
            }
            for note in d.footnotes
        ],
    }
    return (json.dumps(found, ensure_ascii=False, indent=2) + "\n").encode()


def _figure(d: Dashboard, value: Value) -> dict[str, Any]:
    unit, divisor = UNITS[value.unit]
    return {
        "id": value.id,
        "of": meaning.title(d, value),
        "unit": unit,
        "method": value.method,
        "value": _number(value.shown, divisor),
        "pupils": value.pupils,
        "coverage": _number(value.coverage, 10),
        "hidden": value.is_hidden,
        "uncertain": value.is_uncertain,
    }


def _number(value: int | None, divisor: int) -> int | float | None:
    if value is None or divisor == 1:
        return value
    return value / divisor


def _days(period: Period) -> dict[str, str]:
    return {"since": period.since.isoformat(), "until": period.until.isoformat()}


def _moment(at: datetime) -> str:
    return localtime(at).isoformat(timespec="seconds")
