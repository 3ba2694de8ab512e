"""Who gets which answer from which URL?

The access table: for each URL what to ask of it, who may, and which objects are hers, a stranger's or nobody's. It is written
out from the municipality's access matrix, not read from the product's own table, so that the two check each other. A URL that
is missing here fails a test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, reverse

from fravaer.absence import arrangements, certificates, closing, objections, standing
from fravaer.absence import register as taken
from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.reasons import Mark, Reason, Source
from fravaer.accounts import blocks, proposals, substitutes
from fravaer.accounts.models import AccountLink, Kind, Reach, User
from fravaer.accounts.roles import Role
from fravaer.accounts.scoping import scope_of
from fravaer.cases import activating, lifecycle
from fravaer.cases.models import Conclusion, HandOver, Note, Party
from fravaer.core.periods import Period, Quarter, SchoolYear
from fravaer.keeping.models import Batch, Hold, Term
from fravaer.schools import plan
from fravaer.schools.models import Area, Phone, Pupil, School, SchoolClass
from fravaer.schools.plan import Rule
from fravaer.sms import choices, numbers, replies, texts
from fravaer.sms import morning as mornings
from fravaer.sms.models import Halt
from fravaer.sms.states import State
from tests import factories
from tests.absence import knowing
from tests.cases import casework, lettering, ruling
from tests.cast import DAY, MORNING, Cast
from tests.core import headers
from tests.oversight import checking
from tests.reports import reporting
from tests.sms import messaging

R = Role
EVERYONE = frozenset(Role)
REGISTERING = frozenset({R.TEACHER, R.SUBSTITUTE, R.SECRETARY, R.LEADER})
OFFICE = frozenset({R.SECRETARY, R.LEADER})
CLASSES = frozenset({R.TEACHER, R.SECRETARY, R.LEADER, R.SOCIAL_WORKER, R.SOCIAL_LEADER})
QUARTERLY = frozenset({R.LEADER, R.SOCIAL_LEADER, R.AREA_MANAGER, R.SOCIAL_MANAGER, R.CHIEF})
ANNOTATING = frozenset({R.LEADER, R.AREA_MANAGER, R.SOCIAL_MANAGER, R.CHIEF})
FOLLOWING_UP = frozenset({R.AREA_MANAGER, R.SOCIAL_MANAGER, R.CHIEF})
CASEWORK = frozenset({R.LEADER, R.INCLUSION, R.SOCIAL_WORKER, R.SOCIAL_LEADER, R.CONSULTANT, R.PSYCHOLOGIST})
# The chief reads the one case put before her.
READING_CASES = CASEWORK | {R.CHIEF}
COUNTING = frozenset({R.LEADER, R.SOCIAL_LEADER, R.CHIEF})
WATCHING_CLASSES = frozenset({R.LEADER, R.INCLUSION, R.SOCIAL_WORKER, R.PSYCHOLOGIST})
WORKING_WITH_CLASSES = frozenset({R.LEADER, R.INCLUSION})
REFERRING = frozenset({R.LEADER, R.SOCIAL_WORKER, R.SOCIAL_LEADER})
HANDING_OVER = frozenset({R.LEADER, R.INCLUSION, R.SOCIAL_WORKER, R.PSYCHOLOGIST})
LETTING_IN = frozenset({R.LEADER, R.SOCIAL_LEADER, R.PSYCHOLOGIST})
PHONING = frozenset({R.LEADER, R.SOCIAL_WORKER, R.CONSULTANT, R.PSYCHOLOGIST})
HAVING_CPR = frozenset({R.SECRETARY, R.LEADER, R.SOCIAL_WORKER, R.SOCIAL_LEADER})
SHARING = CASEWORK - {R.INCLUSION}
ANSWERING = CASEWORK - {R.SOCIAL_LEADER}

NO_FILE = {"key": "0b7c3f0e-8d9e-4b46-9b5a-6a6f5d0c0a11", "kind": "none"}

# URLs that answer without signing in. Each has its reason; what they answer is tested beside their views.
PUBLIC = {
    "healthz": "asked by the machine that watches the process",
    "readyz": "asked by the machine that watches the process",
    "worker": "a script that knows nobody, and works before and after signing in",
    "manifest": "name and icons of the product for a home screen",
    "offline": "the empty page a device shows without a connection",
    "login": "the way in",
    "login-link": "the link of an e-mail, whose secret is looked up as a password is",
    "login-begin": "where that link leads",
    "login-second": "the other half of the way in",
    "login-enrol": "the other half of the way in, the first time",
    "login-passkey": "another way in",
    "oidc-begin": "the way to the municipality's login",
    "oidc-back": "the way back from it; what it says is signed",
    "oidc-ended": "called by the municipality's login, which signs what it says",
    "signed-out": "the way out leads on to the municipality's login",
    "logout": "the way out works after the session ran out as well",
    "language": "the sign-in page is read in two languages",
    "was": "the law asks for the accessibility statement at a public address",
    "components": "exists while DEBUG is on only",
    "sms:status": "called by the SMS provider, whose signature it asks for",
    "reports:wheel-feed": "fetched by calendars, which cannot sign in; the address holds a secret only its owner knows",
    "sms:inbound": "called by the SMS provider, whose signature it asks for",
}


@dataclass
class Stage:
    """The cast, one more person of every role at Birkeskolen, and what a URL can be about."""

    cast: Cast
    by_role: dict[Role, User]
    # Signed in, but without any grant in force.
    nobody: User


Parts = Callable[[Stage], Mapping[str, Any]]


@dataclass(frozen=True)
class About:
    """What the URL's parts say: of an object at Birkeskolen, of one at Havneskolen in the other area, of none that exists."""

    own: Parts
    foreign: Parts
    missing: Parts
    # Roles that reach the whole municipality: nothing in it is foreign to them.
    reach_all: frozenset[Role] = frozenset({R.CHIEF})


@dataclass(frozen=True)
class Ask:
    """One request to one URL: who may, and what they are answered about their own. All others are `refused`."""

    may: frozenset[Role]
    method: str = "GET"
    answers: int = 200
    refused: int = 403
    about: About | None = None
    # The URL's parts where they name nobody's object in particular.
    path: Parts = lambda stage: {}
    data: Parts = lambda stage: {}
    query: Mapping[str, str] = field(default_factory=dict)

    def own(self, stage: Stage) -> Mapping[str, Any]:
        return self.about.own(stage) if self.about else self.path(stage)


def register(school_class: Callable[[Stage], int]) -> Parts:
    return lambda stage: {"class_id": school_class(stage), "day": DAY, "checkpoint": Checkpoint.START}


def marks(stage: Stage) -> Mapping[str, Any]:
    """A register of Birkeskolen's 7.B in which the first pupil is not here."""
    first, *rest = Pupil.objects.filter(enrolments__school_class=stage.cast.class_7b)
    chosen = {f"m-{first.uuid}": "I", **{f"m-{pupil.uuid}": "T" for pupil in rest}}
    return {"version": "0", "key": str(uuid4()), **chosen}


def municipal_reason(stage: Stage) -> Mapping[str, Any]:
    """The municipality's word of the stage, as the URL names it."""
    return {"reason_id": arrangements.municipal_reasons()[0].id}


def one_mark(stage: Stage) -> Mapping[str, Any]:
    """A correction of one pupil of Birkeskolen's 7.B."""
    first = Pupil.objects.filter(enrolments__school_class=stage.cast.class_7b)[0]
    return {"version": "1", "key": str(uuid4()), f"m-{first.uuid}": "S"}


def saved(school_class: SchoolClass) -> Mapping[str, Any]:
    """The class's register of the end of the day, which somebody has saved: a substitute has that of the day itself alone."""
    stands = standing.state(school_class.pk, DAY, Checkpoint.END)
    if not stands.taken:
        taken.take(
            school_class_id=school_class.pk,
            school_id=school_class.school_id,
            year_group=school_class.year_group,
            day=DAY,
            checkpoint=Checkpoint.END,
            marks=dict.fromkeys(stands.marks, Mark.HERE),
            seen_version=0,
            key=uuid4(),
            user_id=None,
            now=MORNING,
        )
    return {"class_id": school_class.pk, "day": DAY, "checkpoint": Checkpoint.END}


def stood_in(stage: Stage, school_class: SchoolClass) -> Mapping[str, Any]:
    """The access of somebody standing in for the class today, as the URL names it."""
    substitutes.let_in(
        user_id=stage.cast.mette.pk,
        class_ids=[school_class.pk],
        day=DAY,
        reason="Syg kollega",
        given_by_id=stage.cast.leader.pk,
        now=MORNING,
    )
    [standing] = [one for one in substitutes.standing([school_class.pk], MORNING) if one.ours]
    return {"grant_id": standing.grant_id}


def emergency_of(stage: Stage, *, told: bool) -> Mapping[str, Any]:
    """A use of emergency access by the school leader, as the URL names it: everybody on the stage was told of it, or nobody."""
    made = factories.emergency(stage.cast.leader, stage.cast.others[0], MORNING)
    if told:
        for user in stage.by_role.values():
            made.alerts.create(user=user)
    return {"emergency_uuid": made.uuid}


def a_hold(stage: Stage) -> Mapping[str, Any]:
    """A hold on everybody's cases."""
    made = Hold.objects.create(
        kind="cases.case", reason="Tilsyn", placed_by=stage.cast.leader, placed_at=MORNING
    )
    return {"hold_uuid": made.uuid}


def a_batch(stage: Stage) -> Mapping[str, Any]:
    """A batch that waits for a second person; the same one as long as it does."""
    made, _new = Batch.objects.get_or_create(
        kind="cases.case",
        state="proposed",
        defaults={
            "before": DAY,
            "things": 1,
            "digest": "0" * 64,
            "proposed_by": stage.cast.leader,
            "proposed_at": MORNING,
        },
    )
    return {"batch_uuid": made.uuid}


def a_term(stage: Stage) -> Mapping[str, Any]:
    """A term that waits for a second person."""
    made = Term.objects.create(
        kind="cases.case",
        valid_from=DAY,
        months=12,
        source="Byrådet",
        proposed_by=stage.cast.leader,
        proposed_at=MORNING,
    )
    return {"term_uuid": made.uuid}


def a_use(stage: Stage) -> Mapping[str, Any]:
    """Somebody has used emergency access, and everybody was told of it; the URL names nothing."""
    emergency_of(stage, told=True)
    return {}


def local_reason(school: School) -> Mapping[str, Any]:
    """A word of the school's own, as the URL names it; the same one however often it is asked for."""
    words = [word for word in arrangements.local_reasons(school.pk, DAY) if not word.municipal]
    made = (
        words[0].id
        if words
        else arrangements.add_reason(
            school.pk, code="LÆGE", name="Læge", reason=Reason.ILLNESS, valid_from=DAY, user_id=None
        )
    )
    return {"school_id": school.pk, "reason_id": made}


LEADING = frozenset({R.LEADER, R.SOCIAL_LEADER})
MANAGING = LEADING | {R.AREA_MANAGER, R.SOCIAL_MANAGER}


def in_force(school: School) -> Mapping[str, Any]:
    """The access of somebody at the school, as the URL names it."""
    user = factories.user("Har Adgang")
    return {"grant_id": factories.grant(user, R.SECRETARY, school).pk}


def proposed_access(by: User, school: School) -> Mapping[str, Any]:
    """What the school's leader has proposed and nobody has decided."""
    made = proposals.propose(
        scope_of(by.pk, MORNING),
        user_id=factories.user("Skal Have").pk,
        role=R.SECRETARY,
        reach=Reach.SCHOOL,
        unit_id=school.pk,
        reason="Vikar for sekretæren",
        until=MORNING + timedelta(days=30),
        now=MORNING,
    )
    return {"proposal_uuid": made.uuid}


def blocked(user: User, pupil: Pupil) -> Mapping[str, Any]:
    """That the user is kept away from the pupil, as the URL names it."""
    scope = scope_of(user.pk, MORNING)
    made = blocks.declare(
        user_id=user.pk, pupil_id=pupil.pk, kind=Kind.FAMILY, declared_by=scope, now=MORNING
    )
    return {"block_id": made.pk}


