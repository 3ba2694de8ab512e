"""What may be put in? Attacks on parameters, forms and texts."""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from fravaer.accounts.models import User
from fravaer.accounts.roles import Role
from fravaer.cases.models import Case, Note
from fravaer.schools.models import Guardian, Pupil, School, SchoolClass
from tests.architecture import access
from tests.architecture.access import PUBLIC, taken_back
from tests.cast import statements
from tests.proof import reading, town
from tests.proof.asking import Asker
from tests.proof.matrix import Canary, Relation
from tests.proof.reading import bare
from tests.proof.test_objects import PAGES
from tests.proof.town import Town

R = Role
Askers = dict[Role, Asker]
LISTS = [(name, ask) for name, ask in PAGES if not ask.about]
# As short as a token may be.
SECRET = "a" * 32
FORMS = [(name, ask) for name, asks in access.TABLE.items() for ask in asks if ask.method == "POST"]


def lists(there: Town, askers: Askers) -> list[tuple[str, Role, Client, str]]:
    """Every list with one role that may see it."""
    return [
        (name, role, askers[role].client, reverse(name, kwargs=dict(ask.own(there.stage))))
        for name, ask in LISTS
        for role in [min(ask.may)]
    ]


def test_case_31_a_list_sorted_by_what_it_does_not_show_is_not_sorted(there: Town, askers: Askers) -> None:
    """Hidden fields, paths through tables and words that are none give the list in its own order."""
    hidden = (
        "pupil__guardianships__guardian__family_name",
        "-note__text",
        "birth_on",
        "protected",
        "?",
        "cpr",
        "1;--",
    )
    for number, (name, role, client, url) in enumerate(lists(there, askers)):
        # Another one at each list.
        column = hidden[number % len(hidden)]
        response = client.get(url, {"sort": column, "ordering": column, "order_by": column})
        # A figure's page knows its orders, and says of any other that it is not there.
        assert response.status_code in {200, 400, 404}, (name, column)
        if response.status_code == 200:
            # Its own links keep the address; nothing else differs.
            assert rows(bare(response)) == rows(bare(client.get(url))), (name, role, column)


def rows(page: str) -> list[str]:
    return [part.partition("</tr>")[0] for part in page.split("<tr")[1:] if "<td" in part]


def test_case_32_an_address_speaks_no_language_of_the_database(there: Town, askers: Askers) -> None:
    """Look-ups, connectors, the same key twice and inner names choose nothing and break nothing."""
    foreign = there.places[Relation.OTHER_AREA]
    query = urlencode(
        [
            ("school__area__in", foreign.area.pk),
            ("pupil__family_name__regex", ".*"),
            ("_connector", "OR"),
            ("_negated", "1"),
            ("__class__", "x"),
            ("pk__gte", "0"),
            ("page", "-1"),
            ("page", "2e308"),
            ("school", "x"),
            ("school", "x' OR '1'='1"),
        ]
    )
    for name, role, client, url in lists(there, askers):
        response = client.get(f"{url}?{query}")
        assert response.status_code in {200, 302, 303, 400, 404}, (name, role)
        assert town.tokens_in(reading.everything(response)) <= askers[role].allowed, (name, role)


def test_case_33_a_form_takes_no_field_it_does_not_show(there: Town, askers: Askers) -> None:
    """Author, domain, school, state and seal that somebody adds to the form of a note are not read."""
    case = Case.objects.get(pupil=there.places[Relation.OWN].pupils[0])
    leader, other = there.stage.by_role[R.LEADER], there.stage.by_role[R.PSYCHOLOGIST]
    key = uuid4()
    form: dict[str, Any] = {
        **access.TABLE["cases:note"][0].data(there.stage),
        "key": key,
        "text": "Talt med hjemmet.",
        "domain": "social",
        "author": other.pk,
        "author_id": other.pk,
        "case": "1",
        "school": "1",
        "status": "closed",
        "state": "closed",
        "is_sealed": "1",
        "approved_by": other.pk,
        "at": "2020-01-01",
        "pupil": there.places[Relation.OTHER_AREA].pupils[0].pk,
        "pk": "1",
        "id": "1",
    }
    seen = Note.objects.filter(case=case).count() + case.steps.count()
    with taken_back():
        askers[R.LEADER].client.post(reverse("cases:note", args=[case.uuid]), {**form, "seen": seen})
        written = Note.objects.filter(key=key)
        for note in written:
            assert (note.author, note.case, note.domain) == (leader, case, "school")
            assert note.at.year == 2026
        case.refresh_from_db()
        assert case.state == "open"


def test_case_34_a_search_finds_ones_own_and_reads_signs_as_they_are(there: Town, askers: Askers) -> None:
    """No stranger by name or number, nobody by a wildcard, and the same answer for one who is there and one who is not."""
    foreign = there.places[Relation.OTHER_AREA].pupils[0]
    for role in (R.TEACHER, R.LEADER):
        client = askers[role].client
        for name in ("absence:known-find", "sms:log-find"):
            if role not in access.TABLE[name][0].may:
                continue
            answers = {}
            for text in (
                foreign.family_name,
                "Findes Ikke",
                "010190-1234",
                "0101901234",
                "%",
                "_",
                "%%%",
                "' OR 1=1 --",
            ):
                with taken_back():
                    response = client.post(reverse(name), {"who": text})
                said = reading.everything(response)
                assert (Canary.NAME, foreign.pk) not in town.tokens_in(
                    said.replace(foreign.family_name, "")
                ), text
                answers[text] = bare(response).replace(text, "the text")
            assert answers[foreign.family_name] == answers["Findes Ikke"], name
    for text in ("%", "_"):
        page = askers[R.LEADER].client.get(reverse("cases:worklist"), {"who": text, "q": text, "name": text})
        assert page.status_code == 200


