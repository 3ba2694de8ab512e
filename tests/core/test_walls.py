"""What the database refuses by itself, whatever is asked: the second wall, alone and beside the first.

Rows are laid out as the owner of the tables; what is asked as the application sees what a page's actor reaches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import Model
from django.urls import reverse

from fravaer.absence.models import Absence, Explanation, Known, Register
from fravaer.absence.reasons import Mark, Source
from fravaer.accounts import blocks, grants
from fravaer.accounts.models import Kind, User
from fravaer.accounts.roles import Role
from fravaer.accounts.scoping import scope_of
from fravaer.cases.models import Case, Crossing, Letter, Note, Referral, SocialMeasure
from fravaer.core import walls
from fravaer.core.walls import DatabaseRole, acting_as
from fravaer.schools.models import Enrolment, Guardian, Guardianship, Phone, Pupil
from fravaer.schools.querysets import PupilQuerySet
from fravaer.sms.models import Message, Withheld
from tests import factories
from tests.absence import knowing
from tests.cases import casework, lettering
from tests.cast import DAY, MORNING, Cast, signed_in
from tests.sms import messaging


@contextmanager
def as_the_application(user: User | None, role: str = "") -> Iterator[None]:
    """Inside, the database takes us for the application answering a request of this person."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {DatabaseRole.APP}")
        if user:
            walls.enter(user.pk, role, MORNING)
        with walls.page():
            yield
        cursor.execute("RESET ROLE")
        walls.leave()


def seen(model: type[Model], user: User | None, role: str = "") -> set[Any]:
    """The rows of a table that a query which asks for all of them shows this person."""
    with as_the_application(user, role):
        return set(model._default_manager.values_list("pk", flat=True))


def pupils_seen(user: User, role: str = "") -> set[Pupil]:
    with as_the_application(user, role):
        return set(Pupil.objects.all())


@pytest.fixture
def town(cast: Cast) -> Cast:
    """Both schools with absence, cases, notes of every domain, letters, messages and a measure."""
    psychologist = factories.user("Per Psykolog", email="per@fjordby.invalid")
    for pupils, school in ((cast.pupils, cast.school), (cast.others, cast.other_school)):
        pupil = pupils[0]
        leader = cast.leader if school == cast.school else cast.stranger
        casework.crossing_of(pupil)
        case = casework.case_of(pupil, {Role.LEADER: leader})
        for domain in ("school", "social", "ppr"):
            Note.objects.create(
                key=uuid4(), case=case, domain=domain, at=MORNING, text="Noget", author=cast.social_worker
            )
        lettering.signed_of(pupil, school)
        knowing.report_of(pupil)
        messaging.about(pupil, now=MORNING)
        SocialMeasure.objects.create(pupil=pupil, since=DAY - timedelta(days=30))
    casework.take_part(cast.social_worker, Role.SOCIAL_WORKER, Case.objects.get(pupil=cast.pupils[0]))
    casework.take_part(psychologist, Role.PSYCHOLOGIST, Case.objects.get(pupil=cast.pupils[0]))
    return cast


def test_a_query_that_forgot_its_reader_shows_a_teacher_her_own_pupils_alone(cast: Cast) -> None:
    assert pupils_seen(cast.mette) == set(cast.pupils)
    assert pupils_seen(cast.stranger) == set(cast.others)
    assert pupils_seen(cast.area_manager) == set()
    with as_the_application(cast.mette):
        assert set(Guardianship.objects.values_list("pupil_id", flat=True)) == {p.pk for p in cast.pupils}
        assert Guardian.objects.count() == Phone.objects.count() == len(cast.pupils)


def test_nobody_sees_nothing_of_any_table_with_people(town: Cast) -> None:
    walled = walls.declared().walls
    with as_the_application(None), connection.cursor() as cursor:
        for table in sorted(walled):
            cursor.execute(f"SELECT count(*) FROM {table}")
            assert cursor.fetchone() == (0,), table


