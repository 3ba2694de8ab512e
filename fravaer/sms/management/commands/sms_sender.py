"""Send messages without a broker."""

from __future__ import annotations

import logging
import signal
import threading
import time
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone

from fravaer.accounts.middleware import day_in_view
from fravaer.sms import delivery, monthly, morning, owner, providers, recovery
from fravaer.sms.delivery import Sender

POLL_SECONDS = 1.0
MORNING_SECONDS = 15.0
NET_SECONDS = 15.0

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = (
        "Sends what is due, like the Celery worker does, for as long as it runs and without a broker: "
        "prepares the day every 15 seconds, sends every second, looks after what got stuck every quarter of a minute. "
        "May run beside workers and beside others of its kind."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--threads", type=int, default=8, help="calls of the provider at the same time")
        parser.add_argument("--once", action="store_true", help="do everything once and stop")
        parser.add_argument(
            "--dry-run", action="store_true", help="count what would be sent today, and send nothing"
        )

    def handle(self, *args: Any, threads: int, once: bool, dry_run: bool, **options: Any) -> None:
        if dry_run:
            self._count()
            return
        sender = providers.sender()
        if sender is None:
            raise CommandError(
                "No SMS account is named: set TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_FROM."
            )
        if once:
            _prepare()
            delivery.drain(sender)
            recovery.reconcile(sender.gateway, timezone.now())
            return
        self._run(sender, threads)

    def _count(self) -> None:
        """What the day would become, by school; written down nowhere."""
        now = timezone.now()
        prepared, counts = morning.forecast(day_in_view(timezone.localdate(now)), now)
        for one in counts:
            self.stdout.write(
                f"{one.school}: {one.waiting} waiting, {one.out + one.delivered} out, {one.to_ring} to ring"
            )
        self.stdout.write(
            f"{prepared.queued} of them are new, {prepared.withheld} guardians are not written to."
        )

    def _run(self, sender: Sender, threads: int) -> None:
        def stop(number: int, frame: FrameType | None) -> None:
            sender.stop.set()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        lanes = [
            threading.Thread(target=_repeat, args=(sender.stop, POLL_SECONDS, lambda: delivery.drain(sender)))
            for _ in range(threads)
        ]
        lanes.append(threading.Thread(target=_repeat, args=(sender.stop, MORNING_SECONDS, _prepare)))
        lanes.append(
            threading.Thread(
                target=_repeat,
                args=(
                    sender.stop,
                    NET_SECONDS,
                    lambda: recovery.reconcile(sender.gateway, timezone.now()),
                ),
            )
        )
        for lane in lanes:
            lane.start()
        self.stdout.write("Sending.")
        self.stdout.flush()
        # Claims are not taken any more; the calls under way are over within their timeouts.
        for lane in lanes:
            lane.join()
        owner.let_go()


def _prepare() -> None:
    now = timezone.now()
    morning.prepare(day_in_view(timezone.localdate(now)), now, answerable=providers.answerable())
    monthly.prepare(timezone.localdate(now), now)


def _repeat(stop: threading.Event, every: float, work: Any) -> None:
    """Do the work every so many seconds until told to stop; the database may be away for a while."""
    while not stop.is_set():
        begun = time.monotonic()
        try:
            work()
        except Exception as failure:
            # Whatever it was, the lane goes on: a lane that died would send nothing for the rest of the morning.
            logger.error("sms: a lane failed (%s) and goes on", type(failure).__name__)
            connection.close()
        stop.wait(max(0.0, every - (time.monotonic() - begun)))
    connection.close()
