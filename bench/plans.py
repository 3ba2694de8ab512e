"""How does the database answer the statements that cost pages most, behind the walls and without them?

Prints Markdown for docs/explain-plans.md: the ten slowest statements of the pages that are opened all day, each explained
where it is asked, in the very transaction, role and settings of its request, and once more as the owner of the tables, whom no
wall holds. What either explanation changed is taken back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from django.db import connection, transaction

from bench.figures import Figure
from bench.walls import as_role, pages
from fravaer.core.walls import DatabaseRole

HOTTEST = 10
ROUNDS = 5
WIDTH, MOST = 118, 16
EXPLAIN = "EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF, SUMMARY ON) "
# What says nothing about how rows are found.
SILENT = re.compile(
    r"^\s*(Index Searches|Planning|Memory|Sort Method|Output|Storage|Batches|Buckets|Heap Blocks|Buffers|Cache)"
)
# A sub-select that is worked out once, and the row it comes to.
ONCE = re.compile(r"^\s*(InitPlan \d+|->  Result|->  ProjectSet)")
TABLE = re.compile(r'(?:FROM|INTO|UPDATE) "?([a-z]+_[a-z]+)"?')
EXECUTED = re.compile(r"Execution Time: ([\d.]+) ms")
READ = re.compile(r"Buffers: shared (?:hit=(\d+))?(?: read=(\d+))?")


@dataclass
class Hot:
    """A statement of a page, what it took in each round (seconds), and its plans behind the walls and without."""

    page: str
    sql: str
    taken: list[float] = field(default_factory=list)
    plans: dict[str, list[str]] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        return min(self.taken)

    @property
    def name(self) -> str:
        found = TABLE.search(self.sql)
        return f"{self.page}: {found[1] if found else 'no table'}"


def printed() -> list[Figure]:
    """The ten hottest with their plans, on standard output. Nothing is held against a budget."""
    found: dict[tuple[str, str], Hot] = {}
    calls = pages()
    for page, call in calls.items():
        for _ in range(ROUNDS):
            with as_role(DatabaseRole.APP), _timed(page, found):
                call()
    # What is asked once and then remembered is not what a page asks all day.
    asked = [one for one in found.values() if len(one.taken) == ROUNDS]
    hottest = sorted(asked, key=lambda one: -one.seconds)[:HOTTEST]
    for page, call in calls.items():
        wanted = {one.sql: one for one in hottest if one.page == page}
        if wanted:
            with as_role(DatabaseRole.APP), _explained(wanted):
                call()
    print("\n".join(_written(hottest)))
    return []


@contextmanager
def _timed(page: str, found: dict[tuple[str, str], Hot]) -> Iterator[None]:
    """Inside, note how long each statement takes; what it took twice in one page counts together."""
    taken: dict[str, float] = {}

    def timed(execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        begun = perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            taken[sql] = taken.get(sql, 0) + perf_counter() - begun

    with connection.execute_wrapper(timed):
        yield
    for sql, seconds in taken.items():
        found.setdefault((page, sql), Hot(page, sql)).taken.append(seconds)


@contextmanager
def _explained(wanted: dict[str, Hot]) -> Iterator[None]:
    """Inside, the first asking of each wanted statement is explained before it is answered."""
    explaining = False

    def explained(execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        nonlocal explaining
        hot = wanted.get(sql)
        if hot is not None and not hot.plans and not explaining:
            explaining = True
            for said, role in (("behind", ""), ("without", "SET LOCAL ROLE NONE")):
                hot.plans[said] = _undone(role, sql, params)
            explaining = False
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explained):
        yield


def _undone(before: str, sql: str, params: Any) -> list[str]:
    """The plan, with everything it did taken back."""
    with transaction.atomic(), connection.cursor() as cursor:
        if before:
            cursor.execute(before)
        cursor.execute(EXPLAIN + sql, params)
        lines = [line for (line,) in cursor.fetchall()]
        transaction.set_rollback(True)
    return lines


def _written(hottest: list[Hot]) -> Iterator[str]:
    yield "| | statement | behind, ms | without, ms | pages read behind | without |"
    yield "| --: | --- | --: | --: | --: | --: |"
    for number, one in enumerate(hottest, start=1):
        figures = [_said(EXECUTED, one.plans[said]) for said in ("behind", "without")]
        blocks = [_said(READ, one.plans[said]) for said in ("behind", "without")]
        yield f"| {number} | {one.name} | {figures[0]} | {figures[1]} | {blocks[0]} | {blocks[1]} |"
    for number, one in enumerate(hottest, start=1):
        yield f"\n### {number}. {one.name}"
        for said, words in (("behind", "Behind the walls"), ("without", "Without them")):
            yield f"\n{words}:\n\n```text"
            yield from _trimmed(one.plans[said])
            yield "```"


def _said(pattern: re.Pattern[str], plan: list[str]) -> str:
    """The first figure the plan says, its groups added."""
    for line in plan:
        if match := pattern.search(line):
            numbers = [float(one) for one in match.groups() if one]
            return f"{sum(numbers):g}"
    return "–"


def _trimmed(plan: list[str]) -> Iterator[str]:
    """The plan's head, with what is worked out once for the statement as a number of its own."""
    lines = [line for line in plan if not SILENT.match(line)]
    shown = [line for line in lines if not ONCE.match(line)]
    for line in shown[:MOST]:
        yield line if len(line) <= WIDTH else f"{line[:WIDTH]} …"
    if len(shown) > MOST:
        yield f"… and {len(shown) - MOST} lines more"
    once = sum(1 for line in lines if "InitPlan" in line and not line.strip().startswith(("Filter", "Index")))
    yield f"({once} InitPlans, each worked out once or never)"
