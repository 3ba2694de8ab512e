"""Which letters are there about a pupil, and what has become of each?

The only writer of letters. A draft is made from the registers, edited by those who draft, signed off by the school leader
and then marked sent; nothing is ever sent by itself. With the signature its words, its figures and its days are frozen and
sealed by a hash: what is printed later is always the same. A legal letter (10 and 15 % unlawful in a quarter) rests on its
evidence. When a correction drops the figure under the limit, a draft is withdrawn with the reason, and a letter that was
signed off becomes a task for the leader with both figures; nothing of it happens silently.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.functions import Coalesce

from fravaer.accounts.roles import Action
from fravaer.audit import trail
from fravaer.cases import composing, lettertexts, rules
from fravaer.cases import evidence as registers
from fravaer.cases.domains import may
from fravaer.cases.models import Case, Letter, LetterKind, LetterState, Meeting
from fravaer.core.periods import Quarter
from fravaer.core.scope import Scope
from fravaer.schools.models import Pupil

LIMITS = {LetterKind.WARNING: rules.WARNING, LetterKind.REFERRAL: rules.REFERRAL}
# What is seen to before the leader signs. Their words stand in `letter_words`.
CHECKS: dict[LetterKind, tuple[str, ...]] = {
    LetterKind.WARNING: ("registers", "reasons", "spoken", "custody"),
    LetterKind.SUMMONS: ("custody",),
    LetterKind.INVITATION: ("custody", "child"),
    LetterKind.REFERRAL: ("registers", "reasons", "warned", "told", "efforts"),
}
WAYS = ("digital_post", "handed_over", "post")
TO_MUNICIPALITY = "municipality"
ALIVE = (LetterState.DRAFT, LetterState.SIGNED, LetterState.SENT)

# A draft, or signed off and not sent, or sent and undermined since.
UNSETTLED = Q(state__in=[LetterState.DRAFT, LetterState.SIGNED]) | Q(
    state=LetterState.SENT, undermined_at__isnull=False, upheld_at=None
)


class NotReached(Exception):
    """The registers do not show the limit the letter is about; `figures` says what they show."""

    def __init__(self, figures: registers.Figures) -> None:
        super().__init__("the limit is not reached")
        self.figures = figures


class AlreadyThere(Exception):
    """The pupil has such a letter of the quarter already."""

    def __init__(self, letter: Letter) -> None:
        super().__init__("there is such a letter")
        self.letter = letter


class Stale(Exception):
    """Somebody changed the letter since the page was made; nothing was saved."""


class NotNow(Exception):
    """The letter is in a state in which this is not done to it any more."""


class Corrected(Exception):
    """The registers say something else than the draft: nothing was signed, and both are shown."""


class Unchecked(Exception):
    """Something on the checklist has not been seen to; `missing` names it."""

    def __init__(self, missing: list[str]) -> None:
        super().__init__(", ".join(missing))
        self.missing = missing


@dataclass(frozen=True, slots=True)
class Open:
    """A letter of a pupil that is not settled: a draft, or signed off and not sent, or sent and undermined since."""

    uuid: UUID
    pupil_id: int
    kind: LetterKind
    state: LetterState
    undermined: bool


def open_of(pupil_ids: Collection[int]) -> dict[int, list[Open]]:
    """The unsettled letters of each pupil, the newest first. One query."""
    found: dict[int, list[Open]] = defaultdict(list)
    for letter in Letter.objects.filter(UNSETTLED, pupil_id__in=pupil_ids).order_by("-drafted_at", "-pk"):
        found[letter.pupil_id].append(
            Open(
                letter.uuid,
                letter.pupil_id,
                LetterKind(letter.kind),
                LetterState(letter.state),
                letter.undermined_at is not None,
            )
        )
    return dict(found)


def latest(pupil_ids: Collection[int], scope: Scope, day: date) -> dict[int, Letter]:
    """The letter of each pupil that something was last done to, of those the actor reads and nobody has withdrawn. One query."""
    moved = Coalesce("sent_at", "signed_at", "drafted_at")
    rows = (
        Letter.objects.visible_to(scope, day)
        .filter(pupil_id__in=pupil_ids)
        .exclude(state=LetterState.WITHDRAWN)
        .order_by("pupil_id", moved.desc(), "-pk")
        .distinct("pupil_id")
    )
    return {letter.pupil_id: letter for letter in rows}


def due() -> list[tuple[int, int]]:
    """The law's letters that somebody is to sign, send or answer for after a correction, as (letter, pupil). One query."""
    return list(
        Letter.objects.filter(UNSETTLED, kind__in=LIMITS).values_list("pk", "pupil_id").order_by("pk")
    )


def may_draft(scope: Scope, pupil_id: int, kind: LetterKind) -> bool:
    """Whether the actor drafts and edits such a letter about a pupil visible to her; the office drafts warnings alone."""
    if not scope.may(Action.CASE_READ) and kind != LetterKind.WARNING:
        return False
    return may(scope, Action.LETTER_DRAFT, pupil_id)


