"""The law's two steps of a quarter: who has reached them, who is near, and what has been written."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID, uuid4

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from fravaer.accounts.roles import Action
from fravaer.audit import trail
from fravaer.cases import duties, letters
from fravaer.cases.models import LetterKind, LetterState
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.core.periods import Quarter
from fravaer.core.templatetags.danish import half_days, percent, quarter, shortdate
from fravaer.schools.models import School

# So many quarters back can be looked at: letters of a year.
QUARTERS = 5


@dataclass(frozen=True, slots=True)
class Cell:
    """One step of one pupil as the page says it: words, how it is marked, the letter's address, or a draft to begin."""

    label: str
    text: str
    kind: str
    letter: UUID | None
    draft: str
    key: UUID


@dataclass(frozen=True, slots=True)
class Line:
    """One pupil as the page shows her."""

    row: duties.Row
    figure: str
    left: str
    cells: tuple[Cell, ...]


@requires(Action.LETTER_DUTIES)
@require_GET
def page(request: Request) -> HttpResponse:
    """Whom the law has the school write about, those who wait first."""
    schools = list(School.objects.visible_to(request.scope).order_by("sort_name", "pk"))
    chosen = School.objects.visible_to(request.scope).named(request.GET.get("school", ""))
    this = Quarter.of(request.day)
    try:
        asked = Quarter.parse(request.GET.get("quarter") or str(this))
    except ValueError as error:
        raise Http404 from error
    kinds = [
        kind for kind in duties.STEPS if kind == LetterKind.WARNING or request.scope.may(Action.CASE_READ)
    ]
    found = duties.rows(request.scope, asked, request.day, [chosen.pk] if chosen else [])
    trail.saw(request.scope, "duties", [row.pupil.pk for row in found], subject_id=asked)
    quarters = [this]
    while len(quarters) < QUARTERS:
        quarters.append(quarters[-1].previous())
    waits = duties.waiting(found)
    return render(
        request,
        "cases/duties.html",
        {
            "lines": [_line(row, kinds) for row in found],
            "kinds": [str(LABELS[kind]()) for kind in kinds],
            "quarter": asked,
            "quarters": [(str(one), quarter(one), one == asked) for one in quarters],
            "schools": schools,
            "school": chosen,
            "summary": [SUMMARIES[kind](waits.get(kind, 0)) for kind in kinds if waits.get(kind, 0)],
        },
    )


def _line(row: duties.Row, kinds: list[LetterKind]) -> Line:
    figures = row.figures
    figure = _("%(percent)s · %(unlawful)s of %(possible)s") % {
        "percent": percent(figures.tenths),
        "unlawful": half_days(figures.unlawful),
        "possible": half_days(figures.possible),
    }
    left = ""
    if row.left is not None and row.next_percent is not None:
        left = _("%(days)s until %(percent)d%%") % {"days": half_days(row.left), "percent": row.next_percent}
    return Line(row, figure, left, tuple(_cell(step) for step in row.steps if step.kind in kinds))


def _cell(step: duties.Step) -> Cell:
    letter = step.letter
    text, kind = "–", ""
    if letter is None:
        if step.asked:
            text, kind = _("Not begun"), "bad"
    elif step.undermined:
        text, kind = _("Undermined by a correction: answer"), "bad"
    elif step.receipt and step.receipt.received_at:
        text, kind = _("Received %(day)s") % {"day": shortdate(step.receipt.received_at)}, "ok"
    elif letter.state == LetterState.SENT:
        text, kind = _("Sent %(day)s") % {"day": shortdate(letter.sent_on)}, "ok"
    elif letter.state == LetterState.SIGNED:
        text, kind = _("Signed off, not sent"), "warn"
    else:
        text, kind = _("Draft"), "warn"
    return Cell(
        str(LABELS[step.kind]()),
        text,
        kind,
        letter.uuid if letter else None,
        str(step.kind) if step.may_be_drafted else "",
        uuid4(),
    )


LABELS = {
    LetterKind.WARNING: lambda: (
        _("Warning, %(percent)d%%") % {"percent": letters.LIMITS[LetterKind.WARNING].percent}
    ),
    LetterKind.REFERRAL: lambda: (
        _("Referral, %(percent)d%%") % {"percent": letters.LIMITS[LetterKind.REFERRAL].percent}
    ),
}
SUMMARIES = {
    LetterKind.WARNING: lambda number: (
        ngettext("%(number)d warning waits for somebody.", "%(number)d warnings wait for somebody.", number)
        % {"number": number}
    ),
    LetterKind.REFERRAL: lambda number: (
        ngettext("%(number)d referral waits for somebody.", "%(number)d referrals wait for somebody.", number)
        % {"number": number}
    ),
}
