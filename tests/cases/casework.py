"""What do tests of casework need to exist? Crossings and cases without the weeks of absence behind them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID, uuid4

from fravaer.accounts import grants
from fravaer.accounts.models import Reach, User
from fravaer.accounts.roles import Role
from fravaer.cases import rulebook
from fravaer.cases.models import (
    AgreedAction,
    Case,
    ClassEffort,
    Cluster,
    Concern,
    Crossing,
    FollowUp,
    Meeting,
    Reading,
    Rule,
    Step,
    WeekPlan,
)
from fravaer.schools.models import Enrolment, Pupil, SchoolClass
from tests import factories
from tests.cast import DAY, MORNING

CROSSED_ON = date(2026, 3, 2)
# Everybody who reads a case by taking part in it.
CASEWORKERS = (
    Role.INCLUSION,
    Role.SOCIAL_WORKER,
    Role.SOCIAL_LEADER,
    Role.CONSULTANT,
    Role.PSYCHOLOGIST,
    Role.CHIEF,
)


def crossing_of(
    pupil: Pupil,
    band: int = 1,
    *,
    over_since: date = CROSSED_ON,
    trend: tuple[int, int] | None = (80, 145),
) -> Crossing:
    """The pupil's standing crossing, made if there is none: of `trend`, the earlier and the recent percent in tenths."""
    standing = Crossing.objects.filter(pupil=pupil, ended_on=None).first()
    if standing:
        return standing
    rule = Rule.objects.filter(family="bands", band=band, version=1).first()
    if rule is None:
        rulebook.ship_defaults()
        rule = Rule.objects.get(family="bands", band=band, version=1)
    place = Enrolment.objects.on(DAY).select_related("school_class").get(pupil=pupil)
    absent = {1: 26, 2: 60, 3: 140}[band]
    made = Crossing.objects.create(
        uuid=uuid4(),
        pupil=pupil,
        rule=rule,
        family="bands",
        band=band,
        school_id=place.school_class.school_id,
        school_class=place.school_class,
        over_since=over_since,
        crossed_on=over_since,
        since=date(2025, 8, 1),
        until=date.fromordinal(over_since.toordinal() + 1),
        possible=210,
        due=210,
        illness=absent,
        leave=0,
        unlawful=0,
        pending=0,
        absent=absent,
        tenths=1000 * absent // 210,
    )
    earlier, recent = trend or (None, None)
    Reading.objects.create(
        crossing=made,
        counted_on=date(2026, 3, 9),
        possible=210,
        due=210,
        absent=absent,
        tenths=1000 * absent // 210,
        earlier_tenths=earlier,
        recent_tenths=recent,
        trend_tenths=None if trend is None else trend[1] - trend[0],
    )
    return made


def case_of(pupil: Pupil, parties: Mapping[Role, User] | None = None) -> Case:
    """The pupil's case, made if there is none; those of `parties` who work in cases take part in it."""
    case = Case.objects.filter(pupil=pupil).first()
    if case is None:
        crossing = crossing_of(pupil)
        opener = factories.user("Åbner Af Sagen")
        case = Case.objects.create(
            pupil=pupil, crossing=crossing, school=crossing.school, responsible=opener, opened_at=MORNING
        )
        Step.objects.create(case=case, kind="open", by=opener, at=MORNING)
    for role in CASEWORKERS:
        if parties and role in parties:
            take_part(parties[role], role, case)
    return case


def action_of(pupil: Pupil, user: User) -> AgreedAction:
    """An open action about the pupil, agreed by the user; made anew when all there were have been settled."""
    found = AgreedAction.objects.filter(pupil=pupil, settled_at=None).first()
    return found or AgreedAction.objects.create(
        key=uuid4(),
        pupil=pupil,
        deed="call",
        responsible=user,
        due_on=DAY,
        agreed_by=user,
        agreed_at=MORNING,
    )


def concern_of(pupil: Pupil, teacher: User) -> Concern:
    """A concern of the teacher's about the pupil, made if there is none."""
    return Concern.objects.filter(pupil=pupil).first() or Concern.objects.create(
        key=uuid4(), pupil=pupil, text="Ofte træt.", by=teacher, at=MORNING
    )


def take_part(user: User, role: Role, case: Case) -> None:
    """Let the user take part in the case, as opening it would."""
    grants.give(
        user_id=user.pk,
        role=role,
        reach=Reach.PUPIL,
        unit_id=case.pupil_id,
        origin="case",
        origin_ref=str(case.uuid),
        valid_from=factories.moment(date(2025, 8, 1)),
        valid_until=factories.moment(date(2027, 8, 1)),
    )


def closed(case: Case) -> Case:
    """The case, closed."""
    if case.state != "closed":
        Case.objects.filter(pk=case.pk).update(state="closed")
        Step.objects.create(case=case, kind="close", by=case.responsible, at=MORNING, outcome="better")
    return case


def cluster_of(school_class: SchoolClass) -> Cluster:
    """The class's standing pattern, made if there is none."""
    figures = {"pupils": 20, "over": 4, "pairs": 1, "trios": 0, "together": 7, "recent": 120, "earlier": 60}
    made, _new = Cluster.objects.get_or_create(
        school_class=school_class,
        ended_on=None,
        defaults={
            "school_id": school_class.school_id,
            "why": ["rising", "several", "together"],
            "found_on": CROSSED_ON,
            "counted_on": date(2026, 3, 9),
            "evidence": figures,
            "latest": figures,
        },
    )
    return made


def effort_with(school_class: SchoolClass, by: User) -> ClassEffort:
    """The open effort with the class, made if there is none."""
    made, _new = ClassEffort.objects.get_or_create(
        school_class=school_class,
        state="open",
        defaults={
            "key": uuid4(),
            "question": "Hvad sker der i frikvartererne?",
            "observed_from": date(2026, 2, 23),
            "observed_until": date(2026, 2, 28),
            "review_on": date(2026, 3, 16),
            "responsible": by,
            "opened_by": by,
            "opened_at": MORNING,
        },
    )
    return made


def meeting_of(case_uuid: UUID) -> Meeting:
    """A meeting of the case that everybody in it reads, made if there is none."""
    case = Case.objects.get(uuid=case_uuid)
    made, _new = Meeting.objects.get_or_create(
        case=case,
        defaults={
            "key": uuid4(),
            "kind": "team",
            "starts_at": factories.moment(date(2026, 3, 18), 14),
            "ends_at": factories.moment(date(2026, 3, 18), 15),
            "participants": ["Lars Toft"],
            "called_by": case.responsible,
            "called_at": MORNING,
        },
    )
    return made


def week_plan_of(pupil: Pupil, parties: Mapping[Role, User] | None = None) -> WeekPlan:
    """A week plan of the pupil's case that nobody has decided on."""
    case = case_of(pupil, parties)
    return WeekPlan.objects.create(
        key=uuid4(),
        case=case,
        since=date(2026, 3, 16),
        until=date(2026, 3, 30),
        days=["whole", "none", "whole", "none", "whole"],
        proposed_by=case.responsible,
        proposed_at=MORNING,
    )


def followed(case: Case) -> Case:
    """The case, closed, with the look at it that is due."""
    closed(case)
    FollowUp.objects.get_or_create(
        case=case,
        settled_at=None,
        defaults={"due_on": DAY, "responsible": case.responsible, "made_at": MORNING},
    )
    return case
