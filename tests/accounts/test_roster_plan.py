"""A plan changed by hand and a roster that is imported afterwards."""

from __future__ import annotations

from datetime import UTC, date, datetime

from fravaer.core.scope import Scope
from fravaer.schools import plan
from fravaer.schools.models import DayRule, Level, School, SchoolYear
from fravaer.schools.plan import Rule, Unit, Wishes
from tests.accounts.rosterfiles import Files

NOW = datetime(2026, 3, 10, 7, tzinfo=UTC)
HAND = Scope(actor_id=1, role="leader")


def change(unit: Unit, wishes: Wishes) -> None:
    year = SchoolYear.objects.get(starts_on=date(2025, 8, 1))
    seen = plan.fingerprint(plan.changes(year, unit, wishes))
    plan.change(year, unit, wishes, seen=seen, scope=HAND, now=NOW)


def rules() -> dict[date, str]:
    return {rule.day: rule.reason for rule in DayRule.objects.filter(level=Level.SCHOOL)}


def test_the_next_import_leaves_alone_what_was_changed_by_hand(files: Files) -> None:
    files.add("calendar", "20-10-2025;21-10-2025;100001;;;lukket;Lejrskole")
    files.run()
    school = Unit(Level.SCHOOL, School.objects.get(institution_number="100001").pk)
    change(school, {date(2025, 10, 20): None, date(2025, 10, 22): Rule(True, "Fest")})
    files.run()
    assert rules() == {date(2025, 10, 21): "Lejrskole", date(2025, 10, 22): "Fest"}
    files.drop("calendar", "20-10-2025")
    files.run()
    assert rules() == {date(2025, 10, 22): "Fest"}
