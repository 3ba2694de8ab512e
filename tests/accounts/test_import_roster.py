"""An import brings the municipality in line with its files, all of it or nothing, and the same again changes nothing."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import psycopg2
import pytest
import time_machine
from django.conf import settings
from django.core.management import CommandError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fravaer.audit.models import Event
from fravaer.schools import schooldays
from fravaer.schools.importing.apply import LOCK
from fravaer.schools.models import (
    Calendar,
    CalendarDay,
    DayRule,
    Enrolment,
    Guardian,
    Guardianship,
    Phone,
    Pupil,
    School,
    SchoolClass,
    SchoolYear,
    StaffMember,
)
from tests.accounts.rosterfiles import Files, import_from
from tests.cast import DAY

TEMPLATE = Path(settings.BASE_DIR) / "docs" / "examples" / "roster"
YEAR_ENDS = date(2026, 8, 1)


def course(pupil: str) -> list[tuple[str, date, date]]:
    """Class, first day and first day outside of each of the pupil's enrolments."""
    return [
        (f"{row.school_class.school.name} {row.school_class}", row.starts_on, row.until)
        for row in Enrolment.objects.filter(pupil__roster_key=pupil)
        .select_related("school_class__school")
        .order_by("starts_on")
    ]


def phones(guardian: str) -> list[str]:
    held = Phone.objects.filter(guardian__roster_key=guardian).order_by("rank")
    return list(held.values_list("e164", flat=True))


def test_the_template_set_in_the_documentation_can_be_imported(
    db: None, clock: time_machine.Traveller
) -> None:
    clock.move_to("2026-09-01T08:00:00+02:00")
    assert import_from(TEMPLATE) == [
        "Kommune: 1 ny",
        "Områder: 2 nye",
        "Skoler: 3 nye",
        "Skoleår: 1 ny",
        "Klasser: 5 nye",
        "Elever: 11 nye",
        "Birkeskolen 0.A: 2 elever begynder 01-08-2026",
        "Birkeskolen 7.A: 2 elever begynder 01-08-2026",
        "Birkeskolen 7.B: 3 elever begynder 01-08-2026",
        "Birkeskolen 7.B: 1 elev begynder 01-11-2026",
        "Lyngskolen 4.A: 1 elev begynder 01-08-2026",
        "Lyngskolen 4.A: 1 elev begynder 15-09-2026",
        "Havneskolen 9.A: 2 elever begynder 01-08-2026",
        "Forældre: 12 nye",
        "Forældre til elever: 13 nye",
        "Medarbejdere: 10 nye",
        "Stillinger: 12 nye",
        "Lukkede og åbne dage: 67 nye",
        "Brugere: 10 nye",
        "Adgange: 11 nye",
        "170 ændringer",
    ]
    assert import_from(TEMPLATE) == ["0 ændringer"]
    assert course("E-1004") == [
        ("Birkeskolen 7.A", date(2026, 8, 1), date(2026, 11, 1)),
        ("Birkeskolen 7.B", date(2026, 11, 1), date(2027, 8, 1)),
    ]
    protected = Pupil.objects.get(roster_key="E-1006")
    assert (str(protected), protected.protected, protected.birth_on) == ("Zoë Ærø", True, date(2013, 6, 5))
    assert phones("V-2002") == ["+46701740606", "+46701740607"]
    [year] = SchoolYear.objects.all()
    days = {
        calendar.key.partition(":")[0] + calendar.key.count(":") * "+": CalendarDay.objects.filter(
            calendar=calendar, is_school_day=True
        ).count()
        for calendar in Calendar.objects.filter(school_year=year)
    }
    # The municipality's 200; a closed day at one school; a week less for one year group; a day more for one class.
    assert days == {"municipality": 200, "school+": 199, "school++": 195, "class+": 201}


def test_files_with_commas_a_mark_danish_names_and_iso_dates_say_the_same(files: Files) -> None:
    files.run()
    files.separator, files.encoding = ",", "utf-8-sig"
    for row in files.tables["pupils"]:
        row["from"] = "2025-08-01"
        row["birth_date"] = row["birth_date"].replace("-", ".")
    files.write()
    danish = {
        "pupils": "elev,fornavn,efternavn,fødselsdato,beskyttet,skole,Klasse,fra,til",
        "calendar": "fra,til,skole,klassetrin,klasse,status,årsag",
    }
    for name, header in danish.items():
        lines = files.text(name).split("\r\n")
        (files.folder / f"{name}.csv").write_bytes(
            "\n".join([header, *lines[1:]]).replace("-10-2025", "/10/2025").encode()
        )
    assert (files.folder / "schools.csv").read_bytes().startswith(b"\xef\xbb\xbfmunicipality,")
    assert import_from(files.folder) == ["0 ændringer"]


