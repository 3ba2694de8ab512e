"""What keeps today's SMS of these schools from leaving that a person should know of?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from fravaer.core.scope import Scope
from fravaer.schools.models import School
from fravaer.sms import choices, circuit, providers
from fravaer.sms.models import Halt, Withheld
from fravaer.sms.states import Withholding


@dataclass(frozen=True, slots=True)
class Hindrances:
    """Questions nobody has answered, guardians over a ceiling, whether a school has paused, and whether all is stopped."""

    asked: int = 0
    over_the_ceiling: int = 0
    paused: bool = False
    stopped: bool = False


def of(scope: Scope, day: date) -> Hindrances:
    """What keeps the day's messages of the actor's schools from leaving. Four queries."""
    schools = School.objects.visible_to(scope)
    return Hindrances(
        asked=Halt.objects.visible_to(scope).filter(day=day, decision="").count(),
        over_the_ceiling=Withheld.objects.visible_to(scope)
        .filter(day=day, reason=Withholding.CEILING)
        .count(),
        paused=choices.any_paused(schools.values("pk")),
        stopped=circuit.stopped(providers.name()),
    )
