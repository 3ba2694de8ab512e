"""Weaknesses of libraries are asked for, said, and never passed over in silence."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tools import auditing, sbom
from tools.surroundings import free_port

WEAK = {
    "id": "GHSA-synthetic",
    "modified": "2026-01-01T00:00:00Z",
    "published": "2026-01-01T00:00:00Z",
    "summary": "A weakness that does not exist",
    "aliases": [],
    "affected": [
        {
            "package": {"name": "weak", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.1"}]}],
        }
    ],
}


class Database(BaseHTTPRequestHandler):
    """Answers as the OSV database does, and knows of one weakness."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        said = {"vulns": [WEAK]} if asked["package"]["name"] == "weak" else {}
        body = json.dumps(said).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture
def database() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Database)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/v1/query"
    server.shutdown()
    server.server_close()


def test_87_a_known_weakness_is_named_and_no_answer_is_none(database: str, tmp_path: Path) -> None:
    lock = tmp_path / "lock.txt"
    pins = ("weak==2.0", "sound==1.0")
    lock.write_text("".join(f"{pin} \\\n    --hash=sha256:{'0' * 64}\n" for pin in pins))
    assert auditing.weaknesses([lock], database) == [
        auditing.Weakness("weak", "2.0", "GHSA-synthetic", ("2.1",))
    ]
    with pytest.raises(auditing.NobodyAnswered, match="cannot be reached"):
        auditing.weaknesses([lock], f"http://127.0.0.1:{free_port()}/")


def test_87_what_the_product_is_made_of_stands_with_versions_hashes_and_licences() -> None:
    bill = {part.name: part for part in sbom.bill().components}
    pinned = {one.partition("==")[0] for one in sbom.LOCK.read_text().splitlines() if "==" in one}
    assert set(bill) == {name.partition("[")[0] for name in pinned} | {"dkfds"}
    django = bill["django"]
    assert str(django.purl) == f"pkg:pypi/django@{django.version}"
    assert len(django.hashes) >= 2
    assert [str(getattr(one, "name", "")) for one in django.licenses] == ["BSD-3-Clause"]
