"""What does an app say of data that has had its time, and how do rows go with everything that hangs on them?

Each app finds in its room `disposal` what ended before a day, and lets go of what it is told to. Which kinds there are, how
long each is kept, who decides and what is held all the same is the matter of `keeping`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from django.db import DEFAULT_DB_ALIAS, models
from django.db.models import ForeignObjectRel, Model, QuerySet

BATCH = 10_000
# Which rows go, by table, while somebody asks: what else is kept of them is to go as well.
_GOING: ContextVar[dict[str, list[str]] | None] = ContextVar("going", default=None)
# Who is shown the rows before they go.
_LEAVING: ContextVar[Callable[[QuerySet[Any]], None] | None] = ContextVar("leaving", default=None)


@contextmanager
def going() -> Iterator[dict[str, list[str]]]:
    """The keys of the rows that go inside the block, by table; a key of several columns is written `12/2026-03-10/1`."""
    keys: dict[str, list[str]] = defaultdict(list)
    token = _GOING.set(keys)
    try:
        yield keys
    finally:
        _GOING.reset(token)


@contextmanager
def leaving(shown: Callable[[QuerySet[Any]], None]) -> Iterator[None]:
    """Show every row that is deleted inside the block to `shown`, some of one table at a time, while it is there."""
    token = _LEAVING.set(shown)
    try:
        yield
    finally:
        _LEAVING.reset(token)


class Why(StrEnum):
    """Why something that is old enough stays all the same."""

    HOLD = "hold"
    OPEN_CASE = "open_case"
    # The figures drawn from it are not frozen and approved yet.
    NOT_FROZEN = "not_frozen"
    # The school year was prepared for the ministry, and the receipt still stands on it.
    DELIVERED = "delivered"
    # Something else of the same child is kept still.
    STILL_KEPT = "still_kept"


@dataclass(frozen=True, slots=True, order=True)
class Item:
    """One thing that is old enough: since when, its key (never a name), whose it is, and what keeps it all the same."""

    since: date
    key: str
    pupils: frozenset[int] = frozenset()
    why: Why | None = None


def erase(rows: QuerySet[Any]) -> dict[str, int]:
    """Delete these rows and every row that refers to them, whichever app it is of. Rows by model, children too.

    What refers to them and may do without (an optional reference that is set to nothing) stays. Foreign keys are checked at the
    end of the transaction, so that the order does not matter; guarded tables refuse outside of a decided batch.
    """
    gone: dict[str, int] = defaultdict(int)
    doomed: dict[type[Model], set[Any]] = defaultdict(set)
    _doom(rows.model, set(rows.values_list("pk", flat=True)), doomed, gone)
    for model, keys in doomed.items():
        for some in _parts(keys):
            gone[model._meta.label] += _gone(_all(model).filter(pk__in=some))
    return {label: count for label, count in sorted(gone.items()) if count}


def _doom(
    model: type[Model], keys: set[Any], doomed: dict[type[Model], set[Any]], gone: dict[str, int]
) -> None:
    """Mark the rows and everything that refers to them; rows nothing refers to go at once, by the reference alone."""
    fresh = keys - doomed[model]
    doomed[model] |= fresh
    if not fresh:
        return
    for field in model._meta.get_fields(include_hidden=True):
        if not isinstance(field, ForeignObjectRel) or not (field.one_to_many or field.one_to_one):
            continue
        child, column = field.related_model, field.field.name
        for some in _parts(fresh):
            found = _all(child).filter(**{f"{column}__in": some})
            if field.on_delete is models.SET_NULL:
                found.update(**{column: None})
            elif _referred_to(child):
                _doom(child, set(found.values_list("pk", flat=True)), doomed, gone)
            else:
                gone[child._meta.label] += _gone(found)


def _gone(rows: QuerySet[Any]) -> int:
    shown = _LEAVING.get()
    if shown is not None:
        shown(rows)
    keys = _GOING.get()
    if keys is not None:
        found = rows.values_list("pk", flat=True)
        keys[rows.model._meta.db_table] += [
            "/".join(map(str, key)) if isinstance(key, tuple) else str(key) for key in found
        ]
    return int(rows._raw_delete(DEFAULT_DB_ALIAS))


def _referred_to(model: type[Model]) -> bool:
    return any(
        isinstance(field, ForeignObjectRel) and (field.one_to_many or field.one_to_one)
        for field in model._meta.get_fields(include_hidden=True)
    )


def _all(model: type[Model]) -> QuerySet[Any]:
    return QuerySet(model)


def _parts(keys: Collection[Any]) -> Iterable[list[Any]]:
    ordered = list(keys)
    return (ordered[start : start + BATCH] for start in range(0, len(ordered), BATCH))
