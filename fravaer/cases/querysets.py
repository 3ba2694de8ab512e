"""Which crossings and cases are visible to this scope, and where do their pupils go to school now?"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.db import models
from django.db.models import F, FilteredRelation, Q

from fravaer.accounts.roles import Action
from fravaer.core.scope import Scope
from fravaer.schools.models import Enrolment, Pupil, School, SchoolClass

if TYPE_CHECKING:
    from fravaer.cases.models import (  # noqa: F401
        Case,
        ClassEffort,
        Cluster,
        Crossing,
        Letter,
        Referral,
        Rule,
        RuleProposal,
        Unsaid,
    )

QuerySetT = TypeVar("QuerySetT", bound=models.QuerySet[Any])


class CrossingQuerySet(models.QuerySet["Crossing"]):
    def visible_to(self, scope: Scope, day: date) -> Self:
        """Crossings of the pupils the actor reaches on `day`, for roles that have a worklist."""
        if not scope.may(Action.WORKLIST):
            return self.none()
        return self.filter(pupil__in=Pupil.objects.visible_to(scope, day))

    def with_place(self, day: date) -> Self:
        """With the year group, letter and school of each pupil's class on `day`; None where there is none."""
        return self.annotate(**_place(day))


class UnsaidQuerySet(models.QuerySet["Unsaid"]):
    def visible_to(self, scope: Scope, day: date) -> Self:
        """What cannot be said of the pupils the actor reaches on `day`, for roles that have a worklist."""
        if not scope.may(Action.WORKLIST):
            return self.none()
        return self.filter(pupil__in=Pupil.objects.visible_to(scope, day))

    def with_place(self, day: date) -> Self:
        """With the year group, letter and school of each pupil's class on `day`; None where there is none."""
        return self.annotate(**_place(day))


class ClusterQuerySet(models.QuerySet["Cluster"]):
    def visible_to(self, scope: Scope) -> Self:
        """Patterns of the classes in the actor's units; a teacher sees none, not even her own class's."""
        return _of_classes(self, scope)


class ClassEffortQuerySet(models.QuerySet["ClassEffort"]):
    def visible_to(self, scope: Scope) -> Self:
        """Efforts with the classes in the actor's units."""
        return _of_classes(self, scope)


class CaseQuerySet(models.QuerySet["Case"]):
    def visible_to(self, scope: Scope, day: date) -> Self:
        """Cases the actor takes part in; for some roles every case about a pupil of their units."""
        if not scope.may(Action.CASE_READ):
            return self.none()
        if scope.may(Action.CASE_READ_UNIT):
            return self.filter(pupil__in=Pupil.objects.visible_to(scope, day))
        return self.filter(pupil_id__in=scope.pupils)

    def with_place(self, day: date) -> Self:
        """With the year group, letter and school of each pupil's class on `day`; None where there is none."""
        return self.annotate(**_place(day))


class LetterQuerySet(models.QuerySet["Letter"]):
    def visible_to(self, scope: Scope, day: date) -> Self:
        """Letters about pupils in whose cases the actor takes part; for the school's office and leader all of their pupils.

        Who works in no case, as the office, sees warnings alone.
        """
        if not scope.may(Action.LETTER_READ):
            return self.none()
        rows = self if scope.may(Action.CASE_READ) else self.filter(kind="warning")
        if scope.may(Action.LETTER_READ_UNIT):
            return rows.filter(pupil__in=Pupil.objects.visible_to(scope, day))
        return rows.filter(pupil_id__in=scope.pupils)


class ReferralQuerySet(models.QuerySet["Referral"]):
    def visible_to(self, scope: Scope, day: date) -> Self:
        """Referrals about pupils of the units of those who receive them for the municipality."""
        if not scope.may(Action.REFERRAL_RECEIVE):
            return self.none()
        return self.filter(pupil__in=Pupil.objects.visible_to(scope, day))


def _of_classes(found: QuerySetT, scope: Scope) -> QuerySetT:
    if not scope.may(Action.CLASS_EFFORT_READ):
        return found.none()
    # Who takes part in a pupil's case knows of the work with the pupil's class.
    of_cases = Enrolment.objects.filter(pupil_id__in=scope.pupils).values("school_class_id")
    return found.filter(
        Q(school_class__in=SchoolClass.objects.visible_to(scope)) | Q(school_class_id__in=of_cases)
    )


class RuleQuerySet(models.QuerySet["Rule"]):
    def visible_to(self, scope: Scope) -> Self:
        """The municipality's rules, and those of the actor's own schools, for roles that read rules."""
        return self.filter(_of_own_school(scope)) if scope.may(Action.RULES_READ) else self.none()


class RuleProposalQuerySet(models.QuerySet["RuleProposal"]):
    def visible_to(self, scope: Scope) -> Self:
        """Proposals about the municipality's rules, and about those of the actor's own schools."""
        return self.filter(_of_own_school(scope)) if scope.may(Action.RULES_READ) else self.none()


def _of_own_school(scope: Scope) -> Q:
    return Q(school=None) | Q(school__in=School.objects.visible_to(scope))


def _place(day: date) -> dict[str, FilteredRelation | F]:
    # A pupil has one class at a time, so the join never doubles a row.
    on_the_day = Q(pupil__enrolments__starts_on__lte=day, pupil__enrolments__until__gt=day)
    return {
        "place": FilteredRelation("pupil__enrolments", condition=on_the_day),
        "year_group_now": F("place__school_class__year_group"),
        "letter_now": F("place__school_class__letter"),
        "school_now_id": F("place__school_class__school_id"),
        "school_now": F("place__school_class__school__name"),
        "school_sort": F("place__school_class__school__sort_name"),
    }
