"""The product speaks Danish: extraction, updating and checking of the catalogues."""

import gettext
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

PYTHON = """
from django.utils.translation import gettext as _, gettext_lazy, ngettext, npgettext, pgettext

title = _("Registers")
late = gettext_lazy("Late")
one_or_more = ngettext("%(count)d pupil", "%(count)d pupils", 2)
verb = pgettext("a button", "Open")
rows = npgettext("a table", "%(count)d row", "%(count)d rows", 3)
# Translators: shown when it rains
rain = _("Wet")
name = f"not {title} a string"
"""

TEMPLATE = """{% load i18n %}
    <h1>{% translate "Today's 'own' classes" %}</h1>
  <p title="{% translate "Close" context "a gate" %}">{{ _("Printed") }} 10 % of ( [ { "quotes' remain</p>
        {% blocktranslate trimmed count counter=pupils|length %}
            {{ counter }} child
        is missing
            {% plural %}
            {{ counter }} children
            are missing
        {% endblocktranslate %}
 {% blocktranslate trimmed with name=user.name context "greeting" %}
   Hello {{ name }}
 {% endblocktranslate %}
{% if x %}{% include "x.html" with label=_("Label") only %}{% endif %}
{% comment %}{% translate "Never shown" %}{% endcomment %}
"""


@pytest.fixture
def tree(tmp_path: Path, settings: Settings) -> Path:
    """A product with three apps, of which one has strings in Python and in templates."""
    settings.BASE_DIR = tmp_path
    for app in ("core", "schools", "absence"):
        (tmp_path / "fravaer" / app).mkdir(parents=True)
        (tmp_path / "fravaer" / app / "__init__.py").touch()
        (tmp_path / "templates" / app).mkdir(parents=True)
    (tmp_path / "fravaer" / "absence" / "views.py").write_text(PYTHON, encoding="utf-8")
    (tmp_path / "templates" / "absence" / "page.html").write_text(TEMPLATE, encoding="utf-8")
    return tmp_path


def po(tree: Path, app: str = "absence", language: str = "da") -> Path:
    return tree / "locale" / app / language / "LC_MESSAGES" / "django.po"


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("catalogues", *arguments, stdout=out, stderr=out)
    return out.getvalue()


def problems() -> str:
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("catalogues", "--check", stdout=out, stderr=out)
    return out.getvalue()


def translate_everything(tree: Path) -> None:
    """Fill every empty Danish string with its English source in capitals between two marks."""
    run()
    for path in tree.glob("locale/*/da/LC_MESSAGES/django.po"):
        lines = path.read_text(encoding="utf-8").split("\n")
        source = ""
        for number, line in enumerate(lines):
            if line.startswith(("msgid ", "msgid_plural ")):
                source = line.split(" ", 1)[1].strip('"')
            elif line.startswith("msgstr") and line.endswith(' ""') and source:
                lines[number] = line[:-1] + f'Dansk {source}"'
        path.write_text("\n".join(lines), encoding="utf-8")
    run()


def danish(tree: Path, app: str = "absence") -> gettext.GNUTranslations:
    with po(tree, app).with_suffix(".mo").open("rb") as file:
        return gettext.GNUTranslations(file)


def test_it_finds_the_strings_of_python_and_of_templates(tree: Path) -> None:
    run()
    text = po(tree).read_text(encoding="utf-8")
    for wanted in (
        'msgid "Registers"\n',
        'msgid "Late"\n',
        'msgid "%(count)d pupil"\nmsgid_plural "%(count)d pupils"\n',
        'msgctxt "a button"\nmsgid "Open"\n',
        'msgctxt "a table"\nmsgid "%(count)d row"\nmsgid_plural "%(count)d rows"\n',
        '#. shown when it rains\nmsgid "Wet"\n',
        "msgid \"Today's 'own' classes\"\n",
        'msgctxt "a gate"\nmsgid "Close"\n',
        'msgid "Printed"\n',
        'msgid "%(counter)s child is missing"\nmsgid_plural "%(counter)s children are missing"\n',
        'msgctxt "greeting"\nmsgid "Hello %(name)s"\n',
        'msgid "Label"\n',
    ):
        assert wanted in text
    assert "Never shown" not in text
    assert "not {title}" not in text


def test_it_gives_each_app_its_own_catalogue_and_core_the_rest(tree: Path) -> None:
    (tree / "fravaer" / "schools" / "models.py").write_text('_("School")', encoding="utf-8")
    (tree / "templates" / "schools" / "list.html").write_text('{% translate "Schools" %}', encoding="utf-8")
    (tree / "templates" / "base.html").write_text('{% translate "Menu" %}', encoding="utf-8")
    (tree / "fravaer" / "urls.py").write_text('_("Roof")', encoding="utf-8")
    run()
    schools, core = (po(tree, app).read_text(encoding="utf-8") for app in ("schools", "core"))
    assert 'msgid "School"' in schools
    assert 'msgid "Schools"' in schools
    assert 'msgid "Menu"' in core
    assert 'msgid "Roof"' in core
    assert "School" not in core
    assert "That page contains no results" in core