def one_blocked(stage: Stage) -> Mapping[str, Any]:
    """The page is never empty."""
    blocked(stage.cast.mette, stage.cast.pupils[1])
    return {}


def a_link(stage: Stage) -> Mapping[str, Any]:
    """A link into somebody's account that waits for a second administrator."""
    user = factories.user("Vera Vang")
    made = AccountLink.objects.create(
        user=user, kind="invitation", asked_by=stage.cast.leader, asked_at=MORNING
    )
    return {"link_uuid": made.uuid}


def one_link(stage: Stage) -> Mapping[str, Any]:
    """The page is never empty."""
    a_link(stage)
    return {}


IN_FORCE = About(
    own=lambda stage: in_force(stage.cast.school),
    foreign=lambda stage: in_force(stage.cast.other_school),
    missing=lambda stage: {"grant_id": 999_999},
    reach_all=frozenset({R.ACCESS_ADMIN}),
)
PROPOSED = About(
    own=lambda stage: proposed_access(stage.cast.leader, stage.cast.school),
    foreign=lambda stage: proposed_access(stage.cast.stranger, stage.cast.other_school),
    missing=lambda stage: {"proposal_uuid": UUID(int=1)},
    reach_all=frozenset({R.ACCESS_ADMIN}),
)
BLOCKED = About(
    own=lambda stage: blocked(stage.cast.mette, stage.cast.pupils[1]),
    foreign=lambda stage: blocked(stage.cast.stranger, stage.cast.others[0]),
    missing=lambda stage: {"block_id": 999_999},
    reach_all=frozenset({R.ACCESS_ADMIN}),
)
KNOWING = frozenset({R.TEACHER, R.SECRETARY, R.LEADER})
KNOWN = About(
    own=lambda stage: {"uuid": knowing.report_of(stage.cast.pupils[2])},
    foreign=lambda stage: {"uuid": knowing.report_of(stage.cast.others[0])},
    missing=lambda stage: {"uuid": UUID(int=1)},
)
REQUEST = About(
    own=lambda stage: {"uuid": knowing.request_of(stage.cast.pupils[3])},
    foreign=lambda stage: {"uuid": knowing.request_of(stage.cast.others[1])},
    missing=lambda stage: {"uuid": UUID(int=1)},
)
KEPT = About(
    own=lambda stage: {
        "uuid": knowing.contradiction_of(stage.cast.pupils[2], stage.cast.school.pk, kept=True)
    },
    foreign=lambda stage: {
        "uuid": knowing.contradiction_of(stage.cast.others[0], stage.cast.other_school.pk, kept=True)
    },
    missing=lambda stage: {"uuid": UUID(int=1)},
)


def entry(stage: Stage) -> Mapping[str, Any]:
    """What the line on the page of known absence posts."""
    return {"key": uuid4(), "who": "Zoë 7.B", "kind": "illness", "since": "10-03-2026", "source": "2"}


REGISTER = About(
    own=register(lambda stage: stage.cast.class_7b.pk),
    foreign=register(lambda stage: stage.cast.other_class.pk),
    missing=register(lambda stage: 999_999),
)

SAVED = About(
    own=lambda stage: saved(stage.cast.class_7b),
    foreign=lambda stage: saved(stage.cast.other_class),
    missing=lambda stage: {"class_id": 999_999, "day": DAY, "checkpoint": Checkpoint.END},
)

CLASS = About(
    own=lambda stage: {"class_id": stage.cast.class_7b.pk},
    foreign=lambda stage: {"class_id": stage.cast.other_class.pk},
    missing=lambda stage: {"class_id": 999_999},
)

CLASS_DAY = About(
    own=lambda stage: {"class_id": stage.cast.class_7b.pk, "day": DAY},
    foreign=lambda stage: {"class_id": stage.cast.other_class.pk, "day": DAY},
    missing=lambda stage: {"class_id": 999_999, "day": DAY},
)


def of_a_party(stage: Stage) -> bool:
    """A psychologist knows of the class of a pupil in whose case she takes part."""
    return bool(casework.case_of(stage.cast.pupils[1], stage.by_role))


CLUSTER = About(
    own=lambda stage: {"cluster_uuid": of_a_party(stage) and casework.cluster_of(stage.cast.class_7b).uuid},
    foreign=lambda stage: {"cluster_uuid": casework.cluster_of(stage.cast.other_class).uuid},
    missing=lambda stage: {"cluster_uuid": uuid4()},
)
CLASS_BEGUN = About(
    own=lambda stage: {"class_id": stage.cast.class_7b.pk},
    foreign=lambda stage: {"class_id": stage.cast.other_class.pk},
    missing=lambda stage: {"class_id": 0},
)
EFFORT = About(
    own=lambda stage: {
        "effort_uuid": of_a_party(stage) and casework.effort_with(stage.cast.class_7b, stage.cast.leader).uuid
    },
    foreign=lambda stage: {
        "effort_uuid": casework.effort_with(stage.cast.other_class, stage.cast.stranger).uuid
    },
    missing=lambda stage: {"effort_uuid": uuid4()},
)
# A case everybody in casework takes part in, as the matrix asks of those who see their own cases alone.
CASE = About(
    own=lambda stage: {"case_uuid": casework.case_of(stage.cast.pupils[0], stage.by_role).uuid},
    foreign=lambda stage: {"case_uuid": casework.case_of(stage.cast.others[0]).uuid},
    missing=lambda stage: {"case_uuid": UUID(int=1)},
    # The chief sees the one put before her.
    reach_all=frozenset(),
)
DRAFT = About(
    own=lambda stage: {**CASE.own(stage), "form": "note"},
    foreign=lambda stage: {**CASE.foreign(stage), "form": "note"},
    missing=lambda stage: {**CASE.missing(stage), "form": "note"},
    reach_all=frozenset(),
)
# Social services have the CPR numbers of those in their own cases.
CPR = About(
    own=lambda stage: {"pupil_uuid": casework.case_of(stage.cast.pupils[0], stage.by_role).pupil.uuid},
    foreign=lambda stage: {"pupil_uuid": stage.cast.others[0].uuid},
    missing=lambda stage: {"pupil_uuid": UUID(int=1)},
    reach_all=frozenset(),
)
RULES = frozenset({R.LEADER, R.SOCIAL_LEADER, R.AREA_MANAGER, R.SOCIAL_MANAGER, R.CHIEF})
RULE = About(
    own=lambda stage: {**ruling.ready(stage.cast.school), "rule_id": ruling.rule_of(stage.cast.school).pk},
    foreign=lambda stage: {"rule_id": ruling.rule_of(stage.cast.other_school).pk},
    missing=lambda stage: {"rule_id": 999_999},
)
PROPOSED_RULE = About(
    own=lambda stage: {"proposal_uuid": ruling.proposed_rule(stage.cast.school).uuid},
    foreign=lambda stage: {"proposal_uuid": ruling.proposed_rule(stage.cast.other_school).uuid},
    missing=lambda stage: {"proposal_uuid": UUID(int=1)},
)
DECIDED_RULE = About(
    own=lambda stage: {"proposal_uuid": ruling.decided_rule(stage.cast.school).uuid},
    foreign=lambda stage: {"proposal_uuid": ruling.decided_rule(stage.cast.other_school).uuid},
    missing=lambda stage: {"proposal_uuid": UUID(int=1)},
)
CLOSED_CASE = About(
    own=lambda stage: {
        "case_uuid": casework.closed(casework.case_of(stage.cast.pupils[2], stage.by_role)).uuid
    },
    foreign=lambda stage: {"case_uuid": casework.closed(casework.case_of(stage.cast.others[1])).uuid},
    missing=lambda stage: {"case_uuid": UUID(int=1)},
    # The chief sees the one put before her.
    reach_all=frozenset(),
)

NOTE = About(
    own=lambda stage: {"quarter": Quarter.of(DAY), "uuid": reporting.note_on(stage.cast.school).uuid},
    foreign=lambda stage: {
        "quarter": Quarter.of(DAY),
        "uuid": reporting.note_on(stage.cast.other_school).uuid,
    },
    missing=lambda stage: {"quarter": Quarter.of(DAY), "uuid": UUID(int=1)},
)
FOLLOW_UP = About(
    own=lambda stage: {"quarter": Quarter.of(DAY), "code": stage.cast.north.code},
    foreign=lambda stage: {"quarter": Quarter.of(DAY), "code": stage.cast.south.code},
    missing=lambda stage: {"quarter": Quarter.of(DAY), "code": "ingen"},
)
INITIATIVE = About(
    own=lambda stage: {"quarter": Quarter.of(DAY), "uuid": reporting.initiative_of(stage.cast.north).uuid},
    foreign=lambda stage: {
        "quarter": Quarter.of(DAY),
        "uuid": reporting.initiative_of(stage.cast.south).uuid,
    },
    missing=lambda stage: {"quarter": Quarter.of(DAY), "uuid": UUID(int=1)},
)
TASK = About(
    own=lambda stage: {"uuid": reporting.task_of(stage.cast.north).uuid},
    foreign=lambda stage: {"uuid": reporting.task_of(stage.cast.south).uuid},
    missing=lambda stage: {"uuid": UUID(int=1)},
)
UNIT = About(
    own=lambda stage: {"unit": f"school-{stage.cast.school.pk}"},
    foreign=lambda stage: {"unit": f"school-{stage.cast.other_school.pk}"},
    missing=lambda stage: {"unit": "school-999999"},
)
# A pupil of the worklist, an action agreed about one, and a concern of a teacher's.
LISTED = About(
    own=lambda stage: {"pupil_uuid": casework.crossing_of(stage.cast.pupils[1]).pupil.uuid},
    foreign=lambda stage: {"pupil_uuid": casework.crossing_of(stage.cast.others[0]).pupil.uuid},
    missing=lambda stage: {"pupil_uuid": UUID(int=1)},
)
AGREED = About(
    own=lambda stage: {"action_uuid": casework.action_of(stage.cast.pupils[1], stage.cast.leader).uuid},
    foreign=lambda stage: {"action_uuid": casework.action_of(stage.cast.others[0], stage.cast.stranger).uuid},
    missing=lambda stage: {"action_uuid": UUID(int=1)},
)
CONCERN = About(
    own=lambda stage: {"concern_uuid": casework.concern_of(stage.cast.pupils[1], stage.cast.mette).uuid},
    foreign=lambda stage: {"concern_uuid": casework.concern_of(stage.cast.others[0], stage.cast.mette).uuid},
    missing=lambda stage: {"concern_uuid": UUID(int=1)},
)
LISTING = frozenset({R.LEADER, R.INCLUSION, R.SOCIAL_WORKER, R.SOCIAL_LEADER})
WORKING = LISTING - {R.SOCIAL_LEADER}


def kept_list(stage: Stage) -> Mapping[str, Any]:
    """A list nobody keeps: whoever may is told so."""
    return {"filter_id": 999_999}


def step(stage: Stage, kind: str) -> Mapping[str, Any]:
    """The case everybody takes part in, where the step can be taken: before the chief and the psychologist, or discussed."""
    case = casework.case_of(stage.cast.pupils[4 if kind == "activate" else 3], stage.by_role)
    leader = scope_of(stage.by_role[R.LEADER].pk, MORNING)
    team = {"chief_id": stage.by_role[R.CHIEF].pk, "psychologist_id": stage.by_role[R.PSYCHOLOGIST].pk}
    case.refresh_from_db()
    if case.stage == "early":
        seen = lifecycle.version(case, leader)
        activating.refer(case, leader, MORNING, DAY, seen=seen, text="Hun bliver væk.", **team)
        case.refresh_from_db()
    if kind == "activate" and case.stage == "referred":
        chief = scope_of(stage.by_role[R.CHIEF].pk, MORNING)
        activating.discuss(
            *(case, chief, MORNING, DAY),
            key=uuid4(),
            seen=lifecycle.version(case, chief),
            held_on=DAY,
            conclusion=Conclusion.ACTIVATE,
            text="Drøftet.",
        )
    return {"case_uuid": case.uuid}


