"""In which classes are several pupils away, together, or more than before?

Absence that several of a class share is often the class's own: its community, its teaching, a conflict. Then the effort is with
the class (class-based effort, Vesthimmerland's procedure, 2024). Found every night, set-based, with the figures it was found by;
a class stands until it is clearly below every line, and never falls off for lack of registers. What is kept are counts of
pupils, never who they are. Teachers do not see it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import combinations

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet

from fravaer.absence import percentage, together
from fravaer.absence.percentage import GroupTally, Tally
from fravaer.absence.together import Pair
from fravaer.audit import trail
from fravaer.cases import triage
from fravaer.cases.models import Cluster, Snooze
from fravaer.cases.rules import HALVES
from fravaer.core import planning
from fravaer.core.periods import Period, school_year_of
from fravaer.core.scope import Scope
from fravaer.schools import schooldays
from fravaer.schools.models import SchoolClass

SEVERAL, TOGETHER, RISING = "several", "together", "rising"
# Concerning absence begins at ten percent, in the procedure and in the published figures, after three weeks of school.
OVER_PERCENT, LEAST_KNOWN_DAYS = 10, 15
# Three of a class are more than two friends; fifteen percent was what the whole country had in 2017/18 (14.7 % of pupils; 21.4 %
# in 2024/25), so that a class below it is like any other. It stands while two are left and ten percent. Where every class is at
# fifteen percent that says nothing, so that it has to stand out from the municipality's other classes as well.
SEVERAL_PUPILS, SEVERAL_PERCENT, STILL_PUPILS, STILL_PERCENT = 3, 15, 2, 10
# A quarter of a year: long enough for the same days to come back, short enough to be about now.
TOGETHER_DAYS = 60
# Six days on three separate occasions, three times what their own absence would give: one shared influenza is one occasion.
TOGETHER_TIMES, TOGETHER_OCCASIONS, TOGETHER_RATIO = 6, 3, 3
STILL_TIMES, STILL_OCCASIONS, STILL_RATIO = 5, 2, 2
# Four weeks against the class's own year so far, of which there must be eight: five percentage points are a school day a
# pupil more in four weeks, and half as much again keeps a class out that was always high.
RECENT_DAYS, EARLIER_DAYS, RISING_POINTS, STILL_POINTS = 20, 40, 5, 2
COVERAGE = 80
# A class stands out from the municipality when so many of it are over the line as chance alone would give one class in forty: two
# standard deviations above its other pupils' share. It stands within one. So few other pupils are no yardstick.
STANDS_OUT, STILL_OUT, FEWEST_OTHERS = 2, 1, 200

NOTHING = Tally()
OVER = """
SELECT school_class_id, count(*)::int,
  (count(*) FILTER (WHERE possible >= %(known)s
    AND 100 * (illness + leave + unlawful + pending) >= %(percent)s * possible))::int
