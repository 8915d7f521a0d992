"""One open room in the web process: its places, their rights, its roster, and the plan of the media node.

News of the domain arrives once per room, not once per socket (`rounds`); what the places are told is on the `board`.
After a restart everything here is rebuilt from the database.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms import notices, protocol, queries, watch
from rooms.board import Board
from rooms.database import in_database
from rooms.lines import Lines
from rooms.media import Counters, Event, Routes
from rooms.places import Place
from rooms.plan import Cast, Grant, Scene, grant, leading, recorded, room_plan, scene
from rooms.recording import Showing
from rooms.rounds import Rounds
from rooms.waiting import Lobby
from summit import names
from summit.attendance.queries import Present
from summit.rights import Right, Standing, rights_of

if TYPE_CHECKING:
    from rooms.hallway import Hallway
    from rooms.house import House
    from rooms.watch import Facts

APART, SPREAD = 10.0, 3_000.0  # ms between two pages that come back to a restarted node, and for all of them at most
ANSWERED_AGAIN = timedelta(minutes=1)
PLAN_WITHIN = 0.02  # s in which changes are put into one plan


class Keeper:
    """Everything live about one room. Lives on the event loop; all methods but `run` are quick."""

    def __init__(self, house: House, facts: Facts) -> None:
        self.house = house
        self.room = facts.room
        self.meeting_id = facts.room.meeting_id
        self.foyer = facts.room.meeting_id is None
        self.key = str(facts.room.key)
        self.places: dict[str, Place] = {}
        self.board = Board(self.places, self.hallway, foyer=self.foyer)
        self.rounds = Rounds(self)
        self.lobby = Lobby(self)
        self.showing = Showing(self)
        self.there: dict[int, Present] = {}
        self.outside: dict[int, Standing] = {}  # of those on the corridors page, in this meeting
        self.scene = Scene()
        self._remote_chair: int | None = None  # who presides, last seen remote
        self.lines = Lines(self)
        self.lead: str | None = None  # the seat that has the floor, as last planned
        self._plan_due: asyncio.TimerHandle | None = None
        self._people_due: asyncio.TimerHandle | None = None
        self.over = False
        self.ready = False  # no plan goes out before those who were here are put back
        self.take_in(facts)

    # ── what we know ──────────────────────────────────────────────────────────────────────────────────────────
    def take_in(self, facts: Facts) -> None:
        """Make what the database says ours; only newer states are passed on."""
        self.attending(facts.there)
        for line in facts.chat:
            self.board.line_said(line)  # those nobody here heard
        if "meeting" in facts.topics:
            self.board.newest = max(self.board.newest, facts.topics["meeting"].version)
        for name, topic in facts.topics.items():
            self.learn(name, topic)

    def attending(self, there: dict[int, Present]) -> None:
        """Which delegations the record has present now; the roster shows it."""
        if self.there != there:
            self.there = there
            self.people_changed()

    @property
    def topics(self) -> dict[str, queries.Topic]:
        """The newest states."""
        return self.board.topics

    def learn(self, name: str, topic: queries.Topic) -> None:
        """A newer state: keep it, pass it on, draw the consequences."""
        held = self.topics.get(name)
        if not self.board.put(name, topic):
            return
        before = held.state if held else None
        if name in {"meeting", "help"} and before is not None:
            self.lobby.news()
        if name == "meeting":
            self.showing.follow(topic.state)
        if name in {"meeting", "floor", "consents"}:
            self._stage_changed(name, before, topic.state)
            self.hallway.overheard.changed()
        if name == "help" and before is not None:
            self._answered(before, topic.state)
        if name == "votes" and before is not None:
            for notice in notices.of_votes(before, topic.state):
                self._tell(notice)

    def _answered(self, before: dict[str, Any], after: dict[str, Any]) -> None:
        """Who called for help is told what was answered since."""
        known = {call["call"]: call["answered_at"] for call in before["calls"]}
        newest = max(known, default=0)
        for call in after[
            "calls"
        ]:  # who waits, and the last answered: a call not known before is newer than all of them
            if known.get(call["call"]) or (call["call"] not in known and call["call"] <= newest):
                continue
            for place in self.places.values():
                if place.person_id == call["person"]:
                    place.answered(call)

    def answer_again(self, place: Place) -> None:
        """To a page that comes back: what the help desk wrote a moment ago may have been said to a dead line."""
        calls = self.topics["help"].state["calls"] if "help" in self.topics else []
        since = timezone.now() - ANSWERED_AGAIN
        for call in reversed([one for one in calls if one["person"] == place.person_id and one["answered_at"]]):
            if datetime.fromisoformat(call["answered_at"]) > since:
                place.answered(call)

    def _stage_changed(self, name: str, before: dict[str, Any] | None, after: dict[str, Any]) -> None:
        if "meeting" in self.topics and "floor" in self.topics:
            consents = self.topics["consents"].state if "consents" in self.topics else {}
            self.scene = scene(self.topics["meeting"].state, self.topics["floor"].state, consents)
        self.recompute()
        if before is None or name == "consents":
            return
        found = notices.of_floor(before, after) if name == "floor" else notices.of_meeting(before, after)
        for notice in found:
            self._tell(notice)

    def _tell(self, notice: notices.Notice) -> None:
        """Those in the room whom it is for; and those of them who sit elsewhere in the summit, with the meeting's title."""
        for place in self.places.values() if notice.code not in notices.OF_ITSELF else ():
            if notice.delegations is None or not notice.delegations.isdisjoint(_delegations(place)):
                place.notice(notice.code, notice.text)
        if notice.code not in notices.BEYOND_THE_ROOM:
            return
        titles = self.topics["meeting"].state["titles"]
        for keeper, place in self.hallway.places():
            if keeper is not self and self._concerns(notice, keeper, place):
                code = notice.code if keeper.foyer else notices.ELSEWHERE
                place.notice(code, f"{names.text(titles, place.language)} · {place.speak(notice.text)}")

    def _concerns(self, notice: notices.Notice, keeper: Keeper, place: Place) -> bool:
        """Whether it is for somebody outside: their delegation is meant, or may come into the meeting as it is now.

        What they hold or were refused in the room where they sit counts for nothing in this one.
        """
        if notice.delegations is not None:
            return not notice.delegations.isdisjoint(_delegations(place))
        if place.standing is None:
            return False
        standing = place.standing if keeper.foyer else replace(place.standing, offices=frozenset(), removed=False)
        return Right.ENTER in rights_of(standing, openness=self.scene.openness)

    @property
    def hallway(self) -> Hallway:
        """The corridors of this room's summit."""
        return self.house.hallway(self.room.summit_id)

    def begin(self) -> None:
        """Whoever was here is back in place: the media node may be told."""
        self.ready = True
        self.plan_changed()
        self.house.do(self.hallway.overheard.look())

    # ── who is here ───────────────────────────────────────────────────────────────────────────────────────────
    def sit(self, place: Place) -> None:
        """A browser sits down or comes back; an older socket of the same seat goes."""
        held = self.places.get(place.key)
        if held is not None:
            held.bye(protocol.CLOSE_ELSEWHERE, _("This seat was opened in another window."))
            place.carry_on_from(held)
            if place.corridor_seat:
                self.house.corridor_seats[place.corridor_seat] = place
        else:
            self.hallway.remember(place)
        self.places[place.key] = place
        self.house.seats[place.key] = (self, place)
        if self.foyer and held is None:
            self.house.do(self.hallway.overheard.look())
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
            self.house.media.leave(self.key, place.key)
            self.hallway.overheard.stop(place)
        self.recompute()
        self.people_changed()
        self.lines.forget()
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
        away must not open the hall's microphone. A companion says where its person is only when it was joined in the
        hall: the desk sits down by itself, anywhere.
        """
        chair = self.scene.presiding
        seats = [place.seat for place in self.places.values() if place.person_id == chair]
        if any(seat.device == "media" and seat.mode == "remote" for seat in seats):
            self._remote_chair = chair
        elif self._remote_chair != chair or any(seat.mode == "hall" for seat in seats):
            self._remote_chair = None
        return chair is None or self._remote_chair == chair

    def _granted(self, place: Place, now: Grant) -> None:
        before, place.grant = place.grant, now
        if before.audible != now.audible:
            self.people_changed()
        kinds = {"mic": "audio", "camera": "video", "screen": "screen"}
        allowed = {one for one in place.sources if kinds[one.rsplit(":", 1)[-1]] in now.publish}
        if allowed != place.sources:
            place.sources = allowed
            self.people_changed()
        if place.corridor and not self.hallway.may_stay(place):  # also while the line is down: sound needs no socket
            self.house.do(
                self.hallway.walk_off(self, place, "corridor.not_allowed", _("You may not stay in the corridor."))
            )
        if place.line is None or place.told is None:
            return
        place.tell_rights()
        if now.receive and not before.receive:
            self.board.send_topics(place, {})
        if before.rights != now.rights:
            for name in {"desk", "help", "corridors", "presence"} & {*place.topics(foyer=self.foyer)}:
                self.board.send(place, name)

    # ── the plan and the roster ───────────────────────────────────────────────────────────────────────────────
    def plan_changed(self) -> None:
        """Tell the media node, together with what else changes in the next moment."""
        if self.ready and self._plan_due is None and not self.foyer:
            wait = max(PLAN_WITHIN, len(self.places) / 5_000)  # 500 seats: 0.1 s
            self._plan_due = asyncio.get_running_loop().call_later(wait, self._put_plan)

    def look_changed(self, place: Place) -> None:
        """A page would like to see something else: the media node is told of this seat alone."""
        if self.ready and not self.foyer:
            self.house.media.look(self.key, place.key, place.look, place.heights)

    def _put_plan(self) -> None:
        self._plan_due = None
        if self.over:
            return
        grants = {key: place.grant for key, place in self.places.items()}
        listeners = {key: place.listener(self._order(place)) for key, place in self.places.items()}
        self.lead = leading([place.sitter() for place in self.places.values()], grants, self.scene)
        shares = frozenset(key for key, place in self.places.items() if place.shares)
        ears = frozenset(place.key for place in self.hallway.overheard.ears(self))
        plan = room_plan(
            Cast(grants, listeners, shares, ears), epoch=self.house.epoch, version=next(self.house.plan_versions), floor=self.lead,
            record=recorded(grants, self.scene), term=self.house.term(self.room.summit_id),
        )  # fmt: skip
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
        self.hallway.overheard.changed()

    async def run(self) -> None:
        """Hear the domain and look after the places, until the room is over."""
        await self.rounds.run()

    async def standing_changed(self, persons: set[int] | None = None) -> None:
        """Compute rights again from the database: one handful of queries, however many sockets."""
        here = {place.person_id for place in self.places.values() if place.person_id is not None}
        beyond = set() if self.foyer else self.hallway.overheard.persons()
        self.outside = {pk: standing for pk, standing in self.outside.items() if pk in beyond}
        concerned = here | beyond if persons is None else (here | beyond) & persons
        if not concerned:
            return
        found = await in_database(queries.standings, self.room, concerned, timezone.now())
        self._learn_outside({pk: standing for pk, standing in found.items() if pk in beyond})
        changed = False
        for place in self.places.values():
            if place.person_id in found and place.standing != found[place.person_id]:
                place.standing, changed = found[place.person_id], True
        if changed:
            self.recompute()

    def _learn_outside(self, found: dict[int, Standing]) -> None:
        """How those on the corridors page stand to this meeting: whether they may hear its floor."""
        if any(self.outside.get(pk) != standing for pk, standing in found.items()):
            self.outside |= found
            self.plan_changed()
            self.hallway.overheard.changed()

    def close(self) -> None:
        """Over: whoever comes next gets a new keeper."""
        self.over = True
        self.house.closed(self)
        self.hallway.overheard.changed()

    def taken_over(self) -> None:
        """Another web process looks after this room since: every page goes there, and keeps its seat."""
        self.over = True
        lines = [place.line for place in self.places.values()] + [visitor.line for visitor in self.lobby.visitors]
        for line in lines:
            if line:
                line.close(protocol.CLOSE_OUR_FAULT)
        for place in self.places.values():
            place.line = None
            self.house.seats.pop(place.key, None)
            self.house.corridor_seats.pop(place.corridor_seat or "", None)
        self.places.clear()

    # ── the media node ────────────────────────────────────────────────────────────────────────────────────────
    def media_says(self, place: Place, event: Event) -> None:
        """News of one of our seats."""
        if self.foyer:
            heard = self.hallway.overheard.heard_by(place)
            if isinstance(event, Routes) and heard is not None and heard.key == event.room:
                place.route("floor", event)  # the figures of its line are the corridor's
        elif isinstance(event, Routes):
            place.route("meeting", event)
            self.lines.routed(place, event)
        elif isinstance(event, Counters):
            self.lines.counted(place, event)

    def media_moved(self, epoch: str) -> None:
        """The room's node was started again, or it lives on another one: every page opens new connections. Whoever may be
        heard at once, the others one after the other."""
        waiting = sorted(self.places.values(), key=lambda place: not place.grant.audible)
        apart = min(APART, SPREAD / max(1, len(waiting)))
        for number, place in enumerate(waiting):
            place.say("epoch", room="meeting", epoch=epoch, after=round(number * apart))
        for place in self.hallway.overheard.ears(self):
            place.say("epoch", room="floor", epoch=epoch, after=round(len(waiting) * apart))


def _delegations(place: Place) -> list[int]:
    return [post.delegation for post in place.standing.posts] if place.standing else []
