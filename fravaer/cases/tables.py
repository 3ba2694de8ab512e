"""The columns of the worklist and of the list of cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import F, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django_tables2 import Column, Table

from fravaer.accounts.roles import Action
from fravaer.accounts.templatetags.fields import mark_of
from fravaer.cases import priority, words
from fravaer.cases.glance import (
    Glance,
    ahead,
    deadline,
    development,
    last_letter,
    shows_figures,
    since,
    unlawful_ahead,
)
from fravaer.cases.models import Case, ContactKind, Crossing, Deed, State
from fravaer.cases.worklist import Work
from fravaer.core.http import Request
from fravaer.core.templatetags.components import sparkline
from fravaer.core.templatetags.danish import NOTHING, percent, shortdate

BAND_KINDS = {1: "info", 2: "warn"}
LEVEL_KINDS = {1: "bad", 2: "warn", 3: "info", 4: ""}


class OfPupils(Table):  # type: ignore[misc]
    """What every list shows of a pupil. `measured` are the pupils on the page with a measure the reader may know of."""

    measured: frozenset[int] = frozenset()
    request: Request
    # Where the name itself leads nowhere else, it leads to the pupil's history.
    links_to_history = True

    pupil = Column(gettext_lazy("Pupil"), accessor="pupil_id", order_by="pupil__sort_given")
    school_class = Column(gettext_lazy("Class"), accessor="pk", order_by=("year_group_now", "letter_now"))
    school = Column(gettext_lazy("School"), accessor="school_now", order_by="school_sort", default="–")

    def render_pupil(self, record: Any) -> SafeString:
        pupil = record.pupil
        marks = []
        if protected := mark_of(self.request.scope, pupil):
            marks.append(protected)
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


class WorklistTable(OfPupils):
    """The worklist: as a table, and as cards on a phone. `glances` say what stands beside each pupil on the page."""

    caption = gettext_lazy("Pupils over a line")
    links_to_history = False
    glances: Mapping[int, Glance] = {}
    # Whether all on the page are ticked already, and which are.
    ticked = False

    tick = Column(gettext_lazy("Choose"), accessor="pk", orderable=False)
    priority = Column(gettext_lazy("Priority"), order_by="-priority")
    why = Column(gettext_lazy("Why"), accessor="pk", orderable=False)
    trend = Column(
        gettext_lazy("12 weeks"),
        accessor="reading__trend_tenths",
        empty_values=(),
        order_by="trend",
    )
    unlawful = Column(gettext_lazy("Unlawful this quarter"), accessor="pk", orderable=False)
    contact = Column(
        gettext_lazy("Last step"), accessor="last_contact", empty_values=(), order_by="last_contact"
    )
    action = Column(gettext_lazy("Next action"), accessor="next_due", empty_values=(), order_by="next_due")
    responsible = Column(gettext_lazy("Responsible"), accessor="pk", orderable=False)
    stage = Column(gettext_lazy("Stage"), accessor="band", order_by="-band")
    waiting = Column(gettext_lazy("Over the line for"), accessor="over_since", order_by="over_since")

    class Meta:
        sequence = (
            "tick",
            "priority",
            "pupil",
            "school_class",
            "school",
            "why",
            "trend",
            "unlawful",
            "contact",
            "action",
            "responsible",
            "stage",
            "waiting",
        )
        order_by_field = "sort"
        attrs = {"class": "worklist"}

    def render_tick(self, record: Crossing) -> SafeString:
        return format_html(
            '<input class="worklist-tick" type="checkbox" form="bulk" name="pupil" value="{}" aria-label="{}"{} data-tick />',
            record.pupil.uuid,
            record.pupil,
            SafeString(" checked") if self.ticked else "",
        )

    def render_pupil(self, record: Any) -> SafeString:
        return format_html(
            '<a href="{}">{}</a>',
            reverse("cases:pupil", args=[record.pupil.uuid]),
            super().render_pupil(record),
        )

    def render_priority(self, record: Any) -> SafeString:
        number, label = priority.level(record.priority)
        return format_html(
            '<span class="chip chip--{}">{} {}</span>{}',
            LEVEL_KINDS[number],
            number,
            label,
            why_here(record),
        )

    def render_why(self, record: Crossing) -> SafeString:
        lines = [self._reason(crossing) for crossing in self.glances[record.pupil_id].crossings or [record]]
        work = Work(record.work)  # type: ignore[attr-defined]
        said = format_html_join(SafeString("<br />"), "{}", ((line,) for line in lines))
        forecast = self.glances[record.pupil_id].forecast
        left = ahead(forecast.next_line) if forecast else ""
        after = format_html('<span class="worklist-trend">{}</span>', left) if left else SafeString("<br />")
        return format_html('{}{}<span class="worklist-state">{}</span>', said, after, work.label)

    def _reason(self, crossing: Crossing) -> SafeString:
        rule = format_html('<span class="nowrap">{}</span>', words.rule(crossing))
        if shows_figures(self.request.scope, crossing.pupil_id):
            registered = format_html('<span class="nowrap">{}</span>', words.covered(crossing))
            return format_html("{} · {} · {}", words.figure(crossing), rule, registered)
        return rule

    def render_trend(self, record: Crossing) -> SafeString:
        weeks = self.glances[record.pupil_id].weeks
        if weeks is None:
            return SafeString("")
        reading = words.latest(record)
        return format_html(
            '{}<span class="worklist-trend"><span aria-hidden="true">{}</span> {}</span>',
            drawn(weeks, development(weeks)),
            words.trend(reading)[0],
            words.trend_in_days(reading),
        )

    def order_trend(self, rows: QuerySet[Crossing], is_descending: bool) -> tuple[QuerySet[Crossing], bool]:
        by = F("reading__trend_tenths")
        # The steepest rise first; pupils without a trend always last.
        order = by.asc(nulls_last=True) if is_descending else by.desc(nulls_last=True)
        return rows.order_by(order), True

    def order_action(self, rows: QuerySet[Crossing], is_descending: bool) -> tuple[QuerySet[Crossing], bool]:
        by = F("next_due")
        order = by.desc(nulls_last=True) if is_descending else by.asc(nulls_last=True)
        return rows.order_by(order), True

    def order_contact(self, rows: QuerySet[Crossing], is_descending: bool) -> tuple[QuerySet[Crossing], bool]:
        by = F("last_contact")
        # The longest silence first: none at all before an old one.
        order = by.desc(nulls_last=True) if is_descending else by.asc(nulls_first=True)
        return rows.order_by(order), True

    def render_unlawful(self, record: Crossing) -> SafeString | str:
        glance = self.glances[record.pupil_id]
        if glance.forecast is None:
            return ""
        left = unlawful_ahead(glance.forecast.next_legal_line)
        after = format_html('<span class="worklist-trend">{}</span>', left) if left else ""
        return format_html("{}{}", percent(glance.unlawful_tenths), after)

    def render_contact(self, record: Crossing) -> SafeString | str:
        contact, letter = self.glances[record.pupil_id].contact, self.glances[record.pupil_id].letter
        said: SafeString | str = NOTHING
        if contact is not None:
            said = format_html(
                "{} – {}", since(contact.held_on, self.request.day), ContactKind(contact.kind).label.lower()
            )
        if letter is None:
            return said
        return format_html(
            '{}<a class="worklist-trend" href="{}">{}</a>',
            said if contact else "",
            reverse("cases:letter", args=[letter.uuid]),
            last_letter(letter),
        )

    def render_action(self, record: Crossing) -> SafeString | str:
        action = self.glances[record.pupil_id].next_action
        snooze = self.glances[record.pupil_id].snooze
        if action:
            is_late = action.due_on < self.request.day
            return format_html(
                '{} <span class="nowrap">{}</span>, <span class="{}">{}</span>',
                Deed(action.deed).label,
                shortdate(action.due_on),
                "worklist-late" if is_late else "nowrap",
                deadline(action.due_on, self.request.day),
            )
        if snooze:
            return _("Snoozed until %(day)s") % {"day": shortdate(snooze.until)}
        return NOTHING

    def render_responsible(self, record: Crossing) -> SafeString | str:
        name = self.glances[record.pupil_id].responsible
        return format_html('<span translate="no">{}</span>', name) if name else NOTHING

    def render_stage(self, record: Crossing) -> SafeString:
        kind = BAND_KINDS.get(record.band, "bad")
        band = format_html('<span class="chip chip--{}">{}</span>', kind, words.band(record.rule))
        case = self.glances[record.pupil_id].case
        about = format_html('<span class="sr-only"> {}</span>', _("about %(name)s") % {"name": record.pupil})
        if case and self.sees_case(record.pupil_id):
            said = format_html(
                '<a href="{}">{}{}</a>', reverse("cases:case", args=[case.uuid]), _("Case open"), about
            )
        elif case:
            said = format_html("{}", _("Case open"))
        elif self.request.scope.may(Action.CASE_OPEN):
            # One form on the page carries the token for every row's button.
            said = format_html(
                '<button class="button button-secondary button--small" type="submit" form="open-case"'
                ' name="crossing" value="{}">{}{}</button>',
                record.uuid,
                _("Open a case"),
                about,
            )
        else:
            return band
        return format_html("{} {}", band, said)

    def render_waiting(self, record: Crossing) -> str:
        return words.days_since(record.over_since, self.request.day)


class FlagTable(WorklistTable):
    """The worklist of those who may not know by how much a pupil is away: its order does not tell it either."""

    trend = Column(gettext_lazy("12 weeks"), accessor="pk", orderable=False)

    class Meta(WorklistTable.Meta):
        pass


def why_here(record: Crossing) -> SafeString:
    """The sum behind a row's priority, part by part, on click; the pupil's page says how each is counted."""
    parts = format_html_join(
        "",
        "<li><b>{}</b> {}</li>",
        ((share.points, share.label) for share in priority.shares(record)),
    )
    return format_html(
        '<details class="why-here"><summary>{}<span class="sr-only"> {}</span></summary><ul>{}</ul><p>{}</p></details>',
        _("Why here?"),
        record.pupil,
        parts,
        _("%(points)d points in all. They order the list, and decide nothing.") % {"points": record.priority},  # type: ignore[attr-defined]
    )


def drawn(weeks: Sequence[int | None], said: str) -> SafeString:
    """The little line of a development, with the words that stand for it."""
    return render_to_string("components/sparkline.html", sparkline(weeks, said))


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

    def render_pupil(self, record: Any) -> SafeString:
        return format_html(
            '<a href="{}">{}</a>', reverse("cases:case", args=[record.uuid]), super().render_pupil(record)
        )

    def render_band(self, record: Case) -> str:
        return words.band(record.crossing.rule)

    def render_opened_at(self, record: Case) -> str:
        return shortdate(record.opened_at)

    def render_state(self, record: Case) -> str:
        return str(State(record.state).label)
