"""The plan, a meeting and the evaluation of a case can be used on a telephone and a desk, and without a script."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from fravaer.accounts.roles import Role
from fravaer.accounts.scoping import scope_of
from fravaer.cases import belonging, consents, goals, interventions, offers, suspicions, weekplans
from fravaer.cases.models import Case, Level, Meeting, Voice
from fravaer.cases.suspicions import Function
from fravaer.cases.weekplans import Part
from tests import factories
from tests.browser import looks
from tests.browser.conftest import DESK, PHONE, ZOOMED, Visit
from tests.cases import casework
from tests.cases.attendance import attended, school_days
from tests.cast import DAY, MORNING, Cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def case(cast: Cast) -> Case:
    """A case about Aksel since January with something of everything in it."""
    pupil = cast.pupils[0]
    case = casework.case_of(pupil, {Role.SOCIAL_WORKER: cast.social_worker})
    Case.objects.filter(pk=case.pk).update(opened_at=factories.moment(date(2026, 1, 12), 9))
    case.refresh_from_db()
    days = school_days(DAY)
    attended(cast.class_7b, days, {})
    attended(cast.class_7b, [day for day in days if day < date(2026, 2, 9)][-40:], {pupil: 30})
    scope = scope_of(cast.social_worker.pk, MORNING)
    [kim] = consents.guardians(case)
    consents.give(
        *(case, scope, MORNING),
        key=uuid4(),
        what="Skolens tal om fravær",
        to_whom="Familiehuset",
        guardian=kim.uuid,
        given_on=DAY,
        until=DAY + timedelta(days=20),
    )
    goals.aim(case, scope, MORNING, key=uuid4(), text="Møder tre dage om ugen", due_on=date(2026, 3, 2))
    suspicions.suppose(case, scope, MORNING, key=uuid4(), function=Function.JUDGED, text="Siger det selv")
    interventions.begin(
        *(case, scope, MORNING),
        key=uuid4(),
        offer=next(one for one in offers.on(DAY) if one.code == "back2school"),
        since=date(2026, 2, 9),
        responsible_id=cast.social_worker.pk,
    )
    weekplans.propose(
        *(case, scope, MORNING),
        key=uuid4(),
        since=DAY,
        until=DAY + timedelta(weeks=4),
        days=[Part.WHOLE, Part.MORNING, Part.NONE, Part.AFTERNOON, Part.WHOLE],
    )
    for month, value in ((1, 1), (2, 3), (3, 4)):
        for voice in Voice:
            belonging.answer(
                *(case, scope, MORNING),
                key=uuid4(),
                voice=voice,
                said_on=date(2026, month, 9),
                answers=dict.fromkeys(belonging.QUESTIONS, value),
            )
    for month, level in ((1, Level.NONE), (3, Level.SOME)):
        belonging.read(
            *(case, scope, MORNING),
            key=uuid4(),
            level=level,
            voice=Voice.SCHOOL,
            said_on=date(2026, month, 9),
        )
    return case


def test_plan_meeting_and_evaluation_are_accessible_and_work_without_a_script(
    visit: Visit, cast: Cast, case: Case
) -> None:
    widths = (ZOOMED, PHONE, DESK)
    page = visit(reverse("cases:plan", args=[case.uuid]), user=cast.leader)
    page.get_by_text("Skriv, hvad nogen siger").click()
    page.get_by_role("button", name="Gem", exact=True).first.click()
    expect(page.get_by_role("alert", name="Der er problemer")).to_contain_text("Skriv, hvad der blev sagt")
    assert looks.misfits(page, *widths) == []
    page.goto(reverse("cases:evaluation", args=[case.uuid]))
    assert looks.misfits(page, *widths) == []
    page.goto(reverse("cases:meetings", args=[case.uuid]))
    page.get_by_text("Indkald til et møde").click()
    page.get_by_label("Netværksmøde").check()
    page.get_by_label("Dag", exact=True).fill("2026-03-18")
    page.get_by_label("Fra", exact=True).fill("14:00")
    page.get_by_label("Til", exact=True).fill("15:00")
    page.get_by_label("Kim Bro").check()
    page.get_by_role("button", name="Indkald til mødet").click()
    page.get_by_role("link", name="Netværksmøde").click()
    expect(page.get_by_role("heading", name="Dagsorden")).to_be_visible()
    assert looks.misfits(page, *widths) == []
    plain = visit(page.url.removeprefix(page.url.split("/cases")[0]), user=cast.leader, script=False)
    plain.get_by_label("Referat").fill("Vi ses igen.")
    plain.get_by_label("Næste møde").fill("2026-04-15")
    plain.get_by_role("button", name="Gem og afslut mødet").click()
    expect(plain.get_by_text("Holdt", exact=True)).to_be_visible()
    assert Meeting.objects.get().next_on == date(2026, 4, 15)
