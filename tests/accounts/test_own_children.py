"""Staff are kept away from their own children as far as the CPR numbers tell whose they are."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction

from fravaer.accounts import blocks, kin
from fravaer.accounts.models import AccessBlock, BlockOrigin, Kind, User
from fravaer.accounts.scoping import scope_of
from fravaer.accounts.tasks import keep_from_own
from fravaer.audit.models import Event
from fravaer.core.walls import DatabaseRole
from fravaer.schools.models import Guardian, Guardianship, Pupil, StaffMember
from tests import factories
from tests.accounts import rosterfiles
from tests.accounts.rosterfiles import Files
from tests.cast import MORNING, Cast, signed_in


def told() -> set[tuple[int, int]]:
    """Who is kept away from whom by the CPR numbers now."""
    rows = AccessBlock.objects.filter(origin=BlockOrigin.CPR, valid_until=None)
    return set(rows.values_list("user_id", "pupil_id"))


def a_night(now: datetime) -> tuple[int, int]:
    """The job, as the role it has in the database."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {DatabaseRole.JOB}")
        done = blocks.follow(now)
        cursor.execute("RESET ROLE")
    return done


def test_after_every_night_exactly_those_are_kept_away_who_are_guardians_of_the_pupil(cast: Cast) -> None:
    chance = random.Random(11)
    pupils = [*cast.pupils, *cast.others]
    users = [factories.user(f"Ansat {n}", email=f"ansat{n}@fjordby.invalid") for n in range(5)]
    staff = [
        StaffMember.objects.create(roster_key=f"a{n}", name=user.name, email=user.email)
        for n, user in enumerate(users)
    ]
    for user, member in zip(users, staff, strict=True):
        User.objects.filter(pk=user.pk).update(staff_key=member.roster_key)
    # A person's word, which no night takes back.
    by_hand = blocks.declare(
        user_id=users[0].pk,
        pupil_id=pupils[0].pk,
        kind=Kind.FAMILY,
        declared_by=scope_of(cast.leader.pk, MORNING),
        now=MORNING,
    )
    noted = 0
    number_of: dict[tuple[str, int], str] = {}
    for night in range(12):
        # Few numbers, so that many are the same: of two accounts, of two guardians, of nobody.
        people = [f"010180{n:04}" for n in range(9)]
        guardians = {
            one.pk: chance.choice(people) for one in Guardian.objects.order_by("pk") if chance.random() < 0.5
        }
        of_staff = {one.pk: chance.choice(people) for one in staff if chance.random() < 0.5}
        kin.keep(guardians, of_staff)
        # Of whom the files say nothing more, what they said before stands.
        number_of |= {("guardian", key): number for key, number in guardians.items()}
        number_of |= {("staff", key): number for key, number in of_staff.items()}
        for link in Guardianship.objects.order_by("pk"):
            if chance.random() < 0.2:
                Guardianship.objects.filter(pk=link.pk).delete()
            elif chance.random() < 0.2:
                Guardianship.objects.get_or_create(
                    pupil=chance.choice(pupils), guardian=link.guardian, defaults={"custody": False}
                )
        works = chance.random() < 0.5
        User.objects.filter(pk=users[1].pk).update(is_active=works)
        before = told()
        began, ended = a_night(MORNING + timedelta(days=night))
        links = list(Guardianship.objects.values_list("guardian_id", "pupil_id"))
        expected = {
            (user.pk, pupil)
            for user, member in zip(users, staff, strict=True)
            for guardian, pupil in links
            if number_of.get(("staff", member.pk), "") == number_of.get(("guardian", guardian))
            and (user != users[1] or works)
        }
        assert told() == expected
        assert (began, ended) == (len(expected - before), len(before - expected))
        assert a_night(MORNING + timedelta(days=night, hours=1)) == (0, 0)
        noted += began + ended
    assert noted == Event.objects.filter(action__in=("block.begin", "block.end"), role=blocks.JOB).count()
    assert noted
    by_hand.refresh_from_db()
    assert (by_hand.valid_until, by_hand.origin) == (None, BlockOrigin.PERSON)


def test_the_roster_tells_it_the_number_is_kept_nowhere_and_no_page_lifts_it(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("guardians", "staff"):
        monkeypatch.setitem(rosterfiles.HEADERS, name, f"{rosterfiles.HEADERS[name]} cpr")
    for row in [*files.tables["guardians"], *files.tables["staff"]]:
        row["cpr"] = {"g1": "010180-1234", "g4": "0202821235", "s1": "0101801234", "s2": "020282-1235"}.get(
            row.get("guardian") or row["staff"], ""
        )
    files.run()
    mette, lars = (User.objects.get(staff_key=key) for key in ("s1", "s2"))
    [aksel, *his] = Pupil.objects.filter(roster_key__in=("p1", "p4", "p5")).order_by("roster_key")
    assert told() == {(mette.pk, aksel.pk), *((lars.pk, one.pk) for one in his)}
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(found_by, '') FROM accounts_cprhash")
        assert b"1234" not in bytes(cursor.fetchone()[0])
        # Pages are shown none of it, as the database sees it.
        cursor.execute(f"SET ROLE {DatabaseRole.APP}")
        cursor.execute("SELECT count(*) FROM accounts_cprhash")
        assert cursor.fetchone() == (0,)
        cursor.execute("RESET ROLE")
    browser = signed_in(mette)
    assert browser.get(f"/pupils/{aksel.uuid}/history/").status_code == 404
    said = browser.get("/access/related/").content.decode()
    assert "CPR-numrene" in said
    assert "Aksel" not in said
    # Her leader sees it beside what people say, and cannot lift it.
    [block] = AccessBlock.objects.filter(user=mette)
    office = signed_in(lars)
    assert "CPR-numrene" in office.get("/access/blocks/").content.decode()
    assert office.post(f"/access/blocks/{block.pk}/lift/").status_code == 303
    assert told() >= {(mette.pk, aksel.pk)}
    # What she says herself stands when the numbers no longer say it.
    blocks.declare(
        user_id=mette.pk,
        pupil_id=aksel.pk,
        kind=Kind.OWN_CHILD,
        declared_by=scope_of(mette.pk, MORNING),
        now=MORNING,
    )
    files.change("guardians", "g1", cpr="030383-1236")
    files.run()
    keep_from_own()
    assert mette.pk not in {user for user, _pupil in told()}
    assert blocks.blocked(mette.pk, MORNING + timedelta(minutes=1)) == {aksel.pk}
