"""Which messages, replies and halts are visible to this scope?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q

from fravaer.core.scope import Scope
from fravaer.schools.models import Guardianship

if TYPE_CHECKING:
    from fravaer.sms.models import Halt, Inbound, Message, Withheld  # noqa: F401


def _visible_to(scope: Scope) -> Q:
    """Messages about pupils of a class, school or area the actor holds, as it was on the message's day.

    None about a pupil she is kept away from.
    """
    if scope.municipality:
        held = Q()
    else:
        held = (
            Q(school_class_id__in=scope.classes)
            | Q(school_id__in=scope.schools)
            | Q(school__area_id__in=scope.areas)
        )
    return held & ~Q(pupil_id__in=scope.blocked) if scope.blocked else held


class MessageQuerySet(models.QuerySet["Message"]):
    def visible_to(self, scope: Scope) -> Self:
        """None for roles that see figures only."""
        if not scope.persons:
            return self.none()
        return self.filter(_visible_to(scope))


class WithheldQuerySet(models.QuerySet["Withheld"]):
    def visible_to(self, scope: Scope) -> Self:
        """None for roles that see figures only."""
        if not scope.persons:
            return self.none()
        return self.filter(_visible_to(scope))


def _of_schools(scope: Scope) -> Q:
    """What is a school's as a whole, and no single class's."""
    return Q(school_id__in=scope.schools) | Q(school__area_id__in=scope.areas)


class HaltQuerySet(models.QuerySet["Halt"]):
    def visible_to(self, scope: Scope) -> Self:
        """Halts of the schools the actor holds."""
        return self if scope.municipality else self.filter(_of_schools(scope))


class InboundQuerySet(models.QuerySet["Inbound"]):
    def visible_to(self, scope: Scope) -> Self:
        """Replies to the schools the actor holds; none for roles that see figures only.

        One whose school is not plain is seen by every school at which a child of the number's guardians was that day. None about
        a pupil the actor is kept away from, nor from a number of that pupil's guardians.
        """
        if not scope.persons:
            return self.none()
        if scope.blocked:
            from_theirs = Guardianship.objects.filter(
                pupil__in=scope.blocked, guardian__phones__e164=OuterRef("from_e164")
            )
            about = Q(pupil__isnull=False, pupil__in=scope.blocked)
            return self.filter(~about, ~Exists(from_theirs))._reached_by(scope)
        return self._reached_by(scope)

    def _reached_by(self, scope: Scope) -> Self:
        if scope.municipality:
            return self
        theirs = Guardianship.objects.filter(
            Q(pupil__enrolments__school_class__school_id__in=scope.schools)
            | Q(pupil__enrolments__school_class__school__area_id__in=scope.areas),
            guardian__phones__e164=OuterRef("from_e164"),
            pupil__enrolments__starts_on__lte=OuterRef("received_at__date"),
            pupil__enrolments__until__gt=OuterRef("received_at__date"),
        )
        return self.filter(_of_schools(scope) | Q(Exists(theirs), school=None))
