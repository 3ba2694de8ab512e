"""The letters and files of a case: what has been written, what has been put there, and adding to both."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_POST

from fravaer.accounts.roles import Action
from fravaer.cases import composing, documents, filecheck, letters, lettertexts, lifecycle
from fravaer.cases.domains import Domain, domains, may, reads
from fravaer.cases.filecheck import Why
from fravaer.cases.forms import TurnForm, turn_in
from fravaer.cases.models import Case, Document, Letter, LetterKind, State
from fravaer.cases.pages import letter_words, refusals
from fravaer.cases.pages.frame import case_for, framed
from fravaer.core import uploads
from fravaer.core.access import requires
from fravaer.core.http import Request

MEGABYTES = filecheck.LARGEST // 1024 // 1024


class FileForm(TurnForm):
    key = forms.UUIDField(widget=forms.HiddenInput)
    file = forms.FileField(
        label=gettext_lazy("File"),
        widget=forms.FileInput(attrs={"accept": ",".join(filecheck.KINDS)}),
        error_messages={
            "required": gettext_lazy("Choose a file."),
            "empty": gettext_lazy("The file is empty."),
        },
    )
    domain = forms.ChoiceField(label=gettext_lazy("Who may read it"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, own: tuple[Domain, ...], **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "file_%s", **kwargs})
        self.fields["file"].help_text = _(
            "PDF, PNG, JPEG, Word (docx), OpenDocument text (odt) or plain text (txt), at most %(most)d MB, without macros."
        ) % {"most": MEGABYTES}
        if len(own) > 1:
            choice: Any = self.fields["domain"]
            choice.choices = [(domain.value, domain.label) for domain in own]
            choice.initial = own[0].value
        else:
            del self.fields["domain"]


class NewLetterForm(forms.Form):
    """A letter to begin; the warning and the referral of this quarter are begun from the law's page as well."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Letter"),
        choices=[
            (kind.value, kind.label)
            for kind in (
                LetterKind.SUMMONS,
                LetterKind.INVITATION,
                LetterKind.WARNING,
                LetterKind.REFERRAL,
            )
        ],
    )
    language = forms.ChoiceField(label=gettext_lazy("Language"))
    meeting = forms.ChoiceField(label=gettext_lazy("Meeting"), required=False)
    day = forms.DateField(
        label=pgettext_lazy("of a talk", "Day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("Where no meeting is chosen."),
    )
    time = forms.TimeField(
        label=pgettext_lazy("of a talk", "Time"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}),
    )

    def __init__(self, *args: Any, meetings: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "new_%s", **kwargs})
        language: Any = self.fields["language"]
        language.choices = [
            ("", _("The guardians' own")),
            *((code, letter_words.LANGUAGES[code]) for code in lettertexts.LANGUAGES),
        ]
        language.required = False
        meeting: Any = self.fields["meeting"]
        meeting.choices = [("", _("No meeting in the calendar")), *meetings]


# Whoever writes in a case reads what is inside it.
@requires(Action.CASE_NOTE)
@require_GET
def papers(request: Request, case_uuid: UUID) -> HttpResponse:
    """What has been written about the case's pupil, and the files put there."""
    return _page(request, _case(request, case_uuid))


@requires(Action.CASE_NOTE)
@require_POST
def add(request: Request, case_uuid: UUID) -> HttpResponse:
    """Put a file in the case. What is refused is said in a sentence, and nothing of it is kept."""
    case = _case(request, case_uuid, Action.CASE_NOTE)
    form = FileForm(request.POST, uploads.files(request), own=domains(request.scope))
    if "key" in form.errors:
        raise SuspiciousOperation("the file's hidden fields are not ours")
    if not form.is_valid():
        return _page(request, case, form=form, status=422)
    upload = form.cleaned_data["file"]
    status = 422
    try:
        if upload.size > filecheck.LARGEST:
            raise filecheck.Refused(Why.TOO_LARGE)
        chosen = form.cleaned_data.get("domain")
        with lifecycle.holding(case, form.cleaned_data["turn"]):
            documents.add(
                *(case, request.scope, request.now, folder()),
                key=form.cleaned_data["key"],
                name=upload.name,
                content=upload.read(),
                domain=Domain(chosen) if chosen else None,
            )
    except filecheck.Refused as refused:
        form.add_error("file", refusal(refused.why))
    except documents.TooMany:
        form.add_error(
            "file", _("The case has as many files as a case may have. Remove one that is not needed.")
        )
    except documents.NotKept:
        status = 503
        form.add_error(
            "file",
            _("The file could not be kept: the disk did not take it. Nothing is saved; try again later."),
        )
    except documents.KeyReused as error:
        raise SuspiciousOperation("the file's key belongs to another") from error
    except lifecycle.NotOpen:
        status = 409
        form.add_error("file", _("The case has been closed meanwhile. The file is not saved."))
    except lifecycle.HandedOver as refused:
        return _page(request, case, status=409, problem=refusals.said(refused))
    if form.errors:
        return _page(request, case, form=form, status=status)
    messages.success(request, _("The file is in the case."))
    return _see_other(case)


