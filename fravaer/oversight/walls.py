"""Which samples, hits and requests for insight does the database show to a page?

A leader those of her own schools and never of her own readings; the controller all.
"""

from __future__ import annotations

from fravaer.core.walls import Wall

WALLS = {
    "oversight_sample": Wall(
        "(SELECT app_may('log.control')) OR ((SELECT app_may('sample.answer')) "
        "AND school_id = ANY ((SELECT app_schools())::int[]) AND actor_id <> (SELECT app_actor()))"
    ),
    "oversight_insight": Wall(
        "pupil_id <> ALL ((SELECT app_kept_away())::int[]) AND ((SELECT app_may('insight.release')) "
        "OR ((SELECT app_may('insight.prepare')) AND (school_id = ANY ((SELECT app_schools())::int[]) "
        "OR pupil_id = ANY ((SELECT app_opened())::int[]))))"
    ),
    "oversight_samplemail": Wall("user_id = (SELECT app_actor())"),
    "oversight_hit": Wall("(SELECT app_may('log.control'))"),
}
