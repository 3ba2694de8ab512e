"""Do the documents say what is so?"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from django.apps import apps
from django.utils import translation

from fravaer.absence.reasons import Reason
from fravaer.accounts.roles import Role
from tests.architecture import papers
from tests.architecture.source import FLOORS, ROOT, rooms

PAPERS = [
    "LICENSE",
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "SECURITY.md",
    "publiccode.yml",
    "docs/absence-percentage.md",
    "docs/dpia.md",
    "docs/fortegnelse.md",
    "docs/threat-model.md",
    "docs/architecture.md",
    "docs/features.md",
    "docs/glossary.md",
    "docs/laerer.md",
    "docs/lifecycle.md",
    "docs/sager.md",
    "docs/operations.md",
    "docs/skoledata.md",
    "docs/tilgaengelighed.md",
    "docs/decisions/README.md",
]


def test_every_paper_is_there() -> None:
    assert [name for name in PAPERS if not (ROOT / name).is_file()] == []


@pytest.mark.parametrize("path", papers.documents(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_of_a_document_leads_somewhere(path: Path) -> None:
    assert [link for link in papers.links(path) if not (path.parent / link).exists()] == []


def test_every_decision_is_on_the_list_of_decisions() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = set(papers.links(folder / "README.md"))
    assert listed == {path.name for path in folder.glob("[0-9]*.md")}


def test_the_page_on_features_has_every_row_under_its_section() -> None:
    there: dict[str, list[str]] = {}
    for feature in papers.features():
        there.setdefault(feature.section, []).append(feature.name)
    assert there == papers.FEATURES


@pytest.mark.parametrize("feature", papers.features(), ids=lambda feature: feature.name)
def test_a_feature_is_there_as_far_as_tests_show_it(feature: papers.Feature) -> None:
    assert feature.state in {"yes", "partly", "no"}
    assert bool(feature.tests) == (feature.state == "yes") or feature.state == "partly"
    for test in feature.tests:
        place, _, name = test.partition("::")
        assert name in papers.tests_in(place), f"{test} does not exist"


def test_the_floor_plan_names_every_room_with_the_rooms_own_question() -> None:
    plan = papers.page("architecture.md").partition("\n## Rooms\n")[2].partition("\n## ")[0]
    named = [(cells[0].strip("`"), cells[1]) for _, cells in papers.rows(plan)]
    assert sorted(named) == sorted(papers.rooms_of_the_house().items())


def test_every_place_a_document_names_exists() -> None:
    places = {
        (path.name, place)
        for path in papers.documents()
        for place in re.findall(
            r"`((?:fravaer|tests|docs|templates|tools|locale|bench)/[\w./-]+)`", path.read_text()
        )
    }
    assert sorted((name, place) for name, place in places if not (ROOT / place).exists()) == []
    rooms_named = set(re.findall(r"`((?:\w+/)+\w+\.py)`", papers.page("architecture.md")))
    assert (
        sorted(
            room for room in rooms_named if not any((ROOT / at / room).exists() for at in ("fravaer", "."))
        )
        == []
    )


def test_the_floor_plan_names_the_floors_in_their_order() -> None:
    floors = re.findall(r"^\| \d+ \| `(\w+)` \|", papers.page("architecture.md"), re.MULTILINE)
    assert tuple(reversed(floors)) == FLOORS


def glossary() -> list[list[str]]:
    return [cells for _, cells in papers.rows(papers.page("glossary.md"))]


def test_every_table_of_the_database_has_its_word_in_the_glossary() -> None:
    named = {name for cells in glossary() for name in re.findall(r"`(\w+)`", cells[2])}
    models = {model.__name__ for app in FLOORS for model in _models(app)}
    assert models - named == set()


def test_every_word_of_the_glossary_is_in_the_code() -> None:
    words = {word for room in rooms() for word in re.findall(r"\w+", f"{room.text} {room.place}")}
    for cells in glossary():
        assert len(cells) == 4, cells
        for name in re.findall(r"`(\w+)`", cells[2]):
            assert name in words, f"{name} is not used"


def test_no_english_word_has_two_rows_and_no_row_lacks_its_danish() -> None:
    words = [cells[0] for cells in glossary()]
    assert sorted(words) == sorted(set(words))
    assert [cells[0] for cells in glossary() if not cells[1]] == []


def test_pages_say_roles_and_reasons_in_the_glossarys_danish() -> None:
    danish = {cells[1].lower() for cells in glossary()}
    with translation.override("da"):
        said = {str(choice.label).lower() for choice in [*Role, *Reason]}
    assert said - danish == set()


def test_the_metadata_for_catalogues_is_valid() -> None:
    """What the publiccode.yml standard asks for, as far as it concerns this file."""
    data = yaml.safe_load((ROOT / "publiccode.yml").read_text(encoding="utf-8"))
    for key in (
        "publiccodeYmlVersion",
        "name",
        "url",
        "platforms",
        "categories",
        "developmentStatus",
        "softwareType",
    ):
        assert data[key], key
    assert data["legal"]["license"] == "MPL-2.0"
    assert data["localisation"] == {"localisationReady": True, "availableLanguages": ["da", "en"]}
    assert data["maintenance"]["type"] == "none" or data["maintenance"]["contacts"]
    for language in ("da", "en"):
        said = data["description"][language]
        assert len(said["shortDescription"]) <= 150
        assert 150 <= len(said["longDescription"]) <= 10_000
        assert said["features"]


def test_the_licence_is_whole() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert text.startswith("Mozilla Public License Version 2.0\n")
    assert 'Exhibit B - "Incompatible With Secondary Licenses" Notice' in text


def _models(app: str) -> list[type]:
    return list(apps.get_app_config(app).get_models()) if apps.is_installed(f"fravaer.{app}") else []
