"""What does the database refuse of what was asked for by one person?

Everything else here is sums, agreements about them, or hashes of files: small groups are hidden by `reports/hiding`.
"""

from __future__ import annotations

from fravaer.core.walls import Wall

WALLS = {"reports_export": Wall("asked_by_id = (SELECT app_actor())")}

_SUMS = "sums of groups, without anybody's name"
_AGREED = "what was agreed about a unit's figures"
WITHOUT = {
    **dict.fromkeys(
        ("reports_draw", "reports_cell", "reports_spread", "reports_mover", "reports_pattern"), _SUMS
    ),
    **dict.fromkeys(("reports_snapshot", "reports_reference"), _SUMS),
    "reports_disposed": "which kinds of data went, and up to which day",
    **dict.fromkeys(
        ("reports_target", "reports_annotation", "reports_initiative", "reports_approval"), _AGREED
    ),
    **dict.fromkeys(("reports_wheelitem",), _AGREED),
    "reports_wheelfeed": "hashes of secret addresses, read before anybody acts",
    "reports_dataset": "how many rows a file held, and its hash",
    "reports_delivery": "which file was delivered when",
}
