"""How does an app on a telephone take its key over from the screen?

By a QR code, drawn by the server as one path: nothing is fetched for it and nothing is styled, so that a strict content security
policy has nothing to forbid.
"""

from __future__ import annotations

from dataclasses import dataclass

import segno

# As many light modules around it as a reader needs (ISO/IEC 18004).
QUIET = 4


@dataclass(frozen=True, slots=True)
class Picture:
    """The dark modules as an SVG path, in a square so many modules wide."""

    size: int
    path: str


def picture(text: str) -> Picture:
    """The QR code of the text. Up to a seventh of it may be hidden, by a reflection or a thumb."""
    rows = segno.make_qr(text, error="m").matrix
    runs = []
    for y, row in enumerate(rows, QUIET):
        # Dark modules side by side are one stroke.
        x = 0
        while x < len(row):
            wide = 0
            while x + wide < len(row) and row[x + wide]:
                wide += 1
            if wide:
                runs.append(f"M{x + QUIET} {y}h{wide}v1h-{wide}z")
            x += wide + 1
    return Picture(len(rows) + 2 * QUIET, "".join(runs))
