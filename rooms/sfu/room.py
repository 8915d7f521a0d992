"""A room: its plan, its seats, and the table of who is in whose slot. A packet's way through it is `_on_packet`."""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from rooms.sfu import limits, negotiate, stage
from rooms.sfu.aiming import aim
from rooms.sfu.connection import Connection, Ground
from rooms.sfu.gate import FLOOR, HEAR, SEND, Direction
from rooms.sfu.inbound import Packet
from rooms.sfu.negotiate import RID_OF
from rooms.sfu.plan import Kind, RoomPlan
from rooms.sfu.publishing import PublishConnection
from rooms.sfu.receiving import ReceiveConnection
from rooms.sfu.recorder import Recorder
from rooms.sfu.seat import Seat, Source

log = logging.getLogger(__name__)

PHASES = 20  # parts of a tick's second: hundreds of seats in one go would hold up everybody's packets
RESTAGE_SHARE = 5  # filling slots anew takes at most one part in so many of the processor
RESTAGE_AT_MOST = 0.5  # seconds it waits, however large the room
SHARES = 4  # of the listeners with a thin line, looked at in turn: all of them once a second, and no packet waits long
OVERLAP_SECONDS = 1.0  # an old connection lives on this long beside the one that replaced it

Event = dict[str, Any]
Emit = Callable[[Event], None]


class Refused(Exception):
    """The door's request cannot be met. `code` is stable and named in DOOR.md."""

    def __init__(self, code: str, why: str = "") -> None:
        super().__init__(why or code)
        self.code = code


class Stale(Refused):
    """Another web process looks after the room since; `term` is its."""

    def __init__(self, term: int) -> None:
        super().__init__("stale", "another web process looks after this room now")
        self.term = term


