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
    """What a register says of one pupil: here, or not here with the reason as far as it is known."""

    HERE = -1, _("Here")
    ABSENT = Reason.PENDING.value, _("Not here")
    ILL = Reason.ILLNESS.value, _("Ill")
    LEAVE = Reason.LEAVE.value, _("Leave")
    UNLAWFUL = Reason.UNLAWFUL.value, _("Unlawful")


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
