"""Which parts of Det Fælles Designsystem do the pages carry, and are they still the ones we took?

Takes the npm package of dkfds (the file that ``npm pack dkfds@11.2.0`` leaves) and writes the smallest set
the pages need to ``static/vendor/dkfds``: the neutral style sheet, the script, four faces of IBM Plex Sans
and a sprite of the icons in use. Standard library only.

    python tools/vendor_dkfds.py dkfds-11.2.0.tgz     write the folder
    python tools/vendor_dkfds.py --check              compare the folder with its list of checksums

Four things are changed on the way, and nothing else:

* the theme's colours become ``var(--primary)`` and ``var(--primary-dark)``, so that a municipality sets its
  own in one place. Which colours belong to the theme is read from the package itself: they are the ones that
  differ between its neutral style sheet and one of its themes;
* the logo becomes ``var(--logo)``; the marks of borger.dk and Virk are left behind;
* the font rules are replaced (the package's own name files in dead formats), source maps are cut, and so are
  the classes for icons: a dead address stops a manifest of static files;
* comments and line breaks inside a rule are removed.

Licences: the code is MIT, the font OFL 1.1, the icons Apache 2.0 (by Google and Pictogrammers); each text
lies beside the files.
"""

import argparse
import hashlib
import re
import shutil
import sys
import tarfile
from pathlib import Path

VERSION = "11.2.0"
TARBALL_SHA256 = "93d6b1deebdaafb8d08c7be075f1bbe09fbcfa606765b600cde951ddbb92be61"
TARGET = Path(__file__).resolve().parent.parent / "static" / "vendor" / "dkfds"

DIST = "package/dist/"
NEUTRAL = DIST + "css/dkfds.css"
THEMED = DIST + "css/dkfds-virkdk.css"
FONTS = DIST + "fonts/IBMPlexSans/split/woff2/"
SPRITE = DIST + "img/all-svg-icons.svg"

# How the theme's colours are written in the themed sheet, and the names they get here.
THEME_COLOURS = {"#0059B3": "--primary", "#004993": "--primary-dark", "#003972": "--primary-darker"}

FACES = {
    "Regular": ("normal", 400),
    "Italic": ("italic", 400),
    "SemiBold": ("normal", 600),
    "Bold": ("normal", 700),
}
# The letters each part of the split font holds, so that a browser fetches the Latin-2 part only for a Łukasz.
SUBSETS = {
    "Latin1": (
        "U+0000, U+000D, U+0020-007E, U+00A0-00FF, U+0131, U+0152-0153, U+02C6, U+02DA, U+02DC, "
        "U+2013-2014, U+2018-201A, U+201C-201E, U+2020-2022, U+2026, U+2030, U+2039-203A, U+2044, U+20AC, "
        "U+2122, U+2212, U+FB01-FB02"
    ),
    "Latin2": (
        "U+0100-0101, U+0104-0130, U+0132-0151, U+0154-017F, U+018F, U+0192, U+01A0-01A1, U+01AF-01B0, "
        "U+01FA-01FF, U+0218-021B, U+0237, U+0259, U+1E80-1E85, U+1E9E"
    ),
    "Latin3": "U+0102-0103, U+01CD-01DC, U+1EA0-1EF9, U+20AB",
    "Pi": (
        "U+2032-2033, U+2070-2089, U+2113, U+2150-215E, U+2190-2199, U+2206, U+2211, U+221A, U+221E, "
        "U+2248, U+2260, U+2264-2265, U+25CA, U+2713"
    ),
}

ICONS = (
    "account",
    "analytics",
    "arrow-back",
    "arrow-downward",
    "arrow-forward",
    "arrow-upward",
    "assignment",
    "calendar-month",
    "chat",
    "check",
    "checklist",
    "chevron-down",
    "chevron-left",
    "chevron-right",
    "chevron-up",
    "close",
    "document",
    "download",
    "edit",
    "email",
    "error",
    "first-page",
    "flag",
    "folder-open",
    "groups",
    "help",
    "home",
    "hourglass",
    "how-to-reg",
    "info",
    "language",
    "last-page",
    "lock",
    "menu",
    "minus",
    "more-horiz",
    "notifications",
    "open-in-new",
    "person",
    "person-remove",
    "persons",
    "plus",
    "print",
    "refresh",
    "reply",
    "save",
    "search",
    "send",
    "settings",
    "smartphone",
    "sort-table-ascending",
    "sort-table-descending",
    "sort-table-none",
    "student",
    "success",
    "summary",
    "sync",
    "time",
    "tune",
    "visibility",
    "visibility-off",
    "warning",
)

WRITTEN = ("css", "js", "fonts", "img")
APACHE = "LICENCE-Apache-2.0.txt"
CHECKSUMS = "SHA256SUMS"
URL = re.compile(r'url\("\.\./(?P<path>[^"]+)"\)')


def tokenised(neutral: str, themed: str) -> str:
    """The neutral style sheet with each colour of the theme behind a custom property.

    Both sheets come from one source and have the same lines; where a line differs, the theme is in it.
    """
    lines = []
    for plain, coloured in zip(neutral.splitlines(), themed.splitlines(), strict=True):
        line = plain
        for colour, name in THEME_COLOURS.items():
            if plain != coloured and colour in coloured:
                own = re.search(r"#[0-9a-fA-F]{6}", plain)
                if own is None:
                    sys.exit(f"A theme colour stands where the neutral sheet has none: {plain.strip()}")
                line = plain.replace(own[0], f"var({name}, {own[0]})")
        lines.append(line)
    return "\n".join(lines)


