"""The only door from the domain to open browsers.

A push carries the whole small states of what an act changed, once; its version is the meeting's, so a gap is noticed.
The channel layer is a doorbell: what it drops is found again by comparing versions (rooms/PROTOCOL.md).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)


def group(meeting_id: int) -> str:
    """The channel-layer group of a meeting: its room, which knows who may be told what."""
    return f"meeting.{meeting_id}"


def publish(meeting_id: int, version: int, topics: Mapping[str, Any]) -> None:
    """After commit, hand the whole states of what an act changed to the room: one act, one version, one push, so that
    none of them can be lost alone.

    topics: {name: state}; plain JSON with ids, codes and approved names, never text in one reader's language.
    """
    ring(group(meeting_id), {"type": "live.state", "version": version, "topics": dict(topics)})


def ring(name: str, event: dict[str, Any]) -> None:
    """After commit, send an event to a group. A dead channel layer never fails the act: sessions find the gap."""

    def send() -> None:
        layer = get_channel_layer()
        try:
            if layer is not None:
                async_to_sync(layer.group_send)(name, event)
        except (RedisError, OSError) as error:
            logger.warning("no doorbell for %s: %s", name, error)

    transaction.on_commit(send, robust=True)


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
