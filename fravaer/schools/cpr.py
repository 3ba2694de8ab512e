"""Which CPR number has this pupil, and which pupil has this number?

Kept only where the installation says so (data protection act § 11: an authority may use the number to tell persons apart, which
is no need of every employee). Sealed, one a pupil; found again by a keyed hash alone. Shown masked; the whole number is
answered to nobody without a reason and an entry in the trail, and stands in no list, file, message or address. A number is ten
digits, the first six a date; replacement numbers have sixty more on the day. Modulus 11 decides nothing: numbers that fail it
are given out. The only writer of numbers and of who looked one up.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from fravaer.audit import trail
from fravaer.core import secrets
from fravaer.core.scope import Scope
from fravaer.schools.models import CprLookup, CprNumber, Pupil

PURPOSE = "cpr.pupil"
WRITTEN = re.compile(r"(\d{2})(\d{2})(\d{2})[- ]?(\d{4})", re.ASCII)
REPLACEMENT = 60
# Look-ups one person may make within the window: enough for a morning at the office, too few to try numbers.
MOST_LOOKUPS = 20
WINDOW = timedelta(hours=1)

# Why somebody has a whole number shown.
REASONS: dict[str, str | Promise] = {
    "identify": _("To be sure who the pupil is"),
    "authority": _("Another authority asks about the pupil by the number"),
    "delivery": _("The number is needed for a delivery the law asks for"),
    "mistake": _("The number may be wrong"),
}


class NoNumber(ValueError):
    """It is no CPR number. Says nothing of what it was."""


class TooMany(Exception):
    """The actor has looked up as many numbers as one may in so short a time."""


def digits(text: str) -> str:
    """The ten digits of a number as people write it: with a hyphen, a space or neither. Raises NoNumber."""
    match = WRITTEN.fullmatch(text.strip())
    if match is None:
        raise NoNumber
    day, month = int(match[1]), int(match[2])
    if day > REPLACEMENT:
        day -= REPLACEMENT
    # The century is in no two digits: any year's February may have 29 days.
    if not (1 <= month <= 12 and 1 <= day <= calendar.monthrange(2000, month)[1]):
        raise NoNumber
    return "".join(match.groups())


def masked(pupil_id: int) -> str:
    """The pupil's number as pages show it: `170512-xxxx`; empty where there is none."""
    number = _of(pupil_id)
    return f"{number[:6]}-xxxx" if number else ""


@transaction.atomic
def reveal(pupil: Pupil, scope: Scope, reason: str) -> str:
    """The whole number of a pupil visible to the actor, as `170512-1234`, that she was shown it noted before; or empty.

    Raises ValueError for an unknown reason.
    """
    if reason not in REASONS:
        raise ValueError(f"{reason!r} is no reason")
    trail.changed(
        scope.actor_id,
        "cpr.reveal",
        role=scope.role,
        subject="pupil",
        subject_id=pupil.uuid,
        pupil_ids=[pupil.pk],
        detail={"reason": reason},
    )
    number = _of(pupil.pk)
    return f"{number[:6]}-{number[6:]}" if number else ""


@transaction.atomic
def look_up(text: str, scope: Scope, now: datetime) -> int | None:
    """The id of the pupil with exactly this number, or None; whether she is the actor's to see is for the caller to ask.

    Each look-up is counted and noted. Raises NoNumber, and TooMany with nothing looked up.
    """
    number = digits(text)
    if scope.actor_id is None:
        raise PermissionError("nobody looks a number up")
    made = CprLookup.objects.filter(actor_id=scope.actor_id, at__gt=now - WINDOW).count()
    if made >= MOST_LOOKUPS:
        raise TooMany
    CprLookup.objects.create(actor_id=scope.actor_id, at=now)
    trail.changed(scope.actor_id, "cpr.look_up", role=scope.role, subject="cpr")
    return holder(number)


def keep(numbers: Mapping[int, str]) -> int:
    """Keep the numbers, by pupil; how many were others than before. To be called in a transaction.

    A number another pupil holds moves to the one named here: the caller knows that each is named once.
    """
    found_by = {pupil: secrets.indexes(number, PURPOSE) for pupil, number in numbers.items()}
    every = [index for indexes in found_by.values() for index in indexes]
    standing = {one.pupil_id: bytes(one.found_by) for one in CprNumber.objects.filter(pupil_id__in=found_by)}
    changed = {
        pupil: number for pupil, number in numbers.items() if standing.get(pupil) not in found_by[pupil]
    }
    if changed:
        CprNumber.objects.filter(pupil_id__in=changed).delete()
        CprNumber.objects.filter(found_by__in=every).exclude(pupil_id__in=list(numbers)).delete()
        CprNumber.objects.bulk_create(
            [
                CprNumber(pupil_id=pupil, number=number, found_by=secrets.index(number, PURPOSE))
                for pupil, number in changed.items()
            ],
            5_000,
        )
    return len(changed)


def _of(pupil_id: int) -> str:
    held = CprNumber.objects.filter(pupil_id=pupil_id).first()
    return held.number if held else ""


def holder(number: str) -> int | None:
    """The id of the pupil with exactly these ten digits, whoever asks. Callers count and note who does."""
    rows = CprNumber.objects.filter(found_by__in=secrets.indexes(number, PURPOSE))
    return rows.values_list("pupil_id", flat=True).first()
