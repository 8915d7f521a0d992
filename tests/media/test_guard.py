"""Hostile packets against a live node, with two bystanders whose media must not dip (design: F1–F10, attacks 5–7)."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import secrets
import socket
import struct
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import pylibsrtp
import pytest
import pytest_asyncio

from rooms.media import Media, MediaRefused, RoomPlan, SeatPlan
from rooms.sfu import rtcp
from rooms.sfu.client import OPUS, VP8, Feed, Wire, WireSeat, publish_offer, rtp_packet, vp8_payload
from tests.media.node import NodeProcess
from tests.media.until import until
from tests.media.wires import Ear, Talker

pytestmark = pytest.mark.asyncio(loop_scope="session")  # one browser for all

ALL = frozenset({"audio", "video", "screen"})
TALKS = SeatPlan(publish=ALL, audible=True)
CLIENT_HELLO = bytes.fromhex("16feff0000000000000000008d010000810000000000000081fefd") + bytes(126)


class Bystanders:
    """Amina talks, Bruno listens, in the room Eve attacks."""

    def __init__(self, media: Media, node: NodeProcess) -> None:
        self.media, self.node = media, node
        self.room = f"room-{secrets.token_hex(4)}"
        self.amina, self.bruno, self.ear = Talker(media, self.room, "amina"), Talker(media, self.room, "bruno"), Ear()
        self.plan = RoomPlan("e", 1, {"amina": TALKS, "bruno": SeatPlan(), "eve": TALKS}, floor="amina")

    async def sit(self) -> None:
        self.media.put(self.room, self.plan)
        await self.bruno.receive(self.ear, video=1, audio=1)
        await self.amina.publish()
        self.amina.talk()
        await until(lambda: len(self.ear.packets) == 2)

    @contextmanager
    def undisturbed(self) -> Iterator[None]:
        """Neither stream pauses for a second, and the node logs no fault and no name."""
        self.ear.begin()
        yield
        assert self.ear.silence < 1.0
        log = self.node.log.read_text()
        assert "Traceback" not in log
        assert not [name for name in (self.room, "amina", "bruno", "eve") if name in log]

    async def close(self) -> None:
        await self.amina.close()
        await self.bruno.close()
        self.media.drop(self.room)


@pytest_asyncio.fixture(loop_scope="session")
async def bystanders(media: Media, node: NodeProcess) -> AsyncIterator[Bystanders]:
    pair = Bystanders(media, node)
    await pair.sit()
    yield pair
    await pair.close()


@pytest_asyncio.fixture(loop_scope="session")
async def eve(bystanders: Bystanders) -> AsyncIterator[WireSeat]:
    seat = WireSeat(bystanders.media, bystanders.room, "eve")
    yield seat
    await seat.close()


def stranger(node: NodeProcess) -> socket.socket:
    out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    out.connect(("127.0.0.1", node.port))
    return out


async def test_f1_f3_datagrams_from_strangers_reach_nothing(bystanders: Bystanders, node: NodeProcess) -> None:
    before = await bystanders.media.counts()
    out = stranger(node)
    with bystanders.undisturbed():
        for size in (0, 1, 11, 1501, 9000, 65_000):
            out.send(os.urandom(size))
        for number in range(2_000):
            out.send(bytes([number % 256]) + os.urandom(200))
            if number % 100 == 0:
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.5)
    after = await bystanders.media.counts()
    assert after["strangers"] + after["malformed"] - before["strangers"] - before["malformed"] > 1_900
    assert after["connections"] == before["connections"]
    out.close()


async def test_f2_a_clienthello_before_the_real_one_does_not_win(
    bystanders: Bystanders, node: NodeProcess, eve: WireSeat
) -> None:
    """ASVS 17.2.6: a stranger who is faster than the page."""
    wire = eve.sending = Wire()
    answer = await bystanders.media.publish(bystanders.room, "eve", publish_offer(wire, eve.feeds))
    out = stranger(node)
    with bystanders.undisturbed():
        for _ in range(20):
            out.send(CLIENT_HELLO)
        await wire.connect(answer)
    assert wire.session is not None
    assert wire.session.state == "connected"
    out.close()


async def test_a_check_with_the_wrong_password_moves_nothing(
    bystanders: Bystanders, node: NodeProcess, eve: WireSeat
) -> None:
    wire = await eve.publish()
    thief = Wire()
    thief.remote, thief._user = wire.remote, wire._user  # knows the names, not the password
    with bystanders.undisturbed():
        for _ in range(50):
            thief.check(key=b"guess")
        thief.send_raw(CLIENT_HELLO)
        await asyncio.sleep(0.3)
    assert not thief._checked.is_set()
    await thief.close()


async def test_the_node_follows_only_checks_that_nominate(bystanders: Bystanders) -> None:
    """Browsers probe spare paths all the time; media must not jump between them."""
    wire = bystanders.bruno.receiving
    assert wire is not None
    spare = Wire()
    spare.remote, spare._user, spare._key = wire.remote, wire._user, wire._key
    arrived: list[bytes] = []
    spare._dispatch = arrived.append  # type: ignore[method-assign]
    with bystanders.undisturbed():
        for _ in range(10):
            spare.check(nominate=False)
        await asyncio.sleep(0.4)
    assert arrived, "the check is answered"
    assert all(data[0] < 4 for data in arrived), "and nothing else is sent there"
    spare.check(nominate=True)
    await until(lambda: any(127 < data[0] < 192 for data in arrived), 2)
    wire.check(nominate=True)
    await spare.close()


async def test_f4_broken_extensions_and_lying_feedback_hurt_nobody(bystanders: Bystanders, eve: WireSeat) -> None:
    wire = await eve.publish()
    ssrc = eve.feeds[0].ssrc
    sound = b"\xfc" * 40
    with bystanders.undisturbed():
        for number in range(40):
            wire.send_rtp(rtp_packet(OPUS, number, number * 960, ssrc, sound, extension=os.urandom(8)))
            whole = rtp_packet(OPUS, number, 0, ssrc, sound)
            wire.send_rtp(bytes([0xA0]) + whole[1:-1] + b"\xff")  # more padding than packet
            with contextlib.suppress(
                pylibsrtp.Error
            ):  # an extension longer than the packet: libsrtp may refuse it here
                wire.send_rtp(bytes([0x9F]) + whole[1:12] + os.urandom(60))
        for body in (b"REMB\xff\x00\x00\x00", b"REMB", b"", os.urandom(30), struct.pack("!I", ssrc) * 5):
            for kind in (200, 201, 202, 203, 205, 206, 207):
                padded = body + bytes(-len(body) % 4)
                for count in (0, 1, 15, 31):
                    packet = struct.pack("!BBHII", 0x80 | count, kind, 2 + len(padded) // 4, ssrc, 0) + padded
                    wire.send_rtcp(packet)
        await asyncio.sleep(0.3)
    # still connected and forwarded
    heard = Ear()
    other = WireSeat(bystanders.media, bystanders.room, "bruno")
    await other.receive(heard, audio=3, video=0)
    for number in range(100, 150):
        wire.send_rtp(rtp_packet(OPUS, number, number * 960, ssrc, sound))
        await asyncio.sleep(0.01)
    await until(lambda: any(b"\xfc" * 40 in payloads for payloads in heard.payloads.values()))
    await other.close()


async def test_f5_cycling_ssrcs_is_capped_and_the_seat_still_closes(bystanders: Bystanders, eve: WireSeat) -> None:
    wire = await eve.publish()
    with bystanders.undisturbed():
        for number in range(400):
            wire.send_rtp(rtp_packet(OPUS, 1, 0, 10_000 + number, b"\xfc" * 20))
            wire.send_rtcp(struct.pack("!BBHI", 0x80, 201, 1, 50_000 + number))
            if number % 50 == 0:
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.2)
        before = await bystanders.media.counts()
        bystanders.media.leave(bystanders.room, "eve")

        async def closed() -> bool:
            return (await bystanders.media.counts())["connections"] == before["connections"] - 1

        await until(closed, 5)


async def test_f8_f9_offers_that_are_not_ours_are_refused_by_code(bystanders: Bystanders) -> None:
    wire = Wire()
    feeds = [Feed("audio", "0", 1), Feed("video", "1", 2, 3)]
    good = publish_offer(wire, feeds)
    fingerprint = next(line for line in good.split("\r\n") if line.startswith("a=fingerprint"))
    bad = {
        "sdp_fingerprint": good.replace(fingerprint, "a=x"),
        "sdp_malformed": "v=1",
        "sdp_sections": publish_offer(wire, [Feed("video", str(number), number + 1) for number in range(100)]),
        "sdp_application": good + "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:9\r\n",
        "sdp_direction": good.replace("a=sendonly", "a=sendrecv"),
        "sdp_codecs": good.replace("opus/48000", "PCMU/8000"),
        "sdp_too_long": good + "a=x:" + "y" * 70_000,
        "sdp_bundle": good.replace(wire.ufrag, "other", 1),
    }
    sha1 = "a=fingerprint:sha-1 " + ":".join(["AB"] * 20)
    before = await bystanders.media.counts()
    with bystanders.undisturbed():
        for code, text in [*bad.items(), ("sdp_fingerprint", good.replace(fingerprint, sha1))]:
            seat = "amina" if code in ("sdp_sections", "sdp_codecs", "sdp_bundle") else "eve"
            with pytest.raises(MediaRefused) as refused:
                await bystanders.media.publish(bystanders.room, seat, text)
            assert refused.value.code == code
    assert (await bystanders.media.counts())["connections"] == before["connections"]
    await wire.close()


async def test_a_seat_that_negotiates_too_often_is_refused(bystanders: Bystanders) -> None:
    with pytest.raises(MediaRefused, match="too_often"):
        for _ in range(20):
            await bystanders.media.receive(bystanders.room, "eve", 1, 0)


async def test_a_wrong_fingerprint_never_connects(bystanders: Bystanders, eve: WireSeat) -> None:
    wire = eve.sending = Wire()
    line = next(one for one in wire.transport_lines.split("\r\n") if one.startswith("a=fingerprint"))
    forged = "a=fingerprint:sha-256 " + ":".join(["AB"] * 32)
    answer = await bystanders.media.publish(
        bystanders.room, "eve", publish_offer(wire, eve.feeds).replace(line, forged)
    )
    with bystanders.undisturbed():
        before = (await bystanders.media.counts())["connections"]
        with contextlib.suppress(ConnectionError, TimeoutError):  # our end may well believe in it
            await wire.connect(answer)

        async def closed() -> bool:
            return (await bystanders.media.counts())["connections"] < before

        await until(closed, 5)


async def test_f10_a_page_cannot_point_the_node_at_a_network(bystanders: Bystanders, eve: WireSeat) -> None:
    target = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    target.bind(("127.0.0.1", 0))
    target.setblocking(False)
    lines = f"a=candidate:1 1 udp 1 127.0.0.1 {target.getsockname()[1]} typ host\r\n"
    lines += "a=candidate:2 1 udp 1 169.254.169.254 80 typ host\r\na=candidate:3 1 udp 1 printer.local 9 typ host\r\n"
    wire = eve.sending = Wire()
    answer = await bystanders.media.publish(bystanders.room, "eve", publish_offer(wire, eve.feeds) + lines)
    assert "stun" not in answer.lower()
    assert "srflx" not in answer
    await wire.connect(answer)
    await asyncio.sleep(0.3)
    with pytest.raises(BlockingIOError):
        target.recv(2048)
    target.close()


async def test_attack7_another_delegations_ssrc_and_goodbye_change_nothing_for_its_viewers(
    bystanders: Bystanders,
) -> None:
    """Eve names Amina's streams as her own, says goodbye for them and forges their reports."""
    media, room = bystanders.media, bystanders.room
    media.put(
        room, RoomPlan("e", 2, {**bystanders.plan.seats, "eve": SeatPlan()}, floor="amina")
    )  # and may publish nothing
    eve = WireSeat(media, room, "eve")
    eve.feeds = list(bystanders.amina.feeds)
    wire = await eve.publish()
    marker = b"\xee" * 77
    with bystanders.undisturbed():
        for number in range(100):
            wire.send_rtp(rtp_packet(OPUS, number, number * 960, eve.feeds[0].ssrc, marker))
            body = vp8_payload(number, number, b"\x10" + marker, begins=True)
            wire.send_rtp(rtp_packet(VP8, number, number * 3600, eve.feeds[1].ssrc, body))
            wire.send_rtcp(struct.pack("!BBHI", 0x81, 203, 1, eve.feeds[1].ssrc))
            wire.send_rtcp(rtcp.sender_report(eve.feeds[0].ssrc, 1 << 60, 5, 5, 5))
            await asyncio.sleep(0.005)
        assert not any(marker in payload for heard in bystanders.ear.payloads.values() for payload in heard)
        assert len(bystanders.ear.packets) == 2
    await eve.close()


