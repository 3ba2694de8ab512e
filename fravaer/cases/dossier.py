"""What does a case hold, and which days stand behind its number?

What the actor may read of one case, fetched together: the frozen figures it was opened on, the pupil's absent days in that
window as the registers say today, the law's clock of the quarter, steps and notes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from fravaer.absence import history, percentage
from fravaer.absence.reasons import Reason
from fravaer.absence.tallies import Tally, cut_tenths
from fravaer.accounts.fields import Field, visible_fields
from fravaer.cases import notes, rules, words
from fravaer.cases.domains import reads
from fravaer.cases.models import Case, Crossing, Note, Step
from fravaer.core.periods import Period, Quarter, school_year_of
from fravaer.core.scope import Scope
from fravaer.core.templatetags.danish import half_days, percent, quarter, shortdate

Facts = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Dossier:
    """What the page shows. `version` is what its forms have seen; `corrected` is true when the registers of the frozen
    window say something else today than when the line was crossed."""

    trigger: Facts
    now: Facts
    days: Sequence[history.Day]
    corrected: bool
    steps: Sequence[Step]
    notes: Sequence[Note]
    reads_notes: bool
    version: int


def of(case: Case, scope: Scope, day: date) -> Dossier:
    """The dossier of a case that is visible to the actor, with her own notes only."""
    steps = list(case.steps.select_related("by").order_by("at", "pk"))
    inside = reads(case, scope)
    written = list(notes.readable(case, scope).select_related("author"))
    crossing = case.crossing
    shows_reasons = Field.REASON in visible_fields(scope, case)
    absent = [
        found for found in history.days(case.pupil_id, Period(crossing.since, crossing.until)) if found.absent
    ]
    return Dossier(
        trigger=_trigger(crossing, with_reasons=shows_reasons),
        now=_now(case, day),
        days=absent if shows_reasons else [],
        corrected=sum(found.absent for found in absent)
        != crossing.illness + crossing.leave + crossing.unlawful + crossing.pending,
        steps=steps,
        notes=written,
        reads_notes=inside,
        version=len(steps) + len(written),
    )


def _trigger(crossing: Crossing, *, with_reasons: bool) -> Facts:
    rule = crossing.rule
    reasons = {
        Reason.ILLNESS: crossing.illness,
        Reason.LEAVE: crossing.leave,
        Reason.UNLAWFUL: crossing.unlawful,
        Reason.PENDING: crossing.pending,
    }
    facts = [
        (
            _("Figure"),
            _("%(percent)s %(window)s: absent %(absent)s of %(possible)s possible")
            % {
                "percent": percent(crossing.tenths),
                "window": words.measured_over(rule, crossing.since),
                "absent": half_days(crossing.absent),
                "possible": half_days(crossing.possible),
            },
        ),
        (
            _("Rule"),
            _("%(band)s, %(limits)s (version %(version)d)")
            % {"band": words.band(rule), "limits": words.limits(rule), "version": rule.version},
        ),
        (
            _("Counted"),
            _("from %(since)s up to and including %(day)s")
            % {"since": shortdate(crossing.since), "day": shortdate(crossing.crossed_on)},
        ),
        (_("School at the time"), crossing.school.name),
        (
            _("Registers taken"),
            _("%(share)s of those that were due")
            % {"share": percent(cut_tenths(crossing.possible, crossing.due))},
        ),
    ]
    if with_reasons:
        said = (f"{reason.label}: {half_days(halves)}" for reason, halves in reasons.items() if halves)
        facts.insert(1, (_("Of these"), " · ".join(said)))
    return facts


def _now(case: Case, day: date) -> Facts:
    so_far = school_year_of(day)
    year: Tally = percentage.tally(percentage.spent(so_far, day), case.pupil_id)
    facts: Facts = [
        (
            _("Absence this school year"),
            _("%(percent)s %(window)s: absent %(absent)s of %(possible)s possible")
            % {
                "percent": percent(cut_tenths(year.absent, year.possible)),
                "window": words.since_month(so_far.since),
                "absent": half_days(year.absent),
                "possible": half_days(year.possible),
            },
        ),
        (
            _("Registers taken"),
            _("%(share)s of those that were due") % {"share": percent(year.coverage_tenths)},
        ),
    ]
    # The line the case was opened on may be behind her, or another above it reached since.
    standing = (
        Crossing.objects.filter(pupil_id=case.pupil_id, ended_on=None)
        .select_related("rule", "reading")
        .order_by("-rule__purpose", "-band", "pk")
        .first()
    )
    if standing is None:
        facts.append((_("Line"), _("The pupil stands over no line at present.")))
    else:
        facts.append((_("Line"), f"{words.band(standing.rule)}, {words.limits(standing.rule)}"))
        if reading := words.latest(standing):
            facts.append((_("Last 20 school days"), words.trend(reading)[1]))
    this_quarter = Quarter.of(day)
    counted: Tally = percentage.tally(percentage.spent(this_quarter.period, day), case.pupil_id)
    said = percent(cut_tenths(counted.unlawful, counted.possible))
    if counted.possible:
        said += f" · {words.legal(rules.legal_limit(counted.unlawful, counted.possible))}"
    facts.append((_("Unlawful in %(quarter)s") % {"quarter": quarter(this_quarter)}, said))
    return facts