@pytest.mark.parametrize("actor", ["", "0", "-1", "none of ours", "1; DROP TABLE x"])
def test_an_actor_who_is_none_reaches_no_row(cast: Cast, actor: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {DatabaseRole.APP}")
        cursor.execute("SELECT set_config('app.actor', %s, true)", [actor])
        try:
            with transaction.atomic():
                found = Pupil.objects.count()
        except DatabaseError:
            found = 0
        assert found == 0
        cursor.execute("RESET ROLE")


def test_what_one_request_told_the_database_is_gone_with_the_next(cast: Cast) -> None:
    teacher = signed_in(cast.mette)
    teacher.get("/")
    teacher.logout()
    assert teacher.get(reverse("login")).status_code == 200
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {DatabaseRole.APP}")
        assert Pupil.objects.count() == 0
        cursor.execute("RESET ROLE")


# What the first wall shows of each table, on any day at all: the second knows units and roles, and pages know the day.
SHOWN: dict[type[Model], Callable[..., set[Any]]] = {
    Pupil: lambda scope, day: set(Pupil.objects.visible_to(scope, day).values_list("pk", flat=True)),
    Case: lambda scope, day: set(Case.objects.visible_to(scope, day).values_list("pk", flat=True)),
    Crossing: lambda scope, day: set(Crossing.objects.visible_to(scope, day).values_list("pk", flat=True)),
    Letter: lambda scope, day: set(Letter.objects.visible_to(scope, day).values_list("pk", flat=True)),
    Referral: lambda scope, day: set(Referral.objects.visible_to(scope, day).values_list("pk", flat=True)),
    Message: lambda scope, _day: set(Message.objects.visible_to(scope).values_list("pk", flat=True)),
    Withheld: lambda scope, _day: set(Withheld.objects.visible_to(scope).values_list("pk", flat=True)),
    Known: lambda scope, day: set(Known.objects.visible_to(scope, day).values_list("pk", flat=True)),
}
# Where the second wall shows a role more than the first, and why it must.
WIDER: dict[type[Model], tuple[set[Role], str]] = {
    Case: ({Role.INCLUSION}, "who may open a case must see that there is one; the pages show that alone"),
    Crossing: (
        {Role.PSYCHOLOGIST, Role.CONSULTANT, Role.CHIEF, Role.SECRETARY},
        "the figures a case was opened on, or a warning stands on",
    ),
    Letter: ({Role.SECRETARY}, "the office's pages show warnings alone"),
    Known: (
        {
            Role.SUBSTITUTE,
            Role.INCLUSION,
            Role.SOCIAL_WORKER,
            Role.SOCIAL_LEADER,
            Role.CONSULTANT,
            Role.PSYCHOLOGIST,
        },
        "why a day of a register or a history was no surprise",
    ),
}
# And where it shows less: no page of these roles shows a message, so the first is never asked.
NARROWER: dict[type[Model], set[Role]] = {
    model: {
        Role.SUBSTITUTE,
        Role.INCLUSION,
        Role.SOCIAL_WORKER,
        Role.SOCIAL_LEADER,
        Role.CONSULTANT,
        Role.PSYCHOLOGIST,
    }
    for model in (Message, Withheld)
}


def test_both_walls_show_every_role_the_same_rows(town: Cast) -> None:
    units = {
        Role.TEACHER: town.class_7b,
        Role.SUBSTITUTE: town.class_7b,
        Role.CONSULTANT: None,
        Role.PSYCHOLOGIST: None,
        Role.AREA_MANAGER: town.north,
        Role.SOCIAL_MANAGER: None,
        Role.CHIEF: None,
        Role.CONTROLLER: None,
        Role.ACCESS_ADMIN: None,
    }
    differs = []
    for role in Role:
        user = factories.user(f"En {role.value}", email=f"{role.value}@ens.invalid")
        if role in (Role.CONSULTANT, Role.PSYCHOLOGIST):
            casework.take_part(user, role, Case.objects.get(pupil=town.pupils[0]))
        else:
            factories.grant(user, role, units.get(role, town.school))
        scope = scope_of(user.pk, MORNING)
        assert scope.role == role
        for model, shown in SHOWN.items():
            first, second = shown(scope, DAY), seen(model, user)
            wider = role in WIDER.get(model, (set(), ""))[0]
            narrower = role in NARROWER.get(model, set())
            if not (first <= second if wider else second <= first if narrower else first == second):
                differs.append((model.__name__, role.value, len(first), len(second)))
    assert not differs, differs


def test_social_services_notes_are_none_of_the_schools_behind_the_second_wall_either(town: Cast) -> None:
    mine = Note.objects.filter(case__pupil=town.pupils[0])
    ids = {note.domain: note.pk for note in mine}
    assert seen(Note, town.leader) == {ids["school"]}
    assert seen(Note, town.social_worker) == {ids["school"], ids["social"]}
    assert seen(Note, User.objects.get(email="per@fjordby.invalid")) == {ids["school"], ids["ppr"]}
    assert seen(Note, town.mette) == seen(Note, town.secretary) == seen(Note, town.area_manager) == set()


def test_a_measure_is_seen_by_who_takes_part_for_social_services_and_by_nobody_at_school(town: Cast) -> None:
    known = set(SocialMeasure.objects.filter(pupil=town.pupils[0]).values_list("pk", flat=True))
    assert seen(SocialMeasure, town.social_worker) == known
    for user in (town.mette, town.leader, town.secretary, town.area_manager, town.stranger):
        assert seen(SocialMeasure, user) == set()


def test_the_child_one_is_kept_away_from_stays_in_the_register_and_nowhere_else(town: Cast) -> None:
    own = town.pupils[0]
    blocks.declare(
        user_id=town.leader.pk,
        pupil_id=own.pk,
        kind=Kind.OWN_CHILD,
        declared_by=scope_of(town.leader.pk, MORNING),
        now=MORNING - timedelta(minutes=1),
    )
    assert own.pk in seen(Pupil, town.leader)
    for model in (Case, Crossing, Letter, Note):
        assert seen(model, town.leader) == set()


def test_a_row_that_lies_about_its_school_is_refused(cast: Cast) -> None:
    theirs = cast.pupils[0]
    secretary = factories.user("Sekretær To", email="to@fjordby.invalid")
    factories.grant(secretary, Role.SECRETARY, cast.other_school)
    with pytest.raises(DatabaseError), as_the_application(secretary):
        Explanation.objects.create(
            key=uuid4(),
            pupil=theirs,
            day=DAY,
            checkpoint=1,
            mark=Mark.ILL,
            source=Source.OFFICE,
            said_at=MORNING,
        )
    with pytest.raises(DatabaseError), as_the_application(secretary):
        Enrolment.objects.create(
            pupil=theirs, school_class=cast.class_2a, starts_on=DAY, until=DAY + timedelta(days=1)
        )
    with as_the_application(secretary):
        assert Pupil.objects.filter(pk=theirs.pk).update(sms_stopped=True) == 0
        assert Absence.objects.all().delete()[0] == Register.objects.all().delete()[0] == 0


def test_a_grant_withdrawn_meanwhile_reaches_nothing_in_the_same_breath(cast: Cast) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {DatabaseRole.APP}")
        walls.enter(cast.mette.pk, "", MORNING)
        assert Pupil.objects.count() == len(cast.pupils)
        with walls.page(), acting_as(DatabaseRole.JOB):
            grants.withdraw(origin="test", origin_ref="", now=MORNING, user_id=cast.mette.pk)
        left = cast.mette.grants.filter(revoked_at=None).count()
        assert Pupil.objects.count() == (len(cast.pupils) if left else 0)
        cast.mette.grants.update(revoked_at=MORNING)
        assert Pupil.objects.count() == 0
        cursor.execute("RESET ROLE")


def test_acting_as_another_role_ends_with_the_room_that_asked_for_it(cast: Cast) -> None:
    with as_the_application(cast.mette):
        with acting_as(DatabaseRole.REPORT):
            assert Pupil.objects.count() == len(cast.pupils) + len(cast.others)
            with pytest.raises(DatabaseError), transaction.atomic():
                Pupil.objects.update(sms_stopped=True)
        assert Pupil.objects.count() == len(cast.pupils)
        with pytest.raises(ZeroDivisionError), acting_as(DatabaseRole.JOB):
            raise ZeroDivisionError
        assert Pupil.objects.count() == len(cast.pupils)


def test_every_table_is_spoken_of_and_stands_as_it_was_said(db: None) -> None:
    said = walls.declared()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, c.relrowsecurity, array_remove(array_agg(p.polname::text ORDER BY p.polname), NULL) "
            "FROM pg_class c LEFT JOIN pg_policy p ON p.polrelid = c.oid "
            "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') GROUP BY 1, 2"
        )
        for table, is_walled, policies in cursor.fetchall():
            assert is_walled == (table in said.walls), table
            assert policies == (["figures", "jobs", "reached"] if is_walled else []), table
            assert (table in said.walls) + (table in said.without) + (table in said.closed) == 1, table
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm')"
        )
        assert cursor.fetchall() == []


