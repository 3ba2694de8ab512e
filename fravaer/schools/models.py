"""The municipality as it is: areas, schools, classes, pupils, guardians and the calendar.

Dates are half-open (`until` is the first day outside). Names sort as Danes sort them (aa as å, last) through a stored
column, because a database cannot be relied on to know Danish collation.
"""

from __future__ import annotations

import uuid

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Concat
from django.utils.translation import gettext_lazy as _

from fravaer.core.sealing import FixedNumber, SealedText, is_fixed
from fravaer.schools.querysets import (
    AreaQuerySet,
    EnrolmentQuerySet,
    PupilQuerySet,
    SchoolClassQuerySet,
    SchoolQuerySet,
)


def danish_sort_key(*fields: str) -> models.GeneratedField:
    """A stored column that sorts the named fields, one after the other, in Danish order."""
    joined: models.Expression = Func(F(fields[0]), function="danish_sort_key")
    for field in fields[1:]:
        joined = Concat(joined, Value(" "), Func(F(field), function="danish_sort_key"))
    return models.GeneratedField(
        expression=joined, output_field=models.TextField(db_collation="C"), db_persist=True
    )


class DateRange(Func):
    """The half-open range of two date columns."""

    function = "daterange"
    output_field = DateRangeField()


class Municipality(models.Model):
    """The one municipality this installation serves."""

    code = models.CharField(max_length=3, unique=True)
    name = models.CharField(max_length=100)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(code__regex=r"^\d{3}$"), name="municipality_code_is_three_digits"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Area(models.Model):
    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="areas")
    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=100)

    objects = AreaQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class School(models.Model):
    area = models.ForeignKey(Area, models.PROTECT, related_name="schools")
    # Six characters, opaque: digits, or a letter and five digits.
    institution_number = models.CharField(max_length=10, unique=True)
    name = models.CharField(max_length=100)
    phone = models.CharField(max_length=20, blank=True)
    # The morning register is open from `opens_at` and late after `due_at`.
    opens_at = models.TimeField(default="07:45")
    due_at = models.TimeField(default="08:15")
    sort_name = danish_sort_key("name")

    objects = SchoolQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class SchoolYear(models.Model):
    """1 August to 31 July."""

    starts_on = models.DateField(unique=True)
    until = models.DateField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(until__gt=F("starts_on")), name="school_year_ends_after_start")
        ]

    def __str__(self) -> str:
        return f"{self.starts_on.year}/{self.until.year % 100:02d}"


class Level(models.IntegerChoices):
    """Whose calendar a rule about a day belongs to; the higher number wins."""

    MUNICIPALITY = 1, _("Municipality")
    SCHOOL = 2, _("School")
    YEAR_GROUP = 3, _("Year group")
    CLASS = 4, _("Class")


class DayRule(models.Model):
    """One statement about one day: closed, or open although a wider rule closes it."""

    school_year = models.ForeignKey(SchoolYear, models.PROTECT, related_name="day_rules")
    day = models.DateField()
    level = models.SmallIntegerField(choices=Level)
    school = models.ForeignKey(School, models.PROTECT, null=True, blank=True, related_name="+")
    year_group = models.SmallIntegerField(null=True, blank=True)
    school_class = models.ForeignKey("SchoolClass", models.PROTECT, null=True, blank=True, related_name="+")
    closed = models.BooleanField(default=True)
    reason = models.CharField(max_length=100)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["day", "school", "year_group", "school_class"],
                name="one_rule_a_day_and_unit",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(level=1, school=None, year_group=None, school_class=None)
                | Q(level=2, school__isnull=False, year_group=None, school_class=None)
                | Q(level=3, school__isnull=False, year_group__isnull=False, school_class=None)
                | Q(level=4, school=None, year_group=None, school_class__isnull=False),
                name="day_rule_names_its_unit",
            ),
        ]


