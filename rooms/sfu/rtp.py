"""RTP as it lies in the datagram (RFC 3550, RFC 8285). Pure; bad input gives None, never an exception."""

from __future__ import annotations

from typing import NamedTuple

HEADER = 12
ONE_BYTE = 0xBEDE
TWO_BYTE = 0x1000
SEQ_HALF = 1 << 15


class View(NamedTuple):
    """Where things are in one RTP packet."""

    payload_type: int
    marker: bool
    seq: int
    timestamp: int
    ssrc: int
    start: int  # of the payload
    end: int  # of the payload, padding excluded
    profile: int  # of the header extension block; 0 when there is none
    extensions: int  # where that block's elements start


def parse(data: bytes) -> View | None:
    """Read the header of an (unprotected) RTP packet; None when it is not one."""
    size = len(data)
    if size < HEADER or data[0] >> 6 != 2:
        return None
    first, second = data[0], data[1]
    start = HEADER + 4 * (first & 15)
    profile = extensions = 0
    if first & 0x10:
        if size < start + 4:
            return None
        profile = data[start] << 8 | data[start + 1]
        extensions = start + 4
        start = extensions + 4 * (data[start + 2] << 8 | data[start + 3])
    if start > size:
        return None
    end = size
    if first & 0x20:
        padding = data[-1]
        if not padding or padding > size - start:
            return None
        end = size - padding
    return View(
        second & 0x7F,
        second > 127,
        data[2] << 8 | data[3],
        int.from_bytes(data[4:8], "big"),
        int.from_bytes(data[8:12], "big"),
        start,
        end,
        profile,
        extensions,
    )


def extension(data: bytes, view: View, wanted: int) -> bytes | None:
    """The value of header extension `wanted` (its negotiated id), or None."""
    at, end = view.extensions, view.start
    if not view.profile or not wanted:
        return None
    one_byte = view.profile == ONE_BYTE
    if not one_byte and view.profile & 0xFFF0 != TWO_BYTE:
        return None
    while at < end:
        if data[at] == 0:  # padding between elements
            at += 1
            continue
        if one_byte:
            number, length = data[at] >> 4, (data[at] & 15) + 1
            at += 1
        else:
            if at + 1 >= end:
                return None
            number, length = data[at], data[at + 1]
            at += 2
        if at + length > end:
            return None
        if number == wanted:
            return data[at : at + length]
        at += length
    return None


def unwrap(seq: int, highest: int) -> int:
    """The number without wrap-around that is nearest to `highest` and ends in these 16 bits."""
    delta = (seq - highest) & 0xFFFF
    return highest + (delta - 0x10000 if delta >= SEQ_HALF else delta)


def primary_of_red(payload: bytes) -> bytes | None:
    """The newest block of a redundant audio payload (RFC 2198), or None when it lies about its lengths."""
    at, redundant = 0, 0
    while at < len(payload) and payload[at] & 0x80:
        if at + 4 > len(payload):
            return None
        redundant += (payload[at + 2] & 0x03) << 8 | payload[at + 3]
        at += 4
    at += 1 + redundant
    return payload[at:] if at < len(payload) else None


def relabel_red(payload: bytes, payload_type: int) -> bytes | None:
    """The same redundant payload with every block's payload type replaced: publishers choose theirs."""
    out = bytearray(payload)
    at = 0
    while at < len(out) and out[at] & 0x80:
        out[at] = 0x80 | payload_type
        at += 4
    if at >= len(out):
        return None
    out[at] = payload_type
    return bytes(out)
