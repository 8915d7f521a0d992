"""All media nodes of this installation, and which room lives on which. Speaks to each through its own `Media`.

A room lives whole on one node: the least loaded living one when it is first planned. A node lives while it says so once
a second; after LEASE seconds of silence, or GONE seconds with nobody at its door, its rooms are placed anew. A node that
drains is given no new rooms, and its rooms move one by one: for MOVE seconds both nodes have the plan, so that every page
opens its new connections before the old ones close.

Nothing of this is kept anywhere but in the nodes: a web process that starts asks them which rooms they have.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from rooms.media import (
    EXPECT_SECONDS,
    Counters,
    Epoch,
    Event,
    Load,
    Media,
    MediaDown,
    Recorded,
    RecorderStopped,
    RoomPlan,
    Routes,
    SeatGone,
    Sources,
    Stale,
    Wait,
)

log = logging.getLogger(__name__)

LEASE = 10.0  # s without a word; then a node's rooms are placed anew
GONE = 3.0  # s with nobody at its door: the process has ended, and was not started again
MOVE = 10.0  # s in which both nodes have a room that moves
EVERY = 0.5  # s between looks, and between two rooms that leave a draining node
SETTLE = 2.0  # s after our start in which we wait for every node to say which rooms it has
PLACED_WITHIN = 5.0  # s a request waits for its room to be placed
BUSY = 0.8  # of a core: beyond it a node is the last choice
ROOM_WEIGHS = 10  # connections: many empty rooms are spread before anybody has come


@dataclass(frozen=True, slots=True)
class Home:
    """This room lives on the node of this epoch now: its pages open new connections, unless they have."""

    room: str
    epoch: str


Told = Home | Routes | Sources | SeatGone | Counters | Recorded | RecorderStopped | Stale


@dataclass(slots=True, eq=False)
class _Placed:
    """A room: its newest plan, where it lives, and where it still lives while it moves."""

    plan: RoomPlan
    node: Media | None = None
    before: Media | None = None
    before_until: float = 0.0
    arrived: set[str] = field(default_factory=set)  # seats that receive from `node`
    sending: set[str] = field(default_factory=set)  # seats that `node` hears

    @property
    def nodes(self) -> list[Media]:
        return [one for one in (self.node, self.before) if one is not None]

    def plan_for(self, node: Media) -> RoomPlan:
        """The one it leaves writes down a voice until the new one hears it."""
        record = self.plan.record
        if node is not self.before or record is None:
            return self.plan
        spells = {seat: spell for seat, spell in record.spells.items() if seat not in self.sending}
        return replace(self.plan, record=replace(record, spells=spells))


class Nodes:
    """The web process's line to all nodes; what one `Media` does, for whichever node it concerns."""

    def __init__(self, doors: Sequence[str], token: str | None = None) -> None:
        self.all = [Media(door, token) for door in doors]
        self._rooms: dict[str, _Placed] = {}
        self._listeners: list[Callable[[Told], None]] = []
        self._early: dict[str, dict[str, tuple[Media, Routes]]] = {}  # of rooms not planned here yet, by seat
        self._began = time.monotonic()
        self._moved_at = 0.0
        self._task: asyncio.Task[None] | None = None
        for node in self.all:
            node.listen(partial(self._hear, node))

    # ── life ──

    def start(self) -> None:
        """Begin to reach the nodes; never fails, keeps trying."""
        self._began = time.monotonic()
        for node in self.all:
            node.start()
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._watch())

    async def close(self) -> None:
        """Stop speaking; the nodes keep forwarding with the plans they have."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        for node in self.all:
            await node.close()

    @property
    def is_up(self) -> bool:
        """Whether any node can be reached."""
        return any(node.is_up for node in self.all)

    @property
    def lag(self) -> float:
        """How many seconds the oldest plan waits to be acknowledged; from any thread."""
        return max(node.lag for node in self.all)

    def epoch_of(self, room: str) -> str | None:
        """Of the node on which this room lives; None while it lives on none."""
        placed = self._rooms.get(room)
        return placed.node.epoch if placed and placed.node else None

    def listen(self, callback: Callable[[Told], None]) -> None:
        """Call back with every event, in the event loop."""
        self._listeners.append(callback)

    # ── what should be: as `Media` has it ──

    def put(self, room: str, plan: RoomPlan) -> None:
        """Keep this plan in force; an older version of the same epoch is ignored."""
        placed = self._rooms.get(room)
        if placed is None:
            placed = self._rooms[room] = _Placed(plan)
            self._settle(room, placed)
        elif placed.plan.epoch != plan.epoch or placed.plan.version <= plan.version:
            placed.plan = plan
            for node in placed.nodes:
                node.put(room, placed.plan_for(node))

    def look(self, room: str, seat: str, sources: tuple[str, ...], heights: tuple[int, ...]) -> None:
        """What one page would like to see, told alone."""
        placed = self._rooms.get(room)
        if placed is None or seat not in placed.plan.seats:
            return
        placed.plan = placed.plan.looking(seat, sources, heights)
        for node in placed.nodes:
            node.look(room, seat, sources, heights)

    def drop(self, room: str) -> None:
        """The room is over: everybody in it is disconnected."""
        placed = self._rooms.pop(room, None)
        for node in placed.nodes if placed else ():
            node.drop(room)

    def forget(self, room: str) -> None:
        """Say nothing more of this room; another web process speaks for it."""
        placed = self._rooms.pop(room, None)
        for node in placed.nodes if placed else ():
            node.forget(room)

    def leave(self, room: str, seat: str) -> None:
        """Close what the seat has on the wire; its place in the plan is untouched."""
        placed = self._rooms.get(room)
        for node in placed.nodes if placed else ():
            node.leave(room, seat)

    def kept(self, file: str) -> None:
        """A recorded file is in the database. Several nodes may share a folder: all are told."""
        for node in self.all:
            node.kept(file)

    async def publish(self, room: str, seat: str, sdp: str, on_wait: Wait | None = None) -> str:
        """The answer to a page's publish offer. Raises MediaRefused, MediaDown."""
        return await (await self._node_of(room)).publish(room, seat, sdp, on_wait)

    async def receive(self, room: str, seat: str, audio: int = 4, video: int = 12) -> str:
        """An offer of receiving slots. Raises MediaRefused, MediaDown."""
        return (await self.offer(room, seat, audio, video))[0]

    async def offer(
        self, room: str, seat: str, audio: int, video: int, on_wait: Wait | None = None
    ) -> tuple[str, str | None]:
        """An offer of receiving slots, and the epoch of the node that makes it. Raises MediaRefused, MediaDown."""
        node = await self._node_of(room)
        return await node.receive(room, seat, audio, video, on_wait), node.epoch

    async def receive_answer(self, room: str, seat: str, sdp: str) -> None:
        """The page's answer to that offer. Raises MediaRefused, MediaDown."""
        await (await self._node_of(room)).receive_answer(room, seat, sdp)

    async def _node_of(self, room: str) -> Media:
        """Pages are quick: a room may be planned, or placed, a moment later."""
        began = time.monotonic()
        while (placed := self._rooms.get(room)) is None or placed.node is None:
            waited = time.monotonic() - began
            if placed is None and waited > EXPECT_SECONDS:
                return self.all[0]  # which refuses: there is no such room
            if waited > PLACED_WITHIN:
                raise MediaDown("no media node can be reached")
            await asyncio.sleep(0.02)
        return placed.node

    # ── where rooms live ──

    def _settle(self, room: str, placed: _Placed) -> None:
        """Place a room that lives nowhere: where it is already, else where there is most room for it."""
        if len(self.all) == 1:
            self._place(room, placed, self.all[0])  # there is no choice to wait for
            return
        unheard = [node for node in self.all if node.epoch is None and node.absent_since is None]
        if unheard and time.monotonic() - self._began < SETTLE:
            return  # it may be there
        living = self._living()
        there = [node for node in living if room in node.load.rooms]
        node = self._best(there or living)
        if node is not None:
            self._place(room, placed, node)

    def _place(self, room: str, placed: _Placed, node: Media) -> None:
        placed.node = node
        node.put(room, placed.plan_for(node))
        if node.epoch is not None:
            self._tell(Home(room, node.epoch))
        for said_by, routes in self._early.pop(room, {}).values():
            if said_by is node and self._concerns(node, placed, routes):
                self._tell(routes)

    def _living(self) -> list[Media]:
        return [node for node in self.all if node.is_up and node.epoch is not None]

    def _best(self, nodes: Iterable[Media]) -> Media | None:
        """The least loaded; one that drains only where there is no other."""
        return min(nodes, key=self._weight, default=None)

    def _weight(self, node: Media) -> tuple[bool, bool, int]:
        mine = [placed for placed in self._rooms.values() if placed.node is node]
        seats = sum(len(placed.plan.seats) for placed in mine)
        connections = max(node.load.connections, 2 * seats)  # ours may be on their way
        rooms = max(len(node.load.rooms), len(mine))
        return node.load.draining, node.load.busy > BUSY, connections + ROOM_WEIGHS * rooms

    async def _watch(self) -> None:
        looked = time.monotonic()
        while True:
            await asyncio.sleep(EVERY)
            now = time.monotonic()
            late, looked = now - looked - EVERY, now
            if late > 1:
                continue  # this process stood still: what the nodes said meanwhile is yet to be read
            try:
                self._look(now)
            except Exception:  # the watch must go on; whatever it was is in the log
                log.exception("looking after the media nodes failed")

    def _look(self, now: float) -> None:
        for room, placed in list(self._rooms.items()):
            if placed.before is not None and now >= placed.before_until:
                self._moved(room, placed)
            if placed.node is None:
                self._settle(room, placed)
            elif len(self.all) > 1 and self._has_lapsed(placed.node, now):
                self._move(room, placed, now, others=self._living())
        self._empty_the_draining(now)
        self._clear_what_is_elsewhere()

    @staticmethod
    def _has_lapsed(node: Media, now: float) -> bool:
        gone = node.absent_since is not None and now - node.absent_since > GONE
        return gone or now - node.heard_at > LEASE

    def _empty_the_draining(self, now: float) -> None:
        """One room at a time: not everybody knocks at once."""
        stay = [node for node in self._living() if not node.load.draining]
        for room, placed in list(self._rooms.items()):
            if placed.node is not None and placed.node.load.draining and placed.node.is_up and placed.before is None:
                if stay and now - self._moved_at >= EVERY:
                    self._moved_at = now
                    self._move(room, placed, now, others=stay)
                return

    def _move(self, room: str, placed: _Placed, now: float, *, others: list[Media]) -> None:
        old = placed.node
        new = self._best(node for node in others if node is not old)
        if new is None or old is None:
            return
        log.warning("a room moves to another media node: the one it was on %s", "drains" if old.is_up else "is gone")
        if placed.before is not None:
            self._moved(room, placed)
        placed.arrived, placed.sending = set(), set()
        placed.before, placed.before_until = old, now + MOVE
        self._place(room, placed, new)

    def _moved(self, room: str, placed: _Placed) -> None:
        """The move is over: whoever is still there is disconnected."""
        before, placed.before = placed.before, None
        if before is not None:
            before.drop(room)

    def _clear_what_is_elsewhere(self) -> None:
        """A node that was away may still have rooms that were placed anew."""
        for node in self._living():
            for room in node.load.rooms & self._rooms.keys():
                placed = self._rooms[room]
                if placed.node is not None and node not in placed.nodes:
                    node.drop(room, placed.plan.term)

    # ── what the nodes say ──

    def _hear(self, node: Media, event: Event) -> None:
        match event:
            case Epoch():
                self._greeted(node, event.epoch)
            case Load():
                there = {room for one in self.all for room in one.load.rooms}
                self._early = {room: seats for room, seats in self._early.items() if room in there}
            case Routes() | Counters() | Sources() | SeatGone():
                placed = self._rooms.get(event.room)
                if placed is None:
                    self._heard_early(node, event)
                elif self._concerns(node, placed, event):
                    self._tell(event)
            case _:
                self._tell(event)

    def _heard_early(self, node: Media, event: Event) -> None:
        """A node tells what is in the slots when we come to it, before a room is planned here: kept until it is."""
        if isinstance(event, Routes):
            self._early.setdefault(event.room, {})[event.seat] = (node, event)
        elif isinstance(event, SeatGone) and event.room in self._early:
            self._early[event.room].pop(event.seat, None)

    def _greeted(self, node: Media, epoch: str) -> None:
        for room, placed in list(self._rooms.items()):
            if placed.node is None:
                self._settle(room, placed)
            elif placed.node is node:
                placed.arrived.clear()
                self._tell(Home(room, epoch))

    def _concerns(self, node: Media, placed: _Placed, event: Routes | Counters | Sources | SeatGone) -> bool:
        """Whether this is news of the room, and not of what it left behind."""
        if isinstance(event, Routes):
            if node is placed.node:
                placed.arrived.add(event.seat)
            return node in placed.nodes
        if isinstance(event, Sources) and node is placed.node and placed.before is not None:
            hears = {one["seat"] for one in event.sources.values() if one["kind"] == "mic"}
            if not hears <= placed.sending:
                placed.sending |= hears
                placed.before.put(event.room, placed.plan_for(placed.before))
        if isinstance(event, Counters) and node is placed.before:
            return event.seat not in placed.arrived
        return node is placed.node

    def _tell(self, event: Told) -> None:
        for listener in list(self._listeners):
            try:
                listener(event)
            except Exception:  # one listener's fault must not silence the others
                log.exception("a listener to media events failed")
