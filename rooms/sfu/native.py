"""The native fan-out kernel: the Python one's twin in C, taken when `compiling` could make it.

libsrtp is the one pylibsrtp brings: its `srtp_protect` and the contexts of its sessions are passed to C as pointers. So
a stream's rollover counter lives in one place, whoever protects its packets.
"""

from __future__ import annotations

import struct
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final

import cffi
from pylibsrtp._binding import ffi as srtp_ffi
from pylibsrtp._binding import lib as srtp

from rooms.sfu.compiling import library
from rooms.sfu.dtls import context_of
from rooms.sfu.fanout import Kernel, PythonKernel, Row, Table
from rooms.sfu.intake import CDEF, MEASURED, NOTHING, Intake, newest
from rooms.sfu.mux import UdpMux

if TYPE_CHECKING:
    from rooms.sfu.inbound import Packet

_ffi: Final = cffi.FFI()
_ffi.cdef(
    """
    typedef int (*protect_t)(void *, void *, int *);
    struct row {
        void *context;
        int64_t first;
        uint64_t packets, octets, sent;
        uint32_t ssrc, number, timestamp, picture_id;
        uint32_t tl0;
        int32_t payload_type, extra_type;
        int32_t fd;
        uint32_t address_size;
        uint8_t address[28];
    };
"""
    + CDEF
    + """
    int parley_row_size(void);
    int parley_address(struct row *, const uint8_t *, int, int, uint32_t, uint32_t);
    int parley_fan(protect_t, struct row *, int, const void *, const uint8_t *, const uint8_t *);
"""
)
_PACKET: Final = struct.Struct("=qI9i")  # struct packet of fanout.c
_WORD: Final = 0xFFFFFFFF
FEWEST: Final = 8  # rows a table begins with


class Absent(Exception):
    """There is no native kernel here; the message says why."""


class NativeKernel(PythonKernel):
    """Tables as arrays of C; single packets go the way of the Python kernel, through the same contexts."""

    name = "native"

    def __init__(self, mux: UdpMux) -> None:
        """Raises Absent."""
        super().__init__(mux)
        path = library()
        try:
            self.lib = _ffi.dlopen(str(path))
        except OSError as error:
            raise Absent(
                f"{path} is not there or cannot be loaded" if path.exists() else "it was not compiled"
            ) from error
        sizes = _ffi.new("int[]", len(MEASURED))
        self.lib.parley_sizes(sizes)
        ours = [_ffi.sizeof(f"struct {name}") for name in MEASURED]
        if self.lib.parley_row_size() != _ffi.sizeof("struct row") or list(sizes) != ours:
            raise Absent(f"{path} was made for another machine")
        self.protect = _ffi.cast("protect_t", _address(srtp_ffi.addressof(srtp, "srtp_protect")))
        unprotect = _ffi.cast("protect_t", _address(srtp_ffi.addressof(srtp, "srtp_unprotect")))
        self.intake = Intake(_ffi, self.lib, self.protect, unprotect, _context_of)
        mux.intake = self.intake
        self.packet = _ffi.new("char[]", _PACKET.size)
        self.packet_bytes = _ffi.buffer(self.packet)

    def table(self) -> Table:
        return NativeTable(self)


def _address(pointer: Any) -> int:
    return int(srtp_ffi.cast("uintptr_t", pointer))


def _context_of(session: Any) -> Any:
    return _ffi.cast("void *", _address(context_of(session)))


class NativeTable(Table):
    """`rows[n]` is at `n` of the array; who leaves is replaced by the last."""

    def __init__(self, kernel: NativeKernel) -> None:
        super().__init__()
        self._kernel = kernel
        self._array = _ffi.new("struct row[]", FEWEST)
        self._places: dict[Row, int] = {}
        self.c = _ffi.new("struct table *")
        self.c.newest, self.c.rows = NOTHING, self._array

    def add(self, row: Row) -> None:
        place = len(self.rows)
        if place == len(self._array):
            grown = _ffi.new("struct row[]", 2 * place)
            _ffi.memmove(grown, self._array, _ffi.sizeof(self._array))
            self._array = self.c.rows = grown
        super().add(row)
        self.c.count = len(self.rows)
        self._places[row] = place
        one = self._array[place]
        one.context = _ffi.cast("void *", _address(row.context))
        one.first = row.first
        one.packets, one.octets, one.sent = row.packets, row.octets, row.sent
        one.ssrc = row.ssrc
        one.number, one.timestamp = row.number & _WORD, row.timestamp & _WORD
        one.picture_id, one.tl0 = row.picture_id & _WORD, row.tl0 & _WORD
        one.payload_type, one.extra_type = row.payload_type, row.extra_type
        self.moved(row)

    def remove(self, row: Row) -> None:
        self.count(row)
        place = self._places.pop(row)
        last = self.rows.pop()
        self.c.count = len(self.rows)
        if last is not row:
            self.rows[place] = last
            self._places[last] = place
            self._array[place] = self._array[len(self.rows)]

    def moved(self, row: Row) -> None:
        bound, remote = row.path
        one = self._array[self._places[row]]
        one.fd = bound.socket.fileno()
        ip = ip_address(remote[0].partition("%")[0]).packed
        flow, scope = remote[2:] if len(remote) == 4 else (0, 0)
        self._kernel.lib.parley_address(_ffi.addressof(one), ip, len(ip), remote[1], flow, scope)

    def latest(self) -> tuple[Packet | None, float]:
        if self.newest is not None and self.newest.number >= self.c.newest:
            return super().latest()
        return newest(self.c), self.c.newest_at

    def count(self, row: Row) -> None:
        one = self._array[self._places[row]]
        row.packets, row.octets, row.sent = one.packets, one.octets, one.sent

    def _send(self, packet: Packet, extension: bytes) -> None:
        kernel, found = self._kernel, packet.descriptor
        _PACKET.pack_into(
            kernel.packet_bytes,
            0,
            packet.number,
            packet.timestamp,
            packet.marker,
            packet.redundant,
            found.picture_id if found else -1,
            found.picture_id_at if found else 0,
            found.picture_id_wide if found else 0,
            found.tl0 if found else -1,
            found.tl0_at if found else 0,
            len(extension),
            len(packet.payload),
        )
        failed = kernel.lib.parley_fan(
            kernel.protect, self._array, len(self.rows), kernel.packet, extension, packet.payload
        )
        if failed:
            kernel.mux.counters.not_sent += failed


def choose(mux: UdpMux, wanted: str) -> Kernel:
    """The kernel for `python`, `native` or `auto`. Raises ValueError with a sentence for the operator."""
    if wanted not in ("python", "native", "auto"):
        raise ValueError(f"MEDIA_FANOUT is python, native or auto, not {wanted!r}")
    if wanted == "python":
        return PythonKernel(mux)
    try:
        return NativeKernel(mux)
    except Absent as absent:
        if wanted == "native":
            raise ValueError(f"MEDIA_FANOUT=native, but there is no native kernel: {absent}") from absent
        return PythonKernel(mux)
