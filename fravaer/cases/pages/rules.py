"""The dated rules: those in force, planned and past, and how two persons change them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from fravaer.accounts.roles import Action
from fravaer.cases import contradictions, foreseen, proposals, rulebook, rulesets
from fravaer.cases.contradictions import Wish
from fravaer.cases.models import Rule, RuleProposal
from fravaer.cases.pages import rule_forms, rule_words
from fravaer.cases.pages.rule_forms import EndForm, FromForm, RuleForm, SetForm
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.schools.models import School

SALT = "fravaer.cases.rules"
# So long may one look at a preview before one proposes.
SECONDS = 24 * 60 * 60


@requires(Action.RULES_READ)
@require_GET
def rules(request: Request) -> HttpResponse:
    """The rules in force today, planned and past, the proposals that wait, and the sets one can switch on."""
    scope, day = request.scope, request.day
    visible = Rule.objects.visible_to(scope).select_related("school")
    standing = (visible & rulebook.standing(day)).order_by("purpose", "family", "band")
    coming = (visible & rulebook.planned(day)).order_by("valid_from", "family", "band")
    over = (visible & rulebook.past(day)).order_by("-valid_until", "family", "band")
    sets = {row.ruleset for row in standing} | {row.ruleset for row in coming}
    return render(
        request,
        "cases/rules.html",
        {
            "groups": rule_words.grouped(standing),
            "planned": rule_words.rows(coming),
            "past": rule_words.rows(over),
            "waiting": rule_words.waiting_all(proposals.waiting(scope)),
            "undoable": rule_words.waiting_all(proposals.withdrawable(scope, day)),
            "sets": [rule_words.of_set(one, one.code in sets) for one in rulesets.ALL],
            "may_propose": scope.may(Action.RULES_PROPOSE),
            "may_switch": proposals.may_change(scope, None),
        },
    )


@requires(Action.RULES_READ)
@require_GET
def rule(request: Request, rule_id: int) -> HttpResponse:
    """One rule: what it says, since when, and everything proposed about it."""
    row = _row(request, rule_id)
    return render(
        request,
        "cases/rule.html",
        {
            "one": rule_words.row(row),
            "facts": rule_words.facts(row),
            "versions": rule_words.rows(
                Rule.objects.visible_to(request.scope)
                .filter(family=row.family, code=row.code, enabled=True)
                .select_related("school")
                .order_by("-version")
            ),
            "proposals": rule_words.waiting_all(proposals.concerning(request.scope, row)),
            "may_change": row.valid_until is None
            and row.enabled
            and proposals.may_change(request.scope, row.school_id),
        },
    )


@requires(Action.RULES_PROPOSE)
@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    """Propose a line of one's own, for the municipality or for one school."""
    schools = School.objects.visible_to(request.scope).order_by("sort_name")
    asked: dict[str, Any] = {
        "schools": list(schools),
        "with_municipality": proposals.may_change(request.scope, None),
        "is_new": True,
    }
    if request.method == "GET":
        form = RuleForm(initial={**rule_forms.initial(rule_forms.NEW), "key": uuid4()}, **asked)
        return _form(request, form, title=_("A new rule"))
    form = RuleForm(request.POST, **asked)

    def wish() -> Wish:
        family = f"own_{form.cleaned_data['key'].hex[:12]}"
        like = replace(rule_forms.NEW, family=family, code=family)
        return Wish((form.rule(like),), (), form.cleaned_data["valid_from"], form.school_id)

    return _answer(request, form, wish, title=_("A new rule"))


@requires(Action.RULES_PROPOSE)
@require_http_methods(["GET", "POST"])
def change(request: Request, rule_id: int) -> HttpResponse:
    """Propose a new version of a rule."""
    row = _row(request, rule_id, changing=True)
    asked: dict[str, Any] = {"schools": [], "with_municipality": False, "is_new": False}
    title = _("A new version of the rule")
    like = replace(rulebook.plain(row), ruleset="")
    if request.method == "GET":
        form = RuleForm(initial={**rule_forms.initial(like), "key": uuid4()}, **asked)
        return _form(request, form, title=title, row=row)
    form = RuleForm(request.POST, **asked)
    return _answer(
        request,
        form,
        lambda: Wish((form.rule(like),), (row.pk,), form.cleaned_data["valid_from"], row.school_id),
        title=title,
        row=row,
    )


