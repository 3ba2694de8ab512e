"""What is published of the whole country, for which school year, and where was it read?

Figures of the Folkeskole as a whole, by the ministry's own method: yearly, and later than the municipality's. Those published
until now come with the product; a municipality adds newer ones, or corrects one, and hers count. The only writer of references.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from fravaer.audit import trail
from fravaer.core.asking import question
from fravaer.core.periods import SchoolYear
from fravaer.reports.blocks import Country
from fravaer.reports.models import Reference

Measure = Reference.Measure
Key = tuple[int, str]

UNI_C = "UNI-C: Elevfravær i folkeskolen 2010/11"
MINISTRY = "Børne- og Undervisningsministeriet: Elevfravær i folkeskolen {year}"
BUU = "Børne- og Undervisningsministeriet til Folketinget, BUU alm. del bilag 257"
# By school year and measure: tenths of a percent, and where they were read.
PUBLISHED: dict[Key, tuple[int, str]] = {
    (2010, Measure.PERCENT): (60, UNI_C),
    (2010, Measure.MEDIAN): (25, UNI_C),
    (2010, Measure.ILLNESS): (37, UNI_C),
    (2010, Measure.LEAVE): (15, UNI_C),
    (2010, Measure.UNLAWFUL): (9, UNI_C),
    (2014, Measure.PERCENT): (54, MINISTRY),
    (2014, Measure.OVER_TEN): (131, MINISTRY),
    (2015, Measure.PERCENT): (56, MINISTRY),
    (2017, Measure.PERCENT): (59, MINISTRY),
    (2017, Measure.OVER_TEN): (147, MINISTRY),
    (2019, Measure.PERCENT): (52, MINISTRY),
    (2021, Measure.PERCENT): (80, MINISTRY),
    (2021, Measure.OVER_TEN): (260, MINISTRY),
    (2022, Measure.PERCENT): (70, MINISTRY),
    (2024, Measure.OVER_TEN): (214, BUU),
}


def latest(school_year: int) -> dict[str, Country]:
    """Each measure's figure of that school year, or of the latest before it. One query."""
    found = {key: one for key, one in PUBLISHED.items() if key[0] <= school_year}
    found |= {(year, measure): (tenths, source) for year, measure, tenths, source in _stated(school_year)}
    newest: dict[str, Country] = {}
    for (year, measure), (tenths, source) in sorted(found.items()):
        name = _written(year)
        newest[measure] = Country(name, tenths, source.replace("{year}", name))
    return newest


@question
def _stated(until: int) -> QuerySet[Reference, tuple[int, str, int, str]]:
    """The figures that were added, of school years up to this one."""
    rows = Reference.objects.filter(school_year__lte=until)
    return rows.values_list("school_year", "measure", "tenths", "source")


def state(
    school_year: int, measure: str, tenths: int, source: str, *, by_id: int | None, now: datetime
) -> Reference:
    """Add a published figure, or correct the one there is. Raises ValueError for a percentage that cannot be."""
    if not 0 <= tenths <= 1000 or measure not in Measure.values or not source.strip():
        raise ValueError("a published figure is a percentage of a known measure, with its source")
    row, _is_new = Reference.objects.update_or_create(
        school_year=school_year,
        measure=measure,
        defaults={"tenths": tenths, "source": source.strip()[:200], "by_id": by_id, "at": now},
    )
    trail.changed(
        by_id,
        "reference.state",
        role="" if by_id else "command",
        subject="reference",
        subject_id=row.pk,
        detail={"year": school_year, "measure": measure, "tenths": tenths},
    )
    return row


def _written(school_year: int) -> str:
    return str(SchoolYear(school_year)).replace("-", "/")
