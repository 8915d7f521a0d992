"""`devices.js` in real Chromium: what opens, how loud it is, and every obstacle by its code."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, Page, Playwright, Route

from summit.config.browser import arguments
from tests.media.browser import ORIGIN, PAGE, serve
from tests.product import chromium

pytestmark = pytest.mark.asyncio(loop_scope="session")  # one browser for all

IMPORT = "const d = await import('/js/room/devices.js');"


async def page_of(browser: Browser, origin: str = ORIGIN) -> Page:
    page = await browser.new_page()
    await page.route(f"{origin}/**", serve)
    await page.goto(f"{origin}/")
    return page


async def run(page: Page, script: str) -> object:
    return await page.evaluate(f"async () => {{ {IMPORT} {script} }}")


OPENED = "return await d.{0}().then((track) => track.kind, (error) => error.code)"


async def test_devices_are_listed_opened_and_measured(browser: Browser) -> None:
    page = await page_of(browser)
    assert await run(page, OPENED.format("openCamera")) == "video"
    heard = await run(
        page,
        """const track = await d.openMicrophone({profile: 'discussion'}); const meter = new d.Meter(track); meter.resume();
        let most = 0; const until = performance.now() + 5000;
        while (most < 0.2 && performance.now() < until) { most = Math.max(most, meter.level()); await new Promise((r) => setTimeout(r, 30)); }
        const {mics, cameras} = await d.list(); const settings = track.getSettings(); meter.close();
        return {most, mics: mics.length, cameras: cameras.length, label: mics[0].label, gain: settings.autoGainControl}""",
    )
    assert heard["most"] > 0.2, "the fake microphone beeps"
    assert heard["mics"] >= 1
    assert heard["cameras"] >= 1
    assert heard["label"]
    assert heard["gain"] is True


async def test_a_device_that_is_gone_gives_another(browser: Browser) -> None:
    page = await page_of(browser)
    script = "return (await d.openCamera({id: 'unplugged'})).kind + (await d.openMicrophone({id: 'unplugged'})).kind"
    assert await run(page, script) == "videoaudio"


async def test_a_tone_is_played_and_a_missing_loudspeaker_falls_back(browser: Browser) -> None:
    page = await page_of(browser)
    await run(page, "await d.playTone()")
    assert await run(page, "return await d.chooseSpeaker(document.createElement('audio'), 'unplugged')") is False


async def test_an_insecure_page_says_so(browser: Browser) -> None:
    page = await page_of(browser, "http://summit.example")
    assert await run(page, OPENED.format("openCamera")) == "insecure"
    assert await run(page, OPENED.format("openScreen")) == "insecure"


async def test_a_device_in_use_says_so(browser: Browser) -> None:
    page = await page_of(browser)
    refuse = "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NotReadableError') };"
    assert await run(page, refuse + OPENED.format("openMicrophone")) == "in_use"


@pytest.mark.parametrize("opener", ["openCamera", "openMicrophone"])
async def test_a_browser_without_devices_says_so(playwright: Playwright, opener: str) -> None:
    bare = [one for one in arguments() if one != "--use-fake-device-for-media-stream"]
    browser = await playwright.chromium.launch(executable_path=chromium(), args=bare)
    assert await run(await page_of(browser), OPENED.format(opener)) == "none"
    await browser.close()


@pytest.mark.parametrize("opener", ["openCamera", "openMicrophone"])
async def test_a_browser_that_may_not_says_so(browser: Browser, opener: str) -> None:
    async def forbid(route: Route) -> None:
        await route.fulfill(path=PAGE, headers={"permissions-policy": "camera=(), microphone=()"})

    page = await page_of(browser)
    await page.route(f"{ORIGIN}/", forbid)
    await page.reload()
    assert await run(page, OPENED.format(opener)) == "denied"
