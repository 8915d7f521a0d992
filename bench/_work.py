"""The work of a media bench: a room, a server it is in, the load that goes there, and servers in turn."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from bench import _report
from bench._load import Load, Stream, Window
from bench._machine import Cores, Network
from bench._servers import Server
from bench._wire import Feed

AT_ONCE = 16  # connections being made
TRIES = 3
SETTLE_TRIES = 12  # of a second each


@dataclass(frozen=True, slots=True)
class Size:
    """How long a run is."""

    pairs: int
    seconds: float  # of one window
    seats: int  # round the table
    plenary: int
    grows: tuple[int, ...]  # listeners of the growing plenary, the last the biggest
    everything: bool
    warm: float = 2.0  # seconds before a window: sources that were silent are seated anew, and keyframes come
    join: tuple[int, int] = (48, 24)  # seats beside the browser, and how often it joins


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
    failed: list[str] = field(default_factory=list)  # rows that could not be measured, and why


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
            sent = await self.server.listen(seat, line, self.work.video_slots)
            self.load.listens(number, line, self.work.listeners.index(seat), sent)

        await self._batches([partial(join, seat) for seat in seats])

    async def _batches(self, jobs: Sequence[Callable[[], Awaitable[None]]]) -> None:
        for start in range(0, len(jobs), AT_ONCE):
            await asyncio.gather(*(job() for job in jobs[start : start + AT_ONCE]))
            await self.load.idle(0.02)  # the consent of those who wait

    async def settle(self) -> None:
        """Play until everybody gets everything: a server first finds out what each line carries."""
        for _ in range(SETTLE_TRIES):
            window = await self.load.run(self.server.pid, seconds=0.3, warm=0.5, drain=0.2)
            if window.delivered + window.repaired == window.due:
                return

    async def measure(self, place: Place, name: str = "") -> None:
        """One window; again when the load itself lost packets, for then it says nothing about the server."""
        for attempt in range(TRIES):
            window = await self.load.run(self.server.pid, seconds=place.size.seconds, warm=place.size.warm)
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


async def _keep(everyone: Sequence[Contestant]) -> None:
    """The connections of servers that wait for their turn: consent lasts thirty seconds."""
    for one in everyone:
        await one.load.idle(0.05)


async def contest(place: Place, work: Work, servers: Sequence[Server]) -> list[Contestant]:
    """The same work for each server in turn, so many rounds; every second round in reverse order."""
    everyone = [contestant(place, server, work) for server in servers]
    try:
        for one in everyone:
            await one.fill()
            await one.settle()
            await _keep(everyone)
        for number in range(place.size.pairs):
            for one in everyone if number % 2 == 0 else reversed(everyone):
                await _keep(everyone)
                await one.measure(place)
    finally:
        for one in everyone:
            await one.close()
    return everyone
