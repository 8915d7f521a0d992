"""RTCP we write and read (RFC 3550, 4585, 5104). Reading never raises: aiortc's parsers throw more than they say."""

from __future__ import annotations

import operator
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from aiortc import rtp as aiortc_rtp

NTP_EPOCH = 2_208_988_800  # seconds from 1900 to 1970
MAX_NACKS = 256  # sequence numbers taken from one packet
MAX_ESTIMATE = 1 << 32  # bits a second
WIDE_FORMAT = 15  # transport-wide feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01)
WIDE_TICK = 4_000  # its clock: ticks of 250 µs in a second
MAX_WIDE = 1_000  # packets taken from one feedback
_WIDE_REFERENCE = 256  # ticks in one unit of the reference time, 64 ms
_ABSENT, _SMALL, _LARGE = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Block:
    """One report block: how a stream is received."""

    ssrc: int
    fraction_lost: int  # of 256
    lost: int
    highest: int
    jitter: int
    report_seen: int  # middle 32 bits of the last sender report's NTP time
    delay: int  # since then, in 1/65536 s


@dataclass(frozen=True, slots=True)
class Report:
    """A sender report: its clock and its media time."""

    ssrc: int
    ntp: int
    timestamp: int


@dataclass(frozen=True, slots=True)
class Lost:
    """A listener asks for these packets again."""

    ssrc: int
    numbers: Sequence[int]


@dataclass(frozen=True, slots=True)
class KeyframeWanted:
    """A listener cannot decode any more (PLI or FIR)."""

    ssrc: int


@dataclass(frozen=True, slots=True)
class Goodbye:
    ssrcs: Sequence[int]


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a browser thinks its line carries in pictures (REMB), bits a second."""

    bits: int


@dataclass(frozen=True, slots=True)
class Arrived:
    """When packets with transport-wide numbers arrived there, in seconds of the other side's clock."""

    packets: Sequence[tuple[int, float]]


Told = Block | Report | Lost | KeyframeWanted | Goodbye | Estimate | Arrived


def read(data: bytes) -> Iterator[Told]:
    """Everything in a compound packet that concerns us."""
    wide, others = _split(data)
    for one in wide:
        yield Arrived(_wide_arrivals(one))
    if not others:
        return
    try:
        packets = aiortc_rtp.RtcpPacket.parse(others)
    except Exception:  # struct.error and others escape it (security F4)
        return
    for packet in packets:
        yield from _told(packet)


def _split(data: bytes) -> tuple[list[bytes], bytes]:
    """Transport-wide feedbacks, which aiortc takes for lists of lost packets, and the rest."""
    wide: list[bytes] = []
    others = b""
    at = 0
    while at + 4 <= len(data):
        end = at + 4 + 4 * (data[at + 2] << 8 | data[at + 3])
        if data[at + 1] == aiortc_rtp.RTCP_RTPFB and data[at] & 0x1F == WIDE_FORMAT:
            wide.append(data[at:end])
        else:
            others += data[at:end]
        at = end
    return wide, others


def _told(packet: object) -> Iterator[Told]:
    if isinstance(packet, aiortc_rtp.RtcpSrPacket):
        info = packet.sender_info
        yield Report(packet.ssrc, info.ntp_timestamp, info.rtp_timestamp)
    if isinstance(packet, (aiortc_rtp.RtcpSrPacket, aiortc_rtp.RtcpRrPacket)):
        for one in packet.reports:
            yield Block(
                one.ssrc, one.fraction_lost, one.packets_lost, one.highest_sequence, one.jitter, one.lsr, one.dlsr
            )
    elif isinstance(packet, aiortc_rtp.RtcpRtpfbPacket):
        if packet.fmt == 1:  # aiortc reads every format as a NACK list, transport-wide feedback too
            yield Lost(packet.media_ssrc, [number & 0xFFFF for number in packet.lost[:MAX_NACKS]])
    elif isinstance(packet, aiortc_rtp.RtcpPsfbPacket):
        if packet.fmt == 1:
            yield KeyframeWanted(packet.media_ssrc)
        elif packet.fmt == 4:
            for at in range(0, len(packet.fci) - 7, 8):
                yield KeyframeWanted(int.from_bytes(packet.fci[at : at + 4], "big"))
        elif packet.fmt == aiortc_rtp.RTCP_PSFB_APP and packet.fci[:4] == b"REMB" and len(packet.fci) >= 8:
            figure = int.from_bytes(packet.fci[5:8], "big")
            yield Estimate(min((figure & 0x3FFFF) << (figure >> 18), MAX_ESTIMATE))
    elif isinstance(packet, aiortc_rtp.RtcpByePacket):
        yield Goodbye(packet.sources)


def is_rtcp(data: bytes) -> bool:
    """On a port shared with RTP (RFC 5761)."""
    return 192 <= data[1] <= 223


def ntp(at: float) -> int:
    """64-bit NTP time of a Unix time in seconds."""
    return int((at + NTP_EPOCH) * (1 << 32))


def unix(stamp: int) -> float:
    """Unix time in seconds of a 64-bit NTP time."""
    return stamp / (1 << 32) - NTP_EPOCH


def receiver_report(sender: int, blocks: Sequence[Block]) -> bytes:
    body = struct.pack("!I", sender)
    for one in blocks:
        body += struct.pack("!II", one.ssrc, one.fraction_lost << 24 | one.lost & 0xFFFFFF)
        body += struct.pack("!IIII", one.highest, one.jitter, one.report_seen, one.delay)
    return aiortc_rtp.pack_rtcp_packet(aiortc_rtp.RTCP_RR, len(blocks), body)


