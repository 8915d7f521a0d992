"""A room of twelve: ten synthetic publishers and two Chromium pages, everybody seeing and hearing everybody.

`python3 manage.py bench room [--quick]`. A real node in its own process; real DTLS, SRTP, VP8 and Opus. In the same
minute the same packets go through a plain UDP relay that neither encrypts nor decides, so that figures from different
machines can be compared by their ratio. The last line is one JSON object.

Delays mean something only where node, publishers and browsers do not share their cores; `bench media` gives the node a
core to itself and measures those.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import struct
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.async_api import async_playwright

from bench._clips import FPS, Clip, make
from rooms.media import Media, RoomPlan, SeatPlan
from rooms.sfu import rtcp, rtp
from rooms.sfu.client import OPUS, VP8, WireSeat, rtp_packet, vp8_payload
from tests.media.browser import SeatPage, launch
from tests.media.node import NodeProcess

PUBLISHERS = 10
PAGES = 2
STAMP = struct.Struct("!II")  # publisher and picture, behind the last packet of a picture: decoders read past it
GRACE = 15.0  # seconds at most in which what was sent in time may still arrive; a busy machine reads late
TICK = os.sysconf("SC_CLK_TCK")
CORES_FOR_DELAYS = 6  # the node, this process, and two Chromiums with their own threads

Sent = dict[bytes, float]  # the stamp of a picture sent while we measured → when


class Publisher(WireSeat):
    """Plays its clip over and over, and counts what it receives of the others."""

    def __init__(self, media: Media, room: str, seat: str, clip: Clip, sent: Sent) -> None:
        super().__init__(media, room, seat)
        self.clip, self.sent = clip, sent
        self.packets_received = 0
        self.delays: list[float] = []
        self.measuring = False
        self._frame = self._picture = self._seq = self._tick = 0

    async def join(self) -> None:
        await self.receive(self._on_rtp, video=12)
        wire = await self.publish()
        wire.on_rtcp = self._on_rtcp

    def _on_rtcp(self, data: bytes, now: float) -> None:
        if any(isinstance(told, rtcp.KeyframeWanted) for told in rtcp.read(data)):
            self._frame = 0

    def _on_rtp(self, data: bytes, now: float) -> None:
        view = rtp.parse(data)
        if view is None:
            return
        self.packets_received += self.measuring
        if view.payload_type == VP8 and view.marker:
            sent_at = self.sent.get(data[view.end - STAMP.size : view.end])
            if sent_at is not None:
                self.delays.append(now - sent_at)

    async def play(self) -> None:
        """Twenty milliseconds of sound each turn, and a picture when one is due."""
        began = time.monotonic()
        while True:
            self._say()
            if self._tick * FPS % 50 < FPS:
                self._show()
            self._tick += 1
            await asyncio.sleep(max(0.0, began + self._tick / 50 - time.monotonic()))

    def _say(self) -> None:
        assert self.sending is not None
        payload = self.clip.sound[self._tick % len(self.clip.sound)]
        self.sending.send_rtp(rtp_packet(OPUS, self._tick, self._tick * 960, self.feeds[0].ssrc, payload))

    def _show(self) -> None:
        assert self.sending is not None
        parts = self.clip.frames[self._frame % len(self.clip.frames)]
        stamp = self._picture * (90_000 // FPS)
        for index, part in enumerate(parts):
            last = index == len(parts) - 1
            stamp_bytes = STAMP.pack(self.feeds[1].ssrc, self._picture) if last else b""
            payload = vp8_payload(self._picture & 0x7FFF, self._picture & 0xFF, part + stamp_bytes, begins=index == 0)
            if last and self.measuring:
                self.sent[stamp_bytes] = time.monotonic()
            self.sending.send_rtp(rtp_packet(VP8, self._seq, stamp, self.feeds[1].ssrc, payload, marker=last))
            self._seq += 1
        self._frame += 1
        self._picture += 1


def cpu_seconds(pid: int) -> float:
    """Processor time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] if values else 0.0


# ── the yardstick: a relay that only copies ──


