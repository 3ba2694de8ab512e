"""What does the page of a register say of each pupil?

The rows of the form, of the page that asks again and of the one that settles a conflict. Pupils of whom something was known
beforehand come first; until the register is taken, what is known is chosen already, and saving accepts it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext as _

from fravaer.absence import veiling
from fravaer.absence.forms import LETTERS, Answers
from fravaer.absence.known import Suggestion
from fravaer.absence.reasons import Mark
from fravaer.absence.register import Conflict
from fravaer.absence.standing import State
from fravaer.accounts.fields import Field, visible_fields
from fravaer.core.scope import Scope
from fravaer.core.templatetags.danish import clock, shortdate
from fravaer.schools.models import Pupil

ABSENT = frozenset(letter for mark, letter in LETTERS.items() if mark.is_absence)


@dataclass(slots=True)
class Row:
    """One pupil on the register page. `letter` is the mark chosen; "" while none is.

    `known` says what was known beforehand, `arrived` when she came, as a browser's time control has it, `note` what is being
    written beside the mark and `written` what was written before. `office` may find an absence unlawful. `theirs` and
    `mine` are the two words of a conflict.
    """

    pupil: Pupil
    letter: str
    arrived: str = ""
    known: str = ""
    office: bool = False
    # Its place in the list, from 1.
    number: int = 0
    joined: bool = False
    missing: bool = False
    unreadable: bool = False
    note: str = ""
    too_long: bool = False
    written: str = ""
    theirs: str = ""
    mine: str = ""
    # The address of her history, when whoever registers may read it.
    history: str = ""
    # That her name and address are protected, when whoever registers is to know it.
    protected: bool = False

    @property
    def key(self) -> str:
        return str(self.pupil.uuid)

    @property
    def shape(self) -> dict[str, str | bool]:
        return {
            "letter": self.letter,
            "protected": self.protected,
            "missing": self.missing,
            "unreadable": self.unreadable,
            "too_long": self.too_long,
            "has_written": bool(self.written),
            "has_known": bool(self.known),
            "unlawful": self.office or self.letter == LETTERS[Mark.UNLAWFUL],
            "has_history": bool(self.history),
        }

    @property
    def words(self) -> dict[str, str | int]:
        pupil = self.pupil
        return {
            "uuid": self.key,
            "number": self.number,
            "given_name": pupil.given_name,
            "family_name": pupil.family_name,
            "known": self.known,
            "arrived": self.arrived,
            "note": self.note,
            "written": self.written,
            "history": self.history,
        }


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows in the order of the page, numbered; those with something known before all others."""

    known: Sequence[Row]
    others: Sequence[Row]

    @property
    def rows(self) -> list[Row]:
        return [*self.known, *self.others]

    @property
    def absent(self) -> int:
        return sum(row.letter in ABSENT for row in self.rows)

    @property
    def here(self) -> int:
        return len(self.known) + len(self.others) - self.absent

    @property
    def errors(self) -> list[Row]:
        return [row for row in self.rows if row.missing or row.unreadable or row.too_long]

    @property
    def joined(self) -> list[Row]:
        return [row for row in self.rows if row.joined]

    @property
    def reported(self) -> int:
        """How many of those with something known are chosen to be absent."""
        return sum(row.letter in ABSENT for row in self.known)


def of(
    pupils: Iterable[Pupil],
    stands: State,
    scope: Scope,
    *,
    office: bool,
    written: Mapping[int, str] | None = None,
) -> Sheet:
    """The register as it stands, as far as the actor may see it; one not taken as it will be if everything known is so and
    everybody else is here.

    `written` are the notes about pupils, as the one who looks may read them.
    """
    rows = []
    stands = veiling.veiled(stands, scope)
    for pupil in pupils:
        letter = LETTERS[stands.marks[pupil.pk]]
        if not stands.taken and pupil.pk in stands.awaited:
            letter = ""
        elif not stands.taken and (suggested := stands.suggestions.get(pupil.pk)):
            letter = LETTERS[suggested.mark]
        arrived = stands.arrivals.get(pupil.pk)
        row = Row(pupil, letter, f"{arrived:%H:%M}" if arrived else "", _known(pupil, stands), office)
        row.written = (written or {}).get(pupil.pk, "")
        rows.append(row)
    return _sheet(rows, scope)


