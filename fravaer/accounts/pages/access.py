"""Who has access: the list of the access administrator, what is proposed, and what two persons decide."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any, NoReturn
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from fravaer.accounts import grants, overview, proposals
from fravaer.accounts.forms import PersonForm, last_day_field, person_field, reason_field
from fravaer.accounts.freshness import fresh
from fravaer.accounts.models import Ended, Proposal, Reach
from fravaer.accounts.roles import Action, Role
from fravaer.audit import trail
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.core.listing import ROWS_A_PAGE
from fravaer.core.scope import Scope
from fravaer.schools.models import Area, School, SchoolClass

MUNICIPALITY = "municipality"
ORIGINS = {
    "roster": gettext_lazy("The roster"),
    "case": gettext_lazy("A case"),
    "follow_up": gettext_lazy("A case"),
    "office": gettext_lazy("The office, for a day"),
    "manual": gettext_lazy("By hand"),
    "delegation": pgettext_lazy("where access comes from", "Lent"),
    "break_glass": gettext_lazy("An emergency"),
    "demo": gettext_lazy("The demonstration"),
}
REASONS = {ended.value: ended.label for ended in (Ended.NO_NEED, Ended.LEFT, Ended.MISTAKE)}


class ProposalForm(PersonForm):
    person = person_field(gettext_lazy("Who is to have access"), gettext_lazy("Write who is to have access."))
    role = forms.ChoiceField(
        label=gettext_lazy("Role"), error_messages={"required": gettext_lazy("Choose a role.")}
    )
    place = forms.ChoiceField(
        label=gettext_lazy("Where"), error_messages={"required": gettext_lazy("Choose where.")}
    )
    school_class = forms.CharField(
        label=gettext_lazy("Class"),
        required=False,
        max_length=10,
        help_text=gettext_lazy("For a teacher alone, as 7.B."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "input-width-s"}),
    )
    last_day = last_day_field(
        gettext_lazy("A year ahead at most. Whoever still needs it then is proposed anew.")
    )
    reason = reason_field(gettext_lazy("What the access is needed for. Nothing about a child."))

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        roles: Any = self.fields["role"]
        may = proposals.PROPOSES[Role(scope.role)]
        roles.choices = [("", _("Choose"))] + [(one.value, one.label) for one in Role if one in may]
        places: Any = self.fields["place"]
        found = [
            *(
                (f"{Reach.AREA}:{one.pk}", one.name)
                for one in Area.objects.visible_to(scope).order_by("name")
            ),
            *(
                (f"{Reach.SCHOOL}:{one.pk}", one.name)
                for one in School.objects.visible_to(scope).order_by("sort_name")
            ),
        ]
        if scope.municipality:
            found.insert(0, (MUNICIPALITY, str(gettext_lazy("The whole municipality"))))
        places.choices = found if len(found) == 1 else [("", _("Choose")), *found]


@requires(Action.ACCESS_READ)
@require_GET
def access(request: Request) -> HttpResponse:
    """Everybody who has access to the actor's units, and what waits for her word. No child stands on it."""
    rows = overview.over(request.scope, request.now)
    text, role = request.GET.get("q", "")[:100].strip(), request.GET.get("role", "")
    found = overview.named(rows, text)
    if role in Role.values:
        found = found.filter(role=role)
    page = Paginator(overview.held(found), ROWS_A_PAGE).get_page(request.GET.get("page"))
    asked = overview.asked_to_end(rows)
    trail.changed(request.scope.actor_id, "access.list", role=request.scope.role, subject="access")
    return render(
        request,
        "accounts/access.html",
        {
            "page": page,
            "rows": [(one, ORIGINS.get(one.origin, one.origin), asked.get(one.grant_id)) for one in page],
            "asked": len(asked),
            "text": text,
            "role": role,
            "roles": [(one.value, one.label) for one in Role],
            "waiting": proposals.waiting(request.scope),
            "reasons": REASONS.items(),
            "me": request.scope.actor_id,
        },
    )


@requires(Action.ACCESS_PROPOSE)
@require_http_methods(["GET", "POST"])
def propose(request: Request) -> HttpResponse:
    """The form by which access is asked for on somebody's behalf, and what became of what was asked for."""
    form = ProposalForm(request.POST if request.method == "POST" else None, scope=request.scope)
    if request.method == "POST" and form.is_valid() and _propose(request, form):
        return _back("access-propose")
    return render(
        request,
        "accounts/access_propose.html",
        {
            "form": form,
            "waiting": proposals.waiting(request.scope),
            "decided": proposals.decided(request.scope, request.now - timedelta(days=90)),
        },
        status=422 if form.errors else 200,
    )


