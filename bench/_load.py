"""The load in Python's hands: compiles `_load.c`, gives it connections and streams, reads what a window brought."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cffi import FFI
from pylibsrtp._binding import ffi as srtp_ffi
from pylibsrtp._binding import lib as srtp_lib

from bench._clips import Clip
from bench._machine import Network, cpu_clock
from bench._wire import LEVEL, OPUS, SEND_TIME, VP8, WIDE, Feed, Line, Sent
from rooms.sfu.dtls import check_libsrtp, context_of
from summit.config.bootstrap import apt_install

SOURCE = Path(__file__).with_name("_load.c")
PACKET_BYTES = 1_000
PACING = 2.5  # a picture's packets leave at this multiple of the bitrate, as Chromium's pacer sends them
KEYFRAME = 4  # times the size of another picture
KEYFRAME_SECONDS = 4
SECOND = 1_000_000_000

FUNCTIONS = """
typedef struct load load_t;
void load_run(load_t *, double, double, double, int, result_t *);
uint32_t load_got(load_t *, int, int);
void load_idle(load_t *, double);
void load_play(load_t *, volatile int *);
load_t *load_new(uint32_t, int, int, int, int, int, void *, void *, void *, void *);
int load_port(load_t *);
void load_peer(load_t *, int, uint32_t, int, void *, void *, int, uint32_t, uint32_t, const uint8_t *, int);
flow_t *load_flow(load_t *, int);
void load_free(load_t *);
"""


@dataclass(frozen=True, slots=True)
class Stream:
    """What one published stream is like."""

    kind: str  # audio or video
    kbps: int
    fps: int = 25
    parts: int = 0  # packets in a picture; 0: as many as the bitrate needs
    clip: Clip | None = None  # what a browser can decode, instead of stamped packets; it is not counted

    @property
    def packets_a_second(self) -> float:
        if self.kind == "audio":
            return 50.0
        pictures = self.fps * KEYFRAME_SECONDS
        return self.fps * self.packets_in_a_picture * (pictures - 1 + KEYFRAME) / pictures

    @property
    def packets_in_a_picture(self) -> int:
        return self.parts or max(1, round(self.kbps * 1000 / 8 / self.fps / PACKET_BYTES))

    @property
    def payload_bytes(self) -> int:
        if self.kind == "audio":
            return self.kbps * 1000 // 8 // 50
        return self.kbps * 1000 // 8 // self.fps // self.packets_in_a_picture


CAMERA_1M = Stream("video", 1_000)
VOICE = Stream("audio", 64)


def build() -> Any:
    """The compiled load; made anew when its source has changed. Refused: no compiler, and none can be installed."""
    if shutil.which("cc") is None:
        apt_install(["gcc", "libc6-dev"], "The C compiler that the load of this bench needs")
    check_libsrtp()
    text = SOURCE.read_text()
    target = Path(tempfile.gettempdir()) / f"parley-load-{hashlib.sha256(text.encode()).hexdigest()[:16]}.so"
    if not target.exists():
        made = target.with_suffix(f".{id(text)}")
        subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", str(made), str(SOURCE)], check=True)
        made.rename(target)
    ffi = FFI()
    shapes = re.findall(r"typedef struct \{[^}]*\} (?:flow_t|result_t);", text)
    ffi.cdef(re.sub(r"/\*.*?\*/", "", "\n".join(shapes), flags=re.DOTALL) + FUNCTIONS)
    return ffi, ffi.dlopen(str(target))


@dataclass(frozen=True, slots=True)
class Window:
    """What one measured stretch brought; times in milliseconds, CPU in seconds."""

    seconds: float
    server_cpu: float
    own_cpu: float
    sent: int
    received: int
    due: int  # stamped packets times the listeners each was for
    delivered: int  # of those, at the first attempt
    repaired: int  # of those, sent again after a loss
    late: int
    copies: int
    overflow: int  # lost by this load's own socket: the window says nothing about the server then
    not_sent: int
    bad: int
    goodbyes: int
    nacks_sent: int
    nacks_got: int
    keyframes_asked: int
    feedback_got: int
    reports_got: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float
    turn_ms: float

    @property
    def us_per_packet(self) -> float:
        return self.server_cpu / max(1, self.received) * 1e6

    @property
    def cpu_percent(self) -> float:
        return 100 * self.server_cpu / self.seconds

    @property
    def delivered_percent(self) -> float:
        return 100 * self.delivered / max(1, self.due)

    @property
    def packets_a_second(self) -> float:
        return self.received / self.seconds


class Load:
    """Publishers and listeners against one server. Connection n speaks from the network's client address n."""

    def __init__(
        self, built: Any, network: Network, *, connections: int, streams: int, listeners: int, seconds: float
    ) -> None:
        """`seconds`: the longest window to be measured."""
        self._ffi, self._lib = built
        self._network = network
        self._held: list[Any] = []
        self._flows: list[tuple[int, Stream]] = []  # listener row of its own seat or -1
        self._listening: dict[int, int] = {}
        functions = [
            self._ffi.cast("void *", int(srtp_ffi.cast("intptr_t", srtp_ffi.addressof(srtp_lib, name))))
            for name in ("srtp_protect", "srtp_unprotect", "srtp_protect_rtcp", "srtp_unprotect_rtcp")
        ]
        capacity = int(seconds * 400)
        self._load = self._lib.load_new(
            network.first_client, 0, connections, streams, max(1, listeners), capacity, *functions
        )
        if self._load == self._ffi.NULL:
            raise OSError("the load could not open its socket")
        self.port = self._lib.load_port(self._load)
        self._connections = 0
        self._rows = 0
        self._busy = threading.Lock()  # while the C thread has it, also after its task was given up
        self.profile = ""

    @property
    def listeners(self) -> int:
        return self._rows

    def line(self) -> tuple[int, Line]:
        """A connection to be made, and its number."""
        number = self._connections
        self._connections += 1
        return number, Line(self._network.client(number), self.port)

    def publishes(
        self,
        number: int,
        line: Line,
        feeds: list[tuple[Feed, Stream]],
        taken: dict[str, dict[str, int]],
        seat_row: int = -1,
    ) -> None:
        """A connected publisher and its streams. `seat_row`: the listener that is the same seat, and gets none of it."""
        self._hand_over(number, line, -1, Sent(0, 0))
        for feed, stream in feeds:
            flow = self._lib.load_flow(self._load, len(self._flows))
            extensions = taken.get(feed.mid, {})
            is_video = feed.kind == "video"
            flow.peer, flow.is_video, flow.ssrc = number, is_video, feed.ssrc
            flow.payload_type = VP8 if is_video else OPUS
            flow.level_id, flow.wide_id = extensions.get(LEVEL, 0), extensions.get(WIDE, 0)
            flow.time_id = extensions.get(SEND_TIME, 0) if is_video else 0
            flow.size = stream.payload_bytes
            flow.parts, flow.key_parts = stream.packets_in_a_picture, stream.packets_in_a_picture * KEYFRAME
            flow.key_every = stream.fps * KEYFRAME_SECONDS - 1
            flow.step = 90_000 // stream.fps if is_video else 960
            flow.frame_ns = SECOND // stream.fps if is_video else SECOND // 50
            flow.gap_ns = int(flow.frame_ns / PACING / flow.parts) if is_video else 0
            if stream.clip is not None:
                flow.clip, flow.clip_parts = self._clip(stream.clip, is_video)
            self._flows.append((seat_row, stream))

    def _clip(self, clip: Clip, is_video: bool) -> tuple[Any, Any]:
        """Its bytes, and the sizes of its packets: 0 after each picture, -1 at the end."""
        sizes: list[int] = []
        for picture in clip.frames if is_video else [[packet] for packet in clip.sound]:
            sizes += [len(part) for part in picture] + ([0] if is_video else [])
        data = b"".join(part for picture in clip.frames for part in picture) if is_video else b"".join(clip.sound)
        held = self._ffi.new("uint8_t[]", data), self._ffi.new("int32_t[]", [*sizes, -1])
        self._held += held
        return held

    def listens(self, number: int, line: Line, row: int, sent: Sent) -> None:
        """A connected listener, and its row in the table of deliveries."""
        self._rows += 1
        self._hand_over(number, line, row, sent)

    def _hand_over(self, number: int, line: Line, row: int, sent: Sent) -> None:
        self.profile = line.profile()
        check = line.check()
        sessions = line.hand_over()
        self._held += [line, *sessions]
        contexts = [self._ffi.cast("void *", int(srtp_ffi.cast("intptr_t", context_of(one)))) for one in sessions]
        host = int.from_bytes(bytes(map(int, line.remote[0].split("."))), "big")
        self._lib.load_peer(
            self._load, number, host, line.remote[1], *contexts, row, sent.repair_type, sent.wide_id, check, len(check)
        )

    async def run(self, pid: int, *, seconds: float, warm: float = 2.0, drain: float = 3.0) -> Window:
        """Send for `warm` seconds and then for `seconds`, which are counted."""
        out = self._ffi.new("result_t *")
        await self._call(self._lib.load_run, warm, seconds, drain, cpu_clock(pid), out)
        values = {name: getattr(out, name) for name in Window.__dataclass_fields__}
        values["due"] = self._due()
        return Window(**values)

    def got(self, row: int, stream: int) -> int:
        """Packets of one stream, in the order they were published, that one listener got in the last window."""
        return int(self._lib.load_got(self._load, row, stream))

    def _due(self) -> int:
        """Every stamped packet is due at every listener but its own seat's."""
        return sum(
            self._lib.load_flow(self._load, at).index * (self._rows - (seat_row >= 0))
            for at, (seat_row, _stream) in enumerate(self._flows)
        )

    @contextlib.asynccontextmanager
    async def playing(self) -> AsyncIterator[None]:
        """Send for as long as the block lasts; nothing is counted."""
        stop = self._ffi.new("int *", 0)
        task = asyncio.create_task(self._call(self._lib.load_play, stop))
        try:
            yield
        finally:
            stop[0] = 1
            await task

    async def idle(self, seconds: float) -> None:
        """Only consent checks and reports."""
        await self._call(self._lib.load_idle, seconds)

    async def _call(self, function: Any, *arguments: Any) -> None:
        def call() -> None:
            with self._busy:
                function(self._load, *arguments)

        await asyncio.to_thread(call)

    def close(self) -> None:
        with self._busy:
            self._lib.load_free(self._load)
        self._held.clear()
