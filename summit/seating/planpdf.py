"""The seating plan, set by Typst: the killable child of printing.py. No settings, no database.

Run as `python -m summit.seating.planpdf`: what printing.py asks for as JSON on standard input, the PDF on standard output.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from summit.minutes.export.pdf import font_folders
from summit.minutes.export.sheet import confine

HERE = Path(__file__).resolve().parent


def compose(asked: dict[str, Any]) -> bytes:
    """The PDF: the plan on a page as wide as the hall needs, then the list."""
    import typst  # only loaded where a plan is made

    options: dict[str, Any] = {
        "input": (HERE / "plan.typ").read_bytes(),
        "font_paths": [str(folder) for folder in font_folders()],
        "sys_inputs": {"plan": json.dumps(asked, ensure_ascii=False)},
    }
    try:
        return bytes(typst.compile(**options, pdf_standards=["ua-1"]))
    except typst.TypstError:  # a character none of the fonts has: an ordinary tagged PDF shows a box
        return bytes(typst.compile(**options))


def main() -> int:
    confine()
    sys.stdout.buffer.write(compose(json.load(sys.stdin)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
