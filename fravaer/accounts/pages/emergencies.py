"""Emergency access: opening one child, what is open now, and answering for what others opened."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from fravaer.accounts import emergency as room
from fravaer.accounts import grants
from fravaer.accounts.emergency import Hindrance
from fravaer.accounts.freshness import fresh, fresh_when
from fravaer.accounts.models import Emergency, EmergencyReason
from fravaer.accounts.roles import Action
from fravaer.accounts.tasks import ring
from fravaer.audit import trail
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.schools import cpr, finding
from fravaer.schools.models import Pupil, School

ROWS_A_PAGE = 25
DAYS = ["%d-%m-%Y", "%d.%m.%Y", "%d/%m/%Y", "%Y-%m-%d"]


class EmergencyForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("The child's full name"),
        max_length=200,
        help_text=gettext_lazy("All given names and the family name, as the school has them."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Write the child's full name.")},
    )
    birth_on = forms.DateField(
        label=gettext_lazy("Birth date"),
        input_formats=DAYS,
        help_text=gettext_lazy("For example 24-03-2014."),
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "off", "class": "input-width-m"}
        ),
        error_messages={
            "required": gettext_lazy("Write the child's birth date."),
            "invalid": gettext_lazy("Write the birth date as day, month and year."),
        },
    )
    cpr = forms.CharField(
        label=gettext_lazy("CPR number"),
        required=False,
        max_length=20,
        help_text=gettext_lazy("Instead of name and birth date, if you have it: all ten digits."),
        # Neither the browser nor whoever looks over her shoulder is to keep it, and no page repeats it.
        widget=forms.PasswordInput(
            attrs={"autocomplete": "off", "inputmode": "numeric", "class": "input-width-m"}
        ),
    )
    reason = forms.ChoiceField(
        label=gettext_lazy("Why can it not wait?"),
        choices=EmergencyReason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose a reason.")},
    )
    words = forms.CharField(
        label=gettext_lazy("In your own words"),
        max_length=1000,
        help_text=gettext_lazy(
            "At least 20 characters. Your leader and the data protection controller read it. Leave out the child's name."
        ),
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("Write why in your own words.")},
    )

    def __init__(self, *args: Any, keeps_cpr: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not keeps_cpr:
            del self.fields["cpr"]
        elif self.data.get("cpr"):
            self.fields["name"].required = self.fields["birth_on"].required = False

    def clean_cpr(self) -> str:
        text = str(self.cleaned_data["cpr"])
        try:
            return cpr.digits(text) if text else ""
        except cpr.NoNumber:
            raise ValidationError(
                _("This is no CPR number: ten digits, the first six of them a date.")
            ) from None

    def clean_words(self) -> str:
        words = " ".join(str(self.cleaned_data["words"]).split())
        if len(words) < room.LEAST_WORDS:
            raise ValidationError(
                _("Write at least %(count)d characters about why.") % {"count": room.LEAST_WORDS}
            )
        return words


class AnswerForm(forms.Form):
    justified = forms.TypedChoiceField(
        label=gettext_lazy("Was there a need of the work for it?"),
        choices=[
            ("yes", gettext_lazy("Yes, the work needed it")),
            ("no", gettext_lazy("No. The person opens nobody by emergency access from now on")),
        ],
        coerce=lambda said: said == "yes",
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose an answer.")},
    )
    words = forms.CharField(
        label=gettext_lazy("What did you find?"),
        required=False,
        max_length=1000,
        help_text=gettext_lazy("Needed when the answer is no. Leave out the child's name."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("justified") is False and not data.get("words"):
            self.add_error("words", _("Write what you found."))
        return data


@requires(Action.EMERGENCY)
@fresh_when(lambda request: request.method == "POST")
@require_http_methods(["GET", "POST"])
def emergency(request: Request) -> HttpResponse:
    """The child that is open in this session; else the form that opens one, and one's earlier uses."""
    assert request.scope.actor_id is not None
    if request.scope.emergency_until and request.method == "GET":
        return _child(request)
    form = EmergencyForm(request.POST if request.method == "POST" else None, keeps_cpr=settings.KEEP_CPR)
    standing = room.standing(request.scope.actor_id, request.now)
    if form.is_valid() and standing.hindrance is None:
        opened = _opened(request, form)
        if opened is not None:
            request.session[room.SESSION_KEY] = opened.pk
            request.session.cycle_key()
            ring()
            return _to("emergency")
        if not form.errors:
            # Somebody else's session of hers was quicker.
            standing = room.standing(request.scope.actor_id, request.now)
    status = 200
    if form.is_bound:
        status = 409 if standing.hindrance else 422
    return render(
        request,
        "accounts/emergency.html",
        {
            "form": form,
            "standing": standing,
            "hindrance": _hindered(standing.hindrance),
            "left": ngettext(
                "You can use it %(count)d more time within seven days.",
                "You can use it %(count)d more times within seven days.",
                standing.left,
            )
            % {"count": standing.left},
            "is_open": standing.hindrance == Hindrance.OPEN,
            "uses": [_line(one) for one in room.own(request.scope.actor_id)],
        },
        status=status,
    )


@requires(Action.EMERGENCY)
@fresh
@require_POST
def go_on(request: Request) -> HttpResponse:
    """Read on in this session what one has opened, after another session was lost."""
    assert request.scope.actor_id is not None
    if one := room.open_of(request.scope.actor_id, request.now):
        request.session[room.SESSION_KEY] = one.pk
        request.session.cycle_key()
    return _to("emergency")


