"""The sheet of badges, set by Typst: the killable child of printing.py. No settings, no database.

Run as `python -m summit.accreditation.badgepdf`: {"title", "summit", "no_photo", "badges"} as JSON on standard input, photos
in base64, each badge with the `code` of its QR; the PDF on standard output.
"""

from __future__ import annotations

import base64
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from summit.minutes.export.pdf import font_folders
from summit.minutes.export.sheet import confine

HERE = Path(__file__).resolve().parent


def compose(asked: dict[str, Any]) -> bytes:
    """The PDF, one badge a page."""
    import segno  # both are only loaded where a badge is made
    import typst

    with tempfile.TemporaryDirectory(prefix="parley-badges-") as name:
        folder = Path(name)
        shutil.copy(HERE / "badge.typ", folder / "main.typ")
        for index, badge in enumerate(asked["badges"]):
            segno.make_qr(badge.pop("code"), error="m").save(str(folder / f"qr-{index}.svg"), border=2)
            badge["qr"] = f"qr-{index}.svg"
            if badge["photo"]:
                (folder / f"photo-{index}.jpg").write_bytes(base64.b64decode(badge["photo"]))
                badge["photo"] = f"photo-{index}.jpg"
        (folder / "badges.json").write_text(json.dumps(asked, ensure_ascii=False))
        return bytes(typst.compile(str(folder / "main.typ"), font_paths=[str(one) for one in font_folders()]))


def main() -> int:
    confine()
    sys.stdout.buffer.write(compose(json.load(sys.stdin)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
