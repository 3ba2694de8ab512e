"""What do our own tables say already, in the words of a roster?

A fixed number of queries, whatever the number of pupils. Rows that a roster cannot change are left out: classes of other
school years, enrolments and posts that ended before the roster's first day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from fravaer.schools import models
from fravaer.schools.importing import canonical
from fravaer.schools.importing.canonical import ClassKey, Known, Roster


@dataclass(frozen=True, slots=True)
class Stored:
    """The tables' answer, each row with its primary key where the roster may remove it."""

    municipality: canonical.Municipality | None
    areas: tuple[canonical.Area, ...]
    schools: tuple[canonical.School, ...]
    years: tuple[date, ...]
    classes: tuple[ClassKey, ...]
    pupils: Mapping[str, canonical.Pupil]
    enrolments: Mapping[canonical.Enrolment, int]
    guardians: Mapping[str, canonical.Guardian]
    guardianships: Mapping[canonical.Guardianship, int]
    staff: Mapping[str, canonical.Staff]
    # Keys of the staff who are in service.
    active: frozenset[str]
    posts: Mapping[canonical.Post, int]
    day_rules: Mapping[canonical.DayRule, int]
    # Days of units whose rule somebody has changed by hand: the roster does not speak of them any more.
    by_hand: frozenset[tuple[date, str | None, int | None, ClassKey | None]]


def known() -> Known:
    """What no roster may contradict."""
    municipality = models.Municipality.objects.first()
    return Known(
        municipality_code=municipality.code if municipality else None,
        staff_by_email={
            email.lower(): key for email, key in models.StaffMember.objects.values_list("email", "roster_key")
        },
    )


def stored(roster: Roster, today: date) -> Stored:
    """What is stored of everything the roster may change when it is imported on `today`."""
    municipality = models.Municipality.objects.first()
    since = min([today, *(enrolment.starts_on for enrolment in roster.enrolments)])
    class_keys = {pk: key for key, pk in class_pks().items()}
    staff = {
        key: (canonical.Staff(key, name, email, phone), active)
        for key, name, email, phone, active in models.StaffMember.objects.values_list(
            "roster_key", "name", "email", "phone", "active"
        )
    }
    return Stored(
        municipality=canonical.Municipality(municipality.code, municipality.name) if municipality else None,
        areas=tuple(canonical.Area(*row) for row in models.Area.objects.values_list("code", "name")),
        schools=tuple(
            canonical.School(*row)
            for row in models.School.objects.values_list("institution_number", "name", "area__code", "phone")
        ),
        years=tuple(models.SchoolYear.objects.values_list("starts_on", flat=True)),
        classes=tuple(key for key in class_keys.values() if key.year in roster.years),
        pupils={
            row[0]: canonical.Pupil(*row)
            for row in models.Pupil.objects.values_list(
                "roster_key", "given_name", "family_name", "birth_on", "protected"
            )
        },
        enrolments={
            canonical.Enrolment(pupil, class_keys[school_class], starts_on, until): pk
            for pk, pupil, school_class, starts_on, until in models.Enrolment.objects.filter(
                until__gt=since
            ).values_list("pk", "pupil__roster_key", "school_class_id", "starts_on", "until")
        },
        guardians=_guardians(),
        guardianships={
            canonical.Guardianship(pupil, guardian, custody, sms_allowed, relation): pk
            for pk, pupil, guardian, custody, sms_allowed, relation in models.Guardianship.objects.values_list(
                "pk", "pupil__roster_key", "guardian__roster_key", "custody", "sms_allowed", "relation"
            )
        },
        staff={key: member for key, (member, _active) in staff.items()},
        active=frozenset(key for key, (_member, active) in staff.items() if active),
        posts={
            canonical.Post(
                member, role, area, school, class_keys[in_class] if in_class else None, starts_on, until
            ): pk
            for pk, member, role, area, school, in_class, starts_on, until in models.StaffPost.objects.values_list(
                "pk",
                "staff_member__roster_key",
                "role",
                "area__code",
                "school__institution_number",
                "school_class_id",
                "starts_on",
                "until",
            )
        },
        day_rules={
            canonical.DayRule(
                day, school, year_group, class_keys[in_class] if in_class else None, closed, reason
            ): pk
            for pk, day, school, year_group, in_class, closed, reason in models.DayRule.objects.filter(
                school_year__starts_on__in=roster.years
            ).values_list(
                "pk", "day", "school__institution_number", "year_group", "school_class_id", "closed", "reason"
            )
        },
        by_hand=frozenset(
            (date.fromisoformat(day), school, year_group, class_keys[in_class] if in_class else None)
            for school, year_group, in_class, days in models.PlanChange.objects.filter(
                school_year__starts_on__in=roster.years, state=models.PlanChange.State.MADE
            ).values_list("school__institution_number", "year_group", "school_class_id", "days")
            for day, _before, _after in days
        ),
    )


def class_pks() -> dict[ClassKey, int]:
    """Primary key of every class."""
    return {
        ClassKey(school, year, year_group, letter): pk
        for pk, school, year, year_group, letter in models.SchoolClass.objects.values_list(
            "pk", "school__institution_number", "school_year__starts_on", "year_group", "letter"
        )
    }


def _guardians() -> dict[str, canonical.Guardian]:
    phones: dict[str, list[str]] = defaultdict(list)
    for key, e164 in models.Phone.objects.order_by("rank", "pk").values_list("guardian__roster_key", "e164"):
        phones[key].append(e164)
    return {
        key: canonical.Guardian(key, given_name, family_name, language, tuple(phones[key]))
        for key, given_name, family_name, language in models.Guardian.objects.values_list(
            "roster_key", "given_name", "family_name", "language"
        )
    }
