"""Whose account does a person of the municipality's login have here?

A subject at an issuer is one person, for good; the same subject at another issuer is somebody else. An account is made for
nobody who has nothing to do here: without a grant that is in force there is no account. Pupils and parents, whom the schools'
login knows as well, have none at all. The grants the login gives are replaced as a set at every sign-in.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction

from fravaer.accounts import grants
from fravaer.accounts.levels import Level, of_acr
from fravaer.accounts.models import Grant, Identity, Reach, User
from fravaer.accounts.roles import Role
from fravaer.audit import trail
from fravaer.schools.models import Area, School

ORIGIN = "idp"
LASTS = timedelta(days=30)
# Kinds of users of the schools' login who have no business here.
NOT_STAFF = frozenset({"elev", "kontaktperson"})
# What the login may say somebody is, and over which kinds of unit. Classes come with the roster, cases with the casework.
GIVEN: Mapping[Role, frozenset[Reach]] = {
    Role.SECRETARY: frozenset({Reach.SCHOOL}),
    Role.LEADER: frozenset({Reach.SCHOOL}),
    Role.INCLUSION: frozenset({Reach.SCHOOL}),
    Role.SOCIAL_WORKER: frozenset({Reach.SCHOOL}),
    Role.SOCIAL_LEADER: frozenset({Reach.SCHOOL, Reach.AREA}),
    Role.AREA_MANAGER: frozenset({Reach.AREA}),
    Role.SOCIAL_MANAGER: frozenset({Reach.AREA, Reach.MUNICIPALITY}),
    Role.CHIEF: frozenset({Reach.MUNICIPALITY}),
    Role.CONTROLLER: frozenset({Reach.MUNICIPALITY}),
}
EVERYWHERE = "*"


class NoAccount(Exception):
    """She has no account here and gets none; `word` says why: `type`, `none`, `closed` or `taken`."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


@dataclass(frozen=True, slots=True)
class Names:
    """What the login calls the claims; an empty name is one it does not send."""

    email: str = "email"
    name: str = "name"
    staff_key: str = ""
    user_type: str = ""
    grants: str = ""
    link_by_email: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """What the login says of somebody, in our own words. `grants` is None when it says nothing of them."""

    issuer: str
    subject: str
    email: str
    name: str
    staff_key: str
    types: frozenset[str] | None
    grants: tuple[str, ...] | None
    level: Level
    proved_at: float | None
    sid: str


def said(claims: Mapping[str, Any], names: Names, levels: Mapping[str, str]) -> Said:
    """The claims in our own words."""
    kinds = _words(claims.get(names.user_type)) if names.user_type else None
    at = claims.get("auth_time")
    return Said(
        issuer=str(claims["iss"]),
        subject=str(claims["sub"])[:255],
        email=str(claims.get(names.email) or "")[:254],
        name=str(claims.get(names.name) or "")[:150],
        staff_key=str(claims.get(names.staff_key) or "") if names.staff_key else "",
        types=None if kinds is None else frozenset(kind.lower() for kind in kinds),
        grants=tuple(_words(claims.get(names.grants))) if names.grants else None,
        level=of_acr(claims.get("acr"), levels),
        proved_at=float(at) if isinstance(at, (int, float)) and not isinstance(at, bool) else None,
        sid=str(claims.get("sid") or ""),
    )


