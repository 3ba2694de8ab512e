"""Who asks, and which tokens has she met?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.test import Client

from fravaer.accounts.roles import Role
from tests.architecture.access import Ask, Stage, asked
from tests.proof import reading, town
from tests.proof.matrix import Canary
from tests.proof.town import Token

# A restricted note is opened here by who reads its part of the case, with a reason, and nowhere else.
OPENED = {("cases:note-open", Canary.SEALED)}
# Rows 38 and 39: the controller looks up one child, who is none of hers, and hands out what is held about one: she is named.
LOOKED_UP = {"oversight:looked", "oversight:insight-file"}
# The tokens anybody has met.
met: set[Token] = set()


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer with the tokens in it."""

    response: HttpResponse
    tokens: frozenset[Token]


class Asker:
    """Somebody of a role, who meets no token she may not."""

    def __init__(self, role: Role, session: str, allowed: set[Token]) -> None:
        self.role, self.allowed = role, allowed
        self.client = Client()
        self.client.cookies["sessionid"] = session

    def answered(self, name: str, ask: Ask, there: Stage, parts: Any) -> Answered:
        """The answer with the tokens in it, but for those that page is for."""
        # What the last page had to say is said on no other one.
        self.client.cookies.pop("messages", None)
        response = asked(self.client, name, ask, there, parts)
        found = {one for one in town.tokens_in(reading.everything(response)) if (name, one[0]) not in OPENED}
        if self.role is Role.CONTROLLER and name in LOOKED_UP:
            names = {one for one in found if one[0] is Canary.NAME}
            assert len(names) <= 1, (name, names)
            found -= names
        met.update(found)
        return Answered(response, frozenset(found))

    def asks(self, name: str, ask: Ask, there: Stage, parts: Any) -> HttpResponse:
        """The answer, in which she meets no token she may not."""
        one = self.answered(name, ask, there, parts)
        assert one.tokens <= self.allowed, (name, self.role, one.tokens - self.allowed)
        return one.response
