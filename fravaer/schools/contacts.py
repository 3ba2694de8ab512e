"""Which guardian is told?

Those who hold custody and have not asked to be left alone, each on the first of her numbers that works; a number two
guardians of a child share is used once. The other parent has a right to be told on request only, never by a running
message (forældreansvarsloven § 23). Whoever is not told is named with the reason.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from operator import itemgetter

from django.db import connection
from django.db.models import Prefetch

from fravaer.core import secrets
from fravaer.schools.models import Guardianship, Phone


class Why(StrEnum):
    """Why a guardian, or nobody at all, is told about a pupil."""

    STOPPED = "stopped"
    NO_CUSTODY = "no_custody"
    DECLINED = "declined"
    NO_PHONE = "no_phone"
    DEAD_NUMBER = "dead_number"
    SHARED_NUMBER = "shared_number"
    OPTED_OUT = "opted_out"
    COUNTRY = "country"


@dataclass(frozen=True, slots=True)
class Contact:
    """One guardian to be told about one pupil, on this number, in this language."""

    pupil_id: int
    guardian_id: int
    e164: str
    language: str


@dataclass(frozen=True, slots=True)
class Untold:
    """A guardian who is not told about a pupil; without a guardian it holds for the pupil as a whole."""

    pupil_id: int
    guardian_id: int | None
    why: Why


@dataclass(frozen=True, slots=True)
class Told:
    contacts: tuple[Contact, ...]
    untold: tuple[Untold, ...]


# One row a pupil, holder of custody and number; nulls where there is none.
HOLDERS = """
SELECT p.id, p.sms_stopped, g.id, s.sms_allowed, g.language, n.e164
FROM schools_pupil p
LEFT JOIN schools_guardianship s ON s.pupil_id = p.id AND s.custody
LEFT JOIN schools_guardian g ON g.id = s.guardian_id
LEFT JOIN schools_phone n ON n.guardian_id = g.id
WHERE p.id = ANY(%(pupils)s)
ORDER BY p.id, g.id, n.rank, n.id
"""


@dataclass(frozen=True, slots=True)
class Barred:
    """What stands in the way beside the roster: numbers that reach nobody and those whose holders want no message, pupils
    about whom nobody is written to, and the countries outside which nothing is sent (by telephone code; None: none).
    """

    dead: Collection[str] = ()
    opted_out: Collection[str] = ()
    stopped: Collection[int] = ()
    countries: Collection[str] | None = None

    def abroad(self, number: str) -> bool:
        return self.countries is not None and not number.startswith(
            tuple(f"+{code}" for code in self.countries)
        )


def told(pupil_ids: Iterable[int], barred: Barred = Barred()) -> Told:
    """Whom to tell about the pupils, and who is not told why. One query however many there are.

    Instead of a number that reaches nobody, lies abroad or wants no message the guardian's next one is used.
    """
    with connection.cursor() as cursor:
        cursor.execute(HOLDERS, {"pupils": sorted(set(pupil_ids))})
        rows = cursor.fetchall()
    contacts: list[Contact] = []
    untold: list[Untold] = []
    used: dict[int, set[str]] = defaultdict(set)
    for (pupil, stopped), of_pupil in groupby(rows, key=itemgetter(0, 1)):
        if stopped or pupil in barred.stopped:
            untold.append(Untold(pupil, None, Why.STOPPED))
            continue
        for (guardian, allowed, language), numbers in groupby(of_pupil, key=itemgetter(2, 3, 4)):
            if guardian is None:
                untold.append(Untold(pupil, None, Why.NO_CUSTODY))
                continue
            known = [secrets.unfix(row[5], secrets.NUMBER) for row in numbers if row[5] is not None]
            number, why = _number(known, allowed, barred, used[pupil])
            if why:
                untold.append(Untold(pupil, guardian, why))
            else:
                used[pupil].add(number)
                contacts.append(Contact(pupil, guardian, number, language))
    return Told(tuple(contacts), tuple(untold))


@dataclass(frozen=True, slots=True)
class Holder:
    """A holder of custody with her numbers, the first to be tried first."""

    name: str
    relation: str
    numbers: tuple[str, ...]


def holders(pupil_id: int) -> list[Holder]:
    """Whom a person may ring about the pupil: everybody who holds custody, also those who do not want SMS. Two queries."""
    guardianships = (
        Guardianship.objects.filter(pupil_id=pupil_id, custody=True)
        .select_related("guardian")
        .prefetch_related(Prefetch("guardian__phones", Phone.objects.order_by("rank", "pk")))
        .order_by("guardian__given_name", "guardian__family_name", "pk")
    )
    return [
        Holder(str(one.guardian), one.relation, tuple(phone.e164 for phone in one.guardian.phones.all()))
        for one in guardianships
    ]


def _number(known: list[str], allowed: bool, barred: Barred, used: set[str]) -> tuple[str, Why | None]:
    """The number to use, or why none is."""
    alive = [number for number in known if number not in barred.dead]
    near = [number for number in alive if not barred.abroad(number)]
    if not allowed:
        return "", Why.DECLINED
    if not known:
        return "", Why.NO_PHONE
    if not alive:
        return "", Why.DEAD_NUMBER
    if not near:
        return "", Why.COUNTRY
    welcome = [number for number in near if number not in barred.opted_out]
    if not welcome:
        return "", Why.OPTED_OUT
    if welcome[0] in used:
        return "", Why.SHARED_NUMBER
    return welcome[0], None
