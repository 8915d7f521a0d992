"""The lobby's sound check through the real node, over lines whose faults we know: it must find just these."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from rooms.media import Media, RoomPlan, SeatPlan
from tests.media.browser import ORIGIN, serve
from tests.media.lossy import ADVERTISED, Line
from tests.media.node import NodeProcess

pytestmark = pytest.mark.asyncio(loop_scope="session")  # one browser for all

CHECK = """async () => {
  const { Loop, verdict } = await import('/js/room/loop.js')
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 320, height: 180, frameRate: 10 } })
  const [mic, camera] = [...stream.getAudioTracks(), ...stream.getVideoTracks()]
  const request = async (type, fields = {}) => ({ sdp: await window.askNode(type, fields.sdp ?? '') })
  const loop = window.loop = new Loop({ request, iceServers: () => [], mic, camera })
  try {
    await loop.open()
    await window.spoil()
    await new Promise((resolve) => setTimeout(resolve, 1500)) // what was on its way before is through
    const found = await loop.measure(5, () => {})
    return { ...found, verdict: verdict(found) }
  } catch (why) {
    return { verdict: why.code ?? String(why) }
  } finally {
    loop.close()
  }
}"""


@pytest_asyncio.fixture(loop_scope="session")
async def line(tmp_path: Path) -> AsyncIterator[tuple[Line, Media]]:
    """A node reached over a line that can be made bad."""
    node = NodeProcess(tmp_path, addresses=f"{ADVERTISED}=127.0.0.1").start()
    carrier, media = Line(node.port), Media(node.door)
    media.start()
    yield carrier, media
    await media.close()
    carrier.close()
    node.stop()


async def checked(browser: Browser, media: Media, spoil: Any, version: int) -> dict[str, Any]:
    """What a page finds when the line turns like this once the loop stands."""
    room, mouth, ear = f"check:{version}", f"{version}-mouth", f"{version}-ear"
    page = await browser.new_page()

    async def ask(what: str, sdp: str) -> str:
        if what == "check.open":
            seats = {mouth: SeatPlan(frozenset({"audio", "video"}), receive=False, audible=True), ear: SeatPlan()}
            media.put(room, RoomPlan("test", version, seats, floor=mouth, private=True))
        if what == "check.publish":
            return await media.publish(room, mouth, sdp)
        if what == "check.receive":
            return await media.receive(room, ear, audio=1, video=1)
        if what == "check.answer":
            await media.receive_answer(room, ear, sdp)
        return ""

    await page.route(f"{ORIGIN}/**", serve)
    await page.expose_function("askNode", ask)
    await page.expose_function("spoil", spoil)
    await page.goto(f"{ORIGIN}/")
    await page.wait_for_function("window.ready")
    try:
        return await page.evaluate(CHECK)
    finally:
        media.drop(room)
        await page.close()


async def test_the_check_finds_what_is_wrong_with_a_line_and_only_that(
    line: tuple[Line, Media], browser: Browser
) -> None:
    carrier, media = line

    def of(loss: float = 0.0, delay: float = 0.0) -> Any:
        def spoil() -> None:
            carrier.up.loss, carrier.up.delay, carrier.down.delay = loss, delay, delay

        return spoil

    good = await checked(browser, media, of(), 1)
    assert good["verdict"] == "good" and good["loss"] == 0 and good["picture"], good
    assert 50 < good["kbps"] < 1_000 and good["rtt"] < 100, good
    mended = await checked(browser, media, of(loss=0.25), 2)  # each lost word is asked for again
    assert mended["verdict"] != "good" and mended["mended"] > 0.1, mended
    late = await checked(browser, media, of(delay=0.25), 3)
    assert late["verdict"] == "late" and late["rtt"] > 300, late
    carrier.cut, carrier.up.delay, carrier.down.delay = True, 0.0, 0.0
    assert (await checked(browser, media, of(), 4))["verdict"] == "blocked"
