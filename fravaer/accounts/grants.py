"""Why can this person see this pupil, and until when?

The only writer of grants. A grant names its role, its unit, where it came from and its end; nothing is permanent.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from fravaer.accounts.models import Grant, Reach
from fravaer.accounts.roles import Role
from fravaer.audit import trail


def give(
    *,
    user_id: int,
    role: Role,
    reach: Reach,
    unit_id: int | None = None,
    origin: str,
    origin_ref: str = "",
    purpose: str = "",
    valid_from: datetime,
    valid_until: datetime,
    granted_by_id: int | None = None,
) -> Grant:
    """Give the user `role` over one unit; a second identical grant from the same origin only moves the end date."""
    column: dict[str, Any] = {} if reach == Reach.MUNICIPALITY else {_column(reach): unit_id}
    with transaction.atomic():
        grant, made = Grant.objects.get_or_create(
            user_id=user_id,
            role=role,
            reach=reach,
            origin=origin,
            origin_ref=origin_ref,
            revoked_at=None,
            **column,
            defaults={
                "purpose": purpose,
                "valid_from": valid_from,
                "valid_until": valid_until,
                "granted_by_id": granted_by_id,
            },
        )
        if not made and grant.valid_until != valid_until:
            grant.valid_until = valid_until
            grant.save(update_fields=["valid_until"])
        trail.changed(
            granted_by_id,
            "grant.give",
            subject="grant",
            subject_id=grant.pk,
            pupil_ids=[unit_id] if reach == Reach.PUPIL and unit_id else [],
            detail={"user": user_id, "role": role, "reach": reach, "origin": origin},
        )
    return grant


def withdraw(*, origin: str, origin_ref: str, now: datetime, actor_id: int | None = None) -> int:
    """Withdraw the open grants that came from this origin. Returns how many."""
    with transaction.atomic():
        grants = Grant.objects.filter(origin=origin, origin_ref=origin_ref, revoked_at=None)
        withdrawn = grants.update(revoked_at=now)
        if withdrawn:
            trail.changed(actor_id, "grant.withdraw", subject=origin, subject_id=origin_ref)
    return withdrawn


def reasons(
    user_id: int, pupil_id: int, class_id: int | None, school_id: int | None, now: datetime
) -> list[str]:
    """Why the user sees the pupil: the words of the grants in force, one sentence each."""
    words = {
        Reach.CLASS: _("You teach the pupil's class."),
        Reach.SCHOOL: _("The pupil goes to your school."),
        Reach.PUPIL: _("You take part in a case about the pupil."),
    }
    open_grants = Grant.objects.filter(
        user_id=user_id, revoked_at=None, valid_from__lte=now, valid_until__gt=now
    ).values_list("reach", "school_class_id", "school_id", "pupil_id")
    units = {Reach.CLASS: class_id, Reach.SCHOOL: school_id, Reach.PUPIL: pupil_id}
    found: list[str] = []
    for reach, of_class, of_school, of_pupil in open_grants:
        unit = of_class or of_school or of_pupil
        if reach in words and unit is not None and unit == units[Reach(reach)]:
            found.append(str(words[Reach(reach)]))
    return sorted(set(found))


def _column(reach: Reach) -> str:
    return "school_class_id" if reach == Reach.CLASS else f"{reach.value}_id"
