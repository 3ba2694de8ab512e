"""Which areas, schools, classes and pupils are visible to this scope?"""

from __future__ import annotations

from datetime import date
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from fravaer.core.scope import Scope

if TYPE_CHECKING:
    from fravaer.schools.models import Area, Enrolment, Pupil, School, SchoolClass  # noqa: F401


class AreaQuerySet(models.QuerySet["Area"]):
    def visible_to(self, scope: Scope) -> Self:
        return self if scope.municipality else self.filter(pk__in=scope.areas)


class SchoolQuerySet(models.QuerySet["School"]):
    def visible_to(self, scope: Scope) -> Self:
        """Schools the actor holds wholly; a teacher's classes do not make their school hers."""
        if scope.municipality:
            return self
        return self.filter(Q(pk__in=scope.schools) | Q(area_id__in=scope.areas))

    def named(self, wanted: str) -> School | None:
        """The one of these schools a page's choice names by its id; without a choice the first by name."""
        if wanted.isdecimal():
            return self.filter(pk=int(wanted)).first()
        return self.order_by("sort_name", "pk").first()


class SchoolClassQuerySet(models.QuerySet["SchoolClass"]):
    def visible_to(self, scope: Scope) -> Self:
        if scope.municipality:
            return self
        return self.filter(_in_units(scope, school_class="pk", school="school_id", area="school__area_id"))

    def in_year_of(self, day: date) -> Self:
        """Classes of the school year that `day` lies in."""
        return self.filter(school_year__starts_on__lte=day, school_year__until__gt=day)


class EnrolmentQuerySet(models.QuerySet["Enrolment"]):
    def on(self, day: date) -> Self:
        return self.filter(starts_on__lte=day, until__gt=day)


class PupilQuerySet(models.QuerySet["Pupil"]):
    def visible_to(self, scope: Scope, day: date) -> Self:
        """Pupils enrolled on `day` in a unit the actor holds, or opened to her by a case.

        A role of figures reaches no pupil by its units, and only the chief one whose case was put before her. Whom the actor
        is kept away from she does not reach at all.
        """
        if not scope.persons:
            return self.filter(pk__in=scope.pupils - scope.blocked)
        if scope.blocked:
            return self.exclude(pk__in=scope.blocked)._reached_by(scope, day)
        return self._reached_by(scope, day)

    def _reached_by(self, scope: Scope, day: date) -> Self:
        if scope.municipality:
            return self
        from fravaer.schools.models import Enrolment

        in_units = _in_units(
            scope,
            school_class="school_class_id",
            school="school_class__school_id",
            area="school_class__school__area_id",
        )
        enrolled = Enrolment.objects.on(day).filter(in_units)
        return self.filter(Q(pk__in=enrolled.values("pupil_id")) | Q(pk__in=scope.pupils))


def _in_units(scope: Scope, *, school_class: str, school: str, area: str) -> Q:
    """Whether the row lies in one of the scope's units, by way of these columns; of no unit when the scope has none.

    A kind of unit the scope has none of is not asked about: the database need not join its tables.
    """
    held = {school_class: scope.classes, school: scope.schools, area: scope.areas}
    ways = [Q((f"{column}__in", units)) for column, units in held.items() if units]
    return reduce(or_, ways) if ways else Q(pk__in=[])
