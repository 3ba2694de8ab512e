"""The year wheel: made once, changed by those whose it is, reminded once, and fetched by a calendar that knows the address."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.core.mail import get_connection
from django.test import Client
from icalendar import Calendar

from fravaer.accounts.models import User
from fravaer.accounts.roles import Role
from fravaer.reports import mailing, wheel
from fravaer.reports.models import WheelFeed, WheelItem
from fravaer.reports.wheelplan import PLAN
from tests import factories
from tests.cast import MORNING, Cast, signed_in
from tests.mailbox import Mailbox, open_mailbox
from tests.reports.reporting import task_form

HERE = "/reports/wheel/"


@pytest.fixture
def chief(cast: Cast) -> User:
    user = factories.user("Hanne Lind", email="hanne@fjordby.invalid")
    factories.grant(user, Role.CHIEF, None)
    return user


@pytest.fixture
def made(chief: User) -> int:
    return wheel.make(2025, scope=None, now=MORNING)


def test_the_usual_tasks_are_made_once_however_often_they_are_asked_for(cast: Cast, chief: User) -> None:
    client = signed_in(chief)
    assert [client.post(f"{HERE}2025/make/").status_code for _again in range(2)] == [303, 303]
    areas = sum(one.each_area for one in PLAN)
    assert WheelItem.objects.count() == len(PLAN) - areas + 2 * areas
    due = dict(WheelItem.objects.filter(area=None).values_list("kind", "due_on"))
    assert due["stil"] == date(2026, 7, 1)
    assert due["package"] == date(2025, 9, 1)
    assert {one.due_on(2025).weekday() for one in PLAN if not one.is_fixed} <= set(range(5))
    # A meeting moved or taken off is not made anew.
    WheelItem.objects.filter(kind="directors").update(due_on=date(2025, 8, 28))
    client.post(f"{HERE}task/{WheelItem.objects.get(kind='analysis').uuid}/cancel/")
    assert wheel.make(2025, scope=None, now=MORNING) == 0
    # An area's meetings are its only manager's, everything else is the only chief's.
    owner = {item.kind: item.owner for item in WheelItem.objects.exclude(area=cast.south)}
    assert (owner["area-q4"], owner["stil"]) == (cast.area_manager, chief)
    assert signed_in(cast.area_manager).post(f"{HERE}2025/make/").status_code == 403
    # What lay behind when the year was made is nobody's omission; what has passed since is overdue.
    assert "frist overskredet" not in client.get(HERE).content.decode()
    WheelItem.objects.update(made_at=MORNING - timedelta(days=60))
    assert client.get(HERE).content.decode().count("frist overskredet") == 3


def test_who_holds_the_area_changes_its_tasks_and_sees_the_municipalitys(
    cast: Cast, chief: User, made: int
) -> None:
    manager = signed_in(cast.area_manager)
    page = manager.get(HERE).content.decode()
    assert "Områdemøde om 4. kvartal" in page
    assert "Skoleårets registrering leveres" in page
    assert "Syd" not in page
    ours, theirs = (WheelItem.objects.get(kind="area-q4", area=area) for area in (cast.north, cast.south))
    of_all = WheelItem.objects.get(kind="stil")
    answers = [manager.post(f"{HERE}task/{row.uuid}/settle/").status_code for row in (ours, theirs, of_all)]
    assert answers == [303, 404, 403]
    ours.refresh_from_db()
    assert (ours.done_by_id, ours.sequence) == (cast.area_manager.pk, 1)
    assert manager.post(f"{HERE}task/{ours.uuid}/settle/", {"undone": "1"}).status_code == 303
    ours.refresh_from_db()
    assert ours.done_at is None
    leader = signed_in(cast.leader)
    assert "Områdemøde om 4. kvartal" in leader.get(HERE).content.decode()
    assert leader.post(f"{HERE}task/{ours.uuid}/settle/").status_code == 403


def test_a_task_of_ones_own_is_added_once_and_changed_by_whoever_saw_it_last(cast: Cast, chief: User) -> None:
    client = signed_in(chief)
    form = task_form()
    assert [client.post(f"{HERE}2025/add/", form).status_code for _again in range(2)] == [303, 303]
    row = WheelItem.objects.get()
    change = f"{HERE}task/{row.uuid}/change/"
    assert client.post(change, task_form(due_on="2026-05-05")).status_code == 303
    refused = client.post(change, task_form(due_on="2026-05-06"))
    assert refused.status_code == 409
    row.refresh_from_db()
    assert row.due_on == date(2026, 5, 5)
    assert client.post(change, task_form(due_on="2027-05-06", seen="1")).status_code == 422
    assert client.post(f"{HERE}2025/add/", task_form(title="")).status_code == 422


@pytest.fixture
def mailbox(settings: LazySettings) -> Iterator[Mailbox]:
    with open_mailbox() as opened:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", opened.port, False
        yield opened


def remind(today: date) -> int:
    return mailing.send(
        get_connection(),
        sender="fravaer@fjordby.invalid",
        base_url="https://f.invalid",
        today=today,
        now=MORNING,
    )


def test_an_owner_is_reminded_once_a_week_before_and_again_after_a_refusal(
    cast: Cast, chief: User, made: int, mailbox: Mailbox
) -> None:
    meeting = date(2026, 4, 28)
    assert remind(meeting - timedelta(days=8)) == 0
    mailbox.busy = True
    assert remind(meeting - timedelta(days=7)) == 0
    mailbox.busy = False
    assert [remind(meeting - timedelta(days=7)) for _again in range(2)] == [1, 0]
    [message] = mailbox.to(cast.area_manager.email)
    body = message.get_content()  # type: ignore[attr-defined]
    assert "Områdemøde om 1. kvartal (Nord)" in body
    assert "https://f.invalid/reports/wheel/" in body
    # What is done or off the wheel, and what was over before, is nobody's news.
    WheelItem.objects.filter(kind="joint-q1").update(done_at=MORNING)
    assert remind(date(2026, 5, 8)) == 0


def address_of(client: Client) -> str:
    page = client.post(f"{HERE}feed/make/")
    assert page.headers["Cache-Control"] == "no-store, private"
    found = re.search(r'value="[^"]*(/reports/wheel/feed/[-\w]+\.ics)"', page.content.decode())
    assert found
    return found.group(1)


def test_a_calendar_reads_the_year_at_an_address_shown_once(cast: Cast, made: int) -> None:
    manager = signed_in(cast.area_manager)
    address = address_of(manager)
    secret = address.split("/")[-1].removesuffix(".ics")
    assert secret not in manager.get(f"{HERE}feed/").content.decode()
    assert not WheelFeed.objects.filter(token_hash__contains=secret).exists()
    WheelItem.objects.filter(kind="stil").update(cancelled_at=MORNING)
    answer = Client().get(address)
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    events = {str(event["summary"]): event for event in Calendar.from_ical(answer.content).walk("VEVENT")}
    meeting = events["Områdemøde om 4. kvartal – Nord"]
    assert meeting["dtstart"].dt == date(2026, 1, 28)
    assert events["Skoleårets registrering leveres til ministeriet (STIL)"]["status"] == "CANCELLED"
    # Another area's meetings are not hers, and nobody's name but the owner's is there.
    assert not any("Syd" in title for title in events)
    assert not any(pupil.family_name in answer.content.decode() for pupil in cast.pupils)


def test_an_address_taken_back_replaced_or_of_somebody_without_the_role_is_not_found(
    cast: Cast, made: int
) -> None:
    manager = signed_in(cast.area_manager)
    first = address_of(manager)
    second = address_of(manager)
    calendar = Client()
    # A calendar that goes on asking for it locks nobody out.
    assert {calendar.get(first).status_code for _again in range(8)} == {404}
    assert calendar.get(second).status_code == 200
    assert manager.post(f"{HERE}feed/revoke/").status_code == 303
    assert calendar.get(second).status_code == 404
    third = address_of(manager)
    cast.area_manager.is_active = False
    cast.area_manager.save()
    assert calendar.get(third).status_code == 404


def test_who_guesses_addresses_is_stopped_as_who_guesses_passwords(cast: Cast, made: int) -> None:
    address = address_of(signed_in(cast.area_manager))
    guesser = Client(REMOTE_ADDR="198.51.100.7")
    answers = [guesser.get(f"{HERE}feed/{uuid4().hex}.ics").status_code for _guess in range(7)]
    assert answers[0] == 404
    assert answers[-1] == 429
    assert guesser.get(address).status_code == 429
    assert Client(REMOTE_ADDR="198.51.100.8").get(address).status_code == 200
