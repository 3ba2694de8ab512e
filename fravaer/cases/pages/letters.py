"""A letter: drafted, looked at, signed off, sent, withdrawn, and printed."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from fravaer.accounts import opening
from fravaer.accounts.freshness import fresh_when
from fravaer.accounts.roles import Action
from fravaer.audit import trail
from fravaer.cases import composing, letters, lettertexts, lifecycle, referrals, undermining
from fravaer.cases import evidence as registers
from fravaer.cases.forms import turn_in
from fravaer.cases.models import Case, Letter, LetterKind, LetterState, State
from fravaer.cases.pages import letter_words, letterpaper
from fravaer.cases.pages.letter_forms import DraftForm, EditForm, ReasonForm, SeenForm, SendForm
from fravaer.core import paper
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.core.periods import Quarter
from fravaer.schools.models import Pupil

NO_FORMS: Mapping[str, Any] = {}
REFUSALS = (
    letters.Stale,
    letters.NotNow,
    letters.NotReached,
    letters.Corrected,
    letters.Unchecked,
    lettertexts.TextRefused,
    undermining.NotUndermined,
    lifecycle.HandedOver,
)


@requires(Action.LETTER_DRAFT)
@require_POST
def draft(request: Request) -> HttpResponse:
    """Begin a letter about a pupil; the one there is already is shown instead of a second."""
    form = DraftForm(request.POST)
    if not form.is_valid():
        raise SuspiciousOperation("a draft that no form of ours asks for")
    asked, kind = form.cleaned_data, LetterKind(form.cleaned_data["kind"])
    pupil = get_object_or_404(Pupil.objects.visible_to(request.scope, request.day), uuid=asked["pupil"])
    if not letters.may_draft(request.scope, pupil.pk, kind):
        raise PermissionDenied
    case = Case.objects.visible_to(request.scope, request.day).filter(pupil=pupil, state=State.OPEN).first()
    works_there = request.scope.may(Action.LETTER_DUTIES) and kind in letters.LIMITS
    back = redirect("cases:papers", case.uuid) if case and not works_there else redirect("home")
    back = redirect("cases:duties") if works_there else back
    legal_quarter = Quarter.of(request.day) if kind in letters.LIMITS else None
    meeting_at = None
    if asked["day"] and asked["time"]:
        meeting_at = timezone.make_aware(datetime.combine(asked["day"], asked["time"]))
    try:
        # The law's two letters are the office's work, whoever is responsible for a case.
        with _holding(None if works_there else case, request):
            letter = letters.draft(
                *(pupil, kind, request.scope, request.now, request.day),
                key=asked["key"],
                quarter=Quarter.parse(asked["quarter"]) if asked["quarter"] else legal_quarter,
                language=asked["language"],
                case=case,
                meeting=composing.meeting_of(case, asked["meeting"]) if case and asked["meeting"] else None,
                meeting_at=meeting_at,
            )
    except letters.AlreadyThere as there:
        messages.info(request, _("There is such a letter of the quarter already: this one."))
        letter = there.letter
    except (letters.NotReached, lifecycle.HandedOver) as refusal:
        messages.error(request, letter_words.refusal(refusal))
        return _see_other(back)
    except (LookupError, ValueError):
        messages.error(
            request, _("Choose a meeting, or write the day and the time people are asked to come.")
        )
        return _see_other(back)
    return _see_other(redirect("cases:letter", letter.uuid))


@requires(Action.LETTER_READ)
@require_GET
def letter(request: Request, letter_uuid: UUID) -> HttpResponse:
    """One letter: as it reads, what it rests on, and what is to be done with it."""
    return _page(request, _letter(request, letter_uuid))


@requires(Action.LETTER_DRAFT)
@require_POST
def edit(request: Request, letter_uuid: UUID) -> HttpResponse:
    """Save the draft's words and checks; or count its figures anew. Whatever goes wrong, what was typed comes back."""
    found = _letter(request, letter_uuid)
    kind = LetterKind(found.kind)
    if not letters.may_draft(request.scope, found.pupil_id, kind):
        raise PermissionDenied
    form = EditForm(request.POST, kind=kind)
    if "seen" in form.errors:
        raise SuspiciousOperation("the letter's hidden fields are not ours")
    if "recount" in request.POST:
        seen = form.cleaned_data["seen"]
        try:
            with _holding(found.case, request):
                letters.recount(found, request.scope, request.day, seen=seen)
        except REFUSALS as refusal:
            return _page(request, found, refusal=refusal)
        messages.success(
            request, _("Counted anew. Look at the figures and the days before you tick them off.")
        )
        return _see_other(redirect("cases:letter", found.uuid))
    if not form.is_valid():
        return _page(request, found, edit_form=form, status=422)
    data = form.cleaned_data
    try:
        with _holding(found.case, request):
            letters.edit(
                found,
                request.scope,
                request.now,
                seen=data["seen"],
                subject=letter_words.canonical(data["subject"]),
                body=letter_words.canonical(data["body"]),
                checked=data["checked"],
            )
    except lettertexts.TextRefused as refusal:
        for problem in refusal.problems:
            form.add_error("body", letter_words.words(problem))
        return _page(request, found, edit_form=form, status=422)
    except REFUSALS as refusal:
        return _page(request, found, edit_form=form, refusal=refusal)
    messages.success(request, _("The draft is saved."))
    return _see_other(redirect("cases:letter", found.uuid))


