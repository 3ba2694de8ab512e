"""Say whether sending works, for whoever watches machines."""

from __future__ import annotations

from typing import Any

import redis
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from fravaer.accounts.middleware import day_in_view
from fravaer.core.tasks import heartbeat_age_seconds
from fravaer.sms import health, providers
from fravaer.sms.health import CHOSEN


class Command(BaseCommand):
    help = (
        "Prints how sending stands, a figure a line, and ends with 1 when something is broken. A stop that a person has made "
        "and a missing account are told of, and are no fault. Names no pupil, no number and no text."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        try:
            beat_age = heartbeat_age_seconds()
        except redis.RedisError:
            beat_age = None
        found = health.look(
            day_in_view(timezone.localdate(now)),
            now,
            provider=providers.name(),
            account=providers.gateway() is not None,
            beat_age=beat_age,
        )
        self.stdout.write(f"sms_due {found.backlog.messages}")
        self.stdout.write(f"sms_due_age_seconds {found.backlog.oldest_seconds:.0f}")
        for state, count in sorted(found.counts.items()):
            self.stdout.write(f"sms_{state} {count}")
        self.stdout.write(f"owner_locks {found.owners}")
        self.stdout.write(f"beat_age_seconds {'unknown' if beat_age is None else f'{beat_age:.0f}'}")
        self.stdout.write(
            f"circuit_open {int(found.circuit.open_since is not None)} {found.circuit.reason}".rstrip()
        )
        self.stdout.write(f"stopped {int(found.circuit.stopped)}")
        unsigned = found.circuit.unsigned_at
        self.stdout.write(f"callback_bad_signature_latest {unsigned.isoformat() if unsigned else 'never'}")
        for one in found.broken:
            self.stdout.write(f"broken {one.name} {one.count}")
        for fault in found.faults:
            self.stdout.write(f"{'note' if fault in CHOSEN else 'FAULT'} {fault}")
        if not found.well:
            raise CommandError("something is broken", returncode=1)
