"""Is one shown of a child what the matrix says, and is it asked everywhere?"""

from __future__ import annotations

import re

import pytest

from fravaer.accounts.fields import SEES, Field, visible_fields
from fravaer.accounts.roles import Role
from fravaer.core.scope import Scope
from tests.architecture import fielding
from tests.architecture.source import ROOT
from tests.proof.matrix import FIELDS

MINE, OTHER = 1, 2
R = Role


@pytest.mark.parametrize("field", Field)
def test_a_field_is_shown_to_those_the_matrix_names_and_nobody_else(field: Field) -> None:
    always, more = FIELDS[field]
    in_case = always | more
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
    kept_away = Scope(role=R.LEADER.value, pupils=frozenset({MINE}), blocked=frozenset({MINE}))
    assert visible_fields(kept_away, MINE) == frozenset()
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
