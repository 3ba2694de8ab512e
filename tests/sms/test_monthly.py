"""The monthly message on days missed: who gets it, who is held out by lot, and what comes of it."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from fravaer.absence import alignment
from fravaer.absence.models import Register
from fravaer.schools.models import Guardian, Pupil
from fravaer.sms import delivery, monthly, outbox
from fravaer.sms.models import Choice, Drawn, Message
from fravaer.sms.states import Because, State
from tests import factories
from tests.cases.attendance import attended, school_days
from tests.cast import Cast, signed_in

# March's third school day, about February.
SENT = date(2026, 3, 4)
NOON = factories.moment(SENT, 12)


def february() -> list[date]:
    return school_days(date(2026, 2, 28), since=date(2026, 2, 1))


@pytest.fixture
def everybody_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lot holds nobody out."""
    monkeypatch.setattr(monthly, "HELD_OUT", 0)


@pytest.fixture
def month(chosen: Cast) -> Cast:
    """Birkeskolen has chosen the message; Freja missed 2½ days of February, Noah 1½, Zoë nearly all, Ørn 4."""
    Choice.objects.filter(school=chosen.school).update(monthly=True)
    _aksel, freja, noah, zoe, oern = chosen.pupils
    days = february()
    attended(chosen.class_7b, days, {freja: 5, noah: 3, zoe: 2 * len(days) - 4, oern: 8})
    return chosen


def written() -> dict[str, str]:
    return {
        message.pupil.given_name: message.body or ""
        for message in Message.objects.filter(kind="monthly").select_related("pupil")
    }


@pytest.mark.usefixtures("everybody_told")
def test_guardians_are_told_the_days_of_the_month_before_once_and_nothing_of_why(month: Cast) -> None:
    Pupil.objects.filter(pk=month.pupils[4].pk).update(given_name="Ørn")
    assert monthly.prepare(SENT, NOON).queued == 2
    assert written() == {
        "Freja": "Dit barn var væk fra skole 2,5 dage sidste måned. Hver dag tæller. "
        "Vi hjælper gerne: kontakt skolen. Hilsen Birkeskolen",
        "Ørn": "Dit barn var væk fra skole 4 dage sidste måned. Hver dag tæller. "
        "Vi hjælper gerne: kontakt skolen. Hilsen Birkeskolen",
    }
    # Again, on the next day, and after one was taken back by a person: nothing more.
    assert monthly.prepare(SENT, NOON).queued == 0
    outbox.cancel([Message.objects.earliest("created_at").pk], Because.BY_PERSON, NOON)
    later = SENT + timedelta(days=1)
    assert monthly.prepare(later, factories.moment(later, 12)).queued == 0
    assert set(Drawn.objects.values_list("pupil__given_name", "held_out")) == {
        ("Freja", False),
        ("Ørn", False),
    }


@pytest.mark.usefixtures("everybody_told")
def test_it_is_off_until_a_school_chooses_it_and_waits_for_its_days_and_hours(month: Cast) -> None:
    for day, hour in (
        (date(2026, 3, 2), 12),
        (date(2026, 3, 3), 12),
        (date(2026, 3, 9), 12),
        (SENT, 10),
        (SENT, 17),
    ):
        assert monthly.prepare(day, factories.moment(day, hour)).queued == 0, (day, hour)
    Choice.objects.update(monthly=False)
    assert monthly.prepare(SENT, NOON).queued == 0


@pytest.mark.usefixtures("everybody_told")
def test_no_message_where_it_would_be_wrong_or_unkind(month: Cast) -> None:
    freja, oern = month.pupils[1], month.pupils[4]
    Pupil.objects.filter(pk=freja.pk).update(protected=True)
    Pupil.objects.filter(pk=oern.pk).update(sms_stopped=True)
    assert monthly.prepare(SENT, NOON).queued == 0
    Pupil.objects.filter(pk=freja.pk).update(protected=False)
    # Registers missing in February: the days would be too few.
    Register.objects.filter(day__in=february()[::3]).delete()
    alignment.align()
    assert monthly.prepare(SENT, NOON).queued == 0


