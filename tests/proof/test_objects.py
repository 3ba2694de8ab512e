"""Whose is it? Attacks on objects: guessed, foreign, of another part of a case, mixed with one's own, asked for in odd ways."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core import mail
from django.http import HttpResponse
from django.test import Client
from django.urls import NoReverseMatch, reverse

from fravaer.accounts.roles import Role
from fravaer.cases.domains import Domain
from fravaer.cases.models import Case, Contact, Document, Note
from fravaer.core.logs import Scrub, json_formatter
from tests.architecture import access
from tests.architecture.access import taken_back
from tests.cast import DAY, MORNING, statements
from tests.proof import reading, town
from tests.proof.asking import Asker
from tests.proof.matrix import Canary, Relation
from tests.proof.reading import bare
from tests.proof.town import Town

R = Role
Askers = dict[Role, Asker]
# What a page says of its own address.
LINKED = re.compile(r"""(href|action|value|hx-get|data-\w+)="[^"]*[?&/][^"]*\"""")
PAGES = [
    (name, ask)
    for name, asks in access.TABLE.items()
    for ask in asks
    if ask.method == "GET" and ask.answers == 200
]
WITH_OBJECTS = [(name, ask) for name, asks in access.TABLE.items() for ask in asks if ask.about]


def case_at(there: Town, relation: Relation) -> Case:
    return Case.objects.get(pupil=there.places[relation].pupils[0])


def note_in(case: Case, domain: Domain, *, restricted: bool = False) -> Note:
    return Note.objects.filter(case=case, domain=domain, restricted=restricted).order_by("pk")[0]


def post(client: Client, url: str, data: Mapping[str, Any]) -> HttpResponse:
    with taken_back():
        return client.post(url, data)  # type: ignore[return-value]


def test_case_04_a_colleagues_social_note_is_not_there(there: Town, askers: Askers) -> None:
    """The social worker of the school knows of the case, takes no part in it, and opens none of its notes."""
    case, client = case_at(there, Relation.PARALLEL), askers[R.SOCIAL_WORKER].client
    assert client.get(reverse("cases:case", args=[case.uuid])).status_code == 200
    for note in Note.objects.filter(case=case):
        opened = post(client, reverse("cases:note-open", args=[case.uuid, note.pk]), {"reason": "safety"})
        shared = client.get(reverse("cases:share", args=[case.uuid, "note", note.pk]))
        assert {opened.status_code, shared.status_code} <= {403, 404}, note.domain
        assert town.tokens_in(reading.everything(opened) + reading.everything(shared)) <= {
            (Canary.NAME, case.pupil_id)
        }


def test_case_05_a_leader_opens_no_social_note_of_her_own_case(there: Town, askers: Askers) -> None:
    """Nor does any number on the case's pages count it."""
    case, client = case_at(there, Relation.OWN), askers[R.LEADER].client
    for domain in (Domain.SOCIAL, Domain.PPR):
        for restricted in (False, True):
            note = note_in(case, domain, restricted=restricted)
            opened = post(client, reverse("cases:note-open", args=[case.uuid, note.pk]), {"reason": "safety"})
            assert opened.status_code == 404
            assert client.get(reverse("cases:share", args=[case.uuid, "note", note.pk])).status_code == 404
    pages = [reverse(f"cases:{name}", args=[case.uuid]) for name in ("case", "timeline", "papers", "plan")]
    before = [bare(client.get(page)) for page in pages]
    writer = there.stage.by_role[R.SOCIAL_WORKER]
    for number in range(3):
        more = {"case": case, "key": uuid4(), "domain": Domain.SOCIAL, "at": MORNING}
        Note.objects.create(author=writer, text=f"Mere {number}", **more)
        Contact.objects.create(
            pupil_id=case.pupil_id, kind="phone", held_on=DAY, text=f"Mere {number}", by=writer, **more
        )
    assert [bare(client.get(page)) for page in pages] == before


