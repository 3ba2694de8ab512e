"""How does a municipality that does not exist come into the database?

Through the rooms a real one goes through: `schools.bulk`, `accounts.roster`, `absence.bulk`, `cases.measures`, `sms.choices`,
`cases.triage`. In one transaction; the same arguments give the same municipality in an empty database.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time

from django.db import transaction

from fravaer.absence import bulk as absence
from fravaer.accounts import demo, roster
from fravaer.accounts.models import User
from fravaer.cases import assignment, clusters, measures, triage
from fravaer.cases.measures import Measure
from fravaer.core.periods import school_year_start
from fravaer.schools import bulk as schools
from fravaer.schools.models import Municipality as Town
from fravaer.schools.models import Pupil, School
from fravaer.sms import choices, limits
from fravaer.sms.limits import UNCHOSEN, Limits
from fravaer.synthetic import beforehand, casework, rows, story
from fravaer.synthetic.attendance import ZONE, Attendance
from fravaer.synthetic.calendars import latest_school_day
from fravaer.synthetic.people import Municipality
from fravaer.synthetic.population import municipality
from fravaer.synthetic.staff import staff

# The demonstration's people stay in service for so many school years after the one in view.
YEARS_IN_SERVICE = 2
# How many school days before the day in view a triage has run, the hour of the evening it ran at.
TRIAGED = (80, 40, 20, 10, 5, 1)
EVENING = time(22, 0)


class NotEmpty(Exception):
    """There are schools or pupils already, and invented ones are never mixed with others."""


@transaction.atomic
def make(
    *,
    pupils: int,
    seed: int,
    school_years: int,
    until: date,
    now: datetime,
    today: date,
    say: Callable[[str], object] = lambda _: None,
) -> Municipality:
    """Make and load about `pupils` pupils with their absence over `school_years` years, seen from `until`.

    Everything before the latest school day up to `until` is known, that day itself has only begun. `now` and `today` are
    those of the accounts. `say` is told what is under way. Raises NotEmpty.
    """
    if School.objects.exists() or Pupil.objects.exists():
        raise NotEmpty
    with _without_collecting():
        say("Inventing people")
        made = municipality(pupils, seed, school_years, latest_school_day(until))
        own = story.tell(made)
        employed = staff(made, seed)
        since = min(made.years[-1].days[0], today)
        last = max(school_year_start(today), school_year_start(made.view))
        say(f"Loading {len(made.schools)} schools, {len(made.classes)} classes, {len(made.children)} pupils")
        schools.load(
            rows.roster(made, employed, posts=(since, last.replace(year=last.year + YEARS_IN_SERVICE)))
        )
        say(f"Opening {len(employed)} accounts")
        roster.follow(today, now)
        demo.entitle({employee.email: employee.title for employee in employed})
        users = dict(User.objects.values_list("email", "pk"))
        say("Taking the registers and noting absences")
        attendance = Attendance(made, seed, [users.get(employee.email, 0) for employee in employed], own, now)
        loaded = absence.load(attendance.registers(), attendance.absences())
        say(f"Loaded {loaded.registers} registers and {loaded.absences} absences")
        measures.load(
            Measure(child.id, *child.measure) for child in made.children if child.measure is not None
        )
        # The first school texts at any hour, so that its morning can be told at night and on Sundays as well.
        choices.opt_in([made.schools[0].id], hours=choices.ALWAYS, names_pupil=True)
        for pk in Town.objects.values_list("pk", flat=True):
            limits.change(pk, Limits(most_a_day=None), seen=UNCHOSEN, actor_id=None, role="job.sms")
        say(f"Entered {beforehand.enter(made, now)} absences known beforehand")
        say("Triaging the evenings before")
        evenings = _evenings(made)
        for day in evenings:
            triage.run(day, datetime.combine(day, EVENING, tzinfo=ZONE))
        for day in evenings[-1:]:
            clusters.find(day)
        say(f"Worked with {casework.begin(made)} pupils over a line")
        for day in evenings[-1:]:
            given = assignment.hand_out(day, datetime.combine(day, EVENING, tzinfo=ZONE))
            say(f"Gave {given} of the others somebody who is to act")
    return made


def _evenings(of: Municipality) -> list[date]:
    """Some school days before the day in view, the day before it the last: what stands on a list is of different age."""
    known = [year.days[number] for year in of.years for number in year.open if number < year.view]
    return [known[-ago] for ago in TRIAGED if ago <= len(known)]


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Millions of small values are made, all of them wanted to the end: looking for rubbish among them would take longer."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