@requires(Action.EMERGENCY)
@require_POST
def end(request: Request) -> HttpResponse:
    """End the access before its time, and go back to one's own work."""
    request.session.pop(room.SESSION_KEY, None)
    if room.end(request.scope, request.now):
        messages.success(request, _("The emergency access is over."))
    return _to("home")


@requires(Action.EMERGENCY_ANSWER)
@require_safe
def uses(request: Request) -> HttpResponse:
    """Every use one answers for, those without an answer first; nobody's child is named."""
    found = Emergency.objects.visible_to(request.scope)
    waiting = room.unanswered(found)
    page = Paginator(room.unanswered_first(found), ROWS_A_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "accounts/emergencies.html",
        {"page": page, "rows": [_line(one) for one in page.object_list], "waiting": waiting},
    )


@requires(Action.EMERGENCY_ANSWER)
@require_http_methods(["GET", "POST"])
def use(request: Request, emergency_uuid: UUID) -> HttpResponse:
    """One use: who, when, why and for how long, and one's answer to it."""
    one = get_object_or_404(
        Emergency.objects.visible_to(request.scope).select_related("user"), uuid=emergency_uuid
    )
    form = AnswerForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        room.answer(
            one,
            request.scope,
            justified=form.cleaned_data["justified"],
            words=form.cleaned_data["words"],
            now=request.now,
        )
        messages.success(request, _("Your answer is saved."))
        return _to("emergencies")
    return render(
        request,
        "accounts/emergency_use.html",
        {"one": one, "line": _line(one), "answers": one.answers.order_by("at", "pk"), "form": form},
        status=422 if form.is_bound else 200,
    )


def _child(request: Request) -> HttpResponse:
    [pupil] = Pupil.objects.visible_to(request.scope, request.day)
    place = finding.pupil(Pupil.objects.visible_to(request.scope, request.day), pupil.uuid, request.day)
    school = room.school_of(place.school_id) if place else None
    trail.saw(request.scope, "emergency", [pupil.pk])
    return render(
        request,
        "accounts/emergency_child.html",
        {
            "pupil": pupil,
            "place": place,
            "school": school,
            "teachers": _teachers(place.school_class_id, request) if place else [],
            "leaders": _leaders(school, request),
        },
    )


def _teachers(class_id: int, request: Request) -> list[str]:
    return [one.name for one in grants.of_classes([class_id], request.now).get(class_id, [])]


def _leaders(school: School | None, request: Request) -> list[str]:
    if school is None:
        return []
    return [one.name for one in grants.leaders([school.pk], request.now).get(school.pk, [])]


def _opened(request: Request, form: EmergencyForm) -> Emergency | None:
    """Open the child, or say in the form why not."""
    data = form.cleaned_data
    try:
        opened = room.open_one(
            request.scope,
            _named(data),
            reason=EmergencyReason(data["reason"]),
            words=data["words"],
            now=request.now,
        )
    except room.NamesTheChild:
        form.add_error("words", _("Leave out the child's name: others read the reason."))
        return None
    except room.Hindered:
        return None
    if opened is None:
        form.add_error("cpr" if data.get("cpr") else "name", _unmet(data))
    return opened


def _named(data: dict[str, Any]) -> room.Named:
    """Whom she names: by the number where she wrote one, and else by name and birth date."""
    return room.Named(data["name"], data["birth_on"], data.get("cpr", ""))


def _unmet(data: dict[str, Any]) -> str:
    """The same of a child there is not, of her own, and of one she reaches already."""
    if data.get("cpr"):
        return _(
            "No child of this CPR number can be opened to you. Children you work with already are found on your own pages."
        )
    return _(
        "No child of exactly this name and birth date can be opened to you. Children you work with already are "
        "found on your own pages."
    )


def _hindered(why: Hindrance | None) -> str:
    """Why not now, in words."""
    return {
        None: "",
        Hindrance.OPEN: _("You have one child open already. End that before you open another."),
        Hindrance.TOO_MANY: _(
            "You have used emergency access three times within seven days. Ask your leader."
        ),
        Hindrance.TOO_MANY_MISSES: _(
            "You have searched in vain too often today. Ask the school or your leader for the right name and birth date."
        ),
        Hindrance.LOCKED: _(
            "Emergency access is locked for you: an earlier use has not been answered for in time, or was found to be "
            "without need. Your leader or the data protection controller answers it."
        ),
        Hindrance.NOBODY_TO_TELL: _(
            "Emergency access is not available: the municipality has no data protection controller who would be told."
        ),
    }[why]


def _line(one: Emergency) -> dict[str, Any]:
    """A use and how it was answered, in words and with its chip."""
    answers = sorted(one.answers.all(), key=lambda said: (said.at, said.pk))
    if not answers:
        state, kind = _("Waits for an answer"), "warn"
    elif answers[-1].justified:
        state, kind = _("There was a need"), "ok"
    else:
        state, kind = _("There was no need"), "bad"
    ended = one.closed_at or one.until
    return {
        "one": one,
        "state": state,
        "kind": kind,
        "opened": timezone.localtime(one.opened_at),
        "ended": timezone.localtime(ended),
        "answered": bool(answers),
    }


def _to(name: str) -> HttpResponse:
    response = redirect(name)
    response.status_code = 303
    return response