def test_case_06_a_note_of_another_domain_is_not_there_under_any_address(there: Town, askers: Askers) -> None:
    """What a psychologist writes is no note, contact, action or meeting of the school's or the social side's."""
    case = case_at(there, Relation.OWN)
    note = note_in(case, Domain.PPR)
    for role in (R.LEADER, R.SOCIAL_WORKER, R.CONSULTANT):
        for kind in ("note", "contact", "action", "meeting", "plan", "x"):
            try:
                url = reverse("cases:share", args=[case.uuid, kind, note.pk])
            except NoReverseMatch:
                continue
            response = askers[role].client.get(url)
            found = town.tokens_in(reading.everything(response))
            assert (Canary.NOTE_PPR, case.pupil_id) not in found, (role, kind)
            if kind == "note":
                assert response.status_code == 404


# What an address calls a thing that is inside another: a note in a case, a certificate of a pupil.
INSIDE = {
    *("item_id", "note_id", "party_id", "document_uuid", "meeting_uuid", "hand_over_uuid", "reason_id"),
    *("certificate_uuid", "objection_uuid", "closing_uuid", "version_id", "uuid"),
}


def test_case_07_a_strangers_thing_inside_ones_own_is_not_there(there: Town, askers: Askers) -> None:
    """Of every address with two keys: the first one's own, the second a stranger's."""
    mixed = 0
    for name, ask in WITH_OBJECTS:
        assert ask.about
        own, foreign = ask.about.own(there.stage), ask.about.foreign(there.at(Relation.OTHER_AREA))
        inside = INSIDE & own.keys()
        outside = {part for part in own.keys() - inside if own[part] != foreign.get(part)}
        if not (inside and outside):
            continue
        mixed += 1
        role = min(ask.may - {R.CHIEF})
        parts = {**own, **{part: foreign[part] for part in inside}}
        response = askers[role].asks(name, ask, there.stage, parts)
        assert response.status_code == 404, (name, role)
    assert mixed > 15


def test_case_08_one_foreign_pupil_among_ones_own_is_left_out_of_a_form_for_many(
    there: Town, askers: Askers
) -> None:
    """Of a stranger nothing is written and nothing said; the register refuses such a form whole."""
    own, foreign = there.places[Relation.OWN].pupils[1], there.places[Relation.OTHER_AREA].pupils[0]
    form = {
        "what": "discussed",
        "pupil": [str(own.uuid), str(foreign.uuid)],
        "held_on": DAY.isoformat(),
        "domain": "school",
        "key": str(uuid4()),
    }
    before = set(Contact.objects.values_list("pk", flat=True))
    response = askers[R.LEADER].client.post(reverse("cases:bulk"), form)
    assert (Canary.NAME, foreign.pk) not in town.tokens_in(reading.everything(response))
    written = Contact.objects.exclude(pk__in=before)
    assert {contact.pupil_id for contact in written} <= {own.pk}


def test_case_10_a_foreign_choice_in_an_address_is_one_that_does_not_exist(
    there: Town, askers: Askers
) -> None:
    """Filters of every list: a stranger's key and nobody's give the same page."""
    foreign = there.places[Relation.OTHER_AREA]
    keys = {
        "school": (foreign.school.pk, 999_999),
        "school_class": (foreign.school_class.pk, 999_999),
        "pupil": (foreign.pupils[0].uuid, UUID(int=1)),
        "area": (foreign.area.pk, 999_999),
    }
    for name, ask in PAGES:
        if ask.about:
            continue
        url = reverse(name, kwargs=dict(ask.own(there.stage)))
        role = min(ask.may - {R.CHIEF}, default=None)
        if role is None:
            continue
        client = askers[role].client
        # Few lists look at any of them: all are asked for at once, and one by one where that changed the page.
        both: tuple[dict[str, str], ...] = tuple(
            {parameter: str(choices[of]) for parameter, choices in keys.items()} for of in (0, 1)
        )
        pages = [answered(client, url, chosen) for chosen in ({}, *both)]
        if len({(status, LINKED.sub("a link", said)) for status, said in pages}) == 1:
            continue
        for parameter, choices in keys.items():
            assert len({answered(client, url, {parameter: str(key)}) for key in choices}) == 1, (
                name,
                role,
                parameter,
            )


