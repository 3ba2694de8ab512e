"""Is this file what its name says, and can it be kept without harming whoever opens it?

Told by its content, never by what the browser says of it: PDF, PNG, JPEG, Word and OpenDocument text without macros, and
plain text. What is two kinds of file at once, carries programs or other files, unpacks to far more than it is, or is a web
page in disguise is refused, each with a reason of its own. No virus scanner: that belongs in front of the product.
"""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

import puremagic

LARGEST = 10 * 1024 * 1024
LONGEST_NAME = 120
# A document of so many parts, or that unpacks to so much, is no letter or minutes.
MOST_PARTS, MOST_UNPACKED, MOST_TIMES = 2_000, 80 * 1024 * 1024, 200
CHUNK = 64 * 1024

KINDS = {
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".txt": "text/plain; charset=utf-8",
}
WEB = re.compile(
    rb"<\s*(?:!doctype\s+html|html|script|svg|iframe|object|embed|body|\?php|meta\s)", re.IGNORECASE
)
# What a PDF names when it runs something, opens something or carries another file.
PDF_ACTIVE = re.compile(
    rb"/(?:JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|XFA|SubmitForm|ImportData)(?![A-Za-z])"
)
PDF_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
PROGRAM = (b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"{\\rtf", b"\xd0\xcf\x11\xe0", b"%!PS")
OFFICE_ACTIVE = re.compile(
    r"(?:^|/)(?:vba\w*\.(?:bin|xml)|activex|oleobject\w*\.bin|embeddings|basic|scripts|macros?)(?:/|$)",
    re.IGNORECASE,
)


class Why(StrEnum):
    EMPTY = "empty"
    TOO_LARGE = "too_large"
    NAME = "name"
    KIND = "kind"
    MISMATCH = "mismatch"
    ACTIVE = "active"
    BOMB = "bomb"
    BROKEN = "broken"
    PROTECTED = "protected"


class Refused(Exception):
    """The file is not kept; `why` says for which reason."""

    def __init__(self, why: Why) -> None:
        super().__init__(why.value)
        self.why = why


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that may be kept: its cleaned name and the kind its content is."""

    name: str
    kind: str


def checked(name: str, content: bytes) -> Checked:
    """The file's cleaned name and its kind. Raises Refused."""
    if not content:
        raise Refused(Why.EMPTY)
    if len(content) > LARGEST:
        raise Refused(Why.TOO_LARGE)
    name = cleaned(name)
    ending = PurePosixPath(name).suffix.lower()
    if ending not in KINDS:
        raise Refused(Why.KIND)
    match ending:
        case ".pdf":
            _pdf(content)
        case ".png" | ".jpg" | ".jpeg":
            _image(ending, content)
        case ".docx" | ".odt":
            _office(ending, content)
        case _:
            _text(content)
    return Checked(name, KINDS[ending])


def cleaned(name: str) -> str:
    """The last part of the name without signs that hide, turn or end it. Raises Refused where nothing is left."""
    name = unicodedata.normalize("NFC", name.replace("\\", "/").rsplit("/", 1)[-1])
    name = "".join(sign for sign in name if unicodedata.category(sign)[0] != "C" and sign not in '<>:"|?*;')
    name = re.sub(r"\s+", " ", name).strip(" .")
    stem, dot, ending = name.rpartition(".")
    if not dot or not stem.strip(" ."):
        raise Refused(Why.NAME)
    return f"{stem[: LONGEST_NAME - len(ending) - 1]}.{ending}"


def _is(ending: str, content: bytes) -> None:
    """Raises Refused unless the content's own signature is that of the ending."""
    try:
        found = puremagic.magic_string(content)
    except (puremagic.PureError, ValueError) as error:
        raise Refused(Why.MISMATCH) from error
    wanted = {".jpeg": ".jpg"}.get(ending, ending)
    best = max((one.confidence for one in found), default=0)
    if not any(one.extension == wanted and one.confidence >= best for one in found):
        raise Refused(Why.MISMATCH)


def _not_two_at_once(content: bytes) -> None:
    if WEB.search(content) or zipfile.is_zipfile(io.BytesIO(content)):
        raise Refused(Why.ACTIVE)


