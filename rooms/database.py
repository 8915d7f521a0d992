"""The one crossing from sockets to the database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from channels.db import database_sync_to_async

T = TypeVar("T")


async def in_database(work: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """Run synchronous work on the process's one database thread; everything here stays under 50 ms."""
    return cast(T, await database_sync_to_async(work)(*args, **kwargs))
