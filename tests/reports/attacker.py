"""Somebody who has every page at once, and a linear programme: how narrowly can she tell a number that is not shown?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import highspy
import numpy

# A number by where it stands.
Name = tuple[int, ...]


class Attacker:
    """Knows some sums of numbers that are none of them negative, and nothing else."""

    def __init__(self, numbers: Iterable[Name], known: Iterable[tuple[Iterable[Name], int]]) -> None:
        self.place = {name: column for column, name in enumerate(numbers)}
        self.solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
        self.solver.silent()
        count = len(self.place)
        self.solver.addVars(count, numpy.zeros(count), numpy.full(count, highspy.kHighsInf))
        for names, total in known:
            places = numpy.array([self.place[name] for name in names], dtype=numpy.int32)
            self.solver.addRow(float(total), float(total), len(places), places, numpy.ones(len(places)))

    def span(self, names: Iterable[Name]) -> float:
        """The distance between the least and the most that these numbers can come to."""
        costs = numpy.zeros(len(self.place))
        for name in names:
            costs[self.place[name]] = 1
        self.solver.changeColsCost(len(costs), numpy.arange(len(costs), dtype=numpy.int32), costs)
        ends: list[float] = []
        for sense in (highspy.ObjSense.kMinimize, highspy.ObjSense.kMaximize):
            self.solver.changeObjectiveSense(sense)
            self.solver.run()
            status = self.solver.getModelStatus()
            if status == highspy.HighsModelStatus.kOptimal:
                ends.append(self.solver.getInfo().objective_function_value)
            elif status in (
                highspy.HighsModelStatus.kUnbounded,
                highspy.HighsModelStatus.kUnboundedOrInfeasible,
            ):
                ends.append(float("-inf") if not ends else float("inf"))
            else:
                raise AssertionError(status)
        low, high = ends
        return high - low