def answered(client: Client, url: str, chosen: Mapping[str, str]) -> tuple[int, str]:
    """What a list says: pages repeat the number that was asked for, and other numbers look like it."""
    response = client.get(url, chosen)
    return response.status_code, re.sub(r"\d+", "#", bare(response))


def test_case_11_a_file_is_not_there_however_it_is_asked_for(there: Town, askers: Askers) -> None:
    """By HEAD, in ranges, with tags and dates, and by a path beside the address."""
    case = case_at(there, Relation.OTHER_AREA)
    document = Document.objects.filter(case=case)[0]
    url = reverse("cases:document", args=[case.uuid, document.uuid])
    client = askers[R.LEADER].client
    # One's own is not answered by HEAD either.
    assert client.head(url).status_code in {404, 405}
    for header in (
        {"Range": "bytes=0-0"},
        {"If-None-Match": "*"},
        {"If-Modified-Since": "Tue, 10 Mar 2026 07:00:00 GMT"},
        {"If-Range": '"x"'},
    ):
        response = client.get(url, headers=header)
        assert response.status_code == 404, header
        assert "ETag" not in response.headers
    for path in (f"/media/{document.uuid}", f"/static/{document.uuid}", f"/documents/{document.name}"):
        assert client.get(path).status_code == 404


def test_case_15_no_other_way_of_asking_opens_it(there: Town, askers: Askers) -> None:
    """Other methods, a method in the form or a header, capitals, doubled and encoded slashes, another ending."""
    own, foreign = (there.places[one].pupils[0] for one in (Relation.OWN, Relation.OTHER_AREA))
    client = askers[R.TEACHER].client
    url = reverse("absence:history", args=[foreign.uuid])
    for method in ("HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"):
        response = client.generic(method, url)
        assert response.status_code in {404, 405}, method
        assert town.tokens_in(reading.everything(response)) == set(), method
    for headers in (
        {"X-HTTP-Method-Override": "GET"},
        {"X-Original-URL": reverse("absence:history", args=[own.uuid])},
    ):
        assert client.get(url, headers=headers).status_code == 404
    assert client.get(url, {"_method": "GET", "format": "json"}).status_code == 404
    for path in (
        url.rstrip("/") + ".json",
        url.replace("/", "//"),
        url.replace("history", "%68istory") + "%2e",
        url + "/",
        url.upper(),
        url.replace(str(foreign.uuid), f"{own.uuid}/../{foreign.uuid}"),
        url.replace(str(foreign.uuid), f"{own.uuid}%2f..%2f{foreign.uuid}"),
    ):
        response = client.get(path, follow=True)
        assert response.status_code == 404, path
        assert town.tokens_in(reading.everything(response)) == set(), path


def test_case_30_there_is_no_admin_site(askers: Askers) -> None:
    for path in ("/admin/", "/admin/login/", "/django-admin/", "/__debug__/", "/api/", "/api/schema/"):
        for role in (R.TEACHER, R.ACCESS_ADMIN):
            assert askers[role].client.get(path).status_code == 404, path


def test_case_60_a_manager_of_figures_comes_to_no_child(there: Town, askers: Askers) -> None:
    """Neither by the address of a person's page nor by asking a figure for those behind it."""
    pupil = there.places[Relation.OWN].pupils[0]
    for role in (R.AREA_MANAGER, R.SOCIAL_MANAGER, R.CHIEF):
        client = askers[role].client
        pages: dict[str, dict[str, Any]] = {
            "absence:history": {"pupil_uuid": pupil.uuid},
            "cases:pupil": {"pupil_uuid": pupil.uuid},
            "absence:class": {"class_id": there.places[Relation.OWN].school_class.pk},
        }
        for name, keys in pages.items():
            assert client.get(reverse(name, kwargs=keys)).status_code == 403, (role, name)
        quarter = reverse("reports:latest")
        for extra in (
            {"drill": "1"},
            {"level": "pupil"},
            {"by": "pupil"},
            {"school_class": "1", "pupils": "1"},
        ):
            response = client.get(quarter, extra, follow=True)
            assert town.tokens_in(reading.everything(response)) == set(), (role, extra)


