"""How near does the invented municipality come to the published ones?

Targets from public sources: the Ministry's and Copenhagen's figures for the Folkeskole (2010/11 to 2024/25), Copenhagen's
status of 15 March 2016 for pupils with a social measure. The percentages are counted by the product's own room.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date
from statistics import mean, median

from fravaer.absence import percentage
from fravaer.absence.percentage import Tally
from fravaer.cases import measures
from fravaer.core.periods import Period
from fravaer.synthetic.people import Municipality, Year
from fravaer.synthetic.spells import START

# A class has a cluster on a day on which so much of it is away.
CLUSTER = 1 / 3
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a school year: its name, the published target in words, the band a whole year lies in, the value."""

    name: str
    target: str
    band: tuple[float, float]
    value: float

    @property
    def digits(self) -> int:
        """How many decimals tell two municipalities apart."""
        return 2 if self.name.endswith("times") else 1

    @property
    def is_inside(self) -> bool:
        return self.band[0] <= self.value <= self.band[1]


def figures(of: Municipality, year: Year) -> list[Figure]:
    """What a school year of the municipality comes to, up to the day in view; percentages unless the name says otherwise."""
    return list(_figures(of, year))


def table(of: Municipality) -> Iterator[str]:
    """The figures of every school year beside their targets, line by line. A whole year's outside its band is marked."""
    columns = [figures(of, year) for year in of.years]
    heads = [f"{year.start}/{(year.start + 1) % 100:02d}" for year in of.years]
    last = of.years[-1]
    if not is_whole(last):
        heads[-1] += f" to {last.days[last.view]:%d.%m.}"
    yield f"{'':46}{'target':>16}{'band':>13}" + "".join(f"{head:>16}" for head in heads)
    for figure_of_years in zip(*columns, strict=True):
        first = figure_of_years[0]
        values = "".join(
            f"{figure.value:>15.{figure.digits}f}" + (" " if figure.is_inside or not is_whole(year) else "!")
            for figure, year in zip(figure_of_years, of.years, strict=True)
        )
        yield f"{first.name:46}{first.target:>16}{first.band[0]:>8g}–{first.band[1]:<4g}" + values


def is_whole(year: Year) -> bool:
    """Whether the year's school days are known, the last perhaps excepted: targets are for whole years."""
    return year.view >= year.open[-1]


def _figures(of: Municipality, year: Year) -> Iterator[Figure]:
    period = Period(year.days[0], _day(year, year.view))
    tallies = {pupil: tally for pupil, tally in percentage.tallies(period).items() if tally.possible}
    percents = {pupil: 100 * tally.absent / tally.possible for pupil, tally in tallies.items()}
    everybody = sum(tallies.values(), Tally())
    yield Figure("Absence, mean of the pupils", "near 6.5", (6.0, 7.1), _or_none(mean, percents.values()))
    yield Figure("Absence, median of the pupils", "2.5 to 4", (2.5, 4.1), _or_none(median, percents.values()))
    for limit, target, band in ((10, "near 20", (17, 22.5)), (20, "", (4, 7)), (40, "a tail", (1, 2.5))):
        over = sum(percent > limit for percent in percents.values())
        yield Figure(f"Pupils over {limit} %", target, band, _share(over, len(percents)))
    for name, absent, target, band in (
        ("illness", everybody.illness, "53 to 61", (52, 62)),
        ("leave", everybody.leave, "25 to 34", (22, 30)),
        ("unlawful", everybody.unlawful, "13 to 15", (13, 20)),
    ):
        yield Figure(f"Of the absence: {name}", target, band, _share(absent, everybody.absent))
    yield from _stages(of, year, tallies)
    yield from _times(of, year)
    measured = measures.with_measure_in(period)
    with_measure = sum((tallies[pupil] for pupil in measured if pupil in tallies), Tally())
    yield Figure(
        "Pupils with a social measure", "", (5, 9), _share(len(measured & set(tallies)), len(tallies))
    )
    yield Figure("Their absence", "near 12", (10.5, 14), _share(with_measure.absent, with_measure.possible))
    yield from _registers(of, year, period)


