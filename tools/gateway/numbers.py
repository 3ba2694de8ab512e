"""What happens to a message because of the number it is sent to?

The table in the package's docstring, as data. The last four digits decide; every other number is simply
delivered.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

WELL_FORMED = re.compile(r"\+[1-9]\d{6,14}")
SUFFIX_DIGITS = 4


class Mishap(Enum):
    """What goes wrong with a create; BEFORE means that nothing was accepted, AFTER that the message was."""

    TOO_MANY = "429"
    ERROR_BEFORE = "500 before"
    ERROR_AFTER = "500 after"
    UNAVAILABLE = "503"
    HANG_BEFORE = "hang before"
    HANG_AFTER = "hang after"
    RESET_BEFORE = "reset before"
    RESET_AFTER = "reset after"
    GARBLED_AFTER = "garbled after"

    @property
    def accepts(self) -> bool:
        return self in (Mishap.ERROR_AFTER, Mishap.HANG_AFTER, Mishap.RESET_AFTER, Mishap.GARBLED_AFTER)


class Calls(Enum):
    """How the status callbacks of one message are made."""

    NORMAL = "normal"
    DUP = "dup"
    SHUFFLE = "shuffle"
    DUP_SHUFFLE = "dup+shuffle"
    NONE = "none"
    EARLY = "early"


@dataclass(frozen=True)
class Behaviour:
    """One row of the table.

    ``end`` is the last status ("sent" and "queued" mean that none follows), ``error`` its code, ``delays``
    the number of delays between sent and end, ``says`` the explanation shown on the page.
    """

    says: str = "Leveres"
    refusal: int | None = None
    end: str = "delivered"
    error: int | None = None
    delays: float = 1.0
    calls: Calls | None = None
    mishap: Mishap | None = None
    every_time: bool = False


ORDINARY = Behaviour()
BY_SUFFIX: dict[str, Behaviour] = {
    "9901": Behaviour("Afvises: nummeret er ikke gyldigt", refusal=21211),
    "9902": Behaviour("Afvises: fastnettelefon", refusal=21614),
    "9903": Behaviour("Afvises: modtageren har frabedt sig sms", refusal=21610),
    "9904": Behaviour("Afvises: ingen vej til nummeret", refusal=21612),
    "9905": Behaviour("Afvises: landet er ikke åbnet", refusal=21408),
    "9911": Behaviour("Leveres ikke: telefonen kan ikke nås", end="undelivered", error=30003),
    "9912": Behaviour("Leveres ikke: ukendt nummer", end="undelivered", error=30005),
    "9913": Behaviour("Leveres ikke: fastnettelefon", end="undelivered", error=30006),
    "9914": Behaviour("Leveres ikke: stoppet af teleselskabets filter", end="undelivered", error=30007),
    "9915": Behaviour("Sendes ikke: køen er fuld", end="failed", error=30001),
    "9916": Behaviour("Leveres sent", delays=15.0),
    "9917": Behaviour("Sendes, men bliver aldrig bekræftet", end="sent"),
    "9918": Behaviour("Leveres, men skolen får det aldrig at vide", calls=Calls.NONE),
    "9919": Behaviour("Bliver i køen, til fristen er gået", end="queued"),
    "9921": Behaviour("Leveres, hver kvittering kommer to gange", calls=Calls.DUP),
    "9922": Behaviour("Leveres, kvitteringerne kommer i omvendt orden", calls=Calls.SHUFFLE),
    "9923": Behaviour("Leveres, kvitteringen kommer før svaret", calls=Calls.EARLY),
    "9931": Behaviour("Første forsøg: for mange på én gang (429)", mishap=Mishap.TOO_MANY),
    "9932": Behaviour("Første forsøg: fejl 500, ikke modtaget", mishap=Mishap.ERROR_BEFORE),
    "9933": Behaviour("Første forsøg: fejl 500, men modtaget", mishap=Mishap.ERROR_AFTER),
    "9934": Behaviour("Første forsøg: intet svar, ikke modtaget", mishap=Mishap.HANG_BEFORE),
    "9935": Behaviour("Første forsøg: intet svar, men modtaget", mishap=Mishap.HANG_AFTER),
    "9936": Behaviour("Første forsøg: forbindelsen afbrydes, men modtaget", mishap=Mishap.RESET_AFTER),
    "9937": Behaviour("Første forsøg: forbindelsen afbrydes, ikke modtaget", mishap=Mishap.RESET_BEFORE),
    "9938": Behaviour("Første forsøg: ulæseligt svar, men modtaget", mishap=Mishap.GARBLED_AFTER),
    "9939": Behaviour("Altid fejl 503", mishap=Mishap.UNAVAILABLE, every_time=True),
}


def behaviour(number: str) -> Behaviour:
    """The row of the table for ``number``, an E.164 number."""
    return BY_SUFFIX.get(number[-SUFFIX_DIGITS:], ORDINARY)


def mishap(number: str, earlier_creates: int) -> Mishap | None:
    """What the number's own row does to the next create after ``earlier_creates`` to the same number."""
    row = behaviour(number)
    if row.every_time or earlier_creates % 2 == 0:
        return row.mishap
    return None


def is_well_formed(number: str) -> bool:
    """Whether ``number`` is E.164: a plus and 7 to 15 digits; a Danish one has eight, the first 2 to 9."""
    if not WELL_FORMED.fullmatch(number):
        return False
    return not number.startswith("+45") or re.fullmatch(r"\+45[2-9]\d{7}", number) is not None
