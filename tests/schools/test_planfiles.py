"""Reading a calendar file."""

from __future__ import annotations

from datetime import date

import pytest

from fravaer.core.periods import Period
from fravaer.schools import planfiles
from fravaer.schools.plan import Rule

YEAR = Period(date(2025, 8, 1), date(2026, 8, 1))


def ics(*lines: str) -> bytes:
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *lines, "END:VCALENDAR", ""]).encode()


def event(*lines: str) -> list[str]:
    return ["BEGIN:VEVENT", *lines, "END:VEVENT"]


def closed(reason: str, *days: int, month: int = 10) -> dict[date, Rule | None]:
    return {date(2025, month, day): Rule(True, reason) for day in days}


class TestICalendar:
    def test_an_event_of_whole_days_closes_its_weekdays_up_to_and_without_its_end(self) -> None:
        found = planfiles.read(
            ics(*event("DTSTART;VALUE=DATE:20251011", "DTEND;VALUE=DATE:20251018", "SUMMARY:Efterårsferie")),
            YEAR,
        )
        assert found.wishes == closed("Efterårsferie", 13, 14, 15, 16, 17)

    def test_an_event_without_an_end_is_one_day(self) -> None:
        found = planfiles.read(ics(*event("DTSTART;VALUE=DATE:20251013", "SUMMARY:Fest")), YEAR)
        assert found.wishes == closed("Fest", 13)

    def test_a_duration_counts_days_and_weeks(self) -> None:
        found = planfiles.read(
            ics(*event("DTSTART;VALUE=DATE:20251013", "DURATION:P1W", "SUMMARY:Ferie")), YEAR
        )
        assert found.wishes == closed("Ferie", 13, 14, 15, 16, 17)

    def test_folded_lines_and_escaped_signs_are_read_as_they_were_written(self) -> None:
        found = planfiles.read(
            ics(*event("DTSTART;VALUE=DATE:20251013", "SUMMARY:Lukket\\, for", "  alle")), YEAR
        )
        assert found.wishes == closed("Lukket, for alle", 13)

    def test_a_cancelled_event_closes_nothing(self) -> None:
        found = planfiles.read(
            ics(
                *event("DTSTART;VALUE=DATE:20251013", "SUMMARY:Ja"),
                *event("DTSTART;VALUE=DATE:20251014", "SUMMARY:Nej", "STATUS:CANCELLED"),
            ),
            YEAR,
        )
        assert found.wishes == closed("Ja", 13)

    @pytest.mark.parametrize(
        ("lines", "line"),
        [
            (["DTSTART:20251013T080000", "SUMMARY:Møde"], 4),
            (["SUMMARY:Ferie", "DTSTART;VALUE=DATE:20251399"], 5),
            (["DTSTART;VALUE=DATE:20251013", "RRULE:FREQ=WEEKLY", "SUMMARY:Ferie"], 5),
            (["DTSTART;VALUE=DATE:20251013", "DTEND;VALUE=DATE:20251010", "SUMMARY:Ferie"], 3),
            (["DTSTART;VALUE=DATE:20251013"], 3),
            (["SUMMARY:Ferie"], 3),
            (["DTSTART;VALUE=DATE:20251013", "SUMMARY:" + "x" * 101], 3),
        ],
    )
    def test_what_cannot_be_read_is_named_by_its_line_and_nothing_is_taken(
        self, lines: list[str], line: int
    ) -> None:
        found = planfiles.read(ics(*event(*lines)), YEAR)
        assert [problem.line for problem in found.problems] == [line]
        assert found.wishes == {}

    def test_an_event_that_does_not_end_is_named(self) -> None:
        found = planfiles.read(ics("BEGIN:VEVENT", "DTSTART;VALUE=DATE:20251013", "SUMMARY:Ferie"), YEAR)
        assert [problem.line for problem in found.problems] == [3]


class TestCsv:
    def test_spans_are_read_with_danish_dates_and_a_heading(self) -> None:
        text = "fra;til;type;grund\n13-10-2025;14-10-2025;lukket;Ferie\n2025-10-18;;åben;Skolefest\n15.10.2025;;fjern;\n"
        found = planfiles.read(text.encode("utf-8-sig"), YEAR)
        assert found.wishes == {
            **closed("Ferie", 13, 14),
            date(2025, 10, 18): Rule(False, "Skolefest"),
            date(2025, 10, 15): None,
        }

    def test_days_of_other_years_are_left_out_and_counted(self) -> None:
        found = planfiles.read(b"2026-07-31;2026-08-02;lukket;Sommer", YEAR)
        assert found.wishes == {date(2026, 7, 31): Rule(True, "Sommer")}
        assert found.outside == 2

    @pytest.mark.parametrize(
        "line",
        [
            "13-10-2025;14-10-2025;lukket",
            "13-13-2025;;lukket;Ferie",
            "14-10-2025;13-10-2025;lukket;Ferie",
            "13-10-2025;;måske;Ferie",
            "13-10-2025;;lukket;",
            "13-10-2020;13-10-2026;lukket;Ferie",
            '13-10-2025;;lukket;"Ferie',
        ],
    )
    def test_a_wrong_line_is_named_and_nothing_is_taken(self, line: str) -> None:
        found = planfiles.read(f"2025-10-20;;lukket;Ferie\n{line}\n".encode(), YEAR)
        assert [problem.line for problem in found.problems] == [2]
        assert found.wishes == {}

    def test_what_was_read_is_written_and_read_again_the_same(self) -> None:
        wishes: dict[date, Rule | None] = {
            date(2025, 10, 13): Rule(True, 'Ferie; "lang"'),
            date(2025, 10, 18): Rule(False, "Fest"),
            date(2025, 10, 20): None,
        }
        assert planfiles.read_csv(planfiles.written(wishes), YEAR).wishes == wishes


@pytest.mark.parametrize("content", [b"", b"\x00\x01", b"\xff\xfe\x00", b"hello", b"x" * 1_000_001])
def test_another_file_is_refused_in_words(content: bytes) -> None:
    found = planfiles.read(content, YEAR)
    assert len(found.problems) == 1
    assert found.problems[0].text
    assert found.wishes == {}
