"""What stands line by line: the areas, the schools and the year groups of a page?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Literal

from fravaer.absence import classes
from fravaer.absence.classes import Figures
from fravaer.absence.tallies import GroupTally, Tally
from fravaer.core.periods import Period
from fravaer.reports import quality, values
from fravaer.reports.asked import STAGES
from fravaer.reports.blocks import SchoolRow, Value, YearRow
from fravaer.reports.cells import Reach, Sums
from fravaer.reports.reading import Reading, distance_of
from fravaer.reports.targets import Distance
from fravaer.reports.units import WHOLE, Key
from fravaer.schools.models import Area, SchoolClass

REASONS = ("illness", "leave", "unlawful", "pending")


def shown_areas(page: Reading) -> list[Area]:
    by, pk = page.asked.place.key
    areas = page.asked.choices.areas
    return list(areas) if by == "all" else [area for area in areas if by == "area" and area.pk == pk]


def areas(page: Reading) -> tuple[SchoolRow, ...]:
    if page.asked.place.key != WHOLE or len(page.asked.choices.areas) < 2:
        return ()
    found = []
    for area in page.asked.choices.areas:
        schools = [school for school, of in page.area_of.items() if of == area.pk]
        reach = page.now.reach_of_schools(schools)
        found.append(_row(page, "area", ("area", area.pk), area.name, area.code, schools, reach))
    return tuple(found)


def schools(page: Reading) -> tuple[SchoolRow, ...]:
    if page.asked.place.key[0] == "school":
        return (*_year_groups(page), *_classes(page))
    reaches = page.now.reach_by_school()
    return tuple(
        _row(
            page,
            "school",
            ("school", school.pk),
            school.name,
            str(school.pk),
            [school.pk],
            reaches.get(school.pk, Reach()),
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
        over_ten=values.share(f"{stem}.over_ten", reach, now, hidden=page.hiding.hides_reach(key)),
        unlawful=values.percent(f"{stem}.unlawful", now, absent=now.tally.unlawful, hidden=hides),
        coverage=values.coverage(f"{stem}.coverage", now, hidden=hides),
        timely=_timely(page, f"{stem}.timely", schools, hides),
        line=page.line(key, schools),
        target=target,
        distance=distance,
        against=_against(distance),
        notes=page.marks.get(key, ()),
    )


def years(page: Reading, hides: bool) -> tuple[YearRow, ...]:
    """The year groups of the place, or its stages where those may be told and not every year group may."""
    key = page.asked.place.key
    found = {str(year): sums for year, sums in sorted(page.now.by_year().items())}
    groups: dict[str, tuple[int, ...]] = {code: (int(code),) for code in found}
    if page.asked.years is None and any(page.hiding.hides_of(key, one) for one in groups.values()):
        stages = {code: years for code, years in STAGES.items() if page.now.of_years(years).pupils}
        if not any(page.hiding.hides_of(key, years) for years in stages.values()):
            groups = stages
            found = {code: page.now.of_years(years) for code, years in stages.items()}
    hidden = {code for code, years in groups.items() if hides or page.hiding.hides_of(key, years)}
    return tuple(
        YearRow(
            code=code,
            percent=values.percent(f"year.{code}.percent", sums, hidden=code in hidden),
            **{
                reason: values.percent(
                    f"year.{code}.{reason}",
                    sums,
                    absent=getattr(sums.tally, reason),
                    hidden=code in hidden,
                )
                for reason in REASONS
            },
        )
        for code, sums in found.items()
        if sums.pupils
    )


def _year_groups(page: Reading) -> list[SchoolRow]:
    """A school's year groups."""
    now, before = page.now.by_year(), page.before.by_year()
    reaches = page.now.reach_by_year()
    key = page.asked.place.key
    hides, hid = page.hiding.hides(key), page.hiding_before.hides(key)
    found = []
    for year, sums in sorted(now.items()):
        if not sums.pupils:
            continue
        stem, reach = f"year_group.{year}", reaches.get(year, Reach())
        gone = hides or page.hiding.hides_of(key, (year,))
        was = hid or page.hiding_before.hides_of(key, (year,))
        percent = values.percent(f"{stem}.percent", sums, hidden=gone)
        earlier = values.percent(f"{stem}.before", before.get(year, Sums()), hidden=was)
        found.append(
            SchoolRow(
                kind="year_group",
                key=None,
                name=str(year),
                code=str(year),
                percent=percent,
                days=values.days(f"{stem}.days", sums, hidden=gone),
                before=earlier,
                change=values.change(f"{stem}.change", percent, earlier),
                over_ten=values.share(f"{stem}.over_ten", reach, sums, hidden=not page.is_own),
                unlawful=values.percent(f"{stem}.unlawful", sums, absent=sums.tally.unlawful, hidden=gone),
                coverage=values.coverage(f"{stem}.coverage", sums, hidden=gone),
                timely=None,
                line=(),
                target=None,
                distance=None,
                against=None,
            )
        )
    return found


