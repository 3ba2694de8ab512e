"""Who has agreed to do what about this child, by when, and was it done?

The only writer of agreed actions. An open one is what takes a child off the list of those nobody acts on; a note or a
contact never is. An action belongs to a domain like everything else in a case: who does not read the domain is not
counted as having acted by it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet

from fravaer.accounts.roles import Action
from fravaer.audit import trail
from fravaer.cases import domains as parts
from fravaer.cases.domains import Domain, domains, may
from fravaer.cases.lifecycle import NotOpen
from fravaer.cases.models import AgreedAction, Case, Crossing, Deed, Goal, Kept, Meeting, State
from fravaer.cases.notes import KeyReused
from fravaer.core.scope import Scope

__all__ = ["AlreadySettled", "KeyReused", "NotOpen", "agree", "of_pupils", "open_of", "readable", "settle"]
LONGEST = 2_000


class AlreadySettled(Exception):
    """Somebody has settled the action otherwise; what she wrote stands."""


def readable(scope: Scope) -> QuerySet[AgreedAction]:
    """The actions the actor may read; whose pupils she sees is asked elsewhere."""
    return AgreedAction.objects.filter(parts.readable(scope, "agreed_by_id", "responsible_id"))


def of_pupils(pupil_ids: Collection[int], scope: Scope) -> QuerySet[AgreedAction]:
    """All actions about these pupils that the actor may read: open ones first, by their day; then the latest settled."""
    return (
        readable(scope)
        .filter(pupil_id__in=pupil_ids)
        .select_related("responsible", "agreed_by", "settled_by")
        .order_by(F("settled_at").desc(nulls_first=True), "due_on", "pk")
    )


def one(case: Case, scope: Scope, uuid: UUID) -> AgreedAction:
    """An action of the case that the actor may read. Raises DoesNotExist."""
    return readable(scope).get(uuid=uuid, case=case)


def open_of(
    pupil_ids: Collection[int], within: Iterable[Domain] | None = None
) -> dict[int, list[AgreedAction]]:
    """Each pupil's open actions, the next first; of some domains or of all. One query."""
    found: dict[int, list[AgreedAction]] = defaultdict(list)
    rows = AgreedAction.objects.filter(pupil_id__in=pupil_ids, settled_at=None).select_related("responsible")
    if within is not None:
        rows = rows.filter(domain__in=list(within))
    for action in rows.order_by("due_on", "pk"):
        found[action.pupil_id].append(action)
    return dict(found)


@transaction.atomic
def agree(
    scope: Scope,
    now: datetime,
    *,
    pupil_id: int,
    deed: Deed,
    responsible_id: int,
    due_on: date,
    key: UUID,
    text: str = "",
    domain: Domain | None = None,
    case: Case | None = None,
    crossing: Crossing | None = None,
    goal: Goal | None = None,
    meeting: Meeting | None = None,
) -> AgreedAction:
    """Agree on an action about a pupil visible to the actor, in the domain wanted if it is hers. A retry agrees on none.

    Raises NotOpen when its case has been closed meanwhile, KeyReused when the form's key has agreed on another.
    """
    if scope.actor_id is None or not may_work(scope, pupil_id):
        raise PermissionError("the actor agrees on no actions about this pupil")
    if case is not None and Case.objects.select_for_update().get(pk=case.pk).state != State.OPEN:
        raise NotOpen
    own = domains(scope)
    action, made = AgreedAction.objects.get_or_create(
        key=key,
        defaults={
            "pupil_id": pupil_id,
            "case": case,
            "crossing": crossing,
            "goal": goal,
            "meeting": meeting,
            "deed": deed,
            "text": text,
            "responsible_id": responsible_id,
            "due_on": due_on,
            "domain": domain if domain in own else Domain.SCHOOL if Domain.SCHOOL in own else own[0],
            "agreed_by_id": scope.actor_id,
            "agreed_at": now,
        },
    )
    if not made:
        if (action.pupil_id, action.agreed_by_id) != (pupil_id, scope.actor_id):
            raise KeyReused
        return action
    _note(scope, "action.agree", action, {"deed": action.deed, "due_on": due_on.isoformat()})
    return action


@transaction.atomic
def settle(
    action: AgreedAction, scope: Scope, now: datetime, *, kept: Kept, remark: str = ""
) -> AgreedAction:
    """Say how it went. The same answer again changes nothing.

    An action outlives its case, so it is settled in a closed one too. Raises AlreadySettled when somebody has answered otherwise.
    """
    if scope.actor_id is None or not may_work(scope, action.pupil_id):
        raise PermissionError("the actor settles no actions about this pupil")
    locked = AgreedAction.objects.select_for_update().get(pk=action.pk)
    if locked.settled_at is not None:
        if (locked.kept, locked.remark) == (kept, remark):
            return locked
        raise AlreadySettled
    locked.kept, locked.remark = kept, remark
    locked.settled_by_id, locked.settled_at = scope.actor_id, now
    locked.save(update_fields=["kept", "remark", "settled_by", "settled_at"])
    _note(scope, "action.settle", locked, {"kept": kept})
    return locked


def may_work(scope: Scope, pupil_id: int) -> bool:
    """Whether the actor acts on a pupil visible to her: it is her work, or she takes part in the pupil's case."""
    return bool(domains(scope)) and (scope.may(Action.WORK) or may(scope, Action.CASE_NOTE, pupil_id))


def _note(scope: Scope, what: str, action: AgreedAction, detail: dict[str, str]) -> None:
    trail.changed(
        scope.actor_id,
        what,
        role=scope.role,
        subject="action",
        subject_id=action.uuid,
        pupil_ids=[action.pupil_id],
        detail={**detail, "domain": action.domain},
    )
