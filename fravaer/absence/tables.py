"""The columns of the lists of known absence, of requests for leave and of contradictions."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django_tables2 import Column, Table

from fravaer.absence import agreed_week, granting
from fravaer.absence.mending import MENDS, Mend
from fravaer.absence.models import Discrepancy, Known
from fravaer.absence.percentage import Tally
from fravaer.absence.reasons import Source
from fravaer.accounts.roles import Action
from fravaer.accounts.templatetags.fields import mark_of
from fravaer.core.http import Request
from fravaer.core.scope import Scope
from fravaer.core.templatetags.danish import clock, half_days, percent, shortdate
from fravaer.schools.models import Pupil

ONE_DAY = timedelta(days=1)
KINDS = {
    Known.Kind.ILLNESS: gettext_lazy("Ill"),
    Known.Kind.LEAVE: gettext_lazy("Leave"),
    Known.Kind.ACTIVITY: gettext_lazy("Trip or other activity"),
}
STATES = {
    Known.State.ASKED: ("warn", gettext_lazy("Awaits a decision")),
    Known.State.REFUSED: ("bad", gettext_lazy("Refused")),
    Known.State.WITHDRAWN: ("", gettext_lazy("Withdrawn")),
}
MEND_WORDS = {
    Mend.END_REPORT: gettext_lazy("End the report the day before"),
    Mend.REMOVE_MARK: gettext_lazy("Take the mark away"),
    Mend.KEEP: gettext_lazy("Keep both"),
}


def name(pupil: Pupil, scope: Scope) -> SafeString:
    """The pupil's name, with the mark of a protected one."""
    return format_html(
        '<span translate="no"><b>{}</b> {}</span> {}',
        pupil.given_name,
        pupil.family_name,
        mark_of(scope, pupil),
    )


def span(since: date, until: date) -> str:
    """`10-03-2026`, or from and to with both ends included."""
    last = until - ONE_DAY
    return shortdate(since) if last == since else f"{shortdate(since)} – {shortdate(last)}"


def counted(days: int) -> str:
    return ngettext("%(n)d school day", "%(n)d school days", days) % {"n": days}


class KnownTable(Table):  # type: ignore[misc]
    """Known absence, of pupils and of classes. `days` are the school days of each row on the page."""

    caption = gettext_lazy("Known absence")
    days: Mapping[int, int] = {}
    request: Request

    who = Column(gettext_lazy("Pupil"), accessor="pk", order_by=("pupil__sort_given", "year_group_now"))
    school_class = Column(gettext_lazy("Class"), accessor="pk", order_by=("year_group_now", "letter_now"))
    what = Column(gettext_lazy("What"), accessor="kind", order_by=("kind", "state"))
    since = Column(gettext_lazy("Days"), order_by=("since", "until"))
    source = Column(gettext_lazy("Said by"), order_by=("source",))
    change = Column("", accessor="uuid", orderable=False)

    class Meta:
        order_by_field = "sort"

    def render_who(self, record: Known) -> SafeString:
        return (
            name(record.pupil, self.request.scope)
            if record.pupil
            else format_html("<b>{}</b>", _("The whole class"))
        )

    def render_school_class(self, record: Any) -> str:
        return f"{record.year_group_now}.{record.letter_now}" if record.letter_now else "–"

    def render_what(self, record: Known) -> SafeString:
        words = str(record.local_reason or KINDS[Known.Kind(record.kind)])
        if record.kind == Known.Kind.ACTIVITY and record.text:
            words = record.text
        if part := agreed_week.words(record):
            words = f"{words} ({part})"
        kind, state = STATES.get(Known.State(record.state), ("", ""))
        chip = format_html(' <span class="chip chip--{}">{}</span>', kind, state) if state else ""
        return format_html("{}{}", words, chip)

    def render_since(self, record: Known) -> SafeString:
        days = self.days.get(record.pk)
        count = format_html(' <span class="form-hint">{}</span>', counted(days)) if days is not None else ""
        return format_html('<span class="nowrap">{}</span>{}', span(record.since, record.until), count)

    def render_source(self, record: Known) -> str:
        at = timezone.localtime(record.entered_at)
        return f"{Source(record.source).label} · {shortdate(at.date())} {clock(at)}"

    def render_change(self, record: Known) -> SafeString:
        return format_html(
            '<a href="{}">{}<span class="sr-only"> {}</span></a>',
            reverse("absence:known-one", args=[record.uuid]),
            _("Change") if self.request.scope.may(Action.KNOWN_ENTER) else _("See"),
            record.pupil or _("The whole class"),
        )


