"""The inner loop: one packet to all who listen to its source, each copy rewritten, protected and put on the wire.

Two kernels do the same, byte for byte: this one, always there and the oracle of the tests, and `native` in C. A process
runs one of them. Who listens, and to what, is decided elsewhere (`fan`, `slot`); here a listener is a `Row` of numbers.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from pylibsrtp._binding import ffi, lib

from rooms.sfu import limits
from rooms.sfu.mux import Path, UdpMux
from rooms.sfu.rtp import HEADER, primary_of_red, relabel_red
from rooms.sfu.vp8 import PICTURE_ID_MASK

if TYPE_CHECKING:
    from rooms.sfu.inbound import Packet
    from rooms.sfu.intake import Intake

ROOM: Final = 160  # bytes for authentication tag and index, more than any profile needs
_HEADER: Final = struct.Struct("!BBHII")


@dataclass(eq=False, slots=True)
class Row:
    """One listener of one track: where its copies go, what is added to their numbers, and what was sent so far.

    `number`, `timestamp`, `picture_id` and `tl0` are offsets, counted modulo the width of their field. `session` is what
    keeps libsrtp's `context` alive. A packet before `first` belongs to what the listener had before.
    """

    session: Any
    context: Any
    path: Path
    ssrc: int
    payload_type: int
    extra_type: int  # RED, for sound; 0 = the listener takes none
    first: int
    number: int
    timestamp: int
    picture_id: int
    tl0: int
    table: Table | None = None
    packets: int = 0
    octets: int = 0  # of payload, as sender reports count them
    sent: int = 0  # bytes on the wire, without UDP

    def leave(self) -> None:
        """Out of its table; nothing more is sent, the counters stay."""
        if self.table is not None:
            self.table.remove(self)
            self.table = None

    def move(self, path: Path) -> None:
        """The listener has another address now."""
        self.path = path
        if self.table is not None:
            self.table.moved(self)

    def count(self) -> None:
        """Bring the counters up to date."""
        if self.table is not None:
            self.table.count(self)


class Table:
    """The listeners in stride on one track, and the newest packet they were sent."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.newest: Packet | None = None
        self.newest_at = 0.0

    def add(self, row: Row) -> None:
        row.table = self
        self.rows.append(row)

    def remove(self, row: Row) -> None:
        self.rows.remove(row)

    def latest(self) -> tuple[Packet | None, float]:
        """The newest packet sent, and when it came."""
        return self.newest, self.newest_at

    def moved(self, row: Row) -> None:
        """Its path is another."""

    def count(self, row: Row) -> None:
        """Bring the row's counters up to date."""

    def forward(self, packet: Packet, now: float, extension: bytes = b"") -> None:
        """Send the packet to every row. `extension` is a whole RFC 8285 block, its four bytes of header included."""
        if self.newest is None or packet.number > self.newest.number:
            self.newest, self.newest_at = packet, now
        if (
            HEADER + len(extension) + len(packet.payload) <= limits.RTP_PACKET
        ):  # libsrtp writes past the end without asking
            self._send(packet, extension)

    def _send(self, packet: Packet, extension: bytes) -> None:
        raise NotImplementedError


class Kernel(Protocol):
    """Makes tables; and sends single packets that were rendered elsewhere: the first of a stretch, and those asked for again."""

    name: str
    intake: Intake | None  # C's way in, where there is one

    def table(self) -> Table: ...

    def send(self, context: Any, path: Path, packet: bytes | bytearray) -> int:
        """Protect and send; returns the bytes sent, 0 when the packet was dropped."""


class PythonKernel:
    """One buffer for all: nothing is allocated per packet but the length."""

    name = "python"
    intake: Intake | None = None

    def __init__(self, mux: UdpMux) -> None:
        self.mux = mux
        self.data = ffi.new("char[]", limits.RTP_PACKET + ROOM)
        self.buffer = memoryview(ffi.buffer(self.data))
        self.length = ffi.new("int *")

    def table(self) -> Table:
        return PythonTable(self)

    def send(self, context: Any, path: Path, packet: bytes | bytearray) -> int:
        size = len(packet)
        if size > limits.RTP_PACKET:
            return 0
        self.buffer[:size] = packet
        self.length[0] = size
        if lib.srtp_protect(context, self.data, self.length) != lib.srtp_err_status_ok:
            return 0
        size = int(self.length[0])
        self.mux.send(path, self.buffer[:size])
        return size


class PythonTable(Table):
    """Rows as objects."""

    def __init__(self, kernel: PythonKernel) -> None:
        super().__init__()
        self._kernel = kernel

    def _send(self, packet: Packet, extension: bytes) -> None:
        if packet.redundant:
            self._send_red(packet, extension)
        else:
            self._send_body(self.rows, packet, extension, packet.payload)

    def _send_red(self, packet: Packet, extension: bytes) -> None:
        for kinds in {(row.extra_type, row.payload_type if row.extra_type else 0) for row in self.rows}:
            extra, inner = kinds
            payload = relabel_red(packet.payload, inner) if extra else primary_of_red(packet.payload)
            rows = [row for row in self.rows if row.extra_type == extra and (not extra or row.payload_type == inner)]
            if payload is not None:
                self._send_body(rows, packet, extension, payload, extra)

    def _send_body(
        self, rows: list[Row], packet: Packet, extension: bytes, payload: bytes, payload_type: int = 0
    ) -> None:
        kernel, protect, pack = self._kernel, lib.srtp_protect, _HEADER.pack_into
        buffer, data, length = kernel.buffer, kernel.data, kernel.length
        number, timestamp, descriptor = packet.number, packet.timestamp, packet.descriptor
        first, marker = 0x90 if extension else 0x80, 0x80 if packet.marker else 0
        body, octets = extension + payload, len(payload)
        size = HEADER + len(body)
        start = HEADER + len(extension)
        picture_at = start + descriptor.picture_id_at if descriptor and descriptor.picture_id >= 0 else 0
        tl0_at = start + descriptor.tl0_at if descriptor and descriptor.tl0 >= 0 else 0
        for row in rows:
            if number < row.first:
                continue
            pack(
                buffer,
                0,
                first,
                marker | (payload_type or row.payload_type),
                (number + row.number) & 0xFFFF,
                (timestamp + row.timestamp) & 0xFFFFFFFF,
                row.ssrc,
            )
            buffer[HEADER:size] = body
            if descriptor is not None:
                if picture_at:
                    moved = (descriptor.picture_id + row.picture_id) & PICTURE_ID_MASK
                    if descriptor.picture_id_wide:
                        buffer[picture_at] = 0x80 | moved >> 8
                        buffer[picture_at + 1] = moved & 0xFF
                    else:
                        buffer[picture_at] = moved & 0x7F
                if tl0_at:
                    buffer[tl0_at] = (descriptor.tl0 + row.tl0) & 0xFF
            length[0] = size
            row.packets += 1
            row.octets += octets
            if protect(row.context, data, length):
                kernel.mux.counters.not_sent += 1
                continue
            protected = length[0]
            bound, remote = row.path
            try:
                bound.socket.sendto(buffer[:protected], remote)
            except OSError:
                kernel.mux.counters.not_sent += 1
            else:
                row.sent += protected
