"""What is one person to know this morning, in numbers alone?

One digest a person and day: pupils newly over a line, classes newly found, letters the law asks for that wait for her, and what
she has agreed to do that is due. Made set-based once everybody has been counted; shown above the worklist and sent by e-mail
(`cases.mailing`). Whoever crossed a line quietly is in nobody's. It names nobody and says nothing of a pupil.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction
from django.db.models import Count, Max

from fravaer.accounts.models import Grant, Reach
from fravaer.accounts.roles import MAY, Action, Role
from fravaer.cases import letters, rules, triage
from fravaer.cases.models import AgreedAction, Cluster, Crossing, Digest
from fravaer.schools.models import Enrolment

# Digests lead to the worklist: roles that have none are told nothing, whatever a rule says.
TOLD = frozenset(role for role in Role if Action.WORKLIST in MAY[role])
# Work with a whole class is theirs (Vesthimmerland's procedure, 2024: class-based effort by the inclusion team).
TOLD_OF_CLASSES = frozenset({Role.LEADER, Role.INCLUSION, Role.SOCIAL_WORKER})
# Who signs them.
TOLD_OF_LETTERS = frozenset(role for role in TOLD if Action.LETTER_SIGN in MAY[role])
# A mail server that says no is asked again at the next call, so often and no more.
ATTEMPTS = 5


def told(purpose: str, band: int, tells: Collection[str]) -> frozenset[Role]:
    """The roles told of a rule's crossings: those it names, else the leader, for triage the social worker too, and the
    inclusion team for the lowest band, early effort, which is theirs."""
    named = {Role(role) for role in tells}
    if not named and purpose == rules.Purpose.LAW:
        named = {Role.LEADER}
    elif not named:
        named = {Role.LEADER, Role.SOCIAL_WORKER} | (
            {Role.INCLUSION} if band == rules.EARLY_EFFORT.band else set()
        )
    return frozenset(named) & TOLD


def make(day: date, counted_on: date, now: datetime) -> int:
    """Make the day's digests of everybody who is to know anything; `counted_on` is the day triage counted up to.

    Returns how many. Those of a day are made once: a second call finds them made. What is found later in the day is in the
    next day's. As many queries for one person as for a thousand.
    """
    with transaction.atomic():
        triage.lock()
        if Digest.objects.filter(day=day).exists():
            return 0
        upto = Crossing.objects.aggregate(last=Max("pk"))["last"] or 0
        news = _news(day, counted_on)
        due = Counter(
            dict(
                AgreedAction.objects.filter(settled_at=None, due_on__lte=day)
                .values_list("responsible_id")
                .annotate(Count("pk"))
            )
        )
        made = []
        for user, held in _grants(now).items():
            found = _Found()
            for role, reach, unit in held:
                for kind, reached in news.reached(role, reach, unit):
                    getattr(found, kind).update(reached)
            one = Digest(
                user_id=user,
                day=day,
                crossed=len(found.crossed),
                law=len(found.law),
                clusters=len(found.clusters),
                letters=len(found.letters),
                due=due[user],
                upto=upto,
                made_at=now,
            )
            if one.crossed or one.law or one.clusters or one.letters or one.due:
                made.append(one)
        Digest.objects.bulk_create(made, ignore_conflicts=True)
    return len(made)


def of(user_id: int, day: date) -> Digest | None:
    """The person's digest of the day, or None when there was nothing to tell. One query."""
    return Digest.objects.filter(user_id=user_id, day=day).first()


def read(user_id: int, day: date, now: datetime) -> None:
    """Note that she has seen it; the first time counts."""
    Digest.objects.filter(user_id=user_id, day=day, read_at=None).update(read_at=now)


def waiting(day: date) -> list[int]:
    """Digests of the day whose e-mail nobody has begun to send."""
    return list(
        Digest.objects.filter(day=day, claimed_at=None, attempts__lt=ATTEMPTS, user__is_active=True)
        .exclude(user__email="")
        .order_by("pk")
        .values_list("pk", flat=True)
    )


def claim(digest_id: int, now: datetime) -> Digest | None:
    """The digest, for whoever calls this to send and nobody else; None when somebody was faster.

    A claim is never given anew by itself: whether an e-mail left before a process died nobody can know, and it is not sent
    twice. The page shows the digest anyway.
    """
    taken = Digest.objects.filter(pk=digest_id, claimed_at=None).update(claimed_at=now)
    return Digest.objects.select_related("user").get(pk=digest_id) if taken else None