@pytest.mark.usefixtures("everybody_told")
def test_a_ceiling_leaves_the_rest_for_the_next_day(month: Cast) -> None:
    Choice.objects.update(most_a_day=1)
    first = monthly.prepare(SENT, NOON)
    assert (first.queued, first.over) == (1, 1)
    later = SENT + timedelta(days=1)
    assert monthly.prepare(later, factories.moment(later, 12)).queued == 1
    assert len(written()) == 2


@pytest.mark.usefixtures("everybody_told")
def test_what_no_longer_holds_when_it_is_sent_is_not_sent(month: Cast) -> None:
    monthly.prepare(SENT, NOON)
    attended(month.class_7b, february(), {month.pupils[1]: 1})
    outbox.release(NOON + timedelta(minutes=2))
    claimed = outbox.claim(NOON + timedelta(minutes=2), 5)
    due = delivery._still_due(claimed, NOON + timedelta(minutes=2))
    assert {one.pupil_id for one in due} == {month.pupils[4].pk}
    assert Message.objects.get(pupil=month.pupils[1]).state == State.CANCELLED


def test_sisters_and_brothers_share_one_lot_for_the_year_and_the_held_out_are_not_written_to(
    month: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    freja, oern = month.pupils[1], month.pupils[4]
    monkeypatch.setattr(monthly, "HELD_OUT", 100)
    done = monthly.prepare(SENT, NOON)
    assert (done.queued, done.held_out) == (0, 2)
    # A half-brother by another holder of custody comes along: the family's lot holds for him, whatever he would have drawn.
    monkeypatch.setattr(monthly, "HELD_OUT", 0)
    brother = factories.pupil("Emil Holm", in_class=month.class_7b)
    mother = Guardian.objects.get(guardianships__pupil=freja)
    factories.guardian(brother, name="Bo Holm")
    mother.guardianships.create(pupil=brother, custody=True)
    attended(month.class_7b, february(), {freja: 5, oern: 8, brother: 6})
    assert monthly.prepare(SENT, NOON).queued == 0
    assert Drawn.objects.get(pupil=brother).held_out


def test_the_lot_takes_about_its_share_and_is_the_same_each_time() -> None:
    lots = [monthly._lot(date(2025, 8, 1), family) for family in range(5000)]
    assert lots == [monthly._lot(date(2025, 8, 1), family) for family in range(5000)]
    assert 18 < 100 * sum(lots) / len(lots) < 22
    assert lots != [monthly._lot(date(2026, 8, 1), family) for family in range(5000)]


def test_the_groups_are_compared_from_the_first_month_on_and_small_ones_are_not_shown(month: Cast) -> None:
    held = factories.pupils(10, in_class=month.class_7b)
    told = factories.pupils([f"Sendt{n} Prøve" for n in range(10)], in_class=month.class_7b)
    drawn_at = factories.moment(date(2026, 1, 7), 12)
    Drawn.objects.bulk_create(
        Drawn(pupil=pupil, school_year=month.year, held_out=pupil in held, drawn_at=drawn_at)
        for pupil in held + told
    )
    january = school_days(date(2026, 1, 31), since=date(2026, 1, 1))
    attended(month.class_7b, january, dict.fromkeys(held, 6) | dict.fromkeys(told, 4))
    attended(month.class_7b, february(), dict.fromkeys(held, 4) | dict.fromkeys(told, 3))
    page = signed_in(month.area_manager).get("/sms/monthly/").content.decode()
    rows = [" ".join(row.split()) for row in re.sub(r"<[^>]+>", " ", page).split("januar 2026")[1:]]
    assert rows[0].startswith("10 2,00 10 3,00 -1,00") or rows[0].startswith("10 2,00 10 3,00 −1,00")
    assert "Elev001" not in page
    Drawn.objects.filter(pupil=held[0]).delete()
    page = signed_in(month.area_manager).get("/sms/monthly/").content.decode()
    assert "3,00" not in page
    assert ".." in page
