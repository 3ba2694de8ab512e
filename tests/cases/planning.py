"""What do tests of a case's plan, meetings and evaluation ask of its pages?"""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from fravaer.cases.models import Case


def url(case: Case, name: str, *args: object) -> str:
    return reverse(f"cases:{name}", args=[case.uuid, *args])


def plain(response: object) -> str:
    assert isinstance(response, HttpResponse)
    return response.content.decode().replace("\N{NO-BREAK SPACE}", " ")


def text(response: object) -> str:
    """What a reader sees of the page, on one line."""
    html = re.sub(r"<(script|style).*?</\1>", " ", plain(response), flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def forms(html: str, address: str) -> list[dict[str, str]]:
    """The hidden fields of each form that is sent to the address."""
    found = []
    for form in re.findall(rf'<form[^>]*action="{re.escape(address)}".*?</form>', html, re.DOTALL):
        fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form)
        found.append({name: value for name, value in fields if name != "csrfmiddlewaretoken"})
    return found


def send(client: Client, page: str, address: str, which: int = 0, /, **data: Any) -> HttpResponse:
    """Fill in the form that the page sends to the address, and send it."""
    hidden = forms(plain(client.get(page)), address)[which]
    response = client.post(address, {**hidden, **data})
    assert isinstance(response, HttpResponse)
    return response
