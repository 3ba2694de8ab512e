"""How does a list leave as a file that a spreadsheet opens, without running what stands in it?

Danish Excel's CSV: UTF-8 with its mark, semicolons, decimal commas. A text that a spreadsheet would take for a formula gets an
apostrophe before it (OWASP, CSV injection): names and notes are typed by people.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

from django.http import HttpResponse
from django.utils import timezone

Cell = str | int | Decimal | date | datetime | None
# The wide signs are those of East Asian keyboards, which some spreadsheets take for the narrow ones.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def as_csv(name: str, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> HttpResponse:
    """The list as a file called `name` (plain letters, without the ending) to be kept, not shown."""
    text = io.StringIO()
    out = csv.writer(text, delimiter=";", lineterminator="\r\n")
    out.writerow([written(str(cell)) for cell in head])
    out.writerows([written(cell) for cell in row] for row in rows)
    response = HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response["Cache-Control"] = "no-store"
    return response


def written(cell: Cell) -> str:
    """One field: numbers with a comma, days and moments as `10-03-2026` and `10-03-2026 08.03.07`, local time."""
    match cell:
        case None:
            return ""
        case datetime():
            return timezone.localtime(cell).strftime("%d-%m-%Y %H.%M.%S")
        case date():
            return cell.strftime("%d-%m-%Y")
        case Decimal() | int():
            return str(cell).replace(".", ",")
    return f"'{cell}" if cell.startswith(FORMULA) else cell
