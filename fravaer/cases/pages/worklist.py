"""The worklist: pupils over a line, those first who need somebody most; and the filters one keeps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST
from django_tables2 import Table

from fravaer.accounts.roles import Action
from fravaer.audit import trail
from fravaer.cases import digests, glance, keeping, measures, triage, words, worklist
from fravaer.cases.filters import WorklistFilter
from fravaer.cases.tables import FlagTable, WorklistTable
from fravaer.cases.worklist import Watch
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.core.listing import render_list
from fravaer.core.templatetags.danish import clock, percent
from fravaer.schools.models import School

# Whoever has never looked before is shown the last fortnight as new.
AT_FIRST = timedelta(days=14)
EMPTY: dict[Watch, str | Promise] = {
    Watch.MINE: gettext_lazy(
        "Nothing here is yours. Choose pupils under “Nobody acts” and assign them to yourself."
    ),
    Watch.OVERDUE: gettext_lazy("No agreed action is overdue."),
    Watch.NEW: gettext_lazy("Nobody has come over a line since you last looked."),
    Watch.HIGH: gettext_lazy("Nobody has been absent for 20% or more."),
    Watch.MIDDLE: gettext_lazy("Nobody has been absent for 10–20%."),
    Watch.UNLAWFUL: gettext_lazy("Nobody has 10% unlawful absence or more in this quarter."),
    Watch.SILENT: gettext_lazy("Somebody has spoken with everybody's home or child in the last 14 days."),
    Watch.EVALUATION: gettext_lazy("No case waits for an evaluation."),
    Watch.SNOOZED: gettext_lazy("Nobody is snoozed."),
    Watch.ALL: gettext_lazy("No pupils meet the rules."),
}


class KeepForm(forms.Form):
    """A filter one keeps."""

    name = forms.CharField(label=gettext_lazy("Call the list"), max_length=60)
    query = forms.CharField(widget=forms.HiddenInput, required=False, max_length=500)
    shared = forms.BooleanField(
        label=gettext_lazy("Show it to colleagues with my role at my school"), required=False
    )
    is_default = forms.BooleanField(label=gettext_lazy("Begin with this list"), required=False)


@dataclass(frozen=True, slots=True)
class Choice:
    """A part of the list, or a kept filter, as the page links to it."""

    label: str
    url: str
    current: bool
    pk: int = 0
    mine: bool = False
    is_default: bool = False


@requires(Action.WORKLIST)
@require_GET
def worklist_page(request: Request) -> HttpResponse:
    """Pupils over a line for whom nobody acts, or another part of the list."""
    scope = request.scope
    kept = list(keeping.of(scope, request.now))
    begins = next((one for one in kept if one.is_default and one.user_id == scope.actor_id), None)
    if begins and not request.GET:
        return redirect(f"{request.path}?{begins.query or 'view=' + Watch.NOBODY}")
    watch = _watch(request)
    schools = list(School.objects.visible_to(scope).order_by("sort_name"))
    run = triage.latest()
    thin = worklist.thin(run.day, [school.pk for school in schools]) if run else {}
    asked = keeping.query_of(request.GET.dict())
    news, of_law = _news(request)
    context = {
        "run": run,
        "news": news,
        "news_of_law": of_law,
        "may_count": scope.may(Action.TRIAGE_RUN),
        "thin": [(school.name, percent(thin[school.pk])) for school in schools if school.pk in thin],
        "watch": watch,
        "views": [
            Choice(str(one.label), f"?{urlencode({'view': one.value})}", one == watch)
            for one in worklist.views(scope)
        ]
        + [Choice(_("Cannot say"), reverse("cases:unsaid"), current=False)],
        "kept": [
            Choice(
                one.name,
                f"?{one.query}",
                one.query == asked,
                one.pk,
                one.user_id == scope.actor_id,
                one.is_default,
            )
            for one in kept
        ],
        "kept_fields": [("view", watch.value)],
        "clear_url": f"{request.path}?view={watch.value}",
        "keep_form": KeepForm(auto_id="keep_%s", initial={"query": asked or f"view={watch.value}"}),
        "query": request.GET.urlencode(),
        "undo": request.GET.get("undo", ""),
        "may_work": scope.may(Action.WORK),
        "may_assign": scope.may(Action.WORK_ASSIGN),
    }
    return render_list(
        request,
        "cases/worklist.html",
        # Whom unlawful absence alone has found is shown where one asks for it.
        rows=worklist.rows(scope, request.day, with_law=watch == Watch.UNLAWFUL),
        table=WorklistTable if scope.may(Action.PUPIL_HISTORY) else FlagTable,
        filters=partial(
            WorklistFilter,
            schools=schools,
            watch=watch,
            scope=scope,
            day=request.day,
            seen=_last_looked(request) if watch == Watch.NEW else request.day,
        ),
        order=worklist.order(scope),
        empty=SimpleLazyObject(lambda: _empty(request, watch, run.ran_at if run else None)),  # type: ignore[arg-type]
        shown=partial(shown, request, "worklist", schools),
        context=context,
    )


@requires(Action.WORKLIST)
@require_POST
def keep(request: Request) -> HttpResponse:
    """Keep the list as it is chosen, under a name."""
    form = KeepForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Give the list a name of at most 60 letters."))
        return _back(request, request.POST.get("query", ""))
    asked = dict(_pairs(form.cleaned_data["query"]))
    try:
        kept = keeping.keep(
            request.scope,
            name=form.cleaned_data["name"],
            query=keeping.query_of(asked),
            shared=form.cleaned_data["shared"],
            is_default=form.cleaned_data["is_default"],
        )
    except keeping.TooMany:
        messages.error(request, _("You keep 20 lists already. Remove one first."))
        return _back(request, form.cleaned_data["query"])
    messages.success(request, _("The list is kept as “%(name)s”.") % {"name": kept.name})
    return _back(request, kept.query)


@requires(Action.WORKLIST)
@require_POST
def forget(request: Request, filter_id: int) -> HttpResponse:
    """Remove a kept filter of one's own."""
    if not keeping.forget(request.scope, filter_id):
        raise Http404
    messages.success(request, _("The list is removed."))
    return _back(request, "view=nobody")