@requires(Action.LETTER_SIGN)
@require_POST
def sign(request: Request, letter_uuid: UUID) -> HttpResponse:
    """Sign the letter off: from now on it says what it says."""
    found = _letter(request, letter_uuid)
    try:
        with _holding(found.case, request):
            letters.sign(
                found,
                request.scope,
                request.now,
                seen=_seen(request),
                sender=request.user.name,  # type: ignore[union-attr]
            )
    except REFUSALS as refusal:
        return _page(request, found, refusal=refusal)
    messages.success(request, _("The letter is signed off. It has not been sent yet."))
    return _see_other(redirect("cases:letter", found.uuid))


def _is_referral(request: Request, letter_uuid: UUID) -> bool:
    rows = Letter.objects.visible_to(request.scope, request.day)
    return rows.filter(uuid=letter_uuid, kind=LetterKind.REFERRAL).exists()


@requires(Action.LETTER_DRAFT)
@fresh_when(_is_referral)
@require_POST
def send(request: Request, letter_uuid: UUID) -> HttpResponse:
    """Note how and when the letter was sent; a referral is sent to the municipality here."""
    found = _letter(request, letter_uuid)
    if not letters.may_draft(request.scope, found.pupil_id, LetterKind(found.kind)):
        raise PermissionDenied
    if found.kind == LetterKind.REFERRAL:
        if not request.scope.may(Action.LETTER_SIGN):
            raise PermissionDenied
        try:
            with _holding(found.case, request):
                referrals.send(found, request.scope, request.now, request.day, seen=_seen(request))
        except REFUSALS as refusal:
            return _page(request, found, refusal=refusal)
        messages.success(request, _("The referral is sent. You are told here when it is received."))
        return _see_other(redirect("cases:letter", found.uuid))
    form = SendForm(request.POST, today=request.day, signed_at=found.signed_at)
    if "seen" in form.errors:
        raise SuspiciousOperation("the letter's hidden fields are not ours")
    if not form.is_valid():
        return _page(request, found, forms={"send_form": form}, status=422)
    data = form.cleaned_data
    try:
        with _holding(found.case, request):
            letters.mark_sent(
                found, request.scope, request.now, seen=data["seen"], how=data["how"], sent_on=data["sent_on"]
            )
    except REFUSALS as refusal:
        return _page(request, found, refusal=refusal)
    messages.success(request, _("It is noted that the letter is sent."))
    return _see_other(redirect("cases:letter", found.uuid))


@requires(Action.LETTER_DRAFT)
@require_POST
def withdraw(request: Request, letter_uuid: UUID) -> HttpResponse:
    """Withdraw the letter with the reason."""
    found = _letter(request, letter_uuid)
    if not letters.may_draft(request.scope, found.pupil_id, LetterKind(found.kind)):
        raise PermissionDenied
    return _reasoned(request, found, referrals.withdraw, _("The letter is withdrawn."), "withdraw_form")


@requires(Action.LETTER_SIGN)
@require_POST
def uphold(request: Request, letter_uuid: UUID) -> HttpResponse:
    """Answer that the letter stands although the registers have been corrected."""
    found = _letter(request, letter_uuid)
    return _reasoned(
        request, found, undermining.uphold, _("It is noted why the letter stands."), "uphold_form"
    )


@requires(Action.LETTER_READ)
@require_GET
def pdf(request: Request, letter_uuid: UUID) -> HttpResponse:
    """The letter as a PDF: of a draft as it would be now, of a signed one always the same."""
    found = _letter(request, letter_uuid)
    try:
        values = letterpaper.values(found, _sender(request))
    except lettertexts.TextRefused as refusal:
        return _page(request, found, refusal=refusal)
    trail.saw(request.scope, "letter.pdf", [found.pupil_id], subject_id=found.uuid)
    made_at = found.signed_at or found.drafted_at
    return paper.response(
        paper.pdf("cases/letter.typ", values, made_at=made_at), f"brev-{found.uuid.hex[:8]}"
    )


def _reasoned(request: Request, found: Letter, change: Any, done: str, name: str) -> HttpResponse:
    form = ReasonForm(request.POST, auto_id=f"{name}_%s")
    if "seen" in form.errors:
        raise SuspiciousOperation("the letter's hidden fields are not ours")
    if not form.is_valid():
        return _page(request, found, status=422, forms={name: form})
    data = form.cleaned_data
    try:
        with _holding(found.case, request):
            change(found, request.scope, request.now, seen=data["seen"], because=data["because"])
    except REFUSALS as refusal:
        return _page(request, found, refusal=refusal, forms={name: form})
    messages.success(request, done)
    return _see_other(redirect("cases:letter", found.uuid))


