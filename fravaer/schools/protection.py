"""What is told of the guardians of a child whose name and address are protected?

The mark, to whoever meets the child's name; who her guardians are and how they are reached, to nobody without a reason and an
entry in the trail, and in no list, file, paper or message (CPR Act § 28: the protection binds disclosure; forvaltningsloven
§ 32: what somebody has no use for in her work she is not shown). Everywhere else a guardian is called by no name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fravaer.audit import trail
from fravaer.core.scope import Scope
from fravaer.schools import contacts
from fravaer.schools.contacts import Holder
from fravaer.schools.models import Guardian, Pupil

# What the trail calls the showing, and the control of the log looks for.
SHOWN = "phones.protected"
NO_DIGITS = "••••••••"

# Why somebody has the guardians shown.
REASONS: Mapping[str, str | Promise] = {
    "ring": gettext_lazy("A guardian has to be rung about the child today"),
    "case": gettext_lazy("A guardian has to be reached about a case or a meeting"),
    "asked": gettext_lazy("A guardian has come or written, and I have to know who it is"),
    "mistake": gettext_lazy("What is known of the guardians may be wrong"),
}


def reveal(pupil: Pupil, scope: Scope, reason: str, *, subject_id: object = "") -> list[Holder]:
    """Who holds custody of a protected pupil visible to the actor, with their numbers; that she was shown them noted before.

    Raises ValueError for an unknown reason.
    """
    if reason not in REASONS:
        raise ValueError(f"{reason!r} is no reason")
    trail.saw(scope, SHOWN, [pupil.pk], subject_id=subject_id, reason=reason)
    return contacts.holders(pupil.pk)


def hidden_among(pupils: Iterable[Pupil | None]) -> Pupil | None:
    """One of the pupils who is protected: whoever has to do with all of them is called by no name."""
    return next((pupil for pupil in pupils if pupil is not None and pupil.protected), None)


def called(guardian: Guardian | None, pupil: Pupil | None) -> str:
    """What the guardian is called beside the pupil: by her name, or of a protected pupil by none. Empty for nobody."""
    if guardian is None:
        return ""
    return _("Guardian (protected)") if pupil is not None and pupil.protected else str(guardian)


def numbered(guardians: Sequence[Guardian], pupil: Pupil) -> list[str]:
    """The same for a choice among all who hold custody of the pupil, by name: in the order in which `reveal` names them."""
    if not pupil.protected:
        return [str(one) for one in guardians]
    return [
        _("Guardian %(number)d (protected)") % {"number": number} for number, _one in enumerate(guardians, 1)
    ]


def masked(mask: str, pupil: Pupil | None) -> str:
    """A number of which the last digits are shown; of a protected pupil's guardian none."""
    return NO_DIGITS if mask and pupil is not None and pupil.protected else mask
