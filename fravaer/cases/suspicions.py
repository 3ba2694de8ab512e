"""What may staying away do for the child, and what weighs on her?

School refusal is understood by what it does for the child: it keeps her from something that hurts, or gives her something
she lacks. Beside those four functions stand strains at school and at home, which are eased where talking does not fit. These are
suppositions, written by name and date; who no longer supposes one ends it, and the row stays.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from fravaer.cases import writing
from fravaer.cases.models import Case, Suspicion
from fravaer.core.scope import Scope


class Function(TextChoices):
    """Four functions of staying away, in plain words, and strains in two places."""

    UNEASE = "unease", _("Keeps away from something at school that hurts or frightens")
    JUDGED = "judged", _("Keeps away from being looked at, tested or rejected by others")
    CLOSENESS = "closeness", _("Stays close to somebody at home")
    REWARD = "reward", _("Gets something outside school that means more")
    STRAIN_SCHOOL = "strain_school", _("Strains at school")
    STRAIN_HOME = "strain_home", _("Strains at home")


@transaction.atomic
def suppose(
    case: Case, scope: Scope, now: datetime, *, key: UUID, function: Function, text: str = ""
) -> Suspicion:
    """Add a supposition. A retry adds nothing. Raises what `writing` raises."""
    locked = writing.locked(case, scope)
    if known := writing.before(Suspicion, key, locked, scope, function=function, text=text):
        return known
    writing.require_open(locked)
    row = Suspicion.objects.create(
        key=key, case=locked, function=function, text=text, by_id=writing.author(scope), at=now
    )
    writing.left(locked, scope, "suspicion", function=row.function)
    return row


@transaction.atomic
def end(case: Case, scope: Scope, now: datetime, *, key: UUID) -> Suspicion:
    """It is no longer supposed. Ending it twice changes nothing. Raises DoesNotExist for one of another case."""
    locked = writing.locked(case, scope)
    row = Suspicion.objects.get(key=key, case=locked)
    if row.ended_at is None:
        writing.require_open(locked)
        row.ended_at, row.ended_by_id = now, writing.author(scope)
        row.save(update_fields=["ended_at", "ended_by"])
        writing.left(locked, scope, "suspicion_end", function=row.function)
    return row


def of(case: Case) -> list[Suspicion]:
    """Every supposition of the case, those that stand first, the newest first."""
    rows = Suspicion.objects.filter(case=case).select_related("by", "ended_by").order_by("-at", "-pk")
    return sorted(rows, key=lambda row: row.ended_at is not None)
