"""The VP8 payload descriptor (RFC 7741): keyframes, and the counters that must stay continuous over a switch. Pure."""

from __future__ import annotations

from typing import NamedTuple

PICTURE_ID_MASK = 0x7FFF


class Descriptor(NamedTuple):
    """Where the counters of one packet are, relative to its payload."""

    keyframe: bool  # this packet begins a keyframe
    picture_id: int  # -1 when absent
    picture_id_at: int
    picture_id_wide: bool  # 15 bits instead of 7
    tl0: int  # TL0PICIDX, -1 when absent
    tl0_at: int
    frame_at: int = 0  # where the frame itself begins


def parse(payload: bytes) -> Descriptor | None:
    """Read the descriptor; None when the payload is too short for what it announces."""
    size = len(payload)
    if size < 2:
        return None
    first, at = payload[0], 1
    picture_id = tl0 = -1
    picture_id_at = tl0_at = 0
    wide = False
    if first & 0x80:
        flags = payload[1]
        at = 2
        if flags & 0x80:
            if at + 1 >= size:
                return None
            wide = payload[at] > 127
            picture_id_at = at
            picture_id = (payload[at] & 0x7F) << 8 | payload[at + 1] if wide else payload[at]
            at += 2 if wide else 1
        if flags & 0x40:
            if at >= size:
                return None
            tl0, tl0_at = payload[at], at
            at += 1
        if flags & 0x30:
            at += 1
    if at >= size:
        return None
    begins = first & 0x10 != 0 and first & 0x07 == 0
    return Descriptor(begins and payload[at] & 1 == 0, picture_id, picture_id_at, wide, tl0, tl0_at, at)


def height(payload: bytes, found: Descriptor) -> int:
    """Lines of the picture a keyframe begins (RFC 6386 §9.1); 0 when it does not say."""
    at = found.frame_at
    if not found.keyframe or payload[at + 3 : at + 6] != b"\x9d\x01\x2a" or len(payload) < at + 10:
        return 0
    return (payload[at + 8] | payload[at + 9] << 8) & 0x3FFF


def rewrite(payload: bytearray, found: Descriptor, picture_offset: int, tl0_offset: int) -> None:
    """Move both counters by an offset, in place and in their own width."""
    if found.picture_id >= 0:
        moved = found.picture_id + picture_offset
        if found.picture_id_wide:
            payload[found.picture_id_at] = 0x80 | (moved >> 8) & 0x7F
            payload[found.picture_id_at + 1] = moved & 0xFF
        else:
            payload[found.picture_id_at] = moved & 0x7F
    if found.tl0 >= 0:
        payload[found.tl0_at] = (found.tl0 + tl0_offset) & 0xFF
