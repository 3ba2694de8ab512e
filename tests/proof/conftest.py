"""What every proof can ask for: the town, and somebody of each role in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy

import pytest
import time_machine
from django.db import transaction
from pytest_django import DjangoDbBlocker

from fravaer.accounts.roles import Role
from tests import factories
from tests.cast import MORNING, signed_in
from tests.proof import town
from tests.proof import walking as walking_room
from tests.proof.asking import Asker
from tests.proof.town import Token, Town
from tests.proof.walking import Walked

Walking = Callable[[str], Walked]


@pytest.fixture(scope="package")
def set_once(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Town]:
    """One town for all the tests of this file, each of which takes back what it does; taken back itself at the end."""
    with django_db_blocker.unblock(), time_machine.travel(MORNING, tick=False), transaction.atomic():
        yield town.built()
        transaction.set_rollback(True)


@pytest.fixture(scope="package")
def sessions(set_once: Town) -> dict[Role, str]:
    stage = set_once.stage
    return {role: signed_in(user).cookies["sessionid"].value for role, user in stage.by_role.items()}


@pytest.fixture(scope="package")
def allowed(set_once: Town) -> dict[Role, set[Token]]:
    return {role: set_once.allowed(role) for role in Role}


@pytest.fixture(scope="package")
def serial(set_once: Town) -> int:
    return factories.next_serial()


@pytest.fixture
def there(set_once: Town, serial: int, db: None, clock: time_machine.Traveller) -> Town:
    factories.next_serial(serial)
    return deepcopy(set_once)


@pytest.fixture
def askers(sessions: dict[Role, str], allowed: dict[Role, set[Token]]) -> dict[Role, Asker]:
    return {role: Asker(role, sessions[role], allowed[role]) for role in Role}


@pytest.fixture(scope="package")
def walked() -> dict[str, Walked]:
    return {}


@pytest.fixture
def walking(there: Town, askers: dict[Role, Asker], walked: dict[str, Walked]) -> Walking:
    """What everybody is answered by the URLs of one app; asked once in a process."""

    def of(app: str) -> Walked:
        if app not in walked:
            walked[app] = walking_room.through(app, there, askers)
        return walked[app]

    return of
