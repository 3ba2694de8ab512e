"""Who proposes another rule, and who decides it?

Two persons: one proposes and another decides, and one of the two is the School and Day-care chief. What the proposer was
shown of its effect is kept with the proposal. Until a decided change is in force it can be withdrawn, by two persons as it was
decided; nothing is ever deleted. Legal basis of the two: docs/rules.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from fravaer.accounts.roles import Action, Role
from fravaer.audit import trail
from fravaer.cases import rulebook
from fravaer.cases.contradictions import Problem, Wish, problems
from fravaer.cases.models import Rule, RuleProposal
from fravaer.core.scope import Scope
from fravaer.schools.models import School

# Decisions wait for each other, so that two of them never write the same line. Any number nobody else uses.
LOCK = 4_810_618
LONGEST_TEXT = 2000


class Contradicts(Exception):
    """The wish contradicts itself or the book."""

    def __init__(self, found: list[Problem]) -> None:
        super().__init__(", ".join(problem.contradiction for problem in found))
        self.problems = found


class KeyReused(Exception):
    """The form's key belongs to somebody else's proposal."""


class Settled(Exception):
    """The proposal was decided or withdrawn meanwhile, or is in force already."""


class SecondPersonNeeded(Exception):
    """She proposed it herself."""


class AnotherNeeded(Exception):
    """She asked herself for it to be withdrawn."""


class ChiefNeeded(Exception):
    """Neither of the two is the School and Day-care chief."""


def wish_of(proposal: RuleProposal) -> Wish:
    """What the proposal asks for."""
    said: Mapping[str, Any] = proposal.rule or {}
    return Wish(
        rules=tuple(rulebook.from_columns(columns) for columns in said.get("rules", [])),
        ends=tuple(said.get("ends", [])),
        valid_from=proposal.valid_from,
        school_id=proposal.school_id,
    )


def ended_by(found: Iterable[RuleProposal]) -> dict[int, Rule]:
    """The rows the proposals end or have ended, by their ids. One query."""
    return Rule.objects.in_bulk({pk for proposal in found for pk in wish_of(proposal).ends})


def may_change(scope: Scope, school_id: int | None) -> bool:
    """Whether the actor may propose rules of the school; of the municipality (None) for those who see figures only."""
    if not scope.may(Action.RULES_PROPOSE):
        return False
    if school_id is None:
        return not scope.persons
    return School.objects.visible_to(scope).filter(pk=school_id).exists()


def waiting(scope: Scope) -> QuerySet[RuleProposal]:
    """Proposals nobody has decided or withdrawn, the oldest first."""
    return (
        RuleProposal.objects.visible_to(scope)
        .filter(decided_at=None, withdrawn_at=None)
        .select_related("proposed_by", "school", "replaces")
        .order_by("proposed_at", "pk")
    )


def withdrawable(scope: Scope, day: date) -> QuerySet[RuleProposal]:
    """Decided changes that are not in force yet."""
    return (
        RuleProposal.objects.visible_to(scope)
        .filter(agreed=True, withdrawn_at=None, valid_from__gt=day)
        .select_related("proposed_by", "decided_by", "undo_asked_by", "school")
        .order_by("valid_from", "pk")
    )


def concerning(scope: Scope, rule: Rule) -> QuerySet[RuleProposal]:
    """Every proposal that brought, changed or would change the rule, the latest first."""
    return (
        RuleProposal.objects.visible_to(scope)
        .filter(Q(made__contains=[rule.pk]) | Q(rule__ends__contains=rule.pk))
        .select_related("proposed_by", "decided_by", "withdrawn_by", "undo_asked_by")
        .order_by("-proposed_at")
    )


@transaction.atomic
def propose(
    wish: Wish,
    scope: Scope,
    now: datetime,
    day: date,
    *,
    key: UUID,
    preview: Mapping[str, Any],
    text: str = "",
) -> RuleProposal:
    """Propose it; the same form twice is one proposal. Raises Contradicts, and KeyReused for another's key."""
    _lock()
    if found := RuleProposal.objects.filter(key=key).first():
        if found.proposed_by_id != scope.actor_id:
            raise KeyReused
        earlier: RuleProposal = found
        return earlier
    if broken := problems(wish, day):
        raise Contradicts(broken)
    assert scope.actor_id is not None
    made: RuleProposal = RuleProposal.objects.create(
        key=key,
        rule={"rules": [rulebook.columns(rule) for rule in wish.rules], "ends": list(wish.ends)},
        replaces_id=wish.ends[0] if len(wish.ends) == 1 else None,
        school_id=wish.school_id,
        valid_from=wish.valid_from,
        preview=dict(preview),
        text=text,
        proposed_by_id=scope.actor_id,
        proposed_as=scope.role,
        proposed_at=now,
    )
    _note(made, "rule.propose", scope)
    return made


