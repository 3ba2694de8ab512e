"""What does a rule measure of each pupil, in its own unit and over its own days?

One account for all units, so that whoever asks counts the same. Percent is the one percentage (`absence.percentage`, of several
windows at once: `absence.windows`); days are its absent half-days; days in a row and spells are `absence.spells`, counted only
for rules that ask for them and only of pupils who can come near.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from fravaer.absence import spells, windows
from fravaer.absence.reasons import Reason
from fravaer.cases import rulebook
from fravaer.cases.models import Rule
from fravaer.cases.rules import HALVES, Unit
from fravaer.core.periods import Period, school_year_of, school_year_start
from fravaer.schools import schooldays

Sql = tuple[str, dict[str, Any]]

# The last twenty school days and the twenty before, beside what the rules measure.
TREND_DAYS = 20
YEAR, RECENT, EARLIER = "year", "recent", "earlier"
FIGURES = ("possible", "due", "illness", "leave", "unlawful", "pending")
TREND_FIGURES = ("possible", "illness", "leave", "unlawful", "pending")
# A family's figures under the names all families share.
OF_FAMILY = """(
  SELECT n.pupil_id, n.school_class_id, n.school_id, {figures}, {trend}, {value} AS value
  FROM {source} AS n{rows} WHERE {of_school}
)"""
# Whoever was away long enough in the year to come to a row of days at all, and whoever stands over the line.
CANDIDATES = """(
  SELECT n.pupil_id FROM {source} AS n WHERE {near} OR n.pupil_id IN (
    SELECT pupil_id FROM cases_crossing WHERE family = %(family)s AND ended_on IS NULL
  )
) AS candidate"""


@dataclass(frozen=True, slots=True)
class Night:
    """What is counted of everybody on a day: the windows by name, each once whichever rules share it, and by its id the window of
    each rule that has days enough to speak."""

    day: date
    windows: Mapping[str, Period]
    of_rules: Mapping[int, str]

    def counted(self, among: str = "") -> Sql:
        """SQL of one row a pupil who goes to a class on the day, with the columns of `absence.windows`."""
        return windows.relation(self.windows, among=among)


def night(rules: Sequence[Rule], day: date) -> Night:
    """What the rules, one of each family, and the trend measure on the day."""
    year = school_year_of(day)
    latest = cache(lambda number, upto: schooldays.latest(number, upto, within=year))
    so_far = Period(school_year_start(day), date.fromordinal(day.toordinal() + 1))
    recent = latest(TREND_DAYS, day) or Period(so_far.until, so_far.until)
    before = (
        latest(TREND_DAYS, date.fromordinal(recent.since.toordinal() - 1))
        if recent.since < recent.until
        else None
    )
    found = {YEAR: so_far, RECENT: recent, EARLIER: before or Period(recent.since, recent.since)}
    names = {so_far: YEAR, recent: RECENT}
    of_rules = {}
    for rule in rules:
        window = rulebook.measured_period(rule, day)
        if window is not None:
            name = names.setdefault(window, f"w{len(names)}")
            found[name] = window
            of_rules[rule.pk] = name
    return Night(day, found, of_rules)


def of_family(members: Sequence[Rule], counted: Night, source: str) -> Sql:
    """SQL of a family's figures, from a table with the columns of `Night.counted` and school_id.

    Columns: pupil_id, school_class_id, school_id, possible, due, illness, leave, unlawful, pending (half-days of the rule's
    window), the same of the trend as `recent_possible` and so on and `earlier_possible` and so on, and `value`: half-days away
    for percent, days and days in a row (a row counts from its first day, also when that lies before the window), a number for
    spells. A school's own rule has rows of that school's pupils alone; of days in a row and spells, the value of who
    can neither meet a rule nor stands over it is 0.
    """
    rule = members[0]
    window = counted.of_rules[rule.pk]
    parameters: dict[str, Any] = {"family": rule.family}
    value, joined = measured(f"n.{window}_", rule), ""
    if rule.unit in (Unit.RUN, Unit.SPELLS):
        rows, more = spells.relation(
            Period(school_year_start(counted.day), counted.windows[window].until),
            ending=counted.windows[window].since,
            reasons=rule.reasons,
            whole_days=rule.unit == Unit.RUN,
            among=CANDIDATES.format(source=source, near=near("n.", window, members)),
        )
        parameters |= more
        value = f"coalesce(w.{'longest' if rule.unit == Unit.RUN else 'spells'}, 0)"
        joined = f" LEFT JOIN {rows} AS w USING (pupil_id)"
    if rule.school_id is not None:
        parameters["rule_school"] = rule.school_id
    return OF_FAMILY.format(
        source=source,
        figures=", ".join(f"n.{window}_{figure} AS {figure}" for figure in FIGURES),
        trend=", ".join(f"n.{side}_{figure}" for side in (RECENT, EARLIER) for figure in TREND_FIGURES),
        value=value,
        rows=joined,
        of_school="true" if rule.school_id is None else "n.school_id = %(rule_school)s",
    ), parameters


def near(row: str, window: str, members: Sequence[Rule]) -> str:
    """SQL of whether a row of `Night.counted` may meet a rule of the family."""
    rule, lowest, of_window = members[0], min(one.lower for one in members), f"{row}{window}_"
    match rule.unit:
        case Unit.PERCENT:
            return f"{of_window}possible > 0 AND 100 * {measured(of_window, rule)} >= {lowest} * {of_window}possible"
        case Unit.DAYS:
            return f"{measured(of_window, rule)} >= {HALVES * lowest}"
        case Unit.RUN:
            least = HALVES * lowest
        case _:
            least = lowest
    # A row that reaches into the window may have begun before it.
    terms = [f"{measured(of_window, rule)} > 0", f"{measured(f'{row}{YEAR}_', rule)} >= {least}"]
    if rule.unit == Unit.RUN and window == RECENT:
        # Either the row began within the weeks before, or it is all that those weeks hold.
        earlier = measured(f"{row}{EARLIER}_", rule)
        terms.append(
            f"({earlier} + {measured(of_window, rule)} >= {least} OR {earlier} >= {row}{EARLIER}_possible)"
        )
    return " AND ".join(terms)


def measured(row: str, rule: Rule) -> str:
    """SQL of the half-days away, for the rule's reasons, in the columns that begin with `row`."""
    return "(" + " + ".join(f"{row}{Reason(reason).name.lower()}" for reason in rule.reasons) + ")"


