"""How does a page become a PDF?

A typst document under templates/ and the values it prints become one file: tagged for screen readers, with the fonts typst
brings along, and byte for byte the same from the same values. What people wrote arrives as values and is never read as
markup; a document reaches no file outside templates/ and no network.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import typst
from django.http import HttpResponse
from django.template import TemplateDoesNotExist
from django.template.engine import Engine

__all__ = ["Standard", "pdf", "response"]

Standard = Literal["ua-1"]


def pdf(
    template: str, values: Mapping[str, Any], *, made_at: datetime, standard: Standard | None = None
) -> bytes:
    """The PDF of `templates/<template>`, for instance `cases/meeting_sheet.typ`, printing `values` (anything JSON can hold).

    `standard` is one the file has to meet, `ua-1` for PDF/UA-1; a document that does not is refused.

    The document reads them by `json(bytes(sys.inputs.values))`; shared pieces lie in `/core/paper.typ`. Figures and days
    arrive as words. Raises TemplateDoesNotExist, or typst.TypstError when the document itself is wrong.
    """
    path = _found(template)
    root = path.parents[len(Path(template).parts) - 1]
    made: bytes = typst.compile(
        str(path),
        root=str(root),
        format="pdf",
        ignore_system_fonts=True,
        sys_inputs={"values": json.dumps(values, ensure_ascii=False)},
        timestamp=int(made_at.timestamp()),
        pdf_tags=True,
        pdf_standards=standard,
    )
    return made


def response(content: bytes, name: str) -> HttpResponse:
    """The PDF as an answer, shown by the browser under an ASCII file name that says nothing of anybody."""
    return HttpResponse(
        content,
        content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{name}.pdf"', "Cache-Control": "no-store"},
    )


@lru_cache(maxsize=64)
def _found(template: str) -> Path:
    for directory in Engine.get_default().dirs:
        path = Path(directory) / template
        if path.is_file():
            return path
    raise TemplateDoesNotExist(template)
