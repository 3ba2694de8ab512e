"""Which pupils of a class are away on the same days, more often than how much each is away would give?

Counted over the registered days of a period, of pupils who were in the class all the while. A day on which a quarter of the
class or more was away counts for nobody: that is influenza or an excursion, and says nothing of two pupils. An observation to
ask about, never a finding: siblings, a shared bus and a shared course of treatment are away together as well.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from fravaer.core.periods import Period

# A day when one in so many of a class was away counts for nobody.
CROWD = 4

PAIRS = """
WITH member AS (
  SELECT e.pupil_id, e.school_class_id FROM schools_enrolment e
  WHERE e.starts_on <= %(since)s AND e.until >= %(until)s AND {classes}
), size AS (
  SELECT school_class_id, count(*) AS pupils FROM member GROUP BY school_class_id
), away AS MATERIALIZED (
  SELECT DISTINCT a.pupil_id, a.school_class_id, a.day
  FROM absence_absence a JOIN member m ON m.pupil_id = a.pupil_id AND m.school_class_id = a.school_class_id
  WHERE a.day >= %(since)s AND a.day < %(until)s AND a.halves > 0
), held AS MATERIALIZED (
  SELECT r.school_class_id, r.day, row_number() OVER (PARTITION BY r.school_class_id ORDER BY r.day) AS number,
    count(*) OVER (PARTITION BY r.school_class_id) AS known
  FROM (
    SELECT school_class_id, day FROM absence_register
    WHERE day >= %(since)s AND day < %(until)s AND halves > 0 GROUP BY school_class_id, day
  ) r
  JOIN size USING (school_class_id)
  LEFT JOIN (
    SELECT school_class_id, day, count(*) AS gone FROM away GROUP BY school_class_id, day
  ) crowd USING (school_class_id, day)
  WHERE coalesce(crowd.gone, 0) * %(crowd)s < size.pupils
), days AS MATERIALIZED (
  SELECT away.pupil_id, away.school_class_id, held.number, held.known, count(*) OVER (PARTITION BY away.pupil_id) AS times
  FROM away JOIN held USING (school_class_id, day)
), joint AS (
  SELECT x.school_class_id, x.pupil_id AS one, y.pupil_id AS other, x.times AS of_one, y.times AS of_other, x.known, x.number,
    x.number - row_number() OVER (PARTITION BY x.pupil_id, y.pupil_id ORDER BY x.number) AS island
  FROM days x JOIN days y USING (school_class_id, number)
  WHERE x.pupil_id < y.pupil_id AND x.times >= %(least)s AND y.times >= %(least)s
)
SELECT school_class_id, one, other, count(*)::int, count(DISTINCT island)::int, of_one::int, of_other::int, known::int
FROM joint GROUP BY school_class_id, one, other, of_one, of_other, known
HAVING count(*) >= %(least)s
ORDER BY school_class_id, count(*) DESC, one, other
"""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two pupils of a class: `together` school days away both, on so many separate `occasions`, of so many each was away
    and so many that were `known`."""

    school_class_id: int
    pupils: tuple[int, int]
    together: int
    occasions: int
    away: tuple[int, int]
    known: int

    def is_more_than_chance(self, times: int) -> bool:
        """Whether they were away together at least so many times as often as their own days away would give."""
        return self.together * self.known >= times * self.away[0] * self.away[1]


def pairs(period: Period, *, least: int, school_class_id: int | None = None) -> list[Pair]:
    """Pupils away together on at least `least` days of the period: of every class, or of one. One query."""
    only = "true" if school_class_id is None else "e.school_class_id = %(school_class)s"
    with connection.cursor() as cursor:
        cursor.execute(
            PAIRS.format(classes=only),
            {
                "since": period.since,
                "until": period.until,
                "crowd": CROWD,
                "least": least,
                "school_class": school_class_id,
            },
        )
        return [
            Pair(school_class, (one, other), together, occasions, (of_one, of_other), known)
            for school_class, one, other, together, occasions, of_one, of_other, known in cursor.fetchall()
        ]
