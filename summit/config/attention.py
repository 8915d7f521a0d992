"""The organisers' first page: what needs them now (`summit.admin.dashboard`), and how many people are in corridors."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from rooms.queries import in_corridors
from summit.admin import dashboard
from summit.admin.base import organised
from summit.summits.models import Summit


def attention(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Unfold's DASHBOARD_CALLBACK. To the blocks come the numbers of people in corridors, never who or in which."""
    return dashboard.attention(request, context) | {"in_corridors": _in_corridors(list(organised(request)))}


def _in_corridors(summits: list[Summit]) -> list[dict[str, Any]]:
    """A line for each summit where somebody is; without a name for whoever organises one, or where nobody is."""
    if not summits:
        return []
    found = in_corridors(one.pk for one in summits)
    lines = [
        {"summit": one if len(summits) > 1 else None, "count": found[one.pk]} for one in summits if one.pk in found
    ]
    return lines or [{"summit": None, "count": 0}]
