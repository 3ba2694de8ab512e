"""Which processes are the whole product, and how do they find each other?

The same ones as in production: web, worker and beat beside a database and a broker; in place of the SMS
provider, a gateway on this machine that speaks the provider's protocol.
"""

import fcntl
import hashlib
import os
import signal
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.postgres import APP, JOB, as_role
from tools.processes import Service, Supervisor, say
from tools.servers import Secrets, Servers, secrets_of, servers_in
from tools.surroundings import ROOT, Problem, free_port, is_free

_LEFT_OUT = ("SECRET_KEY_FILE", "DJANGO_SETTINGS_MODULE", "DEBUG", "WAS_URL", "LOG_LEVEL")
"""What a developer may have set for other purposes and would lead the product's processes astray."""

SENDER = "+4568000000"


@dataclass(frozen=True)
class Stack:
    """A running product."""

    url: str
    gateway_url: str
    settings: Mapping[str, str]
    """What its processes were started with; another one started with the same belongs to it."""
    supervisor: Supervisor

    def is_well(self) -> bool:
        """Whether it says itself that the database, the broker, a beat tick and a worker are there."""
        return answers(f"{self.url}/readyz")


@contextmanager
def stack_in(
    folder: Path, *, port: int, pupils: int, supervisor: Supervisor | None = None
) -> Iterator[Stack]:
    """The product, running with its data in this folder; filled with a municipality if it was empty.

    It answers pages when this returns; the first job by beat may still be some seconds away.

    Args:
        port: where the pages are, on 127.0.0.1.
        pupils: how many the municipality gets when it is made.

    Raises:
        Problem: a part of it did not start.
    """
    supervisor = supervisor or Supervisor()
    with servers_in(folder, supervisor, is_fast=False, is_kept=True) as servers:
        gateway_port = free_port()
        settings = settings_for(servers, secrets_of(folder), port, gateway_port, free_port())
        environment = environment_with(settings)
        _bring_up_to_date(supervisor, environment)
        stack = Stack(f"http://127.0.0.1:{port}", f"http://127.0.0.1:{gateway_port}", settings, supervisor)
        web, *others = _services(folder, environment, port, gateway_port)
        # First of all beat, whose first job takes a quarter of a minute to come: the database is filled meanwhile.
        for service in others:
            supervisor.start(service)
        _fill(supervisor, environment, pupils)
        supervisor.start(web)
        supervisor.wait_until(lambda: answers(f"{stack.url}/healthz"), what="The first page", seconds=60)
        yield stack


def answers(url: str) -> bool:
    """Whether the page is there and says 200."""
    try:
        with urllib.request.urlopen(url, timeout=10) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def chosen_port(wanted: int | None, usual: int = 8000) -> int:
    """The port asked for; without a wish the usual one, or another where that is taken.

    Raises:
        Problem: the port asked for is taken.
    """
    if wanted is None:
        return usual if is_free(usual) else free_port()
    if not is_free(wanted):
        raise Problem(f"Port {wanted} is in use by another program: choose another with --port.")
    return wanted


def settings_for(
    servers: Servers, known: Secrets, port: int, gateway_port: int, mail_port: int
) -> dict[str, str]:
    """What a process needs in its environment to belong to a demonstration."""
    return {
        "DATABASE_URL": servers.database_url,
        "REDIS_URL": servers.redis_url,
        "SECRET_KEY": known.secret_key,
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "PUBLIC_BASE_URL": f"http://127.0.0.1:{port}",
        "DEMO": "true",
        "TWILIO_BASE_URL": f"http://127.0.0.1:{gateway_port}",
        "TWILIO_ACCOUNT_SID": _account(known),
        "TWILIO_AUTH_TOKEN": known.gateway_token,
        # A number, so that the demonstration's parents can answer; nobody has it.
        "TWILIO_FROM": SENDER,
        # E-mails go to the gateway as well, which shows them at /mail.
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": str(mail_port),
        "EMAIL_USE_TLS": "false",
        "MAIL_FROM": "fravaer@demo.invalid",
    }


def environment_with(settings: Mapping[str, str]) -> dict[str, str]:
    """This process's environment with these settings, and without what would contradict them."""
    kept = {name: value for name, value in os.environ.items() if name not in _LEFT_OUT}
    return {**kept, **settings, "PYTHONUNBUFFERED": "1"}


