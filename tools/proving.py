"""Does the product work on this machine, from the register in the class to the parent's phone?"""

import re
import time

from tools.processes import say
from tools.servers import folder_of_its_own
from tools.stack import stack_in
from tools.surroundings import Problem, free_port
from tools.visiting import Page, Visitor, form_with

_PUPILS = 400
_REGISTER = re.compile(r"/r/\d+/[\d-]+/morgen/$")
_NOT_HERE = "I"


def proved() -> int:
    """Start a product of its own, go through a morning, and stop it; 0 when all of it held.

    Raises:
        Problem: the first thing that did not hold.
    """
    began = time.monotonic()
    with folder_of_its_own("check") as folder, stack_in(folder, port=free_port(), pupils=_PUPILS) as stack:
        well = "A job that beat asked for and a worker ran"
        stack.supervisor.wait_until(stack.is_well, what=well, seconds=90)
        say("Database, broker, beat and worker are well.")
        with Visitor(stack.url) as teacher:
            pupils = take_register(teacher, teacher.sign_in("laerer"))
        say(f"The teacher registered a class of {pupils}, with one pupil not there.")
    say(f"The demo works; that took {time.monotonic() - began:.0f} seconds.")
    return 0


def take_register(teacher: Visitor, board: Page) -> int:
    """Take the first register on the teacher's board, with its first pupil not there; answers the class's size.

    Raises:
        Problem: there is no register to take, or it was not saved.
    """
    registers = [link for link in board.links if _REGISTER.search(link)]
    if not registers:
        raise Problem(f"{board.url} offers no register.")
    form = form_with(teacher.open(registers[0]), name="version")
    pupils = list(form.choices)
    if not pupils:
        raise Problem(f"{registers[0]} shows no pupils.")
    page = teacher.submit(form, {pupils[0]: _NOT_HERE})
    if not page.url.endswith("/receipt/"):
        raise Problem(f"{registers[0]} was saved, but no receipt came.")
    return len(pupils)
