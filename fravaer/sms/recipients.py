"""Who gets an SMS about the day's absence, when, and why do the others not?

Derived from the absences themselves each time it is asked, and nothing is written: the morning writes what comes out, and the
office's preview shows it. Every pupil away, and every guardian of hers, comes out once: with a message to be written, with one
that exists, or with the reason there is none.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Q

from fravaer.absence import unexplained
from fravaer.absence.unexplained import Explained, Unexplained
from fravaer.schools.contacts import Contact
from fravaer.schools.models import Pupil, School
from fravaer.sms import addressees, outbox, texts, wording
from fravaer.sms.choices import Chosen
from fravaer.sms.drafts import Draft
from fravaer.sms.halts import Halted
from fravaer.sms.models import Message
from fravaer.sms.states import NOT_AGAIN, Because, Kind, State, Withholding
from fravaer.sms.wording import Fields, TextRefused

# Nobody got it, and it is not written again: it was a rehearsal.
REHEARSED = Q(state=State.CANCELLED, because=Because.DRY_RUN)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a guardian, or (None) anybody at all, is not written to about a pupil's absence."""

    absence: Unexplained | Explained
    guardian_id: int | None
    reason: Withholding


@dataclass(frozen=True, slots=True)
class Intended:
    """The messages that are missing about the absences, and who gets none why."""

    drafts: Sequence[Draft]
    withheld: Sequence[Reason]


def due_on(day: date, chosen: Mapping[int, Chosen]) -> dict[int, Unexplained]:
    """The unexplained absences of the day of the classes that use SMS, by pupil. One query."""
    return {absence.pupil_id: absence for absence in unexplained.on(day, chosen)}


def of(
    day: date,
    due: Mapping[int, Unexplained],
    chosen: Mapping[int, Chosen],
    halted: Halted,
    now: datetime,
    *,
    answerable: bool = False,
    afresh: bool = False,
) -> Intended:
    """What is to be written about these absences under these choices, and what is not.

    `answerable` says that guardians can reply; `afresh` that it is asked as if nothing had been written about the day yet.

    The number of queries does not grow with the absences.
    """
    known = [one for one in unexplained.explained(day, chosen) if one.pupil_id not in due]
    withheld = [Reason(one, None, Withholding.KNOWN) for one in known]
    against = {
        pupil: absence
        for pupil, absence in due.items()
        if halted.against(absence.school_id, absence.school_class_id)
    }
    withheld += [Reason(absence, None, Withholding.HALTED) for absence in against.values()]
    open_still = {pupil: absence for pupil, absence in due.items() if pupil not in against}
    if not open_still:
        return Intended([], withheld)
    told = addressees.told(
        {pupil: chosen[absence.school_class_id] for pupil, absence in open_still.items()}, day
    )
    withheld += [
        Reason(due[none.pupil_id], none.guardian_id, Withholding(none.why.value)) for none in told.untold
    ]
    standing = _NOTHING if afresh else _Standing.of(day, open_still)
    missing = []
    for contact in told.contacts:
        if standing.taken_back(contact):
            withheld.append(Reason(due[contact.pupil_id], contact.guardian_id, Withholding.TAKEN_BACK))
        elif not standing.written(contact):
            missing.append(contact)
    drafts, refused = _drafts(missing, due, chosen, now, answerable=answerable)
    drafts, over = _under_the_ceilings(drafts, due, chosen, standing, day)
    return Intended(drafts, [*withheld, *refused, *over])


def once_more(
    contact: Contact, absence: Unexplained, school_class: Chosen, now: datetime, *, answerable: bool = False
) -> Draft | Withholding:
    """The message to this guardian anew, whatever she was written before; or why she gets none. The ceilings hold."""
    due, chosen = {absence.pupil_id: absence}, {absence.school_class_id: school_class}
    drafts, without = _drafts([contact], due, chosen, now, answerable=answerable)
    if drafts:
        standing = _Standing.of(absence.day, due)
        drafts, without = _under_the_ceilings(drafts, due, chosen, standing, absence.day)
    return drafts[0] if drafts else without[0].reason


@dataclass(frozen=True, slots=True)
class _Standing:
    """What was written about the pupils already: pairs of pupil and guardian with a message that reached, will reach or may
    have reached somebody, and of those taken back; pairs of pupil and number with one whatever came of it (a number is not
    tried twice, another one of the same guardian may be); and how many a pupil.
    """

    guardians: frozenset[tuple[int, int]]
    numbers: frozenset[tuple[int, str]]
    corrected: frozenset[tuple[int, int]]
    a_pupil: Mapping[int, int]

    @classmethod
    def of(cls, day: date, pupil_ids: Collection[int]) -> _Standing:
        rows = list(
            Message.objects.filter(day=day, pupil_id__in=list(pupil_ids))
            .filter(kind__in=[Kind.ABSENCE, Kind.CORRECTION])
            .filter(~Q(state=State.CANCELLED) | REHEARSED)
            .values_list("kind", "pupil_id", "guardian_id", "to_e164", "state", "because")
        )
        absence = [row for row in rows if row[0] == Kind.ABSENCE]
        return cls(
            frozenset((row[1], row[2]) for row in absence if State(row[4]) in NOT_AGAIN or row[5]),
            frozenset((row[1], row[3]) for row in absence),
            frozenset(
                (row[1], row[2]) for row in rows if row[0] == Kind.CORRECTION and State(row[4]) in NOT_AGAIN
            ),
            Counter(row[1] for row in absence),
        )

    def written(self, contact: Contact) -> bool:
        return (contact.pupil_id, contact.guardian_id) in self.guardians or (
            contact.pupil_id,
            contact.e164,
        ) in self.numbers

    def taken_back(self, contact: Contact) -> bool:
        return (contact.pupil_id, contact.guardian_id) in self.corrected


