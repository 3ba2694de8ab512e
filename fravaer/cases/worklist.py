"""Who is over a line, and who of them first?

Standing crossings of the pupils the actor reaches, with what the latest triage counted and whether somebody has acted. The
order is plain: the highest band first, in it the steepest rise, in that the longest wait.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from django.db.models import Case as Cases
from django.db.models import Exists, F, OrderBy, OuterRef, QuerySet, Subquery, TextChoices, Value, When
from django.utils.translation import gettext_lazy as _

from fravaer.absence import percentage
from fravaer.cases.models import Case, Crossing, State, Step, StepKind
from fravaer.cases.rules import EARLY_EFFORT, Purpose
from fravaer.core.periods import Period, school_year_start
from fravaer.core.scope import Scope


class Work(TextChoices):
    """Whether somebody has acted since the pupil came over the line."""

    NOBODY = "nobody", _("Nobody has acted")
    OPEN = "open", _("Case open")
    CLOSED = "closed", _("Case closed")


ORDER: tuple[str | OrderBy, ...] = (
    "-band",
    F("reading__trend_tenths").desc(nulls_last=True),
    "over_since",
    "pupil__sort_given",
)


def rows(scope: Scope, day: date) -> QuerySet[Crossing]:
    """The standing crossings the actor may see, each with its pupil, class, reading, `work` and `open_case` (a UUID)."""
    of_pupil = Case.objects.filter(pupil=OuterRef("pupil"))
    closed_since = Step.objects.filter(
        kind=StepKind.CLOSE, case__pupil=OuterRef("pupil"), at__date__gte=OuterRef("crossed_on")
    )
    return (
        Crossing.objects.visible_to(scope, day)
        .filter(ended_on=None, rule__purpose=Purpose.TRIAGE)
        .with_place(day)
        .annotate(
            open_case=Subquery(of_pupil.filter(state=State.OPEN).values("uuid")[:1]),
            work=Cases(
                When(open_case__isnull=False, then=Value(Work.OPEN)),
                When(Exists(closed_since), then=Value(Work.CLOSED)),
                default=Value(Work.NOBODY),
            ),
        )
        .select_related("pupil", "rule", "reading")
    )


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
