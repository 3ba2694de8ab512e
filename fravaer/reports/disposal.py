"""Which figures must stand before the registers behind them may go, and which receipts have had their time?

A school year's registers go when every quarter it has days in is frozen and the municipality stands by it, so that nothing that
was told can move; and when no data set prepared for the ministry rests on them any more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date

from django.db.models import Max
from django.utils import timezone

from fravaer.core.disposal import Item, Why, erase
from fravaer.core.periods import SchoolYear
from fravaer.reports import freezing
from fravaer.reports.models import Approval, DataSet, DataSetKind
from fravaer.schools.models import SchoolClass


def keeps(class_ids: Iterable[int]) -> Mapping[int, Why]:
    """Those of the classes whose registers are needed still, and why. Three queries."""
    classes = SchoolClass.objects.filter(pk__in=list(class_ids))
    of = {
        pk: (school, starts)
        for pk, school, starts in classes.values_list("pk", "school_id", "school_year__starts_on")
    }
    approved = set(Approval.objects.filter(area=None).values_list("snapshot__since", "snapshot__until"))
    settled = {starts: _settled(starts, approved) for _school, starts in set(of.values())}
    delivered = set(DataSet.objects.filter(kind=DataSetKind.STIL).values_list("school_id", "school_year"))
    found: dict[int, Why] = {}
    for pk, (school, starts) in of.items():
        if not settled[starts]:
            found[pk] = Why.NOT_FROZEN
        elif {(school, starts.year), (None, starts.year)} & delivered:
            found[pk] = Why.DELIVERED
    return found


def _settled(starts_on: date, approved: set[tuple[date, date]]) -> bool:
    periods = [quarter.period for quarter in freezing.quarters(SchoolYear.of(starts_on))]
    return all((period.since, period.until) in approved for period in periods)


def data_sets_before(day: date) -> list[Item]:
    """The data sets prepared for the ministry that nobody has made, fetched or delivered since `day`. One query."""
    rows = DataSet.objects.annotate(last=Max("deliveries__at")).values_list("uuid", "made_at", "last")
    ended = [(timezone.localtime(last or made).date(), key) for key, made, last in rows]
    return [Item(since, str(key)) for since, key in ended if since < day]


def dispose_data_sets(keys: Collection[str]) -> dict[str, int]:
    """Let these receipts go. Rows by table."""
    return erase(DataSet.objects.filter(uuid__in=list(keys)))
