"""How is what nobody may read out of the tables written down, and who can open it?

AES-GCM with a key of its own for each domain (who holds the school's keys opens nothing of the social services'), and bound
to its place: what was sealed for one row does not open in another. Every value names the key it was sealed with, so that keys
change without a day on which nothing can be read; writes use the newest. What has to be found again is kept beside as a keyed
hash (HMAC-SHA256, a key of its own), which tells nothing to whoever holds the tables alone. Telephone numbers, which the
database compares and joins by, are `fixed` instead (AES-SIV): sealed, and the same for the same number. Whatever goes wrong
raises: a value that cannot be opened is never answered with itself.

Keys are files in the folder `FIELD_KEYS` names: `<domain>.keys` seals, `<domain>.index` finds; a key a line, the last one is
the newest. A process opens the domains whose files it is given. `core.sealing` is the same for a model's field.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import secrets as random
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV

# Whose a secret is; the first part of every purpose names one.
DOMAINS = ("contact", "cpr", "school", "social", "ppr", "draft", "files", "login")
# Those with something to find again.
FOUND_AGAIN = ("contact", "cpr")

# What telephone numbers are fixed for, in every table.
NUMBER = "contact.number"

V1 = b"\x01"
# What a fixed value begins with, which no number and no name does.
FIXED = "="
KEY_BYTES = 32
ID_BYTES = 4
NONCE_BYTES = 12
HEAD_BYTES = len(V1) + ID_BYTES
SHORTEST = HEAD_BYTES + NONCE_BYTES + 16

Row = UUID | int | str


class Unreadable(Exception):
    """The value was not sealed for this place, was changed since, or its key is not here."""


class NoKeys(Exception):
    """The keys are not where `FIELD_KEYS` says, or are not keys."""


class Sealed:
    """A value as it lies in the table. Says nothing of itself; opened by its field or by `open_`."""

    __slots__ = ("raw",)

    def __init__(self, raw: bytes) -> None:
        self.raw = raw

    def __repr__(self) -> str:
        return "[sealed]"

    def __bool__(self) -> bool:
        return bool(self.raw)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sealed) and self.raw == other.raw

    def __hash__(self) -> int:
        return hash(self.raw)


@dataclass(frozen=True, slots=True, repr=False)
class Key:
    """A key and its name, which follows from it: two keys never share one, and none goes by another's."""

    id: bytes
    material: bytes
    cipher: AESGCM
    # The same key where the same text is to look the same: AES-SIV, which needs a longer one.
    fixing: AESSIV

    @classmethod
    def of(cls, material: bytes) -> Self:
        named = hashlib.sha256(b"fravaer key:" + material).digest()[:ID_BYTES]
        return cls(
            named, material, AESGCM(material), AESSIV(hashlib.sha512(b"fravaer fixing:" + material).digest())
        )

    def __repr__(self) -> str:
        return f"Key({self.id.hex()})"


class Ring:
    """The keys of one folder, each file read when it is first needed."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self._read: dict[str, tuple[Key, ...]] = {}

    def __repr__(self) -> str:
        return "Ring()"

    def keys(self, name: str) -> tuple[Key, ...]:
        """The keys of a file, the newest first. Raises NoKeys."""
        if name not in self._read:
            self._read[name] = self._file(name)
        return self._read[name]

    def _file(self, name: str) -> tuple[Key, ...]:
        if self.folder is None:
            raise NoKeys("FIELD_KEYS names no folder; manage.py make_keys makes one")
        try:
            lines = (self.folder / name).read_text(encoding="ascii").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise NoKeys(
                f"FIELD_KEYS: the file {name} cannot be read ({type(error).__name__}); manage.py make_keys makes it"
            ) from None
        found = []
        for number, line in enumerate(lines, 1):
            if not (word := line.partition("#")[0].strip()):
                continue
            try:
                material = base64.b64decode(word, validate=True)
            except binascii.Error:
                material = b""
            if len(material) != KEY_BYTES:
                raise NoKeys(f"FIELD_KEYS: line {number} of {name} is no key of {KEY_BYTES} bytes in base64")
            found.append(Key.of(material))
        if not found:
            raise NoKeys(f"FIELD_KEYS: the file {name} holds no key; manage.py make_keys makes one")
        return tuple(reversed(found))


_ring = Ring(None)


def use(folder: Path | None) -> None:
    """Take keys from this folder from now on."""
    global _ring
    _ring = Ring(folder)


def require() -> None:
    """Raises NoKeys unless every key the product needs is there."""
    for name in files():
        _ring.keys(name)


def files() -> list[str]:
    """The names of the files with keys."""
    return [*(f"{domain}.keys" for domain in DOMAINS), *(f"{domain}.index" for domain in FOUND_AGAIN)]


def make(folder: Path, names: list[str] | None = None, *, rotate: bool = False) -> list[str]:
    """Write the files of keys that are missing, or one more key into each with `rotate`; which were written.

    Readable for their owner alone. A file another process writes at the same moment stays as that one wrote it.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    written = []
    for name in files() if names is None else names:
        path = folder / name
        before = path.read_bytes() if path.exists() else b""
        if before and not rotate:
            continue
        line = base64.b64encode(random.token_bytes(KEY_BYTES)) + b"\n"
        handle, half = tempfile.mkstemp(dir=folder, prefix=".")
        with os.fdopen(handle, "wb") as stream:
            stream.write(before + (b"\n" if before and not before.endswith(b"\n") else b"") + line)
            stream.flush()
            os.fsync(stream.fileno())
        try:
            if before:
                Path(half).replace(path)
            else:
                os.link(half, path)
            written.append(name)
        except FileExistsError:
            pass
        finally:
            Path(half).unlink(missing_ok=True)
    return written


