"""Does the product work on this machine, from the register in the class to the parent's phone?"""

import re
import time

import requests

from tools.processes import say
from tools.servers import folder_of_its_own
from tools.stack import Stack, stack_in
from tools.surroundings import Problem, free_port
from tools.visiting import Page, Visitor, form_with

_PUPILS = 400
_REGISTER = re.compile(r"/r/\d+/[\d-]+/morgen/$")
_NOT_HERE = "I"
# The demonstration's story: a pupil of the teacher's class, with two parents whose telephones are in order.
_PUPIL = "Nora Vestergaard"
_PARENTS = 2


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
            told = guardians_told(stack, seconds=120)
            if teacher.open("/sms/").html.count(_PUPIL) != told:
                raise Problem("The page of messages does not show what the phones got.")
        say(f"Both parents got one message each, and the teacher sees that {told} were delivered.")
    say(f"The demo works; that took {time.monotonic() - began:.0f} seconds.")
    return 0


def take_register(teacher: Visitor, board: Page) -> int:
    """Take the register of the story's class, with its pupil not there; answers the class's size.

    Raises:
        Problem: there is no such register on the teacher's board, or it was not saved.
    """
    for address in filter(_REGISTER.search, board.links):
        form = form_with(teacher.open(address), name="version")
        missing = {mark: _NOT_HERE for mark, name in form.legends.items() if name.endswith(_PUPIL)}
        if missing:
            page = teacher.submit(form, missing)
            if not page.url.endswith("/receipt/"):
                raise Problem(f"{address} was saved, but no receipt came.")
            return len(form.choices)
    raise Problem(f"{board.url} offers no register with {_PUPIL}.")


def guardians_told(stack: Stack, *, seconds: float) -> int:
    """How many phones got a message, when all of them have theirs.

    Raises:
        Problem: not all did in time, or one got more than one.
    """
    phones: list[str] = []

    def all_delivered() -> bool:
        messages = requests.get(f"{stack.gateway_url}/ledger", timeout=10).json()["messages"]
        phones[:] = [message["to"] for message in messages if message["status"] == "delivered"]
        return len(phones) >= _PARENTS

    stack.supervisor.wait_until(all_delivered, what="A message delivered to each parent", seconds=seconds)
    if len(phones) != _PARENTS or len(set(phones)) != _PARENTS:
        raise Problem(f"{_PARENTS} parents were to get one message each, but the phones got {len(phones)}.")
    return len(phones)
