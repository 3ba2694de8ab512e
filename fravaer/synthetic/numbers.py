"""Which telephone numbers can reach nobody?

Denmark sets no numbers aside for fiction. The series 68 is one of those the published Danish numbering plan holds in
reserve, and no operator is known to have a block of it, so no network has anywhere to route a call or a message. To a
validator of phone numbers it looks like any other Danish number. Should the authority open the series, this is the one
place to change.
"""

from __future__ import annotations

from random import Random

SERIES = "+4568"
DIGITS = 6
# The local SMS gateway lets numbers that end so misbehave, each in its own way; only those who are meant to get one.
MISBEHAVING = "99"
SWITCHED_OFF = "9911"


class Numbers:
    """Numbers of the series, none of them twice."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._used: set[int] = set()
        self._switched_off = 0

    def next(self) -> str:
        """A number at which the local gateway delivers."""
        while True:
            number = self._random.randrange(10**DIGITS)
            text = f"{number:0{DIGITS}d}"
            if number not in self._used and text[-4:-2] != MISBEHAVING:
                self._used.add(number)
                return SERIES + text

    def switched_off(self) -> str:
        """A number at which the local gateway reaches nobody; an ordinary one when there are no more of them."""
        head = self._switched_off
        if head >= 10 ** (DIGITS - len(SWITCHED_OFF)):
            return self.next()
        self._switched_off += 1
        return f"{SERIES}{head:0{DIGITS - len(SWITCHED_OFF)}d}{SWITCHED_OFF}"
