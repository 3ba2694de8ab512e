"""Who and what is there to be seen, and by which words is it recognised?

The stage of the access table, with what it can be about in every relation to its people, and a token of its own in each
restricted field of each child. Made once for a file of tests and taken back at its end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import NAMESPACE_OID, uuid4, uuid5

from django.utils import timezone

from fravaer.absence import register as taken
from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.foretold import ask as leave_asked
from fravaer.absence.reasons import Mark, Source
from fravaer.accounts.models import Grant, User
from fravaer.accounts.roles import Role
from fravaer.cases.domains import Domain
from fravaer.cases.models import AgreedAction, Case, Contact, Document, LetterKind, LetterState, Note
from fravaer.core.scope import Scope
from fravaer.reports import nightly
from fravaer.schools.models import Area, Guardian, Phone, Pupil, School, SchoolClass
from fravaer.sms import replies
from fravaer.sms.models import Message
from tests import factories
from tests.absence.knowing import one_day
from tests.architecture import access
from tests.architecture.access import Stage
from tests.cases import casework, lettering
from tests.cast import DAY, MORNING, assembled
from tests.proof.matrix import CANARIES, HIDDEN, IN_CASES, Canary, Kind, Relation, reached
from tests.sms import messaging

DAY_BEFORE = DAY - timedelta(days=1)
# Case and gaps aside: a page may set a name in capitals, and paper breaks lines.
TOKEN, NUMBER = re.compile(r"cnry([a-z]+)(\d+)x"), re.compile(r"99942(\d{6})")
Token = tuple[Canary, int]


def token(canary: Canary, pupil: Pupil) -> str:
    if canary is Canary.PHONE:
        return f"+99942{pupil.pk:06d}"
    return f"Cnry{canary.value}{pupil.pk}x"


def tokens_in(text: str) -> set[Token]:
    """Every token in the text: what it is of, and whose."""
    plain = "".join(text.split()).replace("\u00ad", "").replace("-", "").lower()
    found = {(Canary(name), int(pupil)) for name, pupil in TOKEN.findall(plain)}
    return found | {(Canary.PHONE, int(pupil)) for pupil in NUMBER.findall(plain)}


@dataclass(frozen=True)
class Place:
    """Two children in one relation to the people of the stage, with their class, school and area."""

    relation: Relation
    pupils: list[Pupil]
    school_class: SchoolClass
    school: School
    area: Area


@dataclass(frozen=True)
class Town:
    stage: Stage
    places: dict[Relation, Place]
    # In which relation each child is.
    relations: dict[int, Relation]

    def at(self, relation: Relation) -> Stage:
        """The stage with what is foreign to the table's people standing in this relation to them."""
        place = self.places[relation]
        cast = replace(
            self.stage.cast,
            others=place.pupils,
            other_class=place.school_class,
            other_school=place.school,
            south=place.area,
        )
        return replace(self.stage, cast=cast)

    def allowed(self, role: Role) -> set[Token]:
        """The tokens the role may meet anywhere, as the matrix has it."""
        units, found = reached(role, Kind.PUPIL), set()
        for pupil, relation in self.relations.items():
            if relation not in units:
                continue
            hidden = HIDDEN if relation is Relation.PROTECTED else frozenset()
            in_case = role in IN_CASES and relation in {Relation.OWN, Relation.ASSIGNED}
            for canary, (always, cases) in CANARIES.items():
                if canary not in hidden and (role in always or (in_case and role in cases)):
                    found.add((canary, pupil))
        return found


def built() -> Town:
    """The town, in an empty database."""
    cast = assembled()
    second = factories.school("Lindeskolen", of=cast.north, institution_number="X10003")

    def room(name: str, at: School) -> SchoolClass:
        return factories.school_class(name, at=at, year=cast.year)

    def two(relation: Relation, in_class: SchoolClass, area: Area, protected: bool = False) -> Place:
        names = [f"{given} Barn" for given in ("Ida", "Bo")]
        return Place(
            relation,
            factories.pupils(names, in_class=in_class, protected=protected),
            in_class,
            in_class.school,
            area,
        )

    own = Place(Relation.OWN, cast.pupils, cast.class_7b, cast.school, cast.north)
    other = Place(Relation.OTHER_AREA, cast.others, cast.other_class, cast.other_school, cast.south)
    moved = room("7.E", cast.other_school)
    former = factories.pupils(["Ea Barn", "Ib Barn"], in_class=cast.class_7b, until=DAY - timedelta(days=30))
    factories.enrol(former, moved, since=DAY - timedelta(days=30))
    places = [
        own,
        other,
        two(Relation.PROTECTED, cast.class_7b, cast.north, protected=True),
        two(Relation.PARALLEL, room("7.A", cast.school), cast.north),
        two(Relation.SAME_AREA, room("7.B", second), cast.north),
        two(Relation.ASSIGNED, room("7.C", cast.other_school), cast.south),
        two(Relation.CLOSED, room("7.D", cast.other_school), cast.south),
        Place(Relation.FORMER, former, moved, cast.other_school, cast.south),
    ]
    for _place, pupil in of_all(places):
        pupil.family_name = token(Canary.NAME, pupil)
        Pupil.objects.filter(pk=pupil.pk).update(family_name=pupil.family_name)
    for _place, pupil in of_all(places):
        name, phone = token(Canary.GUARDIAN, pupil), token(Canary.PHONE, pupil)
        if Guardian.objects.filter(guardianships__pupil=pupil).update(given_name="Kim", family_name=name):
            Phone.objects.filter(guardian__guardianships__pupil=pupil).update(e164=phone)
        else:
            factories.guardian(pupil, name=f"Kim {name}", phone=phone)
    stage = access.set_stage(cast)
    in_class = [*cast.pupils, *places[2].pupils]
    access.fill(replace(stage, cast=replace(cast, pupils=in_class)))
    writer = factories.user("Tredje Person")
    for place in places:
        for pupil in place.pupils[:2]:
            fill(place, pupil, stage, writer)
    for place in places:
        register(place, writer)
    ended = timezone.localtime(MORNING) - timedelta(days=1)
    closed = [str(casework.closed(casework.case_of(pupil)).uuid) for pupil in places[6].pupils]
    Grant.objects.filter(origin="case", origin_ref__in=closed).update(valid_until=ended)
    # As after a night: no page of figures has to count first.
    nightly.night(DAY, MORNING)
    return Town(
        stage,
        {place.relation: place for place in places},
        {pupil.pk: place.relation for place, pupil in of_all(places)},
    )


