"""An import that cannot be done says so once: every file, line and column, and what to do there."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fravaer.schools.models import School
from tests.accounts.rosterfiles import HEADERS, Files

CPR = "Det ligner et CPR-nummer. Skoledata må ikke indeholde CPR-numre: fjern det fra udtrækket."
PHONE = "Det er ikke ét telefonnummer. Danske numre har otte cifre, udenlandske begynder med +."
ONE_PHONE = (
    "Skriv ét telefonnummer med lutter cifre. Et nummer mere har sin egen kolonne; bemærkninger har ingen."
)
DATE = "Det er ikke en dato. Skriv dd-mm-åååå, for eksempel 10-08-2026."
NO_DATE = "Den dato findes ikke. Skriv dd-mm-åååå, for eksempel 10-08-2026."
EMPTY = "Feltet er tomt. Udfyld det."
NAME = "Det er ikke navnet på en klasse. Skriv klassetrin, punktum og bogstav, for eksempel 7.B."
YEAR_GROUP = "Et klassetrin er et helt tal fra 0 til 10."
NO_SCHOOL = "Skolen står ikke i schools.csv. Ret nummeret, eller tilføj skolen."
NO_CLASS = (
    "Skolen har ingen sådan klasse i {}, hvor den første dag ligger. "
    "Ret klassen eller datoen, eller tilføj klassen i classes.csv."
)
ONE_YEAR = "En klasse varer et skoleår, til og med 31. juli. Skriv det næste år på en linje for sig."
BACKWARDS = "Den sidste dag ligger før den første. Ret en af dem."
OTHERWISE = "Linje {} siger noget andet her om det samme. Ret, så linjerne stemmer."
SAME = "Linje {} siger det samme. Slet den ene."
BIRTH = "En elev kan ikke være født den dag. Ret datoen, eller lad feltet stå tomt."


@pytest.mark.parametrize(
    ("name", "row", "place", "message"),
    [
        ("schools", "999;Fjordby Kommune;nord;Nord;100001;Birkeskolen;", "school", SAME.format(2)),
        ("schools", "999;Fjordby;nord;Nord;100003;Ny;", "municipality_name", OTHERWISE.format(2)),
        ("schools", "999;Fjordby Kommune;nord;Øst;100003;Ny;", "area_name", OTHERWISE.format(2)),
        ("schools", "99;Fjordby Kommune;nord;Nord;100003;Ny;", "municipality", None),
        ("schools", "999;Fjordby Kommune;øst;Øst;100003;Ny;", "area", None),
        ("schools", "999;Fjordby Kommune;nord;Nord;10 00;Ny;", "school", None),
        ("schools", "999;Fjordby Kommune;nord;Nord;100003;;", "name", EMPTY),
        ("schools", "999;Fjordby Kommune;nord;Nord;100003;Ny;1234", "phone", PHONE),
        ("classes", "100001;2025/26;7.B", "class", SAME.format(3)),
        ("classes", "100001;2025/26;7b", "class", SAME.format(3)),
        ("classes", "100001;2025/26;11.A", "class", YEAR_GROUP),
        ("classes", "100001;2025/26;Myretuen", "class", NAME),
        ("classes", "100001;2025/27;7.C", "school_year", "Det er ikke et skoleår. Skriv det som 2025/26."),
        ("classes", "100009;2025/26;7.C", "school", NO_SCHOOL),
        ("pupils", ";Ny;Elev;;;100001;7.A;01-08-2025;", "pupil", EMPTY),
        ("pupils", "p9;;Elev;;;100001;7.A;01-08-2025;", "given_name", EMPTY),
        ("pupils", "p9;Ny;Elev;;;100001;7.A;;", "from", EMPTY),
        ("pupils", "p9;Ny;Elev;;;100001;7.A;1. august;", "from", DATE),
        ("pupils", "p9;Ny;Elev;;;100001;7.A;01-08-25;", "from", DATE),
        ("pupils", "p9;Ny;Elev;;;100001;7.A;01-08.2025;", "from", DATE),
        ("pupils", "p9;Ny;Elev;;;100001;7.A;31-11-2025;", "from", NO_DATE),
        ("pupils", "p9;Ny;Elev;;;100001;7.A;01-08-2025;01-08-2026", "to", ONE_YEAR),
        ("pupils", "p9;Ny;Elev;;;100001;7.A;01-12-2025;30-11-2025", "to", BACKWARDS),
        ("pupils", "p9;Ny;Elev;;;100001;7.A;01-08-2024;", "class", NO_CLASS.format("2024/25")),
        ("pupils", "p9;Ny;Elev;;;100001;7.C;01-08-2025;", "class", NO_CLASS.format("2025/26")),
        ("pupils", "p9;Ny;Elev;;;100002;7.A;01-08-2025;", "class", NO_CLASS.format("2025/26")),
        ("pupils", "p9;Ny;Elev;;;100009;7.A;01-08-2025;", "school", NO_SCHOOL),
        ("pupils", "p9;Ny;Elev;11-03-2026;;100001;7.A;01-08-2025;", "birth_date", BIRTH),
        ("pupils", "p9;Ny;Elev;17-05-1912;;100001;7.A;01-08-2025;", "birth_date", BIRTH),
        ("pupils", "p9;Ny;Elev;;måske;100001;7.A;01-08-2025;", "protected", "Skriv ja eller nej."),
        ("pupils", "p1;Aksel;Toft;17-05-2012;nej;100001;7.B;01-08-2024;", "family_name", OTHERWISE.format(2)),
        (
            "pupils",
            "p1;Aksel;Bro;17-05-2012;nej;100001;7.B;01-03-2026;",
            "from",
            "Eleven går allerede i en klasse de dage ifølge linje 2. Afslut den ene, før den anden begynder.",
        ),
        (
            "guardians",
            "g9;Ny;Voksen;p9;ja;ja;da;;;",
            "pupil",
            "Eleven står ikke i pupils.csv. Ret nøglen, eller slet linjen.",
        ),
        ("guardians", "g1;Karen;Bro;p1;ja;ja;da;mor;+46701740605;", "guardian", SAME.format(2)),
        ("guardians", "g1;Karen;Toft;p2;ja;ja;da;mor;+46701740605;", "family_name", OTHERWISE.format(2)),
        ("guardians", "g1;Karen;Bro;p2;ja;ja;da;mor;+46701740606;", "phone", OTHERWISE.format(2)),
        ("guardians", "g9;Ny;Voksen;p1;;ja;da;;;", "custody", EMPTY),
        ("guardians", "g9;Ny;Voksen;p1;delt;ja;da;;;", "custody", "Skriv ja eller nej."),
        ("guardians", "g9;Ny;Voksen;p1;ja;ja;dansk;;;", "language", None),
        ("guardians", "g9;Ny;Voksen;p1;ja;ja;da;;2012345;", "phone", PHONE),
        ("guardians", "g9;Ny;Voksen;p1;ja;ja;da;;20123456 30123456;", "phone", PHONE),
        ("guardians", "g9;Ny;Voksen;p1;ja;ja;da;;20123456/30123456;", "phone", ONE_PHONE),
        ("guardians", "g9;Ny;Voksen;p1;ja;ja;da;;20123456 (mor);", "phone", ONE_PHONE),
        ("guardians", "g9;Ny;Voksen;p1;ja;ja;da;;;O2123456", "phone_2", ONE_PHONE),
        ("guardians", "g9;Ny;Voksen;p1;ja;ja;da;;80123456;", "phone", None),
        ("staff", "s9;Ny;ny;lærer;;100001;7.A;01-08-2025;", "email", "Det er ikke en mailadresse. Ret den."),
        ("staff", "s9;Ny;mette@fjordby.invalid;lærer;;100001;7.A;01-08-2025;", "email", None),
        (
            "staff",
            "s2;Lars Toft;l@fjordby.invalid;skoleleder;;100002;;01-08-2025;",
            "email",
            OTHERWISE.format(4),
        ),
        ("staff", "s9;Ny;ny@fjordby.invalid;konge;;100001;;01-08-2025;", "role", None),
        ("staff", "s9;Ny;ny@fjordby.invalid;lærer;;100001;;01-08-2025;", "role", None),
        ("staff", "s9;Ny;ny@fjordby.invalid;skoleleder;;;;01-08-2025;", "role", None),
        ("staff", "s9;Ny;ny@fjordby.invalid;skoleleder;nord;100001;;01-08-2025;", "role", None),
        ("staff", "s9;Ny;ny@fjordby.invalid;skolesocialrådgiver;;;;01-08-2025;", "role", None),
        ("staff", "s9;Ny;ny@fjordby.invalid;fraværskonsulent;;100001;;01-08-2025;", "role", None),
        ("staff", "s9;Ny;ny@fjordby.invalid;områdechef;vest;;;01-08-2025;", "area", None),
        ("staff", "s9;Ny;ny@fjordby.invalid;lærer;;100001;7.A;01-08-2025;01-08-2026", "to", ONE_YEAR),
        (
            "staff",
            "s2;Lars Toft;lars@fjordby.invalid;skoleleder;;100001;;01-08-2020;",
            "from",
            SAME.format(4),
        ),
        ("calendar", "24-12-2025;23-12-2025;;;;lukket;Jul", "to", BACKWARDS),
        ("calendar", "24-12-2025;;;;;måske;Jul", "state", "Skriv lukket eller åben."),
        ("calendar", "24-12-2025;;;;;lukket;", "reason", EMPTY),
        ("calendar", "24-12-2026;;;;;lukket;Jul", "from", None),
        ("calendar", "30-07-2026;02-08-2026;;;;lukket;Sommer", "to", None),
        ("calendar", "24-12-2025;;;7;;lukket;Jul", "school", None),
        ("calendar", "24-12-2025;;;;7.A;lukket;Jul", "school", None),
        ("calendar", "24-12-2025;;100001;7;7.A;lukket;Jul", "year_group", None),
        ("calendar", "24-12-2025;;100001;11;;lukket;Jul", "year_group", YEAR_GROUP),
        ("calendar", "24-12-2025;;100001;;9.Z;lukket;Jul", "class", NO_CLASS.format("2025/26")),
        (
            "calendar",
            "15-10-2025;;;;;åben;Alligevel",
            "from",
            "Linje 3 siger allerede noget om en af de samme dage for samme enhed. Slet den ene.",
        ),
    ],
)
def test_one_wrong_line_is_told_with_its_place_and_its_cure(
    files: Files, name: str, row: str, place: str, message: str | None
) -> None:
    files.add(name, row)
    line = len(files.tables[name]) + 1
    told = files.refused()
    assert told[-1] == f"{len(told) - 1} fejl. Intet er indlæst."
    start = f"{name}.csv, linje {line}, kolonnen {place}: "
    assert [one for one in told if one.startswith(start)] == [
        start + (message or told[0].removeprefix(start))
    ], told
    assert not School.objects.exists()


@pytest.mark.parametrize("cpr", ["170512-1234", "1705121234", "770512 1234", "f. 170512-1234 i Ribe"])
@pytest.mark.parametrize(
    ("name", "where", "column"),
    [
        ("pupils", "p1", "pupil"),
        ("pupils", "p1", "family_name"),
        ("guardians", "g1", "relation"),
        ("guardians", "g1", "phone"),
        ("staff", "s1", "name"),
        ("schools", "999", "name"),
        ("calendar", "13-10-2025", "reason"),
    ],
)
def test_a_cpr_number_is_refused_wherever_it_stands_and_never_repeated(
    files: Files, name: str, where: str, column: str, cpr: str
) -> None:
    files.change(name, where, **{column: cpr})
    told = files.refused()
    assert f"kolonnen {column}: {CPR}" in told[0]
    assert "1234" not in "".join(told)


def test_a_danish_number_with_its_country_code_is_no_cpr_number(files: Files) -> None:
    files.change("guardians", "g1", phone="4520123456", phone_2="0045 2012 3457")
    files.change("schools", "999", phone="+45 2012 3456")
    assert files.run()[-1].endswith("ændringer")


def test_all_problems_of_all_files_are_told_at_once_in_the_order_of_the_files(files: Files) -> None:
    files.change("calendar", "13-10-2025", state="ferie")
    files.change("staff", "s3", role="konge")
    files.change("pupils", "p1", birth_date="i går", from_="32-01-2026")
    files.change("classes", "100002", class_="4C!", school_year="nu")
    told = files.refused()
    assert [one.partition(":")[0] for one in told[:-1]] == [
        "classes.csv, linje 4, kolonnen school_year",
        "pupils.csv, linje 2, kolonnen birth_date",
        "pupils.csv, linje 2, kolonnen from",
        "pupils.csv, linje 5, kolonnen class",
        "pupils.csv, linje 6, kolonnen class",
        "staff.csv, linje 5, kolonnen role",
        "calendar.csv, linje 3, kolonnen state",
    ]
    assert told[-1] == "7 fejl. Intet er indlæst."


def test_a_wrong_pupil_is_not_told_again_for_her_guardian(files: Files) -> None:
    files.change("pupils", "p1", given_name="170512-1234")
    assert len(files.refused()) == 2


def test_no_value_of_a_person_is_repeated(files: Files) -> None:
    files.change("guardians", "g1", phone="20 hemmelig")
    files.change("staff", "s1", email="hemmelig")
    files.change("pupils", "p1", birth_date="hemmelig")
    told = files.refused()
    assert len(told) == 5
    assert "hemmelig" not in "".join(told)


def rewritten(change: Callable[[str], str]) -> Callable[[str], bytes]:
    return lambda text: change(text).encode()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (rewritten(lambda text: ""), "pupils.csv: Filen er tom. Træk den igen."),
        (rewritten(lambda text: "\ufeff\r\n \r\n"), "pupils.csv: Filen er tom. Træk den igen."),
        (
            rewritten(lambda text: text.split("\r\n")[0]),
            "pupils.csv: Filen har ingen linjer under overskriften. Træk den igen.",
        ),
        (
            lambda text: text.encode("utf-16"),
            "pupils.csv: Filen er gemt som UTF-16 (»Unicode«). Gem den som CSV UTF-8.",
        ),
        (
            lambda text: text.encode("utf-16-le"),
            "pupils.csv: Filen er gemt som UTF-16 (»Unicode«). Gem den som CSV UTF-8.",
        ),
        (
            lambda text: text.replace("Noah", "Søren").encode("cp1252"),
            "pupils.csv, linje 4: Filen er ikke UTF-8; den ligner Windows-1252 (Latin-1). Gem den som CSV UTF-8.",
        ),
        (
            lambda text: text.replace("Noah", "Søren").encode().decode("cp1252").encode(),
            "pupils.csv, linje 4: Bogstaver som æ, ø og å er blevet ødelagt, før filen blev gemt. "
            "Træk den igen som CSV UTF-8.",
        ),
        (
            rewritten(lambda text: text.replace("Noah", "No\0ah")),
            "pupils.csv, linje 4: Linjen indeholder en NUL-byte: filen er beskadiget. Træk den igen.",
        ),
        (
            rewritten(lambda text: text.replace("Noah", "No\x07ah")),
            "pupils.csv, linje 4, kolonnen given_name: Feltet indeholder et tegn, der ikke kan læses. "
            "Skriv feltet igen.",
        ),
        (
            rewritten(lambda text: text.replace("Noah", "N" * 101)),
            "pupils.csv, linje 4, kolonnen given_name: Feltet er længere end 100 tegn. Forkort det.",
        ),
        (
            rewritten(lambda text: text.replace("Noah", "N" * 2_000)),
            "pupils.csv, linje 4, kolonnen given_name: Feltet er længere end 1.000 tegn. "
            "Der mangler nok et anførselstegn.",
        ),
        (
            rewritten(lambda text: text.replace("Noah", "N" * 200_000)),
            "pupils.csv, linje 4: Et felt på linjen er alt for langt. Resten er ikke læst. Træk filen igen.",
        ),
        (
            rewritten(lambda text: text.replace("Noah", '"No\r\nah"')),
            "pupils.csv, linje 4, kolonnen given_name: Feltet indeholder et linjeskift. "
            "Skriv det på én linje; måske mangler der et anførselstegn.",
        ),
        (
            rewritten(lambda text: text.replace("Noah", '"Noah')),
            "pupils.csv, linje 4: Et anførselstegn på linjen er ikke lukket eller står midt i et felt. "
            "Resten er ikke læst.",
        ),
        (
            rewritten(lambda text: text.replace("Noah;", "Noah;;")),
            "pupils.csv, linje 4: Linjen har 10 felter, men overskriften har 9. "
            "Et semikolon inde i et felt kræver anførselstegn om feltet.",
        ),
        (
            rewritten(
                lambda text: text.replace(
                    "\r\np3;Noah;Lund;17-05-2012;nej;100001;7.B;",
                    "\r\np3,Noah,Lund,17-05-2012,nej,100001,7.B,",
                )
            ),
            "pupils.csv, linje 4: Linjen er delt med komma, men overskriften med semikolon. "
            "Brug det ene i hele filen.",
        ),
        (
            rewritten(lambda text: text.replace("pupil;given_name;", "pupil,given_name;")),
            "pupils.csv, linje 1: Overskriften bruger både semikolon og komma. Brug det ene i hele filen.",
        ),
        (
            rewritten(lambda text: text.replace(";", "\t")),
            "pupils.csv, linje 1: Overskriften har hverken semikolon eller komma mellem kolonnenavnene.",
        ),
        (
            rewritten(lambda text: text.replace("birth_date", "given_name", 1)),
            "pupils.csv, linje 1, kolonnen given_name: Kolonnen står der to gange. Slet den ene.",
        ),
        (
            rewritten(lambda text: text.replace("family_name", "efternavn2", 1)),
            "pupils.csv, linje 1: Kolonne 3 har et navn, der ikke kendes. Slet kolonnen, eller brug et af navnene: "
            # The number may be left out, and is named nevertheless.
            + ", ".join(HEADERS["pupils"].replace("protected", "protected cpr").split())
            + ".",
        ),
        (
            rewritten(lambda text: text.replace(";from;", ";fra;").replace(";to", "")),
            "pupils.csv, linje 2: Linjen har 9 felter, men overskriften har 8. "
            "Et semikolon inde i et felt kræver anførselstegn om feltet.",
        ),
        (
            rewritten(lambda text: text.replace("class;", "", 1)),
            "pupils.csv, linje 1, kolonnen class: Kolonnen mangler. Tilføj den, også selv om den kun har få værdier.",
        ),
    ],
)
def test_a_damaged_file_is_told_as_what_it_is(
    files: Files, content: Callable[[str], bytes], told: str
) -> None:
    files.raw["pupils"] = content(files.text("pupils"))
    assert files.refused()[0] == told


def test_a_missing_file_is_named_and_the_others_are_still_read(files: Files) -> None:
    files.raw["guardians"] = None
    files.change("pupils", "p1", from_="nu")
    assert files.refused() == [
        f"pupils.csv, linje 2, kolonnen from: {DATE}",
        "guardians.csv: Filen mangler. Alle seks filer hører sammen.",
        "2 fejl. Intet er indlæst.",
    ]


def test_columns_that_may_be_empty_may_be_left_out(files: Files) -> None:
    files.raw["pupils"] = (
        "pupil;given_name;family_name;school;class;from\n"
        + "".join(
            f"{row['pupil']};Barn;Prøve;{row['school']};{row['class']};01-08-2025\n"
            for row in files.tables["pupils"]
        )
    ).encode()
    assert files.run()[-1].endswith("ændringer")


def test_the_line_told_is_the_one_in_the_file_after_blank_and_broken_lines(files: Files) -> None:
    text = files.text("pupils").replace("Aksel", '"Ak\r\nsel"').replace("p2;", "\r\n;;;;;;;;\r\np2;")
    files.raw["pupils"] = text.replace("Lund;17-05-2012", "Lund;17-05").encode()
    assert [one.partition(":")[0] for one in files.refused()[:-1]] == [
        "pupils.csv, linje 2, kolonnen given_name",
        "pupils.csv, linje 7, kolonnen birth_date",
    ]


def test_the_file_uses_its_own_names_for_the_columns(files: Files) -> None:
    text = files.text("pupils").replace("birth_date", "Fødselsdato").replace("17-05-2012", "17-05", 1)
    files.raw["pupils"] = text.encode()
    assert files.refused()[0] == f"pupils.csv, linje 2, kolonnen Fødselsdato: {DATE}"


def test_an_address_of_one_who_left_needs_her_own_key(files: Files) -> None:
    files.run()
    files.drop("staff", "s3")
    files.run()
    files.add("staff", "s9;Anders Bjerre;anders@fjordby.invalid;områdechef;nord;;;01-08-2020;")
    assert files.refused()[0] == (
        "staff.csv, linje 5, kolonnen email: Adressen tilhører en medarbejder, som ikke længere står i filen. "
        "Brug den samme nøgle til hende."
    )