def again(
    pupils: Iterable[Pupil],
    stands: State,
    answers: Answers,
    missing: Collection[int],
    scope: Scope,
    *,
    office: bool,
) -> Sheet:
    """Everything that was chosen, with an error at each pupil the form says nothing of or says what cannot be read."""
    rows = []
    stands = veiling.veiled(stands, scope)
    for pupil in pupils:
        arrived = answers.arrivals.get(pupil.pk)
        row = Row(
            pupil,
            LETTERS[veiling.seen(answers.marks[pupil.pk], scope)] if pupil.pk in answers.marks else "",
            f"{arrived:%H:%M}" if arrived else answers.unreadable.get(pupil.pk, ""),
            _known(pupil, stands),
            office,
        )
        row.missing = pupil.pk in missing
        row.joined = row.missing and pupil.pk not in answers.unanswered
        row.unreadable = pupil.pk in answers.unreadable
        row.note = answers.notes.get(pupil.pk, "")
        row.too_long = pupil.pk in answers.too_long
        rows.append(row)
    return _sheet(rows, scope)


def of_conflict(
    pupils: Iterable[Pupil], conflict: Conflict, answers: Answers, scope: Scope, *, office: bool
) -> tuple[list[Row], list[Row]]:
    """The pupils of whom two registers differ, nothing chosen, and all others as they were posted."""
    differs = {one.pupil_id: one for one in conflict.differences}
    rows, agreed = [], []
    for pupil in pupils:
        arrived = answers.arrivals.get(pupil.pk)
        if one := differs.get(pupil.pk):
            row = Row(pupil, "", office=office or one.saved is Mark.UNLAWFUL)
            theirs = conflict.state.arrivals.get(pupil.pk)
            row.theirs = f"{veiling.seen(one.saved, scope).label} {clock(theirs) if theirs else ''}".strip()
            row.mine = f"{veiling.seen(one.wanted, scope).label} {clock(arrived) if arrived else ''}".strip()
            row.arrived = f"{arrived or theirs:%H:%M}" if arrived or theirs else ""
            row.note = answers.notes.get(pupil.pk, "")
            rows.append(row)
        else:
            letter = LETTERS[veiling.seen(answers.marks[pupil.pk], scope)]
            row = Row(pupil, letter, f"{arrived:%H:%M}" if arrived else "")
            row.note = answers.notes.get(pupil.pk, "")
            agreed.append(row)
    _mark_protected([*rows, *agreed], scope)
    return rows, agreed


def _mark_protected(rows: Iterable[Row], scope: Scope) -> None:
    for row in rows:
        row.protected = row.pupil.protected and Field.PROTECTED in visible_fields(scope, row.pupil)


def _sheet(rows: list[Row], scope: Scope) -> Sheet:
    _mark_protected(rows, scope)
    known = [row for row in rows if row.known]
    others = [row for row in rows if not row.known]
    for number, row in enumerate(known + others, 1):
        row.number = number
    return Sheet(known, others)


def _known(pupil: Pupil, stands: State) -> str:
    if pupil.pk in stands.awaited and not stands.taken:
        return _("Did %(name)s come?") % {"name": pupil.given_name}
    suggested = stands.suggestions.get(pupil.pk)
    return _words(suggested) if suggested else ""


def _words(suggested: Suggestion) -> str:
    if suggested.uuid is None:
        return _("This morning: %(mark)s") % {"mark": suggested.mark.label}
    parts = [suggested.text or str(suggested.mark.label), str(suggested.source.label)]
    if suggested.until - suggested.since > timedelta(days=1):
        last = suggested.until - timedelta(days=1)
        parts.append(_("until and including %(day)s") % {"day": shortdate(last)})
    elif suggested.entered_at is not None:
        parts.append(clock(suggested.entered_at))
    return " · ".join(parts)
