"""What does a process of the web server have ready before its first request?"""

from __future__ import annotations

from fravaer import wsgi
from tests.architecture.source import ROOT


def test_every_template_is_loaded_before_the_first_page_and_without_a_connection() -> None:
    # A test without the mark for it may not reach for the database.
    assert wsgi.load() == len(list((ROOT / "templates").rglob("*.html"))) > 100
