"""What of another domain has been shown to this one, on what basis?

School, social services and the psychologists count as different authorities, so that a note, a view, a document or a
meeting's minutes belong to one of them; showing one to another is an act of its own, with a basis, and logged
(forvaltningsloven §§ 28, 32). Ask `visible` for every row with a domain: what it leaves out is nowhere counted either.
"""

from __future__ import annotations

from django.db.models import Q

from fravaer.cases.domains import domains, reads
from fravaer.cases.models import Case, Share, Shared
from fravaer.core.scope import Scope

NOTHING = Q(pk__in=())


def visible(case: Case, scope: Scope, kind: Shared) -> Q:
    """Which of the case's rows of this kind the actor may read: those of her own domains, and those shared with one of them.

    Restricted notes are never in it, but her own. Nothing at all for one who does not read what is inside the case.
    """
    if not reads(case, scope):
        return NOTHING
    own = domains(scope)
    shown = Share.objects.filter(case=case, kind=kind, domain__in=own).values("item_id")
    found = Q(domain__in=own) | Q(pk__in=shown)
    if kind == Shared.NOTE:
        found &= Q(restricted=False) | Q(author_id=scope.actor_id)
    return found
