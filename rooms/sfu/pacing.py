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
    from rooms.sfu.seat import Source

STAMP: Final = bytes((0xBE, 0xDE, 0, 1, SENT_ID << 4 | 2))  # a block with one element of three bytes (RFC 8285)
TURN_SECONDS: Final = 0.002  # of one turn of the loop
TOO_LATE: Final = 1.0  # seconds; the machine is too slow for the room, and a picture this old helps nobody


def stamp(now: float) -> bytes:
    """The header extension that says when a copy was sent: seconds modulo 64, eighteen bits behind the point."""
    return STAMP + (int(now * 262_144) & 0xFFFFFF).to_bytes(3, "big")


class Pacer:
    """What waits to be forwarded, in the order it came."""

    def __init__(self) -> None:
        self.too_late = 0  # packets given up
        self._waiting: deque[tuple[Source, Packet, float]] = deque()

    def add(self, source: Source, packet: Packet, now: float) -> None:
        self._waiting.append((source, packet, now))

    def flush(self) -> bool:
        """Forward for a moment; returns whether more is waiting."""
        waiting = self._waiting
        if not waiting:
            return False
        now = time.monotonic()
        until = now + TURN_SECONDS
        while waiting and now < until:
            source, packet, came_at = waiting.popleft()
            if now - came_at > TOO_LATE:
                self.too_late += 1
                packet.track.want_keyframe()
            elif source.open:
                source.fan.forward(packet, came_at, stamp(now))
            now = time.monotonic()
        return bool(waiting)
