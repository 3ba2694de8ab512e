"""The demonstration's municipality comes near to the published ones, in both of its school years."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from fravaer.absence import percentage
from tests.synthetic.conftest import Demo


@dataclass(frozen=True, slots=True)
class Line:
    lowest: float
    highest: float
    values: tuple[float, ...]
    marked: bool


def lines(demo: Demo) -> dict[str, Line]:
    """The printed figures by name."""
    found = {}
    for text in demo.figures[1:]:
        match = re.fullmatch(r"(.+?)\s{2,}(?:.*?\s)??(\d[\d.]*)–(\d[\d.]*)((?:\s+\d[\d.]*!?)+)\s*", text)
        assert match, text
        name, lowest, highest, values = match.groups()
        numbers = tuple(float(value.rstrip("!")) for value in values.split())
        found[name] = Line(float(lowest), float(highest), numbers, "!" in values)
    return found


def test_every_figure_of_both_years_lies_in_its_band(demo: Demo) -> None:
    printed = lines(demo)
    assert len(printed) == 21
    outside = {
        name: line
        for name, line in printed.items()
        if line.marked or not all(line.lowest <= value <= line.highest for value in line.values)
    }
    assert outside == {}


@pytest.mark.parametrize(
    ("name", "lowest", "highest"),
    [
        ("Absence, mean of the pupils", 6.0, 7.1),
        ("Absence, median of the pupils", 2.5, 4.1),
        ("Pupils over 10 %", 17, 22.5),
        ("Pupils over 40 %", 1, 2.5),
        ("December to February against the year, times", 1.15, 1.5),
        ("August and September against the year, times", 0.5, 0.9),
        ("Mondays and Fridays against the rest, times", 1.08, 1.35),
        ("Their absence", 10.5, 14),
        ("Registers not taken", 0.8, 1.7),
        ("The same at the school that forgets most", 5, 10),
    ],
)
def test_the_bands_are_no_wider_than_the_published_figures_allow(
    demo: Demo, name: str, lowest: float, highest: float
) -> None:
    line = lines(demo)[name]
    assert (line.lowest, line.highest) == (lowest, highest)


def test_the_reasons_make_up_the_whole(demo: Demo) -> None:
    printed = lines(demo)
    shares = [printed[f"Of the absence: {reason}"].values for reason in ("illness", "leave", "unlawful")]
    for of_year in zip(*shares, strict=True):
        assert 99 <= sum(of_year) <= 100.1


def test_the_printed_mean_is_the_products_own(demo: Demo) -> None:
    tallies = [tally for tally in percentage.tallies(demo.last_year).values() if tally.possible]
    mean = sum(100 * tally.absent / tally.possible for tally in tallies) / len(tallies)
    assert lines(demo)["Absence, mean of the pupils"].values[0] == pytest.approx(mean, abs=0.06)


def test_the_oldest_have_half_days(demo: Demo) -> None:
    odd = [tally for tally in percentage.tallies(demo.last_year).values() if tally.absent % 2]
    assert len(odd) > 200
