"""Which samples and hits are visible to this scope?"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from fravaer.accounts.roles import Action, Role
from fravaer.core.scope import Scope
from fravaer.schools.models import School

if TYPE_CHECKING:
    from fravaer.oversight.models import Hit, Insight, Sample  # noqa: F401


class SampleQuerySet(models.QuerySet["Sample"]):
    def visible_to(self, scope: Scope) -> Self:
        """Those of one's own unit and side; of oneself none. The controller sees all."""
        if scope.may(Action.LOG_CONTROL):
            return self
        if not scope.may(Action.SAMPLE_ANSWER):
            return self.none()
        sides = ["school" if scope.role == Role.LEADER else "social", "either"]
        return self.filter(side__in=sides, school__in=School.objects.visible_to(scope)).exclude(
            actor=scope.actor_id
        )

    def waiting(self) -> Self:
        return self.filter(needed=None)

    def for_the_controller(self, today: date) -> Self:
        """What a leader has not answered in time, or said there was no need for, and nobody has settled."""
        return self.filter(Q(needed=False) | Q(needed=None, due_on__lt=today), settled_at=None)


class HitQuerySet(models.QuerySet["Hit"]):
    def visible_to(self, scope: Scope) -> Self:
        """The controller's alone; those of herself are another controller's."""
        return self.exclude(actor=scope.actor_id) if scope.may(Action.LOG_CONTROL) else self.none()


class InsightQuerySet(models.QuerySet["Insight"]):
    def visible_to(self, scope: Scope) -> Self:
        """Those about pupils of one's schools when it was asked, and of one's cases; the controller sees all."""
        found = self.exclude(pupil__in=scope.blocked)
        if scope.may(Action.INSIGHT_RELEASE):
            return found
        if not scope.may(Action.INSIGHT_PREPARE):
            return self.none()
        return found.filter(Q(school__in=School.objects.visible_to(scope)) | Q(pupil__in=scope.pupils))
