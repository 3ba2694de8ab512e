"""What was measured, against what, and is it inside its budget?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Figure:
    """A value and its yardstick in the same unit (seconds, if the name says nothing else), and the most their ratio may be.

    `at_least` turns the budget round: the ratio must reach it.
    """

    name: str
    value: float
    against: float
    budget: float
    at_least: bool = False

    @property
    def ratio(self) -> float:
        return self.value / self.against

    @property
    def kept(self) -> bool:
        return self.ratio >= self.budget if self.at_least else self.ratio <= self.budget


def table(figures: Sequence[Figure]) -> str:
    lines = [f"{'what':<58}{'value':>12}{'against':>12}{'ratio':>9}{'budget':>10}"]
    for one in figures:
        sign = ("≥" if one.at_least else "≤") + f" {one.budget:g}"
        verdict = "" if one.kept else "  OVER"
        lines.append(
            f"{one.name:<58}{one.value:>12.5f}{one.against:>12.5f}{one.ratio:>9.2f}{sign:>10}{verdict}"
        )
    return "\n".join(lines)


def write(figures: Sequence[Figure], path: Path, pupils: int) -> None:
    """A list of `{"name", "value", "against", "ratio", "budget", "pupils"}`, as numbers."""
    rows = [
        {
            **{key: value for key, value in asdict(one).items() if key != "at_least"},
            "ratio": one.ratio,
            "pupils": pupils,
        }
        for one in figures
    ]
    path.write_text(json.dumps(rows, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def per_pupil(figures: Sequence[Figure], name: str, pupils: int, earlier: Path) -> Figure:
    """What the figure of this name costs a thousand pupils, against what an earlier run wrote for another municipality."""
    now = next(one for one in figures if one.name == name)
    then = next(row for row in json.loads(earlier.read_text(encoding="utf-8")) if row["name"] == name)
    return Figure(
        f"triage a thousand pupils: of {pupils}, against {then['pupils']}",
        1000 * now.value / pupils,
        1000 * then["value"] / then["pupils"],
        2,
    )
