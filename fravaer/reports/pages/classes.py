"""A class's quarter or school year, for those who work with its pupils by name."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from django.views.decorators.http import require_GET
from django_tables2 import Column, Table

from fravaer.absence.tallies import GroupTally, Tally
from fravaer.accounts.roles import Action
from fravaer.accounts.templatetags.fields import mark_of
from fravaer.audit import trail
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.core.periods import Quarter, SchoolYear
from fravaer.core.templatetags.danish import half_days_number, percent, shortdate
from fravaer.reports import asked, gone, in_class, wording
from fravaer.reports.in_class import Line, Seen
from fravaer.reports.views import address, class_address, crumbs
from fravaer.schools.models import SchoolClass

NUMBER = {"td": {"class": "number"}, "th": {"class": "number"}}


class PupilTable(Table):  # type: ignore[misc]
    """The class's pupils, by given name until another order is asked for."""

    caption = gettext_lazy("Pupils")
    request: Request
    year: int

    pupil = Column(gettext_lazy("Pupil"), order_by="pupil__sort_given")
    percent = Column(
        pgettext_lazy("the column of a table", "Absence"), accessor="tally", order_by="-share", attrs=NUMBER
    )
    absent = Column(
        gettext_lazy("Days away"), accessor="tally__absent", order_by="-tally__absent", attrs=NUMBER
    )
    illness = Column(
        gettext_lazy("Illness"), accessor="tally__illness", order_by="-tally__illness", attrs=NUMBER
    )
    leave = Column(gettext_lazy("Leave"), accessor="tally__leave", order_by="-tally__leave", attrs=NUMBER)
    unlawful = Column(
        pgettext_lazy("absence, in a narrow column", "Unlawful"),
        accessor="tally__unlawful",
        order_by="-tally__unlawful",
        attrs=NUMBER,
    )
    pending = Column(
        pgettext_lazy("absence, in a narrow column", "No reason"),
        accessor="tally__pending",
        order_by="-tally__pending",
        attrs=NUMBER,
    )
    possible = Column(
        gettext_lazy("Possible days"), accessor="tally__possible", orderable=False, attrs=NUMBER
    )
    days = Column(gettext_lazy("Which days"), orderable=False, default="")

    class Meta:
        order_by_field = "sort"

    def render_pupil(self, record: Row) -> SafeString:
        pupil = record.pupil
        return format_html(
            '<a href="{}?year={}" translate="no"><b>{}</b> {}</a> {}',
            reverse("absence:history", args=[pupil.uuid]),
            self.year,
            pupil.given_name,
            pupil.family_name,
            mark_of(self.request.scope, pupil),
        )

    def render_percent(self, record: Row) -> str:
        return percent(record.tally.tenths)

    def render_absent(self, record: Row) -> str:
        return _written(record.tally.absent)

    def render_illness(self, record: Row) -> str:
        return _written(record.tally.illness)

    def render_leave(self, record: Row) -> str:
        return _written(record.tally.leave)

    def render_unlawful(self, record: Row) -> str:
        return _written(record.tally.unlawful)

    def render_pending(self, record: Row) -> str:
        return _written(record.tally.pending)

    def render_possible(self, record: Row) -> str:
        return half_days_number(record.tally.possible)

    def render_days(self, record: Row) -> SafeString | str:
        return _days(record.line)


class Row:
    """A line as the table sorts it."""

    def __init__(self, line: Line) -> None:
        self.line, self.pupil, self.tally, self.days = line, line.pupil, line.tally, line.days

    @property
    def share(self) -> int:
        """Tenths of a percent; below every other where nothing was registered."""
        return -1 if self.tally.tenths is None else self.tally.tenths


