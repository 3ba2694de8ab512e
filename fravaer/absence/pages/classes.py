"""A class as its teacher sees it: who has been away, how much, and what stands out."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy
from django.views.decorators.http import require_GET
from django_tables2 import Column, Table

from fravaer.absence import known, overview
from fravaer.absence.known import Spell
from fravaer.absence.nearing import LEGAL_PERCENTS
from fravaer.absence.overview import LIMIT_PERCENT, Seen, Was
from fravaer.absence.patterns import Pattern
from fravaer.absence.percentage import Tally
from fravaer.absence.tallies import cut_tenths
from fravaer.accounts.roles import Action
from fravaer.accounts.templatetags.fields import mark_of
from fravaer.audit import trail
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.core.periods import Period, Quarter, school_year_of
from fravaer.core.templatetags.danish import half_days, half_days_number, percent, shortdate
from fravaer.schools.models import Pupil, SchoolClass

LETTERS = {
    Was.HERE: "•",
    Was.LATE: "K",
    Was.ACTIVITY: "P",
    Was.HALF: "½",
    Was.ABSENT: "I",
    Was.ILL: "S",
    Was.LEAVE: "F",
    Was.UNLAWFUL: "U",
    Was.UNKNOWN: "–",
}
WORDS = {
    Was.LATE: pgettext_lazy("on one day", "came late"),
    Was.ACTIVITY: pgettext_lazy("on one day", "trip or other activity"),
    Was.HALF: pgettext_lazy("on one day", "away half the day"),
    Was.ABSENT: pgettext_lazy("on one day", "not here"),
    Was.ILL: pgettext_lazy("on one day", "ill"),
    Was.LEAVE: pgettext_lazy("on one day", "leave"),
    Was.UNLAWFUL: pgettext_lazy("on one day", "unlawful"),
    Was.UNKNOWN: pgettext_lazy("on one day", "not registered"),
}
WEEKDAYS = [
    gettext_lazy("Mondays"),
    gettext_lazy("Tuesdays"),
    gettext_lazy("Wednesdays"),
    gettext_lazy("Thursdays"),
    gettext_lazy("Fridays"),
    gettext_lazy("Saturdays"),
    gettext_lazy("Sundays"),
]


@dataclass(frozen=True, slots=True)
class Row:
    """One pupil of the table. `place` is hers by given name, in Danish order."""

    place: int
    pupil: Pupil
    seen: Seen
    spells: tuple[Spell, ...] = ()

    @property
    def share(self) -> Fraction:
        """The share of the days she was away, unrounded; below every other when nothing was registered."""
        tally = self.seen.tally
        return Fraction(tally.absent, tally.possible) if tally.possible else Fraction(-1)

    @property
    def nearness(self) -> int:
        """Days left until the limit; above every other when nothing was registered."""
        return 10_000 if self.seen.days_left is None else self.seen.days_left

    @property
    def unlawful_nearness(self) -> int:
        """Half-days left until the law's first limit; above every other when nothing was registered."""
        left = self.seen.unlawful_left[0]
        return 10_000 if left is None else left

    @property
    def coverage(self) -> Fraction:
        tally = self.seen.tally
        return Fraction(tally.possible, tally.due) if tally.due else Fraction(-1)


class PupilTable(Table):  # type: ignore[misc]
    """The class's pupils, sorted by whatever column is asked for."""

    caption = gettext_lazy("Pupils")
    request: Request

    pupil = Column(gettext_lazy("Pupil"), order_by="place")
    share = Column(pgettext_lazy("the column of a table", "Absence"), order_by="-share")
    coverage = Column(
        gettext_lazy("Registered"),
        order_by="coverage",
        attrs={"td": {"class": "for-comparison"}, "th": {"class": "for-comparison"}},
    )
    left = Column(gettext_lazy("Days left until 10%"), accessor="seen", order_by="nearness")
    unlawful = Column(
        gettext_lazy("Unlawful this quarter"), accessor="seen", order_by=("unlawful_nearness", "place")
    )
    days = Column(gettext_lazy("Last 10 school days"), accessor="seen", orderable=False)
    known = Column(gettext_lazy("Known absence"), accessor="spells", orderable=False, default="")
    stands_out = Column(gettext_lazy("To ask about"), accessor="seen", orderable=False, default="")

    class Meta:
        order_by_field = "sort"

    def render_pupil(self, record: Row) -> SafeString:
        pupil = record.pupil
        return format_html(
            '<a href="{}" translate="no"><b>{}</b> {}</a> {}',
            reverse("absence:history", args=[pupil.uuid]),
            pupil.given_name,
            pupil.family_name,
            mark_of(self.request.scope, pupil),
        )

    def render_share(self, record: Row) -> SafeString | str:
        tally = record.seen.tally
        if not tally.possible:
            return "–"
        days = _("%(absent)s of %(possible)s days") % {
            "absent": half_days_number(tally.absent),
            "possible": half_days_number(tally.possible),
        }
        return format_html(
            '<b class="nowrap">{}</b> <span class="figure-note nowrap">{}</span>', percent(tally.tenths), days
        )

    def render_coverage(self, record: Row) -> str:
        return percent(record.seen.tally.coverage_tenths)

    def render_left(self, record: Row) -> SafeString | str:
        left = record.seen.days_left
        if left is None:
            return "–"
        if left == 0:
            return format_html(
                '<span class="chip chip--warn">{}</span>',
                _("Has reached %(percent)d%%") % {"percent": LIMIT_PERCENT},
            )
        return ngettext("%(count)d day", "%(count)d days", left) % {"count": left}

    def render_unlawful(self, record: Row) -> SafeString | str:
        tally = record.seen.quarter
        if not tally.possible:
            return "–"
        return format_html(
            '<b class="nowrap">{}</b> {}',
            percent(cut_tenths(tally.unlawful, tally.possible)),
            unlawful_left(record.seen.unlawful_left),
        )

    def render_days(self, record: Row) -> SafeString:
        return strip(record.seen)

    def render_known(self, record: Row) -> SafeString:
        return format_html_join(
            "", '<span class="day-line">{}</span>', ((spell(one),) for one in record.spells)
        )

    def render_stands_out(self, record: Row) -> str:
        return question(record.seen.pattern) if record.seen.pattern else ""


