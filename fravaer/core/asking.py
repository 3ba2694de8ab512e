"""How is a query asked again without being put together anew?

Putting a query together takes the ORM several times as long as asking it. What is asked on every page is put together once
for each shape its values can have (which of them are nothing, how many a list holds), with stand-ins where the values go; every
asking after that only fills in its own. The statement is the very one the ORM would have made, and its rows are as ever.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from copy import copy
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any, Generic, ParamSpec, TypeVar
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import QuerySet
from django.db.models.sql.compiler import SQLCompiler

from fravaer.core.scope import Scope

Asked = ParamSpec("Asked")
Row = TypeVar("Row")

# Longer lists are put together each time: there would be too many shapes of them.
LONGEST = 200
# Shapes kept of one question; beyond them it starts over.
MOST = 500
UNITS = ("areas", "schools", "classes", "pupils", "blocked")
# What stands in for a value while a statement is put together.
STAND_INS: dict[type, Callable[[int], Any]] = {
    int: lambda number: number,
    str: lambda number: f"\ue000{number}\ue001",
    date: lambda number: date(1000, 1, 1) + timedelta(days=number),
    datetime: lambda number: datetime(1000, 1, 1, tzinfo=UTC) + timedelta(days=number),
    UUID: lambda number: UUID(int=number),
}
# Two sets of them: what differs between two statements made with them is a value, everything else is the question's own.
# The numbers fit the smallest column of numbers.
FIRST, SECOND = 10_000, 20_000


@dataclass(frozen=True, slots=True)
class Kept(Generic[Row]):
    """A statement that is there already. `places` says of each parameter which value it is, or holds the one it always has."""

    rows: QuerySet[Any, Row]
    compiler: SQLCompiler
    sql: str
    places: tuple[tuple[int | None, Any], ...]

    def parameters(self, flat: list[Any]) -> tuple[Any, ...]:
        """What the statement is executed with for these values."""
        return tuple(own if at is None else flat[at] for at, own in self.places)


class Question(Generic[Asked, Row]):
    """A queryset of some values, to be called with them; it answers with the list of its rows."""

    def __init__(self, compose: Callable[Asked, QuerySet[Any, Row]]) -> None:
        self.compose: Callable[..., QuerySet[Any, Row]] = compose
        self.kept: dict[object, Kept[Row] | None] = {}
        self.__doc__ = compose.__doc__

    def __call__(self, *values: Asked.args, **named: Asked.kwargs) -> list[Row]:
        """The rows for these values, in order. Raises ValueError when the query does more with a value than pass it on."""
        if named:
            raise TypeError("a question is asked by position")
        flat: list[Any] = []
        shape = tuple(_shape(value, flat) for value in values)
        if len(flat) > LONGEST:
            return list(self.compose(*values))
        kept = self._kept(shape, values)
        if kept is None:
            return []
        parameters = kept.parameters(flat)
        compiler = copy(kept.compiler)
        # The thread's own connection, not that of the one who asked first.
        compiler.connection = connections[kept.rows.db]
        compiler.as_sql = lambda *_, **__: (kept.sql, parameters)  # type: ignore[method-assign]
        rows = kept.rows.all()
        rows.query.get_compiler = lambda *_, **__: compiler  # type: ignore[method-assign]
        return list(rows)

    def statement(self, *values: Asked.args, **named: Asked.kwargs) -> tuple[str, tuple[Any, ...]]:
        """The statement and its parameters for these values, to stand in a larger one. Raises ValueError as asking does, and
        where such a question has no rows whatever the values."""
        flat: list[Any] = []
        kept = self._kept(tuple(_shape(value, flat) for value in values), values)
        if kept is None or named:
            raise ValueError(f"{self.__doc__}: there is no statement")
        return kept.sql, kept.parameters(flat)

    def _kept(self, shape: tuple[object, ...], values: tuple[Any, ...]) -> Kept[Row] | None:
        try:
            return self.kept[shape]
        except KeyError:
            if len(self.kept) >= MOST:
                self.kept.clear()
            kept = self.kept[shape] = self._put_together(values)
            return kept

    def _put_together(self, values: tuple[Any, ...]) -> Kept[Row] | None:
        """The statement of this shape; None where such a question has no rows whatever the values."""
        first, second = (
            [_stood_in(value, numbers) for value in values] for numbers in (count(FIRST), count(SECOND))
        )
        try:
            rows, compiler, sql, parameters = self._composed(first)
            *_, other_sql, other_parameters = self._composed(second)
        except EmptyResultSet:
            return None
        if sql != other_sql:
            raise ValueError(f"{self.__doc__}: a value stands in the text of the statement")
        at = {one: number for number, one in enumerate(_flat(first))}
        others = set(_flat(second))
        places: list[tuple[int | None, Any]] = []
        for one, other in zip(parameters, other_parameters, strict=True):
            if one == other:
                places.append((None, one))
            elif isinstance(one, Hashable) and one in at and other in others:
                places.append((at[one], None))
            else:
                raise ValueError(f"{self.__doc__}: the statement does more with a value than pass it on")
        return Kept(rows, compiler, sql, tuple(places))

    def _composed(self, values: list[Any]) -> tuple[QuerySet[Any, Row], SQLCompiler, str, tuple[Any, ...]]:
        rows = self.compose(*values)
        compiler = rows.query.get_compiler(rows.db)
        sql, parameters = compiler.as_sql()
        return rows, compiler, sql, tuple(parameters)


question = Question


def _shape(value: Any, flat: list[Any]) -> object:
    """What decides the statement's text; the values that do not are added to `flat`."""
    if isinstance(value, Scope):
        units = [getattr(value, unit) for unit in UNITS]
        for unit in units:
            flat += unit
        return (value.persons, value.municipality, *map(len, units))
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, list | tuple | frozenset):
        flat += value
        return len(value)
    if type(value) not in STAND_INS:
        raise TypeError(f"a question cannot be asked with a {type(value).__name__}")
    flat.append(value)
    return type(value)


def _flat(values: Iterable[Any]) -> list[Any]:
    """The values one by one, those of a list or a scope each for itself, in the order in which `_shape` takes them."""
    flat: list[Any] = []
    for value in values:
        _shape(value, flat)
    return flat


def _stood_in(value: Any, numbers: Iterator[int]) -> Any:
    """A value of the same shape, made of stand-ins. Of a scope what it reaches: its actor and role are nobody's here."""
    if isinstance(value, Scope):
        areas, schools, classes, pupils, blocked = (
            frozenset(next(numbers) for _ in getattr(value, unit)) for unit in UNITS
        )
        return Scope(
            persons=value.persons,
            municipality=value.municipality,
            areas=areas,
            schools=schools,
            classes=classes,
            pupils=pupils,
            blocked=blocked,
        )
    if isinstance(value, list | tuple | frozenset):
        return type(value)(STAND_INS[type(one)](next(numbers)) for one in value)
    return STAND_INS[type(value)](next(numbers)) if type(value) in STAND_INS else value
