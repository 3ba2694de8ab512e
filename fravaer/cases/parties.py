"""Who takes part in this case, from when until when?

Users of the product, and units and persons by name who are none (the Family House, SSP).
"""

from __future__ import annotations

from collections.abc import Sequence

from fravaer.cases.models import Case, Party


def of(case: Case) -> Sequence[Party]:
    """Everybody who takes or took part in the case, those who still do first, the coordinator before the others."""
    found = Party.objects.filter(case=case).select_related("user")
    return sorted(found, key=lambda one: (one.until is not None, not one.coordinates, one.since, one.pk))