def sender_report(ssrc: int, stamp: int, timestamp: int, packets: int, octets: int) -> bytes:
    body = struct.pack("!IQIII", ssrc, stamp, timestamp, packets & 0xFFFFFFFF, octets & 0xFFFFFFFF)
    return aiortc_rtp.pack_rtcp_packet(aiortc_rtp.RTCP_SR, 0, body)


def remb(sender: int, bits_per_second: int, ssrcs: Iterable[int]) -> bytes:
    """Receiver estimated maximum bitrate: how much we take in all."""
    body = struct.pack("!II", sender, 0) + aiortc_rtp.pack_remb_fci(bits_per_second, list(ssrcs))
    return aiortc_rtp.pack_rtcp_packet(aiortc_rtp.RTCP_PSFB, aiortc_rtp.RTCP_PSFB_APP, body)


def picture_loss(sender: int, ssrc: int) -> bytes:
    body = struct.pack("!II", sender, ssrc)
    return aiortc_rtp.pack_rtcp_packet(aiortc_rtp.RTCP_PSFB, aiortc_rtp.RTCP_PSFB_PLI, body)


def nack(sender: int, ssrc: int, numbers: Sequence[int]) -> bytes:
    packet = aiortc_rtp.RtcpRtpfbPacket(fmt=1, ssrc=sender, media_ssrc=ssrc, lost=sorted(numbers))
    return bytes(packet)


def wide_feedback(sender: int, ssrc: int, first: int, arrivals: Sequence[float | None], count: int) -> bytes:
    """When packets arrived: `arrivals` are the seconds of the packets numbered `first`, `first` + 1, …; None for those
    that did not, though at least one did. `count` numbers our messages.
    """
    clock = round(next(at for at in arrivals if at is not None) * WIDE_TICK) // _WIDE_REFERENCE
    symbols, deltas = _wide_deltas(arrivals, clock * _WIDE_REFERENCE)
    body = struct.pack("!IIHH", sender, ssrc, first & 0xFFFF, len(symbols))
    body += (clock & 0xFFFFFF).to_bytes(3, "big") + bytes((count & 0xFF,)) + _wide_chunks(symbols) + deltas
    body += bytes(-len(body) % 4)
    return aiortc_rtp.pack_rtcp_packet(aiortc_rtp.RTCP_RTPFB, WIDE_FORMAT, body)


def _wide_deltas(arrivals: Sequence[float | None], before: int) -> tuple[list[int], bytes]:
    """The status of each packet, and how long each came after the one before: one byte or two."""
    came = [round(at * WIDE_TICK) for at in arrivals if at is not None]
    steps = list(map(operator.sub, came, [before, *came]))
    if len(steps) == len(arrivals) and min(steps) >= 0 and max(steps) <= 255:  # mostly
        return [_SMALL] * len(steps), bytes(steps)
    symbols: list[int] = []
    deltas = bytearray()
    for at in arrivals:
        if at is None:
            symbols.append(_ABSENT)
            continue
        delta = max(-0x8000, min(round(at * WIDE_TICK) - before, 0x7FFF))
        before += delta
        if 0 <= delta <= 255:
            symbols.append(_SMALL)
            deltas.append(delta)
        else:
            symbols.append(_LARGE)
            deltas += struct.pack("!h", delta)
    return symbols, bytes(deltas)


def _wide_chunks(symbols: Sequence[int]) -> bytes:
    """Packet statuses in words of 16 bits: a run of one status, fourteen of one bit or seven of two."""
    out = bytearray()
    at = 0
    while at < len(symbols):
        symbol = symbols[at]
        run = 1
        while at + run < len(symbols) and symbols[at + run] == symbol and run < 0x1FFF:
            run += 1
        if run >= 14 or at + run == len(symbols):
            word, taken = symbol << 13 | run, run
        elif _LARGE not in symbols[at : at + 14]:
            word, taken = 0x8000, 14
            for place, one in enumerate(symbols[at : at + 14]):
                word |= one << (13 - place)
        else:
            word, taken = 0xC000, 7
            for place, one in enumerate(symbols[at : at + 7]):
                word |= one << (12 - 2 * place)
        out += word.to_bytes(2, "big")
        at += taken
    return bytes(out)


def _wide_arrivals(data: bytes) -> list[tuple[int, float]]:
    """(number, arrival) of each packet a feedback says arrived; what is cut off is not there."""
    if len(data) < 20:
        return []
    first, count = struct.unpack_from("!HH", data, 12)
    clock = int.from_bytes(data[16:19], "big") * _WIDE_REFERENCE
    symbols: list[int] = []
    at = 20
    while len(symbols) < min(count, MAX_WIDE):
        if at + 2 > len(data):
            return []
        word = data[at] << 8 | data[at + 1]
        at += 2
        if not word & 0x8000:
            symbols += [word >> 13] * min(word & 0x1FFF, MAX_WIDE)
        elif not word & 0x4000:
            symbols += [word >> 13 - place & 1 for place in range(14)]
        else:
            symbols += [word >> 12 - 2 * place & 3 for place in range(7)]
        if not word & 0x9FFF:  # a run of nothing: it would never end
            return []
    found: list[tuple[int, float]] = []
    for place, symbol in enumerate(symbols[: min(count, MAX_WIDE)]):
        if symbol not in (_SMALL, _LARGE):
            continue
        if at + symbol > len(data):
            break
        clock += data[at] if symbol == _SMALL else struct.unpack_from("!h", data, at)[0]
        at += symbol
        found.append(((first + place) & 0xFFFF, clock / WIDE_TICK))
    return found
