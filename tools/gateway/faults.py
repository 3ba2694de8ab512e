"""Which faults does the gateway show right now?

The knobs of POST /control, a JSON object with any of the fields of ``Faults``; the others keep their value.
They are kept in the state file, so that a provider that is down stays down when its process is restarted.
"""

from __future__ import annotations

import random
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from tools.gateway.numbers import Calls, Mishap


class BadKnob(ValueError):
    """A knob that does not exist, or a value it cannot take; the text says which and what is allowed."""


@dataclass(frozen=True)
class Faults:
    """Every knob at rest.

    Rates are shares of creates from 0 to 1, and together at most 1: ``reject_rate`` answers 429, the others
    as named. ``status_500`` answers every API request with 500 before anything is done, ``outage`` resets
    every API connection, ``auth_revoked`` refuses the right token. ``concurrency_limit`` answers 429 to
    creates beyond that many at once. ``list_lag_seconds`` hides younger messages from the list, not from a
    fetch. ``callbacks`` is one of normal, dup, shuffle, dup+shuffle, none and applies to the share
    ``callback_share`` of the messages accepted from then on. ``delay_seconds`` is the time between two
    statuses. ``hang_seconds`` is how long a request without an answer is kept open.
    """

    latency_ms: int = 0
    delay_seconds: float = 1.0
    hang_seconds: float = 60.0
    reject_rate: float = 0.0
    error_before_rate: float = 0.0
    error_after_rate: float = 0.0
    hang_before_rate: float = 0.0
    hang_after_rate: float = 0.0
    reset_before_rate: float = 0.0
    reset_after_rate: float = 0.0
    undelivered_rate: float = 0.0
    concurrency_limit: int = 0
    list_lag_seconds: float = 0.0
    callbacks: str = Calls.NORMAL.value
    callback_share: float = 1.0
    status_500: bool = False
    outage: bool = False
    auth_revoked: bool = False

    def turned(self, wanted: Any) -> Faults:
        """These knobs with those of ``wanted``, a parsed JSON object, turned. Raises BadKnob."""
        if not isinstance(wanted, dict):
            raise BadKnob("the body must be a JSON object of knobs")
        known = {field.name: type(getattr(self, field.name)) for field in fields(self)}
        for name, value in wanted.items():
            if name not in known:
                raise BadKnob(f"no knob {name!r}; there are: {', '.join(known)}")
            wanted_type = (int, float) if known[name] is float else known[name]
            is_bool_for_number = isinstance(value, bool) and known[name] is not bool
            if not isinstance(value, wanted_type) or is_bool_for_number:
                raise BadKnob(f"{name} must be a {known[name].__name__}, not {value!r}")
        faults = replace(self, **wanted)
        faults._check()
        return faults

    def _check(self) -> None:
        for name, value in asdict(self).items():
            if isinstance(value, int | float) and value < 0:
                raise BadKnob(f"{name} must not be negative")
        if self.undelivered_rate > 1 or self.callback_share > 1 or sum(self._rates().values()) > 1:
            raise BadKnob("a rate is a share of 1, and so is the sum of the rates of creates")
        allowed = [calls.value for calls in Calls if calls is not Calls.EARLY]
        if self.callbacks not in allowed:
            raise BadKnob(f"callbacks must be one of {', '.join(allowed)}")

    def _rates(self) -> dict[Mishap, float]:
        return {
            Mishap.TOO_MANY: self.reject_rate,
            Mishap.ERROR_BEFORE: self.error_before_rate,
            Mishap.ERROR_AFTER: self.error_after_rate,
            Mishap.HANG_BEFORE: self.hang_before_rate,
            Mishap.HANG_AFTER: self.hang_after_rate,
            Mishap.RESET_BEFORE: self.reset_before_rate,
            Mishap.RESET_AFTER: self.reset_after_rate,
        }

    def mishap(self, dice: random.Random) -> Mishap | None:
        """What the dice do to one create."""
        throw = dice.random()
        for kind, rate in self._rates().items():
            if throw < rate:
                return kind
            throw -= rate
        return None

    def calls(self, dice: random.Random) -> Calls:
        """How the callbacks of one message are made."""
        if dice.random() < self.callback_share:
            return Calls(self.callbacks)
        return Calls.NORMAL
