"""All open rooms of this web process, and its one line to the media nodes."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import secrets
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone

from rooms import keeping, recording, watch
from rooms.database import in_database
from rooms.hallway import Hallway
from rooms.keeper import Keeper
from rooms.media import Counters, Recorded, RecorderStopped, SeatGone, Sources, Stale
from rooms.nodes import Home, Nodes, Told
from rooms.places import Place
from rooms.resting import BELL, Resting
from rooms.rounds import stop
from rooms.seats import group
from rooms.soundcheck import Checks
from summit import live

log = logging.getLogger(__name__)
AT_THE_DOOR = (
    4  # sockets that are let in at once: the one database thread is never idle, and no wish waits behind a whole crowd
)


class Elsewhere(Exception):
    """Another web process looks after this summit's rooms; `address` is where it is reached."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.address = address


class House:
    """Keepers by room, corridors by summit, seats by key. One per event loop."""

    def __init__(self) -> None:
        self.epoch = secrets.token_hex(8)  # of our plans: a restarted web process begins a new line of versions
        self.plan_versions = itertools.count(1)  # one line for all rooms: a room may empty and fill again
        self.seats: dict[str, tuple[Keeper, Place]] = {}
        self.corridor_seats: dict[str, Place] = {}
        self.media = Nodes(settings.MEDIA_DOORS, settings.MEDIA_DOOR_TOKEN or None)
        self.media.listen(self._media_says)
        self.media.start()
        self.checks = Checks(self)
        self.turns = asyncio.Semaphore(AT_THE_DOOR)  # first come, first served
        self._keepers: dict[int, asyncio.Task[Keeper]] = {}
        self._hallways: dict[int, Hallway] = {}
        self._work: set[asyncio.Task[Any]] = set()
        self._terms: dict[int, int] = {}  # of the summits that are ours to look after
        self._taking = asyncio.Lock()
        self.resting = Resting(self._resting_changed)
        self.do(self.resting.run())
        loop = asyncio.get_running_loop()
        self._hear_no_more = live.on_lost_bell(lambda *lost: loop.call_soon_threadsafe(partial(self._bell, *lost)))

    async def keeper(self, room_id: int) -> Keeper:
        """The keeper of a room; the first who asks opens it."""
        task = self._keepers.get(room_id)
        if task is None:
            task = self._keepers[room_id] = asyncio.create_task(self._open(room_id))
        try:
            return await asyncio.shield(task)
        except Exception:
            if self._keepers.get(room_id) is task:
                del self._keepers[room_id]  # the next one tries again
            raise

    async def _open(self, room_id: int) -> Keeper:
        facts = await in_database(watch.facts, room_id, timezone.now())
        await self._hold(facts.room.summit_id)
        keeper = Keeper(self, facts)
        await self.hallway(keeper.room.summit_id).open()
        # Who was here when the server stopped is put back before the first plan goes out: nobody's media breaks.
        for seat, standing in await in_database(watch.left_behind, room_id, timezone.now()):
            keeper.sit(Place(seat=seat, key=str(seat.key), person=seat.person, standing=standing))
        keeper.begin()
        self.do(self._run(keeper))
        return keeper

    # ── whose summit it is ────────────────────────────────────────────────────────────────────────────────────
    def term(self, summit_id: int) -> int:
        """Of our looking after this summit; the media nodes hear only the newest."""
        return self._terms.get(summit_id, 0)

    async def _hold(self, summit_id: int) -> None:
        """This summit's rooms are ours from now on. Raises Elsewhere."""
        async with self._taking:
            if summit_id in self._terms:
                return
            held = await in_database(keeping.take, summit_id, settings.WEB_ADDRESS, timezone.now())
            if not held.mine:
                raise Elsewhere(held.address)
            self._terms[summit_id] = held.term
            if len(self._terms) == 1:
                self.do(self._renew())

    async def _renew(self) -> None:
        """While the database is away nobody else can take them either: we go on."""
        while self._terms:
            await asyncio.sleep(keeping.RENEW_EVERY)
            try:
                lost = await in_database(keeping.renew, dict(self._terms), timezone.now())
            except Exception as error:  # whatever it is, the lease is asked for again
                log.warning("the lease of our rooms could not be renewed: %r", error)
                continue
            for summit_id in lost:
                self._lost(summit_id)

    def _lost(self, summit_id: int) -> None:
        """Another process looks after this summit since: we say nothing more of it, and its pages go there. A room that
        opened while that happened is told by the node, later."""
        if self._terms.pop(summit_id, None) is not None:
            log.warning("another web process looks after the rooms of a summit now")
        hallway = self._hallways.pop(summit_id, None)
        if hallway:
            hallway.recall.stop()
        for keeper in self._open_keepers():
            if keeper.room.summit_id == summit_id:
                self._forget(keeper)
                keeper.taken_over()
                self.media.forget(keeper.key)
        for key in hallway.open_keys() if hallway else ():
            self.media.forget(key)

    def _stale(self, room: str) -> None:
        """A media node hears somebody else about this room."""
        for keeper in self._open_keepers():
            if keeper.key == room:
                self._lost(keeper.room.summit_id)
        for summit_id, hallway in list(self._hallways.items()):
            if room in hallway.open_keys():
                self._lost(summit_id)

    async def _run(self, keeper: Keeper) -> None:
        try:
            await keeper.run()
        finally:
            self._forget(keeper)

    def closed(self, keeper: Keeper) -> None:
        """An empty room needs no keeper; the next person opens a new one."""
        if self._forget(keeper):
            self.media.drop(keeper.key)

    def _forget(self, keeper: Keeper) -> bool:
        """Whether it was still the room's keeper; one that opened after it stays."""
        task = self._keepers.get(keeper.room.pk)
        if task is None or not task.done() or task.cancelled() or task.exception() or task.result() is not keeper:
            return False
        del self._keepers[keeper.room.pk]
        return True

    def _open_keepers(self) -> list[Keeper]:
        done = [task for task in self._keepers.values() if task.done() and not task.cancelled()]
        return [task.result() for task in done if task.exception() is None]

    def meetings(self, summit_id: int) -> list[Keeper]:
        """The open rooms of a summit's meetings."""
        found = [keeper for keeper in self._open_keepers() if keeper.room.summit_id == summit_id]
        return [keeper for keeper in found if not keeper.foyer and not keeper.over]

    def hallway(self, summit_id: int) -> Hallway:
        """The corridors of a summit."""
        if summit_id not in self._hallways:
            self._hallways[summit_id] = Hallway(self, summit_id)
        return self._hallways[summit_id]

    def do(self, work: Coroutine[Any, Any, Any]) -> None:
        """Background work with an owner: kept until it ends, its fault logged."""
        task = asyncio.create_task(work)
        self._work.add(task)
        task.add_done_callback(self._worked)

    def _worked(self, task: asyncio.Task[Any]) -> None:
        self._work.discard(task)
        if not task.cancelled() and (fault := task.exception()):
            log.error("work in the background failed", exc_info=fault)

    def _media_says(self, event: Told) -> None:
        if self.checks.media_says(event):
            return
        match event:
            case Home():
                self._at_home(event)
            case Stale():
                self._stale(event.room)
            case Recorded():
                self.do(recording.take_in(self.media, event))
            case RecorderStopped():
                self.do(recording.give_up(event))
            case Sources() | SeatGone():
                pass  # the roster follows the sockets, not the packets
            case _ if event.seat in self.seats:
                keeper, place = self.seats[event.seat]
                keeper.media_says(place, event)
            case _ if event.seat in self.corridor_seats:
                place = self.corridor_seats[event.seat]
                Hallway.media_says(place, event)
                host = self.seats[place.key][0] if place.key in self.seats else None
                if isinstance(event, Counters) and host is not None and host.foyer:
                    host.lines.counted(place, event)  # the only line it has

    def _bell(self, name: str, event: dict[str, Any]) -> None:
        """What the channel layer could not bring, of an act in this process."""
        for keeper in self._open_keepers():
            if group(keeper.room) == name:
                self.do(keeper.rounds.hear(event))

    def _resting_changed(self) -> None:
        if BELL not in self.resting:
            live.bell_is_back()
        for keeper in self._open_keepers():
            for place in keeper.places.values():
                place.say("resting", parts=sorted(self.resting.parts))

    def _at_home(self, home: Home) -> None:
        """A room lives on another node now, or its node was started again."""
        for keeper in self._open_keepers():
            if keeper.key == home.room:
                keeper.media_moved(home.epoch)
        for place in self.corridor_seats.values():
            if place.corridor == home.room:
                place.say("epoch", room="corridor", epoch=home.epoch, after=0)

    async def restore(self) -> None:
        """After a restart: the rooms whose seats were taken. Their browsers have the grace time to come back, and the
        media node goes on meanwhile."""
        for room_id in await in_database(watch.rooms_left, timezone.now()):
            with contextlib.suppress(Elsewhere):
                await self.keeper(room_id)

    async def close(self) -> None:
        """Stop everything here; the media node goes on."""
        self._hear_no_more()
        await stop({*self._work, *self._keepers.values()})
        await self.media.close()
        if self._terms:
            with contextlib.suppress(DatabaseError):  # it ends by itself
                await in_database(keeping.release, self._terms, timezone.now())


_house: House | None = None


def house() -> House:
    """This process's house, opened when first needed, on the running event loop."""
    global _house
    if _house is None:
        _house = House()
    return _house


def line_to_node() -> Nodes | None:
    """This process's line to the media nodes, if it has one; from any thread."""
    return _house.media if _house is not None else None


async def close() -> None:
    """Close the house; the next call of `house` opens a new one."""
    global _house
    if _house is not None:
        gone, _house = _house, None
        await gone.close()


async def lifespan(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    """ASGI lifespan: rooms are rebuilt when the web process starts."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            house().do(house().restore())
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await close()
            await send({"type": "lifespan.shutdown.complete"})
            return
