"""Who signs in with a password, and who is it on every page after that?"""

from __future__ import annotations

from django.contrib.auth.backends import ModelBackend
from django.db.models import QuerySet

from fravaer.accounts.models import User
from fravaer.core.asking import question


@question
def _user(pk: int) -> QuerySet[User, User]:
    """The user herself."""
    return User.objects.filter(pk=pk)


def change(user: User, password: str) -> None:
    """Give the user another password; the object she is held in knows it as well."""
    user.set_password(password)
    User.objects.filter(pk=user.pk).update(password=user.password)


class Passwords(ModelBackend):
    """Django's way of signing in; whose session it is is asked on every request, so that a closed account is closed at once."""

    def get_user(self, user_id: int) -> User | None:
        for user in _user(user_id):
            return user if self.user_can_authenticate(user) else None
        return None
