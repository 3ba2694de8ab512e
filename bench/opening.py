"""What does it cost to open the quarter's page: first of all in a new process, first after a draw, and once more?

A manager's figures were drawn hours ago. The page she opens asks whether they still hold, and its process may never have shown
them: what it remembers (`fravaer.core.remembering`) is empty. Measured in processes of their own, which have loaded what a web
server loads before its first request. The budget is for the page that is opened first after a draw, by a process that has
served others; a process's very first one, and the same page again, stand beside it.

`python -m bench.opening` is such a process; it prints its seconds as JSON.
"""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
from datetime import timedelta
from statistics import median
from time import perf_counter
from types import SimpleNamespace

from bench.figures import Figure

PROCESSES, ROUNDS = 5, 9
HOURS = timedelta(hours=3)
# Of an empty page with the same session.
BUDGET, ONCE_BUDGET = 8, 40


def measured() -> list[Figure]:
    """The quarter's page of an area manager and of the chief, against an empty page."""
    _grow_old()
    runs = [_run() for _ in range(PROCESSES)]

    def figure(words: str, name: str, budget: float) -> Figure:
        return Figure(words, median(run[name] for run in runs), median(run["empty"] for run in runs), budget)

    return [
        figure("quarter page after a draw, against an empty page", "after a draw", BUDGET),
        figure("quarter page once more, against an empty page", "again", BUDGET),
        figure("quarter page, a new process's first, against an empty page", "first", ONCE_BUDGET),
    ]


def _grow_old() -> None:
    """Let the draws of the page be some hours old, with what may be told of them already decided."""
    from django.db.models import F

    from fravaer.reports.models import Draw

    Draw.objects.filter(frozen=False).update(drawn_at=F("drawn_at") - HOURS)
    _run()


def _run() -> dict[str, float]:
    done = subprocess.run([sys.executable, "-m", "bench.opening"], capture_output=True, check=True, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _seconds() -> dict[str, float]:
    import django

    django.setup()
    from django.conf import settings
    from django.core.handlers.wsgi import WSGIHandler
    from django.urls import reverse
    from django.utils import timezone

    from bench.pages import Browser
    from fravaer import wsgi
    from fravaer.accounts.demo import demo_user
    from fravaer.accounts.middleware import day_in_view
    from fravaer.core import remembering
    from fravaer.core.periods import Quarter

    wsgi.load()
    # And as the web server rests before its first process: outside the rounds of the garbage collector.
    server = runpy.run_path(str(settings.BASE_DIR / "gunicorn.conf.py"))
    server["when_ready"](SimpleNamespace(LISTENERS=[]))
    manager = demo_user("omraadechef")
    if manager is None:
        raise RuntimeError("the municipality has no demonstration accounts")
    office = Browser(manager, WSGIHandler())
    other = office.expecting("200", "GET", reverse("reports:targets"))
    day = day_in_view(timezone.localdate())
    page = office.expecting("200", "GET", reverse("reports:quarter", args=[Quarter.of(day)]))
    empty = office.expecting("200", "GET", "/bench/empty/")
    for _ in range(3):
        empty()
    taken: dict[str, list[float]] = {"first": [], "empty": [], "after a draw": [], "again": []}

    def timed(name: str) -> None:
        call = empty if name == "empty" else page
        begun = perf_counter()
        call()
        taken[name].append(perf_counter() - begun)

    timed("first")
    for _ in range(ROUNDS):
        timed("empty")
        remembering.forget()
        # What every page has in common is there; nothing of the figures is.
        other()
        timed("after a draw")
        timed("again")
    return {name: median(times) for name, times in taken.items()}


if __name__ == "__main__":
    print(json.dumps(_seconds()))
