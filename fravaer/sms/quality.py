"""Which guardians' numbers need looking at, and what is the matter with each?

Only the provider's answers tell a number that receives SMS from one that does not: a Danish landline and a mobile look alike.
What can be seen beforehand is told as well: a number that is none, one of another country, one that several people share. A
number the roster brings anew carries nothing of the old one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

import phonenumbers
from django.db.models import Prefetch, TextChoices
from django.utils.translation import gettext_lazy as _
from phonenumbers import PhoneNumberType

from fravaer.schools import protection
from fravaer.schools.models import Enrolment, Guardianship, Phone, Pupil, SchoolClass
from fravaer.sms import numbers, optouts
from fravaer.sms.models import DeadNumber, OptOut

HOME = 45


class Fault(TextChoices):
    """What is the matter with a number or, the first three, with everything known of a pupil's guardians."""

    UNREACHED = "unreached", _("No guardian can get SMS")
    NO_CUSTODY = "no_custody", _("No holder of custody is known")
    NO_NUMBER = "no_number", _("No number")
    DEAD = "dead", _("Cannot receive SMS")
    OPTED_OUT = "opted_out", _("Wants no SMS – ring")
    INVALID = "invalid", _("Is no number SMS can be sent to")
    LANDLINE = "landline", _("Looks like a landline")
    COUNTRY = "country", _("SMS are not sent to its country")
    FOREIGN = "foreign", _("Foreign")
    SHARED = "shared", _("Shared by several")


# Told, and nothing that has to be mended.
HARMLESS = frozenset({Fault.FOREIGN, Fault.SHARED})
# With one of these a number reaches nobody.
SILENT = frozenset({Fault.DEAD, Fault.OPTED_OUT, Fault.INVALID, Fault.COUNTRY})
# Kinds no SMS can be sent to, or only at a price.
UNSENDABLE = frozenset(
    {
        PhoneNumberType.TOLL_FREE,
        PhoneNumberType.PREMIUM_RATE,
        PhoneNumberType.SHARED_COST,
        PhoneNumberType.UAN,
        PhoneNumberType.VOICEMAIL,
        PhoneNumberType.PAGER,
    }
)


@dataclass(frozen=True, slots=True)
class Number:
    """One number of a guardian, masked, and what is the matter with it."""

    phone_id: int
    mask: str
    faults: tuple[Fault, ...]
    dead: DeadNumber | None
    opted_out: OptOut | None


@dataclass(frozen=True, slots=True)
class Holder:
    """A holder of custody with her numbers; `declined` where the roster says that she wants no SMS about this child."""

    name: str
    declined: bool
    numbers: tuple[Number, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A pupil with everybody who holds custody; `faults` are those of the pupil and of all the numbers."""

    pupil: Pupil
    school_class: SchoolClass
    holders: tuple[Holder, ...]
    faults: frozenset[Fault] = field(default_factory=frozenset)

    @property
    def to_mend(self) -> bool:
        return bool(self.faults - HARMLESS)


def lines(class_ids: Iterable[int], day: date, countries: tuple[str, ...]) -> list[Line]:
    """Every pupil of the classes that day with the numbers of those who hold custody, by class and name. Seven queries.

    `countries` are the telephone codes of those that are written to.
    """
    places = list(
        Enrolment.objects.filter(
            school_class_id__in=list(class_ids), starts_on__lte=day, until__gt=day
        ).select_related("pupil", "school_class__school")
    )
    ties: dict[int, list[Guardianship]] = defaultdict(list)
    phones = Prefetch("guardian__phones", Phone.objects.order_by("rank", "pk"))
    held = Guardianship.objects.filter(pupil_id__in=[one.pupil_id for one in places], custody=True)
    for tie in held.select_related("guardian").prefetch_related(phones).order_by("guardian_id"):
        ties[tie.pupil_id].append(tie)
    known = {phone.e164 for some in ties.values() for tie in some for phone in tie.guardian.phones.all()}
    marks = _Marks(
        {one.e164: one for one in DeadNumber.objects.filter(e164__in=known)},
        optouts.noted(known),
        Counter(Phone.objects.filter(e164__in=known).values_list("e164", flat=True)),
        tuple(f"+{code}" for code in countries),
    )
    found = [_line(place, ties[place.pupil_id], marks) for place in places]
    return sorted(
        found,
        key=lambda one: (
            one.school_class.school.sort_name,
            one.school_class.year_group,
            one.school_class.letter,
            one.pupil.sort_given,
            one.pupil.pk,
        ),
    )


@lru_cache(maxsize=16_384)
def looks(e164: str) -> Fault | None:
    """What can be seen from the number itself."""
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return Fault.INVALID
    kind = phonenumbers.number_type(number)
    if kind == PhoneNumberType.UNKNOWN or kind in UNSENDABLE:
        return Fault.INVALID
    if kind == PhoneNumberType.FIXED_LINE:
        return Fault.LANDLINE
    return None if number.country_code == HOME else Fault.FOREIGN


@dataclass(frozen=True, slots=True)
class _Marks:
    dead: dict[str, DeadNumber]
    opted_out: dict[str, OptOut]
    holders: Counter[str]
    written_to: tuple[str, ...]


def _line(place: Enrolment, ties: list[Guardianship], marks: _Marks) -> Line:
    holders = tuple(
        Holder(
            protection.called(tie.guardian, place.pupil),
            not tie.sms_allowed,
            tuple(_number(phone, marks, place.pupil) for phone in tie.guardian.phones.all()),
        )
        for tie in ties
    )
    faults = {fault for holder in holders for number in holder.numbers for fault in number.faults}
    if not holders:
        faults.add(Fault.NO_CUSTODY)
    if any(not holder.numbers for holder in holders):
        faults.add(Fault.NO_NUMBER)
    if not any(
        not holder.declined and any(not SILENT & set(number.faults) for number in holder.numbers)
        for holder in holders
    ):
        faults.add(Fault.UNREACHED)
    return Line(place.pupil, place.school_class, holders, frozenset(faults))


def _number(phone: Phone, marks: _Marks, pupil: Pupil) -> Number:
    dead, opted_out = marks.dead.get(phone.e164), marks.opted_out.get(phone.e164)
    seen = looks(phone.e164)
    if seen == Fault.FOREIGN and not phone.e164.startswith(marks.written_to):
        seen = Fault.COUNTRY
    faults = {
        Fault.DEAD: dead is not None,
        Fault.OPTED_OUT: opted_out is not None,
        Fault.SHARED: marks.holders[phone.e164] > 1,
    }
    found = [fault for fault, holds in faults.items() if holds] + ([seen] if seen else [])
    return Number(
        phone.pk, protection.masked(numbers.masked(phone.e164), pupil), tuple(found), dead, opted_out
    )
