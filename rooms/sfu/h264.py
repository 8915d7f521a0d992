"""Where a listener can start in an H.264 stream (RFC 6184). Pure; whatever the bytes, nothing is raised."""

from __future__ import annotations

from typing import Final

IDR: Final = 5
PARAMETERS: Final = 7  # a sequence parameter set
AGGREGATE: Final = 24  # STAP-A
FRAGMENT: Final = 28  # FU-A


def begins(payload: bytes) -> bool:
    """Whether this packet begins a keyframe one can decode without anything before it.

    Browsers send the parameter sets before every IDR picture, in a packet of their own or as the first of an aggregate.
    An IDR slice alone is no beginning: its parameters may be those of a stream the listener has never seen.
    """
    return PARAMETERS in _units(payload)


def has_idr(payload: bytes) -> bool:
    """Whether this packet carries (the first part of) a slice of an IDR picture."""
    return IDR in _units(payload)


def _units(payload: bytes) -> list[int]:
    """The types of the units that begin in this packet."""
    if not payload:
        return []
    kind = payload[0] & 0x1F
    if kind == FRAGMENT:
        return [payload[1] & 0x1F] if len(payload) > 1 and payload[1] & 0x80 else []
    if kind != AGGREGATE:
        return [kind]
    found: list[int] = []
    at = 1
    while at + 2 < len(payload):
        size = payload[at] << 8 | payload[at + 1]
        if not size or at + 2 + size > len(payload):
            break
        found.append(payload[at + 2] & 0x1F)
        at += 2 + size
    return found
