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
) -> list[Line]:
    """The lines after one night, given those before it and everybody's figures up to the day."""
    after = list(lines)
    for pupil_id, tally in sorted(tallies.items()):
        measured = {rule.band: _measured(rule, tally) for rule in rules}
        met = [rule.band for rule in rules if rule.is_met(measured[rule.band], tally.possible)]
        band = max(met) if met else None
        stands = next(
            (n for n, line in enumerate(after) if line.pupil_id == pupil_id and not line.ending), None
        )
        over_since = day
        if stands is not None:
            line = after[stands]
            own = next(rule for rule in rules if rule.band == line.band)
            eased = (
                own.is_eased(measured[own.band], tally.possible, tally.due) and pupil_id not in worked_with
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


def _measured(rule: Rule, tally: Tally) -> int:
    return rule.measured(
        pending=tally.pending, illness=tally.illness, leave=tally.leave, unlawful=tally.unlawful
    )
