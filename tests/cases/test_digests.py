"""What is one person told in the morning, on the page and by e-mail?"""

from __future__ import annotations

from datetime import date, timedelta
from smtplib import SMTPDataError
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.core.mail import get_connection
from django.core.mail.backends.locmem import EmailBackend
from django.test import override_settings
from django.urls import reverse

from fravaer.accounts.models import User
from fravaer.accounts.roles import Role
from fravaer.cases import digests, mailing, recounts, tasks, triage, words
from fravaer.cases.models import AgreedAction, Cluster, Crossing, Digest, Letter, Recount, Run
from fravaer.schools import schooldays
from tests import factories
from tests.cases import lettering
from tests.cases.attendance import attended, school_days
from tests.cast import DAY, MORNING, Cast, signed_in, statements

pytestmark = pytest.mark.usefixtures("bands")
BEFORE = date(2026, 3, 9)


@pytest.fixture
def inclusion(cast: Cast) -> User:
    user = factories.user("Inger Lund")
    factories.grant(user, Role.INCLUSION, cast.school)
    return user


def numbers(user: User, day: date = DAY) -> tuple[int, int, int, int] | None:
    found = digests.of(user.pk, day)
    return (found.crossed, found.law, found.clusters, found.due) if found else None


def counted(cast: Cast) -> None:
    """One pupil over ten and one over twenty percent at Birkeskolen, none at Havneskolen."""
    days = school_days(BEFORE)
    attended(cast.class_7b, days, {cast.pupils[0]: 40, cast.pupils[1]: 80})
    triage.run(days[-1], MORNING)


def test_each_is_told_of_her_own_pupils_by_the_rules_that_tell_her_role(cast: Cast, inclusion: User) -> None:
    counted(cast)
    Cluster.objects.create(
        school_class=cast.class_7b, school=cast.school, why=["several"], found_on=BEFORE, counted_on=BEFORE
    )
    AgreedAction.objects.create(
        key=uuid4(), pupil=cast.pupils[0], deed="call", responsible=inclusion, due_on=DAY,
        agreed_by=cast.leader, agreed_at=MORNING,
    )  # fmt: skip
    # The law asks for two letters: one is drafted, the other sent.
    lettering.draft_of(cast.pupils[2], cast.school)
    sent_already = lettering.signed_of(cast.pupils[3], cast.school)
    Letter.objects.filter(pk=sent_already.pk).update(state="sent", sent_at=MORNING)
    with statements() as sent:
        made = digests.make(DAY, BEFORE, MORNING)
    assert made == 3
    assert len(sent) <= 11
    # Early effort is the leader's and the inclusion team's; over twenty percent the leader's and the social worker's.
    assert numbers(cast.leader) == (2, 0, 1, 0)
    assert numbers(inclusion) == (1, 0, 1, 1)
    assert numbers(cast.social_worker) == (1, 0, 1, 0)
    waiting = {one.user_id: one.letters for one in Digest.objects.filter(day=DAY)}
    assert waiting == {cast.leader.pk: 1, inclusion.pk: 0, cast.social_worker.pk: 0}
    assert words.news(Digest.objects.get(user=cast.leader)) == "2 elever, 1 klasse, 1 brev venter"
    assert numbers(cast.stranger) is None
    assert numbers(cast.mette) is None
    assert digests.make(DAY, BEFORE, MORNING) == 0


def test_what_is_found_after_the_morning_is_in_the_next_days_while_it_stands(cast: Cast) -> None:
    counted(cast)
    digests.make(DAY, BEFORE, MORNING)
    attended(cast.class_7b, school_days(BEFORE), {cast.pupils[2]: 40, cast.pupils[3]: 40})
    triage.run(BEFORE, MORNING + timedelta(hours=1), among=[pupil.pk for pupil in cast.pupils])
    Crossing.objects.filter(pupil=cast.pupils[3]).update(ended_on=DAY, ending="eased")
    tomorrow = DAY + timedelta(days=1)
    digests.make(tomorrow, DAY, MORNING + timedelta(days=1))
    assert numbers(cast.leader, tomorrow) == (1, 0, 0, 0)


