"""Does anybody know of a weakness in one of the libraries?"""

import json
import subprocess
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.processes import say
from tools.surroundings import ROOT

LOCKS = tuple(ROOT / "requirements" / f"{name}.txt" for name in ("runtime", "demo", "dev"))
# What the process ends with when nobody could be asked: neither well nor ill.
UNASKED = 3
_SECONDS = 300


@dataclass(frozen=True)
class Weakness:
    """A library, the version in use, what the weakness is called and the versions without it."""

    library: str
    version: str
    called: str
    fixed_in: tuple[str, ...]


class NobodyAnswered(Exception):
    """The database of weaknesses could not be reached, or did not answer in its own words."""


def describe(parser: ArgumentParser) -> None:
    """What the verb takes."""
    parser.add_argument(
        "--service", default="", help="address of a copy of the OSV database, on a network without a way out"
    )


def run(arguments: Namespace) -> int:
    """Ask about every library of the locks: 0 when none is known to be weak, 1 when one is, 3 when nobody answered."""
    try:
        known = weaknesses(LOCKS, arguments.service)
    except NobodyAnswered as refusal:
        say(f"Nobody could be asked whether a library is known to be weak: {refusal}")
        say("This is no answer. Run ./dev audit where there is a network before anything is released.")
        return UNASKED
    for one in known:
        cure = f"fixed in {', '.join(one.fixed_in)}" if one.fixed_in else "no version without it yet"
        say(f"{one.library} {one.version}: {one.called}, {cure}")
    say("" if known else "No library is known to be weak.")
    return 1 if known else 0


def weaknesses(locks: Sequence[Path], service: str = "") -> list[Weakness]:
    """What is known about the pinned versions. Nothing is resolved or installed. Raises NobodyAnswered."""
    command = [sys.executable, "-m", "pip_audit", "--vulnerability-service", "osv", "--format", "json"]
    command += ["--require-hashes", "--disable-pip", "--progress-spinner", "off", "--timeout", "10"]
    command += [part for lock in locks for part in ("--requirement", str(lock))]
    command += ["--osv-url", service] if service else []
    try:
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise NobodyAnswered("the database took too long.") from None
    try:
        found = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError, TypeError):
        raise NobodyAnswered(_why(done.stderr)) from None
    if skipped := [one["name"] for one in found if "vulns" not in one]:
        raise NobodyAnswered(f"nothing was said about {', '.join(skipped)}.")
    return [
        Weakness(one["name"], one["version"], weak["id"], tuple(weak["fix_versions"]))
        for one in found
        for weak in one["vulns"]
    ]


def _why(said: str) -> str:
    last = said.strip().splitlines()[-1] if said.strip() else ""
    if "Failed to resolve" in last or "Connection" in last or "Timeout" in last:
        return "the database of weaknesses (OSV) cannot be reached from here."
    return last[:300] or "pip-audit said nothing."
