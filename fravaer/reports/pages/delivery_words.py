"""How a school's standing before the delivery and its receipt are said."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from fravaer.core.periods import Period
from fravaer.core.templatetags.danish import count, shortdate
from fravaer.reports.models import DataSet
from fravaer.reports.precheck import Obstacle, Standing
from fravaer.schools.models import School


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One line of the pre-check: what is asked, how it stands, `ok`, `bad` or `warn`, and where it is mended."""

    question: str
    answer: str
    kind: str
    url: str = ""
    link: str = ""


def checks(standing: Standing, school: School, year: Period, *, unequal: bool) -> list[CheckLine]:
    """The pre-check, in the order in which it is best worked through."""
    check, obstacles = standing.check, standing.obstacles
    if standing.is_empty:
        return [
            CheckLine(
                _("The school has school days in the year"),
                _("No register has been due at this school."),
                "bad",
            )
        ]
    mend = reverse("absence:completion-school", args=[school.pk]) + f"?period={year.since.year}"

    def blocking(obstacle: Obstacle, question: str, answer: str, what: str, link: str) -> CheckLine:
        if obstacle not in obstacles:
            return CheckLine(question, _("Yes"), "ok")
        return CheckLine(question, answer, "bad", mend + what, link)

    lines = [
        blocking(
            Obstacle.PENDING,
            _("Every absence has a reason"),
            _("%(count)s without a reason") % {"count": count(check.pending)},
            "&what=pending#list",
            _("Find the reasons"),
        ),
        blocking(
            Obstacle.DISCREPANCIES,
            _("No contradictions are open"),
            _("%(count)s open") % {"count": count(check.discrepancies)},
            "&what=discrepancies#list",
            _("Settle them"),
        ),
        *(
            CheckLine(question, _("Yes"), "ok")
            if not number
            else CheckLine(question, answer, "warn", f"{mend}&what={what}#list", _("See which"))
            for question, number, answer, what in (
                (
                    _("Every register is taken"),
                    check.untaken,
                    _("%(count)s never taken. They may stay.") % {"count": count(check.untaken)},
                    "untaken",
                ),
                (
                    _("Every pupil has at least one registered day"),
                    check.without_days,
                    _("%(count)s without a day. They may stay.") % {"count": count(check.without_days)},
                    "pupils",
                ),
            )
        ),
        blocking(
            Obstacle.NOT_OVER,
            _("The last school day is over"),
            _("There are school days left"),
            "",
            _("See how far the registration is"),
        ),
        blocking(
            Obstacle.NOT_COMPLETED,
            _("The school year's registration is completed"),
            _("Not yet"),
            "",
            _("Complete the school year"),
        ),
    ]
    if Obstacle.NUMBER in obstacles:
        wrong = _("%(number)s is none: it comes with the roster") % {"number": school.institution_number}
        lines.append(CheckLine(_("The school has an institution number"), wrong, "bad"))
    if unequal:
        lines.append(
            CheckLine(
                _("The rows add up to the school's absence"),
                _("No. The sums are brought in line tonight; if it stays, tell who operates the system."),
                "bad",
            )
        )
    return lines


def receipt_of(data_set: DataSet) -> list[tuple[str, str]]:
    lacking = data_set.lacking
    return [
        (
            pgettext("a file", "Made"),
            _("%(day)s by %(name)s") % {"day": shortdate(data_set.made_at), "name": data_set.maker},
        ),
        (_("Rows"), count(data_set.rows)),
        (_("Registers never taken"), count(lacking.get("untaken", 0))),
        (_("Pupils without a registered day"), count(lacking.get("without_days", 0))),
        (_("SHA-256 of the machine file"), data_set.sha256),
    ]
