"""Who is over a line, and has nobody acted?

One row a pupil: her leading crossing, with what the latest triage counted and whether somebody is acting. **Only an open
agreed action or a dated snooze with a reason takes a child off the list**; a note, a contact, an assignment or an open case
never does. An action overdue by more school days than its rule's deadline counts no more. When the action is settled or the
snooze ends, the child is back, if she still stands over a line; a higher band breaks a snooze. She is new again only when
she has come over another line since.

What a reader does not read counts for nothing: by an action of another authority's own nobody is taken off her list.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

from django.db.models import Case as Cases
from django.db.models import (
    DateField,
    Exists,
    F,
    Max,
    Min,
    OrderBy,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextChoices,
    Value,
    When,
)
from django.utils.translation import gettext_lazy as _

from fravaer.absence import percentage
from fravaer.accounts.roles import Action
from fravaer.cases import followups, priority
from fravaer.cases.contacts import HOME
from fravaer.cases.domains import domains
from fravaer.cases.models import (
    AgreedAction,
    Assignment,
    Case,
    Contact,
    Crossing,
    Rule,
    Snooze,
    State,
)
from fravaer.cases.rules import EARLY_EFFORT, Purpose
from fravaer.core.periods import Period, Quarter, school_year_start
from fravaer.core.scope import Scope
from fravaer.schools import schooldays
from fravaer.schools.models import Enrolment

# Crossings with the annotations of `described`, which their class does not name.
Rows = QuerySet[Any]
# So long without a word with home or child is long.
SILENT = timedelta(days=14)
# An evaluation due within these days waits already; and a case this old without one does.
EVALUATED = timedelta(weeks=8)


class Work(TextChoices):
    """Whether somebody is acting on the pupil. The first two are on the main list."""

    NEW = "new", _("Nobody has acted")
    BACK = "back", _("Nobody acts any more")
    AGREED = "agreed", _("Action agreed")
    SNOOZED = "snoozed", _("Snoozed")


WAITING = (Work.NEW, Work.BACK)


class Watch(TextChoices):
    """Which part of the worklist is shown."""

    NOBODY = "nobody", _("Nobody acts")
    MINE = "mine", _("Mine")
    OVERDUE = "overdue", _("Overdue")
    NEW = "new", _("New since last")
    HIGH = "high", _("At least 20%")
    MIDDLE = "middle", _("10–20%")
    UNLAWFUL = "unlawful", _("Unlawful at least 10%")
    SILENT = "silent", _("No contact in 14 days")
    EVALUATION = "evaluation", _("Waiting for evaluation")
    SNOOZED = "snoozed", _("Snoozed")
    ALL = "all", _("All over a line")


# Only for those who may know by how much a pupil is away.
BY_FIGURES = frozenset({Watch.HIGH, Watch.MIDDLE, Watch.UNLAWFUL})


def order(scope: Scope) -> tuple[str | OrderBy, ...]:
    """The order of the list: by priority, and among equals the steepest rise, for those who may know it, and the longest wait."""
    trend = (F("reading__trend_tenths").desc(nulls_last=True),) if scope.may(Action.PUPIL_HISTORY) else ()
    return ("-priority", *trend, "over_since", "pupil__sort_given")


def views(scope: Scope) -> list[Watch]:
    """The parts of the list the actor may choose."""
    return [watch for watch in Watch if watch not in BY_FIGURES or scope.may(Action.PUPIL_HISTORY)]


def rows(scope: Scope, day: date, *, with_law: bool = False) -> Rows:
    """One standing crossing of each pupil the actor may see, with pupil, class, reading, `work`, `priority` and its parts.

    The leading one is the highest band of the municipality's rules. A line of the law puts nobody on the list: it asks for
    letters, and who is over it stands with those; `with_law` adds her where no other line has found her. Beside the
    crossing `next_due` and `last_contact` are days, as far as the actor reads them.
    """
    standing = Crossing.objects.visible_to(scope, day).filter(ended_on=None)
    if not with_law:
        standing = standing.filter(rule__purpose=Purpose.TRIAGE)
    leading = standing.order_by("pupil_id", "-rule__purpose", "-band", "pk").distinct("pupil_id").values("pk")
    return described(Crossing.objects.filter(pk__in=leading), scope, day)


def described(crossings: Rows, scope: Scope, day: date) -> Rows:
    """The crossings with everything the list sorts and narrows by."""
    own = domains(scope)
    open_actions = AgreedAction.objects.filter(pupil=OuterRef("pupil"), settled_at=None, domain__in=own)
    since = Q(pupil=OuterRef("pupil"), domain__in=own, agreed_at__date__gt=OuterRef("crossed_on"))
    snoozed_since = Q(pupil=OuterRef("pupil"), at__date__gt=OuterRef("crossed_on"))
    spoken = Contact.objects.filter(pupil=OuterRef("pupil"), kind__in=HOME, domain__in=own)
    found = crossings.with_place(day).annotate(  # type: ignore[attr-defined]
        next_due=Subquery(_one(open_actions, Min("due_on")), output_field=DateField()),
        last_contact=Subquery(_one(spoken, Max("held_on")), output_field=DateField()),
        stands_until=_deadlines(day),
        work=Cases(
            When(Exists(open_actions.filter(due_on__gte=OuterRef("stands_until"))), then=Value(Work.AGREED)),
            When(Exists(standing_snoozes(day).filter(pupil=OuterRef("pupil"))), then=Value(Work.SNOOZED)),
            When(
                Exists(AgreedAction.objects.filter(since)) | Exists(Snooze.objects.filter(snoozed_since)),
                then=Value(Work.BACK),
            ),
            default=Value(Work.NEW),
        ),
    )
    parts = priority.parts(day, with_trend=scope.may(Action.PUPIL_HISTORY))
    return priority.added(found, parts).select_related("pupil", "rule", "reading")


def standing_snoozes(day: date) -> QuerySet[Snooze]:
    """Snoozes of pupils in force on `day`: not over, not ended, and no line above the one they were made at."""
    higher = Crossing.objects.filter(pupil=OuterRef("pupil"), ended_on=None, band__gt=OuterRef("band"))
    return Snooze.objects.filter(~Exists(higher), pupil__isnull=False, ended_at=None, until__gt=day)


def watched(found: Rows, watch: Watch, scope: Scope, day: date, seen: date) -> Rows:
    """The part of the rows that is asked for. `seen` is the day the actor last looked, for those new since."""
    pupil = OuterRef("pupil")
    recent = day - SILENT
    match watch:
        case Watch.NOBODY:
            return found.filter(work__in=WAITING)
        case Watch.MINE:
            mine = Q(pupil=pupil)
            return found.filter(
                Exists(Assignment.objects.filter(mine, user=scope.actor_id, ended_at=None))
                | Exists(
                    AgreedAction.objects.filter(
                        mine, responsible=scope.actor_id, settled_at=None, domain__in=domains(scope)
                    )
                )
                | Exists(Case.objects.filter(mine, responsible=scope.actor_id, state=State.OPEN))
            )
        case Watch.OVERDUE:
            return found.filter(next_due__lt=day)
        case Watch.NEW:
            return found.filter(work=Work.NEW, crossed_on__gte=seen)
        case Watch.HIGH:
            return found.filter(Q(reading__tenths__gte=200) | Q(reading__tenths=None, tenths__gte=200))
        case Watch.MIDDLE:
            return found.filter(
                Q(reading__tenths__range=(100, 199)) | Q(reading__tenths=None, tenths__range=(100, 199))
            )
        case Watch.UNLAWFUL:
            return found.filter(
                pupil__in=_unlawful(list(found.order_by().values_list("pupil_id", flat=True)), day)
            )
        case Watch.SILENT:
            return found.filter(Q(last_contact=None) | Q(last_contact__lt=recent))
        case Watch.EVALUATION:
            return found.filter(
                Exists(followups.waiting(scope, day).filter(case__pupil=pupil))
                | Exists(
                    Case.objects.filter(
                        ~Q(answers__said_on__gt=day - EVALUATED),
                        pupil=pupil,
                        state=State.OPEN,
                        opened_at__date__lte=day - EVALUATED,
                    )
                )
            )
        case Watch.SNOOZED:
            return found.filter(work=Work.SNOOZED)
        case _:
            return found


def leading(scope: Scope, day: date, pupil_id: int) -> Any:
    """The pupil's row, also where only the law's line found her; None when she stands over no line or is not for the actor."""
    return rows(scope, day, with_law=True).filter(pupil_id=pupil_id).first()


def place_of(pupil_id: int, day: date) -> Enrolment | None:
    """Where the pupil goes on the day, with class and school."""
    return Enrolment.objects.on(day).select_related("school_class__school").filter(pupil_id=pupil_id).first()


def thin(day: date, school_ids: Collection[int]) -> dict[int, int]:
    """Schools whose registers up to `day` are too few to clear anybody, with their coverage in tenths of a percent.

    There the list may lack pupils: what nobody registered is not fine.
    """
    period = Period(school_year_start(day), day + timedelta(days=1))
    counted = percentage.group_tallies(period, "school", school_ids)
    return {
        school_id: group.tally.coverage_tenths
        for school_id, group in counted.items()
        if group.tally.coverage_tenths is not None
        and group.tally.coverage_tenths < 10 * EARLY_EFFORT.coverage
    }


def _deadlines(day: date) -> Cases:
    """The earliest day an open action may have been due and still count, by the deadline of the row's rule."""
    numbers = list(Rule.objects.order_by().values_list("deadline_days", flat=True).distinct())
    cutoffs = {number: schooldays.ago(number, day) for number in numbers}
    return Cases(
        *(When(rule__deadline_days=number, then=Value(cutoff)) for number, cutoff in cutoffs.items()),
        default=Value(day),
        output_field=DateField(),
    )


def _unlawful(pupil_ids: Collection[int], day: date) -> list[int]:
    counted = percentage.tallies(percentage.spent(Quarter.of(day).period, day), pupil_ids)
    return [
        pupil for pupil, tally in counted.items() if tally.possible and 10 * tally.unlawful >= tally.possible
    ]


def _one(of: QuerySet[AgreedAction] | QuerySet[Contact], figure: Min | Max) -> QuerySet[AgreedAction]:
    """One figure over the rows of a pupil, as a subquery of one row."""
    return of.order_by().values("pupil").annotate(figure=figure).values("figure")  # type: ignore[return-value]
