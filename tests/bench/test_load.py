"""The load counts what it says it counts: what a listener must not get is missing, to the packet."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from bench import _load
from bench._machine import LOOPBACK, Cores
from bench._rows import TINY, plenary, round_table
from bench._servers import ROOM, Node
from bench._work import Contestant, Place, Work, contestant
from rooms.media import RoomPlan, SeatPlan

SECONDS = 0.4


@pytest_asyncio.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    started = Node(tmp_path, LOOPBACK, min(os.sched_getaffinity(0)), kernel="python")
    yield started
    await started.close()


def put(tmp_path: Path, node: Node, work: Work) -> Contestant:
    core = min(os.sched_getaffinity(0))
    place = Place(tmp_path, LOOPBACK, Cores(core, core, frozenset()), _load.build(), TINY, False, tmp_path)
    return contestant(place, node, work)


async def test_a_listener_without_the_right_to_receive_is_missing_from_what_was_delivered(
    tmp_path: Path, node: Node
) -> None:
    one = put(tmp_path, node, plenary(4))
    await one.fill()
    everybody = {seat: SeatPlan(frozenset({"audio", "video"}), audible=True) for seat in one.work.publishers}
    everybody |= {seat: SeatPlan(receive=seat != "listener-2") for seat in one.work.listeners}
    await one.settle()
    node.media.put(ROOM, RoomPlan("bench", 2, everybody, floor="floor"))

    window = await one.load.run(node.pid, seconds=SECONDS, warm=0.6)

    assert window.due > 0
    assert window.delivered * 4 == window.due * 3
    assert [sum(one.load.got(row, stream) for stream in range(4)) > 0 for row in range(4)] == [True, True, False, True]
    one.load.close()


async def test_nobody_is_owed_their_own_packets(tmp_path: Path, node: Node) -> None:
    one = put(tmp_path, node, round_table(3))
    await one.fill()
    await one.settle()

    window = await one.load.run(node.pid, seconds=SECONDS, warm=0.6)

    assert window.delivered == window.due > 0
    assert [one.load.got(row, 0) > 0 for row in range(3)] == [False, True, True]  # the first seat's camera
    one.load.close()