INNARDS = re.compile(
    r"Traceback|File \"/|(?<!/static)/fravaer/|/site-packages/|SELECT |psycopg|django\.|"
    r"SECRET_KEY|DATABASE_URL|postgres://|line \d+, in"
)


def test_case_86_an_error_page_tells_nothing_of_the_house(
    there: Town, askers: Askers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not found, refused, unreadable and broken: no path, statement, key or setting."""
    client = askers[R.TEACHER].client
    client.raise_request_exception = False
    foreign = there.places[Relation.OTHER_AREA].pupils[0]
    answers = [
        client.get("/findes-ikke/"),
        client.get(reverse("absence:history", args=[foreign.uuid])),
        client.get(reverse("sms:inbox")),
        client.post(reverse("absence:undo", args=[there.stage.cast.class_7b.pk, DAY, 1]), {"key": "x"}),
    ]

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError(f"hemmeligt {town.token(Canary.NOTE_SOCIAL, foreign)} SELECT 1")

    monkeypatch.setattr("fravaer.absence.history.places", broken)
    own = there.places[Relation.OWN].pupils[0]
    answers.append(client.get(reverse("absence:history", args=[own.uuid])))
    assert [answer.status_code for answer in answers] == [404, 404, 403, 400, 500]
    for answer in answers:
        said = reading.everything(answer)
        assert not INNARDS.search(said), INNARDS.search(said)
        assert "hemmeligt" not in said


def test_case_80_a_fault_beside_a_sealed_value_shows_it_nowhere(
    there: Town, askers: Askers, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The answer, the log with its traceback, and mail: the variables of what broke are in none of them."""
    own = there.places[Relation.OWN].pupils[0]
    note = note_in(case_at(there, Relation.OWN), Domain.SOCIAL)
    number = own.guardianships.get().guardian.phones.get().e164
    assert len(town.tokens_in(f"{note.text} {number}")) == 2

    def broken(*_: object, **__: object) -> None:
        opened, phone = note.text, number
        raise RuntimeError("broken") from ValueError(len(opened + phone))

    monkeypatch.setattr("fravaer.absence.history.places", broken)
    client = askers[R.TEACHER].client
    client.raise_request_exception = False
    with caplog.at_level(logging.DEBUG):
        answer = client.get(reverse("absence:history", args=[own.uuid]))
    assert answer.status_code == 500
    # As it leaves the process: with the traceback, and of that no variables.
    for record in caplog.records:
        Scrub().filter(record)
    lines = [json_formatter().format(record) for record in caplog.records]
    assert "RuntimeError: broken" in "".join(lines)
    said = [reading.everything(answer), caplog.text, *lines, *(str(one.message()) for one in mail.outbox)]
    assert town.tokens_in("\n".join(said)) == set()


def test_case_90_what_is_foreign_costs_as_much_as_what_does_not_exist(there: Town, askers: Askers) -> None:
    """The same statements are asked of the database, so that time tells nothing."""
    for name in (
        "absence:history",
        "cases:case",
        "cases:letter",
        "sms:log-message",
        "absence:class",
        "cases:pupil",
    ):
        ask = access.TABLE[name][0]
        assert ask.about
        role = min(ask.may)
        foreign = ask.about.foreign(there.at(Relation.OTHER_AREA))
        asked = []
        for parts in (foreign, ask.about.missing(there.stage)):
            url = reverse(name, kwargs=dict(parts))
            askers[role].client.get(url)
            with statements() as sent:
                assert askers[role].client.get(url).status_code == 404
            plain = [re.sub(r"'[^']*'(::\w+)?|\d+", "?", statement) for statement in sent]
            # A list of one and of none are written in two ways.
            asked.append(
                [re.sub(r"ARRAY\[[?,]*\]::integer\[\]|\?\[\]", "?", statement) for statement in plain]
            )
        assert asked[0] == asked[1], name
