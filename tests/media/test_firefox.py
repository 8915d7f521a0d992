"""Firefox and Chromium in one room."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser

from rooms.media import Media, RoomPlan, SeatPlan
from tests.media.browser import SeatPage
from tests.media.firefox import FIREFOX, FirefoxSeat
from tests.media.test_loop import ALL, plays

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.skipif(FIREFOX is None, reason="Firefox is not installed here: apt-get install firefox-esr"),
]


async def test_firefox_and_chromium_see_and_hear_each_other(
    media: Media, browser: Browser, room: str, tmp_path: Path
) -> None:
    seat = SeatPlan(publish=ALL, audible=True)
    media.put(room, RoomPlan("test", 1, {"amina": seat, "bruno": seat}))
    amina = FirefoxSeat(media, room, "amina", tmp_path)
    try:
        await amina.open()
        bruno = await SeatPage.sit(browser, media, room, "bruno")
        await bruno.open_devices()
        await plays(bruno, "amina", seconds=30)
        await plays(amina, "bruno", seconds=30)  # type: ignore[arg-type]
        await amina.run("peer.reopen()")
        await plays(bruno, "amina", frames=40, seconds=30)
    finally:
        await amina.close()
