"""What can this machine do, and what is missing on it?"""

import ctypes.util
import errno
import os
import platform
import random
import shutil
import socket
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOME = Path(os.environ.get("FRAVAER_HOME") or ROOT / ".fravaer").resolve()
"""Everything the demo and the tests write lies here; git ignores it."""

BROWSER_CURE = "apt-get install chromium libatomic1"

# Below the range from which Linux takes the near end of outgoing connections, so that no passing
# connection can sit on a server's port while that server is being restarted.
_PORTS = range(20_000, 32_000)


class Problem(Exception):
    """Something is missing or went wrong; the message is fit to be printed alone and names the cure."""


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of 127.0.0.1 now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
    return True


def free_port() -> int:
    """A port of 127.0.0.1 on which nobody listens."""
    for _ in range(200):
        port = random.choice(_PORTS)
        if is_free(port):
            return port
    raise Problem("No free port was found between 20000 and 32000 on 127.0.0.1.")


def chromium() -> Path | None:
    """The Chromium that browser tests and screenshots drive, or None when there is none that would start."""
    named = os.environ.get("FRAVAER_CHROMIUM")
    if named:
        return Path(named) if Path(named).is_file() else None
    # The driver that steers the browser is linked with libatomic, which a bare Debian lacks.
    if platform.system() == "Linux" and ctypes.util.find_library("atomic") is None and not _has_libatomic():
        return None
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        found = shutil.which(name)
        if found:
            return Path(found)
    own = sorted(Path.home().glob(".cache/ms-playwright/chromium-*/chrome-linux*/chrome"))
    return own[-1] if own else None


def _has_libatomic() -> bool:
    """Whether the loader finds libatomic (``find_library`` needs ldconfig, which a user's PATH may lack)."""
    try:
        ctypes.CDLL("libatomic.so.1")
    except OSError:
        return False
    return True
