"""To whom can something in this case be entrusted, and by when is it due?"""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import Q

from fravaer.accounts import grants
from fravaer.accounts.models import User
from fravaer.cases import parties
from fravaer.cases.models import Case, Party
from fravaer.core.scope import Scope
from fravaer.schools import schooldays
from fravaer.schools.models import Enrolment

# School days an action is given, where nobody chooses another day.
DEADLINE = 5


def people(case: Case, scope: Scope, now: datetime) -> list[User]:
    """Users who take part in the case, lead the pupil's school or write now, by name."""
    school_id = getattr(case, "school_now_id", None) or case.school_id
    leaders = [one.user_id for one in grants.leaders([school_id], now).get(school_id, [])]
    ids = {case.responsible_id, *leaders, *parties.users(case)}
    found = User.objects.filter(Q(pk__in=ids) | Q(pk=scope.actor_id), is_active=True)
    return list(found.order_by("name", "pk"))


def named(case: Case) -> list[str]:
    """Those who take part in the case by name alone, by name."""
    rows = Party.objects.filter(case=case, until=None, user=None).order_by("name", "pk")
    return list(rows.values_list("name", flat=True))


def deadline(case: Case, day: date) -> date:
    """The day an action is due where nobody chooses another: some school days ahead by the calendar of the pupil's class."""
    place = Enrolment.objects.filter(pupil_id=case.pupil_id, starts_on__lte=day, until__gt=day)
    found = place.select_related("school_class").first()
    return schooldays.after(DEADLINE, day, found.school_class if found else None)
