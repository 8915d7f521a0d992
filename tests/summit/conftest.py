"""The cast, for every test of the domain."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

from summit import live
from summit.models import Person
from tests.cast import Cast, make_cast, make_organiser


@pytest.fixture
def cast(db) -> Cast:
    """Amina (head of delegation, Kenya), Bruno (chair), Chen (observer), Dana (secretariat), Eve (not accredited)."""
    return make_cast()


@pytest.fixture
def organiser(cast: Cast) -> Person:
    """Otto, who organises the summit."""
    return make_organiser(cast.summit)


@pytest.fixture
def second_organiser(cast: Cast) -> Person:
    """Petra, who organises it with him."""
    return make_organiser(cast.summit, "Petra Lind")


@pytest.fixture
def rings(cast: Cast, settings, django_capture_on_commit_callbacks) -> Any:
    """A function: what open rooms of the meeting heard so far (what waits for the commit is committed first)."""
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    layer = get_channel_layer()
    async_to_sync(layer.group_add)(live.group(cast.meeting.pk), "a-seat")
    heard: list[dict[str, Any]] = []
    pending = django_capture_on_commit_callbacks(execute=True)
    pending.__enter__()

    def read() -> list[dict[str, Any]]:
        nonlocal pending
        pending.__exit__(None, None, None)
        pending = django_capture_on_commit_callbacks(execute=True)
        pending.__enter__()
        queue = layer.channels.get("a-seat")
        while queue is not None and not queue.empty():
            heard.append(async_to_sync(layer.receive)("a-seat"))
        return heard

    yield read
    pending.__exit__(None, None, None)