def with_phones(files: Files, **numbers: str) -> None:
    """The staff's file with a column for telephones, which it need not have."""
    header, *rows = files.text("staff").split("\r\n")
    told = [f"{header};telefon"] + [f"{row};{numbers.get(row.split(';')[0], '')}" for row in rows if row]
    files.raw["staff"] = "\r\n".join(told).encode()


def staff_phones() -> dict[str, str]:
    return dict(StaffMember.objects.exclude(phone="").values_list("roster_key", "phone"))


def test_a_telephone_of_the_staff_comes_with_its_column_and_stays_where_a_file_lacks_it(files: Files) -> None:
    files.run()
    assert staff_phones() == {}
    with_phones(files, s1="46 70 174 06 50", s2="20 12 34 56")
    with pytest.raises(CommandError, match="linje 2, kolonnen telefon"):
        files.run()
    with_phones(files, s1="+46 70 174 06 50", s2="20 12 34 56")
    told = files.run("--dry-run")
    assert "Medarbejdere: 2 ændret" in told
    assert files.run() == told[:-1]
    assert staff_phones() == {"s1": "+46701740650", "s2": "+4520123456"}
    del files.raw["staff"]
    assert files.run() == ["0 ændringer"]
    assert len(staff_phones()) == 2
    with_phones(files, s1="+46 70 174 06 50")
    files.run()
    assert staff_phones() == {"s1": "+46701740650"}, "an empty field takes it away"


def test_a_dry_run_tells_the_same_and_changes_nothing(files: Files) -> None:
    told = files.run("--dry-run")
    assert told[-1] == "Prøvekørsel: intet er ændret."
    assert not School.objects.exists()
    assert not Event.objects.exists()
    assert files.run() == told[:-1]
    files.change("pupils", "p1", family_name="Toft", class_="7.B", from_="01-03-2026")
    files.drop("staff", "s2")
    told = files.run("--dry-run")
    assert files.run() == told[:-1]


def test_nothing_is_applied_when_one_line_is_wrong(files: Files) -> None:
    files.add("calendar", "31-02-2026;;;;;lukket;Findes ikke")
    assert len(files.refused()) == 2
    assert not School.objects.exists()
    assert not StaffMember.objects.exists()


def test_a_pupil_who_changes_class_keeps_her_history(files: Files) -> None:
    files.run()
    files.change("pupils", "p1", class_="7.B", from_="02-03-2026")
    assert files.run() == [
        "Birkeskolen 7.B: 1 elev kommer fra Birkeskolen 7.A 02-03-2026 (p1)",
        "1 ændring",
    ]
    assert course("p1") == [
        ("Birkeskolen 7.A", date(2025, 8, 1), date(2026, 3, 2)),
        ("Birkeskolen 7.B", date(2026, 3, 2), YEAR_ENDS),
    ]
    assert files.run() == ["0 ændringer"]


def test_a_pupil_who_changes_school_keeps_her_history(files: Files) -> None:
    files.run()
    files.change("pupils", "p5", school="100001", class_="7.A", from_="2026-04-07")
    assert files.run()[0] == "Birkeskolen 7.A: 1 elev kommer fra Havneskolen 4.C 07-04-2026 (p5)"
    assert course("p5") == [
        ("Havneskolen 4.C", date(2025, 8, 1), date(2026, 4, 7)),
        ("Birkeskolen 7.A", date(2026, 4, 7), YEAR_ENDS),
    ]


def test_both_classes_on_lines_of_their_own_say_the_same_as_the_last_alone(files: Files) -> None:
    files.run()
    files.change("pupils", "p1", class_="7.B", from_="02-03-2026")
    files.run()
    files.add("pupils", "p1;Aksel;Bro;17-05-2012;nej;100001;7.A;01-08-2025;01-03-2026")
    assert files.run() == ["0 ændringer"]


def test_the_last_day_in_a_file_is_a_day_in_the_class(files: Files) -> None:
    files.run()
    files.change("pupils", "p1", to="20-03-2026")
    assert files.run()[0] == "Birkeskolen 7.A: 1 elev er ude af klassen fra 21-03-2026 (p1)"
    assert course("p1") == [("Birkeskolen 7.A", date(2025, 8, 1), date(2026, 3, 21))]


