"""Waiting for a fact, with a deadline."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def until(fact: Callable[[], T | Awaitable[T]], seconds: float = 10.0, every: float = 0.05) -> T:
    """The first true value of `fact`; fails after `seconds` with the last one seen."""
    deadline = time.monotonic() + seconds
    while True:
        value = fact()
        if inspect.isawaitable(value):
            value = await value
        if value:
            return value
        assert time.monotonic() < deadline, f"still {value!r} after {seconds} s"
        await asyncio.sleep(every)
