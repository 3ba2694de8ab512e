"""Which guardians are told how many days a child has missed, once a month, and who is held out by lot?

Only where the school has chosen it, in the first school days of the month, about the month before: days, never a percentage,
and nothing of why. A part of the families is held out by lot for a school year, so that the effect can be measured
(`effect`). Nothing here knows of cases. Who is not written to needs no following up: nobody rings about it.

The only writer of the lots.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from fravaer.absence import percentage
from fravaer.absence.tallies import Tally
from fravaer.core.periods import Period, next_month
from fravaer.schools import schooldays
from fravaer.schools.contacts import Contact
from fravaer.schools.models import Enrolment, Guardianship, Pupil, School, SchoolYear
from fravaer.sms import addressees, choices, outbox, recipients, texts, wording
from fravaer.sms.choices import Chosen
from fravaer.sms.drafts import Draft
from fravaer.sms.models import Drawn, Message
from fravaer.sms.states import NOT_AGAIN, Kind, State
from fravaer.sms.wording import Fields, TextRefused

# The key of the lock that lets one pass at a time prepare a month; the other half is the month's number.
LOCK = 79
# The school days of the month on which it is sent: not the first ones, so that the last days of the month before can be put
# right; and several, for a morning that was stopped and for ceilings.
FIRST, LAST = 3, 5
# Two days of about twenty: a tenth, from where absence is held to do harm.
LEAST_HALF_DAYS = 4
# Of the month's registers in tenths of a percent. With fewer the number would be too low, and a wrong one does no good.
LEAST_COVERAGE = 900
# Whoever was away more than half of the month is ill for long, or worse: she is rung, not sent a standard text.
MOST_PERCENT = 50
# Of a hundred families, so many are held out.
HELD_OUT = 20


@dataclass(frozen=True, slots=True)
class Prepared:
    """What one pass did: messages written, pupils held out by the lot, and messages left for another day by a ceiling."""

    queued: int = 0
    held_out: int = 0
    over: int = 0


def message_day(today: date) -> date | None:
    """The day the month's messages stand under, if they are sent on `today`: the third municipal school day of the month."""
    month = Period(today.replace(day=1), next_month(today))
    days = schooldays.municipal(month)[FIRST - 1 : LAST]
    return days[0] if today in days else None


def month_before(day: date) -> Period:
    """The month the message of `day` is about."""
    until = day.replace(day=1)
    return Period((until - timedelta(days=1)).replace(day=1), until)


def prepare(today: date, now: datetime) -> Prepared:
    """Write what is missing of the month's messages, where the day's worries are over. A second run changes nothing.

    The number of queries does not grow with the pupils.
    """
    day = message_day(today)
    if day is None:
        return Prepared()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, day.toordinal()])
        chosen = _open(today, now)
        if not chosen:
            return Prepared()
        classes = dict(
            Enrolment.objects.on(today)
            .filter(school_class_id__in=chosen, pupil__protected=False)
            .values_list("pupil_id", "school_class_id")
        )
        missed = _missed(classes, day)
        told = addressees.told({pupil: chosen[classes[pupil]] for pupil in missed}, today)
        contacts = _unwritten(told.contacts, day)
        lots = _draw({contact.pupil_id for contact in told.contacts}, day, now)
        drafts = _drafts(
            [contact for contact in contacts if not lots[contact.pupil_id]], classes, chosen, missed, day, now
        )
        kept = _under_the_ceilings(drafts, chosen, today)
        queued = outbox.queue(kept, now)
    return Prepared(queued, sum(lots.values()), len(drafts) - len(kept))


def still(day: date, pupil_ids: Collection[int]) -> set[int]:
    """Those of the pupils who are still to be told about, asked before a message is sent."""
    known = Pupil.objects.filter(pk__in=pupil_ids, protected=False).values_list("pk", flat=True)
    return set(_missed(set(known), day))


def _open(today: date, now: datetime) -> dict[int, Chosen]:
    """The classes that have chosen the message, have school today, and whose hours for worries are over."""
    local = timezone.localtime(now)
    chosen = {
        school_class: one
        for school_class, one in choices.of_day(today).items()
        if one.monthly
        and not one.paused
        and local.time() >= max(one.hours.opens_at, one.hours.deadline_at)
        and now + outbox.LEAST_LEFT + timedelta(minutes=1) < one.closes(now)
    }
    days = schooldays.of_classes(chosen, Period(today, today + timedelta(days=1)))
    return {school_class: one for school_class, one in chosen.items() if days.get(school_class)}


def _missed(pupil_ids: Collection[int], day: date) -> dict[int, Tally]:
    """What was counted of those who missed enough of the month before to be told, and not too much. One query."""
    found = percentage.tallies(month_before(day), pupil_ids) if pupil_ids else {}
    return {
        pupil: tally
        for pupil, tally in found.items()
        if tally.absent >= LEAST_HALF_DAYS
        and (tally.coverage_tenths or 0) >= LEAST_COVERAGE
        and not tally.exceeds(MOST_PERCENT)
    }


