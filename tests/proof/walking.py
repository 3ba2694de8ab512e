"""What is every URL answered with, for everybody who may ask it about what is hers?

Each is asked once in a process, app by app, and what the proofs have to know of the answers is written down: so many look at
the same pages that asking anew for each would take minutes.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.core import mail
from django.http import HttpResponse

from fravaer.accounts.roles import Role
from fravaer.cases.models import SocialMeasure
from fravaer.schools.models import Pupil
from tests import emptying
from tests.architecture import access
from tests.architecture.access import Ask, taken_back
from tests.proof import reading, town
from tests.proof.asking import Asker
from tests.proof.town import Token, Town

ASKS = [(name, ask) for name, asks in access.TABLE.items() for ask in asks]
# To whom no page may show that there is a measure.
UNKNOWING = (Role.TEACHER, Role.SECRETARY, Role.LEADER, Role.INCLUSION)
# The log of a case and the control of the log grow by each reading, also by that of these tests.
GROWING = ("cases:log", "oversight:")


@dataclass(frozen=True, slots=True)
class Answer:
    """What one role was answered. `number` is the question's place among all of them."""

    number: int
    name: str
    ask: Ask
    role: Role
    status: int
    tokens: frozenset[Token]
    # Whether a letter of the page or its headers became another one when every child had a social measure.
    knows: bool = False


@dataclass(slots=True)
class Walked:
    """The answers of one app, and the tokens in what was logged and mailed meanwhile."""

    answers: list[Answer] = field(default_factory=list)
    said: set[Token] = field(default_factory=set)


def app_of(name: str) -> str:
    """Whose the URL is; those of signing in and of access have no app in their names."""
    app, _, inside = name.partition(":")
    return app if inside else "accounts"


APPS = sorted({app_of(name) for name, _ in ASKS})


def through(app: str, there: Town, askers: dict[Role, Asker]) -> Walked:
    """Ask everything of one app."""
    walked = Walked()
    with _heard() as lines:
        for number, (name, ask) in enumerate(ASKS):
            if app_of(name) == app:
                with taken_back():
                    walked.answers += _answers(number, name, ask, there, askers)
                emptying.empty_the_trail()
    written = [f"{one.subject} {one.body}" for one in mail.outbox]
    walked.said = town.tokens_in("\n".join([*lines, *written]))
    return walked


def _answers(number: int, name: str, ask: Ask, there: Town, askers: dict[Role, Asker]) -> Iterator[Answer]:
    own = ask.own(there.stage)
    answered = {role: askers[role].answered(name, ask, there.stage, own) for role in sorted(ask.may)}
    knowing = {}
    unknowing = [role for role in UNKNOWING if role in ask.may]
    if ask.method == "GET" and ask.answers == 200 and unknowing and not name.startswith(GROWING):
        SocialMeasure.objects.bulk_create(
            SocialMeasure(pupil=pupil, since=town.DAY_BEFORE) for pupil in Pupil.objects.all()
        )
        for role in unknowing:
            again = askers[role].answered(name, ask, there.stage, own)
            knowing[role] = _letters(again.response) != _letters(answered[role].response)
    for role, one in answered.items():
        yield Answer(number, name, ask, role, one.response.status_code, one.tokens, knowing.get(role, False))


def _letters(response: HttpResponse) -> tuple[str, dict[str, str]]:
    return reading.bare(response), reading.headed(response)


@contextmanager
def _heard() -> Iterator[list[str]]:
    """Every line that is logged inside, whatever its level."""
    lines: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    root, ear = logging.getLogger(), Ear()
    before = root.level
    root.addHandler(ear)
    root.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        root.setLevel(before)
        root.removeHandler(ear)
