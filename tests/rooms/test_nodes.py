"""Several media nodes: where rooms live, and how they move when a node dies, falls silent or is drained."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from rooms import nodes
from rooms.media import Media, MediaRefused, Recording, RoomPlan, SeatPlan, Stale
from rooms.nodes import Home, Nodes
from tests.media.node import NodeProcess
from tests.media.until import until
from tests.media.wires import Ear, Talker

TALKS = SeatPlan(publish=frozenset({"audio", "video"}), audible=True)
LISTENS = SeatPlan()


@pytest.fixture(scope="module")
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[NodeProcess]]:
    both = [NodeProcess(tmp_path_factory.mktemp("node"), addresses="127.0.0.1") for _ in range(2)]
    yield both
    for process in both:
        process.stop()


@pytest.fixture
def pair(processes: list[NodeProcess]) -> list[NodeProcess]:
    """Two nodes that live; an earlier test may have ended one."""
    ended = [one for one in processes if one.process is None or one.process.poll() is not None]
    with ThreadPoolExecutor() as pool:
        list(pool.map(NodeProcess.start, ended))
    return processes


class Told:
    """The web process's line to the nodes, and what it heard of rooms that moved."""

    def __init__(self, pair: list[NodeProcess]) -> None:
        self.nodes = Nodes([process.door for process in pair])
        self.homes: list[Home] = []
        self.stale: list[Stale] = []
        self.nodes.listen(lambda event: self.homes.append(event) if isinstance(event, Home) else None)
        self.nodes.listen(lambda event: self.stale.append(event) if isinstance(event, Stale) else None)

    async def begin(self) -> Told:
        self.nodes.start()
        await until(lambda: all(node.epoch for node in self.nodes.all))
        return self

    async def end(self) -> None:
        """Nothing of this test is left at the nodes."""
        for room in list(self.nodes._rooms):
            self.nodes.drop(room)
        living = [node for node in self.nodes.all if node.is_up]
        await until(lambda: not any(node.load.rooms for node in living if node.is_up))
        await self.nodes.close()

    def at(self, room: str) -> int | None:
        """Index of the node on which a room lives."""
        epoch = self.nodes.epoch_of(room)
        return [node.epoch for node in self.nodes.all].index(epoch) if epoch else None


@pytest_asyncio.fixture
async def told(pair: list[NodeProcess]) -> AsyncIterator[Told]:
    one = await Told(pair).begin()
    yield one
    await one.end()


def plan(version: int = 1, term: int = 0, seats: int = 0) -> RoomPlan:
    crowd = {f"seat-{number}": LISTENS for number in range(seats)}
    return RoomPlan("e", version, {"amina": TALKS, "bruno": LISTENS, **crowd}, term=term)


async def talk(told: Told, ear: Ear) -> tuple[Talker, Talker]:
    """Amina is heard by Bruno."""
    amina, bruno = Talker(told.nodes, "room", "amina"), Talker(told.nodes, "room", "bruno")
    await bruno.receive(ear)
    await amina.publish()
    amina.talk()
    before = ear.count
    await until(lambda: ear.count > before + 20)
    return amina, bruno


async def test_rooms_go_where_the_least_is_going_on(told: Told) -> None:
    told.nodes.put("plenary", plan(seats=100))
    for number in range(4):
        told.nodes.put(f"committee-{number}", plan())
    big = told.at("plenary")
    assert [told.at(f"committee-{number}") for number in range(4)] == [1 - big] * 4
    told.nodes.drop("plenary")
    told.nodes.put("another", plan())
    assert told.at("another") == big


async def test_a_web_process_that_starts_finds_every_room_where_it_is(told: Told, pair: list[NodeProcess]) -> None:
    for number in range(3):
        told.nodes.put(f"room-{number}", plan())
    where = [told.at(f"room-{number}") for number in range(3)]
    assert set(where) == {0, 1}
    for node in told.nodes.all:
        await until(lambda node=node: node.load.rooms)
    await told.nodes.close()
    again = Told(pair)
    again.nodes.start()
    for number in (2, 1, 0):  # in another order they would be placed otherwise
        again.nodes.put(f"room-{number}", RoomPlan("later", 1, {"amina": TALKS}))
    await until(lambda: all(again.at(f"room-{number}") is not None for number in range(3)))
    assert [again.at(f"room-{number}") for number in range(3)] == where
    await again.end()


async def test_a_dead_nodes_rooms_are_placed_anew_within_ten_seconds(told: Told, pair: list[NodeProcess]) -> None:
    told.nodes.put("room", plan())
    dead = told.at("room")
    pair[dead].kill()
    began = time.monotonic()
    await until(lambda: told.at("room") == 1 - dead, 10)
    amina, bruno = await talk(told, Ear())
    print(f"heard again {time.monotonic() - began:.1f} s after the node was killed for good")
    assert time.monotonic() - began < 10
    assert told.homes[-1] == Home("room", told.nodes.epoch_of("room"))
    pair[dead].start()
    await until(lambda: told.nodes.all[dead].is_up)
    told.nodes.put("room", plan(2))
    await asyncio.sleep(1)
    assert told.at("room") == 1 - dead, "it stays where it is"
    await amina.close()
    await bruno.close()


