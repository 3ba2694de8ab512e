"""The demonstration's municipality: who is in it, that everything in it holds together, and how near it comes to the published
figures in both of its school years. All of it about one municipality, which takes longer to make than to look at.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from uuid import uuid4

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, models, transaction
from django.db.models import Count, Q

from fravaer.absence import alignment, history, known, percentage, register, unexplained
from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.models import Known
from fravaer.absence.reasons import Mark
from fravaer.accounts.demo import DEMO_ACCOUNTS, demo_accounts, demo_user
from fravaer.accounts.models import User
from fravaer.accounts.roles import Role
from fravaer.accounts.scoping import scope_of
from fravaer.cases import rulebook, triage, worklist
from fravaer.cases.models import Crossing
from fravaer.core.periods import Period, school_year_of
from fravaer.core.scope import Scope
from fravaer.schools import contacts, schooldays
from fravaer.schools.models import (
    Area,
    DayRule,
    Enrolment,
    Guardian,
    Guardianship,
    Level,
    Phone,
    Pupil,
    School,
    SchoolClass,
    StaffMember,
)
from fravaer.sms import choices
from tests import factories
from tests.synthetic.conftest import LAST_DAY, Demo

pytestmark = pytest.mark.django_db

NOW = factories.moment(date(2026, 7, 12), 8)


def reach(key: str) -> Scope:
    user = demo_user(key)
    assert user
    return scope_of(user.pk, NOW)


def class_7b(demo: Demo) -> SchoolClass:
    return SchoolClass.objects.in_year_of(demo.view).get(
        school=School.objects.order_by("pk")[0], year_group=7, letter="B"
    )


def nora() -> Pupil:
    return Pupil.objects.get(given_name="Nora", family_name="Vestergaard")


def test_it_opens_on_the_latest_school_day(demo: Demo) -> None:
    assert demo.view == LAST_DAY
    assert demo.progress[-1].endswith("Done. The day in view is 2026-06-26.")


def test_it_has_eight_schools_in_three_areas_and_about_four_thousand_pupils(demo: Demo) -> None:
    assert (Area.objects.count(), School.objects.count()) == (3, 8)
    assert 3_850 < Enrolment.objects.on(demo.view).count() < 4_150
    sizes = Enrolment.objects.on(demo.view).values("school_class").annotate(pupils=Count("pk"))
    assert max(row["pupils"] for row in sizes) <= 30


def test_the_municipality_has_two_hundred_school_days_in_each_of_two_years(demo: Demo) -> None:
    for year in (demo.last_year, school_year_of(demo.view)):
        assert schooldays.municipal_days(year) == 200


def test_every_kind_of_deviation_from_the_municipal_plan_occurs(demo: Demo) -> None:
    assert set(DayRule.objects.values_list("level", flat=True)) == set(Level)
    assert DayRule.objects.filter(closed=False).exists()


def test_postgres_finds_nothing_to_object_to(demo: Demo) -> None:
    connection.check_constraints()


def test_everything_was_counted_right_when_it_came_in(demo: Demo) -> None:
    with transaction.atomic():
        assert alignment.wrong_months() == 0
        assert alignment.align() == 0


def test_pupils_move_in_and_away_and_between_classes_and_schools(demo: Demo) -> None:
    this_year = Enrolment.objects.filter(school_class__school_year__starts_on=date(2025, 8, 1))
    moved = this_year.values("pupil").annotate(
        classes=Count("pk"), schools=Count("school_class__school", distinct=True)
    )
    assert moved.filter(classes=2, schools=1).count() > 20
    assert moved.filter(classes=2, schools=2).count() > 20
    late = this_year.filter(starts_on__gt=date(2025, 8, 1))
    assert late.exclude(pupil__in=moved.filter(classes=2).values("pupil")).count() > 20
    gone = this_year.filter(until__lt=demo.view)
    assert gone.exclude(pupil__in=moved.filter(classes=2).values("pupil")).count() > 10


def test_nobody_moves_after_the_day_in_view(demo: Demo) -> None:
    year = school_year_of(demo.view)
    ahead = Enrolment.objects.filter(
        Q(until__gt=demo.view, until__lt=year.until) | Q(starts_on__gt=demo.view)
    )
    assert not ahead.exists()


def test_brothers_and_sisters_share_their_guardians(demo: Demo) -> None:
    of_several = Guardian.objects.annotate(children=Count("guardianships")).filter(children__gt=1)
    assert of_several.count() > 500


def test_guardians_are_as_different_as_they_are(demo: Demo) -> None:
    assert (
        Pupil.objects.exclude(pk__in=Guardianship.objects.filter(custody=True).values("pupil")).count() == 0
    )
    assert Guardianship.objects.filter(custody=False).count() > 100
    assert Guardianship.objects.filter(sms_allowed=False).count() > 20
    assert Guardian.objects.filter(phones=None).count() > 20
    assert Guardian.objects.annotate(numbers=Count("phones")).filter(numbers=2).count() > 50
    assert {"da", "en", "ar", "tr", "pl", "ur"} == set(Guardian.objects.values_list("language", flat=True))
    shared = Phone.objects.values("e164").annotate(guardians=Count("guardian")).filter(guardians=2)
    assert shared.exists()


def test_names_are_as_danish_and_as_foreign_as_in_a_school_class(demo: Demo) -> None:
    names = Pupil.objects.values_list("given_name", "family_name")
    letters = set("".join(given + family for given, family in names))
    assert set("æøåëłéğ") <= letters
    assert len(set(Pupil.objects.values_list("given_name", flat=True))) > 200
    assert len(set(Pupil.objects.values_list("family_name", flat=True))) > 150
    assert 5 < Pupil.objects.filter(protected=True).count() < 80


def test_no_number_reaches_anybody(demo: Demo) -> None:
    for numbers in (
        Phone.objects.values_list("e164", flat=True),
        School.objects.values_list("phone", flat=True),
        StaffMember.objects.exclude(phone="").values_list("phone", flat=True),
    ):
        assert numbers
        assert all(re.fullmatch(r"\+4568\d{6}", number) for number in numbers)


def test_nothing_looks_like_a_cpr_number(demo: Demo) -> None:
    looks_like_one = re.compile(r"\d{6}[- ]?\d{4}")
    texts = (models.CharField, models.TextField, models.EmailField)
    seen = 0
    for model in apps.get_app_config("schools").get_models():
        columns = [f.name for f in model._meta.get_fields() if isinstance(f, texts) and f.name != "e164"]
        columns = [name for name in columns if name != "phone" or model not in (School, StaffMember)]
        for row in model._default_manager.values_list(*columns) if columns else ():
            seen += 1
            assert not any(looks_like_one.search(str(value)) for value in row), (model.__name__, row)
    assert seen > 10_000


def test_addresses_of_staff_lead_nowhere(demo: Demo) -> None:
    assert all(email.endswith(".invalid") for email in User.objects.values_list("email", flat=True))
    assert not any(user.has_usable_password() for user in User.objects.all())


def test_there_is_somebody_for_each_role_of_the_demonstration(demo: Demo) -> None:
    assert [account.key for account in demo_accounts()] == list(DEMO_ACCOUNTS)
    assert all(account.title for account in demo_accounts())
    for key, role in DEMO_ACCOUNTS.items():
        assert (reach(key).role, reach(key).empty) == (role, False)


def test_the_teacher_has_7b_and_two_more_classes_and_the_others_their_units(demo: Demo) -> None:
    schools = list(School.objects.order_by("pk"))
    assert class_7b(demo).pk in reach("laerer").classes
    assert len(reach("laerer").classes) == 3
    assert reach("sekretaer").schools == reach("skoleleder").schools == reach("inklusion").schools
    assert reach("skoleleder").schools == {schools[0].pk}
    assert schools[0].pk in reach("socialraadgiver").schools
    assert len(reach("socialraadgiver").schools) == 3
    assert reach("omraadechef").areas == reach("socialleder").areas == {schools[0].area_id}
    assert reach("socialchef").municipality
    assert reach("skolechef").municipality


def test_every_class_has_its_teacher(demo: Demo) -> None:
    classes = set(SchoolClass.objects.in_year_of(demo.view).values_list("pk", flat=True))
    taught = set().union(*(scope_of(user, NOW).classes for user in User.objects.values_list("pk", flat=True)))
    assert taught == classes


def test_the_first_school_is_still_to_take_its_registers_and_some_others_have(demo: Demo) -> None:
    today = Period(demo.view, demo.tomorrow)
    by_school = {key: group.tally for key, group in percentage.group_tallies(today, "school").items()}
    first = School.objects.order_by("pk")[0].pk
    assert by_school.pop(first).possible == 0
    # Most of the oldest have finished; half of the others' mornings make less than half of the half-days.
    assert all(0 < tally.possible < tally.due for tally in by_school.values())


def test_only_the_last_days_hold_absences_nobody_has_explained(demo: Demo) -> None:
    first = School.objects.order_by("pk")[0]
    assert unexplained.on(demo.view)
    assert not any(absence.school_id == first.pk for absence in unexplained.on(demo.view))
    assert not unexplained.on(date(2026, 6, 12))
    whole = percentage.group_tallies(demo.this_year, "all")[0].tally
    assert 0 < whole.pending < whole.absent / 100


def test_the_first_school_uses_sms(demo: Demo) -> None:
    first = School.objects.order_by("pk")[0]
    classes = set(SchoolClass.objects.in_year_of(demo.view).values_list("pk", flat=True))
    chosen = choices.of(classes)
    assert {choice.school_id for choice in chosen.values()} == {first.pk}
    assert class_7b(demo).pk in chosen


def test_what_stands_on_the_lists_is_of_different_age(demo: Demo) -> None:
    standing = Crossing.objects.filter(ended_on=None)
    assert len(set(standing.values_list("crossed_on", flat=True))) >= 4
    assert len(set(standing.values_list("band", flat=True))) == 3
    schools = reach("socialraadgiver").schools
    assert 50 < standing.filter(school_id__in=schools).count() < 500


def test_nora_has_stayed_just_under_the_line(demo: Demo) -> None:
    tally = percentage.tally(demo.this_year, nora().pk)
    assert not tally.reaches(10)
    assert tally.reaches(9)
    assert tally.pending == 0
    assert not Crossing.objects.filter(pupil=nora()).exists()


def test_nora_crosses_the_line_the_morning_she_is_not_there(demo: Demo) -> None:
    of, pupil = class_7b(demo), nora()
    members = set(Enrolment.objects.on(demo.view).filter(school_class=of).values_list("pupil_id", flat=True))
    assert pupil.pk in members
    point = transaction.savepoint()
    register.take(
        school_class_id=of.pk,
        school_id=of.school_id,
        year_group=of.year_group,
        day=demo.view,
        checkpoint=Checkpoint.START,
        marks={member: Mark.ABSENT if member == pupil.pk else Mark.HERE for member in members},
        seen_version=0,
        key=uuid4(),
        user_id=None,
        now=factories.moment(demo.view, 8),
    )
    [absence] = [one for one in unexplained.on(demo.view) if one.school_class_id == of.pk]
    told = contacts.told([absence.pupil_id])
    triage.run(demo.view, factories.moment(demo.view, 22))
    [crossing] = Crossing.objects.filter(pupil=pupil)
    transaction.savepoint_rollback(point)
    assert (len(told.contacts), told.untold) == (2, ())
    assert crossing.crossed_on == demo.view
    assert rulebook.plain(crossing.rule).code == "early_effort"


def test_nora_was_over_the_line_on_no_evening_before(demo: Demo) -> None:
    days = history.days(nora().pk, demo.this_year)
    absent = possible = 0
    [rule] = [rule for rule in rulebook.in_force(demo.view)["bands"] if rule.code == "early_effort"]
    for day in sorted(days, key=lambda one: one.day):
        of_day = percentage.tally(Period(day.day, date.fromordinal(day.day.toordinal() + 1)), nora().pk)
        absent, possible = absent + of_day.absent, possible + of_day.possible
        assert not rulebook.plain(rule).is_met(absent, possible), day.day
    assert absent > 30


def test_emils_mother_has_switched_her_telephone_off(demo: Demo) -> None:
    emil = Pupil.objects.get(given_name="Emil", family_name="Bro")
    numbers = {contact.e164[-4:] for contact in contacts.told([emil.pk]).contacts}
    assert "9911" in numbers
    assert len(numbers) == 2
    assert Enrolment.objects.on(demo.view).get(pupil=emil).school_class == class_7b(demo)


def test_roles_that_see_figures_only_see_no_pupil(demo: Demo) -> None:
    for key in ("omraadechef", "socialchef"):
        assert reach(key).role in (Role.AREA_MANAGER, Role.SOCIAL_MANAGER)
        assert not Pupil.objects.visible_to(reach(key), demo.view).exists()


def test_the_chief_and_the_psychologist_see_the_one_pupil_whose_case_was_put_before_them(demo: Demo) -> None:
    seen = [list(Pupil.objects.visible_to(reach(key), demo.view)) for key in ("skolechef", "psykolog")]
    assert seen[0] == seen[1]
    assert len(seen[0]) == 1


def test_the_worklist_has_work_under_way(demo: Demo) -> None:
    rows = worklist.rows(reach("skoleleder"), demo.view)
    assert set(rows.values_list("work", flat=True)) == {
        worklist.Work.NEW,
        worklist.Work.AGREED,
        worklist.Work.SNOOZED,
    }


def test_a_second_municipality_is_refused(demo: Demo) -> None:
    with pytest.raises(CommandError, match="only put into an empty database"):
        call_command("make_municipality", pupils=10)


def test_the_office_knew_of_some_absence_before_the_bell(demo: Demo) -> None:
    sick, leave, trips = (
        Known.objects.filter(kind=kind).order_by("pk")
        for kind in (Known.Kind.ILLNESS, Known.Kind.LEAVE, Known.Kind.ACTIVITY)
    )
    assert {one.since for one in sick} == {demo.view}
    # The day in view is the last of its year: no leave lies ahead.
    assert not leave
    assert trips.count() == 1
    assert not known.on(class_7b(demo).pk, demo.view)
    assert all(one.entered_by == demo_user("sekretaer") for one in [*sick, *leave, *trips])


# How near it comes to the published figures.


@dataclass(frozen=True, slots=True)
class Line:
    lowest: float
    highest: float
    values: tuple[float, ...]
    marked: bool


def lines(demo: Demo) -> dict[str, Line]:
    """The printed figures by name."""
    found = {}
    for text in demo.figures[1:]:
        match = re.fullmatch(r"(.+?)\s{2,}(?:.*?\s)??(\d[\d.]*)–(\d[\d.]*)((?:\s+\d[\d.]*!?)+)\s*", text)
        assert match, text
        name, lowest, highest, values = match.groups()
        numbers = tuple(float(value.rstrip("!")) for value in values.split())
        found[name] = Line(float(lowest), float(highest), numbers, "!" in values)
    return found


def test_every_figure_of_both_years_lies_in_its_band(demo: Demo) -> None:
    printed = lines(demo)
    assert len(printed) == 21
    outside = {
        name: line
        for name, line in printed.items()
        if line.marked or not all(line.lowest <= value <= line.highest for value in line.values)
    }
    assert outside == {}


@pytest.mark.parametrize(
    ("name", "lowest", "highest"),
    [
        ("Absence, mean of the pupils", 6.0, 7.1),
        ("Absence, median of the pupils", 2.5, 4.1),
        ("Pupils over 10 %", 17, 22.5),
        ("Pupils over 40 %", 1, 2.5),
        ("December to February against the year, times", 1.15, 1.5),
        ("August and September against the year, times", 0.5, 0.9),
        ("Mondays and Fridays against the rest, times", 1.08, 1.35),
        ("Their absence", 10.5, 14),
        ("Registers not taken", 0.8, 1.7),
        ("The same at the school that forgets most", 5, 10),
    ],
)
def test_the_bands_are_no_wider_than_the_published_figures_allow(
    demo: Demo, name: str, lowest: float, highest: float
) -> None:
    line = lines(demo)[name]
    assert (line.lowest, line.highest) == (lowest, highest)


def test_the_reasons_make_up_the_whole(demo: Demo) -> None:
    printed = lines(demo)
    shares = [printed[f"Of the absence: {reason}"].values for reason in ("illness", "leave", "unlawful")]
    for of_year in zip(*shares, strict=True):
        assert 99 <= sum(of_year) <= 100.1


def test_the_printed_mean_is_the_products_own(demo: Demo) -> None:
    tallies = [tally for tally in percentage.tallies(demo.last_year).values() if tally.possible]
    mean = sum(100 * tally.absent / tally.possible for tally in tallies) / len(tallies)
    assert lines(demo)["Absence, mean of the pupils"].values[0] == pytest.approx(mean, abs=0.06)


def test_the_oldest_have_half_days(demo: Demo) -> None:
    odd = [tally for tally in percentage.tallies(demo.last_year).values() if tally.absent % 2]
    assert len(odd) > 200
