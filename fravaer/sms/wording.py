"""What does the message say, and may it leave the house?

Texts are files, one for each kind and language under `templates/sms/texts/`, unless a school or its municipality has put a
wording of its own in their place (`sms.texts`). They have five fields and no others: the pupil's given name, the school,
its telephone, the time of the message being corrected and the days missed. What must never stand in an SMS is refused by
code: CPR numbers, surnames, addresses of the web, and words about the reason, percentages or a case (Datatilsynet:
sensitive and confidential content is not sent by SMS). Danish carriers stop messages with links.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Formatter

from fravaer.sms.states import Kind

TEXTS = Path(__file__).resolve().parent.parent.parent / "templates" / "sms" / "texts"
FIELDS = frozenset({"given_name", "school", "phone", "time", "days"})
FALLBACK_LANGUAGE = "da"
# Languages whose files are sent as they are. A file of any other is no more than a proposal: nobody here reads it.
FILED_LANGUAGES = frozenset({"da", "en"})
# A text that names nobody and needs no telephone number.
NEUTRAL = "_neutral"
# A text to a number that can be answered.
REPLY = "_reply"
# Where half a day is written with a comma.
COMMA = frozenset({"da", "tr", "uk"})

# Wordings in place of the files: by the text's name and language, the words and the version they are.
Own = Mapping[tuple[str, str], tuple[str, str]]

GSM7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
# These take two places each.
GSM7_EXTENSION = frozenset("\f^{}\\[~]|€")
# Typographic signs that would make a whole SMS dearer and say no more than the plain ones.
PLAIN = str.maketrans(
    {
        "’": "'",
        "‘": "'",
        "´": "'",
        "`": "'",
        "“": '"',
        "”": '"',
        "„": '"',
        "‐": "-",
        "‑": "-",
        "–": "-",
        "—": "-",
        "…": "...",
    }
    | {"\u00a0": " ", "\u202f": " ", "\u2009": " "}
)

# Ten digits, however they are spaced.
CPR = re.compile(r"(?<!\d)\d\d[ .\-/]?\d\d[ .\-/]?\d\d[ .\-/]{0,3}\d{4}(?!\d)")
LINK = re.compile(
    r"https?:|www\.|\w\.(?:dk|com|net|org|eu|info|app|io|nu|se|no|de|ly|me|co|uk|ru|ua|tv|gl|fo|link|page|site|online|xyz|shop|click|top)\b"
    r"|@\w",
    re.IGNORECASE,
)
WORDS = re.compile(
    r"\b(?:cpr\w*|syg\w*|ill(?:ness)?|sick\w*|diagnos\w*|procent\w*|per ?cent\w*|ulovlig\w*|unlawful\w*|pjæk\w*|truan\w*|"
    r"sag(?:en|s\w*)?|case\w*|underretning\w*|foranstaltning\w*|varsling\w*|ydelse\w*|benefit\w*|anbragt\w*|misbrug\w*|"
    r"hasta\w*|yüzde\w*|хвор\w*|відсот\w*|مريض\w*|مرض\w*|boqolkiiba\w*|xanuun\w*)\b|[%٪‰]",
    re.IGNORECASE,
)
RULES = (("cpr", CPR), ("link", LINK), ("word", WORDS))
# Given names are letters and what joins them; anything else is no name to be sent.
JOINS = frozenset(" .'-")


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
    # Half-days missed; written as days.
    half_days: int = 0


@dataclass(frozen=True, slots=True)
class Text:
    """A finished text with its origin: the text's name, the version and the language it is in.

    The version of a file is the start of its hash; that of a school's or a municipality's own is what `sms.texts` says.
    """

    body: str
    name: str
    version: str
    language: str
    encoding: str
    segments: int

    @property
    def sha256(self) -> bytes:
        return hashlib.sha256(self.body.encode()).digest()


def compose(
    kind: Kind,
    language: str,
    fields: Fields,
    *,
    names_pupil: bool,
    own: Own | None = None,
    replies: bool = False,
) -> Text:
    """The text of a message. Where the pupil's name must not or cannot stand in it, the neutral one.

    `own` are the wordings in force for the school, where they differ from the files; `replies` says that the number it is
    sent from can be answered. Raises TextRefused when even the neutral text would carry something that may not leave.
    """
    name = kind.value + (REPLY if replies and kind == Kind.ABSENCE else "")
    if names_pupil and nameable(fields.given_name, fields.family_name):
        try:
            return _filled(name, language, fields, own or {})
        except TextRefused:
            # The name itself reads like something forbidden, or the school has no telephone number.
            pass
    return _filled(name + NEUTRAL, language, fields, own or {})


def nameable(given_name: str, family_name: str) -> bool:
    """Whether the given name can be shown: it is one, letters alone, and no part of the surname stands in it."""
    signs = plain(given_name)
    if not all(unicodedata.category(sign)[0] in "LM" or sign in JOINS for sign in signs):
        return False
    if not any(sign.isalpha() for sign in signs):
        return False
    given, family = _bare(given_name), set(re.findall(r"\w+", _bare(family_name)))
    if family & set(re.findall(r"\w+", given)):
        return False
    return not any(len(part) >= 4 and part in given for part in family)


def refusal(body: str) -> str | None:
    """The rule the text breaks, or None. The last gate, asked again before the provider is called."""
    found = offence(body)
    return found[0] if found else None


def offence(body: str) -> tuple[str, str] | None:
    """The rule the text breaks and the words that break it, for whoever wrote them. Disguised digits and signs count."""
    for form in (body, _bare(body)):
        for rule, pattern in RULES:
            if match := pattern.search(form):
                return rule, match.group(0)
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
    """The fields a text names. Raises TextRefused for any other than the five, and for anything done to one of them."""
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
def filed(name: str, language: str) -> str:
    """The text as filed; empty where there is none in the language. Lines that begin with # are for whoever edits the file.

    Raises LookupError for a name no text has.
    """
    if not re.fullmatch(r"[a-z_]+", name) or not (TEXTS / FALLBACK_LANGUAGE / f"{name}.txt").is_file():
        raise LookupError(f"there is no text {name!r}")
    path = TEXTS / language / f"{name}.txt"
    if not re.fullmatch(r"[a-z]{2,3}", language) or not path.is_file():
        return ""
    lines = path.read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if not line.startswith("#")).strip()


def source(name: str, language: str, own: Own) -> tuple[str, str, str]:
    """The words to be filled, their version, and the language they are in: Danish where the wanted one has none."""
    for candidate in (language, FALLBACK_LANGUAGE):
        if found := own.get((name, candidate)):
            return *found, candidate
        if candidate in FILED_LANGUAGES and (text := filed(name, candidate)):
            return text, digest(text), candidate
    raise LookupError(f"there is no text {name!r}")


def digest(text: str) -> str:
    """The start of the text's hash: as good as the text itself to tell two versions apart."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def fill(text: str, language: str, fields: Fields) -> str:
    """The text with its fields filled in. Raises TextRefused where one is empty, or what comes out may not leave."""
    values = {
        "given_name": plain(fields.given_name),
        "school": plain(fields.school),
        "phone": danish(fields.phone),
        "time": fields.time,
        "days": days(fields.half_days, language),
    }
    if any(not values[field] for field in fields_of(text)):
        raise TextRefused("empty")
    body = plain(text.format_map(values))
    if rule := refusal(body):
        raise TextRefused(rule)
    return body


