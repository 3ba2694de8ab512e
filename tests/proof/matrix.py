"""What does the municipality's access matrix allow?

Written out from it as data, apart from the product's own tables, so that the two check each other: who is shown which field,
and who reaches what from where.
"""

from __future__ import annotations

from enum import StrEnum

from fravaer.accounts.fields import Field
from fravaer.accounts.roles import Role

R = Role
OFFICE = frozenset({R.SECRETARY, R.LEADER})
SCHOOL = OFFICE | {R.TEACHER}
SOCIAL = frozenset({R.SOCIAL_WORKER, R.SOCIAL_LEADER})
CALLED_IN = frozenset({R.INCLUSION, R.CONSULTANT, R.PSYCHOLOGIST})
PHONING = frozenset({R.SOCIAL_WORKER, R.CONSULTANT, R.PSYCHOLOGIST})
NOBODY: frozenset[Role] = frozenset()
Shown = tuple[frozenset[Role], frozenset[Role]]

# Rows 6, 7, 10-14, 21, 23 and 24: who is shown it of every child she reaches, and who of a child in her case as well.
FIELDS: dict[Field, Shown] = {
    Field.REASON: (SCHOOL | SOCIAL, CALLED_IN),
    Field.REASON_TEXT: (frozenset({R.LEADER}), CALLED_IN),
    Field.CERTIFICATE: (OFFICE, CALLED_IN),
    Field.FIGURES: (SCHOOL | SOCIAL, CALLED_IN | {R.CHIEF}),
    Field.BIRTH: (OFFICE | SOCIAL, CALLED_IN | {R.CHIEF}),
    Field.PROTECTED: (SCHOOL | SOCIAL | CALLED_IN, NOBODY),
    Field.PROTECTED_CONTACT: (OFFICE, PHONING),
    Field.GUARDIANS: (OFFICE, SOCIAL | CALLED_IN),
    Field.PHONE_END: (SCHOOL, PHONING),
    Field.PHONE: (OFFICE, PHONING),
    Field.CPR: (OFFICE, SOCIAL),
    Field.CASE: (OFFICE | SOCIAL | {R.INCLUSION}, CALLED_IN | {R.CHIEF}),
    Field.NOTES_SCHOOL: (frozenset({R.LEADER}), SOCIAL | CALLED_IN | {R.CHIEF}),
    Field.NOTES_SOCIAL: (NOBODY, SOCIAL | {R.CONSULTANT}),
    Field.NOTES_PPR: (NOBODY, frozenset({R.PSYCHOLOGIST})),
    Field.MEASURE: (frozenset({R.SOCIAL_LEADER}), SOCIAL | {R.CONSULTANT}),
}


class Canary(StrEnum):
    """What holds a token of its own for each child: words that stand nowhere else."""

    NAME = "name"
    GUARDIAN = "guardian"
    PHONE = "phone"
    REASON_TEXT = "reasontext"
    LEAVE_TEXT = "leavetext"
    NOTE_SCHOOL = "noteschool"
    NOTE_SOCIAL = "notesocial"
    NOTE_PPR = "noteppr"
    # A restricted note: opened one by one with a reason, and part of no page.
    SEALED = "sealed"
    OWNER = "owner"
    CONCERN = "concern"
    LETTER = "letter"
    REFERRAL = "referral"
    MESSAGE = "message"
    REPLY = "reply"


EVERYBODY = frozenset(Role)
IN_CASES = SOCIAL | CALLED_IN | {R.CHIEF}
# What each token is of; rows 4, 9, 20 and 22 beside those above.
CANARIES: dict[Canary, Shown] = {
    Canary.NAME: (EVERYBODY, EVERYBODY),
    Canary.GUARDIAN: FIELDS[Field.GUARDIANS],
    Canary.PHONE: FIELDS[Field.PHONE],
    Canary.REASON_TEXT: FIELDS[Field.REASON_TEXT],
    # Read by those who decide leave; the office does not.
    Canary.LEAVE_TEXT: (frozenset({R.TEACHER, R.LEADER}), NOBODY),
    Canary.NOTE_SCHOOL: FIELDS[Field.NOTES_SCHOOL],
    Canary.NOTE_SOCIAL: FIELDS[Field.NOTES_SOCIAL],
    Canary.NOTE_PPR: FIELDS[Field.NOTES_PPR],
    Canary.SEALED: (NOBODY, NOBODY),
    # The office knows that there is a case, and not whose it is.
    Canary.OWNER: (SOCIAL | {R.LEADER}, CALLED_IN | {R.CHIEF}),
    Canary.CONCERN: (frozenset({R.TEACHER, R.LEADER, R.INCLUSION}), NOBODY),
    Canary.LETTER: (OFFICE, CALLED_IN | {R.SOCIAL_WORKER}),
    Canary.REFERRAL: (SOCIAL | {R.LEADER}, CALLED_IN),
    Canary.MESSAGE: (OFFICE, NOBODY),
    Canary.REPLY: (OFFICE, NOBODY),
}


