"""What has the effort done for the child?

Two axes side by side and never one score: how absence went before, during and after in windows of equal length, and how
attached the child is by several voices over time. Beside them stands how steady the attendance is. Everything is counted by
the rooms that count it everywhere (`absence.percentage`, `absence.weekly`, `absence.history`). Where there are too few days or
registers, the answer is "too early to say". docs/sager.md tells the method.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from fravaer.absence import history, percentage, weekly
from fravaer.absence.tallies import Tally
from fravaer.cases import belonging, interventions, weekplans
from fravaer.cases.models import AttachmentReading, Case, ScaleAnswer, State, Step, StepKind, WeekPlan
from fravaer.core.periods import Period
from fravaer.core.scope import Scope
from fravaer.schools import schooldays

# A window is so many school days, and shorter where the effort itself has lasted a shorter time.
WINDOW = 20
# With fewer school days in a window nothing is said.
FEWEST = 10
# With less than this share of the registers taken, in percent, nothing is said either.
COVERAGE = 80
# So many of the child's efforts are looked at each by itself, the latest first.
MOST = 6
# Weeks drawn at most.
WEEKS = 52
# A week counts as steady when the child was there so many percent of the time she was expected.
STEADY = 80


@dataclass(frozen=True, slots=True)
class Window:
    """Some school days and what was counted in them; `agreed` are half-days at home by a granted week plan.

    `says` is false where nothing can be said: too few school days yet, or too few registers.
    """

    period: Period | None
    days: int
    tally: Tally
    agreed: int
    says: bool


@dataclass(frozen=True, slots=True)
class Effort:
    """Absence around one effort: its days, and the windows before, during and after it; no one after where it still runs."""

    name: str
    since: date
    until: date | None
    length: int
    before: Window
    during: Window
    after: Window | None


@dataclass(frozen=True, slots=True)
class Week:
    """One week of the curve: its Monday, what was counted, and half-days at home by agreement."""

    monday: date
    tally: Tally
    agreed: int

    @property
    def steady(self) -> bool | None:
        """Whether the child was there most of the time she was expected; None when nothing was registered of such time."""
        expected = self.tally.possible - self.agreed
        if expected <= 0:
            return None
        return 100 * (expected - self.tally.absent) >= STEADY * expected


@dataclass(frozen=True, slots=True)
class Stability:
    """How steady it was in some weeks: the longest run of full school days, and steady weeks of those that can be told."""

    weeks: int
    longest: int
    steady: int
    told: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Both axes. `curve` is every week from before the case was opened; `before` and `now` are stretches of equal length."""

    opened_on: date
    closed_on: date | None
    efforts: Sequence[Effort]
    curve: Sequence[Week]
    before: Stability
    now: Stability
    readings: Sequence[AttachmentReading]
    answers: Sequence[ScaleAnswer]
    plans: Sequence[Period]

    @property
    def is_empty(self) -> bool:
        """Whether no register has been taken in any week of the curve."""
        return not any(week.tally.possible for week in self.curve)


def of(case: Case, scope: Scope, day: date) -> Evaluation:
    """The evaluation of a case the actor reads, as it stands after `day`; only interventions of her own domains are in it."""
    opened_on, closed_on = _life(case)
    whole = Period(opened_on - timedelta(days=366), day + timedelta(days=1))
    open_days = schooldays.of_pupils([case.pupil_id], whole)[case.pupil_id]
    at_home = _at_home(case, open_days)
    efforts = [_effort(case, _("The case"), opened_on, closed_on, open_days, at_home)]
    for one in interventions.of(case, scope)[:MOST]:
        if one.since <= day:
            until = one.until if one.until is None or one.until <= day else None
            efforts.append(_effort(case, one.offer.name, one.since, until, open_days, at_home))
    span = _span(opened_on, day)
    weeks = weekly.tallies([case.pupil_id], span)[case.pupil_id]
    curve = [Week(monday, tally, _within(at_home, monday)) for monday, tally in weeks.items()]
    before, now = _stretches(curve, opened_on)
    found = history.days(case.pupil_id, span)[::-1]
    return Evaluation(
        opened_on=opened_on,
        closed_on=closed_on,
        efforts=efforts,
        curve=curve,
        before=_stability(before, found, at_home),
        now=_stability(now, found, at_home),
        readings=belonging.readings(case),
        answers=belonging.answers_of(case),
        plans=[held for plan in _plans(case) if (held := _held(plan)) is not None],
    )


