"""Who may do what from where, by the municipality's own matrix, and does the paper still say it?

Reads `fravaer/accounts/matrix.csv`, which a test holds the product to, and writes `docs/access-matrix.md` of it. A cell says how
far the role reaches and what it may there: `S r w` is reading and writing of one's own school's, `A sums` figures of one's area.
"""

import csv
import re
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from dataclasses import dataclass

from tools.processes import say
from tools.surroundings import ROOT

SOURCE = ROOT / "fravaer" / "accounts" / "matrix.csv"
TARGET = ROOT / "docs" / "access-matrix.md"

# The matrix's short names of the roles, in its own order.
ROLES = {
    "SUB": "substitute",
    "TCH": "teacher",
    "SEC": "secretary",
    "LDR": "leader",
    "INC": "inclusion",
    "SSR": "social_worker",
    "SSL": "social_leader",
    "CON": "consultant",
    "PSY": "psychologist",
    "BUFM": "area_manager",
    "SOFM": "social_manager",
    "CHF": "chief",
    "AUD": "controller",
    "GRA": "access_admin",
}
REACHES = ("Kd", "K", "Sa", "S", "C", "A", "M", "U")
HEAD = """# Access matrix

Who may do what, and how far. This page is written by `./dev papers` from `fravaer/accounts/matrix.csv`, the one place where the
matrix stands; change it there. A test holds the product to every cell (`tests/accounts/test_matrix.py`): to the role × action
table in `fravaer/accounts/roles.py`, to the fields in `fravaer/accounts/fields.py`, and to the units a role may be held over.
Who gives access, and for how long, is told in [adgang.md](adgang.md).

How far: `K` one's own class, `Kd` a named class today only, `S` one's own school, `Sa` the schools one has, `C` the children in
whose cases one takes part, `A` one's area, `M` the municipality, `U` one's own unit without any child. `r` reads and `w` writes;
other words are explained by their row; `sums` are figures in which small groups are hidden. `!` asks for a fresh proof of who one
is and notes a reason, `2` takes two persons. `–` is nothing at all.

"""


@dataclass(frozen=True)
class Cell:
    """What one role may in one row: how far it reaches, and its rights there with whether they are marked."""

    reach: str
    rights: frozenset[str]

    @classmethod
    def read(cls, text: str) -> "Cell":
        words = [re.sub(r"[!2]$", "", word) for word in text.split()]
        reach = words.pop(0) if words and words[0] in REACHES else ""
        return cls(reach, frozenset(words) - {"-"})


@dataclass(frozen=True)
class Row:
    """One row. `actions` are, by right, alternatives of things that are all needed; `differs` are reasons by role."""

    number: int
    what: str
    texts: Mapping[str, str]
    actions: Mapping[str, tuple[tuple[str, ...], ...]]
    shown_by: str
    differs: str

    @property
    def cells(self) -> dict[str, Cell]:
        """By role, as the product calls it."""
        return {ROLES[short]: Cell.read(text) for short, text in self.texts.items()}

    @property
    def exempt(self) -> frozenset[str]:
        """The roles that differ from their cell, each with its reason in `differs`."""
        named = re.findall(r"(?:^|\. )((?:[A-Z]{3,4})(?:, [A-Z]{3,4})*): ", self.differs)
        return frozenset(ROLES[short] for some in named for short in some.split(", "))


def rows() -> list[Row]:
    """The matrix, as it stands in its file."""
    with SOURCE.open(encoding="utf-8", newline="") as file:
        return [
            Row(
                int(line["row"]),
                line["what"],
                {short: line[short] for short in ROLES},
                {
                    right: tuple(tuple(way.split("+")) for way in ways.split("|"))
                    for right, _is, ways in (one.partition("=") for one in line["actions"].split())
                },
                line["shown_by"],
                line["differs"],
            )
            for line in csv.DictReader(file, delimiter=";")
        ]


def paper() -> str:
    """The whole page."""
    head = ["", "what", *ROLES]
    lines = [f"| {' | '.join(head)} |", f"| --: | --- |{' --- |' * len(ROLES)}"]
    for row in rows():
        cells = [text.replace("-", "–") if text == "-" else text for text in row.texts.values()]
        lines.append(f"| {row.number} | {row.what} | {' | '.join(cells)} |")
    lines += ["", "## Where it is decided, and where the product differs", "", "| | in the code | differs |"]
    lines.append("| --: | --- | --- |")
    for row in rows():
        ways = [
            f"{right}: " + " or ".join(" with ".join(f"`{one}`" for one in way) for way in found)
            for right, found in row.actions.items()
        ]
        if row.shown_by:
            ways.append(f"`{row.shown_by}`")
        lines.append(f"| {row.number} | {'<br>'.join(ways) or '–'} | {row.differs or '–'} |")
    roles = "\n".join(f"| {short} | `{role}` |" for short, role in ROLES.items())
    return HEAD + "\n".join(lines) + f"\n\n## The roles\n\n| | |\n| --- | --- |\n{roles}\n"


def describe(parser: ArgumentParser) -> None:
    """What the verb takes."""
    parser.add_argument("--check", action="store_true", help="change nothing; 1 when the paper is old")


def run(arguments: Namespace) -> int:
    """Write the paper, or say that it is old."""
    if arguments.check:
        return 0 if TARGET.read_text(encoding="utf-8") == paper() else 1
    TARGET.write_text(paper(), encoding="utf-8")
    say(f"{TARGET.relative_to(ROOT)} is written.")
    return 0
