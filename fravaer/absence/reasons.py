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
