"""What do the second wall and the trail of readings cost? The same pages with each of them and without."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

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
from fravaer.schools.models import Pupil

Call = Callable[[], None]
BUDGET = 1.5
ACCOUNTS = ("laerer", "skoleleder", "socialraadgiver", "omraadechef", "sekretaer")
MEASURED = ("register page", "worklist of a school", "worklist of a social worker", "quarter page")


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
        trail._note = lambda on, values, statement=trail.NOTE: None
        try:
            call()
        finally:
            trail._note = note

    return called


def _against_without(
    said: str, having: Callable[[Call], Call], without: Callable[[Call], Call]
) -> list[Figure]:
    calls: dict[str, Call] = {}
    opened = pages()
    for name in MEASURED:
        page = opened[name]
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
        for name in MEASURED
    ]


def pages() -> dict[str, Call]:
    """The pages that are opened all day, each by one who works with it."""
    handler = WSGIHandler()
    day = day_in_view(timezone.localdate())
    people = {account: _browser(account, handler) for account in ACCOUNTS}
    teachers_class = class_of(28, demo_user("laerer"), day)  # type: ignore[arg-type]
    pupil = (
        Pupil.objects.filter(
            enrolments__school_class=teachers_class, enrolments__starts_on__lte=day, enrolments__until__gt=day
        )
        .order_by("pk")
        .first()
    )
    assert pupil is not None
    opened: dict[str, tuple[str, str, list[object]]] = {
        "register page": ("laerer", "absence:register", [teachers_class.pk, day, Checkpoint.START]),
        "worklist of a school": ("skoleleder", "cases:worklist", []),
        "worklist of a social worker": ("socialraadgiver", "cases:worklist", []),
        "quarter page": ("omraadechef", "reports:quarter", [Quarter.of(day)]),
        "class page": ("laerer", "absence:class", [teachers_class.pk]),
        "pupil's history": ("laerer", "absence:history", [pupil.uuid]),
        "the office's morning": ("sekretaer", "absence:board", []),
        "unexplained absence": ("sekretaer", "sms:unexplained", []),
        "cases of a social worker": ("socialraadgiver", "cases:cases", []),
    }
    return {
        name: people[account].expecting("200", "GET", reverse(view, args=given))
        for name, (account, view, given) in opened.items()
    }


@contextmanager
def as_role(role: DatabaseRole | None) -> Iterator[None]:
    """Inside, as this role of the database, or as the owner of the tables, whom no policy holds."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET ROLE {role}" if role else "RESET ROLE")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")


def _as(role: DatabaseRole | None, call: Call) -> Call:
    def called() -> None:
        with as_role(role):
            call()

    return called


def _browser(account: str, handler: WSGIHandler) -> Browser:
    user = demo_user(account)
    if user is None:
        raise RuntimeError("the municipality has no demonstration accounts")
    return Browser(user, handler)
