"""May this person read one child who is not hers, now, and who answers for it afterwards?

Emergency access (break-glass): the child is named exactly, by full name and birth date or by CPR number, and met or not; there is
no list to look through. It is a grant of its own origin over that one child, for an hour, to read. While a session uses it, it
reaches nothing else. Leader and controller are told at once, and whoever's use nobody has answered for opens nobody else.
Need to know, checked afterwards (forvaltningsloven § 32; data protection regulation articles 5, 25 and 32).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from fravaer.accounts import grants
from fravaer.accounts.models import (
    Emergency,
    EmergencyAlert,
    EmergencyAnswer,
    EmergencyReason,
    EmergencySearch,
    Grant,
    Reach,
    User,
)
from fravaer.accounts.models.emergency import BREAK_GLASS
from fravaer.accounts.roles import Action, Role, actions
from fravaer.audit import trail
from fravaer.core.scope import Scope
from fravaer.core.walls import DatabaseRole, acting_as
from fravaer.schools import cpr, schooldays
from fravaer.schools.models import Pupil, School

LASTS = timedelta(minutes=60)
MOST_A_WEEK = 3
MOST_MISSES_A_DAY = 5
LEAST_WORDS = 20
# School days a leader or the controller has to answer; never more than a week, whatever the holidays.
ANSWER_DAYS = 3
LONGEST_ANSWER = timedelta(days=7)
# What the hat may, as far as the role may it: to read, and the page of the access itself.
READS = frozenset({Action.SIGNED_IN, Action.PUPIL_HISTORY, Action.REASON_TEXT, Action.EMERGENCY})
# Who leads whom, where the grants say it: the next over the same units.
LEADS = {
    Role.LEADER: Role.AREA_MANAGER,
    Role.SOCIAL_WORKER: Role.SOCIAL_LEADER,
    Role.SOCIAL_LEADER: Role.SOCIAL_MANAGER,
    Role.PSYCHOLOGIST: Role.CHIEF,
}
SESSION_KEY = "emergency"
# What may be a CPR number in somebody's words.
NUMBER = re.compile(r"(?<!\d)\d{6}[- ]?\d{4}(?!\d)")


class Hindrance(StrEnum):
    """Why no emergency access is opened, before any child was looked for."""

    OPEN = "open"
    TOO_MANY = "too_many"
    TOO_MANY_MISSES = "too_many_misses"
    LOCKED = "locked"
    NOBODY_TO_TELL = "nobody_to_tell"


class Hindered(Exception):
    """No emergency access now; `why` says which rule stands in the way."""

    def __init__(self, why: Hindrance) -> None:
        super().__init__(why.value)
        self.why = why


class NamesTheChild(Exception):
    """The reason names the child; leaders and the controller read it, who are not to learn who it was."""


class OwnUse(Exception):
    """Nobody answers for herself."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands in the way of the person now, None when nothing does, and how many uses of the week are left."""

    hindrance: Hindrance | None
    left: int


def standing(user_id: int, now: datetime) -> Standing:
    """May the person open somebody now, as far as can be said before she says whom? Five queries at most."""
    used = Emergency.objects.filter(user_id=user_id, opened_at__gt=now - timedelta(days=7)).count()
    left = max(MOST_A_WEEK - used, 0)
    day = timezone.localdate(now)
    misses = EmergencySearch.objects.filter(user_id=user_id, found=False, at__gt=now - timedelta(days=1))
    why = None
    # Whoever's session does not use it reaches no child by it, but it counts.
    if _in_force(now).filter(user_id=user_id).exists():
        why = Hindrance.OPEN
    elif locked(user_id, day):
        why = Hindrance.LOCKED
    elif not left:
        why = Hindrance.TOO_MANY
    elif misses.count() >= MOST_MISSES_A_DAY:
        why = Hindrance.TOO_MANY_MISSES
    elif not _controllers(user_id, now):
        why = Hindrance.NOBODY_TO_TELL
    return Standing(why, left)


def locked(user_id: int, day: date) -> bool:
    """Whether a use of hers was not answered for in time, or found unjustified by the latest answer."""
    latest = (
        EmergencyAnswer.objects.filter(emergency__user_id=user_id)
        .order_by("emergency_id", "-at", "-pk")
        .distinct("emergency_id")
        .values_list("justified", flat=True)
    )
    late = Emergency.objects.filter(user_id=user_id, answer_due_on__lt=day, answers=None)
    return late.exists() or not all(latest)


