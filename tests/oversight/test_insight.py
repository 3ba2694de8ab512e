"""Is whoever asks told everything that is held about her child, and nothing of others?"""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from uuid import UUID

import pytest
import time_machine
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.db.models import ForeignKey, Model
from django.urls import reverse

from fravaer.absence.reasons import Mark
from fravaer.accounts.freshness import CONFIRMED
from fravaer.accounts.models import User
from fravaer.accounts.roles import Role
from fravaer.audit.models import Event
from fravaer.cases.models import Note
from fravaer.oversight import insight, tasks
from fravaer.oversight.models import Insight
from fravaer.schools.models import Guardianship, Pupil
from tests import factories
from tests.cases import casework
from tests.cast import MORNING, Cast, signed_in
from tests.sms.conftest import take

SECRET = {"school": "Skolens note om Aksel", "social": "Forvaltningens note", "ppr": "Psykologens note"}


def leading_to_a_child() -> set[type[Model]]:
    """Every table of ours whose rows lead to a pupil, by foreign keys or by a list of pupils."""
    ours = [
        model
        for app in apps.get_app_configs()
        if app.name.startswith("fravaer.")
        for model in app.get_models()
    ]
    found: set[type[Model]] = {Pupil}
    while more := {
        model
        for model in ours
        if model not in found
        and any(
            isinstance(field, ForeignKey) and field.related_model in found
            for field in model._meta.get_fields()
        )
    }:
        found |= more
    return found | {
        model
        for model in ours
        for field in model._meta.fields
        if isinstance(field, ArrayField) and field.name.startswith("pupil")
    }


def test_every_table_that_leads_to_a_child_is_told_or_says_why_not() -> None:
    kept, not_told = insight.declared()
    told = {one.model for one in kept}
    assert leading_to_a_child() - told - set(not_told) == set()
    assert told & set(not_told) == set()


@pytest.fixture
def people(cast: Cast) -> dict[str, User]:
    """Social services' leader and the controller."""
    chief = factories.user("Signe Strand", email="signe@fjordby.invalid")
    factories.grant(chief, Role.SOCIAL_LEADER, cast.school)
    controller = factories.user("Dorte Dahl", email="dpo@fjordby.invalid")
    factories.grant(controller, Role.CONTROLLER, None)
    # Takes part in Aksel's case.
    psychologist = factories.user("Pia Psykolog", email="pia@fjordby.invalid")
    return {"social": chief, "controller": controller, "ppr": psychologist}


@pytest.fixture
def asked(cast: Cast, people: dict[str, User]) -> Insight:
    """Aksel was absent, has a case with a note of each side, and two guardians, of whom the first asks."""
    aksel = cast.pupils[0]
    take(cast.class_7b, {aksel: Mark.ILL})
    case = casework.case_of(aksel, {Role.SOCIAL_WORKER: cast.social_worker, Role.PSYCHOLOGIST: people["ppr"]})
    for number, (domain, text) in enumerate(SECRET.items()):
        Note.objects.create(
            key=f"00000000-0000-0000-0000-00000000000{number}",
            case=case,
            domain=domain,
            author=cast.leader,
            at=MORNING,
            text=text,
        )
    factories.guardian(aksel, name="Bo Hemmelig")
    first = Guardianship.objects.filter(pupil=aksel).order_by("pk")[0]
    signed_in(cast.leader).post(
        reverse("oversight:insight-ask", args=[aksel.uuid]), {"guardian": first.guardian_id}
    )
    return Insight.objects.get()


def key(model: str, pk: object) -> str:
    return f"b:{model}:{pk}"


def test_each_side_looks_its_own_through_and_another_hands_out_the_rest(
    cast: Cast, asked: Insight, people: dict[str, User], tmp_path: Path, clock: time_machine.Traveller
) -> None:
    leader, social, psychologist, controller = (
        signed_in(one) for one in (cast.leader, people["social"], people["ppr"], people["controller"])
    )
    page = reverse("oversight:insight", args=[asked.uuid])
    for_school, for_social, for_ppr = (
        who.get(page).content.decode() for who in (leader, social, psychologist)
    )
    assert SECRET["school"] in for_school
    assert SECRET["social"] not in for_school
    assert SECRET["social"] in for_social
    assert SECRET["school"] not in for_social
    assert SECRET["ppr"] not in for_school + for_social
    assert SECRET["ppr"] in for_ppr
    assert SECRET["school"] not in for_ppr
    assert SECRET["social"] not in for_ppr
    assert "Venter på PPR" not in leader.get(reverse("oversight:insights")).content.decode()
    release = reverse("oversight:insight-release", args=[asked.uuid])
    file = reverse("oversight:insight-file", args=[asked.uuid, "json"])

    # The school lets everything through, and tries the other guardian's as well; social services hold their note back.
    leader.post(page, {})
    controller.post(release)
    assert controller.get(file).status_code == 404
    note = Note.objects.get(domain="social")
    social.post(page, {key("cases.Note", note.pk): "interest"})
    assert leader.post(release).status_code == 403
    # PPR wrote something, and is waited for as long as there is time.
    told_by_command = StringIO()
    call_command("subject_access", str(asked.pupil.uuid), stdout=told_by_command)
    assert "ppr: waits; 0 restricted rows, 0 read" in told_by_command.getvalue()
    controller.post(release)
    assert controller.get(file).status_code == 404
    assert "Venter på PPR" in controller.get(reverse("oversight:insights")).content.decode()
    psychologist.post(page, {key("cases.Note", Note.objects.get(domain="ppr").pk): "interest"})
    controller.post(release)
    told = json.loads(controller.get(file).content)
    text = json.dumps(told, ensure_ascii=False)
    assert SECRET["school"] in text
    assert "Syg" in text
    assert "10-03-2026" in text
    assert "Bo Hemmelig" not in text
    assert SECRET["social"] not in text
    assert SECRET["ppr"] not in text
    assert dict(told["held_back"]).keys() == {
        "Om den anden forælder",
        "Barnets eget hensyn vejer tungere",
    }
    assert dict(told["held_back"])["Barnets eget hensyn vejer tungere"] == 2
    assert sorted({row[1] for row in told["looked"] if row[1] == "Skoleleder"}) == ["Skoleleder"]
    assert controller.get(file.replace("json", "pdf")).content.startswith(b"%PDF")

    out = tmp_path / "insight.json"
    call_command("subject_access", str(asked.pupil.uuid), out=out)
    assert json.loads(out.read_text()) == told
    assert asked.uuid.hex not in text
    assert Event.objects.filter(action="insight.release", actor_id=people["controller"].pk).count() == 1
    clock.shift(timedelta(days=31))
    assert tasks.forget() == 1
    assert signed_in(people["controller"]).get(file).status_code == 404
    with pytest.raises(CommandError, match="its time is up"):
        call_command("subject_access", str(asked.pupil.uuid), out=out)