def _classes(page: Reading) -> list[SchoolRow]:
    """A school's classes, for those who work with its pupils by name."""
    if not page.is_own:
        return []
    return of_classes(page.asked.place.key[1], page.counted, page.earlier, page.asked.years)


def of_classes(
    school_id: int, counted: Period, earlier: Period, years: Collection[int] | None = None
) -> list[SchoolRow]:
    """The school's classes of these year groups, each beside what it was a year earlier. Three queries."""
    now, before = classes.of_school(school_id, [counted, earlier])
    known = list(
        SchoolClass.objects.filter(pk__in={*now, *before})
        .select_related("school_year")
        .order_by("year_group", "letter", "pk")
    )
    was = {_named(one): one for one in known if one.pk in before}
    return [
        _class(one, now[one.pk], was.get(_a_year_before(one)), before)
        for one in known
        if one.pk in now and (years is None or one.year_group in years)
    ]


def _class(
    row: SchoolClass, now: Figures, was: SchoolClass | None, before: Mapping[int, Figures]
) -> SchoolRow:
    """A class beside what it was a year earlier: one year group lower, with the same letter."""
    stem, sums = f"class.{row.pk}", Sums(now.group.tally, now.group.pupils)
    then = before[was.pk].group if was else GroupTally(Tally(), 0)
    percent = values.percent(f"{stem}.percent", sums)
    earlier = values.percent(f"{stem}.before", Sums(then.tally, then.pupils))
    return SchoolRow(
        kind="class",
        key=None,
        name=str(row),
        code=str(row.pk),
        percent=percent,
        days=values.days(f"{stem}.days", sums),
        before=earlier,
        change=values.change(f"{stem}.change", percent, earlier),
        over_ten=values.share(f"{stem}.over_ten", Reach(now.over_ten, now.with_percent), sums),
        unlawful=values.percent(f"{stem}.unlawful", sums, absent=sums.tally.unlawful),
        coverage=values.coverage(f"{stem}.coverage", sums),
        timely=None,
        line=(),
        target=None,
        distance=None,
        against=None,
        was=str(was) if was else "",
    )


def _named(row: SchoolClass) -> tuple[int, int, str]:
    """What is the same of a class from one year to the next, but for the year."""
    return row.school_year.starts_on.year, row.year_group, row.letter


def _a_year_before(row: SchoolClass) -> tuple[int, int, str]:
    year, year_group, letter = _named(row)
    return year - 1, year_group - 1, letter


def _timely(page: Reading, name: str, schools: Iterable[int], hides: bool) -> Value:
    registers = page.besides.registers_of(schools)
    value = quality.timely(name, registers.timely, registers.mornings)
    return value.hidden() if hides else value


def _against(distance: Distance | None) -> Literal["over", "under", "at"] | None:
    if distance is None:
        return None
    if distance.is_over:
        return "over"
    return "under" if distance.is_under else "at"