def account_of(one: Said, now: datetime, *, link_by_email: bool) -> User:
    """The account of her who has signed in, with the grants the login gives her now. Raises NoAccount, and then makes none."""
    if one.types is not None and (not one.types or one.types <= NOT_STAFF):
        raise NoAccount("type")
    wanted = _wanted(one.grants or ())
    with transaction.atomic():
        identity = (
            Identity.objects.select_related("user").filter(issuer=one.issuer, subject=one.subject).first()
        )
        user = identity.user if identity else _theirs(one, link_by_email=link_by_email)
        if user is None and not wanted:
            raise NoAccount("none")
        if user is None:
            user = _made(one)
        elif not user.is_active:
            raise NoAccount("closed")
        if one.grants is not None:
            grants.replace(
                origin=ORIGIN,
                wanted=_grants(user.pk, wanted, now),
                now=now,
                user_id=user.pk,
            )
        if identity is None and not _has_grant(user.pk, now):
            raise NoAccount("none")
        if identity is None:
            Identity.objects.create(
                issuer=one.issuer, subject=one.subject, user=user, made_at=now, used_at=now
            )
            trail.changed(user.pk, "identity.link", subject="user", subject_id=user.pk)
        else:
            Identity.objects.filter(pk=identity.pk).update(used_at=now)
    if not _has_grant(user.pk, now):
        # What the login took away stays taken away.
        raise NoAccount("none")
    return user


def user_of(issuer: str, subject: str) -> int | None:
    """The user a subject at an issuer is, if it has signed in before."""
    return Identity.objects.filter(issuer=issuer, subject=subject).values_list("user_id", flat=True).first()


def _theirs(one: Said, *, link_by_email: bool) -> User | None:
    """The account that was hers before she first came by this login: by the roster's key, or by her address."""
    if one.staff_key:
        found = User.objects.filter(staff_key=one.staff_key).first()
        if found is not None:
            return _unless_taken(found)
    found = User.objects.filter(email__iexact=one.email).first() if one.email else None
    if found is None:
        return None
    if not link_by_email:
        raise NoAccount("taken")
    return _unless_taken(found)


def _unless_taken(user: User) -> User:
    if Identity.objects.filter(user=user).exists():
        raise NoAccount("taken")
    return user


def _made(one: Said) -> User:
    if "@" not in one.email:
        raise NoAccount("none")
    return User.objects.create(
        email=one.email.lower(), name=one.name or one.email, password=make_password(None)
    )


def _has_grant(user_id: int, now: datetime) -> bool:
    return Grant.objects.filter(
        user_id=user_id, revoked_at=None, valid_from__lte=now, valid_until__gt=now
    ).exists()


def _wanted(words: Sequence[str]) -> list[tuple[Role, Reach, int | None]]:
    """The grants that words such as `leader@101001` name; a role or unit that is none of ours gives nothing."""
    found: dict[tuple[Role, Reach, int | None], None] = {}
    for word in words:
        role, _at, unit = word.partition("@")
        if role not in Role.values or Role(role) not in GIVEN:
            continue
        reached = _unit(unit.strip(), GIVEN[Role(role)])
        if reached is not None:
            found[(Role(role), *reached)] = None
    return list(found)


def _unit(word: str, kinds: Collection[Reach]) -> tuple[Reach, int | None] | None:
    if word == EVERYWHERE:
        return (Reach.MUNICIPALITY, None) if Reach.MUNICIPALITY in kinds else None
    if Reach.SCHOOL in kinds:
        school = School.objects.filter(institution_number=word).values_list("pk", flat=True).first()
        if school is not None:
            return Reach.SCHOOL, school
    if Reach.AREA in kinds:
        area = Area.objects.filter(code=word).values_list("pk", flat=True).first()
        if area is not None:
            return Reach.AREA, area
    return None


def _grants(
    user_id: int, wanted: Sequence[tuple[Role, Reach, int | None]], now: datetime
) -> list[grants.Wanted]:
    """What she is to hold from now on; what she holds already she has held since she first got it."""
    held = Grant.objects.filter(user_id=user_id, origin=ORIGIN, revoked_at=None, valid_until__gt=now)
    since = {(grant.role, grant.school_id or grant.area_id): grant.valid_from for grant in held}
    return [
        grants.Wanted(user_id, role, reach, unit, "", since.get((role.value, unit), now), now + LASTS)
        for role, reach, unit in wanted
    ]


def _words(value: object) -> list[str]:
    """A claim of several words, sent as a list or as one text."""
    if isinstance(value, str):
        return [word for word in value.replace(",", " ").split() if word]
    if isinstance(value, list):
        return [word for word in value if isinstance(word, str)]
    return []
