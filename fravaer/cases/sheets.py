"""What does the team have on paper when it speaks about these children?

The values of the meeting sheet (templates/cases/meeting_sheet.typ), all in words: why, the figures, twelve weeks, the last
contact, what is agreed and what came of it, and room for what is to be asked. Never a social measure, and with initials
alone nobody's name.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from fravaer.cases import agreed, glance, words
from fravaer.cases.models import AgreedAction, ContactKind, Crossing, Deed, Kept
from fravaer.core.scope import Scope
from fravaer.core.templatetags.danish import longdate, percent, shortdate

# Of what is settled the sheet has the latest.
SETTLED = 3


def of(
    rows: Sequence[Crossing], scope: Scope, day: date, *, printed: str, by: str, initials: bool
) -> dict[str, Any]:
    """The sheet's values for these rows of the worklist, in their order. `printed` says when, `by` for whom."""
    seen = glance.of([row.pupil_id for row in rows], scope, day)
    done: dict[int, list[AgreedAction]] = {}
    in_words: set[int] = set()
    for action in agreed.of_pupils([row.pupil_id for row in rows], scope):
        in_words.add(action.pk)
        if action.settled_at is not None:
            done.setdefault(action.pupil_id, []).append(action)
    return {
        "title": _("Meeting sheet, %(day)s") % {"day": longdate(day)},
        "language": get_language() or "da",
        "foot": _("Printed %(when)s by %(name)s. Confidential: shred it after the meeting.")
        % {"when": printed, "name": by},
        "pages": [_("Page"), _("of")],
        "headings": [
            _("Pupil"),
            _("Why"),
            _("12 weeks"),
            _("Last contact"),
            _("Agreed"),
            _("Questions and what we agree on"),
        ],
        "nothing": _("Nothing is agreed."),
        "pupils": [
            _pupil(
                *(row, seen[row.pupil_id], done.get(row.pupil_id, [])[:SETTLED], in_words, scope, day),
                initials=initials,
            )
            for row in rows
        ],
    }


def initials_of(name: str) -> str:
    """`A. B. C.` of Aksel Bro Christensen."""
    return " ".join(f"{part[0]}." for part in name.replace("-", " ").split())


def _pupil(
    row: Crossing,
    seen: glance.Glance,
    done: Sequence[AgreedAction],
    in_words: Collection[int],
    scope: Scope,
    day: date,
    *,
    initials: bool,
) -> dict[str, Any]:
    name = str(row.pupil)
    figures = glance.shows_figures(scope, row.pupil_id)
    why = [
        ", ".join(filter(None, (words.figure(one), words.covered(one)))) if figures else words.rule(one)
        for one in seen.crossings
    ]
    if seen.quarter is not None:
        why.append(_("Unlawful this quarter: %(percent)s") % {"percent": percent(seen.unlawful_tenths)})
    agreed_on = [
        f"{Deed(action.deed).label}, {shortdate(action.due_on)} ({glance.deadline(action.due_on, day)})"
        + (f": {action.text}" if action.text and action.pk in in_words else "")
        for action in seen.actions
    ]
    agreed_on += [
        f"{Deed(action.deed).label}, {shortdate(action.settled_at)}: {Kept(action.kept).label}"
        + (f". {action.remark}" if action.remark else "")
        for action in done
    ]
    contact = seen.contact
    return {
        "name": initials_of(name) if initials else name,
        "class": words.class_name(row.year_group_now, row.letter_now),  # type: ignore[attr-defined]
        "why": why,
        "over": _("Over the line for %(days)s") % {"days": words.days_since(row.over_since, day)},
        "weeks": seen.weeks,
        "development": glance.development(seen.weeks) if seen.weeks is not None else "",
        "contact": f"{shortdate(contact.held_on)}, {ContactKind(contact.kind).label.lower()}"
        if contact
        else "–",
        "agreed": agreed_on,
    }
