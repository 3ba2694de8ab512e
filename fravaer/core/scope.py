"""Which part of the municipality does this request reach?

A plain value, made once for each request from the actor's grants in force at that moment, for the one role she acts in.
Everything that fetches rows for a page takes it; nothing in it is ever stored in a session.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Scope:
    """Who acts, in which role, what that role may do, and over which units.

    `persons` is false for roles that see figures only: no pupil is visible to them by the units they hold. `pupils` are
    those opened one by one by a case. `blocked` are the pupils the actor is kept away from (her own child, for one), whatever
    she holds; whoever fetches rows about pupils leaves them out. `grant_ids` are the grants in force in the role she acts in.
    """

    actor_id: int | None = None
    role: str = ""
    actions: frozenset[str] = frozenset()
    persons: bool = False
    municipality: bool = False
    areas: frozenset[int] = frozenset()
    schools: frozenset[int] = frozenset()
    classes: frozenset[int] = frozenset()
    pupils: frozenset[int] = frozenset()
    blocked: frozenset[int] = frozenset()
    grant_ids: tuple[int, ...] = ()
    # What the role acted in is for, as its grants are.
    purpose: str = ""
    # Every role the actor holds a grant in now; the one she acts in is `role`.
    roles: tuple[str, ...] = field(default=())
    # Names of the areas and schools the role is held over, for the page's header; empty for the whole municipality.
    places: tuple[str, ...] = field(default=())
    # Set while the session reads one child in an emergency, and nothing else: when that ends.
    emergency_until: datetime | None = None

    def may(self, action: str) -> bool:
        return action in self.actions

    @property
    def empty(self) -> bool:
        return not (self.municipality or self.areas or self.schools or self.classes or self.pupils)


NOTHING = Scope()
