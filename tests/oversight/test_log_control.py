"""Is it looked into who looks at children, and by whom?"""

from __future__ import annotations

import re
from datetime import date, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client, override_settings
from django.urls import reverse

from fravaer.absence.reasons import Mark
from fravaer.accounts.models import User
from fravaer.accounts.roles import Role
from fravaer.accounts.scoping import scope_of
from fravaer.audit import trail
from fravaer.audit.models import Event
from fravaer.core.mail import NOWHERE
from fravaer.oversight import hits, reminding, tasks
from fravaer.oversight.models import Hit, Kind, Sample, SampleMail, Side
from tests import factories
from tests.cases import casework
from tests.cast import DAY, MORNING, Cast, signed_in, statements, without_tokens
from tests.oversight.checking import sample_of
from tests.sms.conftest import take

SEARCH = {"reason": "complaint", "since": "2026-03-01", "last": "2026-03-31"}


@pytest.fixture
def controller(cast: Cast) -> User:
    user = factories.user("Dorte Dahl", email="dpo@fjordby.invalid")
    factories.grant(user, Role.CONTROLLER, None)
    return user


@pytest.fixture
def reader(cast: Cast) -> Client:
    """The social worker has looked at Aksel's page, the teacher at his history."""
    client = signed_in(cast.social_worker)
    assert client.get(reverse("oversight:why", args=[cast.pupils[0].uuid])).status_code == 200
    client = signed_in(cast.mette)
    assert client.get(reverse("absence:history", args=[cast.pupils[0].uuid])).status_code == 200
    return client


def words(page: bytes) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page.decode()))


def test_why_a_child_is_seen_is_told_with_the_grant_and_its_end(cast: Cast, reader: Client) -> None:
    said = words(reader.get(reverse("oversight:why", args=[cast.pupils[0].uuid])).content)
    grant = cast.mette.grants.get()
    assert "Eleven går i en klasse, du har." in said
    assert f"har nummer {grant.pk}." in said
    assert "undervisning" in said.lower()
    event = Event.objects.filter(subject="pupil.why").latest("pk")
    assert (event.grant_ids, event.purpose) == ([grant.pk], "teaching")


def test_the_controller_finds_by_the_whole_name_and_the_search_itself_is_noted(
    cast: Cast, reader: Client, controller: User
) -> None:
    client = signed_in(controller)
    found = client.post(reverse("oversight:log"), SEARCH | {"child": "aksel  BRO"})
    said = words(found.content)
    assert "Mette Kjær" in said
    assert "En elevs historik" in said
    assert "Sofie Winther" in said
    searched = Event.objects.filter(subject="control.lookup").get()
    assert (searched.actor_id, searched.reason, searched.pupil_ids) == (
        *(controller.pk, "complaint"),
        [cast.pupils[0].pk],
    )
    for part in ("Aksel", "Aksel Br", "%", "Bro"):
        page = client.post(reverse("oversight:log"), SEARCH | {"child": part})
        assert "Mette Kjær" not in words(page.content)
    alone = words(client.post(reverse("oversight:log"), SEARCH | {"person": cast.mette.email}).content)
    assert "Mette Kjær" in alone
    assert "Sofie Winther" not in alone
    assert client.post(reverse("oversight:log"), SEARCH | {"reason": ""}).status_code == 422


def test_what_was_done_is_told_and_found_in_words(cast: Cast, reader: Client, controller: User) -> None:
    take(cast.class_7b, {cast.pupils[0]: Mark.ILL})
    client = signed_in(controller)
    form = client.get(reverse("oversight:log")).content.decode()
    assert '<option value="changed:register">Registrering</option>' in form

    def found(what: str) -> set[str]:
        page = client.post(reverse("oversight:log"), SEARCH | {"what": what}).content.decode()
        cells = re.findall(r'<td data-title="Hvad">(.*?)</td>', page, re.DOTALL)
        return {" ".join(cell.split()) for cell in cells}

    assert found("changed:register") == {"Registrering: taget"}
    assert found("read:history") == {"Så · En elevs historik"}
    everything = found("")
    assert {"Så · En elevs historik", "Registrering: taget"} < everything
    assert not [one for one in everything if re.search(r"\b[a-z_]+\.[a-z_]+", one)], "no code is shown"
    assert client.post(reverse("oversight:log"), SEARCH | {"what": "changed:x"}).status_code == 422


def test_who_has_looked_is_told_to_a_leader_by_role_and_to_the_controller_by_name(
    cast: Cast, reader: Client, controller: User
) -> None:
    address = reverse("oversight:looked", args=[cast.pupils[0].uuid])
    to_leader = words(signed_in(cast.leader).get(address).content)
    assert "Lærer" in to_leader
    assert "Mette Kjær" not in to_leader
    # Several pages of one name are one line.
    with_pages = signed_in(cast.leader)
    for subject in ("case", "case.plan"):
        trail.saw(scope_of(cast.mette.pk, MORNING), subject, [cast.pupils[0].pk], subject_id=1)
    assert words(with_pages.get(address).content).count("Lærer En sag 2") == 1
    # That social services have looked is theirs to tell.
    assert "Skolesocialrådgiver" not in to_leader
    assert "Mette Kjær" in words(signed_in(controller).get(address).content)


