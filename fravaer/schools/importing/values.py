"""What does one field of a roster say?

Each function answers one kind of field, or raises Unreadable with a sentence on what to do. Dates are Danish
(dd-mm-yyyy with hyphen, dot or slash) or ISO. CPR numbers are refused wherever they stand, but in their own column where the
installation keeps them: the roster has no other use for them (data protection regulation article 5).
"""

from __future__ import annotations

import re
from datetime import date

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from fravaer.schools import cpr
from fravaer.schools.importing.problems import Unreadable

DANISH_DATE = re.compile(r"(\d{1,2})([-./])(\d{1,2})\2(\d{4})")
ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
SCHOOL_YEAR = re.compile(r"(\d{4})[/-](\d{2}|\d{4})")
CLASS_NAME = re.compile(r"(\d{1,2})\s*\.?\s*([^\s.\d][^\s.]{0,9}|\d{1,2})")
SEPARATED_CPR = re.compile(r"(?<!\d)\d{6}[- ]\d{4}(?!\d)")
TEN_DIGITS = re.compile(r"(?<![\d+])\d{10}(?!\d)")
PHONE = re.compile(r"\+?[\d\s().-]+")
# Nobody is texted on these, and calling them may cost the caller.
NOT_A_PERSONS = {
    phonenumbers.PhoneNumberType.TOLL_FREE,
    phonenumbers.PhoneNumberType.PREMIUM_RATE,
    phonenumbers.PhoneNumberType.SHARED_COST,
    phonenumbers.PhoneNumberType.UAN,
    phonenumbers.PhoneNumberType.VOICEMAIL,
}
WORDS = {
    **dict.fromkeys(("ja", "yes", "true", "sand", "1"), True),
    **dict.fromkeys(("nej", "no", "false", "falsk", "0"), False),
}
STATES = {
    **dict.fromkeys(("lukket", "closed"), True),
    **dict.fromkeys(("åben", "aaben", "åbent", "open"), False),
}
FIRST_BIRTH_YEAR = 1990


def looks_like_cpr(text: str, *, phone: bool = False) -> bool:
    """Whether the field holds what may be a CPR number. In a telephone column ten digits after 45 are a number."""
    if SEPARATED_CPR.search(text):
        return not (phone and text.startswith(("+", "00")))
    found = TEN_DIGITS.search(text)
    return found is not None and not (phone and found.group().startswith("45"))


def cpr_number(text: str) -> str:
    """The ten digits of a CPR number; day numbers of replacement numbers are sixty more, and modulus 11 decides nothing."""
    try:
        return cpr.digits(text)
    except cpr.NoNumber:
        raise Unreadable(
            _(
                "This is no CPR number: ten digits, the first six of them a date. Correct it, or leave it empty."
            )
        ) from None


def day(text: str) -> date:
    """The date written as dd-mm-yyyy, dd.mm.yyyy, dd/mm/yyyy or yyyy-mm-dd."""
    if match := DANISH_DATE.fullmatch(text):
        of_month, _separator, month, year = match.groups()
    elif match := ISO_DATE.fullmatch(text):
        year, month, of_month = match.groups()
    else:
        raise Unreadable(_("This is not a date. Write dd-mm-yyyy, for example 10-08-2026."))
    try:
        found = date(int(year), int(month), int(of_month))
    except ValueError:
        raise Unreadable(_("There is no such date. Write dd-mm-yyyy, for example 10-08-2026.")) from None
    if not 1900 <= found.year <= 2100:
        raise Unreadable(_("The year cannot be right. Correct it."))
    return found


def birth_day(text: str, today: date) -> date:
    found = day(text)
    if found.year < FIRST_BIRTH_YEAR or found > today:
        raise Unreadable(_("A pupil cannot be born on that day. Correct the date, or leave the field empty."))
    return found


def yes_or_no(text: str) -> bool:
    try:
        return WORDS[text.casefold()]
    except KeyError:
        raise Unreadable(_("Write ja or nej.")) from None


def is_closed(text: str) -> bool:
    try:
        return STATES[text.casefold()]
    except KeyError:
        raise Unreadable(_("Write lukket or åben.")) from None


def school_year(text: str) -> date:
    """1 August of the school year written as 2025/26, 2025/2026 or with a hyphen."""
    match = SCHOOL_YEAR.fullmatch(text)
    if match is None or not 1900 <= int(match[1]) <= 2100 or int(match[2][-2:]) != (int(match[1]) + 1) % 100:
        raise Unreadable(_("This is not a school year. Write it as 2025/26."))
    return date(int(match[1]), 8, 1)


def year_group(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 10):
        raise Unreadable(_("A year group is a whole number from 0 to 10."))
    return int(text)


def class_name(text: str) -> tuple[int, str]:
    """Year group and letter of `7.B`; `7B` and `7. b` are the same class."""
    match = CLASS_NAME.fullmatch(text)
    if match is None:
        raise Unreadable(
            _("This is not the name of a class. Write year group, dot and letter, for example 7.B.")
        )
    letter = match[2].upper() if len(match[2]) <= 2 else match[2]
    return year_group(match[1]), letter


def institution_number(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9]{1,10}", text):
        raise Unreadable(_("An institution number is at most ten letters and digits, for example 101001."))
    return text.upper()


def municipality_code(text: str) -> str:
    if not re.fullmatch(r"[0-9]{3}", text):
        raise Unreadable(_("A municipality code is three digits, for example 820."))
    return text


def area_code(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,40}", text):
        raise Unreadable(_("An area code is letters from a to z, digits and hyphens, for example nord."))
    return text.lower()


def language(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{2}", text):
        raise Unreadable(_("A language is its two letters, for example da, en or ar."))
    return text.lower()


def email(text: str) -> str:
    try:
        validate_email(text)
    except ValidationError:
        raise Unreadable(_("This is not an e-mail address. Correct it.")) from None
    return text.lower()


def phone(text: str) -> str:
    """The number as E.164; without a country code it is Danish."""
    if not PHONE.fullmatch(text):
        raise Unreadable(
            _(
                "Write one telephone number with digits only. A second number has its own column; notes have none."
            )
        )
    try:
        number = phonenumbers.parse(text, "DK")
    except phonenumbers.NumberParseException:
        number = None
    kind = phonenumbers.number_type(number) if number else phonenumbers.PhoneNumberType.UNKNOWN
    # The type of a number that cannot be valid is not known.
    if number is None or kind == phonenumbers.PhoneNumberType.UNKNOWN:
        raise Unreadable(
            _(
                "This is not one telephone number. Danish numbers have eight digits, foreign ones begin with +."
            )
        )
    if kind in NOT_A_PERSONS:
        raise Unreadable(_("This is a service number, not a person's. Leave it out."))
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
