"""One connection of the load until its keys are there: ICE checks, DTLS, and the texts a browser would offer and answer.

Works with our node (which never sends checks) and with Janus (which does, and wants them answered).
"""

from __future__ import annotations

import asyncio
import re
import secrets
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from aioice import stun
from aiortc.rtcdtlstransport import RTCDtlsFingerprint, RTCDtlsParameters, RTCDtlsTransport

from rooms.sfu.dtls import fingerprint_of, make_certificate

CONNECT_SECONDS = 20.0
CHECK_SECONDS = 0.05
FULL_ICE_SECONDS = 0.2  # Janus hears no handshake before its own checks are done, and ours begins anew after a second
OPUS, VP8, RTX = 111, 96, 97
MID = "urn:ietf:params:rtp-hdrext:sdes:mid"
LEVEL = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
SEND_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
WIDE = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
EXTENSIONS = {LEVEL: 1, SEND_TIME: 2, WIDE: 3, MID: 4}
CANDIDATE = re.compile(r"^a=candidate:\S+ 1 udp \d+ (\S+) (\d+) typ host", re.MULTILINE | re.IGNORECASE)
LEFT_OUT = ("a=ice-", "a=fingerprint", "a=setup", "a=candidate", "a=end-of", "a=rtcp-mux", "a=ssrc", "a=msid:")

_certificate = make_certificate()  # one for all: the handshake costs the server the same


@dataclass(frozen=True, slots=True)
class Feed:
    """One stream to publish."""

    kind: str  # audio or video
    mid: str
    ssrc: int

    @classmethod
    def fresh(cls, kind: str, mid: str) -> Feed:
        return cls(kind, mid, secrets.randbits(31) + 1)


def attribute(sdp: str, name: str) -> str:
    found = re.search(rf"^a={name}:(.*)$", sdp, re.MULTILINE)
    return found[1].strip() if found else ""


def sections(sdp: str) -> list[str]:
    return re.split(r"^(?=m=)", sdp, flags=re.MULTILINE)[1:]


def accepted_extensions(answer: str) -> dict[str, dict[str, int]]:
    """What the server took of our header extensions: mid → URI → id."""
    return {
        attribute(section, "mid"): {
            uri.split()[0]: int(number)
            for number, uri in re.findall(r"^a=extmap:(\d+)\S* (.*)$", section, re.MULTILINE)
        }
        for section in sections(answer)
    }


class Line:
    """ICE as the controlling side and DTLS as the active one, on an address and port that the load then reads itself."""

    role = "controlling"
    state = "completed"

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self.ufrag, self.password = secrets.token_hex(4), secrets.token_hex(12)
        self.remote = ("", 0)
        self.session: RTCDtlsTransport | None = None
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self._socket.bind((host, port))
        self._dtls: asyncio.Queue[bytes] = asyncio.Queue()
        self._checked = asyncio.Event()
        asyncio.get_running_loop().add_reader(self._socket, self._drain)

    @property
    def transport_lines(self) -> str:
        return (
            f"a=ice-ufrag:{self.ufrag}\r\na=ice-pwd:{self.password}\r\na=setup:active\r\na=rtcp-mux\r\n"
            f"a=fingerprint:sha-256 {fingerprint_of(_certificate)}\r\n"
            f"a=candidate:1 1 udp 2130706431 {self.host} {self.port} typ host\r\na=end-of-candidates\r\n"
        )

    async def connect(self, sdp: str, *, offered: bool = False) -> None:
        """Reach the server described by `sdp`, which is its offer or its answer. Raises TimeoutError, ConnectionError."""
        self._controls = not offered or "a=ice-lite" in sdp  # RFC 8445 §6.1.1: who offers controls, but a lite agent
        found = CANDIDATE.findall(sdp)
        if not found:
            raise ConnectionError("the server names no address")
        self.remote = (found[0][0], int(found[0][1]))
        self._key = attribute(sdp, "ice-pwd").encode()
        self._user = f"{attribute(sdp, 'ice-ufrag')}:{self.ufrag}"
        self.session = RTCDtlsTransport(cast(Any, self), [_certificate])
        self.session._set_role("client")
        algorithm, value = attribute(sdp, "fingerprint").split()
        async with asyncio.timeout(CONNECT_SECONDS):
            while not self._checked.is_set():
                self._send_now(self.check())
                try:
                    await asyncio.wait_for(self._checked.wait(), CHECK_SECONDS)
                except TimeoutError:
                    continue
            if "a=ice-lite" not in sdp:
                await asyncio.sleep(FULL_ICE_SECONDS)
            await self.session.start(RTCDtlsParameters([RTCDtlsFingerprint(algorithm, value)]))
        if self.session.state != "connected":
            raise ConnectionError(f"DTLS is {self.session.state}")

    def hand_over(self) -> tuple[Any, Any]:
        """The SRTP sessions, out and in; from now on the load's own socket reads what comes for this address."""
        assert self.session is not None and self.session._task is not None
        self.session._task.cancel()  # no goodbye: the connection lives on
        asyncio.get_running_loop().remove_reader(self._socket)
        self._socket.close()
        return self.session._tx_srtp, self.session._rx_srtp

    def profile(self) -> str:
        assert self.session is not None and self.session._ssl is not None
        return str(self.session._ssl.get_selected_srtp_profile().decode())

    def check(self) -> bytes:
        """A connectivity check; good for as long as the connection lives."""
        message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        message.attributes["USERNAME"] = self._user
        message.attributes["PRIORITY"] = 1_853_817_087
        if self._controls:
            message.attributes["ICE-CONTROLLING"] = 1
            message.attributes["USE-CANDIDATE"] = None
        else:
            message.attributes["ICE-CONTROLLED"] = 1
        message.add_message_integrity(self._key)
        message.add_fingerprint()
        return bytes(message)

    def _drain(self) -> None:
        for _ in range(32):
            try:
                data, remote = self._socket.recvfrom(2048)
            except OSError:
                return
            if data and data[0] < 4:
                self._on_stun(data, remote)
            elif data and 19 < data[0] < 64:
                self._dtls.put_nowait(data)

    def _on_stun(self, data: bytes, remote: tuple[str, int]) -> None:
        message = stun.parse_message(data)
        if message.message_class == stun.Class.RESPONSE:
            self._checked.set()
        elif message.message_class == stun.Class.REQUEST:
            reply = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, message.transaction_id)
            reply.attributes["XOR-MAPPED-ADDRESS"] = remote
            reply.add_message_integrity(self.password.encode())
            reply.add_fingerprint()
            self._send_now(bytes(reply))

    def _send_now(self, data: bytes) -> None:
        try:
            self._socket.sendto(data, self.remote)
        except OSError:
            return

    # what RTCDtlsTransport asks of its transport

    async def _recv(self) -> bytes:
        return await self._dtls.get()

    async def _send(self, data: bytes) -> None:
        self._send_now(data)


