"""What the register's tests share: taking a register the way the page does."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse

from fravaer.absence.checkpoints import Checkpoint
from fravaer.schools.models import Pupil, SchoolClass


def url(school_class: SchoolClass, day: date, checkpoint: Checkpoint = Checkpoint.START) -> str:
    return reverse("absence:register", args=[school_class.pk, day, checkpoint])


def form(marks: Mapping[Pupil, str], *, version: int = 0, key: UUID | None = None) -> dict[str, Any]:
    """What the page's form posts: a letter for each pupil."""
    posted: dict[str, Any] = {"version": version, "key": str(key or uuid4())}
    posted["shown"] = [str(pupil.uuid) for pupil in marks]
    return posted | {f"m-{pupil.uuid}": letter for pupil, letter in marks.items() if letter}


def save(
    client: Client,
    school_class: SchoolClass,
    day: date,
    marks: Mapping[Pupil, str],
    *,
    version: int = 0,
    key: UUID | None = None,
    checkpoint: Checkpoint = Checkpoint.START,
) -> HttpResponseBase:
    return client.post(url(school_class, day, checkpoint), form(marks, version=version, key=key))
