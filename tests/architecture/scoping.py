"""Does every query of a page begin with what its reader may see?

In modules that answer requests, `Model.objects` is followed by `visible_to(...)` at once, or stands on the list below
with the reason why it needs no scope.
"""

from __future__ import annotations

import ast
from pathlib import Path

from tests.architecture.habits import in_views
from tests.architecture.source import Room, dotted, rooms, walked

# (module, function, model): why the rows need no scope of their own.
UNSCOPED = {
    (
        "fravaer/absence/views.py",
        "_ever_in",
        "Pupil",
    ): "the pupils of a class that was fetched by scope just before",
    (
        "fravaer/sms/pages/today.py",
        "_rows",
        "Guardian",
    ): "the guardians of pupils of a school that was fetched by scope just before",
    (
        "fravaer/absence/pages/corrections.py",
        "_pupil",
        "Pupil",
    ): "one of the pupils of a class that was fetched by scope just before",
}
SHORTCUTS = {"get_object_or_404", "get_list_or_404", "aget_object_or_404"}


def unscoped(root: Path) -> list[str]:
    """Queries in modules that answer requests which do not begin with `visible_to`, and are not on the list."""
    return [
        f"{room.at(node)}: {model}.objects in {function} is not narrowed by visible_to"
        for room, function, model, node in queries(root)
        if (room.place, function, model) not in UNSCOPED
    ]


def queries(root: Path) -> list[tuple[Room, str, str, ast.AST]]:
    """Every query of those modules that does not begin with `visible_to`: room, function, model and place."""
    found = []
    for room in rooms(root):
        if not in_views(room):
            continue
        parents = {child: node for node in walked(room.tree) for child in ast.iter_child_nodes(node)}
        for node in walked(room.tree):
            model = _queried(node)
            if model and not _narrowed(node, parents):
                found.append((room, _function(node, parents), model, node))
    return found


def _queried(node: ast.AST) -> str | None:
    """The model whose rows the node asks for: `Model.objects`, or `get_object_or_404(Model, ...)` given a bare model."""
    if isinstance(node, ast.Attribute) and node.attr in {"objects", "_default_manager", "_base_manager"}:
        return dotted(node.value)
    if isinstance(node, ast.Call) and dotted(node.func) in SHORTCUTS and node.args:
        first = node.args[0]
        if isinstance(first, ast.Name) and first.id[:1].isupper():
            return first.id
    return None


def _narrowed(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> bool:
    attribute = parents.get(node)
    return isinstance(attribute, ast.Attribute) and attribute.attr == "visible_to"


def _function(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> str:
    while node in parents:
        node = parents[node]
        if isinstance(node, ast.FunctionDef):
            return node.name
    return ""
