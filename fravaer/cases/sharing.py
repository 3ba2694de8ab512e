"""What of another domain has been shown to this one, on what basis?

School, social services and the psychologists count as different authorities, so that a note, a view, a document or a
meeting's minutes belong to one of them; showing one to another is an act of its own, with a basis, and logged
(forvaltningsloven §§ 28, 32). Ask `visible` for every row with a domain: what it leaves out is nowhere counted either.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from fravaer.accounts.roles import Action
from fravaer.audit import trail
from fravaer.cases.domains import Domain, domains, may, reads
from fravaer.cases.models import Case, Document, Meeting, Note, Share, Shared, View
from fravaer.core.scope import Scope

NOTHING = Q(pk__in=())


# On what basis one item is shown to another authority.
BASES: dict[str, str | Promise] = {
    "cooperation": _("Early or preventive cooperation about the child"),
    "consent": _("The parents have agreed to it"),
    "essential": _("Of essential importance for the receiver's task"),
    "duty": _("Duty to notify"),
}
MODELS: dict[Shared, type[Note] | type[View] | type[Document] | type[Meeting]] = {
    Shared.NOTE: Note,
    Shared.VIEW: View,
    Shared.DOCUMENT: Document,
    Shared.MEETING: Meeting,
}
# What an item of each kind is called.
NAMES: dict[Shared, str | Promise] = {
    Shared.NOTE: _("Note"),
    Shared.VIEW: _("View"),
    Shared.DOCUMENT: _("File"),
    Shared.MEETING: _("Meeting"),
}


class NotYours(Exception):
    """The item belongs to a domain of which the actor is no part, or is restricted: it is not hers to show."""


def together(case: Case) -> list[int]:
    """The case and those put together with it: what they hold is shown as one."""
    return [case.pk, *Case.objects.filter(merged_into=case).values_list("pk", flat=True)]


def visible(case: Case, scope: Scope, kind: Shared) -> Q:
    """Which of the case's rows of this kind the actor may read: those of her own domains, and those shared with one of them.

    Restricted notes are never in it, but her own. Nothing at all for one who does not read what is inside the case.
    """
    if not reads(case, scope):
        return NOTHING
    own = domains(scope)
    shown = Share.objects.filter(case__in=together(case), kind=kind, domain__in=own).values("item_id")
    found = Q(domain__in=own) | Q(pk__in=shown)
    if kind == Shared.NOTE:
        found &= Q(restricted=False) | Q(author_id=scope.actor_id)
    return found


def item_of(case: Case, scope: Scope, kind: Shared, item_id: int) -> Note | View | Document | Meeting | None:
    """The item if it is one of the case's that the actor may share: of her own domains, not shown to her by others."""
    if not reads(case, scope):
        return None
    rows = MODELS[kind]._default_manager.filter(
        case__in=together(case), domain__in=domains(scope), pk=item_id
    )
    found: Note | View | Document | Meeting | None = rows.first()
    return None if isinstance(found, Note) and found.restricted else found


@transaction.atomic
def share(
    case: Case,
    scope: Scope,
    now: datetime,
    *,
    kind: Shared,
    item_id: int,
    domain: Domain,
    basis: str,
    text: str = "",
) -> Share:
    """Show one item to another domain. Twice is once.

    Raises NotYours for what is not hers to show, or belongs to that domain already; ValueError for an unknown basis.
    """
    if scope.actor_id is None or not may(scope, Action.CASE_SHARE, case.pupil_id):
        raise PermissionError("the actor shares nothing of this case")
    if basis not in BASES:
        raise ValueError(f"{basis!r} is no basis")
    item = item_of(case, scope, kind, item_id)
    if item is None or item.domain == domain:
        raise NotYours
    shown, made = Share.objects.get_or_create(
        kind=kind,
        item_id=item_id,
        domain=domain,
        defaults={"case": case, "basis": basis, "text": text, "by_id": scope.actor_id, "at": now},
    )
    if made:
        trail.changed(
            scope.actor_id,
            "case.share",
            role=scope.role,
            subject="case",
            subject_id=case.uuid,
            pupil_ids=[case.pupil_id],
            detail={"kind": kind.value, "item": item_id, "domain": domain.value, "basis": basis},
        )
    return shown


def shares(case: Case, scope: Scope) -> dict[tuple[str, int], list[Share]]:
    """With which domains the items the actor can have read are shared, by kind and item."""
    found: dict[tuple[str, int], list[Share]] = {}
    for one in Share.objects.filter(case__in=together(case)).select_related("by").order_by("at"):
        found.setdefault((one.kind, one.item_id), []).append(one)
    return found if reads(case, scope) else {}
