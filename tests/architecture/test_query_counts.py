"""How many queries does each URL cost, and does the number grow with the school?

Every request of the access table is counted and stands in tests/query_counts.json, so that a change is seen in review. After
a change that is meant, write the record anew:

    FRAVAER_RECORD_QUERIES=1 ./dev test tests/architecture/test_query_counts.py -n 0
"""

from __future__ import annotations

import json
import os

import pytest
from django.urls import reverse

from fravaer.accounts.roles import Role
from tests import factories
from tests.architecture import access
from tests.architecture.access import Ask, Stage, prepared
from tests.architecture.source import ROOT
from tests.cast import Cast, signed_in, statements
from tests.reports import reporting

RECORD = ROOT / "tests" / "query_counts.json"
# What a page may cost at most, whatever is on record.
BUDGETS = {
    "GET absence:register": 9,
    "POST absence:register": 12,
    # One for each kind of fact beside a pupil: weeks, both clocks and what is left on them (four), lines, contact, letter,
    # actions, assignment, case, snooze.
    "GET cases:worklist": 25,
    "GET reports:quarter": 15,
}
# How many periods it draws anew depends on what has changed since, not on how many there are of anything.
DRAWING = ("POST reports:frozen-freeze",)
# The roles that see most, so that growth would show.
WIDEST = (
    *(Role.CHIEF, Role.AREA_MANAGER, Role.SOCIAL_LEADER, Role.LEADER, Role.SOCIAL_WORKER, Role.TEACHER),
    *(Role.CONTROLLER, Role.ACCESS_ADMIN),
)


@pytest.fixture
def stage(cast: Cast) -> Stage:
    return access.set_stage(cast)


def counted(stage: Stage) -> dict[str, int]:
    """Queries of every request in the table, by method and name, asked by the role that sees most."""
    return {
        f"{ask.method} {name}": _cost(name, ask, stage) for name, asks in access.TABLE.items() for ask in asks
    }


def _cost(name: str, ask: Ask, stage: Stage) -> int:
    role = next(role for role in (*WIDEST, *Role) if role in ask.may)
    client = signed_in(stage.by_role[role])
    # The first request of a session writes its clock, and a report is drawn when something has changed.
    client.get("/")
    if ask.method == "GET":
        client.get(reverse(name, kwargs=dict(ask.own(stage))), ask.query)
    send = prepared(client, name, ask, stage, ask.own(stage))
    with statements() as sent:
        assert send().status_code == ask.answers
    return len(sent)


def grow(stage: Stage) -> None:
    """Thirty more pupils with guardians in 7.B, six more classes at the school and three more schools in its area."""
    cast = stage.cast
    for pupil in factories.pupils(30, in_class=cast.class_7b):
        factories.guardian(pupil)
    for name in ("0.A", "1.A", "3.A", "4.A", "5.A", "8.A"):
        factories.pupils(20, in_class=factories.school_class(name, at=cast.school, year=cast.year))
    for name in ("Egeskolen", "Bøgeskolen", "Lindeskolen"):
        school = factories.school(name, of=cast.north)
        factories.pupils(20, in_class=factories.school_class("7.A", at=school, year=cast.year))


def test_each_url_costs_what_is_on_record_and_no_more_in_a_larger_school(stage: Stage) -> None:
    # A quarter is frozen, and differs from today before as after.
    reporting.frozen()
    factories.pupil("Nana Riis", in_class=stage.cast.class_2a)
    # A list with nothing drawn asks for no children, and one is drawn on the way; so with a request for insight.
    access.SAMPLE.own(stage)
    access.INSIGHT.own(stage)
    small = counted(stage)
    grow(stage)
    large = counted(stage)
    assert {**large, **{name: small[name] for name in DRAWING}} == small
    if os.environ.get("FRAVAER_RECORD_QUERIES"):
        RECORD.write_text(json.dumps(dict(sorted(small.items())), indent=2) + "\n", encoding="utf-8")
    assert small == json.loads(RECORD.read_text(encoding="utf-8"))


def test_what_is_on_record_keeps_the_budgets() -> None:
    record = json.loads(RECORD.read_text(encoding="utf-8"))
    assert {name: record.get(name) for name, most in BUDGETS.items() if record.get(name, 0) > most} == {}