def about_step(kind: str) -> About:
    return About(
        own=lambda stage: step(stage, kind), foreign=CASE.foreign, missing=CASE.missing, reach_all=frozenset()
    )


def written_in(
    pupil: Pupil, parties: Mapping[Role, User] | None = None, *, domain: str, restricted: bool
) -> Note:
    """A note of the social worker's in the pupil's case."""
    case = casework.case_of(pupil, parties)
    return Note.objects.get_or_create(
        case=case,
        domain=domain,
        restricted=restricted,
        defaults={"key": uuid4(), "author": case.responsible, "at": MORNING, "text": "En note"},
    )[0]


def about_note(*, domain: str, restricted: bool, **more: Any) -> About:
    def parts(note: Note, name: str) -> Mapping[str, Any]:
        return {"case_uuid": note.case.uuid, name: note.pk, **more}

    name = "note_id" if restricted else "item_id"
    note = partial(written_in, domain=domain, restricted=restricted)
    return About(
        own=lambda stage: parts(note(stage.cast.pupils[4], stage.by_role), name),
        foreign=lambda stage: parts(note(stage.cast.others[0]), name),
        missing=lambda stage: {"case_uuid": UUID(int=1), name: 1, **more},
        reach_all=frozenset(),
    )


def party_of(pupil: Pupil, parties: Mapping[Role, User] | None = None) -> Mapping[str, Any]:
    """Who is responsible takes part."""
    case = casework.case_of(pupil, parties)
    made, _made = Party.objects.get_or_create(
        case=case,
        user=case.responsible,
        unit="inclusion",
        defaults={"domain": "school", "since": DAY, "added_by": case.responsible, "added_at": MORNING},
    )
    return {"case_uuid": case.uuid, "party_id": made.pk}


PARTY = About(
    own=lambda stage: party_of(stage.cast.pupils[4], stage.by_role),
    foreign=lambda stage: party_of(stage.cast.others[0]),
    missing=lambda stage: {"case_uuid": UUID(int=1), "party_id": 1},
    reach_all=frozenset(),
)


def offered(pupil: Pupil, parties: Mapping[Role, User] | None = None) -> Mapping[str, Any]:
    """A hand-over of the pupil's case to one who has not answered."""
    case = casework.case_of(pupil, parties)
    made, _made = HandOver.objects.get_or_create(
        case=case,
        answered_at=None,
        defaults={
            "key": uuid4(),
            "from_unit": case.unit,
            "to_unit": "ppr",
            "to_user": case.responsible,
            "offered_by": case.responsible,
            "offered_at": MORNING,
            "due_on": DAY,
        },
    )
    return {"case_uuid": case.uuid, "hand_over_uuid": made.uuid}


OFFERED = About(
    own=lambda stage: offered(stage.cast.pupils[4], stage.by_role),
    foreign=lambda stage: offered(stage.cast.others[0]),
    missing=lambda stage: {"case_uuid": UUID(int=1), "hand_over_uuid": UUID(int=1)},
    reach_all=frozenset(),
)


def with_what(about: About, what: str) -> About:
    """The same objects, with the form the URL names beside them."""
    return About(
        own=lambda stage: {**about.own(stage), "what": what},
        foreign=lambda stage: {**about.foreign(stage), "what": what},
        missing=lambda stage: {**about.missing(stage), "what": what},
        reach_all=about.reach_all,
    )


def meeting_of(case: Mapping[str, Any]) -> Mapping[str, Any]:
    """A meeting of the case, as the URL names it."""
    return {**case, "meeting_uuid": casework.meeting_of(case["case_uuid"]).uuid}


def full_case(stage: Stage) -> Mapping[str, Any]:
    """A case in which the leader of social workers takes part as well."""
    case = casework.case_of(stage.cast.pupils[3], stage.by_role)
    casework.take_part(stage.by_role[R.SOCIAL_LEADER], R.SOCIAL_LEADER, case)
    return {"case_uuid": case.uuid}


MEETING = About(
    own=lambda stage: meeting_of(full_case(stage)),
    foreign=lambda stage: meeting_of(CASE.foreign(stage)),
    missing=lambda stage: {**full_case(stage), "meeting_uuid": UUID(int=1)},
    reach_all=frozenset(),
)
FOLLOWED_CASE = About(
    own=lambda stage: {
        "case_uuid": casework.followed(casework.case_of(stage.cast.pupils[1], stage.by_role)).uuid
    },
    foreign=lambda stage: {"case_uuid": casework.followed(casework.case_of(stage.cast.others[1])).uuid},
    missing=lambda stage: {"case_uuid": UUID(int=1)},
    reach_all=frozenset(),
)

SCHOOL = About(
    own=lambda stage: {"school_id": stage.cast.school.pk},
    foreign=lambda stage: {"school_id": stage.cast.other_school.pk},
    missing=lambda stage: {"school_id": 999_999},
)
DELIVERY = About(
    own=lambda stage: {"year": 2025, "school_id": reporting.data_set_of(stage.cast.school).school_id},
    foreign=lambda stage: {"year": 2025, "school_id": stage.cast.other_school.pk},
    missing=lambda stage: {"year": 2025, "school_id": 999_999},
)
UNLAWFUL = About(
    own=lambda stage: {"quarter": Quarter.of(DAY), **SCHOOL.own(stage)},
    foreign=lambda stage: {"quarter": Quarter.of(DAY), **SCHOOL.foreign(stage)},
    missing=lambda stage: {"quarter": Quarter.of(DAY), **SCHOOL.missing(stage)},
)
CLASS_QUARTER = About(
    own=lambda stage: {"name": Quarter.of(DAY), **CLASS.own(stage)},
    foreign=lambda stage: {"name": Quarter.of(DAY), **CLASS.foreign(stage)},
    missing=lambda stage: {"name": Quarter.of(DAY), **CLASS.missing(stage)},
)
CLASS_YEAR = About(
    own=lambda stage: {"name": SchoolYear.of(DAY), **CLASS.own(stage)},
    foreign=lambda stage: {"name": SchoolYear.of(DAY), **CLASS.foreign(stage)},
    missing=lambda stage: {"name": SchoolYear.of(DAY), **CLASS.missing(stage)},
)
DATA_SET = About(
    own=lambda stage: {**DELIVERY.own(stage), "uuid": reporting.data_set_of(stage.cast.school).uuid},
    foreign=lambda stage: {
        **DELIVERY.foreign(stage),
        "uuid": reporting.data_set_of(stage.cast.other_school).uuid,
    },
    missing=lambda stage: {**DELIVERY.own(stage), "uuid": UUID(int=0)},
)
CHOICES = {
    "days_back": "5",
    "reason_due_days": "2",
    "reason_due_at": "14:00",
    "teacher_leave_days": "1",
    "end_opens_at": "12:30",
    "end_due_at": "14:00",
    "seen": "",
}
SMS_CHOICES = {
    "enabled": "on",
    "grace_seconds": "90",
    "opens_at": "07:30",
    "closes_at": "16:00",
    "deadline_at": "11:00",
    "most_percent": "40",
    "most_a_child": "4",
}


def halt(school: School) -> Mapping[str, Any]:
    """A question about the school that nobody has answered, as the URL names it."""
    asked, _made = Halt.objects.get_or_create(
        school=school,
        school_class=None,
        day=DAY,
        defaults={"unexplained": 9, "pupils": 20, "most_percent": 40, "found_at": MORNING},
    )
    return {"halt_id": asked.pk}


HALT = About(
    own=lambda stage: halt(stage.cast.school),
    foreign=lambda stage: halt(stage.cast.other_school),
    missing=lambda stage: {"halt_id": 999_999},
)
LOCAL_REASON = About(
    own=lambda stage: local_reason(stage.cast.school),
    foreign=lambda stage: local_reason(stage.cast.other_school),
    missing=lambda stage: {"school_id": stage.cast.school.pk, "reason_id": 999_999},
)

HISTORY = About(
    own=lambda stage: {"pupil_uuid": stage.cast.pupils[0].uuid},
    foreign=lambda stage: {"pupil_uuid": stage.cast.others[0].uuid},
    missing=lambda stage: {"pupil_uuid": UUID(int=1)},
    # She decides on figures and sees no pupil.
    reach_all=frozenset(),
)
READING_HISTORY = frozenset(
    {R.TEACHER, R.SECRETARY, R.LEADER, R.SOCIAL_WORKER, R.SOCIAL_LEADER, R.CONSULTANT, R.PSYCHOLOGIST}
)
OFFICE = frozenset({R.SECRETARY, R.LEADER})


def certificate(pupil: Pupil) -> Mapping[str, Any]:
    leader = scope_of(User.objects.get(email="leader@fjordby.invalid").pk, MORNING)
    asked = certificates.ask(pupil.pk, date(2026, 2, 2), due_on=None, scope=leader, now=MORNING)
    return {"pupil_uuid": pupil.uuid, "certificate_uuid": asked.uuid}


def objection(pupil: Pupil) -> Mapping[str, Any]:
    leader = scope_of(User.objects.get(email="leader@fjordby.invalid").pk, MORNING)
    key = uuid4()
    objections.enter(
        *(pupil.pk, DAY),
        key=key,
        source=Source.GUARDIAN_PHONE,
        text="Han var her.",
        scope=leader,
        now=MORNING,
    )
    return {"pupil_uuid": pupil.uuid, "objection_uuid": key}


def completed(school: School) -> Mapping[str, Any]:
    """A quarter of the school that somebody has completed."""
    leader = scope_of(User.objects.get(email="leader@fjordby.invalid").pk, MORNING)
    summer = Period(date(2025, 7, 1), date(2025, 8, 1))
    made = closing.standing([school.pk], summer).get(school.pk) or closing.close(
        *(school.pk, summer), seen_gaps=0, scope=leader, today=DAY, clock=time(8), now=MORNING
    )
    return {"school_id": school.pk, "closing_uuid": made.uuid}


COMPLETED = About(
    own=lambda stage: completed(stage.cast.school),
    foreign=lambda stage: completed(stage.cast.other_school),
    missing=lambda stage: {"school_id": stage.cast.school.pk, "closing_uuid": UUID(int=1)},
)


PLAN = About(
    own=lambda stage: {"unit": f"school-{stage.cast.school.pk}"},
    foreign=lambda stage: {"unit": f"school-{stage.cast.other_school.pk}"},
    missing=lambda stage: {"unit": "school-999999"},
)
PLANNING = frozenset({R.SECRETARY, R.LEADER, R.AREA_MANAGER, R.SOCIAL_MANAGER, R.CHIEF})
PROPOSING = frozenset({R.AREA_MANAGER, R.SOCIAL_MANAGER, R.CHIEF})
SPAN = {"since": DAY, "kind": "close", "reason": "Lejrskole"}


def proposed(stage: Stage) -> Mapping[str, Any]:
    """A change of the municipality's plan that somebody else has proposed."""
    wishes = {DAY: Rule(True, "Lejrskole")}
    found = plan.changes(stage.cast.year, plan.MUNICIPALITY, wishes)
    manager = scope_of(stage.cast.area_manager.pk, MORNING)
    made = plan.change(
        *(stage.cast.year, plan.MUNICIPALITY, wishes),
        seen=plan.fingerprint(found),
        scope=manager,
        now=MORNING,
    )
    return {"change_uuid": made.uuid}


PROPOSAL = About(
    own=proposed,
    # The municipality's plan is everybody's.
    foreign=proposed,
    missing=lambda stage: {"change_uuid": UUID(int=1)},
)


# A municipality's texts are read by those who see figures only, a school's by its own people.
MUNICIPAL_TEXTS = frozenset({R.AREA_MANAGER, R.CHIEF})
WORDS = {"body": "Dit barn er ikke mødt i dag. Hilsen {school}"}


def text_of(school: Callable[[Stage], School], **parts: str) -> Parts:
    return lambda stage: {"unit": f"school-{school(stage).pk}", **parts}


def texts_about(**parts: str) -> About:
    return About(
        own=text_of(lambda stage: stage.cast.school, **parts),
        foreign=text_of(lambda stage: stage.cast.other_school, **parts),
        missing=lambda stage: {"unit": "school-999999", **parts},
    )