def seal(text: str, purpose: str, row: Row) -> bytes:
    """The text sealed for one place: `purpose` is the domain, a full stop and what it is (`social.note`), `row` whose."""
    return seal_bytes(text.encode(), purpose, row)


def open_(value: bytes | memoryview | Sealed, purpose: str, row: Row) -> str:
    """The text sealed for this place. Raises Unreadable, and NoKeys where the domain's keys are not here."""
    return open_bytes(value, purpose, row).decode()


def seal_bytes(content: bytes, purpose: str, row: Row) -> bytes:
    """Content sealed for one place, as `seal` does."""
    key = _ring.keys(f"{_domain(purpose)}.keys")[0]
    nonce = random.token_bytes(NONCE_BYTES)
    head = V1 + key.id
    return head + nonce + key.cipher.encrypt(nonce, content, _place(head, purpose, row))


def open_bytes(value: bytes | memoryview | Sealed, purpose: str, row: Row) -> bytes:
    """The content sealed for this place. Raises Unreadable, and NoKeys where the domain's keys are not here."""
    raw = value.raw if isinstance(value, Sealed) else bytes(value)
    if len(raw) < SHORTEST or not raw.startswith(V1):
        raise Unreadable(f"what stands for {purpose} is no sealed value")
    head, nonce = raw[:HEAD_BYTES], raw[HEAD_BYTES : HEAD_BYTES + NONCE_BYTES]
    for key in _ring.keys(f"{_domain(purpose)}.keys"):
        if head[len(V1) :] == key.id:
            break
    else:
        raise Unreadable(f"the key {head[len(V1) :].hex()} of a value of {purpose} is not here")
    try:
        return key.cipher.decrypt(nonce, raw[HEAD_BYTES + NONCE_BYTES :], _place(head, purpose, row))
    except InvalidTag:
        raise Unreadable(f"a value of {purpose} was not sealed for this row, or was changed") from None


def head(purpose: str) -> bytes:
    """What every value of this purpose begins with that was sealed with the newest key."""
    return V1 + _ring.keys(f"{_domain(purpose)}.keys")[0].id


def newest(purpose: str) -> tuple[bytes, bytes]:
    """The newest key of the purpose's domain: its name, and what a file's own key is derived from."""
    key = _ring.keys(f"{_domain(purpose)}.keys")[0]
    return key.id, key.material


def named(purpose: str, key_id: bytes) -> bytes:
    """What the domain's key of this name derives others from. Raises Unreadable where it is not here."""
    for key in _ring.keys(f"{_domain(purpose)}.keys"):
        if key.id == key_id:
            return key.material
    raise Unreadable(f"the key {key_id.hex()} of a file of {purpose} is not here")


def heads(purpose: str) -> list[bytes]:
    """What a value of this purpose may begin with, under every key there is; nothing else is a sealed value of ours."""
    return [V1 + key.id for key in _ring.keys(f"{_domain(purpose)}.keys")]


def fix(text: str, purpose: str) -> str:
    """The text under the newest key, the same for the same text: for what the database has to compare and to join by.

    Bound to its purpose and to no row, and only as secret as it is: whoever holds the table sees which two are alike.
    """
    return _fixed(text, purpose, _ring.keys(f"{_domain(purpose)}.keys")[0])


def fixes(text: str, purpose: str) -> list[str]:
    """What the text may stand as while keys change: under every key there is, the newest first."""
    return [_fixed(text, purpose, key) for key in _ring.keys(f"{_domain(purpose)}.keys")]


def unfix(value: str, purpose: str) -> str:
    """The text that was fixed for this purpose. Raises Unreadable, and NoKeys where the domain's keys are not here."""
    try:
        raw = base64.b64decode(value.removeprefix(FIXED), validate=True) if value.startswith(FIXED) else b""
    except (binascii.Error, ValueError):
        raw = b""
    named, sealed = raw[:ID_BYTES], raw[ID_BYTES:]
    for key in _ring.keys(f"{_domain(purpose)}.keys"):
        if named == key.id:
            break
    else:
        raise Unreadable(f"what stands for {purpose} is no fixed value of ours")
    try:
        return key.fixing.decrypt(sealed, [purpose.encode()]).decode()
    except (InvalidTag, ValueError):
        raise Unreadable(f"a value of {purpose} was changed") from None


def fixed_head(purpose: str) -> str:
    """What every fixed value of this purpose begins with that is under the newest key: the first five of six bits each."""
    return FIXED + base64.b64encode(_ring.keys(f"{_domain(purpose)}.keys")[0].id).decode()[:5]


def index(text: str, purpose: str) -> bytes:
    """What a row is found by: 32 bytes that tell nothing without the key. Made with the newest key."""
    return _hashed(text, purpose, _ring.keys(f"{_domain(purpose)}.index")[0])


def indexes(text: str, purpose: str) -> list[bytes]:
    """What a row may be found by while keys change: with every key there is, the newest first."""
    return [_hashed(text, purpose, key) for key in _ring.keys(f"{_domain(purpose)}.index")]


def _hashed(text: str, purpose: str, key: Key) -> bytes:
    return hmac.digest(key.material, f"{purpose}:{text}".encode(), "sha256")


def _fixed(text: str, purpose: str, key: Key) -> str:
    sealed = key.fixing.encrypt(text.encode(), [purpose.encode()])
    return FIXED + base64.b64encode(key.id + sealed).decode()


def _domain(purpose: str) -> str:
    return purpose.partition(".")[0]


def _place(head: bytes, purpose: str, row: Row) -> bytes:
    return head + f"{purpose}:{row}".encode()
