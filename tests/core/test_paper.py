"""How does a page become a PDF?"""

from __future__ import annotations

import re
import zlib
from pathlib import Path
from typing import Any

import pytest
from django.template import TemplateDoesNotExist

from fravaer.core import paper
from tests.cast import MORNING

DOCUMENT = """
#import "/core/paper.typ": paper, lines, development
#let values = json(bytes(sys.inputs.values))
#show: paper.with(title: values.title, foot: values.title)
= #values.title
#lines(values.text)
#development(values.weeks, values.title)
"""
VALUES = {"title": "Møde", "text": '#panic("x") *ikke*\n$x$ #read("/base.html")', "weeks": [10, None, 300]}


@pytest.fixture
def document(tmp_path: Path, settings: Any) -> str:
    """A document of the test's own beside the product's shared pieces."""
    shared = Path(settings.TEMPLATES[0]["DIRS"][0])
    (tmp_path / "core").mkdir()
    (tmp_path / "core/paper.typ").write_text((shared / "core/paper.typ").read_text())
    (tmp_path / "trial.typ").write_text(DOCUMENT)
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    paper._found.cache_clear()
    return "trial.typ"


def test_a_paper_is_tagged_and_the_same_from_the_same_values_and_reads_no_markup_in_them(
    document: str,
) -> None:
    made = paper.pdf(document, VALUES, made_at=MORNING)
    assert made == paper.pdf(document, VALUES, made_at=MORNING)
    assert made != paper.pdf(document, {**VALUES, "title": "Andet"}, made_at=MORNING)
    inside = made + b"".join(
        zlib.decompress(part) for part in re.findall(rb"FlateDecode.*?stream\r?\n(.*?)endstream", made, re.S)
    )
    assert made.startswith(b"%PDF-")
    assert b"StructTreeRoot" in inside
    assert b"(da" in inside


def test_a_paper_that_does_not_exist_says_so(document: str) -> None:
    with pytest.raises(TemplateDoesNotExist):
        paper.pdf("no/such.typ", {}, made_at=MORNING)