_NOTHING = _Standing(frozenset(), frozenset(), frozenset(), {})


def _drafts(
    missing: Sequence[Contact],
    due: Mapping[int, Unexplained],
    chosen: Mapping[int, Chosen],
    now: datetime,
    *,
    answerable: bool,
) -> tuple[list[Draft], list[Reason]]:
    """The messages to these guardians, as far as time is left and the text may leave the house."""
    if not missing:
        return [], []
    pupils = Pupil.objects.in_bulk({contact.pupil_id for contact in missing})
    schools = School.objects.in_bulk({due[contact.pupil_id].school_id for contact in missing})
    own = texts.in_force(schools.keys())
    drafts: list[Draft] = []
    refused: list[Reason] = []
    for contact in missing:
        absence = due[contact.pupil_id]
        school_class = chosen[absence.school_class_id]
        not_before, expires_at = school_class.window(now)
        if not_before + outbox.LEAST_LEFT >= expires_at:
            refused.append(Reason(absence, contact.guardian_id, Withholding.TOO_LATE))
            continue
        pupil, school = pupils[contact.pupil_id], schools[absence.school_id]
        fields = Fields(
            given_name=pupil.given_name,
            family_name=pupil.family_name,
            school=school_class.signature or school.name,
            phone=school.phone,
        )
        try:
            text = wording.compose(
                Kind.ABSENCE,
                contact.language,
                fields,
                names_pupil=school_class.names_pupil and not pupil.protected,
                own=own[absence.school_id],
                replies=answerable,
            )
        except TextRefused:
            refused.append(Reason(absence, contact.guardian_id, Withholding.TEXT))
            continue
        drafts.append(
            Draft(
                kind=Kind.ABSENCE,
                school_id=absence.school_id,
                school_class_id=absence.school_class_id,
                pupil_id=absence.pupil_id,
                guardian_id=contact.guardian_id,
                day=absence.day,
                to=contact.e164,
                text=text,
                not_before=not_before,
                expires_at=expires_at,
            )
        )
    return drafts, refused


def _under_the_ceilings(
    drafts: Sequence[Draft],
    due: Mapping[int, Unexplained],
    chosen: Mapping[int, Chosen],
    standing: _Standing,
    day: date,
) -> tuple[list[Draft], list[Reason]]:
    """Those of the drafts that fit under the ceilings, and the others with the reason.

    Every child's first guardian comes before any child's second: under a ceiling as few as possible hear nothing at all.
    """
    if not drafts:
        return [], []
    a_pupil, a_school, a_municipality = Counter(standing.a_pupil), Counter[int](), Counter[int]()
    if standing is not _NOTHING:
        a_school, a_municipality = written_on(day)
    kept: list[Draft] = []
    over: list[Reason] = []
    for draft in _in_turns(drafts, standing):
        school_class = chosen[draft.school_class_id]
        municipality = school_class.municipality_id
        if (
            a_pupil[draft.pupil_id] >= school_class.most_a_child
            or full(a_school[draft.school_id], school_class.school_most)
            or full(a_municipality[municipality], school_class.limits.most_a_day)
        ):
            over.append(Reason(due[draft.pupil_id], draft.guardian_id, Withholding.CEILING))
            continue
        kept.append(draft)
        a_pupil[draft.pupil_id] += 1
        a_school[draft.school_id] += 1
        a_municipality[municipality] += 1
    return kept, over


def full(written: int, most: int | None) -> bool:
    """Whether a ceiling leaves no room; None is no ceiling."""
    return most is not None and written >= most


def written_on(day: date) -> tuple[Counter[int], Counter[int]]:
    """How many messages of the day each school, and each municipality, has had; those that reached nobody aside. One query."""
    rows = (
        Message.objects.filter(day=day)
        .filter(~Q(state=State.CANCELLED) | REHEARSED)
        .order_by()
        .values_list("school_id", "school__area__municipality_id")
        .annotate(Count("pk"))
    )
    a_school: Counter[int] = Counter()
    a_municipality: Counter[int] = Counter()
    for school, municipality, written in rows:
        a_school[school] += written
        a_municipality[municipality] += written
    return a_school, a_municipality


def _in_turns(drafts: Iterable[Draft], standing: _Standing) -> list[Draft]:
    """The drafts, those about pupils of whom fewest have been told first; otherwise in their own order."""
    turns: dict[int, int] = defaultdict(int, standing.a_pupil)
    ordered = []
    for number, draft in enumerate(drafts):
        ordered.append((turns[draft.pupil_id], number, draft))
        turns[draft.pupil_id] += 1
    return [draft for _turn, _number, draft in sorted(ordered, key=lambda one: one[:2])]
