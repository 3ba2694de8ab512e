"""A file that somebody sends is read only when it is what is asked for, and small enough."""

from __future__ import annotations

import gzip
import io
import zipfile

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory
from django.urls import reverse

from fravaer.absence.models import Known
from fravaer.core import uploads
from tests.architecture.source import ROOT, rooms
from tests.cast import Cast, signed_in

HEADER = b"navn;klasse;hvad;fra;til;tekst\r\n"


def archive(name: str, content: bytes, *, link: bool = False) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        part = zipfile.ZipInfo(name)
        part.compress_type = zipfile.ZIP_DEFLATED
        if link:
            part.external_attr = 0o120777 << 16
        made.writestr(part, content)
    return out.getvalue()


BOMB = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>'
LIES = {
    "a workbook": archive("xl/workbook.xml", b"<workbook/>"),
    "a workbook with a macro": archive("xl/vbaProject.bin", b"macro"),
    "a workbook that fetches": archive("xl/externalLinks/externalLink1.xml", b"<externalLink/>"),
    "a workbook of entities": archive("xl/sharedStrings.xml", BOMB),
    "much in little": archive("fravaer.csv", b"0" * 50_000_000),
    "a link in an archive": archive("fravaer.csv", b"/etc/passwd", link=True),
    "a packed file": gzip.compress(HEADER),
    "an old workbook": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
    "a PDF": b"%PDF-1.7\n1 0 obj <</Type /Catalog>> endobj\n%%EOF\n",
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(60),
    "a program": b"#!/bin/sh\necho hej\n",
    "a list with an archive behind": HEADER + archive("fravaer.csv", b"x"),
    "NUL": HEADER + b"Freja\x00 Holm;7.B;syg;10-03-2026;;\r\n",
    "an escape sequence": HEADER + b"\x1b[31mFreja Holm;7.B;syg;10-03-2026;;\r\n",
}
WORDS = {
    "entities as words": BOMB,
    "another mark": HEADER.decode().encode("utf-16"),
    "old letters": "navn;klasse\r\nBjørn;7.B\r\n".encode("cp1252"),
    "no header": b"Freja Holm;7.B;syg;10-03-2026;;\r\n",
    "a header twice": b"navn;navn;klasse;hvad;fra\r\nFreja Holm;Freja Holm;7.B;syg;10-03-2026\r\n",
    "a row without end": b"navn;klasse;hvad;fra\r\n" + b"x" * 150_000,
    "very many rows": HEADER + b";;;;;\r\n" * 20_000,
    "very many columns": b";" * 16_384 + b"\r\n",
    "a surrogate": b"\xed\xa0\x80;7.B;syg;10-03-2026;;\r\n",
}


def test_66_what_is_no_words_is_not_read_whatever_it_is_called() -> None:
    for what, content in LIES.items():
        with pytest.raises(uploads.Refused) as refused:
            uploads.text(content, 10_000_000)
        assert refused.value.why == uploads.Why.NO_TEXT, what
    with pytest.raises(uploads.Refused) as refused:
        uploads.words(SimpleUploadedFile("fravaer.csv", HEADER + b";;;;;\r\n" * 1_000_000), 200_000)
    assert refused.value.why == uploads.Why.TOO_LARGE
    assert uploads.text(HEADER + "Bjørn Å;7.B;syg;10-03-2026;;\r\n\f".encode(), 200_000)


def test_66_every_page_that_takes_a_list_refuses_all_of_them_with_a_sentence(cast: Cast) -> None:
    client = signed_in(cast.secretary)
    token = f"school-{cast.school.pk}"
    urls = [reverse("absence:known-import"), reverse("absence:calendar-preview", args=[token]) + "?year=2025"]
    for url in urls:
        for what, content in {**LIES, **WORDS}.items():
            answer = client.post(url, {"file": SimpleUploadedFile("liste.csv", content)})
            assert answer.status_code == 422, (url, what)
            assert "alert-error" in answer.content.decode(), (url, what)
    assert Known.objects.count() == 0


def test_37_a_files_name_neither_breaks_nor_turns_a_line(cast: Cast) -> None:
    """Line breaks, the mark that turns a line, an escape sequence, a path."""
    odd = "..\\..\\fra\r\nSet-Cookie: x\u202egnp.\x1b[31mcsv"
    shown = uploads.shown(odd)
    assert not [sign for sign in shown if not sign.isprintable()]
    assert len(uploads.shown("x" * 1000)) == uploads.LONGEST_NAME
    client = signed_in(cast.secretary)
    answer = client.post(
        reverse("absence:known-import"), {"file": SimpleUploadedFile("ond\u202evsc.csv", HEADER)}
    )
    assert "\u202e" not in answer.content.decode()


def test_a_request_larger_than_any_file_of_ours_is_refused_before_it_is_read(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "LARGEST_REQUEST", 50_000)
    client = signed_in(cast.secretary)
    client.raise_request_exception = False
    url = reverse("absence:known-import")
    answer = client.post(url, {"file": SimpleUploadedFile("liste.csv", HEADER + b";" * 60_000)})
    assert answer.status_code == 400
    several = {name: SimpleUploadedFile("liste.csv", HEADER) for name in ("file", "more")}
    assert client.post(url, several).status_code == 400


def test_who_is_not_signed_in_leaves_no_file(rf: RequestFactory) -> None:
    request = rf.post("/login/", {"username": "x", "file": SimpleUploadedFile("x.csv", HEADER)})
    request.user = AnonymousUser()
    assert request.POST["username"] == "x"
    assert len(uploads.files(request)) == 0
    assert uploads.chosen(request, "file") is None
    with pytest.raises(RequestDataTooBig):
        uploads.Capped(request).handle_raw_input(io.BytesIO(), {}, uploads.LARGEST_REQUEST + 1, "x")


def test_files_come_in_by_one_room() -> None:
    places = {
        room.place
        for room in rooms(ROOT)
        if ".FILES" in room.text and room.place != "fravaer/core/uploads.py"
    }
    assert places == set()
