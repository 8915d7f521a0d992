"""What a line carries of a voice and a picture: the thin voice where no full one fits, and nothing that is too much."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from rooms.sfu import negotiate, rtp
from rooms.sfu.aiming import aim
from rooms.sfu.client import OPUS, Feed, rtp_packet
from rooms.sfu.connection import Ground
from rooms.sfu.downlink import Second
from rooms.sfu.dtls import make_certificate
from rooms.sfu.fanout import PythonKernel
from rooms.sfu.inbound import Packet, Track
from rooms.sfu.layers import Rung
from rooms.sfu.mux import UdpMux
from rooms.sfu.negotiate import Accepted
from rooms.sfu.plan import RoomPlan, SeatPlan
from rooms.sfu.receiving import ReceiveConnection
from rooms.sfu.room import Room
from rooms.sfu.seat import Source
from tests.rooms.sfu.test_layered import Layered
from tests.rooms.sfu.test_pure import offer

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def bruno() -> AsyncIterator[ReceiveConnection]:
    mux = UdpMux()
    offers = negotiate.make_slots(1, 0)
    one = ReceiveConnection(Ground(mux, PythonKernel(mux), make_certificate()), 0.0, offers, print, lambda *_: None)
    one.accept(Accepted({"a0": {"opus": (111, 0)}}, tells=True))
    one.slots["a0"].source = "amina:mic"
    yield one
    one.close("done")


class Voice:
    """Amina's microphone, as her browser sends it: 50 packets a second in full, 25 thin ones."""

    def __init__(self) -> None:
        self.source = Source("amina", "mic", open=True, live=True)
        self.tracks: dict[Rung, Track] = {
            rung: Track(ssrc, is_video=False, clock=48_000, codec="opus", rung=rung)
            for ssrc, rung in ((1, "high"), (2, "low"))
        }
        self.now = 0.0
        self.count = 0

    def _packet(self, rung: Rung, number: int) -> Packet:
        data = rtp_packet(111, number, self.count * 960, self.tracks[rung].ssrc, rung.encode())
        view = rtp.parse(data)
        assert view is not None
        packet = self.tracks[rung].accept(view, data, self.now, redundant=False)
        assert packet is not None
        return packet

    def speak(self, seconds: float, to: ReceiveConnection) -> list[bytes]:
        heard = []
        slot = to.slots["a0"]
        for _ in range(round(seconds * 50)):
            self.count += 1
            self.now += 0.02
            packets = [self._packet("high", self.count)]
            if self.count % 2 == 0:
                packets.append(self._packet("low", self.count // 2))
            for packet in packets:
                if self.source.tracks.get(packet.track.rung) is not packet.track:
                    assert self.source.take(packet.track, 0.0, self.now)
                data = slot.forward(packet, self.now)
                if data is not None:
                    heard.append(bytes(data))
        return heard


async def test_a_line_that_carries_no_full_voice_gets_the_thin_one_without_a_seam(bruno: ReceiveConnection) -> None:
    amina = Voice()
    bruno.slots["a0"].source = amina.source.id
    amina.source.fan.add(bruno.slots["a0"], bruno)
    plan = RoomPlan("test", 1, {"amina": SeatPlan(), "bruno": SeatPlan()}, floor="amina")

    def hear(seconds: float) -> list[bytes]:
        aim(bruno, plan, plan.seats["bruno"], lambda one: amina.source if one else None, amina.now)
        return amina.speak(seconds, bruno)

    amina.source.take(amina.tracks["high"], 0.0, 0.0)
    full = hear(1)
    assert {data[12:] for data in full} == {b"high"} and len(full) == 50
    bruno._downlink.tick(Second(0, 80_000, 0.5), 10.0)
    assert bruno.thin
    thin = hear(1)
    assert [data[12:] for data in thin] == [b"high"] * 2 + [b"low"] * 25, "the full one until the thin one begins"
    views = [rtp.parse(data) for data in full + thin]
    numbers = [view.seq for view in views if view is not None]
    assert numbers == list(range(numbers[0], numbers[0] + 77)), "one stream without a hole"
    stamps = [view.timestamp for view in views if view is not None]
    assert max((after - before) & 0xFFFFFFFF for before, after in itertools.pairwise(stamps)) <= 3_000


async def test_a_picture_that_is_too_much_stops_before_the_smaller_one_begins(bruno: ReceiveConnection) -> None:
    amina, source = Layered(), Source("amina", "camera", open=True, live=True)
    offers = negotiate.make_slots(0, 1)
    line = ReceiveConnection(bruno.ground, 0.0, offers, print, lambda *_: None)
    line.accept(Accepted({"v0": {"vp8": (96, 97)}}, tells=True))
    slot = line.slots["v0"]
    slot.source = source.id
    source.fan.add(slot, line)
    plan = RoomPlan("test", 1, {"amina": SeatPlan(), "bruno": SeatPlan()}, floor="amina")

    def see(*keys: Rung) -> int:
        packets = amina.send(*keys)
        for packet in packets:
            if source.tracks.get(packet.track.rung) is not packet.track:
                assert source.take(packet.track, 0.0, amina.now)
        line.gets = aim(line, plan, plan.seats["bruno"], lambda one: source if one else None, amina.now)
        return sum(slot.forward(packet, amina.now) is not None for packet in packets)

    assert [see("high"), see(), see()] == [2, 2, 2]
    line._downlink.tick(Second(1_300_000, 80_000, 0.8), 10.0)
    assert (line.budget or 0) < 300_000
    assert [see(), see()] == [0, 0], "the voice passes"
    assert [see("low"), see()] == [2, 2]
    assert (line.gets.pictures, line.gets.by) == ("smaller", "line")
    line.close("done")


async def test_a_thin_voice_alone_is_neither_heard_nor_missing_in_the_record(bruno: ReceiveConnection) -> None:
    """The record holds full voices only, so nobody is heard in a thin one beside which there is none."""
    room = Room("room", bruno.ground, lambda event: None)
    room.apply(RoomPlan("e", 1, {"eve": SeatPlan(publish=frozenset({"audio"}), audible=True)}, floor="eve"), 0.0)
    feeds = [Feed("audio", "0", 1), Feed("audio", "1", 2)]
    room.publish("eve", offer(*feeds), 0.0)
    (eve,) = room.seats["eve"].publish
    for number in range(5):
        eve.on_rtp(rtp_packet(OPUS, number, number * 1_920, 2, b"secret"), 1.0 + number / 25)
    assert room.live() == []
    eve.on_rtp(rtp_packet(OPUS, 1, 960, 1, b"aloud"), 1.2)
    eve.on_rtp(rtp_packet(OPUS, 5, 9_600, 2, b"aloud"), 1.21)
    source = room.seats["eve"].source("mic")
    assert source.on and source.tracks.keys() == {"high", "low"}
    slot = bruno.slots["a0"]
    slot.aim(source.tracks["low"], "high")
    source.fan.add(slot, bruno)
    eve.on_rtp(rtp_packet(OPUS, 6, 11_520, 2, b"aloud"), 1.25)
    assert slot.counts[0] == 1
    eve.on_rtp(rtp_packet(OPUS, 7, 40_000, 2, b"secret"), 1.9)
    assert slot.counts[0] == 1, "the full voice ended long ago"
    room.close()
    await asyncio.gather(*bruno.ground.tasks, return_exceptions=True)


async def test_a_full_voice_that_is_late_is_waited_for_and_not_left_for_the_thin_one(bruno: ReceiveConnection) -> None:
    amina = Voice()
    amina.speak(1, bruno)
    amina.tracks["low"].heard_at = late = amina.now + 0.7
    plan = RoomPlan("test", 1, {"amina": SeatPlan(), "bruno": SeatPlan()}, floor="amina")
    aim(bruno, plan, plan.seats["bruno"], lambda one: amina.source if one else None, late)
    assert bruno.slots["a0"].wanted is amina.tracks["high"]
