"""The words of a paper's file: the killable child of reading.py. No settings, no database.

Run as `python -I extracting.py KIND` with the content on standard input; UTF-8 text on standard output, cut at LIMIT.
A stranger's file is opened here, so the kernel ends what takes too long or too much.
"""

from __future__ import annotations

import ctypes
import resource
import signal
import sys
import zipfile
from io import BytesIO
from xml.etree import ElementTree

CPU = 20  # s; a PDF of 300 pages takes about ten
MEMORY = 1024**3  # bytes of address space
LIMIT = 500_000  # characters; a report of 8,500 words has 60,000
PART = 50 * 1024 * 1024  # bytes of one part of a Word document
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def pdf(content: bytes) -> str:
    """Page by page until there is enough."""
    from pypdf import PdfReader

    found, length = [], 0
    for page in PdfReader(BytesIO(content)).pages:
        found.append(page.extract_text())
        length += len(found[-1])
        if length > LIMIT:
            break
    return "\n".join(found)


def docx(content: bytes) -> str:
    """The paragraphs of the main part. What was kept holds no entities (agenda/inspection.py)."""
    with zipfile.ZipFile(BytesIO(content)) as archive, archive.open("word/document.xml") as part:
        tree = ElementTree.fromstring(part.read(PART))  # noqa: S314
    rows = ("".join(run.text or "" for run in row.iter(f"{_WORD}t")) for row in tree.iter(f"{_WORD}p"))
    return "\n".join(rows)


def txt(content: bytes) -> str:
    return content.decode("utf-8-sig")


def main() -> int:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    for limit, most in (
        (resource.RLIMIT_CPU, CPU),
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))
    try:
        text = {"pdf": pdf, "docx": docx, "txt": txt}[sys.argv[1]](sys.stdin.buffer.read())
    except Exception as error:  # whatever a damaged file makes a library raise
        sys.stderr.write(type(error).__name__)
        return 3
    sys.stdout.buffer.write(text[:LIMIT].encode("utf-8", "replace"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
