"""What needs an organiser now: the first page of the organisers' site."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest


def attention(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Unfold's DASHBOARD_CALLBACK."""
    return context
