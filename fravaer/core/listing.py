"""How is a list page made: which rows, in which order, which page of them?

Every list page goes through `render_list`: the rows arrive already scoped; filter, sort and page come from the address and
whatever is wrong in it is ignored. Sorting is by the database and always ends in a unique column, so that no row is
shown twice or missed between two pages. The number of queries is the same for three rows and for three hundred.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db.models import OrderBy, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django_filters import FilterSet
from django_tables2 import Table

from fravaer.core.http import Request

ROWS_A_PAGE = 50
# Whoever types more words than these into a search field is not looking for a row.
WORDS_READ = 5


def render_list(
    request: Request,
    template: str,
    *,
    rows: QuerySet[Any],
    table: type[Table],
    order: Sequence[str | OrderBy],
    empty: str,
    filters: Callable[..., FilterSet] | None = None,
    tie_breaker: str = "pk",
    rows_a_page: int = ROWS_A_PAGE,
    shown: Callable[[Table, list[Any]], None] | None = None,
    context: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """The page of `template` with `table` (one page of it) and `filter`.

    `filters` is a filter set's class or whatever makes one. `empty` is what a list says that holds nothing; one that its
    filters have emptied says that. `order` is the order of a list nobody has sorted, and the order among equals of one
    somebody has. `shown` is called once, with the table and the records about to be shown: there the read trail is
    written and what only these records need is looked up.
    """
    narrowed = filters(request.GET, queryset=rows, request=request) if filters else None
    found = narrowed.qs if narrowed else rows
    made = table(found.order_by(), empty_text=_emptied() if narrowed and _chosen(narrowed) else empty)
    made.request = request
    made.order_by = request.GET.getlist(made.prefixed_order_by_field)
    sorted_rows: QuerySet[Any] = made.data.data
    made.data.data = sorted_rows.order_by(*sorted_rows.query.order_by, *order, tie_breaker)
    made.paginate(per_page=rows_a_page)
    made.page = made.paginator.get_page(request.GET.get(made.prefixed_page_field))
    if shown:
        shown(made, [row.record for row in made.page.object_list])
    return render(request, template, {"table": made, "filter": narrowed, **(context or {})})


def every_word(*fields: str) -> Callable[[QuerySet[Any], str, str], QuerySet[Any]]:
    """A search field's filter: the rows in which each word of the text stands in one of the fields, in any order."""

    def holding(rows: QuerySet[Any], _name: str, text: str) -> QuerySet[Any]:
        for word in unicodedata.normalize("NFC", text).split()[:WORDS_READ]:
            rows = rows.filter(Q(*((f"{one}__icontains", word) for one in fields), _connector=Q.OR))
        return rows

    return holding


def _chosen(narrowed: FilterSet) -> bool:
    return any(narrowed.form.cleaned_data.get(name) for name in narrowed.form.fields)


def _emptied() -> str:
    return _("Nothing on the list fits your choices. Remove one of them, or clear them all.")