@transaction.atomic
def decide(
    proposal_uuid: UUID, scope: Scope, now: datetime, day: date, *, agreed: bool, answer: str = ""
) -> RuleProposal:
    """Agree to the proposal, so that its rules hold from their day, or refuse it.

    Raises Settled, and for an agreement SecondPersonNeeded, ChiefNeeded, and Contradicts when the book has changed since.
    """
    _lock()
    found = _locked(proposal_uuid)
    if found.decided_at or found.withdrawn_at:
        raise Settled
    # The database asks for another person as well; refusing one's own is withdrawing it.
    if found.proposed_by_id == scope.actor_id:
        raise SecondPersonNeeded
    if agreed:
        if Role.CHIEF not in (found.proposed_as, scope.role):
            raise ChiefNeeded
        wish = wish_of(found)
        if broken := problems(wish, day):
            raise Contradicts(broken)
        found.made = rulebook.write(wish.rules, wish.ends, on=wish.valid_from, school_id=wish.school_id)
    found.agreed, found.answer = agreed, answer
    found.decided_by_id, found.decided_as, found.decided_at = scope.actor_id, scope.role, now
    found.save(update_fields=["agreed", "answer", "decided_by", "decided_as", "decided_at", "made"])
    _note(found, "rule.agree" if agreed else "rule.refuse", scope)
    return found


@transaction.atomic
def withdraw(proposal_uuid: UUID, scope: Scope, now: datetime, day: date) -> RuleProposal:
    """Take the proposal back, or undo what was decided before it is in force: one asks, and when another agrees it is undone.

    Raises Settled when it is too late; of what was decided AnotherNeeded, and ChiefNeeded when neither of the two is the chief.
    """
    _lock()
    found = _locked(proposal_uuid)
    if found.withdrawn_at or found.agreed is False or (found.agreed and found.valid_from <= day):
        raise Settled
    if found.agreed and found.undo_asked_by_id is None:
        found.undo_asked_by_id, found.undo_asked_as, found.undo_asked_at = scope.actor_id, scope.role, now
        found.save(update_fields=["undo_asked_by", "undo_asked_as", "undo_asked_at"])
        _note(found, "rule.withdraw.ask", scope)
        return found
    if found.agreed:
        if found.undo_asked_by_id == scope.actor_id:
            raise AnotherNeeded
        if Role.CHIEF not in (found.undo_asked_as, scope.role):
            raise ChiefNeeded
        rulebook.take_back(found.made, wish_of(found).ends)
    found.withdrawn_by_id, found.withdrawn_at = scope.actor_id, now
    found.save(update_fields=["withdrawn_by", "withdrawn_at"])
    _note(found, "rule.withdraw", scope)
    return found


def may_withdraw(proposal: RuleProposal, scope: Scope) -> bool:
    """Whoever may propose for the same pupils takes part in it; of what was decided she is one of two."""
    return may_change(scope, proposal.school_id)


def _locked(proposal_uuid: UUID) -> RuleProposal:
    found: RuleProposal = RuleProposal.objects.select_for_update().get(uuid=proposal_uuid)
    return found


def _lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def _note(proposal: RuleProposal, action: str, scope: Scope) -> None:
    said = proposal.rule or {}
    trail.changed(
        scope.actor_id,
        action,
        role=scope.role,
        subject="rule_proposal",
        subject_id=proposal.uuid,
        detail={
            "valid_from": proposal.valid_from.isoformat(),
            "school": proposal.school_id,
            "rules": ",".join(f"{one['family']}.{one['code']}" for one in said.get("rules", [])),
            "ends": ",".join(str(one) for one in said.get("ends", [])),
        },
    )
