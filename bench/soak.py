"""A meeting that never rests: `python3 manage.py bench soak [--minutes 30 | --seconds 60] [--seed N]`.

A real node in its own process. Amina has the floor, and two bystanders hear and see her all the time; around them seats join, leave, mute, drop
out without a word and negotiate anew, and a hostile seat tries every attack of `tests/media/attacks.py` in turn. Half-way
(`--kills N`: so many times) the node is killed and started again, and everybody comes back. At the end everybody leaves.
What must hold: in each of its lives the node's memory is as it was after the warm-up, no bystander's stream paused for a
second while the node lived, all hear again within ten seconds of its death, and no connection, task or descriptor is left.
The last line is one JSON object; exit 1 when something does not hold.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path

from bench._soaked import Life, Outcome, numbers, resources, warm_up
from rooms.media import Media, MediaDown, MediaRefused, RoomPlan, SeatPlan
from rooms.sfu.client import Wire, WireSeat
from rooms.sfu.rtp import unwrap
from tests.media.attacks import ATTACKS, Scene
from tests.media.node import NodeProcess
from tests.media.until import until
from tests.media.wires import Pulse, Talker

ROOM = "soak"
GUESTS = 5  # seats that come and go, beside two bystanders and the hostile one
RIGHTS = frozenset({"audio", "video", "screen"})
SAMPLE = 1.0  # s between looks at the node
GONE = 40.0  # s the plan keeps the seat of who vanished: longer than the node waits for a silent one
PAUSES = (0.2, 0.4, 0.8, 1.6)  # s between the attempts of a page to come back
FAILS = (MediaRefused, MediaDown, TimeoutError, ConnectionError)


class Listening:
    """Remembers only how long each stream paused at most, and how much of it is missing: a soak is long."""

    def __init__(self, pulse: Pulse | None = None) -> None:
        self._pulse = pulse
        self.packets: dict[int, int] = {}
        self.longest = 0.0
        self._last: dict[int, float] = {}
        self._types: dict[int, int] = {}
        self._numbers: dict[int, tuple[int, int]] = {}  # first and newest of each stream, without wrap-around

    def __call__(self, data: bytes, now: float) -> None:
        ssrc = int.from_bytes(data[8:12], "big")
        number = int.from_bytes(data[2:4], "big")
        self._types[ssrc] = data[1] & 0x7F
        first, newest = self._numbers.get(ssrc, (0x10000 + number, 0x10000 + number))
        self._numbers[ssrc] = first, max(newest, unwrap(number, newest))
        pause = now - self._last.get(ssrc, now)
        if self._pulse is not None and pause > 0.2:
            pause -= self._pulse.missed(now - pause)
        self.longest = max(self.longest, pause)
        self._last[ssrc] = now
        self.packets[ssrc] = self.packets.get(ssrc, 0) + 1

    def missing(self, payload_type: int) -> int:
        """Packets of the streams of this type that never came; what a kernel's buffer lost is among them."""
        spans = {ssrc: newest - first + 1 for ssrc, (first, newest) in self._numbers.items()}
        heard = [ssrc for ssrc, found in self._types.items() if found == payload_type]
        return sum(max(0, spans[ssrc] - self.packets[ssrc]) for ssrc in heard)


async def persist(work: Callable[[], Awaitable[object]]) -> None:
    """As a page does: again after a moment."""
    for pause in PAUSES:
        try:
            await work()
        except FAILS:
            await asyncio.sleep(pause)
        else:
            return
    await work()


