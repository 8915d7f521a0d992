"""One packet, many listeners: what leaves the node, opened again with libsrtp."""

from __future__ import annotations

import secrets
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pylibsrtp
import pytest

from rooms.sfu import limits, rtp, vp8
from rooms.sfu.client import rtp_packet, vp8_payload
from rooms.sfu.compiling import compile_kernel
from rooms.sfu.dtls import context_of
from rooms.sfu.fan import Fan
from rooms.sfu.fanout import Kernel, PythonKernel, Row
from rooms.sfu.inbound import Packet, Track
from rooms.sfu.mux import Address, Path, UdpMux
from rooms.sfu.native import NativeKernel
from rooms.sfu.negotiate import SlotOffer
from rooms.sfu.pacing import TOO_LATE, Pacer
from rooms.sfu.seat import Source
from rooms.sfu.slot import Slot

KEY, DELTA = b"\x10picture", b"\x11picture"
GCM, CM = pylibsrtp.Policy.SRTP_PROFILE_AEAD_AES_256_GCM, pylibsrtp.Policy.SRTP_PROFILE_AES128_CM_SHA1_80
KEY_BYTES = {GCM: 44, CM: 30}


@pytest.fixture
async def mux() -> Iterator[UdpMux]:
    one = UdpMux()
    one.open([Address("127.0.0.1", "127.0.0.1")], 0)
    yield one
    one.close()


@pytest.fixture(scope="session", autouse=True)
def compiled() -> None:
    """Without a C compiler everything here fails, and says why: a kernel nobody tests must not run."""
    compile_kernel()


@pytest.fixture(params=[PythonKernel, NativeKernel], ids=["python", "native"])
def kernel(request: pytest.FixtureRequest, mux: UdpMux) -> Kernel:
    made: Kernel = request.param(mux)
    return made


@dataclass
class Ground:
    kernel: Kernel


class Ear:
    """A listener: the real slot, SRTP both ways, a socket."""

    def __init__(self, mux: UdpMux, kernel: Kernel, *, audio: bool = False, profile: int = GCM) -> None:
        key = secrets.token_bytes(KEY_BYTES[profile])
        policies = [
            pylibsrtp.Policy(key=key, ssrc_type=kind, srtp_profile=profile)
            for kind in (pylibsrtp.Policy.SSRC_ANY_OUTBOUND, pylibsrtp.Policy.SSRC_ANY_INBOUND)
        ]
        self.out, self.back = map(pylibsrtp.Session, policies)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.setblocking(False)
        self.path: Path | None = (mux.bound[0], self.socket.getsockname())
        self.ground = Ground(kernel)
        self.slot = Slot(SlotOffer("a0" if audio else "v0", audio, secrets.randbits(32), 0))
        self.slot.accept({"opus": (120, 0)} if audio else {"vp8": (120, 0)})
        self.heard: list[bytes] = []

    def forward(self, slot: Slot, packet: Packet, now: float, extension: bytes = b"") -> None:
        if (data := slot.forward(packet, now, extension)) is not None and self.path is not None:
            slot.count_sent(self.ground.kernel.send(context_of(self.out), self.path, data))

    def row(self, slot: Slot) -> Row | None:
        segment = slot.segment
        assert segment is not None
        return self.path and Row(
            self.out,
            context_of(self.out),
            self.path,
            slot.ssrc,
            slot.payload_type,
            slot.extra_type or 0,
            segment.first,
            segment.begins - segment.first,
            segment.timestamp,
            segment.picture_id,
            segment.tl0,
        )

    def hear(self) -> list[rtp.View]:
        """What arrived since the last look, opened."""
        views = []
        while True:
            try:
                data = self.socket.recv(2_048)
            except BlockingIOError:
                return views
            plain = self.back.unprotect(data)
            view = rtp.parse(plain)
            assert view is not None
            views.append(view)
            self.heard.append(plain)


