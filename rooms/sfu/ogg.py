"""Ogg Opus (RFC 3533, RFC 7845) out of packets as they came. Pure: bytes in, bytes out, nothing is decoded.

Our own eighty lines and not PyAV's muxer: a gap must become packets (RFC 7845 §4.1 forbids a jump of the granule
position), a file cut off by a crash must be readable up to its last page, and no bytes of strangers reach FFmpeg.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import Final

RATE: Final = 48_000  # samples a second of every granule position, whatever the microphone's rate was
PRE_SKIP: Final = 312  # samples: libopus' look-ahead, which browsers use
UNIT: Final = 120  # samples; every Opus frame is a multiple of 2.5 ms
# Digital silence, mono, of 20, 10, 5 and 2.5 ms: CELT frames whose first bit says "silence".
_SILENCE: Final = ((960, b"\xf8\xff\xfe"), (480, b"\xf0\xff\xfe"), (240, b"\xe8\xff\xfe"), (120, b"\xe0\xff\xfe"))
_SEGMENTS: Final = 255
_FIRST, _LAST = 2, 4  # flags of a page


_REVERSED: Final = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def crc(data: bytes | bytearray) -> int:
    """The checksum of a page, computed with its own field as zeros.

    zlib's polynomial with all bits the other way round, and neither beginning nor end inverted: in C, because after a
    crash the whole of what was being written is checked before the node comes back.
    """
    value = zlib.crc32(data.translate(_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int.from_bytes(value.to_bytes(4, "little").translate(_REVERSED), "big")


def samples(packet: bytes) -> int:
    """How long an Opus packet plays, in samples at 48 kHz (RFC 6716 §3.1); 0 for what is no Opus packet."""
    if not packet:
        return 0
    config, code = packet[0] >> 3, packet[0] & 3
    if config < 12:
        frame = (480, 960, 1920, 2880)[config & 3]
    elif config < 16:
        frame = (480, 960)[config & 1]
    else:
        frame = (120, 240, 480, 960)[config & 3]
    count = (1, 2, 2, packet[1] & 0x3F if len(packet) > 1 else 0)[code]
    return frame * count if frame * count <= 5760 else 0


def silence(length: int) -> Iterator[bytes]:
    """Packets that play this many samples of silence; what is less than 2.5 ms is left out."""
    for frame, packet in _SILENCE:
        while length >= frame:
            yield packet
            length -= frame


def primary(payload: bytes) -> bytes:
    """The newest block of a RED payload (RFC 2198): plain Opus. Empty for what is no RED."""
    at, earlier = 0, 0
    while at < len(payload) and payload[at] & 0x80:
        if at + 4 > len(payload):
            return b""
        earlier += (payload[at + 2] & 0x03) << 8 | payload[at + 3]
        at += 4
    return payload[at + 1 + earlier :]


class Stream:
    """One Ogg Opus stream: give it packets, write what it returns."""

    def __init__(self, serial: int) -> None:
        self.granule = 0  # samples in all packets added so far
        self._serial = serial
        self._number = 0
        self._lacing = bytearray()
        self._body = bytearray()
        self._paged = 0  # granule at the last page

    def head(self) -> bytes:
        """The two header pages: mono (a stereo line is mixed down by every decoder), no tags."""
        head = struct.pack("<8sBBHIhB", b"OpusHead", 1, 1, PRE_SKIP, RATE, 0, 0)
        tags = struct.pack("<8sI6sI", b"OpusTags", 6, b"Parley", 0)
        out = b""
        for flags, packet in ((_FIRST, head), (0, tags)):
            self._lace(packet)
            out += self._page(flags)
        return out

    def add(self, packet: bytes) -> bytes:
        """Add one packet; a page once a second, else nothing."""
        out = b""
        if len(self._lacing) + len(packet) // 255 + 1 > _SEGMENTS:
            out = self._page(0)
        self._lace(packet)
        self.granule += samples(packet)
        if self.granule - self._paged >= RATE:
            out += self._page(0)
        return out

    def end(self) -> bytes:
        """The last page."""
        return self._page(_LAST)

    def _lace(self, packet: bytes) -> None:
        whole, rest = divmod(len(packet), 255)
        self._lacing += b"\xff" * whole + bytes((rest,))
        self._body += packet

    def _page(self, flags: int) -> bytes:
        head = struct.pack(
            "<4sBBqIIIB", b"OggS", 0, flags, self.granule, self._serial, self._number, 0, len(self._lacing)
        )
        page = bytearray(head + self._lacing + self._body)
        struct.pack_into("<I", page, 22, crc(page))
        self._number += 1
        self._paged = self.granule
        self._lacing.clear()
        self._body.clear()
        return bytes(page)


def whole(data: bytes) -> tuple[int, int]:
    """(bytes, samples) of the whole pages a file begins with: what a crash left of it."""
    at = granule = 0
    while data[at : at + 4] == b"OggS" and at + 27 <= len(data):
        segments = data[at + 26]
        end = at + 27 + segments + sum(data[at + 27 : at + 27 + segments])
        page = bytearray(data[at:end])
        if end > len(data) or len(page) < 27 + segments:
            break
        told = struct.unpack_from("<I", page, 22)[0]
        struct.pack_into("<I", page, 22, 0)
        if crc(page) != told:
            break
        granule = struct.unpack_from("<q", page, 6)[0]
        at = end
    return at, granule