FROM {counted} AS n WHERE school_class_id IS NOT NULL GROUP BY school_class_id
"""


@dataclass(slots=True)
class Evidence:
    """A class's figures of one night: pupils and how many over the line, pairs and trios away together, the last four weeks
    against the year before them."""

    pupils: int = 0
    over: int = 0
    pairs: Sequence[Pair] = ()
    recent: Tally = NOTHING
    earlier: Tally = NOTHING
    has_past: bool = False
    # The municipality's other pupils, how many of them are over the line, and by how many percentage points absence rose
    # everywhere: in February more are ill in every class.
    others: int = 0
    others_over: int = 0
    rise_everywhere: Fraction = Fraction(0)

    def reasons(self) -> list[str]:
        """Why the class is found, by the full lines."""
        return self._why(
            self.over >= SEVERAL_PUPILS
            and 100 * self.over >= SEVERAL_PERCENT * self.pupils
            and self._stands_out(STANDS_OUT),
            bool(self.found_pairs),
            self._rises(RISING_POINTS) and 2 * self._recent >= 3 * self._earlier,
        )

    def still(self) -> list[str]:
        """Why a class found before still stands, by lines a little lower."""
        return self._why(
            self.over >= STILL_PUPILS
            and 100 * self.over >= STILL_PERCENT * self.pupils
            and self._stands_out(STILL_OUT),
            any(_is_pair(pair, STILL_TIMES, STILL_OCCASIONS, STILL_RATIO) for pair in self.pairs),
            self._rises(STILL_POINTS),
        )

    @property
    def found_pairs(self) -> list[Pair]:
        return [
            pair for pair in self.pairs if _is_pair(pair, TOGETHER_TIMES, TOGETHER_OCCASIONS, TOGETHER_RATIO)
        ]

    @property
    def is_thin(self) -> bool:
        """Whether so few registers of the last weeks were taken that nobody can be cleared."""
        return 100 * self.recent.possible < COVERAGE * self.recent.due

    def figures(self) -> dict[str, int | None]:
        """What is kept: whole numbers, percent in tenths."""
        return {
            "pupils": self.pupils,
            "over": self.over,
            "pairs": len(self.found_pairs),
            "trios": trios(self.found_pairs),
            "together": max((pair.together for pair in self.found_pairs), default=0),
            "recent": self.recent.tenths,
            "earlier": self.earlier.tenths if self.has_past else None,
        }

    @property
    def _recent(self) -> int:
        return self.recent.absent * self.earlier.possible

    @property
    def _earlier(self) -> int:
        return self.earlier.absent * self.recent.possible

    def _stands_out(self, deviations: int) -> bool:
        """Whether more are over the line than the share of the municipality's others makes likely. Whole numbers alone."""
        if self.others < FEWEST_OTHERS:
            return True
        gap = self.over * self.others - self.pupils * self.others_over
        spread = self.pupils * self.others_over * (self.others - self.others_over)
        return gap > 0 and gap * gap >= deviations * deviations * spread

    def _rises(self, points: int) -> bool:
        if not (self.has_past and self.recent.possible and self.earlier.possible):
            return False
        return _rise(self.recent, self.earlier) - max(self.rise_everywhere, Fraction(0)) >= points

    def _why(self, several: bool, pairs: bool, rises: bool) -> list[str]:
        return [why for why, holds in ((SEVERAL, several), (TOGETHER, pairs), (RISING, rises)) if holds]


@dataclass(frozen=True, slots=True)
class Found:
    found: int
    ended: int


def find(day: date) -> Found:
    """Count every class up to and including `day`: find those with a pattern, and end those that have none any more.

    A second call of the same day changes nothing; a day before one counted is left alone.
    """
    with transaction.atomic():
        triage.lock()
        if Cluster.objects.filter(counted_on__gt=day).exists():
            return Found(0, 0)
        planning.know()
        evidence = evidence_of(day)
        standing = {cluster.school_class_id: cluster for cluster in Cluster.objects.filter(ended_on=None)}
        made, moved, ended = [], [], 0
        places = dict(SchoolClass.objects.in_year_of(day).values_list("pk", "school_id"))
        for school_class, seen in evidence.items():
            why, cluster = seen.reasons(), standing.get(school_class)
            if cluster is None and why and school_class in places:
                made.append(
                    Cluster(
                        school_class_id=school_class,
                        school_id=places[school_class],
                        why=why,
                        found_on=day,
                        evidence=seen.figures(),
                        latest=seen.figures(),
                        counted_on=day,
                    )
                )
            elif cluster is not None:
                left = sorted({*why, *(set(cluster.why) & set(seen.still()))})
                cluster.latest, cluster.counted_on = seen.figures(), day
                if left:
                    cluster.why = left
                elif not seen.is_thin:
                    cluster.ended_on = day
                    ended += 1
                moved.append(cluster)
        # Last year's classes are no classes any more.
        gone = [cluster for place, cluster in standing.items() if place not in places]
        for cluster in gone:
            cluster.ended_on = day
        Cluster.objects.bulk_create(made)
        Cluster.objects.bulk_update(
            [*moved, *(cluster for cluster in gone if cluster not in moved)],
            ["why", "latest", "counted_on", "ended_on"],
        )
        if made or ended or gone:
            trail.changed(
                None,
                "clusters.find",
                role="job.triage",
                subject="clusters",
                subject_id=day,
                detail={"found": len(made), "ended": ended + len(gone)},
            )
    return Found(len(made), ended + len(gone))