# They carry the sender's own signature in the place of our token.
SIGNED = {"sms:status", "sms:inbound", "oidc-ended"}
FROM_ELSEWHERE = ("https://fravaer.invalid", "null")


def test_case_40_no_form_is_taken_without_its_token_or_from_elsewhere(there: Town, askers: Askers) -> None:
    """Every address that takes a form, by the browser of one who may: without the token, and with it from the page of another
    site or of none. Nothing is written."""
    ours = [(name, ask.own(there.stage), min(ask.may), True) for name, ask in FORMS]
    secrets = {"login-link": {"token": "x"}, "reports:wheel-feed": {"secret": "x"}}
    ours += [(name, secrets.get(name, {}), R.LEADER, False) for name in PUBLIC if name not in SIGNED]
    with statements() as sent:
        for number, (name, parts, role, takes_forms) in enumerate(ours):
            client = Client(enforce_csrf_checks=True)
            client.cookies["sessionid"] = askers[role].client.cookies["sessionid"].value
            client.cookies[settings.CSRF_COOKIE_NAME] = SECRET
            url = reverse(name, kwargs=dict(parts))
            without = client.post(url)
            elsewhere = client.post(
                url, {"csrfmiddlewaretoken": SECRET}, headers={"Origin": FROM_ELSEWHERE[number % 2]}
            )
            refused = {403} if takes_forms else {403, 405}
            assert {without.status_code, elsewhere.status_code} <= refused, name
    written = [sql for sql in sent if sql.startswith(("INSERT", "UPDATE", "DELETE", "SELECT audit_"))]
    # That somebody is there, and when, is all that is kept.
    assert [sql for sql in written if "session" not in sql.split("SET")[0]] == []
    # With its token and from here the same form is taken.
    taken = client.post(reverse("language"), {"csrfmiddlewaretoken": SECRET, "language": "da"})
    assert taken.status_code != 403


PAYLOAD = "\"><img src=x onerror=alert(1)><script>alert('x')</script>{{7*7}}"
MARKUP = ("<img src=x", "<script>alert", "onerror=alert(1)>")


def test_case_35_what_people_write_is_never_markup(there: Town, askers: Askers) -> None:
    """Names of pupils, guardians, schools, classes and staff, notes and agreements, on every page that shows them."""
    Pupil.objects.update(given_name=PAYLOAD[:100])
    Guardian.objects.update(given_name=PAYLOAD[:100])
    School.objects.update(name=PAYLOAD[:100])
    User.objects.update(name=PAYLOAD[:150])
    SchoolClass.objects.filter(pk=there.places[Relation.OWN].school_class.pk).update(letter="<b>x</b>")
    Note.objects.filter(domain="school").first()
    shown = 0
    for name, ask in PAGES:
        role = min(ask.may)
        with taken_back():
            response = askers[role].client.get(
                reverse(name, kwargs=dict(ask.own(there.stage))), dict(ask.query)
            )
        if "html" not in response.headers.get("Content-Type", ""):
            continue
        page = reading.body(response).decode()
        assert not [markup for markup in MARKUP if markup in page], (name, role)
        assert "<b>x</b>" not in page, (name, role)
        shown += "&lt;img src=x" in page
    assert shown > 30


ODD = ("a%00b", "a%ED%A0%80b", "%E2%80%AEgpj.exe", "9" * 400, "x" * 1_000_000)


def test_case_39_no_text_breaks_a_form(there: Town, askers: Askers) -> None:
    """NUL, half a sign, turned text, a number without end and a million letters, in turn in the fields of every form and the
    parameters of every list: refused in words or read as text, and never a fault."""
    for number, (name, ask) in enumerate(FORMS):
        role = min(ask.may)
        url = reverse(name, kwargs=dict(ask.own(there.stage)))
        fields = [field for field in ask.data(there.stage) if field != "key"]
        said = [f"{urlencode({field: ''})}{ODD[(number + place) % 4]}" for place, field in enumerate(fields)]
        if fields and number % 5 == 0:
            said[0] = f"{urlencode({fields[0]: ''})}{ODD[4]}"
        with taken_back():
            response = askers[role].client.generic(
                "POST", url, data="&".join(said), content_type="application/x-www-form-urlencoded"
            )
        assert response.status_code < 500, (name, role)
    parameters = ("sort", "page", "school", "class", "q", "who", "day", "year", "view", "from", "pupil")
    for number, (name, role, client, url) in enumerate(lists(there, askers)):
        said = [f"{one}={ODD[(number + place) % 4]}" for place, one in enumerate(parameters)]
        assert client.get(f"{url}?{'&'.join(said)}").status_code < 500, (name, role)


def test_case_38_a_line_of_the_log_stays_a_line(
    askers: Askers, caplog: pytest.LogCaptureFixture, there: Town
) -> None:
    """A user agent with a newline and colours writes no second line, and nothing of a form is in the log."""
    agent = 'x\n{"level": "info", "event": "forged"}\x1b[31m'
    with caplog.at_level(logging.DEBUG):
        askers[R.TEACHER].client.get("/findes-ikke/", headers={"User-Agent": agent})
        askers[R.TEACHER].client.post("/findes-ikke/", {"text": "hemmeligt"})
    for record in caplog.records:
        said = record.getMessage()
        assert "\n{" not in said
        assert "\x1b" not in said
        assert "hemmeligt" not in said
