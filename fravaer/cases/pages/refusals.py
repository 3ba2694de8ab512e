"""How is it said that something in a case was not done?"""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from fravaer.cases import activating, handover, lifecycle, notes, parties

SAID: dict[type[Exception], str | Promise] = {
    lifecycle.Stale: _(
        "Somebody wrote in the case after you opened the page. Nothing of yours is saved yet: read what is new, and save again."
    ),
    lifecycle.HandedOver: _(
        "Somebody else has become responsible for the case after you opened the page. Nothing of yours is saved yet: save again "
        "if it is still yours to write."
    ),
    lifecycle.NotOpen: _("The case has been closed meanwhile. What you did is not saved."),
    lifecycle.StillOffered: _(
        "The case has been offered to somebody who has not answered yet. Wait for the answer, or take the offer back."
    ),
    lifecycle.NotAllowed: _("The case has come further meanwhile, so this cannot be done. Nothing is saved."),
    activating.NotAsked: _("The case has not been put before you."),
    activating.ReasonMissing: _("Say why: neither the absence nor the attachment proposes it."),
    activating.InTheFuture: _("The discussion cannot lie in the future."),
    handover.NotAsked: _("The one you chose does not work there, or you are not the one who was asked."),
    handover.ReasonMissing: _("Say why."),
    handover.Answered: _("The hand-over has been answered meanwhile."),
    parties.NotYours: _("You neither let in nor let out this one."),
    parties.Closed: _("The case has been closed meanwhile. What you did is not saved."),
    notes.KeyReused: _("This has been saved already."),
}
REFUSALS = tuple(SAID)


def said(refusal: Exception) -> str:
    """The sentence for a room's refusal, the most particular there is."""
    return str(next(SAID[kind] for kind in type(refusal).__mro__ if kind in SAID))
