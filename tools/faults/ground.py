"""Where do the faults happen, and what does the provider's ledger say afterwards?"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fravaer.core import secrets
from tools.postgres import APP, JOB, Postgres, as_role
from tools.processes import Service, Supervisor, under_launcher
from tools.surroundings import ROOT, Problem, free_port
from tools.valkey import Valkey

FACTOR = 30
ACCOUNT = "AC" + "f" * 32
TOKEN = "the token of the faults"
WAITS = ("held", "queued", "claimed", "sending", "uncertain")
OUT = ("accepted", "sent", "delivered", "undelivered", "failed")
TO_RING = ("rejected", "expired", "unknown")
THREADS = 8
KEYS = ROOT / ".fravaer" / "keys-of-faults"
# So many messages come to their end within the seconds a run waits for something.
PATIENT_WITH = 250


@dataclass(frozen=True)
class Outcome:
    """What became of the messages of one run, by the provider's ledger and by our rows.

    Lost: nobody has it and nobody is told to ring. Doubled: taken by the provider more than once. Left to a person: not taken,
    and on the list to ring. Late: taken after its deadline. Claimed: we say the provider has it, and it has not; or we say
    another end than it does.
    """

    messages: int
    lost: int
    doubled: int
    left: int
    late: int
    claimed: int
    seconds: float

    @property
    def clean(self) -> bool:
        return not (self.lost or self.doubled or self.late or self.claimed)


@dataclass
class Ground:
    """The running processes, and one school for each run."""

    folder: Path
    messages: int
    environment: Mapping[str, str]
    supervisor: Supervisor
    gateway_url: str
    web_url: str
    hand: subprocess.Popen[str]
    broker_may_run: list[bool]
    has_own_database: bool
    senders: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    school: int = -1

    # Registers

    def next_school(self) -> None:
        self.school += 1

    def absent(self) -> None:
        """Take the register: everybody of the school is away."""
        self.tell(f"absent {self.school}")

    def tell(self, line: str) -> None:
        assert self.hand.stdin is not None
        assert self.hand.stdout is not None
        self.hand.stdin.write(line + "\n")
        self.hand.stdin.flush()
        while not _readable(self.hand):
            self.supervisor.look_after()
        if self.hand.stdout.readline() != "ok\n":
            raise Problem(f"the hand that takes registers failed at {line!r}")

    # Processes

    def start(self, name: str, *, at: str = "", **more: str) -> subprocess.Popen[bytes]:
        """Start a worker, a beat (by any name that begins so) or a sender without a broker."""
        celery = [sys.executable, "-m", "celery", "--app", "tools.faults.lab", "--quiet"]
        command: list[str | Path] = [sys.executable, "-m", "tools.faults.lab", "2" if at else str(THREADS)]
        if name.startswith("worker"):
            command = [*celery, "worker", "--queues", "sms", "--pool", "threads"]
            command += ["--concurrency", str(THREADS), "--hostname", f"{name}@%h"]
        elif name.startswith("beat"):
            command = [*celery, "beat", "--schedule", self.folder / f"{name}.schedule", "--pidfile="]
        environment = {**self.environment, **more, **({"FAULTS_AT": at} if at else {})}
        environment["DATABASE_URL"] = as_role(environment["DATABASE_URL"], JOB)
        with (self.folder / "logs" / f"{name}.log").open("ab") as log:
            self.senders[name] = subprocess.Popen(
                under_launcher(command),
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self.senders[name]

    def kill(self, name: str, how: signal.Signals = signal.SIGKILL) -> None:
        """End, stop or wake one of the started processes, or kill a server, which is started again."""
        if name in self.senders:
            with suppress(ProcessLookupError):
                os.killpg(self.senders[name].pid, how)
            if how in (signal.SIGKILL, signal.SIGTERM):
                self.until(
                    lambda: self.senders[name].poll() is not None, seconds=40, what=f"the end of {name}"
                )
                del self.senders[name]
            return
        process = self.supervisor.process_id(name)
        if process is not None:
            os.kill(process, how)

    def at_work(self) -> None:
        """One worker and one beat, whatever the run before has left of them."""
        for name in [one for one in self.senders if one not in ("worker", "beat")]:
            self.kill(name)
        for name in ("worker", "beat"):
            if name not in self.senders or self.senders[name].poll() is not None:
                self.start(name)

    # The provider

    def turn(self, **knobs: object) -> None:
        self._post("/control", knobs)

    def calm(self) -> None:
        """Every fault of the provider's over, the ledger kept."""
        with urllib.request.urlopen(f"{self.gateway_url}/control", timeout=10) as answer:
            standing = json.load(answer)
        rest = {name: to for name, to in RESTING.items() if standing.get(name) != to}
        if rest:
            self.turn(**rest)

    def ledger(self) -> list[dict[str, Any]]:
        """What the provider has of this run's school."""
        with urllib.request.urlopen(f"{self.gateway_url}/ledger", timeout=60) as answer:
            every = json.load(answer)["messages"]
        return [one for one in every if one["to"].startswith(f"+999{self.school:03d}")]

    def _post(self, path: str, body: object) -> None:
        request = urllib.request.Request(
            self.gateway_url + path, json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        urllib.request.urlopen(request, timeout=10).close()

    # The rows

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """What a query finds in the product's database, which may be away for a while."""
        import psycopg2

        deadline = time.monotonic() + 60
        while True:
            try:
                with closing(psycopg2.connect(self.environment["DATABASE_URL"])) as connection:
                    connection.autocommit = True
                    with connection.cursor() as cursor:
                        cursor.execute(statement, values)
                        found: list[tuple[Any, ...]] = cursor.fetchall()
                        return found
            except psycopg2.OperationalError:
                if time.monotonic() > deadline:
                    raise
                self.supervisor.look_after()
                time.sleep(0.1)

    def mine(self, school: int | None = None) -> list[tuple[Any, ...]]:
        """Number, state, the provider's id, the deadline and the latest mark of this run's messages, or of another's."""
        begins = f"+999{self.school if school is None else school:03d}"
        return [
            (number, *rest)
            for fixed, *rest in self.rows(
                "SELECT to_e164, state, provider_sid, expires_at, sending_at, id, attempts FROM sms_message"
            )
            if (number := secrets.unfix(fixed, secrets.NUMBER)).startswith(begins)
        ]

    def counts(self) -> Counter[str]:
        return Counter(row[1] for row in self.mine())

    def taken(self) -> int:
        """How many the provider has, roughly: by our rows, which are cheaper to ask."""
        return sum(number for state, number in self.counts().items() if state in OUT)

    def settled(self) -> bool:
        counts = self.counts()
        return sum(counts.values()) >= self.messages and not any(counts[state] for state in WAITS)

    # Waiting

    def until(
        self, holds: Callable[[], bool], *, seconds: float = 120, what: str, every: float = 0.05
    ) -> None:
        """Look after the servers until it holds; many messages may take as many times longer."""
        seconds *= max(1, self.messages / PATIENT_WITH)
        deadline = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > deadline:
                raise Problem(f"Not in {seconds:.0f} seconds: {what}. {dict(self.counts())}")
            self.supervisor.look_after()
            time.sleep(every)

    def go_on(self, seconds: float) -> None:
        """Let so many seconds of the wall's clock go by."""
        over = time.monotonic() + seconds
        self.until(lambda: time.monotonic() > over, seconds=seconds + 5, what="time")

    def outcome(self, seconds: float) -> Outcome:
        rows, ledger = self.mine(), self.ledger()
        taken = Counter(one["to"] for one in ledger)
        statuses = {one["sid"]: one["status"] for one in ledger}
        states = {to: state for to, state, *_ in rows}
        ends = ("delivered", "undelivered", "failed")
        return Outcome(
            messages=len(rows),
            lost=(self.messages - len(states))
            + sum(1 for to, state in states.items() if not taken[to] and state not in TO_RING),
            doubled=sum(number - 1 for number in taken.values() if number > 1),
            left=sum(1 for to, state in states.items() if not taken[to] and state in TO_RING),
            late=sum(1 for _, _, sid, expires_at, sending_at, *_ in rows if sid and sending_at > expires_at),
            claimed=sum(
                1
                for _, state, sid, *_ in rows
                if state in OUT and (sid not in statuses or (state in ends and statuses[sid] != state))
            ),
            seconds=seconds,
        )


RESTING: dict[str, object] = {
    "latency_ms": 20, "delay_seconds": 0.2, "hang_seconds": 3.0, "reject_rate": 0.0, "error_before_rate": 0.0,
    "error_after_rate": 0.0, "hang_before_rate": 0.0, "hang_after_rate": 0.0, "reset_before_rate": 0.0,
    "reset_after_rate": 0.0, "undelivered_rate": 0.0, "concurrency_limit": 0, "list_lag_seconds": 0.0,
    "callbacks": "normal", "callback_share": 1.0, "status_500": False, "outage": False, "auth_revoked": False,
}  # fmt: skip


@contextmanager
def ground_in(
    folder: Path, *, messages: int, schools: int, database_url: str = "", factor: float = FACTOR
) -> Iterator[Ground]:
    """Everything running, with as many schools of as many pupils as there are runs and messages.

    With `database_url` that database, which must be empty and migrated, and whose server is not touched; else one of its own.
    The product's clock, and with it its timetable, goes `factor` times as fast as the wall's.
    """
    supervisor = Supervisor()
    supervisor.is_quiet = True
    (folder / "logs").mkdir(parents=True, exist_ok=True)
    may_run = [True]
    hand: subprocess.Popen[str] | None = None
    ground: Ground | None = None
    try:
        valkey = Valkey(folder, free_port(), "faults", is_kept=True)
        valkey.prepare()
        service = valkey.service
        service.may_start = lambda: may_run[0]
        supervisor.start(service)
        own = not database_url
        if own:
            postgres = Postgres(folder, free_port(), "faults", is_fast=False)
            postgres.prepare()
            supervisor.start(postgres.service)
            supervisor.wait_until(postgres.is_ready, what="Postgres", seconds=60)
            postgres.make_database()
            database_url = postgres.url
        web_port, gateway_port = free_port(), free_port()
        environment = _environment(database_url, valkey.url, web_port, gateway_port, factor)
        if own:
            migrate = [sys.executable, "manage.py", "migrate", "--no-input", "--verbosity=0"]
            supervisor.finish({"Making the tables": migrate}, environment=environment)
        for service in _services(folder, environment, web_port, gateway_port):
            supervisor.start(service)
        hand = subprocess.Popen(
            under_launcher([sys.executable, "-m", "tools.faults.hand"]),
            cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        gateway_url, web_url = environment["TWILIO_BASE_URL"], environment["PUBLIC_BASE_URL"]
        ground = Ground(folder, messages, environment, supervisor, gateway_url, web_url, hand, may_run, own)
        ground.at_work()
        ground.tell(f"make {schools} {messages}")
        supervisor.wait_until(valkey.is_ready, what="Valkey", seconds=30)
        supervisor.wait_until(
            lambda: _answers(f"{web_url}/healthz") and _answers(f"{gateway_url}/healthz"),
            what="The pages",
            seconds=60,
        )
        ground.turn(**RESTING)
        yield ground
    finally:
        for process in ground.senders.values() if ground else ():
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if hand:
            hand.kill()
            hand.communicate()
        supervisor.stop()


def _environment(
    database_url: str, redis_url: str, web_port: int, gateway_port: int, factor: float
) -> dict[str, str]:
    secrets.make(KEYS)
    secrets.use(KEYS)
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(("TWILIO_", "EMAIL_"))},
        "DJANGO_SETTINGS_MODULE": "tools.faults.settings",
        "FAULTS_FACTOR": str(factor),
        "FAULTS_SINCE": str(time.time()),
        "SECRET_KEY": "only-for-faults-" + "x" * 40,
        "LOG_LEVEL": "WARNING",
        "DEBUG": "false",
        "DEMO": "false",
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "PUBLIC_BASE_URL": f"http://127.0.0.1:{web_port}",
        "TWILIO_BASE_URL": f"http://127.0.0.1:{gateway_port}",
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_FROM": "Skolen",
        "FIELD_KEYS": str(KEYS),
        "PYTHONUNBUFFERED": "1",
    }


def _services(
    folder: Path, environment: Mapping[str, str], web_port: int, gateway_port: int
) -> Iterator[Service]:
    python = sys.executable
    web = ["-m", "gunicorn", "fravaer.wsgi:application", "--bind", f"127.0.0.1:{web_port}", "--workers", "1"]
    web += ["--worker-class", "gthread", "--threads", "4", "--worker-connections", "100"]
    web += ["--no-control-socket"]
    pages = {**environment, "DATABASE_URL": as_role(environment["DATABASE_URL"], APP)}
    yield Service("web", [python, *web], folder / "logs" / "web.log", pages)
    gateway = ["-m", "tools.gateway", "--port", str(gateway_port), "--account-sid", ACCOUNT]
    gateway += ["--auth-token", TOKEN, "--state", str(folder / "gateway.sqlite3")]
    yield Service("gateway", [python, *gateway], folder / "logs" / "gateway.log")


def _readable(process: subprocess.Popen[str]) -> bool:
    import select

    assert process.stdout is not None
    return bool(select.select([process.stdout], [], [], 0.1)[0]) or process.poll() is not None


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
