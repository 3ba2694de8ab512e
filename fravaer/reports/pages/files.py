"""The files of one quarter or school year, made at once."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpResponse
from django.views.decorators.http import require_GET

from fravaer.accounts.roles import Action
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.core.periods import Quarter, SchoolYear
from fravaer.reports import asked, outgoing
from fravaer.reports.outgoing import Form
from fravaer.reports.pages.exports import TYPES


@requires(Action.QUARTER_READ)
@require_GET
def fetch(request: Request, name: Quarter | SchoolYear, form: str) -> HttpResponse:
    """One file, to be kept. The address after the question mark is the page's own."""
    if form not in list(Form):
        raise Http404
    wanted = asked.parse(name, request.GET, request.scope, today=request.day)
    try:
        made = outgoing.file(
            Form(form),
            wanted,
            request.scope,
            today=request.day,
            now=request.now,
            part=settings.SMALL_CELL_N,
            group=settings.SMALL_DENOM,
        )
    except outgoing.Empty as error:
        raise Http404 from error
    return HttpResponse(
        made.content,
        content_type=TYPES[made.name.rpartition(".")[2]],
        headers={
            "Content-Disposition": f'attachment; filename="{made.name}"',
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store, private",
        },
    )
