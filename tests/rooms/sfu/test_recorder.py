"""The recorder: packets in, files out, and what it does when the disk says no."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import json
import os
import resource
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PosixPath
from typing import Any

import pytest

from rooms.sfu import rtp, spell
from rooms.sfu.inbound import Packet, Track
from rooms.sfu.plan import PlanError, Recording, RoomPlan, SeatPlan
from rooms.sfu.recorder import QUEUE, Recorder
from tests.media.until import until
from tests.sound import FRAME, tenths, tone

NOW = 1_000.0


class Speech:
    """Packets of one microphone; `at(n)` is the nth, sent and arriving when it should."""

    def __init__(self, began: float, *, timestamp: int = 4_294_960_000) -> None:
        self.track = Track(1, is_video=False, clock=48_000)
        self.began, self.timestamp = began, timestamp

    def at(self, number: int, *, late: float = 0.0) -> tuple[Packet, float]:
        view = rtp.View(111, False, 0, self.timestamp + number * FRAME & 0xFFFFFFFF, 1, 0, 0, 0, 0)
        packet = Packet(self.track, 70_000 + number, view, tone()[number % 50], False)
        return packet, self.began + number * 0.02 + late


def begun(folder: Path) -> spell.Spell:
    facts = spell.Facts("room", "r-1", "seat", "turn-1", "r-1-aa.opus", 1_795_000_000_000)
    folder.mkdir(exist_ok=True)
    made = spell.Spell(facts, folder, NOW)
    made.open()
    return made


def heard(packet: Packet, at: float) -> spell.Heard:
    return spell.Heard(packet.track, packet.number, packet.timestamp, packet.payload, at)


def say(to: spell.Spell, speech: Speech, numbers: Any) -> None:
    for number in numbers:
        to.take(heard(*speech.at(number)))


def test_packets_out_of_order_are_put_in_order_and_copies_dropped(tmp_path: Path) -> None:
    straight, crooked = begun(tmp_path / "a"), begun(tmp_path / "b")
    say(straight, Speech(NOW), range(100))
    say(crooked, Speech(NOW), [0, 1, 1, *(n + (1 if n % 2 == 0 else -1) for n in range(2, 100)), 50])
    facts = crooked.finish()
    assert (facts.ms, facts.silence_ms) == (1993, 0)
    sound = [folder / facts.file for folder in (tmp_path / "a", tmp_path / "b")]
    straight.finish()
    assert tenths(sound[0]) == tenths(sound[1])


def test_what_is_lost_or_paused_is_silence_of_the_same_length(tmp_path: Path) -> None:
    one = begun(tmp_path)
    speech = Speech(NOW)
    say(one, speech, range(50))
    say(one, speech, range(100, 150))  # a second never came
    facts = one.finish()
    levels = tenths(tmp_path / facts.file)
    assert 2_980 <= facts.ms <= 3_000 and 990 <= facts.silence_ms <= 1_000
    assert min(levels[:9]) > 6_000 and max(levels[11:19]) == 0 and min(levels[21:]) > 5_000


def test_a_browser_that_stops_counting_in_a_pause_leaves_a_gap_as_long_as_the_pause(tmp_path: Path) -> None:
    one = begun(tmp_path)
    speech = Speech(NOW)
    say(one, speech, range(50))
    speech.began += 2  # two seconds later, numbers and timestamps go on as if there had been no pause
    say(one, speech, range(50, 100))
    facts = one.finish()
    assert 3_980 <= facts.ms <= 4_020 and 1_980 <= facts.silence_ms <= 2_020


def test_another_connection_goes_on_in_the_same_file(tmp_path: Path) -> None:
    one = begun(tmp_path)
    say(one, Speech(NOW), range(50))
    say(one, Speech(NOW + 1.5, timestamp=77), range(50))
    facts = one.finish()
    assert 2_480 <= facts.ms <= 2_510 and 480 <= facts.silence_ms <= 520


def test_nobody_makes_a_file_longer_than_time_allows(tmp_path: Path) -> None:
    one = begun(tmp_path)
    speech = Speech(NOW)
    for number in range(2_000):  # forty seconds of sound within one
        packet, _ = speech.at(number)
        one.take(heard(packet, NOW + number / 2_000))
    assert one.finish().ms < 7_000


def test_a_disk_that_takes_a_part_of_a_page_is_a_full_one(tmp_path: Path) -> None:
    """Or the page would be torn in the middle of a file that is told as whole."""
    one = begun(tmp_path)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (600, before[1]))
    try:
        with pytest.raises(OSError) as full:
            say(one, Speech(NOW), range(60))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert full.value.errno == errno.ENOSPC
    one.leave()


def test_a_spell_is_found_again_after_the_node_died(tmp_path: Path) -> None:
    one = begun(tmp_path)
    say(one, Speech(NOW), range(170))
    spell.mend(tmp_path)  # by a second node that starts, and shares the folder
    assert (tmp_path / "r-1-aa.opus.part").exists(), "what a living one writes is left alone"
    one.leave()  # never finished
    (tmp_path / "r-1-bb.opus.part").write_bytes(b"OggS")  # of this one nothing is left
    spell.mend(tmp_path)
    (facts,) = spell.finished(tmp_path)
    assert facts.cut and 2_900 <= facts.ms <= 3_020
    assert len(tenths(tmp_path / facts.file)) >= 28
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".json", ".opus"]


def test_two_nodes_that_start_at_once_mend_every_spell_once(tmp_path: Path) -> None:
    one = begun(tmp_path)
    say(one, Speech(NOW), range(170))
    one.leave()
    part, facts = tmp_path / "r-1-aa.opus.part", json.loads((tmp_path / "r-1-aa.opus.json").read_bytes())
    for number in range(30):
        file = f"r-1-{number}.opus"
        (tmp_path / f"{file}.part").write_bytes(part.read_bytes())
        (tmp_path / f"{file}.json").write_text(json.dumps({**facts, "file": file}))
    with ThreadPoolExecutor(2) as nodes:
        list(nodes.map(spell.mend, [tmp_path] * 2))
    assert len(spell.finished(tmp_path)) == 31
    assert {path.suffix for path in tmp_path.iterdir()} == {".json", ".opus"}


# ── the whole of it, with its thread ──


class Told:
    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def __call__(self, event: dict[str, Any]) -> None:
        self.events.append(event)


PLAN = Recording("r-1", {"seat": "turn-1"})


async def test_a_file_ends_with_the_plan_and_is_told_until_it_is_kept(tmp_path: Path) -> None:
    told = Told()
    one = Recorder(tmp_path, 0, told)
    one.start()
    speech = Speech(time.monotonic() - 1)
    one.take("room", "seat", *speech.at(0))  # before any plan: nothing
    one.hold("room", PLAN)
    one.take("room", "other", *speech.at(1))  # not one of those recorded
    for number in range(50):
        one.take("room", "seat", *speech.at(number))
    one.hold("room", Recording("r-1", {"seat": "turn-2"}))
    for number in range(50, 75):
        one.take("room", "seat", *speech.at(number))
    one.hold("room", None)
    await until(lambda: len(told.events) == 2)
    assert [event["spell"] for event in told.events] == ["turn-1", "turn-2"]
    assert [980 <= event["ms"] <= 1_000 for event in told.events] == [True, False]
    one.tell_finished()  # to a web process that was away
    await until(lambda: len(told.events) == 4)
    assert {event["file"] for event in told.events[2:]} == {event["file"] for event in told.events[:2]}
    one.kept(told.events[0]["file"])
    one.kept("../../etc/passwd.opus")
    one.tell_finished()
    await until(lambda: len(told.events) == 5)
    assert told.events[-1] == told.events[1]
    one.stop()


async def test_a_full_disk_ends_the_recording_and_says_so_once(tmp_path: Path) -> None:
    told = Told()
    one = Recorder(tmp_path, 1 << 60, told)  # no disk has that much left
    one.start()
    one.hold("room", PLAN)
    speech = Speech(time.monotonic())
    for number in range(100):
        one.take("room", "seat", *speech.at(number))
    await until(lambda: told.events)
    one.take("room", "seat", *speech.at(100))
    assert told.events == [{"is": "recorder", "room": "room", "recording": "r-1", "why": "disk"}]
    assert list(tmp_path.glob("*.opus")) == []
    assert list(one.snapshot()) == told.events  # a web process that was away hears it, too
    one.hold("room", Recording("r-2", {}))
    assert list(one.snapshot()) == []
    one.stop()


class StuckDisk(PosixPath):
    """A folder on a disk that has stopped answering: whoever writes sound there waits in the kernel, as on a network
    disk whose server is away. What is written goes into a pipe that nobody reads before `answers`."""

    back = threading.Event()

    def open(self, mode: str = "r", buffering: int = -1, *rest: Any, **named: Any) -> Any:
        if self.suffix != ".part":
            return super().open(mode, buffering, *rest, **named)
        os.mkfifo(self)
        pipe = super().open("r+b", buffering=0)
        os.write(pipe.fileno(), bytes(fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, 4_096)))  # full
        return pipe

    def unlink(self, missing_ok: bool = False) -> None:
        """As the rest: not before the disk answers."""
        StuckDisk.back.wait(5)
        super().unlink(missing_ok)

    def answers(self) -> None:
        """The disk is back: everything is taken."""
        StuckDisk.back.set()
        for part in self.glob("*.part"):
            threading.Thread(target=_swallow, args=(os.open(part, os.O_RDONLY | os.O_NONBLOCK),), daemon=True).start()


def _swallow(pipe: int) -> None:
    os.set_blocking(pipe, True)
    while os.read(pipe, 65_536):
        continue
    os.close(pipe)


async def test_the_loop_never_waits_for_a_disk_that_is_slow(tmp_path: Path) -> None:
    told, disk = Told(), StuckDisk(tmp_path)
    one = Recorder(disk, 0, told)
    one.start()
    one.hold("room", PLAN)
    speech = Speech(time.monotonic())
    one.take("room", "seat", *speech.at(0))
    await until(lambda: list(tmp_path.glob("*.part")))  # the writer waits for it now
    began = time.monotonic()
    one.kept("r-1-aa.opus")
    one.tell_finished()
    list(one.snapshot())
    slowest = time.monotonic() - began
    for number in range(1, QUEUE + 100):
        packet, at = speech.at(number)
        began = time.monotonic()
        one.take("room", "seat", packet, at)
        slowest = max(slowest, time.monotonic() - began)
    assert slowest < 2  # s; a busy machine may leave us waiting, the disk would for five or for good
    assert [event["why"] for event in told.events] == ["slow"]
    disk.answers()
    one.stop()


async def test_a_node_without_a_folder_says_so(tmp_path: Path) -> None:
    told = Told()
    one = Recorder(None, 0, told)
    one.start()
    one.hold("room", PLAN)
    one.take("room", "seat", *Speech(NOW).at(0))
    assert [event["why"] for event in told.events] == ["no_folder"]
    one.stop()
    await asyncio.sleep(0)


# ── the plan ──


def test_a_corridor_cannot_be_recorded_by_construction() -> None:
    with pytest.raises(PlanError, match="never recorded"):
        RoomPlan("e", 1, {"seat": SeatPlan()}, private=True, record=PLAN)
    told = RoomPlan("e", 1, {"seat": SeatPlan()}, record=PLAN).as_json()
    assert RoomPlan.from_json(json.loads(json.dumps(told))).record == PLAN
    with pytest.raises(PlanError, match="never recorded"):
        RoomPlan.from_json({**told, "private": True})


@pytest.mark.parametrize(
    "record",
    [
        {}, [], "r", {"recording": "../x", "spells": {}}, {"recording": "r", "spells": {"seat": "a/b"}},
        {"recording": "r", "spells": {"stranger": "a"}}, {"recording": "r", "spells": []}, {"recording": 1, "spells": {}},
    ],
)  # fmt: skip
def test_nonsense_is_no_recording(record: object) -> None:
    with pytest.raises(PlanError):
        RoomPlan.from_json({"epoch": "e", "version": 1, "seats": {"seat": {}}, "record": record})
