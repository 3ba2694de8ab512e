"""Who looked at this pupil, and who changed what?

The only writer of the trail. Entries carry ids and words of our own vocabulary, never names, reasons or free text. A reading is
written on a connection of its own before the page leaves, and commits at once: whoever cannot be noted is shown nothing
(`Unwritten`), and nothing that goes wrong in the page afterwards takes the entry back. So is what was refused. A change is
noted in its own transaction: both are there or neither is. Neither needs more than to be allowed a function of the database,
which adds.

Legal basis: a public employee may only see what the task needs, and access is logged and checked by sampling
(forvaltningsloven § 32; data protection regulation article 32).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import Error, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from fravaer.audit.models import Event
from fravaer.core.scope import Scope

Detail = Mapping[str, str | int | bool | None]

ALIAS = "trail"
# Refusals of one person within an hour that are noted; what she goes on asking for adds nothing.
MOST_REFUSED = 200
REFUSED = "SELECT audit_refuse(%s, %s, %s, %s, %s, %s::integer[], %s::jsonb, %s::integer[], %s, %s)"
NOTE = "SELECT audit_note(%s, %s, %s, %s, %s, %s, %s::integer[], %s::jsonb, %s::integer[], %s, %s)"


class Unwritten(Exception):
    """The reading could not be noted, so nothing may be shown."""


def saw(
    scope: Scope, what: str, pupil_ids: Iterable[int], *, subject_id: object = "", reason: str = ""
) -> None:
    """Note that the actor was shown these pupils on `what` (the name of a page). Raises Unwritten."""
    values = _values(
        *(scope.actor_id, "read", scope.role, what, subject_id, pupil_ids, None),
        grant_ids=scope.grant_ids,
        purpose=scope.purpose,
        reason=reason,
    )
    _apart(NOTE, values)


def refused(scope: Scope, page: str, pupil_ids: Iterable[int], *, subject_id: str, status: int) -> None:
    """Note that the actor asked for a page (by its view's name) and was refused it, by HTTP status. Raises Unwritten."""
    values: list[Value] = [
        *(_moment(), scope.actor_id, scope.role, page, subject_id, sorted(set(pupil_ids))),
        *(json.dumps({"status": status}), sorted(set(scope.grant_ids)), scope.purpose, MOST_REFUSED),
    ]
    _apart(REFUSED, values)


def _apart(statement: str, values: list[Value]) -> None:
    """On a connection of its own, committed at once."""
    own = connections[ALIAS]
    try:
        try:
            _note(own, values, statement)
        except Error:
            # Kept open between requests, it may have been closed at the other end meanwhile; once is tried anew.
            if own.connection is None or own.is_usable():
                raise
            own.close()
            _note(own, values, statement)
    except Error as error:
        raise Unwritten from error


def changed(
    actor_id: int | None,
    action: str,
    *,
    role: str = "",
    subject: str = "",
    subject_id: object = "",
    pupil_ids: Iterable[int] = (),
    detail: Detail | None = None,
    reason: str = "",
) -> None:
    """Note a change, in the same transaction as the change. `actor_id` None is a named job (`role` = "job.…")."""
    _note(connection, _values(actor_id, action, role, subject, subject_id, pupil_ids, detail, reason=reason))


Value = str | int | datetime | list[int] | None


def _values(
    actor_id: int | None,
    action: str,
    role: str,
    subject: str,
    subject_id: object,
    pupil_ids: Iterable[int],
    detail: Detail | None,
    *,
    grant_ids: Iterable[int] = (),
    purpose: str = "",
    reason: str = "",
) -> list[Value]:
    return [
        *(_moment(), actor_id, role, action, subject, str(subject_id), sorted(set(pupil_ids))),
        *(json.dumps(dict(detail or {})), sorted(set(grant_ids)), purpose, reason),
    ]


def _note(on: BaseDatabaseWrapper, values: list[Value], statement: str = NOTE) -> None:
    with on.cursor() as cursor:
        cursor.execute(statement, values)


def _moment() -> datetime:
    """When the entry was made, by the application's clock; the database's own stands beside it."""
    moment: datetime = Event._meta.get_field("at").get_default()
    return moment


def last_saw(actor_id: int | None, what: str, before: datetime) -> datetime | None:
    """When the actor was last shown somebody on `what`, before a moment; None when she never was."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_last_saw(%s, %s, %s)", [actor_id, what, before])
        found: datetime | None = cursor.fetchone()[0]
    return found


def readers_of(pupil_id: int) -> list[Event]:
    """The readings of one pupil, newest first."""
    return list(Event.objects.raw("SELECT * FROM audit_readers(%s)", [pupil_id]))


def about(pupil_id: int, subject_id: object, most: int = 300) -> list[Event]:
    """The latest readings and changes of one thing that concerns one pupil, the newest first."""
    return list(Event.objects.raw("SELECT * FROM audit_about(%s, %s, %s)", [pupil_id, str(subject_id), most]))
