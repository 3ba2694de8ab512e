"""Does every URL answer everyone as the access table says?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import get_resolver, path, reverse
from pytest_django import DjangoDbBlocker

from fravaer.accounts.models import User
from fravaer.accounts.roles import Action, Role
from fravaer.core.access import PUBLIC as DECLARED_PUBLIC
from fravaer.core.access import declared_action
from tests import factories
from tests.architecture import access
from tests.architecture.access import Ask, Stage, asked
from tests.cast import MORNING, assembled, signed_in

URLS = access.urls(get_resolver().url_patterns)
ASKS = [(name, ask) for name, asks in access.TABLE.items() for ask in asks]
WITH_OBJECTS = [(name, ask) for name, ask in ASKS if ask.about]
Entered = Callable[[User], Client]


def ids(asks: list[tuple[str, Ask]]) -> list[str]:
    return [f"{ask.method} {name}" for name, ask in asks]


@pytest.fixture(scope="module")
def set_once(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Stage]:
    """One stage for all the tests of this file, each of which takes back what it does; taken back itself at the end."""
    with django_db_blocker.unblock(), time_machine.travel(MORNING, tick=False), transaction.atomic():
        stage = access.set_stage(assembled())
        # What was put off to the end of the transaction is looked at now, and not after every test anew.
        connection.check_constraints()
        yield stage
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def serial(set_once: Stage) -> int:
    """What each test begins to count its own rows from, so that it makes the same ones alone and after others."""
    return factories.next_serial()


@pytest.fixture(scope="module")
def sessions(set_once: Stage) -> dict[int, str]:
    """The session of each person on the stage, who has opened a page in it."""
    clients = {user.pk: signed_in(user) for user in (*set_once.by_role.values(), set_once.nobody)}
    for client in clients.values():
        client.get("/")
    return {key: client.cookies["sessionid"].value for key, client in clients.items()}


@pytest.fixture
def entered(sessions: dict[int, str]) -> Entered:
    """A browser of its own in which the user has signed in already."""

    def open_one(user: User) -> Client:
        client = Client()
        client.cookies["sessionid"] = sessions[user.pk]
        return client

    return open_one


@pytest.fixture
def stage(set_once: Stage, serial: int, db: None, clock: time_machine.Traveller) -> Stage:
    """The stage as it was set, with people and places of the test's own."""
    factories.next_serial(serial)
    return deepcopy(set_once)


def said(response: HttpResponse) -> str:
    """The page without what differs from one request to the next: the form's token and the address that was asked for."""
    page = re.sub(r"\b[A-Za-z0-9]{64}\b", "the form's own token", response.content.decode())
    return page.replace(response.wsgi_request.get_full_path(), "the address")  # type: ignore[attr-defined]


def test_every_url_has_a_name_and_stands_in_the_table_or_among_the_public() -> None:
    assert not [name for name in URLS if name.endswith("None")]
    assert set(URLS) == set(access.TABLE) | set(access.PUBLIC)
    assert not set(access.TABLE) & set(access.PUBLIC)


def undeclared(views: Mapping[str, Any]) -> list[str]:
    """URLs whose view names neither an action of the role × action table nor that it is public."""
    known = {str(action) for action in Action} | {DECLARED_PUBLIC}
    return [name for name, view in views.items() if declared_action(view) not in known]


def test_every_view_declares_its_action() -> None:
    assert undeclared(URLS) == []


def test_the_public_views_are_those_on_the_list() -> None:
    assert {name for name, view in URLS.items() if declared_action(view) == DECLARED_PUBLIC} == set(
        access.PUBLIC
    )


def forgotten(request: HttpRequest) -> HttpResponse:
    return HttpResponse("everything")


urlpatterns = [path("forgotten/", forgotten, name="forgotten"), *get_resolver().url_patterns]


@override_settings(ROOT_URLCONF=__name__)
def test_a_view_that_declares_nothing_is_named_and_answers_nobody(stage: Stage) -> None:
    assert undeclared(access.urls(urlpatterns)) == ["forgotten"]
    assert Client().get("/forgotten/").status_code == 302
    client = signed_in(stage.cast.mette)
    client.raise_request_exception = False
    response = client.get("/forgotten/")
    assert response.status_code == 500
    assert b"everything" not in response.content