async def test_floods_of_requests_reach_the_publisher_merged(bystanders: Bystanders) -> None:
    """PLI and NACK cost the asker, not the speaker: one keyframe request per half second, however many ask."""
    requests: list[float] = []

    def on_rtcp(data: bytes, now: float) -> None:
        requests.extend(now for told in rtcp.read(data) if isinstance(told, rtcp.KeyframeWanted))

    assert bystanders.amina.sending is not None
    assert bystanders.bruno.receiving is not None
    bystanders.amina.sending.on_rtcp = on_rtcp
    wire = bystanders.bruno.receiving
    picture = max(bystanders.ear.packets, key=lambda ssrc: bystanders.ear.packets[ssrc][0].payload_type == VP8)
    with bystanders.undisturbed():
        until_then = time.monotonic() + 2
        while time.monotonic() < until_then:
            for _ in range(20):
                wire.send_rtcp(rtcp.picture_loss(1, picture))
                wire.send_rtcp(rtcp.nack(1, picture, random.sample(range(65_536), 30)))
            await asyncio.sleep(0.01)
    assert 1 <= len(requests) <= 6


async def test_a_flood_from_a_seat_is_capped_after_authentication(bystanders: Bystanders, eve: WireSeat) -> None:
    wire = await eve.publish()
    heard = Ear()
    await eve.receive(heard, audio=1, video=1)
    payload = bytes(1_000)
    with bystanders.undisturbed():
        for number in range(6_000):
            wire.send_rtp(rtp_packet(OPUS, number, number * 960, eve.feeds[0].ssrc, payload))
            if number % 40 == 0:
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.3)


async def test_random_bytes_from_a_seat_itself_end_nothing(bystanders: Bystanders, eve: WireSeat) -> None:
    """From a proved address, unprotected: STUN, DTLS and SRTP look-alikes, truncated and mutated."""
    wire = await eve.publish()
    chance = random.Random(5)
    with bystanders.undisturbed():
        for _ in range(1_500):
            first = chance.choice([0, 1, 2, 3, 20, 21, 22, 23, 63, 64, 127, 128, 144, 191, 192, 255])
            wire.send_raw(bytes([first]) + chance.randbytes(chance.randrange(0, 200)))
        for _ in range(300):
            whole = bytearray(rtp_packet(OPUS, 1, 1, eve.feeds[0].ssrc, bytes(50)))
            whole[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
            wire.send_raw(bytes(whole[: chance.randrange(1, len(whole))]))
        await asyncio.sleep(0.3)
