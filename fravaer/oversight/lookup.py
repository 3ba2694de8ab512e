"""Which child, and which member of staff, does the controller mean?

A child by her key, or by her whole name and nothing less: no list to leaf through. That somebody looked is noted, whatever was
found. The controller reaches no child by her grants, so that these few questions are asked past the database's walls, read only.
"""

from __future__ import annotations

import unicodedata
from uuid import UUID

from django.db.models import Value
from django.db.models.functions import Concat, Lower

from fravaer.accounts.models import User
from fravaer.audit import trail
from fravaer.core.scope import Scope
from fravaer.core.walls import DatabaseRole, acting_as
from fravaer.schools.models import Pupil

MOST = 10


def pupils(scope: Scope, words: str, reason: str) -> list[Pupil]:
    """The children with this key or exactly this name, at most ten namesakes."""
    said = " ".join(unicodedata.normalize("NFC", words).split())
    try:
        rows = Pupil.objects.filter(uuid=UUID(said))
    except ValueError:
        whole = Lower(Concat("given_name", Value(" "), "family_name"))
        rows = Pupil.objects.annotate(whole=whole).filter(whole=said.lower())
    with acting_as(DatabaseRole.REPORT):
        found = list(rows.exclude(pk__in=scope.blocked).order_by("pk")[:MOST])
    trail.saw(scope, "control.lookup", [pupil.pk for pupil in found], reason=reason)
    return found


def pupil(scope: Scope, uuid: UUID) -> Pupil | None:
    """The child with this key, wherever she goes to school; not one the controller is kept away from herself."""
    with acting_as(DatabaseRole.REPORT):
        return Pupil.objects.filter(uuid=uuid).exclude(pk__in=scope.blocked).first()


def person(email: str) -> User | None:
    """The member of staff with exactly this address."""
    return User.objects.filter(email__iexact=email.strip()).first()


def names(user_ids: set[int]) -> dict[int, str]:
    """The names of members of staff, by their ids. One query."""
    return dict(User.objects.filter(pk__in=user_ids).values_list("pk", "name"))


def children(pupil_ids: set[int]) -> dict[int, Pupil]:
    """The children of entries the controller has found. One query."""
    with acting_as(DatabaseRole.REPORT):
        return Pupil.objects.in_bulk(pupil_ids)