@requires(Action.QUARTER_READ)
@require_GET
def of_period(request: Request, name: Quarter | SchoolYear, class_id: int) -> HttpResponse:
    """The class's figures, and the pupils and days they are made of."""
    scope = request.scope
    if not (scope.persons and scope.may(Action.CLASS_READ)):
        raise PermissionDenied
    school_class = get_object_or_404(
        SchoolClass.objects.visible_to(scope)
        .filter(school_year__starts_on__lt=name.period.until, school_year__until__gt=name.period.since)
        .select_related("school", "school_year"),
        pk=class_id,
    )
    chosen = {key: request.GET.get(key, "") for key in ("compare", "method")}
    place = {"school": str(school_class.school_id), "years": str(school_class.year_group)}
    wanted = asked.parse(name, chosen | place, scope, today=request.day)
    found = in_class.seen(school_class, name, scope, request.day)
    table = PupilTable(
        [Row(line) for line in found.behind.lines],
        empty_text=_("No pupil had a school day in the class in these days."),
    )
    table.request, table.year = request, school_class.school_year.starts_on.year
    table.order_by = request.GET.getlist(table.prefixed_order_by_field) or ["pupil"]
    trail.saw(
        scope, "class quarter", [line.pupil.pk for line in found.behind.lines], subject_id=school_class.pk
    )
    here = address(name)
    is_empty = found.row is None or found.row.percent.shown is None
    return render(
        request,
        "reports/class.html",
        {
            "seen": found,
            "row": found.row,
            "gone_at": gone.registers_of([name.period]).get(name.period) if is_empty else None,
            "school_class": school_class,
            "name": name,
            "crumbs": [
                *((words, f"{here}{url or '?' + wanted.query()}") for words, url in crumbs(wanted, request)),
                (str(school_class), ""),
            ],
            "others": _others(found),
            "reasons": _reasons(found),
            "table": table,
            "around": _around(name, school_class, wanted, request),
            "explain": f"{here}?{wanted.query(years='')}&forklar=",
        },
    )


def _reasons(found: Seen) -> list[tuple[str, str, str, str]]:
    """Each reason: its days, its share of the possible days, and days a pupil."""
    total = found.behind.total
    pupils = len(found.behind.lines) + len(found.behind.others)
    parts = [*((str(words), getattr(total, key)) for key, words in wording.REASONS.items())]
    return [
        (words, half_days_number(halves), percent(_rounded(halves, total)), _a_pupil(halves, pupils))
        for words, halves in [*parts, (_("All"), total.absent)]
    ]


def _written(halves: int) -> str:
    """Nothing is left open, so that what there is stands out."""
    return half_days_number(halves) if halves else ""


def _rounded(halves: int, total: Tally) -> int | None:
    return GroupTally(Tally(possible=total.possible, illness=halves), 1).rounded_tenths


def _a_pupil(halves: int, pupils: int) -> str:
    return wording.WRITTEN["hundredths"](GroupTally(Tally(illness=halves), pupils).days_hundredths or 0)


def _others(found: Seen) -> str:
    """Whose days count and who is not named, because she has left."""
    number = len(found.behind.others)
    if not number:
        return ""
    return ngettext(
        "%(number)d pupil has left the class since. Her days count, and she is not named.",
        "%(number)d pupils have left the class since. Their days count, and they are not named.",
        number,
    ) % {"number": number}


def _days(line: Line) -> SafeString | str:
    """The days away, to be opened: `10-03-2026: Sygdom`, and half a day said so."""
    if not line.days:
        return ""
    number = len({one.day for one in line.days})
    head = ngettext("%(number)d day", "%(number)d days", number) % {"number": number}
    half = " (" + _("half a day") + ")"
    rows = format_html_join(
        "",
        "<li>{}: {}{}</li>",
        ((shortdate(one.day), one.reason.label, "" if one.halves > 1 else half) for one in line.days),
    )
    return format_html('<details class="class-days"><summary>{}</summary><ul>{}</ul></details>', head, rows)


def _around(
    name: Quarter | SchoolYear, school_class: SchoolClass, wanted: asked.Asked, request: Request
) -> list[tuple[str, str]]:
    """The class's other periods of its school year that have begun: name and address."""
    year = SchoolYear.of(school_class.school_year.starts_on)
    quarters = [Quarter.of(year.since)]
    while quarters[-1].next().since < year.period.until:
        quarters.append(quarters[-1].next())
    query = wanted.query(school="", years="")
    periods: list[Quarter | SchoolYear] = [*quarters, year]
    return [
        (wording.period(one), class_address(one, school_class.pk, query))
        for one in periods
        if one.since <= request.day and one != name
    ]
