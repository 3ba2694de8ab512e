"""What has somebody typed into a form of a case and not saved yet?

Sent every few seconds while she types, kept for her alone, and gone when the form is saved, so that nothing typed is lost
with a session. A page asks `of` and fills its form with it; the view that saves the form calls `drop`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fravaer.cases.models import Case, CaseDraft
from fravaer.core.scope import Scope

MOST_FIELDS = 30
LONGEST = 20_000
# What a form sends that nobody typed.
NOT_TYPED = frozenset({"csrfmiddlewaretoken", "key", "seen"})


class TooMuch(Exception):
    """More than any form here asks for: somebody else sends it."""


def of(case: Case, scope: Scope, form: str) -> CaseDraft | None:
    """The actor's own draft of the form, or None."""
    return CaseDraft.objects.filter(case=case, user_id=_actor(scope), form=form).first()


def filled(draft: CaseDraft | None, initial: Mapping[str, Any]) -> dict[str, Any]:
    """What a form starts with: `initial`, and over it what was typed before."""
    return {**initial, **(draft.fields if draft else {})}


def keep(case: Case, scope: Scope, now: datetime, form: str, fields: Mapping[str, str]) -> CaseDraft | None:
    """Keep what is typed now in place of what was typed before; nothing typed leaves no draft. Raises TooMuch."""
    typed = {name: text for name, text in fields.items() if name not in NOT_TYPED and text.strip()}
    if len(typed) > MOST_FIELDS or any(len(name) > 100 for name in typed):
        raise TooMuch
    if not typed:
        drop(case, scope, form)
        return None
    draft, _made = CaseDraft.objects.update_or_create(
        case=case,
        user_id=_actor(scope),
        form=form,
        defaults={
            "fields": {name: text[:LONGEST] for name, text in typed.items()},
            "saved_at": now,
        },
    )
    return draft


def drop(case: Case, scope: Scope, form: str) -> None:
    """Forget the actor's draft of the form: it is saved, or she does not want it."""
    CaseDraft.objects.filter(case=case, user_id=_actor(scope), form=form).delete()


def _actor(scope: Scope) -> int:
    if scope.actor_id is None:
        raise ValueError("a draft is somebody's")
    return scope.actor_id
