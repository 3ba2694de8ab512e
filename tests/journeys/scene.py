"""What does the school morning of the journeys start from?

Birkeskolen's 7.B with 28 pupils and 49 school days behind it. Noah has been away for four and a half of them, which is under
ten percent; one more morning brings him over. His two guardians are to be told of it. Freja and Noah have a social measure,
which nobody at the school may learn of. Havneskolen is large enough that the quarter hides no school for its sake.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from fravaer.accounts.models import User
from fravaer.cases import measures, rulebook
from fravaer.cases.measures import Measure
from fravaer.schools.models import Phone, Pupil, School
from fravaer.sms import choices
from tests import factories
from tests.accounts import proving
from tests.cases.attendance import attended, school_days
from tests.cast import Cast
from tests.sms.conftest import AT_ONCE

SCHOOL_DAYS = 49
# In half-days: of every pupil before the morning, and of those who have been away.
POSSIBLE = 2 * SCHOOL_DAYS
NOAH, FREJA, AKSEL = 9, 3, 5
# The telephones of Noah's two guardians.
NUMBERS = ("+46701740611", "+46701740622")
YESTERDAY = date(2026, 3, 9)
OTHERS = [
    *("Albert Riis", "Alma Skov", "Asta Kjær", "August Lind", "Clara Bech", "Emma Juhl", "Emil Toft"),
    *("Frida Nør", "Ida Krag", "Johan Vest", "Karla Damm", "Laura Find", "Liv Hede", "Lucas Falk"),
    *("Malthe Bang", "Mathilde Rask", "Oliver Bay", "Oscar Friis", "Sofia Munk", "Storm Ravn"),
    *("Theo Lau", "Vilma Berg", "Viggo Hald"),
]


@dataclass(frozen=True, slots=True)
class Scene:
    cast: Cast
    noah: Pupil
    freja: Pupil
    everyone: list[Pupil]

    def keeper_of_password(self, user: User) -> User:
        """The user, who can now sign in on the page with a password and the app of `proving`."""
        user.set_password(factories.PASSWORD)
        user.save()
        proving.app_of(user)
        return user


def set_scene(cast: Cast) -> Scene:
    """Bring Birkeskolen to the evening before the default day."""
    rulebook.ship_defaults()
    School.objects.filter(pk=cast.school.pk).update(phone="12345678")
    choices.opt_in([cast.school.pk], hours=AT_ONCE, names_pupil=True, most_percent=100)
    aksel, freja, noah = cast.pupils[:3]
    everyone = [*cast.pupils, *factories.pupils(OTHERS, in_class=cast.class_7b)]
    factories.pupils(30, in_class=cast.other_class)
    Phone.objects.filter(guardian__guardianships__pupil=noah).update(e164=NUMBERS[0])
    factories.guardian(noah, name="Bo Lund", phone=NUMBERS[1])
    attended(
        cast.class_7b,
        school_days(YESTERDAY)[-SCHOOL_DAYS:],
        {noah: NOAH, freja: FREJA, aksel: AKSEL},
        last=True,
    )
    measures.load([Measure(noah.pk, date(2025, 9, 1)), Measure(freja.pk, date(2025, 9, 1))])
    return Scene(cast, noah, freja, everyone)
