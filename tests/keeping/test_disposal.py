"""What is old goes when two persons have agreed, and nothing else does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import uuid4

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from django.utils.html import escape

from fravaer.absence import register as taken
from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.models import Absence, Explanation, Register, RegisterEvent
from fravaer.absence.reasons import Mark
from fravaer.accounts.models import User
from fravaer.accounts.roles import Role
from fravaer.accounts.scoping import scope_of
from fravaer.audit.models import Event, Former
from fravaer.cases.models import Case, Note
from fravaer.core.periods import Quarter, SchoolYear
from fravaer.core.scope import Scope
from fravaer.keeping import batches, terms
from fravaer.keeping.catalogue import DECIDED, KINDS
from fravaer.keeping.models import Batch, BatchState, Disposal, Hold, Term
from fravaer.reports import freezing, gone
from fravaer.reports.models import Approval, Cell, DataSet, Snapshot
from fravaer.schools.models import Enrolment, Guardian, Pupil
from fravaer.sms.models import Message
from tests import factories
from tests.cases import casework
from tests.cast import DAY, MORNING, Cast, signed_in
from tests.reports import reporting
from tests.sms import messaging

# Six years after the cast's day: registers, cases and messages have had their time.
LATER = date(2032, 3, 10)
THEN = factories.moment(LATER, 8)


@dataclass
class House:
    dorte: User
    erik: User
    cast: Cast

    def scope(self, user: User) -> Scope:
        return scope_of(user.pk, THEN)

    def gone(self, kind: str) -> Disposal | None:
        """One proposes what a dry run finds, the other agrees, and the job lets it go."""
        batch = batches.propose(kind, self.scope(self.dorte), LATER, THEN)
        batches.decide(batch, agreed=True, scope=self.scope(self.erik), now=THEN)
        return batches.run(batch.uuid, THEN)


@pytest.fixture
def house(cast: Cast, clock: time_machine.Traveller) -> House:
    people = [factories.user(f"{name} Prøve", email=f"{name}@fjordby.invalid") for name in ("Dorte", "Erik")]
    for one in people:
        factories.grant(one, Role.CONTROLLER, None, until=date(2040, 1, 1))
    return House(people[0], people[1], cast)


def register(cast: Cast) -> None:
    """The class's register of the day, with one who is ill and a word about it."""
    marks = {pupil.pk: Mark.HERE for pupil in cast.pupils} | {cast.pupils[0].pk: Mark.ILL}
    taken.take(
        school_class_id=cast.class_7b.pk,
        school_id=cast.school.pk,
        year_group=7,
        day=DAY,
        checkpoint=Checkpoint.START,
        marks=marks,
        seen_version=0,
        key=uuid4(),
        user_id=cast.mette.pk,
        now=MORNING,
    )


def settle_year(user: User) -> list[Snapshot]:
    """Every quarter of the school year, frozen, and the municipality stands by it."""
    made = []
    for quarter in freezing.quarters(SchoolYear.of(DAY)):
        row = freezing.freeze(quarter, modes=reporting.MODES, scope=None, today=LATER, now=THEN)
        Approval.objects.create(snapshot=row, area=None, role=Role.CHIEF, by=user, at=THEN)
        made.append(row)
    return made