async def test_a_node_started_again_in_time_keeps_its_rooms(told: Told, pair: list[NodeProcess]) -> None:
    told.nodes.put("room", plan())
    at, first = told.at("room"), told.nodes.epoch_of("room")
    pair[at].kill()
    pair[at].start()
    await until(lambda: told.nodes.epoch_of("room") not in (first, None))
    assert told.at("room") == at
    assert told.homes[-1].epoch != first, "and every page is told to come anew"


async def test_a_silent_node_loses_its_lease_and_later_its_rooms(
    told: Told, pair: list[NodeProcess], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nodes, "LEASE", 2.5)
    monkeypatch.setattr(nodes, "MOVE", 0.5)
    told.nodes.put("room", plan())
    silent = told.at("room")
    await until(lambda: "room" in told.nodes.all[silent].load.rooms)
    os.kill(pair[silent].pid, signal.SIGSTOP)
    try:
        await until(lambda: told.at("room") == 1 - silent, 10)
    finally:
        os.kill(pair[silent].pid, signal.SIGCONT)
    await until(lambda: told.nodes.all[silent].is_up and "room" not in told.nodes.all[silent].load.rooms)


async def test_a_drained_node_ends_and_nobody_misses_a_word(
    told: Told, pair: list[NodeProcess], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nodes, "MOVE", 3.0)
    told.nodes.put("room", plan())
    leaving = told.at("room")
    ear = Ear()
    before = await talk(told, ear)
    began, told.homes[:] = time.monotonic(), []
    os.kill(pair[leaving].pid, signal.SIGUSR1)
    await until(lambda: told.homes)
    ear.begin()
    told.nodes.put("new", plan())
    assert told.at("new") == 1 - leaving
    after = await talk(told, ear)  # as pages do: beside the old connections
    await asyncio.sleep(0.5)
    for page in before:
        await page.close()
    code = await asyncio.to_thread(pair[leaving].process.wait, 20)
    print(f"drained in {time.monotonic() - began:.1f} s, longest silence {ear.longest_silence:.2f} s")
    assert code == 0
    assert ear.longest_silence < 1.0
    assert told.at("room") == 1 - leaving
    for page in after:
        await page.close()


async def test_a_voice_on_record_is_written_by_the_old_node_until_the_new_one_hears_it(told: Told) -> None:
    recorded = replace(plan(), record=Recording("7", {"amina": "t1", "bruno": "open"}))
    told.nodes.put("room", recorded)
    placed = told.nodes._rooms["room"]
    old, new = placed.node, next(node for node in told.nodes.all if node is not placed.node)
    told.nodes._move("room", placed, time.monotonic(), others=[new])
    assert placed.plan_for(new).record == recorded.record
    assert placed.plan_for(old).record == recorded.record
    amina = Talker(told.nodes, "room", "amina")
    await amina.publish()
    amina.talk()
    await until(lambda: placed.sending == {"amina"})
    assert placed.plan_for(old).record.spells == {"bruno": "open"}
    assert placed.plan_for(new).record == recorded.record
    await amina.close()


async def test_a_node_with_nowhere_to_go_ends_at_its_deadline(tmp_path: Path) -> None:
    process = NodeProcess(tmp_path, addresses="127.0.0.1").start()
    alone = await Told([process]).begin()
    alone.nodes.put("room", plan())
    with pytest.raises(MediaRefused, match="within"):
        await alone.nodes.all[0].drain(-1)
    began = time.monotonic()
    await alone.nodes.all[0].drain(1.5)
    assert await asyncio.to_thread(process.process.wait, 10) == 0
    assert time.monotonic() - began > 1.4
    await alone.nodes.close()


async def test_who_looked_after_a_room_before_has_no_say_any_more(told: Told, pair: list[NodeProcess]) -> None:
    told.nodes.put("room", plan(term=1))
    at = told.at("room")
    other = Media(pair[at].door)
    other.start()
    other.put("room", RoomPlan("other", 1, {"chen": LISTENS}, term=2))
    await other.receive("room", "chen", 1, 0)
    told.nodes.put("room", plan(2, term=1))
    with pytest.raises(MediaRefused, match="stale"):
        await told.nodes.publish("room", "amina", "v=0")
    told.nodes.look("room", "bruno", ("amina:camera",), ())
    told.nodes.leave("room", "chen")
    told.nodes.drop("room")
    await until(lambda: len(told.stale) >= 3)
    assert {(one.room, one.term) for one in told.stale} == {("room", 2)}
    await other.receive("room", "chen", 1, 0)
    other.drop("room")
    await until(lambda: "room" not in other.load.rooms)
    await other.close()
