"""Only an agreed action or a dated snooze takes a child off the list; and the points that order it are those that are shown."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from django.db.models import F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fravaer.accounts.models import User
from fravaer.accounts.roles import Role
from fravaer.accounts.scoping import scope_of
from fravaer.audit.models import Event
from fravaer.cases import agreed, assignment, contacts, lifecycle, priority, rulebook, snoozes, worklist
from fravaer.cases.domains import Domain
from fravaer.cases.models import AgreedAction, ContactKind, Crossing, Deed, Kept, Rule, SnoozeReason
from fravaer.cases.worklist import Watch, Work
from fravaer.core.scope import Scope
from fravaer.schools import schooldays
from fravaer.schools.models import Pupil
from tests import factories
from tests.cases import casework
from tests.cast import DAY, MORNING, Cast

pytestmark = pytest.mark.usefixtures("book")
STEPS = ["agree", "settle", "snooze", "wake", "rise", "ease", "cross", "talk", "assign", "open", "pass"]


def scope(user: User) -> Scope:
    return scope_of(user.pk, MORNING)


def waiting(of: Scope, day: date = DAY) -> list[str]:
    """The given names of the main list, from the top."""
    shown = worklist.watched(worklist.rows(of, day), Watch.NOBODY, of, day, day)
    return [row.pupil.given_name for row in shown.order_by(*worklist.order(of), "pk")]


def work_of(pupil: Pupil, of: Scope, day: date = DAY) -> str:
    return str(worklist.leading(of, day, pupil.pk).work)


def agree(
    of: Scope, pupil: Pupil, day: date = DAY, *, due: date | None = None, key: UUID | None = None
) -> AgreedAction:
    assert of.actor_id is not None
    return agreed.agree(
        of,
        factories.moment(day, 9),
        pupil_id=pupil.pk,
        deed=Deed.CALL,
        responsible_id=of.actor_id,
        due_on=due or day + timedelta(days=7),
        key=key or uuid4(),
    )


def rest(of: Scope, pupil: Pupil, day: date = DAY, *, until: date | None = None) -> None:
    snoozes.snooze(
        of,
        factories.moment(day, 9),
        pupil_id=pupil.pk,
        reason=SnoozeReason.BEREAVEMENT,
        until=until or day + timedelta(days=14),
        key=uuid4(),
    )


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(st.tuples(st.sampled_from(STEPS), st.integers(1, 12)), min_size=1, max_size=14))
def test_a_child_is_on_the_list_exactly_when_the_plain_rule_says_so(
    cast: Cast, steps: list[tuple[str, int]]
) -> None:
    """She stands over a line, no agreed action holds, and no snooze made at this line or a higher one is running."""
    with transaction.atomic():
        follow(cast, steps)
        transaction.set_rollback(True)


def follow(cast: Cast, steps: list[tuple[str, int]]) -> None:
    aksel = cast.pupils[0]
    of = scope(cast.leader)
    casework.crossing_of(aksel)
    deadline = Rule.objects.get(family="bands", band=1, version=1).deadline_days
    day, band, opened = DAY, 1, False
    actions: dict[int, date] = {}
    resting: tuple[date, int] | None = None
    for what, number in steps:
        match what:
            case "agree":
                due = day + timedelta(days=number)
                actions[agree(of, aksel, day, due=due).pk] = due
            case "settle" if actions:
                pk = min(actions)
                del actions[pk]
                agreed.settle(AgreedAction.objects.get(pk=pk), of, factories.moment(day, 10), kept=Kept.KEPT)
            case "snooze" if band:
                rest(of, aksel, day, until=day + timedelta(days=number))
                resting = day + timedelta(days=number), band
            case "wake":
                snoozes.wake(of, factories.moment(day, 10), pupil_id=aksel.pk)
                resting = None
            case "rise" if 0 < band < 3:
                band += 1
                Crossing.objects.filter(pupil=aksel, ended_on=None).update(ended_on=day, ending="superseded")
                casework.crossing_of(aksel, band, over_since=day)
            case "ease" if band:
                band = 0
                Crossing.objects.filter(pupil=aksel, ended_on=None).update(ended_on=day, ending="eased")
            case "cross" if not band:
                band = 1 + number % 3
                casework.crossing_of(aksel, band, over_since=day)
            case "talk":
                contacts.note(
                    of,
                    factories.moment(day, 9),
                    pupil_id=aksel.pk,
                    kind=list(ContactKind)[number % 6],
                    held_on=day,
                    key=uuid4(),
                )
            case "assign":
                assignment.assign(
                    of,
                    factories.moment(day, 9),
                    pupil_id=aksel.pk,
                    school_id=cast.school.pk,
                    user_id=(None, cast.leader.pk, cast.social_worker.pk)[number % 3],
                )
            case "open" if band and not opened:
                opened = True
                lifecycle.open_case(Crossing.objects.get(pupil=aksel, ended_on=None), of, MORNING)
            case "pass":
                day += timedelta(days=number)
        holds = any(due >= schooldays.ago(deadline, day) for due in actions.values())
        rests = resting is not None and day < resting[0] and band <= resting[1]
        expected = ["Aksel"] if band and not holds and not rests else []
        assert waiting(of, day) == expected, (what, day)


def test_an_action_holds_until_it_is_overdue_by_more_than_the_rules_deadline(cast: Cast) -> None:
    aksel, of = cast.pupils[0], scope(cast.leader)
    casework.crossing_of(aksel)
    agree(of, aksel, due=DAY)
    last = schooldays.after(5, DAY)
    assert [waiting(of, DAY), waiting(of, last), waiting(of, last + timedelta(days=1))] == [[], [], ["Aksel"]]
    late = worklist.watched(worklist.rows(of, last), Watch.OVERDUE, of, last, last)
    assert [row.pupil_id for row in late] == [aksel.pk]


def test_who_comes_back_is_new_only_after_another_line(cast: Cast) -> None:
    aksel, of = cast.pupils[0], scope(cast.leader)
    casework.crossing_of(aksel)
    assert work_of(aksel, of) == Work.NEW
    action = agree(of, aksel)
    assert work_of(aksel, of) == Work.AGREED
    agreed.settle(action, of, MORNING, kept=Kept.KEPT)
    assert work_of(aksel, of) == Work.BACK
    Crossing.objects.filter(pupil=aksel).update(ended_on=DAY, ending="superseded")
    casework.crossing_of(aksel, 2, over_since=DAY)
    assert work_of(aksel, of) == Work.NEW


def test_what_social_services_agree_by_themselves_takes_nobody_off_the_schools_list(cast: Cast) -> None:
    aksel = cast.pupils[0]
    casework.crossing_of(aksel)
    social, school = scope(cast.social_worker), scope(cast.leader)
    agreed.agree(
        social,
        MORNING,
        pupil_id=aksel.pk,
        deed=Deed.VISIT,
        responsible_id=cast.social_worker.pk,
        due_on=DAY,
        key=uuid4(),
        domain=Domain.SOCIAL,
    )
    assert waiting(social) == []
    assert waiting(school) == ["Aksel"]
    assert not agreed.of_pupils([aksel.pk], school)


def test_a_form_sent_twice_agrees_once_and_two_answers_never_overwrite_each_other(cast: Cast) -> None:
    aksel, of, key = cast.pupils[0], scope(cast.leader), uuid4()
    casework.crossing_of(aksel)
    action = agree(of, aksel, key=key)
    assert agree(of, aksel, key=key) == action
    with pytest.raises(agreed.KeyReused):
        agree(of, cast.pupils[1], key=key)
    agreed.settle(action, of, MORNING, kept=Kept.NOT_KEPT)
    agreed.settle(action, of, MORNING, kept=Kept.NOT_KEPT)
    with pytest.raises(agreed.AlreadySettled):
        agreed.settle(action, scope(cast.social_worker), MORNING, kept=Kept.KEPT)
    said = Event.objects.filter(pupil_ids=[aksel.pk]).order_by("id").values_list("action", flat=True)
    assert list(said) == ["action.agree", "action.settle"]


def over_the_laws_line(pupil: Pupil) -> Crossing:
    """A standing crossing of the law's line, like the one of a line of the worklist that the pupil has."""
    law, _made = Rule.objects.get_or_create(
        family="law-trial",
        code="referral",
        version=1,
        defaults={
            "band": 2,
            "valid_from": date(2020, 1, 1),
            "reasons": [3],
            "unit": "percent",
            "lower": 15,
            "lower_inclusive": True,
            "window": "quarter",
            "minimum_possible_days": 0,
            "minimum_absent_days": 0,
            "easing_margin": 1,
            "coverage": 0,
            "deadline_days": 5,
            "purpose": "law",
        },
    )
    standing = Crossing.objects.get(pupil=pupil)
    standing.pk, standing.uuid, standing.rule, standing.family = None, uuid4(), law, law.family
    standing.save(force_insert=True)
    return standing