def removed_by_hand(batch: str) -> None:
    """Somebody deletes a note who says that it is for this batch."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('fravaer.disposing', %s, true)", [batch])
        cursor.execute("DELETE FROM cases_note")


def left(kind: str) -> dict[str, int]:
    return batches.dry_run(kind, LATER).held


def test_registers_go_after_their_quarters_stand_and_no_approved_figure_moves(
    house: House, clock: time_machine.Traveller
) -> None:
    register(house.cast)
    assert left("absence.registers") == {"not_frozen": 1}
    frozen = settle_year(house.dorte)
    cells = list(Cell.objects.order_by("pk").values())
    # A data set prepared for the ministry keeps the year it was made of.
    receipt = reporting.data_set_of(house.cast.school)
    assert left("absence.registers") == {"delivered": 1}
    DataSet.objects.filter(pk=receipt.pk).delete()
    found = batches.dry_run("absence.registers", LATER)
    assert found.keys == [str(house.cast.class_7b.pk)]
    proof = house.gone("absence.registers")
    assert proof is not None
    assert proof.rows["absence.Absence"] == 1
    for model in (Absence, Explanation, Register, RegisterEvent):
        assert not model.objects.exists(), model
    # What rows were is not kept anywhere either, nor is there a name in the proof.
    assert set(Former.objects.filter(source="absence_absence").values_list("change", flat=True)) <= {
        "disposed"
    }
    assert list(Cell.objects.order_by("pk").values()) == cells
    assert all(freezing.is_whole(Snapshot.objects.get(pk=row.pk)) for row in frozen)
    # It is said of the figures that stand, and nobody takes what is missing for a correction.
    again = freezing.regenerate(frozen[2], modes=reporting.MODES, now=THEN)
    assert (again.changed, again.is_same, [one.kind for one in again.gone]) == (
        (),
        False,
        ["absence.registers"],
    )
    assert gone.behind(SchoolYear.of(LATER).period) == []
    chief = factories.user("Karen Chef")
    factories.grant(chief, Role.CHIEF, None, until=date(2040, 1, 1))
    clock.move_to(THEN)
    pages = [
        signed_in(chief).get(address, query).content.decode()
        for address, query in (
            (reverse("reports:frozen-period", args=[Quarter.of(DAY)]), {"check": "1"}),
            (reverse("reports:quarter", args=[Quarter.of(DAY)]), {"forklar": "quality.coverage"}),
        )
    ]
    assert "Kan ikke opgøres igen" in pages[0]
    assert "Tallene står fast" in pages[1]
    assert "er slettet efter reglerne" in pages[1]
    assert Pupil.objects.count() == 7
    said = f"{proof.keys} {proof.rows} {Event.objects.filter(action='keeping.dispose').get().detail}"
    assert not [one for one in house.cast.pupils if one.family_name in said]


def test_a_case_goes_whole_and_an_open_one_holds_what_it_rests_on(house: House) -> None:
    case = casework.case_of(house.cast.pupils[0])
    register(house.cast)
    settle_year(house.dorte)
    messaging.about(house.cast.pupils[0])
    assert left("absence.registers") == {"open_case": 1}
    assert left("sms.message") == {"open_case": 1}
    casework.closed(case)
    casework.meeting_of(case.uuid)
    Note.objects.create(
        case=case, key=uuid4(), domain="school", text="Ringede hjem.", author=house.cast.leader, at=MORNING
    )
    assert batches.dry_run("cases.case", LATER).keys == [str(case.uuid)]
    # Without a decided batch the database refuses, whoever asks; and only what two persons have decided opens it.
    for named in ("", str(uuid4())):
        with pytest.raises(DatabaseError, match="append-only"):
            removed_by_hand(named)
    proof = house.gone("cases.case")
    assert proof is not None
    assert proof.rows["cases.Case"] == proof.rows["cases.Note"] == 1
    assert not Case.objects.exists()
    assert not Note.objects.exists()
    assert house.gone("sms.message") is not None
    assert not Message.objects.exists()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Disposal.objects.all().delete()


def test_a_hold_wins_and_takes_two_to_lift(house: House) -> None:
    casework.closed(casework.case_of(house.cast.pupils[0]))
    Pupil.objects.filter(pk=house.cast.pupils[0].pk).update(birth_on=date(2013, 5, 6))
    dorte, erik = signed_in(house.dorte), signed_in(house.erik)
    words = {"name": "aksel bro", "birth_on": "06-05-2013", "kind": "", "reason": "Klage til Ankestyrelsen"}
    assert dorte.post("/keeping/holds/", words | {"name": "Aksel"}).status_code == 422
    assert dorte.post("/keeping/holds/", words).status_code == 303
    page = dorte.get("/keeping/holds/").content.decode()
    assert "Klage til Ankestyrelsen" in page
    assert "Aksel" not in page
    assert left("cases.case") == {"hold": 1}
    with pytest.raises(batches.Nothing):
        batches.propose("cases.case", house.scope(house.dorte), LATER, THEN)
    hold = Hold.objects.get()
    url = f"/keeping/holds/{hold.uuid}/"
    erik.post(url, {"lift": "yes"})
    dorte.post(url)
    dorte.post(url, {"lift": "yes"})
    assert left("cases.case") == {"hold": 1}
    erik.post(url, {"lift": "yes"})
    assert left("cases.case") == {}
    # A hold on a kind keeps everybody's.
    dorte.post("/keeping/holds/", words | {"name": "", "birth_on": "", "kind": "cases.case"})
    assert left("cases.case") == {"hold": 1}


def test_what_goes_is_exactly_what_was_proposed(house: House, clock: time_machine.Traveller) -> None:
    first, second = house.cast.pupils[:2]
    casework.closed(casework.case_of(first))
    clock.move_to(THEN)
    dorte, erik = signed_in(house.dorte), signed_in(house.erik)
    page = dorte.get("/keeping/cases.case/").content.decode()
    assert "Foreslå præcis disse" in page
    assert dorte.post("/keeping/cases.case/", {"propose": "yes"}).status_code == 303
    batch = Batch.objects.get()
    url = f"/keeping/batches/{batch.uuid}/"
    dorte.post(url, {"agree": "yes"})
    batch.refresh_from_db()
    assert batch.state == BatchState.PROPOSED, "nobody agrees to her own"
    with pytest.raises(DatabaseError), transaction.atomic():
        Batch.objects.filter(pk=batch.pk).update(state="approved", decided_by=house.dorte)
    # Before it goes another case has had its time as well: the list is not the one that was agreed to.
    erik.post(url, {"agree": "yes"})
    casework.closed(casework.case_of(second))
    assert batches.run(batch.uuid, THEN) is None
    batch.refresh_from_db()
    assert batch.state == BatchState.STALE
    assert Case.objects.count() == 2
    proof = house.gone("cases.case")
    assert proof is not None
    assert proof.digest == batches.digest(proof.keys) == proof.batch.digest
    assert len(proof.keys) == 2
    assert "Hvad der blev slettet" in erik.get(f"/keeping/batches/{proof.batch.uuid}/").content.decode()


def test_a_guardian_of_another_child_stays_when_a_pupil_goes(house: House) -> None:
    aksel, freja = house.cast.pupils[:2]
    Enrolment.objects.filter(pupil=aksel).update(until=date(2026, 1, 1))
    Enrolment.objects.exclude(pupil=aksel).update(until=date(2032, 8, 1))
    mother = Guardian.objects.get(guardianships__pupil=aksel)
    father = factories.guardian(aksel, freja, name="Bo Holm")
    casework.closed(casework.case_of(freja))
    register(house.cast)
    # Her class's registers are there still; they go with her school year.
    assert left("schools.pupil") == {"still_kept": 1}
    Register.objects.all().delete()
    proof = house.gone("schools.pupil")
    assert proof is not None
    assert proof.keys == [str(aksel.uuid)]
    assert not Pupil.objects.filter(pk=aksel.pk).exists()
    assert not Guardian.objects.filter(pk=mother.pk).exists()
    assert Guardian.objects.get(pk=father.pk).phones.exists()
    assert father.guardianships.get().pupil == freja
    assert Pupil.objects.count() == 6


def test_names_of_staff_go_and_what_they_signed_stays(house: House) -> None:
    mette = house.cast.mette
    register(house.cast)
    User.objects.filter(pk=mette.pk).update(is_active=False)
    assert house.gone("accounts.user") is not None
    mette.refresh_from_db()
    assert (mette.name, mette.title, mette.staff_key) == ("", "", None)
    assert "mette" not in mette.email
    assert Register.objects.get().taken_by_id == mette.pk
    assert batches.dry_run("accounts.user", LATER).going == ()


def test_terms_are_dated_and_take_two(house: House, clock: time_machine.Traveller) -> None:
    clock.move_to(THEN)
    assert terms.months("cases.case", LATER) == 60
    dorte, erik = signed_in(house.dorte), signed_in(house.erik)
    form = {"months": "120", "valid_from": "2032-04-01", "source": "Byrådets beslutning af 1. marts"}
    assert dorte.post("/keeping/cases.case/", form | {"valid_from": "2031-04-01"}).status_code == 422
    assert dorte.post("/keeping/cases.case/", form).status_code == 303
    term = Term.objects.get()
    dorte.post(f"/keeping/terms/{term.uuid}/", {"agree": "yes"})
    assert terms.months("cases.case", date(2032, 4, 1)) == 60
    assert "Byrådets beslutning" in erik.get("/keeping/").content.decode()
    erik.post(f"/keeping/terms/{term.uuid}/", {"agree": "yes"})
    assert terms.months("cases.case", date(2032, 3, 31)) == 60
    assert terms.months("cases.case", date(2032, 4, 1)) == 120
    assert terms.before("cases.case", date(2032, 4, 1)) == date(2022, 4, 1)
    assert terms.before("audit.trail", LATER) is None


def test_every_kind_is_found_and_counted_without_a_row_written(house: House) -> None:
    with CaptureQueriesContext(connection) as asked:
        for kind in DECIDED:
            assert batches.dry_run(kind, LATER).before is not None
    sent = [str(one["sql"]).partition(" ")[0] for one in asked.captured_queries]
    assert set(sent) <= {"SELECT", "SAVEPOINT", "RELEASE"}
    page = signed_in(house.dorte).get("/keeping/").content.decode()
    with translation.override("da"):
        assert not [kind.key for kind in KINDS.values() if str(escape(kind.label)) not in page]
