"""What do the registers hold about a child? (data protection regulation article 15)"""

from __future__ import annotations

from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from fravaer.absence.models import (
    Absence,
    Certificate,
    Discrepancy,
    Explanation,
    Known,
    Objection,
    Presence,
    RegisterEvent,
)
from fravaer.core.held import Kept

KEPT = (
    Kept(Absence, _("Absence"), "pupil", ("day", "checkpoint", "school_class", "halves", "reason")),
    Kept(Presence, _("Late, or out with the school"), "pupil", ("day", "checkpoint", "kind", "arrived_at")),
    Kept(
        Explanation,
        _("Explanations"),
        "pupil",
        ("day", "checkpoint", "source", "note", "said_at"),
        looked_at=True,
    ),
    Kept(Certificate, _("Medical certificates"), "pupil", ("since", "asked_at", "due_on", "received_at")),
    Kept(
        Objection,
        _("Objections"),
        "pupil",
        ("day", "source", "text", "answer", "entered_at"),
        looked_at=True,
    ),
    Kept(
        Known,
        _("Absence known beforehand"),
        "pupil",
        ("since", "until", "kind", "state", "source", "text", "answer", "entered_at"),
        looked_at=True,
    ),
)
NOT_TOLD: dict[type[Model], str] = {
    RegisterEvent: "the same marks once more, class by class, with who saved them",
    Discrepancy: "that two registers contradicted each other, until somebody settled it",
}
