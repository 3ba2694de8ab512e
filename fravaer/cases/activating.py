"""How does a case come to the absence team?

It is referred to a chief and a psychologist, who discuss it; both activate it, each signed in herself. The second makes it
so: the psychologist coordinates and is responsible from then on. Percent proposes and people decide: without absence over
the line or little attachment whoever refers says why. (Vesthimmerland's revised procedure, August 2024: the team can be
activated after a discussion between the school and day-care chief and CPP.)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import OuterRef, Subquery

from fravaer.absence import percentage
from fravaer.absence.tallies import cut_tenths
from fravaer.accounts.colleagues import Colleague, colleagues
from fravaer.accounts.models import User
from fravaer.accounts.roles import Action, Role
from fravaer.cases import lifecycle, parties, rules
from fravaer.cases.domains import may
from fravaer.cases.models import (
    Activation,
    AttachmentReading,
    Case,
    Conclusion,
    Discussion,
    Level,
    Rule,
    Stage,
    State,
    Step,
    StepKind,
    Unit,
)
from fravaer.cases.querysets import CaseQuerySet
from fravaer.core.periods import school_year_of
from fravaer.core.scope import Scope

# The two sides that activate together.
SIDES = (Role.CHIEF, Role.PSYCHOLOGIST)
INTO: dict[Conclusion, Stage] = {
    Conclusion.ACTIVATE: Stage.DISCUSSED,
    Conclusion.EARLY: Stage.EARLY,
    Conclusion.OTHER: Stage.REFERRED,
}


class ReasonMissing(Exception):
    """Neither absence nor attachment proposes the absence team, and nobody has said why all the same."""


class NotAsked(Exception):
    """The person was not put before this case in that role, or is not one who works in it."""


class InTheFuture(Exception):
    """A discussion is noted after it was held."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the figures and the latest attachment reading propose.

    `tenths` are those of all absence of the school year so far, None where nothing was counted; `line` is the percent above
    which the absence team is proposed. `reading` is the latest, None where nobody has said.
    """

    tenths: int | None
    line: int
    over: bool
    reading: AttachmentReading | None

    @property
    def weak(self) -> bool:
        return self.reading is not None and self.reading.level <= Level.LITTLE

    @property
    def proposed(self) -> bool:
        return self.over or self.weak


def proposal(case: Case, day: date) -> Proposal:
    """What is proposed for the case on `day`."""
    so_far = percentage.spent(school_year_of(day), day)
    counted = percentage.tally(so_far, case.pupil_id)
    line = (
        Rule.objects.filter(code=rules.ABSENCE_TEAM.code, enabled=True, valid_from__lte=day)
        .exclude(valid_until__lte=day)
        .order_by("-version")
        .values_list("lower", flat=True)
        .first()
    )
    line = rules.ABSENCE_TEAM.lower if line is None else line
    return Proposal(
        tenths=cut_tenths(counted.absent, counted.possible) if counted.possible else None,
        line=line,
        over=counted.possible > 0 and 100 * counted.absent > line * counted.possible,
        reading=AttachmentReading.objects.filter(case=case).order_by("-said_on", "-pk").first(),
    )


def asked(now: datetime) -> dict[Role, list[Colleague]]:
    """Whom a case can be put before, by side."""
    return {side: colleagues([side], now) for side in SIDES}


@transaction.atomic
def refer(
    case: Case,
    scope: Scope,
    now: datetime,
    day: date,
    *,
    seen: int,
    chief_id: int,
    psychologist_id: int,
    text: str,
) -> None:
    """Put the case before a chief and a psychologist; both see it from now on.

    Raises NotAllowed, Stale, ReasonMissing, or NotAsked for somebody who does not work in the role.
    """
    held = lifecycle.locked(case)
    lifecycle.require_step(held, StepKind.REFER, scope, Stage.REFERRED)
    lifecycle.require_seen(held, scope, seen)
    proposed = proposal(held, day)
    if not (proposed.proposed or text.strip()):
        raise ReasonMissing
    people = dict(zip(SIDES, (chief_id, psychologist_id), strict=True))
    among = asked(now)
    if chief_id == psychologist_id or any(
        user_id not in {one.user_id for one in among[side]} for side, user_id in people.items()
    ):
        raise NotAsked
    lifecycle.take(
        held,
        StepKind.REFER,
        scope,
        now,
        to=Stage.REFERRED,
        text=text,
        detail={"chief": chief_id, "psychologist": psychologist_id, "proposed": int(proposed.proposed)},
    )
    for side, user_id in people.items():
        parties.show(held, user_id, side, scope, now)


@transaction.atomic
def take_back(case: Case, scope: Scope, now: datetime, *, seen: int, text: str) -> None:
    """Take the referral back: those it was put before see the case no longer. Raises NotAllowed, Stale or ReasonMissing."""
    held = lifecycle.locked(case)
    lifecycle.require_step(held, StepKind.TAKE_BACK, scope, Stage.EARLY)
    lifecycle.require_seen(held, scope, seen)
    if not text.strip():
        raise ReasonMissing
    people = before(held)
    lifecycle.take(held, StepKind.TAKE_BACK, scope, now, to=Stage.EARLY, text=text)
    _hide(held, people, scope, now)


@transaction.atomic
def discuss(
    case: Case,
    scope: Scope,
    now: datetime,
    day: date,
    *,
    key: UUID,
    seen: int,
    held_on: date,
    conclusion: Conclusion,
    text: str,
) -> Discussion:
    """Note the discussion between the two the case was put before. A retry notes none.

    Raises NotAllowed, Stale, NotAsked when the actor is neither of them, or InTheFuture.
    """
    if scope.actor_id is None or not may(scope, Action.CASE_DISCUSS, case.pupil_id):
        raise PermissionError("the actor discusses no cases")
    held = lifecycle.locked(case)
    known = Discussion.objects.filter(key=key, case=held, by_id=scope.actor_id).first()
    if known:
        return known
    lifecycle.require_step(held, StepKind.DISCUSS, scope, INTO[conclusion])
    lifecycle.require_seen(held, scope, seen)
    people = before(held)
    if people.get(Role(scope.role)) != scope.actor_id:
        raise NotAsked
    if held_on > day:
        raise InTheFuture
    noted = Discussion.objects.create(
        key=key,
        case=held,
        held_on=held_on,
        chief_id=people[Role.CHIEF],
        psychologist_id=people[Role.PSYCHOLOGIST],
        conclusion=conclusion,
        text=text,
        by_id=scope.actor_id,
        at=now,
    )
    lifecycle.take(
        held, StepKind.DISCUSS, scope, now, to=INTO[conclusion], detail={"conclusion": conclusion.value}
    )
    if INTO[conclusion] == Stage.EARLY:
        _hide(held, people, scope, now)
    return noted


@transaction.atomic
def agree(case: Case, scope: Scope, now: datetime) -> bool:
    """Agree to activate the absence team, as one of the two who discussed the case. Whether this made the case active.

    The second of the two does; whoever agrees twice changes nothing. Raises NotAllowed when the case is not discussed (any
    more), or NotAsked when the actor is neither of the two in the role she acts in.
    """
    if scope.actor_id is None or not may(scope, Action.CASE_ACTIVATE, case.pupil_id):
        raise PermissionError("the actor activates no absence team")
    held = lifecycle.locked(case)
    discussion = standing(held)
    if discussion is None or held.state != State.OPEN:
        raise lifecycle.NotAllowed("nothing was discussed")
    side = Role(scope.role)
    wanted = {Role.CHIEF: discussion.chief_id, Role.PSYCHOLOGIST: discussion.psychologist_id}
    if wanted.get(side) != scope.actor_id:
        raise NotAsked
    done = {one.by_id for one in discussion.activations.all()}
    if scope.actor_id in done:
        return False
    lifecycle.require_step(held, StepKind.AGREE, scope, Stage.DISCUSSED)
    Activation.objects.create(discussion=discussion, by_id=scope.actor_id, role=side, at=now)
    lifecycle.take(held, StepKind.AGREE, scope, now, to=Stage.DISCUSSED, detail={"side": side.value})
    if not done:
        return False
    lifecycle.take(
        held,
        StepKind.ACTIVATE,
        scope,
        now,
        to=Stage.ACTIVE,
        unit=Unit.ABSENCE_TEAM,
        responsible_id=discussion.psychologist_id,
        detail={"psychologist": discussion.psychologist_id},
    )
    parties.let_in(
        held,
        discussion.psychologist_id,
        Role.PSYCHOLOGIST,
        scope,
        now,
        coordinates=True,
        unit=Unit.ABSENCE_TEAM,
    )
    return True


def before(case: Case) -> dict[Role, int]:
    """The chief and the psychologist the case was last put before; nobody when it never was."""
    step = Step.objects.filter(case=case, kind=StepKind.REFER).order_by("-at", "-pk").first()
    return {side: int(step.detail[side.value]) for side in SIDES} if step else {}


def names_before(case: Case) -> list[tuple[Role, str]]:
    """The names of those two."""
    people = before(case)
    names = dict(User.objects.filter(pk__in=people.values()).values_list("pk", "name"))
    return [(side, names[user]) for side, user in people.items() if user in names]


def standing(case: Case) -> Discussion | None:
    """The discussion that concluded to activate the team and that the case stands on, or None."""
    if case.stage not in (Stage.DISCUSSED, Stage.ACTIVE):
        return None
    return (
        Discussion.objects.filter(case=case, conclusion=Conclusion.ACTIVATE)
        .select_related("chief", "psychologist")
        .prefetch_related("activations")
        .order_by("-at", "-pk")
        .first()
    )


def put_before(scope: Scope, day: date) -> CaseQuerySet:
    """The cases visible to the actor that await a discussion or an activation of hers."""
    waiting = Case.objects.visible_to(scope, day).filter(
        state=State.OPEN, stage__in=(Stage.REFERRED, Stage.DISCUSSED), pupil_id__in=scope.pupils
    )
    if not scope.may(Action.CASE_DISCUSS):
        return waiting.none()
    latest = Discussion.objects.filter(case=OuterRef("discussion__case"), conclusion=Conclusion.ACTIVATE)
    done = Activation.objects.filter(
        by_id=scope.actor_id, discussion=Subquery(latest.order_by("-at", "-pk").values("pk")[:1])
    ).values("discussion__case_id")
    return waiting.exclude(stage=Stage.DISCUSSED, pk__in=done)


def _hide(case: Case, people: dict[Role, int], scope: Scope, now: datetime) -> None:
    for user_id in people.values():
        parties.hide(case, user_id, scope, now)
