"""Minutes as one self-contained HTML file: its own style sheet inside, no script, nothing fetched."""

from __future__ import annotations

from pathlib import Path

from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from summit.minutes.document import Document

STYLE = Path(__file__).resolve().parent / "minutes.css"


def render(document: Document, seal: str = "") -> bytes:
    """The page. seal: the SHA-256 of the approved document, at its foot; empty for drafts."""
    style = mark_safe(STYLE.read_text(encoding="utf-8"))  # noqa: S308  our own sheet
    return render_to_string("minutes/export.html", {"document": document, "seal": seal, "style": style}).encode()
