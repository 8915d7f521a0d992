"""The way in past Python: what C needs to take in a picture's plain packets by itself, and what it keeps of them.

A *lane* is one stream of pictures whose next packets need no decision: they are counted, kept and forwarded in C, see
`intake.c`. Python lets a stream in (`Fan.hasten`) when one of its packets went the whole way without one, and takes it
back (`Fan.slow`) whenever anything about it changes. Both sides use the same numbers: they lie in C's memory, and
`LaneTrack`, `LanePurse` and `LaneArrivals` are their plain twins with those numbers for attributes.
"""

from __future__ import annotations

import math
import mmap
import socket
import struct
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final, Protocol

from rooms.sfu import limits, vp8
from rooms.sfu.bandwidth import Arrivals
from rooms.sfu.inbound import RING, Packet, Track
from rooms.sfu.layers import Rung
from rooms.sfu.rtp import View

if TYPE_CHECKING:
    from rooms.sfu.mux import Path, Remote

CDEF: Final = """
    struct table {
        struct row *rows;
        int64_t newest;
        double newest_at;
        int32_t count;
        uint32_t timestamp;
        int32_t picture_id, tl0;
    };
    struct purse { double packets, bytes, reports, at; };
    struct arrivals { uint32_t count, ssrc; uint16_t number[1024]; double at[1024]; };
    struct kept {
        int64_t number;
        uint32_t timestamp;
        int32_t marker, size, picture_id, picture_id_at, picture_id_wide, tl0, tl0_at, frame_at, keyframe;
        uint8_t payload[1400];
    };
    struct lane {
        int32_t fast, open;
        uint32_t ssrc;
        int32_t payload_type, wide_id, clock;
        int64_t highest, skipped, packets, octets, keyframes;
        double heard_at, jitter, transit;
        int32_t keyframe_wanted, height, stale;
        uint32_t batch;
        struct table *table;
        struct kept *ring;
    };
    struct sender {
        void *context;
        struct purse *purse;
        struct arrivals *arrivals;
        struct lane *lanes[16];
        int64_t packets, bytes;
        int32_t count, open;
        uint32_t number, unused;
    };
    struct key { int32_t fd; uint16_t family, port; uint8_t ip[16]; uint32_t scope; };
    struct handed { int32_t why; uint32_t size, address_size, sender; double now; uint32_t came; uint8_t address[28]; };
    struct waiting { struct lane *lane; int64_t number; double came_at; };
    struct known { struct key key; struct sender *sender; };
    struct intake {
        protect_t protect, unprotect;
        double most_packets, most_bytes, most_reports;
        int64_t too_late, not_sent;
        uint32_t head, tail;
        int32_t known, handed;
        uint32_t batch, unused;
        struct waiting waiting[4096];
        struct known book[16384];
        struct handed out[64];
        uint8_t data[64][1504];
    };
    void parley_sizes(int *);
    int parley_know(struct intake *, int, const uint8_t *, int, int, uint32_t, struct sender *);
    void parley_unknow(struct intake *, int, const uint8_t *, int, int, uint32_t);
    int parley_admit(struct intake *, struct sender *, uint8_t *, uint32_t *, double);
    int parley_receive(struct intake *, int);
    int parley_mark(struct intake *);
    void parley_withdraw(struct intake *, const struct lane *);
    int parley_flush(struct intake *, double);
"""
MEASURED: Final = ("intake", "sender", "lane", "kept", "table", "arrivals")  # as parley_sizes tells them
NOBODY: Final = 0  # number of a place in a ring that holds nothing: packets begin at 65,536
NOTHING: Final = -1  # newest number of a table that sent nothing
STREAMS: Final = limits.PUBLISH_SSRCS
_HANDED: Final = struct.Struct("=iIIIdI28s")


class Owner(Protocol):
    """The publish connection behind a sender."""

    def take_opened(self, plain: bytes, size: int, is_control: bool, now: float) -> None: ...
    def refuse(self, why: str) -> None: ...


def _held(name: str) -> Any:
    """An attribute whose value lies in the lane."""
    return property(lambda self: getattr(self.lane, name), lambda self, value: setattr(self.lane, name, value))


