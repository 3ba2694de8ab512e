"""What guardians have written back: read by the school's office alone, and settled by one press each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import SuspiciousOperation
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from fravaer.absence import foretold
from fravaer.absence.pages.known_words import REFUSALS, said
from fravaer.accounts.roles import Action
from fravaer.audit import trail
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.core.periods import Period
from fravaer.schools import protection
from fravaer.schools.models import SchoolClass
from fravaer.sms import answering, numbers, providers, replies
from fravaer.sms.answering import NothingToSettle, Press
from fravaer.sms.models import Inbound
from fravaer.sms.replies import Child, Outcome, Taken
from fravaer.sms.states import Intent

ROWS_A_PAGE = 20
# So many replies settled today can be opened again.
MOST_SETTLED = 50
# The letters stand on the keyboard: Syg, Fri, Error, Telephoned, Handled.
PRESSES: dict[str, tuple[str, Any]] = {
    "ill": ("S", gettext_lazy("Ill")),
    "leave": ("F", gettext_lazy("Asks for leave")),
    "here": ("E", gettext_lazy("Error – is here")),
    "rung": ("T", gettext_lazy("Answered by phone")),
    "handled": ("H", gettext_lazy("Handled")),
}
ABOUT_A_PUPIL = ("ill", "leave", "here")


@dataclass(slots=True)
class Row:
    """One reply on the page: whom it may be about, and which presses it offers."""

    reply: Inbound
    guardian: str
    number: str
    children: list[Child]
    presses: list[tuple[str, str, Any]]
    key: str
    # Nobody's words, but a word of ours: what it means.
    meaning: str
    since: str
    last: str = ""
    text: str = ""
    pupil: str = ""
    error: str = ""

    @property
    def chosen(self) -> str:
        """The pupil chosen already: what was chosen before, whom it answers, or the only one."""
        if self.pupil:
            return self.pupil
        plain = self.reply.pupil_id is not None or len(self.children) == 1
        return str(self.children[0].pupil.uuid) if self.children and plain else ""


@requires(Action.SMS_INBOX)
@require_http_methods(["GET", "POST"])
def inbox(request: Request) -> HttpResponse:
    """The replies that wait for somebody, and a press for each; or those settled today."""
    if request.method == "POST":
        return _press(request)
    return _page(request)


@requires(Action.SMS_INBOX)
@require_POST
def reopen(request: Request) -> HttpResponse:
    """Put a settled reply back among those that wait."""
    row = get_object_or_404(Inbound.objects.visible_to(request.scope), pk=request.POST.get("reply", ""))
    if replies.reopen(row.pk, request.scope):
        messages.success(request, _("The reply waits again. What was made of it still stands."))
    return _back()


def _press(request: Request) -> HttpResponse:
    reply = get_object_or_404(Inbound.objects.visible_to(request.scope), pk=request.POST.get("reply", ""))
    done = request.POST.get("do", "")
    if done not in PRESSES:
        raise SuspiciousOperation("a press that the form cannot hold")
    try:
        if done in ABOUT_A_PUPIL:
            press = _read(request, reply)
            if isinstance(press, str):
                return _page(request, wrong=(reply.pk, press))
            outcome = _make(done, press, request)
            name = str(press.child.pupil)
        else:
            outcome, name = Outcome(done), ""
            replies.settle(reply.pk, outcome, request.scope, request.now, pupil_id=None, school_id=None)
    except Taken:
        messages.warning(request, _("Somebody has settled the reply meanwhile. Nothing was changed."))
        return _back()
    except NothingToSettle:
        return _page(
            request,
            wrong=(
                reply.pk,
                _("The mark has been changed meanwhile, or the day is completed. Nothing was changed."),
            ),
        )
    except REFUSALS as refused:
        return _page(request, wrong=(reply.pk, said(refused)))
    messages.success(request, f"{name}: {outcome.label}." if name else f"{outcome.label}.")
    request.session["answered"] = True
    return _back()


def _make(done: str, press: Press, request: Request) -> Outcome:
    if done == "ill":
        return answering.ill(press, request.day, request.scope, request.now)
    if done == "leave":
        return answering.leave(press, request.scope, request.now)
    return answering.here(press, request.day, request.scope, request.now)


def _read(request: Request, reply: Inbound) -> Press | str:
    """The press on a pupil as it was sent; what is wrong with it, in words. Raises SuspiciousOperation and Http404."""
    found = replies.children([reply], _classes(request), request.day)[reply.pk]
    wanted = request.POST.get("pupil", "")
    if not wanted:
        return _("Choose which pupil it is about.")
    child = next((one for one in found if str(one.pupil.uuid) == wanted), None)
    if child is None:
        raise Http404
    try:
        key = UUID(request.POST.get("key", ""))
    except ValueError as error:
        raise SuspiciousOperation("a key that the form cannot hold") from error
    try:
        since = date.fromisoformat(request.POST.get("since", ""))
        last = date.fromisoformat(request.POST.get("last", "") or since.isoformat())
    except ValueError:
        return _("Write the days as dates.")
    if last < since:
        return _("The last day lies before the first.")
    return Press(
        reply.pk, child, Period(since, last + timedelta(days=1)), key, request.POST.get("text", "").strip()
    )


def _page(request: Request, *, wrong: tuple[str, str] | None = None) -> HttpResponse:
    """The page; with `wrong`, the reply's id and what was wrong with the press on it, what was typed stays."""
    visible = Inbound.objects.visible_to(request.scope)
    waiting = replies.waiting(visible, request.day)
    midnight = timezone.localtime(request.now).replace(hour=0, minute=0, second=0, microsecond=0)
    settled = replies.settled(visible, midnight, MOST_SETTLED)
    show = "settled" if request.GET.get("show") == "settled" else ""
    if wrong:
        waiting = [one for one in waiting if one.pk == wrong[0]]
    page = Paginator(waiting, ROWS_A_PAGE).get_page(request.GET.get("page"))
    rows = [] if show else _rows(request, list(page.object_list), wrong)
    seen = {child.pupil.pk for row in rows for child in row.children}
    if show:
        seen = {one.pupil_id for one in settled if one.pupil_id}
    trail.saw(request.scope, "sms.inbox", seen)
    url = reverse("sms:inbox")
    return render(
        request,
        "sms/inbox.html",
        {
            "rows": rows,
            "page": page,
            "settled": [(one, Outcome(one.outcome).label) for one in settled] if show else [],
            "show": show,
            "chips": [
                {"label": _("Waiting"), "count": len(waiting), "url": url, "current": not show},
                {
                    "label": _("Settled today"),
                    "count": len(settled),
                    "url": f"{url}?show=settled",
                    "current": bool(show),
                },
            ],
            "answerable": providers.answerable(),
            "longest_text": foretold.LONGEST_TEXT,
            "focus": request.session.pop("answered", False) and not wrong,
            "problems": [{"id": f"reply-{row.reply.pk}", "text": row.error} for row in rows if row.error],
        },
        status=422 if wrong else 200,
    )


