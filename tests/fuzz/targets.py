"""What is fuzzed: each target takes bytes as the network brings them, and may neither raise nor break its promise.

A target builds what it needs anew for every input, so that one file reproduces a finding.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Sequence
from functools import cache

from aioice import stun as aioice_stun

from rooms.sfu import h264, negotiate, rtcp, rtp, sdp, vp8
from rooms.sfu.client import MID_ID, RTX, VP8, Feed, publish_offer
from rooms.sfu.connection import Connection, Ground
from rooms.sfu.dtls import make_certificate
from rooms.sfu.fanout import PythonKernel
from rooms.sfu.ice import LiteIceTransport
from rooms.sfu.inbound import RING, Packet
from rooms.sfu.mux import Bound, UdpMux
from rooms.sfu.publishing import PublishConnection
from rooms.sfu.receiving import ReceiveConnection
from rooms.sfu.sdp import MID, REPAIRED_RID, RID, SdpRefused
from rooms.sfu.slot import Slot

MOST_PACKETS = 24  # of one input
UFRAG, PASSWORD, REMOTE = "amina", "a password of 22 letters", ("127.0.0.1", 9)
MEDIA, REPAIR, SOUND = 0x1111, 0x2222, 0x3333  # SSRCs the offer names
H264, RID_ID, REPAIRED_ID = 102, 10, 11
SLOTS = {
    "mic": negotiate.SlotOffer("a0", True, 7, 0),
    "camera": negotiate.SlotOffer("v0", False, 8, 9),
    "screen": negotiate.SlotOffer("v1", False, 10, 11),
}

Target = Callable[[bytes], None]


def split(data: bytes) -> Iterator[bytes]:
    """Several datagrams in one input: each after two bytes of length."""
    at = 0
    for _ in range(MOST_PACKETS):
        if at + 2 > len(data):
            return
        size = data[at] << 8 | data[at + 1]
        yield data[at + 2 : at + 2 + size]
        at += 2 + size


def join(packets: Sequence[bytes]) -> bytes:
    """The input that is split into these."""
    return b"".join(len(packet).to_bytes(2, "big") + packet for packet in packets)


class _FixedSignals:
    """The lines of an offer that name a transport."""

    transport_lines = (
        f"a=ice-ufrag:{UFRAG}\r\na=ice-pwd:{'p' * 24}\r\na=fingerprint:sha-256 {':'.join(['AB'] * 32)}\r\n"
        "a=setup:actpass\r\na=rtcp-mux\r\n"
    )


@cache
def _ground() -> Ground:
    mux = UdpMux()
    return Ground(mux, PythonKernel(mux), make_certificate())


def _forget(connection: Connection) -> None:
    """Of many thousand inputs nothing may stay."""
    connection.ice.close()
    connection.let_go()


@cache
def _socket() -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setblocking(False)
    return sock


@cache
def offer() -> str:
    """A page's publish offer: a voice, also redundant, a picture with retransmissions, and a screen in H.264."""
    named = publish_offer(_FixedSignals(), [Feed("audio", "0", SOUND), Feed("video", "1", MEDIA, REPAIR)])  # type: ignore[arg-type]
    named = named.replace(" opus/48000/2\r\n", " opus/48000/2\r\na=rtpmap:63 red/48000/2\r\n")
    named = named.replace("SAVPF 111\r\n", "SAVPF 111 63\r\n")
    return named + _video(
        "2", f"a=rtpmap:{H264} H264/90000\r\na=fmtp:{H264} packetization-mode=1;profile-level-id=42e01f\r\n", H264
    )


@cache
def layered() -> str:
    """Another: a picture in three layers, which name themselves in every packet."""
    layers = f"a=extmap:{RID_ID} {RID}\r\na=extmap:{REPAIRED_ID} {REPAIRED_RID}\r\na=rid:h send\r\na=rid:m send\r\na=rid:l send\r\n"
    codecs = f"a=rtpmap:{VP8} VP8/90000\r\na=rtpmap:{RTX} rtx/90000\r\na=fmtp:{RTX} apt={VP8}\r\n"
    voice = publish_offer(_FixedSignals(), [Feed("audio", "0", SOUND)])  # type: ignore[arg-type]
    return voice + _video("1", codecs + layers + "a=simulcast:send h;m;l\r\n", VP8, RTX)


def _video(mid: str, lines: str, *types: int) -> str:
    head = (
        f"m=video 9 UDP/TLS/RTP/SAVPF {' '.join(map(str, types))}\r\nc=IN IP4 0.0.0.0\r\na=mid:{mid}\r\na=sendonly\r\n"
    )
    return f"{head}{_FixedSignals.transport_lines}a=extmap:{MID_ID} {MID}\r\n{lines}"


# ── the targets ──


def stun(data: bytes) -> None:
    """Checks, as they are (even first byte) or completed to authentic ones: only those may prove an address."""
    mux = UdpMux()
    bound = Bound("127.0.0.1", _socket())
    ice = LiteIceTransport(mux, lambda packet, now: None, 0.0)
    mux.forget(ice)
    ice.ufrag, ice.password = UFRAG, PASSWORD
    mux.register(ice)
    authentic = bool(data[:1]) and data[0] & 1 == 1
    body = data[1:]
    if authentic:
        body = _authentic(body)
    if not 12 <= len(body) <= 1_500:
        return
    mux._check(body, (bound, REMOTE), 1.0, None)
    if ice.path is not None:
        message = aioice_stun.parse_message(body)
        assert message.check_message_integrity(PASSWORD.encode()), "a stranger proved an address"
    assert set(bound.peers) <= {REMOTE}