def test_each_week_some_readings_are_drawn_and_nobody_answers_for_her_own(
    cast: Cast, reader: Client, clock: time_machine.Traveller
) -> None:
    for page in range(9):
        trail.saw(scope_of(cast.leader.pk, MORNING), "history", [cast.pupils[1].pk], subject_id=page)
    trail.saw(scope_of(cast.mette.pk, MORNING), "register", [one.pk for one in cast.pupils] * 2 + [10**6])
    clock.shift(timedelta(days=7))
    made = tasks.draw()
    assert tasks.draw() == 0
    school = Sample.objects.filter(side=Side.SCHOOL)
    assert made == Sample.objects.count()
    assert (school.count(), Sample.objects.filter(side=Side.SOCIAL).count()) == (5, 1)
    assert {one.week_on for one in school} == {date(2026, 3, 9)}
    listed = signed_in(cast.leader).get(reverse("oversight:samples")).content.decode()
    assert f'<b translate="no">{cast.leader.name}</b>' not in listed
    own = school.filter(actor=cast.leader).first()
    assert own is not None
    answer = {"needed": "yes", "remark": "task"}
    assert (
        signed_in(cast.leader).post(reverse("oversight:sample", args=[own.uuid]), answer).status_code == 404
    )
    with pytest.raises(IntegrityError, match="nobody_answers_for_herself"), transaction.atomic():
        Sample.objects.filter(pk=own.pk).update(answered_by=cast.leader)


def test_a_sample_without_need_or_answer_goes_to_the_controller(
    cast: Cast, controller: User, clock: time_machine.Traveller
) -> None:
    denied, late = (sample_of(cast.school, cast.pupils[0]) for _ in range(2))
    leader = signed_in(cast.leader)
    said = words(leader.get(reverse("oversight:samples")).content)
    assert "Pia Psykolog" in said
    assert "Aksel Bro" in said
    leader.post(reverse("oversight:sample", args=[denied]), {"needed": "no", "remark": "no_reason"})
    leader.post(reverse("oversight:sample", args=[denied]), {"needed": "yes", "remark": "task"})
    sample = Sample.objects.get(uuid=denied)
    assert (sample.needed, sample.remark, sample.answered_by) == (False, "no_reason", cast.leader)
    clock.shift(timedelta(days=10))
    client = signed_in(controller)
    page = client.get(reverse("oversight:hits")).content
    assert f"{denied}/settle" in page.decode()
    assert f"{late}/settle" in page.decode()
    client.post(reverse("oversight:sample-settle", args=[denied]), {"verdict": "talk"})
    assert f"{denied}/settle" not in client.get(reverse("oversight:hits")).content.decode()


