"""What does one plan for the child, and what does it change?"""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.test import Client

from fravaer.absence import known, percentage, register
from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.models import Absence
from fravaer.absence.reasons import Mark
from fravaer.accounts.models import User
from fravaer.accounts.roles import Role
from fravaer.accounts.scoping import scope_of
from fravaer.audit.models import Event
from fravaer.cases import consents, voices, weekplans, writing
from fravaer.cases.domains import Domain
from fravaer.cases.models import (
    AgreedAction,
    Case,
    Consent,
    Goal,
    Intervention,
    Step,
    StepKind,
    Suspicion,
    View,
    Voice,
    WeekPlan,
)
from fravaer.cases.weekplans import Part
from fravaer.core.periods import Period
from tests import factories
from tests.cases import casework
from tests.cases.planning import forms, plain, send, text, url
from tests.cast import DAY, MORNING, Cast, signed_in

pytestmark = pytest.mark.usefixtures("book")
TWO_DAYS = [Part.MORNING, Part.NONE, Part.AFTERNOON, Part.WHOLE, Part.NONE]
# The first Monday after the day of the tests.
MONDAY = date(2026, 3, 16)


@pytest.fixture
def case(cast: Cast) -> Case:
    """A case about Aksel in which the social worker takes part."""
    return casework.case_of(cast.pupils[0], {Role.SOCIAL_WORKER: cast.social_worker})


@pytest.fixture
def worker(cast: Cast) -> Client:
    return signed_in(cast.social_worker)


def test_what_is_written_when_another_has_taken_the_case_over_comes_back_and_is_saved_only_on_a_second_look(
    case: Case, cast: Cast, worker: Client
) -> None:
    address = url(case, "plan-write", "goal")
    [hidden] = forms(plain(worker.get(url(case, "plan"))), address)
    Step.objects.create(case=case, kind=StepKind.ACCEPT, by=cast.leader, at=MORNING)
    Case.objects.filter(pk=case.pk).update(responsible=cast.leader)
    typed = {"text": "Møder hver dag", "due_on": "2026-04-10"}
    refused = worker.post(address, {**hidden, **typed})
    assert refused.status_code == 409
    assert "En anden er blevet ansvarlig for sagen" in text(refused)
    assert "Møder hver dag" in plain(refused)
    assert not Goal.objects.exists()
    [again] = forms(plain(refused), address)
    assert worker.post(address, {**again, **typed}).status_code == 303
    assert Goal.objects.get().text == "Møder hver dag"


def propose(case: Case, by: User, *, since: date = MONDAY, weeks: int = 4) -> WeekPlan:
    return weekplans.propose(
        case,
        scope_of(by.pk, MORNING),
        MORNING,
        key=uuid4(),
        since=since,
        until=since + timedelta(weeks=weeks),
        days=TWO_DAYS,
    )


def grant(case: Case, plan: WeekPlan, leader: User, day: date = DAY) -> None:
    scope = scope_of(leader.pk, MORNING)
    weekplans.decide(case, scope, MORNING, uuid=plan.uuid, grant=True, day=day, called="Aftalt skema")


def take(cast: Cast, day: date, checkpoint: Checkpoint, absent: int | None = None) -> None:
    """Take 7.B's register as it is suggested, with one pupil away if she is named."""
    suggested = known.on(cast.class_7b.pk, day, checkpoint)
    marks = {one.pk: suggested[one.pk].mark if one.pk in suggested else Mark.HERE for one in cast.pupils}
    if absent is not None:
        marks[absent] = Mark.ABSENT
    register.take(
        school_class_id=cast.class_7b.pk,
        school_id=cast.school.pk,
        year_group=7,
        day=day,
        checkpoint=checkpoint,
        marks=marks,
        seen_version=0,
        key=uuid4(),
        user_id=cast.mette.pk,
        role="teacher",
        now=factories.moment(day, 8),
    )