def relay(listeners: int) -> None:
    """Copy each datagram to `listeners` sockets, named in the first one; until killed."""
    front = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    front.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    front.bind(("127.0.0.1", 0))
    print(front.getsockname()[1], flush=True)
    targets = [("127.0.0.1", port) for port in json.loads(front.recv(65_536))][:listeners]
    while True:
        data = front.recv(2_048)
        for target in targets:
            front.sendto(data, target)


async def measure_relay(clip: Clip, seconds: float) -> dict[str, float]:
    """CPU and delay of the relay for the packets of this room."""
    listeners = PUBLISHERS + PAGES - 1
    ears = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(listeners)]
    delays: list[float] = []

    def hear(ear: socket.socket) -> None:
        try:
            while True:
                delays.append(time.monotonic() - float(ear.recv(2_048)[:24]))
        except OSError:
            return

    loop = asyncio.get_running_loop()
    for ear in ears:
        ear.bind(("127.0.0.1", 0))
        ear.setblocking(False)
        loop.add_reader(ear, hear, ear)
    command = [sys.executable, "-m", "bench.room", "--relay", str(listeners)]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    out.connect(("127.0.0.1", int(await process.stdout.readline())))
    out.send(json.dumps([ear.getsockname()[1] for ear in ears]).encode())
    sizes = [len(part) for frame in clip.frames for part in frame]
    before, sent, began = cpu_seconds(process.pid), 0, time.monotonic()
    pace = (PUBLISHERS + PAGES) * (len(sizes) + 3 * 50 / listeners)  # packets a second, sound of three voices included
    while time.monotonic() - began < seconds:
        while sent < (time.monotonic() - began) * pace:
            out.send(f"{time.monotonic():<24.9f}".encode().ljust(sizes[sent % len(sizes)] + 40))
            sent += 1
        await asyncio.sleep(0.005)
    used = cpu_seconds(process.pid) - before
    process.kill()
    await process.wait()
    for ear in ears:
        loop.remove_reader(ear)
        ear.close()
    return {"us_per_packet": used / max(1, len(delays)) * 1e6, "p50_ms": percentile(delays, 0.5) * 1e3}


# ── the room ──


async def run(seconds: float) -> dict[str, Any]:
    sent: Sent = {}
    clips = [make(seed) for seed in range(PUBLISHERS)]
    names = [f"publisher-{number}" for number in range(PUBLISHERS)] + [f"page-{number}" for number in range(PAGES)]
    seat = SeatPlan(publish=frozenset({"audio", "video"}), audible=True)
    with tempfile.TemporaryDirectory() as folder:
        node = NodeProcess(Path(folder)).start()
        media = Media(node.door)
        media.start()
        media.put("bench", RoomPlan("bench", 1, dict.fromkeys(names, seat), floor=names[0]))
        publishers = [Publisher(media, "bench", name, clip, sent) for name, clip in zip(names, clips, strict=False)]
        playing: list[asyncio.Task[None]] = []
        try:
            async with async_playwright() as playwright:
                browser = await launch(playwright, loopback=True)
                for publisher in publishers:
                    await publisher.join()
                playing += [asyncio.create_task(publisher.play()) for publisher in publishers]
                pages = [await SeatPage.sit(browser, media, "bench", name, video=12) for name in names[PUBLISHERS:]]
                for page in pages:
                    await page.open_devices()
                await asyncio.sleep(3)  # keyframes for everybody, bitrates settle
                result = await measure(node, publishers, pages, seconds)
                yardstick = await measure_relay(
                    clips[0], min(seconds, 5)
                )  # beside the room, so that both find the same load
                await browser.close()
        finally:
            for task in playing:
                task.cancel()
            for publisher in publishers:
                await publisher.close()
            await media.close()
            node.stop()
    return {
        **result,
        "relay_us_per_packet": round(yardstick["us_per_packet"], 2),
        "relay_p50_ms": round(yardstick["p50_ms"], 2),
        "ratio_to_relay": round(result["us_per_packet"] / yardstick["us_per_packet"], 2),
    }


