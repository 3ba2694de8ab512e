"""Which pupils left the municipality's schools long ago, and who goes with them?

A pupil goes with everything that refers to her, and with the guardians nobody else is left of. A guardian of another child
stays as she is, whatever was known of the other parent.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date

from django.db.models import Max

from fravaer.core.disposal import Item, erase
from fravaer.schools.models import Guardian, Guardianship, Pupil


def left_before(day: date) -> list[Item]:
    """The pupils whose last enrolment ended by `day`. One query."""
    rows = Pupil.objects.annotate(left_on=Max("enrolments__until")).filter(left_on__lte=day)
    return [
        Item(left_on, str(key), frozenset({pk}))
        for pk, key, left_on in rows.values_list("pk", "uuid", "left_on")
    ]


def dispose(keys: Collection[str]) -> dict[str, int]:
    """Let these pupils go, and the guardians who were guardians of nobody else. Rows by table."""
    pupils = Pupil.objects.filter(uuid__in=list(keys))
    theirs = set(Guardianship.objects.filter(pupil__in=pupils).values_list("guardian_id", flat=True))
    rows: dict[str, int] = defaultdict(int, erase(pupils))
    others = Guardianship.objects.filter(guardian_id__in=theirs).values_list("guardian_id", flat=True)
    for label, count in erase(Guardian.objects.filter(pk__in=theirs - set(others))).items():
        rows[label] += count
    return dict(rows)
