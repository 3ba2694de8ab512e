"""Which telephone numbers cannot receive an SMS, and how may a number be shown?

Nobody can tell a Danish mobile number from a landline by looking at it: what a number can do is learnt from the provider's
answers. A dead number is not tried again until somebody repairs it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from fravaer.audit import trail
from fravaer.core import secrets
from fravaer.core.asking import question
from fravaer.core.scope import Scope
from fravaer.schools.models import Phone, Pupil
from fravaer.sms import optouts
from fravaer.sms.gateway import DEAD_NUMBER_CODES
from fravaer.sms.models import DeadNumber
from fravaer.sms.states import How

# The provider's code for a number whose holder has said no to this sender.
STOPPED = 21610


def masked(e164: str) -> str:
    """A number as lists and logs may show it."""
    return f"{'+45 ' if e164.startswith('+45') else ''}••••••{e164[-2:]}"


def dead(e164s: Collection[str]) -> set[str]:
    """Those of the numbers that are known to receive nothing. One query however many there are."""
    return set(found_dead([fixed for e164 in e164s for fixed in secrets.fixes(e164, secrets.NUMBER)]))


@question
def found_dead(fixed: list[str]) -> QuerySet[DeadNumber, str]:
    """Dead ones of these numbers, told as they stand in tables."""
    return DeadNumber.objects.filter(e164__in=fixed).values_list("e164", flat=True)


def of_guardians(pupils: QuerySet[Pupil]) -> QuerySet[Phone]:
    """The numbers of these pupils' guardians."""
    return Phone.objects.filter(guardian__guardianships__pupil__in=pupils).distinct()


def learn(e164: str, code: int | None, now: datetime) -> None:
    """Note what the provider's code says of the number: that it is dead, or that its holder has said no."""
    if code == STOPPED:
        optouts.note(e164, How.PROVIDER, now)
    elif code in DEAD_NUMBER_CODES:
        DeadNumber.objects.bulk_create(
            [DeadNumber(e164=e164, error_code=code, since=now)], ignore_conflicts=True
        )


@transaction.atomic
def try_again(e164: str, scope: Scope, pupil_ids: Collection[int]) -> bool:
    """Forget that the number is dead: the next message tries it. False when nobody had found it dead."""
    forgotten, _rows = DeadNumber.objects.filter(e164=e164).delete()
    if forgotten:
        trail.changed(
            scope.actor_id, "sms.number_again", role=scope.role, subject="sms.number", pupil_ids=pupil_ids
        )
    return bool(forgotten)
