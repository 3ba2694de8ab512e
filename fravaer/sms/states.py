"""Which state may a message be in, and which may follow which?

The table is the contract of the outbox: conditional updates are built from it, and a trigger in the database refuses every
step it does not name. Plain values; the words are those staff read.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import CheckConstraint, Q, TextChoices
from django.utils.translation import gettext_lazy as _


class Kind(TextChoices):
    ABSENCE = "absence", _("Not at school")
    CORRECTION = "correction", _("Is at school after all")
    MONTHLY = "monthly", _("Days missed")


class State(TextChoices):
    HELD = "held", _("Waits")
    QUEUED = "queued", _("Ready to be sent")
    CLAIMED = "claimed", _("Ready to be sent")
    SENDING = "sending", _("Being sent now")
    UNCERTAIN = "uncertain", _("Uncertain – being looked into")
    ACCEPTED = "accepted", _("Received by the SMS provider")
    SENT = "sent", _("Sent to the mobile network")
    DELIVERED = "delivered", _("Delivered to the telephone (says the carrier)")
    UNDELIVERED = "undelivered", _("Not delivered")
    FAILED = "failed", _("Not delivered")
    REJECTED = "rejected", _("The number cannot receive SMS")
    CANCELLED = "cancelled", _("Cancelled before it was sent")
    EXPIRED = "expired", _("Did not get out in time – ring")
    UNKNOWN = "unknown", _("We do not know whether it arrived – ring")


S = State
# Sets of states: a plain word from a row is made a State before it is looked for in one.
# Nothing has been handed to the provider, or it has proved not to have it.
UNSENT = frozenset({S.HELD, S.QUEUED, S.CLAIMED})
# The provider may have it; nobody knows.
OPEN = frozenset({S.SENDING, S.UNCERTAIN})
# The provider has it and has said so.
OUT = frozenset({S.ACCEPTED, S.SENT, S.DELIVERED})
# What only the provider's word, with its own id for the message, may bring about.
TOLD_BY_PROVIDER = frozenset({S.ACCEPTED, S.SENT, S.DELIVERED, S.UNDELIVERED, S.FAILED})
# Ends we chose ourselves; the provider's word still moves them to the truth, and the trail says so.
OUR_ENDS = frozenset({S.REJECTED, S.CANCELLED, S.EXPIRED, S.UNKNOWN})
# A person has to ring.
TO_RING = frozenset({S.UNDELIVERED, S.FAILED, S.REJECTED, S.EXPIRED, S.UNKNOWN})
# Somebody was told, or may have been: the guardian gets no second one about the same absence.
NOT_AGAIN = frozenset(State) - {S.CANCELLED, S.REJECTED, S.UNDELIVERED, S.FAILED}

TRANSITIONS: dict[State, frozenset[State]] = {
    S.HELD: frozenset({S.QUEUED, S.CANCELLED, S.EXPIRED}),
    # A callback may beat everything we do: the provider's word is possible from any state after the first attempt.
    S.QUEUED: frozenset({S.CLAIMED, S.CANCELLED, S.EXPIRED}) | TOLD_BY_PROVIDER,
    S.CLAIMED: frozenset({S.QUEUED, S.SENDING, S.CANCELLED, S.EXPIRED}) | TOLD_BY_PROVIDER,
    S.SENDING: frozenset({S.QUEUED, S.UNCERTAIN, S.REJECTED}) | TOLD_BY_PROVIDER,
    S.UNCERTAIN: frozenset({S.QUEUED, S.UNKNOWN}) | TOLD_BY_PROVIDER,
    S.ACCEPTED: frozenset({S.SENT, S.DELIVERED, S.UNDELIVERED, S.FAILED}),
    S.SENT: frozenset({S.DELIVERED, S.UNDELIVERED, S.FAILED}),
    S.DELIVERED: frozenset(),
    S.UNDELIVERED: frozenset(),
    S.FAILED: frozenset(),
    S.REJECTED: TOLD_BY_PROVIDER,
    S.CANCELLED: TOLD_BY_PROVIDER,
    S.EXPIRED: TOLD_BY_PROVIDER,
    S.UNKNOWN: TOLD_BY_PROVIDER,
}

# The provider's words. Others may come: they are kept, and prove no more than that the provider has the message.
OF_PROVIDER: dict[str, State] = {
    "queued": S.ACCEPTED,
    "accepted": S.ACCEPTED,
    "scheduled": S.ACCEPTED,
    "sending": S.ACCEPTED,
    "sent": S.SENT,
    "delivered": S.DELIVERED,
    "read": S.DELIVERED,
    "undelivered": S.UNDELIVERED,
    "failed": S.FAILED,
    "canceled": S.FAILED,
}


@dataclass(frozen=True, slots=True)
class Word:
    """What the provider says of a message it calls `sid`; `via` is how we came to hear it."""

    provider: str
    sid: str
    status: str
    code: int | None
    via: str

    @property
    def state(self) -> State:
        """The state it means. A word we do not know proves at least that the provider has the message."""
        return OF_PROVIDER.get(self.status, State.ACCEPTED)


# What may still be claimed; its index is in the order of claiming.
WAITS = Q(state__in=["held", "queued"])
# What the database asks of a row beside its state: nothing counts as sent or received without its evidence.
PROVEN = [
    CheckConstraint(
        condition=~Q(state__in=["accepted", "sent", "delivered"]) | Q(provider_sid__isnull=False),
        name="accepted_has_sid",
    ),
    CheckConstraint(
        condition=~Q(state__in=["sending", "uncertain"]) | Q(sending_at__isnull=False, attempts__gt=0),
        name="sending_has_mark",
    ),
    CheckConstraint(
        condition=~Q(state__in=["accepted", "sent", "delivered", "undelivered", "failed"])
        | Q(sending_at__isnull=False),
        name="told_by_provider_was_marked",
    ),
]


def before(state: State) -> list[State]:
    """The states from which `state` may follow."""
    return sorted(earlier for earlier, later in TRANSITIONS.items() if state in later)


class Because(TextChoices):
    """Why a message was cancelled."""

    EXPLAINED = "explained", _("The absence was explained or corrected before sending")
    NOT_TOLD = "not_told", _("The guardian is no longer to be told on this number")
    NOT_CHOSEN = "not_chosen", _("The class no longer uses SMS")
    NEVER_LEFT = "never_left", _("The message to be corrected never left")
    AWAY_AGAIN = "away_again", _("The pupil was marked absent again")
    TEXT = "text", _("The text may not leave the house")
    DRY_RUN = "dry_run", _("Dry run: would have been sent")
    HALTED = "halted", _("A person decided against sending")
    BY_PERSON = "by_person", _("Taken back by a person")
    CEILING = "ceiling", _("Over the ceiling of the day")


class Withholding(TextChoices):
    """Why nobody was written to about an absence."""

    STOPPED = "stopped", _("SMS about the pupil are stopped")
    NO_CUSTODY = "no_custody", _("No holder of custody is known")
    DECLINED = "declined", _("Has declined SMS")
    NO_PHONE = "no_phone", _("No mobile number")
    DEAD_NUMBER = "dead_number", _("The number cannot receive SMS")
    SHARED_NUMBER = "shared_number", _("Same number as the other guardian")
    TOO_LATE = "too_late", _("Too late in the day")
    TEXT = "text", _("The text may not leave the house")
    KNOWN = "known", _("The reason is known")
    OPTED_OUT = "opted_out", _("The number has said no to SMS")
    COUNTRY = "country", _("SMS are not sent to that country")
    CEILING = "ceiling", _("Over the ceiling of the day")
    HALTED = "halted", _("A person decided against sending")
    TAKEN_BACK = "taken_back", _("Was told that the pupil is here, and is not – ring")


class Decision(TextChoices):
    """What a person decided about a morning on which too many are unexplained."""

    SEND = "send", _("Send")
    STOP = "stop", _("Do not send")


class How(TextChoices):
    """By what way a number said no to SMS."""

    SMS = "sms", _("By SMS")
    OFFICE = "office", _("At the office")
    PROVIDER = "provider", _("At the SMS provider")


class Intent(TextChoices):
    """What a reply says, by its whole text alone."""

    KNOWS = "knows", _("Knows of the absence")
    ERROR = "error", _("Says it is an error")
    STOP = "stop", _("Wants no SMS")
    START = "start", _("Wants SMS again")
    OTHER = "other", _("Wrote something else")


# Reasons for which nobody has to ring: the other guardian has the same telephone, or the school knows already.
HARMLESS = frozenset({Withholding.SHARED_NUMBER, Withholding.KNOWN, Withholding.HALTED})
