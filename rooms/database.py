"""The one crossing from sockets to the database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from channels.db import database_sync_to_async

T = TypeVar("T")


class Done:
    """How much work the thread has finished, well or not: one that is busy goes on counting, one that hangs does not."""

    count = 0


async def in_database(work: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """Run synchronous work on the process's one database thread; everything here stays under 50 ms."""

    def counted() -> T:
        try:
            return work(*args, **kwargs)
        finally:
            Done.count += 1

    return cast(T, await database_sync_to_async(counted)())
