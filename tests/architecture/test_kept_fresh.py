"""Is everything fresh that is made from something else: migrations, catalogues, the tables of settings?"""

from __future__ import annotations

import ast
import re
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from fravaer.core import catalogues
from tests.architecture.source import FLOORS, ROOT
from tests.conftest import LONGEST
from tools import papers as paper

# Migrations that Django named by the clock say nothing; those it named after one change say what the reader already sees.
UNNAMED = re.compile(r"^\d{4}_(auto_|alter_|rename_|remove_|delete_)|_and_more$")


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    out = StringIO()
    call_command("makemigrations", check=True, dry_run=True, stdout=out)
    assert "No changes detected" in out.getvalue()


def test_every_migration_is_named_after_what_it_brings() -> None:
    names = [path.stem for path in (ROOT / "fravaer").glob("*/migrations/[0-9]*.py")]
    assert names
    assert [name for name in names if UNNAMED.search(name)] == []


def test_every_string_has_its_danish_and_the_compiled_catalogues_are_fresh() -> None:
    assert catalogues.update(ROOT, write=False).problems == []


def test_every_app_has_its_catalogue_and_the_product_reads_it() -> None:
    assert {Path(path).name for path in settings.LOCALE_PATHS} == {app for app in FLOORS if _speaks(app)}
    assert [code for code, _ in settings.LANGUAGES] == ["da", "en"]
    assert settings.LANGUAGE_CODE == "da"


def _speaks(app: str) -> bool:
    return (ROOT / "locale" / app).is_dir()


def test_the_record_of_processing_names_every_table_and_field_as_they_are() -> None:
    """Where this fails: `./dev papers`, and look whether what it wrote is true."""
    assert paper.TARGET.read_text(encoding="utf-8") == paper.record()


def test_the_files_that_are_begun_first_are_there_and_named_once() -> None:
    named = LONGEST.read_text(encoding="utf-8").split()
    assert [name for name in named if not (ROOT / name).is_file()] == []
    assert len(set(named)) == len(named)


def read_from_the_environment() -> set[str]:
    """The names the settings file asks the environment for."""
    tree = ast.parse((ROOT / "fravaer" / "settings.py").read_text(encoding="utf-8"))
    return {
        str(call.args[0].value)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "env"
        and call.args
        and isinstance(call.args[0], ast.Constant)
    }


def asked_by_compose() -> set[str]:
    """The names docker-compose.yml itself fills in, for the database it starts."""
    return set(re.findall(r"\$\{(\w+)", (ROOT / "docker-compose.yml").read_text(encoding="utf-8")))


def test_the_page_on_operations_names_every_setting_and_no_other() -> None:
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    table = page.partition("\n## Settings")[2].partition("\n## ")[0]
    assert (
        set(re.findall(r"^\| `([A-Z_]+)`", table, re.MULTILINE))
        == read_from_the_environment() | asked_by_compose()
    )


def test_the_example_of_an_environment_names_every_setting_and_no_other() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    named = re.findall(r"^(?:# )?([A-Z_]+)=", example, re.MULTILINE)
    assert len(named) == len(set(named))
    assert set(named) == read_from_the_environment() | asked_by_compose()
