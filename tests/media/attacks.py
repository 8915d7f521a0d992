"""What strangers and a hostile seat can put on the wire: each attack takes at most two seconds. For tests and the soak.

Strangers know the node's address. Eve has a seat, so she has keys of her own, and she knows what everybody in the room
can see: names of streams. None of it may cost a bystander a second of sound or picture.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import struct
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field

import pylibsrtp
from aioice import stun

from rooms.media import Media, MediaDown, MediaRefused
from rooms.sfu import rtcp
from rooms.sfu.client import OPUS, RTX, VP8, Feed, Wire, WireSeat, publish_offer, rtp_packet, vp8_payload

HELLO = bytes.fromhex("16feff0000000000000000008d010000810000000000000081fefd") + bytes(126)
COOKIE = b"\x21\x12\xa4\x42"


@dataclass(eq=False)
class Scene:
    """Where the attack happens. `eve` publishes and receives; `victim` is somebody she sees and hears."""

    media: Media
    room: str
    port: int
    eve: WireSeat
    victim: WireSeat
    marker: bytes = b"Eve was here. " * 6  # in everything Eve says in somebody else's name
    chance: random.Random = field(default_factory=lambda: random.Random(7))

    @property
    def up(self) -> Wire:
        assert self.eve.sending is not None
        return self.eve.sending

    @property
    def down(self) -> Wire:
        assert self.eve.receiving is not None
        return self.eve.receiving

    @contextlib.contextmanager
    def stranger(self) -> Iterator[socket.socket]:
        """A socket nobody knows."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            out.connect(("127.0.0.1", self.port))
            yield out

    def garbage(self, most: int) -> bytes:
        return self.chance.randbytes(self.chance.randrange(most + 1))


Attack = Callable[[Scene], Awaitable[None]]
ATTACKS: dict[str, Attack] = {}


def attack(work: Attack) -> Attack:
    ATTACKS[work.__name__] = work
    return work


async def during(work: Callable[[int], object], *, seconds: float = 1.5, times: int = 100_000, burst: int = 20) -> None:
    """Call `work` again and again, `burst` times between breaths, until the time or the count is over."""
    until, number = time.monotonic() + seconds, 0
    while number < times and time.monotonic() < until:
        for _ in range(min(burst, times - number)):
            work(number)
            number += 1
        await asyncio.sleep(0.005)


def quietly(work: Callable[[], object]) -> None:
    """Our own library or kernel may refuse to send what is too wrong."""
    with contextlib.suppress(pylibsrtp.Error, OSError, ValueError, struct.error):
        work()


# ── strangers ─────────────────────────────────────────────────────────────────────────────────────────────────


@attack
async def datagrams_of_every_kind_and_length(scene: Scene) -> None:
    """F1, F3: nothing, too much, and every first byte."""
    with scene.stranger() as out:
        for size in (0, 1, 2, 11, 12, 1_500, 1_501, 9_000, 65_000):
            quietly(lambda size=size: out.send(scene.chance.randbytes(size)))
        await during(lambda n: quietly(lambda: out.send(bytes([n % 256]) + scene.garbage(200))), times=6_000, burst=60)


@attack
async def handshakes_in_pieces(scene: Scene) -> None:
    """F2: ClientHellos, whole, in fragments that overlap or never end, in records of silly lengths."""

    def record(body: bytes, *, kind: int = 22, length: int | None = None, version: bytes = b"\xfe\xfd") -> bytes:
        size = len(body) if length is None else length
        return bytes([kind]) + version + bytes(8) + size.to_bytes(2, "big") + body

    def fragment(offset: int, size: int, total: int) -> bytes:
        head = b"\x01" + total.to_bytes(3, "big") + bytes(2) + offset.to_bytes(3, "big") + size.to_bytes(3, "big")
        return record(head + bytes(min(size, 600)))

    chance = scene.chance
    shapes: list[Callable[[], bytes]] = [
        lambda: HELLO,
        lambda: HELLO[: chance.randrange(13, len(HELLO))],
        lambda: fragment(chance.randrange(1 << 16), chance.randrange(600), 1 << 16),
        lambda: fragment(0, 0xFFFFFF, 0xFFFFFF),
        lambda: record(b"", length=0),
        lambda: record(scene.garbage(60), length=0xFFFF),
        lambda: record(scene.garbage(60), kind=chance.choice([20, 21, 23, 24, 25, 63])),
        lambda: record(b"\x01\x00", kind=21),  # close_notify, unencrypted
        lambda: record(b"\x02\x28", kind=21),  # handshake_failure
    ]
    with scene.stranger() as out:
        await during(lambda n: out.send(shapes[n % len(shapes)]()), seconds=0.7)
    await during(lambda n: scene.up.send_raw(shapes[n % len(shapes)]()), seconds=0.7)


