"""Does every URL keep what is not the asker's, in every relation she can stand in to it?

Every URL and method with every role that may use it, about something of hers and about the same of somebody she has nothing to
do with; after each answer every token in it is held against the set the matrix lets her meet. That the roles that may not are
refused, whatever they ask about, stands in tests/architecture/test_access.py, and so does the exact answer to each URL.
"""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import unquote
from uuid import UUID

import pytest
from django.core import mail
from django.urls import Resolver404, resolve, reverse

from fravaer.accounts.roles import Role
from tests.architecture import access
from tests.architecture.access import Ask, taken_back
from tests.proof import reading, town
from tests.proof.asking import Asker, met
from tests.proof.matrix import CANARIES, IN_RELATION, UNITS, Canary, Kind, Relation, reached
from tests.proof.town import Town

ASKS = [(name, ask) for name, asks in access.TABLE.items() for ask in asks]
# What an address names, by what it is called there.
KINDS = {
    "case_uuid": Kind.CASE,
    "letter_uuid": Kind.LETTER,
    "cluster_uuid": Kind.CLASS_WORK,
    "effort_uuid": Kind.CLASS_WORK,
    "pupil_uuid": Kind.PUPIL,
    "referral_uuid": Kind.PUPIL,
    "concern_uuid": Kind.PUPIL,
    "action_uuid": Kind.PUPIL,
    "message_id": Kind.PUPIL,
    "class_id": Kind.CLASS,
    "grant_id": Kind.CLASS,
    "school_id": Kind.SCHOOL,
    "halt_id": Kind.SCHOOL,
    "rule_id": Kind.SCHOOL,
    "proposal_uuid": Kind.SCHOOL,
    "unit": Kind.SCHOOL,
    "code": Kind.AREA,
}
# Where it is called `uuid` alone.
BY_NAME = {
    "absence:known": Kind.PUPIL,
    "absence:leave": Kind.PUPIL,
    "absence:contradiction": Kind.PUPIL,
    "reports:notes": Kind.SCHOOL,
    "reports:follow-up": Kind.AREA,
    "reports:wheel": Kind.AREA,
}
# The municipality's plan is everybody's who reads plans.
EVERYBODYS = ("absence:calendar-proposal",)
# Emergency access, the giving of access and the control of the log are no relation to a child: tests/accounts/test_emergency.py,
# tests/accounts/test_giving_access.py and tests/oversight ask.
ELSEWHERE = ("emergencies-one", "access-", "oversight:", *EVERYBODYS)
# Of a child in her unit, and in a case she takes no part in: no number, and nothing that was agreed in the case.
OF_CASES_ALONE = {"absence:cpr", "cases:work-settle"}
WITH_OBJECTS = [
    (number, name, ask)
    for number, (name, ask) in enumerate(ASKS)
    if ask.about and not name.startswith(ELSEWHERE)
]
# A message is of the class the child was in; the child who moved has had two.
WITHOUT_FORMER = {"sms:log-message", "sms:log-again"}


def ids(asks: list[Any]) -> list[str]:
    return [f"{ask.method} {name}" for *_, name, ask in asks]


def kind_of(name: str, ask: Ask, there: Town) -> Kind:
    assert ask.about
    parts = ask.about.missing(there.stage)
    found = [kind for part, kind in KINDS.items() if part in parts]
    found += [kind for part, kind in BY_NAME.items() if name.startswith(part)]
    assert found, f"{name}: say in KINDS what {sorted(parts)} names"
    return found[0]


def asking(number: int, ask: Ask) -> list[Role]:
    """Everybody who may, by GET; of what changes something two of them, other ones at each URL."""
    roles = [role for role in Role if role in ask.may]
    if ask.method == "GET":
        return roles
    return [roles[(number + more) % len(roles)] for more in range(min(2, len(roles)))]


def relations(number: int, ask: Ask, kind: Kind, role: Role) -> list[Relation]:
    """All of them by GET; of what changes something one that is reached and two that are not, other ones at each URL."""
    foreign: list[Relation] = [relation for relation in IN_RELATION[kind] if relation is not Relation.OWN]
    if ask.method == "GET":
        return foreign
    there = [relation for relation in foreign if relation in reached(role, kind)]
    away = [relation for relation in foreign if relation not in there]
    turned = number + list(Role).index(role)
    return [
        one[(turned + more) % len(one)]
        for one, most in ((there, 1), (away, 2))
        for more in range(min(most, len(one)))
    ]


