"""The rows of `bench media`: what is sent to whom, against which servers, and what is made of the windows measured."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from bench import _report
from bench._load import CAMERA_1M, VOICE, Load, Stream, Window
from bench._machine import Cores, Network
from bench._profile import profile
from bench._servers import Janus, Node, Server, install_janus
from bench._wire import Feed

__all__ = ["FULL", "QUICK", "TINY", "Place", "install_janus", "measure"]

AT_ONCE = 16  # connections being made
TRIES = 3
WARM = 1.5  # seconds; sources that were silent are seated anew, and keyframes come
STEP_WINDOWS = 3  # for each size of the growing plenary
SMALL_CAMERA = Stream(
    "video", 560, fps=14, parts=5
)  # 25 of them and three voices, to 24 listeners each: 48,000 packets/s
MANY_PACKETS = Stream("video", 2_000, fps=25)


@dataclass(frozen=True, slots=True)
class Size:
    """How long a run is."""

    pairs: int
    seconds: float  # of one window
    seats: int  # round the table
    plenary: int
    grows: tuple[int, ...]  # listeners of the growing plenary, the last the biggest
    everything: bool
    join: tuple[int, int] = (48, 24)  # seats beside the browser, and how often it joins


FULL = Size(pairs=5, seconds=5.0, seats=25, plenary=200, grows=(50, 100, 200, 400, 600), everything=True)
QUICK = Size(pairs=5, seconds=3.0, seats=25, plenary=200, grows=(), everything=False)
TINY = Size(pairs=1, seconds=0.4, seats=4, plenary=6, grows=(), everything=False)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run happens."""

    folder: Path
    network: Network
    cores: Cores
    built: Any
    size: Size
    janus: bool
    saved: Path  # where profiles are kept


@dataclass(frozen=True, slots=True)
class Work:
    """A room: what each seat publishes, and who listens. A seat that does both gets everything but its own."""

    name: str
    publishers: Mapping[str, Sequence[Stream]]
    listeners: Sequence[str]
    video_slots: int

    @property
    def seats(self) -> dict[str, list[str]]:
        kinds = {seat: [stream.kind for stream in streams] for seat, streams in self.publishers.items()}
        return {**{listener: [] for listener in self.listeners}, **kinds}


def round_table(seats: int) -> Work:
    names = [f"seat-{number}" for number in range(seats)]
    streams = {name: [SMALL_CAMERA, VOICE] if n < 3 else [SMALL_CAMERA] for n, name in enumerate(names)}
    return Work(f"round table of {seats}", streams, names, video_slots=max(1, seats - 1))


def plenary(listeners: int) -> Work:
    podium = {"floor": [CAMERA_1M, VOICE], "chair": [VOICE], "point": [VOICE]}
    return Work(
        f"plenary of {listeners}", podium, [f"listener-{number}" for number in range(listeners)], video_slots=12
    )


def one_listener(publishers: int) -> Work:
    streams = {f"seat-{number}": [MANY_PACKETS] for number in range(publishers)}
    return Work("one listener", streams, ["listener"], video_slots=publishers)


@dataclass(slots=True)
class Contestant:
    """One server with a room in it and the load that goes there."""

    server: Server
    load: Load
    work: Work
    windows: list[Window] = field(default_factory=list)

    async def fill(self) -> None:
        """Everybody of the work joins, publishers first."""
        await self.server.open(self.work.seats, next(iter(self.work.publishers)))
        await self.publishers_join()
        await self.listeners_join(self.work.listeners)

    async def publishers_join(self) -> None:
        async def join(seat: str, streams: Sequence[Stream]) -> None:
            number, line = self.load.line()
            feeds = [Feed.fresh(stream.kind, str(mid)) for mid, stream in enumerate(streams)]
            taken = await self.server.publish(seat, line, feeds)
            row = self.work.listeners.index(seat) if seat in self.work.listeners else -1
            self.load.publishes(number, line, list(zip(feeds, streams, strict=True)), taken, row)

        await self._batches([partial(join, *one) for one in self.work.publishers.items()])

    async def listeners_join(self, seats: Sequence[str]) -> None:
        async def join(seat: str) -> None:
            number, line = self.load.line()
            repair = await self.server.listen(seat, line, self.work.video_slots)
            self.load.listens(number, line, self.work.listeners.index(seat), repair)

        await self._batches([partial(join, seat) for seat in seats])

    async def _batches(self, jobs: Sequence[Callable[[], Awaitable[None]]]) -> None:
        for start in range(0, len(jobs), AT_ONCE):
            await asyncio.gather(*(job() for job in jobs[start : start + AT_ONCE]))
            await self.load.idle(0.02)  # the consent of those who wait

    async def measure(self, place: Place, name: str = "") -> None:
        """One window; again when the load itself lost packets, for then it says nothing about the server."""
        for attempt in range(TRIES):
            window = await self.load.run(
                self.server.pid, seconds=place.size.seconds, warm=min(WARM, place.size.seconds)
            )
            _report.window(self.server.name, name or self.work.name, window)
            if not window.overflow or attempt == TRIES - 1:
                self.windows.append(window)
                return

    async def close(self) -> None:
        await self.server.close()
        self.load.close()


def contestant(place: Place, server: Server, work: Work) -> Contestant:
    streams = sum(len(one) for one in work.publishers.values())
    load = Load(
        place.built, place.network, connections=len(work.publishers) + len(work.listeners), streams=streams,
        listeners=len(work.listeners), seconds=place.size.seconds + 1,
    )  # fmt: skip
    return Contestant(server, load, work)


