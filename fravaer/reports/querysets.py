"""Which notes, initiatives, tasks of the year and files are visible to this scope?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from fravaer.core.scope import Scope
from fravaer.schools.models import Area, School

if TYPE_CHECKING:
    from fravaer.reports.models import Annotation, Export, Initiative, WheelItem  # noqa: F401


class AnnotationQuerySet(models.QuerySet["Annotation"]):
    def visible_to(self, scope: Scope) -> Self:
        """The municipality's notes, which stand under everybody's comparison, and those on the areas and schools within reach."""
        if scope.municipality:
            return self
        return self.filter(
            Q(area=None, school=None)
            | Q(area__in=Area.objects.visible_to(scope))
            | Q(school__in=School.objects.visible_to(scope))
        )


class InitiativeQuerySet(models.QuerySet["Initiative"]):
    def visible_to(self, scope: Scope) -> Self:
        """Those of the areas within reach, and those about a school within reach."""
        if scope.municipality:
            return self
        return self.filter(
            Q(area__in=Area.objects.visible_to(scope)) | Q(school__in=School.objects.visible_to(scope))
        )


class WheelItemQuerySet(models.QuerySet["WheelItem"]):
    def visible_to(self, scope: Scope) -> Self:
        """The municipality's tasks, and those of the areas one holds or has a school in."""
        if scope.municipality:
            return self
        return self.filter(
            Q(area=None)
            | Q(area__in=Area.objects.visible_to(scope))
            | Q(area__in=School.objects.visible_to(scope).values("area_id"))
        )


class ExportQuerySet(models.QuerySet["Export"]):
    def visible_to(self, scope: Scope) -> Self:
        """Those the actor asked for herself, in the role she acts in."""
        return self.filter(asked_by_id=scope.actor_id, role=scope.role)