def _authentic(attributes: bytes) -> bytes:
    """A binding request with our name first, these attributes, and a right MESSAGE-INTEGRITY."""
    name = f"{UFRAG}:page".encode()
    body = b"\x00\x06" + len(name).to_bytes(2, "big") + name + bytes(-len(name) % 4) + attributes
    body += bytes(-len(body) % 4)
    whole = b"\x00\x01" + (len(body) + 24).to_bytes(2, "big") + b"\x21\x12\xa4\x42" + bytes(12) + body
    return whole + b"\x00\x08\x00\x14" + aioice_stun.message_integrity(whole, PASSWORD.encode())


def rtp_header(data: bytes) -> None:
    """Header, extensions, padding; and the two ways redundant sound is unpacked."""
    view = rtp.parse(data)
    if view is None:
        return
    assert 12 <= view.start <= view.end <= len(data)
    for wanted in (1, 4, 14, 15, 255):
        value = rtp.extension(data, view, wanted)
        assert value is None or len(value) <= view.start
    payload = data[view.start : view.end]
    primary = rtp.primary_of_red(payload)
    assert primary is None or payload.endswith(primary)
    relabelled = rtp.relabel_red(payload, 111)
    assert relabelled is None or len(relabelled) == len(payload)


def publishing(data: bytes) -> None:
    """Authenticated packets of a publisher, through statistics and ring into listeners' slots, and asked for again."""
    for kind, packets in forwarded(data).items():
        for whole in packets:
            view = rtp.parse(whole)
            assert view is not None, "we sent what is no RTP"
            assert view.ssrc == SLOTS[kind].ssrc


def forwarded(data: bytes) -> dict[str, list[bytes]]:
    """What a listener is sent of each source; the first byte says which offer the publisher made."""
    slots = {kind: Slot(one) for kind, one in SLOTS.items()}
    for slot in slots.values():
        slot.accept({"opus": (111, 63)} if slot.is_audio else {"vp8": (96, 97), "h264": (98, 99)})
    sent: dict[str, list[bytes]] = {kind: [] for kind in slots}
    now = 0.0

    def on_packet(kind: str, packet: Packet, at: float) -> None:
        if (out := slots[kind].forward(packet, at)) is not None:
            sent[kind].append(bytes(out))

    text = layered() if data[:1] == b"\1" else offer()
    feeds = negotiate.feeds_of(negotiate.read_offer(text), private=False)
    connection = PublishConnection(_ground(), 0.0, feeds, on_packet, lambda _: None, lambda _, why: None)
    connection.is_open = True
    for packet in split(data[1:]):
        now += 0.02
        if len(packet) >= 12 and rtcp.is_rtcp(packet):
            connection.on_rtcp(packet, now)
        else:
            connection.on_rtp(packet, now)
    connection.repair(now)
    connection.tick(now)
    _forget(connection)
    for track in connection.tracks.values():
        assert len(track.missing) <= 2 * RING
    for slot in slots.values():
        for number in range(0, 65_536, 4_099):
            slot.again(number)
    return sent


def payload(data: bytes) -> None:
    """A picture's payload, read as VP8 and as H.264: counters keep their shape, nothing is read past the end."""
    assert len(h264._units(data)) <= len(data)
    h264.begins(data)
    h264.has_idr(data)
    found = vp8.parse(data)
    if found is None:
        return
    moved = bytearray(data)
    vp8.rewrite(moved, found, 0x7ABC, 0xEE)
    assert len(moved) == len(data)
    again = vp8.parse(bytes(moved))
    assert again is not None
    assert again._replace(picture_id=0, tl0=0) == found._replace(picture_id=0, tl0=0)
    assert (again.picture_id < 0, again.tl0 < 0) == (found.picture_id < 0, found.tl0 < 0)


def reports(data: bytes) -> None:
    """RTCP of a listener: whatever it claims, what we note is possible."""
    told = list(rtcp.read(data))
    assert len(told) <= len(data)
    for one in told:
        if isinstance(one, rtcp.Lost):
            assert len(one.numbers) <= rtcp.MAX_NACKS
    slots = negotiate.make_slots(1, 1)
    connection = ReceiveConnection(_ground(), 0.0, slots, lambda _: None, lambda _, why: None)
    known = data.replace(b"SSRC", slots[1].ssrc.to_bytes(4, "big"))  # which no input could guess
    connection.on_rtcp(known, 1.0)
    connection.on_rtcp(known, 2.0)
    connection.tick(3.0)
    loss = connection.loss()
    assert loss is None or 0 <= loss <= 100
    assert connection.rtt is None or 0 <= connection.rtt < 30
    _forget(connection)


def description(data: bytes) -> None:
    """Offers and answers: refused by code, or answered in the same language."""
    text = data.decode("utf-8", "replace")
    try:
        found = negotiate.read_offer(text)
        feeds = negotiate.feeds_of(found, private=False)
        us = negotiate.Endpoint("ufrag", "p" * 24, ":".join(["AB"] * 32), ["127.0.0.1"], 7882)
        answer = negotiate.answer(found, feeds, us)
    except SdpRefused as refused:
        assert refused.code.startswith("sdp_")
    else:
        parsed = sdp.parse(answer, max_sections=len(found.sections))
        assert [section.mid for section in parsed.sections] == [section.mid for section in found.sections]
    try:
        negotiate.read_answer(text, negotiate.make_slots(1, 1))
    except SdpRefused as refused:
        assert refused.code.startswith("sdp_")


TARGETS: dict[str, Target] = {
    "stun": stun,
    "rtp": rtp_header,
    "publishing": publishing,
    "payload": payload,
    "rtcp": reports,
    "sdp": description,
}
