"""How does what changed in a roster reach the tables?

The only writer of areas, schools, classes, pupils, enrolments, guardians, staff and day rules that come from a roster. Rows
are written in batches, so that the number of queries does not grow with a school. To be called inside a transaction.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import connection

from fravaer.core.periods import school_year_of
from fravaer.schools import models, schooldays
from fravaer.schools.importing import canonical
from fravaer.schools.importing.difference import Difference
from fravaer.schools.importing.stored import Stored, class_pks

BATCH = 5_000
# Any fixed number: two imports at the same time would each see the other's half.
LOCK = 7_341_902


class ImportRunning(Exception):
    """Another import is at work on these tables."""


def lock() -> None:
    """Keep other imports out until the transaction ends. Raises ImportRunning when one is at work."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        row: tuple[bool] = cursor.fetchone()
    if not row[0]:
        raise ImportRunning


def apply(found: Difference, stored: Stored) -> None:
    """Write the difference and draw the calendars it touches."""
    writer = _Writer(found, stored)
    writer.municipality()
    writer.classes()
    writer.pupils()
    writer.guardians()
    writer.staff()
    writer.day_rules()
    for year in sorted(writer.touched):
        schooldays.draw(models.SchoolYear.objects.get(starts_on=year))


def left_or_moved(found: Difference) -> list[int]:
    """Primary keys of the pupils who were in a class before and no longer are, or are in another."""
    keys = {enrolment.pupil for enrolment in found.enrolments.removed}
    return list(models.Pupil.objects.filter(roster_key__in=keys).values_list("pk", flat=True)) if keys else []