def worded(stage: Stage, school: School | None) -> Mapping[str, Any]:
    """A wording somebody else has proposed, of the school or with none the municipality."""
    unit = texts.Unit(stage.cast.municipality.pk, school.pk if school else None)
    proposer = scope_of((stage.cast.secretary if school else stage.cast.area_manager).pk, MORNING)
    made = texts.propose(unit, "absence_neutral", "da", WORDS["body"], proposer, MORNING)
    return {"unit": f"school-{school.pk}" if school else "municipality", "version_id": made.pk}


WORDED = About(
    own=lambda stage: worded(stage, stage.cast.school),
    foreign=lambda stage: worded(stage, stage.cast.other_school),
    missing=lambda stage: {"unit": f"school-{stage.cast.school.pk}", "version_id": 999_999},
)


def days_history(about: About) -> About:
    """The same pupils, on the default day."""
    return About(
        own=lambda stage: {**about.own(stage), "day": DAY},
        foreign=lambda stage: {**about.foreign(stage), "day": DAY},
        missing=lambda stage: {**about.missing(stage), "day": DAY},
        reach_all=about.reach_all,
    )


CERTIFICATE = About(
    own=lambda stage: certificate(stage.cast.pupils[0]),
    foreign=lambda stage: certificate(stage.cast.others[0]),
    missing=lambda stage: {"pupil_uuid": stage.cast.pupils[0].uuid, "certificate_uuid": UUID(int=1)},
    reach_all=frozenset(),
)
OBJECTION = About(
    own=lambda stage: objection(stage.cast.pupils[0]),
    foreign=lambda stage: objection(stage.cast.others[0]),
    missing=lambda stage: {"pupil_uuid": stage.cast.pupils[0].uuid, "objection_uuid": UUID(int=1)},
    reach_all=frozenset(),
)

MESSAGE = About(
    own=lambda stage: {"message_id": messaging.about(stage.cast.pupils[0]).pk},
    foreign=lambda stage: {"message_id": messaging.about(stage.cast.others[0]).pk},
    missing=lambda stage: {"message_id": UUID(int=1)},
    reach_all=frozenset(),
)

STANDING_IN = About(
    own=lambda stage: stood_in(stage, stage.cast.class_2a),
    foreign=lambda stage: stood_in(stage, stage.cast.other_class),
    missing=lambda stage: {"grant_id": 999_999},
)

LETTER = About(
    own=lambda stage: {"letter_uuid": lettering.draft_of(stage.cast.pupils[0], stage.cast.school).uuid},
    foreign=lambda stage: {
        "letter_uuid": lettering.draft_of(stage.cast.others[0], stage.cast.other_school).uuid
    },
    missing=lambda stage: {"letter_uuid": UUID(int=1)},
    # She agrees to wordings and sees no letter.
    reach_all=frozenset(),
)
SIGNED_LETTER = About(
    own=lambda stage: {"letter_uuid": lettering.signed_of(stage.cast.pupils[0], stage.cast.school).uuid},
    foreign=lambda stage: {
        "letter_uuid": lettering.signed_of(stage.cast.others[0], stage.cast.other_school).uuid
    },
    missing=lambda stage: {"letter_uuid": UUID(int=1)},
    reach_all=frozenset(),
)
REFERRAL = About(
    own=lambda stage: {"referral_uuid": lettering.referral_of(stage.cast.pupils[0], stage.cast.school).uuid},
    foreign=lambda stage: {
        "referral_uuid": lettering.referral_of(stage.cast.others[0], stage.cast.other_school).uuid
    },
    missing=lambda stage: {"referral_uuid": UUID(int=1)},
    reach_all=frozenset(),
)
# Where a leader and the office work, and those who take part in the pupil's case.
LETTERS_READ = frozenset({R.SECRETARY, R.LEADER, R.INCLUSION, R.SOCIAL_WORKER, R.CONSULTANT, R.PSYCHOLOGIST})
LETTERS_DRAFT = frozenset({R.SECRETARY, R.LEADER, R.INCLUSION, R.PSYCHOLOGIST})
LETTER_TEXTS = frozenset({R.LEADER, R.AREA_MANAGER, R.CHIEF})


def keyed(stage: Stage) -> Mapping[str, Any]:
    """A form that lacks everything but its key."""
    return {"key": uuid4()}


def file_in(case: Mapping[str, Any]) -> Mapping[str, Any]:
    """A file in the case that is not there any more."""
    return {**case, "document_uuid": lettering.lost_file(case["case_uuid"]).uuid}


FILE = About(
    own=lambda stage: file_in(CASE.own(stage)),
    foreign=lambda stage: file_in(CASE.foreign(stage)),
    missing=lambda stage: {**CASE.own(stage), "document_uuid": UUID(int=1)},
)

CONTROLLING = frozenset({R.CONTROLLER})
EMERGENCIES = frozenset({R.LEADER, R.SOCIAL_WORKER, R.SOCIAL_LEADER, R.PSYCHOLOGIST})
ANSWERING_FOR = frozenset({R.SOCIAL_LEADER, R.AREA_MANAGER, R.SOCIAL_MANAGER, R.CHIEF, R.CONTROLLER})
EMERGENCY = About(
    own=lambda stage: emergency_of(stage, told=True),
    foreign=lambda stage: emergency_of(stage, told=False),
    missing=lambda stage: {"emergency_uuid": UUID(int=1)},
    # Whoever else was not told of it has nothing to answer.
    reach_all=frozenset({R.CONTROLLER}),
)

CONTROLLING = frozenset({R.CONTROLLER})
ANSWERING_SAMPLES = frozenset({R.LEADER, R.SOCIAL_LEADER})
LOOKING_THROUGH = ANSWERING_SAMPLES | {R.PSYCHOLOGIST}
SAMPLE = About(
    own=lambda stage: {"sample_uuid": checking.sample_of(stage.cast.school, stage.cast.pupils[0])},
    foreign=lambda stage: {"sample_uuid": checking.sample_of(stage.cast.other_school, stage.cast.others[0])},
    missing=lambda stage: {"sample_uuid": UUID(int=1)},
    reach_all=CONTROLLING,
)
HIT = About(
    own=lambda stage: {"hit_uuid": checking.hit_of(stage.cast.mette)},
    foreign=lambda stage: {"hit_uuid": checking.hit_of(stage.cast.stranger)},
    missing=lambda stage: {"hit_uuid": UUID(int=1)},
    reach_all=CONTROLLING,
)

INSIGHT = About(
    own=lambda stage: {"insight_uuid": checking.insight_of(stage.cast.pupils[0], stage.cast.school)},
    foreign=lambda stage: {
        "insight_uuid": checking.insight_of(stage.cast.others[0], stage.cast.other_school)
    },
    missing=lambda stage: {"insight_uuid": UUID(int=1)},
    reach_all=CONTROLLING,
)
HANDED_OUT = About(
    own=lambda stage: {
        "insight_uuid": checking.insight_of(stage.cast.pupils[0], stage.cast.school, released=True),
        "kind": "pdf",
    },
    foreign=lambda stage: {
        "insight_uuid": checking.insight_of(stage.cast.others[0], stage.cast.other_school, released=True),
        "kind": "pdf",
    },
    missing=lambda stage: {"insight_uuid": UUID(int=1), "kind": "pdf"},
    reach_all=CONTROLLING,
)

