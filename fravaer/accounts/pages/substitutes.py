"""Substitutes: whom the office lets into which classes today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from fravaer.accounts import substitutes as rooms
from fravaer.accounts.models.granted import LONGEST_REASON
from fravaer.accounts.roles import Action, Role
from fravaer.accounts.scoping import scope_of
from fravaer.accounts.substitutes import MOST_DAYS_AHEAD, Standing
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.core.templatetags.danish import shortdate
from fravaer.schools.models import School, SchoolClass


class SubstituteForm(forms.Form):
    person = forms.CharField(
        label=gettext_lazy("Who"),
        max_length=254,
        help_text=gettext_lazy("The e-mail of an account, or the name of somebody at the school."),
        widget=forms.TextInput(attrs={"list": "staff", "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Write who stands in.")},
    )
    day = forms.DateField(
        label=gettext_lazy("Day"),
        help_text=gettext_lazy("The access ends at midnight."),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "input-width-m"}),
    )
    reason = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=LONGEST_REASON,
        help_text=gettext_lazy("For example: stands in for a colleague who is ill."),
        error_messages={"required": gettext_lazy("Write why, in a few words. It is kept with the access.")},
    )
    classes = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Classes"),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one class.")},
    )

    def __init__(self, *args: Any, classes: list[SchoolClass], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["classes"]
        choice.choices = [(one.pk, str(one)) for one in classes]


@dataclass(frozen=True, slots=True)
class Row:
    standing: Standing
    school_class: SchoolClass


@requires(Action.SUBSTITUTES)
@require_http_methods(["GET", "POST"])
def substitutes(request: Request) -> HttpResponse:
    """Who stands in today and on the days arranged, and the form that lets somebody in."""
    school, schools = _school(request)
    classes = _classes(request, school)
    staff = rooms.staff(school.pk, [one.pk for one in classes], request.now - timedelta(days=365))
    today = timezone.localdate(request.now)
    if request.method == "GET":
        form = SubstituteForm(classes=classes, initial={"day": today})
        return _page(request, school, schools, classes, staff, form)
    form = SubstituteForm(request.POST, classes=classes)
    if form.is_valid() and _let_in(request, form, classes, staff):
        return _back(school, schools)
    return _page(request, school, schools, classes, staff, form, status=422)


@requires(Action.SUBSTITUTES)
@require_POST
def withdraw(request: Request, grant_id: int) -> HttpResponse:
    """End somebody's access at once."""
    school, schools = _school(request)
    classes = SchoolClass.objects.visible_to(request.scope).values_list("pk", flat=True)
    assert request.scope.actor_id is not None
    if not rooms.withdraw(grant_id, classes, now=request.now, actor_id=request.scope.actor_id):
        raise Http404
    messages.success(request, _("The access has ended."))
    return _back(school, schools)


def _let_in(
    request: Request,
    form: SubstituteForm,
    classes: list[SchoolClass],
    staff: list[tuple[int, str, str]],
) -> bool:
    """Let the person in, or say at the field why not."""
    data = form.cleaned_data
    assert request.scope.actor_id is not None
    try:
        person = rooms.person(data["person"], staff)
        until = rooms.let_in(
            user_id=person.pk,
            class_ids=data["classes"],
            day=data["day"],
            reason=data["reason"],
            given_by_id=request.scope.actor_id,
            now=request.now,
        )
    except rooms.NoSuchPerson:
        form.add_error(
            "person",
            _(
                "No account has that e-mail, and nobody at the school that name. The access administrator makes accounts."
            ),
        )
    except rooms.SeveralOfThatName:
        form.add_error("person", _("Several people at the school have that name. Write the e-mail."))
    except rooms.NotThatDay:
        form.add_error(
            "day", _("Choose a day from today and at most %(days)d days ahead.") % {"days": MOST_DAYS_AHEAD}
        )
    else:
        names = ", ".join(str(one) for one in classes if one.pk in data["classes"])
        words = _("%(person)s has access to %(classes)s until midnight on %(day)s.") % {
            "person": person.name,
            "classes": names,
            "day": shortdate(timezone.localtime(until).date() - timedelta(days=1)),
        }
        if set(scope_of(person.pk, request.now).roles) - {Role.SUBSTITUTE}:
            words += " " + _("She finds them by changing her role to substitute, at the top of the page.")
        messages.success(request, words)
        return True
    return False


def _page(
    request: Request,
    school: School,
    schools: list[School],
    classes: list[SchoolClass],
    staff: list[tuple[int, str, str]],
    form: SubstituteForm,
    status: int = 200,
) -> HttpResponse:
    by_id = {one.pk: one for one in classes}
    rows = [Row(one, by_id[one.school_class_id]) for one in rooms.standing(by_id.keys(), request.now)]
    now = [row for row in rows if row.standing.since <= request.now]
    return render(
        request,
        "accounts/substitutes.html",
        {
            "school": school,
            "schools": schools,
            "form": form,
            "staff": staff,
            "tables": [
                (_("Standing in now"), now),
                (_("Arranged for later"), [row for row in rows if row not in now]),
            ],
        },
        status=status,
    )


def _school(request: Request) -> tuple[School, list[School]]:
    """The school the page is about: the one chosen, or the first of one's own."""
    schools = list(School.objects.visible_to(request.scope).order_by("sort_name", "pk"))
    chosen = request.POST.get("school") or request.GET.get("school") or ""
    if not schools:
        raise Http404
    return next((one for one in schools if str(one.pk) == chosen), schools[0]), schools


def _classes(request: Request, school: School) -> list[SchoolClass]:
    found = SchoolClass.objects.visible_to(request.scope).in_year_of(request.day).filter(school=school)
    return list(found.order_by("year_group", "letter", "pk"))


def _back(school: School, schools: list[School]) -> HttpResponse:
    response = redirect(reverse("substitutes") + (f"?school={school.pk}" if len(schools) > 1 else ""))
    response.status_code = 303
    return response