class Soak:
    """One node and everybody around it."""

    def __init__(self, node: NodeProcess, seed: int, gone_after: float) -> None:
        self.node, self.gone_after = node, gone_after
        self.lives = [Life(time.monotonic())]
        self.back_after: list[float] = []
        self.media = Media(node.door)
        self.chance = random.Random(seed)
        self.acts: Counter[str] = Counter()
        self.amina = Talker(self.media, ROOM, "amina")
        self.bystanders = {name: WireSeat(self.media, ROOM, name) for name in ("bruno", "chen")}
        self.pulse = Pulse()
        self.ears: dict[str, Listening] = {}
        self.guests: dict[str, Talker] = {}
        self.muted: set[str] = set()
        self.gone: dict[str, float] = {}  # without a word, and when; the plan keeps their seats for a while
        self.eve = "eve"
        self._version = 0
        self._came = 0

    # ── acts ──

    def plan(self) -> None:
        self._version += 1
        seats = {"amina": SeatPlan(publish=RIGHTS, audible=True), **{name: SeatPlan() for name in self.bystanders}}
        seats |= {name: SeatPlan(publish=RIGHTS, audible=name not in self.muted) for name in self.guests}
        seats |= {name: SeatPlan(publish=RIGHTS, audible=True) for name in self.gone}
        seats[self.eve] = SeatPlan(publish=RIGHTS, audible=True)
        self.media.put(ROOM, RoomPlan("soak", self._version, seats, floor="amina"))

    async def join(self) -> None:
        self._came += 1
        name = f"guest{self._came}"
        guest = self.guests[name] = Talker(self.media, ROOM, name)
        self.plan()
        try:
            await guest.receive(Listening(), audio=2, video=2)
            await guest.publish()
            guest.talk()
        except FAILS:
            self.acts["join that failed"] += 1
            await self._forget(name)

    async def leave(self) -> None:
        """With a goodbye, or by the plan alone."""
        name = self.chance.choice(list(self.guests))
        if self.chance.random() < 0.5:
            self.media.leave(ROOM, name)
        await self._forget(name)

    async def vanish(self) -> None:
        """The device dies: its sockets are gone, and the plan keeps the seat for a while."""
        name = self.chance.choice(list(self.guests))
        guest = self.guests.pop(name)
        self.gone[name] = time.monotonic()
        for wire in filter(None, (guest.sending, guest.receiving)):
            wire.send_raw = lambda data: None  # type: ignore[method-assign]  # not even a goodbye
        await guest.close()
        for old in [one for one, at in self.gone.items() if time.monotonic() - at > self.gone_after]:
            del self.gone[old]
        self.plan()

    async def mute(self) -> None:
        self.muted ^= {self.chance.choice(list(self.guests))}
        self.plan()

    async def again(self) -> None:
        """A page changes networks: new connections, then the old ones close."""
        guest = self.guests[self.chance.choice(list(self.guests))]
        old = [guest.sending, guest.receiving]
        with contextlib.suppress(*FAILS):
            await guest.publish()
            await guest.receive(Listening(), audio=2, video=2)
        for wire in old:
            if wire is not None and wire not in (guest.sending, guest.receiving):
                await wire.close()

    async def kill(self) -> None:
        """The node dies and is started again; everybody comes back as pages do: to hear first, then to send."""
        await self.look()
        killed, old = time.monotonic(), self.wires()
        self.node.kill()
        await asyncio.to_thread(self.node.start)
        self.lives.append(Life(time.monotonic()))
        guests = [partial(guest.receive, Listening(), audio=2, video=2) for guest in self.guests.values()]
        await asyncio.gather(*map(persist, [*self.hearing(), *guests]))
        await asyncio.gather(*(persist(seat.publish) for seat in (self.amina, *self.guests.values())))
        await until(self.all_hear)
        self.back_after.append(round(time.monotonic() - killed, 1))
        for wire in old:
            await wire.close()

    async def _forget(self, name: str) -> None:
        guest = self.guests.pop(name)
        self.muted.discard(name)
        await guest.close()
        self.plan()

    # ── bystanders ──

    def hearing(self) -> list[Callable[[], Awaitable[object]]]:
        """How each bystander begins to hear the node as it lives now."""
        self.ears = {name: Listening(self.pulse) for name in self.bystanders}
        self.lives[-1].pauses = [partial(getattr, ear, "longest") for ear in self.ears.values()]
        return [partial(seat.receive, self.ears[name], audio=1, video=1) for name, seat in self.bystanders.items()]

    def all_hear(self) -> bool:
        return all(len(ear.packets) == 2 for ear in self.ears.values())

    def wires(self) -> list[Wire]:
        seats = [self.amina, *self.bystanders.values(), *self.guests.values()]
        return [wire for seat in seats for wire in (seat.sending, seat.receiving) if wire is not None]

    # ── the whole ──

    async def look(self) -> None:
        """Take the node's numbers; none while it is dead."""
        life = self.lives[-1]
        with contextlib.suppress(OSError):
            life.look(time.monotonic(), await asyncio.to_thread(numbers, self.node.metrics))

    async def begin(self) -> None:
        self.pulse.start()
        self.plan()
        for begin in self.hearing():
            await begin()
        await self.amina.publish()
        self.amina.talk()
        await until(self.all_hear)
        while len(self.guests) < GUESTS:
            await self.join()

    async def live(self, until_then: float, kills: Sequence[float] = ()) -> None:
        """Five guests on the average; something happens to one of them a few times a second. `kills`: when to the node."""
        while time.monotonic() < until_then:
            await asyncio.sleep(self.chance.uniform(0.1, 0.5))
            some = [self.leave, self.vanish, self.mute, self.mute, self.again]
            act = self.join if len(self.guests) < GUESTS else self.chance.choice(some)
            if self.acts["kill"] < len(kills) and time.monotonic() > kills[self.acts["kill"]]:
                act = self.kill
            self.acts[act.__name__] += 1
            await act()

    async def harass(self, until_then: float) -> None:
        """Eve comes, tries one attack, leaves; without end."""
        names = list(ATTACKS)
        self.chance.shuffle(names)
        while time.monotonic() < until_then:
            self.eve = f"eve{self.acts['attacks']}"  # a fresh seat: negotiating too often is one of the attacks
            self.plan()
            eve = WireSeat(self.media, ROOM, self.eve)
            try:
                await eve.publish()
                await eve.receive(Listening(), audio=2, video=2)
                name = names[self.acts["attacks"] % len(names)]
                await ATTACKS[name](Scene(self.media, ROOM, self.node.port, eve, self.amina))
            except FAILS as fault:
                self.acts[f"attack ended by {type(fault).__name__}"] += 1
            finally:
                self.acts["attacks"] += 1
                await eve.close()

    async def end(self) -> None:
        for seat in [*self.guests.values(), *self.bystanders.values(), self.amina]:
            await seat.close()
        self.media.drop(ROOM)
        self.pulse.stop()


