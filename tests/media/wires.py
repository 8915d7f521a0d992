"""Seats on the wire that talk by themselves, and bystanders who notice when their media dips."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

from rooms.media import Media
from rooms.sfu import rtp
from rooms.sfu.client import LEVEL_ID, OPUS, VP8, WIDE_ID, WireSeat, rtp_packet, vp8_payload

PACKET_SECONDS = 0.02


class Talker(WireSeat):
    """Sends a packet of sound every 20 ms and a picture of two packets every 40 ms, a keyframe once a second."""

    level = 20  # dBov below full scale

    def __init__(self, signals: Media, room: str, seat: str) -> None:
        super().__init__(signals, room, seat)
        self.feeds[1] = replace(self.feeds[1], wide=True)
        self._task: asyncio.Task[None] | None = None
        self.ticks = 0

    def talk(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while True:
            self.say()
            await asyncio.sleep(PACKET_SECONDS)

    def say(self) -> None:
        assert self.sending is not None
        tick = self.ticks
        self.ticks += 1
        extension = bytes((LEVEL_ID << 4, 0x80 | self.level, 0, 0))
        sound = rtp_packet(OPUS, tick, tick * 960, self.feeds[0].ssrc, b"\xfc" + bytes(60), extension=extension)
        self.sending.send_rtp(sound)
        if tick % 2 == 0:
            frame = tick // 2
            head = b"\x10" if frame % 25 == 0 else b"\x11"  # the lowest bit clear: a keyframe
            for part in range(2):
                body = (head if part == 0 else b"") + bytes([frame & 0xFF]) * 600
                payload = vp8_payload(frame & 0x7FFF, frame & 0xFF, body, begins=part == 0)
                number = frame * 2 + part
                wide = bytes((WIDE_ID << 4 | 1, number >> 8 & 0xFF, number & 0xFF, 0))
                ssrc, timestamp = self.feeds[1].ssrc, frame * 3600
                self.sending.send_rtp(
                    rtp_packet(VP8, number, timestamp, ssrc, payload, marker=part == 1, extension=wide)
                )

    def silence(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def close(self) -> None:
        self.silence()
        await super().close()


class Pulse:
    """Notices when this very process was not run: what it hears late then, the node may have sent in time."""

    EVERY = 0.05  # s

    def __init__(self) -> None:
        self._late: list[tuple[float, float]] = []  # when we woke, and how many seconds too late
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._beat())

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _beat(self) -> None:
        while True:
            due = time.monotonic() + self.EVERY
            await asyncio.sleep(self.EVERY)
            now = time.monotonic()
            if now - due > self.EVERY:
                self._late = [*self._late[-99:], (now, now - due)]

    def missed(self, since: float) -> float:
        """Seconds in which this process was not run since then."""
        return sum(late for at, late in self._late if at > since)


class Ear:
    """Counts what arrives, by SSRC, and remembers the longest silence."""

    def __init__(self) -> None:
        self.packets: dict[int, list[rtp.View]] = {}
        self.payloads: dict[int, list[bytes]] = {}
        self.count = 0
        self._last = 0.0
        self.longest_silence = 0.0

    def __call__(self, data: bytes, now: float) -> None:
        view = rtp.parse(data)
        assert view is not None
        self.packets.setdefault(view.ssrc, []).append(view)
        self.payloads.setdefault(view.ssrc, []).append(data[view.start : view.end])
        self.count += 1
        if self._last:
            self.longest_silence = max(self.longest_silence, now - self._last)
        self._last = now

    def begin(self) -> None:
        """Forget silences so far."""
        self.longest_silence, self._last = 0.0, time.monotonic()

    @property
    def silence(self) -> float:
        """The longest silence, the present one included."""
        return max(self.longest_silence, time.monotonic() - self._last)