def test_case_77_what_was_refused_is_noted_without_a_word_that_was_typed(
    cast: Cast, controller: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who, in which role, which page, and the child or case it was about where there is one; a stranger's costs and says as much
    as what does not exist, and whoever tries addresses in turn does not fill the trail."""
    theirs, case = cast.pupils[0], casework.case_of(cast.pupils[0])
    client = signed_in(cast.stranger)
    client.get("/")
    asked = []
    for uuid in (theirs.uuid, uuid4()):
        with statements() as sent:
            answer = client.get(reverse("absence:history", args=[uuid]), {"q": "0101901234 Aksel"})
        asked.append((answer.status_code, without_tokens(answer.content), len(sent)))
    (status, real, cost), (_status, missing, other_cost) = asked
    assert (status, cost) == (404, other_cost)
    assert len(real) == len(missing)
    client.get(reverse("cases:case", args=[case.uuid]))
    signed_in(cast.mette).post(reverse("sms:log-find"), {"who": "Aksel Bro"})
    # Nobody is nobody, and another site's form is no question of hers.
    Client().get(reverse("absence:history", args=[theirs.uuid]))
    forged = Client(enforce_csrf_checks=True)
    forged.cookies.update(client.cookies)
    assert forged.post(reverse("cases:note", args=[case.uuid])).status_code == 403
    noted = Event.objects.filter(action="refused").order_by("pk")
    leader, teacher = (cast.stranger.pk, "leader"), (cast.mette.pk, "teacher")
    assert [
        ((one.actor_id, one.role), one.subject, one.subject_id, one.pupil_ids, one.detail) for one in noted
    ] == [
        (leader, "absence:history", str(theirs.uuid), [theirs.pk], {"status": 404}),
        (leader, "absence:history", "", [], {"status": 404}),
        (leader, "cases:case", str(case.uuid), [theirs.pk], {"status": 404}),
        (teacher, "sms:log-find", "", [], {"status": 403}),
    ]
    assert "Aksel" not in str(list(noted.values()))
    assert "0101901234" not in str(list(noted.values()))
    search = signed_in(controller)
    said = words(search.post(reverse("oversight:log"), SEARCH | {"what": "refused"}).content)
    assert said.count("Afvist") == 4
    assert "En elevs historik" in said
    assert "Frida Krogh" in said
    assert "Afvist" not in words(search.post(reverse("oversight:log"), SEARCH | {"what": "read"}).content)
    monkeypatch.setattr(trail, "MOST_REFUSED", 4)
    for _ in range(3):
        client.get(reverse("absence:history", args=[theirs.uuid]))
    assert noted.filter(actor_id=cast.stranger.pk).count() == 4


def test_what_stands_out_is_found_once_and_settled_by_another_than_who_did_it(
    cast: Cast, controller: User, clock: time_machine.Traveller
) -> None:
    own = factories.pupil("Ida Kjær", in_class=cast.class_7b)
    scope = scope_of(cast.mette.pk, MORNING)
    trail.changed(cast.mette.pk, "block.touched", role="teacher", subject="register", pupil_ids=[own.pk])
    for pupil_id in range(hits.MANY + 1):
        trail.saw(scope, "history", [pupil_id])
    trail.saw(scope, "phones.protected", [own.pk])
    for _ in range(hits.OFTEN + 1):
        trail.refused(scope, "cases:case", [own.pk], subject_id="", status=404)
    trail.changed(cast.leader.pk, "emergency.open", role="leader", pupil_ids=[own.pk])
    clock.move_to(factories.moment(DAY, 23))
    trail.saw(scope_of(controller.pk, MORNING), "control.search", [own.pk])
    clock.move_to(factories.moment(DAY + timedelta(days=1), 7))
    assert tasks.look() == 6
    assert tasks.look() == 0
    assert {hit.kind for hit in Hit.objects.all()} == set(Kind)
    client = signed_in(controller)
    said = words(client.get(reverse("oversight:hits")).content)
    assert "Mange børn inden for en time" in said
    assert "Ida" not in said
    block = Hit.objects.get(kind=Kind.BLOCK)
    assert (block.actor, block.pupils) == (cast.mette, 1)
    client.post(reverse("oversight:hit", args=[block.uuid]), {"verdict": "breach"})
    mine = Hit.objects.get(kind=Kind.NIGHT)
    assert client.post(reverse("oversight:hit", args=[mine.uuid]), {"verdict": "fine"}).status_code == 404
    assert list(Hit.objects.exclude(settled_at=None).values_list("kind", "verdict")) == [("block", "breach")]
    assert Event.objects.filter(action="hit.settle").count() == 1


def test_leaders_are_reminded_of_unanswered_samples_once_a_week_and_of_nobody_by_name(
    cast: Cast, clock: time_machine.Traveller
) -> None:
    gone = factories.user("Inga Gået", email="inga@fjordby.invalid")
    factories.grant(gone, Role.LEADER, cast.school)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    social = factories.user("Signe Strand", email="signe@fjordby.invalid")
    factories.grant(social, Role.SOCIAL_LEADER, cast.school)
    for pupil in cast.pupils[:2]:
        sample_of(cast.school, pupil)
    # Her own is another's to answer.
    Sample.objects.filter(uuid=sample_of(cast.school, cast.pupils[2])).update(actor=cast.leader)
    backend = "django.core.mail.backends.locmem.EmailBackend"
    with override_settings(EMAIL_BACKEND=backend, PUBLIC_BASE_URL="https://fravaer.example"):
        # A job before this one died after it had claimed social services' e-mail: whether it left nobody knows.
        week_on = DAY - timedelta(days=DAY.weekday())
        assert reminding.make(week_on, MORNING) == 2
        SampleMail.objects.filter(user=social).update(claimed_at=MORNING)
        for _again in range(2):
            tasks.remind()
        [told] = mail.outbox
        assert told.to == [cast.leader.email]
        assert told.subject == "Stikprøver af loggen: 2 visninger venter på dit svar"
        assert "https://fravaer.example" + reverse("oversight:samples") in told.body
        text = told.subject + told.body
        for one in (*cast.pupils, *User.objects.all()):
            assert str(one) not in text
        leader = signed_in(cast.leader)
        for one in Sample.objects.visible_to(scope_of(cast.leader.pk, MORNING)).waiting():
            leader.post(reverse("oversight:sample", args=[one.uuid]), {"needed": "yes", "remark": "task"})
        clock.shift(timedelta(days=7))
        tasks.remind()
        assert [one.to for one in mail.outbox[1:]] == [[social.email]]
    # Without a mail server nobody is written to, and nothing is taken for sent.
    clock.shift(timedelta(days=7))
    with override_settings(EMAIL_BACKEND=NOWHERE):
        tasks.remind()
    assert not SampleMail.objects.filter(week_on=week_on + timedelta(days=14)).exists()