async def soak(seconds: float, seed: int = 1, say: bool = False, kills: int = 1) -> Outcome:
    """Run it against a node of its own, which is killed so many times at equal distances."""
    with tempfile.TemporaryDirectory() as folder:
        node = NodeProcess(Path(folder), addresses="127.0.0.1").start()
        try:
            return await _soak(node, seconds, seed, say, kills)
        finally:
            node.stop()


async def _soak(node: NodeProcess, seconds: float, seed: int, say: bool, kills: int) -> Outcome:
    life = seconds / (kills + 1)
    scene = Soak(node, seed, min(GONE, warm_up(life) / 2))  # within the warm-up as many go as come
    scene.media.start()
    await until(lambda: scene.media.is_up)
    at_rest = resources(await asyncio.to_thread(numbers, node.metrics))
    await scene.begin()
    began = time.monotonic()
    scene.lives[0].began = began
    deaths = [began + life * (number + 1) for number in range(kills)]
    busy = [asyncio.create_task(work) for work in (scene.live(began + seconds, deaths), scene.harass(began + seconds))]
    while not all(task.done() for task in busy):
        await asyncio.sleep(SAMPLE)
        await scene.look()
        if say and int(time.monotonic() - began) % 30 == 0:
            print(
                f"{time.monotonic() - began:6.0f} s  {scene.lives[-1].looks[-1][1]:6.1f} MB  {dict(scene.acts)}",
                flush=True,
            )
    for task in busy:
        task.result()
    await scene.look()
    outcome = Outcome(round(time.monotonic() - began, 1), dict(scene.acts), back_after_s=scene.back_after)
    for one in scene.lives:
        outcome.add(one)
    await scene.end()
    await _settle(node, at_rest, outcome)
    await scene.media.close()
    log = node.log.read_text()
    outcome.log_is_clean = "Traceback" not in log and not any(
        name in log for name in (ROOM, "amina", "bruno", "eve", "guest")
    )
    return outcome


async def _settle(node: NodeProcess, at_rest: tuple[int, int, int], outcome: Outcome) -> None:
    """Give goodbyes their time; then what is there must be what was there before."""

    async def left() -> tuple[int, int, int]:
        now = resources(await asyncio.to_thread(numbers, node.metrics))
        return tuple(max(0, a - b) for a, b in zip(now, at_rest, strict=True))  # type: ignore[return-value]

    async def nothing() -> bool:
        return not any(await left())

    with contextlib.suppress(AssertionError):
        await until(nothing, 10, every=0.5)
    outcome.left_connections, outcome.left_tasks, outcome.left_descriptors = await left()


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="manage.py bench soak", description="A node under changing seats and attacks."
    )
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--minutes", type=float, default=30)
    length.add_argument("--seconds", type=float, help="instead of minutes")
    parser.add_argument("--quick", action="store_true", help="60 seconds")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=1, help="how many times the node is killed")
    given = parser.parse_args()
    seconds = 60.0 if given.quick else given.seconds or given.minutes * 60
    outcome = asyncio.run(soak(seconds, given.seed, say=True, kills=given.kills))
    for fault in outcome.faults:
        print(f"FAULT: {fault}")
    if not outcome.faults:
        print(f"HELD: {outcome.in_words()}")
    print(json.dumps(outcome.as_json()))
    return 1 if outcome.faults else 0


if __name__ == "__main__":
    sys.exit(main())
