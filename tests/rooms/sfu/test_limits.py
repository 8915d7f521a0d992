"""What an address may ask before it has proved anything, and a seat after: buckets, and tables that do not grow."""

from __future__ import annotations

import asyncio
import secrets
import socket
import time
from collections.abc import Callable, Iterator

import pytest
from aioice import stun

from rooms.sfu import limits, negotiate, rtcp
from rooms.sfu.client import Feed, Wire, publish_offer, rtp_packet, vp8_payload
from rooms.sfu.connection import Ground
from rooms.sfu.dtls import make_certificate
from rooms.sfu.fanout import PythonKernel
from rooms.sfu.guard import Guard, network_of
from rooms.sfu.ice import LiteIceTransport
from rooms.sfu.inbound import GAP, HOLES_PER_SECOND, RING, Track
from rooms.sfu.limits import Purse
from rooms.sfu.mux import Address, UdpMux
from rooms.sfu.plan import RoomPlan, SeatPlan
from rooms.sfu.publishing import PublishConnection
from rooms.sfu.receiving import ReceiveConnection
from rooms.sfu.room import Room
from rooms.sfu.rtp import View, parse
from tests.media.until import until


@pytest.fixture
async def mux() -> Iterator[UdpMux]:
    made = UdpMux()
    made.open([Address("127.0.0.1", "127.0.0.1")], 0)
    yield made
    made.close()


@pytest.fixture
def ground(mux: UdpMux) -> Ground:
    return Ground(mux, PythonKernel(mux), make_certificate())


def check(ice: LiteIceTransport, *, key: str | None = None, user: str | None = None) -> bytes:
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    message.attributes["USERNAME"] = user or f"{ice.ufrag}:page"
    message.attributes["USE-CANDIDATE"] = None
    message.add_message_integrity((key or ice.password).encode())
    return bytes(message)


def test_an_ipv6_network_has_one_bucket_and_an_ipv4_address_its_own() -> None:
    assert network_of("2001:db8::1") == network_of("2001:db8::ffff:1%eth0")
    assert network_of("2001:db8::1") != network_of("2001:db8:0:1::1")
    assert network_of("192.0.2.1") != network_of("192.0.2.2")


def test_an_address_that_proved_nothing_is_heard_so_often_and_others_are_not_hurt() -> None:
    guard = Guard()
    taken = sum(guard.admits("2001:db8::" + format(number % 65_000, "x"), 1.0) for number in range(10_000))
    assert taken == limits.NETWORK_BURST
    assert guard.admits("192.0.2.1", 1.0)
    assert guard.admits("2001:db8::1", 1.1)


