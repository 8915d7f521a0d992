"""Looking into an uploaded paper before it is kept. Its name and declared type are never believed.

Bounded in memory and time: nothing is unpacked beyond the caps below, whatever the archive declares.
"""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from summit.errors import Refused

MEMBERS = 2_000  # files inside a Word document; a long report has a few hundred
UNPACKED = 200 * 1024 * 1024  # bytes of a Word document once unpacked
RATIO = 200  # unpacked to packed; XML of real documents stays under 50, bombs start at 1000
_MAIN = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_HYPERLINK = b"relationships/hyperlink"


@dataclass(frozen=True)
class Found:
    """What an upload really is."""

    kind: str  # pdf | docx | txt
    size: int  # bytes
    sha256: str  # hex


def look_into(name: str, content: bytes) -> Found:
    """What this upload is, if it is something we keep.

    Refused: paper.empty, paper.size, paper.ending (not .pdf, .docx, .txt), paper.content (is not what its ending says,
    is damaged, or holds programs or references that a reader's computer would follow).
    """
    if not content:
        raise Refused("paper.empty", _("The file is empty."))
    if len(content) > settings.UPLOAD_LIMIT:
        raise Refused("paper.size", _("The file is larger than 25 MB. Make it smaller or split it."))
    kind = name.rsplit(".", 1)[-1].lower() if "." in name else ""
    if kind not in _LOOK:
        raise Refused("paper.ending", _("Papers are PDF, Word (.docx) or plain text (.txt) files."))
    _LOOK[kind](content)
    return Found(kind, len(content), hashlib.sha256(content).hexdigest())


def _pdf(content: bytes) -> None:
    if not re.match(rb"%PDF-[12]\.\d", content):
        raise Refused("paper.content", _("This is not a PDF, whatever its name says. Export it again as PDF."))
    found = re.search(rb"startxref\s+(\d{1,12})\s+%%EOF\s*\Z", content[-2048:])
    if not found:
        raise Refused("paper.content", _("This PDF is cut off or damaged. Export it again."))
    table = content[int(found[1]) : int(found[1]) + 40]
    if not re.match(rb"\s*(xref|\d+\s+\d+\s+obj)", table):
        raise Refused("paper.content", _("This PDF is cut off or damaged. Export it again."))
    if re.search(rb"/(JavaScript|JS|Launch|RichMedia)\b", content):
        raise Refused("paper.content", _("This PDF holds a program. Export it again as a plain PDF."))


def _docx(content: bytes) -> None:
    if not content.startswith(b"PK\x03\x04"):
        raise Refused("paper.content", _("This is not a Word document, whatever its name says. Save it as .docx."))
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            _members(archive)
            _parts(archive)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise Refused("paper.content", _("This Word document is damaged. Save it again.")) from error


def _members(archive: zipfile.ZipFile) -> None:
    """The table of contents: names and declared sizes."""
    rows = archive.infolist()
    if len(rows) > MEMBERS or sum(row.file_size for row in rows) > UNPACKED:
        raise Refused("paper.content", _("This Word document unpacks to far more than it shows. It is not kept."))
    for row in rows:
        outside = (
            row.filename.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", row.filename) or ":" in row.filename
        )
        link = row.external_attr >> 16 & 0o170000 == 0o120000
        if outside or link or row.flag_bits & 1:
            raise Refused("paper.content", _("This Word document is damaged. Save it again."))
        if row.file_size > 1024 * 1024 and row.file_size > RATIO * max(row.compress_size, 1):
            raise Refused("paper.content", _("This Word document unpacks to far more than it shows. It is not kept."))
        if "vbaproject" in row.filename.lower():
            raise Refused("paper.content", _("This Word document holds a program (macros). Save it without."))


def _parts(archive: zipfile.ZipFile) -> None:
    """The parts a reader follows: types, relations, the text itself."""
    if _MAIN not in _read(archive, "[Content_Types].xml"):
        raise Refused("paper.content", _("This is not a Word document, whatever its name says. Save it as .docx."))
    _read(archive, "word/document.xml")
    for name in archive.namelist():
        if not name.endswith((".xml", ".rels")):
            continue
        part = _read(archive, name)
        if b"<!DOCTYPE" in part or b"<!ENTITY" in part:
            raise Refused("paper.content", _("This Word document is damaged. Save it again."))
        for relation in re.findall(rb"<Relationship\b[^>]*>", part):
            if re.search(rb"TargetMode\s*=\s*[\"']External", relation) and _HYPERLINK not in relation:
                raise Refused(
                    "paper.content",
                    _("This Word document loads parts from elsewhere. Embed its pictures and templates, save again."),
                )


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    """One part, never more than the cap, whatever its header declares."""
    try:
        with archive.open(name) as part:
            content = part.read(UNPACKED // 4 + 1)
    except KeyError as error:
        raise Refused("paper.content", _("This Word document is damaged. Save it again.")) from error
    if len(content) > UNPACKED // 4:
        raise Refused("paper.content", _("This Word document unpacks to far more than it shows. It is not kept."))
    return content.replace(b"\0", b"") if content[:2] in (b"\xff\xfe", b"\xfe\xff") else content


def _txt(content: bytes) -> None:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused("paper.content", _("This text file is not in UTF-8. Save it again in that encoding.")) from error
    if re.search(r"[\x00-\x08\x0e-\x1f\x7f]", text):
        raise Refused("paper.content", _("This is not a plain text file, whatever its name says."))


_LOOK: dict[str, Callable[[bytes], None]] = {"pdf": _pdf, "docx": _docx, "txt": _txt}
