"""What a device is given to open the product without a connection."""

from __future__ import annotations

import json
import re

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from fravaer.core.device import FILES
from tests.cast import Cast, signed_in

pytestmark = pytest.mark.django_db


def test_the_service_worker_reaches_every_page_and_is_asked_for_anew_each_time() -> None:
    answer = Client().get("/sw.js")
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "importScripts(" in answer.content.decode()


def test_it_keeps_files_that_exist_and_one_page_that_is_nobodys(cast: Cast) -> None:
    said = signed_in(cast.mette).get("/sw.js").content.decode()
    kept = json.loads(re.findall(r"self\.KEPT = (.*);", said)[0])
    assert kept
    assert all(path.startswith("/static/") for path in kept)
    assert [name for name in FILES if finders.find(name) is None] == []
    assert said == Client().get("/sw.js").content.decode()

    page = signed_in(cast.mette).get("/offline/").content.decode()
    assert page == Client().get("/offline/").content.decode()
    assert cast.mette.name not in page
    assert "csrf" not in page.lower()


def test_whatever_the_page_without_a_connection_asks_for_is_kept() -> None:
    page = Client().get("/offline/").content.decode()
    asked = set(re.findall(r'(?:src|href)="(/static/[^"#]+)', page))
    said = Client().get("/sw.js").content.decode()
    assert asked <= set(json.loads(re.findall(r"self\.KEPT = (.*);", said)[0]))


def test_the_product_can_be_put_on_a_home_screen() -> None:
    answer = Client().get("/manifest.webmanifest")
    assert answer.headers["Content-Type"] == "application/manifest+json"
    manifest = answer.json()
    assert (manifest["name"], manifest["lang"], manifest["display"]) == ("Fravær", "da", "standalone")
    assert all(finders.find(icon["src"].removeprefix("/static/")) for icon in manifest["icons"])
    assert {icon["sizes"] for icon in manifest["icons"]} == {"192x192", "512x512"}


def test_the_pages_keep_their_strict_policy(cast: Cast) -> None:
    for path in ("/sw.js", "/offline/", "/today/"):
        policy = signed_in(cast.mette).get(path).headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "worker-src 'self'" in policy
        assert "manifest-src 'self'" in policy
        assert "unsafe" not in policy


def test_signing_out_asks_the_browser_to_forget(cast: Cast) -> None:
    answer = signed_in(cast.mette).post("/logout/")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