def _propose(request: Request, form: ProposalForm) -> bool:
    """Write the proposal, or say at the field why not."""
    data = form.cleaned_data
    reach, _colon, unit = data["place"].partition(":")
    unit_id = int(unit) if unit else None
    role = Role(data["role"])
    if role == Role.TEACHER and reach == Reach.SCHOOL and unit_id is not None:
        school_class = _class(request, unit_id, data["school_class"])
        if school_class is None:
            form.add_error("school_class", _("The school has no such class this year. Write it as 7.B."))
            return False
        reach, unit_id = Reach.CLASS, school_class.pk
    user = form.account()
    if user is None:
        return False
    try:
        proposals.propose(
            request.scope,
            user_id=user.pk,
            role=role,
            reach=Reach(reach),
            unit_id=unit_id,
            reason=data["reason"],
            until=_after(data["last_day"]),
            now=request.now,
        )
    except proposals.Refused:
        _refuse()
    except proposals.NotHers:
        form.add_error("place", _("This role cannot be held there."))
    except proposals.NotThatDay:
        form.add_error("last_day", _("Choose a day ahead, and at most a year ahead."))
    else:
        messages.success(request, _("Proposed. An access administrator decides it."))
        return True
    return False


@requires(Action.ACCESS_DECIDE)
@fresh
@require_POST
def approve(request: Request, proposal_uuid: UUID) -> HttpResponse:
    """Give what another person proposed for a third."""
    try:
        grant = proposals.approve(proposal_uuid, request.scope, request.now)
    except Proposal.DoesNotExist as error:
        raise Http404 from error
    except proposals.Refused:
        _refuse()
    except proposals.Decided:
        messages.warning(request, _("Somebody has decided it already, or its last day has passed."))
    else:
        messages.success(request, _("%(person)s has access now.") % {"person": grant.user.name})
    return _back("access")


@requires(Action.ACCESS_DECIDE)
@require_POST
def refuse(request: Request, proposal_uuid: UUID) -> HttpResponse:
    """Say no to what was proposed."""
    try:
        proposals.refuse(proposal_uuid, request.scope, request.now)
    except Proposal.DoesNotExist as error:
        raise Http404 from error
    except proposals.Refused:
        _refuse()
    except proposals.Decided:
        messages.warning(request, _("Somebody has decided it already, or its last day has passed."))
    else:
        messages.success(request, _("The proposal is refused."))
    return _back("access")


@requires(Action.ACCESS_DECIDE)
@fresh
@require_POST
def revoke(request: Request, grant_id: int) -> HttpResponse:
    """End somebody's access at once, in sessions that are open as well."""
    grant = overview.over(request.scope, request.now).filter(pk=grant_id).first()
    if grant is None:
        raise Http404
    because = request.POST.get("because", "")
    if because not in REASONS:
        messages.error(request, _("Choose why the access ends. Nothing was changed."))
        return _back("access")
    grants.revoke(
        grant.pk,
        because=Ended(because),
        now=request.now,
        actor_id=request.scope.actor_id,
        role=request.scope.role,
    )
    messages.success(request, _("The access has ended."))
    return _back("access")


def _class(request: Request, school_id: int, text: str) -> SchoolClass | None:
    """The class of the school written as 7.B, this school year."""
    group, _point, letter = text.replace(" ", "").partition(".")
    if not letter:
        group, letter = text.strip()[:-1], text.strip()[-1:]
    if not (group.isascii() and group.isdigit()):
        return None
    of_year = SchoolClass.objects.visible_to(request.scope).in_year_of(request.day)
    return of_year.filter(school_id=school_id, year_group=int(group[:2]), letter__iexact=letter).first()


def _after(last: date) -> datetime:
    """The midnight that ends the day."""
    return timezone.make_aware(datetime.combine(last + timedelta(days=1), time()))


def _refuse() -> NoReturn:
    raise PermissionDenied


def _back(name: str) -> HttpResponse:
    response = redirect(name)
    response.status_code = 303
    return response
