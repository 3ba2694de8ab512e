"""What is every URL answered with, for everybody who may ask it about what is hers?

Each is asked once in a process, app by app, and what the proofs have to know of the answers is written down: so many look at
the same pages that asking anew for each would take minutes.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from django.core import mail
from django.http import HttpResponse

from fravaer.accounts.roles import Role
from fravaer.cases.models import SocialMeasure
from fravaer.reports import nightly
from fravaer.schools.models import Pupil
from tests import emptying
from tests.architecture import access
from tests.architecture.access import Ask, taken_back
from tests.cast import DAY, MORNING
from tests.proof import reading, town
from tests.proof.asking import Asker
from tests.proof.town import Token, Town

ASKS = [(name, ask) for name, asks in access.TABLE.items() for ask in asks]
# To whom no page may show that there is a measure.
UNKNOWING = (Role.TEACHER, Role.SECRETARY, Role.LEADER, Role.INCLUSION)
# The log of a case and the control of the log grow by each reading, also by that of these tests.
GROWING = ("cases:log", "oversight:")


Letters = tuple[str, dict[str, str]]


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
    # What the page said, until it is asked again with measures.
    before: Letters | None = None


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
        if app == "reports":
            walked.answers = list(_with_measures(walked.answers, there, askers))
    written = [f"{one.subject} {one.body}" for one in mail.outbox]
    walked.said = town.tokens_in("\n".join([*lines, *written]))
    return walked


def _answers(number: int, name: str, ask: Ask, there: Town, askers: dict[Role, Asker]) -> Iterator[Answer]:
    own = ask.own(there.stage)
    answered = {role: askers[role].answered(name, ask, there.stage, own) for role in sorted(ask.may)}
    letters = {role: _letters(answered[role].response) for role in _unknowing(name, ask)}
    # Pages of figures are all asked again at once.
    later = name.startswith("reports:") and not ask.about
    knows = set()
    if letters and not later:
        _everybody_has_a_measure()
        for role, said in letters.items():
            if _letters(askers[role].answered(name, ask, there.stage, own).response) != said:
                knows.add(role)
    for role, one in answered.items():
        before = letters.get(role) if later else None
        status = one.response.status_code
        yield Answer(number, name, ask, role, status, one.tokens, role in knows, before)


def _with_measures(answers: list[Answer], there: Town, askers: dict[Role, Asker]) -> Iterator[Answer]:
    """The same answers, once every child has a measure and the figures were counted anew."""
    with taken_back():
        _everybody_has_a_measure()
        nightly.night(DAY, MORNING)
        for one in answers:
            if one.before is not None:
                own = one.ask.own(there.stage)
                again = askers[one.role].answered(one.name, one.ask, there.stage, own)
                one = replace(one, knows=_letters(again.response) != one.before, before=None)
            yield one


def _unknowing(name: str, ask: Ask) -> list[Role]:
    """Who may not see by the page that there is a measure."""
    if ask.method != "GET" or ask.answers != 200 or name.startswith(GROWING):
        return []
    return [role for role in UNKNOWING if role in ask.may]


def _everybody_has_a_measure() -> None:
    SocialMeasure.objects.bulk_create(
        SocialMeasure(pupil=pupil, since=town.DAY_BEFORE) for pupil in Pupil.objects.all()
    )


def _letters(response: HttpResponse) -> Letters:
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
