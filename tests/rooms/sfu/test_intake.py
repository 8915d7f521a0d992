"""C's way in beside Python's: the same datagrams, the same copies on the wire, the same counts and memories."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pylibsrtp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rooms.sfu import limits, negotiate, rtcp
from rooms.sfu.client import rtp_packet, vp8_payload
from rooms.sfu.compiling import compile_kernel
from rooms.sfu.connection import Ground
from rooms.sfu.dtls import make_certificate
from rooms.sfu.fanout import Kernel, PythonKernel
from rooms.sfu.inbound import RING
from rooms.sfu.intake import LaneTrack
from rooms.sfu.mux import Address, UdpMux
from rooms.sfu.native import NativeKernel
from rooms.sfu.plan import RoomPlan, SeatPlan
from rooms.sfu.publishing import PublishConnection
from rooms.sfu.receiving import ReceiveConnection
from rooms.sfu.resending import Resends
from rooms.sfu.room import Room
from rooms.sfu.sdp import WIDE
from tests.rooms.sfu.test_pure import Client

GCM = pylibsrtp.Policy.SRTP_PROFILE_AEAD_AES_256_GCM
VIDEO, REPAIR, WIDE_ID = 2, 3, 3
KEYS = [bytes([number]) * 44 for number in range(3)]
CERTIFICATE = make_certificate()
OFFER = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 1\r\n"
    f"m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\na=sendonly\r\n{Client.transport_lines}"
    f"a=extmap:{WIDE_ID} {WIDE}\r\na=rtpmap:96 VP8/90000\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n"
    f"a=ssrc-group:FID {VIDEO} {REPAIR}\r\na=ssrc:{VIDEO} cname:x\r\na=ssrc:{REPAIR} cname:x\r\n"
)


@pytest.fixture(scope="module", autouse=True)
def compiled() -> None:
    compile_kernel()


def session(key: bytes, *, out: bool) -> pylibsrtp.Session:
    kind = pylibsrtp.Policy.SSRC_ANY_OUTBOUND if out else pylibsrtp.Policy.SSRC_ANY_INBOUND
    return pylibsrtp.Session(pylibsrtp.Policy(key=key, ssrc_type=kind, srtp_profile=GCM))


@dataclass
class World:
    """A node with one publisher and one listener, past their handshakes."""

    kind: type[PythonKernel]
    ears: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.mux = UdpMux()
        self.mux.open([Address("127.0.0.1", "127.0.0.1")], 0)
        self.bound = self.mux.bound[0]
        asyncio.get_running_loop().remove_reader(self.bound.socket.fileno())  # we say when it reads
        self.kernel: Kernel = self.kind(self.mux)
        self.ground = Ground(self.mux, self.kernel, CERTIFICATE)
        self.room = Room("room", self.ground, lambda event: None)
        self.page, self.ear = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
        for one in (self.page, self.ear):
            one.bind(("127.0.0.1", 0))
            one.setblocking(False)
        self.version = 0
        self.plan(may=True)
        now = time.monotonic()
        self.room.publish("amina", OFFER, now)
        self.room.receive("bruno", 0, 1, now)
        self.publisher: PublishConnection = self.room.seats["amina"].publish[0]
        self.listener: ReceiveConnection = self.room.seats["bruno"].receive[0]
        self.listener.accept(negotiate.Accepted({"v0": {"vp8": (96, 97)}}))
        self._open(self.publisher, self.page, KEYS[0], KEYS[1])
        self._open(self.listener, self.ear, KEYS[1], KEYS[2])
        slot = self.listener.slots["v0"]
        slot.ssrc, slot._number, slot._timestamp, slot._picture_id, slot._tl0 = 77, 5, 6, 7, 8
        slot.rtx_ssrc, slot._rtx_number, self.listener._by_ssrc = 78, 9, {77: slot}
        self.page_keys = session(KEYS[0], out=True)
        self.send(self.packet(0))
        self.room.restage()

    def _open(self, connection: Any, far: socket.socket, theirs: bytes, ours: bytes) -> None:
        path = (self.bound, far.getsockname())
        connection._incoming, connection._outgoing = session(theirs, out=False), session(ours, out=True)
        connection.is_open = True
        connection.ice.path = path
        connection.ice._remember(path)
        connection.opened()

    def plan(self, *, may: bool) -> None:
        self.version += 1
        rights = frozenset({"video"}) if may else frozenset[Any]()
        self.room.apply(RoomPlan("e", self.version, {"amina": SeatPlan(publish=rights), "bruno": SeatPlan()}), 0.0)

    def packet(
        self, number: int, *, key: bool = False, repair: bool = False, padding: int = 0, size: int = 50, kind: int = 96
    ) -> bytes:
        """The nth packet, protected; two make a picture."""
        picture = (number + 1) // 2
        body = (b"\x10" if key else b"\x11") + bytes(9) + bytes([number & 0xFF]) * size
        payload = vp8_payload(picture & 0x7FFF, picture & 0xFF, body, begins=number % 2 == 1) if size else b""
        extension = bytes((WIDE_ID << 4 | 1, number >> 8 & 0xFF, number & 0xFF, 0))
        ssrc = REPAIR if repair else VIDEO
        if repair:
            payload, kind = (65_000 + number & 0xFFFF).to_bytes(2, "big") + payload, 97
        plain = rtp_packet(
            kind, 65_000 + number, 90 * number, ssrc, payload, marker=number % 2 == 0, extension=extension
        )
        if padding:
            plain = bytes((plain[0] | 0x20,)) + plain[1:] + bytes(padding - 1) + bytes((padding,))
        return self.page_keys.protect(plain)

    def send(self, *datagrams: bytes) -> None:
        for one in datagrams:
            self.page.sendto(one, self.bound.socket.getsockname())
        while self.mux._drain(self.bound):
            continue
        while self.mux._comes_back or self.ground.pacer.flush():
            self.mux._comes_back = False
        while True:
            try:
                self.ears.append(self.ear.recv(2_048))
            except BlockingIOError:
                return

    @property
    def taken(self) -> int:
        """Packets C took in."""
        return int(self.publisher._sending.c.packets) if self.publisher._sending is not None else 0

    def known(self) -> dict[str, Any]:
        """All that must be the same in both, apart from moments."""
        (track,) = self.publisher.tracks.values() or (self.publisher._streams[VIDEO][1],)
        kept = [track.recall(number) for number in range(max(0, track._highest - RING), track._highest + 1)]
        assert self.publisher._arrivals is not None
        return {
            "track": (
                track.packets,
                track.octets,
                track.highest,
                track.keyframes,
                track.keyframe_wanted,
                track.expected,
            ),
            "missing": list(track.missing),
            "height": track.height,
            "ring": [(one.number, one.timestamp, one.marker, one.payload, one.descriptor) for one in kept if one],
            "publisher": (self.publisher.received_packets, self.publisher.received_bytes, dict(self.publisher.dropped)),
            "feedback": [(first, [at is not None for at in one]) for first, one in self.publisher._arrivals.feedback()],
            "slot": self.listener.slots["v0"].counts,
            "mux": (self.mux.counters.malformed, self.mux.counters.strangers, self.mux.counters.not_sent),
            "wire": self.wire(),
        }

    def wire(self) -> list[bytes]:
        """What the listener got, opened, without the moment it was sent; stretches begin when they begin."""
        opener = session(KEYS[2], out=False)
        opened = [opener.unprotect(one) for one in self.ears if not 192 <= one[1] <= 223]
        return [one[:4] + one[8:17] + one[20:] if one[0] & 0x10 else one[:4] + one[8:] for one in opened]

    def close(self) -> None:
        self.room.close()
        for task in self.ground.tasks:
            task.cancel()
        self.mux.close()
        self.page.close()
        self.ear.close()


@pytest.fixture
async def worlds() -> Iterator[list[World]]:
    made = [World(kind) for kind in (PythonKernel, NativeKernel)]
    yield made
    for one in made:
        one.close()


WHATS = (
    *("next",) * 4, "key", "lost", "twice", "swapped", "padding", "empty", "broken", "repair", "other", "short", "revoke",
    "allow", "again", "stranger",
)  # fmt: skip
ACTS = st.lists(st.sampled_from(WHATS), min_size=5, max_size=60)


def play(world: World, acts: list[str]) -> None:
    """The same story in either world."""
    number = 1
    world.send(world.packet(number, key=True), world.packet(number + 1))
    number = 3
    for what in acts:
        match what:
            case "next":
                world.send(world.packet(number))
            case "key":
                number += (number + 1) % 2
                world.send(world.packet(number, key=True))
            case "lost":
                world.packet(number)
            case "twice":
                one = world.packet(number)
                world.send(one, one)
            case "swapped":
                one, two = world.packet(number), world.packet(number + 1)
                world.send(two, one)
                number += 1
            case "padding":
                world.send(world.packet(number, padding=20, size=0), world.packet(number + 1), world.packet(number + 2))
                number += 2
            case "empty":
                world.send(world.packet(number, size=0), world.packet(number + 1))
                number += 1
            case "broken":
                one = bytearray(world.packet(number))
                one[-1] ^= 1
                world.send(bytes(one))
            case "repair":
                world.packet(number)
                world.send(world.packet(number + 1))
                world.send(world.packet(number, repair=True))
                world.send(world.packet(number + 2))
                number += 2
            case "other":
                world.send(world.packet(number, kind=100))
            case "short":
                world.send(world.packet(number)[:15])
            case "revoke":
                world.plan(may=False)
                world.send(world.packet(number))
            case "allow":
                world.plan(may=True)
                world.room.restage()
                world.send(world.packet(number))
            case "again":
                slot = world.listener.slots["v0"]
                world.listener._resends = Resends()  # however long the machine took since the last time
                world.listener._send_again(rtcp.Lost(slot.ssrc, [slot._number & 0xFFFF]), time.monotonic())
            case "stranger":
                world.ear.sendto(bytes(100), world.bound.socket.getsockname())
                world.send(world.packet(number))
        number += 1
    world.send(world.packet(number))


def what_both_know(after: Callable[[World], None]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Of a Python and a native world to which the same has happened."""

    async def both() -> tuple[dict[str, Any], dict[str, Any]]:
        worlds = [World(kind) for kind in (PythonKernel, NativeKernel)]
        try:
            for one in worlds:
                after(one)
            return worlds[0].known(), worlds[1].known()
        finally:
            for one in worlds:
                one.close()

    return asyncio.run(both())


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ACTS)
def test_whatever_comes_both_do_the_same(acts: list[str]) -> None:
    python, native = what_both_know(lambda world: play(world, acts))
    assert native == python


