"""A seat without a browser: joins over the wire as a page would, sends and counts packets.

For the bench and the tests; the node itself never imports it.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import socket
import struct
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

import pylibsrtp
from aioice import stun
from aiortc.rtcdtlstransport import RTCDtlsFingerprint, RTCDtlsParameters, RTCDtlsTransport

from rooms.sfu import rtcp
from rooms.sfu.dtls import fingerprint_of, make_certificate
from rooms.sfu.sdp import WIDE

CONNECT_SECONDS = 15.0
CHECK_SECONDS = 0.05  # between checks until one is answered
CONSENT_SECONDS = 2.5
DRAIN = 32  # datagrams in one turn of the loop; the others want theirs

OPUS, VP8, RTX = 111, 96, 97
MID_ID, LEVEL_ID, RID_ID, WIDE_ID = 4, 1, 10, 3
H264_LINES = tuple(f"a={name}:{number}" for name in ("rtpmap", "fmtp", "rtcp-fb") for number in (98, 99))
CANDIDATE = re.compile(r"a=candidate:\S+ 1 udp \d+ (\S+) (\d+) typ host")

OnPacket = Callable[[bytes, float], None]


class Signals(Protocol):
    """The part of `rooms.media.Media` a client needs."""

    async def publish(self, room: str, seat: str, sdp: str) -> str: ...
    async def receive(self, room: str, seat: str, audio: int = 4, video: int = 12) -> str: ...
    async def receive_answer(self, room: str, seat: str, sdp: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Feed:
    """One m-line to publish."""

    kind: str  # audio or video
    mid: str
    ssrc: int
    rtx_ssrc: int = 0
    rids: tuple[str, ...] = ()  # layers, told apart by a header extension instead of by SSRCs named here
    wide: bool = False  # a picture's packets are numbered transport-wide, as browsers do it


def _attribute(sdp: str, name: str) -> str:
    found = re.search(rf"^a={name}:(.*)$", sdp, re.MULTILINE)
    return found[1].strip() if found else ""


def _candidates(sdp: str) -> list[tuple[str, int]]:
    return list(dict.fromkeys((host, int(port)) for host, port in CANDIDATE.findall(sdp)))


class Wire:
    """The client's end of one connection: checks, DTLS as the active side, SRTP both ways."""

    role = "controlling"
    state = "completed"

    def __init__(self, *, host: str = "127.0.0.1") -> None:
        self.host = host
        self.ufrag = secrets.token_hex(4)
        self.password = secrets.token_hex(12)
        self.on_rtp: OnPacket | None = None
        self.on_rtcp: OnPacket | None = None
        self.session: RTCDtlsTransport | None = None
        self.remote: tuple[str, int] | None = None
        self.certificate = make_certificate()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.socket.bind((host, 0))
        self._dtls: asyncio.Queue[bytes] = asyncio.Queue()
        self._checked = asyncio.Event()
        self._consent: asyncio.Task[None] | None = None
        asyncio.get_running_loop().add_reader(self.socket, self._drain)

    @property
    def transport_lines(self) -> str:
        fingerprint = fingerprint_of(self.certificate)
        return (
            f"a=ice-ufrag:{self.ufrag}\r\na=ice-pwd:{self.password}\r\n"
            f"a=fingerprint:sha-256 {fingerprint}\r\na=setup:actpass\r\na=rtcp-mux\r\n"
        )

    async def connect(self, sdp: str) -> None:
        """Reach the node described by `sdp`. Raises TimeoutError, ConnectionError."""
        hosts = _candidates(sdp)
        self.remote = next((one for one in hosts if one[0] == self.host), hosts[-1])
        self._key = _attribute(sdp, "ice-pwd").encode()
        self._user = f"{_attribute(sdp, 'ice-ufrag')}:{self.ufrag}"
        async with asyncio.timeout(CONNECT_SECONDS):
            while not self._checked.is_set():
                self.check()
                try:
                    await asyncio.wait_for(self._checked.wait(), CHECK_SECONDS)
                except TimeoutError:
                    continue
            self.session = RTCDtlsTransport(cast(Any, self), [self.certificate])
            self.session._set_role("client")
            algorithm, value = _attribute(sdp, "fingerprint").split()
            await self.session.start(RTCDtlsParameters([RTCDtlsFingerprint(algorithm, value)]))
        if self.session.state != "connected":
            raise ConnectionError(f"DTLS is {self.session.state}")
        self._consent = asyncio.create_task(self._keep_consent())

    def check(self, *, nominate: bool = True, key: bytes | None = None) -> None:
        """Send one connectivity check."""
        message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        message.attributes["USERNAME"] = self._user
        message.attributes["PRIORITY"] = 1
        message.attributes["ICE-CONTROLLING"] = 1
        if nominate:
            message.attributes["USE-CANDIDATE"] = None
        message.add_message_integrity(key or self._key)
        self.send_raw(bytes(message))

    def send_raw(self, data: bytes) -> None:
        """A datagram as it is."""
        try:
            self.socket.sendto(data, self.remote or (self.host, 9))
        except OSError:
            return

    def send_rtp(self, packet: bytes) -> None:
        session = self.session
        if session is not None and session._tx_srtp is not None:
            self.send_raw(session._tx_srtp.protect(packet))

    def send_rtcp(self, packet: bytes) -> None:
        session = self.session
        if session is not None and session._tx_srtp is not None:
            self.send_raw(session._tx_srtp.protect_rtcp(packet))

    async def close(self) -> None:
        if self._consent is not None:
            self._consent.cancel()
        if self.session is not None:
            await self.session.stop()
        asyncio.get_running_loop().remove_reader(self.socket)
        self.socket.close()

    async def _keep_consent(self) -> None:
        while True:
            await asyncio.sleep(CONSENT_SECONDS)
            self.check()

    def _drain(self) -> None:
        for _ in range(DRAIN):
            try:
                data = self.socket.recv(2048)
            except OSError:
                return
            if data:
                self._dispatch(data)

    def _dispatch(self, data: bytes) -> None:
        first = data[0]
        if first < 4:
            self._checked.set()
        elif 19 < first < 64:
            self._dtls.put_nowait(data)
        elif self.session is not None and self.session._rx_srtp is not None:
            now = time.monotonic()
            try:
                if rtcp.is_rtcp(data):
                    if self.on_rtcp:
                        self.on_rtcp(self.session._rx_srtp.unprotect_rtcp(data), now)
                elif self.on_rtp:
                    self.on_rtp(self.session._rx_srtp.unprotect(data), now)
            except pylibsrtp.Error:
                return

    # what RTCDtlsTransport asks of its transport

    async def _recv(self) -> bytes:
        return await self._dtls.get()

    async def _send(self, data: bytes) -> None:
        self.send_raw(data)