def open_of(user_id: int, now: datetime) -> Emergency | None:
    """The person's access in force now."""
    return _in_force(now).filter(user_id=user_id).select_related("pupil").first()


@dataclass(frozen=True, slots=True)
class Named:
    """A child as she is named exactly: by ten digits, or else by full name and birth date."""

    name: str = ""
    birth_on: date | None = None
    number: str = ""


def open_one(
    scope: Scope, named: Named, *, reason: EmergencyReason, words: str, now: datetime
) -> Emergency | None:
    """Open the one child named so to the actor for an hour; None when no such child, or several.

    A child she is blocked from, as kin, is met by nobody; one she reaches already is not opened either, since there is
    nothing to open. Leader and controller are told. Raises Hindered and NamesTheChild.
    """
    assert scope.actor_id is not None
    # By the name that was asked for, so that it says nothing of whether there is such a child; a number names one as well.
    if _names(words, named.name) or NUMBER.search(words):
        raise NamesTheChild
    opened = None
    with transaction.atomic():
        # Two requests of one person come one after the other, so that the limits hold.
        User.objects.select_for_update().get(pk=scope.actor_id)
        why = standing(scope.actor_id, now).hindrance
        if why is not None:
            raise Hindered(why)
        pupil = exactly(named)
        if pupil is not None and (pupil.pk in scope.blocked or _reached(scope, pupil, now)):
            pupil = None
        # Whoever knows the number may know the name; that counts as a search in vain, so that nobody tries names by it.
        names = pupil is not None and _names(words, str(pupil))
        EmergencySearch.objects.create(user_id=scope.actor_id, at=now, found=pupil is not None and not names)
        trail.changed(
            scope.actor_id,
            "emergency.search",
            role=scope.role,
            subject="emergency",
            pupil_ids=[pupil.pk] if pupil else [],
            detail={"found": pupil is not None and not names, "by": "cpr" if named.number else "name"},
        )
        if pupil is not None and not names:
            opened = _opened(scope, pupil, reason, " ".join(words.split()), now)
    if names:
        raise NamesTheChild
    return opened


def _opened(scope: Scope, pupil: Pupil, reason: EmergencyReason, words: str, now: datetime) -> Emergency:
    assert scope.actor_id is not None
    until = now + LASTS
    day = timezone.localdate(now)
    made = Emergency(
        user_id=scope.actor_id,
        role=scope.role,
        pupil=pupil,
        reason=reason,
        words=words,
        opened_at=now,
        until=until,
        answer_due_on=min(schooldays.after(ANSWER_DAYS, day), day + LONGEST_ANSWER),
    )
    made.grant = grants.give(
        user_id=scope.actor_id,
        role=Role(scope.role),
        reach=Reach.PUPIL,
        unit_id=pupil.pk,
        origin=BREAK_GLASS,
        origin_ref=str(made.uuid),
        reason=str(reason.value),
        valid_from=now,
        valid_until=until,
        granted_by_id=scope.actor_id,
    )
    made.save()
    told = _controllers(scope.actor_id, now) | _own_leaders(scope, now)
    EmergencyAlert.objects.bulk_create(
        EmergencyAlert(emergency=made, user_id=user_id) for user_id in sorted(told)
    )
    trail.changed(
        scope.actor_id,
        "emergency.open",
        role=scope.role,
        subject="emergency",
        subject_id=made.uuid,
        pupil_ids=[pupil.pk],
        detail={"reason": reason.value, "told": len(told)},
    )
    return made


def narrowed(scope: Scope, emergency_id: int, now: datetime) -> Scope:
    """The scope of a session that reads one child in an emergency: that child and nothing else, as long as it lasts.

    The scope as it was, when the access is over, was ended, or is not hers in a role she holds. One query.
    """
    found = _in_force(now).filter(pk=emergency_id, user_id=scope.actor_id or 0).first()
    if found is None or found.role not in scope.roles or found.pupil_id in scope.blocked:
        return scope
    return replace(
        scope,
        role=found.role,
        actions=actions(Role(found.role)) & READS,
        persons=True,
        municipality=False,
        areas=frozenset(),
        schools=frozenset(),
        classes=frozenset(),
        pupils=frozenset({found.pupil_id}),
        grant_ids=(found.grant_id,),
        roles=(),
        places=(),
        emergency_until=found.until,
    )