TABLE: dict[str, list[Ask]] = {
    # On to the first page; everybody has one.
    "home": [Ask(EVERYONE, answers=302)],
    # One's own roles alone can be chosen; another is as good as none.
    "role": [
        Ask(frozenset({R.TEACHER}), "POST", answers=302, refused=404, data=lambda stage: {"role": "teacher"})
    ],
    # One proves oneself for oneself; without one's second factor the page asks again, and what waits is one's own alone.
    "confirm": [Ask(EVERYONE), Ask(EVERYONE, "POST", answers=422)],
    "account": [Ask(EVERYONE)],
    "account-session": [Ask(EVERYONE), Ask(EVERYONE, "POST")],
    "account-end": [Ask(EVERYONE, "POST", answers=303)],
    # Shown once, after they were made.
    "account-codes": [Ask(EVERYONE, answers=302)],
    # What one proves oneself with is changed where one signs in with a password of ours; these come by another way.
    "account-add": [Ask(EVERYONE, answers=404), Ask(EVERYONE, "POST", answers=404)],
    "account-remove": [Ask(EVERYONE, "POST", answers=404)],
    "account-codes-new": [Ask(EVERYONE, "POST", answers=404)],
    "account-password": [Ask(EVERYONE, answers=404), Ask(EVERYONE, "POST", answers=404)],
    "confirm-send": [Ask(EVERYONE, answers=404, path=lambda stage: {"key": "nothing"})],
    "absence:today": [Ask(REGISTERING)],
    "absence:register": [
        Ask(REGISTERING, about=REGISTER),
        Ask(REGISTERING, "POST", answers=303, about=REGISTER, data=marks),
    ],
    "absence:class": [Ask(CLASSES, about=CLASS)],
    # Nothing was saved yet: on to the register.
    "absence:receipt": [Ask(REGISTERING, answers=302, about=REGISTER)],
    "substitutes": [
        Ask(OFFICE),
        Ask(
            OFFICE,
            "POST",
            answers=303,
            data=lambda stage: {
                "person": stage.cast.mette.email,
                "day": DAY.isoformat(),
                "reason": "Syg kollega",
                "classes": [stage.cast.class_7b.pk],
            },
        ),
    ],
    "substitutes-withdraw": [Ask(OFFICE, "POST", answers=303, about=STANDING_IN)],
    # The municipality has one of each; nothing of it is a stranger's.
    "keeping:kinds": [Ask(CONTROLLING)],
    "keeping:kind": [
        Ask(CONTROLLING, path=lambda stage: {"kind": "cases.case"}),
        Ask(
            CONTROLLING,
            "POST",
            answers=422,
            path=lambda stage: {"kind": "cases.case"},
            data=lambda stage: {"months": "12"},
        ),
    ],
    "keeping:holds": [Ask(CONTROLLING), Ask(CONTROLLING, "POST", answers=422)],
    "keeping:hold": [Ask(CONTROLLING, "POST", answers=303, path=a_hold)],
    "keeping:batch": [
        Ask(CONTROLLING, path=a_batch),
        Ask(CONTROLLING, "POST", answers=303, path=a_batch),
    ],
    "keeping:term": [Ask(CONTROLLING, "POST", answers=303, path=a_term)],
    # What nobody has opened cannot be gone on with, and a form without anything opens nobody.
    "emergency": [Ask(EMERGENCIES), Ask(EMERGENCIES, "POST", answers=422)],
    "emergency-go-on": [Ask(EMERGENCIES, "POST", answers=303)],
    "emergency-end": [Ask(EMERGENCIES, "POST", answers=303)],
    "emergencies": [Ask(ANSWERING_FOR, path=a_use)],
    "emergencies-one": [
        Ask(ANSWERING_FOR, about=EMERGENCY),
        Ask(ANSWERING_FOR, "POST", answers=303, about=EMERGENCY, data=lambda stage: {"justified": "yes"}),
    ],
    "access": [Ask(frozenset({R.ACCESS_ADMIN}))],
    # The form asks again for what it was not told.
    "access-propose": [
        Ask(LEADING | {R.ACCESS_ADMIN}),
        Ask(LEADING | {R.ACCESS_ADMIN}, "POST", answers=422),
    ],
    "access-approve": [Ask(frozenset({R.ACCESS_ADMIN}), "POST", answers=303, about=PROPOSED)],
    "access-refuse": [Ask(frozenset({R.ACCESS_ADMIN}), "POST", answers=303, about=PROPOSED)],
    "access-revoke": [
        Ask(
            frozenset({R.ACCESS_ADMIN}),
            "POST",
            answers=303,
            about=IN_FORCE,
            data=lambda stage: {"because": "no_need"},
        )
    ],
    "access-links": [
        Ask(frozenset({R.ACCESS_ADMIN}), path=one_link),
        Ask(frozenset({R.ACCESS_ADMIN}), "POST", answers=422, path=one_link),
    ],
    "access-links-approve": [Ask(frozenset({R.ACCESS_ADMIN}), "POST", answers=303, path=a_link)],
    "access-links-withdraw": [Ask(frozenset({R.ACCESS_ADMIN}), "POST", answers=303, path=a_link)],
    "access-lend": [Ask(MANAGING | {R.CHIEF}), Ask(MANAGING | {R.CHIEF}, "POST", answers=422)],
    # What one has not lent oneself is nothing of hers.
    "access-lend-end": [
        Ask(MANAGING | {R.CHIEF}, "POST", answers=404, path=lambda stage: in_force(stage.cast.school))
    ],
    "access-review": [Ask(MANAGING | {R.CONTROLLER, R.ACCESS_ADMIN})],
    "access-review-answer": [Ask(MANAGING, "POST", answers=303, data=lambda stage: {"do": "all"})],
    "access-related": [Ask(EVERYONE), Ask(EVERYONE, "POST", answers=422)],
    "access-blocks": [
        Ask(LEADING | {R.ACCESS_ADMIN}, path=one_blocked),
        Ask(LEADING | {R.ACCESS_ADMIN}, "POST", answers=422, path=one_blocked),
    ],
    "access-blocks-lift": [Ask(LEADING | {R.ACCESS_ADMIN}, "POST", answers=303, about=BLOCKED)],
    # A search without anything finds nobody.
    "oversight:log": [
        Ask(CONTROLLING),
        Ask(CONTROLLING, "POST", answers=422, data=lambda stage: {"child": "x"}),
    ],
    "oversight:hits": [Ask(CONTROLLING)],
    "oversight:hit": [
        Ask(CONTROLLING, "POST", answers=303, about=HIT, data=lambda stage: {"verdict": "fine"})
    ],
    "oversight:samples": [Ask(ANSWERING_SAMPLES)],
    "oversight:sample": [
        Ask(
            ANSWERING_SAMPLES,
            "POST",
            answers=303,
            about=SAMPLE,
            data=lambda stage: {"needed": "yes", "remark": "task"},
        )
    ],
    "oversight:sample-settle": [
        Ask(CONTROLLING, "POST", answers=303, about=SAMPLE, data=lambda stage: {"verdict": "talk"})
    ],
    "oversight:looked": [Ask(ANSWERING_SAMPLES | CONTROLLING, about=replace(HISTORY, reach_all=CONTROLLING))],
    "oversight:why": [Ask(READING_HISTORY, about=HISTORY)],
    "oversight:insights": [Ask(LOOKING_THROUGH | CONTROLLING)],
    "oversight:insight-ask": [
        Ask(LOOKING_THROUGH, about=HISTORY),
        Ask(LOOKING_THROUGH, "POST", answers=303, about=HISTORY, data=lambda stage: {"guardian": "child"}),
    ],
    "oversight:insight": [
        Ask(LOOKING_THROUGH, about=INSIGHT),
        Ask(LOOKING_THROUGH, "POST", answers=303, about=INSIGHT),
    ],
    "oversight:insight-release": [Ask(CONTROLLING, "POST", answers=303, about=INSIGHT)],
    "oversight:insight-file": [Ask(CONTROLLING, about=HANDED_OUT)],
    "absence:row": [Ask(REGISTERING, "POST", answers=303, about=SAVED, data=one_mark)],
    # Nothing was corrected yet, and a key of nothing is nothing of ours.
    "absence:undo": [
        Ask(REGISTERING, "POST", answers=400, about=REGISTER, data=lambda stage: {"key": str(uuid4())})
    ],
    "absence:board": [Ask(OFFICE)],
    # One's own classes alone are reminded; others are as good as none.
    "absence:board-remind": [
        Ask(
            OFFICE,
            "POST",
            answers=303,
            data=lambda stage: {"one": f"{stage.cast.class_7b.pk}-1"},
        )
    ],
    "absence:known": [Ask(KNOWING)],
    "absence:known-enter": [Ask(KNOWING, "POST", answers=303, data=entry)],
    "absence:known-find": [Ask(KNOWING, "POST", data=lambda stage: {"who": "Aksel"})],
    "absence:known-preview": [
        Ask(KNOWING, "POST", data=lambda stage: {"pupil": stage.cast.pupils[0].uuid, "since": "10-3"})
    ],
    "absence:known-one": [Ask(KNOWING, about=REQUEST), Ask(KNOWING, about=KNOWN)],
    "absence:known-end": [
        Ask(KNOWING, "POST", answers=303, about=KNOWN, data=lambda stage: {"last": "12-03-2026"})
    ],
    "absence:known-withdraw": [Ask(KNOWING, "POST", answers=303, about=KNOWN)],
    "absence:known-undo": [Ask(KNOWING, "POST", answers=303, about=KNOWN)],
    "absence:known-import": [
        Ask(OFFICE),
        # A file that says too little.
        Ask(OFFICE, "POST", answers=422, data=lambda stage: {"content": "eA=="}),
    ],
    "absence:activity": [
        Ask(KNOWING),
        Ask(
            KNOWING,
            "POST",
            answers=303,
            data=lambda stage: {
                "key": uuid4(),
                "text": "Tur",
                "since": "11-03-2026",
                "classes": [stage.cast.class_7b.pk],
            },
        ),
    ],
    "absence:leave": [Ask(KNOWING)],
    # The matrix lets a teacher grant a day, a leader more, and the office none.
    "absence:leave-grant": [
        Ask(
            frozenset({R.TEACHER, R.LEADER}),
            "POST",
            answers=303,
            data=lambda stage: {"request": knowing.request_of(stage.cast.pupils[3])},
        )
    ],
    "absence:leave-decide": [
        Ask(
            frozenset({R.TEACHER, R.LEADER}),
            "POST",
            answers=303,
            about=REQUEST,
            data=lambda stage: {"decision": "grant"},
        )
    ],
    "absence:contradictions": [Ask(OFFICE)],
    "absence:contradiction-mend": [
        Ask(
            OFFICE,
            "POST",
            answers=303,
            data=lambda stage: {"kept": knowing.contradiction_of(stage.cast.pupils[2], stage.cast.school.pk)},
        )
    ],
    "absence:contradiction-reopen": [Ask(OFFICE, "POST", answers=303, about=KEPT)],
    "absence:arrangements": [Ask(OFFICE, answers=302)],
    "absence:arrangement": [Ask(OFFICE, about=SCHOOL)],
    "absence:arrangement-change": [
        Ask(frozenset({R.LEADER}), "POST", answers=302, about=SCHOOL, data=lambda stage: CHOICES)
    ],
    "absence:arrangement-add-reason": [
        Ask(
            frozenset({R.LEADER}),
            "POST",
            answers=302,
            about=SCHOOL,
            data=lambda stage: {
                "code": "TAND",
                "name": "Tandlæge",
                "reason": "1",
                "valid_from": "2026-03-10",
            },
        )
    ],
    "absence:arrangement-end-reason": [Ask(frozenset({R.LEADER}), "POST", answers=302, about=LOCAL_REASON)],
    "absence:words": [Ask(frozenset({R.CHIEF}))],
    "absence:words-add": [
        Ask(
            frozenset({R.CHIEF}),
            "POST",
            answers=303,
            data=lambda stage: {
                "code": "SPEC",
                "name": "Speciallæge",
                "reason": "1",
                "valid_from": "2026-03-10",
            },
        )
    ],
    "absence:words-end": [Ask(frozenset({R.CHIEF}), "POST", answers=303, path=municipal_reason)],
    "absence:cpr": [
        Ask(HAVING_CPR, about=CPR),
        Ask(HAVING_CPR, "POST", about=CPR, data=lambda stage: {"reason": "identify"}),
    ],
    "absence:cpr-look-up": [
        Ask(HAVING_CPR),
        Ask(HAVING_CPR, "POST", data=lambda stage: {"number": "010101-1234"}),
    ],
    "absence:history": [Ask(READING_HISTORY, about=HISTORY)],
    # Nobody here has been ill for two weeks: they are told so.
    "absence:certificate-ask": [Ask(OFFICE, "POST", answers=422, about=HISTORY)],
    "absence:certificate": [Ask(OFFICE, "POST", answers=303, about=CERTIFICATE)],
    "absence:objection": [
        Ask(OFFICE | {R.TEACHER}, about=days_history(HISTORY)),
        Ask(
            OFFICE | {R.TEACHER},
            "POST",
            answers=303,
            about=days_history(HISTORY),
            data=lambda stage: {"key": uuid4(), "source": "2", "text": "Hun var til tandlæge."},
        ),
    ],
    "absence:objection-answer": [
        Ask(frozenset({R.LEADER}), about=OBJECTION),
        Ask(
            frozenset({R.LEADER}),
            "POST",
            answers=303,
            about=OBJECTION,
            data=lambda stage: {"text": "Registeret er rettet."},
        ),
    ],
    "absence:calendar-proposal": [
        Ask(frozenset({R.CHIEF}), about=PROPOSAL),
        Ask(frozenset({R.CHIEF}), "POST", answers=303, about=PROPOSAL),
    ],
    "absence:calendar": [Ask(PLANNING)],
    "absence:calendar-unit": [Ask(PLANNING, about=PLAN)],
    "absence:calendar-preview": [Ask(OFFICE, "POST", about=PLAN, data=lambda stage: SPAN)],
    "absence:calendar-save": [
        Ask(
            OFFICE,
            "POST",
            # Somebody else has changed the day since: the effect is shown anew.
            answers=409,
            about=PLAN,
            data=lambda stage: {"days": f"{DAY};;lukket;Lejrskole", "seen": "other"},
        )
    ],
    "absence:calendar-preview-municipal": [Ask(PROPOSING, "POST", data=lambda stage: SPAN)],
    "absence:calendar-propose": [
        Ask(
            PROPOSING,
            "POST",
            answers=409,
            data=lambda stage: {"days": f"{DAY};;lukket;Lejrskole", "seen": "other"},
        )
    ],
    "absence:completion": [Ask(OFFICE | {R.AREA_MANAGER, R.CHIEF})],
    "absence:completion-school": [Ask(OFFICE, about=SCHOOL)],
    # The quarter is not over yet.
    "absence:completion-close": [
        Ask(frozenset({R.LEADER}), "POST", answers=422, about=SCHOOL, data=lambda stage: {"gaps": "0"})
    ],
    "absence:completion-reopen": [
        Ask(
            frozenset({R.LEADER}),
            "POST",
            answers=303,
            about=COMPLETED,
            data=lambda stage: {"reason": "En fejl er fundet."},
        )
    ],
    "cases:cases": [Ask(READING_CASES)],
    "cases:unsaid": [Ask(frozenset({R.LEADER, R.INCLUSION, R.SOCIAL_WORKER, R.SOCIAL_LEADER}))],
    "cases:classes": [Ask(WATCHING_CLASSES)],
    "cases:cluster": [Ask(WATCHING_CLASSES, about=CLUSTER)],
    "cases:effort-begin": [
        Ask(WORKING_WITH_CLASSES, about=CLASS_BEGUN),
        # Nothing is written: the page comes back.
        Ask(
            WORKING_WITH_CLASSES, "POST", answers=422, about=CLASS_BEGUN, data=lambda stage: {"key": uuid4()}
        ),
    ],
    "cases:effort": [Ask(WATCHING_CLASSES, about=EFFORT)],
    "cases:effort-entry": [
        Ask(
            WORKING_WITH_CLASSES,
            "POST",
            answers=302,
            about=EFFORT,
            data=lambda stage: {"key": uuid4(), "kind": "trial", "day": DAY, "text": "Faste pladser."},
        )
    ],
    "cases:effort-end": [
        Ask(
            WORKING_WITH_CLASSES,
            "POST",
            answers=302,
            about=EFFORT,
            data=lambda stage: {"outcome": "Bedre.", "follow_up_on": DAY},
        )
    ],
    "cases:counting": [Ask(COUNTING)],
    "cases:count": [Ask(COUNTING, "POST", answers=302)],
    # A count is of everybody and nobody's in particular.
    "cases:recount": [Ask(COUNTING, answers=404, path=lambda stage: {"recount_uuid": uuid4()})],
    "cases:worklist": [Ask(LISTING)],
    "cases:keep": [
        Ask(LISTING, "POST", answers=303, data=lambda stage: {"name": "Mine", "query": "view=mine"})
    ],
    "cases:forget": [Ask(LISTING, "POST", answers=404, path=kept_list)],
    "cases:bulk": [
        # Nobody was chosen: back to the list.
        Ask(LISTING, answers=303, query={"what": "assign"}),
        Ask(WORKING, answers=303, query={"what": "discussed"}),
        Ask(
            WORKING,
            "POST",
            answers=303,
            data=lambda stage: {
                "what": "discussed",
                "pupil": casework.crossing_of(stage.cast.pupils[1]).pupil.uuid,
                "held_on": DAY,
                "domain": "school",
                "key": uuid4(),
            },
        ),
    ],
    "cases:bulk-undo": [Ask(WORKING, "POST", answers=303, data=lambda stage: {"key": uuid4()})],
    "cases:meeting-sheet": [Ask(LISTING, answers=303)],
    "cases:pupil": [Ask(LISTING, about=LISTED)],
    "cases:work-agree": [
        Ask(
            WORKING,
            "POST",
            # Somebody has to be responsible.
            answers=422,
            about=LISTED,
            data=lambda stage: {"deed": "call", "due_on": DAY, "domain": "school", "key": uuid4()},
        )
    ],
    "cases:work-settle": [
        Ask(WORKING, "POST", answers=303, about=AGREED, data=lambda stage: {"kept": "kept"})
    ],
    "cases:work-snooze": [
        Ask(
            WORKING,
            "POST",
            answers=303,
            about=LISTED,
            data=lambda stage: {
                "reason": "bereavement",
                "until": DAY + timedelta(days=7),
                "key": uuid4(),
            },
        )
    ],
    "cases:work-wake": [Ask(WORKING, "POST", answers=303, about=LISTED)],
    "cases:work-contact": [
        Ask(
            WORKING,
            "POST",
            answers=303,
            about=LISTED,
            data=lambda stage: {"kind": "phone", "held_on": DAY, "domain": "school", "key": uuid4()},
        )
    ],
    "cases:work-assign": [
        Ask(LISTING, "POST", answers=303, about=LISTED, data=lambda stage: {"key": uuid4()})
    ],
    "cases:concerns": [
        Ask(frozenset({R.TEACHER, R.LEADER, R.INCLUSION})),
        Ask(frozenset({R.TEACHER}), "POST", answers=422, data=lambda stage: {"key": uuid4()}),
    ],
    "cases:concern-answer": [
        Ask(
            frozenset({R.LEADER, R.INCLUSION}),
            "POST",
            answers=303,
            about=CONCERN,
            data=lambda stage: {"answer": "taken"},
        )
    ],
    "cases:rules": [Ask(RULES, path=lambda stage: ruling.ready(stage.cast.school))],
    "cases:rule": [Ask(RULES, about=RULE)],
    # A first answer to a form is whom the rule would catch.
    "cases:rule-new": [
        Ask(RULES - {R.SOCIAL_LEADER}),
        Ask(RULES - {R.SOCIAL_LEADER}, "POST", data=lambda stage: ruling.typed(stage.cast.school)),
    ],
    "cases:rule-change": [
        Ask(RULES - {R.SOCIAL_LEADER}, about=RULE),
        Ask(
            RULES - {R.SOCIAL_LEADER}, "POST", about=RULE, data=lambda stage: ruling.typed(stage.cast.school)
        ),
    ],
    "cases:rule-end": [
        Ask(RULES - {R.SOCIAL_LEADER}, about=RULE),
        Ask(RULES - {R.SOCIAL_LEADER}, "POST", about=RULE, data=lambda stage: ruling.FROM),
    ],
    # The municipality's own rules are not a school leader's to change.
    "cases:rule-set": [
        Ask(RULES - {R.SOCIAL_LEADER, R.LEADER}, path=lambda stage: {"code": "bornholm"}),
        Ask(
            RULES - {R.SOCIAL_LEADER, R.LEADER},
            "POST",
            path=lambda stage: {"code": "bornholm"},
            data=lambda stage: ruling.FROM,
        ),
    ],
    "cases:rule-proposal": [Ask(RULES, about=PROPOSED_RULE)],
    "cases:rule-decide": [
        Ask(
            frozenset({R.AREA_MANAGER, R.CHIEF}),
            "POST",
            answers=302,
            about=PROPOSED_RULE,
            data=lambda stage: {"decision": "refuse"},
        )
    ],
    "cases:rule-withdraw": [
        Ask(RULES - {R.SOCIAL_LEADER}, "POST", answers=302, about=DECIDED_RULE),
    ],
    "cases:open": [
        Ask(
            frozenset({R.LEADER, R.INCLUSION, R.SOCIAL_WORKER}),
            "POST",
            answers=302,
            # About somebody new, so that there is no case yet, the first time it is asked and the second.
            data=lambda stage: {
                "crossing": casework.crossing_of(
                    factories.pupils(["Ny Elev"], in_class=stage.cast.class_7b)[0]
                ).uuid
            },
        )
    ],
    "cases:case": [Ask(READING_CASES, about=CASE)],
    "cases:note": [
        Ask(
            CASEWORK - {R.SOCIAL_LEADER},
            "POST",
            answers=302,
            about=CASE,
            data=lambda stage: {"seen": 1, "key": uuid4(), "text": "Talt med hjemmet.", "domain": "school"},
        )
    ],
    "cases:close": [
        Ask(
            CASEWORK - {R.INCLUSION, R.CONSULTANT},
            "POST",
            answers=302,
            about=CASE,
            data=lambda stage: {"seen": 1, "outcome": "better"},
        )
    ],
    "cases:reopen": [
        Ask(
            CASEWORK - {R.INCLUSION, R.CONSULTANT},
            "POST",
            answers=302,
            about=CLOSED_CASE,
            data=lambda stage: {"seen": 2},
        )
    ],
    "cases:duties": [Ask(OFFICE)],
    # Nobody has reached the limit: back to the list, which says so.
    "cases:letter-draft": [
        Ask(
            LETTERS_DRAFT,
            "POST",
            answers=303,
            data=lambda stage: {
                "key": uuid4(),
                "pupil": stage.cast.pupils[0].uuid,
                "kind": "warning",
                "quarter": "2026K1",
            },
        )
    ],
    "cases:letter": [Ask(LETTERS_READ, about=LETTER)],
    "cases:letter-pdf": [Ask(LETTERS_READ, about=LETTER)],
    # Somebody changed it meanwhile.
    "cases:letter-edit": [
        Ask(
            LETTERS_DRAFT,
            "POST",
            answers=409,
            about=LETTER,
            data=lambda stage: {"seen": "9", "subject": "Hej {fornavn}", "body": lettering.BODY},
        )
    ],
    "cases:letter-sign": [
        Ask(frozenset({R.LEADER}), "POST", answers=409, about=LETTER, data=lambda stage: {"seen": "9"})
    ],
    "cases:letter-send": [
        Ask(
            LETTERS_DRAFT,
            "POST",
            answers=409,
            about=LETTER,
            data=lambda stage: {"seen": "9", "how": "post", "sent_on": DAY},
        )
    ],
    "cases:letter-withdraw": [
        Ask(
            LETTERS_DRAFT,
            "POST",
            answers=409,
            about=LETTER,
            data=lambda stage: {"seen": "9", "because": "Nej."},
        )
    ],
    "cases:letter-uphold": [
        Ask(
            frozenset({R.LEADER}),
            "POST",
            answers=409,
            about=SIGNED_LETTER,
            data=lambda stage: {"seen": "9", "because": "Ja."},
        )
    ],
    "cases:offers": [Ask(LETTER_TEXTS | {R.SOCIAL_MANAGER})],
    "cases:offer-add": [Ask(frozenset({R.CHIEF}), "POST", answers=422, data=keyed)],
    "cases:offer-change": [
        Ask(frozenset({R.CHIEF}), "POST", answers=422, data=keyed, path=lambda stage: {"code": "ssp"})
    ],
    "cases:offer-end": [
        Ask(frozenset({R.CHIEF}), "POST", answers=422, data=keyed, path=lambda stage: {"code": "ssp"})
    ],
    "cases:letter-texts": [Ask(LETTER_TEXTS)],
    "cases:letter-text": [Ask(LETTER_TEXTS, path=lambda stage: {"kind": "warning", "language": "da"})],
    "cases:letter-text-propose": [
        Ask(
            LETTER_TEXTS - {R.CHIEF},
            "POST",
            answers=303,
            path=lambda stage: {"kind": "warning", "language": "da"},
            data=lambda stage: {"key": uuid4(), "subject": "Hej {fornavn}", "body": lettering.BODY},
        )
    ],
    "cases:letter-text-decide": [
        Ask(
            frozenset({R.CHIEF}),
            "POST",
            answers=303,
            path=lambda stage: {"text_uuid": lettering.proposed_text(stage.cast.area_manager).uuid},
            data=lambda stage: {"answer": "agree"},
        )
    ],
    "cases:referrals": [Ask(frozenset({R.SOCIAL_WORKER, R.SOCIAL_LEADER}))],
    "cases:referral": [Ask(frozenset({R.SOCIAL_WORKER, R.SOCIAL_LEADER}), about=REFERRAL)],
    "cases:referral-receive": [
        Ask(frozenset({R.SOCIAL_WORKER, R.SOCIAL_LEADER}), "POST", answers=303, about=REFERRAL)
    ],
    # Nobody has acknowledged it yet.
    "cases:referral-decide": [
        Ask(
            frozenset({R.SOCIAL_WORKER, R.SOCIAL_LEADER}),
            "POST",
            answers=409,
            about=REFERRAL,
            data=lambda stage: {"seen": "0"},
        )
    ],
    # The leader of the social workers takes part in no case herself.
    "cases:papers": [Ask(CASEWORK - {R.SOCIAL_LEADER}, about=CASE)],
    "cases:document-add": [Ask(CASEWORK - {R.SOCIAL_LEADER}, "POST", answers=422, about=CASE, data=keyed)],
    # The file is gone: the page says so.
    "cases:document": [Ask(CASEWORK - {R.SOCIAL_LEADER}, answers=410, about=FILE)],
    "cases:document-remove": [
        # Those who may not are told so.
        Ask(CASEWORK - {R.SOCIAL_LEADER}, "POST", answers=303, about=FILE),
    ],
    "cases:merge": [
        # There is no older case.
        Ask(
            CASEWORK - {R.INCLUSION, R.CONSULTANT},
            "POST",
            answers=409,
            about=CASE,
            data=lambda stage: {
                "older": casework.case_of(stage.cast.pupils[0], stage.by_role).uuid,
                "seen": 1,
            },
        )
    ],
    "cases:asked": [Ask(READING_CASES)],
    "cases:team": [Ask(READING_CASES, about=CASE)],
    # Nobody was chosen.
    "cases:refer": [Ask(REFERRING, "POST", answers=422, about=CASE, data=lambda stage: {"seen": 1})],
    "cases:take-back": [
        Ask(REFERRING, "POST", answers=422, about=about_step("refer"), data=lambda stage: {"seen": 1})
    ],
    "cases:discuss": [
        Ask(
            frozenset({R.CHIEF, R.PSYCHOLOGIST}),
            "POST",
            answers=422,
            about=about_step("refer"),
            data=lambda stage: {"seen": 1, "key": uuid4()},
        )
    ],
    "cases:activate": [
        Ask(frozenset({R.CHIEF, R.PSYCHOLOGIST}), "POST", answers=302, about=about_step("activate"))
    ],
    "cases:step-down": [
        # It is no case of the absence team, whatever is said.
        Ask(
            CASEWORK - {R.INCLUSION, R.CONSULTANT},
            "POST",
            answers=409,
            about=CASE,
            data=lambda stage: {"seen": 1, "text": "Nej"},
        )
    ],
    "cases:hand-over": [Ask(READING_CASES, about=CASE)],
    "cases:offer": [
        Ask(HANDING_OVER, "POST", answers=422, about=CASE, data=lambda stage: {"seen": 1, "key": uuid4()})
    ],
    "cases:answer": [
        # Somebody else was asked.
        Ask(ANSWERING, "POST", answers=409, about=OFFERED, data=lambda stage: {"answer": "accept"})
    ],
    "cases:people": [Ask(READING_CASES, about=CASE)],
    "cases:phones": [Ask(PHONING, "POST", about=CASE)],
    "cases:party-add": [
        Ask(LETTING_IN, "POST", answers=302, about=CASE, data=lambda stage: {"unit": "ssp", "name": "Søren"})
    ],
    # Who is responsible cannot be let out.
    "cases:party-end": [Ask(LETTING_IN, "POST", answers=409, about=PARTY)],
    "cases:responsible": [Ask(LETTING_IN, "POST", answers=422, about=CASE, data=lambda stage: {"seen": 1})],
    "cases:timeline": [Ask(READING_CASES, about=CASE)],
    "cases:note-open": [
        Ask(
            CASEWORK - {R.SOCIAL_LEADER},
            "POST",
            about=about_note(domain="school", restricted=True),
            data=lambda stage: {"reason": "safety"},
        )
    ],
    "cases:share": [
        Ask(SHARING, about=about_note(domain="school", restricted=False, kind="note")),
        Ask(SHARING, "POST", answers=422, about=about_note(domain="school", restricted=False, kind="note")),
    ],
    "cases:draft": [Ask(READING_CASES, "POST", about=DRAFT, data=lambda stage: {"text": "Halvt"})],
    "cases:log": [Ask(frozenset({R.LEADER, R.SOCIAL_LEADER}), about=CASE)],
    "cases:print": [Ask(READING_CASES, about=CASE)],
    "cases:plan": [Ask(READING_CASES, about=CASE)],
    "cases:meetings": [Ask(READING_CASES, about=CASE)],
    "cases:evaluation": [Ask(READING_CASES, about=CASE)],
    "cases:plan-write": [
        Ask(
            CASEWORK - {R.SOCIAL_LEADER},
            "POST",
            answers=303,
            about=with_what(CASE, "goal"),
            data=lambda stage: {"key": uuid4(), "text": "Tre dage om ugen", "due_on": "2026-04-01"},
        )
    ],
    "cases:week-plan-decide": [
        Ask(
            frozenset({R.LEADER}),
            "POST",
            answers=303,
            about=with_what(CASE, "week-plan-decide"),
            data=lambda stage: {
                "key": uuid4(),
                "row": casework.week_plan_of(stage.cast.pupils[0], stage.by_role).uuid,
                # One that is granted ends the one before, which costs more.
                "decision": "refuse",
                "answer": "Ikke endnu.",
            },
        )
    ],
    "cases:meetings-write": [
        Ask(
            CASEWORK - {R.SOCIAL_LEADER},
            "POST",
            answers=303,
            about=with_what(CASE, "call"),
            data=lambda stage: {
                "key": uuid4(),
                "kind": "team",
                "day": "2026-03-18",
                "starts": "14:00",
                "ends": "15:00",
                "others": "Bo",
                "domain": "school",
            },
        )
    ],
    "cases:meeting": [Ask(READING_CASES, about=MEETING)],
    "cases:meeting-ics": [Ask(READING_CASES, about=MEETING)],
    "cases:meeting-agenda": [Ask(READING_CASES, about=MEETING)],
    "cases:evaluation-write": [
        Ask(
            CASEWORK - {R.SOCIAL_LEADER},
            "POST",
            answers=303,
            about=with_what(CASE, "attachment"),
            data=lambda stage: {"key": uuid4(), "level": "1", "voice": "school", "said_on": "2026-03-02"},
        )
    ],
    # Whoever takes part in the case, or leads, says whether it holds.
    "cases:follow-up": [
        Ask(
            CASEWORK,
            "POST",
            answers=303,
            about=FOLLOWED_CASE,
            data=lambda stage: {"key": uuid4(), "holds": "yes", "text": "Det holder."},
        )
    ],
    "sms:unexplained": [
        Ask(OFFICE),
        # Nothing was chosen: back to the list.
        Ask(OFFICE, "POST", answers=303),
    ],
    # Only what one has settled oneself a moment ago can be taken back.
    "sms:unexplained-undo": [Ask(OFFICE, "POST", answers=404)],
    "sms:numbers": [Ask(OFFICE)],
    "sms:numbers-mend": [Ask(OFFICE, "POST", answers=404)],
    "sms:inbox": [Ask(OFFICE), Ask(OFFICE, "POST", answers=404)],
    "sms:inbox-reopen": [Ask(OFFICE, "POST", answers=404)],
    "sms:phones": [Ask(OFFICE, about=HISTORY), Ask(OFFICE, "POST", about=HISTORY)],
    "sms:monthly": [Ask(MUNICIPAL_TEXTS)],
    "sms:texts": [Ask(OFFICE | MUNICIPAL_TEXTS)],
    "sms:texts-of": [
        Ask(OFFICE, about=texts_about()),
        Ask(MUNICIPAL_TEXTS, path=lambda stage: {"unit": "municipality"}),
    ],
    "sms:text": [
        Ask(OFFICE, about=texts_about(name="absence_neutral", language="da")),
        Ask(
            MUNICIPAL_TEXTS,
            path=lambda stage: {"unit": "municipality", "name": "absence_neutral", "language": "da"},
        ),
    ],
    "sms:text-propose": [
        Ask(
            OFFICE,
            "POST",
            answers=303,
            about=texts_about(name="absence_neutral", language="da"),
            data=lambda stage: WORDS,
        ),
        Ask(
            frozenset({R.AREA_MANAGER}),
            "POST",
            answers=303,
            path=lambda stage: {"unit": "municipality", "name": "absence_neutral", "language": "da"},
            data=lambda stage: WORDS,
        ),
    ],
    "sms:text-approve": [
        Ask(frozenset({R.LEADER}), "POST", answers=303, about=WORDED),
        Ask(frozenset({R.CHIEF}), "POST", answers=303, path=lambda stage: worded(stage, None)),
    ],
    "sms:text-retire": [
        Ask(frozenset({R.LEADER}), "POST", answers=303, about=WORDED),
        Ask(frozenset({R.CHIEF}), "POST", answers=303, path=lambda stage: worded(stage, None)),
    ],
    "sms:choices": [Ask(OFFICE, answers=302)],
    "sms:choices-of": [Ask(OFFICE, about=SCHOOL)],
    # The effect is shown before anything is saved.
    "sms:choices-change": [
        Ask(frozenset({R.LEADER}), "POST", answers=422, about=SCHOOL, data=lambda stage: SMS_CHOICES)
    ],
    "sms:pause": [Ask(OFFICE, "POST", answers=303, about=SCHOOL)],
    "sms:resume": [Ask(frozenset({R.LEADER}), "POST", answers=303, about=SCHOOL)],
    "sms:today": [Ask(OFFICE)],
    "sms:halts": [Ask(OFFICE)],
    "sms:halts-decide": [
        Ask(
            frozenset({R.LEADER}),
            "POST",
            answers=303,
            about=HALT,
            data=lambda stage: {"decision": "stop", "seen": "9"},
        )
    ],
    "sms:limits": [Ask(frozenset({R.AREA_MANAGER, R.CHIEF}))],
    "sms:limits-change": [
        Ask(
            frozenset({R.CHIEF}),
            "POST",
            answers=422,
            data=lambda stage: {"countries": "45", "keeps_bodies": "0", "keeps_replies": "30"},
        )
    ],
    "sms:stop": [Ask(OFFICE, about=HISTORY)],
    "sms:stop-pupil": [
        Ask(OFFICE, "POST", answers=303, about=HISTORY, data=lambda stage: {"last_day": "2026-03-20"})
    ],
    "sms:resume-pupil": [Ask(OFFICE, "POST", answers=303, about=HISTORY)],
    # A substitute is told nothing of messages, as the matrix has it.
    "sms:of-class": [Ask(frozenset({R.TEACHER, R.SECRETARY, R.LEADER}), about=CLASS_DAY)],
    "sms:messages": [Ask(frozenset({R.TEACHER, R.SECRETARY, R.LEADER}))],
    "sms:figures": [Ask(frozenset({R.LEADER, R.AREA_MANAGER, R.CHIEF}))],
    "sms:figures-csv": [Ask(frozenset({R.LEADER, R.AREA_MANAGER, R.CHIEF}))],
    "sms:health": [Ask(frozenset({R.AREA_MANAGER, R.CHIEF}))],
    "sms:health-stop": [
        Ask(frozenset({R.AREA_MANAGER, R.CHIEF}), "POST", answers=303, data=lambda stage: {"sure": "yes"})
    ],
    "sms:health-start": [Ask(frozenset({R.CHIEF}), "POST", answers=303, data=lambda stage: {"sure": "yes"})],
    "sms:health-close": [Ask(frozenset({R.CHIEF}), "POST", answers=303, data=lambda stage: {"sure": "yes"})],
    "sms:ring": [Ask(OFFICE)],
    # Of one's own pupils alone, and where somebody was to be told about them.
    "sms:ring-call": [
        Ask(
            OFFICE,
            "POST",
            answers=303,
            data=lambda stage: {"silent": f"{messaging.about(stage.cast.pupils[0]).pupil.uuid}_0"},
        )
    ],
    # Only a call one has noted oneself can be taken back.
    "sms:ring-undo": [Ask(OFFICE, "POST", answers=404, data=lambda stage: {"undo": "1"})],
    "sms:log": [Ask(OFFICE)],
    "sms:log-find": [Ask(OFFICE, "POST", data=lambda stage: {"who": "Ingen"})],
    "sms:log-pupil": [Ask(OFFICE, about=HISTORY)],
    "sms:log-pupil-csv": [Ask(OFFICE, about=HISTORY)],
    "sms:log-message": [Ask(OFFICE, about=MESSAGE)],
    # It is still under way.
    "sms:log-again": [
        Ask(OFFICE, "POST", answers=409, about=MESSAGE, data=lambda stage: {"because": "Nummeret er rettet"})
    ],
    "reports:latest": [Ask(QUARTERLY, answers=302)],
    "reports:quarter": [Ask(QUARTERLY, path=lambda stage: {"quarter": Quarter.of(DAY)})],
    "reports:year": [Ask(QUARTERLY, path=lambda stage: {"year": SchoolYear.of(DAY)})],
    "reports:analysis": [Ask(FOLLOWING_UP)],
    "reports:notes": [Ask(ANNOTATING, path=lambda stage: {"quarter": Quarter.of(DAY)})],
    "reports:notes-add": [
        Ask(
            ANNOTATING,
            "POST",
            answers=303,
            path=lambda stage: {"quarter": Quarter.of(DAY)},
            data=lambda stage: reporting.note_form(stage.cast.school),
        )
    ],
    "reports:notes-remove": [Ask(ANNOTATING, "POST", answers=303, about=NOTE)],
    "reports:follow-ups": [Ask(FOLLOWING_UP)],
    "reports:follow-up": [Ask(FOLLOWING_UP, about=FOLLOW_UP)],
    "reports:follow-up-agree": [
        Ask(FOLLOWING_UP, "POST", answers=303, about=FOLLOW_UP, data=lambda stage: reporting.agree_form())
    ],
    "reports:follow-up-settle": [
        Ask(FOLLOWING_UP, "POST", answers=303, about=INITIATIVE, data=lambda stage: reporting.settle_form())
    ],
    "reports:frozen": [Ask(FOLLOWING_UP)],
    "reports:frozen-period": [Ask(FOLLOWING_UP, path=lambda stage: {"name": reporting.BEFORE})],
    "reports:frozen-freeze": [
        Ask(frozenset({R.CHIEF}), "POST", answers=303, path=lambda stage: {"name": reporting.BEFORE})
    ],
    # The chief stands by the municipality, after the areas' own managers.
    "reports:frozen-approve": [
        Ask(
            frozenset({R.AREA_MANAGER, R.SOCIAL_MANAGER}),
            "POST",
            answers=303,
            path=lambda stage: {"name": reporting.BEFORE},
            data=lambda stage: reporting.approve_form(stage.cast.north),
        )
    ],
    "reports:wheel": [Ask(ANNOTATING)],
    "reports:wheel-year": [Ask(ANNOTATING, path=lambda stage: {"year": 2025})],
    # The usual tasks are those of the whole municipality.
    "reports:wheel-make": [Ask(frozenset({R.CHIEF}), "POST", answers=303, path=lambda stage: {"year": 2025})],
    "reports:wheel-add": [
        Ask(
            FOLLOWING_UP,
            "POST",
            answers=303,
            path=lambda stage: {"year": 2025},
            data=lambda stage: reporting.task_form(area=str(stage.cast.north.pk)),
        )
    ],
    "reports:wheel-task": [Ask(FOLLOWING_UP, about=TASK)],
    "reports:wheel-change": [
        Ask(
            FOLLOWING_UP,
            "POST",
            answers=303,
            about=TASK,
            data=lambda stage: reporting.task_form(area=str(stage.cast.north.pk)),
        )
    ],
    "reports:wheel-settle": [Ask(FOLLOWING_UP, "POST", answers=303, about=TASK)],
    "reports:wheel-cancel": [Ask(FOLLOWING_UP, "POST", answers=303, about=TASK)],
    "reports:wheel-feed-mine": [Ask(ANNOTATING)],
    # The address is shown in this answer alone.
    "reports:wheel-feed-make": [Ask(ANNOTATING, "POST")],
    "reports:wheel-feed-revoke": [Ask(ANNOTATING, "POST", answers=303)],
    # There are no figures of so long ago; the files there are, their own tests ask for.
    "reports:quarter-file": [
        Ask(QUARTERLY, answers=404, path=lambda stage: {"name": Quarter(2020, 1), "form": "json"})
    ],
    "reports:year-file": [
        Ask(QUARTERLY, answers=404, path=lambda stage: {"name": SchoolYear(2019), "form": "csv"})
    ],
    # The same of a figure that was opened.
    "reports:quarter-figure": [
        Ask(QUARTERLY, answers=404, path=lambda stage: {"name": Quarter(2020, 1), "form": "xlsx"})
    ],
    "reports:year-figure": [
        Ask(QUARTERLY, answers=404, path=lambda stage: {"name": SchoolYear(2019), "form": "excel"})
    ],
    "reports:quarter-pupils": [
        Ask(
            frozenset({R.LEADER}),
            "POST",
            answers=404,
            path=lambda stage: {"name": Quarter(2020, 1)},
            data=lambda stage: {"form": "xlsx", "purpose": "check"},
        )
    ],
    "reports:year-pupils": [
        Ask(
            frozenset({R.LEADER}),
            "POST",
            answers=404,
            path=lambda stage: {"name": SchoolYear(2019)},
            data=lambda stage: {"form": "xlsx", "purpose": "check"},
        )
    ],
    "reports:quarter-class": [Ask(frozenset({R.LEADER, R.SOCIAL_LEADER}), about=CLASS_QUARTER)],
    "reports:year-class": [Ask(frozenset({R.LEADER, R.SOCIAL_LEADER}), about=CLASS_YEAR)],
    "reports:exports": [Ask(QUARTERLY)],
    # Only files of a kind that there is can be asked for, and only one's own are found.
    "reports:export-ask": [Ask(QUARTERLY, "POST", answers=404, data=lambda stage: NO_FILE)],
    "reports:export": [Ask(QUARTERLY, answers=404, path=lambda stage: {"uuid": uuid4()})],
    "reports:export-fetch": [Ask(QUARTERLY, answers=404, path=lambda stage: {"uuid": uuid4()})],
    "reports:package": [Ask(ANNOTATING)],
    "reports:package-year": [Ask(ANNOTATING, path=lambda stage: {"year": 2025})],
    "reports:package-fetch": [
        Ask(ANNOTATING, "POST", path=lambda stage: {"year": 2025}, data=lambda stage: {"form": "machine"})
    ],
    # The school year is not over yet.
    "reports:package-make": [
        Ask(
            frozenset({R.CHIEF}),
            "POST",
            answers=409,
            path=lambda stage: {"year": 2025},
            data=lambda stage: {"key": str(uuid4())},
        )
    ],
    "reports:package-delivered": [
        Ask(
            frozenset({R.CHIEF}),
            "POST",
            answers=303,
            path=lambda stage: {"year": reporting.package_of(2025).school_year},
            data=lambda stage: {"receipt": "K-17"},
        )
    ],
    "reports:unlawful": [
        Ask(OFFICE | {R.AREA_MANAGER, R.CHIEF}, path=lambda stage: {"quarter": Quarter.of(DAY)})
    ],
    "reports:unlawful-fetch": [
        Ask(
            OFFICE,
            "POST",
            about=UNLAWFUL,
            data=lambda stage: {"form": "machine", "purpose": "check"},
        )
    ],
    "reports:deliveries": [Ask(OFFICE | {R.AREA_MANAGER, R.CHIEF})],
    "reports:deliveries-year": [Ask(OFFICE | {R.AREA_MANAGER, R.CHIEF}, path=lambda stage: {"year": 2025})],
    "reports:delivery-school": [Ask(OFFICE, about=DELIVERY)],
    # The school year is not over yet.
    "reports:delivery-make": [
        Ask(
            frozenset({R.LEADER}),
            "POST",
            answers=409,
            about=DELIVERY,
            data=lambda stage: {"key": str(uuid4()), "gaps": "0"},
        )
    ],
    "reports:delivery-excerpt": [
        Ask(
            OFFICE,
            "POST",
            about=DELIVERY,
            data=lambda stage: {
                "class": str(stage.cast.class_7b.pk),
                "part": "autumn",
                "form": "machine",
                "purpose": "check",
            },
        )
    ],
    # The registers say something else than they did when it was made.
    "reports:delivery-fetch": [
        Ask(
            OFFICE,
            "POST",
            answers=409,
            about=DATA_SET,
            data=lambda stage: {"form": "machine", "purpose": "check"},
        )
    ],
    "reports:delivery-delivered": [
        Ask(
            frozenset({R.LEADER}), "POST", answers=303, about=DATA_SET, data=lambda stage: {"receipt": "K-17"}
        )
    ],
    "reports:targets": [Ask(ANNOTATING)],
    "reports:target": [Ask(ANNOTATING, about=UNIT)],
    # The chief sets those of the municipality and the areas.
    "reports:target-set": [
        Ask(
            frozenset({R.AREA_MANAGER}),
            "POST",
            answers=303,
            path=lambda stage: {"unit": f"school-{stage.cast.school.pk}"},
            data=lambda stage: reporting.TARGET,
        )
    ],
}