@requires(Action.RULES_PROPOSE)
@require_http_methods(["GET", "POST"])
def end(request: Request, rule_id: int) -> HttpResponse:
    """Propose that a rule ends."""
    row = _row(request, rule_id, changing=True)
    title = _("End the rule")
    if request.method == "GET":
        return _form(request, EndForm(initial={"key": uuid4()}), title=title, row=row)
    form = EndForm(request.POST)
    return _answer(
        request,
        form,
        lambda: Wish((), (row.pk,), form.cleaned_data["valid_from"], row.school_id),
        title=title,
        row=row,
    )


@requires(Action.RULES_PROPOSE)
@require_http_methods(["GET", "POST"])
def switch_on(request: Request, code: str) -> HttpResponse:
    """Propose that a shipped set holds from a day, in place of what its families say now."""
    found = rulesets.BY_CODE.get(code)
    if found is None:
        raise Http404
    if not proposals.may_change(request.scope, None):
        raise PermissionDenied
    title = _("Switch on: %(name)s") % {"name": rule_words.title(found.code)}
    if request.method == "GET":
        return _form(request, SetForm(initial={"key": uuid4()}), title=title, ruleset=found)
    form = SetForm(request.POST)

    def wish() -> Wish:
        on = form.cleaned_data["valid_from"]
        ends = [row.pk for family in found.families for row in rulebook.family_on(family, on)]
        return Wish(found.rules, tuple(ends), on)

    return _answer(request, form, wish, title=title, ruleset=found)


@requires(Action.RULES_READ)
@require_GET
def proposal(request: Request, proposal_uuid: UUID) -> HttpResponse:
    """One proposal: what it changes, what the proposer was shown, and what it would do today."""
    return _proposal(request, _found(request, proposal_uuid))


@requires(Action.RULES_DECIDE)
@require_POST
def decide(request: Request, proposal_uuid: UUID) -> HttpResponse:
    """Agree to somebody else's proposal, or refuse it."""
    found = _found(request, proposal_uuid)
    answer = request.POST.get("answer", "").replace("\r\n", "\n")
    if len(answer) > proposals.LONGEST_TEXT:
        return _proposal(
            request,
            found,
            refusal=_("The answer is too long. Nothing of it is lost."),
            typed=answer,
            status=422,
        )
    agreed = request.POST.get("decision") == "agree"
    try:
        proposals.decide(found.uuid, request.scope, request.now, request.day, agreed=agreed, answer=answer)
    except (
        proposals.Settled,
        proposals.SecondPersonNeeded,
        proposals.ChiefNeeded,
        proposals.Contradicts,
    ) as error:
        found.refresh_from_db()
        return _proposal(request, found, refusal=rule_words.refusal(error), typed=answer, status=409)
    if agreed:
        messages.success(
            request, _("The change is decided. It can be withdrawn until the day it holds from.")
        )
    else:
        messages.success(request, _("The proposal is refused."))
    return redirect("cases:rules")


@requires(Action.RULES_PROPOSE)
@require_POST
def withdraw(request: Request, proposal_uuid: UUID) -> HttpResponse:
    """Take back a proposal, or a decided change that is not in force yet."""
    found = _found(request, proposal_uuid)
    if not proposals.may_withdraw(found, request.scope):
        raise PermissionDenied
    try:
        undone = proposals.withdraw(found.uuid, request.scope, request.now, request.day)
    except (proposals.Settled, proposals.AnotherNeeded, proposals.ChiefNeeded) as error:
        found.refresh_from_db()
        return _proposal(request, found, refusal=rule_words.refusal(error), status=409)
    if undone.withdrawn_at:
        messages.success(request, _("The change is withdrawn. What holds today goes on."))
    else:
        messages.success(request, _("You have asked for it. The change is withdrawn when another agrees."))
    return redirect("cases:rules")


def _row(request: Request, rule_id: int, *, changing: bool = False) -> Rule:
    row: Rule = get_object_or_404(
        Rule.objects.visible_to(request.scope).select_related("school"), pk=rule_id, enabled=True
    )
    if changing and not proposals.may_change(request.scope, row.school_id):
        raise PermissionDenied
    return row


def _found(request: Request, proposal_uuid: UUID) -> RuleProposal:
    found: RuleProposal = get_object_or_404(
        RuleProposal.objects.visible_to(request.scope).select_related(
            "proposed_by", "decided_by", "withdrawn_by", "undo_asked_by", "school", "replaces"
        ),
        uuid=proposal_uuid,
    )
    return found