# ── descriptions ──


def publish_offer(line: Line, feeds: Sequence[Feed]) -> str:
    """What Chromium would offer for these streams, as far as a server reads it."""
    text = f"v=0\r\no=- {secrets.randbits(40)} 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
    text += f"a=group:BUNDLE {' '.join(feed.mid for feed in feeds)}\r\na=msid-semantic: WMS *\r\n"
    for feed in feeds:
        is_audio = feed.kind == "audio"
        types = f"{OPUS}" if is_audio else f"{VP8} {RTX}"
        text += f"m={feed.kind} 9 UDP/TLS/RTP/SAVPF {types}\r\nc=IN IP4 0.0.0.0\r\na=mid:{feed.mid}\r\na=sendonly\r\n"
        text += line.transport_lines + f"a=msid:s {feed.kind}{feed.mid}\r\n"
        wanted = (LEVEL, WIDE, MID) if is_audio else (SEND_TIME, WIDE, MID)
        text += "".join(f"a=extmap:{EXTENSIONS[uri]} {uri}\r\n" for uri in wanted)
        if is_audio:
            text += f"a=rtpmap:{OPUS} opus/48000/2\r\na=fmtp:{OPUS} minptime=10;useinbandfec=1\r\n"
            text += f"a=rtcp-fb:{OPUS} transport-cc\r\n"
        else:
            text += f"a=rtpmap:{VP8} VP8/90000\r\na=rtpmap:{RTX} rtx/90000\r\na=fmtp:{RTX} apt={VP8}\r\n"
            for feedback in ("goog-remb", "transport-cc", "ccm fir", "nack", "nack pli"):
                text += f"a=rtcp-fb:{VP8} {feedback}\r\n"
            text += f"a=ssrc-group:FID {feed.ssrc} {feed.ssrc ^ 0x40000000}\r\n"
            text += f"a=ssrc:{feed.ssrc ^ 0x40000000} cname:load\r\n"
        text += f"a=ssrc:{feed.ssrc} cname:load\r\n"
    return text


def receive_answer(line: Line, offer: str) -> str:
    """What a browser would answer to an offer of streams: everything taken."""
    head, *rest = re.split(r"^(?=m=)", offer.replace("\r\n", "\n"), flags=re.MULTILINE)
    text = "".join(one + "\r\n" for one in head.split("\n") if one and one != "a=ice-lite")
    for section in rest:
        for one in section.split("\n"):
            if one and not one.startswith(LEFT_OUT):
                text += ("a=recvonly" if one == "a=sendonly" else one) + "\r\n"
        text += line.transport_lines
    return text


@dataclass(frozen=True, slots=True)
class Sent:
    """What a listener must know of what it is sent."""

    repair_type: int  # payload type of retransmissions; 0: none
    wide_id: int  # header extension with transport-wide numbers; 0: none

    @classmethod
    def read(cls, offer: str) -> Sent:
        repair = re.search(r"^a=rtpmap:(\d+) rtx/", offer, re.MULTILINE | re.IGNORECASE)
        wide = re.search(rf"^a=extmap:(\d+)\S* {re.escape(WIDE)}", offer, re.MULTILINE)
        return cls(int(repair[1]) if repair else 0, int(wide[1]) if wide else 0)
