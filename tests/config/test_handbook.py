"""The handbook shows what the script photographs, all of it and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

from summit.config.gallery import HANDBOOK, PAGES

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_every_picture_is_there_is_shown_and_has_words_for_who_does_not_see_it() -> None:
    shown = [
        one for page in DOCS.glob("*.md") for one in re.findall(r"!\[(.*?)\]\(pictures/(.*?)\.png\)", page.read_text())
    ]
    assert all(words for words, _ in shown)
    assert sorted(name for _, name in shown) == sorted(HANDBOOK)
    assert {path.stem for path in (DOCS / "pictures").glob("*.png")} == set(HANDBOOK) <= {page.name for page in PAGES}