@transaction.atomic
def draft(
    pupil: Pupil,
    kind: LetterKind,
    scope: Scope | None,
    now: datetime,
    day: date,
    *,
    key: UUID,
    quarter: Quarter | None = None,
    language: str = "",
    case: Case | None = None,
    meeting: Meeting | None = None,
    meeting_at: datetime | None = None,
) -> Letter:
    """A draft made of the registers up to and including `day`. A retry with the same key makes no second; `scope` None is
    the night's.

    Raises NotReached, AlreadyThere, LookupError for a language without words, ValueError where the meeting or the quarter is
    lacking.
    """
    if scope is not None and (scope.actor_id is None or not may_draft(scope, pupil.pk, kind)):
        raise PermissionError("the actor drafts no such letter about this pupil")
    known = Letter.objects.filter(key=key, pupil=pupil, kind=kind).first()
    if known:
        return known
    legal = LIMITS.get(kind)
    holders = composing.holders(pupil.pk)
    language = language or composing.common_language(kind, holders)
    words = lettertexts.in_force(kind, language)
    if words is None:
        raise LookupError(language)
    if legal:
        if quarter is None:
            raise ValueError("a legal letter is about a quarter")
        kept = registers.of_pupil(pupil.pk, quarter, day) | {"limit": legal.percent}
        if not registers.figures_in(kept).reaches(legal.percent):
            raise NotReached(registers.figures_in(kept))
        if kind == LetterKind.REFERRAL:
            kept |= registers.for_municipality(pupil, quarter, day)
    else:
        starts_at = meeting.starts_at if meeting else meeting_at
        if starts_at is None:
            raise ValueError("the letter asks people to come at a time")
        place = meeting.place if meeting else ""
        kept = {
            "meeting_at": starts_at.isoformat(),
            "place": place,
            "absent": composing.absent(pupil.pk, day),
        }
    of_quarter = quarter if legal else None
    try:
        with transaction.atomic():
            letter = Letter.objects.create(
                key=key,
                pupil=pupil,
                school_id=composing.school(pupil.pk, day, of_quarter),
                case=case,
                meeting=meeting,
                kind=kind,
                language=language,
                text_id=words.text_id,
                quarter_on=of_quarter.since if of_quarter else None,
                evidence=kept,
                subject=words.subject,
                body=words.body,
                guardian_ids=[one.guardian_id for one in holders],
                drafted_by_id=scope.actor_id if scope else None,
                drafted_at=now,
            )
    except IntegrityError as error:
        standing = Letter.objects.filter(pupil=pupil, kind=kind, state__in=ALIVE)
        there = standing.filter(quarter_on=of_quarter.since if of_quarter else None).first()
        if there is None:
            raise
        raise AlreadyThere(there) from error
    noted("letter.draft", letter, scope, version=words.version)
    return letter


@transaction.atomic
def edit(
    letter: Letter,
    scope: Scope,
    now: datetime,
    *,
    seen: int,
    subject: str,
    body: str,
    checked: Collection[str],
) -> Letter:
    """Other words of a draft, and what has been seen to. Raises Stale, NotNow, or lettertexts.TextRefused."""
    locked = locked_for(letter, seen, LetterState.DRAFT)
    if not may_draft(scope, locked.pupil_id, LetterKind(locked.kind)):
        raise PermissionError("the actor does not edit this letter")
    subject, body = subject.strip(), body.replace("\r\n", "\n").strip()
    if broken := lettertexts.problems(LetterKind(locked.kind), subject, body):
        raise lettertexts.TextRefused(broken)
    locked.subject, locked.body = subject, body
    locked.checks = {name: True for name in CHECKS[LetterKind(locked.kind)] if name in checked}
    saved(locked, "subject", "body", "checks")
    noted("letter.edit", locked, scope)
    return locked


@transaction.atomic
def recount(letter: Letter, scope: Scope, day: date, *, seen: int) -> Letter:
    """The draft with the figures and days up to and including `day`. Raises Stale, NotNow, NotReached."""
    locked = locked_for(letter, seen, LetterState.DRAFT)
    kind = LetterKind(locked.kind)
    if not may_draft(scope, locked.pupil_id, kind):
        raise PermissionError("the actor does not edit this letter")
    if kind not in LIMITS:
        locked.evidence |= {"absent": composing.absent(locked.pupil_id, day)}
    else:
        quarter = Quarter.parse(locked.evidence["quarter"])
        kept = registers.of_pupil(locked.pupil_id, quarter, day) | {"limit": LIMITS[kind].percent}
        if not registers.figures_in(kept).reaches(LIMITS[kind].percent):
            raise NotReached(registers.figures_in(kept))
        if kind == LetterKind.REFERRAL:
            kept |= registers.for_municipality(locked.pupil, quarter, day)
        locked.evidence = kept
    # What was looked at was another figure.
    locked.checks = {}
    saved(locked, "evidence", "checks")
    noted("letter.recount", locked, scope)
    return locked


