"""Is one shown of a child what the matrix says, and is it asked everywhere?"""

from __future__ import annotations

import re

import pytest

from fravaer.accounts.fields import SEES, Field, visible_fields
from fravaer.accounts.roles import Role
from fravaer.core.scope import Scope
from tests.architecture import fielding
from tests.architecture.source import ROOT

MINE, OTHER = 1, 2
R = Role
SCHOOL, OFFICE = {R.TEACHER, R.SECRETARY, R.LEADER}, {R.SECRETARY, R.LEADER}
SOCIAL, IN_CASES = {R.SOCIAL_WORKER, R.SOCIAL_LEADER}, {R.INCLUSION, R.CONSULTANT, R.PSYCHOLOGIST}
# Written out from the municipality's access matrix: who is shown it of every child she reaches, and of one in her case.
MATRIX: dict[Field, tuple[set[Role], set[Role]]] = {
    Field.REASON: (SCHOOL | SOCIAL, SCHOOL | SOCIAL | IN_CASES),
    Field.REASON_TEXT: ({R.LEADER}, {R.LEADER} | IN_CASES),
    Field.CERTIFICATE: (OFFICE, OFFICE | IN_CASES),
    Field.FIGURES: (SCHOOL | SOCIAL, SCHOOL | SOCIAL | IN_CASES | {R.CHIEF}),
    Field.BIRTH: (OFFICE | SOCIAL, OFFICE | SOCIAL | IN_CASES | {R.CHIEF}),
    Field.PROTECTED: (SCHOOL | SOCIAL | IN_CASES, SCHOOL | SOCIAL | IN_CASES),
    Field.PROTECTED_CONTACT: (OFFICE, OFFICE | {R.SOCIAL_WORKER, R.CONSULTANT, R.PSYCHOLOGIST}),
    Field.GUARDIANS: (OFFICE, OFFICE | SOCIAL | IN_CASES),
    Field.PHONE_END: (SCHOOL, SCHOOL | {R.SOCIAL_WORKER, R.CONSULTANT, R.PSYCHOLOGIST}),
    Field.PHONE: (OFFICE, OFFICE | {R.SOCIAL_WORKER, R.CONSULTANT, R.PSYCHOLOGIST}),
    Field.CPR: (OFFICE, OFFICE | SOCIAL),
    Field.CASE: (OFFICE | SOCIAL | {R.INCLUSION}, OFFICE | SOCIAL | IN_CASES | {R.CHIEF}),
    Field.NOTES_SCHOOL: ({R.LEADER}, {R.LEADER, R.CHIEF} | SOCIAL | IN_CASES),
    Field.NOTES_SOCIAL: (set(), SOCIAL | {R.CONSULTANT}),
    Field.NOTES_PPR: (set(), {R.PSYCHOLOGIST}),
    Field.MEASURE: ({R.SOCIAL_LEADER}, SOCIAL | {R.CONSULTANT}),
}


@pytest.mark.parametrize("field", Field)
def test_a_field_is_shown_to_those_the_matrix_names_and_nobody_else(field: Field) -> None:
    always, in_case = MATRIX[field]
    for role in Role:
        scope = Scope(role=role.value, pupils=frozenset({MINE}))
        assert (field in visible_fields(scope, OTHER)) == (role in always), role
        assert (field in visible_fields(scope, MINE)) == (role in in_case), role
        assert (field in visible_fields(scope)) == (role in always | in_case), role


def test_a_teacher_a_substitute_and_a_leader_never_learn_of_a_measure() -> None:
    for role in (R.TEACHER, R.SUBSTITUTE, R.SECRETARY, R.LEADER, R.INCLUSION, R.PSYCHOLOGIST, R.CHIEF):
        scope = Scope(role=role.value, pupils=frozenset({MINE}), municipality=True)
        assert Field.MEASURE not in visible_fields(scope, MINE)
    for name in ("", R.SUBSTITUTE.value, R.CONTROLLER.value, R.ACCESS_ADMIN.value, R.AREA_MANAGER.value):
        assert visible_fields(Scope(role=name, pupils=frozenset({MINE})), MINE) == frozenset()
    assert set(SEES) == set(Field)


def test_no_template_page_table_or_file_shows_a_restricted_field_without_asking() -> None:
    assert fielding.unasked(ROOT) == []


def test_the_lists_of_those_who_may_name_places_that_need_them() -> None:
    for place, what in fielding.TEMPLATES_OF_THOSE_WHO_MAY:
        assert what in (ROOT / place).read_text(encoding="utf-8"), f"take {place} off the list"
    for place, function, field in fielding.ROOMS_OF_THOSE_WHO_MAY:
        text = (ROOT / place).read_text(encoding="utf-8")
        assert re.search(rf"def {function}\b", text), f"take {place} off the list"
        assert re.search(rf"\b{field}\b", text), f"take {place} off the list"
