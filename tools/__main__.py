"""Which tool answers which verb of ``./dev``?"""

import importlib
import signal
import sys
from argparse import ArgumentParser, Namespace
from types import FrameType

from tools.processes import Terminated
from tools.surroundings import Problem

VERBS = {
    "demo": ("tools.demo", "the whole product on real servers, with a realistic municipality"),
    "test": ("tools.testing", "all tests, against real servers"),
    "check": ("tools.checking", "everything that is checked without running the product"),
    "bench": ("tools.benching", "how fast the product is, against a bare yardstick"),
    "faults": ("tools.faulting", "what is lost and doubled when parts are killed, frozen or made to lie"),
    "audit": ("tools.auditing", "ask whether a library is known to be weak"),
    "sbom": ("tools.sbom", "write down what the product is made of (CycloneDX)"),
    "papers": ("tools.papers", "write the municipality's record of processing from the tables"),
    "lock": ("tools.locking", "resolve the libraries anew and write requirements/*.txt"),
    "manage": ("tools.managing", "manage.py against the running demo's database"),
    "screenshots": ("tools.screenshots", "take the pictures of the README from a demo of its own"),
    "serve": ("tools.serve", "only a database and a broker, until Ctrl-C"),
}
PASSED_ON = {"test", "bench", "manage"}
"""The verbs whose arguments belong to the tool behind."""


def main() -> int:
    """Run the verb; answers the exit code."""
    # A shell starts what it puts into the background deaf to Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        verb, rest = sys.argv[1], sys.argv[2:]
        tool = importlib.import_module(VERBS[verb][0])
        parser = ArgumentParser(prog=f"./dev {verb}", description=(tool.__doc__ or "").strip())
        tool.describe(parser)
        if verb in PASSED_ON and rest not in (["-h"], ["--help"]):
            return int(tool.run(Namespace(rest=rest)))
        return int(tool.run(parser.parse_args(rest)))
    except Problem as problem:
        print(f"\n{problem}", file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        return 130


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise Terminated


if __name__ == "__main__":
    sys.exit(main())
