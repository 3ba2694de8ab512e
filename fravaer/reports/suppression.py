"""Which small numbers are hidden?

A figure of few pupils may tell of one of them. Groups of fewer pupils than the limit are hidden, and then enough of the
smallest others that the hidden ones cannot be found by subtracting what is shown from the total. Shown as ".." with a note,
as Danish statistics do. Roles that work with the named pupils of their own school see their school's figures unhidden.
"""

from __future__ import annotations

from collections.abc import Mapping


def hidden(sizes: Mapping[int, int], limit: int) -> frozenset[int]:
    """The groups that may not be shown beside their total: `sizes` are their pupils, `limit` the fewest that may be shown.

    Empty groups tell of nobody and are shown. When any group is hidden, what is hidden holds at least two groups and at
    least `limit` pupils together, or is everything.
    """
    small = {key for key, size in sizes.items() if 0 < size < limit}
    if not small:
        return frozenset()
    others = sorted((size, key) for key, size in sizes.items() if size >= limit)
    for _size, key in others:
        if len(small) >= 2 and sum(sizes[one] for one in small) >= limit:
            break
        small.add(key)
    return frozenset(small)


def may_split(part: int, whole: int, limit: int) -> bool:
    """Whether a part of a group may be shown beside the whole: both it and what is left must be large enough."""
    return part >= limit and whole - part >= limit
