"""What did the registers of a municipality say that does not exist?

Every class is noted on every school day before the day in view, but for the registers that somebody forgot. On the day in view
itself it is morning: half of the classes of the other schools have taken theirs, the first school is still to come.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from fravaer.absence.bulk import NewAbsence, TakenRegister
from fravaer.absence.checkpoints import Checkpoint, due
from fravaer.absence.reasons import Reason
from fravaer.synthetic.people import Child, ClassYear, Municipality, School
from fravaer.synthetic.spells import BOTH, END, REASON_SHIFT, START, Spells

ZONE = ZoneInfo("Europe/Copenhagen")
NOTED_FROM = {Checkpoint.START: time(8, 0), Checkpoint.END: time(13, 30)}
SECONDS = [timedelta(seconds=second) for second in range(15 * 60)]
BIT = {Checkpoint.START: START, Checkpoint.END: END}
# The end of the day is forgotten more often than its start.
FORGOTTEN = {Checkpoint.START: 0.93, Checkpoint.END: 1.25}
SUBSTITUTE_TAKES = 0.12
TAKEN_THIS_MORNING = 0.5
# The share of absences nobody has explained yet, by how many school days ago: reasons are complete within a week.
AWAITING = (0.4, 0.35, 0.2, 0.12, 0.07, 0.03)

# A year's waves of illness in a class: how likely, between which positions among its school days, and who catches it.
WAVES = ((0.55, 40, 150, 0.2), (0.3, 60, 140, 0.25), (0.08, 70, 130, 0.5))
TROUBLED, UNREST = 0.04, 3.0


class Attendance:
    """The registers, and the absences noted in them; the registers are to be drawn first.

    `teachers`: the user of each teacher, as `ClassYear.teacher` counts them. `own`: by school year the days on which some
    children are absent, as `Spells.absences` gives them, instead of drawn ones. `now`: no register is taken after it.
    """

    def __init__(
        self,
        of: Municipality,
        seed: int,
        teachers: list[int],
        own: dict[Child, dict[int, dict[int, int]]],
        now: datetime,
    ) -> None:
        self._of = of
        self._own = own
        self._now = now
        self._teachers = teachers
        self._random = Random(f"{seed}:attendance")
        self._spells = Spells(Random(f"{seed}:spells"), of.years[0])
        self._substitutes: dict[School, list[int]] = {}
        for class_year in of.classes:
            self._substitutes.setdefault(class_year.line.school, []).append(teachers[class_year.teacher])

    def registers(self) -> Iterator[TakenRegister]:
        """The registers that were taken, class by class."""
        for year in self._of.years:
            clock = {
                checkpoint: [datetime.combine(day, noted, tzinfo=ZONE).astimezone(UTC) for day in year.days]
                for checkpoint, noted in NOTED_FROM.items()
            }
            for class_year in self._of.classes:
                if class_year.year is year:
                    yield from self._of_class(class_year, clock)

    def _of_class(
        self, class_year: ClassYear, clock: dict[Checkpoint, list[datetime]]
    ) -> Iterator[TakenRegister]:
        random, year, school = self._random.random, class_year.year, class_year.line.school
        teacher, others = self._teachers[class_year.teacher], self._substitutes[school]
        key, taken = class_year.id, bytearray(len(year.days))
        is_demo = class_year is self._of.demo_class
        for day in class_year.open:
            checkpoints = due(class_year.grade)
            if day >= year.view:
                # This morning: only at the other schools, and only in some of the classes.
                if day > year.view or school.index == 0 or random() >= TAKEN_THIS_MORNING:
                    break
                if clock[Checkpoint.START][day] + SECONDS[-1] > self._now:
                    break
                checkpoints = (Checkpoint.START,)
            for checkpoint in checkpoints:
                if random() < school.missed * FORGOTTEN[checkpoint] and not is_demo:
                    continue
                if checkpoint == Checkpoint.END and day == class_year.forgotten_end:
                    continue
                taken[day] |= BIT[checkpoint]
                by = others[int(random() * len(others))] if random() < SUBSTITUTE_TAKES else teacher
                at = clock[checkpoint][day] + SECONDS[int(random() * len(SECONDS))]
                yield TakenRegister(key, year.days[day], checkpoint.value, by, at)
        class_year.taken, class_year.away = taken, bytearray(len(taken))

    def absences(self) -> Iterator[NewAbsence]:
        """The absences, pupil by pupil and day by day."""
        for class_year in self._of.classes:
            self._shape(class_year)
        last = self._of.years[-1]
        before = last.open[: last.open.index(last.view) + 1]
        awaiting = dict(zip(reversed(before), AWAITING, strict=False))
        start, end = Checkpoint.START.value, Checkpoint.END.value
        for child in self._of.children:
            own = self._own.get(child)
            for stays in child.stays.values():
                year = stays[0].class_year.year
                away = self._spells.absences(child, stays[0].class_year)
                if own is not None:
                    away = own[year.start]
                elif year is last:
                    away = self._await(away, awaiting)
                days, pupil = year.days, child.id
                for stay in stays:
                    taken, of_class, count = stay.class_year.taken, stay.class_year.id, stay.class_year.away
                    for day in sorted(away):
                        if stay.since <= day < stay.until:
                            code = away[day]
                            noted = code & taken[day]
                            if noted & START:
                                count[day] += 1
                                yield NewAbsence(pupil, days[day], start, of_class, code >> REASON_SHIFT)
                            if noted & END:
                                yield NewAbsence(pupil, days[day], end, of_class, code >> REASON_SHIFT)

    def _shape(self, class_year: ClassYear) -> None:
        """What goes round in the class this year, and whether it thrives."""
        random = self._random
        for likely, earliest, latest, share in WAVES:
            if random.random() < likely:
                class_year.waves.append(
                    (random.randrange(earliest, latest), share * random.uniform(0.6, 1.4))
                )
        if random.random() < TROUBLED:
            class_year.unrest = UNREST

    def _await(self, away: dict[int, int], awaiting: dict[int, float]) -> dict[int, int]:
        """The same absences, some of the latest without a reason yet; leave is known beforehand."""
        for day, share in awaiting.items():
            code = away.get(day)
            if code is not None and code >> REASON_SHIFT != Reason.LEAVE and self._random.random() < share:
                away[day] = Reason.PENDING << REASON_SHIFT | code & BOTH
        return away
