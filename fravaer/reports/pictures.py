"""Which picture shows a block of the quarter, and what does it say in one sentence?

The same pictures stand on the page, in print and in the report for a committee, each under the sentence that is to be read in it.
What is hidden is not in the dashboard, and so in neither picture nor sentence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from fravaer.core import charts
from fravaer.core.charts import Bar, Chart, HeatRow, Pair, Point, Series
from fravaer.core.templatetags.danish import days2, percent, points_apart
from fravaer.reports import blocks, wording
from fravaer.reports.blocks import Dashboard, Value


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart and the sentence it shows."""

    caption: str
    chart: Chart


@dataclass(frozen=True, slots=True)
class Pictures:
    """One for each block that has anything to show."""

    development: Picture | None
    reasons: Picture | None
    measure: Picture | None
    measure_days: Picture | None
    bands: Picture | None
    years: Picture | None


def of(dashboard: Dashboard) -> Pictures:
    """Every picture of the page."""
    return Pictures(
        development=_development(dashboard),
        reasons=_reasons(dashboard),
        measure=_measure(dashboard),
        measure_days=_measure_days(dashboard),
        bands=_bands(dashboard),
        years=_years(dashboard),
    )


def trend(line: Sequence[blocks.Point], name: str) -> str:
    """A row's small line said in words: from which figure in which quarter to which."""
    known = [point for point in line if point.percent is not None]
    if not known:
        return _("%(name)s: no figures") % {"name": name}
    first, last = known[0], known[-1]
    return _("%(name)s: %(first)s in %(since)s, %(last)s in %(until)s") % {
        "name": name,
        "first": percent(first.percent),
        "since": _lower(wording.period(first.name)),
        "last": percent(last.percent),
        "until": _lower(wording.period(last.name)),
    }


def _development(d: Dashboard) -> Picture | None:
    line = d.total.line
    if all(point.percent is None for point in line):
        return None
    names = [
        wording.short_quarter(point.name, with_year=not index or point.name.number == 1)
        for index, point in enumerate(line)
    ]
    last_aim = next((point.target for point in reversed(line) if point.target is not None), None)
    caption = _moved(d)
    chart = charts.line(
        names,
        [
            Series(
                d.asked.place.name,
                tuple(Point(point.percent, point.is_uncertain, point.is_hidden) for point in line),
            )
        ],
        aims=[point.target for point in line],
        aim=_("Target %(percent)s") % {"percent": percent(last_aim)},
        alt=_("Line of absence in %(count)d quarters. %(caption)s")
        % {"count": len(line), "caption": caption},
        key="development",
    )
    return Picture(caption, chart)


def _moved(d: Dashboard) -> str:
    """How the total lies now, beside last year's and the target."""
    total = d.total
    if total.percent.shown is None:
        return _("There is no figure of %(period)s to be shown.") % {
            "period": _lower(wording.period(d.asked.name))
        }
    said = _("Absence is %(percent)s in %(period)s") % {
        "percent": percent(total.percent.shown),
        "period": _lower(wording.period(d.asked.name)),
    }
    change = total.change.shown
    beside = []
    if change:
        words = (
            _("%(points)s more than the same days last year")
            if change > 0
            else _("%(points)s less than the same days last year")
        )
        beside.append(words % {"points": points_apart(change)})
    elif change == 0:
        beside.append(_("the same as last year"))
    if total.distance is not None:
        if total.distance.is_over:
            words = _("%(points)s over the target")
        elif total.distance.is_under:
            words = _("%(points)s under the target")
        else:
            words = _("on the target")
        beside.append(words % {"points": points_apart(total.distance.points)})
    if not beside:
        return f"{said}."
    joined = _(" and ").join(beside)
    return f"{said}, {joined}."


def _reasons(d: Dashboard) -> Picture | None:
    if all(reason.percent.shown is None for reason in d.reasons):
        return None
    most = max(d.reasons, key=lambda reason: reason.percent.shown or 0)
    unlawful = next(reason for reason in d.reasons if reason.key == "unlawful")
    if not most.percent.shown:
        caption = _("There is no absence.")
    elif unlawful.before.shown is not None:
        caption = _(
            "Most of the absence is %(reason)s (%(percent)s). Unlawful absence is %(unlawful)s; last year it was %(before)s."
        ) % {
            "reason": _lower(str(wording.REASONS[most.key])),
            "percent": percent(most.percent.shown),
            "unlawful": percent(unlawful.percent.shown),
            "before": percent(unlawful.before.shown),
        }
    else:
        caption = _("Most of the absence is %(reason)s (%(percent)s). Unlawful absence is %(unlawful)s.") % {
            "reason": _lower(str(wording.REASONS[most.key])),
            "percent": percent(most.percent.shown),
            "unlawful": percent(unlawful.percent.shown),
        }
    bars = [
        Bar(
            now_and_before(d)[0],
            tuple(reason.percent.shown for reason in d.reasons),
            wording.figure(d.total.percent),
        ),
    ]
    if any(reason.before.shown is not None for reason in d.reasons):
        bars.append(
            Bar(
                now_and_before(d)[1],
                tuple(reason.before.shown for reason in d.reasons),
                wording.figure(d.total.before),
            )
        )
    chart = charts.stacked(
        [str(wording.REASONS[reason.key]) for reason in d.reasons],
        bars,
        alt=_("Bars of absence by reason, now and last year. %(caption)s") % {"caption": caption},
        key="reasons",
    )
    return Picture(caption, chart)


