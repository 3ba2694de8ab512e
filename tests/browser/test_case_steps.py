"""A case's pages in a real browser: how they fit, and that what is typed survives a lost session."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from fravaer.accounts.roles import Role
from fravaer.cases import lifecycle, rulebook
from fravaer.cases.models import CaseDraft, Note
from tests import factories
from tests.browser import looks
from tests.browser.conftest import DESK, PHONE, ZOOMED, Visit
from tests.cases import casework, ruling
from tests.cases.attendance import attended, school_days
from tests.cases.test_lifecycle import assembled_team, discuss, refer, scope
from tests.cast import DAY, MORNING, Cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_what_is_typed_survives_a_lost_session_and_the_pages_fit(visit: Visit, cast: Cast) -> None:
    rulebook.ship_defaults()
    attended(cast.class_7b, school_days(DAY), {cast.pupils[0]: 30})
    case = lifecycle.open_case(casework.crossing_of(cast.pupils[0]), scope(cast.leader), MORNING).case
    Note.objects.create(
        key=uuid4(), case=case, domain="school", author=cast.leader, at=MORNING, text="Talt med mor."
    )
    inger = factories.user("Inger Lund")
    factories.grant(inger, Role.INCLUSION, cast.school)
    team = assembled_team(cast)
    refer(case, cast.leader, team)
    page = visit(reverse("cases:case", args=[case.uuid]), user=cast.leader)
    page.get_by_label("Note", exact=True).press_sequentially("Midt i en sætn")
    expect(page.get_by_text("Gemt som kladde")).to_be_visible()
    assert CaseDraft.objects.get().fields["text"] == "Midt i en sætn"
    page.context.clear_cookies()
    again = visit(reverse("cases:case", args=[case.uuid]), user=cast.leader)
    expect(again.get_by_label("Note", exact=True)).to_have_value("Midt i en sætn")
    assert looks.misfits(again, ZOOMED, PHONE, DESK) == []
    discuss(case, team.psychologist)
    proposal = ruling.proposed_rule(cast.school)
    pattern = casework.cluster_of(cast.class_7b)
    effort = casework.effort_with(cast.class_7b, cast.leader)
    for address in (
        *(
            reverse(f"cases:{name}", args=[case.uuid])
            for name in ("team", "hand-over", "people", "timeline", "log")
        ),
        reverse("cases:classes"),
        reverse("cases:cluster", args=[pattern.uuid]),
        reverse("cases:effort-begin", args=[cast.class_2a.pk]),
        reverse("cases:effort", args=[effort.uuid]),
        reverse("cases:rules"),
        reverse("cases:rule", args=[proposal.replaces_id]),
        reverse("cases:rule-proposal", args=[proposal.uuid]),
        reverse("cases:rule-new"),
    ):
        answer = again.goto(address)
        assert answer is not None
        assert answer.ok, address
        assert looks.misfits(again, PHONE, DESK) == [], address
    again.get_by_label("Fra og med").fill("11-03-2026")
    again.get_by_role("button", name="Vis, hvem den ville ramme").click()
    expect(again.get_by_role("heading", name="Nye pr. uge")).to_be_visible()
    assert looks.misfits(again, PHONE, DESK) == []
