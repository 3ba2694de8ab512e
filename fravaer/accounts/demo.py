"""Who can one be in a demonstration? One person for each role, signed in by a click.

The accounts have no usable password, so nobody can sign in as them where the demonstration's click does not exist.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise

from fravaer.accounts.models import User
from fravaer.accounts.roles import Role

# Key of the account (its address's local part) and the role it shows.
DEMO_ACCOUNTS: dict[str, Role] = {
    "laerer": Role.TEACHER,
    "sekretaer": Role.SECRETARY,
    "skoleleder": Role.LEADER,
    "inklusion": Role.INCLUSION,
    "socialraadgiver": Role.SOCIAL_WORKER,
    "socialleder": Role.SOCIAL_LEADER,
    "psykolog": Role.PSYCHOLOGIST,
    "omraadechef": Role.AREA_MANAGER,
    "socialchef": Role.SOCIAL_MANAGER,
    "skolechef": Role.CHIEF,
    "brugeradministrator": Role.ACCESS_ADMIN,
    "databeskyttelse": Role.CONTROLLER,
}
DOMAIN = "demo.invalid"


@dataclass(frozen=True, slots=True)
class DemoAccount:
    key: str
    name: str
    role: str | Promise
    title: str


def demo_accounts() -> list[DemoAccount]:
    """The accounts the generator made, in the order of the table above."""
    users = {user.email: user for user in User.objects.filter(email__endswith=f"@{DOMAIN}", is_active=True)}
    return [
        DemoAccount(key, user.name, role.label, user.title)
        for key, role in DEMO_ACCOUNTS.items()
        if (user := users.get(f"{key}@{DOMAIN}"))
    ]


def demo_user(key: str) -> User | None:
    return User.objects.filter(email=f"{key}@{DOMAIN}", is_active=True).first()


def entitle(titles: Mapping[str, str]) -> None:
    """Give the accounts made from invented staff their titles, by address."""
    users = list(User.objects.filter(email__in=titles, title=""))
    for user in users:
        user.title = titles[user.email]
    User.objects.bulk_update(users, ["title"], batch_size=1_000)