@requires(Action.CLASS_READ)
@require_GET
def overview_page(request: Request, class_id: int) -> HttpResponse:
    """The class today: its pupils with the school year so far, their latest days, and what one might ask about."""
    classes = SchoolClass.objects.visible_to(request.scope).in_year_of(request.day).select_related("school")
    school_class = get_object_or_404(classes, pk=class_id)
    pupils = list(
        Pupil.objects.visible_to(request.scope, request.day)
        .filter(
            enrolments__school_class=school_class,
            enrolments__starts_on__lte=request.day,
            enrolments__until__gt=request.day,
        )
        .order_by("sort_given", "pk")
    )
    seen = overview.of(school_class, [pupil.pk for pupil in pupils], request.day)
    spells = _spells(request, pupils)
    rows = [Row(place, pupil, seen[pupil.pk], tuple(spells[pupil.pk])) for place, pupil in enumerate(pupils)]
    table = PupilTable(rows, empty_text=_("There are no pupils in the class on this day."))
    table.request = request
    table.request = request
    table.order_by = request.GET.getlist(table.prefixed_order_by_field) or ["pupil"]
    trail.saw(request.scope, "class overview", seen, subject_id=school_class.pk)
    return render(
        request,
        "absence/class.html",
        {
            "school_class": school_class,
            "table": table,
            "year": school_year_of(request.day),
            "quarter": Quarter.of(request.day),
            "total": sum((one.tally for one in seen.values()), Tally()),
            "key": [(LETTERS[was], word) for was, word in WORDS.items()],
            "takes_registers": request.scope.may(Action.REGISTER_TAKE),
        },
    )


def _spells(request: Request, pupils: list[Pupil]) -> dict[int, list[Spell]]:
    """What is known beforehand of each pupil, from today to the end of the school year; for roles that may know."""
    found: dict[int, list[Spell]] = defaultdict(list)
    if request.scope.may(Action.KNOWN_READ):
        ahead = Period(request.day, school_year_of(request.day).until)
        for one in known.between([pupil.pk for pupil in pupils], ahead):
            found[one.pupil_id].append(one)
    return found


def unlawful_left(left: tuple[int | None, ...]) -> SafeString:
    """How far it is to each of the law's limits: the highest reached as a chip, those ahead in days."""
    reached, ahead = limits_in_words(left)
    kind = "warn" if ahead else "bad"
    chip = format_html('<span class="chip chip--{}">{}</span> ', kind, reached) if reached else ""
    lines = format_html_join(" ", '<span class="figure-note nowrap">{}</span>', ((one,) for one in ahead))
    return format_html("{}{}", chip, lines)


def limits_in_words(left: tuple[int | None, ...]) -> tuple[str, list[str]]:
    """`Har nået 10 %`, or nothing, and `3 dage til 15 %` for each limit ahead."""
    limits = list(zip(LEGAL_PERCENTS, left, strict=True))
    reached = [percent for percent, halves in limits if halves == 0]
    ahead = [
        _("%(days)s until %(percent)d%%") % {"days": half_days(halves), "percent": percent}
        for percent, halves in limits
        if halves
    ]
    return _("Has reached %(percent)d%%") % {"percent": reached[-1]} if reached else "", ahead


def spell(one: Spell) -> str:
    """Known absence in few words: `Meldt syg 12-03-2026`, or with its last day as well."""
    last = one.period.until - timedelta(days=1)
    words = {"kind": one.kind.label, "since": shortdate(one.period.since), "last": shortdate(last)}
    if last == one.period.since:
        return _("%(kind)s %(since)s") % words
    return _("%(kind)s from %(since)s to %(last)s") % words


def strip(seen: Seen) -> SafeString:
    """The latest school days, a sign for each, with the same in words for those who hear the page."""
    signs = format_html_join(
        "",
        '<span class="day-sign day-sign--{}">{}</span>',
        ((was.value, LETTERS[was]) for _day, was in seen.days),
    )
    return format_html('<span class="day-strip" role="img" aria-label="{}">{}</span>', told(seen.days), signs)


def told(days: tuple[tuple[date, Was], ...]) -> str:
    """The days on which something was, in words: `4. marts syg, 5. marts ikke her`."""
    form = pgettext("a day of the year, in Django's letters", "j F")
    told = [f"{date_format(day, form)} {WORDS[was]}" for day, was in days if was != Was.HERE]
    if not days:
        return _("No school days yet")
    return ", ".join(told) or _("Here every day")


def question(pattern: Pattern) -> str:
    """A pattern as something to ask about: `4 af 5 fraværsdage ligger på mandage. Er der en grund?`."""
    on_one = len(pattern.weekdays) == 1
    return _("%(alike)d of %(absent)d days away in the last 8 weeks are %(weekdays)s. Is there a reason?") % {
        "alike": pattern.alike,
        "absent": pattern.absent,
        "weekdays": WEEKDAYS[pattern.weekdays[0]] if on_one else _("Mondays and Fridays"),
    }
