"""Would the image and the compose file start what they say? No container engine is needed to see that.

The schema is looked at by hand, and every command is run as far as its own help.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("migrate", "web", "worker", "beat")
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def instructions(name: str) -> list[str]:
    """What follows an instruction of the Dockerfile, each on one line."""
    joined = DOCKERFILE.replace("\\\n", " ")
    return re.findall(rf"^(?:HEALTHCHECK .*)?{name} (.*)$", joined, re.MULTILINE)


def command_of(service: str) -> list[str]:
    """The command a service of ours runs: its own, or the image's."""
    own: list[str] | None = SERVICES[service].get("command")
    image: list[str] = json.loads(instructions("CMD")[-1])
    return own or image


def test_the_owner_of_the_tables_migrates_and_neither_pages_nor_jobs_come_as_it() -> None:
    comes_as = {name: SERVICES[name]["environment"]["DATABASE_URL"].split(":")[1].strip("/") for name in OURS}
    assert comes_as == {
        "migrate": "fravaer",
        "web": "fravaer_app",
        "worker": "fravaer_job",
        "beat": "fravaer_job",
    }


def test_it_starts_the_product_and_what_it_needs_and_nothing_else() -> None:
    assert set(SERVICES) == {"postgres", "redis", *OURS}
    assert {service["image"] for name, service in SERVICES.items() if name in OURS} == {"fravaer"}


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_says_only_what_compose_understands(name: str) -> None:
    understood = {
        *("image", "build", "env_file", "environment", "read_only", "tmpfs", "cap_drop", "security_opt"),
        *("restart", "command", "volumes", "healthcheck", "depends_on", "ports", "stop_grace_period"),
    }
    service = SERVICES[name]
    assert set(service) <= understood
    assert service["restart"] in ("no", "unless-stopped")
    for needed, how in service.get("depends_on", {}).items():
        assert needed in SERVICES
        assert how["condition"] in ("service_healthy", "service_completed_successfully")
        if how["condition"] == "service_healthy":
            assert "test" in SERVICES[needed]["healthcheck"]
    for volume in service.get("volumes", []):
        source = volume.split(":")[0]
        assert (ROOT / source).is_file() if source.startswith("./") else source in COMPOSE["volumes"]


@pytest.mark.parametrize("name", OURS)
def test_the_product_runs_closed_in(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "USER 10001:10001" in DOCKERFILE


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_nothing_runs_before_the_tables_are_there(name: str) -> None:
    assert SERVICES[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"


@pytest.mark.parametrize("name", OURS)
def test_a_command_exists_and_understands_its_options(name: str) -> None:
    program, *arguments = command_of(name)
    if program != "python":
        arguments = ["-m", program, *arguments]
    if program == "gunicorn":
        arguments.insert(2, "--check-config")
    else:
        arguments.append("--help")
    result = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, "SECRET_KEY": "x" * 50},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_worker_listens_to_every_queue_the_settings_name(settings: Any) -> None:
    command = command_of("worker")
    queues = set(command[command.index("--queues") + 1].split(","))
    routed = {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()}
    assert queues == {settings.CELERY_TASK_DEFAULT_QUEUE, *routed}


def test_the_image_takes_along_all_that_the_product_reads_and_no_more() -> None:
    taken = {
        line[1:].rstrip("/") for line in (ROOT / ".dockerignore").read_text().splitlines() if line[0] == "!"
    }
    copied = {
        path.rstrip("/")
        for line in instructions("COPY")
        if not line.startswith("--from")
        for path in line.split()[:-1]
    }
    assert taken == copied
    assert all((ROOT / path).exists() for path in copied)
    assert {"fravaer", "templates", "static", "locale", "manage.py"} <= copied


def test_the_example_environment_names_what_compose_asks_for() -> None:
    asked = set(re.findall(r"\$\{(\w+)", (ROOT / "docker-compose.yml").read_text()))
    named = set(re.findall(r"^(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert asked <= named
