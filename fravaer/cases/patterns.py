"""How is a class's pattern said in words, and which pupils are behind it?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fravaer.absence import percentage
from fravaer.cases import clusters
from fravaer.cases.classwork import Window
from fravaer.cases.models import Cluster
from fravaer.core.periods import school_year_of
from fravaer.core.templatetags.danish import percent, points, week
from fravaer.schools.models import Pupil


@dataclass(frozen=True, slots=True)
class Behind:
    """The pupils over the line, and the pairs away together with on how many days and occasions."""

    over: list[Pupil]
    pairs: list[tuple[Pupil, Pupil, int, int]]

    @property
    def pupil_ids(self) -> set[int]:
        return {pupil.pk for pupil in self.over} | {
            pupil.pk for one, other, *_rest in self.pairs for pupil in (one, other)
        }


def behind(cluster: Cluster, pupils: Mapping[int, Pupil]) -> Behind:
    """Who is behind the pattern, of those the reader may see; counted anew up to the day the cluster was last counted."""
    day = cluster.counted_on
    tallies = percentage.tallies(percentage.spent(school_year_of(day), day), list(pupils))
    over = [
        pupils[pupil]
        for pupil, tally in tallies.items()
        if tally.possible >= 2 * clusters.LEAST_KNOWN_DAYS and tally.reaches(clusters.OVER_PERCENT)
    ]
    pairs = clusters.evidence_of(day, cluster.school_class)[cluster.school_class_id].found_pairs
    return Behind(
        sorted(over, key=lambda pupil: pupil.sort_given),
        [
            (pupils[pair.pupils[0]], pupils[pair.pupils[1]], pair.together, pair.occasions)
            for pair in pairs
            if set(pair.pupils) <= set(pupils)
        ],
    )


def lines(cluster: Cluster) -> list[str]:
    """Why the class stands, one sentence each, by the latest figures."""
    figures = cluster.latest
    said = []
    if clusters.SEVERAL in cluster.why:
        said.append(
            _("%(over)d of %(pupils)d pupils have 10%% absence or more")
            % {"over": figures["over"], "pupils": figures["pupils"]}
        )
    if clusters.TOGETHER in cluster.why:
        pairs = ngettext(
            "%(count)d pair away on the same days, clearly more often than by chance",
            "%(count)d pairs away on the same days, clearly more often than by chance",
            figures["pairs"],
        ) % {"count": figures["pairs"]}
        if figures["trios"]:
            pairs += ", " + ngettext(
                "%(count)d of them three together", "%(count)d times three together", figures["trios"]
            ) % {"count": figures["trios"]}
        said.append(pairs)
    if clusters.RISING in cluster.why and figures["earlier"] is not None and figures["recent"] is not None:
        said.append(
            _("From %(earlier)s to %(recent)s in the last 20 school days")
            % {"earlier": percent(figures["earlier"]), "recent": percent(figures["recent"])}
        )
    return said


def facts(figures: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Terms and figures of what the night counted."""
    return [
        (_("Pupils in the class"), str(figures["pupils"])),
        (_("With 10% absence or more"), str(figures["over"])),
        (_("Pairs away together"), str(figures["pairs"])),
        (_("Threes away together"), str(figures["trios"])),
        (_("Most days a pair was away together"), str(figures["together"])),
        (_("Last 20 school days"), percent(figures["recent"])),
        (_("Earlier in the school year"), percent(figures["earlier"])),
    ]


@dataclass(frozen=True, slots=True)
class Compared:
    label: str
    since: date
    last: date
    days: int
    share: str
    change: str


def windows(found: Sequence[Window]) -> list[Compared]:
    """Before, during and after in words, each with its change from before."""
    names = {"before": _("Before"), "during": _("During"), "after": _("After")}
    first = found[0].figures.tally.tenths if found else None
    rows = []
    for window in found:
        tenths = window.figures.tally.tenths
        changed = "" if window.name == "before" or None in (first, tenths) else points(tenths - first)  # type: ignore[operator]
        rows.append(
            Compared(
                names[window.name],
                window.period.since,
                date.fromordinal(window.period.until.toordinal() - 1),
                window.days,
                percent(tenths),
                changed,
            )
        )
    return rows


def curve_label(curve: Sequence[tuple[date, int | None]]) -> str:
    """The curve as a sentence."""
    known = [(monday, tenths) for monday, tenths in curve if tenths is not None]
    if not known:
        return _("Nothing has been registered in these weeks")
    return _("From %(first)s in %(from_week)s to %(last)s in %(to_week)s") % {
        "first": percent(known[0][1]),
        "from_week": week(known[0][0]),
        "last": percent(known[-1][1]),
        "to_week": week(known[-1][0]),
    }
