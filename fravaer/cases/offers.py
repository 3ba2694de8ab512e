"""Which interventions can a child be offered?

The municipality's catalogue, as rows that are valid from a day on. What ships are the methods and local offers that public
procedures for school absence name; a municipality adds its own and ends those it does not have.
"""

from __future__ import annotations

from datetime import date

from django.db.models import Q

from fravaer.cases.models import Offer

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
