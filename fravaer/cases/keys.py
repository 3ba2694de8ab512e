"""Which child is the case with this key about?"""

from __future__ import annotations

from uuid import UUID

from fravaer.cases.models import Case


def pupil_of(case_uuid: UUID) -> int | None:
    """The id of the pupil of the case, or None where there is no such case. Who may know it the caller asks."""
    return Case.objects.filter(uuid=case_uuid).values_list("pupil_id", flat=True).first()