HOSTILE = st.tuples(
    st.binary(max_size=40)
    | st.binary(max_size=8).map(lambda rest: b"\x90\xf0" + rest),  # all a descriptor may announce
    st.binary(max_size=12).map(lambda block: block + bytes(-len(block) % 4)),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(HOSTILE, min_size=1, max_size=20))
def test_whatever_an_authentic_page_puts_into_its_packets_both_do_the_same(packets: list[tuple[bytes, bytes]]) -> None:
    def send_them(world: World) -> None:
        world.send(*(world.packet(number, key=number == 1) for number in range(1, 5)))
        for number, (payload, extension) in enumerate(packets, 5):
            plain = rtp_packet(96, 65_000 + number, 90 * number, VIDEO, payload, extension=extension)
            world.send(world.page_keys.protect(plain))

    python, native = what_both_know(send_them)
    assert native == python


async def test_what_needs_no_decision_is_not_python_s(worlds: list[World]) -> None:
    for world in worlds:
        world.send(world.packet(1, key=True), world.packet(2))
        for number in range(3, 703):
            world.send(world.packet(number))
    assert worlds[1].taken >= 690
    assert worlds[0].known() == worlds[1].known()
    assert len(worlds[1].wire()) == len({one[2:4] for one in worlds[1].wire()}) >= 690