@transaction.atomic
def sign(letter: Letter, scope: Scope, now: datetime, *, seen: int, sender: str) -> Letter:
    """Sign the letter off: words, figures and days are frozen and sealed.

    Raises Stale, NotNow, Unchecked, Corrected when the registers no longer say what the draft does, and
    lettertexts.TextRefused.
    """
    if not scope.may(Action.LETTER_SIGN):
        raise PermissionError("the actor signs no letters")
    locked = locked_for(letter, seen, LetterState.DRAFT)
    kind = LetterKind(locked.kind)
    if missing := [name for name in CHECKS[kind] if not locked.checks.get(name)]:
        raise Unchecked(missing)
    if kind in LIMITS and not registers.same(
        locked.evidence, registers.again(locked.pupil_id, locked.evidence)
    ):
        raise Corrected
    if kind == LetterKind.REFERRAL:
        # What the school has done up to the signature belongs to it.
        quarter = Quarter.parse(locked.evidence["quarter"])
        locked.evidence |= registers.for_municipality(
            locked.pupil, quarter, date.fromisoformat(locked.evidence["counted_on"])
        )
    holders = composing.holders(locked.pupil_id)
    locked.guardian_ids = [one.guardian_id for one in holders]
    locked.evidence |= {"head": composing.head(locked, sender)}
    locked.subject, locked.body = composing.filled(locked, sender)
    locked.state, locked.signed_by_id, locked.signed_at = LetterState.SIGNED, scope.actor_id, now
    locked.evidence_hash = composing.seal(locked)
    saved(
        *(locked, "subject", "body", "evidence", "evidence_hash", "guardian_ids"),
        *("state", "signed_by", "signed_at"),
    )
    noted("letter.sign", locked, scope)
    return locked


@transaction.atomic
def mark_sent(letter: Letter, scope: Scope, now: datetime, *, seen: int, how: str, sent_on: date) -> Letter:
    """Note that the signed letter has left the school, how and on which day. Raises Stale, NotNow, ValueError."""
    locked = locked_for(letter, seen, LetterState.SIGNED)
    if not may_draft(scope, locked.pupil_id, LetterKind(locked.kind)):
        raise PermissionError("the actor sends no such letter")
    if (how == TO_MUNICIPALITY) != (locked.kind == LetterKind.REFERRAL) or how not in (
        *WAYS,
        TO_MUNICIPALITY,
    ):
        raise ValueError(how)
    locked.state, locked.sent_by_id, locked.sent_at = LetterState.SENT, scope.actor_id, now
    locked.sent_how, locked.sent_on = how, sent_on
    saved(locked, "state", "sent_by", "sent_at", "sent_how", "sent_on")
    noted("letter.send", locked, scope, how=how)
    return locked


@transaction.atomic
def withdraw(letter: Letter, scope: Scope, now: datetime, *, seen: int, because: str) -> Letter:
    """Withdraw a letter with the reason: a draft by those who draft it, afterwards by the leader alone. Raises Stale, NotNow."""
    states = ALIVE if scope.may(Action.LETTER_SIGN) else (LetterState.DRAFT,)
    locked = locked_for(letter, seen, *states)
    if not may_draft(scope, locked.pupil_id, LetterKind(locked.kind)):
        raise PermissionError("the actor does not withdraw this letter")
    take_back(locked, scope, now, because)
    return locked


def locked_for(letter: Letter, seen: int, *states: LetterState) -> Letter:
    locked = (
        Letter.objects.select_for_update(of=("self",)).select_related("pupil", "school").get(pk=letter.pk)
    )
    if locked.state not in states:
        raise NotNow
    if locked.version != seen:
        raise Stale
    return locked


def take_back(letter: Letter, scope: Scope | None, now: datetime, because: str) -> None:
    letter.state = LetterState.WITHDRAWN
    letter.withdrawn_by_id, letter.withdrawn_at, letter.withdrawn_because = (
        scope.actor_id if scope else None,
        now,
        because,
    )
    saved(letter, "state", "withdrawn_by", "withdrawn_at", "withdrawn_because")
    noted("letter.withdraw", letter, scope)


def saved(letter: Letter, *fields: str) -> None:
    letter.version += 1
    letter.save(update_fields=[*fields, "version"])


def noted(action: str, letter: Letter, scope: Scope | None, **detail: str | int) -> None:
    trail.changed(
        scope.actor_id if scope else None,
        action,
        role=scope.role if scope else "job.duties",
        subject="letter",
        subject_id=letter.uuid,
        pupil_ids=[letter.pupil_id],
        detail={"kind": letter.kind, **detail},
    )