# ── descriptions ──


def publish_offer(wire: Wire, feeds: Sequence[Feed]) -> str:
    """What a page would offer for these feeds."""
    text = f"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE {' '.join(f.mid for f in feeds)}\r\n"
    for feed in feeds:
        types = f"{OPUS}" if feed.kind == "audio" else f"{VP8} {RTX}"
        text += f"m={feed.kind} 9 UDP/TLS/RTP/SAVPF {types}\r\nc=IN IP4 0.0.0.0\r\na=mid:{feed.mid}\r\na=sendonly\r\n"
        text += wire.transport_lines + f"a=extmap:{MID_ID} urn:ietf:params:rtp-hdrext:sdes:mid\r\n"
        if feed.kind == "audio":
            text += f"a=rtpmap:{OPUS} opus/48000/2\r\n"
            text += f"a=extmap:{LEVEL_ID} urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n"
        else:
            text += f"a=rtpmap:{VP8} VP8/90000\r\na=rtpmap:{RTX} rtx/90000\r\na=fmtp:{RTX} apt={VP8}\r\n"
        if feed.wide:
            text += f"a=extmap:{WIDE_ID} {WIDE}\r\n"
        if feed.rids:
            text += f"a=extmap:{RID_ID} urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\n"
            text += (
                "".join(f"a=rid:{rid} send\r\n" for rid in feed.rids) + f"a=simulcast:send {';'.join(feed.rids)}\r\n"
            )
            continue
        if feed.rtx_ssrc:
            text += f"a=ssrc-group:FID {feed.ssrc} {feed.rtx_ssrc}\r\na=ssrc:{feed.rtx_ssrc} cname:x\r\n"
        text += f"a=ssrc:{feed.ssrc} cname:x\r\n"
    return text