@attack
async def stun_nobody_asked_for(scene: Scene) -> None:
    """Checks of strangers, with and without cookie, names and truth about their lengths; and other methods."""
    chance = scene.chance

    def lie(number: int) -> bytes:
        attributes = b"".join(
            struct.pack("!HH", chance.choice([1, 6, 8, 0x20, 0x24, 0x25, 0x8028, 0x802A, 0xFFFF]), chance.choice([0, 1, 4, 0xFFFF]))
            + scene.garbage(12)
            for _ in range(number % 60)
        )  # fmt: skip
        kind = chance.choice([b"\x00\x01", b"\x00\x01", b"\x01\x01", b"\x01\x11", b"\x00\x03", b"\x3f\xff"])
        length = chance.choice([len(attributes), 0, 0xFFFF, len(attributes) + 4])
        return kind + length.to_bytes(2, "big") + chance.choice([COOKIE, COOKIE, bytes(4)]) + bytes(12) + attributes

    with scene.stranger() as out:
        await during(lambda n: quietly(lambda: out.send(lie(n))), seconds=0.8)
    await during(lambda n: scene.up.send_raw(lie(n)), seconds=0.6)


@attack
async def checks_with_a_known_name_and_a_guessed_password(scene: Scene) -> None:
    """The name is on no secret list; each check costs the node an HMAC until the bucket is empty."""
    thief = Wire()
    thief.remote, thief._user = scene.down.remote, scene.down._user
    await during(lambda n: thief.check(key=b"guess %d" % n))
    proved = thief._checked.is_set()
    await thief.close()
    assert not proved, "a guessed password was answered"


@attack
async def authentic_checks_from_everywhere(scene: Scene) -> None:
    """With her own password Eve moves from address to address, plays both roles, and lies about her name."""
    wires = [Wire() for _ in range(40)]
    for wire in wires:
        wire.remote, wire._user, wire._key = scene.up.remote, scene.up._user, scene.up._key

    def check(number: int) -> None:
        wire = wires[number % len(wires)]
        if number % 3 == 0:
            message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
            message.attributes["USERNAME"] = scene.chance.choice(
                [wire._user, wire._user + "x", wire._user.split(":")[0]]
            )
            message.attributes["ICE-CONTROLLED"] = 1
            message.add_message_integrity(wire._key)
            wire.send_raw(bytes(message))
        else:
            wire.check(nominate=number % 2 == 0)

    await during(check, seconds=1.2)
    for wire in wires:
        await wire.close()


@attack
async def another_seats_address_on_eves_checks(scene: Scene) -> None:
    """As if Eve forged the victim's address: an authentic check of hers comes from the victim's own socket."""
    assert scene.victim.sending is not None
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    message.attributes["USERNAME"] = scene.up._user
    message.attributes["USE-CANDIDATE"] = None
    message.add_message_integrity(scene.up._key)
    forged = bytes(message)
    await during(lambda n: scene.victim.sending.send_raw(forged), burst=2)  # type: ignore[union-attr]


@attack
async def media_of_strangers(scene: Scene) -> None:
    """RTP and RTCP, unprotected and protected with another's keys, from where nothing was proved."""
    with scene.stranger() as out:
        own = scene.up.session
        assert own is not None

        def send(number: int) -> None:
            plain = rtp_packet(OPUS, number, number * 960, scene.victim.feeds[0].ssrc, scene.marker)
            bye = struct.pack("!BBHI", 0x81, 203, 1, scene.victim.feeds[1].ssrc)
            quietly(lambda: out.send([plain, bye, own._tx_srtp.protect(plain)][number % 3]))

        await during(send)


# ── a hostile seat ────────────────────────────────────────────────────────────────────────────────────────────


