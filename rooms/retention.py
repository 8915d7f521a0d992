"""What live rooms keep about people, and how it is deleted when its time is over (summit/retention)."""

from __future__ import annotations

from datetime import datetime

from rooms.models import ChatLine, HelpCall, OpenToTalk, Room, Seat
from summit.accreditation.models import Scan
from summit.retention.kinds import deletes
from summit.retention.models import Kind
from summit.summits.models import Summit


@deletes(Kind.CHAT)
def chat(summit: Summit, now: datetime) -> int:
    """What was written to the secretariat. What was said to everybody is the meeting's."""
    return _gone(ChatLine.objects.filter(meeting__summit=summit, to_secretariat=True).delete(), ChatLine)


@deletes(Kind.HELP)
def help_calls(summit: Summit, now: datetime) -> int:
    """Calls for help, with what was answered."""
    return _gone(HelpCall.objects.filter(meeting__summit=summit).delete(), HelpCall)


@deletes(Kind.PRESENCE)
def presence(summit: Summit, now: datetime) -> int:
    """Each person's seats in meetings, with device and times, and scans at the door. Which delegations were present stays."""
    OpenToTalk.objects.filter(summit=summit).delete()
    seats = Seat.objects.filter(room__summit=summit, room__kind=Room.Kind.MEETING).exclude(person=None, left_at=None)
    scans = Scan.objects.filter(badge__summit=summit)
    return _gone(seats.delete(), Seat) + _gone(scans.delete(), Scan)


def _gone(deleted: tuple[int, dict[str, int]], model: type) -> int:
    """How many rows of this table went, without what went along."""
    return deleted[1].get(model._meta.label, 0)  # type: ignore[attr-defined]
