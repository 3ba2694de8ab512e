"""How are the lists of known absence and of contradictions narrowed?"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, ChoiceFilter, FilterSet

from fravaer.absence.models import Discrepancy, Known
from fravaer.core.listing import every_word
from fravaer.schools.models import SchoolClass

named = every_word("pupil__given_name", "pupil__family_name")


class KnownFilter(FilterSet):  # type: ignore[misc]
    """By name, class and kind; of today and later, unless one asks for what is over or no longer holds."""

    q = CharFilter(label=_("Name"), method=named, max_length=100)
    school_class = ChoiceFilter(label=_("Class"), field_name="class_now_id", empty_label=_("All"))
    kind = ChoiceFilter(
        label=_("What"),
        empty_label=_("All"),
        choices=[
            (Known.Kind.ILLNESS.value, _("Ill")),
            (Known.Kind.LEAVE.value, _("Leave")),
            (Known.Kind.ACTIVITY.value, _("Trip or other activity")),
        ],
    )
    when = ChoiceFilter(
        label=_("When"),
        empty_label=_("Today and later"),
        choices=[("today", _("Today")), ("over", _("Over")), ("gone", _("Refused or withdrawn"))],
        method="of_when",
    )

    def __init__(self, *args: Any, classes: Iterable[SchoolClass], day: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.day = day
        self.filters["school_class"].extra["choices"] = [(one.pk, str(one)) for one in classes]

    def of_when(self, rows: QuerySet[Any], field: str, value: str) -> QuerySet[Any]:
        return rows

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().filter_queryset(queryset)
        holds = rows.filter(state__in=[Known.State.ASKED, Known.State.STANDS])
        match self.form.cleaned_data.get("when"):
            case "today":
                return holds.filter(since__lte=self.day, until__gt=self.day)
            case "over":
                return holds.filter(until__lte=self.day)
            case "gone":
                return rows.filter(state__in=[Known.State.REFUSED, Known.State.WITHDRAWN], replaced_by=None)
            case _:
                return holds.filter(until__gt=self.day)


class DiscrepancyFilter(FilterSet):  # type: ignore[misc]
    """By name and kind; those open, unless one asks for the settled."""

    q = CharFilter(label=_("Name"), method=named, max_length=100)
    kind = ChoiceFilter(label=_("What"), empty_label=_("All"), choices=Discrepancy.Kind.choices)
    state = ChoiceFilter(
        label=_("Status"), empty_label=_("Open"), choices=[("settled", _("Settled"))], method="of_state"
    )

    def of_state(self, rows: QuerySet[Any], field: str, value: str) -> QuerySet[Any]:
        return rows

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().filter_queryset(queryset)
        settled = self.form.cleaned_data.get("state") == "settled"
        return rows.filter(settled_at__isnull=not settled)
