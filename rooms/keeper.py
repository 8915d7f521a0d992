"""One open room in the web process: holds its newest states and its places, and keeps the media node's plan true.

News of the domain arrives once per room, not once per socket. What a dead channel layer drops is found by comparing
the meeting's version every five seconds. After a restart everything here is rebuilt from the database.
"""

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

from rooms import attendance, notices, protocol, queries, watch
from rooms.database import in_database
from rooms.media import Counters, Epoch, Event, Routes
from rooms.places import Place
from rooms.plan import Cast, Scene, grant, leading, room_plan, scene
from rooms.seats import LINGER, group
from summit import live
from summit.attendance.queries import Present
from summit.rights import Right

if TYPE_CHECKING:
    from rooms.hallway import Hallway
    from rooms.house import House
    from rooms.watch import Facts

log = logging.getLogger(__name__)
SLOW = 5.0  # s between heartbeats, looks at the database and plans said again
PLAN_WITHIN = 0.02  # s in which changes are put into one plan
WEAK_LOSS = 0.05  # of packets; from here speech suffers


class Keeper:
    """Everything live about one room. Lives on the event loop; all methods but `run` are quick."""

    def __init__(self, house: House, facts: Facts) -> None:
        self.house = house
        self.room = facts.room
        self.meeting_id = facts.room.meeting_id
        self.foyer = facts.room.meeting_id is None
        self.key = str(facts.room.key)
        self.places: dict[str, Place] = {}
        self.topics: dict[str, queries.Topic] = {}
        self.chat: list[dict[str, Any]] = []
        self.there: dict[int, Present] = {}
        self.newest = 0  # the meeting's version up to which we heard all
        self.scene = Scene()
        self._remote_chair: int | None = None  # who presides, last seen remote
        self.weak: dict[str, dict[str, Any]] = {}
        self._texts: dict[str, str] = {}
        self._plan_due: asyncio.TimerHandle | None = None
        self._people_due: asyncio.TimerHandle | None = None
        self._refresh: set[str] = set()  # slow topics to read again
        self._slow_at = 0.0
        self._used_at = time.monotonic()
        self._channel = ""
        self.over = False
        self.ready = False  # no plan goes out before those who were here are put back
        self.take_in(facts)

    # ── what we know ──────────────────────────────────────────────────────────────────────────────────────────
    def take_in(self, facts: Facts) -> None:
        """Make what the database says ours; only newer states are passed on."""
        self.there = facts.there
        self.take_in_chat(facts.chat)
        self.newest = max([self.newest, *(facts.topics[name].version for name in ("meeting",) if name in facts.topics)])
        for name, topic in facts.topics.items():
            self.learn(name, topic)

    def take_in_chat(self, lines: list[dict[str, Any]]) -> None:
        """Lines the database has; those nobody here heard are said now."""
        for line in lines:
            self.heard_line(line)

    def learn(self, name: str, topic: queries.Topic) -> None:
        """A newer state: keep it, pass it on, draw the consequences."""
        held = self.topics.get(name)
        if held and held.version >= topic.version:
            return
        self.topics[name] = topic
        text = protocol.encode("state", topic=name, version=topic.version, state=topic.state)
        self._texts[name] = text
        for place in self.places.values():
            if place.line and name in place.topics(foyer=self.foyer):
                place.line.state(name, text)
        before = held.state if held else None
        if name in {"meeting", "floor"}:
            self._stage_changed(name, before, topic.state)
        if name == "help" and before is not None:
            self._answered(before, topic.state)

    def _answered(self, before: dict[str, Any], after: dict[str, Any]) -> None:
        """Who called for help is told what was answered since."""
        known = {call["call"]: call["answered_at"] for call in before["calls"]}
        newest = max(known, default=0)
        for call in after["calls"]:  # the newest ones: a call not known before is newer than all of them
            if call["reply"] and not known.get(call["call"]) and (call["call"] in known or call["call"] > newest):
                for place in self.places.values():
                    if place.person_id == call["person"]:
                        place.notice("help.answered", call["reply"])

    def _stage_changed(self, name: str, before: dict[str, Any] | None, after: dict[str, Any]) -> None:
        if "meeting" in self.topics and "floor" in self.topics:
            self.scene = scene(self.topics["meeting"].state, self.topics["floor"].state)
        self.recompute()
        if before is None:
            return
        found = notices.of_floor(before, after) if name == "floor" else notices.of_meeting(before, after)
        for notice in found:
            for place in self.places.values():
                if notice.delegation is None or notice.delegation in _delegations(place):
                    place.notice(notice.code, notice.text)

    def version_of(self, name: str, place: Place) -> int:
        """The newest version of a topic, as this place may know it."""
        if name == "chat":
            return max((line["line"] for line in self.chat_for(place)), default=0)
        if name in {"corridors", "corridor"}:
            return self.hallway.version_of(name, place)
        return self.topics[name].version if name in self.topics else 0

    def versions(self, place: Place) -> dict[str, int]:
        """{topic: version} of all this place hears."""
        return {name: self.version_of(name, place) for name in place.topics(foyer=self.foyer)}

    def send_topics(self, place: Place, known: dict[str, int]) -> None:
        """Every topic this place knows less of."""
        for name, version in self.versions(place).items():
            if place.line and version > known.get(name, -1):
                self._send(place, name)

    def _send(self, place: Place, name: str) -> None:
        if place.line is None:
            return
        if name == "chat":
            lines = self.chat_for(place)
            state = {"lines": lines[-queries.CHAT_LINES :]}
            place.line.state(
                name, protocol.encode("state", topic=name, version=self.version_of(name, place), state=state)
            )
        elif name in {"corridors", "corridor"}:
            place.line.state(name, self.hallway.text_of(name, place))
        elif name in self._texts:
            place.line.state(name, self._texts[name])

    def chat_for(self, place: Place) -> list[dict[str, Any]]:
        """The lines this place may read: to the room, its own, and as an officer all."""
        officer = Right.HELP in place.grant.rights or Right.RUN_FLOOR in place.grant.rights
        return [
            line for line in self.chat if officer or not line["to_secretariat"] or line["person"] == place.person_id
        ]

    @property
    def hallway(self) -> Hallway:
        """The corridors of this room's summit."""
        return self.house.hallway(self.room.summit_id)

    def begin(self) -> None:
        """Whoever was here is back in place: the media node may be told."""
        self.ready = True
        self.plan_changed()

    # ── who is here ───────────────────────────────────────────────────────────────────────────────────────────
    def sit(self, place: Place) -> None:
        """A browser sits down or comes back; an older socket of the same seat goes."""
        held = self.places.get(place.key)
        if held is not None:
            held.bye(protocol.CLOSE_ELSEWHERE, _("This seat was opened in another window."))
            place.carry_on_from(held)
        else:
            self.hallway.remember(place)
        self.places[place.key] = place
        self.house.seats[place.key] = (self, place)
        # Sitting down changes nobody else's rights, but for the hall's line when the chair sits down.
        self.recompute(None if place.person_id == self.scene.presiding else place)
        self.people_changed()

    def lost(self, place: Place) -> None:
        """The socket is gone; the seat stays for the grace time."""
        if self.places.get(place.key) is place:
            place.line = None
            place.told = None
            place.silent_since = place.silent_since or time.monotonic()

    def free(self, *places: Place) -> None:
        """These seats are given back: no media, no place on the roster. The rest is computed once, however many go."""
        going = [place for place in places if self.places.get(place.key) is place]
        if not going:
            return
        for place in going:
            del self.places[place.key]
            self.house.seats.pop(place.key, None)
            self.weak.pop(place.key, None)
            self.house.media.leave(self.key, place.key)
        self.recompute()
        self.people_changed()
        for place in going:
            self.house.do(self.hallway.walk_off(self, place))
            self.house.do(self._give_back(place))

    async def _give_back(self, place: Place) -> None:
        await in_database(watch.given_back, place.seat.pk, timezone.now())
        if place.key in self.places:  # it came back in this very moment
            await in_database(watch.taken_again, place.seat.pk, timezone.now())

    def recompute(self, only: Place | None = None) -> None:
        """Everyone's rights, or one's, and the plan, from what is held in memory."""
        chair_is_remote = self._chair_is_remote()
        barred: list[Place] = []
        for place in list(self.places.values()) if only is None else [only]:
            now = grant(place.sitter(), place.standing, self.scene, chair_is_remote=chair_is_remote)
            if place.person is not None and Right.ENTER not in now.rights:
                barred.append(place)
            else:
                self._granted(place, now)
        self.plan_changed()
        for place in barred:
            message = _("You are no longer admitted to this meeting. Ask the secretariat.")
            place.bye(protocol.CLOSE_NOT_ALLOWED, message, next_page="/")
        self.free(*barred)  # out, and silent at once

    def _chair_is_remote(self) -> bool:
        """Whether whoever presides does so from afar, or nobody does: then the hall's line is not theirs.

        Someone seen remote stays so until someone else presides or they sit down in the hall: a line that breaks far
        away must not open the hall's microphone.
        """
        chair = self.scene.presiding
        seats = [place.seat for place in self.places.values() if place.person_id == chair]
        if any(seat.device == "media" and seat.mode == "remote" for seat in seats):
            self._remote_chair = chair
        elif self._remote_chair != chair or any(seat.mode == "hall" for seat in seats):
            self._remote_chair = None
        return chair is None or self._remote_chair == chair

    def _granted(self, place: Place, now: Any) -> None:
        before, place.grant = place.grant, now
        if before.audible != now.audible:
            self.people_changed()
        kinds = {"mic": "audio", "camera": "video", "screen": "screen"}
        allowed = {one for one in place.sources if kinds[one.rsplit(":", 1)[-1]] in now.publish}
        if allowed != place.sources:
            place.sources = allowed
            self.people_changed()
        if place.line is None or place.told is None:
            return
        place.tell_rights()
        if now.receive and not before.receive:
            self.send_topics(place, {})
        if place.corridor and Right.CORRIDOR not in now.rights:
            self.house.do(
                self.hallway.walk_off(self, place, "corridor.not_allowed", _("You may not stay in the corridor."))
            )
        if before.rights != now.rights:
            for name in {"desk", "help", "corridors"} & {*place.topics(foyer=self.foyer)}:
                self._send(place, name)

    # ── the plan and the roster ───────────────────────────────────────────────────────────────────────────────
    def plan_changed(self) -> None:
        """Tell the media node, together with what else changes in the next moment."""
        if self.ready and self._plan_due is None and not self.foyer:
            wait = max(PLAN_WITHIN, len(self.places) / 5_000)  # 500 seats: 0.1 s
            self._plan_due = asyncio.get_running_loop().call_later(wait, self._put_plan)

    def _put_plan(self) -> None:
        self._plan_due = None
        if self.over:
            return
        grants = {key: place.grant for key, place in self.places.items()}
        listeners = {key: place.listener(self._order(place)) for key, place in self.places.items()}
        lead = leading([place.sitter() for place in self.places.values()], grants, self.scene)
        plan = room_plan(
            Cast(grants, listeners), epoch=self.house.epoch, version=next(self.house.plan_versions), floor=lead
        )
        self.house.media.put(self.key, plan)

    def _order(self, place: Place) -> int:
        if place.person_id is not None and place.person_id == self.scene.presiding:
            return 0
        if place.seat.device == "hall":
            return 1
        known = self.topics["directory"].state["delegations"] if "directory" in self.topics else {}
        orders = [known[pk]["order"].get("en", 900) for pk in _delegations(place) if pk in known]
        return 2 + min(orders, default=900)

    def people_changed(self) -> None:
        """The roster is sent once for all changes of a moment; the moment grows with the room."""
        if self._people_due is None and not self.foyer:
            wait = max(0.05, len(self.places) ** 2 / 100_000)  # 500 seats: 2.5 s, each being told of 500
            self._people_due = asyncio.get_running_loop().call_later(wait, self._send_people)

    def _send_people(self) -> None:
        self._people_due = None
        seats = [place.shown() for place in self.places.values()]
        state = queries.people_state(seats, self.there)
        held = self.topics.get("people")
        self.learn("people", queries.Topic(max(queries.milliseconds(), held.version + 1 if held else 0), state))

    # ── news ──────────────────────────────────────────────────────────────────────────────────────────────────
    async def run(self) -> None:
        """Hear the domain and look after the places, until the room is over."""
        beside = {asyncio.create_task(self._listen()), asyncio.create_task(self._beat())}
        try:
            while not self.over:
                with _going_on("looking after a room"):
                    await self._look_after()
                await asyncio.sleep(1)
        finally:
            await stop(beside)

    async def _beat(self) -> None:
        """Heartbeat and silence. Never waits for the database: a crowd at the door must not make others look away."""
        pinged = 0.0
        while True:
            clock = time.monotonic()
            with _going_on("the heartbeat of a room"):
                self._judge_silence(clock)
                if clock - pinged >= SLOW:
                    pinged = clock
                    self._ping(clock)
            await asyncio.sleep(min(1.0, SLOW))

    async def _listen(self) -> None:
        while not self.over:
            with _going_on("listening to a room"):
                layer = get_channel_layer()
                self._channel = await layer.new_channel()
                await self._join_groups()
                while not self.over:
                    await self.hear(await layer.receive(self._channel))
            await asyncio.sleep(1)

    async def _join_groups(self) -> None:
        """Again and again: a flushed layer forgets its groups."""
        names = [group(self.room)]
        if self.meeting_id is not None:
            names.append(live.group(self.meeting_id, "desk"))
        for name in names if self._channel else ():
            await get_channel_layer().group_add(name, self._channel)

    async def hear(self, event: dict[str, Any]) -> None:
        """One event of the channel layer."""
        match event["type"]:
            case "live.state":
                if event["version"] == self.newest + 1:  # after a gap the next look reads everything again
                    self.newest = event["version"]
                if event["topic"] in {"meeting", "agenda", "floor", "desk"}:
                    self.learn(event["topic"], queries.Topic(event["version"], event["state"]))
                elif event["topic"] == "attendance":
                    self.there = {int(pk): how for pk, how in event["state"]["present"].items()}
                    self.people_changed()
            case "live.standing":
                self._refresh.add("directory")
                await self.standing_changed({*event["persons"]})
            case "live.seats":
                for key in event["gone"]:
                    if place := self.places.get(key):
                        place.bye(protocol.CLOSE_ELSEWHERE, _("This seat was opened on another device."))
                        self.free(place)
            case "live.help":
                self._refresh.add("help")
                await self._read_again()
            case "live.chat":
                self.heard_line(event["line"])

    def heard_line(self, line: dict[str, Any]) -> None:
        """A line of the chat, to those it is for."""
        if any(held["line"] == line["line"] for held in self.chat):
            return
        self.chat = sorted([*self.chat, line], key=lambda one: one["line"])[-2 * queries.CHAT_LINES :]
        for place in self.places.values():
            if line in self.chat_for(place):
                place.say("chat.said", line=line)

    async def standing_changed(self, persons: set[int] | None = None) -> None:
        """Compute rights again from the database: one handful of queries, however many sockets."""
        here = {place.person_id for place in self.places.values() if place.person_id is not None}
        concerned = here if persons is None else here & persons
        if not concerned:
            return
        found = await in_database(queries.standings, self.room, concerned, timezone.now())
        changed = False
        for place in self.places.values():
            if place.person_id in found and place.standing != found[place.person_id]:
                place.standing, changed = found[place.person_id], True
        if changed:
            self.recompute()

    # ── the clock ─────────────────────────────────────────────────────────────────────────────────────────────
    async def _look_after(self) -> None:
        now, clock = timezone.now(), time.monotonic()
        self._end_when_over(now)
        if self.over:
            return
        here = attendance.remote(self.places.values())
        on_record = self.meeting_id is not None and self.scene.state in attendance.ON_RECORD
        if on_record and here != {pk for pk, how in self.there.items() if how["remote"]}:
            await in_database(attendance.settle, self.meeting_id, here, now)
        if clock - self._slow_at < SLOW:
            return
        self._slow_at = clock
        with _going_on("joining the layer's groups"):
            await self._join_groups()
        await self._catch_up(now)
        if not self.foyer:
            self._refresh.add("help")  # calls and answers do not move the meeting's version
        await self._read_again()
        if self.places:
            self._used_at = clock
        elif clock - self._used_at > protocol.SEAT_GRACE:
            self._close()

    def _close(self) -> None:
        """Over: whoever comes next gets a new keeper."""
        self.over = True
        self.house.closed(self)

    def _judge_silence(self, clock: float) -> None:
        for place in list(self.places.values()):
            silent = place.silent_for(clock)
            if silent > protocol.SEAT_GRACE:
                place.bye(protocol.CLOSE_NO_SEAT, _("We did not hear from your browser for half a minute."))
                self.free(place)
            elif (silent > protocol.AWAY_AFTER) != place.away:
                place.away = not place.away
                self.people_changed()

    def _ping(self, clock: float) -> None:
        now = timezone.now().isoformat()
        for place in self.places.values():
            if place.line:
                place.silent_since = place.silent_since or clock  # until the answer comes
                place.say("ping", versions=self.versions(place), clock=now)

    async def _catch_up(self, now: datetime) -> None:
        """What no bell told us: a newer meeting, lost rights, sign-outs, seats taken elsewhere."""
        places = list(self.places.values())
        lines = frozenset(line["line"] for line in self.chat)
        found = await in_database(watch.look, self.room, self.newest, lines, places, now)
        if found.facts:
            self.take_in(found.facts)
        self.take_in_chat(found.chat)
        for place in places:
            if self.places.get(place.key) is not place:
                continue
            if place.key in found.signed_out:
                place.bye(
                    protocol.CLOSE_SIGN_IN, _("You were signed out. Sign in again to come back to your seat."), "/"
                )
                self.free(place)
            elif place.key in found.gone:
                place.bye(protocol.CLOSE_ELSEWHERE, _("This seat was given back."))
                self.free(place)
        await self.standing_changed()

    async def _read_again(self) -> None:
        wanted, self._refresh = self._refresh, set()
        if wanted:
            weak = list(self.weak.values())
            try:
                facts = await in_database(watch.slow_topics, self.room, wanted, weak, timezone.now())
            except BaseException:  # cancelled, too
                self._refresh |= wanted
                raise
            for name, topic in facts.items():
                if name not in self.topics or self.topics[name].state != topic.state:
                    self.learn(name, topic)

    def _end_when_over(self, now: datetime) -> None:
        state = self.topics["meeting"].state if "meeting" in self.topics else {}
        if state.get("state") != "closed" or not state["closed_at"]:
            return
        if now > datetime.fromisoformat(state["closed_at"]) + LINGER:
            for place in list(self.places.values()):
                place.bye(
                    protocol.CLOSE_OVER, _("The meeting is over. Its minutes are on the page of the meeting."), "/"
                )
            self.free(*self.places.values())
            self._close()

    # ── the media node ────────────────────────────────────────────────────────────────────────────────────────
    def media_says(self, place: Place, event: Event) -> None:
        """News of one of our seats."""
        if isinstance(event, Routes):
            place.say("route", room="meeting", slots=dict(event.slots))
        elif isinstance(event, Counters):
            loss = max(event.up_loss or 0.0, event.down_loss or 0.0) / 100
            line = {"loss": round(loss, 4), "rtt": event.rtt_ms}
            place.say("line", **line, kbps={"in": event.down_kbps, "out": event.up_kbps})
            was = self.weak.pop(place.key, None)
            if loss >= WEAK_LOSS:
                self.weak[place.key] = {"seat": place.key, **line}
            if (place.key in self.weak) != (was is not None):
                self._refresh.add("help")

    def media_restarted(self, event: Epoch) -> None:
        """Every page opens new connections."""
        for place in self.places.values():
            place.say("epoch", epoch=event.epoch)


def _delegations(place: Place) -> list[int]:
    return [post.delegation for post in place.standing.posts] if place.standing else []


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
