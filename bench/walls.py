"""What does the second wall cost? The same pages as the application's role and as one the database shows everything."""

from __future__ import annotations

from collections.abc import Callable

from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from bench.figures import Figure
from bench.pages import Browser, class_of
from bench.timing import medians
from fravaer.absence.checkpoints import Checkpoint
from fravaer.accounts.demo import demo_user
from fravaer.accounts.middleware import day_in_view
from fravaer.core.periods import Quarter
from fravaer.core.walls import DatabaseRole

Call = Callable[[], None]
BUDGET = 1.5


def measured() -> list[Figure]:
    """Register, worklist and dashboard behind row-level security, each against itself without."""
    handler = WSGIHandler()
    day = day_in_view(timezone.localdate())
    teacher = _browser("laerer", handler)
    teachers_class = class_of(28, demo_user("laerer"), day)  # type: ignore[arg-type]
    pages = {
        "register page": (
            teacher,
            reverse("absence:register", args=[teachers_class.pk, day, Checkpoint.START]),
        ),
        "worklist of a school": (_browser("skoleleder", handler), reverse("cases:worklist")),
        "worklist of a social worker": (_browser("socialraadgiver", handler), reverse("cases:worklist")),
        "quarter page": (
            _browser("omraadechef", handler),
            reverse("reports:quarter", args=[Quarter.of(day)]),
        ),
    }
    calls: dict[str, Call] = {}
    for name, (browser, address) in pages.items():
        page = browser.expecting("200", "GET", address)
        calls[name] = _as(DatabaseRole.APP, page)
        calls[f"{name}, without"] = _as(None, page)
    times = medians(calls, rounds=9, calls=10)
    return [
        Figure(
            f"{name} behind row-level security, against without",
            times[name],
            times[f"{name}, without"],
            BUDGET,
        )
        for name in pages
    ]


def _as(role: DatabaseRole | None, call: Call) -> Call:
    """The call as this role of the database, or as the owner of the tables, whom no policy holds."""

    def called() -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SET ROLE {role}" if role else "RESET ROLE")
        try:
            call()
        finally:
            with connection.cursor() as cursor:
                cursor.execute("RESET ROLE")

    return called


def _browser(account: str, handler: WSGIHandler) -> Browser:
    user = demo_user(account)
    if user is None:
        raise RuntimeError("the municipality has no demonstration accounts")
    return Browser(user, handler)