@dataclass(slots=True)
class _Writer:
    found: Difference
    stored: Stored

    @property
    def touched(self) -> set[date]:
        """1 August of the school years whose calendars are to be drawn anew."""
        rules = (*self.found.day_rules.after, *self.found.day_rules.gone)
        return {
            *self.found.years.added,
            *(key.year for key in self.found.classes.added),
            *(school_year_of(rule.day).since for rule in rules),
        }

    def municipality(self) -> None:
        models.Municipality.objects.bulk_create(
            [models.Municipality(code=row.code, name=row.name) for row in self.found.municipality.after],
            update_conflicts=True,
            unique_fields=["code"],
            update_fields=["name"],
        )
        if self.found.areas:
            municipality = models.Municipality.objects.get()
            models.Area.objects.bulk_create(
                [
                    models.Area(municipality=municipality, code=row.code, name=row.name)
                    for row in self.found.areas.after
                ],
                update_conflicts=True,
                unique_fields=["code"],
                update_fields=["name"],
            )
        if self.found.schools:
            areas = dict(models.Area.objects.values_list("code", "pk"))
            models.School.objects.bulk_create(
                [
                    models.School(
                        institution_number=row.number,
                        name=row.name,
                        area_id=areas[row.area],
                        phone=row.phone,
                    )
                    for row in self.found.schools.after
                ],
                update_conflicts=True,
                unique_fields=["institution_number"],
                update_fields=["name", "area", "phone"],
            )

    def classes(self) -> None:
        models.SchoolYear.objects.bulk_create(
            models.SchoolYear(starts_on=year, until=school_year_of(year).until)
            for year in self.found.years.added
        )
        if self.found.classes.added:
            schools, years = _schools(), dict(models.SchoolYear.objects.values_list("starts_on", "pk"))
            models.SchoolClass.objects.bulk_create(
                [
                    models.SchoolClass(
                        school_id=schools[key.school],
                        school_year_id=years[key.year],
                        year_group=key.year_group,
                        letter=key.letter,
                    )
                    for key in self.found.classes.added
                ],
                BATCH,
            )

    def pupils(self) -> None:
        models.Pupil.objects.bulk_create(
            [
                models.Pupil(
                    roster_key=row.key,
                    given_name=row.given_name,
                    family_name=row.family_name,
                    birth_on=row.birth_on,
                    protected=row.protected,
                )
                for row in self.found.pupils.after
            ],
            BATCH,
            update_conflicts=True,
            unique_fields=["roster_key"],
            update_fields=["given_name", "family_name", "birth_on", "protected"],
        )
        _delete(models.Enrolment, [self.stored.enrolments[row] for row in self.found.enrolments.removed])
        if self.found.enrolments.added:
            pupils, classes = _pupils(), class_pks()
            models.Enrolment.objects.bulk_create(
                [
                    models.Enrolment(
                        pupil_id=pupils[row.pupil],
                        school_class_id=classes[row.school_class],
                        starts_on=row.starts_on,
                        until=row.until,
                    )
                    for row in self.found.enrolments.added
                ],
                BATCH,
            )

    def guardians(self) -> None:
        found = self.found.guardians
        models.Guardian.objects.bulk_create(
            [
                models.Guardian(
                    roster_key=row.key,
                    given_name=row.given_name,
                    family_name=row.family_name,
                    language=row.language,
                )
                for row in found.after
            ],
            BATCH,
            update_conflicts=True,
            unique_fields=["roster_key"],
            update_fields=["given_name", "family_name", "language"],
        )
        if not found and not self.found.guardianships:
            return
        guardians = dict(models.Guardian.objects.values_list("roster_key", "pk"))
        dropped = {
            (guardians[before.key], phone)
            for before, after in found.changed
            for phone in set(before.phones) - set(after.phones)
        }
        if dropped:
            held = models.Phone.objects.filter(guardian_id__in={guardian for guardian, _phone in dropped})
            _delete(
                models.Phone,
                [
                    pk
                    for pk, guardian, phone in held.values_list("pk", "guardian_id", "e164")
                    if (guardian, phone) in dropped
                ],
            )
        models.Phone.objects.bulk_create(
            [
                models.Phone(guardian_id=guardians[row.key], e164=phone, rank=rank)
                for row in found.after
                for rank, phone in enumerate(row.phones, start=1)
            ],
            BATCH,
            update_conflicts=True,
            unique_fields=["guardian", "e164"],
            update_fields=["rank"],
        )
        self._guardianships(guardians)

    def _guardianships(self, guardians: dict[str, int]) -> None:
        found = self.found.guardianships
        _delete(models.Guardianship, [self.stored.guardianships[row] for row in found.removed])
        if rows := found.after:
            pupils = _pupils()
            models.Guardianship.objects.bulk_create(
                [
                    models.Guardianship(
                        pupil_id=pupils[row.pupil],
                        guardian_id=guardians[row.guardian],
                        custody=row.custody,
                        sms_allowed=row.sms_allowed,
                        relation=row.relation,
                    )
                    for row in rows
                ],
                BATCH,
                update_conflicts=True,
                unique_fields=["pupil", "guardian"],
                update_fields=["custody", "sms_allowed", "relation"],
            )

    def staff(self) -> None:
        found = self.found.staff
        moved = [after.key for before, after in found.changed if before.email != after.email]
        if moved:
            # An address may pass from one to another within one import; no two rows may hold it in between.
            for member in (members := list(models.StaffMember.objects.filter(roster_key__in=moved))):
                member.email = f"{member.pk}@changing.invalid"
            models.StaffMember.objects.bulk_update(members, ["email"], BATCH)
        models.StaffMember.objects.bulk_create(
            [
                models.StaffMember(roster_key=row.key, name=row.name, email=row.email, phone=row.phone or "")
                for row in found.after
            ],
            BATCH,
            update_conflicts=True,
            unique_fields=["roster_key"],
            update_fields=["name", "email", "phone"],
        )
        for keys, active in ((self.found.left, False), (self.found.returned, True)):
            if keys:
                models.StaffMember.objects.filter(roster_key__in=keys).update(active=active)
        _delete(models.StaffPost, [self.stored.posts[row] for row in self.found.posts.gone])
        if rows := self.found.posts.after:
            self._posts(rows)

    def _posts(self, rows: Iterable[canonical.Post]) -> None:
        members = dict(models.StaffMember.objects.values_list("roster_key", "pk"))
        areas = dict(models.Area.objects.values_list("code", "pk"))
        schools, classes = _schools(), class_pks()
        models.StaffPost.objects.bulk_create(
            [
                models.StaffPost(
                    staff_member_id=members[row.staff],
                    role=row.role,
                    area_id=areas[row.area] if row.area else None,
                    school_id=schools[row.school] if row.school else None,
                    school_class_id=classes[row.school_class] if row.school_class else None,
                    starts_on=row.starts_on,
                    until=row.until,
                )
                for row in rows
            ],
            BATCH,
        )

    def day_rules(self) -> None:
        found = self.found.day_rules
        _delete(models.DayRule, [self.stored.day_rules[row] for row in found.gone])
        if rows := found.after:
            schools, classes = _schools(), class_pks()
            years = dict(models.SchoolYear.objects.values_list("starts_on", "pk"))
            models.DayRule.objects.bulk_create(
                [
                    models.DayRule(
                        school_year_id=years[school_year_of(row.day).since],
                        day=row.day,
                        level=_level(row),
                        school_id=schools[row.school] if row.school else None,
                        year_group=row.year_group,
                        school_class_id=classes[row.school_class] if row.school_class else None,
                        closed=row.closed,
                        reason=row.reason,
                    )
                    for row in rows
                ],
                BATCH,
            )


def _level(rule: canonical.DayRule) -> models.Level:
    if rule.school_class:
        return models.Level.CLASS
    if rule.year_group is not None:
        return models.Level.YEAR_GROUP
    return models.Level.SCHOOL if rule.school else models.Level.MUNICIPALITY


def _delete(
    model: type[models.Enrolment | models.Guardianship | models.Phone | models.StaffPost | models.DayRule],
    pks: list[int],
) -> None:
    if pks:
        model._default_manager.filter(pk__in=pks).delete()


def _schools() -> dict[str, int]:
    return dict(models.School.objects.values_list("institution_number", "pk"))


def _pupils() -> dict[str, int]:
    return dict(models.Pupil.objects.values_list("roster_key", "pk"))