def evidence_of(day: date, school_class: SchoolClass | None = None) -> Mapping[int, Evidence]:
    """Each class's figures up to and including `day`; of every class, or of one. Seven statements at most."""
    year = school_year_of(day)
    so_far = percentage.spent(year, day)
    found: dict[int, Evidence] = defaultdict(Evidence)
    counted, parameters = percentage.relation(so_far, with_class=True)
    with connection.cursor() as cursor:
        cursor.execute(
            OVER.format(counted=counted),
            parameters | {"known": HALVES * LEAST_KNOWN_DAYS, "percent": OVER_PERCENT},
        )
        for one, pupils, over in cursor.fetchall():
            found[one].pupils, found[one].over = pupils, over
    window = schooldays.latest(TOGETHER_DAYS, day, within=year)
    if window is not None:
        only = school_class.pk if school_class else None
        for one, of_class in _by_class(
            together.pairs(window, least=STILL_TIMES, school_class_id=only)
        ).items():
            found[one].pairs = of_class
    recent = schooldays.latest(RECENT_DAYS, day, within=year)
    pupils, over = sum(one.pupils for one in found.values()), sum(one.over for one in found.values())
    for seen in found.values():
        seen.others, seen.others_over = pupils - seen.pupils, over - seen.over
    if recent is not None:
        schools = [school_class.school_id] if school_class else None
        past = Period(year.since, recent.since)
        has_past = schooldays.municipal_days(past) >= EARLIER_DAYS
        lately = percentage.group_tallies(recent, "class", schools)
        before = percentage.group_tallies(past, "class", schools) if has_past else {}
        everywhere = _everywhere(recent, past) if has_past else Fraction(0)
        for one, group in lately.items():
            found[one].recent = group.tally
            found[one].earlier = before.get(one, GroupTally(Tally(), 0)).tally
            found[one].has_past = has_past
            if found[one].others >= FEWEST_OTHERS:
                found[one].rise_everywhere = everywhere
    return found


def standing(scope: Scope, day: date) -> QuerySet[Cluster]:
    """The patterns that stand in the classes of the actor's units and are not put aside on `day`, those found first on top."""
    asleep = Snooze.objects.filter(cluster=OuterRef("pk"), ended_at=None, until__gt=day)
    found: QuerySet[Cluster] = Cluster.objects.visible_to(scope).filter(~Exists(asleep), ended_on=None)
    return found.select_related("school_class", "school").order_by("-found_on", "school__sort_name", "pk")


def resting(day: date) -> dict[int, date]:
    """Until when those standing patterns are put aside that are, by the cluster's id."""
    snoozes = Snooze.objects.filter(
        cluster__isnull=False, cluster__ended_on=None, ended_at=None, until__gt=day
    )
    return dict(snoozes.order_by("until").values_list("cluster_id", "until"))


def trios(pairs: Iterable[Pair]) -> int:
    """How many threes there are of whom every two are a pair."""
    linked = {frozenset(pair.pupils) for pair in pairs}
    pupils = sorted({pupil for two in linked for pupil in two})
    return sum(
        all(frozenset(two) in linked for two in combinations(three, 2)) for three in combinations(pupils, 3)
    )


def _everywhere(recent: Period, past: Period) -> Fraction:
    """By how many percentage points the municipality's absence of late lies above that of before."""
    lately, before = (percentage.group_tallies(period, "all").get(0) for period in (recent, past))
    if lately is None or before is None or not (lately.tally.possible and before.tally.possible):
        return Fraction(0)
    return _rise(lately.tally, before.tally)


def _rise(recent: Tally, earlier: Tally) -> Fraction:
    """Percentage points from one tally to the other; both have something possible."""
    return 100 * (Fraction(recent.absent, recent.possible) - Fraction(earlier.absent, earlier.possible))


def _by_class(pairs: Iterable[Pair]) -> Mapping[int, list[Pair]]:
    found: dict[int, list[Pair]] = defaultdict(list)
    for pair in pairs:
        found[pair.school_class_id].append(pair)
    return found


def _is_pair(pair: Pair, times: int, occasions: int, ratio: int) -> bool:
    return pair.together >= times and pair.occasions >= occasions and pair.is_more_than_chance(ratio)
