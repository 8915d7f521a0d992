"""The clock of a room: hears the domain, looks every five seconds for what no bell told, and judges silent lines."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

from channels.layers import get_channel_layer
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms import attendance, protocol, queries, watch
from rooms.board import OF_THE_DOMAIN
from rooms.database import in_database
from rooms.resting import BELL, DATABASE, Stillness
from rooms.seats import LINGER, group

if TYPE_CHECKING:
    from rooms.keeper import Keeper

log = logging.getLogger(__name__)
SLOW = 5.0  # s between heartbeats, looks at the database and plans said again


class Rounds:
    """What goes on in a room by itself, from its opening until it is over."""

    def __init__(self, keeper: Keeper) -> None:
        self.keeper = keeper
        self.looked_at = 0.0  # s, monotonic
        self.wanted: set[str] = set()  # slow topics to read again
        self._used_at = time.monotonic()
        self._stillness = Stillness()
        self._channel = ""

    async def run(self) -> None:
        """Hear the domain and look after the places, until the room is over."""
        beside = {asyncio.create_task(self._listen()), asyncio.create_task(self._beat())}
        try:
            while not self.keeper.over:
                with _going_on("looking after a room"):
                    await self._look_after()
                await asyncio.sleep(1)
        finally:
            await stop(beside)

    # ── news ──────────────────────────────────────────────────────────────────────────────────────────────────
    async def _listen(self) -> None:
        while not self.keeper.over:
            with _going_on("listening to a room"):
                layer = get_channel_layer()
                self._channel = await layer.new_channel()
                await self.join_group()
                while not self.keeper.over:
                    await self.hear(await layer.receive(self._channel))
            await asyncio.sleep(1)

    async def join_group(self) -> None:
        """Again and again: a flushed layer forgets its groups."""
        if self._channel and BELL not in self.keeper.house.resting:
            await get_channel_layer().group_add(group(self.keeper.room), self._channel)

    async def hear(self, event: dict[str, Any]) -> None:
        """One event of the channel layer."""
        keeper = self.keeper
        match event["type"]:
            case "live.state":
                self._heard(event["version"], event["topics"])
            case "live.standing":
                keeper.lobby.news()
                self.wanted.add("directory")
                await keeper.standing_changed({*event["persons"]})
            case "live.seats":
                for key in event["gone"]:
                    if place := keeper.places.get(key):
                        place.bye(protocol.CLOSE_ELSEWHERE, _("This seat was opened on another device."))
                        keeper.free(place)
                keeper.lobby.news()
            case "live.help":
                self.wanted.add("help")
                await self.read_again()
            case "live.bilateral":
                await self._news_of_bilaterals(event["told"], {*event["concerned"]})
            case "live.chat":
                keeper.board.line_said(event["line"])

    async def _news_of_bilaterals(self, told: int, concerned: set[int]) -> None:
        keeper = self.keeper
        for place in [*keeper.places.values()]:
            delegations = {post.delegation for post in place.standing.posts} if place.standing else set()
            if told in delegations:
                place.notice("bilateral.news", _("There is news on your desk of bilateral meetings."))
            if keeper.foyer and concerned & delegations:
                await keeper.hallway.tell_bilaterals(place)

    def _heard(self, version: int, topics: dict[str, Any]) -> None:
        self.keeper.board.heard(version)
        for name, state in topics.items():
            if name in OF_THE_DOMAIN:
                self.keeper.learn(name, queries.Topic(version, state))
            elif name == "attendance":
                self.keeper.attending({int(pk): how for pk, how in state["present"].items()})

    # ── the clock ─────────────────────────────────────────────────────────────────────────────────────────────
    async def _beat(self) -> None:
        """Heartbeat and silence. Never waits for the database: a crowd at the door must not make others look away."""
        pinged = 0.0
        while True:
            clock = time.monotonic()
            with _going_on("the heartbeat of a room"):
                self._judge_silence(clock)
                self.keeper.showing.look()
                if clock - pinged >= SLOW:
                    pinged = clock
                    self._ping(clock)
                    self.keeper.lines.look(clock)
            await asyncio.sleep(min(1.0, SLOW))

    def _judge_silence(self, clock: float) -> None:
        unheard = self._stillness.pass_over(clock, resting=DATABASE in self.keeper.house.resting)
        for place in list(self.keeper.places.values()):
            if unheard and place.silent_since is not None:
                place.silent_since += unheard
            silent = place.silent_for(clock)
            if silent > protocol.SEAT_GRACE:
                place.bye(protocol.CLOSE_NO_SEAT, _("We did not hear from your browser for half a minute."))
                self.keeper.free(place)
            elif (silent > protocol.AWAY_AFTER) != place.away:
                place.away = not place.away
                self.keeper.people_changed()

    def _ping(self, clock: float) -> None:
        now = timezone.now().isoformat()
        self.keeper.lobby.beat(clock)
        self.keeper.lobby.ping(clock, now)
        for place in self.keeper.places.values():
            if place.line:
                place.silent_since = place.silent_since or clock  # until the answer comes
                place.say("ping", versions=self.keeper.board.versions(place), clock=now)
                if servers := place.relays.due(clock):
                    place.say("ice", ice=servers)

    async def _look_after(self) -> None:
        keeper, now, clock = self.keeper, timezone.now(), time.monotonic()
        self._end_when_over(now)
        if keeper.over:
            return
        here = attendance.remote(keeper.places.values(), keeper.scene.openness)
        on_record = keeper.meeting_id is not None and keeper.scene.state in attendance.ON_RECORD
        if on_record and here != {pk for pk, how in keeper.there.items() if how["remote"]}:
            await in_database(attendance.settle, keeper.meeting_id, here, now)
        if clock - self.looked_at < SLOW:
            return
        self.looked_at = clock
        with _going_on("joining the layer's group"):
            await self.join_group()
        await self._catch_up(now)
        if not keeper.foyer:
            self.wanted.add("help")  # calls and answers do not move the meeting's version
        await self.read_again()
        await keeper.lobby.look()
        if keeper.places or keeper.lobby.visitors:
            self._used_at = clock
        elif clock - self._used_at > protocol.SEAT_GRACE:
            keeper.close()

    async def _catch_up(self, now: datetime) -> None:
        """What no bell told us: a newer meeting, lost rights, sign-outs, seats taken elsewhere."""
        keeper = self.keeper
        places = list(keeper.places.values())
        lines = frozenset(line["line"] for line in keeper.board.chat)
        found = await in_database(watch.look, keeper.room, keeper.board.newest, lines, places, now)
        if found.facts:
            keeper.take_in(found.facts)
        for line in found.chat:
            keeper.board.line_said(line)
        for place in places:
            if keeper.places.get(place.key) is not place:
                continue
            if place.key in found.signed_out:
                place.bye(
                    protocol.CLOSE_SIGN_IN, _("You were signed out. Sign in again to come back to your seat."), "/"
                )
                keeper.free(place)
            elif place.key in found.gone:
                place.bye(protocol.CLOSE_ELSEWHERE, _("This seat was given back."))
                keeper.free(place)
        await keeper.standing_changed()

    async def read_again(self) -> None:
        """The slow topics that somebody asked for since the last time."""
        keeper = self.keeper
        wanted, self.wanted = self.wanted, set()
        if wanted:
            try:
                facts = await in_database(watch.slow_topics, keeper.room, wanted, timezone.now())
            except BaseException:  # cancelled, too
                self.wanted |= wanted
                raise
            for name, topic in facts.items():
                held = keeper.topics.get(name)
                if held is None or held.state != topic.state:
                    keeper.learn(name, topic)

    def _end_when_over(self, now: datetime) -> None:
        keeper = self.keeper
        state = keeper.topics["meeting"].state if "meeting" in keeper.topics else {}
        if state.get("state") != "closed" or not state["closed_at"]:
            return
        if now > datetime.fromisoformat(state["closed_at"]) + LINGER:
            over = _("The meeting is over. Its minutes are on the page of the meeting.")
            for place in list(keeper.places.values()):
                place.bye(protocol.CLOSE_OVER, over, "/")
            keeper.lobby.close(over)
            keeper.free(*keeper.places.values())
            keeper.close()


async def stop(tasks: set[asyncio.Task[Any]]) -> None:
    """Cancel until they are gone: a cancellation may be swallowed where a library is cancelled in turn."""
    while tasks:
        for task in tasks:
            task.cancel()
        _done, tasks = await asyncio.wait(tasks, timeout=0.5)


@contextlib.contextmanager
def _going_on(doing: str) -> Any:
    """A keeper outlives a fault of the database or the layer: it is logged, and tried again at the next turn."""
    try:
        yield
    except Exception:  # the loop must live; whatever it was is in the log with its traceback
        log.exception("%s failed; trying again", doing)
