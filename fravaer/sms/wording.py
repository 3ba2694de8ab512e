"""What does the message say, and may it leave the house?

Texts are files, one for each kind and language under `templates/sms/texts/`, with four fields and no others: the pupil's
given name, the school, its telephone and the time of the message being corrected. What must never stand in an SMS is
refused by code: CPR numbers, surnames, addresses of the web, and words about the reason, percentages or a case
(Datatilsynet: sensitive and confidential content is not sent by SMS). Danish carriers stop messages with links.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Formatter

from fravaer.sms.states import Kind

TEXTS = Path(__file__).resolve().parent.parent.parent / "templates" / "sms" / "texts"
FIELDS = frozenset({"given_name", "school", "phone", "time"})
FALLBACK_LANGUAGE = "da"
# A text that names nobody and needs no telephone number.
NEUTRAL = "_neutral"

GSM7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
# These take two places each.
GSM7_EXTENSION = frozenset("\f^{}\\[~]|€")
# Typographic signs that would make a whole SMS dearer and say no more than the plain ones.
PLAIN = str.maketrans(
    {"’": "'", "‘": "'", "´": "'", "`": "'", "“": '"', "”": '"', "„": '"', "–": "-", "—": "-", "…": "..."}
    | {"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u200b": "", "\u200c": "", "\u200d": "", "\ufeff": ""}
)

CPR = re.compile(r"(?<!\d)\d{6}[- ]?\d{4}(?!\d)")
LINK = re.compile(r"https?:|www\.|\w\.(?:dk|com|net|org|eu|info|app|io|nu|se|no|de)\b|@\w", re.IGNORECASE)
WORDS = re.compile(
    r"\b(?:cpr\w*|syg\w*|ill(?:ness)?|sick\w*|diagnos\w*|procent\w*|per ?cent\w*|ulovlig\w*|unlawful\w*|pjæk\w*|truan\w*|"
    r"sag(?:en|s\w*)?|case\w*|underretning\w*|foranstaltning\w*|varsling\w*|ydelse\w*|benefit\w*|anbragt\w*|misbrug\w*)\b|%",
    re.IGNORECASE,
)


class TextRefused(Exception):
    """The text may not leave the house; the message names the rule, never the content."""


@dataclass(frozen=True, slots=True)
class Fields:
    """What a text may be filled with. `family_name` is never written: it is what the text is searched for."""

    given_name: str
    family_name: str
    school: str
    phone: str = ""
    time: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """A finished text with its origin: the file's name, the version (the start of its hash) and the language it is in."""

    body: str
    name: str
    version: str
    language: str
    encoding: str
    segments: int

    @property
    def sha256(self) -> bytes:
        return hashlib.sha256(self.body.encode()).digest()


def compose(kind: Kind, language: str, fields: Fields, *, names_pupil: bool) -> Text:
    """The text of a message. Where the pupil's name must not or cannot stand in it, the neutral one.

    Raises TextRefused when even the neutral text would carry something that may not leave.
    """
    if names_pupil and nameable(fields.given_name, fields.family_name):
        try:
            return _filled(kind.value, language, fields)
        except TextRefused:
            # The name itself reads like something forbidden, or the school has no telephone number.
            pass
    return _filled(kind.value + NEUTRAL, language, fields)


def nameable(given_name: str, family_name: str) -> bool:
    """Whether the given name can be shown: it is one, and no part of the surname stands in it."""
    given = set(re.findall(r"\w+", given_name.casefold()))
    return any(sign.isalpha() for sign in given_name) and not given & set(
        re.findall(r"\w+", family_name.casefold())
    )


def refusal(body: str) -> str | None:
    """The rule the text breaks, or None. The last gate, asked again before the provider is called."""
    for rule, pattern in (("cpr", CPR), ("link", LINK), ("word", WORDS)):
        if pattern.search(body):
            return rule
    return None


def segments(body: str) -> tuple[str, int]:
    """Encoding and number of SMS the text takes: 160 places of GSM-7 in one and 153 in each of several, UCS-2 70 and 67."""
    gsm7 = all(sign in GSM7 or sign in GSM7_EXTENSION for sign in body)
    if gsm7:
        widths, alone, joined = [2 if sign in GSM7_EXTENSION else 1 for sign in body], 160, 153
    else:
        widths, alone, joined = [2 if ord(sign) > 0xFFFF else 1 for sign in body], 70, 67
    count, used = 1, 0
    if sum(widths) > alone:
        # A sign of two places is never cut in half between two SMS.
        for width in widths:
            count, used = (count + 1, width) if used + width > joined else (count, used + width)
    return "gsm7" if gsm7 else "ucs2", count


def fields_of(text: str) -> set[str]:
    """The fields a text names. Raises TextRefused for any other than the four, and for anything done to one of them."""
    found: set[str] = set()
    try:
        parts = list(Formatter().parse(text))
    except ValueError as error:
        raise TextRefused("braces") from error
    for _literal, field, format_spec, conversion in parts:
        if field is None:
            continue
        if field not in FIELDS or format_spec or conversion:
            raise TextRefused("field")
        found.add(field)
    return found


@cache
def source(name: str, language: str) -> tuple[str, str]:
    """The text as filed, and the language it is in: Danish where the wanted one has no such file."""
    for candidate in (language, FALLBACK_LANGUAGE):
        path = TEXTS / candidate / f"{name}.txt"
        if re.fullmatch(r"[a-z]{2,3}", candidate) and path.is_file():
            return path.read_text(encoding="utf-8").strip(), candidate
    raise LookupError(f"there is no text {name!r}")


def _filled(name: str, language: str, fields: Fields) -> Text:
    text, language = source(name, language)
    values = {
        "given_name": _plain(fields.given_name),
        "school": _plain(fields.school),
        "phone": _danish(fields.phone),
        "time": fields.time,
    }
    if any(not values[field] for field in fields_of(text)):
        raise TextRefused("empty")
    body = _plain(text.format_map(values))
    if rule := refusal(body):
        raise TextRefused(rule)
    encoding, count = segments(body)
    version = hashlib.sha256(text.encode()).hexdigest()[:12]
    return Text(body, name, version, language, encoding, count)


def _danish(phone: str) -> str:
    """Eight digits, where it is a Danish number: ten in a row would read like a CPR number."""
    digits = re.sub(r"[\s-]", "", phone)
    return (
        digits.removeprefix("+45").removeprefix("0045") if re.fullmatch(r"[+\d]+", digits) else phone.strip()
    )


def _plain(text: str) -> str:
    """One form of every letter, plain punctuation, single spaces; letters of names are never exchanged."""
    return " ".join(unicodedata.normalize("NFC", text).translate(PLAIN).split())
