"""What stands line by line: the areas, the schools and the year groups of a page?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from fravaer.reports import values
from fravaer.reports.blocks import SchoolRow, YearRow
from fravaer.reports.cells import Reach
from fravaer.reports.reading import Reading, distance_of
from fravaer.reports.units import WHOLE, Key
from fravaer.schools.models import Area

REASONS = ("illness", "leave", "unlawful", "pending")


def shown_areas(page: Reading) -> list[Area]:
    by, pk = page.asked.place.key
    areas = page.asked.choices.areas
    return list(areas) if by == "all" else [area for area in areas if by == "area" and area.pk == pk]


def areas(page: Reading) -> tuple[SchoolRow, ...]:
    if page.asked.place.key != WHOLE or len(page.asked.choices.areas) < 2:
        return ()
    reaches, _schools = page.now.reach_by_school(), 0
    found = []
    for area in page.asked.choices.areas:
        schools = [school for school, of in page.area_of.items() if of == area.pk]
        reach = _together(reaches, schools)
        hidden = bool(page.hiding.few((reach.over_ten, reach.pupils - reach.over_ten), page.is_own))
        found.append(_row(page, "area", ("area", area.pk), area.name, area.code, schools, reach, hidden))
    return tuple(found)


def schools(page: Reading) -> tuple[SchoolRow, ...]:
    if page.asked.place.key[0] == "school":
        return ()
    reaches = page.now.reach_by_school()
    hidden = page.hiding.reaches(reaches, page.is_own)
    return tuple(
        _row(
            page,
            "school",
            ("school", school.pk),
            school.name,
            str(school.pk),
            [school.pk],
            reaches.get(school.pk, Reach()),
            school.pk in hidden,
        )
        for school in page.asked.named()
    )


def _row(
    page: Reading,
    kind: str,
    key: Key,
    name: str,
    code: str,
    schools: Sequence[int],
    reach: Reach,
    hides_reach: bool,
) -> SchoolRow:
    now, before = page.now.of_schools(schools), page.before.of_schools(schools)
    hides, hid = page.hiding.hides(key), page.hiding_before.hides(key)
    stem = f"{kind}.{key[1]}"
    percent = values.percent(f"{stem}.percent", now, hidden=hides)
    earlier = values.percent(f"{stem}.before", before, hidden=hid)
    target = page.aims.of(key, page.last_day)
    distance = distance_of(percent, target)
    return SchoolRow(
        kind=kind,  # type: ignore[arg-type]
        key=key,
        name=name,
        code=code,
        percent=percent,
        days=values.days(f"{stem}.days", now, hidden=hides),
        before=earlier,
        change=values.change(f"{stem}.change", percent, earlier),
        over_ten=values.share(f"{stem}.over_ten", reach, now, hidden=hides or hides_reach),
        unlawful=values.percent(f"{stem}.unlawful", now, absent=now.tally.unlawful, hidden=hides),
        coverage=values.coverage(f"{stem}.coverage", now, hidden=hides),
        timely=None,
        line=page.line(key, schools),
        target=target,
        distance=distance,
        against=None
        if distance is None
        else "over"
        if distance.is_over
        else "under"
        if distance.is_under
        else "at",
        notes=page.marks.get(key, ()),
    )


def years(page: Reading, hides: bool) -> tuple[YearRow, ...]:
    found = page.now.by_year()
    hidden = page.hiding.years(found, page.is_own)
    return tuple(
        YearRow(
            year_group=year,
            percent=values.percent(f"year.{year}.percent", sums, hidden=hides or year in hidden),
            **{
                key: values.percent(
                    f"year.{year}.{key}",
                    sums,
                    absent=getattr(sums.tally, key),
                    hidden=hides or year in hidden,
                )
                for key in REASONS
            },
        )
        for year, sums in sorted(found.items())
        if sums.pupils
    )


def _together(reaches: Mapping[int, Reach], schools: Iterable[int]) -> Reach:
    found = [reaches[school] for school in schools if school in reaches]
    return Reach(sum(one.over_ten for one in found), sum(one.pupils for one in found))
