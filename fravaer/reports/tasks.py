"""Which background work do reports need?"""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from celery import shared_task
from celery.exceptions import OperationalError
from django.conf import settings
from django.utils import timezone

from fravaer.core import mail
from fravaer.core.periods import school_year_start
from fravaer.core.tasks import alarm
from fravaer.reports import drawn, exporting, freezing, mailing, making, modes, nightly, patterns, wheel
from fravaer.reports.modes import Mode

log = logging.getLogger(__name__)

# From May on next school year's wheel is there to be planned.
PLANNED_FROM = 5


@shared_task
def make_wheel() -> None:
    """Make the tasks of this school year that are missing, and from May on those of the next."""
    now = timezone.now()
    today = timezone.localdate(now)
    year = school_year_start(today).year
    wheel.make(year, scope=None, now=now)
    if PLANNED_FROM <= today.month < 8:
        wheel.make(year + 1, scope=None, now=now)


@shared_task
def freeze_due() -> None:
    """Freeze the quarters whose day has come on the year wheel, where nobody has frozen them before."""
    now = timezone.now()
    today = timezone.localdate(now)
    for quarter in wheel.draws_due(today):
        if freezing.latest(quarter) is not None:
            wheel.drew(quarter, scope=None, now=now)
        elif quarter.period.until <= today:
            freezing.freeze(quarter, modes=_modes(), scope=None, today=today, now=now)


@shared_task
def draw() -> None:
    """Draw the periods everybody reads, and let the health page tell of those whose draw was not what is counted."""
    now = timezone.now()
    today = timezone.localdate(now)
    found = nightly.night(today, now)
    draws = drawn.current(nightly.periods(today), now, timedelta(days=1))
    patterns.prepare(draws, _modes())
    log.info("periods drawn", extra={"periods": found.periods, "drawn": found.drawn})
    said = ", ".join(f"{one.since.isoformat()}/{one.until.isoformat()}" for one in found.wrong)
    if said:
        log.error("drawn sums differ from a fresh count", extra={"wrong": said})
    alarm("figures", f"drawn sums differed from a fresh count: {said}" if said else "")


@shared_task
def remind() -> None:
    """Remind the owners of tasks that are due within a week."""
    out = mail.door()
    if out is None:
        return
    now = timezone.now()
    mailing.send(
        out.connection,
        sender=out.sender,
        base_url=out.base_url,
        today=timezone.localdate(now),
        now=now,
    )


@shared_task
def export(export_id: int) -> None:
    """Make one file somebody asked for, and let the next that waits begin."""
    limits = exporting.Limits(settings.SMALL_CELL_N, settings.SMALL_DENOM)
    folder = Path(settings.FRAVAER_EXPORTS)
    if exporting.carry_out(export_id, folder, making.makers(), limits, timezone.now):
        for waiting_id in exporting.waiting(timezone.now())[:1]:
            begin_export(waiting_id)


@shared_task
def make_exports() -> None:
    """Begin the files that wait, and those whose maker was lost."""
    for export_id in exporting.waiting(timezone.now()):
        begin_export(export_id)


@shared_task
def forget_exports() -> None:
    """Delete the files whose time is up."""
    exporting.forget(Path(settings.FRAVAER_EXPORTS), timezone.now())


def _modes() -> tuple[Mode, Mode]:
    limits = (settings.SMALL_CELL_N, settings.SMALL_DENOM)
    return modes.internal(*limits), modes.publication(*limits)


def begin_export(export_id: int) -> None:
    """Let a file begin at once. Without a broker nobody comes; beat will."""
    with suppress(OperationalError):
        export.apply_async((export_id,), expires=60)
