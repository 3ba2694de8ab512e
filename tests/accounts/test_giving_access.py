"""Who gives access, for how long, and how it is looked over: two persons, an end, and the next request."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from fravaer.accounts import attesting, delegating, grants, proposals, roster, terms
from fravaer.accounts.models import Attestation, Ended, Grant, Proposal, Reach, User
from fravaer.accounts.roles import Action, Role
from fravaer.accounts.scoping import scope_of
from fravaer.audit.models import Event
from fravaer.core.scope import Scope
from tests import factories
from tests.cast import DAY, MORNING, Cast, signed_in


@pytest.fixture
def admin(cast: Cast) -> User:
    user = factories.user("Gerda Lund", email="gerda@fjordby.invalid")
    factories.grant(user, Role.ACCESS_ADMIN, None)
    return user


@pytest.fixture
def vera(cast: Cast) -> User:
    return factories.user("Vera Vang", email="vera@fjordby.invalid")


def asked(cast: Cast, **changed: str) -> dict[str, str]:
    return {
        "person": "vera@fjordby.invalid",
        "role": "secretary",
        "place": f"school:{cast.school.pk}",
        "last_day": "2026-06-30",
        "reason": "Barselsvikar på kontoret",
    } | changed


def scope(user: User, role: str = "") -> Scope:
    return scope_of(user.pk, timezone.now(), role)


def test_a_leader_proposes_an_administrator_approves_and_the_next_request_sees_it(
    cast: Cast, admin: User, vera: User
) -> None:
    [leader, office, hers] = [signed_in(user) for user in (cast.leader, admin, vera)]
    assert hers.get("/today/").status_code == 403
    assert leader.post("/access/propose/", asked(cast)).status_code == 303
    assert hers.get("/today/").status_code == 403
    page = office.get("/access/").content.decode()
    assert "Vera Vang" in page
    assert "Barselsvikar på kontoret" in page
    assert not any(pupil.given_name in page for pupil in [*cast.pupils, *cast.others])
    [proposal] = Proposal.objects.all()
    assert office.post(f"/access/proposals/{proposal.uuid}/approve/").status_code == 303
    assert hers.get("/today/").status_code == 200
    grant = Grant.objects.get(user=vera)
    assert (grant.granted_by, grant.approved_by, grant.purpose) == (cast.leader, admin, "teaching")
    assert timezone.localtime(grant.valid_until).isoformat() == "2026-07-01T00:00:00+02:00"
    # Twice is once.
    office.post(f"/access/proposals/{proposal.uuid}/approve/")
    office.post(f"/access/proposals/{proposal.uuid}/refuse/")
    assert Grant.objects.filter(user=vera).count() == 1
    # And it is taken back in the session that is open.
    assert office.post(f"/access/{grant.pk}/revoke/", {"because": "left"}).status_code == 303
    assert hers.get("/today/").status_code == 403
    grant.refresh_from_db()
    assert (grant.revoked_by, grant.revoked_because) == (admin, "left")
    assert [
        event.action
        for event in Event.objects.exclude(action__in=["read", "refused", "access.list"]).order_by("id")
    ] == ["access.propose", "grant.give", "access.approved", "grant.revoke"]


def test_nobody_gives_access_to_herself_nor_approves_what_she_proposed(
    cast: Cast, admin: User, vera: User
) -> None:
    """Who tries is refused, and the trail has it."""
    office = signed_in(admin)
    own = asked(cast, person="gerda@fjordby.invalid")
    assert office.post("/access/propose/", own).status_code == 403
    assert signed_in(cast.mette).post("/access/propose/", asked(cast)).status_code == 403
    assert office.post("/access/propose/", asked(cast)).status_code == 303
    [proposal] = Proposal.objects.all()
    assert office.post(f"/access/proposals/{proposal.uuid}/approve/").status_code == 403
    assert [
        (event.actor_id, event.action)
        for event in Event.objects.filter(action__endswith=".refused").order_by("id")
    ] == [(admin.pk, "access.propose.refused"), (admin.pk, "access.approve.refused")]
    assert not Grant.objects.filter(user=vera).exists()
    # Nor does somebody who proposed through another approve her own: a leader proposes the administrator.
    signed_in(cast.leader).post("/access/propose/", asked(cast, person="gerda@fjordby.invalid"))
    about_her = Proposal.objects.get(user=admin)
    assert office.post(f"/access/proposals/{about_her.uuid}/approve/").status_code == 403
    # A second administrator may, and the database holds to two as well.
    other = factories.user("Anden Administrator")
    factories.grant(other, Role.ACCESS_ADMIN, None)
    assert signed_in(other).post(f"/access/proposals/{proposal.uuid}/approve/").status_code == 303
    grant = Grant.objects.get(user=vera)
    for broken in ({"approved_by": admin}, {"granted_by": vera}, {"approved_by": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Grant.objects.filter(pk=grant.pk).update(**broken)


def test_a_leader_proposes_for_her_own_school_and_her_own_people_alone(cast: Cast, vera: User) -> None:
    leader = signed_in(cast.leader)
    for wrong in (
        {"place": f"school:{cast.other_school.pk}"},
        {"place": "municipality"},
        {"role": "chief"},
        {"role": "social_worker"},
        {"role": "teacher", "school_class": "9.X"},
        {"person": "nobody@fjordby.invalid"},
        {"last_day": "2026-03-09"},
        {"last_day": "2027-03-12"},
        {"reason": ""},
    ):
        assert leader.post("/access/propose/", asked(cast, **wrong)).status_code == 422, wrong
    assert leader.post("/access/propose/", asked(cast, role="teacher", school_class="7.B")).status_code == 303
    [proposal] = Proposal.objects.all()
    assert (proposal.reach, proposal.school_class) == ("class", cast.class_7b)
    # The room asks the same as the form: an id of elsewhere is nothing of hers.
    with pytest.raises(proposals.NotHers):
        proposals.propose(
            scope(cast.leader), user_id=vera.pk, role=Role.SECRETARY, reach=Reach.SCHOOL,
            unit_id=cast.other_school.pk, reason="x", until=MORNING + timedelta(days=1), now=MORNING,
        )  # fmt: skip


def test_no_grant_is_longer_than_its_kind_may_last(cast: Cast, vera: User, admin: User) -> None:
    def give(origin: str, lasts: timedelta) -> Grant:
        return grants.give(
            user_id=vera.pk, role=Role.SECRETARY, reach=Reach.SCHOOL, unit_id=cast.school.pk, origin=origin,
            origin_ref=str(uuid4()), valid_from=MORNING, valid_until=MORNING + lasts,
            granted_by_id=cast.leader.pk, approved_by_id=admin.pk,
        )  # fmt: skip

    for origin, most in (("manual", timedelta(days=366)), ("office", timedelta(hours=25))):
        grant = give(origin, most)
        with pytest.raises(terms.TooLong):
            give(origin, most + timedelta(seconds=1))
        with pytest.raises(IntegrityError), transaction.atomic():
            Grant.objects.filter(pk=grant.pk).update(valid_until=MORNING + most + timedelta(seconds=1))
    # What follows from the roster ends a month after the school year unless the roster says it again.
    assert timezone.localdate(terms.roster_ends(DAY, date(2030, 8, 1), DAY)) == date(2026, 9, 1)
    # A post of next school year is not over before it begins.
    assert timezone.localdate(terms.roster_ends(date(2027, 3, 9), date(2027, 6, 1), DAY)) == date(2027, 6, 1)
    assert timezone.localdate(terms.roster_ends(DAY, date(2026, 4, 1), DAY)) == date(2026, 4, 1)


def test_case_18_a_leader_lends_her_access_and_it_ends_with_her_own(
    cast: Cast, vera: User, clock: time_machine.Traveller
) -> None:
    leader, hers = signed_in(cast.leader), signed_in(vera)
    [own] = scope(cast.leader).grant_ids
    form = {"person": "Vera Vang", "grants": [str(own)], "last_day": "2026-03-31", "reason": "Ferie"}
    foreign = scope(cast.stranger).grant_ids[0]
    for wrong in (
        {"last_day": "2026-04-22"},
        {"last_day": "2026-03-01"},
        {"grants": [str(foreign)]},
        {"person": cast.leader.email},
    ):
        assert leader.post("/access/lend/", form | wrong).status_code == 422, wrong
    assert leader.post("/access/lend/", form).status_code == 303
    lent = Grant.objects.get(user=vera)
    assert (lent.role, lent.school, lent.lent_from_id, lent.granted_by) == (
        "leader", cast.school, own, cast.leader,
    )  # fmt: skip
    assert hers.get(f"/pupils/{cast.pupils[0].uuid}/history/").status_code == 200
    assert hers.get(f"/pupils/{cast.others[0].uuid}/history/").status_code == 404
    # Both names stand in the trail, and what is lent is not lent on.
    noted = Event.objects.get(action="grant.lend")
    assert (noted.actor_id, noted.detail["to"]) == (cast.leader.pk, vera.pk)
    assert not delegating.own(scope(vera)).exists()
    with pytest.raises(delegating.NotHers):
        delegating.lend(
            scope(vera), to_id=cast.mette.pk, grant_ids=[lent.pk], until=MORNING + timedelta(days=1),
            reason="", now=MORNING,
        )  # fmt: skip
    # Her own access ends, and with it at the same moment what she lent.
    clock.shift(timedelta(hours=1))
    assert grants.revoke(own, because=Ended.LEFT, now=timezone.now(), actor_id=None, role="job.test")
    assert hers.get(f"/pupils/{cast.pupils[0].uuid}/history/").status_code == 403
    lent.refresh_from_db()
    assert lent.revoked_because == "delegator"


def test_what_is_lent_is_shortened_with_what_it_is_lent_from_and_taken_back_by_the_lender(
    cast: Cast, vera: User
) -> None:
    grant = grants.give(
        user_id=cast.leader.pk, role=Role.LEADER, reach=Reach.SCHOOL, unit_id=cast.other_school.pk,
        origin="demo", valid_from=MORNING, valid_until=MORNING + timedelta(days=10),
    )  # fmt: skip
    with pytest.raises(terms.TooLong):
        delegating.lend(
            scope(cast.leader), to_id=vera.pk, grant_ids=[grant.pk], until=MORNING + timedelta(days=11),
            reason="Ferie", now=MORNING,
        )  # fmt: skip
    [lent] = delegating.lend(
        scope(cast.leader), to_id=vera.pk, grant_ids=[grant.pk], until=MORNING + timedelta(days=9),
        reason="Ferie", now=MORNING,
    )  # fmt: skip
    grants.end(origin="demo", origin_ref="", at=MORNING + timedelta(days=2))
    lent.refresh_from_db()
    assert lent.valid_until == MORNING + timedelta(days=2)
    assert signed_in(cast.stranger).post(f"/access/lend/{lent.pk}/end/").status_code == 404
    assert signed_in(cast.leader).post(f"/access/lend/{lent.pk}/end/").status_code == 303
    assert scope(vera).empty


def test_what_nobody_confirms_at_the_review_ends_and_what_follows_the_roster_stays(
    cast: Cast, vera: User, admin: User, clock: time_machine.Traveller
) -> None:
    """The review of March is open on the default day; it ends with the month."""
    old = {
        "user_id": vera.pk, "reach": Reach.SCHOOL, "unit_id": cast.school.pk, "origin": "manual",
        "valid_from": MORNING - timedelta(days=60), "valid_until": MORNING + timedelta(days=200),
        "granted_by_id": cast.stranger.pk, "approved_by_id": admin.pk,
    }  # fmt: skip
    kept = grants.give(role=Role.SECRETARY, origin_ref="kept", **old)  # type: ignore[arg-type]
    forgotten = grants.give(role=Role.INCLUSION, origin_ref="forgotten", **old)  # type: ignore[arg-type]
    late = grants.give(role=Role.TEACHER, origin_ref="late", **old | {  # type: ignore[arg-type]
        "reach": Reach.CLASS, "unit_id": cast.class_2a.pk, "valid_from": MORNING,
    })  # fmt: skip
    of_roster = Grant.objects.get(user=cast.mette)
    of_secretary = Grant.objects.get(user=cast.secretary)
    leader = signed_in(cast.leader)
    page = leader.get("/access/review/").content.decode()
    assert "Vera Vang" in page
    # Nobody answers for herself, nor for another's people.
    own = Grant.objects.get(user=cast.leader)
    foreign = Grant.objects.get(user=cast.stranger)
    for grant in (own, foreign, Grant.objects.get(user=cast.social_worker)):
        assert leader.post("/access/review/answer/", {"do": f"keep:{grant.pk}"}).status_code == 404
    assert leader.post("/access/review/answer/", {"do": f"keep:{kept.pk}"}).status_code == 303
    assert leader.post("/access/review/answer/", {"do": f"end:{of_secretary.pk}"}).status_code == 303
    assert "beder om" in signed_in(admin).get("/access/").content.decode()
    assert attesting.lapse(timezone.now()) == 0
    clock.move_to("2026-04-01T00:05:00+02:00")
    assert attesting.lapse(timezone.now()) == 2
    assert attesting.lapse(timezone.now()) == 0
    ended = dict(Grant.objects.exclude(revoked_at=None).values_list("pk", "revoked_because"))
    assert ended == {forgotten.pk: "unconfirmed", of_secretary.pk: "not_confirmed"}
    assert {kept.pk, late.pk, of_roster.pk} <= set(
        Grant.objects.filter(revoked_at=None).values_list("pk", flat=True)
    )
    # The month is over: nothing more is said in it. In October everybody is asked about anew.
    assert signed_in(cast.leader).post("/access/review/answer/", {"do": "all"}).status_code == 303
    assert Attestation.objects.count() == 2
    clock.move_to("2026-10-05T09:00:00+02:00")
    Grant.objects.filter(revoked_at=None, origin="roster").update(valid_until="2026-12-31T00:00:00Z")
    signed_in(cast.leader).post("/access/review/answer/", {"do": "all"})
    again = Attestation.objects.filter(review_on="2026-10-01", needed=True)
    assert set(again.values_list("grant_id", flat=True)) == {of_roster.pk}


def test_what_a_person_took_back_the_roster_does_not_give_again(cast: Cast) -> None:
    wanted = [
        grants.Wanted(
            cast.mette.pk, Role.TEACHER, Reach.CLASS, cast.class_2a.pk, "2025-08-01",
            MORNING, MORNING + timedelta(days=30),
        )
    ]  # fmt: skip
    grants.replace(origin=roster.ORIGIN, wanted=wanted, now=MORNING)
    [given] = Grant.objects.filter(user=cast.mette, school_class=cast.class_2a)
    grants.revoke(given.pk, because=Ended.NO_NEED, now=MORNING, actor_id=cast.leader.pk)
    assert len(grants.replace(origin=roster.ORIGIN, wanted=wanted, now=MORNING)) == 0
    # Another post is another matter.
    grants.replace(
        origin=roster.ORIGIN, wanted=[*wanted, wanted[0].__class__(
            cast.mette.pk, Role.TEACHER, Reach.CLASS, cast.class_2a.pk, "2026-03-01",
            MORNING, MORNING + timedelta(days=30),
        )], now=MORNING,
    )  # fmt: skip
    assert scope(cast.mette).classes == {cast.class_2a.pk}


def test_case_23_a_leader_of_one_school_who_teaches_at_another_may_nothing_as_a_leader_there(
    cast: Cast, clock: time_machine.Traveller
) -> None:
    """No cross product: correcting what is older than two weeks is a leader's, and hers at her own school alone."""
    factories.grant(cast.leader, Role.TEACHER, cast.other_class)
    browser = signed_in(cast.leader)

    def old_register(school_class_id: int) -> int:
        day = DAY - timedelta(days=20)
        return browser.get(f"/r/{school_class_id}/{day}/morgen/").status_code

    def history() -> list[int]:
        return [
            browser.get(f"/pupils/{one.uuid}/history/").status_code
            for one in (cast.pupils[0], cast.others[0])
        ]

    browser.post("/role/", {"role": "leader"})
    assert scope(cast.leader, "leader").may(Action.COMPLETION_CLOSE)
    assert [old_register(cast.class_7b.pk), old_register(cast.other_class.pk)] == [200, 404]
    assert history() == [200, 404]
    browser.post("/role/", {"role": "teacher"})
    assert old_register(cast.class_7b.pk) == 404
    assert "reason" not in browser.get(f"/r/{cast.other_class.pk}/{DAY - timedelta(days=20)}/morgen/").context
    assert history() == [404, 200]
    assert not scope(cast.leader, "teacher").may(Action.COMPLETION_CLOSE)


def test_case_24_a_change_of_role_is_a_press_and_stands_in_the_trail_with_both(cast: Cast) -> None:
    factories.grant(cast.mette, Role.LEADER, cast.other_school)
    browser = Client(enforce_csrf_checks=True)
    browser.cookies = signed_in(cast.mette).cookies
    assert browser.get("/role/?role=leader").status_code == 405
    assert browser.post("/role/", {"role": "leader"}).status_code == 403
    assert not Event.objects.filter(action="role.change").exists()
    trusted = signed_in(cast.mette)
    before = trusted.session.session_key
    trusted.post("/role/", {"role": "leader"})
    assert trusted.session.session_key != before
    noted = Event.objects.get(action="role.change")
    assert (noted.actor_id, noted.detail) == (cast.mette.pk, {"from": "teacher", "to": "leader"})
