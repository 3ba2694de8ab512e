"""Charts show what they were given, to scale, and nothing else."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from fravaer.core import charts
from fravaer.core.charts import Bar, Chart, HeatRow, Pair, Point, Series

SVG = "{http://www.w3.org/2000/svg}"
SHARES = st.lists(st.integers(0, 999), min_size=1, max_size=6)


@pytest.fixture(autouse=True)
def _danish() -> object:
    with translation.override("da"):
        yield


def words(chart: Chart) -> list[str]:
    return [text.text or "" for text in ElementTree.fromstring(chart.svg).iter(f"{SVG}text")]


def widths(chart: Chart) -> list[float]:
    """How wide the parts of a chart's bars are, as drawn."""
    boxes = ElementTree.fromstring(chart.svg).iter(f"{SVG}rect")
    return [float(box.attrib["width"]) for box in boxes if box.get("height") == "26"]


def stacked(*values: int | None) -> Chart:
    return charts.stacked(
        [f"Årsag {number}" for number in range(len(values))], [Bar("Nord", values)], alt="x", key="k"
    )


def every() -> list[Chart]:
    """One of each kind, with a name nobody should have and everything that can be missing."""
    name = '<b onload="x">&'
    some = (Point(66), Point(None), Point(None, is_hidden=True), Point(0, is_uncertain=True))
    return [
        charts.line(
            ["1", "2", "3", "4\n2026"],
            [Series(name, some), Series("B", some)],
            aims=[None, 65, 65, None],
            aim="Måltal",
            alt=name,
            key="a",
        ),
        charts.line([], [], alt="", key="b"),
        charts.stacked(
            [name, "B"], [Bar(name, (None, 3), "0,3 %"), Bar("", (None, None))], alt=name, key="c"
        ),
        charts.bands(["A", "B"], [Bar(name, (1000, 0)), Bar("", (None, None))], alt=name, key="d"),
        charts.paired(
            (name, "B"), [Pair(name, 66, 121), Pair("", None, 5), Pair("", 5, 5)], alt=name, key="e"
        ),
        charts.heat([name], [HeatRow(name, (one,)) for one in some], alt=name, key="f"),
        charts.heat([], [], alt="", key="g"),
    ]


def test_each_is_a_picture_by_itself_that_no_style_sheet_or_script_belongs_to() -> None:
    for chart in every():
        root = ElementTree.fromstring(chart.svg)
        assert root.get("role") == "img"
        assert root.get("aria-label") == chart.alt
        assert "<b" not in chart.svg
        assert not any(re.match("style|on", name) for one in root.iter() for name in one.attrib)
        assert "NaN" not in chart.svg
        assert "inf" not in chart.svg
        for reference in re.findall(r"url\(#([^)]+)\)", chart.svg):
            assert root.find(f".//*[@id='{reference}']") is not None


@given(SHARES)
def test_parts_of_a_bar_are_as_wide_as_their_figures(values: list[int]) -> None:
    drawn, shown = widths(stacked(*values)), [value for value in values if value]
    assert len(drawn) == len(shown)
    for width, value in zip(drawn, shown, strict=True):
        assert width * shown[0] == pytest.approx(drawn[0] * value, abs=0.02 * max(shown))


@given(SHARES)
def test_every_figure_of_a_bar_is_written_beside_it(values: list[int]) -> None:
    said = words(stacked(*values))
    for value in values:
        assert not value or f"{value // 10},{value % 10}" in said


@given(st.lists(st.integers(0, 4000), min_size=2, max_size=8))
def test_points_of_a_line_stand_as_high_as_their_figures_above_zero(values: list[int]) -> None:
    chart = charts.line(
        ["x"] * len(values), [Series("", tuple(Point(value) for value in values))], alt="", key="k"
    )
    dots = [float(dot.attrib["cy"]) for dot in ElementTree.fromstring(chart.svg).iter(f"{SVG}circle")]
    floor = 216.0
    highest = max(values) or 1
    for dot, value in zip(dots, values, strict=True):
        assert (floor - dot) * highest == pytest.approx((floor - min(dots)) * value, abs=0.02 * highest)
        assert 20 <= dot <= floor


def test_what_is_hidden_stands_as_two_dots_and_leaves_a_gap_in_the_line() -> None:
    chart = charts.line(
        ["1", "2", "3", "4"],
        [Series("", (Point(50), Point(None, is_hidden=True), Point(60), Point(70)))],
        alt="",
        key="k",
    )
    assert words(chart).count("..") == 1
    lines = list(ElementTree.fromstring(chart.svg).iter(f"{SVG}polyline"))
    assert [len(line.attrib["points"].split()) for line in lines] == [1, 2]
    heat = charts.heat(["A"], [HeatRow("1. klasse", (Point(None, is_hidden=True),))], alt="", key="k")
    assert ".." in words(heat)
    assert ".." in words(charts.paired(("A", "B"), [Pair("Nord", 66, None)], alt="", key="k"))


def test_what_is_uncertain_is_hollow_and_in_brackets() -> None:
    chart = charts.line(["1", "2"], [Series("", (Point(50, is_uncertain=True), Point(60)))], alt="", key="k")
    first, second = ElementTree.fromstring(chart.svg).iter(f"{SVG}circle")
    assert first.attrib["fill"] != second.attrib["fill"]
    heat = charts.heat(["A"], [HeatRow("1. klasse", (Point(66, is_uncertain=True),))], alt="", key="k")
    assert "(6,6)" in words(heat)
