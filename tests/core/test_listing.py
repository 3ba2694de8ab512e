"""How is a list page made: which rows, in which order, which page of them?"""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django_filters import CharFilter, FilterSet
from django_tables2 import Column, Table

from fravaer.core.listing import render_list
from fravaer.core.scope import NOTHING
from fravaer.schools.models import Pupil
from tests import factories
from tests.cast import Cast


class PupilTable(Table):  # type: ignore[misc]
    given_name = Column(order_by="sort_given")
    birth_on = Column()
    roster_key = Column(orderable=False)

    class Meta:
        order_by_field = "sort"


class ByName(FilterSet):  # type: ignore[misc]
    q = CharFilter(field_name="given_name", lookup_expr="icontains")


def shown(address: str, **more: Any) -> tuple[list[str], str]:
    """The pupils on the page, in their order, and the page."""
    request: Any = RequestFactory().get(address)
    request.scope, request.user = NOTHING, AnonymousUser()
    records: list[str] = []
    response = render_list(
        request,
        "components/table.html",
        rows=Pupil.objects.all(),
        table=PupilTable,
        order=("-birth_on",),
        empty="Ingen elever.",
        shown=lambda table, found: records.extend(pupil.given_name for pupil in found),
        **more,
    )
    return records, response.content.decode()


def test_it_shows_one_page_in_the_lists_own_order(cast: Cast) -> None:
    factories.pupils(10, in_class=cast.class_2a)
    first, html = shown("/", rows_a_page=12)
    rest, _ = shown("/?page=2", rows_a_page=12)
    # The youngest first, and among equals by key.
    assert first[:10] == [f"Elev{n:03d}" for n in range(1, 11)]
    assert len(first) == 12
    assert sorted([*first[10:], *rest]) == sorted(pupil.given_name for pupil in cast.pupils + cast.others)
    assert "1–12 af 17" in html


@pytest.mark.parametrize("sort", ["", "birth_on", "-birth_on", "given_name"])
def test_equal_rows_are_neither_repeated_nor_missed_between_pages(cast: Cast, sort: str) -> None:
    factories.pupils(25, in_class=cast.class_2a)
    Pupil.objects.update(birth_on="2012-05-17")
    pages = [shown(f"/?page={number}&sort={sort}", rows_a_page=10)[0] for number in range(1, 5)]
    assert sorted(name for page in pages for name in page) == sorted(
        Pupil.objects.values_list("given_name", flat=True)
    )


def test_names_sort_as_danes_sort_them(cast: Cast) -> None:
    factories.pupils(["Aage Dam", "Åse Dam", "Ældre Dam"], in_class=cast.class_2a)
    names, _ = shown("/?sort=given_name")
    assert names[-4:] == ["Ældre", "Ørn", "Aage", "Åse"]


@pytest.mark.parametrize(
    "sort",
    ["roster_key", "guardianships__guardian__given_name", "?", "-", "--given_name", "pk", "given_name'--"],
)
def test_a_sort_by_what_is_no_sortable_column_is_ignored(cast: Cast, sort: str) -> None:
    assert shown(f"/?sort={sort}")[0] == shown("/")[0]


@pytest.mark.parametrize(
    ("page", "same_as"), [("0", "2"), ("x", "1"), ("99", "2"), ("9" * 5000, "1"), ("-1", "2")]
)
def test_a_page_that_is_not_there_is_the_nearest_one(cast: Cast, page: str, same_as: str) -> None:
    assert shown(f"/?page={page}", rows_a_page=5)[0] == shown(f"/?page={same_as}", rows_a_page=5)[0]


def test_the_reader_cannot_ask_for_a_larger_page(cast: Cast) -> None:
    assert len(shown("/?per_page=1000", rows_a_page=5)[0]) == 5


def test_an_empty_list_says_why(cast: Cast) -> None:
    assert "Intet på listen passer til dine valg" in shown("/?q=Findesikke", filters=ByName)[1]
    names, html = shown("/?q=", filters=ByName)
    assert len(names) == 7
    assert "Ingen elever." not in html


def test_it_asks_as_much_for_three_rows_as_for_three_hundred(cast: Cast) -> None:
    counts = []
    for size in (3, 300):
        factories.pupils(size, in_class=cast.class_2a)
        with CaptureQueriesContext(connection) as queries:
            shown("/?q=e", filters=ByName)
        counts.append(len(queries))
    assert counts == [2, 2]
