"""Users, the grants that let them reach a part of the municipality for a time, and the blocks that beat every grant."""

from fravaer.accounts.models.blocking import AccessBlock, BlockOrigin, CprHash, Kind
from fravaer.accounts.models.emergency import (
    Emergency,
    EmergencyAlert,
    EmergencyAnswer,
    EmergencyReason,
    EmergencySearch,
)
from fravaer.accounts.models.granted import Ended, Grant, Purpose, Reach
from fravaer.accounts.models.linking import AccountLink, LinkKind
from fravaer.accounts.models.opened import OpenedChild
from fravaer.accounts.models.people import User, Users
from fravaer.accounts.models.proposed import Attestation, Proposal
from fravaer.accounts.models.signing_in import Authenticator, Identity, Passkey, RecoveryCode, Session

__all__ = [
    "AccessBlock",
    "AccountLink",
    "Attestation",
    "Authenticator",
    "BlockOrigin",
    "CprHash",
    "Emergency",
    "EmergencyAlert",
    "EmergencyAnswer",
    "EmergencyReason",
    "EmergencySearch",
    "Ended",
    "Grant",
    "Identity",
    "Kind",
    "LinkKind",
    "OpenedChild",
    "Passkey",
    "Proposal",
    "Purpose",
    "Reach",
    "RecoveryCode",
    "Session",
    "User",
    "Users",
]
