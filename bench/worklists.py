"""What does the first page of a very long worklist cost, against that of a short one?"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import accumulate

from django.core.handlers.wsgi import WSGIHandler
from django.urls import reverse

from bench.figures import Figure
from bench.pages import Browser
from bench.timing import medians
from fravaer.accounts import grants
from fravaer.accounts.models import Reach, User
from fravaer.accounts.roles import Role
from fravaer.cases import triage, worklist
from fravaer.core.scope import Scope
from fravaer.schools.models import School

OPEN_ITEMS = 5_000


def measured(day: date, now: datetime) -> list[Figure]:
    """A reader of so many schools that 5,000 pupils stand over a line, against a reader of one."""
    if triage.latest() is None:
        triage.run(day, now)
    schools = list(School.objects.order_by("pk"))
    sums = accumulate(_open_items(school.pk, day) for school in schools)
    enough = next((at for at, items in enumerate(sums, start=1) if items >= OPEN_ITEMS), len(schools))
    handler = WSGIHandler()
    long = Browser(_reader("long", schools[:enough], now), handler)
    short = Browser(_reader("short", schools[:1], now), handler)
    page = reverse("cases:worklist")
    times = medians(
        {
            "long": long.expecting("200", "GET", page),
            "short": short.expecting("200", "GET", page),
        },
        rounds=5,
        calls=3,
    )
    return [Figure("worklist of 5,000 open items, against a school's", times["long"], times["short"], 4)]


def _open_items(school_id: int, day: date) -> int:
    actions = frozenset({"worklist"})
    scope = Scope(role=Role.SOCIAL_WORKER, actions=actions, persons=True, schools=frozenset({school_id}))
    return worklist.rows(scope, day).count()


def _reader(name: str, schools: list[School], now: datetime) -> User:
    user, _made = User.objects.get_or_create(
        email=f"{name}@bench.invalid", defaults={"name": f"Bench {name}"}
    )
    for school in schools:
        grants.give(
            user_id=user.pk,
            role=Role.SOCIAL_WORKER,
            reach=Reach.SCHOOL,
            unit_id=school.pk,
            origin="demo",
            valid_from=now - timedelta(days=1),
            valid_until=now + timedelta(days=30),
        )
    return user
