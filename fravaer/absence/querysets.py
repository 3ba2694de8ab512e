"""Which rows of known absence, and which contradictions, are visible to this scope?"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import F, FilteredRelation, Q
from django.db.models.functions import Coalesce

from fravaer.accounts.roles import Action
from fravaer.core.scope import Scope
from fravaer.schools.models import Pupil, SchoolClass

if TYPE_CHECKING:
    from fravaer.absence.models import Discrepancy, Known  # noqa: F401


class KnownQuerySet(models.QuerySet["Known"]):
    def visible_to(self, scope: Scope, day: date) -> Self:
        """Known absence of the pupils and classes the actor reaches on `day`, for roles that work with it."""
        if not scope.may(Action.KNOWN_READ):
            return self.none()
        return self.filter(
            Q(pupil__in=Pupil.objects.visible_to(scope, day))
            | Q(school_class__in=SchoolClass.objects.visible_to(scope).in_year_of(day))
        )

    def with_place(self, day: date) -> Self:
        """With year group, letter and school: of the class, or of the pupil's class on `day` (None where there is none)."""
        return self.annotate(
            # A pupil has one class at a time, so the join never doubles a row.
            place=FilteredRelation(
                "pupil__enrolments",
                condition=Q(pupil__enrolments__starts_on__lte=day, pupil__enrolments__until__gt=day),
            ),
            class_now_id=Coalesce("school_class_id", "place__school_class_id"),
            year_group_now=Coalesce("school_class__year_group", "place__school_class__year_group"),
            letter_now=Coalesce("school_class__letter", "place__school_class__letter"),
            school_now=Coalesce("school_class__school__name", "place__school_class__school__name"),
            school_now_id=Coalesce("school_class__school_id", "place__school_class__school_id"),
        )


class DiscrepancyQuerySet(models.QuerySet["Discrepancy"]):
    def visible_to(self, scope: Scope, day: date) -> Self:
        """Contradictions about the pupils the actor reaches on `day`, for roles that settle them."""
        if not scope.may(Action.DISCREPANCY_SETTLE):
            return self.none()
        return self.filter(pupil__in=Pupil.objects.visible_to(scope, day))

    def with_place(self, day: date) -> Self:
        """With year group, letter and school of the pupil's class on `day`; None where there is none."""
        return self.annotate(
            place=FilteredRelation(
                "pupil__enrolments",
                condition=Q(pupil__enrolments__starts_on__lte=day, pupil__enrolments__until__gt=day),
            ),
            year_group_now=F("place__school_class__year_group"),
            letter_now=F("place__school_class__letter"),
            school_now=F("place__school_class__school__name"),
        )
