"""Who is present: delegations are counted, never devices."""

from __future__ import annotations

from typing import Any, TypedDict

from django.db.models import QuerySet

from summit.agenda.models import Meeting
from summit.attendance.models import Mode, Presence


class Present(TypedDict):
    """How one delegation is present now."""

    hall: bool
    remote: bool


def present(meeting: Meeting) -> dict[int, Present]:
    """{delegation: how it is present now}; those absent are left out. One query."""
    found: dict[int, Present] = {}
    for delegation, mode in _now(meeting).values_list("delegation_id", "mode"):
        entry = found.setdefault(delegation, {"hall": False, "remote": False})
        if mode == Mode.HALL:
            entry["hall"] = True
        else:
            entry["remote"] = True
    return found


def counts(found: dict[int, Present]) -> dict[str, int]:
    """How many delegations are present in the hall, remotely, and altogether (both ways counts once)."""
    return {
        "hall": sum(entry["hall"] for entry in found.values()),
        "remote": sum(entry["remote"] for entry in found.values()),
        "delegations": len(found),
    }


def state(meeting: Meeting) -> dict[str, Any]:
    """Topic `attendance`: for rooms, which show it within `people`. One query."""
    found = present(meeting)
    return {"present": {str(pk): entry for pk, entry in found.items()}, "counts": counts(found)}


def modes_of(meeting: Meeting, delegation_id: int) -> set[str]:
    """How this delegation is present now."""
    return set(_now(meeting).filter(delegation=delegation_id).values_list("mode", flat=True))


def _now(meeting: Meeting) -> QuerySet[Presence]:
    return Presence.objects.filter(meeting=meeting, left_at=None)