def test_a_line_of_the_law_puts_nobody_on_the_list_but_is_seen_where_it_is_asked_for(cast: Cast) -> None:
    of = scope(cast.social_worker)
    other = casework.crossing_of(cast.pupils[0], 1)
    over_the_laws_line(cast.pupils[0])
    other.delete()
    assert not worklist.rows(of, DAY).exists()
    assert [row.rule.purpose for row in worklist.rows(of, DAY, with_law=True)] == ["law"]
    # Her own page knows of it, and a case can begin from it.
    assert worklist.leading(of, DAY, cast.pupils[0].pk) is not None


def test_the_points_shown_are_those_that_sort(cast: Cast) -> None:
    """Whatever the rows are like: the parts of each, in whole points, add up to what the list is ordered by."""
    rulebook.ship_defaults()
    of = scope(cast.social_worker)
    aksel, freja, noah, zoe, orn = cast.pupils
    casework.crossing_of(aksel, 1, trend=(0, 37), over_since=date(2026, 2, 3))
    casework.crossing_of(freja, 3, trend=(500, 100), over_since=date(2025, 9, 1))
    casework.crossing_of(noah, 2, trend=None, over_since=DAY)
    casework.crossing_of(zoe, 1, trend=(0, 900))
    casework.crossing_of(orn, 1)
    agree(of, zoe, date(2026, 3, 2), due=date(2026, 3, 9))
    contacts.note(
        of, MORNING, pupil_id=aksel.pk, kind=ContactKind.PHONE, held_on=date(2026, 2, 24), key=uuid4()
    )
    over_the_laws_line(orn)
    rows = list(worklist.rows(of, DAY).order_by(*worklist.order(of), "pk"))
    assert len(rows) == 5
    points = {
        row.pupil.given_name: {share.label: share.points for share in priority.shares(row)} for row in rows
    }
    assert points == {
        "Zoë": {"Overskredet aftale": 100, "Grænse": 12, "Stigning": 10, "Ingen kontakt": 1, "Venter": 1},
        "Ørn": {"Skridt, loven kræver": 60, "Grænse": 12, "Stigning": 6, "Ingen kontakt": 1, "Venter": 1},
        "Freja": {"Grænse": 36, "Ingen kontakt": 8, "Venter": 6},
        "Noah": {"Grænse": 24},
        "Aksel": {"Grænse": 12, "Stigning": 3, "Ingen kontakt": 2, "Venter": 5},
    }
    assert [row.pupil.given_name for row in rows] == list(points)
    assert [row.priority for row in rows] == [sum(parts.values()) for parts in points.values()]
    # The database holds the same whole numbers.
    whole = worklist.rows(of, DAY).filter(
        priority=sum((F(part.name) for part in priority.PARTS[1:]), F("for_overdue"))
    )
    assert whole.count() == 5


def test_the_inclusion_teams_points_do_not_tell_by_how_much(cast: Cast) -> None:
    team = factories.user("Inger Lund")
    factories.grant(team, Role.INCLUSION, cast.school)
    casework.crossing_of(cast.pupils[0], 1, trend=(0, 900))
    [row] = worklist.rows(scope(team), DAY)
    assert row.for_trend == 0