def of_all(places: list[Place]) -> Iterator[tuple[Place, Pupil]]:
    for place in places:
        for pupil in place.pupils:
            yield place, pupil


def fill(place: Place, pupil: Pupil, stage: Stage, writer: User) -> None:
    """A token in each restricted field of the child."""
    in_case = place.relation in {Relation.OWN, Relation.ASSIGNED, Relation.CLOSED}
    case = casework.case_of(pupil, stage.by_role if in_case else None)
    owner = factories.user(f"Anna {token(Canary.OWNER, pupil)}")
    Case.objects.filter(pk=case.pk).update(responsible=owner)
    by_domain = {
        Domain.SCHOOL: Canary.NOTE_SCHOOL,
        Domain.SOCIAL: Canary.NOTE_SOCIAL,
        Domain.PPR: Canary.NOTE_PPR,
    }
    for domain, canary in by_domain.items():
        said = token(canary, pupil)
        written = {"case": case, "domain": domain}
        Note.objects.create(key=uuid4(), author=writer, at=MORNING, text=said, **written)
        Note.objects.create(
            key=uuid4(),
            author=writer,
            at=MORNING,
            text=token(Canary.SEALED, pupil),
            restricted=True,
            **written,
        )
        Contact.objects.create(
            key=uuid4(), pupil=pupil, kind="phone", held_on=DAY, text=said, by=writer, at=MORNING, **written
        )
        AgreedAction.objects.create(
            key=uuid4(),
            pupil=pupil,
            deed="call",
            text=said,
            responsible=writer,
            due_on=DAY,
            agreed_by=writer,
            agreed_at=MORNING,
            **written,
        )
        Document.objects.create(
            key=uuid4(),
            name=f"{said}.pdf",
            kind="application/pdf",
            size=1,
            sha256="0" * 64,
            by=writer,
            at=MORNING,
            **written,
        )
    concern = casework.concern_of(pupil, stage.by_role[Role.TEACHER])
    concern.text = token(Canary.CONCERN, pupil)
    concern.save()
    for letter, canary in (
        (lettering.draft_of(pupil, place.school), Canary.LETTER),
        (lettering.draft_of(pupil, place.school, LetterKind.REFERRAL), Canary.REFERRAL),
    ):
        # One of them the stage has had signed off before.
        if letter.state == LetterState.DRAFT:
            letter.body = f"Kære. {token(canary, pupil)}"
            letter.save()
    lettering.referral_of(pupil, place.school)
    leave_asked(
        uuid=uuid5(NAMESPACE_OID, f"leave {pupil.pk}"),
        pupil_id=pupil.pk,
        period=one_day(DAY + timedelta(days=1)),
        source=Source.GUARDIAN_PHONE,
        text=token(Canary.LEAVE_TEXT, pupil),
        scope=Scope(),
        now=MORNING,
    )
    if place.relation is not Relation.FORMER:
        message = messaging.about(pupil)
        Message.objects.filter(pk=message.pk).update(body=token(Canary.MESSAGE, pupil))
        replies.receive(
            sid=f"SM{uuid4().hex}",
            sender=token(Canary.PHONE, pupil),
            to="+4568000001",
            body=token(Canary.REPLY, pupil),
            day=DAY,
            now=MORNING,
        )


def register(place: Place, writer: User) -> None:
    """The first two were ill the school day before, and somebody wrote why."""
    on_the_day = Pupil.objects.filter(
        enrolments__school_class=place.school_class,
        enrolments__starts_on__lte=DAY_BEFORE,
        enrolments__until__gt=DAY_BEFORE,
    )
    if place.relation is Relation.PROTECTED:
        # In a class that has been registered already.
        return
    ill = place.pupils
    taken.take(
        school_class_id=place.school_class.pk,
        school_id=place.school.pk,
        year_group=place.school_class.year_group,
        day=DAY_BEFORE,
        checkpoint=Checkpoint.START,
        marks={pupil.pk: Mark.HERE for pupil in on_the_day} | {pupil.pk: Mark.ILL for pupil in ill},
        notes={pupil.pk: token(Canary.REASON_TEXT, pupil) for pupil in ill},
        seen_version=0,
        key=uuid4(),
        user_id=writer.pk,
        now=MORNING,
    )