def _unwritten(contacts: Iterable[Contact], day: date) -> list[Contact]:
    """Those with no message of the month yet; what a person or a rehearsal has ended is not written again either."""
    rows = list(
        Message.objects.filter(day=day, kind=Kind.MONTHLY).values_list(
            "pupil_id", "guardian_id", "to_e164", "state", "because"
        )
    )
    guardians = {(row[0], row[1]) for row in rows if State(row[3]) in NOT_AGAIN or row[4]}
    numbers = {(row[0], row[2]) for row in rows}
    return [
        contact
        for contact in contacts
        if (contact.pupil_id, contact.guardian_id) not in guardians
        and (contact.pupil_id, contact.e164) not in numbers
    ]


def _draw(pupil_ids: Collection[int], day: date, now: datetime) -> dict[int, bool]:
    """Who of the pupils is held out this school year: as drawn before, else by lot, sisters and brothers alike.

    The lot is the hash of the school year and the family, so that anybody can draw it again. Four queries.
    """
    year = SchoolYear.objects.get(starts_on__lte=day, until__gt=day)
    families = _families(pupil_ids)
    lots: dict[int, bool] = {}
    drawn = Drawn.objects.filter(school_year=year, pupil_id__in=list(families)).order_by("-drawn_at", "-pk")
    standing = dict(drawn.values_list("pupil_id", "held_out"))
    # The earliest lot of a family is written last, and holds.
    by_family = {families[pupil]: held_out for pupil, held_out in standing.items()}
    for pupil in pupil_ids:
        family = families[pupil]
        lots[pupil] = standing.get(pupil, by_family.get(family, _lot(year.starts_on, family)))
    Drawn.objects.bulk_create(
        [
            Drawn(pupil_id=pupil, school_year=year, held_out=lots[pupil], drawn_at=now)
            for pupil in sorted(pupil_ids)
            if pupil not in standing
        ],
        ignore_conflicts=True,
    )
    return lots


def _lot(year: date, family: int) -> bool:
    drawn = hashlib.sha256(f"monthly|{year}|{family}".encode()).digest()
    return int.from_bytes(drawn[:8]) % 100 < HELD_OUT


def _families(pupil_ids: Collection[int]) -> dict[int, int]:
    """The family of each pupil and of her sisters and brothers: those who share a holder of custody, directly or through one
    another's. It is named by the lowest number of its guardians.
    """
    own = Guardianship.objects.filter(pupil_id__in=pupil_ids, custody=True).values("guardian_id")
    rows = list(
        Guardianship.objects.filter(guardian_id__in=own, custody=True).values_list("guardian_id", "pupil_id")
    )
    family: dict[int, int] = {}
    together: dict[int, set[int]] = defaultdict(set)
    for guardian, pupil in rows:
        together[pupil].add(guardian)
    root = {guardian: guardian for guardian, _ in rows}

    def head(guardian: int) -> int:
        while root[guardian] != guardian:
            guardian = root[guardian]
        return guardian

    for guardians in together.values():
        lowest = min(head(guardian) for guardian in guardians)
        for guardian in guardians:
            root[head(guardian)] = lowest
    for pupil, guardians in together.items():
        family[pupil] = head(next(iter(guardians)))
    return family


def _drafts(
    contacts: Sequence[Contact],
    classes: Mapping[int, int],
    chosen: Mapping[int, Chosen],
    missed: Mapping[int, Tally],
    day: date,
    now: datetime,
) -> list[Draft]:
    if not contacts:
        return []
    pupils = Pupil.objects.in_bulk({contact.pupil_id for contact in contacts})
    schools = School.objects.in_bulk({chosen[classes[pupil]].school_id for pupil in pupils})
    own = texts.in_force(schools.keys())
    drafts = []
    for contact in contacts:
        pupil, school_class = pupils[contact.pupil_id], chosen[classes[contact.pupil_id]]
        school = schools[school_class.school_id]
        fields = Fields(
            given_name=pupil.given_name,
            family_name=pupil.family_name,
            school=school_class.signature or school.name,
            phone=school.phone,
            half_days=missed[pupil.pk].absent,
        )
        try:
            text = wording.compose(
                Kind.MONTHLY,
                contact.language,
                fields,
                names_pupil=school_class.names_pupil,
                own=own[school.pk],
            )
        except TextRefused:
            continue
        drafts.append(
            Draft(
                kind=Kind.MONTHLY,
                school_id=school.pk,
                school_class_id=school_class.school_class_id,
                pupil_id=pupil.pk,
                guardian_id=contact.guardian_id,
                day=day,
                to=contact.e164,
                text=text,
                not_before=now,
                expires_at=school_class.closes(now),
            )
        )
    return drafts


def _under_the_ceilings(drafts: Sequence[Draft], chosen: Mapping[int, Chosen], today: date) -> list[Draft]:
    """Those of the drafts for which the day's ceilings leave room: the others are written on the next day it is sent."""
    a_school, a_municipality = recipients.written_on(today)
    a_pupil: Counter[int] = Counter()
    kept = []
    for draft in drafts:
        school_class = chosen[draft.school_class_id]
        if (
            a_pupil[draft.pupil_id] >= school_class.most_a_child
            or recipients.full(a_school[draft.school_id], school_class.school_most)
            or recipients.full(a_municipality[school_class.municipality_id], school_class.limits.most_a_day)
        ):
            continue
        kept.append(draft)
        a_pupil[draft.pupil_id] += 1
        a_school[draft.school_id] += 1
        a_municipality[school_class.municipality_id] += 1
    return kept
