"""What does a letter say, in which language, and who agreed to the words?

The product's own wording lies in `templates/cases/letters/<language>/`, complete in Danish and English. A municipality may
word a kind of letter in its own way and in further languages: one person proposes, another agrees, and the newest agreed
version is in force. A text names what is filled in by fields from a fixed list and may hold no others, so that nothing of
a case can slip into a letter. The only writer of letter texts.

The tone is plain and supportive: the days are listed, what happens next is said, and nobody is threatened. A simplified
supportive notice lowered absence more than the standard legal letter (Lasky-Fink et al.).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from fravaer.audit import trail
from fravaer.cases.models import LetterKind, LetterText
from fravaer.core.periods import Quarter
from fravaer.core.scope import Scope
from fravaer.core.templatetags import danish

FILES = Path(__file__).resolve().parent.parent.parent / "templates" / "cases" / "letters"
# The product's own, and those a municipality may add.
SHIPPED = ("da", "en")
LANGUAGES = ("da", "en", "ar", "tr", "uk", "so")
LONGEST_SUBJECT, LONGEST = 200, 6_000

FIELDS = ("given_name", "school", "quarter", "days", "list", "percent", "meeting", "sender")
# The fields each kind must have, and those it may have besides.
DEMANDS: dict[LetterKind, tuple[frozenset[str], frozenset[str]]] = {
    LetterKind.WARNING: (
        frozenset({"given_name", "quarter", "list", "sender"}),
        frozenset({"school", "days", "percent"}),
    ),
    LetterKind.SUMMONS: (frozenset({"given_name", "meeting", "sender"}), frozenset({"school", "days"})),
    LetterKind.INVITATION: (frozenset({"given_name", "meeting", "sender"}), frozenset({"school"})),
    LetterKind.REFERRAL: (
        frozenset({"given_name", "quarter", "percent", "list", "sender"}),
        frozenset({"school", "days"}),
    ),
}
FIELD = re.compile(r"\{([^{}\n]{0,40})\}")
CPR_LIKE = re.compile(r"(?<!\d)\d{6}[ -]?\d{4}(?!\d)")


@dataclass(frozen=True, slots=True)
class Words:
    """The subject and body of a letter; `text_id` is None for the product's own, `version` 0."""

    subject: str
    body: str
    text_id: int | None = None
    version: int = 0


@dataclass(frozen=True, slots=True)
class Problem:
    """Why words cannot be used: the rule, and the field or number it is about."""

    rule: str
    about: str = ""


class TextRefused(Exception):
    """The words break rules; `problems` names them."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(", ".join(problem.rule for problem in problems))
        self.problems = list(problems)


class SecondPersonNeeded(Exception):
    """Whoever proposed a text does not agree to it as well."""


class Settled(Exception):
    """Somebody has decided about the text meanwhile."""


def problems(kind: LetterKind, subject: str, body: str) -> list[Problem]:
    """Every rule the words break as a letter of this kind; an empty list is a text that may be used."""
    if not subject.strip() or not body.strip():
        return [Problem("empty")]
    if len(subject) > LONGEST_SUBJECT or "\n" in subject:
        return [Problem("subject", str(LONGEST_SUBJECT))]
    if len(body) > LONGEST:
        return [Problem("long", str(LONGEST))]
    both = f"{subject}\n{body}"
    fields = FIELD.findall(both)
    found = [Problem("field", name) for name in dict.fromkeys(fields) if name not in FIELDS]
    if any(sign in FIELD.sub("", both) for sign in "{}"):
        found.append(Problem("braces"))
    must, may = DEMANDS[kind]
    found += [Problem("missing", name) for name in FIELDS if name in must and name not in fields]
    found += [Problem("misplaced", name) for name in FIELDS if name in fields and name not in must | may]
    if CPR_LIKE.search(both):
        found.append(Problem("cpr"))
    return found


def in_force(kind: LetterKind, language: str) -> Words | None:
    """The words a new letter begins with: the newest agreed version, or the product's own; None where there are neither."""
    row = _agreed(kind, language).first()
    if row is not None:
        return Words(row.subject, row.body, row.pk, row.version or 0)
    return own(kind, language) if language in SHIPPED else None


def standing() -> dict[tuple[LetterKind, str], Words]:
    """The words of every kind and language there are words in. One query."""
    found = {(kind, language): own(kind, language) for kind in LetterKind for language in SHIPPED}
    for row in LetterText.objects.filter(agreed=True).order_by("version"):
        found[LetterKind(row.kind), row.language] = Words(row.subject, row.body, row.pk, row.version or 0)
    return found


def languages(kind: LetterKind) -> list[str]:
    """The languages there are words in."""
    written = set(LetterText.objects.filter(kind=kind, agreed=True).values_list("language", flat=True))
    return [language for language in LANGUAGES if language in SHIPPED or language in written]


@cache
def own(kind: LetterKind, language: str) -> Words:
    """The product's own words: the file's first line is the subject, what follows the empty line the body."""
    text = (FILES / language / f"{kind.value}.txt").read_text(encoding="utf-8")
    subject, _empty, body = text.partition("\n\n")
    return Words(subject.strip(), body.strip())


