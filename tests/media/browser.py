"""Real Chromium pages as seats: the product's `peer.js` on a bare page, its signals carried to the node by the test."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, Page, Playwright, Route

from rooms.media import Epoch, Event, Media, MediaDown, MediaRefused, Routes
from summit.config.browser import arguments
from tests.product import chromium

ROOT = Path(__file__).resolve().parents[2]
PAGE = Path(__file__).with_name("page.html")
ORIGIN = "http://localhost:9"  # served from disk by the test; localhost counts as secure


async def launch(playwright: Playwright, *, loopback: bool) -> Browser:
    """Chromium with fake devices; without `loopback` it behaves as everywhere: 127.0.0.1 is never a candidate."""
    extra = ["--allow-loopback-in-peer-connection"] if loopback else []
    return await playwright.chromium.launch(executable_path=chromium(), args=[*arguments(), *extra])


async def serve(route: Route) -> None:
    path = urlsplit(route.request.url).path
    if path == "/":
        await route.fulfill(path=PAGE, content_type="text/html")
    else:
        await route.fulfill(path=ROOT / "static" / path.lstrip("/"), content_type="text/javascript")


class SeatPage:
    """One browser page holding one seat of a room."""

    def __init__(self, page: Page, media: Media, seat: str, video: int, instead: tuple[str, str]) -> None:
        self.page = page
        self._instead = instead
        self.seat = seat
        self._media = media
        self._video = video
        self._stop = media.listen(self._on_event)
        self._pending: set[Any] = set()

    @classmethod
    async def sit(
        cls,
        browser: Browser | BrowserContext,
        media: Media,
        room: str,
        seat: str,
        *,
        publish: bool = True,
        receive: bool = True,
        video: int = 6,
        instead: tuple[str, str] = ("", ""),
    ) -> SeatPage:
        """Open a page and both connections; returns when they work. `instead` is an address of the node and the one
        this page takes for it: the way around a bad line."""
        self = await cls.at_the_door(browser, media, seat, video=video, instead=instead)
        await self.join(room, publish=publish, receive=receive)
        return self

    @classmethod
    async def at_the_door(
        cls,
        browser: Browser | BrowserContext,
        media: Media,
        seat: str,
        *,
        video: int = 6,
        instead: tuple[str, str] = ("", ""),
    ) -> SeatPage:
        """Open a page that has not joined yet."""
        page = await browser.new_page()
        self = cls(page, media, seat, video, instead)
        await page.route(f"{ORIGIN}/**", serve)
        await page.expose_function("askNode", self._ask)
        await page.goto(f"{ORIGIN}/")
        await page.wait_for_function("window.ready")
        return self

    async def join(self, room: str, *, publish: bool = True, receive: bool = True) -> None:
        may = {"publish": publish, "receive": receive}
        await self.page.evaluate("([room, may]) => join(room, may)", [room, may])
        if self._media.epoch:
            await self.page.evaluate("(epoch) => tell('', 'epoch', epoch)", self._media.epoch)

    async def open_devices(self) -> None:
        await self.page.evaluate("open_devices()")

    async def decoded(self) -> dict[str, dict[str, Any]]:
        return await self.page.evaluate("decoded()")

    async def state(self) -> dict[str, Any]:
        return await self.page.evaluate("state")

    async def leave(self) -> None:
        self._stop()
        await self.page.close()

    async def _ask(self, what: str, room: str, sdp: str) -> str:
        try:
            if what == "publish":
                return (await self._media.publish(room, self.seat, sdp)).replace(*self._instead)
            if what == "receive":
                return (await self._media.receive(room, self.seat, 4, self._video)).replace(*self._instead)
            await self._media.receive_answer(room, self.seat, sdp)
        except (MediaRefused, MediaDown) as error:
            raise RuntimeError(str(error)) from None
        return ""

    def _on_event(self, event: Event) -> None:
        if isinstance(event, Routes) and event.seat == self.seat:
            self._tell(event.room, "routes", event.as_json())
        elif isinstance(event, Epoch):
            self._tell("", "epoch", event.epoch)

    def _tell(self, room: str, what: str, value: object) -> None:
        import asyncio

        async def tell() -> None:
            try:
                await self.page.evaluate("([room, what, value]) => tell(room, what, value)", [room, what, value])
            except Exception:  # the page was closed meanwhile
                return

        task = asyncio.ensure_future(tell())
        self._pending.add(task)
        task.add_done_callback(self._pending.discard)
