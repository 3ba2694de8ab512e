"""CPR numbers are kept where the installation says so, and shown to nobody without a reason."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from fravaer.accounts.roles import Role
from fravaer.accounts.scoping import scope_of
from fravaer.audit.models import Event
from fravaer.core import resealing, secrets
from fravaer.core.sealing import SealedText
from fravaer.schools import cpr
from fravaer.schools.models import CprLookup, CprNumber, Pupil
from tests.accounts import rosterfiles
from tests.accounts.rosterfiles import Files
from tests.cases import casework
from tests.cast import MORNING, Cast, signed_in

# Day number 77: a replacement number. None of the others fits modulus 11.
NUMBERS = {"p1": "170512-1234", "p2": "770512 2345", "p3": "1705123456"}


@pytest.fixture(autouse=True)
def column(monkeypatch: pytest.MonkeyPatch, files: Files) -> None:
    """The file of pupils has a column of CPR numbers."""
    monkeypatch.setitem(rosterfiles.HEADERS, "pupils", f"{rosterfiles.HEADERS['pupils']} cpr")


def told(files: Files, numbers: dict[str, str]) -> None:
    """The files say these numbers."""
    for row in files.tables["pupils"]:
        row["cpr"] = numbers.get(row["pupil"], "")


@pytest.mark.parametrize(
    "written", ["170512-1234", "170512 1234", "1705121234", "770512-1234", "290200-1234", " 310105-0000 "]
)
def test_a_number_is_read_as_people_write_it_and_modulus_11_decides_nothing(written: str) -> None:
    assert cpr.digits(written) == "".join(letter for letter in written if letter.isdigit())


@pytest.mark.parametrize(
    "written",
    ["", "170512", "170512-123", "320512-1234", "171312-1234", "920512-1234", "300205-1234", "17-05-12-1234",
     "+4520123456", "170512--1234", "１７０５１２-１２３４"],
)  # fmt: skip
def test_what_is_no_number_is_refused_and_not_repeated(written: str) -> None:
    with pytest.raises(cpr.NoNumber) as refused:
        cpr.digits(written)
    assert str(refused.value) == ""


def test_numbers_come_with_the_roster_lie_sealed_and_follow_it(files: Files) -> None:
    told(files, NUMBERS)
    assert "CPR-numre: 3" in files.run()
    key_of = dict(Pupil.objects.values_list("pk", "roster_key"))
    kept = {key_of[one.pupil_id]: one.number for one in CprNumber.objects.all()}
    assert kept == {"p1": "1705121234", "p2": "7705122345", "p3": "1705123456"}
    with connection.cursor() as cursor:
        cursor.execute("SELECT number || found_by FROM schools_cprnumber")
        stored = b"".join(bytes(value) for (value,) in cursor.fetchall())
    assert not any(number.encode() in stored for number in kept.values())
    assert files.run() == ["0 ændringer"]
    # One is corrected, and two were exchanged.
    told(files, {"p1": "1705123456", "p2": "170512-9999", "p3": "170512-1234"})
    assert "CPR-numre: 3" in files.run()
    kept = {key_of[one.pupil_id]: one.number for one in CprNumber.objects.all()}
    assert kept == {"p1": "1705123456", "p2": "1705129999", "p3": "1705121234"}
    assert "1705" not in str(list(Event.objects.values()))


def test_a_roster_with_wrong_or_doubled_numbers_is_refused_without_repeating_them(
    files: Files, settings: Settings
) -> None:
    told(files, {"p1": "170512-1234", "p2": "320512-2345", "p3": "1705121234"})
    refused = files.refused()
    assert any("En anden elev har samme CPR-nummer" in line for line in refused)
    assert any("Det er ikke et CPR-nummer" in line for line in refused)
    settings.KEEP_CPR = False
    told(files, NUMBERS)
    refused += files.refused()
    assert sum("Det ligner et CPR-nummer" in line for line in refused) == 3
    assert not any(number[:6] in line for line in refused for number in NUMBERS.values())
    assert not CprNumber.objects.exists()


@pytest.fixture
def kept(cast: Cast) -> Cast:
    """The pupils have numbers, also one at the other school."""
    cpr.keep(
        {cast.pupils[0].pk: "1705121234", cast.pupils[1].pk: "7705122345", cast.others[0].pk: "0101153333"}
    )
    return cast


def page(client: Client, pupil: Pupil, reason: str = "") -> tuple[int, str]:
    url = reverse("absence:cpr", args=[pupil.uuid])
    response = client.post(url, {"reason": reason}) if reason else client.get(url)
    assert "no-store" in response.headers["Cache-Control"]
    return response.status_code, response.content.decode()


def test_a_number_is_masked_until_a_reason_is_given_and_that_is_logged(kept: Cast) -> None:
    office, pupil = signed_in(kept.secretary), kept.pupils[0]
    status, text = page(office, pupil)
    assert (status, "170512-xxxx" in text, "1234" in text) == (200, True, False)
    assert page(office, pupil, "nosiness")[0] == 422
    assert not Event.objects.filter(action="cpr.reveal").exists()
    status, text = page(office, pupil, "identify")
    assert (status, "170512-1234" in text) == (200, True)
    # Not even on paper.
    assert re.search(r'<p class="[^"]*\bno-print\b[^>]*>170512-1234<', text)
    logged = Event.objects.get(action="cpr.reveal")
    assert (logged.actor_id, logged.pupil_ids, logged.detail) == (
        kept.secretary.pk, [pupil.pk], {"reason": "identify"},
    )  # fmt: skip
    assert "ikke noget CPR-nummer" in page(office, kept.pupils[2])[1]
    # Nowhere else: not on her history, in her class, or in anybody's list.
    for url in (
        reverse("absence:history", args=[pupil.uuid]),
        reverse("absence:class", args=[kept.class_7b.pk]),
    ):
        assert "170512" not in office.get(url).content.decode()
    assert (
        page(office, kept.others[0])[0]
        == page(office, Pupil(uuid="00000000-0000-0000-0000-000000000001"))[0]
        == 404
    )


def test_a_social_worker_has_the_numbers_of_her_cases_and_a_teacher_none(
    kept: Cast, settings: Settings
) -> None:
    worker, pupil = signed_in(kept.social_worker), kept.pupils[0]
    assert page(worker, pupil)[0] == 404
    casework.case_of(pupil, {Role.SOCIAL_WORKER: kept.social_worker})
    assert "170512-xxxx" in page(worker, pupil)[1]
    assert signed_in(kept.mette).get(reverse("absence:cpr", args=[pupil.uuid])).status_code == 403
    settings.KEEP_CPR = False
    assert page(worker, pupil)[0] == 404
    history = signed_in(kept.leader).get(reverse("absence:history", args=[pupil.uuid])).content.decode()
    assert "CPR" not in history


def test_34_a_look_up_finds_ones_own_pupil_by_the_whole_number_and_says_nothing_of_others(
    kept: Cast, client: Client
) -> None:
    office = signed_in(kept.leader)
    url = reverse("absence:cpr-look-up")

    def asked(number: str) -> tuple[int, str]:
        response = office.post(url, {"number": number})
        text = response.content.decode()
        assert number not in text
        return response.status_code, text.split("<main")[1].split("csrfmiddlewaretoken")[0]

    assert str(kept.pupils[1]) in asked("770512-2345")[1]
    # At the other school, and nowhere: the same answer.
    assert asked("010115-3333") == asked("010115-3334")
    assert asked("770512")[0] == asked("7705%")[0] == 422
    assert Event.objects.filter(action="cpr.look_up", actor_id=kept.leader.pk).count() == 3
    for _more in range(cpr.MOST_LOOKUPS - 3):
        assert asked("010115-3334")[0] == 200
    status, text = asked("770512-2345")
    assert (status, str(kept.pupils[1]) in text) == (429, False)
    assert CprLookup.objects.count() == cpr.MOST_LOOKUPS
    later = MORNING + timedelta(hours=1, minutes=1)
    assert cpr.look_up("770512-2345", scope_of(kept.leader.pk, MORNING), later) == kept.pupils[1].pk


def test_79_while_keys_change_numbers_are_found_and_nobody_gets_anothers(kept: Cast, tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    secrets.make(keys)
    secrets.use(keys)
    try:
        CprNumber.objects.all().delete()
        first, second, third = (pupil.pk for pupil in kept.pupils[:3])
        cpr.keep({first: "1705121234", second: "7705122345"})
        secrets.make(keys, ["cpr.keys", "cpr.index"], rotate=True)
        secrets.use(keys)
        field = CprNumber._meta.get_field("number")
        assert isinstance(field, SealedText)
        # Half of them are under the newer keys.
        assert next(resealing.reindex(CprNumber, field, batch=1)) == 1
        assert next(resealing.reseal(CprNumber, field, batch=1)) == 1
        scope = scope_of(kept.leader.pk, MORNING)
        assert [cpr.look_up(number, scope, MORNING) for number in ("1705121234", "7705122345")] == [
            first,
            second,
        ]
        assert cpr.keep({first: "1705121234", second: "7705122345"}) == 0
        # A number somebody has under the older key moves, and is not held by two.
        assert cpr.keep({third: "7705122345"}) == 1
        assert list(CprNumber.objects.order_by("pupil_id").values_list("pupil_id", flat=True)) == [
            first,
            third,
        ]
        assert sum(resealing.reindex(CprNumber, field)) + sum(resealing.reseal(CprNumber, field)) == 0
        for name in ("cpr.keys", "cpr.index"):
            (keys / name).write_text((keys / name).read_text().splitlines()[-1])
        secrets.use(keys)
        assert cpr.look_up("170512-1234", scope, MORNING) == first
        assert cpr.masked(third) == "770512-xxxx"
    finally:
        secrets.use(Path(configured.FIELD_KEYS))
