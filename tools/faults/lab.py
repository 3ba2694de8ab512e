"""Which Celery application and which sender do the faults meet?

The product's own, with its waits on the wall's clock shortened as the other clock is, and with a place to die or to freeze
at: FAULTS_AT names the point and the how-manieth message it is (`marked:2`).

claimed   killed after the claim is committed          called    killed after the provider's answer, before it is written
marked    killed after the mark, before the call       settled   killed after the answer is written, before the rest
frozen    stopped between the mark and the call        hung      stopped in the call, before a byte has left
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tools.faults.settings")
django.setup()

from fravaer.celery import app  # noqa: E402
from fravaer.sms import gateway, outbox, owner  # noqa: E402
from fravaer.sms.gateway import Answer  # noqa: E402

FACTOR = float(os.environ["FAULTS_FACTOR"])
app.conf.beat_schedule = {
    name: {**entry, "schedule": max(0.25, entry["schedule"] / FACTOR)}
    for name, entry in app.conf.beat_schedule.items()
    if name in ("sms-morning", "sms-drain", "sms-reconcile")
}
if FACTOR > 1:
    # Half a minute after its database's start a process has its lock again; here it has it in seconds.
    owner.SETTLED = timedelta(seconds=4)
    owner.PING_SECONDS = 0.5
    gateway.READ_SECONDS = 1.0
    app.conf.beat_max_loop_interval = 0.25


def at(point: str, number: int) -> None:
    """Die or freeze at the point of the how-manieth message."""
    seen = {"claim": 0, "mark": 0, "send": 0, "accept": 0}
    how = signal.SIGSTOP if point in ("frozen", "hung") else signal.SIGKILL

    def after(inner: Callable[..., Any], name: str, here: str) -> Callable[..., Any]:
        def wrapped(*positions: Any, **names: Any) -> Any:
            done = inner(*positions, **names)
            seen[name] += bool(done) or name == "accept"
            if point == here and seen[name] == number and (done or name == "accept"):
                os.kill(os.getpid(), how)
            return done

        return wrapped

    send = gateway.Twilio.send

    def sending(self: gateway.Twilio, **message: Any) -> Answer:
        seen["send"] += 1
        if seen["send"] == number and point in ("marked", "hung"):
            os.kill(os.getpid(), how)
        answer = send(self, **message)
        if seen["send"] == number and point == "called":
            os.kill(os.getpid(), how)
        return answer

    outbox.claim = after(outbox.claim, "claim", "claimed")
    outbox.mark = after(outbox.mark, "mark", "frozen")
    outbox.accept = after(outbox.accept, "accept", "settled")
    gateway.Twilio.send = sending  # type: ignore[method-assign]


if os.environ.get("FAULTS_AT"):
    where, _, which = os.environ["FAULTS_AT"].partition(":")
    at(where, int(which))


def main() -> None:
    """`manage.py sms_sender` on this clock."""
    from django.core.management import call_command

    from fravaer.sms.management.commands import sms_sender

    sms_sender.POLL_SECONDS, sms_sender.MORNING_SECONDS, sms_sender.NET_SECONDS = 0.1, 0.5, 0.5
    call_command("sms_sender", threads=int(sys.argv[1]))


if __name__ == "__main__":
    main()
