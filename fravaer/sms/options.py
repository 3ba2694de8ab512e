"""What may a school choose about its SMS, and what is wrong with a choice?

Plain values: the choices as a school that has chosen nothing begins, the ranges they lie in, and what cannot be together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import time
from enum import Enum
from hashlib import sha256

from fravaer.sms import wording

MIDNIGHT = time(0)


@dataclass(frozen=True, slots=True)
class Settings:
    """What a school, or one class with a row of its own, has chosen; as a school that has chosen nothing begins."""

    enabled: bool = False
    grace_seconds: int = 90
    opens_at: time = time(7, 30)
    closes_at: time = time(16)
    deadline_at: time = time(11)
    send_at: time | None = None
    names_pupil: bool = False
    signature: str = ""
    dry_run: bool = False
    most_percent: int = 40
    most_a_child: int = 4
    most_a_day: int | None = None
    monthly: bool = False


CHOSEN = tuple(field.name for field in fields(Settings))
BEGINS = Settings()


class Problem(Enum):
    """What is wrong with a choice."""

    OUT_OF_RANGE = "out_of_range"
    CLOSES_FIRST = "closes_first"
    DEADLINE_FIRST = "deadline_first"
    OUTSIDE_HOURS = "outside_hours"
    REFUSED = "refused"


RANGES = {
    "grace_seconds": (0, 14_400),
    "most_percent": (1, 100),
    "most_a_child": (1, 20),
    "most_a_day": (0, 100_000),
}


def digest(wanted: Settings, classes: Mapping[int, bool]) -> str:
    return sha256(repr((wanted, sorted(classes.items()))).encode()).hexdigest()


def problems(wanted: Settings) -> dict[str, Problem]:
    """What is wrong with these choices, by field; empty when nothing is."""
    found = {
        name: Problem.OUT_OF_RANGE
        for name, (least, most) in RANGES.items()
        if (value := getattr(wanted, name)) is not None and not least <= value <= most
    }
    ends = {name: getattr(wanted, name) for name in ("closes_at", "deadline_at")}
    if ends["closes_at"] != MIDNIGHT and ends["closes_at"] <= wanted.opens_at:
        found["closes_at"] = Problem.CLOSES_FIRST
    if ends["deadline_at"] != MIDNIGHT and ends["deadline_at"] <= wanted.opens_at:
        found["deadline_at"] = Problem.DEADLINE_FIRST
    if wanted.send_at is not None and (
        wanted.send_at < wanted.opens_at
        or any(at != MIDNIGHT and wanted.send_at >= at for at in ends.values())
    ):
        found["send_at"] = Problem.OUTSIDE_HOURS
    if wording.refusal(wanted.signature):
        found["signature"] = Problem.REFUSED
    return found
