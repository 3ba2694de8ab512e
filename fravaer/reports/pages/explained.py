"""An opened figure as a file, alone or with the pupils and days behind it."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from fravaer.accounts.freshness import fresh
from fravaer.accounts.roles import Action
from fravaer.audit import trail
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.core.periods import Quarter, SchoolYear
from fravaer.core.scope import Scope
from fravaer.reports import asked, explaining, in_class, meaning, modes, opened, outgoing, preface
from fravaer.reports.blocks import Dashboard
from fravaer.reports.csvs import Variant
from fravaer.reports.dashboard import dashboard
from fravaer.reports.explaining import Explanation
from fravaer.reports.pages.delivery_files import MOST_ROWS, XLSX, FetchForm, answer, too_many
from fravaer.reports.views import page


@requires(Action.QUARTER_READ)
@require_GET
def fetch(request: Request, name: Quarter | SchoolYear, form: str) -> HttpResponse:
    """The figure with its explanation, as everybody reads it."""
    if form not in (XLSX, Variant.EXCEL):
        raise Http404
    wanted = asked.parse(name, request.GET, request.scope, today=request.day)
    mode = modes.internal(settings.SMALL_CELL_N, settings.SMALL_DENOM)
    d = outgoing.figures(wanted, request.scope, today=request.day, now=request.now, mode=mode)
    explained = _explained(d, request)
    trail.changed(
        request.scope.actor_id,
        "quarter.figure",
        role=request.scope.role,
        subject="quarter",
        subject_id=name,
        detail={"form": form, "unit": wanted.place.code, "figure": explained.value.id},
    )
    facts = opened.about(d, explained, municipality=outgoing.municipality(), made_at=request.now)
    sheet = opened.figure(d, explained, preface.audience(mode))
    return answer(form, ("tal", str(name), wanted.place.name), explained.title, facts, [sheet], request)


@requires(Action.QUARTER_READ)
@fresh
@require_POST
def pupils(request: Request, name: Quarter | SchoolYear) -> HttpResponse:
    """The pupils and days behind a figure of one's own school, by somebody who says what they are for."""
    scope = request.scope
    if not (scope.persons and scope.may(Action.STATUTORY_LIST)):
        raise PermissionDenied
    form = FetchForm(request.POST)
    if not form.is_valid():
        return page(request, name, problem=_("Choose a file and what it is for."), status=422)
    wanted = asked.parse(name, request.GET, scope, today=request.day)
    mode = modes.internal(settings.SMALL_CELL_N, settings.SMALL_DENOM)
    d = dashboard(wanted, scope, today=request.day, now=request.now, mode=mode)
    explained = _explained(d, request)
    of = opened.behind(wanted, meaning.row(d, explained.value), explained.value)
    if of is None or (d.frozen and d.frozen.gone_at):
        raise Http404
    names = opened.classes(wanted, of)
    found = in_class.behind(list(names), d.counted, scope, request.day)
    if len(found.lines) > MOST_ROWS and not scope.may(Action.STATUTORY_MAKE):
        return page(request, name, problem=too_many(len(found.lines)), status=422)
    _note(scope, name, explained, found, form)
    municipality = outgoing.municipality()
    facts = opened.facts(
        d,
        explained,
        pupils=len(found.lines),
        others=len(found.others),
        made_at=request.now,
        municipality=municipality,
    )
    tables = opened.sheets(found.lines, names, explained.value)
    return answer(
        form.cleaned_data["form"],
        ("elever", str(name), str(wanted.place.key[1])),
        explained.title,
        facts,
        tables,
        request,
    )


def _explained(d: Dashboard, request: Request) -> Explanation:
    found = explaining.explained(d, request.GET.get("forklar", ""))
    if found is None or d.is_empty or d.last_day is None:
        raise Http404
    return found


def _note(
    scope: Scope,
    name: Quarter | SchoolYear,
    explained: Explanation,
    found: in_class.Behind,
    form: FetchForm,
) -> None:
    trail.changed(
        scope.actor_id,
        "quarter.pupils",
        role=scope.role,
        subject="quarter",
        subject_id=name,
        pupil_ids=[line.pupil.pk for line in found.lines],
        detail={
            "figure": explained.value.id,
            "form": form.cleaned_data["form"],
            "purpose": form.cleaned_data["purpose"],
        },
    )
