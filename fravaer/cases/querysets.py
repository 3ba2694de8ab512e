"""Which crossings, cases and notes are visible to this scope?"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from fravaer.accounts.roles import Action
from fravaer.cases.domains import Domain, domains
from fravaer.core.scope import Scope
from fravaer.schools.models import Pupil

if TYPE_CHECKING:
    from fravaer.cases.models import Case, Crossing, Note  # noqa: F401


class CrossingQuerySet(models.QuerySet["Crossing"]):
    def visible_to(self, scope: Scope, day: date) -> Self:
        """Crossings of the pupils the actor reaches on `day`, for roles that have a worklist."""
        if not scope.may(Action.WORKLIST):
            return self.none()
        return self.filter(pupil__in=Pupil.objects.visible_to(scope, day))


class CaseQuerySet(models.QuerySet["Case"]):
    def visible_to(self, scope: Scope, day: date) -> Self:
        """Cases the actor takes part in; for some roles every case about a pupil of their units."""
        if not scope.may(Action.CASE_READ):
            return self.none()
        if scope.may(Action.CASE_READ_UNIT):
            return self.filter(pupil__in=Pupil.objects.visible_to(scope, day))
        return self.filter(pupil_id__in=scope.pupils)


class NoteQuerySet(models.QuerySet["Note"]):
    def visible_to(self, scope: Scope, day: date) -> Self:
        """Notes of the actor's domains in the cases she takes part in; a school leader reads the school's in every case."""
        from fravaer.cases.models import Case

        mine = Q(case__pupil_id__in=scope.pupils)
        if scope.may(Action.CASE_NOTE_UNIT):
            mine |= Q(domain=Domain.SCHOOL)
        return self.filter(mine, domain__in=domains(scope), case__in=Case.objects.visible_to(scope, day))
