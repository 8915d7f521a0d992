"""The live side of recording: when every page shows that it will begin, and where the node's files belong."""

from __future__ import annotations

import logging
import re
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from rooms import protocol
from rooms.database import in_database
from rooms.media import Recorded, RecorderStopped
from rooms.models import Room, Seat
from rooms.nodes import Nodes
from summit.recordings import actions as recordings

if TYPE_CHECKING:
    from rooms.keeper import Keeper
    from rooms.places import Place

log = logging.getLogger(__name__)
SHOW_WITHIN = 5.0  # s in which a page must say that it shows the announcement
_TURN = re.compile(r"t(\d+)-\d+")  # a spell, as rooms/plan.py names it


class Showing:
    """An announced recording runs once every seat with a living line has said that its page shows it.

    A line that has not said so after SHOW_WITHIN is cut: its page comes back, is told first of all, and is shown away
    until then. Seats without a line are told when they come back. Whoever has not answered is not recorded in any case.
    """

    def __init__(self, keeper: Keeper) -> None:
        self.keeper = keeper
        self.recording: int | None = None  # announced, and not yet running
        self._since = 0.0
        self._seen: set[str] = set()  # seats
        self._begins = False

    def follow(self, meeting: dict[str, Any]) -> None:
        """The meeting's newest state."""
        held = meeting["recording"]
        announced = held["id"] if held and held["state"] == "announced" else None
        if announced != self.recording:
            self.recording, self._since, self._begins = announced, time.monotonic(), False
            self._seen.clear()

    def shown(self, place: Place, recording: int) -> None:
        """This seat's page shows it."""
        if recording == self.recording:
            self._seen.add(place.key)
            self.look()

    def look(self) -> None:
        """Begin, if it is time. Once a second, and whenever a page has said so."""
        if self.recording is None or self._begins:
            return
        waiting = [place for place in self.keeper.places.values() if place.line and place.key not in self._seen]
        if waiting and time.monotonic() - self._since < SHOW_WITHIN:
            return
        for place in waiting:
            if place.line:
                place.line.close(protocol.CLOSE_TOO_SLOW)
            self.keeper.lost(place)
        self._begins = True
        self.keeper.house.do(self._begin(self.recording, len(self._seen & self.keeper.places.keys()), len(waiting)))

    async def _begin(self, recording: int, shown: int, cut: int) -> None:
        meeting = self.keeper.meeting_id
        try:
            if meeting is not None:
                await in_database(
                    lambda: recordings.begin(meeting, recording, shown=shown, cut=cut, now=timezone.now())
                )
        except BaseException:
            self._begins = False  # the next look tries again
            raise


# ── What the node tells ───────────────────────────────────────────────────────────────────────────────────────


async def take_in(media: Nodes, event: Recorded) -> None:
    """A file is whole: into the database, then the node may forget it."""
    if await in_database(_take_in, event, timezone.now()):
        media.kept(event.file)
    else:
        log.error("the media node has a recorded file that belongs to no recording of this server")


def _take_in(event: Recorded, now: datetime) -> bool:
    meeting = _meeting(event.room)
    if meeting is None or not event.recording.isdecimal():
        return False
    # The hall's line carries whoever is in the hall: never the voice of who looks after it.
    seat = Seat.objects.filter(room__key=event.room, key=event.seat).exclude(device=Seat.Device.HALL).first()
    turn = _TURN.fullmatch(event.spell)
    spoken = recordings.Spoken(
        file=event.file, began_at=datetime.fromtimestamp(event.began / 1000, UTC), ms=event.ms,
        silence_ms=event.silence_ms, size=event.bytes, cut=event.cut, turn=int(turn[1]) if turn else None,
        person=seat.person_id if seat else None,
    )  # fmt: skip
    return recordings.take_in(meeting, int(event.recording), spoken, now=now) is not None


async def give_up(event: RecorderStopped) -> None:
    """The recorder could not go on: chair, secretary and help desk see it."""
    await in_database(_give_up, event, timezone.now())


def _give_up(event: RecorderStopped, now: datetime) -> None:
    meeting = _meeting(event.room)
    if meeting is not None and event.recording.isdecimal():
        recordings.give_up(meeting, int(event.recording), why=event.why, now=now)


def _meeting(room: str) -> int | None:
    """The meeting of a room; None for a corridor, or for what is no room of ours."""
    try:
        return Room.objects.filter(key=room).values_list("meeting", flat=True).first()
    except ValidationError:
        return None
