"""What may a log line say?

Lines are JSON. Whatever looks like a CPR number, a telephone number or an e-mail address is struck out before it leaves
the process, in messages, arguments and stack traces alike.
"""

from __future__ import annotations

import logging
import re

import structlog

PERSONAL = [
    (re.compile(r"(?<![\w-])\d{6}[- ]?\d{4}(?![\w-])"), "[cpr]"),
    (re.compile(r"\+45[ ]?\d{2}[ ]?\d{2}[ ]?\d{2}[ ]?\d{2}\b"), "[phone]"),
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"), "[email]"),
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
            record.exc_text = scrubbed(record.exc_text)
            record.exc_info = None
        return True


def json_formatter() -> logging.Formatter:
    """One JSON object a line: time, level, logger, event."""

    def with_trace(
        logger: logging.Logger, name: str, event: structlog.typing.EventDict
    ) -> structlog.typing.EventDict:
        record: logging.LogRecord | None = event.get("_record")
        if record is not None and record.exc_text:
            event["exception"] = record.exc_text
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
