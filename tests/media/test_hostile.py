"""Every attack of `attacks.py` on one live room: two bystanders lose no second of sound or picture, and nothing stays behind.

`test_guard.py` asks what each single probe of the design does; here they come as floods, one after another, against the
same node, so that what one leaves behind meets the next.
"""

from __future__ import annotations

import asyncio
import secrets
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser
from prometheus_client.parser import text_string_to_metric_families

from rooms.media import Media, RoomPlan, Routes, SeatPlan
from rooms.sfu.client import WireSeat
from tests.media.attacks import ATTACKS, Scene
from tests.media.browser import SeatPage
from tests.media.node import NodeProcess
from tests.media.test_loop import plays
from tests.media.until import until
from tests.media.wires import Ear, Pulse, Talker

pytestmark = pytest.mark.asyncio(loop_scope="session")  # one browser for all

TALKS = SeatPlan(publish=frozenset({"audio", "video", "screen"}), audible=True)
GAP = 1.0  # s a bystander's stream may pause
TASKS = 17  # of a node at rest: clocks, door, metrics; each connection adds one


def numbers(node: NodeProcess) -> dict[tuple[str, ...], float]:
    """What the node tells Prometheus."""
    with urllib.request.urlopen(f"http://{node.metrics}/metrics", timeout=5) as answer:
        families = text_string_to_metric_families(answer.read().decode())
        return {(one.name, *one.labels.values()): one.value for family in families for one in family.samples}


class EarEach(Ear):
    """The longest silence of each stream, without what this process slept through itself."""

    def __init__(self, pulse: Pulse | None = None) -> None:
        super().__init__()
        self.pulse = pulse
        self.last: dict[int, float] = {}
        self.gaps: dict[int, float] = {}

    def __call__(self, data: bytes, now: float) -> None:
        super().__call__(data, now)
        ssrc = int.from_bytes(data[8:12], "big")
        self.gaps[ssrc] = max(self.gaps.get(ssrc, 0.0), self._pause(self.last.get(ssrc, now), now))
        self.last[ssrc] = now

    def _pause(self, since: float, now: float) -> float:
        missed = self.pulse.missed(since) if self.pulse is not None and now - since > 0.2 else 0.0
        return now - since - missed

    def forget(self) -> None:
        self.gaps = dict.fromkeys(self.gaps, 0.0)
        for heard in (*self.packets.values(), *self.payloads.values()):
            heard.clear()

    def longest(self) -> float:
        now = time.monotonic()
        return max(max(gap, self._pause(self.last[ssrc], now)) for ssrc, gap in self.gaps.items())


class Room:
    """Amina has the floor; Bruno and Chen hear and see her."""

    def __init__(self, media: Media, node: NodeProcess) -> None:
        self.media, self.node = media, node
        self.name = f"room-{secrets.token_hex(4)}"
        self.amina = Talker(media, self.name, "amina")
        self.seats = {name: WireSeat(media, self.name, name) for name in ("bruno", "chen")}
        self.pulse = Pulse()
        self.ears = {name: EarEach(self.pulse) for name in self.seats}
        self.came = 0

    async def sit(self) -> None:
        self.pulse.start()
        self.plan()
        for name, seat in self.seats.items():
            await seat.receive(self.ears[name], audio=1, video=1)
        await self.amina.publish()
        self.amina.talk()
        await until(lambda: all(len(ear.packets) == 2 for ear in self.ears.values()))

    def plan(self) -> str:
        """Everybody's seat, and a fresh one for Eve: negotiating too often is one of her attacks."""
        self.came += 1
        eve = f"eve{self.came}"
        seats = {"amina": TALKS, "bruno": SeatPlan(), "chen": SeatPlan(), eve: TALKS}
        self.media.put(self.name, RoomPlan("e", self.came, seats, floor="amina"))
        return eve

    async def close(self) -> None:
        for seat in (*self.seats.values(), self.amina):
            await seat.close()
        self.media.drop(self.name)
        self.pulse.stop()


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    """One that nobody else counts on."""
    process = NodeProcess(tmp_path_factory.mktemp("hostile"), addresses="127.0.0.1").start()
    yield process
    assert process.stop() == 0


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def room(node: NodeProcess) -> AsyncIterator[Room]:
    media = Media(node.door)
    media.start()
    made = Room(media, node)
    await made.sit()
    yield made
    await made.close()
    await media.close()


async def enter(room: Room) -> Scene:
    """Eve takes her seat."""
    eve = WireSeat(room.media, room.name, room.plan())
    await eve.publish()
    await eve.receive(EarEach(), audio=4, video=6)
    return Scene(room.media, room.name, room.node.port, eve, room.amina)


