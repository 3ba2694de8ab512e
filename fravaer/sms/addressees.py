"""Who is to be told about these pupils at this moment, and on which number?

Asked when a message is written and again before it is sent, in the same words: custody and consent from the roster, and what
stands in the way beside it (`schools.contacts` decides).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date

from django.db.models import QuerySet

from fravaer.core.asking import question
from fravaer.schools import contacts
from fravaer.schools.contacts import Barred, Contact, Told, Untold
from fravaer.schools.models import Phone
from fravaer.sms import numbers, optouts, stops
from fravaer.sms.choices import Chosen


@question
def known(pupil_ids: list[int]) -> QuerySet[Phone, str]:
    """The numbers of those who hold custody of the pupils."""
    phones = Phone.objects.filter(
        guardian__guardianships__pupil_id__in=pupil_ids, guardian__guardianships__custody=True
    )
    return phones.values_list("e164", flat=True)


def told(pupils: Mapping[int, Chosen], day: date) -> Told:
    """Whom to tell about the pupils, each under what her class has chosen, and who is not told why.

    The number of queries does not grow with the pupils; it is asked once for each municipality.
    """
    found: list[Contact] = []
    untold: list[Untold] = []
    together: dict[int, dict[int, Chosen]] = defaultdict(dict)
    for pupil, chosen in pupils.items():
        together[chosen.municipality_id][pupil] = chosen
    for municipality, some in together.items():
        limits = next(iter(some.values())).limits
        phones = set(known(list(some)))
        barred = Barred(
            opted_out=optouts.among(phones, municipality),
            dead=numbers.dead(phones),
            stopped=stops.among(list(some), day),
            countries=limits.countries,
        )
        answer = contacts.told(some, barred)
        found += answer.contacts
        untold += answer.untold
    return Told(tuple(found), tuple(untold))