def _filled(name: str, language: str, fields: Fields, own: Own) -> Text:
    text, version, language = source(name, language, own)
    body = fill(text, language, fields)
    encoding, count = segments(body)
    return Text(body, name, version, language, encoding, count)


def days(half_days: int, language: str) -> str:
    """`4`, `4,5` or in some languages `4.5`: a half as a sign of its own would make the SMS dearer."""
    whole, half = divmod(half_days, 2)
    if not half:
        return str(whole) if whole else ""
    return f"{whole}{',' if language in COMMA else '.'}5"


def danish(phone: str) -> str:
    """Eight digits, where it is a Danish number: ten in a row would read like a CPR number."""
    digits = re.sub(r"[\s-]", "", phone)
    return (
        digits.removeprefix("+45").removeprefix("0045") if re.fullmatch(r"[+\d]+", digits) else phone.strip()
    )


def plain(text: str) -> str:
    """One form of every letter, plain punctuation, single spaces, no invisible signs; letters are never exchanged."""
    shown = "".join(
        " " if unicodedata.category(sign) == "Cc" else sign
        for sign in unicodedata.normalize("NFC", text).translate(PLAIN)
        if unicodedata.category(sign) != "Cf"
    )
    return " ".join(shown.split())


def _bare(text: str) -> str:
    """What the eye takes the text for: no marks, no invisible signs, digits of every kind as plain ones, small letters."""
    apart = unicodedata.normalize("NFKD", plain(text))
    bare = "".join(
        str(unicodedata.digit(sign))
        if sign.isdigit()
        else "-"
        if unicodedata.category(sign) == "Pd"
        else sign
        for sign in apart
        if unicodedata.category(sign) not in ("Mn", "Me", "Cf")
    )
    return bare.casefold()