def end(scope: Scope, now: datetime) -> bool:
    """End the actor's access before its time. Returns whether there was one."""
    assert scope.actor_id is not None
    with transaction.atomic():
        one = open_of(scope.actor_id, now)
        if one is None:
            return False
        Emergency.objects.filter(pk=one.pk).update(closed_at=now)
        grants.withdraw(origin=BREAK_GLASS, origin_ref=str(one.uuid), now=now, actor_id=scope.actor_id)
        trail.changed(
            scope.actor_id,
            "emergency.end",
            role=scope.role,
            subject="emergency",
            subject_id=one.uuid,
            pupil_ids=[one.pupil_id],
        )
    return True


def answer(emergency: Emergency, scope: Scope, *, justified: bool, words: str, now: datetime) -> None:
    """Answer for a use of another's: there was a need of the work for it, or not. Raises OwnUse."""
    assert scope.actor_id is not None
    if emergency.user_id == scope.actor_id:
        raise OwnUse
    with transaction.atomic():
        EmergencyAnswer.objects.create(
            emergency=emergency,
            by_id=scope.actor_id,
            role=scope.role,
            at=now,
            justified=justified,
            words=words,
        )
        trail.changed(
            scope.actor_id,
            "emergency.answer",
            role=scope.role,
            subject="emergency",
            subject_id=emergency.uuid,
            pupil_ids=[emergency.pupil_id],
            detail={"justified": justified},
        )


def own(user_id: int, most: int = 20) -> list[Emergency]:
    """The person's own uses, the newest first, with their answers."""
    found = Emergency.objects.filter(user_id=user_id).prefetch_related("answers").order_by("-opened_at")
    return list(found[:most])


def unanswered(among: QuerySet[Emergency]) -> int:
    """How many of these uses nobody has answered for."""
    return among.filter(answers=None).count()


def unanswered_first(among: QuerySet[Emergency]) -> QuerySet[Emergency]:
    """These uses with their people and answers, those nobody has answered for first, then the newest."""
    said = Exists(EmergencyAnswer.objects.filter(emergency=OuterRef("pk")))
    ordered = among.annotate(is_answered=said).order_by("is_answered", "-opened_at", "-pk")
    return ordered.select_related("user").prefetch_related("answers")


def school_of(school_id: int) -> School | None:
    """The school of the child that is open, with its telephone."""
    return School.objects.filter(pk=school_id).first()


def _in_force(now: datetime) -> QuerySet[Emergency]:
    return Emergency.objects.filter(
        closed_at=None,
        opened_at__lte=now,
        until__gt=now,
        grant__revoked_at=None,
        grant__valid_until__gt=now,
    )


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


@acting_as(DatabaseRole.REPORT)
def exactly(named: Named) -> Pupil | None:
    """The one child named so; None when there is none, or several."""
    if named.number:
        return Pupil.objects.filter(pk=cpr.holder(named.number) or 0).first()
    born = Pupil.objects.filter(birth_on=named.birth_on)
    found = [one for one in born if _plain(str(one)) == _plain(named.name)]
    return found[0] if len(found) == 1 else None


def _reached(scope: Scope, pupil: Pupil, now: datetime) -> bool:
    """Whether the child is among those she may read without any emergency."""
    return Pupil.objects.visible_to(scope, timezone.localdate(now)).filter(pk=pupil.pk).exists()


def _names(words: str, name: str) -> bool:
    """Whether the reason holds a word of the child's name."""
    said, asked = (
        set(_plain("".join(sign if sign.isalnum() else " " for sign in text)).split())
        for text in (words, name)
    )
    return bool(said & {word for word in asked if len(word) > 1})


def _controllers(but: int, now: datetime) -> set[int]:
    return {one.user_id for one in grants.in_roles((Role.CONTROLLER,), now)} - {but}


def _own_leaders(scope: Scope, now: datetime) -> set[int]:
    """Who leads the actor in this role: over one of her units, or over the whole municipality."""
    leads = LEADS.get(Role(scope.role))
    if leads is None:
        return set()
    units: Collection[int] = scope.schools
    over = (
        Q(reach=Reach.MUNICIPALITY)
        | Q(school_id__in=units)
        | Q(area_id__in=scope.areas)
        | Q(area__schools__in=units)
        | Q(school__area_id__in=scope.areas)
    )
    held = Grant.objects.filter(
        over, role=leads, revoked_at=None, valid_from__lte=now, valid_until__gt=now, user__is_active=True
    )
    return set(held.values_list("user_id", flat=True)) - {scope.actor_id or 0}