@dataclass
class Stream:
    """A publisher's packets in its own numbering."""

    video: bool = True
    seq: int = 65_530  # rolls over soon
    timestamp: int = (1 << 32) - 9_000
    picture: int = 0x7FFA
    track: Track = field(init=False)

    def __post_init__(self) -> None:
        self.track = Track(7, is_video=self.video, clock=90_000)

    def send(self, body: bytes = DELTA, *, redundant: bool = False) -> Packet:
        self.seq += 1
        self.timestamp += 3_000
        self.picture += 1
        if self.video:
            body = vp8_payload(self.picture & 0x7FFF, self.picture & 0xFF, body, begins=True)
        data = rtp_packet(96, self.seq, self.timestamp, 7, body, marker=True)
        view = rtp.parse(data)
        assert view is not None
        packet = self.track.accept(view, data, self.seq / 30, redundant=redundant)
        assert packet is not None
        return packet


def listen(fan: Fan, *ears: Ear) -> None:
    for ear in ears:
        fan.add(ear.slot, ear)  # type: ignore[arg-type]


def numbers(views: list[rtp.View]) -> list[int]:
    return [rtp.unwrap(view.seq, views[0].seq) - views[0].seq for view in views]


async def test_everybody_gets_the_packet_in_their_own_numbering(mux: UdpMux, kernel: Kernel) -> None:
    stream, fan = Stream(), Fan()
    ears = [Ear(mux, kernel, profile=profile) for profile in (GCM, CM, GCM)]
    listen(fan, *ears)
    fan.forward(stream.send(), 0.0)  # nobody can begin here
    for index in range(20):
        fan.forward(stream.send(KEY if index == 0 else DELTA), index / 30)
    assert mux.counters.not_sent == 0
    for ear in ears:
        views = ear.hear()
        assert numbers(views) == list(range(20))
        assert {(view.ssrc, view.payload_type, view.marker) for view in views} == {(ear.slot.ssrc, 120, True)}
        found = [vp8.parse(data[12:]) for data in ear.heard]
        pictures, tl0 = [one.picture_id for one in found if one], [one.tl0 for one in found if one]
        assert [(one - pictures[0]) & 0x7FFF for one in pictures] == list(range(20))
        assert [(one - tl0[0]) & 0xFF for one in tl0] == list(range(20))
        times = [view.timestamp for view in views]
        assert [(one - times[0]) & 0xFFFFFFFF for one in times] == [3_000 * index for index in range(20)]
        packets, octets, sent = ear.slot.counts
        assert (packets, octets) == (20, sum(len(data) - 12 for data in ear.heard))
        assert sent > octets
        assert ear.slot.row is not None, "all but the first went in stride"


async def test_who_comes_later_begins_with_the_next_keyframe_and_the_others_go_on(mux: UdpMux, kernel: Kernel) -> None:
    stream, fan = Stream(), Fan()
    early, late = Ear(mux, kernel), Ear(mux, kernel)
    listen(fan, early)
    fan.forward(stream.send(KEY), 0.0)
    listen(fan, late)
    fan.forward(stream.send(), 0.1)
    assert stream.track.keyframe_wanted
    fan.forward(stream.send(KEY), 0.2)
    fan.forward(stream.send(), 0.3)
    assert (len(early.hear()), len(late.hear())) == (4, 2)


async def test_numbers_go_on_after_a_switch_and_can_be_asked_for_again(mux: UdpMux, kernel: Kernel) -> None:
    first, second, fan, other = Stream(), Stream(seq=3, picture=50), Fan(), Fan()
    ear = Ear(mux, kernel)
    listen(fan, ear)
    for index in range(10):
        fan.forward(first.send(KEY if index == 0 else DELTA), index / 30)
    ear.slot.release()
    fan.remove(ear.slot)
    fan.forward(first.send(KEY), 0.4)
    listen(other, ear)
    for index in range(10):
        other.forward(second.send(KEY if index == 0 else DELTA), 0.5 + index / 30)
    views = ear.hear()
    assert numbers(views) == list(range(20))
    found = [vp8.parse(data[12:]) for data in ear.heard]
    pictures = [one.picture_id for one in found if one]
    assert [(one - pictures[0]) & 0x7FFF for one in pictures] == list(range(20))
    assert ear.slot.counts[0] == 20
    for index in (3, 9, 10, 19):
        assert bytes(ear.slot.again(views[index].seq) or b"")[12:] == ear.heard[index][12:]


