"""The files one has asked for: asking, how far each is, fetching it, and what to do when it could not be made."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from fravaer.accounts.roles import Action
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.reports import csvs, exporting, making, tasks, workbook
from fravaer.reports.exporting import Why
from fravaer.reports.models import Export, ExportState

TYPES = {"xlsx": workbook.TYPE, "csv": csvs.TYPE, "pdf": "application/pdf", "json": "application/json"}
# The latest of one's own.
SHOWN = 50


class AskForm(forms.Form):
    key = forms.UUIDField()
    kind = forms.SlugField(max_length=32)


@requires(Action.EXPORT)
@require_GET
def mine(request: Request) -> HttpResponse:
    """The files the actor has asked for, the latest first."""
    rows = Export.objects.visible_to(request.scope).order_by("-asked_at", "-pk")[:SHOWN]
    return render(request, "reports/exports.html", {"exports": [_line(row, request) for row in rows]})


@requires(Action.EXPORT)
@require_POST
def ask(request: Request) -> HttpResponse:
    """Ask for a file; the same form sent twice asks once."""
    form = AskForm(request.POST)
    if not form.is_valid():
        raise SuspiciousOperation("the form's hidden fields are not ours")
    kind = form.cleaned_data["kind"]
    asked = _read(kind, request.POST.dict(), request)
    try:
        made = exporting.ask(
            kind, asked, key=form.cleaned_data["key"], scope=request.scope, day=request.day, now=request.now
        )
    except exporting.KeyReused as error:
        raise SuspiciousOperation("the file's key belongs to another") from error
    except (exporting.TooMany, exporting.TooOften) as refusal:
        rows = Export.objects.visible_to(request.scope).order_by("-asked_at", "-pk")[:SHOWN]
        problem = _("You are waiting for %(most)d files already. Ask again when one of them is ready.") % {
            "most": exporting.MOST_WAITING
        }
        if isinstance(refusal, exporting.TooOften):
            problem = _("You have asked for %(most)d files within an hour. Ask again later.") % {
                "most": exporting.MOST_AN_HOUR
            }
        lines = [_line(row, request) for row in rows]
        return render(request, "reports/exports.html", {"exports": lines, "problem": problem}, status=409)
    tasks.begin_export(made.pk)
    response = redirect("reports:export", made.uuid)
    response.status_code = 303
    return response


@requires(Action.EXPORT)
@require_GET
def one(request: Request, uuid: UUID) -> HttpResponse:
    """How far a file is; once ready, the way to fetch it."""
    return _page(request, _own(request, uuid))


@requires(Action.EXPORT)
@require_GET
def fetch(request: Request, uuid: UUID) -> HttpResponseBase:
    """The file itself, to be kept and not shown. One whose time is up is gone."""
    export = _own(request, uuid)
    _read(export.kind, export.asked, request)
    try:
        content = exporting.fetched(export, request.scope, folder(), request.now)
    except exporting.NotThere:
        return _page(request, export, status=410)
    return StreamingHttpResponse(
        content,
        content_type=TYPES.get(export.name.rpartition(".")[2], "application/octet-stream"),
        headers={
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "Cache-Control": "no-store, private",
            "Content-Disposition": content_disposition_header(True, export.name) or "attachment",
            # One that turns out to be cut off on its way is then seen to be.
            "Content-Length": str(export.size),
        },
    )


def folder() -> Path:
    return Path(settings.FRAVAER_EXPORTS)


def failure(why: str) -> str:
    """Why a file was not made, and what to do."""
    match why:
        case Why.NO_ACCESS:
            return _("You no longer have access to what the file was to hold.")
        case Why.NOTHING:
            return _("There are no figures of what you asked for, so there is nothing to put in a file.")
        case Why.SPACE:
            return _("There is no room for the file on the server. Tell those who run the system.")
        case Why.DIED:
            return _(
                "The file could not be finished, although it was tried several times. Ask for fewer quarters."
            )
        case _:
            return _(
                "Something went wrong while the file was made. "
                "Try again, and tell those who run the system if it happens again."
            )


def _read(kind: str, fields: exporting.Fields, request: Request) -> dict[str, str]:
    try:
        return making.read(kind, fields, request.scope, request.day)
    except PermissionError as error:
        raise PermissionDenied from error


def _own(request: Request, uuid: UUID) -> Export:
    return get_object_or_404(Export.objects.visible_to(request.scope), uuid=uuid)


def _line(export: Export, request: Request) -> dict[str, Any]:
    asked = {name: value for name, value in export.asked.items() if name not in ("day", "language")}
    is_ready = exporting.is_ready(export, request.now)
    return {
        "row": export,
        "title": making.title(export.kind, asked),
        "asked": asked,
        "is_ready": is_ready,
        "is_made": export.state in (ExportState.WAITING, ExportState.RUNNING),
        "is_gone": export.state == ExportState.GONE or (export.state == ExportState.READY and not is_ready),
        "failure": failure(export.failure) if export.state == ExportState.FAILED else "",
    }


def _page(request: Request, export: Export, status: int = 200) -> HttpResponse:
    line = _line(export, request)
    if status == 410 and not line["is_made"]:
        # The row may say that it is there: what counts is whether it is.
        line |= {"is_ready": False, "is_gone": not line["failure"]}
    return render(request, "reports/export.html", {"line": line, "key": uuid4()}, status=status)
