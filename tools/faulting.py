"""What is lost and what is doubled when something fails in the middle of a morning? Measured, and written down."""

from __future__ import annotations

import re
import time
from argparse import ArgumentParser, Namespace

from tools.faults import runs
from tools.faults.ground import Outcome, ground_in
from tools.faults.runs import RUNS, Run
from tools.processes import say
from tools.servers import folder_of_its_own
from tools.surroundings import ROOT, Problem

PAGE = ROOT / "docs" / "sms-guarantees.md"
BETWEEN = re.compile(r"(<!-- measured -->\n).*?(<!-- end -->)", re.DOTALL)
HEAD = (
    "| fault | promised | messages | lost | doubled | left to a person | late | wrongly claimed |\n"
    "| --- | --- | --- | --- | --- | --- | --- | --- |\n"
)


def describe(parser: ArgumentParser) -> None:
    """What the verb takes."""
    parser.add_argument("--messages", type=int, default=1000, help="messages of each fault (1000)")
    parser.add_argument("--only", nargs="*", metavar="NAME", help=", ".join(one.name for one in RUNS))
    parser.epilog = (
        "Starts servers of its own. All faults with 1,000 messages take about a quarter of an hour; the table of "
        "docs/sms-guarantees.md is written when none is left out."
    )


def run_all(messages: int, chosen: list[Run]) -> list[tuple[Run, Outcome]]:
    """Every fault one after another, each with a school of its own. Raises Problem where a run came to no end."""
    found = []
    with (
        folder_of_its_own("faults") as folder,
        ground_in(folder, messages=messages, schools=len(chosen)) as ground,
    ):
        for one in chosen:
            outcome = runs.run(one, ground)
            say(
                f"{one.name:<16} {outcome.messages} messages, {outcome.lost} lost, {outcome.doubled} doubled, "
                f"{outcome.left} left to a person, {outcome.late} late, {outcome.claimed} wrongly claimed "
                f"({outcome.seconds:.0f} s)"
            )
            found.append((one, outcome))
    return found


def run(arguments: Namespace) -> int:
    """Measure; answers 0 where nothing was lost, doubled, late or wrongly claimed."""
    began = time.monotonic()
    chosen = [one for one in RUNS if not arguments.only or one.name in arguments.only]
    found = run_all(arguments.messages, chosen)
    if len(chosen) == len(RUNS):
        write(found)
        say(f"{PAGE.relative_to(ROOT)} is written.")
    say(f"That took {time.monotonic() - began:.0f} seconds.")
    return 0 if all(outcome.clean for _, outcome in found) else 1


def write(found: list[tuple[Run, Outcome]]) -> None:
    """Put the table into the page. Raises Problem where the page has no place for it."""
    rows = "".join(
        f"| {one.fault} | {one.promised} | {outcome.messages:,} | {outcome.lost} | {outcome.doubled} | {outcome.left} "
        f"| {outcome.late} | {outcome.claimed} |\n"
        for one, outcome in found
    )
    text, places = BETWEEN.subn(lambda match: match[1] + HEAD + rows + match[2], PAGE.read_text())
    if places != 1:
        raise Problem(f"{PAGE} has no place for the table.")
    PAGE.write_text(text)
