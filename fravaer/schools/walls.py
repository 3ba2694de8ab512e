"""What does the database refuse of the municipality's tables?

Pupils, their classes over the years and their guardians are reached by unit or one by one; which units there are is no secret.
"""

from __future__ import annotations

from fravaer.core.walls import Wall

# Conditions that other apps' walls are made of; the functions are fravaer.accounts.walls'. Each stands in a sub-select, so that
# it is worked out once for a query and not once for a row.
EVERYWHERE = "(SELECT app_everywhere())"


def in_register(pupil: str) -> str:
    """Whether the actor reaches the pupil this column names: by a unit she holds, or because the pupil was opened to her."""
    return f"({EVERYWHERE} OR {pupil} IN (SELECT app_reached()))"


def reached(pupil: str) -> str:
    """The same without the pupils she is kept away from, whom she meets in her class's register alone."""
    return f"({in_register(pupil)} AND {pupil} <> ALL ((SELECT app_kept_away())::int[]))"


def of_class(school_class: str) -> str:
    """Whether the class this column names lies in a unit the actor holds, for roles that work with children."""
    # Looked up in a table of its own: an array that is not known when the statement is planned is gone through for every row,
    # and a unit has hundreds of classes over the years.
    return f"({EVERYWHERE} OR {school_class} IN (SELECT unnest(app_classes())))"


def of_school(school: str) -> str:
    """Whether the actor holds the school this column names wholly, for roles that work with children."""
    return f"({EVERYWHERE} OR {school} = ANY ((SELECT app_schools())::int[]))"


def may(action: str) -> str:
    """Whether the role the actor acts in may do this."""
    return f"(SELECT app_may('{action}'))"


_OF_A_REACHED_PUPIL = (
    "EXISTS (SELECT 1 FROM schools_guardianship theirs WHERE theirs.guardian_id = {table}.{column})"
)

WALLS = {
    "schools_pupil": Wall(in_register("id")),
    "schools_enrolment": Wall(f"{of_class('school_class_id')} OR {in_register('pupil_id')}"),
    "schools_guardianship": Wall(reached("pupil_id")),
    "schools_guardian": Wall(_OF_A_REACHED_PUPIL.format(table="schools_guardian", column="id")),
    "schools_phone": Wall(_OF_A_REACHED_PUPIL.format(table="schools_phone", column="guardian_id")),
    # By the matrix: of the pupils opened to her by a case, or of all her school's.
    "schools_cprnumber": Wall(
        f"({may('cpr')} AND pupil_id = ANY ((SELECT app_opened())::int[])) OR ({may('cpr.unit')} AND {reached('pupil_id')})"
    ),
    # How often she herself has looked.
    "schools_cprlookup": Wall("actor_id = (SELECT app_actor())"),
}

WITHOUT = {
    "schools_municipality": "the municipality's name",
    "schools_area": "names of areas",
    "schools_school": "names of schools and their hours",
    "schools_schoolyear": "dates",
    "schools_dayrule": "school days",
    "schools_planchange": "school days, and which member of staff changed them",
    "schools_calendar": "school days",
    "schools_calendarday": "school days",
    "schools_schoolclass": "names of classes",
    "schools_staffmember": "members of staff, whom the office must find to let them in",
    "schools_staffpost": "members of staff, whom the office must find to let them in",
    "schools_rosterchange": "a number",
    "schools_installation": "which database this is",
}