def _measure(d: Dashboard) -> Picture | None:
    pairs = d.measure or ()
    if not any(pair.with_measure.shown is not None for pair in pairs):
        return None
    first = pairs[0]
    caption = _measured(first.everybody, first.with_measure)
    chart = charts.paired(
        (_("All pupils"), _("Pupils with a social measure")),
        [Pair(wording.group(pair), pair.everybody.shown, pair.with_measure.shown) for pair in pairs],
        alt=_("Absence of all pupils and of those with a social measure, in percent. %(caption)s")
        % {"caption": caption},
        key="measure",
    )
    return Picture(caption, chart)


def _measure_days(d: Dashboard) -> Picture | None:
    pairs = d.measure or ()
    if not any(pair.with_measure_days.shown is not None for pair in pairs):
        return None
    first = pairs[0]
    caption = _(
        "That is %(some)s school days for each pupil with a social measure, and %(all)s for each of all pupils."
    ) % {"some": wording.figure(first.with_measure_days), "all": wording.figure(first.everybody_days)}
    chart = charts.paired(
        (_("All pupils"), _("Pupils with a social measure")),
        [
            Pair(wording.group(pair), pair.everybody_days.shown, pair.with_measure_days.shown)
            for pair in pairs
        ],
        alt=_("Absent school days a pupil, of all and of those with a social measure. %(caption)s")
        % {"caption": caption},
        key="measure-days",
        written=days2,
        one=100,
    )
    return Picture(caption, chart)


def _measured(everybody: Value, some: Value) -> str:
    if some.shown is None:
        return _(
            "All pupils have %(all)s absence. The figure of those with a social measure is not shown."
        ) % {"all": wording.figure(everybody)}
    return _("Pupils with a social measure have %(some)s absence; all pupils have %(all)s.") % {
        "some": percent(some.shown),
        "all": wording.figure(everybody),
    }


def _bands(d: Dashboard) -> Picture | None:
    if all(band.share.shown is None for band in d.bands.now):
        return None
    over, before = d.bands.over_ten.shown, d.bands.over_ten_before.shown
    if over is None:
        caption = _("How the pupils' own percentages are spread.")
    elif before is None:
        caption = _("%(share)s of the pupils have 10%% absence or more.") % {"share": percent(over)}
    else:
        caption = _(
            "%(share)s of the pupils have 10%% absence or more; on the same days last year it was %(before)s."
        ) % {"share": percent(over), "before": percent(before)}
    now, earlier = now_and_before(d)
    bars = [Bar(now, tuple(band.share.shown for band in d.bands.now))]
    if any(band.share.shown is not None for band in d.bands.before):
        bars.append(Bar(earlier, tuple(band.share.shown for band in d.bands.before)))
    chart = charts.bands(
        [wording.band(band.name) for band in d.bands.now],
        bars,
        alt=_("Bars of the shares of pupils by their own absence. %(caption)s") % {"caption": caption},
        key="bands",
    )
    return Picture(caption, chart)


def _years(d: Dashboard) -> Picture | None:
    known = [row for row in d.years if row.percent.shown is not None]
    if not known:
        return None
    highest = max(known, key=lambda row: row.percent.shown or 0)
    lowest = min(known, key=lambda row: row.percent.shown or 0)
    if len(known) == 1:
        caption = _("%(year)s has %(percent)s absence.") % {
            "year": wording.years(highest.code),
            "percent": percent(highest.percent.shown),
        }
    else:
        caption = _("Absence is highest in %(highest)s (%(most)s) and lowest in %(lowest)s (%(least)s).") % {
            "highest": _lower(wording.years(highest.code)),
            "most": percent(highest.percent.shown),
            "lowest": _lower(wording.years(lowest.code)),
            "least": percent(lowest.percent.shown),
        }
    columns = [_("All"), *(str(wording.SHORT_REASONS[key]) for key in wording.REASONS)]
    rows = [
        HeatRow(
            str(wording.SHORT_STAGES.get(row.code) or wording.years(row.code)),
            tuple(
                Point(value.shown, value.is_uncertain, value.is_hidden)
                for value in (row.percent, row.illness, row.leave, row.unlawful, row.pending)
            ),
        )
        for row in d.years
    ]
    chart = charts.heat(
        columns,
        rows,
        alt=_("Table of absence by year group and reason, darker where it is higher. %(caption)s")
        % {"caption": caption},
        key="years",
    )
    return Picture(caption, chart)


def now_and_before(d: Dashboard) -> tuple[str, str]:
    """What the two bars of a comparison with last year are called."""
    now = wording.period(d.asked.name)
    before = wording.period(wording.year_earlier(d.asked.name))
    if d.counted.until < d.asked.period.until:
        return _("%(period)s so far") % {"period": now}, _("%(period)s, the same days") % {"period": before}
    return now, before


def _lower(words: str) -> str:
    """Inside a sentence."""
    return words[:1].lower() + words[1:]
