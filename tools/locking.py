"""Which exact versions of the libraries are used, so that every machine has the same ones?"""

import subprocess
import sys
from argparse import ArgumentParser, Namespace

from tools.processes import say
from tools.surroundings import ROOT, Problem

_SETS = ("bootstrap", "runtime", "demo", "dev")
"""Each is constrained by the ones before it, by its own ``-c`` lines."""


def describe(parser: ArgumentParser) -> None:
    """What the verb takes."""
    parser.add_argument(
        "--upgrade", action="store_true", help="take newer versions where the .in files allow"
    )


def run(arguments: Namespace) -> int:
    """Write requirements/*.txt from requirements/*.in: names, versions and hashes, nothing else."""
    for name in _SETS:
        say(f"Resolving {name} ...")
        command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal"]
        command += ["--python-version", "3.11", "--generate-hashes", "--no-header", "--no-annotate"]
        command += ["--upgrade"] if arguments.upgrade else []
        command += [f"requirements/{name}.in", "--output-file", f"requirements/{name}.txt"]
        if subprocess.run(command, cwd=ROOT, check=False).returncode != 0:
            raise Problem(f"requirements/{name}.in could not be resolved (see above).")
    return 0
