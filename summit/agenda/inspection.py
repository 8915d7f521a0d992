"""What an uploaded paper really is: the killable child of files.py. Standard library alone, no settings, no database.

Run as `python -I inspection.py KIND` with the content on standard input. Exit 0: it is what its ending says; 3: the
fault's code is on standard error. Nothing is unpacked beyond the caps below, whatever the archive declares, and the
kernel ends what takes too long or too much all the same.
"""

from __future__ import annotations

import ctypes
import re
import resource
import signal
import sys
import zipfile
from collections.abc import Callable
from io import BytesIO

CPU = 10  # s; a Word document of 25 MB takes about one
MEMORY = 512 * 1024 * 1024  # bytes of address space: the upload, one part of it, and Python
MEMBERS = 2_000  # files inside a Word document; a long report has a few hundred
UNPACKED = 200 * 1024 * 1024  # bytes of a Word document once unpacked
PART = UNPACKED // 4
RATIO = 200  # unpacked to packed; XML of real documents stays under 50, bombs start at 1000
_MAIN = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_HYPERLINK = b"relationships/hyperlink"


class Fault(Exception):
    """Not something we keep; `args[0]` is one of the codes of files.WHY."""


def pdf(content: bytes) -> None:
    """A whole PDF without programs. Nothing of it is unpacked."""
    if not re.match(rb"%PDF-[12]\.\d", content):
        raise Fault("not_pdf")
    found = re.search(rb"startxref\s+(\d{1,12})\s+%%EOF\s*\Z", content[-2048:])
    if not found or not re.match(rb"\s*(xref|\d+\s+\d+\s+obj)", content[int(found[1]) : int(found[1]) + 40]):
        raise Fault("pdf_damaged")
    if re.search(rb"/(JavaScript|JS|Launch|RichMedia)\b", content):
        raise Fault("pdf_program")


def docx(content: bytes) -> None:
    """A Word document without macros, links out of it, or more inside than it shows."""
    if not content.startswith(b"PK\x03\x04"):
        raise Fault("not_docx")
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            _members(archive)
            _parts(archive)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise Fault("docx_damaged") from error


def _members(archive: zipfile.ZipFile) -> None:
    """The table of contents: names and declared sizes."""
    rows = archive.infolist()
    if len(rows) > MEMBERS or sum(row.file_size for row in rows) > UNPACKED:
        raise Fault("docx_bomb")
    for row in rows:
        outside = (
            row.filename.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", row.filename) or ":" in row.filename
        )
        link = row.external_attr >> 16 & 0o170000 == 0o120000
        if outside or link or row.flag_bits & 1:
            raise Fault("docx_damaged")
        if row.file_size > 1024 * 1024 and row.file_size > RATIO * max(row.compress_size, 1):
            raise Fault("docx_bomb")
        if "vbaproject" in row.filename.lower():
            raise Fault("docx_program")


def _parts(archive: zipfile.ZipFile) -> None:
    """The parts a reader follows: types, relations, the text itself."""
    if _MAIN not in _read(archive, "[Content_Types].xml"):
        raise Fault("not_docx")
    _read(archive, "word/document.xml")
    for name in archive.namelist():
        if not name.endswith((".xml", ".rels")):
            continue
        part = _read(archive, name)
        if b"<!DOCTYPE" in part or b"<!ENTITY" in part:
            raise Fault("docx_damaged")
        # no "<" inside: else each of a million openings without an end would be sought through the whole part
        for relation in re.findall(rb"<Relationship\b[^<>]*>", part):
            if re.search(rb"TargetMode\s*=\s*[\"']External", relation) and _HYPERLINK not in relation:
                raise Fault("docx_elsewhere")


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    """One part, never more than the cap, whatever its header declares."""
    try:
        with archive.open(name) as part:
            content = part.read(PART + 1)
    except KeyError as error:
        raise Fault("docx_damaged") from error
    if len(content) > PART:
        raise Fault("docx_bomb")
    return content.replace(b"\0", b"") if content[:2] in (b"\xff\xfe", b"\xfe\xff") else content


def txt(content: bytes) -> None:
    """Text in UTF-8 without control characters."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Fault("txt_encoding") from error
    if re.search(r"[\x00-\x08\x0e-\x1f\x7f]", text):
        raise Fault("not_txt")


LOOK: dict[str, Callable[[bytes], None]] = {"pdf": pdf, "docx": docx, "txt": txt}


def main() -> int:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: a web process that is killed leaves none behind
    for limit, most in (
        (resource.RLIMIT_CPU, CPU),
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))
    try:
        LOOK[sys.argv[1]](sys.stdin.buffer.read())
    except Fault as fault:
        sys.stderr.write(str(fault))
        return 3
    except MemoryError:
        sys.stderr.write("too_much")
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
