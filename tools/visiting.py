"""How does a person walk through the pages, as a browser without JavaScript would let them?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Self
from urllib.parse import urljoin

import requests

from tools.surroundings import Problem

_SECONDS = 30


@dataclass
class Form:
    """A form as the page shows it: where it goes, and what it would send if nothing were changed."""

    action: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    choices: dict[str, list[str]] = field(default_factory=dict)
    """The radio groups, by name, with every value on offer."""
    legends: dict[str, str] = field(default_factory=dict)
    """What stands above each radio group."""
    buttons: list[tuple[str, str]] = field(default_factory=list)

    def filled(self, changes: Mapping[str, str]) -> list[tuple[str, str]]:
        """What it sends after these fields were changed."""
        kept = [(name, value) for name, value in self.fields if name not in changes]
        return [*kept, *changes.items()]


class Page(HTMLParser):
    """What a page offers: its address, links, forms and text."""

    def __init__(self, url: str, html: str) -> None:
        super().__init__()
        self.url = url
        self.html = html
        self.links: list[str] = []
        self.forms: list[Form] = []
        self._inside = False
        self._legend = ""
        self._in_legend = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what one can follow or fill in."""
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in given:
            self.links.append(urljoin(self.url, given["href"]))
        elif tag == "legend":
            self._legend, self._in_legend = "", True
        elif tag == "form":
            action = urljoin(self.url, given.get("action", ""))
            self.forms.append(Form(action, given.get("method", "get").lower()))
            self._inside = True
        elif self._inside and "name" in given:
            self._keep(self.forms[-1], tag, given)

    def handle_endtag(self, tag: str) -> None:
        """What follows a form's end is none of its fields."""
        if tag == "form":
            self._inside = False
        elif tag == "legend":
            self._in_legend = False

    def handle_data(self, data: str) -> None:
        """Keep what a group of choices is about."""
        if self._in_legend:
            self._legend += data

    def _keep(self, form: Form, tag: str, given: Mapping[str, str]) -> None:
        name, value, kind = given["name"], given.get("value", ""), given.get("type", "")
        if tag == "button":
            form.buttons.append((name, value))
        elif tag == "input" and kind == "radio":
            form.choices.setdefault(name, []).append(value)
            form.legends[name] = " ".join(self._legend.split())
            if "checked" in given:
                form.fields.append((name, value))
        elif tag == "input" and (kind != "checkbox" or "checked" in given):
            form.fields.append((name, value))


class Visitor:
    """One person with one browser."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session = requests.Session()
        self._session.trust_env = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def open(self, address: str) -> Page:
        """Follow a link, given whole or from the root of the site."""
        return self._page(self._session.get(urljoin(self._url, address), timeout=_SECONDS))

    def submit(self, form: Form, changes: Mapping[str, str]) -> Page:
        """Send a form with some fields changed, and see the page it leads to."""
        response = self._session.request(
            form.method,
            form.action,
            data=form.filled(changes),
            headers={"Origin": self._url, "Referer": form.action},
            timeout=_SECONDS,
        )
        return self._page(response)

    def sign_in(self, account: str) -> Page:
        """Become one of the demonstration's people by a click; answers the page they land on."""
        form = form_with(self.open("/login/"), button=("account", account))
        return self.submit(form, {"account": account})

    def _page(self, response: requests.Response) -> Page:
        if response.status_code != requests.codes.ok:
            raise Problem(f"{response.request.method} {response.url} answered {response.status_code}.")
        return Page(response.url, response.text)


def form_with(page: Page, *, button: tuple[str, str] | None = None, name: str | None = None) -> Form:
    """The page's form that has this button, or this field.

    Raises:
        Problem: the page has no such form.
    """
    for form in page.forms:
        if (button in form.buttons) if button else (name in dict(form.fields)):
            return form
    raise Problem(f"{page.url} has no form with {button or name}.")
