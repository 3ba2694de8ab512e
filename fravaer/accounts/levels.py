"""How surely do we know who this is?

The national standard for the assurance of electronic identities (NSIS) has three levels: Low, Substantial and High. A login
that does not say which one it is at is Low. At Low nobody is let to anything about a child, unless the municipality has
decided to take the risk for the register of one's own class today; everything else asks for Substantial.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from enum import StrEnum

from django.contrib.sessions.backends.base import SessionBase

from fravaer.accounts.roles import Action
from fravaer.core.scope import Scope

KEY = "level"


class Level(StrEnum):
    LOW = "low"
    SUBSTANTIAL = "substantial"
    HIGH = "high"


# What a session at Low may do where the municipality lets it.
AT_LOW = frozenset({Action.SIGNED_IN, Action.REGISTER_READ, Action.REGISTER_TAKE})


def of_session(session: SessionBase) -> Level:
    """The level this session was begun at; Low when nothing says so."""
    said = session.get(KEY)
    return Level(said) if said in set(Level) else Level.LOW


def of_acr(acr: object, words: Mapping[str, str]) -> Level:
    """The level an `acr` claim stands for: by the municipality's own table, else by NSIS's addresses; anything else is Low."""
    if not isinstance(acr, str):
        return Level.LOW
    if acr in words:
        return Level(words[acr])
    head, _slash, name = acr.rpartition("/")
    if head == "https://data.gov.dk/concept/core/nsis/loa" and name.lower() in set(Level):
        return Level(name.lower())
    return Level.LOW


def is_enough(level: Level, action: str, *, register_at_low: bool, day: date | None, today: date) -> bool:
    """Whether a session at this level may do the action, about `day` if the address names one."""
    if level is not Level.LOW:
        return True
    if action == Action.SIGNED_IN:
        return True
    return register_at_low and action in AT_LOW and day in (None, today)


def narrowed(scope: Scope, level: Level, *, register_at_low: bool) -> Scope:
    """The scope as a session at this level has it: at Low one's own classes' register, or nothing."""
    if level is not Level.LOW:
        return scope
    actions = scope.actions & {str(action) for action in AT_LOW}
    if not register_at_low:
        actions &= {str(Action.SIGNED_IN)}
    return replace(
        scope,
        actions=actions,
        municipality=False,
        areas=frozenset(),
        schools=frozenset(),
        pupils=frozenset(),
        classes=scope.classes if register_at_low else frozenset(),
    )