def met(row: str, rule: Rule) -> str:
    """SQL of whether the columns that begin with `row` meet the rule, on enough evidence. A rule holds numbers alone."""
    terms = [
        f"{row}possible > 0",
        f"{row}possible >= {HALVES * rule.minimum_possible_days}",
        f"{measured(row, rule)} >= {HALVES * rule.minimum_absent_days}",
        _compared(row, rule, rule.lower, ">=" if rule.lower_inclusive else ">"),
    ]
    if rule.upper is not None:
        terms.append(_compared(row, rule, rule.upper, "<=" if rule.upper_inclusive else "<"))
    return " AND ".join(terms)


def eased(row: str, rule: Rule) -> str:
    """SQL of whether the columns lie so far below the rule that a crossing is over; never on thin evidence."""
    return " AND ".join(
        [
            f"{row}possible > 0",
            f"{row}possible >= {HALVES * rule.minimum_possible_days}",
            f"100 * {row}possible >= {rule.coverage} * {row}due",
            _compared(row, rule, rule.lower - rule.easing_margin, "<="),
        ]
    )


def unknown(row: str, rule: Rule) -> str:
    """SQL of whether so few registers were taken, of days enough, that the columns clear nobody."""
    enough = max(1, HALVES * rule.minimum_possible_days)
    return f"({row}due >= {enough} AND 100 * {row}possible < {rule.coverage} * {row}due)"


def _compared(row: str, rule: Rule, limit: int, sign: str) -> str:
    match rule.unit:
        case Unit.PERCENT:
            return f"100 * {row}value {sign} {limit} * {row}possible"
        case Unit.SPELLS:
            return f"{row}value {sign} {limit}"
        case _:
            return f"{row}value {sign} {HALVES * limit}"
