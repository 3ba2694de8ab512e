"""Whoever opens many children one after another proves once more who she is, and it is noted."""

from __future__ import annotations

from datetime import timedelta

import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from fravaer.accounts import freshness, opening
from fravaer.accounts.models import OpenedChild
from fravaer.audit.models import Event
from fravaer.schools.models import Pupil
from tests import factories
from tests.cast import Cast, signed_in


def page(pupil: Pupil) -> str:
    return reverse("absence:history", args=[pupil.uuid])


def proved(client: Client, *, ago: int = 0) -> None:
    """She has proved who she is, so many minutes ago."""
    session = client.session
    session[freshness.CONFIRMED] = (timezone.now() - timedelta(minutes=ago)).timestamp()
    session.save()


def noted() -> int:
    return Event.objects.filter(action="control.many_children").count()


def test_89_the_child_after_the_last_of_the_hour_asks_for_a_proof_and_nobody_is_locked_out(
    cast: Cast, settings: Settings, clock: time_machine.Traveller
) -> None:
    settings.CHILDREN_AN_HOUR = 3
    client = signed_in(cast.leader)
    proved(client, ago=6)
    freja, *others = cast.pupils
    for pupil in (*others[:2], freja, freja, *others[:2]):
        assert client.get(page(pupil)).status_code == 200
    # Lists of her school show everybody and count as nothing.
    assert client.get(reverse("absence:class", args=[cast.class_7b.pk])).status_code == 200
    asked = client.get(page(others[2]))
    assert asked.status_code == 302
    assert asked.headers["Location"] == freshness.address(page(others[2]))
    assert client.get(page(others[2])).status_code == 302
    event = Event.objects.get(action="control.many_children")
    assert (event.actor_id, event.role, event.pupil_ids) == (cast.leader.pk, "leader", [])
    assert event.detail == {"children": 4, "minutes": 60}

    proved(client)
    assert client.get(page(others[2])).status_code == 200
    clock.shift(timedelta(minutes=30))
    assert client.get(page(others[3])).status_code == 200
    assert noted() == 1
    # A colleague has an hour of her own, and an hour later so has she.
    assert signed_in(cast.secretary).get(page(freja)).status_code == 200
    clock.shift(timedelta(minutes=31))
    assert [client.get(page(pupil)).status_code for pupil in others[:2]] == [200, 200]


def test_twice_as_many_ask_again(cast: Cast, settings: Settings) -> None:
    settings.CHILDREN_AN_HOUR = 2
    client = signed_in(cast.leader)
    proved(client, ago=6)
    children = [*cast.pupils, *factories.pupils(["Ida Nord"], in_class=cast.class_2a)]
    answers = [client.get(page(pupil)).status_code for pupil in children[:3]]
    assert answers == [200, 200, 302]
    proved(client)
    assert [client.get(page(pupil)).status_code for pupil in children[2:5]] == [200, 200, 200]
    proved(client, ago=6)
    assert client.get(page(children[5])).status_code == 302


def test_a_child_counts_once_and_what_is_older_than_an_hour_is_forgotten(
    cast: Cast, clock: time_machine.Traveller
) -> None:
    now = timezone.now()
    first, second = cast.pupils[:2]
    found = [opening.count(cast.leader.pk, pupil.pk, now) for pupil in (first, second, first)]
    assert found == [1, 2, 2]
    later = now + timedelta(minutes=61)
    assert opening.count(cast.leader.pk, second.pk, later) == 1
    assert OpenedChild.objects.filter(user=cast.leader).count() == 1
