"""Which unit is meant: the municipality, an area or a school?

Targets, notes and the lines of the quarter are about the same units, and name them by the same key.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from django.utils.translation import gettext as _

from fravaer.absence.percentage import By
from fravaer.core.scope import Scope
from fravaer.schools.models import Area, School

# How the figures are grouped, and the group: `("school", 7)`.
Key = tuple[By | Literal["own"], int]
WHOLE: Key = ("all", 0)
# The several schools of somebody who holds neither area nor municipality: figures alone, no target and no note of their own.
OWN: Key = ("own", 0)


@dataclass(frozen=True, slots=True)
class Place:
    """A unit with its name for people and its name in an address."""

    key: Key
    code: str
    name: str


def of_row(area_id: int | None, school_id: int | None) -> Key:
    """The unit a row is about; neither area nor school is the municipality."""
    if school_id is not None:
        return ("school", school_id)
    return WHOLE if area_id is None else ("area", area_id)


def columns(key: Key) -> dict[str, Any]:
    """The columns in which a row says that it is about the unit."""
    by, pk = key
    if key == OWN:
        raise ValueError("several schools have no row of their own")
    return {"area_id": pk if by == "area" else None, "school_id": pk if by == "school" else None}


def whole() -> Place:
    """The municipality, which everybody with the quarter's figures compares herself with."""
    return Place(WHOLE, "whole", _("The whole municipality"))


def of_area(area: Area) -> Place:
    return Place(("area", area.pk), f"area-{area.code}", area.name)


def of_school(school: School) -> Place:
    return Place(("school", school.pk), f"school-{school.pk}", school.name)


def seen(scope: Scope) -> list[Place]:
    """The municipality, and the areas and schools within reach, by name. Two queries."""
    areas = Area.objects.visible_to(scope).order_by("name", "pk")
    schools = School.objects.visible_to(scope).order_by("sort_name", "pk")
    return [whole(), *(of_area(area) for area in areas), *(of_school(school) for school in schools)]


def answered_for(scope: Scope) -> list[Place]:
    """The units within reach, the municipality only for those who hold it. Two queries."""
    return [place for place in seen(scope) if reaches(scope, place.key)]


def reaches(scope: Scope, key: Key) -> bool:
    """Whether a unit that was found visible is the actor's own, and not only what she compares herself with."""
    return key != WHOLE or scope.municipality


def named(places: Iterable[Place], code: str) -> Place | None:
    """The one of these units an address names, or None."""
    return next((place for place in places if place.code == code), None)
