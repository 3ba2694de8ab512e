"""Who takes this case over, and have they said so?

A case is offered to another unit with what was tried, and stays where it is until somebody there accepts. The clock is one,
in school days, and both sides see it. A unit that has no users here (the Family House, the youth effort) answers whoever
offered, who writes the answer down. The youth effort (KUI) and Hotspot take a case out of the school: accepted, it is closed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fravaer.accounts.colleagues import Colleague
from fravaer.accounts.roles import Action, Role
from fravaer.cases import lifecycle, parties, sharing
from fravaer.cases.domains import domains, may
from fravaer.cases.models import (
    AgreedAction,
    Case,
    Contact,
    HandOver,
    Intervention,
    Kept,
    Meeting,
    Shared,
    Stage,
    StepKind,
    Unit,
)
from fravaer.core.scope import Scope
from fravaer.core.templatetags.danish import shortdate
from fravaer.schools import schooldays

# Units whose people are users here, and the roles they take a case over in.
ROLES: dict[Unit, tuple[Role, ...]] = {
    Unit.INCLUSION: (Role.INCLUSION, Role.LEADER),
    Unit.SOCIAL: (Role.SOCIAL_WORKER, Role.CONSULTANT),
    Unit.PPR: (Role.PSYCHOLOGIST,),
}
# The absence team is not among them: it is activated, not handed over to.
TO = (*ROLES, *(unit for unit in parties.BY_NAME if unit != Unit.OTHER))
YOUTH = frozenset({Unit.KUI, Unit.HOTSPOT})
# School days to answer in.
ANSWER_IN = 5


class NotAsked(Exception):
    """The actor was not asked, or the one she wants to ask does not work there."""


class ReasonMissing(Exception):
    """Nobody has said why the case is not taken over."""


class Answered(Exception):
    """The hand-over has been answered meanwhile."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the checklist: what it asks, and what the case already knows of it."""

    key: str
    question: str
    prefilled: str


def checklist(case: Case, scope: Scope) -> list[Line]:
    """What was tried, as far as the actor reads it; counted and dated, for her to complete."""
    own = domains(scope)
    actions = AgreedAction.objects.filter(case=case, domain__in=own).exclude(kept=Kept.CANCELLED)
    offers = Intervention.objects.filter(case=case, domain__in=own).select_related("offer")
    meetings = Meeting.objects.filter(
        sharing.visible(case, scope, Shared.MEETING), case=case, held_at__isnull=False
    )
    contacts = Contact.objects.filter(pupil_id=case.pupil_id, domain__in=own, at__gte=case.opened_at)
    return [
        Line(
            "actions",
            _("Actions so far"),
            "\n".join(
                f"{shortdate(one.due_on)}: {one.get_deed_display()}"
                + (f" – {one.text}" if one.text else "")
                + (f" ({one.get_kept_display()})" if one.kept else "")
                for one in actions.order_by("due_on", "pk")
            ),
        ),
        Line(
            "interventions",
            _("Offers so far"),
            "\n".join(f"{shortdate(one.since)}: {one.offer.name}" for one in offers.order_by("since", "pk")),
        ),
        Line(
            "meetings",
            _("Meetings held"),
            "\n".join(
                f"{shortdate(one.starts_at)}: {one.get_kind_display()}"
                for one in meetings.order_by("starts_at", "pk")
            ),
        ),
        Line("contacts", _("Contact with the home"), _contacts(contacts)),
        Line("knows", _("Who has told the parents and the child of the hand-over, and when"), ""),
        Line("agreed", _("What is agreed with them, and not done yet"), ""),
    ]


@transaction.atomic
def offer(
    case: Case,
    scope: Scope,
    now: datetime,
    day: date,
    *,
    key: UUID,
    seen: int,
    unit: Unit,
    colleague: Colleague | None,
    answers: Mapping[str, str],
    text: str,
    due_on: date | None = None,
) -> HandOver:
    """Offer the case. Who is asked sees it from now on. Due in five school days, or on the day given. A retry offers none.

    Raises NotAllowed also while another offer is open, Stale, or NotAsked for somebody who does not work in the unit.
    """
    if scope.actor_id is None or not may(scope, Action.CASE_HAND_OVER, case.pupil_id):
        raise PermissionError("the actor hands no cases over")
    held = lifecycle.locked(case)
    known = HandOver.objects.filter(key=key, case=held, offered_by_id=scope.actor_id).first()
    if known:
        return known
    lifecycle.require_step(held, StepKind.OFFER, scope, None)
    lifecycle.require_seen(held, scope, seen)
    if open_of(held):
        raise lifecycle.StillOffered("another hand-over awaits its answer")
    if unit not in TO or (unit in ROLES) != (colleague is not None):
        raise NotAsked
    if colleague is not None and (
        colleague.role not in ROLES[unit] or colleague.user_id == held.responsible_id
    ):
        raise NotAsked
    made = HandOver.objects.create(
        key=key,
        case=held,
        from_unit=held.unit,
        to_unit=unit,
        to_user_id=colleague.user_id if colleague else None,
        checklist={line: said for line, said in answers.items() if said.strip()},
        text=text,
        offered_by_id=scope.actor_id,
        offered_at=now,
        due_on=due_on or schooldays.after(ANSWER_IN, day),
    )
    lifecycle.take(held, StepKind.OFFER, scope, now, detail={"unit": unit.value})
    if colleague is not None:
        parties.show(held, colleague.user_id, colleague.role, scope, now)
    return made


