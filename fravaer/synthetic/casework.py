"""Which cases does the demonstration begin with?

Work that was under way before the told morning (`story`): an absence team that works with one pupil, an early effort
whose action is overdue, a case that was closed, a pupil put off for a while, one whose home was spoken with, and a teacher's
concern. All of it was done by the demonstration's people, each on a day of its own, through the same rooms as every day. The
pupils are those the evenings before found over a line; where there are none, there is no work.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID, uuid5

from fravaer.accounts.demo import demo_user
from fravaer.accounts.scoping import scope_of
from fravaer.cases import (
    activating,
    agreed,
    assignment,
    belonging,
    concerns,
    contacts,
    goals,
    interventions,
    lifecycle,
    meetings,
    notes,
    offers,
    snoozes,
    voices,
    worklist,
)
from fravaer.cases.domains import Domain
from fravaer.cases.models import (
    Case,
    Conclusion,
    ContactKind,
    Crossing,
    Deed,
    Kept,
    Level,
    MeetingKind,
    Outcome,
    SnoozeReason,
    Voice,
)
from fravaer.core.scope import Scope
from fravaer.synthetic.attendance import ZONE
from fravaer.synthetic.people import Municipality

TEAM_BAND, EARLY_BAND = 2, 1
FRIDAY = 4
# A pupil's case needs a few school days behind it to tell anything.
SHORTEST = 8


@dataclass(frozen=True, slots=True)
class Person:
    """One of the demonstration's people, at work at a moment."""

    pk: int

    def at(self, moment: datetime) -> Scope:
        return scope_of(self.pk, moment)


@dataclass(frozen=True, slots=True)
class Town:
    """The demonstration's people, and the school days before the day in view, the latest last."""

    people: dict[str, Person]
    days: Sequence[date]
    view: date

    def on(self, ago: int, hour: int = 10) -> datetime:
        """A moment so many school days before the day in view."""
        return datetime.combine(self.days[-ago], time(hour), tzinfo=ZONE)

    def ahead(self, days: int) -> date:
        """A weekday some days after the day in view."""
        day = self.view + timedelta(days=days)
        return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > FRIDAY else 0)


PEOPLE = ("laerer", "skoleleder", "inklusion", "socialraadgiver", "skolechef", "psykolog")


def begin(of: Municipality) -> int:
    """Do the work; answers how many pupils it is about. Without the demonstration's people there is none."""
    people = {key: Person(user.pk) for key in PEOPLE if (user := demo_user(key))}
    if len(people) < len(PEOPLE):
        return 0
    year = of.years[-1]
    days = [year.days[number] for number in year.open if number < year.view]
    town = Town(people, days, year.days[year.view])
    if len(days) <= SHORTEST:
        return 0
    found = _over_a_line(town, of.demo_class.id)
    team = _taken(found, TEAM_BAND, least=30, days=days)
    done = 0
    if team:
        _absence_team(team, town)
        done += 1
    for work in (_early_effort, _closed, _put_off, _spoken_with, _assigned):
        crossing = _taken(found, EARLY_BAND, least=SHORTEST, days=days)
        if crossing:
            work(crossing, town)
            done += 1
    return done + _concern(town)


def _over_a_line(town: Town, told_class: int) -> list[Crossing]:
    """The standing crossings at the first school, the longest standing first; not in the class of the told morning."""
    leader = town.people["skoleleder"].at(town.on(1, hour=23))
    rows = worklist.rows(leader, town.days[-1]).exclude(school_class_id=told_class)
    return sorted(rows, key=lambda row: (row.crossed_on, row.pupil.uuid))


def _taken(found: list[Crossing], band: int, *, least: int, days: Sequence[date]) -> Crossing | None:
    """The first of this band that has stood for so many school days; it is no longer among the found. The longest otherwise."""
    of_band = [one for one in found if one.band == band]
    old = [one for one in of_band if one.crossed_on <= days[-min(least, len(days) - 1)]]
    for one in (old or of_band)[:1]:
        found.remove(one)
        return one
    return None


def _key(crossing: Crossing, name: str) -> UUID:
    return uuid5(crossing.pupil.uuid, name)


def _since(crossing: Crossing, town: Town) -> int:
    """How many school days ago the pupil was found, at most forty."""
    return min(40, sum(1 for day in town.days if day > crossing.crossed_on))


def _opened(crossing: Crossing, town: Town, who: str, ago: int) -> Case:
    moment = town.on(ago)
    return lifecycle.open_case(crossing, town.people[who].at(moment), moment).case