@attack
async def another_seats_names(scene: Scene) -> None:
    """Attack 7: the victim's SSRCs, other MIDs and RIDs, goodbyes and reports in the victim's name."""
    names = [feed.ssrc for feed in scene.victim.feeds] + [feed.rtx_ssrc for feed in scene.victim.feeds if feed.rtx_ssrc]
    chance = scene.chance

    def send(number: int) -> None:
        ssrc = chance.choice(names)
        mid = bytes((0x40 | 0, chance.choice(b"019ax"), 0x50 | 0, chance.choice(b"hml9")))
        scene.up.send_rtp(rtp_packet(OPUS, number, number * 960, ssrc, scene.marker, extension=mid))
        body = vp8_payload(number, number, b"\x10" + scene.marker, begins=True)
        scene.up.send_rtp(rtp_packet(VP8, number, number * 3_000, ssrc, body, extension=mid))
        scene.up.send_rtp(rtp_packet(RTX, number, number * 3_000, ssrc, struct.pack("!H", number & 0xFFFF) + body))
        for wire in (scene.up, scene.down):
            wire.send_rtcp(struct.pack("!BBHI", 0x81, 203, 1, ssrc))
            wire.send_rtcp(rtcp.sender_report(ssrc, chance.getrandbits(64), chance.getrandbits(32), 1, 1))

    await during(send, burst=4)


@attack
async def headers_that_lie(scene: Scene) -> None:
    """F4: extensions, contributors and padding longer than the packet; descriptors that end too soon."""
    ssrc, picture = (feed.ssrc for feed in scene.eve.feeds)
    chance = scene.chance

    def send(number: int) -> None:
        whole = rtp_packet(OPUS, number, number * 960, ssrc, b"\xfc" * 40, extension=chance.randbytes(8))
        first = bytes([0x80 | chance.randrange(64)])
        for data in (
            whole,
            first + whole[1:],
            b"\xb0" + whole[1:-1] + chance.randbytes(1),
            rtp_packet(VP8, number, number * 3_000, picture, scene.garbage(6)),
            rtp_packet(RTX, number, number * 3_000, scene.eve.feeds[1].rtx_ssrc, scene.garbage(8)),
            rtp_packet(chance.randrange(64), number, 0, ssrc, scene.garbage(30)),
            rtp_packet(OPUS, number, 0, ssrc, b""),
        ):
            quietly(lambda data=data: scene.up.send_rtp(data))

    await during(send, burst=6)


@attack
async def numbers_that_jump(scene: Scene) -> None:
    """Sequence numbers with holes on purpose, wrapping, standing still, going back; timestamps from nowhere."""
    chance, at = scene.chance, 0
    steps = [1, 199, 200, 201, 511, 513, 32_767, 32_769, 65_535, 65_536, -1, -500]

    def send(number: int) -> None:
        nonlocal at
        at += chance.choice(steps)
        body = vp8_payload(chance.getrandbits(15), chance.getrandbits(8), b"\x10x", begins=True)
        packet = rtp_packet(VP8, at, chance.getrandbits(32), scene.eve.feeds[1].ssrc, body)
        sound = rtp_packet(OPUS, at, chance.getrandbits(32), scene.eve.feeds[0].ssrc, b"\xfc" * 9)
        for data in (packet, sound):
            quietly(lambda data=data: scene.up.send_rtp(data))

    await during(send, burst=8)