def history(kind: LetterKind, language: str) -> QuerySet[LetterText]:
    """Every wording proposed, the newest first."""
    rows = LetterText.objects.filter(kind=kind, language=language)
    return rows.select_related("proposed_by", "decided_by").order_by("-proposed_at", "-pk")


def waiting() -> QuerySet[LetterText]:
    """Proposals that nobody has decided about."""
    return LetterText.objects.filter(decided_at=None).order_by("proposed_at", "pk")


def proposed(text_uuid: UUID) -> LetterText:
    """One wording. Raises LetterText.DoesNotExist."""
    return LetterText.objects.get(uuid=text_uuid)


@transaction.atomic
def propose(
    kind: LetterKind, language: str, subject: str, body: str, scope: Scope, now: datetime, *, key: UUID
) -> LetterText:
    """Write down a wording for somebody else to agree to. A retry with the same key proposes nothing more.

    Raises TextRefused, and LookupError for a language there is none of.
    """
    if language not in LANGUAGES:
        raise LookupError(language)
    subject, body = subject.strip(), body.replace("\r\n", "\n").strip()
    if broken := problems(kind, subject, body):
        raise TextRefused(broken)
    known = LetterText.objects.filter(key=key, proposed_by=scope.actor_id).first()
    if known:
        return known
    row = LetterText.objects.create(
        key=key,
        kind=kind,
        language=language,
        subject=subject,
        body=body,
        proposed_by_id=_actor(scope),
        proposed_at=now,
    )
    _noted("letter.text.propose", row, scope)
    return row


@transaction.atomic
def decide(text_uuid: UUID, scope: Scope, now: datetime, *, agree: bool) -> LetterText:
    """Let the wording be used from now on, or refuse it; an earlier letter keeps the words it was written with.

    Raises SecondPersonNeeded for whoever proposed it, Settled where somebody was first, LetterText.DoesNotExist.
    """
    row = LetterText.objects.select_for_update().get(uuid=text_uuid)
    if row.decided_at:
        raise Settled
    if row.proposed_by_id == scope.actor_id:
        raise SecondPersonNeeded
    if agree:
        versions = LetterText.objects.filter(kind=row.kind, language=row.language)
        row.version = (versions.aggregate(last=Max("version"))["last"] or 0) + 1
    row.agreed, row.decided_by_id, row.decided_at = agree, _actor(scope), now
    try:
        with transaction.atomic():
            row.save(update_fields=["version", "agreed", "decided_by", "decided_at"])
    except IntegrityError as error:
        # Another wording of the same kind and language was agreed to at the same moment.
        raise Settled from error
    _noted("letter.text.agree" if agree else "letter.text.refuse", row, scope)
    return row


def fill(text: str, fields: Mapping[str, str]) -> str:
    """The text with its fields filled in. Raises TextRefused for a field there is nothing to fill with."""

    def value(match: re.Match[str]) -> str:
        known = fields.get(match.group(1))
        if not known:
            raise TextRefused([Problem("field", match.group(1))])
        return known

    return FIELD.sub(value, text)


def quarter_words(quarter: Quarter, language: str) -> str:
    with translation.override(language):
        return danish.quarter(quarter) if language in SHIPPED else f"{quarter.number}/{quarter.year}"


def percent_words(tenths: int | None, language: str) -> str:
    with translation.override(language):
        return danish.percent(tenths)


def days_words(halves: int, language: str) -> str:
    """`3½ dage`; in other languages than the product's own the number alone."""
    with translation.override(language):
        return danish.half_days(halves) if language in SHIPPED else danish.half_days_number(halves)


def list_words(days: Sequence[tuple[date, int]], language: str) -> str:
    """A line a day with how much of it, the oldest first."""
    with translation.override(language):
        if language not in SHIPPED:
            return "\n".join(f"– {day:%d-%m-%Y}: {halves / 2:g}" for day, halves in days)
        whole, half = _("the whole day"), _("half the day")
        return "\n".join(
            f"– {danish.longdate(day)}: {whole if halves >= 2 else half}" for day, halves in days
        )


def meeting_words(starts_at: datetime, place: str, language: str) -> str:
    """`tirsdag 17. marts 2026 kl. 14.00 (mødelokale 2)`."""
    with translation.override(language):
        local = timezone.localtime(starts_at)
        when = (
            f"{danish.longdate(starts_at)} {danish.clock(starts_at)}"
            if language in SHIPPED
            else f"{local:%d-%m-%Y %H:%M}"
        )
    return f"{when} ({place})" if place else when


def _agreed(kind: LetterKind, language: str) -> QuerySet[LetterText]:
    return LetterText.objects.filter(kind=kind, language=language, agreed=True).order_by("-version")


def _actor(scope: Scope) -> int:
    if scope.actor_id is None:
        raise PermissionError("a wording is proposed and decided by persons")
    return scope.actor_id


def _noted(action: str, row: LetterText, scope: Scope) -> None:
    trail.changed(
        scope.actor_id,
        action,
        role=scope.role,
        subject="letter.text",
        subject_id=row.uuid,
        detail={"kind": row.kind, "language": row.language, "version": row.version},
    )