def _seen(case: Case, scope: Scope) -> int:
    return lifecycle.version(Case.objects.get(pk=case.pk), scope)


def _absence_team(crossing: Crossing, town: Town) -> None:
    """Opened by the school social worker, referred, discussed, activated by two, and at work with Back2School."""
    span = max(SHORTEST, _since(crossing, town))
    steps = [max(1, span - span * part // 12) for part in range(12)]
    case = _opened(crossing, town, "socialraadgiver", steps[0])
    worker, leader = town.people["socialraadgiver"], town.people["skoleleder"]
    chief, psychologist = town.people["skolechef"], town.people["psykolog"]
    _talked(case, crossing, town, steps)
    now = town.on(steps[4])
    scope = worker.at(now)
    activating.refer(
        case,
        scope,
        now,
        now.date(),
        seen=_seen(case, scope),
        chief_id=chief.pk,
        psychologist_id=psychologist.pk,
        text="Fraværet er steget trods aftalerne, og tilknytningen til klassen er lille.",
    )
    now = town.on(steps[5])
    scope = psychologist.at(now)
    activating.discuss(
        case,
        scope,
        now,
        now.date(),
        key=_key(crossing, "discussion"),
        seen=_seen(case, scope),
        held_on=now.date(),
        conclusion=Conclusion.ACTIVATE,
        text="Vi er enige om, at fraværsteamet skal i gang med et Back2School-forløb.",
    )
    for who, step in ((chief, 5), (psychologist, 6)):
        now = town.on(steps[step], hour=13)
        activating.agree(case, who.at(now), now)
    _at_work(case, crossing, town, steps)
    now = town.on(steps[10])
    agreed.agree(
        leader.at(now),
        now,
        pupil_id=crossing.pupil_id,
        deed=Deed.SUPPORT,
        responsible_id=leader.pk,
        due_on=town.ahead(6),
        key=_key(crossing, "support"),
        text="En voksen tager imod ved døren hver morgen kl. 8.",
        case=case,
    )


def _talked(case: Case, crossing: Crossing, town: Town, steps: Sequence[int]) -> None:
    """What was heard, tried and noted before the team."""
    worker = town.people["socialraadgiver"]
    said = (
        (Voice.CHILD, "Jeg får ondt i maven om morgenen. Det er værst de dage, hvor vi skal fremlægge."),
        (Voice.PARENTS, "Morgenerne ender i gråd. Vi vil gerne have hjælp, før det bliver værre."),
        (Voice.SCHOOL, "Er med, når timen er i gang, men har svært ved at komme ind ad døren."),
    )
    for voice, text in said:
        now = town.on(steps[1])
        key = _key(crossing, f"view {voice}")
        voices.say(case, worker.at(now), now, key=key, voice=voice, text=text, domain=Domain.SCHOOL)
    now = town.on(steps[1], hour=14)
    contacts.note(
        worker.at(now),
        now,
        pupil_id=crossing.pupil_id,
        kind=ContactKind.PHONE,
        held_on=now.date(),
        key=_key(crossing, "call"),
        text="Talte med mor om morgenerne.",
        case=case,
    )
    action = agreed.agree(
        worker.at(now),
        now,
        pupil_id=crossing.pupil_id,
        deed=Deed.VISIT,
        responsible_id=worker.pk,
        due_on=town.days[-steps[3]],
        key=_key(crossing, "visit"),
        case=case,
    )
    now = town.on(steps[3])
    agreed.settle(action, worker.at(now), now, kept=Kept.KEPT, remark="Besøgt to gange.")
    for voice, level in ((Voice.CHILD, Level.LITTLE), (Voice.SCHOOL, Level.LITTLE)):
        belonging.read(
            case,
            worker.at(now),
            now,
            key=_key(crossing, f"attachment {voice}"),
            level=level,
            voice=voice,
            said_on=now.date(),
        )
    now = town.on(steps[3], hour=15)
    scope = worker.at(now)
    notes.add(
        case,
        scope,
        now,
        text="Familien har selv søgt hjælp hos os tidligere.",
        domain=None,
        key=_key(crossing, "note"),
        seen=_seen(case, scope),
    )


def _at_work(case: Case, crossing: Crossing, town: Town, steps: Sequence[int]) -> None:
    """The team's plan: a goal, Back2School, answers about belonging before and now, and the next meeting."""
    psychologist = town.people["psykolog"]
    now = town.on(steps[7])
    scope = psychologist.at(now)
    goals.aim(
        case,
        scope,
        now,
        key=_key(crossing, "goal"),
        text="Møder to timer tre dage om ugen",
        due_on=town.ahead(20),
    )
    offer = offers.named("back2school")
    interventions.begin(
        case,
        scope,
        now,
        key=_key(crossing, "back2school"),
        offer=offer,
        since=now.date(),
        responsible_id=psychologist.pk,
        domain=Domain.SCHOOL,
    )
    for step, answers in ((7, (2, 2, 3, 1, 2)), (11, (3, 2, 4, 2, 3))):
        moment = town.on(steps[step])
        for voice in Voice:
            belonging.answer(
                case,
                psychologist.at(moment),
                moment,
                key=_key(crossing, f"answers {step} {voice}"),
                voice=voice,
                said_on=moment.date(),
                answers=dict(zip(("friends", "lessons", "adult", "contact", "wish"), answers, strict=True)),
            )
    now = town.on(steps[10])
    starts = datetime.combine(town.ahead(8), time(14), tzinfo=ZONE)
    meetings.call(
        case,
        psychologist.at(now),
        now,
        key=_key(crossing, "meeting"),
        kind=MeetingKind.NETWORK,
        starts_at=starts,
        ends_at=starts + timedelta(hours=1),
        place="Skolens mødelokale",
        participants=["Mor", "Skoleleder", "Skolesocialrådgiver"],
        domain=Domain.SCHOOL,
    )


def _early_effort(crossing: Crossing, town: Town) -> None:
    """Opened by the inclusion team; the call that was agreed on has not been made."""
    team = town.people["inklusion"]
    ago = max(6, min(15, _since(crossing, town)))
    case = _opened(crossing, town, "inklusion", ago)
    now = town.on(ago, hour=12)
    agreed.agree(
        team.at(now),
        now,
        pupil_id=crossing.pupil_id,
        deed=Deed.CALL,
        responsible_id=team.pk,
        due_on=town.days[-2],
        key=_key(crossing, "call"),
        text="Aftal et møde om morgenerne.",
        case=case,
    )


def _closed(crossing: Crossing, town: Town) -> None:
    """A case that went well, and is looked at again in some weeks."""
    leader = town.people["skoleleder"]
    ago = max(6, _since(crossing, town))
    case = _opened(crossing, town, "skoleleder", ago)
    now = town.on(3)
    scope = leader.at(now)
    lifecycle.close(
        case,
        scope,
        now,
        seen=_seen(case, scope),
        outcome=Outcome.BETTER,
        text="Fast kontaktlærer om morgenen. Møder nu hver dag.",
    )


def _put_off(crossing: Crossing, town: Town) -> None:
    now = town.on(2)
    snoozes.snooze(
        town.people["skoleleder"].at(now),
        now,
        pupil_id=crossing.pupil_id,
        reason=SnoozeReason.KNOWN_ILLNESS,
        until=town.ahead(18),
        key=_key(crossing, "snooze"),
        text="Opereret; tilbage efter lægens skøn.",
    )


def _spoken_with(crossing: Crossing, town: Town) -> None:
    now = town.on(4)
    contacts.note(
        town.people["inklusion"].at(now),
        now,
        pupil_id=crossing.pupil_id,
        kind=ContactKind.PHONE,
        held_on=now.date(),
        key=_key(crossing, "call"),
        text="Far ringer tilbage.",
    )


def _assigned(crossing: Crossing, town: Town) -> None:
    now = town.on(1, hour=12)
    assignment.assign(
        town.people["skoleleder"].at(now),
        now,
        pupil_id=crossing.pupil_id,
        school_id=crossing.school_id,
        user_id=town.people["socialraadgiver"].pk,
    )


def _concern(town: Town) -> int:
    """The teacher of the told class worries about a pupil of hers who is over a line; nobody has answered yet."""
    now = town.on(3, hour=15)
    scope = town.people["laerer"].at(now)
    leader = town.people["skoleleder"].at(town.on(1, hour=23))
    hers = (
        worklist.rows(leader, town.days[-1]).filter(school_class_id__in=scope.classes).order_by("pupil__uuid")
    )
    for crossing in hers[:1]:
        concerns.raise_one(
            scope,
            now,
            pupil_id=crossing.pupil_id,
            text="Er holdt op med at være med i frikvartererne.",
            key=_key(crossing, "concern"),
        )
        return 1
    return 0
