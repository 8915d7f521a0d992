"""Two browsers and a node: what one sends, the other decodes."""

from __future__ import annotations

from playwright.async_api import Browser

from rooms.media import Media, RoomPlan, SeatPlan
from tests.media.browser import SeatPage
from tests.media.until import until

ALL = frozenset({"audio", "video", "screen"})


def plan(version: int = 1, floor: str | None = None, **seats: SeatPlan) -> RoomPlan:
    return RoomPlan("test", version, seats, floor=floor)


def speaking(order: int = 0, **more: object) -> SeatPlan:
    return SeatPlan(publish=ALL, audible=True, order=order, **more)  # type: ignore[arg-type]


async def plays(page: SeatPage, seat: str, *, frames: int = 20, samples: int = 48_000) -> dict[str, object]:
    """Picture and sound of `seat` are decoded at `page`."""
    first = await page.decoded()
    camera, mic = f"{seat}:camera", f"{seat}:mic"

    async def grown() -> dict[str, object] | None:
        now = await page.decoded()
        if camera not in now or mic not in now:
            return None
        before = {key: first.get(key, {}) for key in (camera, mic)}
        return (
            now
            if now[camera]["frames"] - before[camera].get("frames", 0) >= frames
            and now[mic]["samples"] - before[mic].get("samples", 0) >= samples
            and now[mic]["energy"] > before[mic].get("energy", 0)
            else None
        )

    return await until(grown, 15)  # type: ignore[return-value]


async def test_what_amina_sends_bruno_sees_and_hears(media: Media, browser: Browser) -> None:
    media.put("plenary", plan(floor="amina", amina=speaking(1), bruno=speaking(0)))
    amina = await SeatPage.sit(browser, media, "plenary", "amina")
    bruno = await SeatPage.sit(browser, media, "plenary", "bruno")
    await amina.open_devices()
    seen = await plays(bruno, "amina")
    assert seen["amina:camera"]["mid"] == "v0"
    assert seen["amina:mic"]["mid"] == "a0"


async def test_a_browser_that_never_uses_loopback_connects_too(media: Media, plain_browser: Browser) -> None:
    media.put("plenary", plan(amina=speaking(), bruno=speaking()))
    amina = await SeatPage.sit(plain_browser, media, "plenary", "amina")
    bruno = await SeatPage.sit(plain_browser, media, "plenary", "bruno")
    await amina.open_devices()
    await plays(bruno, "amina")
