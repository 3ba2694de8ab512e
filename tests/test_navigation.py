"""The frame of every page says where and as whom one works, and what it costs to say so."""

from __future__ import annotations

import re

import pytest

from fravaer.accounts.models import User
from fravaer.accounts.roles import Role
from tests import factories
from tests.cast import Cast, signed_in


def place(user: User) -> str | None:
    """The place in the header of the user's first page."""
    page = signed_in(user).get("/", follow=True).content.decode()
    found = re.search(r'class="frame-place">([^<]*)<', page)
    return found and found[1]


def test_a_teacher_reads_the_name_of_her_classes_school(cast: Cast) -> None:
    factories.grant(cast.mette, Role.TEACHER, cast.class_2a)
    assert place(cast.mette) == "Birkeskolen"


def test_a_leader_of_two_schools_reads_both(cast: Cast) -> None:
    factories.grant(cast.leader, Role.LEADER, cast.other_school)
    assert place(cast.leader) == "Birkeskolen, Havneskolen"


def test_of_many_schools_the_first_is_named_and_the_others_counted(cast: Cast) -> None:
    for school in (cast.other_school, factories.school("Åskolen", of=cast.south)):
        factories.grant(cast.leader, Role.LEADER, school)
    assert place(cast.leader) == "Birkeskolen og 2 mere"


@pytest.mark.parametrize("role", [Role.LEADER, Role.AREA_MANAGER])
def test_an_area_is_named_by_its_name(cast: Cast, role: Role) -> None:
    someone = factories.user("Else Lind")
    factories.grant(someone, role, cast.north)
    assert place(someone) == "Nord"


def test_the_whole_municipality_is_called_so(cast: Cast) -> None:
    someone = factories.user("Else Lind")
    factories.grant(someone, Role.LEADER, None)
    assert place(someone) == "Hele kommunen"


def test_who_has_nothing_but_a_pupil_has_no_place(cast: Cast) -> None:
    someone = factories.user("Else Lind")
    factories.grant(someone, Role.SOCIAL_WORKER, cast.pupils[0])
    assert place(someone) is None
