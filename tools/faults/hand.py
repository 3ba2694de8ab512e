"""Who takes the registers? One process, told what to do a line at a time.

`make SCHOOLS PUPILS` fills an empty database: as many schools with one class each, every pupil with one guardian and a number
of her own. `absent SCHOOL` takes the class's register with nobody here. Every line is answered with `ok`.
"""

from __future__ import annotations

import os
import sys
import time as wall
from collections.abc import Callable
from datetime import date
from uuid import uuid4

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tools.faults.settings")
django.setup()

from django.db import Error, close_old_connections, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from fravaer.absence import register  # noqa: E402
from fravaer.absence.checkpoints import Checkpoint  # noqa: E402
from fravaer.absence.reasons import Mark  # noqa: E402
from fravaer.schools import models as schools  # noqa: E402
from fravaer.schools import schooldays  # noqa: E402
from fravaer.sms import choices  # noqa: E402
from fravaer.sms.choices import ALWAYS  # noqa: E402
from fravaer.sms.models import Choice, Limits  # noqa: E402


def number_of(school: int, pupil: int) -> str:
    """No country has 999; the last four digits are those of no special behaviour."""
    return f"+999{school:03d}{pupil:05d}0"


@transaction.atomic
def make(count: int, pupils: int) -> None:
    year = schools.SchoolYear.objects.create(starts_on=date(2025, 8, 1), until=date(2026, 8, 1))
    schooldays.draw(year)
    municipality = schools.Municipality.objects.create(name="Prøveby Kommune", code="998")
    Limits.objects.create(municipality=municipality, countries=["999"], most_a_day=None)
    area = schools.Area.objects.create(municipality=municipality, name="Prøve", code="proeve")
    calendar = schools.Calendar.objects.filter(school_year=year, key="municipality").first()
    for n in range(count):
        school = schools.School.objects.create(
            area=area, name=f"Skole {n}", institution_number=f"P{n:05d}", phone="+4570101010"
        )
        school_class = schools.SchoolClass.objects.create(
            school=school, school_year=year, calendar=calendar, year_group=7, letter="A"
        )
        made = schools.Pupil.objects.bulk_create(
            schools.Pupil(
                roster_key=f"e-{n}-{p}",
                given_name="Elev",
                family_name=f"Prøve{p}",
                birth_on=date(2012, 5, 17),
            )
            for p in range(pupils)
        )
        schools.Enrolment.objects.bulk_create(
            schools.Enrolment(
                pupil=one, school_class=school_class, starts_on=year.starts_on, until=year.until
            )
            for one in made
        )
        adults = schools.Guardian.objects.bulk_create(
            schools.Guardian(roster_key=f"v-{n}-{p}", given_name="Voksen", family_name="Prøve", language="da")
            for p in range(pupils)
        )
        schools.Guardianship.objects.bulk_create(
            schools.Guardianship(pupil=one, guardian=adult, custody=True, sms_allowed=True)
            for one, adult in zip(made, adults, strict=True)
        )
        schools.Phone.objects.bulk_create(
            schools.Phone(guardian=adult, e164=number_of(n, p)) for p, adult in enumerate(adults)
        )
        choices.opt_in([school.pk], hours=ALWAYS)
    # Everybody is away here: nobody is to be asked whether that can be.
    Choice.objects.update(most_percent=100)


def school_class(number: int) -> schools.SchoolClass:
    return schools.SchoolClass.objects.get(school__institution_number=f"P{number:05d}")


def absent(number: int) -> None:
    of = school_class(number)
    everyone = schools.Pupil.objects.filter(enrolments__school_class=of).values_list("pk", flat=True)
    register.take(
        school_class_id=of.pk,
        school_id=of.school_id,
        year_group=of.year_group,
        day=timezone.localdate(),
        checkpoint=Checkpoint.START,
        marks=dict.fromkeys(everyone, Mark.ABSENT),
        seen_version=0,
        key=uuid4(),
        user_id=None,
        now=timezone.now(),
    )


def main() -> None:
    for line in sys.stdin:
        verb, *numbers = line.split()
        # As people do: press again until it is saved.
        for _ in range(100):
            try:
                close_old_connections()
                told: dict[str, Callable[..., None]] = {"make": make, "absent": absent}
                told[verb](*map(int, numbers))
                break
            except Error:
                wall.sleep(0.2)
        else:
            raise SystemExit("The database does not answer.")
        sys.stdout.write("ok\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
