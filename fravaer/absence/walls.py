"""What does the database refuse of registers, absence and what was said about it?"""

from __future__ import annotations

from fravaer.core.walls import Wall
from fravaer.schools.walls import in_register, of_class, of_school, reached

# A school keeps what it registered itself; and who reaches a pupil sees her whole school year, wherever it was registered.
_OF_CLASS_OR_PUPIL = f"{of_class('school_class_id')} OR {in_register('pupil_id')}"

WALLS = {
    # What was held and taken counts in a pupil's percentage, wherever it was.
    "absence_register": Wall(
        f"{of_class('school_class_id')} OR school_class_id IN (SELECT app_classes_of_reached())",
        of_class("school_class_id"),
    ),
    "absence_absence": Wall(_OF_CLASS_OR_PUPIL),
    "absence_registerevent": Wall(of_class("school_class_id")),
    "absence_presence": Wall(_OF_CLASS_OR_PUPIL),
    "absence_explanation": Wall(in_register("pupil_id")),
    "absence_certificate": Wall(reached("pupil_id")),
    "absence_objection": Wall(reached("pupil_id")),
    "absence_known": Wall(
        f"(pupil_id IS NOT NULL AND {in_register('pupil_id')}) OR "
        f"(school_class_id IS NOT NULL AND {of_class('school_class_id')})"
    ),
    "absence_discrepancy": Wall(f"{of_school('school_id')} OR {reached('pupil_id')}"),
}

WITHOUT = {
    "absence_classmonth": "sums of a class and month, which every figure is made of",
    "absence_localreason": "words for reasons",
    "absence_reminder": "which class's register was asked for",
    "absence_remindermail": "whether a reminder was sent",
    "absence_arrangement": "a school's hours and limits",
    "absence_halfdayrule": "which year groups count half days",
    "absence_closing": "which periods a school has closed",
}
