"""Which numbers want no SMS from the municipality?

A number says no by itself (STOP), at the office, or at the provider; it then gets nothing about any child at any school,
while the other numbers of the same guardian go on. What is kept is a keyed hash: it outlives the number in the roster and
tells nobody which it was. The only writer of opt-outs. The authority's task is the legal basis of a message, not consent; a
no is honoured all the same (data protection regulation article 21), and the school rings instead.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from fravaer.audit import trail
from fravaer.core.scope import Scope
from fravaer.schools.models import Municipality
from fravaer.sms.models import OptOut
from fravaer.sms.states import How

JOB = "job.sms"


class Lifting(TextChoices):
    """Why an opt-out ends, in words of ours."""

    ASKED = "asked", _("The guardian wants SMS again")
    HOLDER = "holder", _("The number has another holder now")
    MISTAKE = "mistake", _("It was noted by mistake")


# Asked of every message at the moment it is sent.
AMONG = """
SELECT number_hmac FROM sms_optout
WHERE municipality_id = %(municipality)s AND until IS NULL AND number_hmac = ANY(%(hashes)s)
"""


def among(e164s: Collection[str], municipality_id: int) -> set[str]:
    """Those of the numbers that want no SMS from the municipality. One query however many there are."""
    by_hash = {hashed(e164): e164 for e164 in e164s}
    if not by_hash:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(AMONG, {"municipality": municipality_id, "hashes": list(by_hash)})
        return {by_hash[bytes(one)] for (one,) in cursor.fetchall()}


def everywhere(e164s: Collection[str]) -> set[str]:
    """Those of the numbers that want no SMS from the municipality this installation serves."""
    return {number for pk in _municipalities() for number in among(e164s, pk)} if e164s else set()


def noted(e164s: Collection[str]) -> dict[str, OptOut]:
    """When and how each of these numbers said no; the others are missing. One query."""
    by_hash = {hashed(e164): e164 for e164 in e164s}
    rows = OptOut.objects.filter(until=None, number_hmac__in=list(by_hash))
    return {by_hash[bytes(row.number_hmac)]: row for row in rows}


@transaction.atomic
def note(e164: str, how: How, now: datetime, *, scope: Scope | None = None) -> bool:
    """The number says no. False when it had said so before: the first time stands. `scope` is whoever of the office notes it."""
    made = 0
    for municipality in _municipalities():
        if e164 in among([e164], municipality):
            continue
        OptOut.objects.bulk_create(
            [
                OptOut(
                    municipality_id=municipality,
                    number_hmac=hashed(e164),
                    since=now,
                    how=how,
                    noted_by_id=scope.actor_id if scope else None,
                )
            ],
            ignore_conflicts=True,
        )
        made += 1
    if made:
        _trail("sms.opt_out_number", how.value, scope)
    return bool(made)


@transaction.atomic
def lift(e164: str, why: Lifting, now: datetime, *, scope: Scope | None = None) -> bool:
    """The number may be written to again. False when it had not said no."""
    ended = OptOut.objects.filter(number_hmac=hashed(e164), until=None).update(until=now)
    if ended:
        _trail("sms.opt_in_number", why.value, scope)
    return bool(ended)


def hashed(e164: str) -> bytes:
    """The keyed hash of a number. There are so few numbers that a hash without a key would be no secret."""
    key = settings.OPT_OUT_KEY or settings.SECRET_KEY
    return hmac.digest(f"fravaer.sms.optouts:{key}".encode(), e164.encode(), "sha256")


def _municipalities() -> list[int]:
    return list(Municipality.objects.order_by("pk").values_list("pk", flat=True))


def _trail(action: str, why: str, scope: Scope | None) -> None:
    trail.changed(
        scope.actor_id if scope else None,
        action,
        role=scope.role if scope else JOB,
        subject="sms.number",
        detail={"why": why},
    )
