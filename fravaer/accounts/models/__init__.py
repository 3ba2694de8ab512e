"""Users, the grants that let them reach a part of the municipality for a time, and the blocks that beat every grant."""

from fravaer.accounts.models.blocking import AccessBlock, Kind
from fravaer.accounts.models.emergency import (
    Emergency,
    EmergencyAlert,
    EmergencyAnswer,
    EmergencyReason,
    EmergencySearch,
)
from fravaer.accounts.models.granted import Ended, Grant, Purpose, Reach
from fravaer.accounts.models.opened import OpenedChild
from fravaer.accounts.models.people import User, Users
from fravaer.accounts.models.proposed import Attestation, Proposal

__all__ = [
    "AccessBlock",
    "Attestation",
    "Emergency",
    "EmergencyAlert",
    "EmergencyAnswer",
    "EmergencyReason",
    "EmergencySearch",
    "Ended",
    "Grant",
    "Kind",
    "OpenedChild",
    "Proposal",
    "Purpose",
    "Reach",
    "User",
    "Users",
]
