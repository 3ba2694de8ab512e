"""The joint analysis adds quarters up, and hides what is small."""

from __future__ import annotations

from django.urls import reverse

from fravaer.accounts.models import User
from fravaer.accounts.roles import Role
from fravaer.reports.joint import Joint
from tests import factories
from tests.cast import Cast, signed_in
from tests.reports.test_explaining import chief, chief_of_social_services, full
from tests.reports.test_quarter_page import NBSP

ANALYSIS = reverse("reports:analysis")
RUNNING = {"last": "2026K1", "count": "4"}
__all__ = ["full"]


def found(user: User, **query: str) -> Joint:
    page = signed_in(user).get(ANALYSIS, RUNNING | query)
    assert page.status_code == 200
    joint: Joint = page.context["joint"]
    return joint


def test_stages_and_those_with_a_measure_add_up_to_what_the_registers_say(full: Cast) -> None:
    # Large enough to be told by stage.
    factories.pupils(20, in_class=full.class_7b)
    joint = found(chief_of_social_services())
    assert [str(quarter) for quarter in joint.quarters] == ["2025K2", "2025K3", "2025K4", "2026K1"]
    whole, lower, _middle, upper = (group.values[-1] for group in joint.everybody)
    assert (whole.part, whole.whole) == (10, 122)
    assert whole.part == (lower.part or 0) + (upper.part or 0)
    assert joint.with_measure is not None
    assert (joint.with_measure[0].values[-1].part, joint.with_measure[0].values[-1].whole) == (10, 36)
    [season] = [season for season in joint.seasons if season.number == 1]
    assert (season.values[0].part, season.values[0].whole) == (10, 122)
    [pending] = [group.values[3] for group in joint.by_reason if not group.stage]
    assert pending.shown == 0


def test_of_one_reason_nothing_else_is_counted(full: Cast) -> None:
    assert found(chief(), reason="unlawful").everybody[0].values[-1].part == 0
    assert found(chief(), reason="illness").everybody[0].values[-1].part == 10


def test_an_areas_split_is_for_the_social_administration(full: Cast) -> None:
    assert found(full.area_manager, area="nord").with_measure is None
    assert found(full.area_manager).with_measure is not None
    assert found(chief_of_social_services(), area="nord").with_measure is not None


def test_small_groups_are_not_in_the_answer(full: Cast) -> None:
    factories.pupils(3, in_class=factories.school_class("5.A", at=full.school, year=full.year))
    joint = found(chief())
    middle = next(group for group in joint.everybody if group.stage == "4-6")
    assert middle.values[-1].is_hidden
    assert middle.values[-1].part is None
    page = signed_in(chief()).get(ANALYSIS, RUNNING).content.decode()
    assert "skjult af hensyn til anonymitet" in page
    assert f"8,2{NBSP}%" in page


def test_what_cannot_be_asked_is_not_found(full: Cast) -> None:
    client = signed_in(full.area_manager)
    for query in ({"area": "syd"}, {"count": "21"}, {"last": "2026K9"}, {"last": "2027K1"}, {"reason": "x"}):
        assert client.get(ANALYSIS, RUNNING | query).status_code == 404, query
    leader = factories.user("Lone Leder")
    factories.grant(leader, Role.SOCIAL_LEADER, full.school)
    assert signed_in(leader).get(ANALYSIS).status_code == 403