def settle(digest_id: int, now: datetime) -> None:
    """Note that its e-mail is out."""
    Digest.objects.filter(pk=digest_id, mailed_at=None).update(mailed_at=now)


def release(digest_id: int, attempts: int) -> None:
    """Let a digest be claimed again whose e-mail the server has refused for certain."""
    Digest.objects.filter(pk=digest_id, mailed_at=None).update(claimed_at=None, attempts=attempts + 1)


@dataclass(slots=True)
class _Found:
    crossed: set[int] = field(default_factory=set)
    law: set[int] = field(default_factory=set)
    clusters: set[int] = field(default_factory=set)
    letters: set[int] = field(default_factory=set)


@dataclass(slots=True)
class _News:
    """What is new or waits, by kind, role and unit: pupils for crossings, clusters for classes, letters."""

    of_unit: dict[tuple[str, Role, str, int], set[int]] = field(default_factory=lambda: defaultdict(set))

    def add(self, kind: str, roles: Iterable[Role], units: Iterable[tuple[str, int]], subject: int) -> None:
        for role in roles:
            for reach, unit in units:
                self.of_unit[kind, role, reach, unit].add(subject)

    def reached(self, role: Role, reach: str, unit: int) -> Iterable[tuple[str, set[int]]]:
        for kind in ("crossed", "law", "clusters", "letters"):
            yield kind, self.of_unit.get((kind, role, reach, unit), set())


def _news(day: date, counted_on: date) -> _News:
    """The loud crossings since the last digest, the classes found by the last count, and the letters that wait."""
    crossings = Crossing.objects.filter(ended_on=None, quiet=False)
    last = Digest.objects.filter(day__lt=day).aggregate(upto=Max("upto"))["upto"]
    crossings = crossings.filter(crossed_on=counted_on) if last is None else crossings.filter(pk__gt=last)
    rows = list(
        crossings.values_list("pupil_id", "rule__purpose", "rule__band", "rule__tells").order_by("pk")
    )
    waiting = letters.due()
    places = _places({pupil for pupil, *_ in rows} | {pupil for _letter, pupil in waiting}, day)
    news = _News()
    for pupil, purpose, band, tells in rows:
        kind = "law" if purpose == rules.Purpose.LAW else "crossed"
        if pupil in places:
            units = [*places[pupil], (Reach.PUPIL.value, pupil)]
            news.add(kind, told(purpose, band, tells), units, pupil)
    for letter, pupil in waiting:
        news.add("letters", TOLD_OF_LETTERS, places.get(pupil, ()), letter)
    found = Cluster.objects.filter(found_on=counted_on, ended_on=None)
    for cluster, school_class, school, area in found.values_list(
        "pk", "school_class_id", "school_id", "school__area_id"
    ):
        news.add("clusters", TOLD_OF_CLASSES, _units(school_class, school, area), cluster)
    return news


def _places(pupil_ids: Collection[int], day: date) -> Mapping[int, list[tuple[str, int]]]:
    rows = (
        Enrolment.objects.on(day)
        .filter(pupil_id__in=pupil_ids)
        .values_list(
            "pupil_id", "school_class_id", "school_class__school_id", "school_class__school__area_id"
        )
    )
    return {pupil: _units(school_class, school, area) for pupil, school_class, school, area in rows}


def _units(school_class: int, school: int, area: int) -> list[tuple[str, int]]:
    return [
        (Reach.CLASS.value, school_class),
        (Reach.SCHOOL.value, school),
        (Reach.AREA.value, area),
        (Reach.MUNICIPALITY.value, 0),
    ]


def _grants(now: datetime) -> Mapping[int, list[tuple[Role, str, int]]]:
    """What each person who may be told anything holds now: role, reach and unit."""
    found: dict[int, list[tuple[Role, str, int]]] = defaultdict(list)
    rows = Grant.objects.filter(
        role__in=TOLD, revoked_at=None, valid_from__lte=now, valid_until__gt=now, user__is_active=True
    ).values_list("user_id", "role", "reach", "area_id", "school_id", "school_class_id", "pupil_id")
    for user, role, reach, area, school, school_class, pupil in rows:
        found[user].append((Role(role), reach, area or school or school_class or pupil or 0))
    return found
