"""Who may begin to connect, and when. A handshake costs a node several milliseconds, and a whole summit comes at once.

Requests wait in one queue: whoever has the floor first, then those who want to hear, then those who want to send. How
fast they are let in follows from how busy the node is, because the packets of those inside go first. A node that has just
started has nobody inside, and perhaps a whole summit that lost the one before it: it hurries.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from rooms.sfu import limits

Event = dict[str, Any]
Direction = Literal["publish", "receive"]
Key = tuple[str, str, Direction]  # room, seat

FLOOR, HEAR, SEND = range(3)  # ranks
AT_ONCE = 12  # connections a node at rest takes without a queue: a small meeting never sees one
SHORTEST, LONGEST = 0.008, 0.05  # seconds between two connections: of a node at rest, and of one whose core is full
HURRIED = 0.014  # the longest instead, while it hurries
HURRY = 15.0  # seconds after its start
LOOK = 0.2  # seconds over which its core is measured
TELL = 1.0  # seconds between words about one's place


@dataclass(eq=False, slots=True)
class Ticket:
    """One request that waits. `connect` does it and returns the reply, also when it is refused."""

    key: Key
    number: object  # the request's id, for the reply
    rank: int
    connect: Callable[[], Event]
    tell: Callable[[Event], None]


class Gate:
    """The queue before a node. `now` is `time.monotonic()`, `spent` the processor time of the node's thread; `started`
    when the node did."""

    def __init__(self, started: float) -> None:
        self._started = started
        self._queues: tuple[dict[Key, Ticket], ...] = ({}, {}, {})  # by rank; in order of arrival
        self._pause = SHORTEST
        self._due = 0.0  # when the next may come
        self._looked: tuple[float, float] = (0.0, 0.0)
        self._told = 0.0
        self._bell = asyncio.Event()
        self.most = 0  # that waited at once

    def __len__(self) -> int:
        return sum(map(len, self._queues))

    def enter(self, ticket: Ticket, now: float, spent: float) -> Event:
        """The reply, or the place in the queue: `{re, place, wait}`, seconds. Asking again keeps one's place.

        A queue that is full refuses.
        """
        self._measure(now, spent)
        held = next((queue for queue in self._queues if ticket.key in queue), None)
        if held is None:
            if not len(self) and now >= self._due - AT_ONCE * self._pause:
                return self._connect(ticket, now)
            if len(self) >= limits.WAITING:
                return {"re": ticket.number, "refused": "full", "why": "too many wait already"}
            held = self._queues[ticket.rank]
        else:
            old = held[ticket.key]
            old.tell({"re": old.number, "refused": "replaced", "why": "the seat has asked again"})
        held[ticket.key] = ticket
        self.most = max(self.most, len(self))
        self._bell.set()
        place = next(place for place, one in enumerate(self._in_order(), 1) if one is ticket)
        return self._place(ticket, place)

    def forget(self, room: str, seat: str) -> None:
        """The seat left: its requests are refused."""
        for direction in ("publish", "receive"):
            for queue in self._queues:
                if (ticket := queue.pop((room, seat, direction), None)) is not None:
                    ticket.tell({"re": ticket.number, "refused": "no_seat", "why": "the seat has left"})

    def serve(self, now: float, spent: float) -> float:
        """Let in whoever is due, and tell the others their places; returns the seconds until the next is due.

        What could not be done in time is left out: a node that comes late is short of its core.
        """
        self._measure(now, spent)
        while now >= self._due and (ticket := self._next()) is not None:
            ticket.tell(self._connect(ticket, now))
        if now - self._told >= TELL:
            self._told = now
            for place, ticket in enumerate(self._in_order(), 1):
                ticket.tell(self._place(ticket, place))
        return max(0.0, self._due - now)

    async def run(self) -> None:
        """Serve whenever somebody waits."""
        while True:
            await self._bell.wait()
            wait = self.serve(time.monotonic(), time.thread_time())
            if not len(self):
                self._bell.clear()
            await asyncio.sleep(wait)

    def _next(self) -> Ticket | None:
        queue = next((queue for queue in self._queues if queue), None)
        return queue.pop(next(iter(queue))) if queue else None

    def _in_order(self) -> list[Ticket]:
        return [ticket for queue in self._queues for ticket in queue.values()]

    def _connect(self, ticket: Ticket, now: float) -> Event:
        reply = ticket.connect()
        if "refused" not in reply:  # a refusal costs nothing
            self._due = max(self._due, now) + self._pause
        return reply

    def _place(self, ticket: Ticket, place: int) -> Event:
        return {"re": ticket.number, "place": place, "wait": round(place * self._pause, 1)}

    def _measure(self, now: float, spent: float) -> None:
        at, before = self._looked
        if now - at >= LOOK:
            busy = min(1.0, max(0.0, (spent - before) / (now - at))) if at else 0.0
            longest = HURRIED if now - self._started < HURRY else LONGEST
            self._pause = SHORTEST + (longest - SHORTEST) * busy
            self._looked = (now, spent)
