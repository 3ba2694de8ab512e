"""Children one is kept away from: declared by oneself or by the leader, lifted by another."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from fravaer.accounts import blocks
from fravaer.accounts.forms import PersonForm, person_field
from fravaer.accounts.freshness import fresh, fresh_when
from fravaer.accounts.models import Kind
from fravaer.accounts.roles import Action
from fravaer.audit import trail
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.schools import finding
from fravaer.schools.models import Pupil

KINDS = [(kind.value, kind.label) for kind in Kind]


class OwnForm(forms.Form):
    pupil = forms.CharField(
        label=gettext_lazy("Pupil"),
        max_length=100,
        help_text=gettext_lazy("Name and class, as Ida Krog 7.B. The pupil must be one you can see."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Write which pupil.")},
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("The relation"),
        choices=KINDS,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose the relation.")},
    )

    def found(self, request: Request) -> Pupil | None:
        """The one pupil meant; None, with the error at its field, when there is none or more than one."""
        among = Pupil.objects.visible_to(request.scope, request.day)
        rows = finding.pupils(among, self.cleaned_data["pupil"], request.day, most=2)
        if len(rows) == 1:
            return among.get(pk=rows[0].pupil_id)
        if rows:
            self.add_error("pupil", _("Several pupils fit. Write the whole name and the class."))
        else:
            self.add_error(
                "pupil", _("You see no such pupil in this role. Ask the school's leader to do it for you.")
            )
        return None


class ColleagueForm(OwnForm, PersonForm):
    person = person_field(gettext_lazy("Who is kept away"), gettext_lazy("Write who is kept away."))

    field_order = ("person", "pupil", "kind")


@requires(Action.SIGNED_IN)
@require_http_methods(["GET", "POST"])
def related(request: Request) -> HttpResponse:
    """What one has said about oneself, and the form that says it. No child is named: she is kept away already."""
    sent = request.POST if request.method == "POST" else None
    form = OwnForm(sent) if request.scope.persons else None
    if request.method == "POST" and form and form.is_valid() and (pupil := form.found(request)):
        assert request.scope.actor_id is not None
        _declare(request, request.scope.actor_id, pupil, form.cleaned_data["kind"])
        messages.success(
            request,
            _("Saved. From now on you see nothing about the pupil but whether she is there in class."),
        )
        return _back("access-related")
    assert request.scope.actor_id is not None
    return render(
        request,
        "accounts/related.html",
        {
            "form": form,
            "blocks": blocks.in_force(request.scope.actor_id, request.now)
            .select_related("declared_by")
            .order_by("valid_from", "pk"),
            "me": request.scope.actor_id,
        },
        status=422 if request.method == "POST" else 200,
    )


@requires(Action.BLOCKS)
@fresh_when(lambda request: request.method == "POST")
@require_http_methods(["GET", "POST"])
def kept_away(request: Request) -> HttpResponse:
    """Who is kept away from whom in the actor's units; an access administrator is shown no child."""
    sent = request.POST if request.method == "POST" else None
    form = ColleagueForm(sent) if request.scope.persons else None
    if request.method == "POST" and form and form.is_valid() and _of_colleague(request, form):
        return _back("access-blocks")
    names = _names(request)
    rows = blocks.over(request.scope, request.now)
    if request.scope.persons:
        rows = rows.filter(pupil__in=names)
        trail.saw(request.scope, "blocks", names)
    return render(
        request,
        "accounts/blocks.html",
        {
            "form": form,
            "rows": [(row, names.get(row.pupil_id)) for row in rows],
            "me": request.scope.actor_id,
        },
        status=422 if request.method == "POST" else 200,
    )


@requires(Action.BLOCKS)
@fresh
@require_POST
def lift(request: Request, block_id: int) -> HttpResponse:
    """Let somebody else see a pupil again."""
    rows = blocks.over(request.scope, request.now)
    if request.scope.persons:
        rows = rows.filter(pupil__in=Pupil.objects.visible_to(request.scope, request.day))
    assert request.scope.actor_id is not None
    own = blocks.in_force(request.scope.actor_id, request.now).filter(pk=block_id)
    if not own.exists() and not rows.filter(pk=block_id).exists():
        raise Http404
    try:
        blocks.lift(block_id, request.scope, request.now)
    except blocks.NotHerself as error:
        raise PermissionDenied from error
    except blocks.Told:
        messages.warning(
            request,
            _(
                "The CPR numbers tell it. It ends the night after the roster no longer says so. Nothing was changed."
            ),
        )
    else:
        messages.success(request, _("The block is lifted."))
    return _back("access-blocks")


def _of_colleague(request: Request, form: ColleagueForm) -> bool:
    person = form.account()
    pupil = form.found(request) if person else None
    if person is None or pupil is None:
        return False
    _declare(request, person.pk, pupil, form.cleaned_data["kind"])
    messages.success(request, _("%(person)s is kept away from the pupil now.") % {"person": person.name})
    return True


def _declare(request: Request, user_id: int, pupil: Pupil, kind: str) -> None:
    blocks.declare(
        user_id=user_id, pupil_id=pupil.pk, kind=Kind(kind), declared_by=request.scope, now=request.now
    )


def _names(request: Request) -> dict[int, Pupil]:
    """The pupils blocks are about whom the actor may see by name."""
    about = blocks.over(request.scope, request.now).values("pupil_id")
    return Pupil.objects.visible_to(request.scope, request.day).filter(pk__in=about).in_bulk()


def _back(name: str) -> HttpResponse:
    response = redirect(name)
    response.status_code = 303
    return response