@transaction.atomic
def accept(offered: HandOver, scope: Scope, now: datetime, *, text: str = "") -> None:
    """Take the case over: its unit and who is responsible change, and so does nothing before this.

    For a unit without users whoever may hand over writes its answer down, and stays responsible. Raises Answered, NotAllowed
    or NotAsked.
    """
    held, asked = _held(offered, scope)
    unit = Unit(asked.to_unit)
    youth = unit in YOUTH
    _settle(asked, scope, now, accepted=True, text=text)
    lifecycle.take(
        held,
        StepKind.ACCEPT,
        scope,
        now,
        to=Stage.YOUTH if youth else None,
        unit=unit,
        responsible_id=asked.to_user_id,
        detail={"unit": unit.value},
    )
    if asked.to_user_id:
        parties.let_in(held, asked.to_user_id, Role(scope.role), scope, now, unit=unit)


@transaction.atomic
def decline(offered: HandOver, scope: Scope, now: datetime, *, text: str) -> None:
    """Say no, with a reason; or, as one who may hand over, take the offer back. The case stays.

    Raises Answered, NotAllowed, NotAsked or ReasonMissing.
    """
    held, asked = _held(offered, scope, taking_back=True)
    if not text.strip():
        raise ReasonMissing
    _settle(asked, scope, now, accepted=False, text=text)
    lifecycle.take(held, StepKind.DECLINE, scope, now, text=text, detail={"unit": asked.to_unit})
    if asked.to_user_id:
        parties.hide(held, asked.to_user_id, scope, now)


def open_of(case: Case) -> HandOver | None:
    """The hand-over of the case that awaits its answer, or None."""
    return (
        HandOver.objects.filter(case=case, answered_at=None).select_related("to_user", "offered_by").first()
    )


def of(case: Case) -> Sequence[HandOver]:
    """Every hand-over of the case, the newest first."""
    found = HandOver.objects.filter(case=case).select_related("to_user", "offered_by", "answered_by")
    return list(found.order_by("-offered_at", "-pk"))


def named(case: Case, wanted: UUID) -> HandOver | None:
    """The hand-over of the case that an address names, or None."""
    return HandOver.objects.filter(case=case, uuid=wanted).select_related("case").first()


def asked_of(scope: Scope) -> QuerySet[HandOver]:
    """What the actor herself is asked to take over, the first due first."""
    return (
        HandOver.objects.filter(to_user_id=scope.actor_id, answered_at=None, case__pupil_id__in=scope.pupils)
        .select_related("case__pupil", "offered_by")
        .order_by("due_on", "pk")
    )


def answers(offered: HandOver, scope: Scope) -> bool:
    """Whether the actor is the one to answer: she was asked, or notes what a unit without users has said."""
    if offered.to_user_id is not None:
        return offered.to_user_id == scope.actor_id and scope.role in ROLES[Unit(offered.to_unit)]
    return may(scope, Action.CASE_HAND_OVER, offered.case.pupil_id)


def takes_back(offered: HandOver, scope: Scope) -> bool:
    """Whether the actor may take the offer back."""
    return may(scope, Action.CASE_HAND_OVER, offered.case.pupil_id)


def _held(offered: HandOver, scope: Scope, *, taking_back: bool = False) -> tuple[Case, HandOver]:
    held = lifecycle.locked(offered.case)
    asked = HandOver.objects.select_related("case").get(pk=offered.pk)
    if not (answers(asked, scope) or (taking_back and takes_back(asked, scope))):
        raise NotAsked
    if asked.answered_at is not None:
        raise Answered
    return held, asked


def _settle(asked: HandOver, scope: Scope, now: datetime, *, accepted: bool, text: str) -> None:
    asked.answered_by_id, asked.answered_at = scope.actor_id, now
    asked.accepted, asked.answer = accepted, text
    asked.save(update_fields=["answered_by", "answered_at", "accepted", "answer"])


def _contacts(contacts: QuerySet[Contact]) -> str:
    count = contacts.count()
    if not count:
        return ""
    latest = contacts.order_by("-at", "-pk")[0]
    words = ngettext("%(count)d contact, the latest %(day)s", "%(count)d contacts, the latest %(day)s", count)
    return words % {"count": count, "day": shortdate(latest.at)}
