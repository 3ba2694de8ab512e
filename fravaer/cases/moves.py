"""Which pupils of open cases have gone to another school or class?

Asked by night. The case follows its pupil: the new school's leader sees it as the old one's did, notes stay with their
domain, and the move is written into it as a step. People of the old school take part no longer, save who is responsible,
until another is made so.
"""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from fravaer.cases import lifecycle, parties
from fravaer.cases.domains import Domain
from fravaer.cases.models import Case, Party, State, Step, StepKind
from fravaer.core.scope import NOTHING
from fravaer.schools.models import Enrolment, SchoolClass


def follow(day: date, now: datetime) -> int:
    """Write the moves up to `day` into the open cases they concern, each once. Returns how many cases moved.

    Going up a year in the same school is no move; nor is leaving, which the case's page says by itself.
    """
    cases = {case.pupil_id: case for case in Case.objects.filter(state=State.OPEN).select_related("crossing")}
    here = dict(
        Enrolment.objects.on(day).filter(pupil_id__in=cases).values_list("pupil_id", "school_class_id")
    )
    before = {case.pk: case.crossing.school_class_id for case in cases.values()}
    steps = Step.objects.filter(case__in=before, kind=StepKind.MOVE).order_by("at", "pk")
    before |= {step.case_id: int(step.detail["class"]) for step in steps}
    classes = SchoolClass.objects.in_bulk({*here.values(), *before.values()})
    moved = 0
    for pupil_id, class_id in here.items():
        case = cases[pupil_id]
        was, now_in = classes.get(before[case.pk]), classes[class_id]
        if was is not None and _moved(was, now_in):
            moved += _write(case, was, now_in, now)
    return moved


def _moved(was: SchoolClass, now_in: SchoolClass) -> bool:
    if was.school_id != now_in.school_id:
        return True
    return was.school_year_id == now_in.school_year_id and was.pk != now_in.pk


@transaction.atomic
def _write(case: Case, was: SchoolClass, now_in: SchoolClass, now: datetime) -> bool:
    held = lifecycle.locked(case)
    if held.state != State.OPEN:
        return False
    latest = Step.objects.filter(case=held, kind=StepKind.MOVE).order_by("-at", "-pk").first()
    if latest is not None and latest.detail.get("class") == now_in.pk:
        return False
    lifecycle.note_move(
        held,
        held.responsible_id,
        now,
        {"class": now_in.pk, "from_class": was.pk, "school": now_in.school_id, "from_school": was.school_id},
    )
    if was.school_id != now_in.school_id:
        school = Party.objects.filter(case=held, until=None, domain=Domain.SCHOOL)
        for party in school.exclude(user=None).exclude(user_id=held.responsible_id):
            parties.let_out(held, NOTHING, now, party_id=party.pk)
    return True
