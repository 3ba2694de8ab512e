"""How does the web server run? Gunicorn reads this by itself where it is started; what its command line says holds instead."""

import gc
import os
import socket
from pathlib import Path
from typing import Any

# Processes and no threads: of two requests in one process each waits for the other's every step.
workers = int(os.environ.get("WEB_CONCURRENCY", "4"))
worker_class = "gthread"
threads = 1
# A process takes one connection at a time and keeps none open: those who wait stand in one line before all processes, and
# nobody behind a busy one while another is free. The proxy in front keeps browsers' connections open.
worker_connections = 1
keepalive = 0
graceful_timeout = 25
control_socket_disable = True
# The product is loaded once and shared by the processes.
preload_app = True
# Where an access log is asked for, a line has the path and not what it was asked with, and names no browser and no page before.
access_log_format = '%(t)s %(h)s "%(m)s %(U)s %(H)s" %(s)s %(B)s %(M)s'
# A sign of life must not wait for a disk.
_shared_memory = Path("/dev/shm")  # noqa: S108
worker_tmp_dir = str(_shared_memory) if os.access(_shared_memory, os.W_OK) else None


# Seconds for which a connection may say nothing before anybody looks at it.
SILENT = 30


def when_ready(server: Any) -> None:
    """Before the first process is made: nobody waits for a connection that was opened for later, as browsers do; and what
    was loaded is taken out of the garbage collector's rounds, which would stop a request for nothing."""
    if hasattr(socket, "TCP_DEFER_ACCEPT"):
        for listener in server.LISTENERS:
            if listener.sock.family != socket.AF_UNIX:
                listener.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, SILENT)
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)
