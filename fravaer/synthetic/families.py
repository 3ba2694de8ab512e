"""Which child has which guardians?

Brothers and sisters share theirs. Most children live with two guardians who hold custody; some guardians live apart, some
hold no custody, some cannot be texted, some prefer another language.
"""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from uuid import UUID

from fravaer.synthetic import names
from fravaer.synthetic.numbers import Numbers
from fravaer.synthetic.people import Child, Family, Guardian, Line

SIBLING_AT_THE_SCHOOL = 0.45
ROOM = (1, 1, 2, 2, 2, 2, 3, 3, 4)
PROTECTED, SMS_STOPPED = 0.006, 0.003
WITHOUT_PHONE, SECOND_PHONE, SHARED_PHONE, DECLINES_SMS, SWITCHES_OFF = 0.03, 0.06, 0.01, 0.02, 0.003
HAS_MEASURE = 0.08
# How much likelier a measure grows with the child's two traits, and the mean of that over all children.
MEASURE_POWER, MEASURE_MEAN = 0.75, 1.4


class Families:
    """The families of the municipality, growing with every child."""

    def __init__(self, random: Random, numbers: Numbers) -> None:
        self._random = random
        self._numbers = numbers
        # By school: those who may have another child there.
        self._open: dict[int, list[Family]] = {}

    def child(self, line: Line, first_day: date) -> Child:
        """A new child of the line's cohort, in a new family or beside a brother or sister at the same school.

        `first_day`: the first day of the data; social measures may be older.
        """
        random = self._random
        family = self._family(line)
        girl = random.random() < 0.49
        frailty = family.frailty * random.lognormvariate(0, 1.05)
        truancy = random.gammavariate(0.35, 1 / 0.35)
        child = Child(
            family=family,
            given_name=names.given_name(random, family.background, girl=girl),
            family_name=family.name,
            birth_on=self._birth(line.cohort),
            uuid=UUID(int=random.getrandbits(128), version=4),
            protected=random.random() < PROTECTED,
            sms_stopped=random.random() < SMS_STOPPED,
            frailty=frailty,
            truancy=truancy,
            line=line,
        )
        risk = (frailty * (0.3 + 0.7 * truancy)) ** MEASURE_POWER / MEASURE_MEAN
        if random.random() < HAS_MEASURE * risk:
            since = first_day + timedelta(days=random.randrange(-700, 500))
            until = since + timedelta(days=random.randrange(200, 900))
            child.measure = (since, until if random.random() < 0.3 else None)
        return child

    def _family(self, line: Line) -> Family:
        random = self._random
        waiting = self._open.setdefault(line.school.index, [])
        if waiting and random.random() < SIBLING_AT_THE_SCHOOL:
            place = random.randrange(len(waiting))
            family = waiting[place]
            if line.cohort not in family.cohorts:
                family.cohorts.append(line.cohort)
                family.room -= 1
                if family.room == 0:
                    waiting[place] = waiting[-1]
                    waiting.pop()
                return family
        family = self._new_family(line)
        if family.room:
            waiting.append(family)
        return family

    def _new_family(self, line: Line) -> Family:
        random = self._random
        background = names.background(random)
        name = names.family_name(random, background)
        return Family(
            background=background,
            name=name,
            guardians=self._guardians(background, name),
            room=random.choice(ROOM) - 1,
            frailty=random.lognormvariate(0, 0.6),
            travels=random.gammavariate(0.4, 1 / 0.4),
            cohorts=[line.cohort],
        )

    def _guardians(self, background: names.Background, name: str) -> list[Guardian]:
        random = self._random
        own_name = name if random.random() < 0.55 else names.family_name(random, background)
        mother = self._guardian(background, name, woman=True)
        father = self._guardian(background, own_name, woman=False)
        kind = random.random()
        if kind < 0.08:
            return [mother]
        if kind < 0.10:
            return [father]
        if kind < 0.17:
            # Lives elsewhere without custody: known to the school, never told anything by the system.
            father.custody = False
        elif kind < 0.18:
            mother.custody = False
        elif kind < 0.19:
            partner = self._guardian(background, names.family_name(random, background), woman=False)
            partner.custody, partner.relation = False, "papfar"
            return [mother, father, partner]
        elif kind < 0.19 + SHARED_PHONE and mother.phones:
            father.phones = list(mother.phones)
        return [mother, father]

    def _guardian(self, background: names.Background, name: str, *, woman: bool) -> Guardian:
        random = self._random
        phones: list[str] = []
        if random.random() >= WITHOUT_PHONE:
            is_off = random.random() < SWITCHES_OFF
            phones.append(self._numbers.switched_off() if is_off else self._numbers.next())
            if random.random() < SECOND_PHONE:
                phones.append(self._numbers.next())
        return Guardian(
            given_name=names.grown_up_name(random, background, woman=woman),
            family_name=name,
            language=background.language if random.random() < background.prefer else "da",
            phones=phones,
            custody=True,
            sms_allowed=random.random() >= DECLINES_SMS,
            relation="mor" if woman else "far",
            uuid=UUID(int=random.getrandbits(128), version=4),
        )

    def _birth(self, cohort: int) -> date:
        """Six years old in the year school begins; some are kept back a year, a few begin early."""
        place = self._random.random()
        year = cohort - (7 if place < 0.06 else 5 if place > 0.98 else 6)
        return date(year, 1, 1) + timedelta(days=self._random.randrange(365))
