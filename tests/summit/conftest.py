"""The cast, for every test of the domain."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

from summit import live
from summit.chair import actions as chair
from summit.errors import Refused
from summit.models import Person
from tests.cast import NOW, Cast, House, make_cast, make_house, make_organiser
from tests.kept import kept


@kept
def cast() -> Cast:
    """Amina (head of delegation, Kenya), Bruno (chair), Chen (observer), Dana (secretariat), Eve (not accredited)."""
    return make_cast()


@kept
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


@kept
def house() -> House:
    """The cast and more; the meeting is not open yet."""
    return make_house()


@kept
def opened(house: House) -> House:
    """Bruno has opened the meeting and taken up item 3: entries 1 and 2 of the journal."""
    chair.open_meeting(house.meeting.pk, by=house.bruno, now=NOW)
    chair.take_item(house.meeting.pk, house.item.pk, by=house.bruno, now=NOW)
    house.meeting.refresh_from_db()
    house.item.refresh_from_db()
    return house


@pytest.fixture
def refused() -> Any:
    """`with refused("floor.list_closed"):` the rules say no, with this code and a sentence."""

    @contextmanager
    def check(code: str) -> Iterator[None]:
        with pytest.raises(Refused) as caught:
            yield
        assert caught.value.code == code
        assert str(caught.value.message).endswith(".")

    return check


@pytest.fixture
def heard(house: House, django_capture_on_commit_callbacks) -> Iterator[Any]:
    """A function: what was sent since it was last asked, through the real layer, as [(topic or type, event)].

    What waits for the commit is committed first.
    """
    layer = get_channel_layer()
    async_to_sync(layer.group_add)(live.group(house.meeting.pk), "room")
    pending = django_capture_on_commit_callbacks(execute=True)
    pending.__enter__()

    async def drain() -> list[tuple[str, dict[str, Any]]]:
        await layer.send("room", {"type": "end"})
        events: list[tuple[str, dict[str, Any]]] = []
        while (event := await layer.receive("room"))["type"] != "end":
            version = event.get("version")
            for topic, state in event.get("topics", {}).items():
                events.append((topic, {"version": version, "state": state}))
            if "topics" not in event:
                events.append((event["type"], event))
        await layer.wait_received()  # else what was read comes again with the next event loop
        return events

    def read() -> list[tuple[str, str, dict[str, Any]]]:
        nonlocal pending
        pending.__exit__(None, None, None)
        pending = django_capture_on_commit_callbacks(execute=True)
        pending.__enter__()
        return async_to_sync(drain)()

    yield read
    pending.__exit__(None, None, None)