def compacted(css: str) -> str:
    """One rule per line, without comments."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    css = re.sub(r"\s*\n\s*", " ", css)
    css = re.sub(r"\s*([{;])\s*", r"\1", css)
    css = re.sub(r";?\s*}\s*", "}\n", css)
    return re.sub(r"(@media[^{]*\{)", r"\1\n", css).strip() + "\n"


def font_faces() -> str:
    """The rules that name the font's files, one per face and part of the alphabet."""
    rule = (
        '@font-face{{font-family:"IBM Plex Sans";font-style:{style};font-weight:{weight};font-display:swap;'
        'src:url("../fonts/IBMPlexSans-{face}-{subset}.woff2") format("woff2");unicode-range:{letters}}}\n'
    )
    return "".join(
        rule.format(style=style, weight=weight, face=face, subset=subset, letters=letters)
        for face, (style, weight) in FACES.items()
        for subset, letters in SUBSETS.items()
    )


def style_sheet(neutral: str, themed: str) -> str:
    css = tokenised(neutral, themed).removeprefix('@charset "UTF-8";')
    css = re.sub(r"@font-face\{.*?\n\}\n", "", css, flags=re.DOTALL)
    css = re.sub(r'\.icon-[a-z0-9-]+:not\(a\)\{\s*background-image:url\("[^"]+"\);\s*\}\n', "", css)
    css = re.sub(r'url\("\.\./img/logo[^"]*"\)', "var(--logo, none)", css)
    return f"/* dkfds {VERSION}, neutral theme. MIT; see VERSION. */\n" + font_faces() + compacted(css)


def sprite(everything: str) -> str:
    """The icons in use as one file of symbols, addressed as ``icons.svg#name``."""
    symbols = []
    for name in ICONS:
        found = re.search(rf'<symbol id="{name}".*?</symbol>', everything, flags=re.DOTALL)
        if found is None:
            sys.exit(f"The package has no icon called {name}.")
        symbols.append(found[0])
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def script(minified: str) -> str:
    return re.sub(r"\n?//# sourceMappingURL=.*", "", minified).rstrip() + "\n"


def checksums() -> str:
    """One line per file of the folder, as ``sha256sum`` writes and reads them."""
    files = sorted(path for path in TARGET.rglob("*") if path.is_file() and path.name != CHECKSUMS)
    return "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(TARGET).as_posix()}\n"
        for path in files
    )


def vendor(tarball: Path) -> None:
    if hashlib.sha256(tarball.read_bytes()).hexdigest() != TARBALL_SHA256:
        sys.exit(
            f"{tarball.name} is not the package of dkfds {VERSION} that was reviewed: its checksum differs."
        )
    if not (TARGET / APACHE).exists():
        sys.exit(f"The licence of the icons is missing: put its text at {APACHE} in the folder first.")
    with tarfile.open(tarball) as package:

        def raw(name: str) -> bytes:
            member = package.extractfile(name)
            if member is None:
                sys.exit(f"The package has no file {name}.")
            return member.read()

        def text(name: str) -> str:
            return raw(name).decode("utf-8")

        css = style_sheet(text(NEUTRAL), text(THEMED))
        files = {
            "css/dkfds.css": css.encode(),
            "js/dkfds.js": script(text(DIST + "js/dkfds.min.js")).encode(),
            "img/icons.svg": sprite(text(SPRITE)).encode(),
            "LICENCE-MIT.md": raw("package/LICENSE.md"),
            "LICENCE-OFL.txt": raw(FONTS + "license.txt"),
        }
        for face in FACES:
            for subset in SUBSETS:
                name = f"IBMPlexSans-{face}-{subset}.woff2"
                files[f"fonts/{name}"] = raw(FONTS + name)
        for found in URL.finditer(css):
            if found["path"] not in files:
                files[found["path"]] = raw(DIST + found["path"])

    for name in WRITTEN:
        shutil.rmtree(TARGET / name, ignore_errors=True)
    for name, content in files.items():
        path = TARGET / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (TARGET / "VERSION").write_text(
        f"dkfds {VERSION} (Det Fælles Designsystem), neutral theme\n"
        f"sha256 of the package: {TARBALL_SHA256}\n"
        "Written by tools/vendor_dkfds.py, which says what was changed.\n"
        "Code: MIT (LICENCE-MIT.md). Font IBM Plex Sans: OFL 1.1 (LICENCE-OFL.txt). "
        f"Icons: Apache 2.0 ({APACHE}).\n",
        encoding="utf-8",
    )
    (TARGET / CHECKSUMS).write_text(checksums(), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description="Vendor Det Fælles Designsystem.")
    parser.add_argument("tarball", nargs="?", type=Path, help=f"dkfds-{VERSION}.tgz, as npm pack leaves it")
    parser.add_argument("--check", action="store_true", help="only compare the folder with its checksums")
    chosen = parser.parse_args()
    if chosen.check:
        if (TARGET / CHECKSUMS).read_text(encoding="utf-8") != checksums():
            sys.exit("static/vendor/dkfds is not as it was vendored: run tools/vendor_dkfds.py again.")
    elif chosen.tarball is None:
        parser.error("name the package, or ask for --check")
    else:
        vendor(chosen.tarball)


if __name__ == "__main__":
    main()