@attack
async def reports_that_lie(scene: Scene) -> None:
    """RTCP of absurd lengths and counts, REMB that names more streams than it holds, impossible losses and clocks."""
    chance = scene.chance
    bodies = [
        b"REMB\xff\x00\x00\x00",
        b"REMB\x01\x3f\xff\xff" + bytes(4),
        b"REMB",
        b"",
        bytes(4),
        b"\xff" * 40,
        b"\xff" * 1_300,
    ]

    def send(number: int) -> None:
        body = bodies[number % len(bodies)] if number % 2 else scene.garbage(60)
        body += bytes(-len(body) % 4)
        kind = 200 + number % 8
        length = chance.choice([1 + len(body) // 4, 0, 0xFFFF, len(body)])
        packet = struct.pack("!BBHI", 0x80 | chance.randrange(32), kind, length, chance.getrandbits(32)) + body
        for wire in (scene.up, scene.down):
            quietly(lambda wire=wire: wire.send_rtcp(packet))
        lie = rtcp.Block(chance.choice(_seen(scene)), 255, 0x7FFFFF, 0xFFFFFFFF, 0xFFFFFFFF, chance.getrandbits(32), 0)
        scene.down.send_rtcp(rtcp.receiver_report(1, [lie] * 31))
        feedback = struct.pack("!BBHIIHHI", 0x8F, 205, 5, 1, lie.ssrc, 0, 0xFFFF, 0xFFFFFF00) + b"\x3f\xff\xff\xff"
        for wire in (scene.up, scene.down):
            wire.send_rtcp(feedback)

    await during(send, burst=6)


def _seen(scene: Scene) -> list[int]:
    """Names of the streams Eve is shown."""
    heard = getattr(scene.down.on_rtp, "packets", {})
    return list(heard) or [1]


@attack
async def storms_of_requests(scene: Scene) -> None:
    """NACK, PLI and FIR for everything Eve is shown, hundreds a second, many in one datagram."""
    chance = scene.chance

    def send(number: int) -> None:
        for ssrc in _seen(scene):
            scene.down.send_rtcp(rtcp.picture_loss(1, ssrc) * 60)
            scene.down.send_rtcp(
                struct.pack("!BBHII", 0x84, 206, 4, 1, 0) + struct.pack("!II", ssrc, number << 24 & 0xFFFFFFFF)
            )
            scene.down.send_rtcp(rtcp.nack(1, ssrc, chance.sample(range(65_536), 200)))

    await during(send, burst=3)


@attack
async def the_same_again(scene: Scene) -> None:
    """Replayed SRTP: Eve's own packets many times, from her address and from a stranger's; and bits flipped."""
    session = scene.up.session
    assert session is not None
    taken = [
        session._tx_srtp.protect(rtp_packet(OPUS, number, number * 960, scene.eve.feeds[0].ssrc, b"\xfc" * 40))
        for number in range(200)
    ]
    with scene.stranger() as out:

        def send(number: int) -> None:
            data = taken[number % len(taken)]
            scene.up.send_raw(data)
            out.send(data)
            flipped = bytearray(data)
            flipped[scene.chance.randrange(len(data))] ^= 1 << scene.chance.randrange(8)
            scene.up.send_raw(bytes(flipped[: scene.chance.randrange(1, len(data) + 1)]))

        await during(send, burst=10)


@attack
async def streams_without_end(scene: Scene) -> None:
    """F5: a new SSRC in every packet, on both connections."""

    def send(number: int) -> None:
        quietly(lambda: scene.up.send_rtp(rtp_packet(OPUS, 1, 0, 10_000 + number, b"\xfc" * 20)))
        for wire in (scene.up, scene.down):
            quietly(lambda wire=wire: wire.send_rtcp(struct.pack("!BBHI", 0x80, 201, 1, 50_000 + number)))

    await during(send, times=1_000, burst=10)


@attack
async def more_than_a_seat_may(scene: Scene) -> None:
    """A flood of large packets and of tiny ones, all authentic."""
    ssrc, large, tiny = scene.eve.feeds[0].ssrc, bytes(1_100), b"\xfc"
    await during(lambda n: scene.up.send_rtp(rtp_packet(OPUS, n, n * 960, ssrc, tiny if n % 4 else large)), burst=40)


@attack
async def descriptions_as_bombs(scene: Scene) -> None:
    """F9: SDP that is long, deep, empty or of another language; each is refused, and never by `internal`."""
    good = publish_offer(scene.up, [Feed("audio", "0", 1), Feed("video", "1", 2, 3)])
    bombs = [
        "", "v=0", "v=0\r\n" * 3_999, "v=0\r\n" + "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n" * 1_000,
        good + "a=ssrc:4 x\r\n" * 3_000, good + "a=extmap:1 x\r\na=rtpmap:" + "9" * 5_000 + " x/1\r\n",
        good + "a=ssrc-group:FID 1\r\n", good.replace("m=", "m=m=", 1), good + "a=mid:" + "\u202e" * 30_000,
        good * 20, "v=0\r\n" + "a=\x00\ufffd" * 9_000, good.replace("UDP/TLS/RTP/SAVPF 111", "UDP/TLS/RTP/SAVPF " + "1 " * 9_000),
        good + "a=fingerprint:sha-256 " + "AB:" * 9_000, good + "a=setup:holdconn\r\n", good[: len(good) // 2],
    ]  # fmt: skip
    codes = set()
    for bomb in bombs:
        for ask in (
            scene.media.publish(scene.room, scene.eve.seat, bomb),
            scene.media.receive_answer(scene.room, scene.eve.seat, bomb),
        ):
            try:
                await ask
            except MediaRefused as refused:
                codes.add(refused.code)
            except MediaDown:
                codes.add("down")
    assert codes.isdisjoint({"internal", "down"}), codes


@attack
async def connections_that_never_come(scene: Scene) -> None:
    """F8: offers nobody follows up, slots nobody answers, and checks without a handshake."""
    wires = [Wire() for _ in range(8)]
    with contextlib.suppress(MediaRefused):  # too_often
        for wire in wires:
            answer = await scene.media.publish(scene.room, scene.eve.seat, publish_offer(wire, scene.eve.feeds))
            await scene.media.receive(scene.room, scene.eve.seat, 8, 24)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.1):
                    wire.certificate = scene.up.certificate  # not the one it told of
                    await wire.connect(answer)
    for wire in wires:
        await wire.close()
