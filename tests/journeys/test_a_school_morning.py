"""One school morning through every app: each counts the same half-days, and nothing happens twice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from fravaer.absence import percentage
from fravaer.absence.percentage import Tally
from fravaer.accounts.models import User
from fravaer.cases import measures
from fravaer.cases.models import Case, Crossing
from fravaer.core.periods import Period, Quarter, school_year_start
from fravaer.schools.models import Pupil
from fravaer.sms import delivery, morning, owner
from fravaer.sms.delivery import Sender
from fravaer.sms.gateway import Twilio
from fravaer.sms.models import Message
from tests.absence.conftest import save, url
from tests.cast import DAY, Cast, signed_in, without_tokens
from tests.gateway import ACCOUNT_SID, AUTH_TOKEN, SENDER, GatewayProcess, eventually
from tests.journeys.scene import NOAH, NUMBERS, POSSIBLE, YESTERDAY, Scene, set_scene

pytestmark = pytest.mark.django_db(transaction=True)

SCHOOL_YEAR_SO_FAR = Period(school_year_start(DAY), DAY + timedelta(days=1))
NOTE = "Talt med Noah og hans far."


@pytest.fixture
def scene(cast: Cast) -> Scene:
    return set_scene(cast)


@pytest.fixture
def gateway(settings: LazySettings, live_server: LiveServer) -> Iterator[GatewayProcess]:
    """The local SMS gateway; the pages accept its callbacks."""
    running = GatewayProcess()
    settings.PUBLIC_BASE_URL = live_server.url
    settings.TWILIO_ACCOUNT_SID = ACCOUNT_SID
    settings.TWILIO_AUTH_TOKEN = AUTH_TOKEN
    settings.TWILIO_FROM = SENDER
    yield running
    running.close()


@pytest.fixture
def sender(gateway: GatewayProcess, live_server: LiveServer, scene: Scene) -> Iterator[Sender]:
    """What a worker sends with."""
    provider = Twilio(
        account_sid=ACCOUNT_SID, auth_token=AUTH_TOKEN, sender=SENDER, base_url=gateway.base_url
    )
    mine = owner.Owner()
    yield Sender(provider, mine, timezone.now, live_server.url)
    mine.close()


def marks(scene: Scene) -> dict[Pupil, str]:
    """The teacher's morning: Noah is not here, Freja is ill."""
    return dict.fromkeys(scene.everyone, "T") | {scene.noah: "I", scene.freja: "S"}


def take(scene: Scene) -> Client:
    """Let the teacher take the register; her browser."""
    teacher = signed_in(scene.cast.mette)
    assert save(teacher, scene.cast.class_7b, DAY, marks(scene)).status_code == 303
    return teacher


def night() -> None:
    call_command("triage", "--on", DAY.isoformat())


def quarter(user: User) -> Any:
    """The report on the user's page of the quarter."""
    page = signed_in(user).get(reverse("reports:quarter", args=[Quarter.of(DAY)]))
    assert page.status_code == 200
    return page.context["d"]


def test_each_guardian_gets_one_sms_however_often_the_morning_is_prepared(
    scene: Scene, gateway: GatewayProcess, sender: Sender
) -> None:
    take(scene)
    assert morning.prepare(DAY, timezone.now()).queued == 2
    assert delivery.drain(sender) == 2
    eventually(lambda: set(Message.objects.values_list("state", flat=True)) == {"delivered"})
    again = morning.prepare(DAY, timezone.now())
    assert (again.queued, again.cancelled, again.corrected) == (0, 0, 0)
    assert delivery.drain(sender) == 0
    received = gateway.ledger()["messages"]
    assert sorted(message["to"] for message in received) == sorted(NUMBERS)
    assert [len(message["attempts"]) for message in received] == [1, 1]
    shown = signed_in(scene.cast.secretary).get("/sms/").content.decode()
    assert shown.count("Leveret til telefonen") == 2


