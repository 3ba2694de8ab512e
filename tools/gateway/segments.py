"""How many SMS segments does a text take?

GSM 7-bit default alphabet (3GPP TS 23.038): 160 characters in one segment, 153 in each of several; any other
character makes the whole text UCS-2: 70 and 67.
"""

from __future__ import annotations

GSM_7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_7_ESCAPED = frozenset("^{}\\[~]|€\f")


def segments(text: str) -> int:
    """The number of segments ``text`` is sent in, at least one."""
    if all(sign in GSM_7 or sign in GSM_7_ESCAPED for sign in text):
        units = len(text) + sum(sign in GSM_7_ESCAPED for sign in text)
        alone, joined = 160, 153
    else:
        units = len(text.encode("utf-16-be")) // 2
        alone, joined = 70, 67
    return 1 if units <= alone else -(-units // joined)
