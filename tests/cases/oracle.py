"""What should the triage find? A slow, plain account: one pupil after the other, one rule after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from fravaer.absence.percentage import Tally
from fravaer.cases.rules import Rule


@dataclass(frozen=True, slots=True)
class Line:
    """A crossing as far as the oracle follows it."""

    pupil_id: int
    band: int
    crossed_on: date
    over_since: date
    absent: int
    possible: int
    ending: str = ""
    ended_on: date | None = None


def night(
    lines: Sequence[Line],
    tallies: Mapping[int, Tally],
    rules: Sequence[Rule],
    day: date,
    worked_with: set[int],
    values: Mapping[int, int] | None = None,
) -> list[Line]:
    """The lines after one night, given those before it and everybody's figures up to the day.

    `values` are what rules of another unit than percent measured of each pupil.
    """
    after = list(lines)
    for pupil_id, tally in sorted(tallies.items()):
        measured = {rule.band: _measured(rule, tally) for rule in rules}
        own_unit = None if values is None else values.get(pupil_id, 0)
        met = [rule.band for rule in rules if rule.is_met(measured[rule.band], tally.possible, own_unit)]
        band = max(met) if met else None
        stands = next(
            (n for n, line in enumerate(after) if line.pupil_id == pupil_id and not line.ending), None
        )
        over_since = day
        if stands is not None:
            line = after[stands]
            own = next(rule for rule in rules if rule.band == line.band)
            eased = (
                own.is_eased(measured[own.band], tally.possible, tally.due, own_unit)
                and pupil_id not in worked_with
            )
            if band is not None and band > line.band:
                after[stands] = replace(line, ending="superseded", ended_on=day)
            elif eased:
                after[stands] = replace(line, ending="eased", ended_on=day)
            else:
                continue
            over_since = line.over_since
        if band is not None:
            after.append(Line(pupil_id, band, day, over_since, measured[band], tally.possible))
    return after


def rows_away(days: Sequence[tuple[date, int, int]], since: date, *, whole: bool) -> list[int]:
    """Half-days of each row of school days away that ends on `since` or later; days as (day, possible, away)."""
    rows: list[list[tuple[date, int]]] = [[]]
    for day, possible, away in days:
        if not possible:
            continue
        if away >= possible if whole else away:
            rows[-1].append((day, away))
        else:
            rows.append([])
    return [sum(away for _, away in row) for row in rows if row and row[-1][0] >= since]


def _measured(rule: Rule, tally: Tally) -> int:
    return rule.measured(
        pending=tally.pending, illness=tally.illness, leave=tally.leave, unlawful=tally.unlawful
    )