class PlanChange(models.Model):
    """One change of the rules of one unit: which days, what stood before and what stands after, by whom and when.

    A change of the municipality's plan is proposed by one person and decided by another. Users stand floors above and are
    named by their ids.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("Proposed")
        MADE = "made", _("Made")
        REFUSED = "refused", _("Refused")

    uuid = models.UUIDField(unique=True)
    school_year = models.ForeignKey(SchoolYear, models.PROTECT, related_name="+")
    level = models.SmallIntegerField(choices=Level)
    school = models.ForeignKey(School, models.PROTECT, null=True, related_name="+")
    year_group = models.SmallIntegerField(null=True)
    school_class = models.ForeignKey("SchoolClass", models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=State)
    asked_by = models.IntegerField()
    asked_at = models.DateTimeField()
    decided_by = models.IntegerField(null=True)
    decided_at = models.DateTimeField(null=True)
    # One triple a day: the day in ISO, and the rule before and after as [closed, reason], or null where there is none.
    days = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["school_year", "-id"], name="plan_change_of_year")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="made", level=1) | ~Q(decided_by=F("asked_by")),
                name="municipal_plan_takes_two",
            )
        ]


class Calendar(models.Model):
    """A set of school days that some classes share; drawn from the day rules by `schooldays.draw`."""

    school_year = models.ForeignKey(SchoolYear, models.PROTECT, related_name="calendars")
    # The widest unit the calendar belongs to: `municipality`, `school:3`, `school:3:9` or `class:17`.
    key = models.CharField(max_length=40)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["school_year", "key"], name="one_calendar_a_unit")]


class CalendarDay(models.Model):
    """One date of a calendar. School days in [a, b) are `number_before`[b] − `number_before`[a]."""

    pk = models.CompositePrimaryKey("calendar_id", "day")
    calendar = models.ForeignKey(Calendar, models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    is_school_day = models.BooleanField()
    number_before = models.SmallIntegerField()
    reason = models.CharField(max_length=100, blank=True)


class SchoolClass(models.Model):
    """A class in one school year: year group 0–10 and a letter."""

    school = models.ForeignKey(School, models.PROTECT, related_name="classes")
    school_year = models.ForeignKey(SchoolYear, models.PROTECT, related_name="classes")
    calendar = models.ForeignKey(Calendar, models.PROTECT, null=True, related_name="+")
    year_group = models.SmallIntegerField()
    letter = models.CharField(max_length=10)

    # Set by schooldays.with_day alone.
    is_school_day: bool | None
    closed_reason: str | None
    # Set where the pupils of a day are counted; none is None.
    pupils: int | None

    objects = SchoolClassQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["school", "school_year", "year_group", "letter"], name="one_class_of_a_name_a_year"
            ),
            models.UniqueConstraint(fields=["id", "school"], name="class_with_its_school"),
            models.CheckConstraint(condition=Q(year_group__range=(0, 10)), name="year_group_0_to_10"),
        ]

    def __str__(self) -> str:
        return f"{self.year_group}.{self.letter}"


class Pupil(models.Model):
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # The key of the roster the pupil came from; never shown.
    roster_key = models.CharField(max_length=64, unique=True)
    given_name = models.CharField(max_length=100)
    family_name = models.CharField(max_length=100)
    birth_on = models.DateField(null=True, blank=True)
    # Name and address protection (CPR Act § 28): the mark is shown, contact data stay behind a click.
    protected = models.BooleanField(default=False)
    # A person's decision that nobody is texted about this child, whatever else holds.
    sms_stopped = models.BooleanField(default=False)
    sort_given = danish_sort_key("given_name", "family_name")
    sort_family = danish_sort_key("family_name", "given_name")

    objects = PupilQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["sort_given"], name="pupil_by_given_name"),
            models.Index(fields=["sort_family"], name="pupil_by_family_name"),
        ]

    def __str__(self) -> str:
        return f"{self.given_name} {self.family_name}"


class CprNumber(models.Model):
    """A pupil's CPR number, where the installation keeps them; apart from her row, so that no list ever carries it."""

    pupil = models.OneToOneField(Pupil, models.PROTECT, related_name="+")
    number = SealedText("pupil", keys="cpr", bound_to="pupil_id", found_by="found_by")
    found_by = models.BinaryField(max_length=32, unique=True)


