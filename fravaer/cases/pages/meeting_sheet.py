"""What stands on the paper one brings to a meeting?

The agenda as the case stands, in words, for `templates/cases/agenda.typ`. Of the child it has the name alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from fravaer.cases.agenda import Agenda
from fravaer.cases.models import AgreedAction, Case, Meeting
from fravaer.core.http import Request
from fravaer.core.templatetags.danish import clock, half_days, longdate, percent, shortdate


def meeting_sheet(case: Case, meeting: Meeting, agenda: Agenda, request: Request) -> dict[str, Any]:
    """The values of the paper, all of them words."""
    parts = [
        _part(
            _("The child's view"),
            text=agenda.child or _("Nobody has written yet what the child says. Ask the child first."),
        ),
        _part(
            _("How absence has gone"),
            items=[
                f"{name}: {percent(tally.tenths)} ({half_days(tally.absent)}) · "
                + _("unlawful: %(days)s") % {"days": half_days(tally.unlawful)}
                + " · "
                + _("registers taken: %(share)s") % {"share": percent(tally.coverage_tenths)}
                for name, tally in agenda.figures
            ],
        ),
    ]
    if agenda.last:
        parts.append(
            _part(
                _("Agreed at the last meeting, %(day)s") % {"day": shortdate(agenda.last.starts_at)},
                items=_said(agenda.agreed) or [_("No action was agreed.")],
            )
        )
    if agenda.open:
        parts.append(_part(_("Other open agreements"), items=_said(agenda.open)))
    if agenda.goals:
        parts.append(
            _part(_("Goals"), items=[f"{goal.text} · {shortdate(goal.due_on)}" for goal in agenda.goals])
        )
    if agenda.consents:
        parts.append(
            _part(
                _("Consents that run out soon"),
                items=[f"{given.consent.what} · {shortdate(given.last)}" for given in agenda.consents],
            )
        )
    if meeting.agenda:
        parts.append(_part(_("Own points"), text=meeting.agenda))
    return {
        "language": (get_language() or "da")[:2],
        "title": str(meeting.get_kind_display()),
        "child": str(case.pupil),
        "when": f"{longdate(meeting.starts_at)} {clock(meeting.starts_at)}–{timezone.localtime(meeting.ends_at):%H.%M}",
        "place": meeting.place,
        "participants": ", ".join(meeting.participants),
        "participants_word": _("Participants"),
        "parts": parts,
        "agreed": _("What is agreed, who does it, and when do we meet again?"),
        "columns": [_("What"), _("Responsible"), _("Deadline")],
        "next": _("Next meeting"),
        "foot": _("Printed by %(name)s %(day)s %(time)s")
        % {"name": request.user.name, "day": shortdate(request.now), "time": clock(request.now)},  # type: ignore[union-attr]
        "pages": [pgettext("on a paper", "Page"), pgettext("on a paper, page 1 of 2", "of")],
    }


def _part(heading: str, *, text: str = "", items: Iterable[str] = ()) -> dict[str, Any]:
    return {"heading": heading, "text": text, "items": list(items)}


def _said(actions: Iterable[AgreedAction]) -> list[str]:
    return [
        " · ".join(
            part
            for part in (
                str(action.get_deed_display()) + (f": {action.text}" if action.text else ""),
                action.responsible.name,
                shortdate(action.due_on),
                str(action.get_kept_display()) if action.kept else "",
            )
            if part
        )
        for action in actions
    ]
