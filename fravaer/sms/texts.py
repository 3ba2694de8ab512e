"""Which words stand in place of the files, who wrote them and who agreed?

A municipality or a school may word a text in its own way. One person proposes, another agrees; from then on it is sent. The
school's own beats the municipality's, which beats the file; a wording that is retired gives way to the next of them. What is
in force for a language other than Danish and English has always been agreed to here. The only writer of wordings.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max, Q, QuerySet

from fravaer.audit import trail
from fravaer.core.scope import Scope
from fravaer.schools.models import Municipality, School
from fravaer.sms import wording
from fravaer.sms.models import Choice, TextVersion
from fravaer.sms.states import Kind
from fravaer.sms.wording import NEUTRAL, REPLY, Fields, Own, TextRefused

# Every text there is, in the order people meet them.
NAMES = tuple(
    f"{kind}{ending}"
    for kind, endings in (
        (Kind.ABSENCE.value, ("", NEUTRAL, REPLY, REPLY + NEUTRAL)),
        (Kind.CORRECTION.value, ("", NEUTRAL)),
        (Kind.MONTHLY.value, ("", NEUTRAL)),
    )
    for ending in endings
)
LANGUAGES = ("da", "en", "ar", "tr", "uk", "so")
# What a text is measured with: twenty letters, within the plain alphabet and outside it, and the longest of the others.
LONG_NAME = "Bartholomæus-Kristof"
FOREIGN_NAME = "Şükrü" + LONG_NAME[5:]
PHONE, TIME, HALF_DAYS = "12345678", "10.45", 23
MOST_SEGMENTS = {"gsm7": 1, "ucs2": 2}
# No text is as long as that; what is longer is no text.
MOST_SIGNS = 1000


@dataclass(frozen=True, slots=True)
class Unit:
    """Whose wording: a school's, or with none the municipality's for all its schools."""

    municipality_id: int
    school_id: int | None = None


@dataclass(frozen=True, slots=True)
class Signed:
    """Who sends, and the telephone to ring."""

    school: str
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a text cannot be sent: the rule, and the field, words or number it is about."""

    rule: str
    about: str = ""


class CannotBeSent(Exception):
    """The text breaks rules; `problems` names them, the first first."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(", ".join(problem.rule for problem in problems))
        self.problems = problems


class SecondPersonNeeded(Exception):
    """Whoever proposed a text cannot agree to it as well."""


class Settled(Exception):
    """The wording has been agreed to, refused or retired meanwhile."""


def in_force(school_ids: Collection[int]) -> dict[int, Own]:
    """The wordings each school uses in place of the files. Two queries however many there are."""
    municipalities = dict(School.objects.filter(pk__in=school_ids).values_list("pk", "area__municipality_id"))
    found = _by_unit(
        Q(school_id__in=municipalities) | Q(school=None, municipality_id__in=set(municipalities.values()))
    )
    return {
        school: {**found.get(Unit(municipality), {}), **found.get(Unit(municipality, school), {})}
        for school, municipality in municipalities.items()
    }


def municipality() -> Municipality | None:
    """The one this installation serves."""
    return Municipality.objects.order_by("pk").first()


def of_municipality(municipality_id: int) -> Own:
    """The wordings the municipality has for all its schools."""
    unit = Unit(municipality_id)
    return _by_unit(Q(municipality_id=municipality_id, school=None)).get(unit, {})


def _by_unit(some: Q) -> dict[Unit, Own]:
    found: dict[Unit, dict[tuple[str, str], tuple[str, str]]] = {}
    for row in TextVersion.objects.filter(some, approved_at__isnull=False, retired_at=None):
        of_unit = found.setdefault(Unit(row.municipality_id, row.school_id), {})
        of_unit[row.name, row.language] = (row.body, named(row))
    return dict(found)


def named(row: TextVersion) -> str:
    """The version as a message keeps it: whose, which number, and the start of the words' hash."""
    return f"{'s' if row.school_id else 'm'}{row.version}-{wording.digest(row.body)}"


def history(unit: Unit) -> QuerySet[TextVersion]:
    """Every wording of the unit, the newest first, with who proposed, agreed to and retired it."""
    return _of(unit).select_related("proposed_by", "approved_by", "retired_by").order_by("-version", "-pk")


def problems(unit: Unit, name: str, body: str) -> list[Problem]:
    """Every rule the body breaks as this text of the unit; an empty list is a text that may be sent."""
    if not body.strip():
        return [Problem("empty")]
    if len(body) > MOST_SIGNS:
        return [Problem("long", str(MOST_SIGNS))]
    try:
        fields = wording.fields_of(body)
    except TextRefused as error:
        offence = wording.offence(body)
        return [Problem(str(error), _unknown(body)), *([Problem(*offence)] if offence else [])]
    must, may = demands(name)
    found = [Problem("missing", field) for field in sorted(must - fields)]
    found += [Problem("misplaced", field) for field in sorted(fields - may)]
    if REPLY in name and not all(digit in body for digit in "12"):
        found.append(Problem("answers"))
    if offence := wording.offence(body):
        found.append(Problem(*offence))
    return found or list(_too_long(longest_school(unit), body))