def test_the_child_is_heard_first_and_what_was_said_before_stays(case: Case, worker: Client) -> None:
    page, address = url(case, "plan"), url(case, "plan-write", "view")
    assert "Spørg barnet først" in text(worker.get(page))
    for said in ("Der er for meget larm.", "Nu har jeg en plads ved vinduet."):
        answer = send(worker, page, address, voice="child", text=said, domain="school")
        assert (answer.status_code, answer.headers["Location"]) == (303, f"{page}#views")
    read = text(worker.get(page))
    assert read.index("Barnet") < read.index("Nu har jeg") < read.index("Én tidligere") < read.index("larm")
    assert read.index("larm") < read.index("Forældrene")
    assert "larm" not in str(list(Event.objects.values_list("detail", flat=True)))


def test_what_social_services_hear_for_themselves_the_school_never_meets(
    cast: Cast, case: Case, worker: Client
) -> None:
    page = url(case, "plan")
    send(
        worker, page, url(case, "plan-write", "view"), voice="parents", text="Hemmeligt sagt", domain="social"
    )
    offer = {"offer": "family_counselling", "since": "2026-03-10", "domain": "social"}
    who = str(cast.social_worker.pk)
    send(worker, page, url(case, "plan-write", "intervention"), responsible=who, **offer)
    assert "Hemmeligt sagt" in text(worker.get(page))
    assert "since" in {field.name for field in Intervention._meta.fields}
    leader = signed_in(cast.leader)
    for name in ("plan", "evaluation", "meetings"):
        seen = plain(leader.get(url(case, name)))
        assert "Hemmeligt" not in seen
        # It stands in the catalogue to choose from, and nowhere else.
        assert seen.count("Familierådgivning") <= (name == "plan")


def test_a_retry_saves_once_and_another_text_under_the_same_key_is_kept_and_told(
    cast: Cast, case: Case, worker: Client
) -> None:
    page, address = url(case, "plan"), url(case, "plan-write", "view")
    first = {"voice": "school", "text": "Første", "domain": "school", "key": str(uuid4()), "turn": 0}
    assert [worker.post(address, first).status_code for _ in range(2)] == [303, 303]
    assert View.objects.count() == 1
    again = worker.post(address, {**first, "text": "Noget andet"})
    assert again.status_code == 409
    assert "Noget andet" in plain(again)
    assert str(first["key"]) not in plain(again)
    stranger = signed_in(cast.leader)
    assert stranger.post(address, first).status_code == 400
    assert worker.get(page).status_code == 200


def test_what_is_typed_comes_back_when_the_case_was_closed_meanwhile(case: Case, worker: Client) -> None:
    address = url(case, "plan-write", "goal")
    casework.closed(case)
    typed = {"key": str(uuid4()), "text": "Møder to timer om dagen", "due_on": "2026-04-10", "turn": 0}
    answer = worker.post(address, typed)
    assert answer.status_code == 409
    assert "Sagen er lukket i mellemtiden" in text(answer)
    assert "Møder to timer om dagen" in text(answer)
    assert not Goal.objects.exists()


def test_a_huge_text_and_a_wrong_day_come_back_and_a_tampered_form_is_refused(
    case: Case, worker: Client
) -> None:
    address = url(case, "plan-write", "goal")
    typed = {"key": str(uuid4()), "text": "x" * 2_001, "due_on": "31-02-2026"}
    answer = worker.post(address, typed)
    assert answer.status_code == 422
    assert "Teksten er for lang" in text(answer)
    assert "x" * 2_001 in plain(answer)
    assert worker.post(address, {**typed, "key": "nonsense"}).status_code == 400
    assert worker.post(url(case, "plan-write", "no-such-form"), typed).status_code == 404


def test_a_goal_carries_agreements_and_shows_what_is_overdue(cast: Cast, case: Case, worker: Client) -> None:
    page = url(case, "plan")
    send(worker, page, url(case, "plan-write", "goal"), text="Tre dage om ugen", due_on="2026-04-10")
    goal = Goal.objects.get()
    action = {"deed": "call", "responsible": cast.social_worker.pk, "domain": "school"}
    html = plain(worker.get(page))
    # Five school days after 10 March.
    assert 'name="due_on" value="2026-03-17"' in html
    send(worker, page, url(case, "plan-write", "action"), due_on="2026-03-17", goal=goal.uuid, **action)
    made = AgreedAction.objects.get()
    assert (made.goal, made.case, made.pupil_id) == (goal, case, case.pupil_id)
    with time_machine.travel(factories.moment(date(2026, 4, 13), 9), tick=False):
        later = signed_in(cast.social_worker)
        assert text(later.get(page)).count("Frist overskredet") >= 2
        settle = url(case, "plan-write", "action-settle")
        assert send(later, page, settle, kept="not_kept", remark="Ingen tog den").status_code == 303
        send(later, page, url(case, "plan-write", "goal-settle"), reached="no")
        seen = text(later.get(page))
    assert "Ikke nået" in seen
    assert "Ingen tog den" in seen
    made.refresh_from_db()
    assert made.kept == "not_kept"


