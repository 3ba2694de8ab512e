"""Where on a quarter's page are its files fetched?"""

from __future__ import annotations

from functools import lru_cache
from uuid import uuid4

from django import template
from django.template import Context
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from fravaer.core import stencil
from fravaer.core.http import Request
from fravaer.core.periods import Quarter
from fravaer.reports import several
from fravaer.reports.asked import Asked, Name
from fravaer.reports.outgoing import Form
from fravaer.reports.rows import Row

register = template.Library()

QUARTERS = (4, 8, 12, several.MOST_QUARTERS)
YEARS = (2, 3, several.MOST_YEARS)


@register.simple_tag(takes_context=True)
def fetch_files(context: Context, asked: Asked) -> SafeString:
    """The ways to take the page's figures along: each form with what it is for, and several periods in one workbook."""
    request: Request = context["request"]
    is_quarter = isinstance(asked.name, Quarter)
    query = asked.query()
    fields = {"name": str(asked.name)} | {key: value for key, value in _fields(asked).items() if value}
    words = {
        Form.PDF: (_("Report for the committee (PDF)"), _("May be published: hides more of small groups.")),
        Form.XLSX: (_("Workbook (XLSX)"), _("For the administration alone, with every figure of the page.")),
        Form.CSV: (_("CSV for Danish Excel"), _("May be published.")),
        Form.MACHINE: (_("CSV for other systems"), _("May be published.")),
        Form.JSON: (_("JSON for other systems"), _("May be published.")),
    }
    address = "reports:quarter-file" if is_quarter else "reports:year-file"
    forms = [
        Row(
            {},
            {
                "url": _url(address, asked.name, form.value) + (f"?{query}" if query else ""),
                "name": name,
                "what": what,
            },
        )
        for form, (name, what) in words.items()
    ]
    shape = {
        "is_quarter": is_quarter,
        "may_ask": request.scope.may("export"),
        "counts": QUARTERS if is_quarter else YEARS,
    }
    hidden = [Row({}, {"name": name, "value": value}) for name, value in fields.items()]
    return stencil.part(
        "reports/fetch.html",
        shape,
        {
            "forms": stencil.written("reports/fetch_form.html", forms),
            "fields": stencil.written("reports/fetch_field.html", hidden),
            "csrf_token": context.get("csrf_token", ""),
            "key": uuid4(),
        },
    )


@lru_cache(maxsize=1024)
def _url(address: str, name: Name, form: str) -> str:
    return reverse(address, args=[name, form])


def _fields(asked: Asked) -> dict[str, str]:
    by, pk = asked.place.key
    return {
        "area": asked.area.code if asked.area and by == "area" else "",
        "school": str(pk) if by == "school" else "",
        "years": asked.years_code,
    }