def test_it_leaves_out_migrations(tree: Path) -> None:
    (tree / "fravaer" / "absence" / "migrations").mkdir()
    (tree / "fravaer" / "absence" / "migrations" / "0001_initial.py").write_text('_("Old")', encoding="utf-8")
    run()
    assert "Old" not in po(tree).read_text(encoding="utf-8")


def test_it_lists_the_strings_that_lack_danish_and_fills_the_english(tree: Path) -> None:
    out = run()
    assert "absence/da: 'Registers' has no translation" in out
    assert 'msgid "Registers"\nmsgstr ""\n' in po(tree).read_text(encoding="utf-8")
    assert 'msgid "Registers"\nmsgstr "Registers"\n' in po(tree, language="en").read_text(encoding="utf-8")


def test_it_keeps_translations_and_compiles_them(tree: Path) -> None:
    translate_everything(tree)
    assert run("--check") == "All strings have their Danish.\n"
    catalogue = danish(tree)
    assert catalogue.gettext("Registers") == "Dansk Registers"
    assert catalogue.pgettext("a button", "Open") == "Dansk Open"
    assert catalogue.ngettext("%(count)d pupil", "%(count)d pupils", 2) == "Dansk %(count)d pupils"


def test_a_second_run_changes_not_a_byte(tree: Path) -> None:
    translate_everything(tree)
    before = {path: path.read_bytes() for path in tree.glob("locale/**/*.*o")}
    assert len(before) == 12
    assert run() == "All strings have their Danish.\n"
    assert {path: path.read_bytes() for path in tree.glob("locale/**/*.*o")} == before


def test_its_files_hold_neither_dates_nor_places(tree: Path) -> None:
    run()
    text = po(tree).read_text(encoding="utf-8")
    assert "views.py" not in text
    assert "Date" not in text


def test_a_string_that_moves_to_another_app_keeps_its_danish(tree: Path) -> None:
    translate_everything(tree)
    (tree / "fravaer" / "absence" / "views.py").rename(tree / "fravaer" / "schools" / "views.py")
    run()
    assert danish(tree, "schools").gettext("Registers") == "Dansk Registers"
    assert "Registers" not in po(tree).read_text(encoding="utf-8")


def test_it_touches_only_the_apps_it_is_asked_for(tree: Path) -> None:
    run("absence")
    assert po(tree).exists()
    assert not po(tree, "core").exists()
    with pytest.raises(CommandError, match="no app called lunch"):
        run("lunch")


def test_the_check_refuses_a_new_string(tree: Path) -> None:
    translate_everything(tree)
    with (tree / "fravaer" / "absence" / "views.py").open("a", encoding="utf-8") as file:
        file.write('new = _("Fresh")\n')
    found = problems()
    assert "absence/da: 'Fresh' is new" in found
    assert "locale/absence/da/LC_MESSAGES/django.po is not fresh" in found


def test_the_check_refuses_an_obsolete_string(tree: Path) -> None:
    translate_everything(tree)
    (tree / "templates" / "absence" / "page.html").write_text("", encoding="utf-8")
    assert "absence/da: 'Printed' is obsolete" in problems()


def test_the_check_refuses_a_fuzzy_string_which_is_not_shown_either(tree: Path) -> None:
    translate_everything(tree)
    text = po(tree).read_text(encoding="utf-8")
    po(tree).write_text(text.replace('msgid "Late"', '#, fuzzy\nmsgid "Late"'), encoding="utf-8")
    assert "absence/da: 'Late' is fuzzy" in problems()
    run()
    assert danish(tree).gettext("Late") == "Late"


def test_the_check_refuses_a_compiled_file_that_is_old_or_gone(tree: Path) -> None:
    translate_everything(tree)
    text = po(tree).read_text(encoding="utf-8")
    po(tree).write_text(text.replace('"Dansk Late"', '"For sent"'), encoding="utf-8")
    assert problems() == "locale/absence/da/LC_MESSAGES/django.mo is not fresh: run the catalogues command\n"
    po(tree).with_suffix(".mo").unlink()
    assert "django.mo is not fresh" in problems()


def test_the_check_refuses_danish_that_names_other_values(tree: Path) -> None:
    translate_everything(tree)
    text = po(tree).read_text(encoding="utf-8")
    po(tree).write_text(text.replace('"Dansk Hello %(name)s"', '"Hej %(navn)s"'), encoding="utf-8")
    run()
    assert "absence/da: 'Hello %(name)s' names other values in its translation" in problems()


def test_the_check_refuses_two_danish_words_for_one_english(tree: Path) -> None:
    (tree / "fravaer" / "schools" / "models.py").write_text('_("Late")', encoding="utf-8")
    translate_everything(tree)
    text = po(tree, "schools").read_text(encoding="utf-8")
    po(tree, "schools").write_text(text.replace('"Dansk Late"', '"For sent"'), encoding="utf-8")
    run()
    assert "schools/da: 'Late' has another translation in absence; give one a context" in problems()


def test_a_file_that_cannot_be_read_is_named(tree: Path) -> None:
    (tree / "templates" / "absence" / "page.html").write_text(
        "{% blocktranslate %}{% if a %}x{% endif %}{% endblocktranslate %}", encoding="utf-8"
    )
    with pytest.raises(CommandError, match=r"page\.html"):
        run()
