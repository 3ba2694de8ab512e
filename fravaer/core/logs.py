"""What may a log line say?

Lines are JSON. Whatever looks like a CPR number, a telephone number or an e-mail address is struck out where the line is made,
before any handler or format of any library sees it, in messages, arguments and stack traces alike; and so is what the
database quotes of a row it refused, and whatever an address of ours was asked with.
"""

from __future__ import annotations

import logging
import re
from typing import Any

import structlog

# What stands between the parts of a number: as people write it, and as an address of the web does.
_BETWEEN = r"(?:[ \u00a0\t./\-–—]|%20|%2[dD]|%2[eE]|%2[fF]|\+)"
_DATE = rf"(?:0[1-9]|[12]\d|3[01]|[67]\d|8\d|9[01]){_BETWEEN}?(?:0[1-9]|1[0-2]){_BETWEEN}?\d\d"
_ABROAD, _GAP = r"(?:\+|%2[bB]|(?<!\d)00)", r"(?:[ \u00a0().-]|%20){0,2}"
PERSONAL = [
    # A key of ours is no number, whatever digits it begins with.
    (
        re.compile(r"(?<![\w-])([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})(?![\w-])"),
        "\ue000\\1\ue001",
    ),
    # A Danish number has eight digits behind its country, so that what follows it is not taken for more of it.
    (re.compile(rf"{_ABROAD}45(?:{_GAP}\d){{8}}(?!\d)"), "[phone]"),
    (re.compile(rf"{_ABROAD}[1-9](?:{_GAP}\d){{6,14}}(?!\d)"), "[phone]"),
    # Ids of the provider are long rows of digits and letters up to f, and no number.
    (re.compile(rf"(?<![\da-fA-F]){_DATE}{_BETWEEN}{{0,3}}\d{{4}}(?![\da-fA-F])"), "[cpr]"),
    (re.compile(r"(?<!\d)\d{6}[- ]\d{4}(?!\d)"), "[cpr]"),
    (re.compile(r"(?<![\d:.-])[2-9]\d(?: \d\d){3}(?![\d:.-])"), "[phone]"),
    (re.compile(r"(?i)\b(tlf|telefon|phone|mobil|tel)(\W{0,3})[2-9]\d{7}(?!\d)"), r"\1\2[phone]"),
    (re.compile(r"[\w.+-]+(?:@|%40)[\w-]+\.[\w.-]+"), "[email]"),
    # The address at which a calendar fetches the year wheel.
    (re.compile(r"(/feed/)[\w-]{16,}"), r"\1[secret]"),
    # And the one by which somebody is let into her account.
    (re.compile(r"(/login/begin/)[\w-]{16,}"), r"\1[secret]"),
    # What begins a line of its own in a terminal or a collector, or turns one round; JSON escapes those below the blank.
    (re.compile("[\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]"), "\ufffd"),
    # What somebody searched for, or a form sent by its address.
    (re.compile(r"""(?<=[\w/])\?[\w.%-]+=[^\s"']*"""), "?[asked]"),
    # "Failing row contains (…)": names, birth dates and reasons of the row.
    (re.compile(r"^(DETAIL|CONTEXT):.*$", re.MULTILINE), r"\1: [row]"),
]
_KEYS = re.compile("\ue000([^\ue001]*)\ue001")


def scrubbed(text: str) -> str:
    """The text with everything that looks like a personal number or address struck out."""
    kept: list[str] = []
    (ours, _), *others = PERSONAL

    def put_aside(match: re.Match[str]) -> str:
        kept.append(match[0])
        return f"\ue000{len(kept) - 1}\ue001"

    text = ours.sub(put_aside, text.replace("\ue000", "").replace("\ue001", ""))
    for pattern, replacement in others:
        text = pattern.sub(replacement, text)
    return _KEYS.sub(lambda match: kept[int(match[1])], text)


class Scrub(logging.Filter):
    """Strike personal data out of every record, whichever library wrote it."""

    def filter(self, record: logging.LogRecord) -> bool:
        _scrub(record)
        if record.exc_text:
            # Under a name of its own: the formatter below empties the usual one before it runs.
            record.trace = record.exc_text
            record.exc_text = None
        return True


class Record(logging.LogRecord):
    """A record that has nothing personal in it from the moment it is made."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        _scrub(self)


def install() -> None:
    """Let every record of this process be one of ours, also those of libraries with handlers and formats of their own."""
    logging.setLogRecordFactory(Record)


def _scrub(record: logging.LogRecord) -> None:
    try:
        said = record.getMessage()
    except Exception:
        # What Python says of a line it cannot put together quotes the arguments.
        said = f"{record.msg} (a line that could not be put together)"
    record.msg, record.args = scrubbed(said), None
    if record.exc_info and not record.exc_text:
        record.exc_text = logging.Formatter().formatException(record.exc_info)
    if record.stack_info:
        record.stack_info = scrubbed(record.stack_info)
    if record.exc_text:
        record.exc_text = scrubbed(record.exc_text)
        record.exc_info = None


def _plain(value: Any) -> Any:
    """A value of a line with nothing personal in it, whatever it holds."""
    if isinstance(value, str):
        return scrubbed(value)
    if isinstance(value, dict):
        return {_plain(name): _plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(one) for one in value]
    return value if value is None or isinstance(value, (bool, int, float)) else scrubbed(str(value))


def json_formatter() -> logging.Formatter:
    """One JSON object a line: time, level, logger, event."""

    def with_trace(
        logger: logging.Logger, name: str, event: structlog.typing.EventDict
    ) -> structlog.typing.EventDict:
        record: logging.LogRecord | None = event.get("_record")
        if trace := getattr(record, "trace", ""):
            event["exception"] = trace
        return event

    def without_persons(
        logger: logging.Logger, name: str, event: structlog.typing.EventDict
    ) -> structlog.typing.EventDict:
        return {key: _plain(value) for key, value in event.items()}

    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
        ],
        processors=[
            with_trace,
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            without_persons,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )
