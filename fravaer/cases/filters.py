"""How are the worklist and the list of cases narrowed?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, ChoiceFilter, FilterSet

from fravaer.cases import worklist
from fravaer.cases.models import Crossing, State
from fravaer.cases.worklist import Watch
from fravaer.core.listing import every_word
from fravaer.core.scope import Scope
from fravaer.schools.models import School

named = every_word("pupil__given_name", "pupil__family_name")


class PupilFilter(FilterSet):  # type: ignore[misc]
    """By name, and by school where the reader has several."""

    q = CharFilter(label=_("Name"), method=named, max_length=100)
    school = ChoiceFilter(label=_("School"), field_name="school_now_id", empty_label=_("All"))

    def __init__(self, *args: Any, schools: Sequence[School], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(schools) > 1:
            self.filters["school"].extra["choices"] = [(school.pk, school.name) for school in schools]
        else:
            del self.filters["school"]


class WorklistFilter(PupilFilter):
    """Of the part of the list that is watched."""

    band = ChoiceFilter(
        label=_("Stage"),
        empty_label=_("All"),
        choices=[(1, _("Early effort")), (2, _("Absence team")), (3, _("Massive absence"))],
    )

    def __init__(self, *args: Any, watch: Watch, scope: Scope, day: date, seen: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked = (watch, scope, day, seen)

    def filter_queryset(self, queryset: QuerySet[Crossing]) -> QuerySet[Crossing]:
        narrowed: QuerySet[Crossing] = super().filter_queryset(queryset)
        return worklist.watched(narrowed, *self.asked)


class CaseFilter(PupilFilter):
    state = ChoiceFilter(label=_("Status"), empty_label=_("All"), choices=State.choices)
