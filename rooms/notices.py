"""Sentences that reach a seat wherever it is, found by comparing two states. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

# Said on the corridors' pages and in the rooms of other meetings too: whoever meets others between two doors, or sits in a
# committee, loses neither the floor nor the way back.
BEYOND_THE_ROOM = {
    "floor.next",
    "vote.opened",
    "meeting.suspended",
    "meeting.resumed",
    "meeting.adjourned",
    "meeting.closed",
}
OF_ITSELF = {"vote.opened"}  # what the meeting's own pages show by its states, for as long as it is so
ELSEWHERE = (
    "meeting.elsewhere"  # their code in the room of another meeting, which says the same of itself by its states
)


@dataclass(frozen=True)
class Notice:
    """For everybody, or for whoever speaks for one of these delegations."""

    code: str
    text: str | Promise
    delegations: frozenset[int] | None = None


def of_floor(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Notice]:
    """Who is next, when that changed."""
    coming, was = _next(after), _next(before)
    if coming is not None and coming != was:
        yield Notice("floor.next", _("Your delegation is next."), frozenset({coming}))


def _next(floor: Mapping[str, Any]) -> int | None:
    waiting = floor.get("list") or []
    return waiting[0]["delegation"] if waiting and floor.get("speaking") else None


def of_votes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Notice]:
    """A vote was opened: to those who may vote."""
    held, was = after["last"], before["last"]
    if held and held["state"] == "open" and (was is None or was["id"] != held["id"]):
        yield Notice("vote.opened", _("A vote is open: your delegation is asked."), frozenset(held["entitled"]))


def of_meeting(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Notice]:
    """The meeting was suspended, resumed or closed, or the room silenced."""
    if before.get("state") != after["state"]:
        if after["state"] == "suspended":
            yield Notice("meeting.suspended", _suspended(after))
        elif after["state"] == "open" and before.get("state") == "suspended":
            yield Notice("meeting.resumed", _("The meeting is resumed."))
        elif after["state"] == "adjourned":
            yield Notice("meeting.adjourned", _("The meeting is adjourned."))
        elif after["state"] == "closed":
            yield Notice(
                "meeting.closed", _("The meeting is closed. The room stays open for ten minutes, off the record.")
            )
    if after["silenced"] and not before.get("silenced"):
        yield Notice("room.silenced", _("The chair has silenced the room."))


def _suspended(meeting: Mapping[str, Any]) -> str | Promise:
    if not meeting["resumes_at"]:
        return _("The meeting is suspended.")
    zone = ZoneInfo(meeting["zone"])
    at = datetime.fromisoformat(meeting["resumes_at"]).astimezone(zone)
    place = meeting["zone"].rsplit("/", 1)[-1].replace("_", " ")
    return format_lazy(_("The meeting is suspended. It resumes at {time} ({place})."), time=f"{at:%H:%M}", place=place)
