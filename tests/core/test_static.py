"""What the pages carry with them: whole, licensed, and addressed so that a manifest of static files can be made."""

import hashlib
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings as project
from django.core.management import call_command
from pytest_django import Settings

ROOT: Path = project.BASE_DIR
VENDORED = ROOT / "static" / "vendor" / "dkfds"
OWN = ROOT / "static" / "fravaer"


def test_the_design_system_is_as_it_was_vendored() -> None:
    subprocess.run([sys.executable, "tools/vendor_dkfds.py", "--check"], cwd=ROOT, check=True)


def test_a_changed_file_of_the_design_system_would_be_noticed() -> None:
    listed = (VENDORED / "SHA256SUMS").read_text(encoding="utf-8")
    digest = hashlib.sha256((VENDORED / "css" / "dkfds.css").read_bytes()).hexdigest()
    assert f"{digest}  css/dkfds.css\n" in listed
    assert "11.2.0" in (VENDORED / "VERSION").read_text(encoding="utf-8")


def test_every_licence_lies_beside_what_it_covers() -> None:
    licences = {path.name: path.read_text(encoding="utf-8") for path in VENDORED.glob("LICENCE-*")}
    assert "Apache License" in licences["LICENCE-Apache-2.0.txt"]
    assert "SIL Open Font License" in licences["LICENCE-OFL.txt"]
    assert "Permission is hereby granted" in licences["LICENCE-MIT.md"]


def test_no_mark_of_another_authority_came_along() -> None:
    names = [path.name for path in VENDORED.rglob("*")]
    assert not [name for name in names if "logo" in name]


def test_every_icon_that_is_asked_for_is_in_the_sprite() -> None:
    sprite = (VENDORED / "img" / "icons.svg").read_text(encoding="utf-8")
    there = set(re.findall(r'<symbol id="([\w-]+)"', sprite))
    asked = set()
    for template in (ROOT / "templates").rglob("*.html"):
        text = template.read_text(encoding="utf-8")
        asked |= set(re.findall(r"""\{% icon ["']([\w-]+)["']""", text))
        asked |= set(re.findall(r"\{\{ icons \}\}#([\w-]+)", text))
    assert asked
    assert asked <= there


def test_every_address_in_the_style_sheets_leads_to_a_file_here(tmp_path: Path, settings: Settings) -> None:
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }
    call_command("collectstatic", "--noinput", verbosity=0)
    manifest = (tmp_path / "staticfiles.json").read_text(encoding="utf-8")
    assert "vendor/dkfds/css/dkfds." in manifest
    for sheet in [*(tmp_path / "fravaer").glob("*.css"), *(tmp_path / "vendor").rglob("*.css")]:
        assert not re.search(r"url\(\s*[\"']?(?:https?:)?//", sheet.read_text(encoding="utf-8")), sheet.name


@pytest.mark.parametrize("path", sorted((ROOT / "templates").rglob("*.html")), ids=lambda path: path.name)
def test_no_template_holds_a_script_or_style_of_its_own(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son(?:click|change|submit|load)=", text)


def _luminance(colour: str) -> float:
    parts = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_every_colour_of_text_can_be_read_on_what_it_stands_on() -> None:
    tokens = dict(
        re.findall(
            r"--([\w-]+): (#[0-9a-f]{6});",
            (OWN / "fravaer.css").read_text(encoding="utf-8")
            + (OWN / "identity.css").read_text(encoding="utf-8"),
        )
    )
    on_paper = ["ink", "ink-soft", "ink-faint", "ok", "warn", "bad", "info", "primary", "primary-dark"]
    for name in on_paper:
        assert contrast(tokens[name], "#ffffff") >= 4.5, name
    for tint in ("ok-tint", "warn-tint", "bad-tint", "info-tint", "primary-tint", "surface"):
        assert contrast(tokens["ink"], tokens[tint]) >= 4.5, tint
        assert contrast(tokens["ink-faint"], tokens[tint]) >= 4.5, tint
