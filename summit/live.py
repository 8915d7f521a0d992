"""The only door from the domain to open browsers.

A push carries the whole small states of what an act changed, once; its version is the meeting's, so a gap is noticed.
The channel layer is a doorbell: what it drops is found again by comparing versions (rooms/PROTOCOL.md).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.core.cache import cache
from django.db import transaction
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)
PATIENCE = 1.0  # s an act waits for the doorbell; one that hung is left alone for REST
REST = 3.0  # s
KNOWN = 60  # s a number of weak lines is believed


def group(meeting_id: int) -> str:
    """The channel-layer group of a meeting: its room, which knows who may be told what."""
    return f"meeting.{meeting_id}"


def foyer(summit_id: int) -> str:
    """The channel-layer group of a summit's foyer."""
    return f"foyer.{summit_id}"


def count_weak_lines(meeting_id: int, count: int) -> None:
    """How many lines of an open meeting are weak now, for the organisers' first page. A number, in memory, for a minute."""
    with contextlib.suppress(RedisError):
        cache.set(f"weak.{meeting_id}", count, KNOWN)


def weak_lines(meetings: Iterable[int]) -> dict[int, int]:
    """{meeting: how many of its lines are weak now}, where there are any and it is known."""
    names = {f"weak.{pk}": pk for pk in meetings}
    try:
        found = cache.get_many(names)
    except RedisError:
        return {}
    return {names[name]: count for name, count in found.items() if count}


def publish(meeting_id: int, version: int, topics: Mapping[str, Any]) -> None:
    """After commit, hand the whole states of what an act changed to the room: one act, one version, one push, so that
    none of them can be lost alone.

    topics: {name: state}; plain JSON with ids, codes and approved names, never text in one reader's language.
    """
    ring(group(meeting_id), {"type": "live.state", "version": version, "topics": dict(topics)})


def ring(name: str, event: dict[str, Any]) -> None:
    """After commit, send an event to a group. A dead or hanging channel layer never fails the act: whoever listens in this
    process hears it all the same (`on_lost_bell`), others find the gap."""

    def send() -> None:
        if not _rung(name, event):
            for callback in _on_lost_bell:
                callback(name, event)

    transaction.on_commit(send, robust=True)


def _rung(name: str, event: dict[str, Any]) -> bool:
    global _silent_until
    layer = get_channel_layer()
    if layer is None:
        return True
    if time.monotonic() < _silent_until:
        return False
    try:
        async_to_sync(_send)(layer, name, event)
    except (RedisError, OSError) as error:  # TimeoutError is one
        _silent_until = time.monotonic() + REST
        logger.warning("no doorbell for %s: %s", name, type(error).__name__)
        return False
    return True


async def _send(layer: Any, name: str, event: dict[str, Any]) -> None:
    async with asyncio.timeout(PATIENCE):
        await layer.group_send(name, event)


_silent_until = 0.0
_on_lost_bell: list[Callable[[str, dict[str, Any]], object]] = []


def bell_is_back() -> None:
    """Whoever watches the layer has seen it answer: the next event goes there again."""
    global _silent_until
    _silent_until = 0.0


def on_lost_bell(callback: Callable[[str, dict[str, Any]], object]) -> Callable[[], None]:
    """Call back, from whatever thread acts, with the group and the event nobody could be told of through the layer;
    returns a function that ends it."""
    _on_lost_bell.append(callback)
    return lambda: _on_lost_bell.remove(callback)


def standing(meeting_id: int, persons: Iterable[int]) -> None:
    """After commit, the rights of these persons in this meeting are worked out again.

    Sessions hear it, and so does whoever registered with `on_standing`, each in a transaction of its own.
    """
    ring(group(meeting_id), {"type": "live.standing", "persons": sorted(set(persons))})
    for callback in _on_standing:
        transaction.on_commit(partial(callback, meeting_id), robust=True)


_on_standing: list[Callable[[int], None]] = []


def on_standing(callback: Callable[[int], None]) -> None:
    """Registered once, when the application starts: called with the meeting after every change of standing in it."""
    _on_standing.append(callback)


def agenda(meetings: Iterable[int]) -> None:
    """After commit, what was planned for these meetings is told to their rooms again, each in a transaction of its own."""
    for pk in sorted(set(meetings)):
        for callback in _on_agenda:
            transaction.on_commit(partial(callback, pk), robust=True)


_on_agenda: list[Callable[[int], None]] = []


def on_agenda(callback: Callable[[int], None]) -> None:
    """Registered once, when the application starts: called with the meeting after every change of what was planned."""
    _on_agenda.append(callback)
