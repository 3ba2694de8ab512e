"""Which faults are there, what is promised of each, and how are they made to happen?"""

from __future__ import annotations

import signal
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlencode

from tools.faults.ground import Ground, Outcome
from tools.surroundings import Problem

ONCE = "each message once"
NONE_ELSE = "each message once; what is not taken is on the list to ring"


@dataclass(frozen=True)
class Run:
    """One fault, or several that do not hide each other; `needs_database` where the database's own server is killed."""

    name: str
    fault: str
    promised: str
    happens: Callable[[Ground], None]
    needs_database: bool = False


def run(one: Run, ground: Ground) -> Outcome:
    """Let it happen to a school of its own and wait for the end of every message. Raises Problem if there is none."""
    ground.next_school()
    ground.at_work()
    began = time.monotonic()
    one.happens(ground)
    ground.until(ground.settled, what=f"an end of every message ({one.name})", seconds=240)
    seconds = time.monotonic() - began
    ground.calm()
    # The last callbacks are still on their way to rows that stand at "accepted" or "sent".
    return ground.outcome(seconds)


def nothing(ground: Ground) -> None:
    ground.absent()


def workers_killed(ground: Ground) -> None:
    """Three beats ring at once, and the worker is killed while it sends, again and again."""
    ground.turn(latency_ms=100, callbacks="none")
    ground.start("beat2")
    ground.start("beat3")
    ground.absent()
    for n in range(1, 3 if ground.messages < 500 else 6):
        share = ground.messages * n // 8
        ground.until(lambda: ground.taken() >= share, what="messages that are being sent")  # noqa: B023
        ground.kill("worker")
        ground.start("worker")
    ground.calm()


def points(ground: Ground) -> None:
    """A process dies at each point of a message's way, beside a worker that lives; nobody is called back."""
    ground.turn(callbacks="none", latency_ms=50)
    for point in ("claimed", "marked", "called", "settled"):
        ground.start(f"sender-{point}", at=f"{point}:2")
    ground.kill("worker")
    ground.absent()
    for point in ("claimed", "marked", "called", "settled"):
        name = f"sender-{point}"
        process = ground.senders[name]
        ground.until(lambda: process.poll() is not None, what=f"the death of {name}")  # noqa: B023
        if process.returncode != -signal.SIGKILL:
            raise Problem(f"{name} ended with {process.returncode}")
    ground.start("worker")


def points_and_frozen(ground: Ground) -> None:
    """Both at once: the dead are told from the frozen."""
    ground.turn(callbacks="none", latency_ms=50)
    dead, still = ("claimed", "marked", "called", "settled"), ("frozen", "hung")
    for point in (*dead, *still):
        ground.start(f"sender-{point}", at=f"{point}:2")
    ground.kill("worker")
    ground.absent()
    for point in dead:
        process = ground.senders[f"sender-{point}"]
        ground.until(lambda: process.poll() is not None, what=f"the death at {point}")  # noqa: B023
        if process.returncode != -signal.SIGKILL:
            raise Problem(f"The process that was to die at {point} ended with {process.returncode}.")
    for point in still:
        ground.until(lambda: _stopped(ground.senders[f"sender-{point}"].pid), what=f"{point}")  # noqa: B023
    ground.start("worker")
    ground.until(lambda: ground.counts()["uncertain"] >= 1 and not _waiting(ground), what="the rest")
    # More than five minutes of the product's clock; what a living process has marked stays in doubt, whatever it takes.
    ground.go_on(11)
    if not ground.counts()["uncertain"]:
        raise Problem("What a frozen process had marked was given to another.")
    for point in still:
        ground.kill(f"sender-{point}", signal.SIGCONT)


