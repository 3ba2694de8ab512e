"""Which interventions can a child be offered?

The municipality's catalogue, as rows that are valid from a day on. What ships are the methods and local offers that public
procedures for school absence name; a municipality adds its own and ends those it does not have. A changed name is a new offer
from a day on, so that a child keeps the one she began.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db import transaction
from django.db.models import Max, Q

from fravaer.accounts.roles import Action
from fravaer.audit import trail
from fravaer.cases.models import Offer
from fravaer.core.scope import Scope

ALWAYS = date(2000, 1, 1)
# Code and name as Danish municipalities call it. The names are the catalogue's data: nobody translates them.
CATALOGUE = (
    ("back2school", "Back2School (forløb med psykolog, barn og forældre)"),
    ("cool_kids", "Cool Kids (gruppeforløb, 6-12 år)"),
    ("chilled", "Chilled (gruppeforløb, 13-18 år)"),
    ("class_week", "Klasseuge (observation og aktionslæring i klassen)"),
    ("morning_waking", "Morgenvækning"),
    ("home_visits", "Hjemmebesøg"),
    ("gradual_return", "Gradvis tilbagevenden med ugeplan"),
    ("mentor", "Mentor eller fast voksen på skolen"),
    ("family_counselling", "Familierådgivning"),
    ("family_house", "Forløb i Familiehuset"),
    ("psychologist", "Samtaler med psykolog (PPR)"),
    ("easing_school", "Aflastning af belastninger i skolen"),
    ("easing_home", "Aflastning af belastninger hjemme"),
    ("ssp", "Indsats fra SSP"),
    ("substance", "Rusmiddelrådgivning"),
    ("sick_teaching", "Undervisning under sygdom"),
    ("other", "Andet"),
)


def ship() -> int:
    """Add the offers of the shipped catalogue that are missing. Returns how many were added; a second call adds none."""
    before = Offer.objects.count()
    Offer.objects.bulk_create(
        [
            Offer(code=code, name=name, valid_from=ALWAYS, place=place)
            for place, (code, name) in enumerate(CATALOGUE, start=1)
        ],
        ignore_conflicts=True,
    )
    return Offer.objects.count() - before


def on(day: date) -> list[Offer]:
    """The offers of the day, in the catalogue's order."""
    valid = Q(valid_until=None) | Q(valid_until__gt=day)
    return list(Offer.objects.filter(valid, valid_from__lte=day).order_by("place", "name", "pk"))


def named(code: str) -> Offer:
    """The offer of this code. Raises DoesNotExist."""
    return Offer.objects.get(code=code)


class NameTaken(Exception):
    """Another offer of the time is called so."""


class InThePast(Exception):
    """What was offered yesterday cannot be changed, nor can an offer end before it began."""


class Ended(Exception):
    """The offer has been ended or changed meanwhile."""


def every() -> list[Offer]:
    """Every offer there is and was, in the catalogue's order."""
    return list(Offer.objects.order_by("place", "valid_from", "name", "pk"))


@transaction.atomic
def add(name: str, scope: Scope, day: date, *, key: UUID, valid_from: date) -> Offer:
    """Offer something from a day on, today at the earliest. A retry adds none. Raises NameTaken or InThePast."""
    _alone(scope)
    found = Offer.objects.filter(code=_code(key)).first()
    if found:
        return found
    last = Offer.objects.aggregate(place=Max("place"))["place"] or 0
    return _made(name, scope, day, key=key, valid_from=valid_from, place=last + 1)


@transaction.atomic
def change(code: str, name: str, scope: Scope, day: date, *, key: UUID, valid_from: date) -> Offer:
    """Call the offer something else from a day on; who takes part in it keeps the old name. A retry changes nothing.

    Raises NameTaken, InThePast, Ended, or DoesNotExist.
    """
    _alone(scope)
    found = Offer.objects.filter(code=_code(key)).first()
    if found:
        return found
    row = _ended(code, day, valid_from)
    return _made(name, scope, day, key=key, valid_from=valid_from, place=row.place)


@transaction.atomic
def end(code: str, scope: Scope, day: date, *, valid_until: date) -> Offer:
    """Offer it no more from a day on; who takes part in it goes on. Raises InThePast, Ended, or DoesNotExist."""
    _alone(scope)
    row = _ended(code, day, valid_until)
    _left("offer.end", row, scope)
    return row


def _alone(scope: Scope) -> None:
    if not scope.may(Action.OFFERS_CHANGE):
        raise PermissionError("the actor changes no catalogue")
    # One change at a time: two of them cannot take the same name.
    list(Offer.objects.select_for_update().order_by("pk").values_list("pk", flat=True))


def _ended(code: str, day: date, until: date) -> Offer:
    row = Offer.objects.get(code=code)
    if row.valid_until is not None:
        raise Ended
    if until < day or until <= row.valid_from:
        raise InThePast
    row.valid_until = until
    row.save(update_fields=["valid_until"])
    return row


def _made(name: str, scope: Scope, day: date, *, key: UUID, valid_from: date, place: int) -> Offer:
    if valid_from < day:
        raise InThePast
    lasting = Q(valid_until=None) | Q(valid_until__gt=valid_from)
    if Offer.objects.filter(lasting, name__iexact=name).exists():
        raise NameTaken
    row = Offer.objects.create(code=_code(key), name=name, valid_from=valid_from, place=place)
    _left("offer.add", row, scope)
    return row


def _code(key: UUID) -> str:
    return f"own-{key.hex}"


def _left(action: str, row: Offer, scope: Scope) -> None:
    trail.changed(
        scope.actor_id,
        action,
        role=scope.role,
        subject="offer",
        subject_id=row.code,
        detail={"from": row.valid_from.isoformat(), "until": str(row.valid_until or "")},
    )