class Room:
    """Everything under one plan. All times are `time.monotonic()`."""

    def __init__(self, name: str, ground: Ground, emit: Emit, recorder: Recorder | None = None) -> None:
        self.name = name
        self.plan = RoomPlan("", -1)
        self.planned_at = 0.0
        self.seats: dict[str, Seat] = {}
        self._ground = ground
        self._emit = emit
        self._recorder = recorder or Recorder(None, 0, emit)  # a node's rooms share its own
        self._told_sources: dict[str, dict[str, str]] = {}
        self._restaging = False
        self._turn = 0
        self._planned = self._layered = 0  # how often the plan, and the layers that arrive, have changed
        self._restage_after = 0.0  # seconds: what the last one took makes the next one wait
        self._phases = itertools.cycle(range(PHASES))  # of the next seat
        self._phase = self._counted_phase = 0
        self._heard: frozenset[str] = frozenset()
        self._publishers: dict[str, Seat] = {}  # seats that have a publish connection: few of hundreds

    # ── the plan ──

    def apply(self, plan: RoomPlan, now: float) -> bool:
        """Take a plan unless it is older than the one held; returns whether it was taken. Raises Stale."""
        self.of_term(plan.term)
        self.planned_at = now
        if (plan.term, plan.epoch) == (self.plan.term, self.plan.epoch) and plan.version < self.plan.version:
            return False
        for gone in self.seats.keys() - plan.seats.keys():
            self._remove(self.seats.pop(gone), "plan")
        for seat, one in plan.seats.items():
            if seat in self.seats:
                self.seats[seat].apply(one)
            else:
                bucket = limits.Bucket(limits.OFFERS_BURST, 1 / limits.OFFERS_EVERY, now)
                self.seats[seat] = Seat(seat, one, bucket, self._ground.purse(now), next(self._phases))
        changed = plan != self.plan
        self._planned += changed
        self.plan = plan
        self._recorder.hold(self.name, plan.record)
        if changed:
            self.restage()
        return True

    def of_term(self, term: int) -> None:
        """Whoever looked after the room before has no say any more. Raises Stale."""
        if term < self.plan.term:
            raise Stale(self.plan.term)

    def look(self, seat_id: str, look: object, now: float) -> None:
        """Other wishes of one page; nobody else's slots are looked at. Raises PlanError."""
        seat = self.seats.get(seat_id)
        if seat is None or (wishes := seat.plan.looking(look)) == seat.plan:
            return
        seat.plan = wishes
        self.plan = replace(self.plan, seats={**self.plan.seats, seat_id: wishes})
        live = self.live()
        for connection in seat.receive:
            if connection.is_open:
                self._route(seat, connection, live)
                self._aim(seat, connection, now, anew=True)

    def close(self) -> None:
        self._recorder.hold(self.name, None)
        for seat in self.seats.values():
            self._remove(seat, "dropped")
        self.seats.clear()
        self._told_sources = {}  # nothing more is told: there may soon be another room of this name

    def _remove(self, seat: Seat, why: str) -> None:
        for source in seat.sources.values():
            source.rest()
            self._release(source)
        for connection in list(seat.connections):
            connection.close(why)
        self._soon()

    # ── requests ──

    def publish(self, seat_id: str, sdp: object, now: float) -> str:
        """Answer a publish offer. Raises Refused or SdpRefused."""
        seat = self._seat(seat_id, now)
        offer = negotiate.read_offer(sdp)
        feeds = negotiate.feeds_of(offer, private=self.plan.private)
        self._make_room()

        def on_packet(kind: Kind, packet: Packet, at: float) -> None:
            self._on_packet(seat, connection, kind, packet, at)

        connection = PublishConnection(
            self._ground, now, feeds, on_packet, lambda one: self._opened(seat, one), self._closed_of(seat)
        )
        seat.add_publish(connection)
        self._publishers[seat.id] = seat
        answer = negotiate.answer(offer, feeds, connection.endpoint)
        connection.start(offer.ufrag, offer.fingerprints)
        return answer

    def receive(self, seat_id: str, audio: int, video: int, now: float) -> str:
        """Offer receiving slots. Raises Refused or SdpRefused."""
        seat = self._seat(seat_id, now)
        slots = negotiate.make_slots(audio, video)
        self._make_room()
        connection = ReceiveConnection(
            self._ground,
            now,
            slots,
            lambda one: self._opened(seat, one),
            self._closed_of(seat),
            lambda one: self._aim(seat, one, time.monotonic()),
        )
        seat.add_receive(connection)
        return negotiate.offer(slots, connection.endpoint)

    def receive_answer(self, seat_id: str, sdp: object) -> None:
        """The client's answer to our last offer. Raises Refused or SdpRefused."""
        seat = self.seats.get(seat_id)
        waiting = next((one for one in reversed(seat.receive) if not one.answered), None) if seat else None
        if waiting is None:
            raise Refused("no_offer", "there is no offer to answer")
        description, accepted = negotiate.read_answer(sdp, waiting.offers)
        waiting.accept(accepted)
        waiting.start(description.ufrag, description.fingerprints)

    def leave(self, seat_id: str) -> None:
        """Close what the seat has on the wire; the plan still knows it."""
        if (seat := self.seats.get(seat_id)) is not None:
            self._remove(seat, "left")

    def rank(self, seat_id: str, direction: Direction) -> int:
        """Who connects first when many come at once: nothing is heard before the floor is there. Raises Refused."""
        if seat_id not in self.seats:
            raise Refused("no_seat", "the plan has no such seat")
        if seat_id == self.plan.floor:
            return FLOOR
        return HEAR if direction == "receive" else SEND

    def _seat(self, seat_id: str, now: float) -> Seat:
        seat = self.seats.get(seat_id)
        if seat is None:
            raise Refused("no_seat", "the plan has no such seat")
        if not seat.offers.take(1, now):
            raise Refused("too_often", "this seat negotiates too often")
        return seat

    def _make_room(self) -> None:
        if self._ground.connections >= limits.CONNECTIONS:
            raise Refused("full", "the node takes no more connections")

    # ── connections ──

    def _opened(self, seat: Seat, connection: Connection) -> None:
        older: Iterable[Connection]
        if isinstance(connection, PublishConnection):
            older = [one for one in seat.publish if one is not connection and one.is_open]
        else:
            older = [one for one in seat.receive if one is not connection and one.is_open]
            seat.told = {}
        for one in older:
            asyncio.get_running_loop().call_later(OVERLAP_SECONDS, one.close, "replaced")
        self._soon()

    def _closed_of(self, seat: Seat) -> Callable[[Connection, str], None]:
        def closed(connection: Connection, why: str) -> None:
            if isinstance(connection, PublishConnection):
                seat.publish.remove(connection)
                if not seat.publish and self._publishers.get(seat.id) is seat:
                    self._publishers.pop(seat.id, None)
            elif isinstance(connection, ReceiveConnection):
                seat.receive.remove(connection)
                for mid, source_id in connection.routes.items():
                    self._unlisten(connection, mid, source_id)
            log.info("a %s connection closed: %s", type(connection).__name__, why)
            if not seat.connections and why not in ("replaced", "left", "dropped"):
                self._emit({"is": "gone", "room": self.name, "seat": seat.id, "why": why})

        return closed

    # ── packets ──

    def _on_packet(self, seat: Seat, by: PublishConnection, kind: Kind, packet: Packet, now: float) -> None:
        source = seat.sources.get(kind) or seat.source(kind)
        if kind == "mic" and packet.track.rung == "low" and not source.is_full(now):
            return  # nobody speaks past the record
        if source.tracks.get(packet.track.rung) is not packet.track:
            if not source.take(packet.track, by.made_at, now, by.rungs(kind)):
                return  # two connections overlap, and the newer one already brings this source
            self._layered += 1  # a layer more: listeners are aimed anew
            self._soon()
        if not source.live:
            source.live = True
            self._soon()
        if source.open:
            if kind == "mic" and packet.track.rung == "high" and self.plan.record is not None:
                self._recorder.take(self.name, seat.id, packet, now)
            if kind == "mic":
                source.fan.forward(packet, now)
            else:
                self._ground.pacer.add(source, packet, now)
                source.hasten(packet.track)

    # ── the table ──

    def _soon(self) -> None:
        if not self._restaging:
            self._restaging = True
            asyncio.get_running_loop().call_later(self._restage_after, self.restage)

    def live(self) -> list[stage.Live]:
        return [
            stage.Live(source.id, source.seat, source.kind, source.track.loudness if source.track else 0.0)
            for seat in self.seats.values()
            for source in seat.sources.values()
            if source.on
        ]

    def restage(self) -> None:
        """Fill every listener's slots anew and tell what changed."""
        self._restaging = False
        now, began = time.monotonic(), time.thread_time()
        live = self.live()
        heard: set[str] = set()
        for seat in self.seats.values():
            for connection in seat.receive:
                if connection.is_open:
                    self._route(seat, connection, live)
                    self._aim(seat, connection, now)
            receiving = seat.receiving
            if receiving is None:
                continue
            heard.update(source for mid, source in receiving.routes.items() if source and mid.startswith("a"))
        self._heard = frozenset(heard)
        self._tell_sources(live)
        self._restage_after = min(RESTAGE_AT_MOST, RESTAGE_SHARE * (time.thread_time() - began))

    def _route(self, seat: Seat, connection: ReceiveConnection, live: list[stage.Live]) -> None:
        held = connection.routes
        wanted = stage.assign(
            self.plan,
            seat.id,
            live,
            held,
            audio=connection.audio_slots,
            video=connection.video_slots,
        )
        for mid, source_id in wanted.items():
            if held[mid] != source_id:
                self._unlisten(connection, mid, held[mid])
                self._listen(connection, mid, source_id)

    def _listen(self, connection: ReceiveConnection, mid: str, source_id: str | None) -> None:
        slot = connection.slots[mid]
        slot.source = source_id
        source = self._source(source_id)
        if source is not None:
            source.fan.add(slot, connection)

    def _unlisten(self, connection: ReceiveConnection, mid: str, source_id: str | None) -> None:
        slot = connection.slots[mid]
        slot.clear()
        source = self._source(source_id)
        if source is not None:
            source.fan.remove(slot)

    def _release(self, source: Source) -> None:
        for slot in list(source.fan.listeners):
            slot.clear()
            source.fan.remove(slot)

    def _source(self, source_id: str | None) -> Source | None:
        if source_id is None:
            return None
        seat_id, _, kind = source_id.rpartition(":")
        seat = self.seats.get(seat_id)
        return next((one for one in seat.sources.values() if one.kind == kind), None) if seat else None

    def _aim(self, seat: Seat, connection: ReceiveConnection, now: float, *, anew: bool = False) -> None:
        """Choose the listener's layers, unless nothing it depends on has changed; `anew`: what they cost has."""
        state = (self._planned, self._layered, tuple(connection.routes.values()), connection.budget, connection.thin)
        if anew or state != connection.aimed:
            connection.aimed = state
            connection.gets = aim(connection, self.plan, seat.plan, self._source, now)
        if connection is seat.receiving:
            self._tell_routes(seat, connection)

    def _tell_routes(self, seat: Seat, receiving: ReceiveConnection) -> None:
        camera = seat.sources.get("camera")
        layers = [RID_OF[rung] for rung in camera.asked] if camera is not None and camera.asked else None
        told = {"slots": receiving.routes, **receiving.gets.as_json(), "layers": layers}
        if told != seat.told:
            seat.told = told
            self._emit({"is": "routes", "room": self.name, "seat": seat.id, **told})

    def _tell_sources(self, live: list[stage.Live]) -> None:
        sources = {one.id: {"seat": one.seat, "kind": one.kind} for one in live}
        if sources != self._told_sources:
            self._told_sources = sources
            self._emit({"is": "sources", "room": self.name, "sources": sources})

    # ── time ──

    def tick_repairs(self, now: float) -> None:
        for seat in self._publishers.values():
            for connection in seat.publish:
                if connection.is_open:
                    connection.repair(now)

    def tick_feedback(self, now: float) -> None:
        for seat in self._publishers.values():
            for connection in seat.publish:
                if connection.is_open:
                    connection.tell_arrivals()

    def tick_stage(self, now: float) -> None:
        """Four times a second: who fell silent, who is louder than those heard, and whose line may carry more."""
        for seat in self.seats.values():
            for connection in seat.receive:
                connection.try_line(now)
            for source in seat.sources.values():
                if source.live and source.is_quiet(now):
                    source.rest()
                    self._soon()
                elif source.kind == "camera" and source.told != (arriving := frozenset(source.layers(now))):
                    source.told = arriving
                    self._layered += 1
                    self._soon()
                if source.offered and source.asked != (watched := source.watched(now)):
                    source.asked = watched
                    if seat.receiving is not None:
                        self._tell_routes(seat, seat.receiving)
        self._turn += 1
        for place, seat in enumerate(self.seats.values()):
            for receiving in seat.receive if place % SHARES == self._turn % SHARES else ():
                if receiving.is_open and receiving.is_tight:  # what its layers cost has changed
                    self._aim(seat, receiving, now, anew=True)
        if not self._restaging and self._voices_moved():
            self.restage()

    def _voices_moved(self) -> bool:
        mics = [one for one in self.live() if one.kind == "mic"]
        if len(mics) <= stage.LANGUAGE_SLOTS - 1:
            return False

        def rank(one: stage.Live) -> float:
            return one.loudness + (stage.INCUMBENT if one.id in self._heard else 0.0)

        loudest = sorted(mics, key=rank, reverse=True)[: stage.LANGUAGE_SLOTS]
        return not {one.id for one in loudest} <= self._heard

    def tick(self, now: float) -> None:
        """Once in a phase; every seat has its turn once in PHASES of them."""
        self._phase = (self._phase + 1) % PHASES
        for seat in self._in_phase(self._phase):
            for connection in list(seat.connections):
                connection.tick(now)
            for receiving in seat.receive:
                receiving.ask_for_stills()

    def _in_phase(self, phase: int) -> list[Seat]:
        return [seat for seat in self.seats.values() if seat.phase == phase]

    def tell_counters(self, now: float) -> None:
        """As `tick`, in longer phases."""
        self._counted_phase = (self._counted_phase + 1) % PHASES
        for seat in self._in_phase(self._counted_phase):
            if seat.connections and (counters := seat.counters(now)) is not None:
                self._emit({"is": "counters", "room": self.name, "seat": seat.id, **counters})

    def snapshot(self) -> Iterable[Event]:
        """What a web process that has just connected must know."""
        yield {"is": "sources", "room": self.name, "sources": self._told_sources}
        for seat in self.seats.values():
            if seat.receiving is not None and seat.told:  # one that has just opened is told when its slots are filled
                yield {"is": "routes", "room": self.name, "seat": seat.id, **seat.told}
