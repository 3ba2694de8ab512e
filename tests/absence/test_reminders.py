"""Who is asked for a missing register, by itself and by e-mail."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
import time_machine
from django.conf import LazySettings
from django.db import connection

from fravaer.absence import reminders, tasks
from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.models import Reminder, ReminderMail
from fravaer.accounts.roles import Role
from fravaer.schools import schooldays
from tests import factories
from tests.absence.conftest import save
from tests.cast import DAY, MORNING, Cast, signed_in
from tests.mailbox import Mailbox, open_mailbox

AT_FIRST = factories.moment(DAY, 8, 20)
AT_SECOND = factories.moment(DAY, 8, 40)


@pytest.fixture
def cast(cast: Cast) -> Cast:
    """Havneskolen has its registers already, and is silent."""
    for checkpoint in Checkpoint:
        save(
            signed_in(cast.stranger),
            cast.other_class,
            DAY,
            dict.fromkeys(cast.others, "T"),
            checkpoint=checkpoint,
        )
    return cast


@pytest.fixture
def mailbox(settings: LazySettings) -> Iterator[Mailbox]:
    with open_mailbox() as opened:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", opened.port
        settings.EMAIL_USE_TLS = False
        settings.DEFAULT_FROM_EMAIL = "fravaer@fjordby.invalid"
        settings.PUBLIC_BASE_URL = "https://fravaer.fjordby.invalid"
        yield opened


def steps() -> list[tuple[str, int, list[int]]]:
    """What stands of reminders: class, step and whom."""
    rows = Reminder.objects.select_related("school_class").order_by("step", "school_class__year_group")
    return [(str(row.school_class), row.step, row.asked) for row in rows]


def everybody_here(cast: Cast) -> None:
    save(signed_in(cast.leader), cast.class_7b, DAY, dict.fromkeys(cast.pupils, "T"))


def mail_at(clock: time_machine.Traveller, moment: datetime) -> None:
    clock.move_to(moment)
    tasks.mail_reminders()


def test_the_teachers_are_asked_at_the_schools_time_and_the_leader_later(cast: Cast) -> None:
    assert reminders.remind_due(DAY, AT_FIRST - timedelta(seconds=1)) == 0
    assert reminders.remind_due(DAY, AT_FIRST) == 1
    assert steps() == [("7.B", 1, [cast.mette.pk])]
    assert [one.class_name for one in reminders.open_for(cast.mette.pk, DAY)] == ["7.B"]
    reminders.remind_due(DAY, AT_SECOND)
    assert steps() == [("7.B", 1, [cast.mette.pk]), ("7.B", 2, [cast.leader.pk])]
    assert reminders.open_for(cast.leader.pk, DAY) == [], "she is told, and not asked to take it"


def test_however_often_the_job_runs_each_step_is_taken_once(cast: Cast) -> None:
    for minutes in range(30):
        reminders.remind_due(DAY, AT_FIRST + timedelta(minutes=minutes))
    assert [step for _, step, _ in steps()] == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_two_jobs_at_once_take_each_step_once(cast: Cast) -> None:
    together = threading.Barrier(2)

    def job() -> None:
        together.wait()
        reminders.remind_due(DAY, AT_FIRST)
        connection.close()

    jobs = [threading.Thread(target=job) for _ in range(2)]
    for one in jobs:
        one.start()
    for one in jobs:
        one.join()
    assert len(steps()) == 1


def test_a_register_taken_in_time_is_asked_for_by_nobody(cast: Cast) -> None:
    everybody_here(cast)
    assert reminders.remind_due(DAY, AT_SECOND) == 0


def test_a_register_taken_after_the_first_step_spares_the_leader(cast: Cast) -> None:
    reminders.remind_due(DAY, AT_FIRST)
    everybody_here(cast)
    assert reminders.remind_due(DAY, AT_SECOND) == 0


def test_a_closed_day_and_a_class_without_pupils_are_silent(cast: Cast) -> None:
    reminders.remind_due(DAY, AT_FIRST)
    assert {name for name, _, _ in steps()} == {"7.B"}, "2.A has no pupils"
    factories.close(cast.year, [DAY], reason="Grundlovsdag")
    schooldays.draw(cast.year)
    assert reminders.remind_due(DAY, AT_SECOND) == 0


def at_the_end(cast: Cast, *, minutes: int = 0) -> int:
    """The job, so many minutes after the end of the day is asked for by itself."""
    return reminders.remind_due(DAY, factories.moment(DAY, 15, 5) + timedelta(minutes=minutes))


def test_the_end_of_the_day_is_asked_for_in_two_steps_too_once_however_often_the_job_runs(cast: Cast) -> None:
    factories.pupils(["Ida Holm"], in_class=cast.class_2a)
    everybody_here(cast)
    for minutes in range(-60, 60, 5):
        at_the_end(cast, minutes=minutes)
    assert steps() == [("7.B", 1, [cast.mette.pk]), ("7.B", 2, [cast.leader.pk])], "2.A is noted once a day"
    assert {row.checkpoint for row in Reminder.objects.all()} == {Checkpoint.END}
    [asked] = reminders.open_for(cast.mette.pk, DAY)
    assert asked.checkpoint is Checkpoint.END
    shown = signed_in(cast.mette).get("/today/").content.decode()
    assert f"/r/{cast.class_7b.pk}/2026-03-10/slut/" in shown


def test_the_end_of_the_day_is_silent_once_taken_on_closed_days_and_without_pupils(cast: Cast) -> None:
    # 8.A has nobody in it.
    factories.school_class("8.A", at=cast.school, year=cast.year)
    everybody_here(cast)
    fields = dict.fromkeys(cast.pupils, "T")
    save(signed_in(cast.leader), cast.class_7b, DAY, fields, checkpoint=Checkpoint.END)
    assert at_the_end(cast) == 0
    tomorrow = DAY + timedelta(days=1)
    factories.close(cast.year, [tomorrow], reason="Grundlovsdag")
    schooldays.draw(cast.year)
    assert reminders.remind_due(tomorrow, factories.moment(tomorrow, 15, 5)) == 0


def test_a_school_chooses_its_own_times_or_none(cast: Cast) -> None:
    client = signed_in(cast.leader)
    chosen = {
        "days_back": "5",
        "reason_due_days": "1",
        "reason_due_at": "15:00",
        "teacher_leave_days": "1",
        "end_opens_at": "12:00",
        "end_due_at": "15:00",
        "first_reminder_at": "09:00",
        "second_reminder_at": "",
        "end_first_reminder_at": "13:30",
        "end_second_reminder_at": "14:00",
    }
    client.post(f"/arrangement/{cast.school.pk}/change/", chosen)
    assert reminders.remind_due(DAY, AT_SECOND) == 0
    assert reminders.remind_due(DAY, factories.moment(DAY, 9)) == 1
    assert reminders.remind_due(DAY, factories.moment(DAY, 10)) == 0
    assert reminders.remind_due(DAY, factories.moment(DAY, 13, 30)) == 1
    assert at_the_end(cast) == 1, "the leader's step"


def test_a_step_missed_by_hours_is_not_made_up_for(cast: Cast) -> None:
    assert reminders.remind_due(DAY, AT_SECOND + timedelta(hours=2)) == 0


def test_the_teacher_gets_one_e_mail_that_names_no_child_and_leads_to_the_register(
    cast: Cast, clock: time_machine.Traveller, mailbox: Mailbox
) -> None:
    factories.pupils(["Ida Holm"], in_class=cast.class_2a)
    factories.grant(cast.mette, Role.TEACHER, cast.class_2a)
    clock.move_to(AT_FIRST)
    tasks.remind()
    mail_at(clock, AT_FIRST)
    mail_at(clock, AT_FIRST + timedelta(minutes=5))
    [message] = mailbox.to(cast.mette.email)
    text = message.get_content()  # type: ignore[attr-defined]
    assert message["Subject"] == "Registrering mangler: 2.A, 7.B" or set(
        message["Subject"].partition(": ")[2].split(", ")
    ) == {"2.A", "7.B"}
    for school_class in (cast.class_7b, cast.class_2a):
        assert f"https://fravaer.fjordby.invalid/r/{school_class.pk}/2026-03-10/morgen/" in text
    for pupil in cast.pupils:
        assert pupil.given_name not in text
    assert "Ida" not in text
    assert [row.mailed for row in ReminderMail.objects.all()] == [1, 1]


def test_the_leaders_e_mail_says_that_the_teachers_were_asked(
    cast: Cast, clock: time_machine.Traveller, mailbox: Mailbox
) -> None:
    reminders.remind_due(DAY, AT_SECOND)
    mail_at(clock, AT_SECOND)
    [message] = mailbox.to(cast.leader.email)
    assert "Lærerne er påmindet" in message.get_content()  # type: ignore[attr-defined]


def test_a_reminder_by_hand_goes_out_by_e_mail_too(
    cast: Cast, clock: time_machine.Traveller, mailbox: Mailbox
) -> None:
    signed_in(cast.secretary).post("/board/remind/", {"one": f"{cast.class_7b.pk}-1"})
    mail_at(clock, MORNING)
    assert len(mailbox.to(cast.mette.email)) == 1


def test_a_register_taken_meanwhile_needs_no_e_mail(
    cast: Cast, clock: time_machine.Traveller, mailbox: Mailbox
) -> None:
    reminders.remind_due(DAY, AT_FIRST)
    everybody_here(cast)
    mail_at(clock, AT_FIRST)
    assert mailbox.received == []
    assert ReminderMail.objects.get().settled_at is not None


def test_a_mail_server_that_turns_away_is_tried_again_and_nobody_is_written_to_twice(
    cast: Cast, clock: time_machine.Traveller, mailbox: Mailbox
) -> None:
    reminders.remind_due(DAY, AT_FIRST)
    mailbox.busy = True
    mail_at(clock, AT_FIRST)
    assert ReminderMail.objects.get().settled_at is None
    mailbox.busy = False
    for minutes in (1, 2, 3):
        mail_at(clock, AT_FIRST + timedelta(minutes=minutes))
    assert len(mailbox.received) == 1


def test_an_address_the_server_does_not_know_holds_up_nobody(
    cast: Cast, clock: time_machine.Traveller, mailbox: Mailbox
) -> None:
    other = factories.user("Bent Byg", email="bent@fjordby.invalid")
    factories.grant(other, Role.TEACHER, cast.class_7b)
    mailbox.refused = {other.email}
    reminders.remind_due(DAY, AT_FIRST)
    mail_at(clock, AT_FIRST)
    assert [receiver for receiver, _ in mailbox.received] == [cast.mette.email]
    assert ReminderMail.objects.get().mailed == 1


def test_an_e_mail_that_waited_an_hour_is_not_sent(
    cast: Cast, clock: time_machine.Traveller, mailbox: Mailbox
) -> None:
    reminders.remind_due(DAY, AT_FIRST)
    mail_at(clock, AT_FIRST + timedelta(hours=1))
    assert mailbox.received == []


def test_a_claim_is_one_jobs_until_its_lease_is_over(cast: Cast) -> None:
    reminders.remind_due(DAY, AT_FIRST)
    claim: Callable[[datetime], int] = lambda at: len(  # noqa: E731
        reminders.claim(at, lease=timedelta(minutes=2), fresh=timedelta(hours=1))
    )
    assert claim(AT_FIRST) == 1
    assert claim(AT_FIRST + timedelta(minutes=1)) == 0
    assert claim(AT_FIRST + timedelta(minutes=3)) == 1