def receive_answer(wire: Wire, offer: str, *, rtx: bool = True, h264: bool = True) -> str:
    """What a page would answer to the node's offer: everything taken but what is named false, and the extension by
    which a browser tells when packets arrived: nobody here does."""
    head, *sections = re.split(r"^(?=m=)", offer, flags=re.MULTILINE)
    dropped = ("a=ice-", "a=fingerprint", "a=setup", "a=candidate", "a=end-of", "a=rtcp-mux", "a=ssrc", "a=msid")
    text = "".join(line + "\r\n" for line in head.split("\r\n") if line and line != "a=ice-lite")
    for section in sections:
        for line in filter(None, section.split("\r\n")):
            if line.endswith(WIDE) or (not h264 and line.startswith(H264_LINES)):
                continue
            if line.startswith(dropped) or (not rtx and (" rtx/" in line or "apt=" in line)):
                continue
            text += ("a=recvonly" if line == "a=sendonly" else line) + "\r\n"
        text += wire.transport_lines.replace("actpass", "active")
    return text


# ── packets ──


def rtp_packet(
    payload_type: int,
    seq: int,
    timestamp: int,
    ssrc: int,
    payload: bytes,
    *,
    marker: bool = False,
    extension: bytes = b"",
) -> bytes:
    """One RTP packet; `extension` is a whole block of one-byte elements, padded to 4 bytes."""
    first = 0x90 if extension else 0x80
    header = struct.pack(
        "!BBHII", first, payload_type | (0x80 if marker else 0), seq & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc
    )
    block = struct.pack("!HH", 0xBEDE, len(extension) // 4) + extension if extension else b""
    return header + block + payload


def vp8_payload(picture_id: int, tl0: int, body: bytes, *, begins: bool) -> bytes:
    """A descriptor with both counters before `body` (whose first bit says whether the frame is a keyframe)."""
    return (
        bytes((0x90 if begins else 0x80, 0xC0, 0x80 | (picture_id >> 8) & 0x7F, picture_id & 0xFF, tl0 & 0xFF)) + body
    )


# ── seats ──


class WireSeat:
    """A seat on the wire. `feeds[0]` is the microphone, `feeds[1]` the camera."""

    def __init__(self, signals: Signals, room: str, seat: str) -> None:
        self.room, self.seat = room, seat
        self.feeds = [
            Feed("audio", "0", secrets.randbits(31) + 1),
            Feed("video", "1", secrets.randbits(31) + 1, secrets.randbits(31) + 1),
        ]
        self.sending: Wire | None = None
        self.receiving: Wire | None = None
        self._signals = signals

    async def publish(self, host: str = "127.0.0.1") -> Wire:
        """Open the sending connection."""
        self.sending = Wire(host=host)
        answer = await self._signals.publish(self.room, self.seat, publish_offer(self.sending, self.feeds))
        await self.sending.connect(answer)
        return self.sending

    async def receive(
        self,
        on_rtp: OnPacket | None = None,
        *,
        audio: int = 4,
        video: int = 6,
        rtx: bool = True,
        h264: bool = True,
        host: str = "127.0.0.1",
    ) -> Wire:
        """Open the receiving connection."""
        wire = self.receiving = Wire(host=host)
        wire.on_rtp = on_rtp
        offer = await self._signals.receive(self.room, self.seat, audio, video)
        await self._signals.receive_answer(self.room, self.seat, receive_answer(wire, offer, rtx=rtx, h264=h264))
        await wire.connect(offer)
        return wire

    async def close(self) -> None:
        for wire in (self.sending, self.receiving):
            if wire is not None:
                await wire.close()