def test_a_consent_needs_a_holder_of_custody_and_tells_when_it_runs_out(
    cast: Cast, case: Case, worker: Client
) -> None:
    page, address = url(case, "plan"), url(case, "plan-write", "consent")
    other = factories.guardian(cast.pupils[0], name="Uden Del", custody=False)
    assert "Uden Del" not in plain(worker.get(page))
    data = {
        "what": "Skolens fravær",
        "to_whom": "Familiehuset",
        "given_on": "2026-03-01",
        "last": "2026-04-01",
    }
    assert send(worker, page, address, guardian=str(other.uuid), **data).status_code == 422
    [kim] = consents.guardians(case)
    assert send(worker, page, address, guardian=str(kim.uuid), **data).status_code == 303
    assert "Udløber snart" in text(worker.get(page))
    assert consents.holds(Consent.objects.get(), date(2026, 4, 1)) == "soon"
    assert consents.holds(Consent.objects.get(), date(2026, 4, 2)) == "ended"
    send(worker, page, url(case, "plan-write", "consent-withdraw"))
    assert "Trukket tilbage" in text(worker.get(page))


def test_what_is_supposed_is_ended_and_stays_to_be_read(case: Case, worker: Client) -> None:
    page = url(case, "plan")
    send(
        worker, page, url(case, "plan-write", "suspicion"), function="judged", text="Holder sig for sig selv"
    )
    send(worker, page, url(case, "plan-write", "suspicion-end"))
    row = Suspicion.objects.get()
    assert row.ended_at == MORNING
    assert "Formodes ikke længere" in text(worker.get(page))


def test_an_intervention_begins_from_the_catalogue_and_stops_for_a_reason(
    cast: Cast, case: Case, worker: Client
) -> None:
    page, stop = url(case, "plan"), url(case, "plan-write", "intervention-stop")
    begin = {"offer": "back2school", "since": "2026-03-02", "domain": "school"}
    who = cast.social_worker.pk
    send(worker, page, url(case, "plan-write", "intervention"), responsible=who, **begin)
    assert "Back2School" in text(worker.get(page))
    assert send(worker, page, stop, last="2026-03-09", because="").status_code == 422
    assert send(worker, page, stop, last="2026-02-01", because="finished").status_code == 422
    assert send(worker, page, stop, last="2026-03-09", because="family_no").status_code == 303
    row = Intervention.objects.get()
    assert (row.until, row.stopped_because) == (date(2026, 3, 10), "family_no")


def test_only_a_leader_makes_a_week_plan_count(cast: Cast, case: Case, worker: Client) -> None:
    page, decide = url(case, "plan"), url(case, "week-plan-decide", "week-plan-decide")
    days = dict(zip(("monday", "tuesday", "wednesday", "thursday", "friday"), TWO_DAYS, strict=True))
    plan = {**days, "since": "2026-03-16", "last": "2026-04-10"}
    assert send(worker, page, url(case, "plan-write", "week-plan"), **plan).status_code == 303
    row = WeekPlan.objects.get()
    assert "Afventer skolelederen" in text(worker.get(page))
    assert known.on(cast.class_7b.pk, date(2026, 3, 17), Checkpoint.START) == {}
    asked = {"key": str(uuid4()), "row": str(row.uuid), "decision": "grant"}
    assert worker.post(decide, asked).status_code == 403
    leader = signed_in(cast.leader)
    assert send(leader, page, decide, decision="refuse").status_code == 422
    assert send(leader, page, decide, decision="grant").status_code == 303
    assert leader.post(decide, {**asked, "decision": "refuse", "answer": "Nej"}).status_code == 409
    [suggested] = known.on(cast.class_7b.pk, date(2026, 3, 17), Checkpoint.START).values()
    assert (suggested.mark, suggested.text) == (Mark.ACTIVITY, "Aftalt skema")