async def test_a_listener_who_takes_no_such_pictures_costs_the_others_nothing(worlds: list[World]) -> None:
    for world in worlds:
        world.listener.slots["v0"].accept({"h264": (98, 99)})
        for number in range(1, 12):
            world.send(world.packet(number, key=number == 1))
        assert world.wire() == []
    assert worlds[1].taken >= 8
    assert worlds[0].known() == worlds[1].known()


async def test_what_never_came_to_us_is_not_blamed_on_a_listeners_line(worlds: list[World]) -> None:
    def told(world: World, lost: int) -> float | None:
        world.listener._on_block(rtcp.Block(77, 0, lost, 0, 0, 0, 0), time.monotonic())
        return world.listener.loss()

    for world in worlds:
        world.send(world.packet(1, key=True), *(world.packet(number) for number in range(2, 41)))
        assert told(world, 0) == 0
        holes = 0
        for number in range(41, 121):  # the page's own line loses every other one
            if number % 2:
                world.packet(number)
                holes += 1
            else:
                world.send(world.packet(number))
        assert world.listener.slots["v0"].holes == holes == 40
        assert told(world, 20) == 0, "a report of some time ago"
        world.send(world.packet(121))
        assert told(world, 40) == 0
        world.send(*(world.packet(number) for number in range(122, 132)))
        assert told(world, 45) == 50, "five of ten were lost on the way to the listener"


