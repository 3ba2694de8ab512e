"""Can a letter be written, signed, sent and withdrawn, and does it stay what was signed?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from fravaer.accounts.models import User
from fravaer.accounts.roles import Role
from fravaer.audit.models import Event
from fravaer.cases import letters, lettertexts
from fravaer.cases.models import Letter, LetterKind, LetterText, Referral
from fravaer.core.periods import Quarter
from fravaer.schools.models import Guardianship, Pupil
from tests import factories
from tests.at_once import at_once
from tests.cases import casework, lettering
from tests.cases.test_duties import explain, held, quarter, scope, signed
from tests.cast import DAY, MORNING, Cast, signed_in

__all__ = ["quarter"]


def plain(response: object) -> str:
    assert isinstance(response, HttpResponse)
    return response.content.decode().replace("\N{NO-BREAK SPACE}", " ")


def begin(client: Client, pupil: Pupil, kind: str, **more: object) -> HttpResponse:
    data = {"key": uuid4(), "pupil": pupil.uuid, "kind": kind, "quarter": "2026K1", "turn": 0, **more}
    response = client.post(reverse("cases:letter-draft"), data)
    assert isinstance(response, HttpResponse)
    return response


def do(client: Client, letter: Letter, what: str, **data: object) -> HttpResponse:
    letter.refresh_from_db()
    fields = {"seen": letter.version, "turn": 0, **data}
    response = client.post(reverse(f"cases:letter-{what}", args=[letter.uuid]), fields)
    assert isinstance(response, HttpResponse)
    return response


def save(client: Client, letter: Letter, **more: object) -> HttpResponse:
    checked = letters.CHECKS[LetterKind(letter.kind)]
    words = {"subject": "Om {fornavn}", "body": lettering.BODY, "checked": checked}
    return do(client, letter, "edit", **(words | more))


def test_the_office_drafts_a_warning_the_leader_signs_it_and_it_is_sent(
    cast: Cast, quarter: Sequence[date]
) -> None:
    aksel, office, leader = cast.pupils[0], signed_in(cast.secretary), signed_in(cast.leader)
    assert begin(office, aksel, "warning").status_code == 303
    letter = Letter.objects.get()
    html = plain(office.get(reverse("cases:letter", args=[letter.uuid])))
    assert "Kim Bro" in html
    assert "10,0 % af skoledagene" in html
    assert "onsdag 7. januar 2026: hele dagen" in html
    # The office does not sign, and nobody signs before everything has been seen to.
    assert do(office, letter, "sign").status_code == 403
    assert do(leader, letter, "sign").status_code == 409
    assert save(office, letter).status_code == 303
    assert do(leader, letter, "sign").status_code == 303
    letter.refresh_from_db()
    assert (letter.state, letter.signed_by, letter.subject) == ("signed", cast.leader, "Om Aksel")
    assert "Hilsen Lars Toft" in letter.body
    assert do(office, letter, "send", how="digital_post", sent_on="2026-03-11").status_code == 422
    assert do(office, letter, "send", how="digital_post", sent_on="2026-03-10").status_code == 303
    assert Event.objects.filter(subject="letter", action__startswith="letter.").count() == 4
    # A second one of the quarter is the one there is; the office writes no referral, and no letter of another school.
    assert begin(office, aksel, "warning").headers["Location"] == reverse("cases:letter", args=[letter.uuid])
    assert begin(office, cast.pupils[1], "referral").status_code == 403
    assert begin(office, cast.others[0], "warning").status_code == 404
    assert begin(leader, cast.pupils[2], "warning").headers["Location"] == reverse("cases:duties")
    assert Letter.objects.count() == 1


def test_a_percent_corrected_while_a_letter_is_drafted_is_signed_by_nobody(
    cast: Cast, quarter: Sequence[date]
) -> None:
    freja, leader = cast.pupils[1], signed_in(cast.leader)
    begin(leader, freja, "warning")
    letter = Letter.objects.get()
    save(leader, letter)
    explain(freja, 2)
    response = do(leader, letter, "sign")
    assert response.status_code == 409
    assert "15,0 %" in plain(response)
    assert "12,5 %" in plain(response)
    letter.refresh_from_db()
    assert letter.state == "draft"
    # Counted anew it is another letter, and is seen to again.
    assert do(leader, letter, "edit", recount="1").status_code == 303
    letter.refresh_from_db()
    assert (letter.evidence["unlawful"], letter.checks) == (10, {})
    save(leader, letter)
    assert do(leader, letter, "sign").status_code == 303


def test_what_is_typed_into_a_draft_somebody_changed_comes_back_and_overwrites_nothing(
    cast: Cast, quarter: Sequence[date]
) -> None:
    leader = signed_in(cast.leader)
    begin(leader, cast.pupils[0], "warning")
    letter = Letter.objects.get()
    save(leader, letter, subject="Først")
    response = save(leader, letter, subject="Senere, {fornavn}", seen=0)
    assert response.status_code == 409
    assert "Senere, {fornavn}" in plain(response)
    letter.refresh_from_db()
    assert letter.subject == "Først"
    assert save(leader, letter, subject="Om {cpr}").status_code == 422
    assert save(leader, letter, body="x" * 7_000).status_code == 422
    assert do(leader, letter, "edit", seen="x").status_code == 400


def test_what_was_signed_is_printed_the_same_ever_after_and_cannot_be_changed(
    cast: Cast, quarter: Sequence[date]
) -> None:
    aksel, leader = cast.pupils[0], signed_in(cast.leader)
    letter = signed(aksel, LetterKind.WARNING, scope(cast.leader))
    address = reverse("cases:letter-pdf", args=[letter.uuid])
    before = leader.get(address).content
    assert before.startswith(b"%PDF-")
    explain(aksel, 1)
    Pupil.objects.filter(pk=aksel.pk).update(given_name="Anders", protected=True)
    Guardianship.objects.filter(pupil=aksel).update(custody=False)
    assert leader.get(address).content == before
    html = plain(leader.get(reverse("cases:letter", args=[letter.uuid])))
    assert "10,0 %; de samme dage viser 8,7 %" in html
    letter.refresh_from_db()
    letter.body = "Noget andet"
    with pytest.raises(DatabaseError), transaction.atomic():
        letter.save(update_fields=["body"])


def test_a_protected_pupils_letter_names_no_guardian_and_one_without_custody_is_never_named(
    cast: Cast, quarter: Sequence[date]
) -> None:
    aksel, freja, leader = *cast.pupils[:2], signed_in(cast.leader)
    Pupil.objects.filter(pk=aksel.pk).update(protected=True)
    factories.guardian(freja, name="Gæst Uden Myndighed", custody=False)
    for pupil in (aksel, freja):
        begin(leader, pupil, "warning")
    pages = {
        letter.pupil: plain(leader.get(reverse("cases:letter", args=[letter.uuid])))
        for letter in Letter.objects.select_related("pupil")
    }
    assert "Til indehaverne af forældremyndigheden" in pages[aksel]
    assert "Kim Bro" not in pages[aksel]
    assert "Kim Holm" in pages[freja]
    assert "Gæst Uden" not in pages[freja]


def test_a_letter_is_written_in_the_guardians_own_language_where_there_is_a_text(
    cast: Cast, quarter: Sequence[date]
) -> None:
    aksel = cast.pupils[0]
    Guardianship.objects.get(pupil=aksel).guardian.__class__.objects.filter(
        guardianships__pupil=aksel
    ).update(language="en")
    letter = letters.draft(
        *(aksel, LetterKind.WARNING, scope(cast.leader), MORNING, DAY),
        key=uuid4(),
        quarter=Quarter(2026, 1),
    )
    html = plain(signed_in(cast.leader).get(reverse("cases:letter", args=[letter.uuid])))
    assert "Wednesday 7 January 2026: the whole day" in html


def test_those_in_the_case_read_its_letters_and_nobody_else_does(cast: Cast, quarter: Sequence[date]) -> None:
    freja = cast.pupils[1]
    consultant = factories.user("Karen Konsulent")
    casework.take_part(consultant, Role.CONSULTANT, casework.case_of(freja))
    letter = signed(freja, LetterKind.REFERRAL, scope(cast.leader))
    address = reverse("cases:letter", args=[letter.uuid])
    readers = {
        cast.leader: 200,
        consultant: 200,
        # The office sees warnings, the social worker what she takes part in, a teacher and another school nothing.
        cast.secretary: 404,
        cast.social_worker: 404,
        cast.mette: 403,
        cast.stranger: 404,
    }
    assert {user: signed_in(user).get(address).status_code for user in readers} == readers


def test_a_psychologist_begins_letters_from_her_case_and_signs_none(
    cast: Cast, quarter: Sequence[date]
) -> None:
    freja, psychologist = cast.pupils[1], factories.user("Petra Psykolog")
    case = casework.case_of(freja, {Role.PSYCHOLOGIST: psychologist})
    client = signed_in(psychologist)
    papers = reverse("cases:papers", args=[case.uuid])
    assert "Skriv et brev" in plain(client.get(papers))
    # A talk needs a time; the referral of this quarter needs nothing more; another pupil is none of hers.
    assert begin(client, freja, "summons").headers["Location"] == papers
    assert begin(client, freja, "summons", day="2026-03-17", time="14:00").status_code == 303
    assert begin(client, freja, "referral", quarter="").status_code == 303
    assert begin(client, cast.pupils[0], "warning").status_code == 404
    assert "tirsdag 17. marts 2026 kl. 14.00" in plain(
        client.get(reverse("cases:letter", args=[Letter.objects.get(kind="summons").uuid]))
    )
    for letter in Letter.objects.all():
        assert letter.case == case
        assert do(client, letter, "sign").status_code == 403


def test_a_referral_is_received_heard_and_decided_and_the_school_learns_the_receipt_alone(
    cast: Cast, quarter: Sequence[date]
) -> None:
    freja, leader, worker = cast.pupils[1], signed_in(cast.leader), signed_in(cast.social_worker)
    Pupil.objects.filter(pk=freja.pk).update(birth_on=date(2013, 3, 10))
    letter = signed(freja, LetterKind.REFERRAL, scope(cast.leader))
    assert [one["day"] for one in letter.evidence["days"]] == [str(day) for day in held()[:6]]
    assert letter.evidence["register"][0]["marks"]
    assert do(leader, letter, "send").status_code == 303
    assert do(leader, letter, "send").status_code == 409
    referral = Referral.objects.get()
    address = reverse("cases:referral", args=[referral.uuid])
    assert "Venter på kvittering" in plain(worker.get(reverse("cases:referrals")))
    html = plain(worker.get(address))
    assert "Efterprøvet nu" in html
    assert worker.post(f"{address}decide/", {"seen": 0}).status_code == 409
    assert worker.post(f"{address}receive/").status_code == 303

    decision = {
        "seen": 0,
        "decision": "stopped",
        "decision_text": "Ydelsen stoppes.",
        "decided_on": "2026-03-10",
    }
    # The child is twelve: both are heard before it is decided, and nothing lies in the future.
    response = worker.post(f"{address}decide/", decision | {"parents_heard_on": "2026-03-09"})
    assert response.status_code == 422
    assert "Barnet høres, før der træffes afgørelse" in plain(response)
    assert "Ydelsen stoppes." in plain(response)
    heard = {"parents_heard_on": "2026-03-09", "child_heard_on": "2026-03-09"}
    assert worker.post(f"{address}decide/", decision | heard).status_code == 303
    assert worker.post(f"{address}decide/", decision | heard).status_code == 409
    told = plain(leader.get(reverse("cases:letter", args=[letter.uuid])))
    assert "Kommunen kvitterede for underretningen tirsdag 10. marts 2026 (Sofie Winther)" in told
    assert "stoppes" not in told
    assert leader.get(address).status_code == 403
    # A later correction is shown as a difference; the evidence stays.
    explain(freja, 1)
    assert "15,0 %, da den blev underskrevet, 13,7 % i dag" in plain(worker.get(address))
    assert do(leader, letter, "withdraw", because="").status_code == 422
    assert do(leader, letter, "withdraw", because="Registret var forkert.").status_code == 303
    assert "Registret var forkert." in plain(worker.get(address))


def test_a_wording_takes_two_persons_and_holds_no_field_but_ours(cast: Cast) -> None:
    chief = factories.user("Christa Chef")
    factories.grant(chief, Role.CHIEF, None)
    manager = signed_in(cast.area_manager)
    address = reverse("cases:letter-text", args=["warning", "tr"])

    def propose(body: str, **more: object) -> HttpResponse:
        data = {"key": uuid4(), "subject": "Hej {fornavn}", "body": body, **more}
        response = manager.post(f"{address}propose/", data)
        assert isinstance(response, HttpResponse)
        return response

    for wrong, said in (
        (lettering.BODY + " {cpr}", "er ikke et af felterne"),
        (lettering.BODY + " {møde}", "kan ikke bruges"),
        (lettering.BODY.replace("{liste}", ""), "skal have feltet {liste}"),
        (lettering.BODY + " 010101-1234", "cpr-nummer"),
        (lettering.BODY + " {", "klamme"),
        ("x" * 6_001, "længere end 6000"),
    ):
        response = propose(wrong)
        assert response.status_code == 422
        assert said in plain(response)
    assert "Alma" in plain(propose(lettering.BODY, preview="1"))
    assert not LetterText.objects.exists()
    assert propose(lettering.BODY).status_code == 303
    proposed = LetterText.objects.get()
    decide = reverse("cases:letter-text-decide", args=[proposed.uuid])
    assert manager.post(decide, {"answer": "agree"}).status_code == 403
    with pytest.raises(lettertexts.SecondPersonNeeded):
        lettertexts.decide(proposed.uuid, scope(cast.area_manager), MORNING, agree=True)
    assert signed_in(chief).post(decide, {"answer": "agree"}).status_code == 303
    assert signed_in(chief).post(decide, {"answer": "refuse"}).status_code == 409
    words = lettertexts.in_force(LetterKind.WARNING, "tr")
    assert words is not None
    assert words.version == 1
    assert lettertexts.languages(LetterKind.WARNING) == ["da", "en", "tr"]


@pytest.mark.parametrize("kind", LetterKind)
@pytest.mark.parametrize("language", lettertexts.SHIPPED)
def test_the_products_own_words_keep_the_rules_and_threaten_nobody(kind: LetterKind, language: str) -> None:
    words = lettertexts.own(kind, language)
    assert lettertexts.problems(kind, words.subject, words.body) == []
    said = f"{words.subject} {words.body}".lower()
    assert not re.search(r"konsekvens|straf|børneydelse|politi|consequence|penalty|benefit|police", said)
    if kind != LetterKind.REFERRAL:
        assert re.search(r"det sker der|what happens", said)


@pytest.mark.django_db(transaction=True)
def test_two_leaders_who_sign_at_once_sign_once(cast: Cast) -> None:
    deputy: User = factories.user("Dorte Vice")
    factories.grant(deputy, Role.LEADER, cast.school)
    letter = lettering.draft_of(cast.pupils[0], cast.school, LetterKind.SUMMONS)
    letter.quarter_on, letter.checks = None, {"custody": True}
    letter.evidence = {"meeting_at": MORNING.isoformat(), "place": "", "absent": 4}
    letter.save()
    answers = at_once(
        *(
            lambda user=user: letters.sign(letter, scope(user), MORNING, seen=0, sender=user.name)
            for user in (cast.leader, deputy)
        )
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["Letter", "NotNow"]
    letter.refresh_from_db()
    assert letter.signed_by
    assert f"{letter.signed_by.name}\n" in letter.body
