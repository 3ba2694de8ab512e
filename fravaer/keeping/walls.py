"""What does the database refuse of what is held and of what goes?

Whose a hold is, nobody but the controller sees. The rest speaks of kinds, keys and counts.
"""

from __future__ import annotations

from fravaer.core.walls import DatabaseRole, Wall

WALLS = {"keeping_hold": Wall("(SELECT app_may('keeping'))")}

WITHOUT = {
    "keeping_term": "how long kinds of data are kept",
    "keeping_batch": "how many things of a kind are to go, and who decided it",
    "keeping_disposal": "keys of things that are gone, and how many rows",
}

# What rows were goes with them, by a job that lets a decided batch go; whether one is decided, the bolts ask for everybody.
FUNCTIONS = f"""
    GRANT EXECUTE ON FUNCTION disposal_is_decided() TO {DatabaseRole.APP}, {DatabaseRole.JOB};
    GRANT EXECUTE ON FUNCTION forget_formers(text, text[]) TO {DatabaseRole.JOB};
"""