@requires(Action.CASE_NOTE)
@require_GET
def document(request: Request, case_uuid: UUID, document_uuid: UUID) -> HttpResponse:
    """One file, to be saved on the reader's own machine and never shown as a page of ours."""
    case = _case(request, case_uuid)
    found = _document(request, case, document_uuid)
    try:
        content = documents.content_of(found, case, request.scope, folder())
    except documents.Lost:
        problem = _("The file is not there any more, or is not what was kept. Tell those who run the system.")
        return _page(request, case, status=410, problem=problem)
    ending = found.name.rpartition(".")[2]
    return HttpResponse(
        content,
        content_type=found.kind,
        headers={
            "Content-Disposition": f"attachment; filename=\"bilag.{ending}\"; filename*=UTF-8''{quote(found.name)}",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cache-Control": "no-store, private",
        },
    )


@requires(Action.CASE_NOTE)
@require_POST
def remove(request: Request, case_uuid: UUID, document_uuid: UUID) -> HttpResponse:
    """Delete a file; that it was there stays to be seen."""
    case = _case(request, case_uuid, Action.CASE_NOTE)
    found = _document(request, case, document_uuid)
    try:
        with lifecycle.holding(case, turn_in(request.POST)):
            if not found.removed_at and not documents.may_remove(found, case, request.scope):
                messages.error(
                    request,
                    _("A file is deleted by the one who put it there; the school's by the school leader."),
                )
                return _see_other(case)
            documents.remove(found, case, request.scope, request.now, folder())
    except lifecycle.HandedOver as refused:
        return _page(request, case, status=409, problem=refusals.said(refused))
    messages.success(request, _("The file is deleted. That it was there stays in the list."))
    return _see_other(case)


def folder() -> Path:
    return Path(settings.FRAVAER_DOCUMENTS)


def refusal(why: Why) -> str:
    """Why a file is not kept, and what to do."""
    match why:
        case Why.EMPTY:
            return _("The file is empty.")
        case Why.TOO_LARGE:
            return _("The file is larger than %(most)d MB. Nothing of it is kept.") % {"most": MEGABYTES}
        case Why.NAME:
            return _("The file has no name with an ending such as .pdf.")
        case Why.KIND:
            return _("Files of this kind are not kept. Save it as PDF and try again.")
        case Why.MISMATCH:
            return _("The file is not what its ending says. Save it anew as PDF and try again.")
        case Why.ACTIVE:
            return _(
                "The file holds macros, programs, web pages or other files. Save it anew as PDF and try again."
            )
        case Why.BOMB:
            return _("The file unpacks to far more than it is. It is not kept.")
        case Why.PROTECTED:
            return _("The file is locked with a password. Save it without and try again.")
        case _:
            return _("The file is damaged. Save it anew and try again.")


def _case(request: Request, case_uuid: UUID, action: Action = Action.CASE_READ) -> Case:
    case = case_for(request, case_uuid, action)
    if not reads(case, request.scope):
        raise Http404
    return case


def _document(request: Request, case: Case, document_uuid: UUID) -> Document:
    found = documents.readable(case, request.scope).filter(uuid=document_uuid).first()
    if found is None:
        raise Http404
    return found


def _page(
    request: Request, case: Case, *, form: FileForm | None = None, status: int = 200, problem: str = ""
) -> HttpResponse:
    scope = request.scope
    is_open = case.state == State.OPEN
    writes = is_open and may(scope, Action.CASE_NOTE, case.pupil_id)
    drafts = is_open and letters.may_draft(scope, case.pupil_id, LetterKind.INVITATION)
    written = Letter.objects.visible_to(scope, request.day).filter(pupil=case.pupil_id)
    if writes and form is None:
        form = FileForm(initial={"key": uuid4(), "turn": lifecycle.turn(case)}, own=domains(scope))
    context: dict[str, Any] = {
        "letters": written.select_related("signed_by", "drafted_by").order_by("-drafted_at", "-pk"),
        "documents": [
            (found, documents.may_remove(found, case, scope)) for found in documents.readable(case, scope)
        ],
        "file_form": form if writes else None,
        "refused": form if form is not None and form.errors else None,
        "problem": problem,
        "new_form": NewLetterForm(meetings=composing.coming_meetings(case, request.now)) if drafts else None,
        "new_key": uuid4(),
    }
    return framed(request, case, "cases/papers.html", context, tab="papers", status=status)


def _see_other(case: Case) -> HttpResponse:
    response = redirect("cases:papers", case.uuid)
    response.status_code = 303
    return response
