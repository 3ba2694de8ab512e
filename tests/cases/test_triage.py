"""Who has come over a line, and who has come down again?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction

from fravaer.absence.models import Absence, Register
from fravaer.absence.reasons import Reason
from fravaer.cases import triage
from fravaer.cases.models import Case, Crossing, Ending, Reading, Rule, Run
from fravaer.cases.tasks import night
from fravaer.schools import schooldays
from fravaer.schools.models import Enrolment, Pupil
from tests import factories
from tests.cases.attendance import attended, school_days
from tests.cast import DAY, MORNING, Cast
from tests.plans import COPENHAGEN_2026

pytestmark = pytest.mark.usefixtures("bands")


def crossings(pupil: Pupil) -> list[Crossing]:
    return list(Crossing.objects.filter(pupil=pupil).order_by("pk"))


def standing(pupil: Pupil) -> Crossing:
    return Crossing.objects.get(pupil=pupil, ended_on=None)


def everything() -> list[object]:
    return [*Crossing.objects.order_by("pk").values_list(), *Reading.objects.order_by("pk").values_list()]


def open_case(crossing: Crossing, cast: Cast) -> Case:
    return Case.objects.create(
        pupil=crossing.pupil,
        crossing=crossing,
        school=crossing.school,
        responsible=cast.social_worker,
        opened_at=MORNING,
    )


def twenty(cast: Cast) -> Sequence[date]:
    """The first twenty school days of the year: forty half-days."""
    return school_days(DAY)[:20]


def test_a_pupil_over_a_line_crosses_it_with_rule_figures_and_window_frozen(cast: Cast) -> None:
    days = twenty(cast)
    aksel = cast.pupils[0]
    attended(cast.class_7b, days, {aksel: [Reason.ILLNESS] * 3 + [Reason.UNLAWFUL] * 2 + [Reason.PENDING]})
    assert triage.run(days[-1], MORNING) == triage.Found(crossed=1, ended=0)
    [crossing] = crossings(aksel)
    assert (crossing.rule.code, crossing.rule.version, crossing.band) == ("early_effort", 1, 1)
    assert (crossing.possible, crossing.due, crossing.absent, crossing.tenths) == (40, 40, 6, 150)
    assert (crossing.illness, crossing.leave, crossing.unlawful, crossing.pending) == (3, 0, 2, 1)
    assert (crossing.since, crossing.until) == (date(2025, 8, 1), days[-1] + timedelta(days=1))
    assert (crossing.crossed_on, crossing.over_since) == (days[-1], days[-1])
    assert (crossing.school, crossing.school_class) == (cast.school, cast.class_7b)


@pytest.mark.parametrize(
    ("halves", "code"),
    [
        (19, None),
        (20, "early_effort"),
        (40, "early_effort"),
        (41, "absence_team"),
        (120, "absence_team"),
        (121, "massive"),
    ],
)
def test_exactly_ten_and_twenty_percent_are_early_effort_and_exactly_sixty_the_absence_team(
    cast: Cast, halves: int, code: str | None
) -> None:
    days = school_days(DAY)[:100]
    attended(cast.class_7b, days, {cast.pupils[0]: halves})
    triage.run(days[-1], MORNING)
    assert [crossing.rule.code for crossing in crossings(cast.pupils[0])] == ([code] if code else [])


def test_a_second_run_the_same_night_changes_nothing(cast: Cast) -> None:
    days = twenty(cast)
    attended(cast.class_7b, days, dict(zip(cast.pupils, (3, 6, 9, 26, 40), strict=True)))
    triage.run(days[-1], MORNING)
    before = everything()
    assert triage.run(days[-1], MORNING + timedelta(minutes=1)) == triage.Found(0, 0)
    assert everything() == before


def test_a_crossing_that_stands_is_not_repeated_the_next_night(cast: Cast) -> None:
    days = school_days(DAY)[:22]
    aksel = cast.pupils[0]
    attended(cast.class_7b, days, {aksel: 6})
    for day in days[-3:]:
        triage.run(day, MORNING)
    assert [crossing.crossed_on for crossing in crossings(aksel)] == [days[-3]]
    assert standing(aksel).reading.counted_on == days[-1]


def test_a_pupil_who_rises_gets_a_crossing_that_supersedes_and_has_been_over_since_the_first(
    cast: Cast,
) -> None:
    days = school_days(DAY)[:40]
    aksel = cast.pupils[0]
    attended(cast.class_7b, days[:20], {aksel: 6})
    triage.run(days[19], MORNING)
    attended(cast.class_7b, days[20:], {aksel: 20})
    triage.run(days[39], MORNING)
    low, high = crossings(aksel)
    assert (low.band, low.ending, low.ended_on) == (1, Ending.SUPERSEDED, days[39])
    assert (high.band, high.supersedes, high.ended_on) == (2, low, None)
    assert (high.crossed_on, high.over_since) == (days[39], days[19])


def test_a_pupil_who_falls_a_point_below_the_line_is_eased_and_not_removed(cast: Cast) -> None:
    days = school_days(DAY)[:40]
    aksel, freja = cast.pupils[:2]
    attended(cast.class_7b, days[:20], {aksel: 4, freja: 6})
    # 4 is below three absent days times two: nobody speaks of so little.
    triage.run(days[19], MORNING)
    assert crossings(aksel) == []
    attended(cast.class_7b, days[20:], {freja: 1})
    triage.run(days[39], MORNING)
    [crossing] = crossings(freja)
    # 7 of 80 is 8.75 %.
    assert (crossing.ending, crossing.ended_on) == (Ending.EASED, days[39])
    assert crossing.tenths == 150


def test_a_pupil_just_below_the_line_still_stands(cast: Cast) -> None:
    days = school_days(DAY)[:32]
    freja = cast.pupils[1]
    attended(cast.class_7b, days[:20], {freja: 6})
    triage.run(days[19], MORNING)
    attended(cast.class_7b, days[20:], {})
    triage.run(days[31], MORNING)
    # 6 of 64 is 9.4 %: under ten, and less than a point under.
    assert standing(freja).reading.tenths == 93


def test_a_pupil_somebody_works_with_is_not_eased(cast: Cast) -> None:
    days = school_days(DAY)[:60]
    freja = cast.pupils[1]
    attended(cast.class_7b, days[:20], {freja: 6})
    triage.run(days[19], MORNING)
    case = open_case(standing(freja), cast)
    attended(cast.class_7b, days[20:], {})
    triage.run(days[58], MORNING)
    assert standing(freja).reading.tenths == 50
    Case.objects.filter(pk=case.pk).update(state="closed")
    triage.run(days[59], MORNING)
    assert crossings(freja)[0].ending == Ending.EASED


def test_a_pupil_who_falls_a_band_stays_on_the_list_in_the_lower_one(cast: Cast) -> None:
    days = school_days(DAY)[:60]
    aksel = cast.pupils[0]
    attended(cast.class_7b, days[:20], {aksel: 16})
    triage.run(days[19], MORNING)
    attended(cast.class_7b, days[20:], {})
    triage.run(days[59], MORNING)
    high, low = crossings(aksel)
    assert (high.band, high.ending) == (2, Ending.EASED)
    assert (low.band, low.supersedes, low.over_since, low.ended_on) == (1, high, days[19], None)


def test_where_registers_are_missing_nobody_is_cleared(cast: Cast) -> None:
    days = school_days(DAY)[:120]
    freja = cast.pupils[1]
    attended(cast.class_7b, days[:20], {freja: 6})
    triage.run(days[19], MORNING)
    # Of 120 days 20 + 70 were taken: 75 %. 6 of 180 half-days is 3.3 %, but nobody knows of the others.
    attended(cast.class_7b, days[50:], {})
    triage.run(days[-1], MORNING)
    assert standing(freja).reading.tenths == 33
    attended(cast.class_7b, days[20:25], {})
    triage.run(days[-1], MORNING)
    assert standing(freja)
    # The 96th of 120 days makes exactly 80 %.
    attended(cast.class_7b, days[25:26], {})
    triage.run(days[-1], MORNING)
    assert crossings(freja)[0].ending == Ending.EASED


def test_registers_that_nobody_took_make_nobody_absent(cast: Cast) -> None:
    assert triage.run(DAY, MORNING) == triage.Found(0, 0)
    assert not Crossing.objects.exists()


def test_the_first_days_of_a_school_year_are_too_early_to_say(cast: Cast) -> None:
    days = school_days(DAY)[:15]
    attended(cast.class_7b, days[:14], {cast.pupils[0]: 28})
    triage.run(days[13], MORNING)
    assert not Crossing.objects.exists()
    attended(cast.class_7b, days, {cast.pupils[0]: 30})
    triage.run(days[14], MORNING)
    assert standing(cast.pupils[0]).rule.code == "massive"


def test_last_years_crossing_stands_until_the_new_year_can_say_something(cast: Cast) -> None:
    days = twenty(cast)
    aksel, freja = cast.pupils[:2]
    attended(cast.class_7b, days, {aksel: 6, freja: 6})
    triage.run(days[-1], MORNING)
    in_eighth = factories.school_class("8.B", at=cast.school, year=factories.school_year(COPENHAGEN_2026))
    factories.enrol(cast.pupils, in_eighth)
    autumn = school_days(date(2026, 9, 30), since=date(2026, 8, 1))
    attended(in_eighth, autumn[:14], {aksel: 6})
    triage.run(autumn[13], MORNING)
    assert standing(aksel).since == standing(freja).since == date(2025, 8, 1)
    attended(in_eighth, autumn[:15], {aksel: 6})
    triage.run(autumn[14], MORNING)
    old, new = crossings(aksel)
    assert old.ending == Ending.SUPERSEDED
    assert (new.since, new.over_since) == (date(2026, 8, 1), autumn[14])
    assert [crossing.ending for crossing in crossings(freja)] == [Ending.EASED]


def test_a_rule_that_no_longer_applies_lets_go_of_its_crossings(cast: Cast) -> None:
    days = twenty(cast)
    attended(cast.class_7b, days, {cast.pupils[0]: 6})
    triage.run(days[-1], MORNING)
    Rule.objects.filter(code="early_effort").update(enabled=False)
    assert triage.run(days[-1], MORNING) == triage.Found(crossed=0, ended=1)
    assert crossings(cast.pupils[0])[0].ending == Ending.LAPSED


def test_a_disabled_rule_finds_nobody(cast: Cast) -> None:
    Rule.objects.update(enabled=False)
    attended(cast.class_7b, twenty(cast), {cast.pupils[0]: 20})
    assert triage.run(twenty(cast)[-1], MORNING) == triage.Found(0, 0)


def test_a_new_version_of_a_rule_leaves_older_crossings_with_the_version_they_were_found_by(
    cast: Cast,
) -> None:
    days = school_days(DAY)[:41]
    aksel = cast.pupils[0]
    attended(cast.class_7b, days, {aksel: 10})
    triage.run(days[39], MORNING)
    rule = Rule.objects.get(code="early_effort")
    Rule.objects.filter(pk=rule.pk).update(valid_until=days[40])
    rule.pk, rule.version, rule.lower, rule.upper, rule.valid_from = None, 2, 15, 40, days[40]
    rule.save()
    triage.run(days[40], MORNING)
    # 12.1 % is more than a point below the new line of fifteen.
    assert [(c.rule.version, c.ending) for c in crossings(aksel)] == [(1, Ending.EASED)]


def test_a_pupil_who_moves_takes_the_absence_along_and_crosses_at_the_new_school(cast: Cast) -> None:
    days = twenty(cast)
    aksel = cast.pupils[0]
    Enrolment.objects.filter(pupil=aksel).update(until=days[10])
    factories.enrol([aksel], cast.other_class, since=days[10])
    attended(cast.class_7b, days[:10], {aksel: 5})
    attended(cast.other_class, days[10:], {aksel: 1})
    triage.run(days[-1], MORNING)
    crossing = standing(aksel)
    assert (crossing.absent, crossing.possible, crossing.school) == (6, 40, cast.other_school)


def test_a_pupil_who_has_left_crosses_nothing(cast: Cast) -> None:
    days = twenty(cast)
    Enrolment.objects.filter(pupil=cast.pupils[0]).update(until=days[18])
    attended(cast.class_7b, days[:18], {cast.pupils[0]: 20})
    triage.run(days[-1], MORNING)
    assert not Crossing.objects.exists()


def test_the_trend_is_the_last_twenty_school_days_against_the_twenty_before(cast: Cast) -> None:
    days = school_days(DAY)[:50]
    aksel, freja = cast.pupils[:2]
    attended(cast.class_7b, days[10:30], {aksel: 4, freja: 8})
    attended(cast.class_7b, days[30:], {aksel: 10})
    triage.run(days[-1], MORNING)
    rising, falling = standing(aksel).reading, standing(freja).reading
    assert (rising.recent_tenths, rising.earlier_tenths, rising.trend_tenths) == (250, 100, 150)
    assert (falling.recent_tenths, falling.earlier_tenths, falling.trend_tenths) == (0, 200, -200)


def test_there_is_no_trend_before_the_school_year_has_forty_days(cast: Cast) -> None:
    days = school_days(DAY)[:39]
    attended(cast.class_7b, days, {cast.pupils[0]: 20})
    triage.run(days[-1], MORNING)
    reading = standing(cast.pupils[0]).reading
    assert (reading.recent_tenths, reading.earlier_tenths, reading.trend_tenths) == (0, None, None)


def test_a_rule_of_the_last_days_forgets_what_lies_before_them(cast: Cast) -> None:
    Rule.objects.update(window="last_days", window_days=20)
    days = school_days(DAY)[:45]
    attended(cast.class_7b, days, {cast.pupils[0]: 10})
    triage.run(days[19], MORNING)
    assert standing(cast.pupils[0]).tenths == 250
    triage.run(days[44], MORNING)
    assert crossings(cast.pupils[0])[0].ending == Ending.EASED


def test_going_back_to_a_day_before_one_already_counted_is_refused(cast: Cast) -> None:
    triage.run(DAY, MORNING)
    with pytest.raises(triage.DayHasPassed):
        triage.run(DAY - timedelta(days=1), MORNING)
    assert Run.objects.count() == 1


def test_the_figures_of_a_crossing_cannot_be_changed_afterwards(cast: Cast) -> None:
    attended(cast.class_7b, twenty(cast), {cast.pupils[0]: 6})
    triage.run(twenty(cast)[-1], MORNING)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Crossing.objects.update(absent=4)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Crossing.objects.update(crossed_on=DAY)


def test_the_command_counts_up_to_a_day_and_says_what_it_found(
    cast: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    days = twenty(cast)
    attended(cast.class_7b, days, {cast.pupils[0]: 6})
    call_command("triage", on=days[-1].isoformat())
    assert "1 new crossings, 0 ended" in capsys.readouterr().out
    call_command("triage")
    assert Run.objects.order_by("-day").values_list("day", flat=True)[0] == DAY
    with pytest.raises(CommandError, match="is not a date"):
        call_command("triage", on="10-03-2026")
    with pytest.raises(CommandError, match="has been counted"):
        call_command("triage", on=days[-1].isoformat())


def test_the_nightly_job_brings_registers_in_line_and_counts_up_to_the_school_day_before(
    cast: Cast,
) -> None:
    days = school_days(date(2026, 3, 9))
    attended(cast.class_7b, days, {cast.pupils[0]: 60})
    # Somebody closes a day afterwards without anything being brought in line.
    factories.close(cast.year, [days[0]])
    schooldays.draw(cast.year)
    night()
    assert Register.objects.filter(day=days[0], halves__gt=0).count() == 0
    crossing = standing(cast.pupils[0])
    assert (crossing.crossed_on, crossing.absent, crossing.possible) == (
        date(2026, 3, 9),
        58,
        2 * len(days) - 2,
    )


def test_the_nightly_job_rests_when_there_is_no_school(cast: Cast) -> None:
    with time_machine.travel(factories.moment(date(2026, 2, 10), 6), tick=False):
        night()
    assert not Run.objects.exists()


def test_the_nightly_job_leaves_a_later_count_alone(cast: Cast) -> None:
    triage.run(DAY, MORNING)
    night()
    assert [run.day for run in Run.objects.all()] == [DAY]


def test_nothing_is_counted_twice_when_absences_vanish(cast: Cast) -> None:
    days = twenty(cast)
    attended(cast.class_7b, days, {cast.pupils[0]: 6})
    triage.run(days[-1], MORNING)
    Absence.objects.all().delete()
    assert triage.run(days[-1], MORNING) == triage.Found(0, 1)
