"""Which part of a case belongs to whom?

School and social services count as different authorities: what social services write stays with them unless they write it
for both (forvaltningsloven §§ 28, 32). A role reads and writes in the domains below; the first is where it writes when
nothing else is chosen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q, TextChoices
from django.utils.translation import gettext_lazy as _

from fravaer.accounts.fields import Field, visible_fields
from fravaer.accounts.roles import Action, Role
from fravaer.core.scope import Scope

if TYPE_CHECKING:
    from fravaer.cases.models import Case


class Domain(TextChoices):
    SCHOOL = "school", _("School and social services")
    SOCIAL = "social", _("Social services only")
    PPR = "ppr", _("Psychologists only")


# What of a case each of them holds.
NOTES: dict[Domain, Field] = {
    Domain.SCHOOL: Field.NOTES_SCHOOL,
    Domain.SOCIAL: Field.NOTES_SOCIAL,
    Domain.PPR: Field.NOTES_PPR,
}
# A pupil in nobody's case: what is shown of her is shown of everybody.
NOBODY = 0
DOMAINS: dict[Role, tuple[Domain, ...]] = {
    Role.LEADER: (Domain.SCHOOL,),
    Role.INCLUSION: (Domain.SCHOOL,),
    Role.PSYCHOLOGIST: (Domain.PPR, Domain.SCHOOL),
    Role.SOCIAL_WORKER: (Domain.SOCIAL, Domain.SCHOOL),
    Role.SOCIAL_LEADER: (Domain.SOCIAL, Domain.SCHOOL),
    Role.CONSULTANT: (Domain.SOCIAL, Domain.SCHOOL),
    # Reads the school's part of a case that is put before her.
    Role.CHIEF: (Domain.SCHOOL,),
}


def domains(scope: Scope) -> tuple[Domain, ...]:
    """The domains the actor's role reads and writes in; none for roles outside casework."""
    shown = visible_fields(scope)
    found = DOMAINS.get(Role(scope.role), ()) if scope.role else ()
    return tuple(domain for domain in found if NOTES[domain] in shown)


def readable(scope: Scope, *mine: str) -> Q:
    """What of the work with pupils visible to her the actor may read: of her own domains, and of a case only what is inside one
    she reads. What stands beside every case she reads, and what is hers by one of the columns `mine`.
    """
    inside = Q(case=None) | Q(pupil_id__in=scope.pupils)
    shown = visible_fields(scope, NOBODY)
    inside |= Q(domain__in=[domain for domain, field in NOTES.items() if field in shown])
    for column in mine:
        inside |= Q((column, scope.actor_id))
    return Q(domain__in=domains(scope)) & inside


def may(scope: Scope, action: Action, pupil_id: int) -> bool:
    """Whether the actor may do this in a case about the pupil: as one who takes part, or because she may in all her unit.

    The case must be visible to her already.
    """
    if not scope.may(action):
        return False
    return pupil_id in scope.pupils or scope.may(f"{action}.unit")


def reads(case: Case, scope: Scope) -> bool:
    """Whether the actor reads what is inside a case visible to her: she takes part, or leads the pupil's school.

    Others who may know of the case see that it exists, why it was opened, and its steps.
    """
    return not visible_fields(scope, case).isdisjoint(NOTES.values())