def test_time_at_home_by_a_granted_plan_is_not_absence_and_absence_in_the_agreed_time_is(
    cast: Cast, case: Case
) -> None:
    grant(case, propose(case, cast.social_worker), cast.leader)
    pupil = case.pupil_id
    # Monday: the morning alone is agreed. Tuesday: not at all. Wednesday: the afternoon alone.
    monday, tuesday, wednesday = (MONDAY + timedelta(days=ahead) for ahead in range(3))
    home = {
        (day, checkpoint)
        for day in (monday, tuesday, wednesday, wednesday + timedelta(days=1))
        for checkpoint in Checkpoint
        if pupil in known.on(cast.class_7b.pk, day, checkpoint)
    }
    assert home == {
        (monday, Checkpoint.END),
        (tuesday, Checkpoint.START),
        (tuesday, Checkpoint.END),
        (wednesday, Checkpoint.START),
    }
    for day in (monday, tuesday):
        for checkpoint in Checkpoint:
            take(cast, day, checkpoint)
    take(cast, wednesday, Checkpoint.START)
    assert not Absence.objects.exists()
    # Whoever was at home by agreement in the morning is awaited in the afternoon.
    assert pupil not in known.on(cast.class_7b.pk, wednesday, Checkpoint.END)
    take(cast, wednesday, Checkpoint.END, absent=pupil)
    tally = percentage.tally(Period(monday, MONDAY + timedelta(days=3)), pupil)
    assert (tally.possible, tally.absent) == (6, 1)


def test_a_plan_that_ends_or_is_followed_by_another_takes_the_days_to_come_back(
    cast: Cast, case: Case
) -> None:
    first = propose(case, cast.social_worker, since=DAY)
    grant(case, first, cast.leader)
    tuesdays = [DAY + timedelta(weeks=week) for week in range(4)]

    def at_home(day: date) -> bool:
        return case.pupil_id in known.on(cast.class_7b.pk, day, Checkpoint.START)

    assert [at_home(day) for day in tuesdays[:3]] == [True, True, True]
    second = propose(case, cast.social_worker, since=tuesdays[2], weeks=1)
    grant(case, second, cast.leader)
    first.refresh_from_db()
    assert first.ended_on == tuesdays[2]
    assert [at_home(day) for day in tuesdays] == [True, True, True, False]
    scope = scope_of(cast.leader.pk, MORNING)
    weekplans.end(case, scope, uuid=second.uuid, day=tuesdays[1])
    assert [at_home(day) for day in tuesdays] == [True, True, False, False]
    assert weekplans.standing(case, tuesdays[1]) is None


def test_nobody_else_changes_what_a_leader_has_agreed(cast: Cast, case: Case) -> None:
    grant(case, propose(case, cast.social_worker), cast.leader)
    [spell] = [
        one
        for one in known.between([case.pupil_id], Period(MONDAY, MONDAY + timedelta(days=1)))
        if one.weekdays == (2, 5)
    ]
    office = signed_in(cast.secretary)
    page = office.get(f"/known/{spell.uuid}/")
    assert page.status_code == 200
    assert "tirsdag, fredag" in text(page)
    assert "Aftalt skema" in plain(office.get("/known/"))
    office.post(f"/known/{spell.uuid}/withdraw/")
    assert case.pupil_id in known.on(cast.class_7b.pk, date(2026, 3, 17), Checkpoint.START)


def test_a_view_in_a_domain_that_is_not_ones_own_falls_to_ones_own(cast: Cast, case: Case) -> None:
    scope = scope_of(cast.leader.pk, MORNING)
    said = voices.say(case, scope, MORNING, key=uuid4(), voice=Voice.SCHOOL, text="Set", domain=Domain.SOCIAL)
    assert said.domain == Domain.SCHOOL
    casework.closed(case)
    with pytest.raises(writing.NotOpen):
        voices.say(case, scope, MORNING, key=uuid4(), voice=Voice.SCHOOL, text="For sent")