def _holding(case: Case | None, request: Request) -> AbstractContextManager[None]:
    """Hold the letter's case, where it has one, as long as it is still in the turn the form was made in."""
    return lifecycle.holding(case, turn_in(request.POST)) if case else nullcontext()


def _letter(request: Request, letter_uuid: UUID) -> Letter:
    rows = Letter.objects.visible_to(request.scope, request.day)
    people = ("drafted_by", "signed_by", "sent_by", "withdrawn_by", "upheld_by")
    found = get_object_or_404(rows.select_related("pupil", "school", "case", *people), uuid=letter_uuid)
    opening.opened(request, found.pupil_id)
    return found


def _page(
    request: Request,
    found: Letter,
    *,
    refusal: Exception | None = None,
    status: int = 200,
    edit_form: EditForm | None = None,
    forms: Mapping[str, Any] = NO_FORMS,
) -> HttpResponse:
    """The letter's page. A form that was refused comes back with what was typed, above what is new in the letter."""
    scope = request.scope
    if refusal:
        status = 409
        found = _letter(request, found.uuid)
        if edit_form is not None:
            typed = request.POST.copy()
            typed["seen"] = str(found.version)
            edit_form = EditForm(typed, kind=LetterKind(found.kind))
    kind = LetterKind(found.kind)
    drafts = letters.may_draft(scope, found.pupil_id, kind)
    signs = scope.may(Action.LETTER_SIGN)
    is_draft = found.state == LetterState.DRAFT
    try:
        subject, body, problem = *composing.filled(found, _sender(request)), ""
    except lettertexts.TextRefused as refused:
        subject, body, problem = "", "", letter_words.refusal(refused)
    now = registers.again(found.pupil_id, found.evidence) if "quarter" in found.evidence else None
    trail.saw(scope, "letter", [found.pupil_id], subject_id=found.uuid)
    seen = {"seen": found.version}
    context: dict[str, Any] = {
        "letter": found,
        "facts": letterpaper.facts(found),
        "subject": subject,
        "body": body,
        "text_problem": problem,
        "head": composing.head(found, _sender(request)),
        "problem": letter_words.refusal(refusal) if refusal else "",
        "refused": next((form for form in (edit_form, *forms.values()) if form and form.errors), None),
        "differences": registers.differences(found.evidence, now) if now else [],
        "figures": registers.figures_in(found.evidence) if now else None,
        "figures_now": registers.figures_in(now) if now else None,
        "days": registers.days_in(found.evidence),
        "is_whole": not found.signed_at or composing.seal(found) == found.evidence_hash,
        "attached": letterpaper.attached(found) if kind == LetterKind.REFERRAL else [],
        "receipt": referrals.receipts([found.pk]).get(found.pk),
        "missing": [letter_words.CHECKS[name] for name in letters.CHECKS[kind] if not found.checks.get(name)],
        "has_case": found.case and scope.may(Action.CASE_READ),
        "may_history": scope.may(Action.PUPIL_HISTORY),
        "may_duties": found.quarter_on is not None and scope.may(Action.LETTER_DUTIES),
        "edit_form": None,
        "may_sign": is_draft and signs,
        "may_refer": kind == LetterKind.REFERRAL and found.state == LetterState.SIGNED and signs,
        "seen": found.version,
        "turn": lifecycle.turn(found.case) if found.case else 0,
    }
    if is_draft and drafts:
        context["edit_form"] = edit_form or EditForm.of(found)
    if found.state == LetterState.SIGNED and drafts and kind != LetterKind.REFERRAL:
        context["send_form"] = forms.get("send_form") or SendForm(
            initial={**seen, "sent_on": request.day}, today=request.day, signed_at=found.signed_at
        )
    if _may_withdraw(request, found):
        context["withdraw_form"] = forms.get("withdraw_form") or ReasonForm(
            initial=seen, auto_id="withdraw_form_%s"
        )
    if signs and found.undermined_at and not found.upheld_at and found.state != LetterState.WITHDRAWN:
        context["uphold_form"] = forms.get("uphold_form") or ReasonForm(
            initial=seen, auto_id="uphold_form_%s"
        )
    return render(request, "cases/letter.html", context, status=status)


def _may_withdraw(request: Request, found: Letter) -> bool:
    if found.state == LetterState.DRAFT:
        return letters.may_draft(request.scope, found.pupil_id, LetterKind(found.kind))
    return found.state in letters.ALIVE and request.scope.may(Action.LETTER_SIGN)


def _sender(request: Request) -> str:
    """Who signs: the leader herself, or while others draft, the school's leader."""
    if request.scope.may(Action.LETTER_SIGN):
        return str(request.user.name)  # type: ignore[union-attr]
    return _("The school leader")


def _seen(request: Request) -> int:
    form = SeenForm(request.POST)
    if not form.is_valid():
        raise SuspiciousOperation("the letter's hidden fields are not ours")
    return int(form.cleaned_data["seen"])


def _see_other(response: HttpResponse) -> HttpResponse:
    response.status_code = 303
    return response
