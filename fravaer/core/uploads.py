"""May this file be read at all?

Every file a person sends comes in here, and nowhere else: how large the request may be before any of it is kept, how large the
file, and, where words are expected, that it is words. What a list or a calendar says is asked by whoever reads it; what may lie
among the files of a case, by fravaer.cases.filecheck.
"""

from __future__ import annotations

import codecs
import re
from enum import StrEnum
from typing import IO, Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict

# The largest file anything of ours takes is 10 MB: a request beyond this holds none of them, and is refused before it is read.
LARGEST_REQUEST = 16 * 1024 * 1024
LONGEST_NAME = 100
WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
# Tabs, line breaks and the sign of a new page are words; what else lies below the blank is not. Archives, workbooks, pictures
# and programs have it within their first bytes.
NO_WORDS = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")
# Kinds of file that may be written in words alone.
IN_WORDS = (b"%PDF", b"{\\rtf", b"#!", b"PK\x03\x04")


class Why(StrEnum):
    """Why a file is not read."""

    TOO_LARGE = "too_large"
    # A workbook, a picture, an archive or a program, whatever it is called.
    NO_TEXT = "no_text"


class Refused(Exception):
    """The file is not read; `why` says for which reason."""

    def __init__(self, why: Why) -> None:
        super().__init__(why.value)
        self.why = why


class Capped(FileUploadHandler):
    """Refuse a request that is too large before anything of it is kept, and files of whoever is not signed in. Stands first."""

    def handle_raw_input(
        self,
        input_data: IO[bytes],
        META: dict[str, str],  # noqa: N803
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> tuple[Any, Any] | None:
        if content_length > LARGEST_REQUEST:
            raise RequestDataTooBig("the request is larger than any file of ours")
        return None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        user = getattr(self.request, "user", None)
        if user is None or not user.is_authenticated:
            raise SkipFile

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> UploadedFile[Any] | None:
        return None


def files(request: HttpRequest) -> MultiValueDict[str, UploadedFile[Any]]:
    """The files of the request, for a form whose room looks into each."""
    return request.FILES


def chosen(request: HttpRequest, name: str) -> UploadedFile[Any] | None:
    """The file sent in the field, or None."""
    return request.FILES.get(name)


def words(file: UploadedFile[Any], largest: int) -> bytes:
    """What the file holds, when it is text of at most so many bytes. Raises Refused.

    Told by its content alone: neither the name nor what the browser says of it is believed.
    """
    return text(file.read(largest + 1), largest)


def text(content: bytes, largest: int) -> bytes:
    """The content, when it is text of at most so many bytes. Raises Refused.

    Text saved as UTF-16 is let through: whoever reads it says how it is to be saved instead.
    """
    if len(content) > largest:
        raise Refused(Why.TOO_LARGE)
    if not content.startswith(WIDE_MARKS) and (content.startswith(IN_WORDS) or NO_WORDS.search(content)):
        raise Refused(Why.NO_TEXT)
    return content


def name_of(file: UploadedFile[Any]) -> str:
    """What the file is called, without signs that turn or break a line, cut to what fits beside a problem."""
    return shown(file.name or "")


def shown(name: str) -> str:
    """A file's name as it is shown beside a problem, and written nowhere else."""
    return "".join(sign for sign in name if sign.isprintable())[:LONGEST_NAME]