@pytest.mark.parametrize("name", ATTACKS)
async def test_no_bystander_loses_a_second_to(name: str, room: Room, node: NodeProcess) -> None:
    scene = await enter(room)
    before = await asyncio.to_thread(numbers, node)
    for ear in room.ears.values():
        ear.forget()
    heard = {who: ear.count for who, ear in room.ears.items()}
    began = time.monotonic()
    try:
        await ATTACKS[name](scene)
        assert time.monotonic() - began < 6, "an attack is short"
        await until(lambda: all(ear.count > heard[who] + 20 for who, ear in room.ears.items()), 5)
        for who, ear in room.ears.items():
            assert ear.longest() < GAP, who
            assert len(ear.packets) == 2, "streams of the slots, and no other"
            payloads = [payload for heard_of in ear.payloads.values() for payload in heard_of]
            assert not any(scene.marker in payload for payload in payloads), "Eve spoke in Amina's name"
    finally:
        await scene.eve.close()
    after = await asyncio.to_thread(numbers, node)
    assert after["process_resident_memory_bytes",] - before["process_resident_memory_bytes",] < 16e6
    log = node.log.read_text()
    assert "Traceback" not in log
    assert [secret for secret in (room.name, "amina", "bruno", "chen", "eve") if secret in log] == []


COUNTED = {  # which attack is seen under which reason
    "strangers": "datagrams_of_every_kind_and_length",
    "malformed": "datagrams_of_every_kind_and_length",
    "checks": "checks_with_a_known_name_and_a_guessed_password",
    "unauthentic": "the_same_again",
    "ssrcs": "streams_without_end",
    "too_many": "more_than_a_seat_may",
    "unwanted": "another_seats_names",
}


async def test_each_kind_of_drop_is_counted_and_nothing_of_eve_stays(room: Room, node: NodeProcess) -> None:
    """Her connections are gone, half ones too: three are open, and no task of another is left."""
    for reason, name in COUNTED.items():
        if not (await asyncio.to_thread(numbers, node))["parley_node_dropped_packets_total", reason]:
            scene = await enter(room)
            await ATTACKS[name](scene)
            await scene.eve.close()
            assert (await asyncio.to_thread(numbers, node))["parley_node_dropped_packets_total", reason] > 0, reason

    async def settled() -> bool:
        now = await asyncio.to_thread(numbers, node)
        there = sum(value for key, value in now.items() if key[0] == "parley_node_connections")
        return there == 3 and now["parley_node_tasks",] <= TASKS + there

    await until(settled, 20)


@pytest.mark.timed
async def test_two_chromium_pages_see_and_hear_each_other_through_all_of_it(
    room: Room, node: NodeProcess, browser: Browser, tmp_path: Path
) -> None:
    """What decodes, not what arrives: pictures and sound samples grow in every second of the worst attacks, and what Eve's
    own line loses is not taken for Bruno's."""
    name = f"room-{secrets.token_hex(4)}"
    room.media.put(name, RoomPlan("c", 1, {"amina": TALKS, "bruno": TALKS, "eve": TALKS}, floor="amina"))
    amina = await SeatPage.sit(browser, room.media, name, "amina", receive=False)
    bruno = await SeatPage.sit(browser, room.media, name, "bruno", publish=False)
    await amina.open_devices()
    await plays(bruno, "amina")
    eve = WireSeat(room.media, name, "eve")
    await eve.publish()
    await eve.receive(EarEach(), audio=4, video=6)
    scene = Scene(room.media, name, node.port, eve, room.amina)
    worst = ["storms_of_requests", "more_than_a_seat_may", "reports_that_lie", "datagrams_of_every_kind_and_length"]
    attacking = asyncio.create_task(_one_after_another(scene, worst))
    seconds: list[tuple[int, int]] = []
    rests: list[Routes] = []
    stop = room.media.listen(
        lambda event: (
            rests.append(event)
            if isinstance(event, Routes) and (event.room, event.seat) == (name, "bruno") and event.rests
            else None
        )
    )
    before = await bruno.decoded()
    while not attacking.done():
        await asyncio.sleep(1)
        now = await bruno.decoded()
        seconds.append(
            (
                now["amina:camera"]["frames"] - before["amina:camera"]["frames"],
                now["amina:mic"]["samples"] - before["amina:mic"]["samples"],
            )
        )
        before = now
    await attacking
    stop()
    assert rests == []
    assert len(seconds) >= 4
    assert min(frames for frames, _ in seconds) > 0, seconds
    assert min(samples for _, samples in seconds) > 12_000, seconds
    await eve.close()
    room.media.drop(name)


async def _one_after_another(scene: Scene, names: list[str]) -> None:
    for name in names:
        await ATTACKS[name](scene)
