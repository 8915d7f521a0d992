"""Everybody comes at once: `python3 manage.py bench flood [--quick] [--joins 500] [--seconds 10]`.

A real node in its own process. Amina has the floor, Bruno hears and sees her. Then so many seats join within so many
seconds, each with two connections (real ICE, DTLS and SRTP, from a process of their own), and stay. What must hold: Bruno's
sound and picture never pause for a second, everybody gets in, and whoever waits is told their place. `--kill` ends the
node with -9 once all are in: everybody must hear again within ten seconds of that.

The last line is one JSON object; exit 1 when something does not hold.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bench.room import percentile
from bench.soak import Listening
from rooms.media import Epoch, Event, Media, MediaDown, MediaRefused, RoomPlan, SeatPlan
from rooms.sfu.client import OPUS, VP8, Wire, WireSeat, publish_offer, receive_answer
from rooms.sfu.gate import HURRY
from tests.media.node import NodeProcess
from tests.media.until import until
from tests.media.wires import Pulse, Talker

ROOM = "flood"
RIGHTS = frozenset({"audio", "video", "screen"})
PLAN_SECONDS = 0.1  # in which the web process puts joins into one plan
PATIENCE = 120.0  # s
GAP = 1.0  # s
BACK = 10.0  # s
SMALL = 60  # joins that need not wait until a node has finished hurrying


class Joiner(WireSeat):
    """A page that joins: to hear, then to send. What arrives is counted, not decrypted: hundreds share a core."""

    def __init__(self, media: Media, seat: str) -> None:
        super().__init__(media, ROOM, seat)
        self.media = media
        self.places: list[int] = []
        self.asked = 0.0
        self.hears_at = self.sends_at = 0.0  # when the connections worked

    async def join(self) -> None:
        """Both at once, as pages do."""
        self.asked = time.monotonic()
        await asyncio.gather(self._again(self._hear), self._again(self._send))

    async def come_back(self, number: int, of: int) -> None:
        """To a restarted node, as `Keeper.media_moved` spreads its pages."""
        old = [wire for wire in (self.receiving, self.sending) if wire is not None]
        self.hears_at = self.sends_at = 0.0
        await asyncio.sleep(number * min(0.010, 3.0 / of))
        async with asyncio.timeout(PATIENCE):
            await self.join()
        for wire in old:
            await wire.close()

    async def _again(self, work: Any) -> None:
        for pause in (0.3, 1.2, 2.7, 4.8):
            try:
                return await work()
            except (MediaDown, MediaRefused, TimeoutError, ConnectionError):
                await asyncio.sleep(pause)
        return await work()

    def _waits(self, place: int, _seconds: float) -> None:
        self.places.append(place)

    async def _hear(self) -> None:
        wire = Wire()
        offer = await self.media.receive(ROOM, self.seat, 4, 6, on_wait=self._waits)
        await self.media.receive_answer(ROOM, self.seat, receive_answer(wire, offer))
        await wire.connect(offer)
        self.receiving, self.hears_at = wire, time.monotonic()

    async def _send(self) -> None:
        wire = Wire()
        sdp = publish_offer(wire, self.feeds)
        await wire.connect(await self.media.publish(ROOM, self.seat, sdp, on_wait=self._waits))
        self.sending, self.sends_at = wire, time.monotonic()


@dataclass
class Outcome:
    """What the flood found. Seconds; those of joins from the request to the working connection."""

    joins: int
    within: float
    told_a_place: int = 0  # seats that saw the queue
    longest_queue: int = 0
    hear_p50: float = 0.0
    hear_p95: float = 0.0
    hear_last: float = 0.0
    send_last: float = 0.0
    longest_gap: float = 0.0  # of what Bruno hears and sees
    missing_sound: int = 0  # packets of it that never came to him
    missing_pictures: int = 0  # where the node's core is full: voices come first, pictures of a second ago are given up
    node_cpu: float = 0.0  # of a core, while they came
    connections_a_second: float = 0.0
    back: dict[str, float] = field(default_factory=dict)  # after a kill: p50, p95 and last to hear, last to send
    failed: int = 0

    @property
    def faults(self) -> list[str]:
        found = [f"{self.failed} did not get in"] if self.failed else []
        if self.longest_gap > GAP:
            found.append(f"Bruno's stream paused for {self.longest_gap:.2f} s")
        if self.missing_sound or self.missing_pictures:
            found.append(f"Bruno missed {self.missing_sound} packets of sound, {self.missing_pictures} of pictures")
        if self.back and self.back["hear_last"] > BACK:
            found.append(f"the last one heard again after {self.back['hear_last']:.1f} s")
        return found


class Crowd:
    """Those who join, in a process of their own; it also holds the room's plan, as the web process would."""

    def __init__(self, door: str, joins: int, within: float) -> None:
        self.media = Media(door)
        self.within = within
        self.seats = [Joiner(self.media, f"seat{number}") for number in range(joins)]
        self._planned = {"amina": SeatPlan(publish=RIGHTS, audible=True), "bruno": SeatPlan()}
        self._version = 0
        self._restarted: asyncio.Future[float] | None = None

    async def run(self, lines: asyncio.StreamReader) -> None:
        self.media.start()
        await until(lambda: self.media.is_up)
        self._plan()
        say(ready=True)
        await lines.readline()  # Bruno hears
        keeping = asyncio.create_task(self._keep_plan())
        began = time.monotonic()
        done = await asyncio.gather(
            *(self._come(one, number) for number, one in enumerate(self.seats)), return_exceptions=True
        )
        keeping.cancel()
        self._plan()
        say(
            **self._figures(), took=time.monotonic() - began, failed=sum(isinstance(one, BaseException) for one in done)
        )
        self.media.listen(self._hear)
        while await lines.readline():
            self._restarted = asyncio.get_running_loop().create_future()
            say(listening=True)
            at = await self._restarted
            await asyncio.gather(
                *(one.come_back(number, len(self.seats)) for number, one in enumerate(self.seats)),
                return_exceptions=True,
            )
            say(**self._figures(at))

    async def _come(self, seat: Joiner, number: int) -> None:
        await asyncio.sleep(self.within * number / len(self.seats))
        self._planned[seat.seat] = SeatPlan(publish=RIGHTS)
        async with asyncio.timeout(PATIENCE):
            await seat.join()

    def _hear(self, event: Event) -> None:
        if isinstance(event, Epoch) and self._restarted is not None and not self._restarted.done():
            self._restarted.set_result(time.monotonic())

    def _plan(self) -> None:
        self._version += 1
        self.media.put(ROOM, RoomPlan("flood", self._version, dict(self._planned), floor="amina"))

    async def _keep_plan(self) -> None:
        held = 0
        while True:
            if len(self._planned) != held:
                held = len(self._planned)
                self._plan()
            await asyncio.sleep(PLAN_SECONDS)

    def _figures(self, since: float | None = None) -> dict[str, Any]:
        hear = [one.hears_at - (since or one.asked) for one in self.seats if one.hears_at]
        send = [one.sends_at - (since or one.asked) for one in self.seats if one.sends_at]
        return {
            "hear_p50": percentile(hear, 0.5), "hear_p95": percentile(hear, 0.95), "hear_last": max(hear, default=0.0),
            "send_last": max(send, default=0.0), "told_a_place": sum(bool(one.places) for one in self.seats),
            "longest_queue": max((place for one in self.seats for place in one.places), default=0),
        }  # fmt: skip


