"""Which school morning does the demonstration tell?

Mette Hald teaches 7.B at the first school. When she opens her register on the day in view nobody has taken it yet. Nora
Vestergaard is not there, and nobody has said why. So far Nora stayed just under the line of early effort: she has been away
now and then, more often lately, each time with a reason. With this morning she crosses it.

The teacher marks Nora as not here and saves: her mother and father are texted (the school uses SMS). The night's triage
finds her over the line, and she stands on the list of Amira Rahmani, the school social worker. One of her classmates, Emil
Bro, has a mother whose telephone is switched off: if he is marked too, the gateway shows what a text looks like that
reaches nobody.

In the first weeks of a school year nobody can cross a line, because there is too little evidence; Nora then comes as
near to it as she can.
"""

from __future__ import annotations

from math import ceil
from uuid import uuid5

from fravaer.absence.checkpoints import HALVES_A_DAY
from fravaer.absence.reasons import Reason
from fravaer.cases.rules import EARLY_EFFORT
from fravaer.synthetic.names import DANISH
from fravaer.synthetic.people import Child, ClassYear, Family, Guardian, Municipality, Stay
from fravaer.synthetic.spells import BOTH, END, REASON_SHIFT

HEROINE = ("Nora", "Vestergaard")
CLASSMATE = ("Emil", "Bro")
PARENTS = (("Lene", "mor"), ("Henrik", "far"))
# With fewer half-days nobody crosses a line, however few were possible.
TOO_FEW = HALVES_A_DAY * EARLY_EFFORT.minimum_absent_days - 1
# How strongly her absence gathers towards the day in view; 1 would spread it evenly.
LATELY = 0.75
# A few days of each year before, by position among the school days.
AWAY_BEFORE = (31, 90, 91, 140)
REASONS = (Reason.ILLNESS, Reason.ILLNESS, Reason.UNLAWFUL, Reason.ILLNESS, Reason.LEAVE)


def tell(municipality: Municipality) -> dict[Child, dict[int, dict[int, int]]]:
    """Cast the two pupils, give them their parents, and answer on which days of which school year Nora was away.

    The days (by number) carry reasons and checkpoints as `Spells.absences` has them.
    """
    demo, year = municipality.demo_class, municipality.years[-1]
    whole_year = [Stay(demo, 0, len(year.days))]
    settled = [child for child in municipality.children if child.stays.get(year.start) == whole_year]
    heroine, classmate = settled[:2]
    numbers = municipality.numbers
    _cast(heroine, HEROINE, [numbers.next(), numbers.next()])
    _cast(classmate, CLASSMATE, [numbers.switched_off(), numbers.next()])
    before: dict[int, dict[int, int]] = {
        start: {stays[0].class_year.open[nth]: REASONS[0] << REASON_SHIFT | BOTH for nth in AWAY_BEFORE}
        for start, stays in heroine.stays.items()
    }
    return {heroine: before | {year.start: _away(demo, year.view)}}


def _cast(child: Child, name: tuple[str, str], phones: list[str]) -> None:
    child.given_name, child.family_name = name
    child.protected = child.sms_stopped = False
    child.measure = None
    guardians = [
        Guardian(given, child.family_name, "da", [phone], True, True, relation, uuid5(child.uuid, relation))
        for (given, relation), phone in zip(PARENTS, phones, strict=True)
    ]
    child.family = Family(DANISH, child.family_name, guardians, room=0, frailty=1.0, travels=0.0)


def _away(demo: ClassYear, view: int) -> dict[int, int]:
    """As many half-days as may be without a crossing, gathering towards the day in view."""
    days = [day for day in demo.open if day < view]
    possible = HALVES_A_DAY * len(days)
    absent, is_whole = _just_under(possible), True
    if absent is None and possible:
        # No number lies just under the line, unless one register of an afternoon was forgotten.
        absent, is_whole = _just_under(possible - 1), False
    if absent is None:
        absent, is_whole = min(TOO_FEW, len(days)), True
    count = -(-absent // HALVES_A_DAY)
    away: dict[int, int] = {}
    for nth in range(1, count + 1):
        day = days[ceil(len(days) * (nth / count) ** LATELY) - 1]
        is_half = nth == 1 and absent % HALVES_A_DAY
        away[day] = REASONS[nth % len(REASONS)] << REASON_SHIFT | (END if is_half else BOTH)
    if not is_whole:
        demo.forgotten_end = next(day for day in days if day not in away)
    return away


def _just_under(possible: int) -> int | None:
    """So many half-days absent of those possible that one more, this morning's, is a crossing."""
    crosses = EARLY_EFFORT.is_met
    found = (n for n in range(possible) if not crosses(n, possible) and crosses(n + 1, possible + 1))
    return next(found, None)
