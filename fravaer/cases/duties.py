"""About whom does the law have the school write in a quarter, who is near, and what has been done?

Two steps of each calendar quarter, by unlawful absence alone: at 10 % the school leader warns the parents, at 15 % she
notifies the municipality (order on pupils' absence in the Folkeskole, in force 1 January 2020). Whole numbers decide. The
night prepares drafts of what is lacking and never sends one: a person looks, signs and sends.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import uuid4

from fravaer.absence import nearing
from fravaer.absence.tallies import Tally
from fravaer.cases import evidence as registers
from fravaer.cases import letters, referrals, rules, rulesets, undermining
from fravaer.cases.models import Letter, LetterKind, LetterState
from fravaer.core.periods import Quarter
from fravaer.core.scope import Scope
from fravaer.schools.models import Enrolment, Pupil

log = logging.getLogger(__name__)

# So many half-days of unlawful absence before the first limit, and a pupil is near it.
NEAR_HALVES = 4
# The night drafts nothing in a quarter of which fewer half-days have been held: one day away is soon a tenth of them. The page
# shows who has reached a limit from the first day on, and a person may write.
FEWEST_HALVES = rules.HALVES * rulesets.FEWEST_DAYS_OF_A_QUARTER
# So long into a quarter the night still looks at the one before, whose last reasons come late.
AFTER_THE_QUARTER = timedelta(days=31)
STEPS = (LetterKind.WARNING, LetterKind.REFERRAL)


@dataclass(frozen=True, slots=True)
class Due:
    """A letter the law asks for and nobody has sent. `letter` is the UUID of its draft or of the signed one, if any."""

    pupil_id: int
    quarter: Quarter
    kind: LetterKind
    figures: registers.Figures
    state: LetterState | None
    letter: object | None


@dataclass(slots=True)
class Step:
    """One of the two steps for one pupil: whether it is asked for, its letter, and whether another may be drafted."""

    kind: LetterKind
    asked: bool
    letter: Letter | None = None
    receipt: referrals.Receipt | None = None

    @property
    def may_be_drafted(self) -> bool:
        return self.asked and self.letter is None

    @property
    def undermined(self) -> bool:
        return bool(self.letter and self.letter.undermined_at and not self.letter.upheld_at)

    @property
    def waits(self) -> bool:
        """Whether somebody is to do something about it."""
        return self.undermined or (
            self.asked and (self.letter is None or self.letter.state != LetterState.SENT)
        )


@dataclass(slots=True)
class Row:
    """One pupil of the page: her figures of the quarter, half-days left to the next limit, and the steps."""

    pupil: Pupil
    class_name: str
    school_id: int
    school_name: str
    figures: registers.Figures
    left: int | None
    next_percent: int | None
    steps: list[Step] = field(default_factory=list)

    @property
    def waits(self) -> bool:
        return any(step.waits for step in self.steps)

    @property
    def near(self) -> bool:
        return not self.figures.limit and self.left is not None and self.left <= NEAR_HALVES


def due(scope: Scope, day: date) -> list[Due]:
    """What the law asks for this quarter and nobody has sent yet, about pupils the actor reaches. Three queries."""
    quarter = Quarter.of(day)
    pupil_ids = list(Pupil.objects.visible_to(scope, day).values_list("pk", flat=True))
    shown = registers.figures(quarter, day, pupil_ids, at_least=rules.WARNING.percent)
    written = _letters(shown, quarter)
    found = []
    for pupil_id, figures in shown.items():
        for kind in STEPS:
            letter = written.get((pupil_id, kind))
            if figures.reaches(letters.LIMITS[kind].percent) and (
                letter is None or letter.state != LetterState.SENT
            ):
                state = LetterState(letter.state) if letter else None
                found.append(Due(pupil_id, quarter, kind, figures, state, letter.uuid if letter else None))
    return found


def rows(scope: Scope, quarter: Quarter, day: date, school_ids: Collection[int]) -> list[Row]:
    """Pupils of the schools who have reached a limit, are near one, or have a letter of the quarter; those who wait first."""
    places = {
        place.pupil_id: place
        for place in Enrolment.objects.on(day)
        .filter(
            school_class__school_id__in=school_ids,
            pupil__in=Pupil.objects.visible_to(scope, day),
        )
        .select_related("pupil", "school_class__school")
    }
    shown = registers.figures(quarter, day, list(places))
    written = _letters(places, quarter)
    receipts = referrals.receipts(
        letter.pk for (_pupil, kind), letter in written.items() if kind == LetterKind.REFERRAL
    )
    lettered = {pupil_id for pupil_id, _kind in written}
    over = quarter.period.until <= day
    found = []
    for pupil_id in shown.keys() | lettered:
        figures = shown.get(pupil_id, registers.Figures())
        place = places[pupil_id]
        left, percent = (None, None) if over else _left(figures)
        row = Row(
            pupil=place.pupil,
            class_name=str(place.school_class),
            school_id=place.school_class.school_id,
            school_name=place.school_class.school.name,
            figures=figures,
            left=left,
            next_percent=percent,
        )
        for kind in STEPS:
            letter = written.get((pupil_id, kind))
            row.steps.append(
                Step(
                    kind,
                    figures.reaches(letters.LIMITS[kind].percent),
                    letter,
                    receipts.get(letter.pk) if letter else None,
                )
            )
        if row.figures.limit or row.near or pupil_id in lettered:
            found.append(row)
    return sorted(
        found,
        key=lambda row: (not row.waits, -(row.figures.tenths or 0), row.pupil.sort_given, row.pupil.pk),
    )


def prepare(day: date, now: datetime) -> int:
    """The night's drafts of what the law asks for and nobody has begun or withdrawn; how many were made.

    Of the quarter `day` lies in, and for a month of the one before. Doing it twice makes none twice.
    """
    quarters = [Quarter.of(day)]
    if day - quarters[0].since < AFTER_THE_QUARTER:
        quarters.append(quarters[0].previous())
    return sum(_prepared(quarter, day, now) for quarter in quarters)


def night(day: date, now: datetime) -> tuple[int, undermining.Looked]:
    """The whole look of a night: what corrections have undermined, then what is lacking."""
    looked = look(now)
    return prepare(day, now), looked


def look(now: datetime, *, since: date | None = None) -> undermining.Looked:
    """What corrections have done to letters and referrals of quarters from `since` on, or of all."""
    looked = undermining.review(now, since=since)
    referrals.undermine(looked.undermined, now)
    referrals.undermine(looked.restored, None)
    return looked


def _prepared(quarter: Quarter, day: date, now: datetime) -> int:
    counted_on = min(day, quarter.period.until - timedelta(days=1))
    shown = {
        pupil_id: figures
        for pupil_id, figures in registers.figures(quarter, day, at_least=rules.WARNING.percent).items()
        if figures.possible >= FEWEST_HALVES
    }
    begun: set[tuple[int, str]] = {(pupil_id, kind) for pupil_id, kind in _letters(shown, quarter)}
    # What a person has withdrawn she has decided about.
    begun |= set(
        Letter.objects.filter(
            pupil_id__in=shown, quarter_on=quarter.since, withdrawn_by__isnull=False
        ).values_list("pupil_id", "kind")
    )
    enrolled = Pupil.objects.filter(enrolments__in=Enrolment.objects.on(day)).in_bulk(list(shown))
    made = 0
    for pupil_id, pupil in enrolled.items():
        for kind in STEPS:
            if (pupil_id, kind) in begun or not shown[pupil_id].reaches(letters.LIMITS[kind].percent):
                continue
            try:
                letters.draft(pupil, kind, None, now, counted_on, key=uuid4(), quarter=quarter)
            except (letters.AlreadyThere, letters.NotReached):
                # Somebody was first, or a register was corrected meanwhile.
                continue
            made += 1
    log.info("letters drafted", extra={"quarter": str(quarter), "count": made})
    return made


def _letters(pupil_ids: Iterable[int], quarter: Quarter) -> dict[tuple[int, LetterKind], Letter]:
    """The living legal letters of the quarter. One query."""
    living = Letter.objects.filter(
        pupil_id__in=list(pupil_ids), quarter_on=quarter.since, state__in=letters.ALIVE
    )
    return {(letter.pupil_id, LetterKind(letter.kind)): letter for letter in living}


def _left(figures: registers.Figures) -> tuple[int | None, int | None]:
    """Half-days of unlawful absence until the next limit, and which it is; None past the last."""
    tally = Tally(possible=figures.possible, due=figures.due, unlawful=figures.unlawful)
    for limit in (rules.WARNING, rules.REFERRAL):
        if not figures.reaches(limit.percent):
            return nearing.unlawful_until(tally, limit.percent), limit.percent
    return None, None


def waiting(found: Iterable[Row]) -> dict[LetterKind, int]:
    """How many rows wait for each step."""
    counted: dict[LetterKind, int] = defaultdict(int)
    for row in found:
        for step in row.steps:
            counted[step.kind] += step.waits
    return dict(counted)