def test_the_same_class_with_another_first_day_is_a_correction(files: Files) -> None:
    files.run()
    files.change("pupils", "p1", from_="15-08-2025")
    assert files.run() == ["Birkeskolen 7.A: datoerne for 1 elev rettes, fra 15-08-2025 (p1)", "1 ændring"]
    assert course("p1") == [("Birkeskolen 7.A", date(2025, 8, 15), YEAR_ENDS)]


def test_a_pupil_missing_from_the_files_stays_and_is_out_of_her_class_from_the_day_of_import(
    files: Files, clock: time_machine.Traveller
) -> None:
    files.run()
    files.drop_pupil("p3")
    files.drop_pupil("p2")
    files.add("pupils", "p6;Ida;Skov;;nej;100001;7.A;01-08-2025;")
    files.add("pupils", "p7;Ella;Skov;;nej;100001;7.A;01-08-2025;")
    told = files.run("--allow-shrinking")
    assert "Birkeskolen 7.B: 1 elev står ikke i filerne og er ude af klassen fra 10-03-2026 (p3)" in told
    assert Pupil.objects.filter(roster_key="p3").exists()
    assert course("p3") == [("Birkeskolen 7.B", date(2025, 8, 1), DAY)]
    clock.move_to("2026-03-12T08:00:00+01:00")
    assert files.run() == ["0 ændringer"]
    # Back in the files, she has never been away.
    files.add("pupils", "p3;Noah;Lund;17-05-2012;nej;100001;7.B;01-08-2025;")
    files.run()
    assert course("p3") == [("Birkeskolen 7.B", date(2025, 8, 1), YEAR_ENDS)]


def test_a_pupil_who_never_began_has_no_enrolment_left(files: Files) -> None:
    files.change("pupils", "p2", from_="01-04-2026")
    files.run()
    files.drop_pupil("p2")
    assert (
        "Birkeskolen 7.A: 1 elev står ikke i filerne og er ude af klassen fra 01-04-2026 (p2)" in files.run()
    )
    assert course("p2") == []
    assert Pupil.objects.filter(roster_key="p2").exists()


def test_next_school_year_follows_upon_this_one(files: Files) -> None:
    files.run()
    for row in files.tables["classes"]:
        row["school_year"] = "2026/27"
    files.change("classes", "100001", class_="8.A")
    files.tables["classes"][1]["class"] = "8.B"
    files.change("pupils", "p1", class_="8.A", from_="01-08-2026")
    for key, name in (("p2", "8.A"), ("p3", "8.B"), ("p4", "4.C"), ("p5", "4.C")):
        files.change("pupils", key, class_=name, from_="01-08-2026")
    files.tables["staff"] = files.tables["staff"][2:]
    files.drop("calendar", "13-10-2025")
    files.change("calendar", "01-08-2025", from_="01-08-2026", to="09-08-2026")
    assert "Birkeskolen 8.A: 2 elever begynder 01-08-2026" in files.run()
    assert course("p1") == [
        ("Birkeskolen 7.A", date(2025, 8, 1), YEAR_ENDS),
        ("Birkeskolen 8.A", YEAR_ENDS, date(2027, 8, 1)),
    ]
    # The calendar of a year the files do not speak of is left alone.
    assert DayRule.objects.filter(school_year__starts_on=date(2025, 8, 1)).exists()


def test_a_school_that_loses_more_than_half_its_pupils_stops_the_import(files: Files) -> None:
    files.run()
    files.drop_pupil("p1")
    files.drop_pupil("p2")
    assert files.refused() == [
        "Birkeskolen: 2 af 3 elever står ikke i filerne.",
        "Intet er indlæst. Er filerne rigtige, så indlæs dem med --allow-shrinking.",
    ]
    assert course("p1") == [("Birkeskolen 7.A", date(2025, 8, 1), YEAR_ENDS)]
    files.run("--allow-shrinking")
    assert course("p1") == [("Birkeskolen 7.A", date(2025, 8, 1), DAY)]


def test_half_the_pupils_of_a_school_may_leave(files: Files) -> None:
    files.run()
    files.drop_pupil("p5")
    assert "4.C: 1 elev står ikke i filerne" in "".join(files.run())


def test_pupils_who_change_school_are_not_lost(files: Files) -> None:
    files.run()
    for key in ("p4", "p5"):
        files.change("pupils", key, school="100001", class_="7.A", from_="10-03-2026")
    assert files.run()[-1] == "2 ændringer"


