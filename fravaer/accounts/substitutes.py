"""Who stands in for a class today, and until when?

The school's office or leader gives a person with an account access to named classes for one day, from then or from that
morning until midnight. It is a grant like every other: read on every request, so that it ends in an open session as well,
and withdrawn at once. Need to know, and no longer than needed (forvaltningsloven § 32; data protection regulation article 5).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from fravaer.accounts import grants
from fravaer.accounts.models import Grant, Reach, User
from fravaer.accounts.roles import Role

ORIGIN = "office"
# How far ahead a day may be arranged.
MOST_DAYS_AHEAD = 14


class NoSuchPerson(Exception):
    """No active account has this address, and nobody at the school this name."""


class SeveralOfThatName(Exception):
    """More than one person at the school has this name; the address tells them apart."""


class NotThatDay(Exception):
    """The day is over, or too far ahead."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One person's access to one class on one day; `ours` when the office gave it and may withdraw it here."""

    grant_id: int
    person: str
    school_class_id: int
    since: datetime
    until: datetime
    given_by: str
    reason: str
    ours: bool


def person(text: str, staff: Collection[tuple[int, str, str]]) -> User:
    """The person meant: by the address of an account, or by the name of one of `staff`.

    Raises NoSuchPerson and SeveralOfThatName.
    """
    text = text.strip()
    if found := User.objects.filter(email__iexact=text, is_active=True).first():
        return found
    named = {user for user, name, _email in staff if name.casefold() == text.casefold()}
    if len(named) > 1:
        raise SeveralOfThatName
    known = User.objects.filter(pk__in=named, is_active=True).first()
    if known is None:
        raise NoSuchPerson
    return known


def staff(school_id: int, class_ids: Iterable[int], since: datetime) -> list[tuple[int, str, str]]:
    """Who works or has worked at the school since then, its substitutes too: id, name and address, by name. One query."""
    held = Grant.objects.filter(
        Q(school_id=school_id) | Q(school_class_id__in=list(class_ids)),
        valid_until__gt=since,
        user__is_active=True,
    )
    rows = held.order_by("user__name", "user_id").values_list("user_id", "user__name", "user__email")
    return list(rows.distinct())


@transaction.atomic
def let_in(
    *,
    user_id: int,
    class_ids: Iterable[int],
    day: date,
    reason: str,
    given_by_id: int,
    now: datetime,
) -> datetime:
    """Give the person these classes on `day`; the same again changes nothing. Returns when it ends.

    Raises NotThatDay.
    """
    today = timezone.localdate(now)
    if not today <= day <= today + timedelta(days=MOST_DAYS_AHEAD):
        raise NotThatDay
    since = now if day == today else _midnight(day)
    until = _midnight(day + timedelta(days=1))
    for class_id in sorted(set(class_ids)):
        grants.give(
            user_id=user_id,
            role=Role.SUBSTITUTE,
            reach=Reach.CLASS,
            unit_id=class_id,
            origin=ORIGIN,
            origin_ref=_reference(day, class_id, user_id),
            reason=reason,
            valid_from=since,
            valid_until=until,
            granted_by_id=given_by_id,
        )
    return until


def standing(class_ids: Collection[int], now: datetime) -> list[Standing]:
    """Who stands in for these classes, now and on the days arranged: the soonest first. One query."""
    rows = (
        Grant.objects.filter(
            role=Role.SUBSTITUTE, school_class_id__in=class_ids, revoked_at=None, valid_until__gt=now
        )
        .select_related("user", "granted_by")
        .order_by("valid_from", "user__name", "school_class__year_group", "school_class__letter", "pk")
    )
    return [
        Standing(
            row.pk,
            row.user.name,
            row.school_class_id or 0,
            row.valid_from,
            row.valid_until,
            row.granted_by.name if row.granted_by else "",
            row.reason,
            ours=row.origin == ORIGIN,
        )
        for row in rows
    ]


def withdraw(grant_id: int, class_ids: Collection[int], *, now: datetime, actor_id: int) -> bool:
    """End the access at once. False when there is none that the office gave to one of these classes."""
    grant = Grant.objects.filter(
        pk=grant_id, origin=ORIGIN, role=Role.SUBSTITUTE, school_class_id__in=class_ids, revoked_at=None
    ).first()
    if grant is None:
        return False
    return bool(grants.withdraw(origin=ORIGIN, origin_ref=grant.origin_ref, now=now, actor_id=actor_id))


def _reference(day: date, class_id: int, user_id: int) -> str:
    """Tells a person's access to one class on one day apart from every other grant."""
    return f"substitute {day.isoformat()} {class_id} {user_id}"


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