def set_stage(cast: Cast) -> Stage:
    """One person of every role whose unit Birkeskolen, its 7.B, its area or its municipality is."""
    units: dict[Role, SchoolClass | School | Area | Pupil | None] = {
        R.TEACHER: cast.class_7b,
        R.SUBSTITUTE: cast.class_7b,
        R.SECRETARY: cast.school,
        R.LEADER: cast.school,
        R.INCLUSION: cast.school,
        R.SOCIAL_WORKER: cast.school,
        R.SOCIAL_LEADER: cast.school,
        R.CONSULTANT: cast.pupils[0],
        R.PSYCHOLOGIST: cast.pupils[0],
        R.AREA_MANAGER: cast.north,
        R.SOCIAL_MANAGER: cast.north,
        R.CHIEF: None,
        R.CONTROLLER: None,
        R.ACCESS_ADMIN: None,
    }
    people = {}
    for role in Role:
        people[role] = factories.user(f"En {role.value}", email=f"{role.value}@fjordby.invalid")
        factories.grant(people[role], role, units[role])
    # The worklist and the list of cases are never empty.
    casework.case_of(cast.pupils[0], people)
    # Nor that of concerns.
    casework.concern_of(cast.pupils[0], people[R.TEACHER])
    # Nor is that of the law's letters.
    lettering.referral_of(cast.pupils[0], cast.school)
    # Nor is that of messages.
    messaging.about(cast.pupils[0])
    # Nor are those of what is known beforehand.
    knowing.report_of(cast.pupils[2])
    knowing.request_of(cast.pupils[3])
    knowing.contradiction_of(cast.pupils[2], cast.school.pk)
    arrangements.add_reason(
        None, code="FYSIO", name="Fysioterapi", reason=Reason.ILLNESS, valid_from=DAY, user_id=None
    )
    nobody = factories.user("Ingen Adgang", email="ingen@fjordby.invalid")
    factories.grant(nobody, R.LEADER, cast.school, since=date(2024, 8, 1), until=date(2025, 8, 1))
    return Stage(cast, people, nobody)


