"""The door: what the web process says comes true, also when either side was away."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from websockets.asyncio.client import unix_connect
from websockets.asyncio.server import ServerConnection, unix_serve

from rooms.media import (
    Counters,
    Epoch,
    Event,
    Media,
    MediaDown,
    MediaRefused,
    RoomPlan,
    Routes,
    SeatGone,
    SeatPlan,
    Sources,
)
from rooms.nodes import Nodes
from tests.media.node import NodeProcess
from tests.media.until import until
from tests.media.wires import Ear, Talker

pytestmark = pytest.mark.asyncio(loop_scope="session")  # one browser for all

ALL = frozenset({"audio", "video", "screen"})
TALKS = SeatPlan(publish=ALL, audible=True)
LISTENS = SeatPlan()


class Heard:
    """Everything the node told, by kind."""

    def __init__(self, media: Media) -> None:
        self.events: list[Event] = []
        media.listen(self.events.append)

    def last(self, kind: type, **match: str) -> object | None:
        for event in reversed(self.events):
            if isinstance(event, kind) and all(getattr(event, key) == value for key, value in match.items()):
                return event
        return None


@pytest.fixture
def node(tmp_path: Path) -> Iterator[NodeProcess]:
    """One of its own: tests here kill it."""
    process = NodeProcess(tmp_path).start()
    yield process
    process.stop()


@pytest.fixture
def heard(media: Media) -> Heard:
    return Heard(media)


@pytest_asyncio.fixture(loop_scope="session")
async def talk(media: Media) -> AsyncIterator[tuple[Talker, Talker, Ear]]:
    """Amina talks, Bruno listens."""
    media.put("room", RoomPlan("e", 1, {"amina": TALKS, "bruno": LISTENS}))
    amina, bruno, ear = Talker(media, "room", "amina"), Talker(media, "room", "bruno"), Ear()
    await bruno.receive(ear)
    await amina.publish()
    amina.talk()
    await until(lambda: len(ear.packets) == 2)
    yield amina, bruno, ear
    await amina.close()
    await bruno.close()


async def test_nobody_receives_their_own(talk: tuple[Talker, Talker, Ear], heard: Heard) -> None:
    amina, *_ = talk
    await amina.receive(Ear())
    routes = await until(lambda: heard.last(Routes, seat="amina"))
    assert set(routes.slots.values()) == {None}


async def test_who_joins_is_told_what_is_in_each_slot(media: Media, heard: Heard) -> None:
    media.put("room", RoomPlan("e", 1, {"amina": TALKS, "bruno": LISTENS}, floor="amina"))
    amina, bruno = Talker(media, "room", "amina"), Talker(media, "room", "bruno")
    await bruno.receive(Ear(), video=6)
    await amina.publish()
    amina.talk()
    sources = await until(lambda: (found := heard.last(Sources)) and len(found.sources) == 2 and found)
    assert sources.sources == {
        "amina:mic": {"seat": "amina", "kind": "mic"},
        "amina:camera": {"seat": "amina", "kind": "camera"},
    }
    routes = await until(lambda: (found := heard.last(Routes, seat="bruno")) and found.slots["v0"] and found)
    assert (routes.slots["a0"], routes.slots["v0"], routes.slots["a3"]) == ("amina:mic", "amina:camera", None)
    counters = await until(lambda: (found := heard.last(Counters, seat="bruno")) and found.down_kbps and found)
    assert 100 < counters.down_kbps < 1000
    await amina.close()
    gone = await until(lambda: heard.last(SeatGone, seat="amina"))
    assert gone.why == "goodbye"
    await bruno.close()


async def test_a_muted_seat_is_dropped_by_the_node_whatever_it_sends(
    media: Media, talk: tuple[Talker, Talker, Ear]
) -> None:
    *_, ear = talk
    media.put("room", RoomPlan("e", 2, {"amina": SeatPlan(publish=ALL, audible=False), "bruno": LISTENS}))
    await asyncio.sleep(0.2)
    before = {ssrc: len(views) for ssrc, views in ear.packets.items()}
    await asyncio.sleep(0.5)
    grown = sorted(len(views) - before[ssrc] for ssrc, views in ear.packets.items())
    assert grown[0] == 0, "the microphone is closed"
    assert grown[1] > 10, "the camera is not"


async def test_a_revoked_seat_is_disconnected_and_silent_within_two_seconds(
    media: Media, talk: tuple[Talker, Talker, Ear], heard: Heard
) -> None:
    *_, ear = talk
    media.put("room", RoomPlan("e", 2, {"bruno": LISTENS}))
    started = time.monotonic()
    await until(lambda: heard.last(SeatGone, seat="amina"), 2)
    await until(lambda: time.monotonic() - ear._last > 0.3, 2)
    assert ear._last - started < 1.0
    with pytest.raises(MediaRefused, match="no_seat"):
        await media.receive("room", "amina")


async def test_an_older_plan_changes_nothing_and_another_epoch_always_holds(
    media: Media, talk: tuple[Talker, Talker, Ear], node: NodeProcess
) -> None:
    async with unix_connect(node.door.removeprefix("unix://"), uri="ws://media/") as socket:

        async def put(epoch: str, version: int) -> tuple[str, int]:
            plan = RoomPlan(epoch, version, {"amina": TALKS, "bruno": LISTENS})
            await socket.send(json.dumps({"do": "plan", "room": "room", "plan": plan.as_json()}))
            while (message := json.loads(await socket.recv())).get("is") != "ack":
                continue
            return message["epoch"], message["version"]

        assert await put("e", 5) == ("e", 5)
        assert await put("e", 4) == ("e", 5)
        assert await put("f", 1) == ("f", 1)


async def test_media_goes_on_without_a_web_process(
    media: Media, talk: tuple[Talker, Talker, Ear], node: NodeProcess
) -> None:
    *_, ear = talk
    await media.close()
    ear.begin()
    await asyncio.sleep(1.5)
    assert ear.silence < 0.5
    # a web process that comes back speaks for the room again, and is told what is there
    again = Media(node.door)
    told = Heard(again)
    again.start()
    again.put("room", RoomPlan("after", 1, {"amina": SeatPlan(), "bruno": LISTENS}))
    await until(lambda: told.last(Epoch))
    await until(lambda: (found := told.last(Sources)) and not found.sources, 2)  # amina may not publish any more
    await again.close()


async def test_a_mute_said_while_the_node_was_dead_holds_within_two_seconds_of_its_return(
    media: Media, talk: tuple[Talker, Talker, Ear], node: NodeProcess, heard: Heard
) -> None:
    first = media.epoch
    node.kill()
    await until(lambda: not media.is_up)
    media.put("room", RoomPlan("e", 2, {"amina": SeatPlan(publish=frozenset({"video"})), "bruno": LISTENS}))
    node.start()
    back = time.monotonic()
    await until(lambda: (found := heard.last(Epoch)) and found.epoch != first, 2)
    amina, bruno, ear = Talker(media, "room", "amina"), Talker(media, "room", "bruno"), Ear()
    await bruno.receive(ear)
    await amina.publish()
    assert time.monotonic() - back < 2
    amina.talk()
    await until(lambda: ear.count > 50)
    assert len(ear.packets) == 1, "only the picture passes"
    await amina.close()
    await bruno.close()


async def test_requests_fail_in_words_while_the_node_is_away(tmp_path: Path) -> None:
    client = Media(f"unix://{tmp_path}/nobody.sock")
    client.start()
    with pytest.raises(MediaDown):
        await client.publish("room", "amina", "v=0")
    await client.close()


@pytest.mark.parametrize("token", ["wrong", None])
async def test_a_door_over_tcp_needs_its_token(token: str | None, tmp_path: Path) -> None:
    process = NodeProcess(tmp_path, door="ws://127.0.0.1:0", token="the right one").start()
    try:
        stranger, friend = Media(process.door, token), Media(process.door, "the right one")
        stranger.start()
        friend.start()
        await until(lambda: friend.is_up)
        await asyncio.sleep(0.3)
        assert not stranger.is_up
        await stranger.close()
        await friend.close()
    finally:
        process.stop()


async def test_unreadable_messages_are_answered_and_change_nothing(
    media: Media, talk: tuple[Talker, Talker, Ear], node: NodeProcess
) -> None:
    *_, ear = talk
    async with unix_connect(node.door.removeprefix("unix://"), uri="ws://media/") as socket:
        bad = [
            "",
            "nonsense",
            "[]",
            "[" * 100_000,
            '{"do":"plan"}',
            '{"do":"fly"}',
            '{"do":"plan","room":"room","plan":{}}',
        ]
        bad += ['{"do":"receive","room":"room","seat":"bruno","audio":99,"video":1}', '{"do":"publish","room":7}']
        for text in bad:
            await socket.send(text)
        answers = []
        while len(answers) < len(bad):
            message = json.loads(await socket.recv())
            if message.get("is") == "error" or "refused" in message:
                answers.append(message)
    ear.begin()
    await asyncio.sleep(0.5)
    assert ear.silence < 0.3


async def test_the_node_stops_cleanly_on_sigterm(
    media: Media, talk: tuple[Talker, Talker, Ear], node: NodeProcess
) -> None:
    started = time.monotonic()
    assert await asyncio.to_thread(node.stop) == 0
    assert time.monotonic() - started < 5
    assert "Traceback" not in node.log.read_text()


async def test_a_page_quicker_than_the_plan_is_seated_all_the_same(media: Media) -> None:
    media.put("room", RoomPlan("e", 1, {}))
    asking = asyncio.create_task(media.receive("room", "amina", 1, 0))
    await asyncio.sleep(0.1)
    media.put("room", RoomPlan("e", 2, {"amina": LISTENS}))
    assert "a=sendonly" in await asking
    with pytest.raises(MediaRefused, match="no_seat"):
        await media.receive("room", "stranger", 1, 0)


HELLO = {"is": "hello", "epoch": "one", "port": 1}
LOAD = {"is": "load", "rooms": ["a room"], "connections": 3, "busy": 0.1, "draining": False}


@asynccontextmanager
async def saying(door: Path, *words: dict[str, Any]) -> AsyncIterator[str]:
    """A node that says this to whoever comes, and nothing else."""

    async def speak(socket: ServerConnection) -> None:
        for word in words:
            await socket.send(json.dumps(word))
        await socket.wait_closed()

    async with unix_serve(speak, str(door)):
        yield f"unix://{door}"


async def test_a_word_of_another_version_does_not_end_the_line(tmp_path: Path) -> None:
    async with saying(tmp_path / "door", HELLO, {"is": "counters"}, LOAD) as door:
        media = Media(door)
        media.start()
        await until(lambda: media.load.connections == 3)
        await media.close()


async def test_what_is_in_the_slots_is_told_once_its_room_is_planned_here(tmp_path: Path) -> None:
    routes = {"is": "routes", "room": "a room", "seat": "s", "slots": {"a0": "another:mic"}}
    elsewhere = {**routes, "room": "a room that is no more"}
    async with saying(tmp_path / "door", HELLO, elsewhere, routes, LOAD) as door:
        nodes, heard = Nodes([door]), []
        nodes.listen(heard.append)
        nodes.start()
        await until(lambda: nodes.all[0].load.connections == 3)
        assert nodes._early.keys() == {"a room"}
        nodes.put("a room", RoomPlan("ours", 1, {"s": SeatPlan()}))
        assert [event.slots for event in heard if isinstance(event, Routes)] == [{"a0": "another:mic"}]
        assert not nodes._early
        await nodes.close()
