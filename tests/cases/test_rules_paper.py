"""The page about rules lists the sets the product ships as they are."""

from __future__ import annotations

import os

from django.utils import translation

from fravaer.cases import rulesets, words
from fravaer.cases.rules import Purpose, Rule
from tests.architecture.source import ROOT

PAPER = ROOT / "docs" / "rules.md"
BEGINS, ENDS = "<!-- sets: made by tests/cases/test_rules_paper.py -->\n", "<!-- end of sets -->"


def table() -> str:
    """The sets as a table: one row a rule."""
    rows = [
        "| set | rule | says | eases | for | told | from the start |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    with translation.override("en"):
        for ruleset in rulesets.ALL:
            for rule in ruleset.rules:
                cells = [
                    f"`{ruleset.code}`",
                    f"`{rule.family}.{rule.code}`",
                    words.whole(rule),
                    f"{rule.easing_margin} below",
                    "the law" if rule.purpose == Purpose.LAW else "the worklist",
                    told(rule),
                    "yes" if ruleset.is_shipped else "no",
                ]
                rows.append(f"| {' | '.join(cells)} |")
        rows += ["", *(f"- `{ruleset.code}`: {ruleset.title}. {ruleset.source}" for ruleset in rulesets.ALL)]
    return "\n".join(rows).replace("\N{NO-BREAK SPACE}", " ") + "\n"


def told(rule: Rule) -> str:
    return ", ".join(role.replace("_", " ") for role in rule.tells)


def test_the_page_lists_every_set_as_it_is() -> None:
    page = PAPER.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGINS)
    _, _, after = rest.partition(ENDS)
    fresh = f"{before}{BEGINS}{table()}{ENDS}{after}"
    if os.environ.get("FRAVAER_RECORD_PAPERS"):
        PAPER.write_text(fresh, encoding="utf-8")
    assert page == fresh or os.environ.get("FRAVAER_RECORD_PAPERS")
