"""What do the messages hold about a child? (data protection regulation article 15)"""

from __future__ import annotations

from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from fravaer.core.held import Kept
from fravaer.sms.models import (
    Attempt,
    Drawn,
    Inbound,
    Message,
    ProviderEvent,
    Ring,
    Stop,
    Transition,
    Withheld,
)

KEPT = (
    Kept(
        Message,
        _("SMS to guardians"),
        "pupil",
        ("day", "kind", "to_mask", "body", "state", "created_at"),
        guardian="guardian_id",
    ),
    Kept(
        Inbound,
        _("Guardians' replies"),
        "pupil",
        ("received_at", "body", "outcome"),
        looked_at=True,
        guardian="guardian_id",
    ),
    Kept(
        Withheld, _("SMS that were not sent"), "pupil", ("day", "reason", "noted_at"), guardian="guardian_id"
    ),
    Kept(Ring, _("Calls to guardians"), "pupil", ("day", "rung_at", "reached"), guardian="guardian_id"),
    Kept(Stop, _("SMS stopped for a while"), "pupil", ("since", "until")),
    Kept(Drawn, _("The monthly message"), "pupil", ("held_out",)),
)
_STEPS = "the provider's steps of a message that is told"
NOT_TOLD: dict[type[Model], str] = {Attempt: _STEPS, ProviderEvent: _STEPS, Transition: _STEPS}