def shown(request: Request, page: str, schools: list[School], table: Table, records: list[Any]) -> None:
    """Note who was shown, and look up what only these pupils need."""
    pupil_ids = [record.pupil_id for record in records]
    if pupil_ids:
        trail.saw(request.scope, page, pupil_ids)
    table.measured = frozenset(measures.known_to(request.scope, request.day, pupil_ids))
    if len(schools) == 1:
        table.columns.hide("school")
    if isinstance(table, WorklistTable):
        table.glances = glance.of(pupil_ids, request.scope, request.day)
        table.ticked = request.GET.get("tick") == "page"
        if not any(glance.shows_figures(request.scope, pupil) for pupil in pupil_ids):
            for name in ("trend", "unlawful"):
                table.columns.hide(name)
        if not request.scope.may(Action.WORK_ASSIGN):
            table.columns.hide("tick")


def _news(request: Request) -> tuple[str, bool]:
    """What is new today, in numbers, and whether some of it is the law's, for who writes its letters; seen by now."""
    assert request.scope.actor_id is not None
    digest = digests.of(request.scope.actor_id, request.day)
    if digest is None:
        return "", False
    if digest.read_at is None:
        digests.read(request.scope.actor_id, request.day, request.now)
    of_law = bool(digest.law or digest.letters) and request.scope.may(Action.LETTER_DUTIES)
    return words.news(digest), of_law


def _watch(request: Request) -> Watch:
    asked = request.GET.get("view", "")
    return next((one for one in worklist.views(request.scope) if one == asked), Watch.NOBODY)


def _last_looked(request: Request) -> date:
    """The day before today on which the actor last saw the list."""
    midnight = timezone.make_aware(datetime.combine(request.day, time()))
    looked = trail.last_saw(request.scope.actor_id, "worklist", midnight)
    return timezone.localtime(looked).date() if looked else request.day - AT_FIRST


def _empty(request: Request, watch: Watch, counted: datetime | None) -> str:
    if counted is None:
        return _(
            "Nothing has been counted yet. The first count is made in the morning of the next school day."
        )
    if watch == Watch.NOBODY:
        # Asked only when there is nothing to show.
        if worklist.rows(request.scope, request.day).exists():
            return _("Somebody acts for every pupil over a line. You find them under “All over a line”.")
        return _("No pupils meet the rules today. Last counted %(time)s.") % {"time": clock(counted)}
    return str(EMPTY[watch])


def _back(request: Request, query: str) -> HttpResponse:
    asked = keeping.query_of(dict(_pairs(query)))
    response = redirect(f"{reverse('cases:worklist')}?{asked or 'view=nobody'}")
    response.status_code = 303
    return response


def _pairs(query: str) -> list[tuple[str, str]]:
    return parse_qsl(query[:500])