def _form(
    request: Request,
    form: FromForm,
    *,
    title: str,
    row: Rule | None = None,
    ruleset: rulesets.RuleSet | None = None,
    status: int = 200,
) -> HttpResponse:
    return render(
        request,
        "cases/rule_form.html",
        {
            "form": form,
            "title": title,
            "one": rule_words.row(row) if row else None,
            "set": rule_words.of_set(ruleset, False) if ruleset else None,
            "back": reverse("cases:rule", args=[row.pk]) if row else reverse("cases:rules"),
        },
        status=status,
    )


def _answer(
    request: Request,
    form: FromForm,
    wish: Any,
    *,
    title: str,
    row: Rule | None = None,
    ruleset: rulesets.RuleSet | None = None,
) -> HttpResponse:
    """Show whom the wish would catch, or propose it once that has been seen; whatever goes wrong, what was typed comes back."""
    again: dict[str, Any] = {"title": title, "row": row, "ruleset": ruleset}
    valid = form.is_valid()
    if form.is_tampered:
        raise SuspiciousOperation("the form's hidden fields are not ours")
    if not valid:
        return _form(request, form, status=422, **again)
    wanted: Wish = wish()
    if found := contradictions.problems(wanted, request.day):
        form.refuse(found)
        return _form(request, form, status=422, **again)
    if "edit" in request.POST:
        return _form(request, form, **again)
    if "propose" in request.POST:
        try:
            made = proposals.propose(
                wanted,
                request.scope,
                request.now,
                request.day,
                key=form.cleaned_data["key"],
                preview=_seen(request, wanted),
                text=form.cleaned_data["text"],
            )
        except proposals.KeyReused as error:
            raise SuspiciousOperation("the form's key belongs to another") from error
        except proposals.Contradicts as error:
            form.refuse(error.problems)
            return _form(request, form, status=409, **again)
        messages.success(request, _("The change is proposed. Another person decides it."))
        return redirect("cases:rule-proposal", made.uuid)
    effect = foreseen.of(wanted, request.day)
    return render(
        request,
        "cases/rule_preview.html",
        {
            "title": title,
            "form": form,
            "effect": rule_words.effect(effect, request.scope, request.day),
            "valid_from": wanted.valid_from,
            "typed": [
                (name, value)
                for name, values in request.POST.lists()
                for value in values
                if name in form.fields
            ],
            "seen": signing.dumps(
                {"effect": foreseen.frozen(effect), "wish": _print(wanted)}, salt=SALT, compress=True
            ),
        },
    )


def _print(wish: Wish) -> list[Any]:
    """What tells one wish from another."""
    return [
        [rulebook.columns(rule) for rule in wish.rules],
        list(wish.ends),
        wish.valid_from.isoformat(),
        wish.school_id,
    ]


def _seen(request: Request, wish: Wish) -> dict[str, Any]:
    """The preview the proposer was shown, as we signed it. It belongs to this wish and no other."""
    try:
        said: dict[str, Any] = signing.loads(request.POST.get("seen", ""), salt=SALT, max_age=SECONDS)
    except signing.SignatureExpired:
        return foreseen.frozen(foreseen.of(wish, request.day))
    except signing.BadSignature as error:
        raise SuspiciousOperation("the preview is not ours") from error
    if said["wish"] != _print(wish):
        raise SuspiciousOperation("the preview belongs to another rule")
    effect: dict[str, Any] = said["effect"]
    return effect


def _proposal(
    request: Request, found: RuleProposal, *, refusal: str = "", typed: str = "", status: int = 200
) -> HttpResponse:
    is_waiting = found.decided_at is None and found.withdrawn_at is None
    fresh = None
    if is_waiting:
        fresh = rule_words.effect(
            foreseen.of(proposals.wish_of(found), request.day), request.scope, request.day
        )
    before = found.withdrawn_at is None and found.agreed is not False and _is_to_come(found, request.day)
    return render(
        request,
        "cases/rule_proposal.html",
        {
            "one": rule_words.waiting(found),
            "frozen": rule_words.effect(foreseen.thawed(found.preview), request.scope, request.day)
            if found.preview
            else None,
            "fresh": fresh,
            "refusal": refusal,
            "typed": typed,
            "may_decide": is_waiting and request.scope.may(Action.RULES_DECIDE),
            "own": found.proposed_by_id == request.scope.actor_id,
            # What was decided is undone by two.
            "asks_first": before and found.undo_asked_by_id is None,
            "may_withdraw": (is_waiting or before) and proposals.may_withdraw(found, request.scope),
        },
        status=status,
    )


def _is_to_come(found: RuleProposal, day: date) -> bool:
    return found.agreed is True and found.valid_from > day
