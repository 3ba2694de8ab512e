"""Very many rows reach a table at once: by COPY, into a table laid bare for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from django.db import DataError, IntegrityError, connection, transaction

from fravaer.core import copying, secrets
from fravaer.schools.models import Area, Municipality, Phone, Pupil, SchoolYear
from tests import factories

pytestmark = pytest.mark.django_db


def shape(*tables: str) -> list[tuple[str, str]]:
    """Every constraint and index of the tables, as Postgres writes them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = ANY (%s::regclass[]) "
            "UNION ALL SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index "
            "WHERE indrelid = ANY (%s::regclass[]) ORDER BY 1, 2",
            [list(tables), list(tables)],
        )
        found: list[tuple[str, str]] = cursor.fetchall()
    return found


def test_what_is_copied_reads_back_as_it_was() -> None:
    names = ["Zoë, Ærø", 'a "quoted" one', "two\nlines", "tab\there", "", r"back\slash", "None", "æøå ÆØÅ"]
    keys = copying.reserved("schools_municipality", len(names))
    rows = [(key, f"{nth:03}", name) for nth, (key, name) in enumerate(zip(keys, names, strict=True))]
    assert copying.copy("schools_municipality", ["id", "code", "name"], rows) == len(names)
    assert list(Municipality.objects.order_by("code").values_list("pk", "code", "name")) == rows


def test_nothing_is_copied_as_null_and_dates_as_dates() -> None:
    [key] = copying.reserved("schools_schoolyear", 1)
    copying.copy(
        "schools_schoolyear", ["id", "starts_on", "until"], [(key, date(2025, 8, 1), date(2026, 8, 1))]
    )
    assert SchoolYear.objects.get().starts_on == date(2025, 8, 1)
    municipality = factories.municipality()
    with pytest.raises(IntegrityError), transaction.atomic():
        copying.copy("schools_area", ["municipality_id", "code", "name"], [(municipality.pk, "nord", None)])
    assert not Area.objects.exists()


def test_a_value_of_another_kind_is_refused() -> None:
    with pytest.raises(DataError), transaction.atomic():
        copying.copy("schools_schoolyear", ["starts_on", "until"], [("some day", "another")])


def test_more_rows_than_one_chunk_arrive_while_they_are_made() -> None:
    made = 0

    def rows() -> Iterator[tuple[int, str, str]]:
        nonlocal made
        for nth in range(3 * copying.ROWS_A_CHUNK + 7):
            made += 1
            yield 1_000_000 + nth, f"{nth:06}", "Nora"

    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE many (id integer, code text, name text) ON COMMIT DROP")
        assert copying.copy("many", ["id", "code", "name"], rows()) == made == 3 * copying.ROWS_A_CHUNK + 7
        cursor.execute("SELECT count(DISTINCT id), min(code), max(code) FROM many")
        assert cursor.fetchone() == (made, "000000", f"{made - 1:06}")


def test_reserved_keys_are_never_given_out_again() -> None:
    reserved = copying.reserved("schools_municipality", 3)
    assert len(set(reserved)) == 3
    assert factories.municipality().pk not in reserved


def test_a_bare_table_gets_back_every_index_and_constraint_it_had() -> None:
    tables = ("schools_pupil", "schools_enrolment", "schools_phone", "absence_absence", "absence_register")
    before = shape(*tables)
    with copying.bare(*tables):
        assert len(shape(*tables)) < len(before)
    assert shape(*tables) == before


def test_rows_that_break_a_constraint_are_refused_when_the_block_ends() -> None:
    guardian_of_nobody = [(987_654_321, secrets.fix("+46701740605", secrets.NUMBER), 1)]
    before = shape("schools_phone")
    with pytest.raises(IntegrityError), transaction.atomic(), copying.bare("schools_phone"):
        copying.copy("schools_phone", ["guardian_id", "e164", "rank"], guardian_of_nobody)
    assert not Phone.objects.exists()
    assert shape("schools_phone") == before


def test_rows_waiting_to_be_checked_do_not_hinder_it() -> None:
    """Foreign keys are checked at the end of a transaction; a table that waits for that cannot be changed."""
    factories.municipality()
    pupil = Pupil.objects.create(roster_key="P1", given_name="Nora", family_name="Holm")
    with copying.bare("schools_pupil"):
        pass
    assert Pupil.objects.get() == pupil


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_no_table_is_laid_bare() -> None:
    with pytest.raises(transaction.TransactionManagementError), copying.bare("schools_phone"):
        pass
