"""How does a file come sealed to the disk, and how is it read again piece by piece?

What is written goes out in pieces, each sealed by itself with its place in the file, so that neither side holds more than one of
them and nothing lies open on a disk meanwhile; pieces that were changed, swapped, left out or cut off at the end are refused. The
key is the file's own: derived from the domain's newest (`core.secrets`) and a salt, bound to what the file is and whose.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_bytes
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from fravaer.core import secrets
from fravaer.core.secrets import Row, Unreadable

V2 = b"\x02"
SALT_BYTES = 32
PIECE = 64 * 1024
TAG_BYTES = 16
HEAD_BYTES = len(V2) + secrets.ID_BYTES + SALT_BYTES


class Writer(io.RawIOBase):
    """Takes what is written, one after the other, and keeps it sealed. Knows the size and the sha256 of what it was given."""

    def __init__(self, handle: int, purpose: str, row: Row) -> None:
        super().__init__()
        self.size = 0
        self._hash = hashlib.sha256()
        self._stream = os.fdopen(handle, "wb")
        self._open = bytearray()
        self._count = 0
        salt = token_bytes(SALT_BYTES)
        key_id, material = secrets.newest(purpose)
        self._cipher = _cipher(material, salt, purpose, row)
        self._stream.write(V2 + key_id + salt)

    @property
    def sha256(self) -> str:
        """Of everything written so far."""
        return self._hash.hexdigest()

    def writable(self) -> bool:
        return True

    def write(self, content: Any, /) -> int:
        given = bytes(content)
        self.size += len(given)
        self._hash.update(given)
        self._open += given
        # One piece is held back: the last is sealed as the last.
        while len(self._open) > PIECE:
            self._put(bytes(self._open[:PIECE]), last=False)
            del self._open[:PIECE]
        return len(given)

    def finish(self) -> None:
        """Seal the last piece, and have all of it on the disk."""
        self._put(bytes(self._open), last=True)
        self._stream.flush()
        os.fsync(self._stream.fileno())

    def close(self) -> None:
        self._stream.close()
        super().close()

    def _put(self, piece: bytes, *, last: bool) -> None:
        self._stream.write(self._cipher.encrypt(_nonce(self._count, last=last), piece, None))
        self._count += 1


@contextmanager
def writing(path: Path, purpose: str, row: Row) -> Iterator[Writer]:
    """A file that is written sealed, readable for its owner alone. Whatever goes wrong, nothing is left of it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    writer = Writer(handle, purpose, row)
    try:
        yield writer
        writer.finish()
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    finally:
        writer.close()


def reading(path: Path, purpose: str, row: Row) -> Iterator[bytes]:
    """The content of a file that was sealed for this place, piece by piece; the first is opened at once.

    Raises OSError, and Unreadable: at once where it is no such file, later where a piece was changed or the end is lacking.
    """
    pieces = _pieces(path, purpose, row)
    first = next(pieces)

    def all_of_it() -> Iterator[bytes]:
        yield first
        yield from pieces

    return all_of_it()


def key_of(path: Path) -> bytes:
    """The name of the key the file was sealed with. Raises OSError, and Unreadable for what is no such file."""
    with path.open("rb") as stream:
        return _head(stream.read(HEAD_BYTES))[0]


def _pieces(path: Path, purpose: str, row: Row) -> Iterator[bytes]:
    with path.open("rb") as stream:
        key_id, salt = _head(stream.read(HEAD_BYTES))
        cipher = _cipher(secrets.named(purpose, key_id), salt, purpose, row)
        piece, count = stream.read(PIECE + TAG_BYTES), 0
        while True:
            after = stream.read(PIECE + TAG_BYTES)
            try:
                yield cipher.decrypt(_nonce(count, last=not after), piece, None)
            except InvalidTag:
                raise Unreadable(
                    f"a file of {purpose} was not sealed for this place, was changed, or lacks its end"
                ) from None
            if not after:
                return
            piece, count = after, count + 1


def _head(raw: bytes) -> tuple[bytes, bytes]:
    if len(raw) < HEAD_BYTES or not raw.startswith(V2):
        raise Unreadable("this is no sealed file")
    return raw[len(V2) : len(V2) + secrets.ID_BYTES], raw[len(V2) + secrets.ID_BYTES :]


def _cipher(material: bytes, salt: bytes, purpose: str, row: Row) -> AESGCM:
    place = f"fravaer file:{purpose}:{row}".encode()
    return AESGCM(HKDF(hashes.SHA256(), secrets.KEY_BYTES, salt, place).derive(material))


def _nonce(count: int, *, last: bool) -> bytes:
    return count.to_bytes(secrets.NONCE_BYTES - 1, "big") + bytes([last])
