"""What do the second wall and the trail of readings cost? The same pages with each of them and without."""

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
from fravaer.audit import trail
from fravaer.core.periods import Quarter
from fravaer.core.walls import DatabaseRole

Call = Callable[[], None]
BUDGET = 1.5


def measured() -> list[Figure]:
    """Register, worklist and dashboard behind row-level security, each against itself without."""
    return _against_without(
        "behind row-level security",
        lambda page: _as(DatabaseRole.APP, page),
        lambda page: _as(None, page),
    )


def noted() -> list[Figure]:
    """The same pages with each reading noted before they leave, each against itself with none noted.

    As the application's role both times; the quarter's page shows no child, and notes nothing.
    """
    return _against_without(
        "with its reading noted",
        lambda page: _as(DatabaseRole.APP, page),
        lambda page: _as(DatabaseRole.APP, _unnoted(page)),
    )


def _unnoted(call: Call) -> Call:
    """The call with nothing written in the trail by readings."""

    def called() -> None:
        note = trail._note
        trail._note = lambda on, values: None
        try:
            call()
        finally:
            trail._note = note

    return called


def _against_without(
    said: str, having: Callable[[Call], Call], without: Callable[[Call], Call]
) -> list[Figure]:
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
        calls[name] = having(page)
        calls[f"{name}, without"] = without(page)
    times = medians(calls, rounds=9, calls=10)
    return [
        Figure(
            f"{name} {said}, against without",
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