async def measure(
    node: NodeProcess, publishers: list[Publisher], pages: list[SeatPage], seconds: float
) -> dict[str, Any]:
    """What happens in this room for so many seconds."""
    shown = [await page.decoded() for page in pages]
    before, began = cpu_seconds(node.pid), time.monotonic()
    for publisher in publishers:
        publisher.measuring = True
    await asyncio.sleep(seconds)
    for publisher in publishers:
        publisher.measuring = False
    used, took = cpu_seconds(node.pid) - before, time.monotonic() - began
    now = [await page.decoded() for page in pages]
    grown = [
        {
            source: one["frames"] - before_page.get(source, {}).get("frames", 0)
            for source, one in page.items()
            if one["frames"]
        }
        for before_page, page in zip(shown, now, strict=True)
    ]
    to_pages = sum(
        one["packets"] - before_page.get(source, {}).get("packets", 0)
        for before_page, page in zip(shown, now, strict=True)
        for source, one in page.items()
    )
    await settle(publishers)
    delays = [delay for publisher in publishers for delay in publisher.delays]
    due = len(publishers[0].sent) * (PUBLISHERS - 1)  # their own they do not get
    forwarded = sum(publisher.packets_received for publisher in publishers) + to_pages
    return {
        "bench": "room",
        "seats": PUBLISHERS + PAGES,
        "seconds": round(took, 1),
        "server_cpu_percent": round(100 * used / took, 1),
        "forwarded_per_second": round(forwarded / took),
        "us_per_packet": round(used / forwarded * 1e6, 2),
        "delivered_percent": round(100 * len(delays) / due, 2),
        "added_p50_ms": round(percentile(delays, 0.5) * 1e3, 2),
        "added_p99_ms": round(percentile(delays, 0.99) * 1e3, 2),
        "pictures_per_page": [sum(1 for frames in page.values() if frames > 0) for page in grown],
        "frames_per_second": round(sum(map(sum, (page.values() for page in grown))) / took / PAGES),
        "freezes": sum(one["freezes"] for page in now for one in page.values()),
        "memory_mb": round(memory_mb(node.pid)),
        "load": round(os.getloadavg()[0], 1),
        "delays_are_of_the_node": (os.cpu_count() or 1) >= CORES_FOR_DELAYS,
    }


async def settle(publishers: list[Publisher]) -> None:
    """Wait until nothing of what was measured arrives any more."""
    until, before = time.monotonic() + GRACE, -1
    while time.monotonic() < until:
        arrived = sum(len(publisher.delays) for publisher in publishers)
        if arrived == before and arrived:
            return
        before = arrived
        await asyncio.sleep(1)


def memory_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


TABLE = (
    ("server CPU", "server_cpu_percent", "% of a core"),
    ("forwarded", "forwarded_per_second", "packets/s"),
    ("CPU per forwarded packet", "us_per_packet", "µs"),
    ("  plain relay, same minute", "relay_us_per_packet", "µs"),
    ("  ratio", "ratio_to_relay", ""),
    ("delivered", "delivered_percent", "%"),
    ("added delay, median", "added_p50_ms", "ms"),
    ("  plain relay, same minute", "relay_p50_ms", "ms"),
    ("added delay, 99 of 100", "added_p99_ms", "ms"),
    ("pictures on each page", "pictures_per_page", "of 11"),
    ("frames decoded by a page", "frames_per_second", "/s"),
    ("freezes", "freezes", ""),
    ("memory at most", "memory_mb", "MB"),
    ("load of this machine", "load", f"on {os.cpu_count()} cores"),
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="manage.py bench room")
    parser.add_argument("--quick", action="store_true", help="3 s instead of 20 s")
    parser.add_argument("--relay", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.relay:
        relay(arguments.relay)
    result = asyncio.run(run(3 if arguments.quick else 20))
    for label, key, unit in TABLE:
        value = result[key]
        print(f"{label:<28} {' '.join(map(str, value)) if isinstance(value, list) else value!s:>10} {unit}")
    if not result["delays_are_of_the_node"]:
        print(
            f"The delays are this machine's, not the node's: browsers, publishers and node share {os.cpu_count()} cores."
            " `manage.py bench media` measures how late the node forwards."
        )
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
