"""Which files can be asked for that take a while, and who makes each?

A kind reads what is asked out of a form, says in the reader's words what it is, and makes the file. What it reads is checked
against the reader's reach when she asks, again when the file is made, and again when she fetches it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from django.http import Http404

from fravaer.accounts.roles import Action
from fravaer.core.scope import Scope
from fravaer.core.vault import Writer
from fravaer.reports import several
from fravaer.reports.exporting import Fields, Job, Make, NotMade, Why


@dataclass(frozen=True, slots=True)
class Kind:
    """`read` keeps of a form what this kind goes by; it raises Http404 for what there is not for this reader."""

    action: Action
    title: Callable[[Fields], str]
    read: Callable[[Fields, Scope, date], dict[str, str]]
    make: Make


KINDS: dict[str, Kind] = {
    "quarters": Kind(Action.QUARTER_READ, several.title, several.read, several.make),
}


def read(kind: str, fields: Fields, scope: Scope, day: date) -> dict[str, str]:
    """What is asked of this kind. Raises Http404, or PermissionError when the role asks for no such file."""
    found = KINDS.get(kind)
    if found is None:
        raise Http404
    if not scope.may(found.action):
        raise PermissionError("the role asks for no such file")
    return found.read(fields, scope, day)


def title(kind: str, asked: Fields) -> str:
    """What the file is, in the reader's language; a kind that is gone has its name alone."""
    found = KINDS.get(kind)
    return found.title(asked) if found else kind


def makers() -> Mapping[str, Make]:
    """Who makes what, for those who still reach it."""
    return {kind: _checked(kind, found) for kind, found in KINDS.items()}


def _checked(kind: str, found: Kind) -> Make:
    def make(job: Job, target: Writer) -> str:
        try:
            read(kind, job.asked, job.scope, job.day)
        except (Http404, PermissionError) as error:
            raise NotMade(Why.NO_ACCESS) from error
        return found.make(job, target)

    return make
