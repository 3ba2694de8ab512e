"""What the calendar and the enrolments of today say is brought about class by class, and keeps no other class waiting."""

from __future__ import annotations

from threading import Event

import pytest
from django.db import transaction
from django.db.models import F

from fravaer.absence import alignment, register
from fravaer.absence.models import Absence, ClassMonth, Register
from tests.absence.conftest import save
from tests.at_once import at_once
from tests.cast import DAY, Cast, signed_in


def taken(cast: Cast) -> None:
    """Registers of two classes of two schools, the first pupil of each away."""
    for person, school_class, pupils in (
        (cast.mette, cast.class_7b, cast.pupils),
        (cast.stranger, cast.other_class, cast.others),
    ):
        marks = {pupil: "I" if at == 0 else "T" for at, pupil in enumerate(pupils)}
        assert save(signed_in(person), school_class, DAY, marks).status_code == 303


@pytest.mark.django_db(transaction=True)
def test_a_save_under_way_in_one_class_keeps_no_other_class_waiting(cast: Cast) -> None:
    taken(cast)
    Register.objects.filter(school_class=cast.class_7b).update(halves=0)
    under_way, aligned = Event(), Event()

    def saving() -> bool:
        with transaction.atomic():
            register.lock(cast.other_class.pk)
            Register.objects.filter(school_class=cast.other_class).update(version=F("version") + 1)
            under_way.set()
            return aligned.wait(timeout=15)

    def aligning() -> int:
        assert under_way.wait(timeout=15)
        changed = alignment.align()
        aligned.set()
        return changed

    held, changed = at_once(saving, aligning)
    assert held is True
    assert changed
    assert set(Register.objects.values_list("halves", flat=True)) == {1}
    assert alignment.wrong_months() == alignment.align() == 0


@pytest.mark.django_db
def test_an_absence_in_a_class_one_never_was_in_decides_nothing(cast: Cast) -> None:
    taken(cast)
    before = dict(ClassMonth.objects.values_list("school_class", "version"))
    aksel = cast.pupils[0]
    aksel.enrolments.update(school_class=cast.class_2a)
    assert alignment.align() > 0
    assert dict(Absence.objects.values_list("pupil", "halves")) == {aksel.pk: 0, cast.others[0].pk: 1}
    assert Register.objects.get(school_class=cast.class_7b).enrolled == len(cast.pupils) - 1
    # Who has shown the sums of a class sees that they have moved, of this class alone.
    after = dict(ClassMonth.objects.values_list("school_class", "version"))
    assert {one for one in after if after[one] != before[one]} == {cast.class_7b.pk}
    assert alignment.wrong_months() == alignment.align() == 0