async def test_a_source_that_is_another_track_now_is_joined_at_its_keyframe(mux: UdpMux, kernel: Kernel) -> None:
    old, new, fan, ear = Stream(), Stream(seq=9, timestamp=5), Fan(), Ear(mux, kernel)
    listen(fan, ear)
    fan.forward(old.send(KEY), 0.0)
    fan.forward(old.send(), 0.03)
    fan.set_all_apart()
    fan.forward(new.send(), 0.06)
    fan.forward(new.send(KEY), 0.1)
    fan.forward(new.send(), 0.13)
    assert numbers(ear.hear()) == [0, 1, 2, 3]
    fan.forward(old.send(), 0.16)
    assert ear.hear() == [], "it left the old track"


async def test_who_wants_only_keyframes_is_asked_about_each_packet(mux: UdpMux, kernel: Kernel) -> None:
    stream, fan, ear = Stream(), Fan(), Ear(mux, kernel)
    listen(fan, ear)
    fan.forward(stream.send(KEY), 0.0)
    fan.forward(stream.send(), 0.03)
    ear.slot.aim(stream.track, "still")
    fan.set_apart(ear.slot)
    for index in range(20):
        fan.forward(stream.send(KEY if index % 10 == 5 else DELTA), 0.06 + index / 30)
    assert ear.slot.row is None
    assert numbers(ear.hear()) == [0, 1, 2, 3], "two more keyframes, and no hole one would ask about"
    ear.slot.aim(stream.track, "high")
    assert stream.track.keyframe_wanted
    fan.set_apart(ear.slot)
    fan.forward(stream.send(), 1.0)
    assert ear.hear() == [], "what came between is missing: only a keyframe can be understood"
    fan.forward(stream.send(KEY), 1.1)
    assert ear.slot.row is not None
    fan.forward(stream.send(), 1.2)
    assert len(ear.hear()) == 2


async def test_an_extension_goes_with_every_copy(mux: UdpMux, kernel: Kernel) -> None:
    stream, fan, ears = Stream(), Fan(), [Ear(mux, kernel), Ear(mux, kernel, profile=CM)]
    listen(fan, *ears)
    extension = b"\xbe\xde\x00\x01\x32\x12\x34\x56"  # id 3, three bytes
    packets = [stream.send(KEY), stream.send(), stream.send()]
    for packet in packets:
        fan.forward(packet, 0.0, extension)
    for ear in ears:
        views = ear.hear()
        for view, data, packet in zip(views, ear.heard, packets, strict=True):
            assert rtp.extension(data, view, 3) == b"\x12\x34\x56"
            assert len(data[view.start :]) == len(packet.payload)
            assert data[view.start + 5 :] == packet.payload[5:]


async def test_redundant_sound_is_relabelled_or_opened_for_those_who_take_none(mux: UdpMux, kernel: Kernel) -> None:
    stream, fan = Stream(video=False), Fan()
    with_red, another, without = (Ear(mux, kernel, audio=True) for _ in range(3))
    with_red.slot.accept({"opus": (120, 63)})
    another.slot.accept({"opus": (111, 63)})
    listen(fan, with_red, another, without)
    red = bytes((0x80 | 96, 0, 0, 3)) + b"\x60" + b"old" + b"new"
    for _ in range(3):
        fan.forward(stream.send(red, redundant=True), 0.0)
    fan.forward(stream.send(b"plain"), 0.1)
    lie = bytes((0x80 | 96, 0, 3, 255)) + b"\x60"
    fan.forward(stream.send(lie, redundant=True), 0.2)
    assert [view.payload_type for view in without.hear()] == [120] * 4
    assert [data[12:] for data in without.heard] == [b"new"] * 3 + [b"plain"]
    for ear, inner in ((with_red, 120), (another, 111)):
        assert [view.payload_type for view in ear.hear()] == [63] * 3 + [inner, 63]
        assert ear.heard[0][12:] == ear.heard[2][12:] == bytes((0x80 | inner, 0, 0, 3, inner)) + b"oldnew"