def test_the_roles_of_pages_and_jobs_own_nothing_and_pass_no_wall(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolname, rolsuper, rolcreatedb, rolcreaterole, rolbypassrls, rolreplication, "
            "EXISTS (SELECT 1 FROM pg_class WHERE relowner = pg_roles.oid) FROM pg_roles WHERE rolname = ANY (%s)",
            [[DatabaseRole.APP, DatabaseRole.JOB, DatabaseRole.REPORT, DatabaseRole.AUDIT]],
        )
        found = cursor.fetchall()
        assert len(found) == 4
        assert [row for row in found if any(row[1:])] == []
        cursor.execute(f"SET LOCAL ROLE {DatabaseRole.APP}")
        for forbidden in (
            "CREATE TABLE mine (id int)",
            "ALTER TABLE schools_pupil DISABLE ROW LEVEL SECURITY",
            "DROP POLICY reached ON schools_pupil",
            "SELECT * FROM audit_event",
            "INSERT INTO audit_event DEFAULT VALUES",
            "UPDATE audit_event SET role = ''",
            "DELETE FROM audit_event",
            "TRUNCATE audit_event",
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                cursor.execute(forbidden)
        cursor.execute("RESET ROLE")
        cursor.execute("SELECT pg_has_role('fravaer_app', 'fravaer_backup', 'SET')")
        assert cursor.fetchone() == (False,)


@pytest.mark.parametrize(
    ("first", "second", "status"),
    [(True, True, 404), (False, True, 404), (True, False, 404), (False, False, 200)],
)
def test_each_wall_alone_keeps_a_stranger_out_and_without_both_she_is_in(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, first: bool, second: bool, status: int
) -> None:
    if not first:
        monkeypatch.setattr(PupilQuerySet, "visible_to", lambda self, _scope, _day: self)
    if not second:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for table in walls.declared().walls:
                cursor.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    page = reverse("absence:history", args=[cast.pupils[0].uuid])
    assert signed_in(cast.stranger).get(page).status_code == status
