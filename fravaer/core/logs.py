"""What may a log line say?

Lines are JSON. Whatever looks like a CPR number, a telephone number or an e-mail address is struck out before it leaves
the process, in messages, arguments and stack traces alike; and so is what the database quotes of a row it refused.
"""

from __future__ import annotations

import logging
import re

import structlog

PERSONAL = [
    (re.compile(r"\+[1-9](?:[ -]?\d){6,14}(?!\d)"), "[phone]"),
    (re.compile(r"(?<![\w-])\d{6}[- ]?\d{4}(?![\w-])"), "[cpr]"),
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"), "[email]"),
    # The address at which a calendar fetches the year wheel.
    (re.compile(r"(/feed/)[\w-]{16,}"), r"\1[secret]"),
    # What begins a line of its own in a terminal or a collector, or turns one round; JSON escapes those below the blank.
    (re.compile("[\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]"), "\ufffd"),
    # "Failing row contains (…)": names, birth dates and reasons of the row.
    (re.compile(r"^(DETAIL|CONTEXT):.*$", re.MULTILINE), r"\1: [row]"),
]


def scrubbed(text: str) -> str:
    """The text with everything that looks like a personal number or address struck out."""
    for pattern, replacement in PERSONAL:
        text = pattern.sub(replacement, text)
    return text


class Scrub(logging.Filter):
    """Strike personal data out of every record, whichever library wrote it."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = scrubbed(record.getMessage())
        record.args = None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            # Under a name of its own: the formatter below empties the usual one before it runs.
            record.trace = scrubbed(record.exc_text)
            record.exc_info = record.exc_text = None
        return True


def json_formatter() -> logging.Formatter:
    """One JSON object a line: time, level, logger, event."""

    def with_trace(
        logger: logging.Logger, name: str, event: structlog.typing.EventDict
    ) -> structlog.typing.EventDict:
        record: logging.LogRecord | None = event.get("_record")
        if trace := getattr(record, "trace", ""):
            event["exception"] = trace
        return event

    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
        ],
        processors=[
            with_trace,
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )
