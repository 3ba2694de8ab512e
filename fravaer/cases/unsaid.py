"""Of whom can the rules say nothing, because too few registers were taken?

Written by triage every night. A pupil whose missing registers hide what she missed is not fine: she is shown, with how much is
missing, until the registers are taken.
"""

from __future__ import annotations

from datetime import date

from django.db.models import Exists, F, OrderBy, OuterRef, QuerySet

from fravaer.cases import rulebook
from fravaer.cases.models import Unsaid
from fravaer.cases.querysets import UnsaidQuerySet
from fravaer.cases.rules import Purpose

# The fewest registers first.
ORDER: tuple[str | OrderBy, ...] = ("coverage", "pupil__sort_given")


def rows(found: UnsaidQuerySet, day: date) -> QuerySet[Unsaid]:
    """One row a pupil of those visible, of the worklist's rules alone, with place and `coverage` (tenths of a percent)."""
    families = list(rulebook.in_force(day, Purpose.TRIAGE))
    another = Unsaid.objects.filter(pupil=OuterRef("pupil"), family__in=families, pk__lt=OuterRef("pk"))
    rows: QuerySet[Unsaid] = (
        found.filter(~Exists(another), family__in=families)
        .with_place(day)
        .annotate(coverage=1000 * F("possible") / F("due"))
        .select_related("pupil")
    )
    return rows
