"""The page for those who make the files names everything they may write."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings

from fravaer.accounts.roster import WORDS
from fravaer.schools.importing.own_csv import COLUMNS

PAGE = (Path(settings.BASE_DIR) / "docs" / "skoledata.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("file", COLUMNS)
def test_every_column_of_a_file_is_described_and_no_other(file: str) -> None:
    section = PAGE.split(f"### {file}")[1].split("\n#")[0]
    table = section.split("| --- | --- | --- |\n")[1].split("\n\n")[0]
    described = [
        (cells[1].strip(" `"), cells[2].strip(" `"), cells[3].strip().startswith("valgfri"))
        for cells in (line.split("|") for line in table.splitlines())
    ]
    optional_by_role = {"area", "school", "class"} if file == "staff.csv" else set()
    assert described == [
        (column.name, column.danish, column.optional and column.name not in optional_by_role)
        for column in COLUMNS[file]
    ]


def test_every_word_for_a_role_is_described() -> None:
    assert [word for word in WORDS if f"`{word}`" not in PAGE] == []
