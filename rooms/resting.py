"""What rests just now: the database, or the bell between processes. Pages say so in words; sound and picture go on.

Looked at once a second, in each web process. A database that hangs is noticed as one that is gone: then the one thread that
asks it does not come back.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from typing import Any

from channels.layers import get_channel_layer
from django.db import connection

from rooms.database import Done, in_database

log = logging.getLogger(__name__)
EVERY = 1.0  # s between looks
PATIENCE = 2.5  # s; socket work takes 50 ms, so a thread that finishes nothing for so long hangs
DATABASE, BELL = "database", "bell"
NOBODY = "resting"  # a group nobody is in


class Resting:
    """The parts that do not answer now. `changed` is called with all of them whenever one more or less does."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self.parts: frozenset[str] = frozenset()
        self._changed = changed
        self._back = asyncio.Event()
        self._back.set()

    def __contains__(self, part: str) -> bool:
        return part in self.parts

    async def database_is_back(self) -> None:
        """Returns at once while it answers."""
        await self._back.wait()

    async def run(self) -> None:
        """Look, for as long as the process lives."""
        await asyncio.gather(
            self._watch(DATABASE, lambda: in_database(_ask_database, anew=DATABASE in self.parts)),
            self._watch(BELL, _ask_bell),
        )

    async def _watch(self, part: str, ask: Callable[[], Coroutine[Any, Any, None]]) -> None:
        while True:
            asked = asyncio.create_task(ask())
            await self._wait(part, asked)
            if not asked.done():
                self._set(part, rests=True)
                if part == BELL:
                    asked.cancel()
                await asyncio.wait([asked])
            fault = asked.cancelled() or asked.exception() is not None
            self._set(part, rests=fault)
            await asyncio.sleep(EVERY)

    async def _wait(self, part: str, asked: asyncio.Task[None]) -> None:
        """Until it answers or hangs: a thread that still finishes what was asked before is busy, and no more."""
        finished, since = Done.count, time.monotonic()
        while not asked.done() and time.monotonic() - since < PATIENCE:
            await asyncio.wait([asked], timeout=PATIENCE / 5)
            if part == DATABASE and Done.count != finished:
                finished, since = Done.count, time.monotonic()

    def _set(self, part: str, *, rests: bool) -> None:
        if (part in self.parts) == rests:
            return
        self.parts ^= {part}
        log.warning("the %s %s", part, "does not answer" if rests else "answers again")
        if DATABASE in self.parts:
            self._back.clear()
        else:
            self._back.set()
        self._changed()


def _ask_database(*, anew: bool) -> None:
    """Raises whatever the database does. `anew`: a pool that failed waits longer and longer before it tries again."""
    if anew:
        connection.close()
        if hasattr(connection, "close_pool"):
            connection.close_pool()
    connection.ensure_connection()
    connection.connection.execute("SELECT 1")  # past Django, whose tests count queries


async def _ask_bell() -> None:
    layer = get_channel_layer()
    if layer is not None:
        await layer.group_send(NOBODY, {"type": "live.nothing"})


class Stillness:
    """Seconds in which silence proves nothing, because nobody listened: this process was stopped, or the database hung.

    `pass_over(now)` is called often and returns how many they were since the last time.
    """

    LATE = 3.0  # s between two calls; beyond it the process was not run

    def __init__(self) -> None:
        self._at = time.monotonic()

    def pass_over(self, now: float, *, resting: bool) -> float:
        since, self._at = now - self._at, now
        return since if resting or since > self.LATE else 0.0
