"""Does the web server, as it is set up, let a busy or silent connection stand in nobody's way?"""

from __future__ import annotations

import http.client
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from time import monotonic

import pytest

from tools.surroundings import ROOT, free_port

# Answers with the number of its process; `/slow` after a second.
APPLICATION = """
import os, time

def application(environ, start_response):
    if environ["PATH_INFO"] == "/slow":
        time.sleep(1)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode()]
"""


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """Two processes of the server with the product's own settings."""
    (tmp_path / "small.py").write_text(APPLICATION)
    port = free_port()
    command = [
        *(sys.executable, "-m", "gunicorn", "small:application", "--config", str(ROOT / "gunicorn.conf.py")),
        *("--bind", f"127.0.0.1:{port}", "--workers", "2", "--chdir", str(tmp_path), "--log-level", "error"),
    ]
    server = subprocess.Popen(command)
    try:
        give_up = monotonic() + 20
        while not _listens(port):
            assert server.poll() is None, "the web server did not start"
            assert monotonic() < give_up, "the web server did not answer"
        yield port
    finally:
        server.terminate()
        server.wait()


def _listens(port: int) -> bool:
    try:
        return asked(port, "/") != ""
    except OSError:
        return False


def asked(port: int, path: str) -> str:
    """Which process answered; an error when none did for four seconds."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=4)) as connection:
        connection.request("GET", path)
        return connection.getresponse().read().decode()


def test_a_connection_that_says_nothing_keeps_nobody_waiting(port: int) -> None:
    silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(4)]
    assert asked(port, "/")
    for one in silent:
        one.close()


def test_nobody_stands_in_line_behind_a_busy_process_while_another_is_free(port: int) -> None:
    with ThreadPoolExecutor(1) as elsewhere:
        slow = elsewhere.submit(asked, port, "/slow")
        quick = []
        while not slow.done():
            begun = monotonic()
            asked(port, "/")
            quick.append(monotonic() - begun)
    assert slow.result()
    assert len(quick) > 5
    assert max(quick) < 0.9
