"""The columns of the worklist and of the list of cases."""

from __future__ import annotations

from typing import Any

from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django_tables2 import Column, Table

from fravaer.accounts.roles import Action
from fravaer.cases import words
from fravaer.cases.models import Case, Crossing, State
from fravaer.cases.worklist import Work
from fravaer.core.http import Request
from fravaer.core.templatetags.components import icon
from fravaer.core.templatetags.danish import shortdate

BAND_KINDS = {1: "info", 2: "warn"}


class OfPupils(Table):  # type: ignore[misc]
    """What both lists show of a pupil. `measured` are the pupils on the page with a measure the reader may know of."""

    measured: frozenset[int] = frozenset()
    request: Request
    # Where the name itself leads nowhere else, it leads to the pupil's history.
    links_to_history = True

    pupil = Column(gettext_lazy("Pupil"), accessor="pupil_id", order_by="pupil__sort_given")
    school_class = Column(gettext_lazy("Class"), accessor="pk", order_by=("year_group_now", "letter_now"))
    school = Column(gettext_lazy("School"), accessor="school_now", order_by="school_sort", default="–")

    def render_pupil(self, record: Crossing | Case) -> SafeString:
        pupil = record.pupil
        marks = []
        if pupil.protected:
            marks.append(icon("lock", "pupil-protected", _("Protected name and address")))
        if pupil.pk in self.measured:
            marks.append(format_html('<span class="chip">{}</span>', _("Social measure")))
        name = format_html('<span translate="no"><b>{}</b> {}</span>', pupil.given_name, pupil.family_name)
        if self.links_to_history and self.request.scope.may(Action.PUPIL_HISTORY):
            name = format_html('<a href="{}">{}</a>', reverse("absence:history", args=[pupil.uuid]), name)
        return format_html("{} {}", name, format_html_join(" ", "{}", ((mark,) for mark in marks)))

    def render_school_class(self, record: Any) -> str:
        return words.class_name(record.year_group_now, record.letter_now)

    def sees_case(self, pupil_id: int) -> bool:
        """Whether the reader may open the page of the pupil's case."""
        scope = self.request.scope
        return scope.may(Action.CASE_READ_UNIT) or pupil_id in scope.pupils


class FlagTable(OfPupils):
    """The worklist of those who see that a pupil is over a line, and not by how much."""

    caption = gettext_lazy("Pupils over a line")

    band = Column(gettext_lazy("Priority"), accessor="band", order_by="-band")
    why = Column(gettext_lazy("Why"), accessor="pk", orderable=False)
    waiting = Column(gettext_lazy("Over the line for"), accessor="over_since", order_by="over_since")
    work = Column(gettext_lazy("Status"), accessor="work", order_by="work")

    class Meta:
        sequence = ("band", "pupil", "school_class", "school", "why", "waiting", "work")
        order_by_field = "sort"

    def shows_figure(self, record: Crossing) -> bool:
        return record.pupil_id in self.request.scope.pupils

    def render_band(self, record: Crossing) -> SafeString:
        kind = BAND_KINDS.get(record.band, "bad")
        return format_html('<span class="chip chip--{}">{}</span>', kind, words.band(record.rule))

    def render_why(self, record: Crossing) -> SafeString:
        rule = format_html('<span class="nowrap">{}</span>', words.rule(record))
        return format_html("{} · {}", words.figure(record), rule) if self.shows_figure(record) else rule

    def render_waiting(self, record: Crossing) -> str:
        return words.days_since(record.over_since, self.request.day)

    def render_work(self, record: Any) -> SafeString:
        label = Work(record.work).label
        about = _("about %(name)s") % {"name": record.pupil}
        if record.work == Work.OPEN and self.sees_case(record.pupil_id):
            return format_html(
                '<a href="{}">{}<span class="sr-only"> {}</span></a>',
                reverse("cases:case", args=[record.open_case]),
                label,
                about,
            )
        if record.work == Work.OPEN or not self.request.scope.may(Action.CASE_OPEN):
            return format_html("{}", label)
        # One form on the page carries the token for every row's button.
        return format_html(
            '<span class="worklist-state">{}</span> <button class="button button-secondary button--small"'
            ' type="submit" form="open-case" name="crossing" value="{}">{}<span class="sr-only"> {}</span></button>',
            label,
            record.uuid,
            _("Open a case"),
            about,
        )


class WorklistTable(FlagTable):
    """The worklist with figures and trend."""

    trend = Column(
        gettext_lazy("Last 20 school days"),
        accessor="reading__trend_tenths",
        empty_values=(),
        order_by="trend",
    )

    class Meta:
        sequence = ("band", "pupil", "school_class", "school", "why", "trend", "waiting", "work")
        order_by_field = "sort"

    def shows_figure(self, record: Crossing) -> bool:
        return True

    def render_trend(self, record: Crossing) -> SafeString:
        arrow, said = words.trend(words.latest(record))
        return format_html('<span aria-hidden="true">{}</span> {}', arrow, said)

    def order_trend(self, rows: QuerySet[Crossing], is_descending: bool) -> tuple[QuerySet[Crossing], bool]:
        by = F("reading__trend_tenths")
        # The steepest rise first; pupils without a trend always last.
        order = by.asc(nulls_last=True) if is_descending else by.desc(nulls_last=True)
        return rows.order_by(order), True


class CaseTable(OfPupils):
    """The cases the reader may see."""

    caption = gettext_lazy("Cases")
    links_to_history = False

    band = Column(gettext_lazy("Opened because of"), accessor="crossing__band", order_by="-crossing__band")
    opened_at = Column(pgettext_lazy("a case", "Opened"), order_by="-opened_at")
    responsible = Column(gettext_lazy("Responsible"), accessor="responsible__name")
    state = Column(gettext_lazy("Status"), order_by="-state")

    class Meta:
        sequence = ("pupil", "school_class", "school", "band", "opened_at", "responsible", "state")
        order_by_field = "sort"

    def render_pupil(self, record: Crossing | Case) -> SafeString:
        return format_html(
            '<a href="{}">{}</a>', reverse("cases:case", args=[record.uuid]), super().render_pupil(record)
        )

    def render_band(self, record: Case) -> str:
        return words.band(record.crossing.rule)

    def render_opened_at(self, record: Case) -> str:
        return shortdate(record.opened_at)

    def render_state(self, record: Case) -> str:
        return str(State(record.state).label)