class LaneTrack(Track):
    """A stream of VP8 whose packets C may take in. `lane` is C's."""

    packets: Any = _held("packets")
    octets: Any = _held("octets")
    keyframes: Any = _held("keyframes")
    heard_at: Any = _held("heard_at")
    height: Any = _held("height")
    _highest: Any = _held("highest")
    _skipped: Any = _held("skipped")
    _stale: Any = _held("stale")
    _jitter: Any = _held("jitter")

    def __init__(self, intake: Intake, ssrc: int, payload_type: int, wide_id: int, *, clock: int, rung: Rung) -> None:
        self.lane = intake.ffi.new("struct lane *")
        super().__init__(ssrc, is_video=True, clock=clock, codec="vp8", rung=rung)
        self._intake = intake
        self._table: object = None  # keeps what the lane points to
        self._kept: Any = None
        self.lane.ssrc, self.lane.payload_type, self.lane.wide_id = ssrc, payload_type, wide_id
        self.lane.clock = clock

    @property
    def keyframe_wanted(self) -> bool:
        return bool(self.lane.keyframe_wanted)

    @keyframe_wanted.setter
    def keyframe_wanted(self, value: bool) -> None:
        self.lane.keyframe_wanted = value

    @property
    def _transit(self) -> float | None:
        transit: float = self.lane.transit
        return None if math.isnan(transit) else transit

    @_transit.setter
    def _transit(self, value: float | None) -> None:
        self.lane.transit = math.nan if value is None else value

    @property
    def lives(self) -> bool:
        """Its connection has not let go of it."""
        return self._intake.holds(self)

    def let_in(self, table: Any) -> None:
        """C takes the next packets, and sends them to this table's rows; None: to nobody. The room may see them."""
        if self._kept is None:
            self._kept = self._intake.ring()
            self.lane.ring = self._kept
        self._table = table
        self.lane.table = table.c if table is not None else self._intake.ffi.NULL
        self.lane.fast = self.lane.open = 1

    def slow(self) -> None:
        """Python looks at the next packet again; what waits is still forwarded."""
        self.lane.fast = 0

    def shut(self) -> None:
        """Nothing of it is forwarded any more, also what waits."""
        self.lane.fast = self.lane.open = 0

    def recall(self, number: int) -> Packet | None:
        kept = self._kept[number % RING] if self._kept is not None else None
        if kept is None or number == NOBODY or kept.number != number:
            return super().recall(number)
        payload = bytes(self._intake.ffi.buffer(kept.payload, kept.size))
        view = View(0, bool(kept.marker), 0, kept.timestamp, self.ssrc, 0, kept.size, 0, 0)
        return Packet(self, number, view, payload, redundant=False)

    def forget(self) -> None:
        self.shut()
        self._intake.withdraw(self)
        self.lane.ring = self._intake.ffi.NULL
        self._kept = None
        super().forget()


class LanePurse(limits.Purse):
    """A seat's purse, from which C takes too."""

    def __init__(self, intake: Intake, now: float) -> None:
        self.lane = intake.ffi.new("struct purse *")
        super().__init__(now)

    _packets: Any = _held("packets")
    _bytes: Any = _held("bytes")
    _reports: Any = _held("reports")
    _at: Any = _held("at")


class LaneArrivals(Arrivals):
    """What arrived from one publisher, noted by both."""

    def __init__(self, intake: Intake) -> None:
        super().__init__()
        self.lane = intake.ffi.new("struct arrivals *")
        self._ffi = intake.ffi

    @property
    def ssrc(self) -> int:
        """Of the newest packet C noted; 0: none."""
        return int(self.lane.ssrc)

    def feedback(self) -> Iterator[tuple[int, list[float | None]]]:
        if count := self.lane.count:
            noted = zip(self._ffi.unpack(self.lane.number, count), self._ffi.unpack(self.lane.at, count), strict=True)
            self._new = sorted([*self._new, *noted], key=lambda one: one[1]) if self._new else [*noted]
            self.lane.count = 0
        yield from super().feedback()


class Sender:
    """A publish connection as C knows it: its keys, its purse, its lanes."""

    def __init__(
        self,
        intake: Intake,
        owner: Owner,
        number: int,
        context: Any,
        session: Any,
        purse: LanePurse,
        noted: LaneArrivals,
    ) -> None:
        self.owner = owner
        self._holds = (session, purse, noted)
        self._tracks: list[LaneTrack] = []
        self.c = intake.ffi.new("struct sender *")
        self.c.context = context
        self.c.purse, self.c.arrivals, self.c.number = purse.lane, noted.lane, number
        self.c.open = 1

    def add(self, track: LaneTrack) -> None:
        if len(self._tracks) < STREAMS:
            self.c.lanes[len(self._tracks)] = track.lane
            self._tracks.append(track)
            self.c.count = len(self._tracks)

    def close(self) -> None:
        """Its datagrams are Python's from now on."""
        self.c.open = 0


