"""Which messages lie on the parents' phones? (the page at ``/``)"""

from __future__ import annotations

from collections.abc import Mapping

from tools.gateway.answers import Answer
from tools.gateway.ledger import Ledger


class Phones:
    """The page and its style sheet."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def answer(self, path: str, query: Mapping[str, str], now: float) -> Answer:
        return Answer(404, b"not found", "text/plain; charset=utf-8")