def _pdf(content: bytes) -> None:
    if not content.startswith(b"%PDF-"):
        raise Refused(Why.MISMATCH)
    if b"%%EOF" not in content[-1024:]:
        raise Refused(Why.BROKEN)
    _is(".pdf", content)
    _not_two_at_once(content)
    plain = PDF_ESCAPED.sub(lambda match: bytes([int(match.group(1), 16)]), content)
    if PDF_ACTIVE.search(plain):
        raise Refused(Why.ACTIVE)
    if re.search(rb"/Encrypt(?![A-Za-z])", plain):
        raise Refused(Why.PROTECTED)


def _image(ending: str, content: bytes) -> None:
    if ending == ".png":
        whole = content.startswith(b"\x89PNG\r\n\x1a\n"), content.endswith(b"IEND\xaeB`\x82")
    else:
        whole = content.startswith(b"\xff\xd8\xff"), b"\xff\xd9" in content[-64 * 1024 :]
    if not whole[0]:
        raise Refused(Why.MISMATCH)
    if not whole[1]:
        raise Refused(Why.BROKEN)
    _is(ending, content)
    _not_two_at_once(content)


def _office(ending: str, content: bytes) -> None:
    # A file that begins as something else and ends as an archive is both.
    if not content.startswith(b"PK\x03\x04"):
        raise Refused(Why.MISMATCH)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _unpacks(archive, len(content))
            names = {part.filename for part in archive.infolist()}
            if any(OFFICE_ACTIVE.search(name) for name in names):
                raise Refused(Why.ACTIVE)
            if ending == ".docx":
                _word(archive, names)
            elif "content.xml" not in names or archive.read("mimetype").strip() != KINDS[".odt"].encode():
                raise Refused(Why.MISMATCH)
            # What follows the archive is no part of it.
            tail = content.rfind(b"PK\x05\x06")
            if tail < 0 or len(content) != tail + 22 + len(archive.comment):
                raise Refused(Why.ACTIVE)
    except (zipfile.BadZipFile, KeyError, EOFError, NotImplementedError, OSError, ValueError) as error:
        raise Refused(Why.BROKEN) from error
    except RuntimeError as error:
        raise Refused(Why.PROTECTED) from error


def _unpacks(archive: zipfile.ZipFile, size: int) -> None:
    """Raises Refused when it unpacks to far more than it is; what the archive says of its own sizes is not believed."""
    parts = archive.infolist()
    if len(parts) > MOST_PARTS or len({part.filename for part in parts}) != len(parts):
        raise Refused(Why.BOMB)
    limit = min(MOST_UNPACKED, max(MOST_TIMES * size, 1024 * 1024))
    if sum(part.file_size for part in parts) > limit:
        raise Refused(Why.BOMB)
    unpacked = 0
    for part in parts:
        if part.flag_bits & 0x1:
            raise Refused(Why.PROTECTED)
        if part.filename.startswith(("/", "\\")) or ".." in part.filename.replace("\\", "/").split("/"):
            raise Refused(Why.ACTIVE)
        with archive.open(part) as stream:
            start = b""
            while piece := stream.read(CHUNK):
                start = start or piece[:4]
                unpacked += len(piece)
                if unpacked > limit:
                    raise Refused(Why.BOMB)
        if start.startswith((b"PK\x03\x04", *PROGRAM)):
            raise Refused(Why.ACTIVE)


def _word(archive: zipfile.ZipFile, names: set[str]) -> None:
    if "word/document.xml" not in names:
        raise Refused(Why.MISMATCH)
    types = archive.read("[Content_Types].xml").lower()
    if b"macroenabled" in types or b"vbaproject" in types:
        raise Refused(Why.ACTIVE)
    for name in names:
        if name.endswith(".rels"):
            links = archive.read(name).lower()
            # A template or a frame fetched from elsewhere brings its own program along.
            if b'targetmode="external"' in links and re.search(
                rb"attachedtemplate|oleobject|/frame|subdocument", links
            ):
                raise Refused(Why.ACTIVE)


def _text(content: bytes) -> None:
    if content.startswith(PROGRAM):
        raise Refused(Why.MISMATCH)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused(Why.MISMATCH) from error
    if any(ord(sign) < 32 and sign not in "\t\n\r\f" for sign in text):
        raise Refused(Why.MISMATCH)
    if WEB.search(content):
        raise Refused(Why.ACTIVE)
