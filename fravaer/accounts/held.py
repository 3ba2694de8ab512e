"""What do users and grants hold about a child? (data protection regulation article 15)"""

from __future__ import annotations

from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from fravaer.accounts.models import (
    AccessBlock,
    Attestation,
    Emergency,
    EmergencyAlert,
    EmergencyAnswer,
    Grant,
    OpenedChild,
    Proposal,
)
from fravaer.core.held import Kept

KEPT = (Kept(Emergency, _("Emergency access"), "pupil", ("opened_at", "reason")),)
_STAFF = "says what a member of staff may do; in which roles the child was looked at is told from the log"
NOT_TOLD: dict[type[Model], str] = {
    AccessBlock: "says to which child a member of staff is related",
    Grant: _STAFF,
    Proposal: _STAFF,
    Attestation: _STAFF,
    EmergencyAlert: _STAFF,
    EmergencyAnswer: _STAFF,
    OpenedChild: "counts of an hour about a member of staff; the readings themselves are told from the log",
}
