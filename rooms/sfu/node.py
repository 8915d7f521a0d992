"""The node: all rooms on one UDP port, and the clocks that drive them."""

from __future__ import annotations

import asyncio
import gc
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from rooms.sfu import limits
from rooms.sfu.connection import Ground
from rooms.sfu.dtls import check_libsrtp, make_certificate
from rooms.sfu.gate import Gate
from rooms.sfu.mux import Address, UdpMux
from rooms.sfu.native import choose
from rooms.sfu.plan import PlanError, RoomPlan
from rooms.sfu.recorder import Recorder
from rooms.sfu.room import PHASES, Event, Refused, Room

log = logging.getLogger(__name__)

REPAIR_SECONDS = 0.02
FEEDBACK_SECONDS = 0.1
STAGE_SECONDS = 0.25
TICK_SECONDS = 1.0
COUNTER_SECONDS = 3.0
TIDY_SECONDS = 30.0
LOAD_SECONDS = 1.0  # between words about ourselves: a node that says nothing for 10 s is given up


class Node:
    """Rooms and their clocks. `listeners` get every event; they must not block."""

    def __init__(self, recordings: Path | None = None, reserve: int = 0, fanout: str = "auto") -> None:
        """recordings: where sound may be written, None for nowhere; reserve: bytes that stay free there.

        fanout: which kernel, `python`, `native` or `auto`. Raises ValueError when it is not there.
        """
        check_libsrtp()
        self.epoch = secrets.token_hex(8)
        self.rooms: dict[str, Room] = {}
        self.listeners: set[Callable[[Event], None]] = set()
        self.spoken_to = False  # whether a web process is connected; rooms are only forgotten while one is
        mux = UdpMux()
        self.ground = Ground(mux, choose(mux, fanout), make_certificate())
        log.info("the %s kernel forwards", self.ground.kernel.name)
        self.recorder = Recorder(recordings, reserve, self.emit)
        self.gate = Gate(time.monotonic())
        self.draining = False  # it is to end: its rooms shall move to other nodes
        self.drained = asyncio.Event()  # they have, or there was no more time
        self._busy = 0.0
        self._clocks: list[asyncio.Task[None]] = []

    def start(self, addresses: Sequence[Address], port: int) -> None:
        """Bind the UDP port and start the clocks. Raises OSError."""
        self.recorder.start()
        self.ground.mux.open(addresses, port)
        self._clocks = [
            asyncio.create_task(self._every(REPAIR_SECONDS, Room.tick_repairs)),
            asyncio.create_task(self._every(FEEDBACK_SECONDS, Room.tick_feedback)),
            asyncio.create_task(self._every(STAGE_SECONDS, Room.tick_stage)),
            asyncio.create_task(self._every(TICK_SECONDS / PHASES, Room.tick)),
            asyncio.create_task(self._every(COUNTER_SECONDS / PHASES, Room.tell_counters)),
            asyncio.create_task(self.gate.run()),
            asyncio.create_task(self._forget_rooms()),
            asyncio.create_task(self._tidy()),
            asyncio.create_task(self._tell_load()),
        ]

    async def stop(self) -> None:
        """Say goodbye to everybody, with a deadline."""
        for clock in self._clocks:
            clock.cancel()
        for room in self.rooms.values():
            room.close()
        self.rooms.clear()
        self.recorder.stop()
        pending: Iterable[Awaitable[None]] = list(self.ground.tasks)
        if pending:
            await asyncio.wait(map(asyncio.ensure_future, pending), timeout=limits.CLOSE_SECONDS)
        self.ground.mux.close()

    def emit(self, event: Event) -> None:
        for listener in list(self.listeners):
            listener(event)

    # ── requests of the door ──

    def put(self, name: object, data: object) -> RoomPlan:
        """Take a room's plan; returns the plan now held. Raises PlanError or Refused."""
        if not isinstance(name, str) or not name:
            raise PlanError("a room has a name")
        plan = RoomPlan.from_json(data)
        room = self.rooms.get(name)
        if room is None:
            if len(self.rooms) >= limits.ROOMS:
                raise Refused("full", "the node takes no more rooms")
            room = self.rooms[name] = Room(name, self.ground, self.emit, self.recorder)
        room.apply(plan, time.monotonic())
        return room.plan

    def drop(self, name: object) -> None:
        room = self.rooms.pop(name, None) if isinstance(name, str) else None
        if room is not None:
            room.close()
        self._look_whether_drained()

    def of_term(self, name: object, term: object) -> None:
        """Whether this term of the room may still speak for it. Raises Stale."""
        if isinstance(name, str) and name in self.rooms:
            self.rooms[name].of_term(term if isinstance(term, int) else 0)

    def drain(self, seconds: float) -> None:
        """Ask for our rooms to be moved away; `drained` when they have been, or after so many seconds."""
        if not self.draining:
            log.info("draining, %.0f s at most", seconds)
            self.draining = True
            asyncio.get_running_loop().call_later(seconds, self.drained.set)
            self.emit(self.load())
        self._look_whether_drained()

    def _look_whether_drained(self) -> None:
        if self.draining and not self.rooms:
            self.drained.set()

    def load(self) -> Event:
        """What we carry; with it we say that we live."""
        return {
            "is": "load",
            "rooms": sorted(self.rooms),
            "connections": self.ground.connections,
            "busy": round(self._busy, 3),
            "draining": self.draining,
        }

    def room(self, name: object) -> Room:
        """Raises Refused."""
        room = self.rooms.get(name) if isinstance(name, str) else None
        if room is None:
            raise Refused("no_room", "there is no plan for this room")
        return room

    def counts(self) -> dict[str, Any]:
        """Numbers for the log and the doctor; never a name."""
        counters = self.ground.mux.counters
        return {
            "kernel": self.ground.kernel.name,
            "rooms": len(self.rooms),
            "connections": self.ground.connections,
            "waiting": len(self.gate),
            "strangers": counters.strangers,
            "malformed": counters.malformed,
            "too_many": counters.too_many,
            "not_sent": counters.not_sent,
        }

    # ── time ──

    async def _every(self, seconds: float, tick: Callable[[Room, float], None]) -> None:
        due = time.monotonic() + seconds
        while True:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            now = time.monotonic()
            due = max(due + seconds, now)  # what could not be in time is left out
            for room in list(self.rooms.values()):
                try:
                    tick(room, now)
                except Exception:  # one room's fault must not stop the clock of the others
                    log.exception("a clock failed in a room")

    async def _tell_load(self) -> None:
        used, at = time.process_time(), time.monotonic()
        while True:
            await asyncio.sleep(LOAD_SECONDS)
            used_now, now = time.process_time(), time.monotonic()
            self._busy = (used_now - used) / (now - at)
            used, at = used_now, now
            self.emit(self.load())

    async def _tidy(self) -> None:
        """Find what closed connections left behind in circles, instead of whenever Python likes: it stops everything.

        A look at all objects takes 10 ms with 200 listeners. Without this, the thousands of packets kept for those who
        missed one would be looked through many times a second.
        """
        gc.set_threshold(20_000, 50, 1_000_000)  # young objects as they come, all of them only here
        closed = 0
        while True:
            await asyncio.sleep(TIDY_SECONDS)
            if (seen := self.ground.totals.closed.total()) != closed:
                closed = seen
                gc.collect()

    async def _forget_rooms(self) -> None:
        """A room nobody plans any more ends, but only while a web process is there to plan it."""
        while True:
            await asyncio.sleep(limits.FORGET_SECONDS / 4)
            now = time.monotonic()
            for name, room in list(self.rooms.items()):
                if not self.spoken_to:
                    room.planned_at = now
                elif now - room.planned_at > limits.FORGET_SECONDS:
                    self.drop(name)
