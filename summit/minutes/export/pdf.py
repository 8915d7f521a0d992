"""Minutes as a tagged PDF, set by Typst. Pure but for the fonts it reads.

Run as `python -m summit.minutes.export.pdf` it is the killable child of tasks.py: {"document", "seal"} as JSON on
standard input, the PDF on standard output.
"""

from __future__ import annotations

import json
import sys
import unicodedata
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from summit.minutes.document import Document, load
from summit.minutes.export.sheet import confine

HERE = Path(__file__).resolve().parent
DEBIAN_CJK = Path("/usr/share/fonts/opentype/noto")  # package fonts-noto-cjk


class CannotRender(Exception):
    """The PDF cannot be made on this machine; `code` names why and is shown to whoever asked."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def render(document: Document, seal: str = "") -> bytes:
    """The PDF. seal: the SHA-256 of the approved document, printed at the foot; empty for drafts.

    Refuses with CannotRender "no_typst", or "no_font" when the text needs Chinese characters and no font has them.
    """
    if find_spec("typst") is None:
        raise CannotRender("no_typst")
    fonts = font_folders()
    if _needs_chinese(document) and len(fonts) < 2:
        raise CannotRender("no_font")
    import typst  # a 34 MB library: only loaded where a PDF is made

    inputs = {"document": json.dumps(_with_widths(document), ensure_ascii=False), "seal": seal}
    options: dict[str, Any] = {
        "input": (HERE / "minutes.typ").read_bytes(),
        "font_paths": [str(folder) for folder in fonts],
        "sys_inputs": inputs,
    }
    try:
        return bytes(typst.compile(**options, pdf_standards=["a-2a", "ua-1"]))
    except typst.TypstError:
        # a character none of the fonts has: archival PDF forbids that, an ordinary tagged one shows a box
        return bytes(typst.compile(**options))


def font_folders() -> list[Path]:
    """Our own Latin, Cyrillic and Arabic; then Chinese from its wheel or from Debian, where there is one."""
    wheel = find_spec("pylopdf_fonts_zh_cn")
    chinese = [Path(folder) for folder in (wheel.submodule_search_locations or [])] if wheel else []
    return [HERE / "fonts", *(chinese or ([DEBIAN_CJK] if DEBIAN_CJK.exists() else []))]


def _needs_chinese(document: Document) -> bool:
    return any(
        "CJK" in unicodedata.name(letter, "") for letter in set(json.dumps(asdict(document), ensure_ascii=False))
    )


def _with_widths(document: Document) -> dict[str, Any]:
    """The document, with what the page needs beside it: a paragraph around its bold lead, and columns as wide as their words."""
    data = asdict(document)
    for section, told in zip(data["sections"], document.sections, strict=True):
        for paragraph, parts in zip(section["paragraphs"], told.paragraphs, strict=True):
            paragraph["before"], paragraph["lead"], paragraph["after"] = parts.parts
            del paragraph["facts"]
    for annex in data["annexes"]:
        columns = list(zip(annex["columns"], *annex["rows"], strict=True))
        annex["widths"] = [max(4, *(min(_width(cell), 40) for cell in column)) for column in columns]
    return data


def _width(text: str) -> int:
    """Of a text, in Latin letters; a Chinese character is as wide as two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def main() -> int:
    confine()
    asked = json.load(sys.stdin)
    try:
        made = render(load(asked["document"]), asked["seal"])
    except CannotRender as refusal:
        sys.stderr.write(refusal.code)
        return 3
    sys.stdout.buffer.write(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
