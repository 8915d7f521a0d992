"""What every page's frame needs."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.safestring import mark_safe

from summit.config.static import importmap


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context of base.html and stage.html."""
    return {"importmap": mark_safe(importmap())}  # noqa: S308  our own JSON, "<" escaped