class CprLookup(models.Model):
    """Somebody looked up a CPR number: how often within an hour is what this is for, and not which."""

    actor_id = models.IntegerField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["actor_id", "at"], name="cpr_lookups_of_actor")]


class Enrolment(models.Model):
    """A pupil in a class from `starts_on` up to, and without, `until`. Two of one pupil never overlap."""

    pupil = models.ForeignKey(Pupil, models.PROTECT, related_name="enrolments")
    school_class = models.ForeignKey(SchoolClass, models.PROTECT, related_name="enrolments")
    starts_on = models.DateField()
    until = models.DateField()

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(until__gt=F("starts_on")), name="enrolment_ends_after_start"),
            ExclusionConstraint(
                name="one_class_at_a_time",
                expressions=[
                    ("pupil", RangeOperators.EQUAL),
                    (DateRange("starts_on", "until"), RangeOperators.OVERLAPS),
                ],
            ),
        ]


class Guardian(models.Model):
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    roster_key = models.CharField(max_length=64, unique=True)
    given_name = models.CharField(max_length=100)
    family_name = models.CharField(max_length=100)
    language = models.CharField(max_length=8, default="da")

    def __str__(self) -> str:
        return f"{self.given_name} {self.family_name}"


class Guardianship(models.Model):
    """What a guardian is to a pupil. Only a holder of custody is ever told anything by the system."""

    pupil = models.ForeignKey(Pupil, models.PROTECT, related_name="guardianships")
    guardian = models.ForeignKey(Guardian, models.PROTECT, related_name="guardianships")
    custody = models.BooleanField()
    sms_allowed = models.BooleanField(default=True)
    relation = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pupil", "guardian"], name="one_guardianship_a_pair")]


class Phone(models.Model):
    """A guardian's number as E.164; `rank` 1 is tried first."""

    guardian = models.ForeignKey(Guardian, models.PROTECT, related_name="phones")
    e164 = FixedNumber(e164=True)
    rank = models.SmallIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["guardian", "e164"], name="one_phone_a_guardian"),
            models.CheckConstraint(condition=is_fixed("e164"), name="phone_is_fixed"),
        ]
        indexes = [models.Index(fields=["e164"], name="phone_by_number")]


class StaffMember(models.Model):
    """A person employed by the municipality, as the roster names her; accounts and grants are made from it."""

    roster_key = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=150)
    email = models.EmailField(unique=True)
    # Where the office reaches her, as E.164; empty where the roster does not say.
    phone = FixedNumber(e164=True, blank=True, default="", db_default="")
    active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(phone="") | is_fixed("phone"), name="staff_phone_is_fixed"),
        ]

    def __str__(self) -> str:
        return self.name


class StaffPost(models.Model):
    """What a member of staff does, where, from when until when; `role` is a word of the roster."""

    staff_member = models.ForeignKey(StaffMember, models.CASCADE, related_name="posts")
    role = models.CharField(max_length=32)
    area = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, related_name="+")
    school = models.ForeignKey(School, models.PROTECT, null=True, blank=True, related_name="+")
    school_class = models.ForeignKey(SchoolClass, models.PROTECT, null=True, blank=True, related_name="+")
    starts_on = models.DateField()
    until = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["staff_member", "role", "area", "school", "school_class", "starts_on"],
                name="one_post_of_a_kind",
                nulls_distinct=False,
            ),
            models.CheckConstraint(condition=Q(until__gt=F("starts_on")), name="post_ends_after_start"),
        ]


class RosterChange(models.Model):
    """One row: how often calendars, classes, schools or enrolments have changed. Counted by triggers of the database."""

    number = models.BigIntegerField()


class Installation(models.Model):
    """One row: which database this is, as it says of itself, and how far its journal had come. A copy says of another."""

    # Carried along by every dump: the journal outside is told from others' by it.
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    cluster = models.CharField(max_length=24)
    database = models.BigIntegerField()
    # The number of the last line written outside, and up to when those lines tell what happened.
    journal = models.BigIntegerField(default=0)
    told_until = models.DateTimeField()
    stamped_at = models.DateTimeField()
