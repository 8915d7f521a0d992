"""The corridors of one summit, live: who is inside which, their plans for the media node, and who knocks.

Off the record by design: nothing of this is journaled, receipts are kept in memory only, logs carry no names.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms import corridors, protocol, queries
from rooms.coffee import Coffee
from rooms.database import in_database
from rooms.doorbell import Doorbell
from rooms.floorplan import Spot, beside, free_chair
from rooms.media import Counters, Event, RoomPlan, Routes, SeatPlan
from rooms.overheard import TOPIC as FLOORS
from rooms.overheard import Overheard
from rooms.places import Place
from rooms.plan import NOTHING, TALK
from rooms.recall import Recall
from summit.errors import Refused
from summit.rights import Right

if TYPE_CHECKING:
    from rooms.house import House
    from rooms.keeper import Keeper


class Hallway:
    """One a summit. Every method that changes something takes the place that asks, checks, writes, and tells."""

    def __init__(self, house: House, summit_id: int) -> None:
        self.house = house
        self.summit_id = summit_id
        self.doorbell, self.coffee, self.recall = Doorbell(self), Coffee(self), Recall(self)
        self.overheard = Overheard(self)
        self.quiet: set[int] = set()  # persons not to be disturbed
        self.blocks: dict[int, set[int]] = {}  # whom each person does not want to be reached by
        self.bringing = asyncio.Lock()  # two together, one pair after the other: nobody is in two of them at once
        self._state: dict[str, Any] = {"open": [], "corridors": [], "coffee": 0, "recall": None}
        self._version = 0
        self._present: dict[int, dict[str, Any]] = {}  # by person, as they chose
        self._mine: dict[int, queries.Topic] = {}  # the topic `presence`, by person, as they were told
        self._inside: dict[str, queries.Topic] = {}
        self._seats: dict[str, list[str]] = {}  # of each corridor, as the database has them
        self._left: dict[str, tuple[str, str]] = {}  # inside when the server stopped
        self._opened, self._opening = False, asyncio.Lock()

    async def open(self) -> None:
        """Read what is there; after a restart, who was inside. Once; what could not be read is asked for again."""
        async with self._opening:
            if self._opened:
                return
            self._left = await in_database(corridors.inside, self.summit_id)
            self.blocks = await in_database(corridors.blocks, self.summit_id)
            await self.recall.open()
            for key in {found[0] for found in self._left.values()}:
                await self._look_inside(key)
            await self.tell_doors()
            self._opened = True

    def remember(self, place: Place) -> None:
        """A seat comes back after a restart: into the corridor it was in."""
        if found := self._left.pop(place.key, None):
            self._walk_in(place, *found)
            self.house.do(self._look_inside(found[0]))

    def open_keys(self) -> frozenset[str]:
        """Of the corridors that are open."""
        return frozenset(self._seats)

    # ── what pages see ────────────────────────────────────────────────────────────────────────────────────────
    def version_of(self, name: str, place: Place) -> int:
        if name == "corridors":
            return self._version
        if name == "presence":
            return self._mine_of(place).version
        if name == FLOORS:
            return (place.floors or self.overheard.topic_of(place)).version
        held = self._inside.get(place.corridor or "")
        return held.version if held else 0

    def text_of(self, name: str, place: Place) -> str:
        if name == "corridors":
            return protocol.encode("state", topic=name, version=self._version, state=self._state)
        if name == "presence":
            mine = self._mine_of(place)
            return protocol.encode("state", topic=name, version=mine.version, state=mine.state)
        if name == FLOORS:
            return self.overheard.text_of(place)
        held = self._inside[place.corridor or ""]
        return protocol.encode("state", topic=name, version=held.version, state=held.state)

    def places(self) -> list[tuple[Keeper, Place]]:
        return [one for one in self.house.seats.values() if one[0].room.summit_id == self.summit_id]

    def _members(self, key: str) -> list[Place]:
        return [place for _, place in self.places() if place.corridor == key]

    async def tell_doors(self) -> None:
        """Read the doors again and tell everyone who may see them."""
        found = await in_database(corridors.doors, self.summit_id)
        here = {place.person_id for _, place in self.places()}
        self._present = {person: one for person, one in found.present.items() if person in here}
        self.quiet = {person for person, one in self._present.items() if one["quiet"]}
        shown = ("about", "item", "languages", "since")
        self._state = {
            "open": [
                {"person": person, **{name: one[name] for name in shown}}
                for person, one in self._present.items()
                if person not in self.quiet
            ],
            "corridors": found.signs,
            "coffee": len(self.coffee.waiting),
            "recall": queries.iso(self.recall.at),
        }
        self._version = max(self._version + 1, queries.milliseconds())
        for keeper, place in self.places():
            if place.line and "corridors" in place.topics(foyer=keeper.foyer):
                place.line.state("corridors", self.text_of("corridors", place))
                self._tell_mine(place)

    async def tell_bilaterals(self, place: Place) -> None:
        """What the delegations of whoever sits there have agreed to, to their page."""
        if place.person is not None and place.line:
            agreed = await in_database(queries.bilaterals_of, place.person, self.summit_id, timezone.now())
            place.say("bilaterals", agreed=agreed)

    def presence_of(self, place: Place) -> dict[str, Any]:
        """The topic `presence`: what this person chose, seen by them alone."""
        person = place.person_id or 0
        held = self._present.get(person, {})
        spoken = place.person.languages if place.person else []
        return {
            "open": bool(held) and not held["quiet"],
            "about": held.get("about", ""),
            "item": held.get("item"),
            "languages": held.get("languages", spoken),
            "quiet": person in self.quiet,
            "coffee": person in self.coffee.waiting,
            "blocked": sorted(self.blocks.get(person, ())),
        }

    def _mine_of(self, place: Place) -> queries.Topic:
        """As they know it, or would if they were told now."""
        person, state = place.person_id or 0, self.presence_of(place)
        held = self._mine.get(person)
        if held is None or held.state != state:
            version = max(held.version + 1 if held else 0, queries.milliseconds())
            held = self._mine[person] = queries.Topic(version, state)
        return held

    def _tell_mine(self, place: Place) -> None:
        if place.line and place.told_mine != self._mine_of(place).version:
            place.told_mine = self._mine_of(place).version
            place.line.state("presence", self.text_of("presence", place))

    async def _look_inside(self, key: str) -> None:
        """Read one corridor again, tell those inside and the media node."""
        state = await in_database(corridors.corridor_state, key)
        if state is None:
            self._inside.pop(key, None)
            self._seats.pop(key, None)
            self.house.media.drop(key)
            return
        members = {place.corridor_seat: place for place in self._members(key)}
        known = [seat["seat"] for seat in state["seats"]]  # after a restart some are not back yet; their media goes on
        state["seats"] = [
            {**seat, "device": "media", "mode": "remote", "away": place.away, "audible": True,
             "sources": sorted(place.corridor_sources), "at": [*self._spot(place, members.values())]}
            for seat in state["seats"]
            if (place := members.get(seat["seat"]))
        ]  # fmt: skip
        held = self._inside.get(key)
        self._inside[key] = queries.Topic(max(held.version + 1 if held else 0, queries.milliseconds()), state)
        for place in members.values():
            if place.line:
                place.line.state("corridor", self.text_of("corridor", place))
        self._seats[key] = known
        self._put_plan(key)

    @staticmethod
    def _spot(place: Place, members: Iterable[Place]) -> Spot:
        """Where it stands: where it went, else at a free chair."""
        if place.corridor_at is None:
            place.corridor_at = free_chair(one.corridor_at for one in members if one.corridor_at)
        return place.corridor_at

    def _put_plan(self, key: str) -> None:
        members = {place.corridor_seat: place for place in self._members(key)}
        seats = {}
        for seat in self._seats.get(key, ()):
            place = members.get(seat)  # after a restart some are not back yet
            talks = place is None or place.talks_in_corridors()
            seats[seat] = SeatPlan(TALK if talks else NOTHING, True, talks)
            if place is not None:
                seats[seat] = replace(
                    seats[seat], look=place.corridor_look, heights=place.corridor_heights, most=place.most
                )
        term = self.house.term(self.summit_id)
        plan = RoomPlan(
            epoch=self.house.epoch, version=next(self.house.plan_versions), seats=seats, private=True, term=term
        )
        self.house.media.put(key, plan)

    # ── coming and going ──────────────────────────────────────────────────────────────────────────────────────
    def _walk_in(self, place: Place, corridor: str, seat: str) -> None:
        place.corridor, place.corridor_seat, place.corridor_look, place.corridor_heights = corridor, seat, (), ()
        self.house.corridor_seats[seat] = place

    async def entered(self, *entered: tuple[Keeper, Place]) -> None:
        """These places are inside now, as the database says; the corridors they left are told too."""
        found = await in_database(corridors.inside, self.summit_id)
        changed = {place.corridor for _, place in entered if place.corridor}
        for keeper, asked in entered:
            place = keeper.places.get(asked.key)  # the same seat on a new socket, perhaps
            if place is None:
                if not keeper.over:  # given back meanwhile: out again. Of a room that another process has, it decides
                    self.house.do(self.walk_off(keeper, asked))
                continue
            self._forget(place)
            self.coffee.forget(place.person_id)
            if place.key in found:
                self._walk_in(place, *found[place.key])
                changed.add(found[place.key][0])
            keeper.recompute()  # its plenary seat publishes nothing meanwhile
        for key in changed:
            await self._look_inside(str(key))
        await self.tell_doors()

    def _forget(self, place: Place) -> None:
        self.overheard.stop(place)
        if place.corridor and place.corridor_seat:
            self.house.media.leave(place.corridor, place.corridor_seat)
            self.house.corridor_seats.pop(place.corridor_seat, None)
        place.corridor_sources, place.corridor_at = set(), None
        place.corridor = place.corridor_seat = None
        place.routed.pop("corridor", None)

    async def walk_off(self, keeper: Keeper, place: Place, code: str = "", text: Any = "") -> None:
        """Out of the corridor, because one leaves it, or the meeting, or may not stay."""
        if left := await in_database(corridors.leave, place.seat.pk) or place.corridor:
            place = keeper.places.get(place.key, place)  # the same seat on a new socket, perhaps
            self._forget(place)
            if code:
                place.say("corridor.closed", code=code, text=place.speak(text))
            if place.key in keeper.places:
                keeper.recompute()
            await self._look_inside(left)
        if await self._gone_for_good(keeper, place) or left:
            await self.tell_doors()

    async def _gone_for_good(self, keeper: Keeper, place: Place) -> bool:
        """Whoever has no seat left in the summit is not open to talk; whether others saw that they were."""
        if place.key in keeper.places or any(one.person_id == place.person_id for _, one in self.places()):
            return False
        waited = self.coffee.forget(place.person_id)
        return await in_database(corridors.not_open, self.summit_id, place.person_id) or waited

    async def empty(self, code: str, text: Any) -> None:
        """Everybody out of every corridor, in one go."""
        await in_database(corridors.leave_all, self.summit_id)
        keepers = set()
        for keeper, place in self.places():
            if place.corridor:
                self._forget(place)
                keepers.add(keeper)
                place.say("corridor.closed", code=code, text=place.speak(text))
        for keeper in keepers:
            keeper.recompute()
        for key in [*self._inside]:
            await self._look_inside(key)
        await self.tell_doors()

    # ── requests ──────────────────────────────────────────────────────────────────────────────────────────────
    def person_of(self, place: Place) -> int:
        if place.person_id is None or Right.CORRIDOR not in place.grant.rights:
            raise Refused("corridor.not_allowed", _("Corridors are for delegations and the secretariat."))
        return place.person_id

    def corridor_of(self, place: Place) -> str:
        """Key of the corridor it is in. Refused: corridor.outside."""
        self.person_of(place)
        if place.corridor is None:
            raise Refused("corridor.outside", _("You are not in a corridor."))
        return place.corridor

    async def presence(self, _keeper: Keeper, place: Place, m: protocol.CorridorPresence) -> dict[str, Any]:
        person = self.person_of(place)
        intent = corridors.Intent(about=m.about, item=m.item, languages=m.languages, quiet=m.quiet)
        chosen = intent if m.on or m.quiet else None
        await in_database(corridors.be_open, self.summit_id, person, chosen, timezone.now())
        await self.tell_doors()
        return {}

    async def open_one(self, keeper: Keeper, place: Place, m: protocol.CorridorOpen) -> dict[str, Any]:
        self.person_of(place)
        key = await in_database(corridors.open_one, self.summit_id, m.topic, [place.seat.pk], timezone.now())
        await self.entered((keeper, place))
        return {"corridor": key}

    async def sit(self, keeper: Keeper, place: Place, m: protocol.CorridorSit) -> dict[str, Any]:
        person = self.person_of(place)
        key = await in_database(corridors.sit, self.summit_id, m.table, place.seat.pk, person, timezone.now())
        await self.entered((keeper, place))
        return {"corridor": key}

    async def meet(self, keeper: Keeper, place: Place, m: protocol.CorridorMeet) -> dict[str, Any]:
        self.person_of(place)
        now = timezone.now()
        key = await in_database(corridors.meet, self.summit_id, m.bilateral, place.seat.pk, place.person, now)
        await self.entered((keeper, place))
        return {"corridor": key}

    async def own(self, keeper: Keeper, place: Place, m: protocol.CorridorOwn) -> dict[str, Any]:
        """The private room of one's delegation."""
        person, now = self.person_of(place), timezone.now()
        key = await in_database(corridors.own, self.summit_id, m.delegation, place.seat.pk, person, now)
        await self.entered((keeper, place))
        return {"corridor": key}

    def may_stay(self, place: Place) -> bool:
        """Whether the corridor this place is in is still open to its person, as their rights stand now."""
        if Right.CORRIDOR not in place.grant.rights:
            return False
        held = self._inside.get(place.corridor or "")
        owners = set(held.state["held_for"]) if held else set()
        posts = place.standing.posts if place.standing else ()
        return not owners or bool(owners & {post.delegation for post in posts})

    async def headphones(self, _keeper: Keeper, place: Place, m: protocol.CorridorHeadphones) -> dict[str, Any]:
        """A phone in the hall may speak and hear in a corridor; in the plenary it stays silent."""
        self.person_of(place)
        place.headphones = m.on
        if place.corridor:
            self._put_plan(place.corridor)
        return {}

    def move(self, place: Place, x: int, y: int) -> None:
        """A few steps around the table. No database: where one stands is forgotten with the corridor.

        Whoever moves is not told: they may have gone on since.
        """
        held = self._inside.get(place.corridor or "")
        if held is None:
            return
        x, y = place.corridor_at = beside(x, y)
        for seat in held.state["seats"]:
            if seat["seat"] == place.corridor_seat:
                seat["at"] = [x, y]
        for member in self._members(str(place.corridor)):
            if member is not place:
                member.say("corridor.moved", seat=place.corridor_seat, x=x, y=y)

    async def knock(self, _keeper: Keeper, place: Place, m: protocol.CorridorKnock) -> dict[str, Any]:
        person = self.person_of(place)
        number = await in_database(corridors.knock, self.summit_id, m.corridor, person, m.line, timezone.now())
        members = self._members(m.corridor)
        if not {member.person_id for member in members} & await in_database(corridors.blockers_of, person):
            for member in members:
                member.say("knock", knock=number, corridor=m.corridor, person=person, line=m.line)
        await self._look_inside(m.corridor)
        return {"knock": number}

    async def answer(self, _from: Keeper, place: Place, m: protocol.CorridorAnswer) -> dict[str, Any]:
        key = self.corridor_of(place)
        person = await in_database(corridors.answer, self.summit_id, key, m.knock, m.answer, timezone.now())
        for _keeper, other in self.places():
            if other.person_id == person and m.answer != "silent":
                other.say("knock.answered", corridor=key, answer=m.answer)
        await self._look_inside(key)
        return {}

    async def enter(self, keeper: Keeper, place: Place, m: protocol.CorridorEnter) -> dict[str, Any]:
        person = self.person_of(place)
        if place.corridor != m.corridor:
            await in_database(corridors.enter, self.summit_id, m.corridor, place.seat.pk, person, timezone.now())
            await self.entered((keeper, place))
        return {"corridor": m.corridor}

    async def lock(self, _keeper: Keeper, place: Place, m: protocol.CorridorLock) -> dict[str, Any]:
        key = self.corridor_of(place)
        await in_database(corridors.lock, self.summit_id, key, m.on)
        await self._look_inside(key)
        await self.tell_doors()
        return {}

    async def leave(self, keeper: Keeper, place: Place, _m: protocol.CorridorLeave) -> dict[str, Any]:
        await self.walk_off(keeper, place, "corridor.left", _("You left the corridor."))
        return {}

    async def say(self, _keeper: Keeper, place: Place, m: protocol.CorridorSay) -> dict[str, Any]:
        key = self.corridor_of(place)
        for member in self._members(key):
            member.say("corridor.said", person=place.person_id, text=m.text, at=timezone.now().isoformat())
        return {}

    async def block(self, _keeper: Keeper, place: Place, m: protocol.CorridorBlock) -> dict[str, Any]:
        person = self.person_of(place)
        if person not in self._known() or m.person not in self._known():
            raise Refused("corridor.not_here", _("This person is not here now."))
        await in_database(corridors.block, person, m.person, m.on)
        held = self.blocks.setdefault(person, set())
        (held.add if m.on else held.discard)(m.person)
        for _keeper, other in self.places():
            if other.person_id == person:
                self._tell_mine(other)
        return {}

    async def report(self, keeper: Keeper, place: Place, m: protocol.CorridorReport) -> dict[str, Any]:
        person = self.person_of(place)
        if m.person not in self._known():
            raise Refused("corridor.not_here", _("This person is not here now."))
        await in_database(corridors.report, self.summit_id, keeper.meeting_id, person, m.person, m.text, timezone.now())
        return {}

    def _known(self) -> set[int]:
        """Persons of this summit, by the directories the keepers hold."""
        found: set[int] = set()
        for keeper in {id(one[0]): one[0] for one in self.places()}.values():
            found |= {int(pk) for pk in keeper.topics["directory"].state["persons"]}
        return found

    async def source(self, place: Place, kind: str, on: bool) -> None:
        """What this place sends in its corridor."""
        name = f"{place.corridor_seat}:{kind}"
        place.corridor_sources = place.corridor_sources | {name} if on else place.corridor_sources - {name}
        await self._look_inside(self.corridor_of(place))

    def look(self, place: Place, sources: tuple[str, ...], heights: tuple[int, ...]) -> None:
        """What this place would like to see of its corridor."""
        if place.corridor:
            place.corridor_look, place.corridor_heights = sources, heights
            self._put_plan(place.corridor)

    def limit(self, place: Place) -> None:
        """It wants more or less of pictures now."""
        if place.corridor:
            self._put_plan(place.corridor)

    @staticmethod
    def media_says(place: Place, event: Event) -> None:
        """News of a seat in a corridor."""
        if isinstance(event, Routes):
            place.route("corridor", event)
        elif isinstance(event, Counters):
            return  # one line a page: the meeting's, where there is one
