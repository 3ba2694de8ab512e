"""What does one have to know to use a file's figures?

What they are of, as of when and whether they can still move; each measure in a sentence; what is hidden, and for whom the file
is meant. The first sheet of a workbook, the last page of the report for a committee, and the head of a file for machines.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from django.utils.translation import gettext as _

from fravaer.core.periods import Period
from fravaer.core.templatetags.danish import shortdate
from fravaer.reports import meaning, wording
from fravaer.reports.blocks import Dashboard
from fravaer.reports.modes import Mode
from fravaer.reports.sheets import Fact

# Moves when a figure gets another meaning; bands and notes name their own versions.
VERSION = 1


def title(d: Dashboard) -> str:
    """`Fravær: Område Nord, 1. kvartal 2026`."""
    return _("Absence: %(place)s, %(period)s") % {
        "place": d.asked.place.name,
        "period": wording.period(d.asked.name),
    }


def about(d: Dashboard, mode: Mode, *, municipality: str, made_at: datetime) -> list[Fact]:
    """What one has to know to use the figures: what they are of, how they are counted, as of when, and what is left out."""
    facts = [
        Fact(_("Municipality"), municipality),
        Fact(_("Unit"), d.asked.place.name),
        Fact(_("Year groups"), wording.years(d.asked.years_code)),
        Fact(_("Period"), wording.period(d.asked.name)),
        Fact(_("First day counted"), d.counted.since),
        Fact(_("Last day counted"), d.last_day or ""),
        Fact(_("Compared with"), span(d.earlier)),
        Fact(_("As of"), d.drawn_at),
        Fact(_("File made"), made_at),
        Fact(_("Standing"), standing(d)),
        Fact(_("May be shown to"), audience(mode)),
    ]
    if d.frozen:
        facts.append(Fact(_("Check sum (SHA-256)"), d.frozen.sha256))
    return [
        *facts,
        Fact(""),
        *(Fact(name, text) for name, text in definitions(d, mode)),
        Fact(_("Version of the definitions"), f"{VERSION}.{d.bands.version}"),
    ]


def definitions(d: Dashboard, mode: Mode) -> Iterator[tuple[str, str]]:
    """Each measure and what it is, in the order in which one meets them."""
    for key in ("percent", "days", "median", "ministry", "coverage"):
        yield str(meaning.MEASURED[key]), str(meaning.DEFINITIONS[key])
    yield (
        _("A possible day"),
        _(
            "A day is possible when the class's register was taken on a school day while the pupil was enrolled. "
            "A missing register makes nobody present and nobody absent. Half-days count a half."
        ),
    )
    yield (
        str(meaning.MEASURED["over_ten"]),
        _("Exactly 10 percent belongs to the band over it, exactly 20 and 60 to the band below."),
    )
    if d.measure:
        yield (
            _("Pupils with a social measure"),
            measured(),
        )
    yield (
        _("Last year"),
        _("The same days a year earlier, %(days)s. The difference is between the figures as they are shown.")
        % {"days": span(d.earlier)},
    )
    yield _("Uncertain"), uncertain()
    yield "..", small_groups(mode)


def measured() -> str:
    """Who belongs to the pupils with a social measure."""
    return _(
        "All pupils include those with a measure. A pupil belongs to the group when a measure was in force on any day of the "
        "period; all her days in the period count."
    )


def uncertain() -> str:
    """When a figure is not to be trusted."""
    return _(
        "Less than 95 percent of the school days are registered: too much is missing to trust the figure."
    )


def small_groups(mode: Mode) -> str:
    """What is hidden, and why."""
    return _(
        "The figure is not shown, because the group is too small. Groups of fewer than %(group)d pupils and parts of fewer "
        "than %(part)d are not shown, nor are others from which they could be found by subtraction."
    ) % {"group": mode.group, "part": mode.part}


def audience(mode: Mode) -> str:
    """For whom the file is meant."""
    if mode.name == "publication":
        return _("Everybody: the figures may be published.")
    return _("The administration alone. The report for the committee hides more, and may be published.")


def standing(d: Dashboard) -> str:
    """Whether the figures can still move."""
    if d.frozen is None:
        return _("Provisional: the figures follow the registers.")
    words = (
        _("Frozen and approved, version %(version)d. The figures do not change.")
        if d.frozen.is_approved
        else _("Frozen, version %(version)d, not approved yet.")
    )
    said = words % {"version": d.frozen.version}
    if d.frozen.gone_at is None:
        return said
    lost = _("The registers behind have been disposed of by rule since %(day)s.")
    return f"{said} {lost % {'day': shortdate(d.frozen.gone_at)}}"


def span(period: Period) -> str:
    """The days from the first to the last, as people say them."""
    last = date.fromordinal(max(period.until.toordinal() - 1, period.since.toordinal()))
    return _("%(since)s to %(last)s") % {"since": shortdate(period.since), "last": shortdate(last)}
