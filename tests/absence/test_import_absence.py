"""A municipality that begins in the middle of a year brings its earlier absence with it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from fravaer.absence import alignment, percentage
from fravaer.absence.models import Absence, Register
from fravaer.absence.percentage import Tally
from fravaer.audit.models import Event
from fravaer.core.periods import Period
from fravaer.core.walls import DatabaseRole
from fravaer.schools.models import Pupil
from tests import factories
from tests.absence.conftest import save
from tests.cast import DAY, Cast, signed_in

HEADER = "elev;dag;del;kode"
MARCH = Period(date(2026, 3, 1), date(2026, 4, 1))


@pytest.fixture
def keyed(cast: Cast) -> Cast:
    """The pupils have the keys A, B, C, … of the old system."""
    for letter, pupil in zip("ABCDE", cast.pupils, strict=True):
        pupil.roster_key = letter
        pupil.save()
    return cast


def bring(folder: Path, *rows: str, mapping: str = "", header: str = HEADER, **options: Any) -> None:
    file = folder / "absence.csv"
    file.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8-sig")
    if mapping:
        codes = folder / "mapping.csv"
        codes.write_text(mapping, encoding="utf-8")
        options["mapping"] = codes
    call_command("import_absence", str(file), **options)


def refused(folder: Path, *rows: str, **options: Any) -> str:
    with pytest.raises(CommandError) as error:
        bring(folder, *rows, **options)
    assert not Register.objects.filter(day__lt=DAY).exists()
    return str(error.value)


def tally(pupil: Pupil) -> Tally:
    return percentage.tally(MARCH, pupil.pk)


def test_absences_come_in_with_the_registers_they_stand_in(keyed: Cast, tmp_path: Path) -> None:
    rows = [
        "A;02-03-2026;dag;sygdom",
        "B;2026-03-03;1;ulovligt",
        "C;04.03.2026;morgen;fri",
        "A;06/03/2026;2;fri",
    ]
    bring(tmp_path, *rows)
    ill, unlawful, leave, here, _ = keyed.pupils
    assert (tally(ill).possible, tally(ill).illness, tally(ill).leave) == (10, 2, 2)
    assert tally(unlawful).unlawful == 1
    # Absent at the start and present at the end counts as the whole day.
    assert tally(leave).leave == 2
    assert (tally(here).possible, tally(here).absent) == (10, 0)
    assert alignment.wrong_months() == 0
    assert alignment.align() == 0
    assert Event.objects.filter(action="absence.import").count() == 1


def test_a_week_without_a_line_of_the_class_stays_unregistered_and_lowers_the_coverage(
    keyed: Cast, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # 7.B has nobody away from 23 to 27 February, and may as well not have been registered.
    rows = ["A;19-02-2026;dag;sygdom", "B;03-03-2026;slut;fri"]
    bring(tmp_path, *rows, last=date(2026, 3, 6))
    assert "ingen fraværende har: 1." in capsys.readouterr().out
    weeks = {day.isocalendar().week for day in Register.objects.values_list("day", flat=True)}
    assert weeks == {8, 10}
    seen = percentage.tally(Period(date(2026, 2, 16), date(2026, 3, 7)), keyed.pupils[2].pk)
    assert (seen.possible, seen.due) == (14, 30)


def test_all_registers_are_taken_when_somebody_says_so(keyed: Cast, tmp_path: Path) -> None:
    rows = ["A;19-02-2026;dag;sygdom", "B;03-03-2026;slut;fri"]
    bring(tmp_path, *rows, last=date(2026, 3, 6), all_registers_taken=True)
    weeks = {day.isocalendar().week for day in Register.objects.values_list("day", flat=True)}
    assert weeks == {8, 9, 10}
    assert not Register.objects.filter(school_class=keyed.class_2a).exists(), "nobody is in it"


def test_a_file_of_registers_says_which_were_taken_and_no_others_are(keyed: Cast, tmp_path: Path) -> None:
    registers = tmp_path / "registers.csv"

    def lines(*rows: str) -> Path:
        registers.write_text("\n".join(["skole;klasse;dag;del", *rows]) + "\n", encoding="utf-8")
        return registers

    number = keyed.school.institution_number
    listed = lines(
        f"{number};7.B;02-03-2026;", f"{number};7b;03-03-2026;morgen", f"{number};7.B;05-03-2026;dag"
    )
    bring(tmp_path, "A;02-03-2026;dag;sygdom", registers=listed)
    found = Register.objects.order_by("day", "checkpoint").values_list("day", "checkpoint")
    assert [(day.day, checkpoint) for day, checkpoint in found] == [(2, 1), (2, 2), (3, 1), (5, 1), (5, 2)]
    assert tally(keyed.pupils[0]).illness == 2
    assert tally(keyed.pupils[1]).possible == 5
    with pytest.raises(CommandError) as refusal:
        bring(
            tmp_path,
            "A;04-03-2026;dag;sygdom",
            registers=lines(f"{number};9.Z;04-03-2026;", f"{number};7.B;04-03-2026;middag"),
        )
    assert [
        "linje 2, kolonnen klasse" in str(refusal.value),
        "linje 3, kolonnen del" in str(refusal.value),
    ] == [
        True,
        True,
    ]
    with pytest.raises(CommandError, match="linje 2, kolonnen dag: Registreringen"):
        bring(tmp_path, "A;04-03-2026;dag;sygdom", registers=lines(f"{number};7.B;06-03-2026;"))


def test_the_same_file_again_changes_nothing(
    keyed: Cast, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = ["A;02-03-2026;dag;sygdom", "B;03-03-2026;slut;fri"]
    bring(tmp_path, *rows)
    before = (Register.objects.count(), Absence.objects.count())
    capsys.readouterr()
    bring(tmp_path, *rows)
    assert (Register.objects.count(), Absence.objects.count()) == before
    assert "0 nye, 3 kendt i forvejen" in capsys.readouterr().out


def test_a_dry_run_tells_and_writes_nothing(
    keyed: Cast, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bring(tmp_path, "A;02-03-2026;dag;sygdom", dry_run=True)
    assert "2 nye" in capsys.readouterr().out
    assert Register.objects.count() == 0


def test_local_codes_are_mapped_and_an_unknown_one_is_refused_by_its_line(
    keyed: Cast, tmp_path: Path
) -> None:
    mapping = "kode,årsag\nL,ulovligt\nsyg,sygdom\n"
    said = refused(tmp_path, "A;02-03-2026;dag;L", "B;02-03-2026;dag;X", mapping=mapping)
    assert "absence.csv, linje 3, kolonnen kode" in said
    bring(tmp_path, "A;02-03-2026;dag;l", "B;02-03-2026;dag;SYG", mapping=mapping)
    assert tally(keyed.pupils[0]).unlawful == 2
    assert tally(keyed.pupils[1]).illness == 2


def test_every_problem_is_told_at_once_with_its_line(keyed: Cast, tmp_path: Path) -> None:
    factories.pupil("Bo Juul", in_class=keyed.class_2a)
    Pupil.objects.filter(given_name="Bo").update(roster_key="BO")
    said = refused(
        tmp_path,
        "NOBODY;02-03-2026;dag;sygdom",
        "A;07-03-2026;dag;sygdom",
        "A;31-02-2026;dag;sygdom",
        "A;11-03-2026;dag;sygdom",
        "A;02-03-2026;middag;sygdom",
        "BO;02-03-2026;slut;sygdom",
        "A;;dag;sygdom",
    )
    # What can be said of a line alone is told first; who and when is looked up once the lines are sound.
    assert [f"linje {n}" in said for n in (4, 5, 6, 8)] == [True] * 4
    said = refused(
        tmp_path,
        "NOBODY;02-03-2026;dag;sygdom",
        "A;07-03-2026;dag;sygdom",
        "BO;02-03-2026;slut;sygdom",
        "B;02-03-2026;dag;sygdom",
        "B;02-03-2026;morgen;fri",
    )
    assert [f"linje {n}," in said for n in (2, 3, 4, 5, 6)] == [True, True, True, False, True]


def test_a_register_taken_here_is_never_written_over(keyed: Cast, tmp_path: Path) -> None:
    away, *here = keyed.pupils
    save(signed_in(keyed.mette), keyed.class_7b, DAY, {away: "S"} | dict.fromkeys(here, "T"))
    save(signed_in(keyed.mette), keyed.class_7b, DAY, {away: "S"} | dict.fromkeys(here, "T"))
    bring(tmp_path, "A;10-03-2026;morgen;sygdom", "B;09-03-2026;dag;fri")
    assert Absence.objects.filter(day=DAY).count() == 1
    with pytest.raises(CommandError, match="linje 2"):
        bring(tmp_path, "B;10-03-2026;morgen;sygdom")


def test_the_days_covered_can_be_named(keyed: Cast, tmp_path: Path) -> None:
    bring(tmp_path, "A;03-03-2026;dag;sygdom", since=date(2026, 3, 2), last=date(2026, 3, 6))
    assert tally(keyed.pupils[1]).possible == 10
    with pytest.raises(CommandError, match="begynder efter"):
        bring(tmp_path, "A;03-02-2026;dag;sygdom", since=date(2026, 3, 2))
    with pytest.raises(CommandError, match="linje 2, kolonnen dag"):
        bring(tmp_path, "A;03-02-2026;dag;sygdom", since=date(2026, 3, 2), last=date(2026, 3, 6))


@pytest.mark.parametrize(
    ("header", "rows"),
    [
        ("elev;dag;kode", ["A;02-03-2026;sygdom"]),
        ("elev;dag;del;kode;navn", ["A;02-03-2026;dag;sygdom;Aksel"]),
        (HEADER, ["A;02-03-2026;dag"]),
        (HEADER, []),
    ],
)
def test_a_file_of_another_shape_is_refused(
    keyed: Cast, tmp_path: Path, header: str, rows: list[str]
) -> None:
    assert "Intet er indlæst" in refused(tmp_path, *rows, header=header)


def test_a_missing_file_is_named(keyed: Cast, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"nothing\.csv"):
        call_command("import_absence", str(tmp_path / "nothing.csv"))


def test_the_example_files_come_in(keyed: Cast, clock: Any) -> None:
    clock.move_to(factories.moment(date(2026, 9, 1), 8))
    examples = Path("docs/examples")
    call_command("import_roster", str(examples / "roster"), allow_shrinking=True)
    absence = examples / "absence"
    call_command("import_absence", str(absence / "absence.csv"), mapping=absence / "mapping.csv")
    assert Absence.objects.count() == 8


def test_who_does_not_own_the_tables_is_told_to_come_as_their_owner(cast: Cast, tmp_path: Path) -> None:
    file = tmp_path / "absence.csv"
    file.write_text("school;class;pupil;day;mark\n", encoding="utf-8")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {DatabaseRole.JOB}")
        with pytest.raises(CommandError, match="tabellernes ejer"):
            call_command("import_absence", str(file), all_registers_taken=True)
        cursor.execute("RESET ROLE")
