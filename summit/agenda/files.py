"""Looking into an uploaded paper before it is kept. Its name and declared type are never believed.

What is inside is read by a child that the kernel ends when it takes too long or too much (inspection.py): the process
that holds everybody's sockets never opens a stranger's file.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from summit.agenda import inspection
from summit.errors import Refused

PATIENCE = 20  # s of waiting for the child, on a busy machine
WHY = {
    "not_pdf": _("This is not a PDF, whatever its name says. Export it again as PDF."),
    "pdf_damaged": _("This PDF is cut off or damaged. Export it again."),
    "pdf_program": _("This PDF holds a program. Export it again as a plain PDF."),
    "not_docx": _("This is not a Word document, whatever its name says. Save it as .docx."),
    "docx_damaged": _("This Word document is damaged. Save it again."),
    "docx_bomb": _("This Word document unpacks to far more than it shows. It is not kept."),
    "docx_program": _("This Word document holds a program (macros). Save it without."),
    "docx_elsewhere": _("This Word document loads parts from elsewhere. Embed its pictures and templates, save again."),
    "txt_encoding": _("This text file is not in UTF-8. Save it again in that encoding."),
    "not_txt": _("This is not a plain text file, whatever its name says."),
    "too_much": _("This file could not be looked into in good time. Export it again, without large attachments."),
}


@dataclass(frozen=True)
class Found:
    """An upload that was looked into, and what it really is."""

    kind: str  # pdf | docx | txt
    size: int  # bytes
    sha256: str  # hex
    content: bytes = field(repr=False)


def look_into(name: str, content: bytes) -> Found:
    """What this upload is, if it is something we keep. May take seconds: not inside a transaction.

    name: as the browser sent it; only its ending is looked at.
    Refused: paper.empty, paper.size, paper.ending (not .pdf, .docx, .txt), paper.content (is not what its ending says,
    is damaged, holds programs or references that a reader's computer would follow, or takes too long to read).
    """
    if not content:
        raise Refused("paper.empty", _("The file is empty."))
    if len(content) > settings.UPLOAD_LIMIT:
        raise Refused("paper.size", _("The file is larger than 25 MB. Make it smaller or split it."))
    kind = name.rsplit(".", 1)[-1].lower() if "." in name else ""
    if kind not in inspection.LOOK:
        raise Refused("paper.ending", _("Papers are PDF, Word (.docx) or plain text (.txt) files."))
    if fault := _fault(kind, content):
        raise Refused("paper.content", WHY[fault])
    return Found(kind, len(content), hashlib.sha256(content).hexdigest(), content)


def _fault(kind: str, content: bytes) -> str:
    """What the child says of it; a key of WHY, or "" when nothing is wrong."""
    command = [sys.executable, "-I", "-S", str(Path(inspection.__file__)), kind]
    try:
        child = subprocess.run(  # noqa: S603  our own module
            command, input=content, capture_output=True, timeout=PATIENCE, env={}, check=False
        )
    except subprocess.TimeoutExpired:
        return "too_much"
    if child.returncode == 3:
        return child.stderr.decode()
    if child.returncode < 0:  # a limit of the kernel
        return "too_much"
    child.check_returncode()
    return ""