def _life(case: Case) -> tuple[date, date | None]:
    """The day the case was opened, and the day it was closed if it is."""
    opened_on = timezone.localdate(case.opened_at)
    closed_on = None
    if case.state == State.CLOSED:
        step = Step.objects.filter(case=case, kind=StepKind.CLOSE).order_by("-at", "-pk").first()
        closed_on = timezone.localdate(step.at) if step else None
    return opened_on, closed_on


def _effort(
    case: Case,
    name: str,
    since: date,
    until: date | None,
    open_days: Sequence[date],
    at_home: Mapping[date, int],
) -> Effort:
    earlier = [one for one in open_days if one < since]
    within = [one for one in open_days if since <= one and (until is None or one < until)]
    later = [one for one in open_days if until is not None and one >= until]
    length = min(WINDOW, len(within))
    return Effort(
        name=name,
        since=since,
        until=until,
        length=length,
        before=_window(case, earlier[len(earlier) - length :], length, at_home),
        during=_window(case, within[len(within) - length :], length, at_home),
        after=None if until is None else _window(case, later[:length], length, at_home),
    )


def _window(case: Case, days: Sequence[date], length: int, at_home: Mapping[date, int]) -> Window:
    if not days:
        return Window(None, 0, Tally(), 0, says=False)
    period = Period(days[0], days[-1] + timedelta(days=1))
    tally = percentage.tally(period, case.pupil_id)
    enough = len(days) == length >= FEWEST and 100 * tally.possible >= COVERAGE * tally.due > 0
    return Window(period, len(days), tally, sum(at_home.get(one, 0) for one in days), says=enough)


def _span(opened_on: date, day: date) -> Period:
    """The weeks drawn: as many before the case was opened as there are since, at least twelve, a year at most in all."""
    since_then = (day - opened_on).days // 7 + 1
    before = min(max(since_then, 12), WEEKS // 2)
    first = max(opened_on - timedelta(weeks=before), day - timedelta(weeks=WEEKS - 1))
    return Period(first - timedelta(days=first.weekday()), day + timedelta(days=1))


def _stretches(curve: Sequence[Week], opened_on: date) -> tuple[Sequence[Week], Sequence[Week]]:
    """As many of the latest weeks since the opening as there are before it, and those before: two of equal length."""
    before = [week for week in curve if week.monday + timedelta(days=7) <= opened_on]
    since = [week for week in curve if week.monday >= opened_on - timedelta(days=opened_on.weekday())]
    length = min(len(before), len(since))
    return before[len(before) - length :], since[len(since) - length :]


def _stability(weeks: Sequence[Week], days: Iterable[history.Day], at_home: Mapping[date, int]) -> Stability:
    """A day nobody registered, or at home by agreement, neither counts as a full day nor ends a run of them."""
    mondays = {week.monday for week in weeks}
    longest = run = 0
    for one in days:
        if one.day - timedelta(days=one.day.weekday()) not in mondays:
            continue
        if one.absent:
            run = 0
        elif not one.unknown and not at_home.get(one.day):
            run += 1
            longest = max(longest, run)
    told = [week.steady for week in weeks if week.steady is not None]
    return Stability(len(weeks), longest, sum(told), len(told))


def _plans(case: Case) -> list[WeekPlan]:
    return [plan for plan in weekplans.of(case) if plan.granted]


def _held(plan: WeekPlan) -> Period | None:
    """The days on which a granted plan held."""
    since = max(plan.since, timezone.localdate(plan.decided_at)) if plan.decided_at else plan.since
    until = min(plan.until, plan.ended_on or plan.until)
    return Period(since, until) if since < until else None


def _at_home(case: Case, open_days: Sequence[date]) -> dict[date, int]:
    """The half-days of each school day that the child was at home by a granted plan, where there are any."""
    found: dict[date, int] = {}
    for plan in _plans(case):
        held = _held(plan)
        parts = weekplans.parts(plan)
        for one in open_days:
            if held is not None and one in held and one.isoweekday() <= weekplans.WEEKDAYS:
                home = 2 - weekplans.HALVES[parts[one.weekday()]]
                if home:
                    found[one] = home
    return found


def _within(at_home: Mapping[date, int], monday: date) -> int:
    return sum(halves for one, halves in at_home.items() if 0 <= (one - monday).days < 7)
