"""Firefox and Chromium in one room: they see, hear, share, switch layers, and reconnect."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser

from rooms.media import Media, RoomPlan, SeatPlan
from tests.firefox import MISSING, PROGRAM
from tests.media.browser import SeatPage
from tests.media.firefox import FirefoxSeat
from tests.media.test_loop import ALL, plays
from tests.media.until import until

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.skipif(PROGRAM is None, reason=MISSING),
]


AMINA, BRUNO = "amina:camera", "bruno:camera"
# What a window looks like: letters that change now and then.
SHARE = """const canvas = Object.assign(document.createElement('canvas'), { width: 960, height: 540 })
  const pen = canvas.getContext('2d'); let line = 0
  setInterval(() => {
    pen.fillStyle = '#fff'; pen.fillRect(0, 0, 960, 540)
    pen.fillStyle = '#000'; pen.fillText('Article ' + (line += 1), 20, 20 + line % 500)
  }, 100)
  document.body.append(canvas)
  await window.peer.publish('screen', canvas.captureStream(10).getVideoTracks()[0])"""


def plan(version: int, *, amina: int = 480, bruno: int = 360, sharing: bool = False) -> RoomPlan:
    """Each looks at the other, so large; and at what Amina shares."""
    seat = SeatPlan(publish=ALL, audible=True)
    shared = (("amina:screen",), (540,)) if sharing else ((), ())
    seats = {
        "amina": replace(seat, look=(BRUNO,), heights=(bruno,)),
        "bruno": replace(seat, look=(*shared[0], AMINA), heights=(*shared[1], amina)),
    }
    return RoomPlan("test", version, seats)


async def shows(page: SeatPage | FirefoxSeat, source: str, height: int) -> dict[str, Any]:
    """This source is decoded there with so many lines, and goes on."""
    first: dict[str, int] = {}

    async def seen() -> dict[str, Any] | None:
        now = (await page.decoded()).get(source)
        if not now or now["height"] != height:
            return None
        return now if now["frames"] > first.setdefault("frames", now["frames"]) + 5 else None

    return await until(seen, 30)


async def test_firefox_and_chromium_see_hear_share_and_switch_layers_in_one_room(
    media: Media, browser: Browser, room: str, tmp_path: Path
) -> None:
    media.put(room, plan(1))
    amina = FirefoxSeat(media, room, "amina", tmp_path)
    try:
        await amina.open()
        bruno = await SeatPage.sit(browser, media, room, "bruno")
        await bruno.page.evaluate("open_devices({width: 640, height: 360, frameRate: 10})")
        await plays(bruno, "amina", seconds=30)
        await plays(amina, "bruno", seconds=30)  # type: ignore[arg-type]

        # layers: those Firefox sends, and those it receives
        await amina.run("await open_devices({width: 640, height: 480, frameRate: 15})")
        await shows(amina, BRUNO, 360)
        await shows(bruno, AMINA, 480)
        media.put(room, plan(2, amina=200, bruno=160))
        await shows(amina, BRUNO, 180)
        await shows(bruno, AMINA, 240)
        media.put(room, plan(3))
        await shows(amina, BRUNO, 360)
        await shows(bruno, AMINA, 480)

        media.put(room, plan(4, sharing=True))
        await amina.run(SHARE)
        await shows(bruno, "amina:screen", 540)

        await amina.run("peer.reopen()")
        await plays(bruno, "amina", frames=40, seconds=30)
        await shows(bruno, "amina:screen", 540)
    finally:
        await amina.close()
