"""The controller's search of the log, and who has looked at one child."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from fravaer.accounts.freshness import fresh, fresh_when
from fravaer.accounts.roles import Action, Role
from fravaer.audit import search, trail
from fravaer.audit.search import Noted
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.oversight import lookup, why, words
from fravaer.schools.models import Pupil

# The span shown to a leader, and the longest the controller searches at once.
SHOWN, LONGEST = timedelta(days=183), timedelta(days=366)
MOST = 200


class SearchForm(forms.Form):
    reason = forms.ChoiceField(
        label=gettext_lazy("Why do you search?"),
        choices=list(words.REASONS.items()),
        help_text=gettext_lazy("Your search is noted in the log with this reason."),
    )
    child = forms.CharField(
        label=gettext_lazy("Child"),
        required=False,
        max_length=300,
        help_text=gettext_lazy("The whole name or the key. Parts of a name find nobody."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    person = forms.EmailField(
        label=gettext_lazy("Member of staff"),
        required=False,
        help_text=gettext_lazy("The e-mail address of the account."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    role = forms.ChoiceField(
        label=gettext_lazy("Role"),
        required=False,
        choices=[("", gettext_lazy("All roles")), *Role.choices],
    )
    what = forms.ChoiceField(
        label=gettext_lazy("What was read or changed"), required=False, choices=words.choices
    )
    since = forms.DateField(
        label=gettext_lazy("From and with"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "input-width-m"}),
    )
    last = forms.DateField(
        label=gettext_lazy("To and with"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "input-width-m"}),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        since, last = data.get("since"), data.get("last")
        if since and last and not timedelta() <= last - since <= LONGEST:
            self.add_error("last", _("Choose a span of at most a year."))
        return data


@requires(Action.LOG_CONTROL)
@fresh
@require_http_methods(["GET", "POST"])
def log(request: Request) -> HttpResponse:
    """Search the log. The search is sent, so that no name stands in an address, and is noted itself."""
    today = timezone.localdate(request.now)
    form = SearchForm(request.POST or None, initial={"since": today - timedelta(days=7), "last": today})
    context: dict[str, Any] = {"form": form, "most": MOST}
    status = 200
    if request.method == "POST":
        if form.is_valid():
            context |= _found(request, form.cleaned_data)
        else:
            status = 422
    return render(request, "oversight/log.html", context, status=status)


def _found(request: Request, asked: dict[str, Any]) -> dict[str, Any]:
    children = lookup.pupils(request.scope, asked["child"], asked["reason"]) if asked["child"] else []
    person = lookup.person(asked["person"]) if asked["person"] else None
    if (asked["child"] and not children) or (asked["person"] and person is None):
        return {"searched": True, "rows": [], "children": children}
    if len(children) > 1:
        return {"searched": True, "children": children, "choose": True}
    rows = search.found(
        _midnight(asked["since"]),
        _midnight(asked["last"] + timedelta(days=1)),
        actor_id=person.pk if person else None,
        pupil_id=children[0].pk if children else None,
        role=asked["role"],
        most=MOST,
        **words.asked(asked["what"]),
    )
    about = children[0].pk if children else None
    return {"searched": True, "rows": _shown(request, rows, asked["reason"], about), "children": children}


def _shown(request: Request, rows: list[Noted], reason: str, about: int | None) -> list[dict[str, Any]]:
    """The entries with names, as the controller sees them; whom she thereby saw is noted with her reason.

    Where she asked `about` one child, no entry names another: who stood on the same page is counted.
    """
    rows = [row for row in rows if not request.scope.blocked.intersection(row.pupil_ids)]
    named = [next(iter(row.pupil_ids), None) if about is None else about for row in rows]
    pupil_ids = {pupil_id for pupil_id in named if pupil_id is not None}
    trail.saw(request.scope, "control.search", pupil_ids, reason=reason)
    people = lookup.names({row.actor_id for row in rows if row.actor_id is not None})
    children = lookup.children(pupil_ids)
    return [
        {
            "at": row.at,
            "who": people.get(row.actor_id or 0, _("The system")),
            "role": words.role(row.role),
            "done": words.done(row.action),
            # A change says itself what it is about.
            "page": words.page(row.subject) if row.action in words.DONE else "",
            "reason": words.reason(row.reason),
            "grants": row.grant_ids,
            "child": children.get(pupil_id) if pupil_id is not None else None,
            "more": len(row.pupil_ids) - 1,
        }
        for row, pupil_id in zip(rows, named, strict=True)
    ]


@requires(Action.LOOKED_AT)
# With names for the controller alone; by role the unit's leader reads it as she reads the child's history.
@fresh_when(lambda request, **parts: request.scope.may(Action.LOG_CONTROL))
@require_safe
def looked(request: Request, pupil_uuid: UUID) -> HttpResponse:
    """In which roles a child has been looked at; for the controller with names."""
    context: dict[str, Any] = {}
    if request.scope.may(Action.LOG_CONTROL):
        pupil = lookup.pupil(request.scope, pupil_uuid)
        if pupil is None:
            raise Http404
        until = request.now + timedelta(seconds=1)
        rows = search.found(request.now - LONGEST, until, pupil_id=pupil.pk, most=MOST)
        context["rows"] = _shown(request, rows, "insight", pupil.pk)
    else:
        pupil = get_object_or_404(Pupil.objects.visible_to(request.scope, request.day), uuid=pupil_uuid)
    trail.saw(request.scope, "control.looked", [pupil.pk], subject_id=pupil.uuid)
    if "rows" not in context:
        # Several pages go by one name.
        times: Counter[tuple[date, str, str]] = Counter()
        for one in search.roles_about(pupil.pk, request.now - SHOWN):
            # What social services do in a case of theirs is not the school's to know.
            if request.scope.role != Role.LEADER or not _of_social_services(one.role):
                times[one.day, words.role(one.role), words.page(one.subject)] += one.times
        context["days"] = [
            {"day": day, "role": role, "page": page, "times": number}
            for (day, role, page), number in times.items()
        ]
    return render(request, "oversight/looked.html", {"pupil": pupil, **context})


SOCIAL = {Role.SOCIAL_WORKER, Role.SOCIAL_LEADER, Role.CONSULTANT, Role.SOCIAL_MANAGER}


def _of_social_services(role: str) -> bool:
    return role in SOCIAL


@requires(Action.PUPIL_HISTORY)
@require_safe
def why_seen(request: Request, pupil_uuid: UUID) -> HttpResponse:
    """Why the actor can see this child, by which grants, and until when."""
    pupil = get_object_or_404(Pupil.objects.visible_to(request.scope, request.day), uuid=pupil_uuid)
    trail.saw(request.scope, "pupil.why", [pupil.pk], subject_id=pupil.uuid)
    context = {
        "pupil": pupil,
        "grants": why.because(request.scope, pupil, request.day),
        "may_see_who": request.scope.may(Action.LOOKED_AT),
        "may_ask": request.scope.may(Action.INSIGHT_PREPARE),
    }
    return render(request, "oversight/why.html", context)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
