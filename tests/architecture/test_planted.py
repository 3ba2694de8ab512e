"""Does every rule of the house bite? One violation of each kind, planted in a copy of the tree, is named by its rule."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.architecture import fielding, habits, scoping, writers
from tests.architecture.habits import Rule
from tests.architecture.source import ROOT

LINT = Path(sys.executable).parent / "lint-imports"


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tree = tmp_path_factory.mktemp("pristine")
    for folder in ("fravaer", "templates"):
        shutil.copytree(ROOT / folder, tree / folder, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    shutil.copy(ROOT / "pyproject.toml", tree)
    return tree


def spoiled(pristine: Path, planted: Iterable[tuple[str, str]], tree: Path) -> Path:
    """A copy of the product with texts planted in it: links to the same files, so that it costs next to nothing."""
    shutil.copytree(pristine, tree, copy_function=os.link)
    for place, text in planted:
        plant(tree, place, text)
    return tree


def plant(tree: Path, place: str, text: str) -> None:
    """Add the text to the end of a module or a template, which is made when there is none."""
    path = tree / place
    path.parent.mkdir(parents=True, exist_ok=True)
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    # A new file in its place: the old one is shared with the other copies.
    path.unlink(missing_ok=True)
    path.write_text(f"{before}\n{text}\n", encoding="utf-8")


def linted(tree: Path) -> tuple[int, str]:
    """The linter's exit code and its report."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [LINT, "--no-cache"],
        cwd=tree,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return done.returncode, done.stdout + done.stderr


def test_it_keeps_every_contract_before_anything_is_planted(pristine: Path) -> None:
    code, said = linted(pristine)
    assert code == 0, said


# What is planted, where, and the broken contract with the culprit as the linter names them.
IMPORTS = {
    "an upward import": (
        "fravaer/absence/register.py",
        "import fravaer.cases.measures",
        [
            "An app imports only from the floors below it",
            "fravaer.absence is not allowed to import fravaer.cases",
            "fravaer.absence.register -> fravaer.cases.measures",
        ],
    ),
    "a way up by a detour": (
        "fravaer/schools/schooldays.py",
        "import fravaer.absence.percentage",
        [
            "An app imports only from the floors below it",
            "fravaer.schools is not allowed to import fravaer.absence",
            "fravaer.schools.schooldays -> fravaer.absence.percentage",
        ],
    ),
    "an import of the roof": (
        "fravaer/accounts/views.py",
        "from fravaer.navigation import first_page",
        [
            "An app imports only from the floors below it",
            "fravaer.accounts is not allowed to import fravaer.navigation",
            "fravaer.accounts.views -> fravaer.navigation",
        ],
    ),
    "an import of the settings file": (
        "fravaer/core/health.py",
        "import fravaer.settings",
        [
            "An app imports only from the floors below it",
            "fravaer.core is not allowed to import fravaer.settings",
            "fravaer.core.health -> fravaer.settings",
        ],
    ),
    "an app without a floor": (
        "fravaer/grading/__init__.py",
        "",
        ["An app imports only from the floors below it", "- fravaer.grading"],
    ),
    "a module without a floor": (
        "fravaer/shortcuts.py",
        "",
        ["An app imports only from the floors below it", "- fravaer.shortcuts"],
    ),
    "a view that reads the register's rows": (
        "fravaer/absence/views.py",
        "from fravaer.absence.models import Absence",
        [
            "The register's rows are private to the rooms of absence",
            "fravaer.absence.views -> fravaer.absence.models",
        ],
    ),
    "another app that reads the register's rows": (
        "fravaer/reports/urls.py",
        "from fravaer.absence.models import Absence",
        [
            "The register's rows are private to the rooms of absence",
            "fravaer.reports.urls -> fravaer.absence.models",
        ],
    ),
    "another app that reads the trail's rows": (
        "fravaer/accounts/grants.py",
        "from fravaer.audit import models",
        [
            "The trail's rows are private to its room",
            "fravaer.accounts.grants -> fravaer.audit.models",
        ],
    ),
    "another app that reads the cases' rows": (
        "fravaer/reports/urls.py",
        "from fravaer.cases.models import SocialMeasure",
        [
            "The cases' rows are private to the rooms of cases",
            "fravaer.reports.urls -> fravaer.cases.models",
        ],
    ),
    "another app that reads the outbox's rows": (
        "fravaer/reports/urls.py",
        "from fravaer.sms.models import Message",
        [
            "The outbox's rows are private to the rooms of sms",
            "fravaer.reports.urls -> fravaer.sms.models",
        ],
    ),
    "a second room that knows the provider's client": (
        "fravaer/sms/delivery.py",
        "from twilio.rest import Client",
        [
            "One room knows the SMS provider's client",
            "fravaer.sms.delivery -> twilio",
        ],
    ),
    "a second room that makes PDFs": (
        "fravaer/cases/documents.py",
        "import typst",
        ["One room makes PDFs", "fravaer.cases.documents -> typst"],
    ),
    "Django in the periods": (
        "fravaer/core/periods.py",
        "from django.utils import timezone",
        ["Periods, scope and law import no Django", "fravaer.core.periods -> django"],
    ),
    "Django in the scope": (
        "fravaer/core/scope.py",
        "from django.db import models",
        ["Periods, scope and law import no Django", "fravaer.core.scope -> django"],
    ),
}


