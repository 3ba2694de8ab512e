"""Which files does a test import?

A small set of the six files as tables that a test changes before it writes and imports them: two schools, three classes of
2025/26, five pupils. The default day, 10 March 2026, lies in its school year.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

HEADERS = {
    "schools": "municipality municipality_name area area_name school name phone",
    "classes": "school school_year class",
    "pupils": "pupil given_name family_name birth_date protected school class from to",
    "guardians": "guardian given_name family_name pupil custody sms language relation phone phone_2",
    "staff": "staff name email role area school class from to",
    "calendar": "from to school year_group class state reason",
}
ROWS = {
    "schools": """
        999;Fjordby Kommune;nord;Nord;100001;Birkeskolen;
        999;Fjordby Kommune;syd;Syd;100002;Havneskolen;""",
    "classes": """
        100001;2025/26;7.A
        100001;2025/26;7.B
        100002;2025/26;4.C""",
    "pupils": """
        p1;Aksel;Bro;17-05-2012;nej;100001;7.A;01-08-2025;
        p2;Freja;Holm;17-05-2012;nej;100001;7.A;01-08-2025;
        p3;Noah;Lund;17-05-2012;nej;100001;7.B;01-08-2025;
        p4;Alma;Kruse;17-05-2015;nej;100002;4.C;01-08-2025;
        p5;Villads;Vig;17-05-2015;nej;100002;4.C;01-08-2025;""",
    "guardians": """
        g1;Karen;Bro;p1;ja;ja;da;mor;+46701740605;
        g2;Jonas;Holm;p2;ja;ja;da;far;+46701740606;+46701740607
        g3;Line;Lund;p3;ja;nej;en;mor;;
        g4;Bo;Kruse;p4;ja;ja;da;far;+46701740608;
        g4;Bo;Kruse;p5;nej;nej;da;;+46701740608;""",
    "staff": """
        s1;Mette Kjær;mette@fjordby.invalid;lærer;;100001;7.A;01-08-2025;
        s1;Mette Kjær;mette@fjordby.invalid;lærer;;100001;7.B;01-08-2025;
        s2;Lars Toft;lars@fjordby.invalid;skoleleder;;100001;;01-08-2020;
        s3;Anders Bjerre;anders@fjordby.invalid;områdechef;nord;;;01-08-2020;""",
    "calendar": """
        01-08-2025;10-08-2025;;;;lukket;Sommerferie
        13-10-2025;17-10-2025;;;;lukket;Efterårsferie""",
}


@dataclass(slots=True)
class Files:
    """The set as it will be written; rows are tables of fields by column."""

    folder: Path
    tables: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    # Bytes written instead of a table, and files not written at all (None).
    raw: dict[str, bytes | None] = field(default_factory=dict)
    separator: str = ";"
    encoding: str = "utf-8"

    def __post_init__(self) -> None:
        for name, rows in ROWS.items():
            for row in rows.split("\n")[1:]:
                self.add(name, row.strip())

    def add(self, name: str, row: str) -> None:
        """Add a line, written with semicolons in the order of the columns."""
        columns = HEADERS[name].split()
        self.tables.setdefault(name, []).append(dict(zip(columns, row.split(";"), strict=True)))

    def change(self, name: str, where: str, /, **fields: str) -> None:
        """Change every line of a file whose first field is `where`; a trailing `_` in a name is dropped (`class_`, `from_`)."""
        first = HEADERS[name].split()[0]
        found = [row for row in self.tables[name] if row[first] == where]
        assert found
        for row in found:
            row.update({column.rstrip("_"): value for column, value in fields.items()})

    def drop(self, name: str, where: str, column: str = "") -> None:
        """Take every line out whose first field (or `column`) is `where`."""
        column = column or HEADERS[name].split()[0]
        left = [row for row in self.tables[name] if row[column] != where]
        assert len(left) < len(self.tables[name])
        self.tables[name] = left

    def drop_pupil(self, key: str) -> None:
        self.drop("pupils", key)
        self.drop("guardians", key, "pupil")

    def text(self, name: str) -> str:
        """The file as it is written."""
        out = io.StringIO()
        writer = csv.DictWriter(out, HEADERS[name].split(), delimiter=self.separator, lineterminator="\r\n")
        writer.writeheader()
        writer.writerows(self.tables[name])
        return out.getvalue()

    def write(self) -> None:
        self.folder.mkdir(exist_ok=True)
        for name in HEADERS:
            path = self.folder / f"{name}.csv"
            content = self.raw.get(name, self.text(name).encode(self.encoding))
            if content is None:
                path.unlink(missing_ok=True)
            else:
                path.write_bytes(content)

    def run(self, *options: str) -> list[str]:
        """Write and import the files; answers the lines that were printed."""
        self.write()
        return import_from(self.folder, *options)

    def refused(self, *options: str) -> list[str]:
        """Write the files and be refused; answers the lines of the refusal."""
        self.write()
        with pytest.raises(CommandError) as refusal:
            import_from(self.folder, *options)
        return str(refusal.value).split("\n")


def import_from(folder: Path, *options: str) -> list[str]:
    out = io.StringIO()
    call_command("import_roster", str(folder), *options, stdout=out)
    return out.getvalue().strip().split("\n")
