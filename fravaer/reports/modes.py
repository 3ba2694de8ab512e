"""For whom is a figure meant, and how many pupils must it then rest on?

Within the administration a figure rests on fewer pupils than in what is published. A reader who works with the pupils of her
own schools by name sees those schools whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# What is published is never told of fewer, whatever is set for the administration.
PUBLISHED_PART, PUBLISHED_GROUP = 10, 20


@dataclass(frozen=True, slots=True)
class Mode:
    """The fewest pupils who may be told apart inside a group (`part`), and the fewest a percentage may be taken of (`group`)."""

    name: Literal["internal", "publication"]
    part: int
    group: int


def internal(part: int, group: int) -> Mode:
    """Within the administration; the numbers are the installation's."""
    return Mode("internal", part, group)


def publication(part: int = 0, group: int = 0) -> Mode:
    """What leaves the administration; the installation's own numbers where they ask for more."""
    return Mode("publication", max(part, PUBLISHED_PART), max(group, PUBLISHED_GROUP))