@pytest.fixture(scope="module")
def broken(pristine: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the linter says of each broken contract once all of it is planted: it names every culprit under its contract."""
    planted = [(place, text) for place, text, _ in IMPORTS.values()]
    tree = spoiled(pristine, planted, tmp_path_factory.mktemp("imports") / "tree")
    code, said = linted(tree)
    assert code == 1, said
    _, *parts = re.split(r"\n([^\n]+)\n---+\n", said)
    return {contract: " ".join(text.split()) for contract, text in zip(parts[::2], parts[1::2], strict=True)}


@pytest.mark.parametrize("kind", IMPORTS)
def test_import_linter_names(kind: str, broken: dict[str, str]) -> None:
    _, _, [contract, *sentences] = IMPORTS[kind]
    assert sentences
    for sentence in sentences:
        assert sentence in broken[contract]


def test_every_contract_has_a_planted_violation() -> None:
    import tomllib

    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    planted = {contract for _, _, [contract, *_] in IMPORTS.values()}
    assert {contract["name"] for contract in contracts} == planted


KEPT = habits.rules()
HABITS: dict[str, tuple[Rule, str, str, str]] = {
    "a room without a question": (
        KEPT["a room has a question"],
        "fravaer/cases/planted.py",
        '"""Things about cases."""',
        "asks no question",
    ),
    "a room that is too long": (
        KEPT["a room is at most 400 lines"],
        "fravaer/cases/measures.py",
        "\n" * 400,
        "lines are more than 400",
    ),
    "a module of helpers": (
        KEPT["no module is nameless"],
        "fravaer/cases/utils.py",
        '"""What else is there?"""',
        "answers nothing",
    ),
    "a function that gets": (
        KEPT["no function is named get, do, handle or process"],
        "fravaer/cases/measures.py",
        "def get_measures() -> None: ...",
        "get_measures",
    ),
    "a signal": (
        KEPT["nothing is signalled"],
        "fravaer/absence/register.py",
        "from django.db.models.signals import post_save",
        "post_save is a signal",
    ),
    "a receiver": (
        KEPT["nothing is signalled"],
        "fravaer/sms/urls.py",
        "from django.dispatch import receiver",
        "receiver is a signal",
    ),
    "SQL in a view": (
        KEPT["SQL by hand only where it is listed"],
        "fravaer/absence/views.py",
        "def rows(connection): return connection.cursor()",
        "connection.cursor",
    ),
    "a page that reaches everybody": (
        KEPT["a page reaches further than its actor only where it is listed"],
        "fravaer/absence/views.py",
        "def everybody(): return acting_as(DatabaseRole.REPORT)",
        "acts as another role",
    ),
    "raw rows": (
        KEPT["SQL by hand only where it is listed"],
        "fravaer/accounts/grants.py",
        'ALL = Grant.objects.raw("SELECT 1")',
        "Grant.objects.raw",
    ),
    "a view without forgery protection": (
        KEPT["nothing is declared safe"],
        "fravaer/absence/views.py",
        "from django.views.decorators.csrf import csrf_exempt\n@csrf_exempt\ndef open_door(request): ...",
        "csrf_exempt",
    ),
    "text declared safe": (
        KEPT["nothing is declared safe"],
        "fravaer/absence/board.py",
        "from django.utils import safestring\nX = safestring.mark_safe('<b>')",
        "mark_safe",
    ),
    "a view open to all in its own way": (
        KEPT["nothing is declared safe"],
        "fravaer/absence/views.py",
        "from django.contrib.auth.decorators import login_not_required\n@login_not_required\ndef open_door(request): ...",
        "login_not_required",
    ),
    "a form with every field": (
        KEPT["nothing is declared safe"],
        "fravaer/accounts/forms.py",
        'class Everything:\n    class Meta:\n        fields = "__all__"',
        "__all__",
    ),
    "a form made with every field": (
        KEPT["nothing is declared safe"],
        "fravaer/cases/forms.py",
        'FORM = modelform_factory(Case, fields="__all__")',
        "__all__",
    ),
    "rows past their scope": (
        KEPT["nothing is declared safe"],
        "fravaer/cases/views.py",
        "def everything(): return Case._unscoped.all()",
        "_unscoped outside its place",
    ),
    "rows by the database's own words": (
        KEPT["SQL by hand only where it is listed"],
        "fravaer/cases/views.py",
        'def more(rows): return rows.extra(where=["1=1"])',
        "rows.extra",
    ),
    "a filter straight from the request": (
        KEPT["nothing is declared safe"],
        "fravaer/absence/views.py",
        "def found(request): return Pupil.objects.visible_to(request.scope, request.day).filter(**request.GET.dict())",
        "straight from the request",
    ),
    "a word inside another string": (
        KEPT["no word to translate is hidden inside another string"],
        "fravaer/absence/board.py",
        "from django.utils.translation import gettext as _\nX = f\"{_('Never found')}: {1}\"",
        "is not translated",
    ),
    "a room that reads the clock": (
        KEPT["rooms read neither clock nor settings"],
        "fravaer/absence/board.py",
        "from django.utils import timezone\ndef late(): return timezone.now()",
        "reads the clock",
    ),
    "a room that reads the settings": (
        KEPT["rooms read neither clock nor settings"],
        "fravaer/absence/board.py",
        "from django.conf import settings",
        "looked up inside a room",
    ),
    "a word we do not use": (
        KEPT["a message is never called a notification"],
        "fravaer/sms/urls.py",
        "notifications = []",
        "not a notification",
    ),
    "a sum in a template": (
        KEPT["templates compute nothing and escape everything"],
        "templates/absence/today.html",
        "{{ missing|add:1 }}",
        "adds in a template",
    ),
    "unescaped text in a template": (
        KEPT["templates compute nothing and escape everything"],
        "templates/absence/today.html",
        "{{ pupil.given_name|safe }}",
        "declares text safe",
    ),
    "a script in a template": (
        KEPT["templates compute nothing and escape everything"],
        "templates/absence/today.html",
        "<script>alert(1)</script>",
        "scripts inline",
    ),
    "another app's table in SQL": (
        lambda root: list(habits.backdoors(root)),
        "fravaer/cases/measures.py",
        'COUNT = "SELECT count(*) FROM absence_absence"',
        "absence_absence belongs to absence",
    ),
    "a page that shows everybody": (
        scoping.unscoped,
        "fravaer/absence/views.py",
        "def everybody(request): return Pupil.objects.all()",
        "Pupil.objects in everybody is not narrowed",
    ),
    "a page that fetches anybody": (
        scoping.unscoped,
        "fravaer/absence/views.py",
        "def anybody(request, pk): return get_object_or_404(Pupil, pk=pk)",
        "Pupil.objects in anybody is not narrowed",
    ),
    "a protected child marked for everybody": (
        fielding.unasked,
        "templates/absence/today.html",
        "{% if line.pupil.protected %}!{% endif %}",
        "is written without asking for protected",
    ),
    "a guardian's number on a page": (
        fielding.unasked,
        "templates/sms/messages.html",
        '{% if "case" in shown %}{{ phone.e164 }}{% endif %}',
        "e164 is written without asking for phone",
    ),
    "a birthday in a file": (
        fielding.unasked,
        "fravaer/cases/sheets.py",
        "def born(pupil): return pupil.birth_on",
        "birth_on in born is taken without asking",
    ),
    "a second writer through the model": (
        writers.strangers,
        "fravaer/absence/board.py",
        "def add(): Register.objects.create(version=1)",
        "absence.Register is written by absence.alignment, absence.bulk, absence.register",
    ),
    "a second writer by SQL": (
        writers.strangers,
        "fravaer/absence/unexplained.py",
        'WRONG = "DELETE FROM absence_absence WHERE day = %(day)s"',
        "absence.Absence is written by absence.alignment, absence.bulk, absence.register",
    ),
    "a second writer of an instance": (
        writers.strangers,
        "fravaer/accounts/scoping.py",
        "def end(grant: Grant) -> None:\n    grant.valid_until = None\n    grant.save()",
        "accounts.Grant is written by accounts.grants",
    ),
    "a writer of who knows what": (
        writers.strangers,
        "fravaer/absence/views.py",
        "def keep(thing): thing.save()",
        "? is written by nobody",
    ),
}


@pytest.fixture(scope="module")
def found(pristine: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[Rule, set[str]]:
    """What each rule finds once all of it is planted. That it finds nothing before, its own tests say."""
    planted = [(place, text) for _, place, text, _ in HABITS.values()]
    tree = spoiled(pristine, planted, tmp_path_factory.mktemp("habits") / "tree")
    rules = {rule for rule, _, _, _ in HABITS.values()}
    return {rule: set(rule(tree)) for rule in rules}


def told(fault: str, place: str, sentence: str) -> bool:
    return fault.startswith(place) and sentence in fault


@pytest.mark.parametrize("kind", HABITS)
def test_the_house_names(kind: str, found: dict[Rule, set[str]]) -> None:
    rule, place, _, sentence = HABITS[kind]
    assert sum(told(fault, place, sentence) for fault in found[rule]) == 1, found[rule]


def test_the_house_names_nothing_else(found: dict[Rule, set[str]]) -> None:
    for rule, faults in found.items():
        of_it = [(place, sentence) for known, place, _, sentence in HABITS.values() if known == rule]
        assert {fault for fault in faults if not any(told(fault, *about) for about in of_it)} == set()


def test_every_habit_has_a_planted_violation() -> None:
    planted = [rule for rule, _, _, _ in HABITS.values()]
    assert [sentence for sentence, rule in KEPT.items() if rule not in planted] == []
