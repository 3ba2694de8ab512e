"""How do the child, the parents and the school see it?

The child's view is asked for and shown first. What was said is only ever added to: the latest of each voice stands, earlier
ones stay beneath it. Each belongs to one domain; a reader gets those of her own, and what was shared with her.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction

from fravaer.cases import sharing, writing
from fravaer.cases.domains import Domain
from fravaer.cases.models import Case, Shared, View, Voice
from fravaer.core.scope import Scope


@dataclass(slots=True)
class Heard:
    """One voice: what it said last, None where nobody has asked, and what it said before, the newest first."""

    voice: Voice
    latest: View | None = None
    earlier: list[View] = field(default_factory=list)


@transaction.atomic
def say(
    case: Case,
    scope: Scope,
    now: datetime,
    *,
    key: UUID,
    voice: Voice,
    text: str,
    domain: Domain | None = None,
) -> View:
    """Add what a voice says. A retry adds nothing. Raises what `writing` raises."""
    locked = writing.locked(case, scope)
    if known := writing.before(View, key, locked, scope, by="author", voice=voice, text=text):
        return known
    writing.require_open(locked)
    view = View.objects.create(
        key=key,
        case=locked,
        voice=voice,
        text=text,
        domain=writing.domain_of(scope, domain),
        author_id=writing.author(scope),
        at=now,
    )
    writing.left(locked, scope, "view", voice=view.voice, domain=view.domain)
    return view


def of(case: Case, scope: Scope) -> list[Heard]:
    """The three voices, the child's first, as far as the actor may read them. One query beside what `sharing` asks."""
    found = {voice: Heard(voice) for voice in Voice}
    rows = View.objects.filter(sharing.visible(case, scope, Shared.VIEW), case=case)
    for view in rows.select_related("author").order_by("-at", "-pk"):
        heard = found[Voice(view.voice)]
        if heard.latest is None:
            heard.latest = view
        else:
            heard.earlier.append(view)
    return list(found.values())
