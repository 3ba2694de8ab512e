"""Which offers are there, and who changes the catalogue?"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from fravaer.accounts.models import User
from fravaer.accounts.roles import Role
from fravaer.audit.models import Event
from fravaer.cases import offers
from fravaer.cases.models import Offer
from tests import factories
from tests.cases.planning import text
from tests.cast import DAY, Cast, signed_in

pytestmark = pytest.mark.usefixtures("book")
URL = reverse("cases:offers")


@pytest.fixture
def chief(cast: Cast) -> User:
    user = factories.user("Conny Chef")
    factories.grant(user, Role.CHIEF, None)
    return user


def post(client: Client, what: str, *args: str, **typed: Any) -> Any:
    return client.post(reverse(f"cases:offer-{what}", args=args), {"key": uuid4(), **typed})


def names() -> set[str]:
    return {one.name for one in offers.on(DAY)}


def test_the_chief_adds_renames_and_ends_offers_from_a_day_on(cast: Cast, chief: User) -> None:
    client, key = signed_in(chief), uuid4()
    for _again in range(2):
        answer = post(client, "add", key=key, name="Naturhold", on="2026-03-10")
        assert answer.status_code == 303
    added = Offer.objects.get(name="Naturhold")
    assert "Naturhold" in names()
    assert post(client, "change", added.code, name="Friluftshold", on="2026-03-11").status_code == 303
    # Today it is called what it was called; from tomorrow on a new child begins the other.
    assert "Friluftshold" not in names()
    assert [one.name for one in offers.every() if one.place == added.place] == ["Naturhold", "Friluftshold"]
    late = post(client, "end", added.code, on="2026-03-12")
    assert late.status_code == 409
    assert "ændret eller stoppet" in text(late)
    assert post(client, "end", "ssp", on="2026-03-11").status_code == 303
    assert Offer.objects.get(code="ssp").valid_until is not None
    assert Event.objects.filter(action__startswith="offer.").count() == 3


def test_what_cannot_be_is_said_at_its_field_and_what_was_typed_stays(cast: Cast, chief: User) -> None:
    client = signed_in(chief)
    taken = post(client, "add", name="morgenvækning", on="2026-03-10")
    assert taken.status_code == 422
    assert "Der er allerede et tilbud med det navn" in text(taken)
    assert "morgenvækning" in taken.content.decode()
    for past in (
        post(client, "add", name="Nyt", on="2026-03-09"),
        post(client, "end", "ssp", on="2026-03-09"),
    ):
        assert past.status_code == 422
        assert "Vælg i dag eller en senere dag" in text(past)
    assert post(client, "change", "unknown", name="X", on="2026-03-10").status_code == 404
    assert "Nyt" not in names()


def test_leaders_see_the_catalogue_and_change_nothing(cast: Cast) -> None:
    leader = signed_in(cast.leader)
    page = text(leader.get(URL))
    assert "Morgenvækning" in page
    assert "Tilføj et tilbud" not in page
    assert post(leader, "add", name="Nyt", on="2026-03-10").status_code == 403
