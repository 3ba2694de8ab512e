"""Users, and the grants that let them reach a part of the municipality for a time."""

from fravaer.accounts.models.granted import Grant, Reach
from fravaer.accounts.models.people import User, Users

__all__ = ["Grant", "Reach", "User", "Users"]
