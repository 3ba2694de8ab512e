"""The municipality's own words for reasons: each counts as one of the law's three, and holds at every school."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from fravaer.absence import arrangements, percentage
from fravaer.absence.arrangements import Problem
from fravaer.absence.pages.arrangement import WORDS, ReasonForm
from fravaer.accounts.roles import Action
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.core.periods import school_year_of
from fravaer.schools.models import School

# So many schools are named of those whose own words are in the way.
NAMED = 3


@requires(Action.WORDS_CHANGE)
@require_GET
def words(request: Request) -> HttpResponse:
    """The municipality's words with how many schools use each, and the schools' own beside them."""
    return _page(request)


@requires(Action.WORDS_CHANGE)
@require_POST
def add(request: Request) -> HttpResponse:
    """Let every school use a word for one of the three reasons. What is wrong is said at its field, and what was typed stays."""
    _whole_municipality(request)
    form = ReasonForm(request.POST)
    if form.is_valid():
        try:
            arrangements.add_reason(
                None, **form.cleaned_data, user_id=request.scope.actor_id, role=request.scope.role
            )
        except arrangements.Refused as refusal:
            for name, problem in refusal.problems.items():
                form.add_error(name, _in_the_way(request, refusal) or WORDS[problem])
    if form.errors:
        return _page(request, form=form, status=422)
    messages.success(request, _("The word “%(name)s” is in use.") % {"name": form.cleaned_data["name"]})
    return _back()


@requires(Action.WORDS_CHANGE)
@require_POST
def end(request: Request, reason_id: int) -> HttpResponse:
    """Stop using a word of the municipality's from tomorrow on."""
    _whole_municipality(request)
    assert request.scope.actor_id is not None
    ended = arrangements.end_reason(
        None,
        reason_id,
        until=request.day + timedelta(days=1),
        user_id=request.scope.actor_id,
        role=request.scope.role,
    )
    if not ended:
        raise Http404
    messages.success(request, _("The word is not used from tomorrow on. What was marked with it keeps it."))
    return _back()


def _page(request: Request, *, form: ReasonForm | None = None, status: int = 200) -> HttpResponse:
    _whole_municipality(request)
    schools = dict(School.objects.visible_to(request.scope).values_list("pk", "name"))
    found = arrangements.municipal_reasons()
    used = arrangements.schools_using(
        [word.id for word in found], percentage.spent(school_year_of(request.day), request.day)
    )
    in_use = [word for word in found if word.valid_until is None or word.valid_until > request.day]
    own = arrangements.own_reasons(schools, request.day)
    return render(
        request,
        "absence/words.html",
        {
            "form": form or ReasonForm(initial={"valid_from": request.day}),
            "words": [(word, used.get(word.id, 0)) for word in in_use],
            "gone": [word for word in found if word not in in_use],
            "own": [(word, schools[word.school_id]) for word in own if word.school_id in schools],
            "schools": len(schools),
            "tomorrow": request.day + timedelta(days=1),
        },
        status=status,
    )


def _in_the_way(request: Request, refusal: arrangements.Refused) -> str:
    """Which schools have a word that looks like it; empty when it is the municipality's own."""
    if Problem.TAKEN not in refusal.problems.values() or not refusal.schools:
        return ""
    names = list(
        School.objects.visible_to(request.scope)
        .filter(pk__in=refusal.schools)
        .order_by("sort_name")
        .values_list("name", flat=True)
    )
    said = ", ".join(names[:NAMED]) + (" …" if len(names) > NAMED else "")
    return _(
        "%(schools)s: a word of the school's own looks like this one. Choose another, or let the school end its own first."
    ) % {"schools": said}


def _whole_municipality(request: Request) -> None:
    """The words of every school are decided by whoever answers for all of them."""
    if not request.scope.municipality:
        raise Http404


def _back() -> HttpResponse:
    response = redirect("absence:words")
    response.status_code = 303
    return response