def test_the_night_counts_and_tells_and_the_e_mail_holds_numbers_and_a_link_alone(cast: Cast) -> None:
    attended(cast.class_7b, school_days(BEFORE), {cast.pupils[0]: 40, cast.pupils[1]: 80})
    tasks.night()
    backend = "django.core.mail.backends.locmem.EmailBackend"
    with override_settings(EMAIL_BACKEND=backend, PUBLIC_BASE_URL="https://fravaer.example"):
        tasks.mail_digests()
        tasks.mail_digests()
    letters = {message.to[0]: message for message in mail.outbox}
    assert sorted(letters) == sorted([cast.leader.email, cast.social_worker.email])
    assert len(mail.outbox) == 2
    told = letters[cast.leader.email]
    assert told.subject == "Fravær: 2 elever"
    assert "https://fravaer.example" + reverse("cases:worklist") in told.body
    for pupil in cast.pupils:
        assert pupil.given_name not in told.body
        assert pupil.family_name not in told.body


class Refusing(EmailBackend):
    """A mail server that says no to each message, and counts."""

    asked = 0

    def send_messages(self, messages: Any) -> int:
        self.asked += 1
        raise SMTPDataError(451, b"not now")


class Dying(EmailBackend):
    """A mail server whose line breaks while a message is on its way."""

    def send_messages(self, messages: Any) -> int:
        raise ConnectionResetError


def test_what_a_server_refused_is_tried_again_and_what_nobody_knows_of_is_not(cast: Cast) -> None:
    counted(cast)
    digests.make(DAY, BEFORE, MORNING)

    def send(connection: Any) -> int:
        return mailing.send(
            connection, sender="x@y.invalid", base_url="https://f.example", day=DAY, now=MORNING
        )

    refusing = Refusing()
    assert (send(refusing), refusing.asked) == (0, 1)
    assert send(Dying()) == 0
    # One e-mail may have left before the line broke: it is never sent again. The other is.
    assert send(get_connection("django.core.mail.backends.locmem.EmailBackend")) == 1
    assert Digest.objects.filter(mailed_at=None).count() == 1


def test_a_leader_has_everybody_counted_once_however_often_she_presses(cast: Cast) -> None:
    attended(cast.class_7b, school_days(BEFORE), {cast.pupils[0]: 40})
    leader = signed_in(cast.leader)
    with override_settings(CELERY_BROKER_URL="memory://"):
        first = leader.post(reverse("cases:count"))
        second = leader.post(reverse("cases:count"))
    assert first.status_code == 302
    assert first.headers["Location"] == second.headers["Location"]
    asked = Recount.objects.get()
    assert asked.day == schooldays.day_in_view(BEFORE)
    page = leader.get(first.headers["Location"]).content.decode()
    assert "Tællingen begynder om et øjeblik" in page
    assert recounts.carry_out(asked.pk, MORNING)
    assert not recounts.carry_out(asked.pk, MORNING)
    assert Crossing.objects.get().pupil == cast.pupils[0]
    assert Run.objects.get().day == BEFORE
    assert "var færdig" in leader.get(first.headers["Location"]).content.decode()


def test_a_count_whose_job_was_lost_is_taken_up_by_the_next(cast: Cast) -> None:
    attended(cast.class_7b, school_days(BEFORE), {cast.pupils[0]: 40})
    Recount.objects.create(
        asked_by=cast.leader, asked_at=MORNING, day=BEFORE, begun_at=MORNING - timedelta(minutes=16)
    )
    tasks.touch()
    assert Recount.objects.get().ended_at == MORNING
    assert Crossing.objects.count() == 1


def test_pupils_of_whom_too_little_is_known_stand_on_a_page_of_their_own(cast: Cast) -> None:
    days = school_days(BEFORE)
    attended(cast.class_7b, days[:60], {cast.pupils[0]: 60})
    attended(cast.other_class, days, {})
    triage.run(BEFORE, MORNING)
    page = signed_in(cast.leader).get(reverse("cases:unsaid")).content.decode()
    assert "Freja" in page
    # Aksel is over a line already, and Havneskolen is somebody else's.
    assert "Aksel" not in page
    assert "45,4" in page
    assert "Freja" not in signed_in(cast.stranger).get(reverse("cases:unsaid")).content.decode()


def test_the_days_news_stand_above_the_worklist_and_are_noted_as_seen(cast: Cast) -> None:
    counted(cast)
    digests.make(DAY, BEFORE, MORNING)
    page = signed_in(cast.leader).get(reverse("cases:worklist")).content.decode()
    assert "Nyt siden sidste skoledag: 2 elever." in page
    seen = digests.of(cast.leader.pk, DAY)
    assert seen is not None
    assert seen.read_at == MORNING
