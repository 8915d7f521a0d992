"""The lobby, live: its visitors hear at once when the door changes or their call is answered, and check their line.

A visitor has no seat: no row, no place on the roster, no journal. Whoever joins takes a seat by `POST /seat/`.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rooms import door, node, protocol, queries, watch
from rooms import protocol as p
from rooms.database import in_database
from rooms.ice import Relays
from rooms.media import Routes
from rooms.places import Account, Line
from rooms.soundcheck import Check
from summit.errors import Refused

if TYPE_CHECKING:
    from rooms.house import House
    from rooms.keeper import Keeper

WITHIN = 0.05  # s in which changes of the door are looked at together
PAGES = 4  # of one person in one lobby; the oldest one makes way
TOPIC = "door"
KEYS = itertools.count(1)


class Visitor:
    """One page in a lobby: what it says and hears."""

    def __init__(self, house: House, line: Line, asker: door.Asker, account: Account, state: dict[str, Any]) -> None:
        self.house = house
        self.line: Line | None = line
        self.asker = asker
        self.account = account
        self.key = f"visitor-{next(KEYS)}"
        self.door = queries.Topic(queries.milliseconds(), state)
        self.check: Check | None = None
        self.relays = Relays(self.key)
        self.silent_since: float | None = None
        self.busy = False

    def say(self, name: str, **fields: Any) -> None:
        if self.line:
            self.line.say(protocol.encode(name, **fields))

    def show(self, state: dict[str, Any]) -> None:
        """The door as it is now; said when it changed."""
        if state == self.door.state:
            return
        self.door = queries.Topic(max(self.door.version + 1, queries.milliseconds()), state)
        if not state["publishes"]:
            self.end_check()
        self.send_door()

    def send_door(self) -> None:
        if self.line:
            text = protocol.encode("state", topic=TOPIC, version=self.door.version, state=self.door.state)
            self.line.state(TOPIC, text)

    def bye(self, code: int, message: str | Promise, next_page: str | None = None) -> None:
        """Say why, then close."""
        self.end_check()
        line, self.line = self.line, None
        if line:
            with translation.override(self.asker.language):
                line.say(protocol.encode("bye", code=code, message=str(message), next=next_page))
            line.close(code)

    # ── requests ──────────────────────────────────────────────────────────────────────────────────────────────
    async def hear(self, message: p.Message) -> None:
        """One message. Raises ProtocolError for what is not said in a lobby; refusals are answered."""
        self.silent_since, self.busy = None, True
        try:
            if isinstance(message, p.Sync):
                self.send_door()
            elif isinstance(message, p.Request) and type(message) in VERBS:
                await self._request(message)
            elif not isinstance(message, p.Pong):
                raise p.ProtocolError(f"{message.TYPE} is not for the lobby")
        finally:
            self.busy = False

    async def _request(self, message: p.Request) -> None:
        try:
            reply = await VERBS[type(message)](self, message)
        except Refused as no:
            with translation.override(self.asker.language):
                self.say("refused", re=message.id, code=no.code, message=str(no.message))
        else:
            self.say("done", re=message.id, **reply)

    async def _open_check(self, _m: p.CheckOpen) -> dict[str, Any]:
        if not self.door.state["publishes"]:
            raise Refused(
                "check.not_yours", _("You follow this meeting without microphone: there is nothing to check.")
            )
        self.end_check()
        self.check = self.house.checks.open(self.asker.person, self._route)
        return {}

    def _route(self, event: Routes) -> None:
        self.say("route", room="check", **event.as_json())

    def _checking(self) -> Check:
        if self.check is None or not self.house.checks.is_open(self.check):
            raise Refused("check.over", _("This check is over. Begin it again."))
        return self.check

    async def _publish(self, m: p.CheckPublish) -> dict[str, Any]:
        check = self._checking()
        return {"sdp": await node.asked(self.house.media.publish(check.room, check.mouth, m.sdp))}

    async def _receive(self, _m: p.CheckReceive) -> dict[str, Any]:
        check = self._checking()
        return {"sdp": await node.asked(self.house.media.receive(check.room, check.ear, audio=1, video=1))}

    async def _answer(self, m: p.CheckAnswer) -> dict[str, Any]:
        check = self._checking()
        await node.asked(self.house.media.receive_answer(check.room, check.ear, m.sdp))
        return {}

    async def _close_check(self, _m: p.CheckClose) -> dict[str, Any]:
        self.end_check()
        return {}

    def end_check(self) -> None:
        """What is under way is gone."""
        if self.check is not None:
            self.house.checks.close(self.check)
            self.check = None


VERBS: dict[type[p.Message], Callable[[Visitor, Any], Awaitable[dict[str, Any]]]] = {
    p.CheckOpen: Visitor._open_check,
    p.CheckPublish: Visitor._publish,
    p.CheckReceive: Visitor._receive,
    p.CheckAnswer: Visitor._answer,
    p.CheckClose: Visitor._close_check,
}


class Lobby:
    """The visitors before one meeting. Its keeper tells it when something may have changed."""

    def __init__(self, keeper: Keeper) -> None:
        self.keeper = keeper
        self.visitors: list[Visitor] = []
        self._due: asyncio.TimerHandle | None = None
        self._looking = asyncio.Lock()

    def enter(self, visitor: Visitor) -> None:
        """A page opens."""
        mine = [one for one in self.visitors if one.asker.person == visitor.asker.person]
        for old in mine[: max(0, len(mine) - PAGES + 1)]:
            old.bye(p.CLOSE_ELSEWHERE, _("This lobby was opened in another window."))
            self.leave(old)
        self.visitors.append(visitor)

    def leave(self, visitor: Visitor) -> None:
        """A page is gone."""
        visitor.end_check()
        visitor.line = None
        if visitor in self.visitors:
            self.visitors.remove(visitor)

    def news(self) -> None:
        """Something the door depends on has changed: look, together with what else changes in this moment."""
        if self.visitors and self._due is None:
            self._due = asyncio.get_running_loop().call_later(WITHIN, self._begin_look)

    def _begin_look(self) -> None:
        self._due = None
        self.keeper.house.do(self.look())

    async def look(self) -> None:
        """Read the door again for everybody here, and whether they are still signed in."""
        async with self._looking:
            here = list(self.visitors)
            if not here:
                return
            now = timezone.now()
            states = await in_database(door.doors, self.keeper.room.pk, [one.asker for one in here], now)
            out = await in_database(lambda: set(watch.signed_out(here, now)))
        for visitor, state in zip(here, states, strict=True):
            if visitor.key in out:
                visitor.bye(p.CLOSE_SIGN_IN, _("You were signed out. Sign in again to come in."), "/")
                self.leave(visitor)
            else:
                visitor.show(state)

    def beat(self, clock: float) -> None:
        """Whoever did not answer for long is gone."""
        for visitor in list(self.visitors):
            silent = 0.0 if visitor.busy or visitor.silent_since is None else clock - visitor.silent_since
            if silent > p.SEAT_GRACE:
                visitor.bye(p.CLOSE_TOO_SLOW, _("We did not hear from your browser for half a minute."))
                self.leave(visitor)

    def ping(self, clock: float, now: str) -> None:
        for visitor in self.visitors:
            visitor.silent_since = visitor.silent_since or clock
            visitor.say("ping", versions={TOPIC: visitor.door.version}, clock=now)
            if servers := visitor.relays.due(clock):
                visitor.say("ice", ice=servers)

    def close(self, message: str | Promise) -> None:
        """The meeting is over: nobody waits any more."""
        for visitor in list(self.visitors):
            visitor.bye(p.CLOSE_OVER, message, "/")
            self.leave(visitor)
