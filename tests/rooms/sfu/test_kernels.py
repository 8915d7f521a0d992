"""Two kernels, one behaviour: the same packets to the same listeners leave both of them byte for byte alike."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pylibsrtp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rooms.sfu import limits, rtp, vp8
from rooms.sfu.compiling import compile_kernel
from rooms.sfu.dtls import context_of
from rooms.sfu.fanout import Kernel, PythonKernel, Row
from rooms.sfu.inbound import Packet, Track
from rooms.sfu.mux import Bound, UdpMux
from rooms.sfu.native import NativeKernel

PROFILES = {
    pylibsrtp.Policy.SRTP_PROFILE_AEAD_AES_256_GCM: 44,
    pylibsrtp.Policy.SRTP_PROFILE_AEAD_AES_128_GCM: 28,
    pylibsrtp.Policy.SRTP_PROFILE_AES128_CM_SHA1_80: 30,
}
WORD, SHORT = st.integers(0, 0xFFFFFFFF), st.integers(0, 0x7FFF)
KINDS = st.integers(96, 127)


@dataclass(frozen=True)
class Sent:
    """One packet as a fan gets it."""

    step: int  # from the number of the one before
    timestamp: int
    marker: bool
    payload: bytes
    redundant: bool
    extension: bytes


@dataclass(frozen=True)
class Listener:
    """What is added for one row."""

    profile: int
    ssrc: int
    payload_type: int
    extra_type: int
    first: int
    number: int
    timestamp: int
    picture_id: int
    tl0: int


descriptors = st.builds(
    lambda x, i, wide, pid, has_tl0, tl0, tk, begins, body: (
        bytes((0x80 * x | 0x10 * begins, *((0x80 * i | 0x40 * has_tl0 | 0x20 * tk,) if x else ())))
        + ((bytes((0x80 | pid >> 8, pid & 255)) if wide else bytes((pid & 127,))) if x and i else b"")
        + (bytes((tl0,)) if x and has_tl0 else b"")
        + (b"\x20" if x and tk else b"")
        + body
    ),
    *(st.booleans(), st.booleans(), st.booleans(), SHORT, st.booleans(), st.integers(0, 255), st.booleans()),
    st.booleans(),
    st.binary(min_size=1, max_size=40),
)
red = st.builds(
    lambda old, new: bytes((0x80 | 63, 0, 0, len(old))) + b"\x3f" + old + new,
    st.binary(max_size=9),
    st.binary(max_size=9),
)
longest = st.integers(limits.RTP_PACKET - 30, limits.RTP_PACKET).map(lambda size: bytes(size))
extensions = st.integers(0, 3).flatmap(
    lambda words: st.binary(min_size=4 * words, max_size=4 * words).map(
        lambda body: b"\xbe\xde" + words.to_bytes(2, "big") + body if words else b""
    )
)
packets = st.builds(
    Sent,
    st.integers(-3, 3) | st.integers(0, 40_000),
    WORD,
    st.booleans(),
    st.one_of(descriptors, red, longest, st.binary(min_size=1, max_size=20)),
    st.booleans(),
    extensions,
)
listeners = st.builds(
    Listener,
    st.sampled_from(sorted(PROFILES)),
    WORD,
    KINDS,
    st.just(0) | KINDS,
    st.integers(65_500, 65_560),
    st.integers(-0x20000, 0x20000),
    WORD,
    st.integers(-0x8000, 0x8000),
    st.integers(-256, 256),
)


class World:
    """One kernel, its rows, and the sockets that hear them."""

    def __init__(self, make: type[PythonKernel]) -> None:
        self.mux = UdpMux()
        self.out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.out.bind(("127.0.0.1", 0))
        self.out.setblocking(False)
        self.kernel: Kernel = make(self.mux)
        self.ears: list[socket.socket] = []

    def run(self, rows: Sequence[Listener], sent: Sequence[Sent], *, video: bool) -> list[tuple[object, ...]]:
        """What each listener heard, and what was counted."""
        while len(self.ears) < len(rows):
            ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            ear.bind(("127.0.0.1", 0))
            ear.setblocking(False)
            self.ears.append(ear)
        table, made = self.kernel.table(), []
        for row, ear in zip(rows, self.ears, strict=False):
            session = pylibsrtp.Session(_policy(row, pylibsrtp.Policy.SSRC_ANY_OUTBOUND))
            numbers = (row.ssrc, row.payload_type, row.extra_type, row.first, row.number, row.timestamp)
            path = (Bound("127.0.0.1", self.out), ear.getsockname())
            made.append(Row(session, context_of(session), path, *numbers, row.picture_id, row.tl0))
            table.add(made[-1])
        for packet, extension in _packets(sent, video=video):
            table.forward(packet, 0.0, extension)
        before, self.mux.counters.not_sent = self.mux.counters.not_sent, 0
        for row in made:
            row.leave()
        heard = [tuple(_drain(ear)) for _, ear in zip(rows, self.ears, strict=False)]
        return [(before, *((row.packets, row.octets, row.sent, one) for row, one in zip(made, heard, strict=True)))]

    def close(self) -> None:
        for one in (self.out, *self.ears):
            one.close()


def _policy(row: Listener, kind: int) -> pylibsrtp.Policy:
    return pylibsrtp.Policy(key=bytes(range(PROFILES[row.profile])), ssrc_type=kind, srtp_profile=row.profile)


def _drain(ear: socket.socket) -> Iterator[bytes]:
    while True:
        try:
            yield ear.recv(2_048)
        except BlockingIOError:
            return


def _packets(sent: Sequence[Sent], *, video: bool) -> Iterator[tuple[Packet, bytes]]:
    track, number = Track(1, is_video=video, clock=90_000), 65_530
    for one in sent:
        number += one.step
        view = rtp.View(96, one.marker, number & 0xFFFF, one.timestamp, 1, 0, len(one.payload), 0, 0)
        yield Packet(track, number, view, one.payload, one.redundant and not video), one.extension


@pytest.fixture(scope="module")
def worlds() -> Iterator[tuple[World, World]]:
    compile_kernel()
    both = World(PythonKernel), World(NativeKernel)
    yield both
    for world in both:
        world.close()


@settings(max_examples=300, deadline=None)
@given(
    rows=st.lists(listeners, min_size=1, max_size=12),
    sent=st.lists(packets, min_size=1, max_size=12),
    video=st.booleans(),
)
def test_both_kernels_send_the_same_bytes_and_count_the_same(
    worlds: tuple[World, World], rows: list[Listener], sent: list[Sent], video: bool
) -> None:
    python, native = (world.run(rows, sent, video=video) for world in worlds)
    assert python == native


@pytest.mark.parametrize("which", [0, 1], ids=["python", "native"])
@settings(max_examples=100, deadline=None)
@given(row=listeners, sent=st.lists(packets, min_size=1, max_size=12), video=st.booleans())
def test_what_leaves_a_kernel_opens_as_the_packet_with_its_numbers_moved(
    worlds: tuple[World, World], which: int, row: Listener, sent: list[Sent], video: bool
) -> None:
    ((_, (_, _, _, heard)),) = worlds[which].run([row], sent, video=video)
    inbound = pylibsrtp.Session(_policy(row, pylibsrtp.Policy.SSRC_ANY_INBOUND))
    due = [(packet, extension) for packet, extension in _packets(sent, video=video) if packet.number >= row.first]
    at = 0
    for data in heard:
        plain = inbound.unprotect(data)
        while _expected(row, *due[at]) != plain:
            at += 1
        at += 1


def _expected(row: Listener, packet: Packet, extension: bytes) -> bytes | None:
    """The rewriting of `slot`, written once more in the plainest way."""
    payload: bytes | None = packet.payload
    kind = row.payload_type
    if packet.redundant and row.extra_type:
        payload, kind = rtp.relabel_red(packet.payload, kind), row.extra_type
    elif packet.redundant:
        payload = rtp.primary_of_red(packet.payload)
    elif packet.descriptor is not None:
        changed = bytearray(packet.payload)
        vp8.rewrite(changed, packet.descriptor, row.picture_id, row.tl0)
        payload = bytes(changed)
    if payload is None:
        return None
    header = bytes((0x90 if extension else 0x80, kind | 0x80 * packet.marker))
    header += ((packet.number + row.number) & 0xFFFF).to_bytes(2, "big")
    header += ((packet.timestamp + row.timestamp) & 0xFFFFFFFF).to_bytes(4, "big") + row.ssrc.to_bytes(4, "big")
    return header + extension + payload


def test_rows_come_and_go_and_keep_their_counts(worlds: tuple[World, World]) -> None:
    """The array grows, and who leaves is replaced by the last."""
    counted = []
    for world in worlds:
        table, rows = world.kernel.table(), []
        for ssrc in range(1, 40):
            session = pylibsrtp.Session(
                _policy(Listener(max(PROFILES), ssrc, 96, 0, 0, 0, 0, 0, 0), pylibsrtp.Policy.SSRC_ANY_OUTBOUND)
            )
            path = (Bound("127.0.0.1", world.out), world.out.getsockname())
            rows.append(Row(session, context_of(session), path, ssrc, 96, 0, 0, 0, 0, 0, 0))
            table.add(rows[-1])
            sent = [Sent(ssrc, 0, False, b"x", False, b"")]
            for packet, extension in _packets(sent, video=False):
                table.forward(packet, 0.0, extension)
            if ssrc % 3 == 0:
                rows[ssrc // 2].leave()
                rows[ssrc // 2].leave()
        for row in rows:
            row.count()
        counted.append([(row.packets, row.octets, row.sent, row.table is None) for row in rows])
        list(_drain(world.out))
    assert counted[0] == counted[1]
    assert {left for *_, left in counted[0]} == {True, False}


def has_ipv6() -> bool:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError:
            return False
    return True


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no ::1")
def test_listeners_on_ipv6_are_reached_by_both(worlds: tuple[World, World]) -> None:
    heard = []
    for world in worlds:
        with (
            socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as out,
            socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as ear,
        ):
            for one in (out, ear):
                one.bind(("::1", 0))
                one.setblocking(False)
            row = Listener(max(PROFILES), 7, 96, 0, 0, 1, 2, 3, 4)
            session = pylibsrtp.Session(_policy(row, pylibsrtp.Policy.SSRC_ANY_OUTBOUND))
            path = (Bound("::1", out), ear.getsockname())
            assert len(path[1]) == 4
            table = world.kernel.table()
            table.add(Row(session, context_of(session), path, 7, 96, 0, 0, 1, 2, 3, 4))
            for packet, extension in _packets([Sent(1, 0, True, b"sound", False, b"")], video=False):
                table.forward(packet, 0.0, extension)
            heard.append(list(_drain(ear)))
    assert heard[0] == heard[1]
    assert len(heard[0]) == 1
