"""Every guardian who gets no SMS is written down with the reason: one case for each reason there is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.utils import timezone

from fravaer.absence.reasons import Mark
from fravaer.schools.models import Guardian, Pupil
from fravaer.sms import choices, limits, morning, numbers, optouts, stops
from fravaer.sms.models import Choice, Halt, Limits, Message, Withheld
from fravaer.sms.states import Decision, How, State, Withholding
from tests import factories
from tests.cast import DAY, MORNING, Cast
from tests.sms import messaging
from tests.sms.conftest import HOURS, away, take

NUMBER = "+46701740605"


@dataclass
class Morning:
    """A pupil of 7.B who is away, with a guardian who could be written to, and the marks of the register to come."""

    cast: Cast
    pupil: Pupil
    guardian: Guardian
    marks: dict[Pupil, Mark]


def stopped_by_the_roster(one: Morning) -> None:
    Pupil.objects.filter(pk=one.pupil.pk).update(sms_stopped=True)


def stopped_by_hand(one: Morning) -> None:
    stops.stop(
        one.pupil.pk,
        DAY,
        DAY + timedelta(days=14),
        actor_id=one.cast.leader.pk,
        role="leader",
        now=MORNING,
    )


def without_custody(one: Morning) -> None:
    one.guardian.guardianships.update(custody=False)


def declined(one: Morning) -> None:
    one.guardian.guardianships.update(sms_allowed=False)


def without_a_number(one: Morning) -> None:
    one.guardian.phones.all().delete()


def dead(one: Morning) -> None:
    numbers.learn(NUMBER, 21614, MORNING)


def said_no(one: Morning) -> None:
    optouts.note(NUMBER, How.SMS, MORNING)


def abroad(one: Morning) -> None:
    Limits.objects.update(countries=["45"])


def two_on_one_phone(one: Morning) -> None:
    factories.guardian(one.pupil, phone=NUMBER)


def after_the_deadline(one: Morning) -> None:
    Choice.objects.update(deadline_at="08:01")


def telling_name(one: Morning) -> None:
    one.cast.school.name = "Sygehusskolen"
    one.cast.school.save()


def ill(one: Morning) -> None:
    one.marks[one.pupil] = Mark.ILL


def on_leave(one: Morning) -> None:
    one.marks[one.pupil] = Mark.LEAVE


def out_with_the_school(one: Morning) -> None:
    one.marks[one.pupil] = Mark.ACTIVITY


def told_enough_about_her(one: Morning) -> None:
    Choice.objects.update(most_a_child=1)
    factories.guardian(one.pupil, phone="+46701740606")


def ceiling_of_the_school(one: Morning) -> None:
    Choice.objects.update(most_a_day=0)


def ceiling_of_the_municipality(one: Morning) -> None:
    Limits.objects.update(most_a_day=0)


def decided_against(one: Morning) -> None:
    Halt.objects.create(
        school=one.cast.school,
        day=DAY,
        unexplained=9,
        pupils=20,
        most_percent=40,
        found_at=MORNING,
        decision=Decision.STOP,
        decided_by=one.cast.leader,
        decided_at=MORNING,
    )


def told_that_she_is_here(one: Morning) -> None:
    take(one.cast.class_7b, away(one.pupil))
    morning.prepare(DAY, timezone.now())
    messaging.move(Message.objects.get(), State.DELIVERED)
    take(one.cast.class_7b, {})
    assert morning.prepare(DAY, timezone.now()).corrected == 1
    messaging.move(Message.objects.get(kind="correction"), State.DELIVERED)


CASES: list[tuple[Callable[[Morning], None], Withholding]] = [
    (stopped_by_the_roster, Withholding.STOPPED),
    (stopped_by_hand, Withholding.STOPPED),
    (without_custody, Withholding.NO_CUSTODY),
    (declined, Withholding.DECLINED),
    (without_a_number, Withholding.NO_PHONE),
    (dead, Withholding.DEAD_NUMBER),
    (said_no, Withholding.OPTED_OUT),
    (abroad, Withholding.COUNTRY),
    (two_on_one_phone, Withholding.SHARED_NUMBER),
    (after_the_deadline, Withholding.TOO_LATE),
    (telling_name, Withholding.TEXT),
    (ill, Withholding.KNOWN),
    (on_leave, Withholding.KNOWN),
    (out_with_the_school, Withholding.KNOWN),
    (told_enough_about_her, Withholding.CEILING),
    (ceiling_of_the_school, Withholding.CEILING),
    (ceiling_of_the_municipality, Withholding.CEILING),
    (decided_against, Withholding.HALTED),
    (told_that_she_is_here, Withholding.TAKEN_BACK),
]
# One of the two is written to all the same.
OTHERS_ARE_TOLD = {two_on_one_phone, told_enough_about_her}


def test_every_reason_has_its_case() -> None:
    assert {reason for _case, reason in CASES} == set(Withholding)


@pytest.mark.parametrize(("case", "reason"), CASES, ids=[case.__name__ for case, _reason in CASES])
def test_a_guardian_who_is_not_written_to_is_written_down_with_the_reason(
    cast: Cast, case: Callable[[Morning], None], reason: Withholding
) -> None:
    choices.opt_in([cast.school.pk], hours=HOURS)
    pupil = factories.pupil("Ida Krag", in_class=cast.class_7b)
    one = Morning(cast, pupil, factories.guardian(pupil, phone=NUMBER), away(pupil))
    case(one)
    take(cast.class_7b, one.marks)
    prepared = morning.prepare(DAY, timezone.now())
    assert prepared.queued == (1 if case in OTHERS_ARE_TOLD else 0)
    assert list(Withheld.objects.values_list("pupil", "reason")) == [(pupil.pk, reason.value)]
    assert morning.prepare(DAY, timezone.now()).queued == 0


def test_a_number_abroad_or_one_that_said_no_gives_way_to_the_next(cast: Cast) -> None:
    choices.opt_in([cast.school.pk], hours=HOURS)
    far, silent = factories.pupils(["Ida Krag", "Bo Ravn"], in_class=cast.class_7b)
    for pupil, first in ((far, "+4712345678"), (silent, "+46701740605")):
        guardian = factories.guardian(pupil, phone=first)
        guardian.phones.create(e164="+46701740699", rank=9)
    optouts.note("+46701740605", How.OFFICE, MORNING)
    take(cast.class_7b, away(far, silent))
    morning.prepare(DAY, timezone.now())
    assert set(Message.objects.values_list("pupil", "to_e164")) == {
        (far.pk, "+46701740699"),
        (silent.pk, "+46701740699"),
    }


def test_under_a_ceiling_every_child_is_told_about_to_one_before_any_to_two(cast: Cast) -> None:
    choices.opt_in([cast.school.pk], hours=HOURS)
    Choice.objects.update(most_a_day=2)
    for pupil in factories.pupils(["Ida Krag", "Bo Ravn"], in_class=cast.class_7b):
        factories.guardian(pupil)
        factories.guardian(pupil)
    take(cast.class_7b, away(*Pupil.objects.filter(family_name__in=["Krag", "Ravn"])))
    assert morning.prepare(DAY, timezone.now()).queued == 2
    assert Message.objects.values("pupil").distinct().count() == 2
    assert morning.prepare(DAY, timezone.now()).queued == 0


def test_a_municipality_that_has_chosen_nothing_writes_to_danish_numbers_and_never_to_a_thousand(
    cast: Cast,
) -> None:
    Limits.objects.all().delete()
    stands = limits.of(cast.municipality.pk)
    assert (stands.countries, stands.most_a_day) == (("45",), 900)
