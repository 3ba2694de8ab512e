"""Which accounts and uses of emergency access have had their time, and what stays of them?

An account is not deleted, because what its owner signed stays signed: the name goes. A use of emergency access goes whole.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time, timedelta

from django.db.models import Max, Q
from django.utils import timezone

from fravaer.accounts.models import Emergency, EmergencySearch, Grant, User
from fravaer.core.disposal import Item, erase

# Somebody who guesses is looked at within the day; the quarter is for whoever asks later.
SEARCHES = timedelta(days=90)
NOBODY = "slettet-{pk}@slettet.invalid"


def left_before(day: date) -> list[Item]:
    """The accounts that are closed and whose last access ended before `day`, still with a name. One query."""
    rows = (
        User.objects.filter(is_active=False)
        .exclude(email__endswith="@slettet.invalid")
        .annotate(ended=Max("grants__valid_until"), signed_in=Max("last_login"))
        .filter(Q(ended__lt=_moment(day)) | Q(ended=None, signed_in__lt=_moment(day)))
        .values_list("pk", "ended", "signed_in")
    )
    return [Item(timezone.localtime(ended or seen).date(), str(pk)) for pk, ended, seen in rows]


def forget_names(keys: Collection[str]) -> dict[str, int]:
    """Take name, address and title off these accounts. Rows by table."""
    for key in keys:
        User.objects.filter(pk=int(key), is_active=False).update(
            name="",
            title="",
            email=NOBODY.format(pk=key),
            staff_key=None,
            password="!",  # noqa: S106
        )
    return {"accounts.User": len(keys)}


def emergencies_before(day: date) -> list[Item]:
    """The uses of emergency access before `day` that somebody has answered for. One query."""
    rows = Emergency.objects.filter(opened_at__lt=_moment(day), answers__isnull=False).distinct()
    return [
        Item(timezone.localtime(at).date(), str(key), frozenset({pupil}))
        for key, pupil, at in rows.values_list("uuid", "pupil_id", "opened_at")
    ]


def dispose_emergencies(keys: Collection[str]) -> dict[str, int]:
    """Let these uses go, with their grants, alerts and answers. Rows by table."""
    return erase(
        Grant.objects.filter(pk__in=Emergency.objects.filter(uuid__in=list(keys)).values("grant_id"))
    )


def forget_searches(now: datetime) -> int:
    """Let go of searches in emergency access that nobody asks for any more. Returns how many."""
    return EmergencySearch.objects.filter(at__lt=now - SEARCHES).delete()[0]


def _moment(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