def say(**what: Any) -> None:
    print(json.dumps(what), flush=True)


async def crowd(door: str, joins: int, within: float) -> None:
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    await Crowd(door, joins, within).run(lines)


async def flood(joins: int, within: float, *, kill: bool = False) -> Outcome:
    """Run it against a node of its own."""
    with tempfile.TemporaryDirectory() as folder:
        node = NodeProcess(Path(folder), addresses="127.0.0.1").start()
        command = [
            sys.executable,
            "-m",
            "bench.flood",
            "--crowd",
            node.door,
            "--joins",
            str(joins),
            "--seconds",
            str(within),
        ]
        child = await asyncio.create_subprocess_exec(*command, stdin=-1, stdout=-1)
        try:
            return await _flood(node, child, Outcome(joins, within), kill)
        finally:
            child.kill()
            await child.wait()
            node.stop()


async def _flood(node: NodeProcess, child: asyncio.subprocess.Process, outcome: Outcome, kill: bool) -> Outcome:
    assert child.stdin is not None and child.stdout is not None
    media, pulse = Media(node.door), Pulse()
    amina, bruno, ear = Talker(media, ROOM, "amina"), WireSeat(media, ROOM, "bruno"), Listening(pulse)
    await child.stdout.readline()
    media.start()
    pulse.start()
    await until(lambda: media.is_up)
    await bruno.receive(ear, audio=1, video=1)
    await amina.publish()
    amina.talk()
    await until(lambda: len(ear.packets) == 2)
    if outcome.joins > SMALL:
        await asyncio.sleep(HURRY)  # the meeting is on: the node lets in as many as those inside do not notice
    before, at = node.cpu_seconds(), time.monotonic()
    child.stdin.write(b"come\n")
    told = json.loads(await child.stdout.readline())
    took = told.pop("took")
    outcome.node_cpu = (node.cpu_seconds() - before) / (time.monotonic() - at)
    outcome.connections_a_second = 2 * outcome.joins / took
    vars(outcome).update(told)
    outcome.longest_gap = ear.longest
    outcome.missing_sound, outcome.missing_pictures = ear.missing(OPUS), ear.missing(VP8)
    if kill:
        child.stdin.write(b"listen\n")
        await child.stdout.readline()
        node.kill()
        node.start()
        outcome.back = json.loads(await child.stdout.readline())
    for seat in (amina, bruno):
        await seat.close()
    pulse.stop()
    await media.close()
    return outcome


def main() -> int:
    parser = argparse.ArgumentParser(prog="manage.py bench flood", description="Hundreds join at once.")
    parser.add_argument("--joins", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=10.0, help="within which they come")
    parser.add_argument("--quick", action="store_true", help="100 in two seconds")
    parser.add_argument("--kill", action="store_true", help="then kill the node, and measure until everybody is back")
    parser.add_argument("--crowd", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.crowd:
        asyncio.run(crowd(given.crowd, given.joins, given.seconds))
        return 0
    joins, seconds = (100, 2.0) if given.quick else (given.joins, given.seconds)
    outcome = asyncio.run(flood(joins, seconds, kill=given.kill))
    for name, value in asdict(outcome).items():
        print(f"{name:24}{value:.2f}" if isinstance(value, float) else f"{name:24}{value}")
    for fault in outcome.faults:
        print(f"FAULT: {fault}")
    print(json.dumps(asdict(outcome)))
    return 1 if outcome.faults else 0


if __name__ == "__main__":
    sys.exit(main())
