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


def menu(user: User, path: str = "/") -> tuple[str, list[str], list[str]]:
    """The address a path leads to, and of the page's menu there the parts' names and the entries one sees at once."""
    answer = signed_in(user).get(path, follow=True)
    address = answer.redirect_chain[-1][0] if answer.redirect_chain else path
    found = re.search(r'class="frame-navigation".*?</nav>', answer.content.decode(), re.DOTALL)
    assert found
    parts = re.findall(r'<details class="navigation-part" (open)?>\s*<summary[^>]*>([^<]*)', found[0])
    seen = re.sub(r'<details class="navigation-part" >.*?</details>', "", found[0], flags=re.DOTALL)
    return (
        address,
        [name + ("!" if opened else "") for opened, name in parts],
        re.findall(r"<span>([^<]*)</span>", seen),
    )


def test_many_entries_stand_in_parts_of_which_the_one_in_use_is_open(cast: Cast) -> None:
    assert menu(cast.leader)[:2] == (
        "/board/",
        ["Fravær i dag!", "Elever og sager", "Tal og opfølgning", "Sms", "Opsætning", "Adgang"],
    )
    _, parts, seen = menu(cast.leader, "/cases/duties/")
    assert parts[1] == "Elever og sager!"
    assert seen == [
        *("Arbejdsliste", "Bekymringer", "Sager", "Varsling og underretning", "Klasser"),
        "Nødadgang",
    ]
    # A part of one is its entry.
    _, parts, seen = menu(cast.secretary)
    assert parts == ["Fravær i dag!", "Tal og opfølgning", "Sms", "Opsætning"]
    assert "Varsling og underretning" in seen


def test_few_entries_stand_one_below_the_other(cast: Cast) -> None:
    address, parts, seen = menu(cast.mette)
    assert (address, parts) == ("/today/", [])
    assert seen == ["I dag", "Kendt fravær", "Bekymringer", "Beskeder"]


def test_a_chief_begins_with_the_quarter(cast: Cast) -> None:
    chief = factories.user("Karen Holm")
    factories.grant(chief, Role.CHIEF, None)
    address, parts, seen = menu(chief)
    assert address == "/reports/quarter/2026K1/"
    assert parts == ["Tal og opfølgning!", "Elever og sager", "Sms", "Opsætning"]
    assert seen[0] == "Kvartal"