async def test_a_listener_who_moves_is_sent_to_the_new_address(mux: UdpMux, kernel: Kernel) -> None:
    stream, fan, ear = Stream(), Fan(), Ear(mux, kernel)
    listen(fan, ear)
    fan.forward(stream.send(KEY), 0.0)
    fan.forward(stream.send(), 0.1)
    before, ear.socket = ear.socket, socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    ear.socket.bind(("127.0.0.1", 0))
    ear.socket.setblocking(False)
    assert ear.slot.row is not None
    ear.slot.row.move((mux.bound[0], ear.socket.getsockname()))
    fan.forward(stream.send(), 0.2)
    assert len(ear.hear()) == 1
    assert len(before.recv(2_048)) > 0


async def test_a_packet_too_long_for_the_buffer_is_never_protected(mux: UdpMux, kernel: Kernel) -> None:
    stream, fan, ear = Stream(video=False), Fan(), Ear(mux, kernel, audio=True)
    listen(fan, ear)
    fan.forward(stream.send(b"a"), 0.0)
    most = limits.RTP_PACKET - 12
    for size, extension in ((most, b""), (most + 1, b""), (most - 4, b"\xbe\xde\0\0"), (most - 3, b"\xbe\xde\0\0")):
        fan.forward(stream.send(b"x" * size), 0.1, extension)
    assert [len(data) for data in (ear.hear(), ear.heard)[1]] == [13, limits.RTP_PACKET, limits.RTP_PACKET]


async def test_what_the_network_does_not_take_is_counted(mux: UdpMux, kernel: Kernel) -> None:
    stream, fan, ear = Stream(), Fan(), Ear(mux, kernel)
    listen(fan, ear)
    fan.forward(stream.send(KEY), 0.0)
    sent = ear.slot.counts[2]
    assert ear.slot.row is not None
    ear.slot.row.move((mux.bound[0], ("192.0.2.1", 9)))  # a socket bound to loopback cannot reach it
    fan.forward(stream.send(), 0.1)
    assert mux.counters.not_sent == 1
    assert ear.slot.counts[2] == sent


async def test_a_keyframe_for_a_full_room_goes_out_a_little_at_a_time_and_voices_pass_it(
    mux: UdpMux, kernel: Kernel
) -> None:
    picture, voice, pacer = Stream(), Stream(video=False), Pacer()
    source, sound = Source("amina", "camera", open=True), Fan()
    ears = [Ear(mux, kernel) for _ in range(60)]
    chen = Ear(mux, kernel, audio=True)
    listen(source.fan, *ears)
    listen(sound, chen)
    for number in range(100):
        pacer.add(source, picture.send(KEY if number == 0 else DELTA), time.monotonic())
    assert pacer.flush(), "not in one go"
    sound.forward(voice.send(b"s"), 0.0)
    assert (len(chen.hear()), len(ears[0].hear()) < 100) == (1, True)
    while pacer.flush():
        pass
    assert all((ear.hear(), len(ear.heard))[1] == 100 for ear in ears)
    assert numbers([view for data in ears[7].heard if (view := rtp.parse(data))]) == list(range(100))


async def test_what_waited_for_a_second_is_given_up_and_a_new_picture_asked_for(mux: UdpMux, kernel: Kernel) -> None:
    picture, pacer, ear = Stream(), Pacer(), Ear(mux, kernel)
    source = Source("amina", "camera", open=True)
    listen(source.fan, ear)
    pacer.add(source, picture.send(KEY), time.monotonic() - TOO_LATE - 0.1)
    assert not pacer.flush()
    assert (ear.hear(), pacer.too_late, picture.track.keyframe_wanted) == ([], 1, True)


async def test_a_right_withdrawn_while_a_picture_waits_holds_for_it(mux: UdpMux, kernel: Kernel) -> None:
    picture, pacer, ear = Stream(), Pacer(), Ear(mux, kernel)
    source = Source("amina", "camera", open=True)
    listen(source.fan, ear)
    pacer.add(source, picture.send(KEY), time.monotonic())
    source.open = False
    pacer.flush()
    assert ear.hear() == []