async def contest(place: Place, work: Work, servers: Sequence[Server]) -> list[Contestant]:
    """The same work for each server in turn, so many rounds; every second round in reverse order."""
    everyone = [contestant(place, server, work) for server in servers]
    try:
        for one in everyone:
            await one.fill()
        for number in range(place.size.pairs):
            for one in everyone if number % 2 == 0 else reversed(everyone):
                for other in everyone:
                    if other is not one:
                        await other.load.idle(0.1)  # consent, and what is left in its socket
                await one.measure(place)
    finally:
        for one in everyone:
            await one.close()
    return everyone


def median(one: Contestant, name: str) -> float:
    return float(statistics.median(getattr(window, name) for window in one.windows))


def ratio(ours: Contestant, theirs: Contestant) -> float:
    """The median of the rounds' own ratios: neighbours in time shared whatever else this machine did."""
    found = [mine.us_per_packet / other.us_per_packet for mine, other in zip(ours.windows, theirs.windows, strict=True)]
    _report.spread(f"{ours.work.name}: {ours.server.name} ÷ {theirs.server.name}", found)
    return round(float(statistics.median(found)), 3)


async def measure(place: Place) -> dict[str, Any]:
    """All rows but the one that needs a browser."""
    result: dict[str, Any] = {
        "round_table_25": dict.fromkeys(("us_per_packet", "ratio_janus", "ratio_janus_one_loop", "p99_ms")),
        "plenary_200": dict.fromkeys(("cpu_percent", "delivered_percent", "p99_ms", "ratio_janus_one_loop")),
        "plenary_600": dict.fromkeys(("delivered_percent", "p99_ms")),
        "python_kernel": {"ratio_janus": None},
        "receive_us": None,
        "join_50_p95_s": None,
    }
    await _round_table(place, result)
    await _plenary(place, result)
    if place.size.everything:
        await _growing(place, result)
        await _receive_path(place, result)
    return result


def _node(place: Place, kernel: str | None = None) -> Node:
    return Node(place.folder, place.network, place.cores.server, kernel=kernel)


def _janus(place: Place, event_loops: int | None = None) -> list[Server]:
    if not place.janus:
        return []
    return [Janus(place.folder, place.network, place.cores.server, event_loops=event_loops)]


async def _round_table(place: Place, result: dict[str, Any]) -> None:
    work, node = round_table(place.size.seats), _node(place)
    compares_kernels = place.size.everything and node.runs != "python"
    servers = [node, *_janus(place), *_janus(place, 1), *([_node(place, "python")] if compares_kernels else [])]
    everyone = await contest(place, work, servers)
    ours, row = everyone[0], result["round_table_25"]
    row["us_per_packet"] = round(median(ours, "us_per_packet"), 2)
    row["p99_ms"] = round(median(ours, "p99_ms"), 2)
    if place.janus:
        row["ratio_janus"], row["ratio_janus_one_loop"] = ratio(ours, everyone[1]), ratio(ours, everyone[2])
        if place.size.everything:
            python = everyone[3] if compares_kernels else ours
            result["python_kernel"]["ratio_janus"] = ratio(python, everyone[1])
    await profile(place, work, "round_table_25", row)


async def _plenary(place: Place, result: dict[str, Any]) -> None:
    work = plenary(place.size.plenary)
    everyone = await contest(place, work, [_node(place), *_janus(place, 1)])
    ours, row = everyone[0], result["plenary_200"]
    row["cpu_percent"] = round(median(ours, "cpu_percent"), 1)
    row["delivered_percent"] = round(_delivered(ours.windows), 4)
    row["p99_ms"] = round(median(ours, "p99_ms"), 2)
    if place.janus:
        row["ratio_janus_one_loop"] = ratio(ours, everyone[1])
    await profile(place, work, "plenary_200", row)


def _delivered(windows: Sequence[Window]) -> float:
    """Over all windows together: one bad one counts."""
    return 100 * sum(one.delivered for one in windows) / max(1, sum(one.due for one in windows))


async def _growing(place: Place, result: dict[str, Any]) -> None:
    """One room that fills up: what a packet costs from 50 to 600 listeners."""
    most = plenary(place.size.grows[-1])
    one = contestant(place, _node(place), most)
    steps: list[tuple[int, float]] = []
    try:
        await one.server.open(most.seats, "floor")
        await one.publishers_join()
        for listeners in place.size.grows:
            await one.listeners_join(most.listeners[one.load.listeners : listeners])
            one.windows.clear()
            for _ in range(STEP_WINDOWS):
                await one.measure(place, f"plenary of {listeners}")
            steps.append((listeners, median(one, "us_per_packet")))
    finally:
        await one.close()
    _report.growth(steps)
    row = result["plenary_600"]
    row["delivered_percent"] = round(_delivered(one.windows), 4)
    row["p99_ms"] = round(median(one, "p99_ms"), 2)
    await profile(place, most, "plenary_600", row)


async def _receive_path(place: Place, result: dict[str, Any]) -> None:
    work = one_listener(20)
    (one,) = await contest(place, work, [_node(place)])
    found = [window.server_cpu / max(1, window.sent) * 1e6 for window in one.windows]
    _report.spread("one listener: µs per packet received and forwarded once", found)
    result["receive_us"] = round(statistics.median(found), 2)
    await profile(place, work, "receive", {"receive_us": result["receive_us"]})
