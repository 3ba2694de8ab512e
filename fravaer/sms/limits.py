"""What holds for the SMS of every school of a municipality?

Ceilings, the countries whose numbers are written to, what an SMS costs and how long its words are kept. A municipality that
has chosen nothing goes by the cautious values below. The only writer of limits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from fravaer.audit import trail
from fravaer.core.asking import question
from fravaer.schools.models import Municipality, School
from fravaer.sms import models

DENMARK = "45"
# Until somebody has chosen: no wrong list can reach a thousand families.
CAUTIOUS = 900
# Telephone codes of countries: one to three digits, none of them the beginning of another.
COUNTRY_DIGITS = range(1, 4)
DAYS_KEPT = range(1, 366)


@dataclass(frozen=True, slots=True)
class Limits:
    """What holds; `most_a_day` counts messages, None is no ceiling; `price` is kroner for one SMS of 160 or 70 signs."""

    dry_run: bool = False
    most_a_day: int | None = CAUTIOUS
    price: Decimal | None = None
    countries: tuple[str, ...] = (DENMARK,)
    # Days after which the words of a message, and of a reply, are forgotten.
    keeps_bodies: int = 30
    keeps_replies: int = 30


CHOSEN = tuple(field.name for field in fields(Limits))
UNCHOSEN = Limits()


class ChangedMeanwhile(Exception):
    """Somebody else has changed the limits since they were shown; nothing was written."""


def of(municipality_id: int) -> Limits:
    """What holds for the municipality. One query."""
    return of_all([municipality_id])[municipality_id]


def of_all(municipality_ids: Iterable[int]) -> dict[int, Limits]:
    """What holds for each of the municipalities. One query however many there are."""
    asked = sorted(set(municipality_ids))
    found = {row[0]: _limits(dict(zip(CHOSEN, row[1:], strict=True))) for row in standing(asked)}
    return {one: found.get(one, UNCHOSEN) for one in asked}


@question
def standing(municipality_ids: list[int]) -> QuerySet[models.Limits, tuple[Any, ...]]:
    """What these municipalities have chosen."""
    rows = models.Limits.objects.filter(municipality_id__in=municipality_ids)
    return rows.values_list("municipality_id", *CHOSEN)


def rehearsed() -> Q:
    """The condition under which a row with a school belongs to a municipality that only rehearses."""
    dry = models.Limits.objects.filter(dry_run=True).values("municipality_id")
    return Q(school_id__in=School.objects.filter(area__municipality_id__in=dry).values("pk"))


def problems(wanted: Limits) -> set[str]:
    """The fields in which the limits cannot be as wanted; empty when all can."""
    found = set()
    if wanted.most_a_day is not None and wanted.most_a_day < 0:
        found.add("most_a_day")
    if wanted.price is not None and not 0 <= wanted.price < 100:
        found.add("price")
    if not wanted.countries or any(
        not code.isdecimal() or len(code) not in COUNTRY_DIGITS or code.startswith("0")
        for code in wanted.countries
    ):
        found.add("countries")
    found |= {name for name in ("keeps_bodies", "keeps_replies") if getattr(wanted, name) not in DAYS_KEPT}
    return found


@transaction.atomic
def change(municipality_id: int, wanted: Limits, *, seen: Limits, actor_id: int | None, role: str) -> Limits:
    """Let these limits hold from now on. `seen` are those the change began from.

    Raises ChangedMeanwhile when others hold by now, ValueError for values that cannot be.
    """
    if wrong := problems(wanted):
        raise ValueError(", ".join(sorted(wrong)))
    Municipality.objects.select_for_update(no_key=True).get(pk=municipality_id)
    stands = of(municipality_id)
    if stands == wanted:
        return wanted
    if stands != seen:
        raise ChangedMeanwhile
    models.Limits.objects.update_or_create(
        municipality_id=municipality_id, defaults=asdict(wanted) | {"countries": list(wanted.countries)}
    )
    moved = {
        name: f"{getattr(stands, name)} > {getattr(wanted, name)}"
        for name in CHOSEN
        if getattr(stands, name) != getattr(wanted, name)
    }
    trail.changed(
        actor_id, "sms.limits", role=role, subject="municipality", subject_id=municipality_id, detail=moved
    )
    return wanted


def _limits(values: Mapping[str, object]) -> Limits:
    made = Limits(**values)  # type: ignore[arg-type]
    countries = tuple(made.countries) or (DENMARK,)
    return Limits(**{**asdict(made), "countries": countries})