def _account(known: Secrets) -> str:
    return "AC" + hashlib.sha256(known.gateway_token.encode()).hexdigest()[:32]


def _bring_up_to_date(supervisor: Supervisor, environment: Mapping[str, str]) -> None:
    """Make what tables and collected static files lack."""
    manage = [sys.executable, "manage.py"]
    steps = {"Bringing the tables up to date": [*manage, "migrate", "--no-input", "--verbosity=0"]}
    # The collected files are shared by all that run from here; what one of them serves is never taken away.
    beside = ROOT / ".fravaer"
    beside.mkdir(exist_ok=True)
    with (beside / "static.mark").open("a+") as mark:
        fcntl.flock(mark, fcntl.LOCK_EX)
        mark.seek(0)
        look = _look_of_static_files()
        if mark.read() != look or not (ROOT / "staticfiles" / "staticfiles.json").exists():
            steps["Collecting the static files"] = [*manage, "collectstatic", "--no-input", "--verbosity=0"]
        say("; ".join(steps) + " ...")
        supervisor.finish(steps, environment=environment)
        mark.truncate(0)
        mark.write(look)


def _fill(supervisor: Supervisor, environment: Mapping[str, str], pupils: int) -> None:
    """Put a municipality into an empty database."""
    if _is_empty(environment["DATABASE_URL"]):
        manage = [sys.executable, "manage.py"]
        say(f"Making a municipality with {pupils} pupils and two school years ...")
        making = [
            *manage,
            "make_municipality",
            f"--pupils={pupils}",
            "--seed=1",
            "--school-years=2",
            "--verbosity=0",
        ]
        supervisor.finish({"Making the municipality": making}, environment=environment)


def _look_of_static_files() -> str:
    """What the collected files stand on: the sources as they lie there, and the libraries that bring some."""
    looks = [hashlib.sha256((ROOT / "requirements" / "runtime.txt").read_bytes()).hexdigest()]
    for file in sorted((ROOT / "static").rglob("*")):
        about = file.stat()
        looks.append(f"{file.relative_to(ROOT)} {about.st_size} {about.st_mtime_ns}")
    return hashlib.sha256("\n".join(looks).encode()).hexdigest()


def _is_empty(database_url: str) -> bool:
    import psycopg2

    with closing(psycopg2.connect(database_url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT NOT EXISTS (SELECT FROM schools_municipality)")
        row = cursor.fetchone()
    assert row is not None
    return bool(row[0])


def _services(
    folder: Path, environment: Mapping[str, str], port: int, gateway_port: int
) -> Iterator[Service]:
    """The processes beside the servers, web first."""
    logs = folder / "logs"
    python = sys.executable
    celery = [python, "-m", "celery", "--app", "fravaer.celery", "--quiet"]
    # As in production: neither pages nor jobs come as the owner of the tables.
    owner = environment["DATABASE_URL"]
    pages = {**environment, "DATABASE_URL": as_role(owner, APP)}
    jobs = {**environment, "DATABASE_URL": as_role(owner, JOB)}
    yield Service(
        "web",
        [
            *(python, "-m", "gunicorn", "fravaer.wsgi:application", "--bind", f"127.0.0.1:{port}"),
            *("--graceful-timeout", "3"),
        ],
        logs / "web.log",
        pages,
    )
    yield Service(
        "gateway",
        [
            *(
                python,
                "-m",
                "tools.gateway",
                "--port",
                str(gateway_port),
                "--state",
                folder / "gateway.sqlite3",
            ),
            *("--account-sid", environment["TWILIO_ACCOUNT_SID"]),
            *("--auth-token", environment["TWILIO_AUTH_TOKEN"]),
            *("--inbound", f"http://127.0.0.1:{port}/sms/inbound"),
            *("--mail-port", environment["EMAIL_PORT"]),
        ],
        logs / "gateway.log",
    )
    yield Service(
        "worker",
        [*celery, "worker", "--queues", "default,sms", "--pool", "threads", "--concurrency", "4"],
        logs / "worker.log",
        jobs,
    )
    (folder / "beat").mkdir(exist_ok=True)
    yield Service(
        "beat",
        [*celery, "beat", "--schedule", folder / "beat" / "schedule", "--pidfile="],
        logs / "beat.log",
        jobs,
        # Beat keeps when it last asked for what; asked to stop, it writes that down.
        death_signal=signal.SIGTERM,
    )
