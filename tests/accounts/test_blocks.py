"""A person is kept away from her own child, whatever else she may see."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
import time_machine
from django.db import IntegrityError, transaction

from fravaer.accounts import blocks
from fravaer.accounts.models import AccessBlock, Grant, Kind, User
from fravaer.accounts.roles import Role
from fravaer.accounts.scoping import scope_of
from fravaer.audit.models import Event
from fravaer.schools.models import Pupil
from tests import factories
from tests.cast import DAY, MORNING, Cast, signed_in, statements


def keep_away(user: User, *pupils: Pupil) -> None:
    for pupil in pupils:
        blocks.declare(
            user_id=user.pk,
            pupil_id=pupil.pk,
            kind=Kind.OWN_CHILD,
            declared_by=scope_of(user.pk, MORNING),
            now=MORNING,
        )


def test_a_class_teacher_says_whether_her_own_child_is_there_and_the_trail_notes_it(cast: Cast) -> None:
    [mine, *_rest] = cast.pupils
    keep_away(cast.mette, mine)
    browser = signed_in(cast.mette)
    page = browser.get(f"/r/{cast.class_7b.pk}/{DAY}/morgen/").content.decode()
    assert mine.given_name in page
    assert f"/pupils/{mine.uuid}/history/" not in page
    assert f"/pupils/{cast.pupils[1].uuid}/history/" in page
    assert browser.get(f"/pupils/{mine.uuid}/history/").status_code == 404
    marks = {f"m-{pupil.uuid}": "T" for pupil in cast.pupils} | {f"m-{mine.uuid}": "I"}
    saved = browser.post(
        f"/r/{cast.class_7b.pk}/{DAY}/morgen/", {"version": "0", "key": str(UUID(int=7)), **marks}
    )
    assert saved.status_code == 303
    noted = Event.objects.get(action="block.touched")
    assert (noted.actor_id, noted.pupil_ids, noted.subject) == (cast.mette.pk, [mine.pk], "register")


def test_a_block_works_on_the_next_request_and_beats_every_grant(cast: Cast) -> None:
    [mine, *_rest] = cast.pupils
    factories.grant(cast.leader, Role.LEADER, mine, origin="case")
    factories.grant(cast.leader, Role.LEADER, cast.north, origin="demo")
    factories.grant(cast.leader, Role.LEADER, None, origin="demo")
    browser = signed_in(cast.leader)
    page = f"/pupils/{mine.uuid}/history/"
    assert browser.get(page).status_code == 200
    keep_away(cast.leader, mine)
    assert browser.get(page).status_code == 404
    scope = scope_of(cast.leader.pk, MORNING)
    assert scope.blocked == {mine.pk} == blocks.blocked(cast.leader.pk, MORNING)
    assert mine.pk not in scope.pupils
    assert not Pupil.objects.visible_to(scope, DAY).filter(pk=mine.pk).exists()
    # Of somebody else's child she sees as much as before, and whoever else leads the school sees hers.
    assert browser.get(f"/pupils/{cast.pupils[1].uuid}/history/").status_code == 200
    assert signed_in(cast.secretary).get(page).status_code == 200


def test_a_block_is_lifted_by_somebody_else_and_never_by_herself(
    cast: Cast, clock: time_machine.Traveller
) -> None:
    [mine, *_rest] = cast.pupils
    keep_away(cast.mette, mine)
    keep_away(cast.mette, mine)
    [block] = AccessBlock.objects.all()
    with pytest.raises(blocks.NotHerself):
        blocks.lift(block.pk, scope_of(cast.mette.pk, MORNING), MORNING)
    with pytest.raises(IntegrityError), transaction.atomic():
        AccessBlock.objects.filter(pk=block.pk).update(lifted_by=cast.mette)
    assert blocks.blocked(cast.mette.pk, MORNING) == {mine.pk}
    clock.shift(timedelta(hours=1))
    later = MORNING + timedelta(hours=1)
    blocks.lift(block.pk, scope_of(cast.leader.pk, later), later)
    assert blocks.blocked(cast.mette.pk, later) == frozenset()
    # What was so this morning stays written.
    assert blocks.blocked(cast.mette.pk, MORNING) == {mine.pk}
    assert [event.action for event in Event.objects.filter(action__startswith="block.").order_by("id")] == [
        "block.declare",
        "block.lift.refused",
        "block.lift",
    ]


def test_grants_and_blocks_are_one_question(cast: Cast) -> None:
    keep_away(cast.mette, *cast.pupils[:2])
    factories.grant(cast.mette, Role.LEADER, cast.other_school)
    with statements() as sent:
        as_teacher = scope_of(cast.mette.pk, MORNING)
    assert len(sent) == 1
    as_leader = scope_of(cast.mette.pk, MORNING, "leader")
    assert as_teacher.blocked == as_leader.blocked == {pupil.pk for pupil in cast.pupils[:2]}
    by_role = dict(Grant.objects.filter(user=cast.mette).values_list("role", "pk"))
    assert (as_teacher.grant_ids, as_leader.grant_ids) == ((by_role["teacher"],), (by_role["leader"],))
