"""Does every URL keep what is not the asker's, in every relation she can stand in to it?

Every URL and method with every role that may use it, about something of hers and about the same of somebody she has nothing to
do with; after each answer every token in it is held against the set the matrix lets her meet. That the roles that may not are
refused, whatever they ask about, stands in tests/architecture/test_access.py, and so do the exact answer to each URL and what
is answered to everybody who may about another area.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote
from uuid import UUID

import pytest
import redis
from django.conf import settings
from django.urls import Resolver404, resolve, reverse

from fravaer.accounts import blocks, freshness
from fravaer.accounts.models import Kind as Bond
from fravaer.accounts.roles import PERSONS, Role
from fravaer.accounts.scoping import scope_of
from fravaer.accounts.sessions import SessionStore
from fravaer.audit.models import Event
from fravaer.schools.models import Pupil
from tests import emptying
from tests.architecture import access
from tests.architecture.access import Ask, taken_back
from tests.cast import MORNING
from tests.proof import reading, town
from tests.proof.asking import Asker, met
from tests.proof.conftest import Walking
from tests.proof.matrix import CANARIES, HIDDEN, IN_RELATION, UNITS, Canary, Kind, Relation, reached
from tests.proof.town import Token, Town
from tests.proof.walking import APPS, ASKS, app_of

# What an address names, by what it is called there.
KINDS = {
    "case_uuid": Kind.CASE,
    "letter_uuid": Kind.LETTER,
    "cluster_uuid": Kind.CLASS_WORK,
    "effort_uuid": Kind.CLASS_WORK,
    "pupil_uuid": Kind.PUPIL,
    "referral_uuid": Kind.PUPIL,
    "concern_uuid": Kind.PUPIL,
    "action_uuid": Kind.PUPIL,
    "message_id": Kind.PUPIL,
    "class_id": Kind.CLASS,
    "grant_id": Kind.CLASS,
    "school_id": Kind.SCHOOL,
    "halt_id": Kind.SCHOOL,
    "rule_id": Kind.SCHOOL,
    "proposal_uuid": Kind.SCHOOL,
    "unit": Kind.SCHOOL,
    "code": Kind.AREA,
}
# Where it is called `uuid` alone.
BY_NAME = {
    "absence:known": Kind.PUPIL,
    "absence:leave": Kind.PUPIL,
    "absence:contradiction": Kind.PUPIL,
    "reports:notes": Kind.SCHOOL,
    "reports:follow-up": Kind.AREA,
    "reports:wheel": Kind.AREA,
}
# The municipality's plan is everybody's who reads plans.
EVERYBODYS = ("absence:calendar-proposal",)
# Emergency access, the giving of access and the control of the log are no relation to a child: tests/accounts/test_emergency.py,
# tests/accounts/test_giving_access.py and tests/oversight ask.
ELSEWHERE = ("emergencies-one", "access-", "oversight:", *EVERYBODYS)
# Of a child in her unit, and in a case she takes no part in: no number, and nothing that was agreed in the case.
OF_CASES_ALONE = {"absence:cpr", "cases:work-settle"}
WITH_OBJECTS = [
    (number, name, ask)
    for number, (name, ask) in enumerate(ASKS)
    if ask.about and not name.startswith(ELSEWHERE)
]
# A message is of the class the child was in; the child who moved has had two.
WITHOUT_FORMER = {"sms:log-message", "sms:log-again"}


def kind_of(name: str, ask: Ask, there: Town) -> Kind:
    assert ask.about
    parts = ask.about.missing(there.stage)
    found = [kind for part, kind in KINDS.items() if part in parts]
    found += [kind for part, kind in BY_NAME.items() if name.startswith(part)]
    assert found, f"{name}: say in KINDS what {sorted(parts)} names"
    return found[0]


def asking(number: int, ask: Ask) -> list[Role]:
    """Everybody who may, by GET; of what changes something one of them, another one at each URL."""
    roles = [role for role in Role if role in ask.may]
    return roles if ask.method == "GET" else [roles[number % len(roles)]]


def relations(number: int, ask: Ask, kind: Kind, role: Role) -> list[Relation]:
    """One that is reached and some that are not, other ones from one role and URL to the next; by GET the protected child too."""
    asked = [one for one in IN_RELATION[kind] if one not in (Relation.OWN, Relation.OTHER_AREA)]
    there = [relation for relation in asked if relation in reached(role, kind)]
    away = [relation for relation in asked if relation not in there]
    turned = number + list(Role).index(role)
    is_get = ask.method == "GET"
    found = [
        one[(turned + more) % len(one)]
        for one, most in ((there, 1), (away, 3 if is_get else 2))
        for more in range(min(most, len(one)))
    ]
    return list(dict.fromkeys([*found, *(one for one in there if is_get and one is Relation.PROTECTED)]))


@pytest.mark.parametrize("app", APPS)
def test_nobody_meets_a_token_the_matrix_keeps_from_her(
    app: str, walking: Walking, allowed: dict[Role, set[Token]]
) -> None:
    """About what is hers: whoever may is answered, and meets only what her role may be shown."""
    walked = walking(app)
    wrong = [
        (one.name, one.role, one.status, one.tokens - allowed[one.role])
        for one in walked.answers
        if one.status >= 500
        or (one.status in {403, 404} and one.ask.answers != 404)
        or not one.tokens <= allowed[one.role]
    ]
    assert wrong == []
    assert walked.answers
    # Nor was any logged or mailed.
    assert walked.said == set()


@pytest.mark.parametrize("app", APPS)
def test_a_measure_changes_no_letter_of_what_others_are_shown(app: str, walking: Walking) -> None:
    """Not in text, counts, icons, order, filters or headers: with measures and without, every page is the same."""
    assert [(one.name, one.role) for one in walking(app).answers if one.knows] == []


def test_case_29_nobody_is_above_the_matrix(there: Town, walking: Walking) -> None:
    """There is no superuser; whoever gives access and whoever controls it meet no child."""
    user = there.stage.by_role[Role.ACCESS_ADMIN]
    assert not any(hasattr(user, flag) for flag in ("is_superuser", "is_staff", "user_permissions", "groups"))
    for role in (Role.ACCESS_ADMIN, Role.CONTROLLER):
        assert there.allowed(role) == set()
    # The control of the log says whose pages somebody opened: tests/oversight asks.
    met = [
        (one.name, one.role)
        for app in APPS
        for one in walking(app).answers
        if one.role in {Role.ACCESS_ADMIN, Role.CONTROLLER} and app != "oversight" and one.tokens
    ]
    assert met == []


# By whom, where: row 24.
REVEALING = {
    "sms:phones": (Role.SECRETARY, Role.LEADER),
    "cases:phones": (Role.LEADER, Role.SOCIAL_WORKER, Role.CONSULTANT, Role.PSYCHOLOGIST),
}


def test_who_the_guardians_of_a_protected_child_are_is_shown_for_a_reason_alone(
    there: Town, askers: dict[Role, Asker], walking: Walking
) -> None:
    """Whatever showed her a guardian's name or number, page, list, file or paper, shows neither to the same person once the
    child is protected; whom the matrix lets, for a reason that stands in the trail and after a fresh proof."""
    own = {pupil.pk for pupil in there.places[Relation.OWN].pupils}
    shown = {
        (one.number, one.role)
        for app in APPS
        for one in walking(app).answers
        if any(canary in HIDDEN and key in own for canary, key in one.tokens)
    }
    assert {"sms:log", "cases:people", "sms:ring"} <= {ASKS[number][0] for number, _ in shown}
    Pupil.objects.filter(pk__in=own).update(protected=True)
    wrong = []
    for number, role in sorted(shown):
        name, ask = ASKS[number]
        with taken_back():
            answered = askers[role].answered(name, ask, there.stage, ask.own(there.stage))
        # A page that asks for the reason answers a form without one in words.
        if answered.response.status_code not in {ask.answers, 422} or any(
            canary in HIDDEN and key in own for canary, key in answered.tokens
        ):
            wrong.append((name, role, answered.response.status_code, answered.tokens))
    assert wrong == []
    for name, roles in REVEALING.items():
        [*_, ask] = access.TABLE[name]
        parts = ask.own(there.stage)
        for role in Role:
            client = askers[role].client
            with taken_back():
                response: Any = client.post(reverse(name, kwargs=dict(parts)), {"reason": "ring", "turn": 0})
            found = town.tokens_in(reading.everything(response))
            if role not in roles:
                assert response.status_code == 403, (name, role)
                continue
            assert {canary for canary, _ in found} >= HIDDEN, (name, role)
            noted = Event.objects.filter(subject="phones.protected").latest("id")
            assert (noted.actor_id, noted.reason) == (there.stage.by_role[role].pk, "ring")
    # Not by one who proved who she is this morning and not since.
    session = SessionStore(askers[Role.LEADER].client.cookies["sessionid"].value)
    del session[freshness.CONFIRMED]
    session.save()
    later: Any = askers[Role.LEADER].client.post(reverse(name, kwargs=dict(parts)), {"reason": "ring"})
    assert later.status_code == 303
    assert later.headers["Location"].startswith(reverse("confirm"))


def test_case_70_nothing_of_a_person_is_in_redis(walking: Walking) -> None:
    """After every page and form, with what they hand to jobs: no word of anybody, and neither cache nor session."""
    assert "redis" not in str(settings.CACHES).lower()
    assert settings.SESSION_ENGINE == "fravaer.accounts.sessions"
    for app in APPS:
        walking(app)
    found = "\n".join(reading.kept(redis.Redis.from_url(settings.REDIS_URL)))
    assert "fravaer.cases.tasks.recount" in found
    assert town.tokens_in(found) == set()
    assert "@fjordby" not in found


# Whoever teaches the class registers her own child as well; and whoever controls the log names whom she asks about.
OF_ONES_OWN = {"absence:register", "absence:row", "absence:receipt"}


def test_case_25_ones_own_child_is_met_nowhere_but_in_the_register(
    there: Town, askers: dict[Role, Asker], walking: Walking
) -> None:
    """Whatever showed her a child of the class, page, file, search or answer to a form, shows it no more to whom it is her own:
    by one role after the other, of every URL."""
    own = {pupil.pk for pupil in there.places[Relation.OWN].pupils}
    shown: dict[int, list[Role]] = {}
    for app in APPS:
        for one in walking(app).answers:
            if one.role in PERSONS and any(
                canary is Canary.NAME and key in own for canary, key in one.tokens
            ):
                shown.setdefault(one.number, []).append(one.role)
    # What an address is about is made before: afterwards she makes nothing of her own child.
    places = {number: ASKS[number][1].own(there.stage) for number in shown}
    for role in PERSONS:
        for pupil in own:
            blocks.declare(
                user_id=there.stage.by_role[role].pk,
                pupil_id=pupil,
                kind=Bond.OWN_CHILD,
                declared_by=scope_of(there.stage.by_role[role].pk, MORNING),
                now=MORNING,
            )
    wrong = []
    for turn, (number, roles) in enumerate(shown.items()):
        name, ask = ASKS[number]
        role = roles[turn % len(roles)]
        answered = askers[role].answered(name, ask, there.stage, places[number])
        if answered.response.status_code >= 500 or (
            name not in OF_ONES_OWN and any(key in own for _canary, key in answered.tokens)
        ):
            wrong.append((name, role, answered.response.status_code, answered.tokens))
    assert wrong == []
    assert len(shown) > 60


@pytest.mark.parametrize("app", APPS)
def test_what_one_has_nothing_to_do_with_is_not_there(
    app: str, there: Town, askers: dict[Role, Asker]
) -> None:
    """Foreign in whatever way is answered byte by byte as what does not exist; what is reached is there."""
    for number, name, ask in WITH_OBJECTS:
        if app_of(name) == app:
            with taken_back():
                nothing_foreign(number, name, ask, there, askers)
            emptying.empty_the_trail()


def nothing_foreign(number: int, name: str, ask: Ask, there: Town, askers: dict[Role, Asker]) -> None:
    assert ask.about
    kind = kind_of(name, ask, there)
    places: dict[Relation, Any] = {}
    for role in asking(number, ask):
        asker = askers[role]
        missing = asker.asks(name, ask, there.stage, ask.about.missing(there.stage))
        assert missing.status_code == 404, (name, role)
        for relation in relations(number, ask, kind, role):
            if relation is Relation.FORMER and name in WITHOUT_FORMER:
                continue
            if relation not in places:
                places[relation] = ask.about.foreign(there.at(relation))
            response = asker.asks(name, ask, there.at(relation), places[relation])
            if relation in reached(role, kind):
                # Of a case in her unit that she takes no part in, what is inside may be as good as not there.
                inside = kind is Kind.CASE or name in OF_CASES_ALONE
                outside = inside and relation in UNITS.get(role, ()) and relation is not Relation.OWN
                assert response.status_code != 404 or outside, (name, role, relation)
                assert response.status_code < 500, (name, role, relation)
            else:
                assert response.status_code == 404, (name, role, relation)
                assert reading.said(response) == reading.said(missing), (name, role, relation)
                assert reading.headed(response) == reading.headed(missing), (name, role, relation)


NAMED = [(name, ask) for name, (ask, *_) in access.TABLE.items() if ask.about]


def leads_somewhere(url: str) -> bool:
    """Whether a page answers to the address at all, or what stands in it fits none."""
    try:
        resolve(unquote(url))
    except Resolver404:
        return False
    return True


def test_an_address_that_cannot_be_is_not_there(there: Town, askers: dict[Role, Asker]) -> None:
    """Malformed, too large and encoded keys are answered like every other address there is not, and break nothing."""
    for number, (name, ask) in enumerate(NAMED):
        assert ask.about
        parts = ask.about.missing(there.stage)
        client = askers[min(ask.may)].client
        for part, value in parts.items():
            if isinstance(value, UUID):
                odd, always = ["not-a-key", f"{value}'--", "00000000-0000-0000-0000-00000000000g"], []
            elif isinstance(value, int) and not isinstance(value, bool):
                odd, always = ["-1", "1'--", "1%2e"], [("99999999999999999999999", str(2**31))[number % 2]]
            else:
                odd, always = ["..%2f..%2f", "x" * 300], ["%00"]
            # One of the malformed at each address, another one at the next.
            wrong: list[str] = [odd[number % len(odd)], *always]
            for text in wrong:
                url = reverse(name, kwargs={**parts})
                spoiled = url.replace(f"/{value}", f"/{text}", 1)
                if spoiled == url:
                    continue
                with taken_back():
                    response: Any = client.generic(ask.method, spoiled)
                assert b"Traceback" not in response.content
                if text == "%00" and leads_somewhere(spoiled):
                    # What nobody can have typed is unreadable where any word fits, in the same words whoever asks.
                    assert response.status_code == 400, (name, part, text)
                    with taken_back():
                        another: Any = askers[max(set(Role) - {min(ask.may)})].client.generic(
                            ask.method, spoiled
                        )
                    assert another.status_code == 400, (name, part, text)
                    assert reading.said(another) == reading.said(response), (name, part, text)
                else:
                    assert response.status_code == 404, (name, part, text)


def test_every_token_was_met_by_somebody(walking: Walking) -> None:
    """The positive control of the search: a token nobody ever meets would prove nothing."""
    for app in APPS:
        walking(app)
    # The words of a referral are met beside those of one's own class.
    assert set(CANARIES) - {canary for canary, _ in met} == {Canary.SEALED}
