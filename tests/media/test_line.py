"""A listener's line that loses: the voice goes on, and the page says so."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from rooms.media import Media, RoomPlan, SeatPlan
from tests.media.browser import SeatPage
from tests.media.lossy import ADVERTISED, Line
from tests.media.node import NodeProcess
from tests.media.until import until

pytestmark = pytest.mark.asyncio(loop_scope="session")

AROUND = (ADVERTISED, "127.0.0.1")  # the publishers' way to the node is a good one
SPEAKING = SeatPlan(publish=frozenset({"audio", "video"}), audible=True)


class Listening:
    """Bruno before his page: what comes through a line of his own."""

    def __init__(self, page: SeatPage, line: Line) -> None:
        self.page, self.line = page, line
        line.up.delay = line.down.delay = 0.025

    async def made_up(self, seconds: float) -> float:
        """The share of Amina's voice that had to be made up."""
        before = (await self.page.decoded())["amina:mic"]
        await asyncio.sleep(seconds)
        after = (await self.page.decoded())["amina:mic"]
        assert after["samples"] - before["samples"] > 0.9 * 48_000 * seconds
        return (after["concealed"] - before["concealed"]) / (after["samples"] - before["samples"])


@pytest_asyncio.fixture(loop_scope="session")
async def bruno(tmp_path: Path, browser: Browser) -> AsyncIterator[Listening]:
    """Amina speaks, Chen looks on, Bruno listens over a line that can be made bad."""
    node = NodeProcess(tmp_path, addresses=f"{ADVERTISED}=127.0.0.1").start()
    line, media = Line(node.port), Media(node.door)
    media.start()
    seats = {"amina": SPEAKING, "chen": SeatPlan(publish=frozenset({"video"}), order=1), "bruno": SeatPlan()}
    media.put("room", RoomPlan("test", 1, seats, floor="amina"))
    for name in ("amina", "chen"):
        page = await SeatPage.sit(browser, media, "room", name, receive=False, instead=AROUND)
        await page.page.evaluate("open_devices({width: 640, height: 360, frameRate: 15})")
    page = await SeatPage.sit(browser, media, "room", "bruno", publish=False)
    listening = Listening(page, line)

    async def everything() -> bool:
        now = await page.decoded()
        return all(now.get(f"{name}:camera", {}).get("frames", 0) > 10 for name in ("amina", "chen"))

    await until(everything, 15)
    yield listening
    await media.close()
    line.close()
    node.stop()


async def test_a_fifth_of_all_packets_lost_is_asked_for_again_and_said(bruno: Listening) -> None:
    bruno.line.down.loss = 0.2
    await asyncio.sleep(2)
    await bruno.page.page.evaluate("peer.summary()")
    assert await bruno.made_up(6) < 0.15
    summary = await bruno.page.page.evaluate("peer.summary()")
    assert summary["down"]["loss"] > 0.05
    assert summary["down"]["jitter"] is not None and summary["rtt"] is not None


async def test_a_voice_passes_a_line_as_thin_as_64_kbit_that_loses_too(bruno: Listening) -> None:
    bruno.line.down.bits, bruno.line.down.loss = 64_000, 0.05
    await asyncio.sleep(4)  # pictures rest, the voice becomes thin
    shares = [await bruno.made_up(3) for _ in range(4)]
    assert statistics.median(shares) < 0.03
