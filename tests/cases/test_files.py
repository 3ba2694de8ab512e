"""Does a case keep only files that harm nobody, and show them to nobody else?"""

from __future__ import annotations

import io
import os
import stat
import zipfile
import zlib
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from fravaer.accounts.roles import Role
from fravaer.audit.models import Event
from fravaer.cases import documents
from fravaer.cases.models import Case, Document
from fravaer.core import checks
from tests.cases import casework
from tests.cast import MORNING, Cast, signed_in

pytestmark = pytest.mark.usefixtures("book")

PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"
PNG = (
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\0\0\0\0:~\x9bU\0\0\0\nIDATx\x9cc`\0\0\0\2\0\1H\xaf\xa4q"
    b"\0\0\0\0IEND\xaeB`\x82"
)
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0" + b"\0" * 60 + b"\xff\xd9"
TYPES = b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'


def zipped(parts: dict[str, bytes], *, compress: bool = False) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return made.getvalue()


def docx(**more: bytes) -> bytes:
    parts = {"[Content_Types].xml": TYPES, "word/document.xml": b"<w:document/>"}
    return zipped(parts | more)


ODT = zipped({"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"<office/>"})


def lying() -> bytes:
    """An archive whose directory says its part is small, while it unpacks to very much."""
    honest = zipped(
        {"[Content_Types].xml": TYPES, "word/document.xml": b"\0" * 90 * 1024 * 1024}, compress=True
    )
    size = (90 * 1024 * 1024).to_bytes(4, "little")
    return honest.replace(size, (1000).to_bytes(4, "little"))


HARMFUL: dict[str, tuple[str, bytes, str]] = {
    "a web page called a text": ("a.txt", b"<!DOCTYPE html><html><script>alert(1)</script>", "makroer"),
    "a web page called a picture": ("a.png", b"<html><body onload=alert(1)>", "endelse"),
    "a drawing that runs": ("a.svg", b'<svg xmlns="http://www.w3.org/2000/svg" onload="a()"/>', "slags"),
    "a program called a PDF": ("a.pdf", b"MZ" + b"\0" * 200, "endelse"),
    "a PDF that is a web page too": ("a.pdf", PDF[:-6] + b"<script>a()</script>%%EOF\n", "makroer"),
    "a PDF that runs, its name hidden": ("a.pdf", PDF.replace(b"/Root", b"/#4aavaScript"), "makroer"),
    "a PDF with a file inside": ("a.pdf", PDF.replace(b"/Root", b"/EmbeddedFiles"), "makroer"),
    "a picture that is an archive too": ("a.jpg", JPEG[:-2] + zipped({"x": b"y"}) + b"\xff\xd9", "makroer"),
    "a document with macros": (
        "a.docx",
        docx(**{"word/vbaProject.bin": b"x"}),
        "makroer",
    ),
    "a document with a template from elsewhere": (
        "a.docx",
        docx(**{"word/_rels/settings.xml.rels": b'Type="x/attachedTemplate" TargetMode="External"'}),
        "makroer",
    ),
    "a document with a program inside": ("a.docx", docx(**{"word/media/image1.png": b"MZ\x90\0"}), "makroer"),
    "a document that climbs out of its folder": ("a.docx", docx(**{"../../etc/cron": b"x"}), "makroer"),
    "a bomb": (
        "a.docx",
        zipped({"[Content_Types].xml": TYPES, "word/document.xml": b"\0" * 90 * 1024 * 1024}, compress=True),
        "pakkes ud",
    ),
    "a bomb that lies about its size": ("a.docx", lying(), "beskadiget"),
    "an old document": ("a.docx", b"\xd0\xcf\x11\xe0" + b"\0" * 600, "endelse"),
    "a program called by two endings": ("faktura.pdf.exe", b"MZ", "slags"),
    "nothing": ("a.pdf", b"", "tom"),
    "too much": ("a.txt", b"a" * (10 * 1024 * 1024 + 1), "større end"),
    "a name that is none": (".pdf", PDF, "navn"),
}


@pytest.fixture
def case(cast: Cast) -> Case:
    return casework.case_of(cast.pupils[0], {Role.SOCIAL_WORKER: cast.social_worker})


@pytest.fixture
def folder(tmp_path: Path, settings: Settings) -> Path:
    settings.FRAVAER_DOCUMENTS = str(tmp_path / "kept")
    return tmp_path / "kept"


def put(client: Client, case: Case, name: str, content: bytes, **more: object) -> HttpResponse:
    upload = SimpleUploadedFile("x", content, content_type="text/html")
    upload.name = name
    response = client.post(
        reverse("cases:document-add", args=[case.uuid]), {"key": uuid4(), "turn": 0, "file": upload, **more}
    )
    assert isinstance(response, HttpResponse)
    return response


def kept(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("harm", HARMFUL)
def test_a_harmful_file_is_refused_with_a_sentence_and_nothing_of_it_is_kept(
    harm: str, cast: Cast, case: Case, folder: Path
) -> None:
    name, content, sentence = HARMFUL[harm]
    response = put(signed_in(cast.leader), case, name, content)
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert not Document.objects.exists()
    assert kept(folder) == []


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("Referat.pdf", PDF, "application/pdf"),
        ("tegning.PNG", PNG, "image/png"),
        ("foto.jpeg", JPEG, "image/jpeg"),
        ("brev.docx", docx(), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("brev.odt", ODT, "application/vnd.oasis.opendocument.text"),
        ("Æbler og pærer.txt", b"Hun kom kl. 8 og blev glad.\n", "text/plain; charset=utf-8"),
    ],
)
def test_a_plain_file_is_kept_outside_the_web_and_served_only_to_be_saved(
    name: str, content: bytes, kind: str, cast: Cast, case: Case, folder: Path
) -> None:
    leader = signed_in(cast.leader)
    assert put(leader, case, f"C:\\Users\\lars\\..\\{name}", content).status_code == 303
    document = Document.objects.get()
    assert (document.name, document.kind, document.by) == (name, kind, cast.leader)
    [path] = kept(folder)
    assert name not in str(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    response = leader.get(reverse("cases:document", args=[case.uuid, document.uuid]))
    assert response.content == content
    assert response.headers["Content-Type"] == kind
    assert response.headers["Content-Disposition"].startswith("attachment; ")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert Event.objects.filter(action="read", subject="document", subject_id=document.uuid).exists()


def test_a_file_of_social_services_does_not_exist_for_the_school(
    cast: Cast, case: Case, folder: Path
) -> None:
    worker, leader = signed_in(cast.social_worker), signed_in(cast.leader)
    assert put(worker, case, "notat.pdf", PDF, domain="social").status_code == 303
    document = Document.objects.get()
    address = reverse("cases:document", args=[case.uuid, document.uuid])
    assert worker.get(address).status_code == 200
    assert leader.get(address).status_code == 404
    assert b"notat.pdf" not in leader.get(reverse("cases:papers", args=[case.uuid])).content
    assert leader.post(f"{address}remove/", {"turn": 0}).status_code == 404
    assert signed_in(cast.stranger).get(address).status_code == 404


def test_a_removed_file_is_gone_and_its_row_says_so(
    cast: Cast, case: Case, folder: Path, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    leader = signed_in(cast.leader)
    put(leader, case, "referat.pdf", PDF)
    address = reverse("cases:document", args=[case.uuid, Document.objects.get().uuid])
    with django_capture_on_commit_callbacks(execute=True):
        assert leader.post(f"{address}remove/", {"turn": 0}).status_code == 303
    assert kept(folder) == []
    assert Document.objects.get().removed_by == cast.leader
    assert leader.get(address).status_code == 410
    assert "slettet 10-03-2026 af Lars Toft" in leader.get(
        reverse("cases:papers", args=[case.uuid])
    ).content.decode().replace("\N{NO-BREAK SPACE}", " ")


def test_sent_twice_it_is_one_file_and_in_a_closed_case_none(cast: Cast, case: Case, folder: Path) -> None:
    leader, key = signed_in(cast.leader), uuid4()
    for _twice in range(2):
        assert put(leader, case, "referat.pdf", PDF, key=key).status_code == 303
    assert Document.objects.count() == len(kept(folder)) == 1
    assert put(leader, case, "andet.txt", b"noget andet", key=key).status_code == 400
    casework.closed(case)
    assert put(leader, case, "for sent.pdf", PDF).status_code == 409
    assert Document.objects.count() == len(kept(folder)) == 1


def test_a_full_disk_and_a_failed_save_leave_no_row_and_no_file(
    cast: Cast, case: Case, folder: Path, settings: Settings
) -> None:
    leader = signed_in(cast.leader)
    # A folder that cannot be made: a file is in its place.
    folder.write_bytes(b"")
    response = put(leader, case, "referat.pdf", PDF)
    assert response.status_code == 503
    assert "Disken tog ikke imod den" in response.content.decode()
    assert not Document.objects.exists()
    folder.unlink()
    put(leader, case, "referat.pdf", PDF)
    [standing] = kept(folder)
    # What a crash leaves behind is swept once it is a day old; what has a row stays.
    left = documents.place(folder, uuid4())
    left.parent.mkdir(parents=True, exist_ok=True)
    left.write_bytes(zlib.compress(PDF))
    half = left.with_name(f"{left.name}.part")
    half.write_bytes(b"")
    assert documents.sweep(folder, MORNING) == documents.missing(folder) == 0
    for path in (left, half, standing):
        os.utime(path, (MORNING.timestamp() - 90_000,) * 2)
    assert documents.sweep(folder, MORNING) == 2
    assert kept(folder) == [standing]
    # What is not what was kept is not given to anybody.
    standing.write_bytes(b"noget andet")
    assert (
        leader.get(reverse("cases:document", args=[case.uuid, Document.objects.get().uuid])).status_code
        == 410
    )


@pytest.mark.parametrize(("inside", "found"), [("static/kept", ["fravaer.E004"]), ("kept", [])])
def test_a_folder_that_is_served_stops_the_start(
    inside: str, found: list[str], tmp_path: Path, settings: Settings
) -> None:
    settings.STATIC_ROOT = tmp_path / "static"
    settings.FRAVAER_DOCUMENTS = str(tmp_path / inside)
    assert [problem.id for problem in checks.documents_are_served_by_nobody(None)] == found