def fill(stage: Stage) -> None:
    """The same at both schools: a register with one unexplained absence, its message, a crossing and a case."""
    cast = stage.cast
    choices.opt_in([cast.school.pk, cast.other_school.pk])
    for pupil in cast.others:
        if not pupil.guardianships.exists():
            factories.guardian(pupil)
    for school_class, pupils in ((cast.class_7b, cast.pupils), (cast.other_class, cast.others)):
        taken.take(
            school_class_id=school_class.pk,
            school_id=school_class.school_id,
            year_group=school_class.year_group,
            day=DAY,
            checkpoint=Checkpoint.START,
            marks={pupil.pk: Mark.HERE for pupil in pupils} | {pupils[0].pk: Mark.ABSENT},
            seen_version=0,
            key=uuid4(),
            user_id=None,
            now=MORNING,
        )
        casework.crossing_of(pupils[0])
        casework.case_of(pupils[1], stage.by_role if school_class == cast.class_7b else None)
        knowing.report_of(pupils[0])
        knowing.request_of(pupils[1])
        number = Phone.objects.get(guardian__guardianships__pupil=pupils[1])
        replies.receive(
            sid=f"SM{uuid4().hex}", sender=number.e164, to="+4568000001", body="Hej", day=DAY, now=MORNING
        )
        numbers.learn(number.e164, 30005, MORNING)
        knowing.contradiction_of(pupils[1], school_class.school_id)
        messaging.about(pupils[0], State.UNDELIVERED)
    mornings.prepare(DAY, MORNING)


