"""Do the letters still rest on what the registers say, and who answers for those that do not?

The night, and a look every few minutes after corrections, compares each living legal letter with its registers. A draft
whose figure has dropped under the limit is withdrawn with the reason; one that was signed off becomes a task for the
leader, with the figure of then and now, until she withdraws it or answers that it stands.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from fravaer.accounts.roles import Action
from fravaer.cases import evidence as registers
from fravaer.cases.letters import ALIVE, LIMITS, locked_for, noted, saved, take_back
from fravaer.cases.models import Letter, LetterKind, LetterState
from fravaer.core.periods import Quarter
from fravaer.core.scope import Scope
from fravaer.core.templatetags.danish import percent


class NotUndermined(Exception):
    """The letter's registers show its limit, or somebody has answered already."""


@transaction.atomic
def uphold(letter: Letter, scope: Scope, now: datetime, *, seen: int, because: str) -> Letter:
    """Answer that an undermined letter stands all the same, with the reason.

    Raises letters.Stale, letters.NotNow, NotUndermined.
    """
    if not scope.may(Action.LETTER_SIGN):
        raise PermissionError("the actor does not answer for letters")
    locked = locked_for(letter, seen, LetterState.SIGNED, LetterState.SENT)
    if locked.undermined_at is None or locked.upheld_at is not None:
        raise NotUndermined
    locked.upheld_by_id, locked.upheld_at, locked.upheld_because = scope.actor_id, now, because
    saved(locked, "upheld_by", "upheld_at", "upheld_because")
    noted("letter.uphold", locked, scope)
    return locked


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at the registers changed: drafts withdrawn, letters undermined, and letters that stand again."""

    withdrawn: int
    undermined: list[int]
    restored: list[int]


def review(now: datetime, *, since: date | None = None) -> Looked:
    """Compare each living legal letter with its registers, of quarters from `since` on or all of them.

    The same days are counted as when it was written, so that only a correction can undermine it, not the days that
    follow. Doing it twice changes nothing more.
    """
    rows = Letter.objects.filter(state__in=ALIVE, quarter_on__isnull=False)
    if since:
        rows = rows.filter(quarter_on__gte=since)
    groups: dict[tuple[str, str], list[Letter]] = defaultdict(list)
    for letter in rows.order_by("pk"):
        groups[letter.evidence["quarter"], letter.evidence["counted_on"]].append(letter)
    withdrawn = 0
    undermined: list[int] = []
    restored: list[int] = []
    for (quarter, counted_on), letters in groups.items():
        pupil_ids = [letter.pupil_id for letter in letters]
        shown = registers.figures(Quarter.parse(quarter), date.fromisoformat(counted_on), pupil_ids)
        for letter in letters:
            figures = shown.get(letter.pupil_id, registers.Figures())
            below = not figures.reaches(LIMITS[LetterKind(letter.kind)].percent)
            if below == (letter.undermined_at is not None):
                continue
            match _undermine(letter.pk, below, figures, now):
                case LetterState.DRAFT:
                    withdrawn += 1
                case None:
                    pass
                case _:
                    (undermined if below else restored).append(letter.pk)
    return Looked(withdrawn, undermined, restored)


@transaction.atomic
def _undermine(letter_id: int, below: bool, figures: registers.Figures, now: datetime) -> LetterState | None:
    """Change the letter accordingly; its state before, or None where somebody was first."""
    letter = Letter.objects.select_for_update().get(pk=letter_id)
    before = LetterState(letter.state)
    if before not in ALIVE or below == (letter.undermined_at is not None):
        return None
    if before == LetterState.DRAFT:
        kept = registers.figures_in(letter.evidence)
        because = _(
            "The registers were corrected: %(now)s unlawful, not %(then)s. That is under the limit of %(limit)d%%."
        ) % {
            "now": percent(figures.tenths),
            "then": percent(kept.tenths),
            "limit": LIMITS[LetterKind(letter.kind)].percent,
        }
        take_back(letter, None, now, because)
        return before
    letter.undermined_at = now if below else None
    letter.undermined = {"unlawful": figures.unlawful, "possible": figures.possible} if below else None
    # An answer was about the figure it was given to.
    letter.upheld_by, letter.upheld_at, letter.upheld_because = None, None, ""
    saved(letter, "undermined_at", "undermined", "upheld_by", "upheld_at", "upheld_because")
    noted("letter.undermined" if below else "letter.restored", letter, None)
    return before
