"""The wording of letters: what each says in each language, and how two people change it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from fravaer.accounts.roles import Action
from fravaer.cases import lettertexts
from fravaer.cases.lettertexts import Problem, Words
from fravaer.cases.models import LetterKind, LetterText
from fravaer.cases.pages import letter_words
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.core.periods import Quarter

GIVEN_NAME, SCHOOL, SENDER = "Alma", "Birkeskolen", "Lis Holt"
SATURDAY = 5


@requires(Action.LETTER_TEXT_READ)
@require_GET
def listed(request: Request) -> HttpResponse:
    """Every kind of letter in every language, and what waits."""
    waiting = {(one.kind, one.language) for one in lettertexts.waiting()}
    standing = lettertexts.standing()
    kinds = []
    for kind in LetterKind:
        rows = []
        for language in lettertexts.LANGUAGES:
            words = standing.get((kind, language))
            url = reverse("cases:letter-text", args=[kind.value, language])
            subject = letter_words.shown(words.subject) if words else ""
            waits = (kind.value, language) in waiting
            rows.append((letter_words.LANGUAGES[language], url, words, subject, waits))
        kinds.append((kind.label, rows))
    return render(request, "cases/letter_texts.html", {"kinds": kinds})


@requires(Action.LETTER_TEXT_READ)
@require_GET
def text(request: Request, kind: str, language: str) -> HttpResponse:
    """One kind of letter in one language: what is in force, what waits, and everything before."""
    return _page(request, _kind(kind), _language(language))


@requires(Action.LETTER_TEXT_PROPOSE)
@require_POST
def propose(request: Request, kind: str, language: str) -> HttpResponse:
    """Look at the words one has typed, or propose them."""
    asked, spoken = _kind(kind), _language(language)
    subject = request.POST.get("subject", "")[: lettertexts.LONGEST_SUBJECT + 1]
    body = request.POST.get("body", "")[: lettertexts.LONGEST + 1]
    try:
        key = UUID(request.POST.get("key", ""))
    except ValueError as error:
        raise SuspiciousOperation("the form's key is not ours") from error
    words = Words(
        letter_words.canonical(subject).strip(), letter_words.canonical(body).replace("\r\n", "\n").strip()
    )
    broken = lettertexts.problems(asked, words.subject, words.body)
    if broken or "preview" in request.POST:
        return _page(request, asked, spoken, typed=words, problems=broken, status=422 if broken else 200)
    lettertexts.propose(asked, spoken, words.subject, words.body, request.scope, request.now, key=key)
    messages.success(request, _("The text is proposed. The School and day-care chief agrees to it or not."))
    return _see_other(kind, language)


@requires(Action.LETTER_TEXT_DECIDE)
@require_POST
def decide(request: Request, text_uuid: UUID) -> HttpResponse:
    """Agree to a proposed text, or refuse it."""
    answer = request.POST.get("answer", "")
    if answer not in ("agree", "refuse"):
        raise SuspiciousOperation("an answer that the form cannot hold")
    try:
        row = lettertexts.decide(text_uuid, request.scope, request.now, agree=answer == "agree")
    except LetterText.DoesNotExist as error:
        raise Http404 from error
    except lettertexts.SecondPersonNeeded:
        messages.error(request, _("You proposed the text yourself. Another person has to agree."))
        return _again(request, text_uuid, 409)
    except lettertexts.Settled:
        messages.error(request, _("Somebody has decided about the text meanwhile."))
        return _again(request, text_uuid, 409)
    messages.success(
        request,
        _("New letters begin with this text.") if answer == "agree" else _("The text is not used."),
    )
    return _see_other(row.kind, row.language)


def _again(request: Request, text_uuid: UUID, status: int) -> HttpResponse:
    row = lettertexts.proposed(text_uuid)
    return _page(request, LetterKind(row.kind), row.language, status=status)


def _page(
    request: Request,
    kind: LetterKind,
    language: str,
    *,
    typed: Words | None = None,
    problems: list[Problem] | None = None,
    status: int = 200,
) -> HttpResponse:
    scope = request.scope
    current = lettertexts.in_force(kind, language)
    past = list(lettertexts.history(kind, language))
    waiting = next((one for one in past if one.decided_at is None), None)
    words = typed or current or Words("", "")
    context: dict[str, Any] = {
        "kind": kind,
        "language": language,
        "language_label": letter_words.LANGUAGES[language],
        "fields": [
            f"{{{letter_words.FIELDS[name]}}}"
            for name in lettertexts.FIELDS
            if name in lettertexts.DEMANDS[kind][0] | lettertexts.DEMANDS[kind][1]
        ],
        "current": _filled(kind, language, current, request.day) if current else None,
        "version": current.version if current else 0,
        "looked": _filled(kind, language, typed, request.day) if typed and not problems else None,
        "waiting": waiting,
        "waiting_filled": _filled(kind, language, Words(waiting.subject, waiting.body), request.day)
        if waiting
        else None,
        "is_own": waiting is not None and waiting.proposed_by_id == scope.actor_id,
        "past": [one for one in past if one.decided_at is not None],
        "may_propose": scope.may(Action.LETTER_TEXT_PROPOSE),
        "may_decide": scope.may(Action.LETTER_TEXT_DECIDE),
        "typed_subject": letter_words.shown(words.subject),
        "typed_body": letter_words.shown(words.body),
        "key": uuid4(),
        "problems": [{"id": "id_body", "text": letter_words.words(one)} for one in problems or []],
    }
    return render(request, "cases/letter_text.html", context, status=status)


def _filled(kind: LetterKind, language: str, words: Words, day: date) -> Words:
    """The words as a parent would read them, about an invented child."""
    past = [one for distance in range(1, 15) if (one := day - timedelta(days=distance)).weekday() < SATURDAY]
    days = [(past[nth], 2) for nth in (7, 6, 3, 0)]
    fields = {
        "given_name": GIVEN_NAME,
        "school": SCHOOL,
        "sender": SENDER,
        "quarter": lettertexts.quarter_words(Quarter.of(day), language),
        "days": lettertexts.days_words(8, language),
        "list": lettertexts.list_words(days, language),
        "percent": lettertexts.percent_words(160 if kind == LetterKind.REFERRAL else 105, language),
        "meeting": lettertexts.meeting_words(
            datetime.combine(day + timedelta(days=7), datetime.min.time()).replace(hour=14).astimezone(),
            "",
            language,
        ),
    }
    return Words(lettertexts.fill(words.subject, fields), lettertexts.fill(words.body, fields))


def _kind(kind: str) -> LetterKind:
    if kind not in LetterKind.values:
        raise Http404
    return LetterKind(kind)


def _language(language: str) -> str:
    if language not in lettertexts.LANGUAGES:
        raise Http404
    return language


def _see_other(kind: str, language: str) -> HttpResponse:
    response = redirect("cases:letter-text", kind, language)
    response.status_code = 303
    return response
