"""What does the product's source say, read without running it?"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, cast

ROOT = Path(__file__).resolve().parents[2]

# Floors from the bottom up; the roof's modules stand above them all.
FLOORS = (
    *("core", "audit", "schools", "accounts", "absence", "sms", "cases", "reports", "oversight"),
    "keeping",
    "synthetic",
)
PRIVATE = ("audit", "absence", "sms", "cases", "reports")
# Modules of Django's own making, whose names say what is in them.
FURNITURE = {"admin", "apps", "filters", "forms", "models", "tables", "tasks", "urls", "views", "__init__"}


Node = TypeVar("Node", bound=ast.AST)


@dataclass(frozen=True)
class Room:
    """One module of the product: its place under the root (`fravaer/absence/register.py`) and its syntax tree."""

    place: str
    text: str
    tree: ast.Module

    @property
    def app(self) -> str:
        """The app the module belongs to; empty for the roof."""
        parts = self.place.split("/")
        return parts[1] if len(parts) > 2 else ""

    @property
    def name(self) -> str:
        """The dotted name: `fravaer.absence.register`."""
        return self.place.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def stem(self) -> str:
        return Path(self.place).stem

    @property
    def is_rows(self) -> bool:
        """Whether the module holds an app's tables: `models.py`, or one of the parts of a `models` package."""
        return self.stem == "models" or "/models/" in self.place

    @property
    def is_command(self) -> bool:
        return "/management/" in self.place

    @property
    def is_page(self) -> bool:
        """Whether it answers requests beside the app's `views`: a module of the app's package `pages`."""
        return "/pages/" in self.place

    @property
    def is_migration(self) -> bool:
        return "/migrations/" in self.place

    def at(self, node: ast.AST) -> str:
        return f"{self.place}:{getattr(node, 'lineno', 1)}"


@functools.cache
def rooms(root: Path = ROOT) -> tuple[Room, ...]:
    """Every module of the product but migrations and empty packages."""
    found = []
    for path in sorted((root / "fravaer").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if text.strip():
            found.append(Room(path.relative_to(root).as_posix(), text, _parsed(text)))
    return tuple(room for room in found if not room.is_migration)


@functools.cache
def _parsed(text: str) -> ast.Module:
    """The same text in two copies of the tree is read once."""
    return ast.parse(text)


@functools.cache
def walked(tree: ast.AST) -> tuple[ast.AST, ...]:
    """Every node of a tree, which many rules ask for."""
    return tuple(ast.walk(tree))


@functools.cache
def _by_kind(tree: ast.AST) -> dict[type[ast.AST], list[ast.AST]]:
    nodes: dict[type[ast.AST], list[ast.AST]] = {}
    for node in walked(tree):
        nodes.setdefault(type(node), []).append(node)
    return nodes


def all_of(kind: type[Node], tree: ast.AST) -> list[Node]:
    """The nodes of one kind in a tree, in the order of `walked`."""
    return cast(list[Node], _by_kind(tree).get(kind, []))


def calls(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    """Every call with what is called, written with dots (`connection.cursor`)."""
    for node in all_of(ast.Call, tree):
        yield node, dotted(node.func)


def dotted(node: ast.AST) -> str:
    """The names of an attribute chain; whatever is not a name in it (a call, a subscript) is left out."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=name):
            before = dotted(value)
            return f"{before}.{name}" if before else name
        case ast.Call(func=function):
            return dotted(function)
        case _:
            return ""


def imported(tree: ast.AST) -> Iterator[tuple[ast.stmt, str]]:
    """Every module or name a module imports, fully written (`django.db.connection`)."""
    for node in walked(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node, alias.name
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                yield node, f"{node.module}.{alias.name}"


def texts(tree: ast.AST) -> Iterator[tuple[ast.Constant, str]]:
    """Every string but docstrings."""
    said = set()
    for block in (*all_of(ast.Module, tree), *all_of(ast.ClassDef, tree), *functions(tree)):
        if block.body:
            first = block.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                said.add(id(first.value))
    for node in all_of(ast.Constant, tree):
        if isinstance(node.value, str) and id(node) not in said:
            yield node, node.value


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    yield from all_of(ast.FunctionDef, tree)
    yield from all_of(ast.AsyncFunctionDef, tree)


def templates(root: Path = ROOT) -> Iterator[tuple[str, str]]:
    """Every template: its place and its text."""
    for path in sorted((root / "templates").rglob("*")):
        if path.suffix in {".html", ".txt"}:
            yield path.relative_to(root).as_posix(), path.read_text(encoding="utf-8")
