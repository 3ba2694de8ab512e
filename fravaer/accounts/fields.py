"""What of a child may this person be shown?

One table for every field that not everybody who reaches a child may see, and one function that forms, the columns of tables,
exports and templates ask. Reaching a child is the other question, which the scope answers. Need to know (forvaltningsloven
§ 32; data protection regulation article 5); school and social services count as two authorities (forvaltningsloven § 28).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from fravaer.accounts.roles import MAY, Action, Role
from fravaer.core.scope import Scope


class Field(StrEnum):
    """A part of what is known of a child."""

    # Why the child was away: illness, leave or unlawful; and what somebody wrote about it.
    REASON = "reason"
    REASON_TEXT = "reason_text"
    CERTIFICATE = "certificate"
    # By how much: the history and every percentage.
    FIGURES = "figures"
    BIRTH = "birth"
    # That name and address are protected; and the contact data of such a child.
    PROTECTED = "protected"
    PROTECTED_CONTACT = "protected_contact"
    # Who holds custody, the last two digits of their telephones, and the telephones.
    GUARDIANS = "guardians"
    PHONE_END = "phone_end"
    PHONE = "phone"
    CPR = "cpr"
    # That there is a case; what is written in each part of it; and that there is a social measure.
    CASE = "case"
    NOTES_SCHOOL = "notes_school"
    NOTES_SOCIAL = "notes_social"
    NOTES_PPR = "notes_ppr"
    MEASURE = "measure"


class OfPupil(Protocol):
    """What is about one pupil: a case, a letter, a line of a list."""

    @property
    def pupil_id(self) -> int: ...


class APupil(Protocol):
    """A pupil herself, in whatever list she was fetched for."""

    @property
    def pk(self) -> int: ...


Thing = OfPupil | APupil | int


@dataclass(frozen=True, slots=True)
class Seen:
    """Who is shown a field of every child she reaches, and who only of one in whose case she takes part."""

    always: frozenset[Role] = frozenset()
    in_case: frozenset[Role] = frozenset()


def _who(action: Action) -> frozenset[Role]:
    return frozenset(role for role, actions in MAY.items() if action in actions)


R = Role
SCHOOL = frozenset({R.TEACHER, R.SECRETARY, R.LEADER})
OFFICE = frozenset({R.SECRETARY, R.LEADER})
SOCIAL = frozenset({R.SOCIAL_WORKER, R.SOCIAL_LEADER})
CALLED_IN = frozenset({R.INCLUSION, R.CONSULTANT, R.PSYCHOLOGIST})
# A substitute registers and is shown nothing else; the chief reads the school's part of the one case put before her.
SEES: Mapping[Field, Seen] = {
    Field.REASON: Seen(SCHOOL | SOCIAL, CALLED_IN),
    Field.REASON_TEXT: Seen(frozenset({R.LEADER}), CALLED_IN),
    Field.CERTIFICATE: Seen(_who(Action.CERTIFICATE), CALLED_IN),
    Field.FIGURES: Seen(SCHOOL | SOCIAL, CALLED_IN | {R.CHIEF}),
    Field.BIRTH: Seen(OFFICE | SOCIAL, CALLED_IN | {R.CHIEF}),
    # Whoever meets a child's name in a list has to know that it is not to be read aloud.
    Field.PROTECTED: Seen(SCHOOL | SOCIAL | CALLED_IN),
    Field.PROTECTED_CONTACT: Seen(OFFICE, frozenset({R.SOCIAL_WORKER, R.CONSULTANT, R.PSYCHOLOGIST})),
    Field.GUARDIANS: Seen(OFFICE, SOCIAL | CALLED_IN),
    Field.PHONE_END: Seen(SCHOOL, frozenset({R.SOCIAL_WORKER, R.CONSULTANT, R.PSYCHOLOGIST})),
    Field.PHONE: Seen(_who(Action.PHONE_READ), _who(Action.CASE_PHONES)),
    Field.CPR: Seen(OFFICE, SOCIAL),
    # The inclusion team opens cases, and is told that there is one already.
    Field.CASE: Seen(OFFICE | SOCIAL | {R.INCLUSION}, _who(Action.CASE_READ)),
    Field.NOTES_SCHOOL: Seen(frozenset({R.LEADER}), SOCIAL | CALLED_IN | {R.CHIEF}),
    Field.NOTES_SOCIAL: Seen(in_case=SOCIAL | {R.CONSULTANT}),
    Field.NOTES_PPR: Seen(in_case=frozenset({R.PSYCHOLOGIST})),
    Field.MEASURE: Seen(_who(Action.MEASURE_KNOW_UNIT), _who(Action.MEASURE_KNOW)),
}

_ALWAYS = {
    role.value: frozenset(field for field, seen in SEES.items() if role in seen.always) for role in Role
}
_EVER = {
    role.value: frozenset(field for field, seen in SEES.items() if role in seen.always | seen.in_case)
    for role in Role
}


def visible_fields(scope: Scope, thing: Thing | None = None) -> frozenset[Field]:
    """The fields of the thing's pupil that the actor may be shown; without a thing those she is shown of some pupil or other.

    The pupil must be visible to her already; of one she is kept away from she is shown none. A column none of whose cells
    she may be shown is left out by the second.
    """
    pupil_id = None if thing is None else _pupil_id(thing)
    if pupil_id in scope.blocked:
        return frozenset()
    if pupil_id is None or pupil_id in scope.pupils:
        return _EVER.get(scope.role, frozenset())
    return _ALWAYS.get(scope.role, frozenset())


def _pupil_id(thing: Thing) -> int:
    if isinstance(thing, int):
        return thing
    of: int | None = getattr(thing, "pupil_id", None)
    return thing.pk if of is None else of  # type: ignore[union-attr]