@pytest.mark.parametrize(("name", "ask"), ASKS, ids=ids(ASKS))
def test_those_who_may_are_answered_and_all_others_refused(
    name: str, ask: Ask, stage: Stage, entered: Entered
) -> None:
    """In scope and in the wrong role is 403; whoever may is answered about what is hers, so that a refusal means something."""
    own = ask.own(stage)
    answers = {
        role: asked(entered(user), name, ask, stage, own).status_code for role, user in stage.by_role.items()
    }
    assert ask.may, "somebody must be able to use the page"
    assert answers == {role: ask.answers if role in ask.may else ask.refused for role in Role}


@pytest.mark.parametrize(("name", "ask"), ASKS, ids=ids(ASKS))
def test_nobody_is_answered_without_a_grant_in_force(
    name: str, ask: Ask, stage: Stage, entered: Entered
) -> None:
    assert asked(entered(stage.nobody), name, ask, stage, ask.own(stage)).status_code == 403


@pytest.mark.parametrize(("name", "ask"), ASKS, ids=ids(ASKS))
def test_nobody_is_answered_before_signing_in(name: str, ask: Ask, stage: Stage) -> None:
    response = asked(Client(), name, ask, stage, ask.own(stage))
    assert response.status_code == 302
    assert response.headers["Location"].startswith(reverse("login"))


@pytest.mark.parametrize(("name", "ask"), WITH_OBJECTS, ids=ids(WITH_OBJECTS))
def test_a_strangers_object_is_answered_as_one_that_does_not_exist(
    name: str, ask: Ask, stage: Stage, entered: Entered
) -> None:
    assert ask.about
    length = {"Content-Length": ""}
    for role in ask.may:
        client = entered(stage.by_role[role])
        foreign = asked(client, name, ask, stage, ask.about.foreign(stage))
        missing = asked(client, name, ask, stage, ask.about.missing(stage))
        assert missing.status_code == 404, role
        if role in ask.about.reach_all:
            assert foreign.status_code == ask.answers, role
            continue
        assert foreign.status_code == 404, role
        assert said(foreign) == said(missing), role
        # The page names the address that was asked for, and is as long as that.
        assert dict(foreign.headers) | length == dict(missing.headers) | length, role


LISTS = [(name, ask) for name, ask in ASKS if ask.method == "GET" and not ask.about and ask.answers == 200]


def test_lists_hold_what_is_ones_own_and_nothing_of_a_strangers(stage: Stage, entered: Entered) -> None:
    """The same happens at both schools; whoever reaches one of them meets no name of the other."""
    access.fill(stage)
    own = {pupil.family_name for pupil in stage.cast.pupils[:2]}
    strangers = {pupil.family_name for pupil in stage.cast.others} | {stage.cast.other_school.name}
    shown: dict[str, set[str]] = {}
    for name, ask in LISTS:
        for role in ask.may - {Role.CHIEF, Role.CONTROLLER, Role.ACCESS_ADMIN}:
            page = said(asked(entered(stage.by_role[role]), name, ask, stage, ask.own(stage)))
            assert {word for word in strangers if word in page} == set(), (name, role)
            shown.setdefault(name, set()).update(word for word in own if word in page)
    # Classes and schools, not pupils, stand on these; on every other page there was somebody to be shown.
    assert {name for name, _ in LISTS if not shown.get(name)} == {
        # The chief's alone, and about words.
        "absence:words",
        "sms:monthly",
        # Nothing has been put before anybody, enough registers were taken to say something of everybody, and nobody has
        # reached ten percent unlawful.
        "cases:asked",
        "cases:unsaid",
        "reports:unlawful",
        # One's own proof.
        "confirm",
        "account",
        "account-session",
        # Classes, the work of counting, the words of letters, and units' figures.
        "cases:classes",
        "cases:counting",
        "cases:letter-text",
        "cases:letter-texts",
        "reports:exports",
        "cases:offers",
        "reports:analysis",
        "reports:deliveries",
        "reports:deliveries-year",
        "reports:follow-ups",
        "reports:frozen",
        "reports:frozen-period",
        "reports:notes",
        "reports:package",
        "reports:package-year",
        "reports:targets",
        "reports:wheel",
        "reports:wheel-feed-mine",
        "reports:wheel-year",
        "reports:year",
        # How many, and whether sending works.
        "sms:figures",
        "sms:figures-csv",
        "sms:halts",
        "sms:health",
        "sms:limits",
        "sms:texts",
        "cases:rules",
        "cases:rule-new",
        "cases:rule-set",
        "sms:texts-of",
        "sms:text",
        "absence:activity",
        "absence:known-import",
        # A form, until a number is asked for.
        "absence:cpr-look-up",
        "absence:board",
        "substitutes",
        # Kinds, counts and keys.
        "keeping:batch",
        "keeping:holds",
        "keeping:kind",
        "keeping:kinds",
        # The child is named on neither.
        # A form; readings of grown-ups; and samples nobody has drawn yet.
        "oversight:log",
        "oversight:hits",
        "oversight:insights",
        "oversight:samples",
        "emergency",
        "emergencies",
        # People who work there, and nothing said of any child.
        "access",
        "access-links",
        "access-propose",
        "access-lend",
        "access-review",
        "access-related",
        "absence:calendar",
        "absence:today",
        "reports:quarter",
    }