def frozen(ground: Ground) -> None:
    """One process is frozen between mark and call and one in its call, for far more than half a minute."""
    ground.turn(callbacks="none")
    ground.start("sender-frozen", at="frozen:2")
    ground.start("sender-hung", at="hung:2")
    ground.kill("worker")
    ground.absent()
    for name in ("sender-frozen", "sender-hung"):
        ground.until(lambda: _stopped(ground.senders[name].pid), what=f"{name} to freeze")  # noqa: B023
    ground.start("worker")
    ground.until(lambda: ground.counts()["uncertain"] >= 1, what="doubt")
    # Ten minutes of the product's clock, in which a live process would have been believed to be dead.
    ground.go_on(20 if ground.messages >= 500 else 12)
    for name in ("sender-frozen", "sender-hung"):
        ground.kill(name, signal.SIGCONT)


def broker_killed(ground: Ground) -> None:
    """Once while the register is taken, once with a backlog."""
    ground.turn(latency_ms=100)
    ground.kill("valkey")
    ground.absent()
    ground.until(lambda: ground.taken() >= ground.messages // 4, what="messages that are being sent")
    ground.kill("valkey")


def broker_away(ground: Ground) -> None:
    """All morning; the command sends without it."""
    ground.broker_may_run[0] = False
    ground.kill("valkey")
    ground.start("sender")
    ground.absent()
    ground.until(lambda: ground.taken() == ground.messages, what="everything sent without a broker")
    ground.broker_may_run[0] = True


def answers_lost(ground: Ground) -> None:
    """Of a fifth of the calls; the provider's list is half a minute behind."""
    ground.turn(
        hang_after_rate=0.03, error_after_rate=0.04, reset_after_rate=0.04, error_before_rate=0.03,
        hang_before_rate=0.02, reject_rate=0.05, list_lag_seconds=1.0,
    )  # fmt: skip
    ground.absent()
    ground.until(lambda: not _waiting(ground), what="every message tried")
    ground.calm()


def answers_lost_in_silence(ground: Ground) -> None:
    ground.turn(callbacks="none")
    answers_lost(ground)


def all_errors(ground: Ground) -> None:
    """Nothing but 500, for a minute and a half of the product's clock."""
    ground.turn(status_500=True)
    ground.absent()
    ground.until(lambda: ground.counts()["uncertain"] >= 5, what="doubt")
    ground.go_on(3)
    ground.calm()


def too_many(ground: Ground) -> None:
    ground.turn(concurrency_limit=6, latency_ms=40)
    ground.absent()


def away(ground: Ground) -> None:
    """The gateway's process is killed twice: nobody listens on its port."""
    ground.turn(latency_ms=60)
    ground.absent()
    for n in (1, 3):
        ground.until(lambda: ground.taken() >= ground.messages * n // 8, what="messages")  # noqa: B023
        ground.kill("gateway")


def revoked(ground: Ground) -> None:
    ground.turn(auth_revoked=True)
    ground.absent()
    ground.until(_open(ground), what="an open circuit")
    ground.go_on(2)
    # One that is on its way just now, to see whether the token is taken again, has not been given its attempt back yet.
    if sum(row[6] - (row[1] == "sending") for row in ground.mine()):
        raise Problem("A message was burned by a revoked token.")
    ground.calm()


def calls_disturbed(ground: Ground) -> None:
    """Every callback twice and in reverse order, a tenth not delivered; and forged ones for every message."""
    ground.turn(callbacks="dup+shuffle", undelivered_rate=0.1)
    ground.absent()
    ground.until(lambda: len(ground.mine()) >= ground.messages, what="messages")
    for message in ground.mine():
        _forge(ground, str(message[5]))
    ground.until(
        lambda: not any(ground.counts()[state] for state in ("accepted", "sent")) and ground.settled(),
        what="the last callback",
    )


def silence(ground: Ground) -> None:
    """No callback ever: what became of a message is asked for ten minutes later."""
    ground.turn(callbacks="none")
    ground.absent()
    ground.until(lambda: ground.counts()["delivered"] == ground.messages, what="every message asked for")


def deployed(ground: Ground) -> None:
    """The worker is told to end while it sends, and another is started."""
    ground.turn(latency_ms=100)
    ground.absent()
    ground.until(lambda: ground.taken() >= ground.messages // 8, what="messages that are being sent")
    ground.kill("worker", signal.SIGTERM)
    ground.start("worker")


def database_killed(ground: Ground) -> None:
    ground.turn(latency_ms=100)
    ground.absent()
    for n in (1, 4):
        ground.until(lambda: ground.taken() >= ground.messages * n // 8, what="messages")  # noqa: B023
        ground.kill("postgres")
        ground.go_on(1)


def everything(ground: Ground) -> None:
    ground.turn(callbacks="dup+shuffle", callback_share=0.5, undelivered_rate=0.05, latency_ms=50)
    ground.turn(error_after_rate=0.05, reset_after_rate=0.05, hang_after_rate=0.03, reject_rate=0.05)
    ground.turn(error_before_rate=0.03, hang_before_rate=0.02, list_lag_seconds=1.0)
    ground.start("beat2")
    ground.start("sender")
    ground.kill("valkey")
    ground.absent()
    for n in (1, 2, 3):
        ground.until(lambda: ground.taken() >= ground.messages * n // 10, what="messages")  # noqa: B023
        ground.kill("worker")
        ground.kill("gateway" if n == 2 else "valkey")
        if ground.has_own_database and n == 3:
            ground.kill("postgres")
        ground.start("worker")
    ground.until(lambda: not _waiting(ground), what="every message tried")
    ground.calm()


RUNS = (
    Run("nothing", "none", ONCE, nothing),
    Run("workers", "worker killed again and again, three beats at once", ONCE, workers_killed),
    Run("points", "process killed after claim, after mark, after the call, after writing the answer; no callbacks", ONCE, points),
    Run("frozen", "process frozen between mark and call, and in the call, for minutes; no callbacks", ONCE, frozen),
    Run("broker", "broker killed while registering and with a backlog", ONCE, broker_killed),
    Run("brokerless", "no broker all morning", ONCE, broker_away),
    Run("database", "database killed twice", ONCE, database_killed, needs_database=True),
    Run("answers", "answers lost (no answer, reset, 500) before and after acceptance, 429, list behind", NONE_ELSE, answers_lost),
    Run("silent answers", "the same without callbacks", NONE_ELSE, answers_lost_in_silence),
    Run("errors", "provider answers nothing but 500 for a while", NONE_ELSE, all_errors),
    Run("too many", "429 storm: six calls at once allowed", ONCE, too_many),
    Run("away", "provider cannot be reached, twice", ONCE, away),
    Run("revoked", "token revoked, then right again", "none burned; each message once", revoked),
    Run("callbacks", "callbacks doubled, reversed, forged; a tenth undelivered", "our ends are the provider's", calls_disturbed),
    Run("silence", "no callbacks at all", "asked for after ten minutes", silence),
    Run("deployed", "worker stopped and replaced while it sends", ONCE, deployed),
    Run("everything", "all of it at once", NONE_ELSE, everything),
)  # fmt: skip


def _waiting(ground: Ground) -> bool:
    counts = ground.counts()
    waits = sum(counts[state] for state in ("held", "queued", "claimed", "sending"))
    return sum(counts.values()) < ground.messages or waits > 0


def _open(ground: Ground) -> Callable[[], bool]:
    return lambda: bool(ground.rows("SELECT 1 FROM sms_circuit WHERE open_until IS NOT NULL"))


def _stopped(group: int) -> bool:
    """Whether a process of the group stands still."""
    from pathlib import Path

    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            with suppress(OSError, IndexError):
                about = (place / "stat").read_text().rpartition(")")[2].split()
                if int(about[2]) == group and about[0] == "T":
                    return True
    return False


def _forge(ground: Ground, message: str) -> None:
    body = urlencode(
        {"MessageSid": "SM" + "0" * 32, "MessageStatus": "failed", "AccountSid": "AC" + "f" * 32}
    )
    request = urllib.request.Request(
        f"{ground.web_url}/sms/status/{message}", body.encode(), {"X-Twilio-Signature": "Zm9yZ2Vk"}
    )
    try:
        urllib.request.urlopen(request, timeout=10).close()
    except urllib.error.HTTPError as refusal:
        refusal.close()
        if refusal.code == 403:
            return
    raise Problem("A forged callback was not refused.")
