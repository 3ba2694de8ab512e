"""What does a rule measure of each pupil, in its own unit and over its own days?

One relation for all units, so that triage, and whoever asks what a rule would find, count the same. Percent is the one
percentage (`absence.percentage`); days are its absent half-days; days in a row and spells are `absence.spells`, counted only
for rules that ask for them.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from fravaer.absence import percentage, spells
from fravaer.absence.reasons import Reason
from fravaer.cases import rulebook
from fravaer.cases.models import Rule
from fravaer.cases.rules import HALVES, Unit
from fravaer.core.periods import Period, school_year_start

Sql = tuple[str, dict[str, Any]]

# Those who go to the school of a school's own rule on the last day counted.
OF_SCHOOL = """(
  SELECT e.pupil_id FROM schools_enrolment e JOIN schools_schoolclass k ON k.id = e.school_class_id
  WHERE k.school_id = %(rule_school)s AND e.starts_on < %(until)s AND e.until >= %(until)s{among}
) AS of_school"""
ALSO_AMONG = " AND e.pupil_id IN (SELECT pupil_id FROM {0})"
WITH_VALUE = "(SELECT n.*, {value} AS value FROM {counted} AS n)"
WITH_ROWS = "(SELECT n.*, coalesce(w.{column}, 0) AS value FROM {counted} AS n LEFT JOIN {rows} AS w USING (pupil_id))"


def relation(rule: Rule, day: date, among: str = "") -> Sql | None:
    """SQL of one row a pupil the rule speaks about, counted up to and including `day`; None while there are too few days.

    Columns: pupil_id, school_class_id (null when she has left), possible, due, illness, leave, unlawful, pending (half-days
    of the rule's window) and `value`: half-days away for percent, days and days in a row (a row counts from its first day,
    also when that lies before the window), a number for spells. The text is a parenthesised query with named parameters,
    which come with it. `among` is a table of the caller's with a column pupil_id: those alone are counted. A school's own
    rule counts those who go to that school on `day`. The rules of a family differ in their limits alone, so any of them will
    do.
    """
    window = rulebook.measured_period(rule, day)
    if window is None:
        return None
    parameters: dict[str, Any] = {}
    if rule.school_id is not None:
        among = OF_SCHOOL.format(among=ALSO_AMONG.format(among) if among else "")
        parameters["rule_school"] = rule.school_id
    counted, more = percentage.relation(window, among=among, with_class=True)
    parameters |= more
    if rule.unit not in (Unit.RUN, Unit.SPELLS):
        return WITH_VALUE.format(value=measured("n", rule), counted=counted), parameters
    rows, more = spells.relation(
        Period(school_year_start(day), window.until),
        ending=window.since,
        reasons=rule.reasons,
        whole_days=rule.unit == Unit.RUN,
        among=among,
    )
    column = "longest" if rule.unit == Unit.RUN else "spells"
    return WITH_ROWS.format(column=column, counted=counted, rows=rows), parameters | more


def measured(row: str, rule: Rule) -> str:
    """SQL of the half-days away, for the rule's reasons, in a row with the columns of `relation`."""
    return "(" + " + ".join(f"{row}.{Reason(reason).name.lower()}" for reason in rule.reasons) + ")"


def above(row: str, rule: Rule, limit: int, *, inclusive: bool) -> str:
    """SQL of whether the `value` of a row of `relation` lies above a limit in the rule's unit. Whole numbers alone."""
    return _compared(row, rule, limit, ">=" if inclusive else ">")


def below(row: str, rule: Rule, limit: int, *, inclusive: bool) -> str:
    """SQL of whether the `value` of a row of `relation` lies below a limit in the rule's unit."""
    return _compared(row, rule, limit, "<=" if inclusive else "<")


def met(row: str, rule: Rule) -> str:
    """SQL of whether a row of `relation` meets the rule, on enough evidence. A rule holds numbers alone."""
    terms = [
        f"{row}.possible > 0",
        f"{row}.possible >= {HALVES * rule.minimum_possible_days}",
        f"{measured(row, rule)} >= {HALVES * rule.minimum_absent_days}",
        above(row, rule, rule.lower, inclusive=rule.lower_inclusive),
    ]
    if rule.upper is not None:
        terms.append(below(row, rule, rule.upper, inclusive=rule.upper_inclusive))
    return " AND ".join(terms)


def eased(row: str, rule: Rule) -> str:
    """SQL of whether a row of `relation` lies so far below the rule that a crossing is over; never on thin evidence."""
    return " AND ".join(
        [
            f"{row}.possible > 0",
            f"{row}.possible >= {HALVES * rule.minimum_possible_days}",
            f"100 * {row}.possible >= {rule.coverage} * {row}.due",
            below(row, rule, rule.lower - rule.easing_margin, inclusive=True),
        ]
    )


def unknown(row: str, rule: Rule) -> str:
    """SQL of whether so few registers were taken, of days enough, that a row of `relation` clears nobody."""
    enough = max(1, HALVES * rule.minimum_possible_days)
    return f"({row}.due >= {enough} AND 100 * {row}.possible < {rule.coverage} * {row}.due)"


def _compared(row: str, rule: Rule, limit: int, sign: str) -> str:
    match rule.unit:
        case Unit.PERCENT:
            return f"100 * {row}.value {sign} {limit} * {row}.possible"
        case Unit.SPELLS:
            return f"{row}.value {sign} {limit}"
        case _:
            return f"{row}.value {sign} {HALVES * limit}"
