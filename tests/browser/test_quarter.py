"""The pages around the quarter, as an area manager and a leader have them in front of them."""

from __future__ import annotations

from fravaer.accounts.roles import Role
from fravaer.accounts.scoping import scope_of
from fravaer.core.periods import Quarter
from fravaer.reports import targets, wheel
from fravaer.reports.models import Initiative
from tests.browser.conftest import DESK, PHONE, Visit
from tests.browser.looks import misfits
from tests.cast import DAY, MORNING, Cast, signed_in
from tests.reports.reporting import agree_form, note_on
from tests.reports.test_quarter_page import QUARTER, take

NOW = Quarter.of(DAY)


def test_the_pages_around_the_quarter_are_readable_on_a_telephone_and_a_desk(
    visit: Visit, cast: Cast
) -> None:
    take(cast.class_7b, [cast.pupils[0].pk])
    note_on(cast.school)
    wheel.make(2025, scope=None, now=MORNING)
    targets.choose(
        ("school", cast.school.pk),
        tenths=100,
        valid_from=DAY,
        decision="Områdets beslutning 4. februar 2026",
        seen=0,
        scope=scope_of(cast.area_manager.pk, MORNING, Role.AREA_MANAGER),
        now=MORNING,
    )
    manager = signed_in(cast.area_manager)
    school = str(cast.school.pk)
    for quarter in (NOW.previous(), NOW):
        page = f"/reports/follow-up/{quarter}/nord/agree/"
        manager.post(page, agree_form(school=school, due_on="2026-02-10"))
        Initiative.objects.filter(quarter_on=NOW.previous().since).update(
            outcome="done", remark="Flere ringer selv.", settled_at=MORNING, settled_by=cast.area_manager
        )
    for address, user in (
        (QUARTER, cast.leader),
        ("/reports/targets/", cast.area_manager),
        (f"/reports/targets/school-{school}/", cast.area_manager),
        (f"{QUARTER}notes/", cast.leader),
        ("/reports/follow-up/", cast.area_manager),
        (f"/reports/follow-up/{NOW}/nord/", cast.area_manager),
        ("/reports/wheel/", cast.area_manager),
        ("/reports/wheel/feed/", cast.area_manager),
    ):
        seen = visit(address, user=user)
        assert misfits(seen, PHONE, DESK) == [], address
