"""How did this figure come about?

Every figure of a report is explained by what it was made of: the definition, the formula with its own numbers, whom it is of,
what was left out, how many registers it rests on, when it was counted and by which method. In the same words for whoever may see
the figure; the numbers are those of the report itself, and a hidden figure has none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fravaer.core.templatetags.danish import count, days2, half_days_number, percent, points
from fravaer.reports import meaning, wording
from fravaer.reports.blocks import Dashboard, Value

# What counts as one in the ministry's weights: a pupil away all the month's days.
BILLION = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Explanation:
    """What stands beside a figure that was opened. Each part is a sentence or two; "" where there is nothing to say."""

    value: Value
    # The part of the page the figure stands in.
    block: str
    title: str
    written: str
    definition: str
    # With the figure's own numbers.
    formula: str
    population: str
    left_out: str
    coverage: str
    method: str


def values(dashboard: Dashboard) -> dict[str, Value]:
    """Every figure of the report by its name."""
    return {value.id: value for value in _found(dashboard) if value.id}


def explained(dashboard: Dashboard, name: str) -> Explanation | None:
    """The figure of that name explained; None when the report has no such figure."""
    value = values(dashboard).get(name)
    if value is None:
        return None
    kind = meaning.kind(value)
    return Explanation(
        value=value,
        block=meaning.block(dashboard, value),
        title=meaning.title(dashboard, value),
        written=wording.figure(value),
        definition=meaning.definition(value, kind),
        formula=_formula(value, kind),
        population=_population(dashboard, value, kind),
        left_out=_left_out(kind),
        coverage=_coverage(value, kind),
        method=_method(dashboard, value, kind),
    )


def _found(part: Any) -> Iterator[Value]:
    if isinstance(part, Value):
        yield part
    elif isinstance(part, tuple):
        for one in part:
            yield from _found(one)
    elif is_dataclass(part):
        for field in fields(part):
            # What was asked holds no figure.
            if field.name != "asked":
                yield from _found(getattr(part, field.name))


def _formula(value: Value, kind: str) -> str:
    if value.is_hidden or value.shown is None:
        return ""
    if value.part is None or value.whole is None:
        return ""
    numbers = {"shown": wording.figure(value), "part": count(value.part), "whole": count(value.whole)}
    if kind == "contact":
        words = _("Of %(whole)s pupils who came over a line, the home of %(part)s was spoken with.")
    elif value.unit == "count":
        words = _("%(part)s of %(whole)s")
    elif kind in ("percent", "coverage"):
        numbers |= {"part": half_days_number(value.part), "whole": half_days_number(value.whole)}
        words = (
            _("%(part)s registered days / %(whole)s school days due = %(shown)s")
            if kind == "coverage"
            else _("%(part)s absent days / %(whole)s possible school days = %(shown)s")
        )
    elif kind == "days":
        numbers["part"] = half_days_number(value.part)
        words = _("%(part)s absent days / %(whole)s pupils = %(shown)s days a pupil")
    elif kind == "ministry":
        numbers["part"] = days2(_weighted(value.part))
        words = _("%(part)s (shares absent times months) / %(whole)s months of pupils = %(shown)s")
    elif kind == "share":
        words = _("%(part)s pupils / %(whole)s pupils = %(shown)s")
    elif kind == "change":
        numbers |= {"part": percent(value.part), "whole": percent(value.whole), "shown": points(value.shown)}
        words = _("%(part)s %(minus)s %(whole)s = %(shown)s")
        numbers["minus"] = "\N{MINUS SIGN}"
    elif kind == "registers":
        words = _("%(part)s registers / %(whole)s registers = %(shown)s")
    elif kind == "messages":
        words = _("%(part)s messages / %(whole)s classes times school days = %(shown)s")
    else:
        return ""
    return words % numbers


def _weighted(billionths: int) -> Decimal:
    """Months of whole absence, in hundredths of months."""
    return (Decimal(billionths) / BILLION).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _population(d: Dashboard, value: Value, kind: str) -> str:
    if kind in meaning.OF_OTHERS:
        return _("%(place)s, %(period)s.") % {
            "place": meaning.place(d, value),
            "period": wording.period(d.asked.name),
        }
    if ".with_measure" in value.id:
        of = _(
            "Pupils with a social measure in force on any day of the period; all their days of the period count."
        )
    elif ".everybody" in value.id:
        of = _("All pupils who had a school day in the period, those with a social measure among them.")
    else:
        of = _("All pupils who had a school day in the period.")
    where = _("%(place)s, %(years)s.") % {
        "place": meaning.place(d, value),
        "years": meaning.year_groups(d, value).lower(),
    }
    row = meaning.row(d, value)
    if kind == "change" and row is not None and row.was:
        of += " " + _("Last year the class was %(class)s.") % {"class": row.was}
    if value.pupils is None:
        return f"{where} {of}"
    how_many = ngettext("%(pupils)s pupil.", "%(pupils)s pupils.", value.pupils) % {
        "pupils": count(value.pupils)
    }
    return f"{where} {of} {how_many}"


def _left_out(kind: str) -> str:
    if kind in meaning.OF_OTHERS:
        return ""
    if kind == "coverage":
        return _(
            "Days on which the class has no school, and days before a pupil was enrolled or after she left."
        )
    return _(
        "Days whose register was not taken: they make nobody present and nobody absent. Days on which the class has no school, "
        "and days before a pupil was enrolled or after she left. Who came late, or was on a trip with the school, was there."
    )


def _coverage(value: Value, kind: str) -> str:
    if value.coverage is None or kind == "coverage":
        return ""
    said = _("%(percent)s of the school days due are registered.") % {"percent": percent(value.coverage)}
    if value.is_uncertain:
        return said + " " + _("That is below 95 percent, and the figure is uncertain.")
    return said


def _method(d: Dashboard, value: Value, kind: str) -> str:
    if kind == "ministry":
        return _(
            "The ministry's: the mean of the pupils' own percentages, weighted by months of registration. It differs from the "
            "method days because a pupil with few days weighs as much a month as one with many."
        )
    if kind in ("percent", "days", "change"):
        return _(
            "Days: absent days divided by possible days, of all the group's pupils together, rounded half up. It differs from "
            "the ministry's method, which takes the mean of the pupils' own percentages."
        )
    if kind == "median":
        return _("The middle one of the pupils' own percentages, cut to one decimal.")
    if kind == "share":
        return _(
            "Each pupil's own percentage of the period is compared in whole numbers and never rounded. "
            "Bands, version %(version)d."
        ) % {"version": d.bands.version}
    return ""
