"""Sound and picture of one person stay together: flashes and beeps of one moment, seen and heard through a real node.

45 ms is where people begin to notice sound that comes early (ITU-R BT.1359). A page cannot know when a loudspeaker moves,
so what it hears and sees is held against the same stream called directly, without a node; and Chromium tells itself
which moment of the speaker's clock it plays, of each.
"""

from __future__ import annotations

import asyncio
import statistics
from pathlib import Path

import pytest
from playwright.async_api import Browser

from rooms.media import Media, RoomPlan, SeatPlan
from tests.media.browser import SeatPage
from tests.media.test_layers import ALL, CAMERA, SMALL, sees
from tests.media.until import until

pytestmark = [pytest.mark.timed, pytest.mark.asyncio(loop_scope="session")]  # one browser for all

BEATS = Path(__file__).with_name("beats.js")
NOTICED = 45  # ms
PAIR = 350  # ms; further apart they are not of one moment
ENOUGH = 7  # beats
SETTLE = 4  # s; a browser moves sound and picture towards each other by 80 ms a second at most
ROUNDS = 5


async def skew(page: SeatPage) -> float:
    """How much later than the flash the beep is heard, in ms: the median of some beats from now on."""
    await page.page.evaluate("window.beats = { flashes: [], beeps: [] }")

    async def pairs() -> list[float] | None:
        seen = await page.page.evaluate("beats")
        found = [min((beep - flash for beep in seen["beeps"]), key=abs) for flash in seen["flashes"] if seen["beeps"]]
        close = [one for one in found if abs(one) < PAIR]
        return close if len(close) >= ENOUGH else None

    found = await until(pairs, 20)
    print("beeps after flashes, ms:", [round(one) for one in found])
    return statistics.median(found)


async def apart(page: SeatPage, look: str) -> float:
    """How much further the sound played now is than the picture, in ms, as Chromium knows it from sender reports."""
    found: list[float] = []
    for _ in range(8):
        if (now := await page.page.evaluate(look)) is not None:
            found.append(now)
        await asyncio.sleep(0.25)
    print("played moments apart, ms:", [round(one) for one in found])
    assert len(found) > 4
    return statistics.median(found)


DIRECT = "directApart()"
FORWARDED = """decoded().then((all) => {
  const [sound, picture] = [all['amina:mic']?.playout, all['amina:camera']?.playout]
  return sound && picture ? sound - picture : null
})"""


async def test_lips_and_voice_stay_together_over_a_change_of_layer(media: Media, browser: Browser, room: str) -> None:
    """Chromium lets them be 30 ms apart before it moves one; the rest is ours."""

    def plan(version: int, height: int) -> RoomPlan:
        bruno = SeatPlan(look=(CAMERA,), heights=(height,))
        return RoomPlan("test", version, {"amina": SeatPlan(publish=ALL, audible=True), "bruno": bruno}, floor="amina")

    media.put(room, plan(1, SMALL))
    amina = await SeatPage.sit(browser, media, room, "amina", receive=False)
    bruno = await SeatPage.sit(browser, media, room, "bruno", publish=False)
    for page in (amina, bruno):
        await page.page.add_script_tag(path=BEATS)
    await amina.page.evaluate("beat(360)")
    await sees(bruno, 180)
    await amina.page.evaluate("callMyself()")
    await until(lambda: amina.page.evaluate("document.querySelectorAll('video').length > 0"), 10)
    await amina.page.evaluate("watchBeats('direct')")
    await asyncio.sleep(SETTLE)
    direct = await skew(amina) + await apart(amina, DIRECT)
    await amina.page.evaluate("hangUp()")
    await bruno.page.evaluate("watchBeats('amina')")

    async def are_together() -> bool:
        believed = await apart(bruno, FORWARDED)
        seen = await skew(bruno) + believed  # what a page sees and hears tells whether the reports were true
        print(f"{believed:.0f} ms apart; reports wrong by {seen - direct:.0f} ms")
        return abs(believed) < NOTICED and abs(seen - direct) < NOTICED

    for version, height in enumerate((180, 360), 1):
        media.put(room, plan(version, height))
        await sees(bruno, height)
        together = 0
        for _ in range(ROUNDS):
            together = together + 1 if await are_together() else 0
            if together == 2:
                break
        assert together == 2, "once together they stay together"
