"""The inner loop: protect one packet for one listener and put it on the wire.

`Kernel` is the seam: a native kernel replaces `PythonKernel` one day, with the same behaviour.
"""

from __future__ import annotations

from typing import Any, Protocol

from pylibsrtp._binding import ffi, lib

from rooms.sfu import limits
from rooms.sfu.mux import Path, UdpMux

ROOM = 160  # bytes for authentication tag and index, more than any profile needs


class Kernel(Protocol):
    """Protects in place and sends; returns the bytes sent, 0 when the packet was dropped."""

    def send(self, context: Any, path: Path, packet: bytes | bytearray) -> int: ...


class PythonKernel:
    """One buffer for all: nothing is allocated per packet but the length."""

    def __init__(self, mux: UdpMux) -> None:
        self._mux = mux
        self._data = ffi.new("char[]", limits.RTP_PACKET + ROOM)
        self._buffer = memoryview(ffi.buffer(self._data))
        self._length = ffi.new("int *")

    def send(self, context: Any, path: Path, packet: bytes | bytearray) -> int:
        size = len(packet)
        if size > limits.RTP_PACKET:  # libsrtp writes past the end without asking
            return 0
        self._buffer[:size] = packet
        self._length[0] = size
        if lib.srtp_protect(context, self._data, self._length) != lib.srtp_err_status_ok:
            return 0
        size = int(self._length[0])
        self._mux.send(path, self._buffer[:size])
        return size
