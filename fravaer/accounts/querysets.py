"""Which uses of emergency access are visible to this scope?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models

from fravaer.accounts.roles import Action, Role
from fravaer.core.scope import Scope

if TYPE_CHECKING:
    from fravaer.accounts.models import Emergency  # noqa: F401


class EmergencyQuerySet(models.QuerySet["Emergency"]):
    def visible_to(self, scope: Scope) -> Self:
        """Those of others: all for the controller, and for a leader those she was told of when they were opened."""
        if not scope.may(Action.EMERGENCY_ANSWER):
            return self.none()
        others = self.exclude(user=scope.actor_id)
        return others if scope.role == Role.CONTROLLER else others.filter(alerts__user=scope.actor_id)