def test_files_that_lose_most_of_the_staff_or_the_guardians_stop_the_import(files: Files) -> None:
    files.run()
    files.drop("staff", "s2")
    files.drop("staff", "s3")
    for key in ("g1", "g2", "g3"):
        files.drop("guardians", key)
    assert files.refused()[:2] == [
        "2 af 3 medarbejdere står ikke i filerne.",
        "3 af 5 forbindelser mellem forælder og elev står ikke i filerne.",
    ]


def test_a_guardian_who_is_no_longer_the_pupils_is_no_longer_reached(files: Files) -> None:
    files.run()
    files.drop("guardians", "g1")
    told = files.run()
    assert "Forældre: 1 ændret" in told
    assert "Forældre til elever: 1 fjernet" in told
    assert Guardian.objects.filter(roster_key="g1").exists()
    assert not Guardianship.objects.filter(guardian__roster_key="g1").exists()
    assert phones("g1") == []
    assert files.run() == ["0 ændringer"]


def test_a_guardians_numbers_are_those_of_the_file_in_its_order(files: Files) -> None:
    files.run()
    files.change("guardians", "g2", phone="+46 70-174 06 07", phone_2="20 12 34 56")
    assert files.run() == ["Forældre: 1 ændret", "1 ændring"]
    assert phones("g2") == ["+46701740607", "+4520123456"]


def test_custody_and_consent_follow_the_file(files: Files) -> None:
    files.run()
    files.change("guardians", "g1", custody="nej", sms="nej", relation="bedstemor")
    assert files.run() == ["Forældre til elever: 1 ændret", "1 ændring"]
    link = Guardianship.objects.get(guardian__roster_key="g1")
    assert (link.custody, link.sms_allowed, link.relation) == (False, False, "bedstemor")


def test_a_decision_made_in_the_product_survives_an_import(files: Files) -> None:
    files.run()
    Pupil.objects.filter(roster_key="p1").update(sms_stopped=True)
    uuid = Pupil.objects.get(roster_key="p1").uuid
    files.change("pupils", "p1", family_name="Toft")
    files.run()
    pupil = Pupil.objects.get(roster_key="p1")
    assert (pupil.family_name, pupil.sms_stopped, pupil.uuid) == ("Toft", True, uuid)


def test_a_new_plan_is_drawn_at_once(files: Files) -> None:
    files.run()
    in_7a, in_7b = SchoolClass.objects.filter(year_group=7).order_by("letter")
    assert schooldays.closed_because(in_7a, date(2026, 4, 1)) is None
    files.add("calendar", "30-03-2026;06-04-2026;;;;lukket;Påskeferie")
    files.add("calendar", "01-04-2026;;100001;;7.B;åben;Lejrskole")
    assert "Lukkede og åbne dage: 7 nye" in files.run()
    in_7a.refresh_from_db()
    in_7b.refresh_from_db()
    assert schooldays.closed_because(in_7a, date(2026, 4, 1)) == "Påskeferie"
    assert schooldays.closed_because(in_7b, date(2026, 4, 1)) is None
    files.drop("calendar", "30-03-2026")
    assert "Lukkede og åbne dage: 6 fjernet" in files.run()
    in_7a.refresh_from_db()
    assert schooldays.closed_because(in_7a, date(2026, 4, 1)) is None


def test_a_school_year_the_calendar_is_silent_about_keeps_its_plan(files: Files) -> None:
    files.run()
    files.add("classes", "100001;2026/27;8.A")
    files.tables["calendar"] = []
    files.add("calendar", "01-08-2026;09-08-2026;;;;lukket;Sommerferie")
    assert "Lukkede og åbne dage: 5 nye" in files.run()
    assert DayRule.objects.filter(day=date(2025, 10, 13)).exists()


def test_a_saturday_is_open_only_when_it_stands_alone(files: Files) -> None:
    files.add("calendar", "21-03-2026;22-03-2026;;;;åben;Weekend")
    files.add("calendar", "14-03-2026;;;;;åben;Skolens dag")
    files.run()
    open_days = CalendarDay.objects.filter(is_school_day=True, day__month=3, day__year=2026)
    saturdays = [day for day in open_days.values_list("day", flat=True) if day.weekday() >= 5]
    assert saturdays == [date(2026, 3, 14)]


def test_classes_that_come_later_get_their_calendar(files: Files) -> None:
    files.run()
    files.add("classes", "100001;2025/26;0.A")
    assert files.run() == ["Klasser: 1 ny", "1 ændring"]
    new = SchoolClass.objects.get(year_group=0)
    assert schooldays.closed_because(new, DAY) is None


