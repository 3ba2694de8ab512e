"""What does the launcher say where something is missing?"""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A fresh clone, as far as the launcher looks before it has libraries."""
    place = tmp_path / "clone"
    shutil.copytree(ROOT / "requirements", place / "requirements")
    shutil.copytree(ROOT / "tools", place / "tools")
    shutil.copy(ROOT / "dev", place / "dev")
    return place


def said_by(clone: Path, *arguments: str, twist: str = "pass", path: str | None = None) -> tuple[int, str]:
    """Exit code and output of ./dev in a Python for which `twist` changed what it finds of the machine."""
    script = f"import sys, platform, runpy; {twist}; sys.argv = ['dev', *{list(arguments)!r}]; "
    script += f"runpy.run_path({str(clone / 'dev')!r}, run_name='__main__')"
    result = subprocess.run(
        [sys.executable, "-c", script],
        cwd=clone,
        env={**os.environ, "PATH": path if path is not None else os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return result.returncode, (result.stdout + result.stderr).strip()


def test_an_old_python_can_read_the_launcher_at_all() -> None:
    ast.parse((ROOT / "dev").read_text(), feature_version=(3, 6))


def test_an_old_python_is_told_which_one_is_needed(clone: Path) -> None:
    code, said = said_by(clone, "demo", twist="sys.version_info = (3, 9, 2)", path="")
    assert code == 1
    assert said.startswith("fravaer needs Python 3.11 or later, and this is 3.9.")
    assert said.count("\n") == 0


def test_an_old_python_hands_over_to_a_newer_one_on_the_path(clone: Path, tmp_path: Path) -> None:
    newer = tmp_path / "bin"
    newer.mkdir()
    (newer / "python3.11").symlink_to(sys.executable)
    code, said = said_by(clone, "demo", "--help", twist="sys.version_info = (3, 9, 2)", path=str(newer))
    assert code == 0
    assert said.startswith("usage: ./dev demo")


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_a_debian_without_venv_is_told_the_package(clone: Path, module: str) -> None:
    code, said = said_by(clone, "demo", twist=f"sys.modules[{module!r}] = None")
    assert code == 1
    assert said == "Python's venv module is missing: on Debian and Ubuntu, apt-get install python3-venv."


@pytest.mark.parametrize(
    ("twist", "need"),
    [
        ("platform.libc_ver = lambda: ('', '')", "glibc"),
        ("platform.libc_ver = lambda: ('glibc', '2.17')", "glibc 2.28"),
        ("sys.platform = 'win32'", "WSL"),
    ],
    ids=["alpine", "old glibc", "windows"],
)
def test_a_system_without_ready_made_servers_is_told_what_is_needed(
    clone: Path, twist: str, need: str
) -> None:
    code, said = said_by(clone, "demo", twist=twist)
    assert code == 1
    assert need in said
    assert said.count("\n") == 0


def test_an_unknown_verb_is_told_where_the_known_ones_are(clone: Path) -> None:
    code, said = said_by(clone, "dmeo")
    assert code == 1
    assert said == "There is no ./dev dmeo. ./dev --help lists what there is."


@pytest.mark.parametrize("verb", ["demo", "test", "check", "lock", "manage", "bench", "screenshots", "serve"])
def test_help_needs_no_library_and_makes_nothing(clone: Path, verb: str) -> None:
    code, said = said_by(clone, verb, "--help")
    assert code == 0, said
    assert f"usage: ./dev {verb}" in said
    assert not (clone / ".venv").exists()


def test_the_list_of_verbs_names_each_of_them(clone: Path) -> None:
    code, said = said_by(clone)
    assert code == 0
    for verb in ("demo", "test", "check", "bench", "lock", "manage", "screenshots"):
        assert f"\n  {verb} " in said


def tools(*arguments: str, home: Path, **environment: str) -> tuple[int, str]:
    """Exit code and output of a verb behind ./dev, with the libraries at hand."""
    result = subprocess.run(
        [sys.executable, "-m", "tools", *arguments],
        cwd=ROOT,
        env={**os.environ, "FRAVAER_HOME": str(home), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return result.returncode, (result.stdout + result.stderr).strip()


def test_a_wrong_folder_for_a_system_postgres_is_named(tmp_path: Path) -> None:
    code, said = tools("serve", home=tmp_path, FRAVAER_PG_BIN="/nowhere", DATABASE_URL="", REDIS_URL="")
    assert code == 1
    assert said == "FRAVAER_PG_BIN is /nowhere, but there is no initdb and postgres in that folder."


def test_a_missing_browser_is_an_error_where_ci_is_set(tmp_path: Path) -> None:
    code, said = tools("test", "--version", home=tmp_path, CI="true", FRAVAER_CHROMIUM="/nowhere/chromium")
    assert code == 1
    assert said == "The browser tests need Chromium, and CI is set: apt-get install chromium libatomic1"


def test_a_missing_browser_is_said_loudly_where_ci_is_not_set(tmp_path: Path) -> None:
    one = ["tests/browser/test_gallery.py", "-n", "0", "-q"]
    code, said = tools("test", *one, home=tmp_path, CI="", FRAVAER_CHROMIUM="/nowhere/chromium")
    assert code == 0
    counted = re.search(r"!+ (\d+) BROWSER TESTS DID NOT RUN !+", said)
    assert counted
    assert f"{counted[1]} skipped" in said
    assert "apt-get install chromium libatomic1" in said


def test_an_occupied_port_is_named(tmp_path: Path) -> None:
    import socket

    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        code, said = tools("demo", f"--port={port}", home=tmp_path)
    assert code == 1
    assert said == f"Port {port} is in use by another program: choose another with --port."


def test_reset_never_touches_a_database_it_did_not_make(tmp_path: Path) -> None:
    code, said = tools("demo", "--reset", home=tmp_path, DATABASE_URL="postgres://127.0.0.1:1/theirs")
    assert code == 1
    assert said.startswith("--reset would not touch what DATABASE_URL names")
