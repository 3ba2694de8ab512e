"""Referrals that have reached the municipality: received, heard, decided."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import SuspiciousOperation
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_GET, require_POST

from fravaer.accounts import opening
from fravaer.accounts.fields import Field, visible_fields
from fravaer.accounts.roles import Action
from fravaer.audit import trail
from fravaer.cases import composing, letters, referrals
from fravaer.cases import evidence as registers
from fravaer.cases.forms import LongText
from fravaer.cases.models import Decision, Referral
from fravaer.cases.pages import letterpaper
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.core.scope import Scope
from fravaer.core.templatetags.danish import longdate, quarter, shortdate

TOO_LONG = gettext_lazy(
    "The text is too long: %(show_value)d characters, and %(limit_value)d is the most. Nothing of it is lost."
)


class DecisionForm(forms.Form):
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    parents_heard_on = forms.DateField(label=gettext_lazy("Parents heard on"), required=False)
    child_heard_on = forms.DateField(label=gettext_lazy("Child heard on"), required=False)
    hearing = LongText(
        label=gettext_lazy("What was said"),
        required=False,
        max_length=referrals.LONGEST,
        error_messages={"max_length": TOO_LONG},
    )
    decision = forms.ChoiceField(
        label=gettext_lazy("Decision"),
        required=False,
        widget=forms.RadioSelect,
        choices=[("", gettext_lazy("None yet")), *Decision.choices],
    )
    decided_on = forms.DateField(label=gettext_lazy("Decided on"), required=False)
    decision_text = LongText(
        label=gettext_lazy("Grounds"),
        required=False,
        max_length=referrals.LONGEST,
        error_messages={"max_length": TOO_LONG},
    )

    def __init__(self, *args: Any, hears_child: bool, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "decision_%s", **kwargs})
        for field in self.fields.values():
            if isinstance(field, forms.DateField):
                field.widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        if hears_child:
            self.fields["child_heard_on"].help_text = _(
                "A child of twelve or more is heard before it is decided."
            )


@requires(Action.REFERRAL_RECEIVE)
@require_GET
def listed(request: Request) -> HttpResponse:
    """The referrals of one's schools, those nobody has received first."""
    found = (
        Referral.objects.visible_to(request.scope, request.day)
        .select_related("pupil", "school", "received_by")
        .order_by(F("received_at").asc(nulls_first=True), "sent_at", "pk")
    )
    rows = list(found)
    trail.saw(request.scope, "referrals", [row.pupil_id for row in rows])
    return render(request, "cases/referrals.html", {"referrals": rows})


@requires(Action.REFERRAL_RECEIVE)
@require_GET
def referral(request: Request, referral_uuid: UUID) -> HttpResponse:
    """One referral with its evidence, as it was signed and as the registers say today."""
    return _page(request, _referral(request, referral_uuid))


@requires(Action.REFERRAL_RECEIVE)
@require_POST
def receive(request: Request, referral_uuid: UUID) -> HttpResponse:
    """Acknowledge it; the school is told so."""
    found = _referral(request, referral_uuid)
    try:
        referrals.receive(found, request.scope, request.now)
    except referrals.NotReceived:
        return _page(request, found, status=409, problem=_("The school has withdrawn the referral."))
    messages.success(request, _("Acknowledged. The school has been told."))
    return _see_other(found)


@requires(Action.REFERRAL_RECEIVE)
@require_POST
def decide(request: Request, referral_uuid: UUID) -> HttpResponse:
    """Save the hearing and the decision. Whatever goes wrong, what was typed comes back."""
    found = _referral(request, referral_uuid)
    form = DecisionForm(request.POST, hears_child=referrals.hears_child(found, request.day))
    if "seen" in form.errors:
        raise SuspiciousOperation("the referral's hidden fields are not ours")
    if not form.is_valid():
        return _page(request, found, form=form, status=422)
    try:
        referrals.decide(found, request.scope, request.day, **form.cleaned_data)
    except referrals.Incomplete as error:
        for name in error.missing:
            form.add_error(name, MISSING[name])
        return _page(request, found, form=form, status=422)
    except letters.Stale:
        problem = _(
            "Somebody changed the referral after you opened the page. Read what is new, and save again."
        )
        return _page(request, found, form=form, status=409, problem=problem)
    except referrals.NotReceived:
        problem = _("The referral has been withdrawn, or nobody has acknowledged it yet. Nothing is saved.")
        return _page(request, found, form=form, status=409, problem=problem)
    messages.success(request, _("Saved."))
    return _see_other(found)


