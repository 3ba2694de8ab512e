"""Why was the pupil absent, in the words of the law?

Absence is unlawful unless it is illness (with disability, doctor and dentist) or leave granted beforehand; "pending" is
our working state until a person has decided (order on pupils' absence in the Folkeskole, in force 1 January 2020, §§ 1, 3).
"""

from __future__ import annotations

from django.db.models import IntegerChoices
from django.utils.translation import gettext_lazy as _


class Reason(IntegerChoices):
    PENDING = 0, _("Awaiting")
    ILLNESS = 1, _("Ill")
    LEAVE = 2, _("Granted leave")
    UNLAWFUL = 3, _("Unlawful")


class Mark(IntegerChoices):
    """What a register says of one pupil: here, or not here with the reason as far as it is known.

    Below zero are the ways of being here: lateness is no absence in law, and who is out with the school is at school.
    """

    ACTIVITY = -3, _("Trip or other activity")
    LATE = -2, _("Comes later")
    HERE = -1, _("Here")
    ABSENT = Reason.PENDING.value, _("Not here")
    ILL = Reason.ILLNESS.value, _("Ill")
    LEAVE = Reason.LEAVE.value, _("Leave")
    UNLAWFUL = Reason.UNLAWFUL.value, _("Unlawful")

    @property
    def is_absence(self) -> bool:
        return self.value >= 0

    @property
    def reason(self) -> Reason | None:
        """The lawful reason the mark names; None of a pupil who was here and of an absence nobody has explained."""
        return Reason(self.value) if self.value > 0 else None


class Source(IntegerChoices):
    """Who or what said why a pupil is absent. A job may propose, and never decides."""

    TEACHER = 1, _("The teacher")
    GUARDIAN_PHONE = 2, _("A guardian, by phone")
    GUARDIAN_SMS = 3, _("A guardian, by SMS")
    GUARDIAN_AULA = 4, _("A guardian, in Aula")
    OFFICE = 5, _("The office")
    LEADER = 6, _("The school leader")
    IMPORT = 7, _("Import")
    KNOWN = 8, _("Known beforehand")
