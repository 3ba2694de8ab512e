"""The office reads in a spreadsheet of known absence, and sees what is in it first."""

from __future__ import annotations

import base64
import unicodedata
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.http import HttpResponseBase
from django.urls import reverse

from fravaer.absence import known, known_importing
from fravaer.absence.models import Known
from fravaer.absence.reasons import Mark
from fravaer.accounts.models import User
from fravaer.core.periods import Period
from fravaer.core.scope import Scope
from fravaer.schools.models import Pupil, SchoolClass
from tests import factories
from tests.cast import DAY, MORNING, Cast, signed_in

PAGE = reverse("absence:known-import")
HEADER = "navn;klasse;hvad;fra;til;tekst"
MARCH = Period(date(2026, 3, 1), date(2026, 4, 1))


def shown(user: User, *rows: str, header: str = HEADER, encoding: str = "utf-8-sig") -> HttpResponseBase:
    data = "\r\n".join([header, *rows]).encode(encoding)
    return signed_in(user).post(PAGE, {"file": SimpleUploadedFile("fravær.csv", data)})


def entered(user: User, *rows: str, header: str = HEADER) -> str:
    content = base64.b64encode("\n".join([header, *rows]).encode()).decode()
    answer = signed_in(user).post(PAGE, {"content": content, "file": "fravær.csv"}, follow=True)
    return text(answer)


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_the_file_is_shown_before_anything_is_entered(cast: Cast) -> None:
    rows = [
        "Freja Holm;7.B;syg;10-03-2026;12-03-2026;",
        "Noah Lund;7b;fri;2026-03-20;;Bryllup",
        ";7.B;tur;17.03.2026;;Tur",
    ]
    answer = shown(cast.secretary, *rows)
    assert answer.status_code == 200
    assert "Intet er meldt endnu" in text(answer)
    assert Known.objects.count() == 0
    assert "Meldt syg: 1" in entered(cast.secretary, *rows)
    assert known.on(cast.class_7b.pk, DAY)[cast.pupils[1].pk].mark == Mark.ILL
    # Leave waits for its decision.
    assert Known.objects.get(kind=Known.Kind.LEAVE).state == Known.State.ASKED


def test_the_same_file_again_enters_nothing(cast: Cast) -> None:
    rows = [
        "Freja Holm;7.B;syg;10-03-2026;12-03-2026;",
        "Noah Lund;7.B;fri;20-03-2026;;Bryllup",
        ";7.B;tur;17-03-2026;;Tur",
    ]
    entered(cast.secretary, *rows)
    assert "Kendt i forvejen: 3" in entered(cast.secretary, *rows)
    assert Known.objects.count() == 3


def test_every_problem_is_told_with_line_and_column_and_nothing_is_entered(cast: Cast) -> None:
    factories.pupil("Freja Holm", in_class=cast.class_2a)
    factories.pupil("Freja Holm", in_class=cast.class_2a)
    rows = [
        "Freja Holm;7.B;syg;10-03-2026;;",
        "Freja Holm;2.A;syg;10-03-2026;;",
        "Alma Kruse;7.B;syg;10-03-2026;;",
        "Noah Lund;7.B;ferie;10-03-2026;;",
        "Noah Lund;7.B;syg;31-02-2026;;",
        "Noah Lund;7.B;syg;12-03-2026;10-03-2026;",
        "Noah Lund;7.B;syg;14-03-2026;;",
        ";9.Z;tur;10-03-2026;;Tur",
        ";7.B;tur;10-03-2026;;",
        ";;syg;10-03-2026;;",
    ]
    answer = shown(cast.secretary, *rows)
    assert answer.status_code == 422
    said = text(answer)
    # The weekend of line 8 is found once it is known who is meant.
    assert [f"linje {n}," in said for n in range(2, 12)] == [False, *[True] * 9]
    assert "linje 3, kolonnen navn" in said
    assert Known.objects.count() == 0
    assert entered(cast.secretary, *rows).count("linje") >= 9
    assert Known.objects.count() == 0


@pytest.mark.parametrize(
    ("header", "row", "encoding"),
    [
        ("navn;hvad", "Freja Holm;syg", "utf-8"),
        (HEADER, "Freja Holm;7.B", "utf-8"),
        (HEADER, "Ørn Aagaard;7.B;syg;10-03-2026;;", "latin-1"),
        (HEADER, "Freja Holm;7.B;syg;10-03-2026;;", "utf-16"),
        (HEADER, "Freja Holm;7.B;syg;10-03-2026;;010116-4321", "utf-8"),
    ],
)
def test_a_file_of_another_shape_is_refused(cast: Cast, header: str, row: str, encoding: str) -> None:
    answer = shown(cast.secretary, row, header=header, encoding=encoding)
    assert answer.status_code == 422
    assert "Intet er indlæst" in text(answer)


def test_a_comma_and_a_roster_key_do_as_well(cast: Cast) -> None:
    key = cast.pupils[0].roster_key
    assert "Meldt syg: 1" in entered(cast.secretary, f"{key},syg,10-03-2026", header="pupil,what,from")
    # Some programs write the dots of a letter apart from it.
    apart = unicodedata.normalize("NFD", "Zoë Dam;7.B;syg;10-03-2026;;")
    assert "Meldt syg: 1" in entered(cast.secretary, apart)


def test_no_file_too_large_a_file_and_a_tampered_one_enter_nothing(cast: Cast) -> None:
    client = signed_in(cast.secretary)
    assert client.post(PAGE, {}).status_code == 422
    large = SimpleUploadedFile("a.csv", b"x" * 200_001)
    assert client.post(PAGE, {"file": large}).status_code == 422
    assert client.post(PAGE, {"content": "%%%"}).status_code == 400
    assert client.post(PAGE, {"content": base64.b64encode(b"x").decode()}).status_code == 422
    assert Known.objects.count() == 0


def test_only_ones_own_pupils_can_be_named(cast: Cast) -> None:
    assert shown(cast.secretary, "Alma Kruse;7.B;syg;10-03-2026;;").status_code == 422
    assert shown(cast.mette, "Freja Holm;7.B;syg;10-03-2026;;").status_code == 403


def test_the_example_file_says_what_the_page_asks_for(cast: Cast) -> None:
    examples = Path("docs/examples")
    call_command("import_roster", str(examples / "roster"), allow_shrinking=True)
    day = date(2026, 9, 1)
    found = known_importing.take_in(
        (examples / "absence" / "known.csv").read_bytes(),
        "known.csv",
        pupils=Pupil.objects.all(),
        classes=SchoolClass.objects.filter(school__name="Birkeskolen").in_year_of(day),
        day=day,
        scope=Scope(),
        now=MORNING,
        dry_run=True,
    )
    assert (found.ill, found.leave, found.activities) == (1, 1, 1)
