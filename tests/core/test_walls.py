"""What the database refuses by itself, whatever is asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from fravaer.accounts.models import User
from fravaer.core import walls
from fravaer.core.walls import DatabaseRole
from fravaer.schools.models import Pupil
from tests.cast import MORNING, Cast


@contextmanager
def as_the_application(user: User | None, role: str = "") -> Iterator[None]:
    """Inside, the database takes us for the application answering a request of this person."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {DatabaseRole.APP}")
        walls.enter(user.pk if user else None, role, MORNING)
        yield
        cursor.execute("RESET ROLE")


def test_a_query_that_forgot_its_reader_shows_a_teacher_her_own_pupils_alone(cast: Cast) -> None:
    with as_the_application(cast.mette):
        seen = set(Pupil.objects.all())
    assert seen == set(cast.pupils)
