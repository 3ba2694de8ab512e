"""Which absences get an SMS, and why the others do not."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from fravaer.absence.reasons import Mark
from fravaer.audit.models import Event
from fravaer.schools.models import Guardian, Phone, Pupil
from fravaer.sms import morning, numbers
from fravaer.sms.models import Message, Withheld
from fravaer.sms.morning import Prepared
from fravaer.sms.states import State
from tests import factories
from tests.cast import DAY, Cast, statements
from tests.sms import messaging
from tests.sms.conftest import HOURS, away, take


def prepare() -> Prepared:
    return morning.prepare(DAY, timezone.now())


def reasons() -> dict[str, str]:
    return dict(Withheld.objects.values_list("pupil__given_name", "reason"))


def guardian_of(pupil: Pupil) -> Guardian:
    return Guardian.objects.get(guardianships__pupil=pupil)


def test_an_unexplained_absence_of_a_class_that_uses_sms_gets_a_message(chosen: Cast) -> None:
    freja = chosen.pupils[1]
    take(chosen.class_7b, away(freja))
    assert prepare() == Prepared(queued=1, cancelled=0, corrected=0, withheld=0)
    message = Message.objects.get()
    assert (message.pupil_id, message.guardian_id, message.day) == (freja.pk, guardian_of(freja).pk, DAY)
    assert message.to_e164 == Phone.objects.get(guardian__guardianships__pupil=freja).e164
    assert message.state == "held"
    assert message.not_before == factories.moment(DAY, 8) + HOURS.grace
    assert message.expires_at == factories.moment(DAY, 11)
    assert message.text_name == "absence_neutral"


def test_it_names_the_pupil_where_the_school_wants_it_and_has_a_telephone(chosen: Cast) -> None:
    chosen.school.phone = "+45 12 34 56 78"
    chosen.school.save()
    take(chosen.class_7b, away(chosen.pupils[1]))
    prepare()
    body = Message.objects.get().body
    assert body is not None
    assert body.startswith("Freja er ikke mødt i skole i dag.")
    assert "12345678" in body
    assert "Holm" not in body


def test_a_protected_pupil_is_not_named(chosen: Cast) -> None:
    chosen.school.phone = "12345678"
    chosen.school.save()
    Pupil.objects.filter(pk=chosen.pupils[1].pk).update(protected=True)
    take(chosen.class_7b, away(chosen.pupils[1]))
    prepare()
    assert Message.objects.get().text_name == "absence_neutral"


def test_a_class_that_has_not_chosen_sms_gets_none(cast: Cast) -> None:
    take(cast.class_7b, away(cast.pupils[0]))
    assert prepare() == Prepared(0, 0, 0, 0)


def test_without_a_register_nobody_is_written_to(chosen: Cast) -> None:
    assert prepare() == Prepared(0, 0, 0, 0)


def test_an_absence_with_a_known_reason_gets_none_and_says_so(chosen: Cast) -> None:
    ill, on_leave, out_with_the_school = chosen.pupils[:3]
    take(chosen.class_7b, {ill: Mark.ILL, on_leave: Mark.LEAVE, out_with_the_school: Mark.ACTIVITY})
    assert prepare() == Prepared(queued=0, cancelled=0, corrected=0, withheld=3)
    assert reasons() == {"Aksel": "known", "Freja": "known", "Noah": "known"}


def test_preparing_again_changes_nothing(chosen: Cast) -> None:
    take(chosen.class_7b, away(*chosen.pupils[:3]))
    assert prepare().queued == 3
    before = list(Message.objects.order_by("pk").values())
    assert prepare() == Prepared(0, 0, 0, 0)
    assert list(Message.objects.order_by("pk").values()) == before


def test_both_holders_of_custody_get_one_each_and_a_shared_number_one_in_all(chosen: Cast) -> None:
    apart, together = factories.pupils(["Ida Krag", "Bo Ravn"], in_class=chosen.class_7b)
    for number in ("+46701740605", "+46701740606"):
        factories.guardian(apart, phone=number)
        factories.guardian(together, phone="+46701740607")
    take(chosen.class_7b, away(apart, together))
    prepare()
    sent = sorted(Message.objects.values_list("pupil_id", "to_e164"))
    assert sent == sorted(
        [(apart.pk, "+46701740605"), (apart.pk, "+46701740606"), (together.pk, "+46701740607")]
    )
    assert reasons() == {"Bo": "shared_number"}


def test_a_guardian_whose_number_changes_meanwhile_is_not_written_to_on_both(chosen: Cast) -> None:
    freja = chosen.pupils[1]
    take(chosen.class_7b, away(freja))
    prepare()
    Phone.objects.filter(guardian=guardian_of(freja)).update(rank=2)
    Phone.objects.create(guardian=guardian_of(freja), e164="+46701740699", rank=1)
    assert prepare().queued == 0
    assert Message.objects.count() == 1


def test_it_writes_down_why_somebody_is_not_written_to(chosen: Cast) -> None:
    names = ["Ada Krag", "Bo Krag", "Cia Krag", "Dan Krag", "Eva Krag"]
    pupils = factories.pupils(names, in_class=chosen.class_7b)
    declined, phoneless, alone, stopped, dead = pupils
    factories.guardian(declined, sms_allowed=False)
    factories.guardian(phoneless, phone="")
    factories.guardian(alone, custody=False)
    factories.guardian(stopped)
    Pupil.objects.filter(pk=stopped.pk).update(sms_stopped=True)
    factories.guardian(dead, phone="+46701740699")
    numbers.learn("+46701740699", 21614, timezone.now())
    take(chosen.class_7b, away(*pupils))
    assert prepare().queued == 0
    assert reasons() == {
        "Ada": "declined",
        "Bo": "no_phone",
        "Cia": "no_custody",
        "Dan": "stopped",
        "Eva": "dead_number",
    }


def test_a_reason_goes_when_it_no_longer_holds(chosen: Cast) -> None:
    pupil = factories.pupil("Bo Krag", in_class=chosen.class_7b)
    guardian = factories.guardian(pupil, phone="")
    take(chosen.class_7b, away(pupil))
    prepare()
    noted = Withheld.objects.get()
    prepare()
    assert Withheld.objects.get() == noted
    Phone.objects.create(guardian=guardian, e164="+46701740605")
    assert prepare() == Prepared(queued=1, cancelled=0, corrected=0, withheld=0)


def test_after_the_deadline_a_person_has_to_ring(chosen: Cast, clock: time_machine.Traveller) -> None:
    clock.move_to(factories.moment(DAY, 10, 59))
    take(chosen.class_7b, away(chosen.pupils[0]))
    assert prepare().queued == 0
    assert reasons() == {"Aksel": "too_late"}


def test_a_school_whose_name_may_not_leave_sends_nothing_and_says_so(chosen: Cast) -> None:
    chosen.school.name = "Sygehusskolen"
    chosen.school.save()
    take(chosen.class_7b, away(chosen.pupils[0]))
    prepare()
    assert reasons() == {"Aksel": "text"}


def test_a_mark_corrected_in_the_grace_window_cancels_the_message(chosen: Cast) -> None:
    take(chosen.class_7b, away(chosen.pupils[0]))
    prepare()
    take(chosen.class_7b, {})
    assert prepare() == Prepared(queued=0, cancelled=1, corrected=0, withheld=0)
    message = Message.objects.get()
    assert (message.state, message.because) == ("cancelled", "explained")


def test_a_reason_given_in_the_grace_window_cancels_the_message(chosen: Cast) -> None:
    take(chosen.class_7b, away(chosen.pupils[0]))
    prepare()
    take(chosen.class_7b, {chosen.pupils[0]: Mark.ILL})
    assert prepare().cancelled == 1


def test_a_pupil_marked_absent_again_after_a_cancelled_message_gets_another(chosen: Cast) -> None:
    for marks in (away(chosen.pupils[0]), {}, away(chosen.pupils[0]), {}, away(chosen.pupils[0])):
        take(chosen.class_7b, marks)
        prepare()
    assert sorted(Message.objects.values_list("state", flat=True)) == ["cancelled", "cancelled", "held"]


def test_a_message_that_has_not_left_is_taken_back_by_nothing(chosen: Cast) -> None:
    take(chosen.class_7b, away(chosen.pupils[0]))
    prepare()
    take(chosen.class_7b, {})
    prepare()
    prepare()
    assert Message.objects.filter(kind="correction").count() == 0


@pytest.mark.parametrize("mark", [Mark.LATE, Mark.HERE, Mark.ACTIVITY])
def test_a_pupil_who_is_here_after_all_is_good_news_once_with_the_time_of_the_first_message(
    chosen: Cast, mark: Mark, clock: time_machine.Traveller
) -> None:
    take(chosen.class_7b, away(chosen.pupils[0]))
    prepare()
    messaging.move(Message.objects.get(), State.DELIVERED, now=factories.moment(DAY, 8, 2))
    clock.move_to(factories.moment(DAY, 9, 40))
    take(chosen.class_7b, {chosen.pupils[0]: mark})
    assert prepare().corrected == 1
    correction = Message.objects.get(kind="correction")
    assert "8.02" in (correction.body or "")
    assert prepare().corrected == 0


def test_a_reason_given_after_the_message_left_is_no_news_to_the_guardian(chosen: Cast) -> None:
    take(chosen.class_7b, away(chosen.pupils[0]))
    prepare()
    messaging.move(Message.objects.get(), State.DELIVERED)
    take(chosen.class_7b, {chosen.pupils[0]: Mark.ILL})
    assert prepare().corrected == 0
    assert Message.objects.count() == 1


def test_new_messages_leave_an_entry_in_the_trail_without_names_or_numbers(chosen: Cast) -> None:
    take(chosen.class_7b, away(chosen.pupils[0]))
    prepare()
    entry = Event.objects.get(action="sms.queue")
    assert (entry.role, entry.pupil_ids, entry.detail) == ("job.sms", [chosen.pupils[0].pk], {"messages": 1})


@pytest.mark.django_db(transaction=True)
def test_two_at_once_write_each_message_once(chosen: Cast) -> None:
    take(chosen.class_7b, away(*chosen.pupils))
    start, made = threading.Barrier(4), []

    def run() -> None:
        try:
            start.wait()
            made.append(prepare().queued)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == [0, 0, 0, 5]
    assert Message.objects.count() == 5


def test_the_number_of_queries_does_not_grow_with_the_absences(chosen: Cast) -> None:
    take(chosen.class_7b, away(chosen.pupils[0]))
    with statements() as one:
        prepare()
    many = factories.pupils(60, in_class=chosen.class_7b)
    for pupil in many[:30]:
        factories.guardian(pupil)
    take(chosen.class_7b, away(chosen.pupils[0], *many))
    with statements() as sixty:
        assert prepare().queued == 30
    # The reasons for those without a guardian are one statement more.
    assert len(sixty) <= len(one) + 1
    with statements() as again:
        prepare()
    assert len(again) < len(sixty)


def test_yesterdays_absences_are_nobodys_message_today(chosen: Cast, clock: time_machine.Traveller) -> None:
    take(chosen.class_7b, away(chosen.pupils[0]))
    clock.shift(timedelta(days=1))
    assert morning.prepare(DAY + timedelta(days=1), timezone.now()) == Prepared(0, 0, 0, 0)