class Intake:
    """C's way in, of one node."""

    def __init__(self, ffi: Any, lib: Any, protect: Any, unprotect: Any, context_of: Callable[[Any], Any]) -> None:
        """`context_of`: libsrtp's own context of a session, as C takes it."""
        self.ffi, self._lib, self._context_of = ffi, lib, context_of
        self.c = ffi.new("struct intake *")
        self.c.protect, self.c.unprotect = protect, unprotect
        self.c.most_packets, self.c.most_bytes = limits.PACKETS_PER_SECOND, limits.BYTES_PER_SECOND
        self.c.most_reports = limits.REPORT_BYTES_PER_SECOND
        self._out, self._data = ffi.buffer(self.c.out), ffi.buffer(self.c.data)
        self._strides = ffi.sizeof("struct handed"), ffi.sizeof("uint8_t[1504]")
        self._senders: dict[int, Sender] = {}
        self._known: dict[tuple[int, Remote], Sender] = {}  # what the book points to
        self._tracks: set[LaneTrack] = set()  # what the queue may point to
        self._remotes: dict[bytes, Remote] = {}
        self._numbers = 0

    # ── who ──

    def track(self, ssrc: int, payload_type: int, wide_id: int, *, clock: int, rung: Rung) -> LaneTrack:
        track = LaneTrack(self, ssrc, payload_type, wide_id, clock=clock, rung=rung)
        self._tracks.add(track)
        return track

    def holds(self, track: LaneTrack) -> bool:
        return track in self._tracks

    def withdraw(self, track: LaneTrack) -> None:
        """Nothing of it waits any more."""
        self._lib.parley_withdraw(self.c, track.lane)
        self._tracks.discard(track)

    def sender(self, owner: Owner, session: Any, purse: LanePurse, noted: LaneArrivals) -> Sender:
        self._numbers = self._numbers % 0xFFFFFFFF + 1
        made = Sender(self, owner, self._numbers, self._context_of(session), session, purse, noted)
        self._senders[self._numbers] = made
        return made

    def forget(self, sender: Sender) -> None:
        sender.close()
        self._senders.pop(sender.c.number, None)

    def know(self, path: Path, sender: Sender) -> None:
        """What comes from there is that sender's."""
        bound, remote = path
        if self._lib.parley_know(self.c, *self._place(path), sender.c) == 0:
            self._known[bound.socket.fileno(), remote] = sender

    def unknow(self, path: Path) -> None:
        bound, remote = path
        if self._known.pop((bound.socket.fileno(), remote), None) is not None:
            self._lib.parley_unknow(self.c, *self._place(path))

    def _place(self, path: Path) -> tuple[int, bytes, int, int, int]:
        bound, remote = path
        ip = ip_address(remote[0].partition("%")[0]).packed
        return bound.socket.fileno(), ip, len(ip), remote[1], remote[3] if len(remote) == 4 else 0

    def ring(self) -> Any:
        """Empty: `NOBODY` is zero. The system's own memory: a page is taken when a packet comes there, and all of them
        go back at once with the stream, however many come and go."""
        return self.ffi.from_buffer("struct kept[]", mmap.mmap(-1, RING * self.ffi.sizeof("struct kept")))

    # ── packets ──

    def receive(self, descriptor: int) -> int:
        """Read a batch; how many datagrams there were. `handed` are those that are Python's."""
        return int(self._lib.parley_receive(self.c, descriptor))

    def handed(self) -> Iterator[tuple[int, bytes, int, Remote, Sender | None, float]]:
        """(why, datagram, its size on the wire, from where, whose, when) of the last batch, in the order they came."""
        out, data = self._strides
        for place in range(self.c.handed):
            why, size, length, number, now, came, address = _HANDED.unpack_from(self._out, place * out)
            address = address[:length]
            remote = self._remotes.get(address) or self._remote(address)
            datagram = bytes(self._data[place * data : place * data + size])
            yield why, datagram, came, remote, self._senders.get(number), now

    def _remote(self, address: bytes) -> Remote:
        """As `recvfrom` tells it."""
        if len(self._remotes) >= limits.NETWORKS:
            self._remotes.clear()
        remote: Remote
        if len(address) < 24:
            remote = (socket.inet_ntoa(address[4:8]), int.from_bytes(address[2:4], "big"))
        else:
            host, scope = socket.inet_ntop(socket.AF_INET6, address[8:24]), struct.unpack_from("=I", address, 24)[0]
            remote = (host, int.from_bytes(address[2:4], "big"), int.from_bytes(address[4:8], "big"), scope)
        self._remotes[address] = remote
        return remote

    def admit(self, sender: Sender, datagram: bytes, now: float) -> tuple[int, bytes]:
        """One datagram of a known sender: -1 when it is done with, else why it is Python's, and what it is now."""
        data = self.ffi.new("uint8_t[]", datagram + bytes(4))
        size = self.ffi.new("uint32_t *", len(datagram))
        why = int(self._lib.parley_admit(self.c, sender.c, data, size, now))
        return why, bytes(self.ffi.buffer(data, size[0]))

    def mark(self) -> bool:
        """Python has a packet to forward when everything before it is out."""
        return bool(self._lib.parley_mark(self.c) == 0)

    def flush(self, until: float) -> int:
        """Forward what waits: 0 (nothing waits any more), or as `pacing` names it."""
        return int(self._lib.parley_flush(self.c, until))

    def lost(self) -> int:
        """Copies the network did not take since the last call."""
        lost = int(self.c.not_sent)
        self.c.not_sent = 0
        return lost

    @property
    def too_late(self) -> int:
        return int(self.c.too_late)


def newest(table: Any) -> Packet | None:
    """What a table sent last from C: enough of the packet to go on from."""
    if table.newest < 0:
        return None
    packet = Packet.__new__(Packet)
    packet.number, packet.timestamp = table.newest, table.timestamp
    packet.descriptor = vp8.Descriptor(False, table.picture_id, 0, False, table.tl0, 0)
    return packet