class LeaveTable(KnownTable):
    """Requests for leave, with what one decides by. `limits` are the school days a teacher may grant, by school."""

    caption = gettext_lazy("Requests for leave")
    tallies: Mapping[int, Tally] = {}
    limits: Mapping[int, int] = {}

    so_far = Column(gettext_lazy("Absence this school year"), accessor="pk", orderable=False)
    decide = Column(gettext_lazy("Decision"), accessor="pk", orderable=False)

    class Meta:
        order_by_field = "sort"
        exclude = ("source", "change", "what")
        sequence = ("who", "school_class", "since", "so_far", "decide")

    def render_so_far(self, record: Known) -> str:
        tally = self.tallies.get(record.pupil_id or 0, Tally())
        return f"{percent(tally.tenths)} · {half_days(tally.absent)}"

    def render_decide(self, record: Any) -> SafeString:
        page = reverse("absence:known-one", args=[record.uuid])
        if record.state != Known.State.ASKED:
            kind, words = STATES.get(Known.State(record.state), ("ok", _("Granted")))
            by = record.decided_by.name if record.decided_by else ""
            return format_html(
                '<span class="chip chip--{}">{}</span> {} <a href="{}">{}<span class="sr-only"> {}</span></a>',
                kind,
                words,
                by,
                page,
                _("See"),
                record.pupil,
            )
        scope = self.request.scope
        days, limit = self.days.get(record.pk, 0), self.limits.get(record.school_now_id or 0, 0)
        long = days > limit
        if not granting.may_decide(scope, days, limit):
            said = _("The leader decides") if long else _("The teacher or the leader decides")
            return format_html('{} <a href="{}">{}</a>', said, page, _("See"))
        # One form on the page carries the token for every row's button.
        return format_html(
            '<span class="row-actions"><button class="button button-secondary button--small" type="submit"'
            ' form="grant" name="request" value="{}">{}<span class="sr-only"> {}</span></button>'
            ' <a href="{}">{}<span class="sr-only"> {}</span></a></span>',
            record.uuid,
            _("Grant"),
            record.pupil,
            page,
            _("Read and refuse"),
            record.pupil,
        )


class DiscrepancyTable(Table):  # type: ignore[misc]
    """What cannot both be true, with what can be done about each."""

    caption = gettext_lazy("Contradictions")
    request: Request
    # Rows on whose day leave has been granted that is not the reader's to end.
    of_others: Collection[int] = frozenset()

    pupil = Column(gettext_lazy("Pupil"), accessor="pupil_id", order_by="pupil__sort_given")
    school_class = Column(gettext_lazy("Class"), accessor="pk", order_by=("year_group_now", "letter_now"))
    day = Column(gettext_lazy("Day"), order_by=("day", "checkpoint"))
    kind = Column(gettext_lazy("What"))
    mend = Column(gettext_lazy("What is right?"), accessor="pk", orderable=False)

    class Meta:
        order_by_field = "sort"

    def render_pupil(self, record: Discrepancy) -> SafeString:
        return name(record.pupil, self.request.scope)

    def render_school_class(self, record: Any) -> str:
        return f"{record.year_group_now}.{record.letter_now}" if record.letter_now else "–"

    def render_day(self, record: Discrepancy) -> SafeString:
        return format_html(
            '<span class="nowrap">{}</span> {}', shortdate(record.day), record.get_checkpoint_display()
        )

    def render_kind(self, record: Discrepancy) -> str:
        return str(Discrepancy.Kind(record.kind).label)

    def render_mend(self, record: Discrepancy) -> SafeString:
        if record.settled_at:
            by = record.settled_by.name if record.settled_by else _("by itself")
            words = str(MEND_WORDS[Mend(record.settling)]) if record.settled_by else _("No longer so")
            return format_html("{} · {} · {}", words, by, shortdate(timezone.localdate(record.settled_at)))
        buttons = [
            format_html(
                '<button class="button button-secondary button--small" type="submit" form="mend" name="{}"'
                ' value="{}">{}<span class="sr-only"> {}</span></button>',
                mend.value,
                record.uuid,
                MEND_WORDS[mend],
                record.pupil,
            )
            for mend in MENDS[Discrepancy.Kind(record.kind)]
            if mend is not Mend.END_REPORT or record.pk not in self.of_others
        ]
        row = format_html_join(" ", "{}", ((button,) for button in buttons))
        return format_html('<span class="row-actions">{}</span>', row)
