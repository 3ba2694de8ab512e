"""Is it kept what a row was, however it was changed?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.models import Absence
from fravaer.absence.reasons import Mark
from fravaer.accounts import grants
from fravaer.accounts.models import Grant, Reach
from fravaer.accounts.roles import Role
from fravaer.audit import former
from fravaer.audit.models import Former
from tests.cases import casework
from tests.cast import DAY, MORNING, Cast
from tests.sms.conftest import take


def by_hand(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def kept(source: str) -> list[tuple[str, str, object]]:
    return [
        (one.row_key, one.change, one.before) for one in Former.objects.filter(source=source).order_by("pk")
    ]


@pytest.fixture
def absent(cast: Cast) -> Absence:
    """Aksel is not here in the morning."""
    take(cast.class_7b, {cast.pupils[0]: Mark.ABSENT})
    return Absence.objects.get()


def test_absence_changed_in_bulk_or_by_hand_leaves_what_it_was(cast: Cast, absent: Absence) -> None:
    key = f"{absent.pupil_id}/{DAY}/{Checkpoint.START.value}"
    assert kept("absence_absence") == []
    Absence.objects.filter(day=DAY).update(reason=2)
    by_hand("UPDATE absence_absence SET reason = reason")
    by_hand("DELETE FROM absence_absence")
    reason = absent.reason
    (_, changed, before), (_, removed, whole) = kept("absence_absence")
    assert (changed, before) == ("changed", {"reason": reason})
    assert removed == "removed"
    assert isinstance(whole, dict)
    assert whole["reason"] == 2
    assert [one.row_key for one in former.formers_of(absent.pupil_id)] == [key, key]
    assert [one.change for one in former.formers("absence_absence", key)] == ["removed", "changed"]


def test_who_is_given_access_by_hand_is_noted_as_well(cast: Cast) -> None:
    grant = grants.give(
        user_id=cast.mette.pk,
        role=Role.TEACHER,
        reach=Reach.SCHOOL,
        unit_id=cast.school.pk,
        origin="office",
        valid_from=MORNING,
        valid_until=MORNING + timedelta(days=1),
    )
    by_hand(f"UPDATE accounts_grant SET valid_until = valid_until - interval '9 hours' WHERE id = {grant.pk}")
    Grant.objects.filter(pk=grant.pk).update(revoked_at=MORNING)
    changes = [(one.change, sorted(one.before)) for one in former.formers("accounts_grant", grant.pk)]
    assert changes == [("changed", ["revoked_at"]), ("changed", ["valid_until"]), ("added", [])]


def test_a_note_and_its_case_cannot_be_changed_unseen_and_what_is_disposed_of_is_counted_alone(
    cast: Cast,
) -> None:
    case = casework.case_of(cast.pupils[0], {Role.SOCIAL_WORKER: cast.social_worker})
    by_hand(f"UPDATE cases_case SET responsible_id = {cast.leader.pk} WHERE id = {case.pk}")
    assert former.formers("cases_case", case.pk)[0].before == {"responsible_id": case.responsible_id}
    many = Former.objects.count()
    by_hand("SET LOCAL fravaer.disposing = 'batch 7'")
    by_hand("DELETE FROM accounts_grant")
    by_hand("SET LOCAL fravaer.disposing = ''")
    (last,) = Former.objects.order_by("pk")[many:]
    assert (last.change, last.row_key, last.pupil_id) == ("disposed", "batch 7", None)
    assert last.before["rows"] > 0


@pytest.mark.parametrize("change", ["UPDATE audit_former SET before = '{}'", "DELETE FROM audit_former"])
def test_nobody_changes_what_was_kept(cast: Cast, absent: Absence, change: str) -> None:
    by_hand("DELETE FROM absence_absence")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        by_hand(change)
