"""Which room writes which table?

One room for each table, named here; whoever else writes it breaks the plan. Loading a whole municipality at once is the one
exception, and is named as such. Read from the source: calls that write through `Model.objects`, instances saved or deleted,
and SQL that inserts, updates, deletes or copies.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.habits import tables
from tests.architecture.source import Room, calls, dotted, rooms, texts

# Model: its rooms. More than one only where the comment says why.
WRITERS: dict[str, set[str]] = {
    "audit.Event": {"audit.trail"},
    "schools.Calendar": {"schools.schooldays"},
    "schools.CalendarDay": {"schools.schooldays"},
    # The narrowest calendar of a class, chosen when calendars are drawn.
    "schools.SchoolClass": {"schools.schooldays"},
    "accounts.User": {"accounts.models"},
    "accounts.Grant": {"accounts.grants"},
    # A save writes its rows; alignment brings half-days and sums in line when calendar or enrolments changed afterwards.
    "absence.Register": {"absence.register", "absence.alignment"},
    "absence.Absence": {"absence.register", "absence.alignment"},
    "absence.RegisterEvent": {"absence.register"},
    "absence.ClassMonth": {"absence.alignment"},
    "cases.SocialMeasure": {"cases.measures"},
}

WRITES = {
    "create", "acreate", "bulk_create", "get_or_create", "update_or_create", "update", "bulk_update", "delete", "in_bulk_delete",
}  # fmt: skip
SQL_WRITES = re.compile(
    r"\b(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM|COPY|TRUNCATE(?:\s+TABLE)?)\s+\"?([a-z_]+)", re.IGNORECASE
)


def strangers(root: Path) -> list[str]:
    """Writes by rooms that the table above does not name, as sentences."""
    found = []
    for room, node, model in writes(root):
        allowed = WRITERS.get(model, set())
        if room.name.removeprefix("fravaer.") not in allowed:
            who = ", ".join(sorted(allowed)) or "nobody"
            found.append(f"{room.at(node)}: {model} is written by {who}")
    return found


def writes(root: Path) -> Iterator[tuple[Room, ast.AST, str]]:
    """Every write found: the room, the place and the model (`absence.Register`); `?` when the source does not tell which."""
    by_table = tables(root)
    by_name = {model.partition(".")[2]: model for model in by_table.values()}
    for room in rooms(root):
        for node, text in texts(room.tree):
            for match in SQL_WRITES.finditer(text):
                if model := by_table.get(match.group(1).lower()):
                    yield room, node, model
        known = _assigned(room.tree, by_name)
        for call, what in calls(room.tree):
            path = what.split(".")
            if len(path) < 2:
                continue
            model = by_name.get(path[0]) or known.get(path[0])
            if model and path[-1] in WRITES | {"save"}:
                yield room, call, model
            elif path[-1] == "save" or (path[-1] == "delete" and not call.args and not call.keywords):
                yield room, call, _of_self(room, call, by_name)


def _assigned(tree: ast.Module, by_name: dict[str, str]) -> dict[str, str]:
    """Variables that hold a model's rows: assigned, looped over or annotated with the model."""
    known: dict[str, str] = {}
    for node in ast.walk(tree):
        target: ast.expr | None = None
        value: ast.AST | None = None
        match node:
            case ast.Assign(targets=[ast.Name() as target, *_], value=value):
                pass
            case ast.Assign(targets=[ast.Tuple(elts=[ast.Name() as target, *_])], value=value):
                pass
            case ast.For(target=ast.Name() as target, iter=value):
                pass
            case ast.NamedExpr(target=target, value=value):
                pass
            case ast.arg(arg=name, annotation=ast.Name(id=kind)) if kind in by_name:
                known[name] = by_name[kind]
        if isinstance(target, ast.Name) and value is not None:
            first = dotted(value).split(".")[0]
            if first in by_name or first in known:
                known[target.id] = by_name.get(first) or known[first]
    return known


def _of_self(room: Room, call: ast.Call, by_name: dict[str, str]) -> str:
    """`user.save()` inside the model's own module belongs to the module's only user model; anywhere else nobody can tell."""
    return "accounts.User" if room.name == "fravaer.accounts.models" else "?"
