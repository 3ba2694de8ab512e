"""Why can I see this child, by which grant, and until when?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from fravaer.accounts.models import Grant, Reach
from fravaer.accounts.roles import Role
from fravaer.core.scope import Scope
from fravaer.schools.models import Enrolment, Pupil

REACHES: dict[Reach, str | Promise] = {
    Reach.CLASS: _("The pupil goes in a class you have."),
    Reach.SCHOOL: _("The pupil goes to a school you have."),
    Reach.AREA: _("The pupil goes to school in an area you have."),
    Reach.MUNICIPALITY: _("You have the whole municipality."),
    Reach.PUPIL: _("You take part in a case about the pupil."),
}


@dataclass(frozen=True, slots=True)
class Because:
    """One grant by which the actor sees the pupil: its number, the sentence, what it is for, and its last moment."""

    grant_id: int
    sentence: str
    role: str
    purpose: str
    until: datetime


def because(scope: Scope, pupil: Pupil, day: date) -> list[Because]:
    """The grants by which she sees the pupil in the role she acts in, that which lasts longest first."""
    place = (
        Enrolment.objects.on(day)
        .filter(pupil=pupil)
        .values_list("school_class_id", "school_class__school_id", "school_class__school__area_id")
        .first()
    )
    of_class, of_school, of_area = place or (0, 0, 0)
    rows = Grant.objects.filter(
        Q(reach=Reach.CLASS, school_class_id=of_class)
        | Q(reach=Reach.SCHOOL, school_id=of_school)
        | Q(reach=Reach.AREA, area_id=of_area)
        | Q(reach=Reach.MUNICIPALITY)
        | Q(reach=Reach.PUPIL, pupil_id=pupil.pk),
        pk__in=scope.grant_ids,
    ).order_by("-valid_until", "pk")
    return [
        Because(
            grant.pk,
            str(REACHES[Reach(grant.reach)]),
            str(Role(grant.role).label),
            grant.get_purpose_display(),
            grant.valid_until,
        )
        for grant in rows
    ]