def test_a_class_is_the_same_however_its_name_is_written(files: Files) -> None:
    files.run()
    files.change("classes", "100002", class_="4c")
    files.change("pupils", "p4", class_="4. C")
    files.change("pupils", "p5", class_="4c")
    assert files.run() == ["0 ændringer"]


def test_the_trail_says_that_an_import_was_made_and_who_moved(files: Files) -> None:
    files.run()
    files.change("pupils", "p1", class_="7.B", from_="02-03-2026")
    files.run()
    event = Event.objects.filter(action="roster.import").latest("id")
    assert (event.role, event.detail["moves"]) == ("job.roster", 1)
    assert event.pupil_ids == [Pupil.objects.get(roster_key="p1").pk]
    assert not any(name in str(event.detail) for name in ("Aksel", "p1"))


def test_no_name_is_printed(files: Files) -> None:
    told = " ".join(files.run("--verbosity=2"))
    files.change("pupils", "p1", family_name="Toft", class_="7.B", from_="02-03-2026")
    told += " ".join(files.run("--verbosity=2"))
    assert not any(name in told for name in ("Aksel", "Bro", "Toft", "Mette", "mette@", "4670"))


def test_every_key_is_told_when_asked_for(files: Files) -> None:
    for n in range(10, 40):
        files.add("pupils", f"p{n};Elev;Prøve;;nej;100001;7.A;01-08-2025;")
    files.run()
    for n in range(10, 23):
        files.change("pupils", f"p{n}", class_="7.B", from_="10-03-2026")
    assert files.run("--dry-run")[0].endswith("(p10, p11, p12, p13, p14, p15, p16, p17, p18, p19 og 3 til)")
    assert files.run("--verbosity=2")[0].endswith("p20, p21, p22)")


def test_a_second_import_waits_its_turn(files: Files) -> None:
    database = connection.settings_dict
    other = psycopg2.connect(
        dbname=database["NAME"],
        user=database["USER"],
        password=database["PASSWORD"],
        host=database["HOST"],
        port=database["PORT"],
    )
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        assert files.refused() == ["En anden indlæsning er i gang. Vent, til den er færdig."]
    finally:
        other.close()
    assert files.run()[-1].endswith("ændringer")


def test_an_installation_serves_one_municipality(files: Files) -> None:
    files.run()
    for row in files.tables["schools"]:
        row["municipality"] = "998"
    assert files.refused()[0] == (
        "schools.csv, linje 2, kolonnen municipality: "
        "Dette system betjener en anden kommune. Se efter, om det er de rigtige filer."
    )


def test_a_folder_that_is_not_there_is_told_as_six_missing_files(
    tmp_path: Path, db: None, clock: time_machine.Traveller
) -> None:
    with pytest.raises(CommandError) as refusal:
        import_from(tmp_path / "nowhere")
    assert str(refusal.value).count("Filen mangler. Alle seks filer hører sammen.") == 6


def test_the_number_of_queries_does_not_grow_with_the_pupils(files: Files) -> None:
    def enlarge(start: int, count: int) -> None:
        for n in range(start, start + count):
            files.add("pupils", f"p{n};Elev;Prøve;;nej;100001;7.A;01-08-2025;")
            files.add("guardians", f"g{n};Voksen;Prøve;p{n};ja;ja;da;mor;+452012{n:04d};")
            files.add("staff", f"s{n};Lærer;s{n}@fjordby.invalid;lærer;;100001;7.A;01-08-2025;")

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as found:
            files.run()
        return len(found)

    files.run()
    enlarge(1000, 3)
    few = queries()
    enlarge(2000, 300)
    assert queries() == few
    for n in (1000, 1001, 1002):
        files.change("pupils", f"p{n}", family_name="Ny", class_="7.B", from_="10-03-2026")
        files.change("guardians", f"g{n}", family_name="Ny", phone=f"+452112{n:04d}")
        files.change("staff", f"s{n}", email=f"ny{n}@fjordby.invalid")
    few = queries()
    for n in range(2000, 2300):
        files.change("pupils", f"p{n}", family_name="Ny", class_="7.B", from_="10-03-2026")
        files.change("guardians", f"g{n}", family_name="Ny", phone=f"+452112{n:04d}")
        files.change("staff", f"s{n}", email=f"ny{n}@fjordby.invalid")
    assert queries() == few
