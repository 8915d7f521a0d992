"""The real node writes the floor down: what was said, when, and only as long as the plan says so."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from rooms.media import Event, Media, Recorded, RecorderStopped, Recording, RoomPlan, SeatPlan
from rooms.sfu.client import LEVEL_ID, OPUS, rtp_packet
from tests.media.node import NodeProcess
from tests.media.until import until
from tests.media.wires import Ear, Talker
from tests.sound import FRAME, tenths, tone

pytestmark = pytest.mark.asyncio(loop_scope="session")

TALKS = SeatPlan(publish=frozenset({"audio"}), audible=True)


class Speaker(Talker):
    """Says a tone, a packet every 20 ms by the clock; `hushed`: the time goes on without packets."""

    hushed = False

    async def _run(self) -> None:
        began = time.monotonic()
        while True:
            if self.ticks * 0.02 < time.monotonic() - began:
                self.say()
            else:
                await asyncio.sleep(0.005)

    def say(self) -> None:
        assert self.sending is not None
        tick = self.ticks
        self.ticks += 1
        if self.hushed:
            return
        extension = bytes((LEVEL_ID << 4, 0x94, 0, 0))
        packet = tone()[tick % 50]
        self.sending.send_rtp(rtp_packet(OPUS, tick, tick * FRAME, self.feeds[0].ssrc, packet, extension=extension))


class Stage:
    """A node that records, the product's client, Amina who speaks and Bruno who listens."""

    def __init__(self, folder: Path, reserve: int) -> None:
        self.folder = folder / "sound"
        self.node = NodeProcess(folder, MEDIA_RECORDINGS=str(self.folder), MEDIA_RECORDINGS_RESERVE=str(reserve))
        self.media: Media
        self.heard: list[Event] = []
        self.version = 0
        self.ear = Ear()

    async def open(self) -> None:
        self.node.start()
        self.media = Media(self.node.door)
        self.media.listen(self.heard.append)
        self.media.start()
        self.put(None)
        self.amina, self.bruno = Speaker(self.media, "room", "amina"), Talker(self.media, "room", "bruno")
        await self.bruno.receive(self.ear)
        await self.amina.publish()
        self.amina.talk()
        await until(lambda: self.ear.count)

    def put(self, record: Recording | None) -> None:
        self.version += 1
        seats = {"amina": TALKS, "bruno": SeatPlan()}
        self.media.put("room", RoomPlan("e", self.version, seats, floor="amina", record=record))

    def files(self) -> list[Recorded]:
        return [event for event in self.heard if isinstance(event, Recorded)]

    async def close(self) -> None:
        await self.amina.close()
        await self.bruno.close()
        await self.media.close()
        self.node.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def stage(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    made = Stage(tmp_path, getattr(request, "param", 0))
    await made.open()
    yield made
    await made.close()


async def test_a_spell_of_speech_is_one_file_with_its_pause_as_silence(stage: Stage) -> None:
    assert not list(stage.folder.iterdir())  # Amina has been speaking; nobody asked to record her
    stage.put(Recording("r-1", {"amina": "turn-1"}))
    began = time.monotonic()
    await asyncio.sleep(1.0)
    stage.amina.hushed = True
    await asyncio.sleep(1.0)
    stage.amina.hushed = False
    await asyncio.sleep(1.0)
    stage.put(Recording("r-1", {"amina": "turn-2"}))  # the floor changes hands: another file
    took = time.monotonic() - began
    (first,) = await until(stage.files)
    assert (first.room, first.recording, first.seat, first.spell, first.cut) == (
        "room",
        "r-1",
        "amina",
        "turn-1",
        False,
    )
    levels = tenths(stage.folder / first.file)
    assert abs(first.ms / 1000 - took) < 0.25 and abs(len(levels) / 10 - took) < 0.3
    assert 850 <= first.silence_ms <= 1_150
    assert 8 <= levels.count(0) <= 11 and min(levels[:8]) > 1_500 and min(levels[-7:-1]) > 1_500
    assert abs(first.ended - time.time() * 1000) < 1_000
    await asyncio.sleep(0.5)
    stage.put(None)
    second = (await until(lambda: len(stage.files()) == 2 and stage.files()))[1]
    assert second.spell == "turn-2" and 350 <= second.ms <= 800
    size = sum(path.stat().st_size for path in stage.folder.glob("*.opus"))
    await asyncio.sleep(0.3)
    assert (
        sum(path.stat().st_size for path in stage.folder.iterdir() if path.suffix != ".json") == size
    )  # not a byte more


async def test_a_node_that_is_killed_keeps_what_was_said_and_goes_on(stage: Stage) -> None:
    stage.put(Recording("r-1", {"amina": "turn-1"}))
    await until(lambda: any(path.stat().st_size > 5_000 for path in stage.folder.glob("*.part")))
    stage.node.kill()
    stage.node.start()
    (first,) = await until(stage.files)
    assert first.cut and first.ms >= 900 and len(tenths(stage.folder / first.file)) >= 9
    stage.media.kept(first.file)
    await stage.amina.close()
    stage.amina = Speaker(stage.media, "room", "amina")
    await stage.amina.publish()
    stage.amina.talk()
    await until(lambda: list(stage.folder.glob("*.part")))  # the plan is the same: the next spell is written
    stage.put(None)
    second = (await until(lambda: [one for one in stage.files() if one.file != first.file]))[0]
    assert not second.cut and second.spell == "turn-1"
    again = Media(stage.node.door)
    told: list[Event] = []
    again.listen(told.append)
    again.start()
    await until(lambda: [one for one in told if isinstance(one, Recorded)])
    assert {one.file for one in told if isinstance(one, Recorded)} == {second.file}  # the first was taken in
    await again.close()


@pytest.mark.parametrize("stage", [1 << 60], indirect=True)
async def test_a_full_disk_stops_the_recorder_and_not_the_meeting(stage: Stage) -> None:
    stage.put(Recording("r-1", {"amina": "turn-1"}))
    stopped = await until(lambda: [one for one in stage.heard if isinstance(one, RecorderStopped)])
    assert stopped == [RecorderStopped("room", "r-1", "disk")]
    stage.ear.begin()
    count = stage.ear.count
    await until(lambda: stage.ear.count > count + 50)
    assert stage.ear.longest_silence < 0.5
    assert stage.files() == [] and not list(stage.folder.glob("*.opus"))
