"""Notes to the figures: whose they are, where they are printed, and what becomes of one taken away."""

from __future__ import annotations

from uuid import uuid4

from django.test import Client

from fravaer.accounts.models import User
from fravaer.core.periods import Quarter
from fravaer.reports.models import Annotation
from tests.cast import Cast, signed_in
from tests.reports.test_quarter_page import QUARTER, take

NOTES = f"{QUARTER}notes/"


def write(user: User, unit: str, text: str = "Mange syge i februar", **changed: str) -> int:
    data = {"unit": unit, "since": "2026-02-02", "last_day": "2026-02-20", "text": text, "key": str(uuid4())}
    return signed_in(user).post(f"{NOTES}add/", data | changed).status_code


def test_a_note_is_a_footnote_of_every_quarter_its_days_touch(cast: Cast) -> None:
    take(cast.class_7b, [])
    assert write(cast.area_manager, f"school-{cast.school.pk}") == 303
    assert (
        write(cast.area_manager, "area-nord", "Ny praksis", since="2025-11-01", last_day="2025-12-31") == 303
    )
    leader: Client = signed_in(cast.leader)
    page = leader.get(QUARTER).content.decode()
    assert "Mange syge i februar" in page
    # It has its number beside the school, and at the foot.
    assert 'href="#note-1"' in page
    assert 'id="note-1"' in page
    # Its last day lies before the quarter.
    assert "Ny praksis" not in page
    manager = signed_in(cast.area_manager)
    assert "Ny praksis" in manager.get(f"/reports/quarter/{Quarter(2025, 4)}/notes/").content.decode()
    assert "Mange syge" not in signed_in(cast.stranger).get(NOTES).content.decode()


def test_notes_are_written_on_ones_own_units_alone(cast: Cast) -> None:
    assert write(cast.leader, f"school-{cast.school.pk}") == 303
    assert write(cast.leader, "whole") == 403
    assert write(cast.leader, f"school-{cast.other_school.pk}") == 404
    assert write(cast.area_manager, "area-syd") == 404
    assert write(cast.mette, f"school-{cast.school.pk}") == 403
    assert Annotation.objects.count() == 1


def test_a_note_too_long_or_ending_before_it_begins_comes_back(cast: Cast) -> None:
    unit = f"school-{cast.school.pk}"
    assert write(cast.leader, unit, "x" * 301) == 422
    assert write(cast.leader, unit, last_day="2026-02-01") == 422
    assert not Annotation.objects.exists()


def test_sent_twice_it_is_one_note(cast: Cast) -> None:
    key = str(uuid4())
    unit = f"school-{cast.school.pk}"
    assert [write(cast.leader, unit, key=key), write(cast.leader, unit, key=key)] == [303, 303]
    assert write(cast.leader, unit, "Noget andet", key=key) == 400
    assert Annotation.objects.count() == 1


def test_a_note_taken_away_leaves_every_page_and_its_row_stays(cast: Cast) -> None:
    write(cast.area_manager, f"school-{cast.school.pk}")
    note = Annotation.objects.get()
    address = f"{NOTES}{note.uuid}/remove/"
    assert signed_in(cast.stranger).post(address).status_code == 404
    assert signed_in(cast.leader).post(address).status_code == 303
    assert "Mange syge" not in signed_in(cast.area_manager).get(NOTES).content.decode()
    note.refresh_from_db()
    assert note.removed_by_id == cast.leader.pk