def test_the_same_half_days_are_counted_from_the_register_to_the_case(scene: Scene) -> None:
    call_command("triage", "--on", YESTERDAY.isoformat())
    assert not Crossing.objects.exists()
    take(scene)
    counted = percentage.tally(SCHOOL_YEAR_SO_FAR, scene.noah.pk)
    assert (counted.absent, counted.possible, counted.tenths) == (NOAH + 1, POSSIBLE + 1, 101)
    night()
    crossing = Crossing.objects.get()
    frozen = Tally(
        **{name: getattr(crossing, name) for name in ("possible", "illness", "leave", "unlawful", "pending")},
        due=crossing.due,
    )
    assert (crossing.pupil_id, frozen, crossing.tenths) == (scene.noah.pk, counted, 101)


def test_the_social_worker_opens_writes_and_closes_one_case(scene: Scene) -> None:
    take(scene)
    night()
    browser = signed_in(scene.cast.social_worker)
    worklist = browser.get(reverse("cases:worklist")).content.decode()
    assert "<b>Noah</b> Lund" in worklist
    assert "10,1" in worklist
    assert "Freja" not in worklist
    crossing = Crossing.objects.get()
    for _twice in range(2):
        opened = browser.post(reverse("cases:open"), {"crossing": str(crossing.uuid)})
    case = Case.objects.get()
    assert opened.headers["Location"] == reverse("cases:case", args=[case.uuid])
    assert case.crossing == crossing

    noted = {**hidden(browser, case, "note"), "text": NOTE, "domain": "school"}
    for _twice in range(2):
        browser.post(reverse("cases:note", args=[case.uuid]), noted)
    page = browser.get(reverse("cases:case", args=[case.uuid])).content.decode()
    assert page.count(NOTE) == 1
    closing = {**hidden(browser, case, "close"), "outcome": "better"}
    browser.post(reverse("cases:close", args=[case.uuid]), closing)
    case.refresh_from_db()
    assert case.state == "closed"

    night()
    assert list(Crossing.objects.all()) == [crossing]
    assert list(Case.objects.all()) == [case]


def hidden(browser: Client, case: Case, form: str) -> dict[str, str]:
    """The hidden fields of one of the forms on the case's page."""
    page = browser.get(reverse("cases:case", args=[case.uuid]))
    fields = page.context[f"{form}_form"].hidden_fields()
    return {field.name: str(field.value()) for field in fields}


def test_the_quarter_grows_by_exactly_the_morning(scene: Scene) -> None:
    before = quarter(scene.cast.area_manager)
    take(scene)
    after = quarter(scene.cast.area_manager)
    now, earlier = after.total.percent, before.total.percent
    # Noah's and Freja's half-days, of a half-day each of twenty-eight pupils.
    assert now.part - earlier.part == 2
    assert now.whole - earlier.whole == 28
    [row] = after.schools
    assert (row.percent.part, row.percent.whole) == (now.part, now.whole)
    period = Quarter.of(DAY).period
    by_pupil = percentage.tallies(percentage.spent(period, DAY), [pupil.pk for pupil in scene.everyone])
    assert now.part == sum(tally.absent for tally in by_pupil.values())
    assert now.whole == sum(tally.possible for tally in by_pupil.values())


def test_a_teachers_pages_are_the_same_whoever_has_a_social_measure(scene: Scene) -> None:
    teacher = take(scene)
    morning.prepare(DAY, timezone.now())
    with_measures = teachers_pages(teacher, scene)
    assert measures.load([]) == 2
    assert teachers_pages(teacher, scene) == with_measures
    assert not any(re.search("foranstaltning|social measure", page, re.IGNORECASE) for page in with_measures)


def teachers_pages(teacher: Client, scene: Scene) -> list[str]:
    """Every page the teacher finds in her morning, a conflict included."""
    register = url(scene.cast.class_7b, DAY)
    found = [
        teacher.get(address).content for address in ("/today/", register, f"{register}receipt/", "/sms/")
    ]
    conflict = save(teacher, scene.cast.class_7b, DAY, dict.fromkeys(scene.everyone, "T"))
    assert conflict.status_code == 409
    found.append(conflict.content)  # type: ignore[attr-defined]
    return [re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "", without_tokens(page)) for page in found]
