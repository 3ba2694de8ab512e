"""A file of known absence: shown first with everything that is wrong, entered when the office has seen what it holds."""

from __future__ import annotations

import base64
import binascii

from django.contrib import messages
from django.core.exceptions import SuspiciousOperation
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from fravaer.absence import known_importing
from fravaer.absence.known_importing import Entered
from fravaer.accounts.roles import Action
from fravaer.core import uploads
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.schools.importing.problems import RosterRefused
from fravaer.schools.models import Pupil, SchoolClass

LARGEST = 200_000


@requires(Action.KNOWN_IMPORT)
@require_http_methods(["GET", "POST"])
def import_page(request: Request) -> HttpResponse:
    """Choose a file, see what it holds, and enter it. The file comes back with the form, and is read anew."""
    if request.method == "GET":
        return _page(request)
    if content := request.POST.get("content"):
        try:
            data = uploads.text(base64.b64decode(content, validate=True), LARGEST)
        except (binascii.Error, ValueError, uploads.Refused) as error:
            raise SuspiciousOperation("the file came back otherwise than it was sent") from error
        return _read(request, data, uploads.shown(request.POST.get("file", "")), dry_run=False)
    chosen = uploads.chosen(request, "file")
    if chosen is None:
        return _page(request, error=_("Choose the file first."), status=422)
    try:
        data = uploads.words(chosen, LARGEST)
    except uploads.Refused as refused:
        return _page(request, error=_refusal(refused.why), status=422)
    return _read(request, data, uploads.name_of(chosen), dry_run=True)


def _refusal(why: uploads.Why) -> str:
    if why == uploads.Why.TOO_LARGE:
        return _("The file is too large to be a list of known absence.")
    return _("This is no CSV file. Save the spreadsheet as CSV UTF-8, and choose that file.")


def _read(request: Request, data: bytes, file: str, *, dry_run: bool) -> HttpResponse:
    try:
        entered = known_importing.take_in(
            data,
            file,
            pupils=Pupil.objects.visible_to(request.scope, request.day),
            classes=SchoolClass.objects.visible_to(request.scope).in_year_of(request.day),
            day=request.day,
            scope=request.scope,
            now=request.now,
            dry_run=dry_run,
        )
    except RosterRefused as refused:
        return _page(request, problems=[str(problem) for problem in refused.problems], status=422)
    if dry_run:
        return _page(request, seen=entered, file=file, content=base64.b64encode(data).decode())
    told = ", ".join(f"{word}: {count}" for word, count in known_importing.kinds(entered))
    messages.success(request, _("The file is read in. %(told)s.") % {"told": told})
    response = redirect("absence:known")
    response.status_code = 303
    return response


def _page(
    request: Request,
    *,
    error: str = "",
    problems: list[str] | None = None,
    seen: Entered | None = None,
    file: str = "",
    content: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "error": error,
        "problems": problems or [],
        "seen": known_importing.kinds(seen) if seen else [],
        "file": file,
        "content": content,
    }
    return render(request, "absence/known_import.html", context, status=status)