# Row 24: of a protected child these are shown to nobody before she has said why.
HIDDEN = frozenset({Canary.GUARDIAN, Canary.PHONE})


class Relation(StrEnum):
    """How what is asked about stands to the one who asks. She works at Birkeskolen, in its 7.B where she has a class."""

    OWN = "own class"
    PROTECTED = "protected, own class"
    PARALLEL = "same school, another class"
    SAME_AREA = "another school of the same area"
    OTHER_AREA = "another area"
    ASSIGNED = "another area, in a case of hers"
    CLOSED = "another area, in a case that was hers"
    FORMER = "in her class until last month"


class Kind(StrEnum):
    """What an address names."""

    PUPIL = "pupil"
    CASE = "case"
    LETTER = "letter"
    CLASS = "class"
    CLASS_WORK = "work with a class"
    SCHOOL = "school"
    AREA = "area"


Q = Relation
OF_CLASS = frozenset({Q.OWN, Q.PROTECTED})
OF_SCHOOL = OF_CLASS | {Q.PARALLEL}
OF_AREA = OF_SCHOOL | {Q.SAME_AREA}
OF_CASES = frozenset({Q.OWN, Q.ASSIGNED})
UNITS: dict[Role, frozenset[Relation]] = {
    **dict.fromkeys((R.TEACHER, R.SUBSTITUTE), OF_CLASS),
    **dict.fromkeys((*OFFICE, R.INCLUSION, *SOCIAL), OF_SCHOOL),
}
# Whose cases are those of their units too; all others see those they take part in.
CASES_OF_UNIT = SOCIAL | {R.LEADER}
LETTERS_OF_UNIT = OFFICE
MANAGING = frozenset({R.AREA_MANAGER, R.SOCIAL_MANAGER})


# Which relations there are to things of a kind: two children of one class have the same class, and all of a school one school.
IN_RELATION: dict[Kind, tuple[Relation, ...]] = {
    **dict.fromkeys((Kind.PUPIL, Kind.CASE, Kind.LETTER), tuple(Q)),
    Kind.CLASS: (Q.OWN, Q.PARALLEL, Q.SAME_AREA, Q.OTHER_AREA),
    Kind.CLASS_WORK: (Q.OWN, Q.PARALLEL, Q.OTHER_AREA, Q.ASSIGNED),
    Kind.SCHOOL: (Q.OWN, Q.SAME_AREA, Q.OTHER_AREA),
    Kind.AREA: (Q.OWN, Q.OTHER_AREA),
}


def reached(role: Role, kind: Kind) -> frozenset[Relation]:
    """From which relations the role reaches things of the kind, if it may ask about them at all."""
    units = UNITS.get(role, frozenset())
    cases = OF_CASES if role in IN_CASES else frozenset()
    match kind:
        case Kind.PUPIL:
            return units | cases
        case Kind.CASE:
            return (units if role in CASES_OF_UNIT else frozenset()) | cases
        case Kind.LETTER:
            return (units if role in LETTERS_OF_UNIT else frozenset()) | cases
        case Kind.CLASS_WORK:
            # Of the class of a child in her case.
            return units | (cases | OF_CLASS if cases else frozenset())
        case Kind.CLASS:
            return units
        case Kind.SCHOOL | Kind.AREA:
            if role is R.CHIEF:
                return frozenset(Relation)
            return OF_AREA if role in MANAGING else units
