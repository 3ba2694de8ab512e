"""Which pictures show how absence has gone over the years, and what does each say?"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from fravaer.core import charts
from fravaer.core.charts import Bar, HeatRow, Point, Series
from fravaer.core.templatetags.danish import percent
from fravaer.reports import wording
from fravaer.reports.blocks import Value
from fravaer.reports.joint import ALL_STAGES, REASONS, Group, Joint, Season
from fravaer.reports.pictures import Picture


@dataclass(frozen=True, slots=True)
class JointPictures:
    """One for each part of the analysis that has anything to show."""

    stages: Picture | None
    measure: Picture | None
    seasons: Picture | None
    reasons: Picture | None
    reasons_with_measure: Picture | None


def of(joint: Joint) -> JointPictures:
    """Every picture of the analysis."""
    return JointPictures(
        stages=_stages(joint),
        measure=_measure(joint),
        seasons=_seasons(joint),
        reasons=_reasons(joint.by_reason, "reasons", joint),
        reasons_with_measure=_reasons(joint.by_reason_with_measure or (), "reasons-measure", joint),
    )


def stage_name(stage: str) -> str:
    """What a line of a stage is called."""
    return str(wording.SHORT_STAGES[stage]) if stage != ALL_STAGES else _("All")


def _names(joint: Joint) -> list[str]:
    return [wording.short_quarter(quarter, with_year=True) for quarter in joint.quarters]


def _point(value: Value) -> Point:
    return Point(value.shown, value.is_uncertain, value.is_hidden)


def _stages(joint: Joint) -> Picture | None:
    shown = [group for group in joint.everybody if any(value.shown is not None for value in group.values)]
    if not shown:
        return None
    caption = _from_to(shown[0], joint, _("Absence of all pupils"))
    chart = charts.line(
        _names(joint),
        [Series(stage_name(group.stage), tuple(_point(value) for value in group.values)) for group in shown],
        alt=_("Lines of absence by stage, quarter by quarter. %(caption)s") % {"caption": caption},
        key="joint-stages",
    )
    return Picture(caption, chart)


def _measure(joint: Joint) -> Picture | None:
    if joint.with_measure is None:
        return None
    everybody, some = joint.everybody[0], joint.with_measure[0]
    if all(value.shown is None for value in some.values):
        return None
    caption = _from_to(some, joint, _("Absence of pupils with a social measure"))
    chart = charts.line(
        _names(joint),
        [
            Series(_("With a measure"), tuple(_point(value) for value in some.values)),
            Series(_("All"), tuple(_point(value) for value in everybody.values)),
        ],
        alt=_("Lines of absence of pupils with a social measure and of all. %(caption)s")
        % {"caption": caption},
        key="joint-measure",
    )
    return Picture(caption, chart)


def _seasons(joint: Joint) -> Picture | None:
    known = [season for season in joint.seasons if season.values[0].shown is not None]
    if not known:
        return None
    highest = max(known, key=lambda season: season.values[0].shown or 0)
    caption = _("Over the years absence is highest in the %(quarter)s (%(percent)s).") % {
        "quarter": season_name(highest).lower(),
        "percent": percent(highest.values[0].shown),
    }
    chart = charts.heat(
        [stage_name(stage) for stage in joint.stages],
        [
            HeatRow(season_name(season), tuple(_point(value) for value in season.values))
            for season in joint.seasons
        ],
        alt=_("Table of absence by season and stage, darker where it is higher. %(caption)s")
        % {"caption": caption},
        key="joint-seasons",
    )
    return Picture(caption, chart)


def season_name(season: Season) -> str:
    """`1. kvartal`: January to March."""
    return _("Quarter %(number)d") % {"number": season.number}


def _reasons(groups: tuple[Group, ...], key: str, joint: Joint) -> Picture | None:
    shown = [group for group in groups if any(value.shown is not None for value in group.values)]
    if not shown:
        return None
    illness = shown[0].values[0].shown
    caption = _("Illness is %(percent)s of the possible days in %(period)s.") % {
        "percent": percent(illness),
        "period": wording.period(joint.quarters[-1]),
    }
    chart = charts.stacked(
        [str(wording.REASONS[reason]) for reason in REASONS],
        [Bar(stage_name(group.stage), tuple(value.shown for value in group.values)) for group in shown],
        alt=_("Bars of absence by stage and reason. %(caption)s") % {"caption": caption},
        key=f"joint-{key}",
    )
    return Picture(caption, chart)


def _from_to(group: Group, joint: Joint, what: str) -> str:
    known = [
        (quarter, value.shown)
        for quarter, value in zip(joint.quarters, group.values, strict=True)
        if value.shown is not None
    ]
    (since, first), (until, last) = known[0], known[-1]
    if len(known) == 1:
        return _("%(what)s is %(percent)s in %(period)s.") % {
            "what": what,
            "percent": percent(last),
            "period": wording.period(until),
        }
    return _("%(what)s has gone from %(first)s in %(since)s to %(last)s in %(until)s.") % {
        "what": what,
        "first": percent(first),
        "since": wording.period(since),
        "last": percent(last),
        "until": wording.period(until),
    }