def test_forged_addresses_grow_no_table() -> None:
    guard = Guard()
    for number in range(limits.NETWORKS * 3):
        guard.admits(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", 1.0)
    assert len(guard) == limits.NETWORKS


class Sender:
    """Whoever writes to the node from an address of this machine's own network."""

    def __init__(self, mux: UdpMux, host: str = "127.0.0.1") -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((host, 0))
        self.socket.connect(("127.0.0.1", mux.port))

    def send(self, data: bytes) -> None:
        self.socket.send(data)

    @property
    def address(self) -> tuple[str, int]:
        found: tuple[str, int] = self.socket.getsockname()
        return found


@pytest.fixture
def senders(mux: UdpMux) -> Iterator[Callable[..., Sender]]:
    made: list[Sender] = []

    def make(host: str = "127.0.0.1") -> Sender:
        made.append(Sender(mux, host))
        return made[-1]

    yield make
    for one in made:
        one.socket.close()


async def test_one_connections_checks_are_capped_whoever_sends_them(
    mux: UdpMux, senders: Callable[..., Sender]
) -> None:
    ice = LiteIceTransport(mux, lambda data, now: None, time.monotonic())
    strangers = [senders(f"127.0.2.{number + 1}") for number in range(50)]
    began = time.monotonic()
    for number in range(1_000):  # the name is known, the password is not; every sender is another
        strangers[number % 50].send(check(ice, key="guess"))
    await until(lambda: ice.refused_checks + mux.counters.too_many == 1_000)
    refilled = limits.CHECKS_PER_SECOND * (time.monotonic() - began)
    assert limits.CHECKS_BURST <= ice.refused_checks <= limits.CHECKS_BURST + refilled + 1
    assert ice.path is None
    page = senders("127.0.3.1")

    async def come_in() -> bool:
        page.send(check(ice))
        await asyncio.sleep(0.02)
        return ice.path is not None

    await until(come_in)  # a moment later the bucket has filled again, and the page comes in


async def test_strangers_who_know_a_name_do_not_silence_the_page_it_belongs_to(
    mux: UdpMux, senders: Callable[..., Sender]
) -> None:
    """The name is in the clear on every Wi-Fi; thirty seconds without an answered check, and the connection is closed."""
    ice = LiteIceTransport(mux, lambda data, now: None, time.monotonic())
    page, stranger = senders("127.0.3.1"), senders("127.0.2.1")
    page.send(check(ice))
    await until(lambda: ice.path is not None)
    ice.checks._per_second = 0.0  # so many come that what is refilled is gone at once
    for _ in range(2 * limits.CHECKS_BURST):
        stranger.send(check(ice, key="guess"))
    await until(lambda: mux.counters.too_many)
    ice.checked_at = 0.0
    page.send(check(ice))
    await until(lambda: ice.checked_at > 0)


async def test_a_name_behind_another_name_fools_nobody(mux: UdpMux, senders: Callable[..., Sender]) -> None:
    """Two USERNAME attributes: the first is looked at before it costs anything, and must be the one that counts."""
    eve, amina = (LiteIceTransport(mux, lambda data, now: None, time.monotonic()) for _ in range(2))
    whole = bytearray(check(eve))
    second = f"{amina.ufrag}:page".encode()
    second = b"\x00\x06" + len(second).to_bytes(2, "big") + second + bytes(-len(second) % 4)
    whole[20 + 4 + 16 : 20 + 4 + 16] = second
    whole[2:4] = (len(whole) - 20).to_bytes(2, "big")
    senders().send(bytes(whole))
    await until(lambda: mux.counters.strangers + mux.counters.malformed + eve.refused_checks == 1)
    assert eve.path is None
    assert amina.path is None
    assert amina.refused_checks == 0


async def test_nobody_takes_over_an_address_that_is_in_use(mux: UdpMux, senders: Callable[..., Sender]) -> None:
    """Eve writes Amina's address on a check of her own: Amina's packets must still be Amina's."""
    amina, eve = (LiteIceTransport(mux, lambda data, now: None, time.monotonic()) for _ in range(2))
    bound, shared = mux.bound[0], senders()
    shared.send(check(amina))
    await until(lambda: amina.path)
    shared.send(check(eve))
    await until(lambda: eve.refused_checks)
    assert bound.peers[shared.address] is amina
    assert eve.path is None
    amina.checked_at -= limits.OWNER_SECONDS + 1.0  # silent for so long: the NAT gave the port to somebody else
    shared.send(check(eve))
    await until(lambda: eve.path)
    assert bound.peers[shared.address] is eve


async def test_dtls_datagrams_of_a_proved_address_are_capped(mux: UdpMux) -> None:
    ice = LiteIceTransport(mux, lambda data, now: None, 0.0)
    taken = 0
    for _ in range(2_000):
        ice.on_dtls(b"\x16" * 100, (mux.bound[0], ("127.0.0.1", 9)), 0.0)
        taken += len(ice._inbox)
        ice._inbox.clear()
    assert taken == limits.HANDSHAKE_BURST


@pytest.mark.parametrize(
    ("size", "is_control", "passes"),
    [
        (100, False, limits.PACKETS_PER_SECOND),
        (1_400, False, limits.BYTES_PER_SECOND // 1_400),
        (100, True, limits.REPORT_BYTES_PER_SECOND // 100),
        (1_400, True, limits.REPORT_BYTES_PER_SECOND // 1_400),
    ],
)
def test_a_seat_has_one_purse_for_packets_bytes_and_reports(size: int, is_control: bool, passes: int) -> None:
    purse = Purse(0.0)
    assert sum(purse.take(size, is_control, 0.0) for _ in range(10_000)) == passes
    assert sum(purse.take(size, is_control, 0.5) for _ in range(10_000)) == pytest.approx(passes / 2, abs=1)


async def test_all_connections_of_a_seat_share_its_purse(ground: Ground) -> None:
    room = Room(secrets.token_hex(4), ground, lambda event: None)
    room.apply(RoomPlan("e", 1, {"eve": SeatPlan(), "amina": SeatPlan()}), 0.0)
    for seat in ("eve", "amina"):
        room.receive(seat, 1, 0, 0.0)
    (eve,), (amina,) = room.seats["eve"].receive, room.seats["amina"].receive
    assert eve.purse is room.seats["eve"].purse
    assert eve.purse is not amina.purse
    room.close()


async def test_a_listener_who_asks_on_and_on_gets_a_keyframe_now_and_then(ground: Ground) -> None:
    connection = ReceiveConnection(ground, 0.0, negotiate.make_slots(0, 1), lambda _: None, lambda _, why: None)
    slot = connection.slots["v0"]
    slot.accept({"vp8": (96, 0)})
    track = Track(1, is_video=True, clock=90_000)
    data = rtp_packet(96, 1, 1, 1, vp8_payload(1, 1, b"\x10picture", begins=True))
    view = parse(data)
    assert view is not None
    packet = track.accept(view, data, 0.0, redundant=False)
    assert packet is not None
    connection.forward(slot, packet, 0.0)
    asked = 0
    for tenth in range(300):
        connection.on_rtcp(rtcp.picture_loss(1, slot.ssrc), tenth / 10)
        asked += track.keyframe_wanted
        track.keyframe_wanted = False
    assert asked == pytest.approx(limits.KEYFRAMES_BURST + 30 / limits.KEYFRAMES_EVERY, abs=1)
    connection.close("left")
    await asyncio.gather(*ground.tasks)


@pytest.mark.parametrize("is_video", [True, False])
@pytest.mark.parametrize("skip", [2, 199])
def test_holes_a_publisher_leaves_on_purpose_grow_no_table(is_video: bool, skip: int) -> None:
    track = Track(1, is_video=is_video, clock=90_000)
    for number in range(0, 100_000, skip):
        view = View(96, False, number & 0xFFFF, 0, 1, 12, 20, 0, 0)
        track.accept(view, bytes(20), number / 1_000, redundant=False)
        assert len(track.missing) <= RING + skip


def test_a_publisher_who_leaves_holes_on_and_on_is_not_asked_to_fill_them() -> None:
    """Noting one costs us 0.4 µs; at two thousand packets a second with holes of 199 that was a sixth of a core."""
    track = Track(1, is_video=True, clock=90_000)
    noted, before = 0, set[int]()
    for number in range(4_000):
        view = View(96, False, (number * 199) & 0xFFFF, 0, 1, 12, 20, 0, 0)
        track.accept(view, bytes(20), number / 2_000, redundant=False)
        noted += len(track.missing.keys() - before)
        before = set(track.missing)
    assert 2 * GAP - 199 < noted <= 2 * GAP + 2 * HOLES_PER_SECOND


async def test_every_negotiation_is_a_connection_of_its_own_with_its_own_password(ground: Ground) -> None:
    """F6: nothing is ever restarted, so no new name can be answered with an old one."""
    room = Room("room", ground, lambda event: None)
    room.apply(RoomPlan("e", 1, {"amina": SeatPlan(publish=frozenset({"audio"}))}), 0.0)
    wire = Wire()
    answers = [room.publish("amina", publish_offer(wire, [Feed("audio", "0", 1)]), 0.0) for _ in range(3)]
    names = {
        line for answer in answers for line in answer.splitlines() if line.startswith(("a=ice-ufrag", "a=ice-pwd"))
    }
    assert len(names) == 6
    assert len(room.seats["amina"].publish) == 1, "those not yet open are given up for the newest"
    room.close()
    await wire.close()
    await asyncio.gather(*ground.tasks, return_exceptions=True)  # given up handshakes are cancelled


@pytest.mark.parametrize(
    ("size", "a_second", "passes"),
    [
        (180, 50, 50),  # a voice
        (400, 100, 100),  # in frames of 10 ms, with what went before repeated
        (1_300, 50, 49),  # all that Opus can be
        (1_100, 1_000, 58),  # a flood that calls itself a voice
        (13, 1_000, 200),
    ],
)
async def test_a_microphone_brings_no_more_than_a_voice(ground: Ground, size: int, a_second: int, passes: int) -> None:
    heard: list[float] = []
    feed = negotiate.Feed("0", "mic", "opus", 111, 63, 0, 0, 0, 0, (7,), ())
    connection = PublishConnection(
        ground, 0.0, [feed], lambda kind, one, now: heard.append(now), lambda _: None, lambda _, why: None
    )
    for number in range(5 * a_second):
        packet = rtp_packet(111, number & 0xFFFF, number * 480, 7, bytes(size - 12))
        connection.on_rtp(packet, 1.0 + number / a_second)
    last = [at for at in heard if at >= 5.0]
    assert abs(len(last) - passes) <= 1
    assert len(heard) + connection.dropped["too_many"] == 5 * a_second
    connection.close("left")
