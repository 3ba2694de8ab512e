"""Is whoever is shown a pupil noted, and is nobody shown one who is not?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import DatabaseError, connection, connections, transaction
from django.urls import reverse

from fravaer.absence.checkpoints import Checkpoint
from fravaer.audit import trail
from fravaer.audit.models import Event
from fravaer.core.scope import Scope
from tests.cast import DAY, Cast, signed_in

MINE = Scope(actor_id=7, role="teacher")


@contextmanager
def nothing_can_be_noted() -> Iterator[None]:
    """The trail's own connection leads nowhere."""
    own = connections["trail"]
    own.close()
    port = own.settings_dict["PORT"]
    own.settings_dict["PORT"] = "1"
    try:
        yield
    finally:
        own.settings_dict["PORT"] = port


def test_a_page_whose_reading_cannot_be_noted_is_refused_without_a_word_of_it(cast: Cast) -> None:
    client, office = signed_in(cast.mette), signed_in(cast.leader)
    pages = [
        (client, reverse("absence:register", args=[cast.class_7b.pk, DAY, Checkpoint.START])),
        (office, reverse("sms:unexplained")),
        (office, reverse("cases:pupil", args=[cast.pupils[0].uuid])),
    ]
    for who, page in pages:
        assert cast.pupils[0].family_name in who.get(page).content.decode() or "unexplained" in page
    with nothing_can_be_noted():
        for who, page in pages:
            answer = who.get(page)
            assert answer.status_code == 503, page
            said = answer.content.decode()
            assert "Siden kan ikke vises lige nu" in said
            assert not [pupil for pupil in cast.pupils if pupil.family_name in said]
    for who, page in pages:
        assert who.get(page).status_code == 200


def test_a_connection_that_was_closed_meanwhile_is_made_anew(db: None) -> None:
    trail.saw(MINE, "register", [1])
    with connections["trail"].cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    trail.saw(MINE, "register", [2])
    assert [event.pupil_ids for event in Event.objects.order_by("pk")] == [[1], [2]]


def test_a_reading_is_kept_whatever_goes_wrong_afterwards_and_a_change_only_with_what_it_changes(
    db: None,
) -> None:
    with transaction.atomic():
        trail.saw(MINE, "history", [3, 3, 2], subject_id="a", reason="duty")
        trail.changed(7, "grant.give", subject="grant")
        transaction.set_rollback(True)
    event = Event.objects.get()
    assert (event.action, event.subject, event.pupil_ids, event.reason) == ("read", "history", [2, 3], "duty")
    assert event.noted_at is not None
    assert event.transaction > 0
    assert trail.readers_of(2) == trail.about(3, "a") == [event]
    assert trail.last_saw(7, "history", event.at) is None


@pytest.mark.parametrize(
    "change", ["UPDATE audit_event SET actor_id = 1", "DELETE FROM audit_event", "TRUNCATE audit_event"]
)
def test_nobody_changes_what_was_noted_not_even_its_owner(db: None, change: str) -> None:
    trail.saw(MINE, "register", [1])
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change)
