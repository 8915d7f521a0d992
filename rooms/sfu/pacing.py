"""Voices first: a picture's packets wait until everything that has arrived was read, and go out a little at a time.

A keyframe times two hundred listeners would otherwise keep the loop for tens of milliseconds, with the voices of the same
moment unread behind it.
"""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, Final

from rooms.sfu.negotiate import SENT_ID

if TYPE_CHECKING:
    from rooms.sfu.inbound import Packet
    from rooms.sfu.intake import Intake
    from rooms.sfu.mux import MuxCounters
    from rooms.sfu.seat import Source

STAMP: Final = bytes((0xBE, 0xDE, 0, 1, SENT_ID << 4 | 2))  # a block with one element of three bytes (RFC 8285)
TURN_SECONDS: Final = 0.002  # of one turn of the loop
MORE, PYTHONS_TURN = 1, 2  # what C's queue says
TOO_LATE: Final = 1.0  # seconds; the machine is too slow for the room, and a picture this old helps nobody


def stamp(now: float) -> bytes:
    """The header extension that says when a copy was sent: seconds modulo 64, eighteen bits behind the point."""
    return STAMP + (int(now * 262_144) & 0xFFFFFF).to_bytes(3, "big")


class Pacer:
    """What waits to be forwarded, in the order it came."""

    def __init__(self, intake: Intake | None = None, counters: MuxCounters | None = None) -> None:
        """`intake`: C's queue, in which ours have their places; `counters`: where what it could not send is counted."""
        self._given_up = 0
        self._waiting: deque[tuple[Source, Packet, float]] = deque()
        self._intake, self._counters = intake, counters

    @property
    def too_late(self) -> int:
        """Packets given up."""
        return self._given_up + (self._intake.too_late if self._intake is not None else 0)

    def add(self, source: Source, packet: Packet, now: float) -> None:
        self._waiting.append((source, packet, now))
        if self._intake is not None:
            self._intake.mark()

    def flush(self) -> bool:
        """Forward for a moment; returns whether more is waiting."""
        if self._intake is not None:
            return self._flush_both(self._intake)
        waiting = self._waiting
        if not waiting:
            return False
        now = time.monotonic()
        until = now + TURN_SECONDS
        while waiting and now < until:
            self._forward(now)
            now = time.monotonic()
        return bool(waiting)

    def _flush_both(self, intake: Intake) -> bool:
        """C's packets and ours, each in its turn."""
        now = time.monotonic()
        until = now + TURN_SECONDS
        try:
            while (said := intake.flush(until)) == PYTHONS_TURN or (not said and self._waiting):
                if (now := time.monotonic()) >= until and said != PYTHONS_TURN:
                    return True
                if self._waiting:
                    self._forward(now)
        finally:
            if self._counters is not None:
                self._counters.not_sent += intake.lost()
        return said == MORE

    def _forward(self, now: float) -> None:
        source, packet, came_at = self._waiting.popleft()
        if now - came_at > TOO_LATE:
            self._given_up += 1
            packet.track.want_keyframe()
        elif source.open:
            source.fan.forward(packet, came_at, stamp(now))