async def test_a_right_that_ends_ends_with_the_packets_that_wait(worlds: list[World]) -> None:
    """Between a packet's way in and its way out somebody's camera is taken away: nobody may see it any more."""
    world = worlds[1]
    world.send(world.packet(1, key=True), world.packet(2), world.packet(3))
    world.send(world.packet(4))
    world.send()
    before = len(world.ears)
    intake = world.mux.intake
    assert intake is not None
    sender = world.publisher._sending
    assert sender is not None
    why, _ = intake.admit(sender, world.packet(5), time.monotonic())
    assert why == -1, "C has it, and it waits"
    world.plan(may=False)
    world.send()
    assert len(world.ears) == before


async def test_a_purse_is_one_for_what_c_takes_and_what_python_takes(worlds: list[World]) -> None:
    for world in worlds:
        world.send(world.packet(1, key=True), world.packet(2), world.packet(3))
        purse = world.publisher.purse
        purse._packets, purse._at = 10.0, time.monotonic() + 60  # no time passes for it
        for number in range(4, 34):
            world.send(world.packet(number))
    for world in worlds:
        assert world.publisher.dropped["too_many"] == 20
        assert world.publisher.received_packets == 4 + 10


async def test_addresses_are_found_and_forgotten_whatever_the_order(worlds: list[World]) -> None:
    world = worlds[1]
    intake, sender = world.mux.intake, world.publisher._sending
    assert intake is not None
    assert sender is not None
    crowd = [
        (world.bound, (f"10.{number % 7}.{number >> 8}.{number & 255}", 1_000 + number)) for number in range(3_000)
    ]
    for path in crowd:
        intake.know(path, sender)
    for path in crowd[::2]:
        intake.unknow(path)
    assert intake.c.known == 1_501  # and the page itself
    for path in crowd[1::2]:
        intake.unknow(path)
    assert intake.c.known == 1
    world.send(world.packet(1, key=True), world.packet(2), world.packet(3))
    world.send(world.packet(4))
    world.send(world.packet(5))
    assert world.taken == 1


async def test_a_connection_that_closes_leaves_nothing_for_c_to_find(worlds: list[World]) -> None:
    world = worlds[1]
    for number in range(1, 7):
        world.send(world.packet(number, key=number == 1))
    assert world.taken > 0
    intake, taken = world.mux.intake, world.publisher.received_packets
    assert intake is not None
    world.publisher.close("left")
    world.send(world.packet(7))
    assert world.publisher.received_packets == taken
    await asyncio.gather(*world.ground.tasks, return_exceptions=True)
    assert (intake.c.known, intake._known, intake._senders, intake._tracks) == (0, {}, {}, set())
    world.send(world.packet(8))
    assert world.publisher.received_packets == taken


# How much is as it would be: nothing, the RTP header, the mark of its extensions, their length, the first of them; and
# what its first byte announces.
@given(
    st.binary(max_size=8) | st.binary(min_size=1, max_size=limits.DATAGRAM + 3),
    st.sampled_from((0, 12, 14, 16, 17)),
    st.none() | st.integers(0x80, 0xBF),
)
@settings(max_examples=150, deadline=None)
def test_no_bytes_from_a_known_address_do_more_than_be_refused(data: bytes, like: int, first: int | None) -> None:
    async def take() -> int:
        world = World(NativeKernel)
        try:
            for number in range(1, 5):
                world.send(world.packet(number, key=number == 1))
            world.send()
            intake, sender = world.mux.intake, world.publisher._sending
            assert intake is not None
            assert sender is not None
            head = world.packet(5)[:like]
            head = head if first is None else bytes((first,)) + head[1:]
            before = sender.c.packets
            why, _ = intake.admit(sender, (head + data)[: limits.DATAGRAM + 3], time.monotonic())
            assert sender.c.packets == before
            return why
        finally:
            world.close()

    assert asyncio.run(take()) != -1


def test_a_lane_track_is_a_track(worlds: list[World]) -> None:
    assert isinstance(worlds[1].publisher._streams[VIDEO][1], LaneTrack)
    assert not isinstance(worlds[0].publisher._streams[VIDEO][1], LaneTrack)
