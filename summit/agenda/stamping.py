"""Puts a reader's name on every page of a paper: the killable child of marking.py. No settings, no database.

Run as `python -I stamping.py pdf|docx|txt TEXT` with the paper on standard input; the marked one comes on standard output. Exit 3: it
cannot be marked. A stranger's file is opened here, so the kernel ends what takes too long or too much.
"""

from __future__ import annotations

import ctypes
import resource
import signal
import sys
from collections.abc import Callable
from io import BytesIO

CPU = 20  # s; 500 pages take about two
MEMORY = 1024**3  # bytes of address space
FONT = "/ParleyMark"
SIZE = 7  # points
EDGE = 9  # points from the lower left corner of what is shown
GREY = "0.35"


def pdf(content: bytes, text: str) -> bytes:
    """The PDF with this line at the foot and along the left edge of each page. text: Latin letters (cp1252)."""
    from pypdf import PdfReader, PdfWriter
    from pypdf.generic import ArrayObject, DictionaryObject, NameObject, StreamObject

    writer = PdfWriter(clone_from=PdfReader(BytesIO(content)))
    font = writer._add_object(
        DictionaryObject(
            {
                NameObject("/Type"): NameObject("/Font"),
                NameObject("/Subtype"): NameObject("/Type1"),
                NameObject("/BaseFont"): NameObject("/Helvetica"),
                NameObject("/Encoding"): NameObject("/WinAnsiEncoding"),
            }
        )
    )
    before = StreamObject()
    before.set_data(b"q\n")
    begun = writer._add_object(before)
    for page in writer.pages:
        resources = page.setdefault(NameObject("/Resources"), DictionaryObject()).get_object()
        fonts = resources.setdefault(NameObject("/Font"), DictionaryObject()).get_object()
        fonts[NameObject(FONT)] = font
        line = StreamObject()
        line.set_data(_drawn(text, float(page.cropbox.left), float(page.cropbox.bottom)))
        held = page.get("/Contents")
        inside = held.get_object() if held is not None else ArrayObject()
        parts = list(inside) if isinstance(inside, ArrayObject) else [page.raw_get("/Contents")]
        page[NameObject("/Contents")] = ArrayObject([begun, *parts, writer._add_object(line)])
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def _drawn(text: str, left: float, bottom: float) -> bytes:
    """Along the foot, and upwards along the edge."""
    said = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)").encode("cp1252", "replace")
    colour = f"{GREY} g BT {FONT} {SIZE} Tf".encode()
    along = f"1 0 0 1 {left + 2 * EDGE:.1f} {bottom + EDGE:.1f} Tm".encode()
    upwards = f"0 1 -1 0 {left + EDGE:.1f} {bottom + 4 * EDGE:.1f} Tm".encode()
    return b"\nQ q %s %s (%s) Tj %s (%s) Tj ET Q\n" % (colour, along, said, upwards, said)


def docx(content: bytes, text: str) -> bytes:
    """The Word document with this line in the footers of all its sections, and below its text, which any program shows."""
    from docx import Document
    from docx.shared import Pt

    document = Document(BytesIO(content))
    for number, section in enumerate(document.sections):
        for footer in (section.footer, section.first_page_footer, section.even_page_footer):
            if number == 0 or not footer.is_linked_to_previous:  # else it shows that of the section before
                footer.add_paragraph().add_run(text).font.size = Pt(SIZE)
    document.add_paragraph().add_run(text).font.size = Pt(SIZE)
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def txt(content: bytes, text: str) -> bytes:
    """The text with this line above and below it."""
    said = content.decode("utf-8-sig")
    return f"{text}\n\n{said}\n\n{text}\n".encode("utf-8-sig")


MARK: dict[str, Callable[[bytes, str], bytes]] = {"pdf": pdf, "docx": docx, "txt": txt}


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
        made = MARK[sys.argv[1]](sys.stdin.buffer.read(), sys.argv[2])
    except Exception as error:  # whatever a damaged or locked file makes the library raise
        sys.stderr.write(type(error).__name__)
        return 3
    sys.stdout.buffer.write(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
