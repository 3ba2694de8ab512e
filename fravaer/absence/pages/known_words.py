"""How it is said why an entry cannot be made, and which school days it covers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fravaer.absence import foretold, granting
from fravaer.absence.tables import span
from fravaer.core.templatetags.danish import shortdate

REFUSALS = (
    foretold.NoSchoolDay,
    foretold.TooManyDays,
    foretold.AlreadyAsked,
    foretold.AlreadyDecided,
    granting.NotYours,
    granting.AnothersDecision,
    foretold.AnswerRequired,
    foretold.Over,
)


def said(refused: Exception) -> str:
    """Why it cannot be done, and what to do instead."""
    match refused:
        case foretold.NoSchoolDay():
            return _("There is no school on any of these days. Correct the dates.")
        case foretold.TooManyDays():
            return _("That is more than a year. Correct the date.")
        case foretold.AlreadyAsked():
            return _("Leave is asked for or granted already: %(days)s.") % {
                "days": span(refused.period.since, refused.period.until)
            }
        case foretold.AlreadyDecided():
            return _("Somebody has decided it meanwhile. Undo that decision first.")
        case granting.NotYours() if refused.limit:
            return ngettext(
                "You may grant up to %(limit)d school day. The school leader decides longer leave.",
                "You may grant up to %(limit)d school days. The school leader decides longer leave.",
                refused.limit,
            ) % {"limit": refused.limit}
        case granting.NotYours():
            return _("The class's teacher or the school leader decides leave.")
        case granting.AnothersDecision():
            return _("Somebody else has decided this leave. She or the school leader changes it.")
        case foretold.AnswerRequired():
            return _("Write why the leave is refused: the family is to be told.")
        case _:
            return _("It is withdrawn, refused or part of another report. Load the list again.")


def covered(days: Sequence[date]) -> str:
    """`3 school days: 10-03-2026 – 12-03-2026.`"""
    if not days:
        return _("No school on any of these days.")
    count = ngettext("%(n)d school day", "%(n)d school days", len(days)) % {"n": len(days)}
    ends = shortdate(days[0]) if len(days) == 1 else f"{shortdate(days[0])} – {shortdate(days[-1])}"
    return f"{count}: {ends}."
