"""Does every attack case have its test, and is every test there that the paper names?"""

from __future__ import annotations

import ast
import re
from functools import cache

from tests.architecture.source import ROOT

PAPER = ROOT / "docs" / "security-cases.md"
CASES = 90
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


@cache
def named_in(place: str) -> frozenset[str]:
    tree = ast.parse((ROOT / place).read_text(encoding="utf-8"))
    return frozenset(
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    )


def rows() -> dict[int, str]:
    found = re.findall(r"^\| (\d+) \| [^|]+ \| ([^|]*) \|$", PAPER.read_text(encoding="utf-8"), re.MULTILINE)
    return {int(number): said for number, said in found}


def test_every_case_names_a_test_or_says_why_there_is_none() -> None:
    assert list(rows()) == list(range(1, CASES + 1))
    assert [
        number for number, said in rows().items() if not NAMED.search(said) and "No test:" not in said
    ] == []


def test_every_test_the_paper_names_is_there() -> None:
    named = NAMED.findall(PAPER.read_text(encoding="utf-8"))
    assert [f"{place}::{name}" for place, name in named if name not in named_in(place)] == []


def test_every_test_named_after_a_case_is_in_its_row() -> None:
    missing = [
        f"{path.name}::{name}"
        for path in sorted((ROOT / "tests" / "proof").glob("test_*.py"))
        for name in named_in(path.relative_to(ROOT).as_posix())
        if (match := re.match(r"test_case_(\d+)_", name)) and name not in rows()[int(match[1])]
    ]
    assert missing == []