def urls(patterns: list[URLPattern | URLResolver], inside: str = "") -> dict[str, Any]:
    """Every URL's name with its view, those of included modules with their namespace."""
    found: dict[str, Any] = {}
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            namespace = f"{inside}{pattern.namespace}:" if pattern.namespace else inside
            found |= urls(pattern.url_patterns, namespace)
        else:
            found[f"{inside}{pattern.name}"] = pattern.callback
    return found


@contextmanager
def taken_back() -> Iterator[None]:
    """What a request writes does not meet the next one."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def asked(
    client: Client, name: str, ask: Ask, stage: Stage, parts: Mapping[str, Any], *, says_turn: bool = True
) -> HttpResponse:
    """The answer; whatever the request wrote is taken back. `says_turn` is false for a form of a case made by somebody else."""
    return prepared(client, name, ask, stage, parts, says_turn=says_turn)()


def prepared(
    client: Client, name: str, ask: Ask, stage: Stage, parts: Mapping[str, Any], *, says_turn: bool = True
) -> Callable[[], HttpResponse]:
    """The request, with everything looked up that it needs, so that only the product's own queries are left to count."""
    url = reverse(name, kwargs=dict(parts))
    fields = dict(ask.data(stage))
    if name.startswith("cases:"):
        # Nobody else has become responsible for a case of the stage.
        fields = fields | {"turn": 0} if says_turn else {key: fields[key] for key in fields if key != "seen"}
    form = urlencode(fields, doseq=True) if ask.method == "POST" else ""

    def send() -> HttpResponse:
        with taken_back():
            response = client.generic(
                ask.method,
                url,
                data=form,
                content_type="application/x-www-form-urlencoded",
                query_params=dict(ask.query),
            )
        assert isinstance(response, HttpResponse)
        assert headers.lacking(response) == [], (name, response.status_code)
        assert headers.is_kept_nowhere(response), (name, response.status_code)
        return response

    return send