def test_a_restricted_note_is_opened_by_itself_and_that_is_noted(
    cast: Cast, asked: Insight, people: dict[str, User]
) -> None:
    case = Note.objects.filter(case__pupil=asked.pupil)[0].case
    school, social = (
        Note.objects.create(
            key=UUID(int=20 + number),
            case=case,
            domain=domain,
            author=cast.mette,
            at=MORNING,
            text="Hvad ingen side viser",
            restricted=True,
        )
        for number, domain in enumerate(("school", "social"))
    )
    page, leader = reverse("oversight:insight", args=[asked.uuid]), signed_in(cast.leader)
    # Handed out by nobody who has not read it, whatever the form says or leaves out.
    for form in ({}, {key("cases.Note", school.pk): ""}):
        refused = leader.post(page, form)
        assert refused.status_code == 422
        assert "Du har ikke åbnet denne note" in refused.content.decode()
        assert Insight.objects.get().school_at is None
    assert school.text not in leader.get(page).content.decode()
    assert not Event.objects.filter(action="insight.open").exists()
    wanted = {"open": f"cases.Note:{school.pk}", key("cases.Note", school.pk): "interest"}
    session = leader.session
    proved = session.pop(CONFIRMED)
    session.save()
    # It asks anew who she is, and nothing is noted or shown before.
    assert "/confirm/" in leader.post(page, wanted)["Location"]
    assert not Event.objects.filter(action="insight.open").exists()
    session[CONFIRMED] = proved
    session.save()
    shown = leader.post(page, wanted)
    assert school.text in shown.content.decode()
    assert 'value="interest" selected' in " ".join(shown.content.decode().split())
    assert Event.objects.get(action="insight.open").actor_id == cast.leader.pk
    # Shown once, to her side alone.
    assert school.text not in leader.get(page).content.decode()
    assert leader.post(page, {"open": f"cases.Note:{social.pk}"}).status_code == 404
    assert signed_in(people["controller"]).post(page, {"open": f"cases.Note:{school.pk}"}).status_code == 403
    # A colleague who has not read it herself does not let it through on the strength of another's reading.
    deputy = factories.user("Dorte Vice", email="vice@fjordby.invalid")
    factories.grant(deputy, Role.LEADER, cast.school)
    assert signed_in(deputy).post(page, {}).status_code == 422
    assert leader.post(page, {}).status_code == 303
    out = StringIO()
    call_command("subject_access", str(asked.pupil.uuid), stdout=out)
    assert "school: looked through; 1 restricted rows, 1 read" in out.getvalue()
    assert "social: waits; 1 restricted rows, 0 read" in out.getvalue()


def test_what_has_come_since_is_held_back_and_nobody_hands_out_what_she_looked_through(
    cast: Cast, asked: Insight, people: dict[str, User], clock: time_machine.Traveller
) -> None:
    page = reverse("oversight:insight", args=[asked.uuid])
    for who in (cast.leader, people["social"]):
        signed_in(who).post(page, {})
    for who in (cast.leader, people["social"]):
        with pytest.raises(IntegrityError, match="released_by_another"), transaction.atomic():
            Insight.objects.filter(pk=asked.pk).update(released_by=who)
    take(cast.class_2a, {})
    late = Note.objects.create(
        key="00000000-0000-0000-0000-000000000009",
        case_id=Note.objects.first().case_id,  # type: ignore[union-attr]
        domain="school",
        author=cast.leader,
        at=MORNING,
        text="Kommet til bagefter",
    )
    # PPR has not answered in time: what it wrote is held back, and it says so.
    clock.shift(insight.ANSWER_WITHIN)
    signed_in(people["controller"]).post(reverse("oversight:insight-release", args=[asked.uuid]))
    told = insight.opened(Insight.objects.get())
    assert late.text not in json.dumps(told, ensure_ascii=False)
    assert dict(told["held_back"])["Kommet til, efter at det blev gennemgået"] == 1
    assert dict(told["held_back"])["PPR svarer selv for sit"] == 1


def test_the_command_counts_what_is_held_and_is_noted(cast: Cast, asked: Insight) -> None:
    out = StringIO()
    call_command("subject_access", str(asked.pupil.uuid), stdout=out)
    lines = {line.strip() for line in out.getvalue().splitlines()}
    assert "1 Fravær (school)" in lines
    assert "1 Noter (social)" in lines
    assert Event.objects.filter(subject="insight.command", role="job.operator").exists()
    assert SECRET["school"] not in out.getvalue()
