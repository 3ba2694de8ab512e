"""How does the web server run? Gunicorn reads this by itself where it is started; what its command line says holds instead."""

import gc
import os
from pathlib import Path

# Processes and no threads: of two requests in one process each waits for the other's every step.
workers = int(os.environ.get("WEB_CONCURRENCY", "4"))
worker_class = "gthread"
threads = 1
graceful_timeout = 25
control_socket_disable = True
# The product is loaded once and shared by the processes.
preload_app = True
# A sign of life must not wait for a disk.
_shared_memory = Path("/dev/shm")  # noqa: S108
worker_tmp_dir = str(_shared_memory) if os.access(_shared_memory, os.W_OK) else None


def when_ready(_server: object) -> None:
    """Take what was loaded out of the garbage collector's rounds: they would stop a request for nothing."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)