def _rows(request: Request, shown: list[Inbound], wrong: tuple[str, str] | None) -> list[Row]:
    found = replies.children(shown, _classes(request), request.day)
    made = []
    for reply in shown:
        children = found[reply.pk]
        # One protected child among hers, and the one who wrote is called by no name.
        hidden = protection.hidden_among([reply.pupil, *(child.pupil for child in children)])
        row = Row(
            reply,
            protection.called(reply.guardian, hidden),
            protection.masked(numbers.masked(reply.from_e164), hidden),
            children,
            _presses(reply, children),
            str(uuid4()),
            "" if reply.intent == Intent.OTHER else str(Intent(reply.intent).label),
            request.day.isoformat(),
            text=(reply.body or "")[: foretold.LONGEST_TEXT],
        )
        if wrong and reply.pk == wrong[0]:
            row.error = wrong[1]
            for name in ("since", "last", "text", "pupil"):
                setattr(row, name, request.POST.get(name, ""))
        made.append(row)
    return made


def _presses(reply: Inbound, children: list[Child]) -> list[tuple[str, str, Any]]:
    """What one may make of it: nothing about a pupil where none is known, no error where nobody is marked absent."""
    offered = set(PRESSES)
    if not children or reply.intent == Intent.STOP:
        offered -= set(ABOUT_A_PUPIL)
    if not any(child.waits for child in children):
        offered.discard("here")
    return [(name, letter, label) for name, (letter, label) in PRESSES.items() if name in offered]


def _classes(request: Request) -> list[int]:
    found = SchoolClass.objects.visible_to(request.scope).in_year_of(request.day)
    return list(found.values_list("pk", flat=True))


def _back() -> HttpResponse:
    response = redirect("sms:inbox")
    response.status_code = 303
    return response
