"""Can the pictures of the front page be made anew?"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
NAMES = {"register-390.png", "phones-1440.png", "worklist-1440.png", "quarter-1440.png"}


def test_without_a_browser_the_cure_is_told_before_anything_starts(tmp_path: Path) -> None:
    nowhere = {
        **os.environ,
        "FRAVAER_CHROMIUM": str(tmp_path / "none"),
        "FRAVAER_HOME": str(tmp_path / "home"),
    }
    result = subprocess.run(
        [sys.executable, "-m", "tools", "screenshots"],
        cwd=ROOT,
        env=nowhere,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 1
    assert result.stderr.strip() == "Screenshots need Chromium: apt-get install chromium libatomic1"
    assert not (tmp_path / "home").exists()


def test_the_front_page_shows_the_pictures_that_are_made() -> None:
    made = (ROOT / "tools" / "screenshots.py").read_text(encoding="utf-8")
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    there = {path.name for path in (ROOT / "docs" / "images").glob("*.png")}
    assert there == NAMES
    for name in NAMES:
        assert f'"{name.removesuffix(".png")}"' in made
        assert f"(docs/images/{name})" in page
        width = int.from_bytes((ROOT / "docs" / "images" / name).read_bytes()[16:20], "big")
        # A sharp screen has several dots for each pixel of the page.
        assert width % int(name.removesuffix(".png").rpartition("-")[2]) == 0