def _stages(of: Municipality, year: Year, tallies: dict[int, Tally]) -> Iterator[Figure]:
    """Days absent in a year of two hundred, and how the oldest compare with the youngest."""
    sums: dict[str, Tally] = {}
    for child in of.children:
        if (stays := child.stays.get(year.start)) and child.id in tallies:
            grade = stays[0].class_year.grade
            stage = "0–3" if grade < 4 else "4–6" if grade < 7 else "7–10"
            sums[stage] = sums.get(stage, Tally()) + tallies[child.id]
    days = {stage: 200 * tally.absent / tally.possible for stage, tally in sorted(sums.items())}
    for stage, target in (("0–3", "9.7 (of 10.4)"), ("4–6", "10.3"), ("7–10", "11.1")):
        yield Figure(f"Days absent of 200, grades {stage}", target, (10, 17), days.get(stage, 0.0))
    ratio = days.get("7–10", 0.0) / days["0–3"] if days.get("0–3") else 0.0
    yield Figure("The oldest against the youngest, times", "1.14", (1.02, 1.35), ratio)


def _times(of: Municipality, year: Year) -> Iterator[Figure]:
    """When in the year and in the week: absent at the start of the day, for each register."""
    classes = [class_year for class_year in of.classes if class_year.year is year]
    away = [sum(class_year.away[day] for class_year in classes) for day in range(len(year.days))]
    taken = [sum(class_year.taken[day] & START for class_year in classes) for day in range(len(year.days))]
    known = [day for day in year.open if day < year.view]

    def rate(chosen: Callable[[date], bool]) -> float:
        days = [day for day in known if chosen(year.days[day])]
        registers = sum(taken[day] for day in days)
        return sum(away[day] for day in days) / registers if registers else 0.0

    usual = rate(lambda _: True) or 1.0
    winter = rate(lambda day: day.month in (12, 1, 2)) / usual
    late_summer = rate(lambda day: day.month in (8, 9)) / usual
    yield Figure("December to February against the year, times", "a peak", (1.15, 1.5), winter)
    yield Figure("August and September against the year, times", "low", (0.5, 0.9), late_summer)
    ends = rate(lambda day: day.weekday() in (0, 4))
    middle = rate(lambda day: day.weekday() in (1, 2, 3)) or 1.0
    yield Figure("Mondays and Fridays against the rest, times", "higher", (1.08, 1.35), ends / middle)
    sizes: dict[int, int] = {}
    for child in of.children:
        for stay in child.stays.get(year.start, ()):
            sizes[stay.class_year.id] = sizes.get(stay.class_year.id, 0) + 1
    clusters = sum(
        any(count >= CLUSTER * sizes.get(class_year.id, 1) for count in class_year.away)
        for class_year in classes
    )
    yield Figure(
        "Classes with a day on which a third is away", "some", (5, 60), _share(clusters, len(classes))
    )


def _registers(of: Municipality, year: Year, period: Period) -> Iterator[Figure]:
    by_school = {
        school: _share(group.tally.due - group.tally.possible, group.tally.due)
        for school, group in percentage.group_tallies(period, "school").items()
    }
    group = percentage.group_tallies(period, "all").get(0)
    whole = group.tally if group else Tally()
    yield Figure("Registers not taken", "1.2", (0.8, 1.7), _share(whole.due - whole.possible, whole.due))
    yield Figure(
        "The same at the school that forgets most", "5 to 10", (5, 10), max(by_school.values(), default=0.0)
    )
    moved = [len(child.stays[year.start]) > 1 for child in of.children if year.start in child.stays]
    yield Figure("Pupils who changed class or school in it", "4", (2.5, 5.5), _share(sum(moved), len(moved)))


def _day(year: Year, number: int) -> date:
    return year.days[number] if number < len(year.days) else date(year.start + 1, 8, 1)


def _or_none(average: Callable[[Collection[float]], float], values: Collection[float]) -> float:
    return average(values) if values else 0.0


def _share(part: float, whole: float) -> float:
    return 100 * part / whole if whole else 0.0
