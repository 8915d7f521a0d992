"""When many join at once: a page is told its place, nothing else waits for it, and after a restart all come back apart."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from rooms import house
from rooms.media import RoomPlan, SeatPlan
from tests.media.node import NodeProcess

pytestmark = pytest.mark.django_db(transaction=True)

CROWD = 250  # at a node at rest about two seconds


@pytest.fixture(autouse=True)
def node() -> Iterator[NodeProcess]:
    """A node at the door the application knocks at."""
    door = settings.MEDIA_DOOR
    process = NodeProcess(Path(door.removeprefix("unix://")).parent, door=door, addresses="127.0.0.1").start()
    yield process
    process.stop()


async def test_who_waits_is_told_the_place_and_asks_for_the_floor_meanwhile(opened) -> None:
    amina, media = await opened.sit(opened.cast.amina), house.house().media
    media.put("crowd", RoomPlan("crowd", 1, {f"seat{number}": SeatPlan() for number in range(CROWD)}))
    others = [asyncio.create_task(media.receive("crowd", f"seat{number}", 1, 1)) for number in range(CROWD)]
    await asyncio.sleep(0)  # they ask first
    await amina.send({"type": "receive.open", "id": "mine", "room": "meeting", "video": 6})
    told = await amina.hear("waiting", room="meeting", what="receive")
    assert told["place"] > 1 and told["seconds"] >= 1
    await amina.do("hand.raise")
    assert not any(m.get("re") == "mine" for m in amina.heard), "she still waits"
    answer = await amina.hear("done", re="mine", patience=20)
    assert answer["sdp"].startswith("v=0")
    await asyncio.gather(*others)


async def test_pages_come_back_to_a_restarted_node_one_after_the_other(opened, node: NodeProcess) -> None:
    amina, chen = await opened.sit(opened.cast.amina), await opened.sit(opened.cast.chen)
    node.kill()
    node.start()
    after = {page: (await page.hear("epoch"))["after"] for page in (opened.bruno, amina, chen)}
    assert after[opened.bruno] == 0, "whoever may be heard comes first"
    assert sorted(after.values()) == [0, 10, 20]