MISSING = {
    "parents_heard_on": gettext_lazy("The parents are heard before it is decided, on a day that has been."),
    "child_heard_on": gettext_lazy("The child is heard before it is decided, on a day that has been."),
    "decided_on": gettext_lazy("Write the day it was decided: not before the hearing, and not after today."),
    "decision": gettext_lazy("Choose what was decided."),
}


def _referral(request: Request, referral_uuid: UUID) -> Referral:
    rows = Referral.objects.visible_to(request.scope, request.day)
    people = ("sent_by", "received_by", "decided_by", "withdrawn_by")
    found = get_object_or_404(
        rows.select_related("pupil", "school", "letter__pupil", "letter__school", *people), uuid=referral_uuid
    )
    opening.opened(request, found.pupil_id)
    return found


def _page(
    request: Request,
    found: Referral,
    *,
    form: DecisionForm | None = None,
    status: int = 200,
    problem: str = "",
) -> HttpResponse:
    if status == 409:
        found = _referral(request, found.uuid)
    kept = found.letter.evidence
    now = registers.again(found.pupil_id, kept)
    hears = referrals.hears_child(found, request.day)
    if form is not None and status == 409:
        typed = request.POST.copy()
        typed["seen"] = str(found.version)
        form = DecisionForm(typed, hears_child=hears)
    if found.received_at is None or found.withdrawn_at:
        form = None
    elif form is None:
        names = [name for name in DecisionForm.base_fields if name != "seen"]
        form = DecisionForm(
            hears_child=hears,
            initial={"seen": found.version, **{name: getattr(found, name) for name in names}},
        )
    trail.saw(request.scope, "referral", [found.pupil_id], subject_id=found.uuid)
    context = {
        "referral": found,
        "facts": _facts(found, kept, request.scope),
        "subject": found.letter.subject,
        "body": found.letter.body,
        "language": found.letter.language,
        "attached": letterpaper.attached(found.letter),
        "is_whole": composing.seal(found.letter) == found.letter.evidence_hash,
        "seal": found.letter.evidence_hash,
        "differences": registers.differences(kept, now),
        "figures": registers.figures_in(kept),
        "figures_now": registers.figures_in(now),
        "form": form,
        "problem": problem,
    }
    return render(request, "cases/referral.html", context, status=status)


def _facts(found: Referral, kept: dict[str, Any], scope: Scope) -> list[tuple[str, str]]:
    about = kept.get("pupil", {})
    born = about.get("birth_on") if Field.BIRTH in visible_fields(scope, found) else None
    facts = [
        (_("School"), found.school.name),
        (_("Quarter"), quarter(found.quarter_on)),
        (_("Born"), longdate(date.fromisoformat(born)) if born else "–"),
        (pgettext("a column", "Sent"), f"{shortdate(found.sent_at)} · {found.sent_by.name}"),
    ]
    if found.received_at and found.received_by:
        facts.append((_("Acknowledged"), f"{shortdate(found.received_at)} · {found.received_by.name}"))
    if found.decided_on and found.decided_by:
        said = f"{found.get_decision_display()} · {shortdate(found.decided_on)} · {found.decided_by.name}"
        facts.append((_("Decision"), said))
    if found.withdrawn_at and found.withdrawn_by:
        said = f"{shortdate(found.withdrawn_at)} · {found.withdrawn_by.name}: {found.withdrawn_because}"
        facts.append((_("Withdrawn"), said))
    return facts


def _see_other(found: Referral) -> HttpResponse:
    response = redirect("cases:referral", found.uuid)
    response.status_code = 303
    return response
