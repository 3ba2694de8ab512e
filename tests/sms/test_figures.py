"""What the messages of a school year come to, for leaders, area managers and the chief."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest

from fravaer.accounts.roles import Role
from fravaer.core.periods import Period, school_year_of
from fravaer.schools.models import Pupil
from fravaer.sms import figures
from fravaer.sms.figures import Count
from fravaer.sms.states import State
from tests import factories
from tests.cast import DAY, Cast, signed_in, statements
from tests.sms import messaging

URL = "/sms/figures/"
YEAR = school_year_of(DAY)


@pytest.fixture
def sent(cast: Cast) -> Cast:
    """Seven of Birkeskolen's pupils in two classes and two of Havneskolen's, with every kind of end."""
    more = factories.pupils(["Ida Krag", "Bo Vind"], in_class=cast.class_2a)
    ends = [
        State.DELIVERED,
        State.DELIVERED,
        State.UNDELIVERED,
        State.ACCEPTED,
        State.EXPIRED,
        State.CANCELLED,
    ]
    for pupil, state in zip(cast.pupils, ends, strict=False):
        messaging.about(pupil, state, code=30003 if state == State.UNDELIVERED else None)
    messaging.about(more[0], State.DELIVERED)
    messaging.about(more[1], State.REJECTED, code=21614)
    for pupil in cast.others:
        messaging.about(pupil, State.DELIVERED)
    return cast


def test_they_are_counted_as_the_memo_counts_them(sent: Cast) -> None:
    with statements() as asked:
        found = figures.of([sent.school.pk], YEAR)
    assert len(asked) == 1
    expected = Count(classes=2, pupils=7, sent=5, delivered=3, failed=2, unsettled=1, expired=1, segments=5)
    assert found.whole == expected
    assert found.months == {DAY.replace(day=1): expected}
    assert found.whole.cost(Decimal("0.3415")) == Decimal("1.71")
    assert found.whole.a_class_and_day(200) == Decimal("0.01")
    assert figures.of([sent.school.pk], Period(YEAR.since, DAY)).whole == Count()


def test_delivery_is_told_in_halves_and_in_95_of_100_and_failures_by_their_codes(sent: Cast) -> None:
    found = figures.delivery([sent.school.pk], YEAR)
    assert (found.accepted.half, found.delivered.most) == (Decimal("2.0"), Decimal("7.0"))
    assert dict(found.errors) == {30003: 1, 21614: 1}


def test_a_leader_has_her_own_school_and_a_file_of_it(sent: Cast) -> None:
    client = signed_in(sent.leader)
    shown = client.get(URL).content.decode()
    assert "Havneskolen" not in shown
    assert "telefonen var slukket eller uden for rækkevidde (30003)" in shown
    rows = list(
        csv.DictReader(io.StringIO(client.get(f"{URL}csv/").content.decode("utf-8-sig")), delimiter=";")
    )
    assert [(row["Skole"], row["Måned"], row["Sendt"], row["Leveret"]) for row in rows] == [
        ("Birkeskolen", "2026-03", "5", "3")
    ]


def test_who_may_know_no_pupil_sees_no_figure_of_very_few_and_cannot_take_them_from_the_sum(
    sent: Cast,
) -> None:
    chief = factories.user("Carla Chef", email="carla@fjordby.invalid")
    factories.grant(chief, Role.CHIEF, None)
    client = signed_in(chief)
    shown = client.get(URL).content.decode()
    # Havneskolen's two pupils are too few, and so is what would be left with one other school.
    assert shown.count("Vises ikke: om færre end 5 elever") == 2
    assert "7" in shown
    rows = client.get(f"{URL}csv/").content.decode("utf-8-sig").splitlines()
    assert len(rows) == 1
    # With a third school that is large enough, its own figures are seen.
    large = factories.school("Egeskolen", of=sent.south)
    pupils: list[Pupil] = factories.pupils(
        9, in_class=factories.school_class("5.A", at=large, year=sent.year)
    )
    for pupil in pupils:
        messaging.about(pupil, State.DELIVERED)
    rows = client.get(f"{URL}csv/").content.decode("utf-8-sig").splitlines()
    assert [row.partition(";")[0] for row in rows[1:]] == ["Egeskolen"]


def test_the_sum_of_very_few_is_no_figure_either(cast: Cast) -> None:
    chief = factories.user("Carla Chef", email="carla@fjordby.invalid")
    factories.grant(chief, Role.CHIEF, None)
    for pupil in cast.others:
        messaging.about(pupil, State.UNDELIVERED, code=30003)
    shown = signed_in(chief).get(URL).content.decode()
    assert "Sendte beskeder" not in shown
    assert "Hvor lang tid det tog" not in shown
    assert shown.count("Vises ikke: om færre end 5 elever") >= 2


def test_an_area_manager_has_her_own_area_and_an_office_has_no_figures(sent: Cast) -> None:
    assert "Havneskolen" not in signed_in(sent.area_manager).get(URL).content.decode()
    assert signed_in(sent.secretary).get(URL).status_code == 403