@transaction.atomic
def propose(unit: Unit, name: str, language: str, body: str, scope: Scope, now: datetime) -> TextVersion:
    """Write down a wording for somebody else to agree to; an earlier proposal of the same text gives way to it.

    Raises CannotBeSent, and LookupError for a text or a language there is none of.
    """
    if name not in NAMES or language not in LANGUAGES:
        raise LookupError(f"there is no text {name!r} in {language!r}")
    body = wording.plain(body)
    if broken := problems(unit, name, body):
        raise CannotBeSent(broken)
    # Two who propose at once are given numbers one after the other.
    Municipality.objects.select_for_update().get(pk=unit.municipality_id)
    versions = _of(unit).filter(name=name, language=language)
    versions.filter(approved_at=None, retired_at=None).update(retired_at=now, retired_by=scope.actor_id)
    made = TextVersion.objects.create(
        municipality_id=unit.municipality_id,
        school_id=unit.school_id,
        name=name,
        language=language,
        version=(versions.aggregate(last=Max("version"))["last"] or 0) + 1,
        body=body,
        proposed_by_id=_actor(scope),
        proposed_at=now,
    )
    _noted("sms.text.propose", made, scope)
    return made


@transaction.atomic
def approve(unit: Unit, version_id: int, scope: Scope, now: datetime) -> TextVersion:
    """Let the wording be sent from now on, in place of the one in force.

    Raises SecondPersonNeeded for whoever proposed it, Settled where somebody was first, CannotBeSent where it no longer may
    be sent, and TextVersion.DoesNotExist.
    """
    row = _locked(unit, version_id)
    if row.approved_at or row.retired_at:
        raise Settled
    if row.proposed_by_id == scope.actor_id:
        raise SecondPersonNeeded
    if broken := problems(unit, row.name, row.body):
        raise CannotBeSent(broken)
    _of(unit).filter(name=row.name, language=row.language, approved_at__isnull=False, retired_at=None).update(
        retired_at=now, retired_by=scope.actor_id
    )
    row.approved_at, row.approved_by_id = now, scope.actor_id
    row.save(update_fields=["approved_at", "approved_by"])
    _noted("sms.text.approve", row, scope)
    return row


@transaction.atomic
def retire(unit: Unit, version_id: int, scope: Scope, now: datetime) -> TextVersion:
    """Take a wording out of use, or refuse a proposal. Raises Settled where it is out already, and TextVersion.DoesNotExist."""
    row = _locked(unit, version_id)
    if row.retired_at:
        raise Settled
    row.retired_at, row.retired_by_id = now, scope.actor_id
    row.save(update_fields=["retired_at", "retired_by"])
    _noted("sms.text.retire" if row.approved_at else "sms.text.refuse", row, scope)
    return row


def filled(signed: Signed, body: str, language: str, given_name: str = "") -> str:
    """The text as a guardian would read it, signed so, with a name of twenty letters or this one.

    Raises TextRefused where it may not leave.
    """
    fields = Fields(
        given_name=given_name or LONG_NAME,
        family_name="",
        school=signed.school,
        phone=signed.phone or PHONE,
        time=TIME,
        half_days=HALF_DAYS,
    )
    return wording.fill(body, language, fields)


def _too_long(signed: Signed, body: str) -> Iterable[Problem]:
    for name in (LONG_NAME, FOREIGN_NAME):
        try:
            whole = filled(signed, body, wording.FALLBACK_LANGUAGE, name)
        except TextRefused:
            yield Problem("school")
            return
        encoding, count = wording.segments(whole)
        if count > MOST_SEGMENTS[encoding]:
            yield Problem("long" if encoding == "gsm7" else "long_foreign", str(len(whole)))
            return


def demands(name: str) -> tuple[frozenset[str], frozenset[str]]:
    """The fields the text must have, and those it may have: only what there is something to fill them with."""
    must = {"school"}
    if name.startswith(Kind.CORRECTION):
        must.add("time")
    if name.startswith(Kind.MONTHLY):
        must.add("days")
    if name.endswith(NEUTRAL):
        return frozenset(must), frozenset(must)
    return frozenset(must | {"given_name"}), frozenset(must | {"given_name", "phone"})


def _unknown(body: str) -> str:
    """The first thing in braces that is none of our fields."""
    between = (part.partition("}")[0] for part in body.split("{")[1:])
    return next((word[:40].strip() for word in between if word not in wording.FIELDS), "")


def longest_school(unit: Unit) -> Signed:
    """The longest name a text of the unit is signed with, and the telephone of that school."""
    schools = School.objects.filter(area__municipality_id=unit.municipality_id)
    if unit.school_id:
        schools = schools.filter(pk=unit.school_id)
    signatures = Choice.objects.filter(school__in=schools, enabled=True).exclude(signature="")
    own = set(signatures.filter(school_class=None).values_list("school_id", flat=True))
    names = [
        Signed(name, phone) for pk, name, phone in schools.values_list("pk", "name", "phone") if pk not in own
    ]
    names += [Signed(*one) for one in signatures.values_list("signature", "school__phone")]
    return max(names, key=lambda one: len(one.school), default=Signed(""))


def _locked(unit: Unit, version_id: int) -> TextVersion:
    return _of(unit).select_for_update().get(pk=version_id)


def _of(unit: Unit) -> QuerySet[TextVersion]:
    rows = TextVersion.objects.filter(municipality_id=unit.municipality_id)
    return rows.filter(school_id=unit.school_id) if unit.school_id else rows.filter(school=None)


def _actor(scope: Scope) -> int:
    if scope.actor_id is None:
        raise PermissionError("a wording is proposed by a person")
    return scope.actor_id


def _noted(action: str, row: TextVersion, scope: Scope) -> None:
    trail.changed(
        scope.actor_id,
        action,
        role=scope.role,
        subject="sms.text",
        subject_id=row.pk,
        detail={"name": row.name, "language": row.language, "version": named(row)},
    )
