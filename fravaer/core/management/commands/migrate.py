"""Bring the tables up to date, and put up what the database itself refuses."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import migrate

from fravaer.core import walls


class Command(migrate.Command):
    """Django's own, after which the walls stand as the code says: no table is ever without them."""

    def handle(self, *args: Any, **options: Any) -> None:
        super().handle(*args, **options)
        if args or options.get("app_label") or options.get("plan") or options.get("check_unapplied"):
            return
        try:
            walls.put_up(options["database"])
        except walls.NoWalls as error:
            raise CommandError(f"The tables are up to date, but {error}.") from None