def refused(number: int, ask: Ask) -> list[Role]:
    """Two of those who may not, other ones from one row of the table to the next."""
    roles = [role for role in Role if role not in ask.may]
    return [roles[(2 * number + more) % len(roles)] for more in range(min(2, len(roles)))]


@pytest.mark.parametrize(
    ("name", "ask", "roles"),
    [(name, ask, refused(number, ask)) for number, (name, ask) in enumerate(WITH_OBJECTS)],
    ids=ids(WITH_OBJECTS),
)
def test_a_wrong_role_learns_nothing_of_what_exists(
    name: str, ask: Ask, roles: list[Role], stage: Stage, entered: Entered
) -> None:
    """That every role is refused, the table itself asks; here it is the same refusal whatever one asks about."""
    assert ask.about
    for role in roles:
        client = entered(stage.by_role[role])
        pages = [
            asked(client, name, ask, stage, parts(stage))
            for parts in (ask.about.own, ask.about.foreign, ask.about.missing)
        ]
        assert [page.status_code for page in pages] == [403, 403, 403], role
        assert len({said(page) for page in pages}) == 1, role


# Forms in a case that write nothing of it: telephones and a restricted note are shown and noted, a draft is one's own; and an
# answer to a hand-over is guarded by the hand-over's own state.
WRITING_NOTHING = {"cases:phones", "cases:note-open", "cases:draft", "cases:answer"}


def test_no_form_writes_in_a_case_that_does_not_say_whose_turn_it_was_made_in(
    stage: Stage, entered: Entered
) -> None:
    written = [
        (name, ask)
        for name, ask in WITH_OBJECTS
        if name.startswith("cases:") and ask.method == "POST" and ask.answers in (200, 302, 303)
    ]
    found = {}
    for name, ask in written:
        own = ask.own(stage)
        if name not in WRITING_NOTHING and "case_uuid" in own:
            client = entered(stage.by_role[min(ask.may)])
            found[name] = asked(client, name, ask, stage, own, says_turn=False).status_code
    assert len(found) > 10
    assert {name: status for name, status in found.items() if status not in (400, 409, 422)} == {}


@pytest.mark.parametrize("name", access.TABLE)
def test_a_url_answers_no_method_that_is_not_in_the_table(name: str, stage: Stage, entered: Entered) -> None:
    asks = access.TABLE[name]
    client = entered(stage.by_role[min(asks[0].may)])
    url = reverse(name, kwargs=dict(asks[0].own(stage)))
    for method in {"GET", "POST", "PUT", "DELETE"} - {ask.method for ask in asks}:
        assert client.generic(method, url).status_code == 405, method
