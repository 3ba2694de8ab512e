"""What does an answer say, wherever in it that stands, and in which form?

Pages and JSON as they are, workbooks unzipped, paper as text, files as they stream, headers and cookies beside them; and what
lies in Redis.
"""

from __future__ import annotations

import re
from io import BytesIO
from zipfile import ZipFile, is_zipfile

import pypdf
import redis
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse

# What differs from one request to the next: the form's token and the page's nonce.
OWN = re.compile(r'\b[A-Za-z0-9]{64}\b|nonce="[^"]+"|\'nonce-[^\']+\'')
# What is new in every form: the key under which it is saved once.
KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def body(response: HttpResponseBase) -> bytes:
    if isinstance(response, StreamingHttpResponse):
        return b"".join(response)
    assert isinstance(response, HttpResponse)
    return bytes(response.content)


def everything(response: HttpResponseBase) -> str:
    """The text of the answer with its headers and cookies."""
    content = body(response)
    said = [text(content), *(f"{name}: {value}" for name, value in response.headers.items())]
    said += [str(cookie.value) for cookie in response.cookies.values()]
    return "\n".join(said)


def text(content: bytes) -> str:
    if content.startswith(b"%PDF"):
        reader = pypdf.PdfReader(BytesIO(content))
        return "\n".join([*(page.extract_text() for page in reader.pages), str(reader.metadata)])
    if is_zipfile(BytesIO(content)):
        with ZipFile(BytesIO(content)) as archive:
            return "\n".join(part for name in archive.namelist() for part in (name, text(archive.read(name))))
    return content.decode(errors="replace")


def said(response: HttpResponse) -> str:
    """The page without what differs from one request to the next, and without the address that was asked for."""
    page = OWN.sub("", body(response).decode())
    return page.replace(response.wsgi_request.get_full_path(), "the address")  # type: ignore[attr-defined]


def bare(response: HttpResponseBase) -> str:
    """The answer without what is new in each: tokens, nonces and the keys of forms."""
    return KEY.sub("a key", OWN.sub("", text(body(response))))


def headed(response: HttpResponseBase) -> dict[str, str]:
    """The headers, but for the length, which is that of the address too."""
    return {name: OWN.sub("", value) for name, value in response.headers.items() if name != "Content-Length"}


def kept(server: redis.Redis) -> list[str]:
    """Every key of a Redis, and what lies under it."""
    said: list[str] = []
    for key in server.scan_iter(count=1000):
        said.append(key.decode(errors="replace"))
        match server.type(key):
            case b"string":
                said.append(str(server.get(key)))
            case b"list":
                said.append(str(server.lrange(key, 0, -1)))
            case b"hash":
                said.append(str(server.hgetall(key)))
            case b"set":
                said.append(str(server.smembers(key)))
            case b"zset":
                said.append(str(server.zrange(key, 0, -1)))
    return said
