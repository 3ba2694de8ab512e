"""What do tests of rules need to exist? A school's own rule, a proposal about it, and one that is decided."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import uuid4

from fravaer.accounts.roles import Role
from fravaer.cases import proposals, rulebook, rules
from fravaer.cases.models import Rule, RuleProposal
from fravaer.cases.pages import rule_forms
from fravaer.schools.models import School
from tests import factories
from tests.cast import DAY, MORNING

FIVE_IN_A_ROW = rules.Rule(
    "five", "five", 1, 1, 5, True, unit=rules.Unit.RUN, window=rules.Window.LAST_DAYS, window_days=20,
    minimum_possible_days=0, minimum_absent_days=0, name="Fem dage",
)  # fmt: skip


def rule_of(school: School, family: str = "five") -> Rule:
    """The school's own rule of five days in a row, made if there is none."""
    family = f"{family}_{school.pk}"
    found = Rule.objects.filter(family=family, version=1).first()
    if found is None:
        own = replace(FIVE_IN_A_ROW, family=family)
        found = Rule.objects.create(**rulebook.columns(own), school=school, valid_from=date(2025, 8, 1))
    return found


def proposed_rule(school: School, family: str = "five") -> RuleProposal:
    """The chief has proposed six days in a row instead, from the next day on."""
    found = RuleProposal.objects.filter(
        replaces__family=f"{family}_{school.pk}", decided_at=None, withdrawn_at=None
    ).first()
    if found is None:
        standing = rule_of(school, family)
        other = replace(rulebook.plain(standing), lower=6)
        found = RuleProposal.objects.create(
            key=uuid4(),
            rule={"rules": [rulebook.columns(other)], "ends": [standing.pk]},
            replaces=standing,
            school=school,
            valid_from=date.fromordinal(DAY.toordinal() + 1),
            proposed_by=factories.user("Cecilie Chef"),
            proposed_as=Role.CHIEF,
            proposed_at=MORNING,
        )
    return found


def decided_rule(school: School) -> RuleProposal:
    """The same, agreed to by somebody else; not in force yet."""
    found = RuleProposal.objects.filter(school=school, agreed=True, withdrawn_at=None).first()
    if found is None:
        found = proposed_rule(school, "decided")
        wish = proposals.wish_of(found)
        found.made = rulebook.write(
            wish.rules,
            wish.ends,
            on=found.valid_from,
            school_id=school.pk,
        )
        found.agreed, found.decided_by, found.decided_at = True, factories.user("Otto Område"), MORNING
    # Whoever asks now is the first of the two who undo it.
    found.undo_asked_by, found.undo_asked_at = None, None
    found.save()
    return found


FROM = {"valid_from": "11-03-2026", "key": uuid4(), "text": ""}


def typed(school: School) -> dict[str, Any]:
    """A form of another line for the school's pupils, as a browser sends it."""
    fields = {**rule_forms.initial(replace(FIVE_IN_A_ROW, lower=7)), **FROM, "unit_of": str(school.pk)}
    return {name: value for name, value in fields.items() if value is not None and value is not False}


def ready(school: School) -> dict[str, Any]:
    """Nothing an address needs, after both kinds of proposals have been made: its lists are never empty."""
    proposed_rule(school)
    decided_rule(school)
    return {}
