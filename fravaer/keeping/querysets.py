"""Which terms, holds and batches are visible to this scope?

The controller looks after the whole municipality's and nobody else sees any.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models

from fravaer.accounts.roles import Action
from fravaer.core.scope import Scope

if TYPE_CHECKING:
    from fravaer.keeping.models import Batch, Hold, Term  # noqa: F401


class TermQuerySet(models.QuerySet["Term"]):
    def visible_to(self, scope: Scope) -> Self:
        return self if scope.may(Action.KEEPING) and scope.municipality else self.none()


class HoldQuerySet(models.QuerySet["Hold"]):
    def visible_to(self, scope: Scope) -> Self:
        return self if scope.may(Action.KEEPING) and scope.municipality else self.none()


class BatchQuerySet(models.QuerySet["Batch"]):
    def visible_to(self, scope: Scope) -> Self:
        return self if scope.may(Action.KEEPING) and scope.municipality else self.none()