@pytest.mark.parametrize(("name", "ask"), ASKS, ids=ids(ASKS))
def test_nobody_meets_a_token_the_matrix_keeps_from_her(
    name: str, ask: Ask, there: Town, askers: dict[Role, Asker], caplog: pytest.LogCaptureFixture
) -> None:
    """About what is hers: whoever may is answered, and meets only what her role may be shown."""
    own = ask.own(there.stage)
    with caplog.at_level(logging.DEBUG):
        for role in ask.may:
            response = askers[role].asks(name, ask, there.stage, own)
            assert response.status_code < 500, role
            assert response.status_code not in {403, 404} or ask.answers == 404, role
    assert town.tokens_in(caplog.text) == set()
    assert town.tokens_in("".join(f"{one.subject} {one.body}" for one in mail.outbox)) == set()


@pytest.mark.parametrize(("number", "name", "ask"), WITH_OBJECTS, ids=ids(WITH_OBJECTS))
def test_what_one_has_nothing_to_do_with_is_not_there(
    number: int, name: str, ask: Ask, there: Town, askers: dict[Role, Asker]
) -> None:
    """Foreign in whatever way is answered byte by byte as what does not exist; what is reached is there."""
    assert ask.about
    kind = kind_of(name, ask, there)
    places: dict[Relation, Any] = {}
    for role in asking(number, ask):
        asker = askers[role]
        missing = asker.asks(name, ask, there.stage, ask.about.missing(there.stage))
        assert missing.status_code == 404, role
        for relation in relations(number, ask, kind, role):
            if relation is Relation.FORMER and name in WITHOUT_FORMER:
                continue
            if relation not in places:
                places[relation] = ask.about.foreign(there.at(relation))
            response = asker.asks(name, ask, there.at(relation), places[relation])
            if relation in reached(role, kind):
                # Of a case in her unit that she takes no part in, what is inside may be as good as not there.
                inside = kind is Kind.CASE or name in OF_CASES_ALONE
                outside = inside and relation in UNITS.get(role, ()) and relation is not Relation.OWN
                assert response.status_code != 404 or outside, (role, relation)
                assert response.status_code < 500, (role, relation)
            else:
                assert response.status_code == 404, (role, relation)
                assert reading.said(response) == reading.said(missing), (role, relation)
                assert reading.headed(response) == reading.headed(missing), (role, relation)


NAMED = [(name, ask) for name, (ask, *_) in access.TABLE.items() if ask.about]


def leads_somewhere(url: str) -> bool:
    """Whether a page answers to the address at all, or what stands in it fits none."""
    try:
        resolve(unquote(url))
    except Resolver404:
        return False
    return True


@pytest.mark.parametrize(("name", "ask"), NAMED, ids=ids(NAMED))
def test_an_address_that_cannot_be_is_not_there(
    name: str, ask: Ask, there: Town, askers: dict[Role, Asker]
) -> None:
    """Malformed, too large and encoded keys are answered like every other address there is not, and break nothing."""
    assert ask.about
    parts = ask.about.missing(there.stage)
    client = askers[min(ask.may)].client
    for part, value in parts.items():
        if isinstance(value, UUID):
            wrong: list[str] = ["not-a-key", f"{value}'--", "00000000-0000-0000-0000-00000000000g"]
        elif isinstance(value, int) and not isinstance(value, bool):
            wrong = ["-1", "1'--", "99999999999999999999999", str(2**31), "1%2e"]
        else:
            wrong = ["%00", "..%2f..%2f", "x" * 300]
        for text in wrong:
            url = reverse(name, kwargs={**parts})
            spoiled = url.replace(f"/{value}", f"/{text}", 1)
            if spoiled == url:
                continue
            with taken_back():
                response: Any = client.generic(ask.method, spoiled)
            assert b"Traceback" not in response.content
            if text == "%00" and leads_somewhere(spoiled):
                # What nobody can have typed is unreadable where any word fits, in the same words whoever asks.
                assert response.status_code == 400, (part, text)
                with taken_back():
                    another: Any = askers[max(set(Role) - {min(ask.may)})].client.generic(ask.method, spoiled)
                assert another.status_code == 400, (part, text)
                assert reading.said(another) == reading.said(response), (part, text)
            else:
                assert response.status_code == 404, (part, text)


def test_every_token_was_met_by_somebody() -> None:
    """The positive control of the search: a token nobody ever meets would prove nothing."""
    assert set(CANARIES) - {canary for canary, _ in met} == {Canary.SEALED}
