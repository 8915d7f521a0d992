"""Browsers and a node: what one sends, the others decode, whatever happens in between."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from bench.flood import ROOM, Joiner
from rooms.media import Counters, Epoch, Event, Media, RoomPlan, SeatPlan
from tests.media.browser import SeatPage
from tests.media.lossy import ADVERTISED, Line
from tests.media.node import NodeProcess
from tests.media.until import until

pytestmark = pytest.mark.asyncio(loop_scope="session")  # one browser for all

ALL = frozenset({"audio", "video", "screen"})


def speaking(order: int = 0) -> SeatPlan:
    return SeatPlan(publish=ALL, audible=True, order=order)


def plan(version: int = 1, floor: str | None = None, **seats: SeatPlan) -> RoomPlan:
    return RoomPlan("test", version, seats, floor=floor)


async def plays(
    page: SeatPage, seat: str, *, frames: int = 20, samples: int = 48_000, seconds: float = 15
) -> dict[str, Any]:
    """Picture and sound of `seat` are decoded at `page`: both grow, and the sound is not silence."""
    camera, mic = f"{seat}:camera", f"{seat}:mic"
    first: dict[str, Any] = {}  # a slot counts on when its source changes, so each counts from where it was found

    async def grown() -> dict[str, Any] | None:
        now = await page.decoded()
        for source in (camera, mic):
            if source in now:
                first.setdefault(source, now[source])
            else:
                first.pop(source, None)
        if camera not in now or mic not in now:
            return None
        frames_now = now[camera]["frames"] - first[camera]["frames"]
        samples_now = now[mic]["samples"] - first[mic]["samples"]
        audible = now[mic]["energy"] > first[mic]["energy"]
        return now if frames_now >= frames and samples_now >= samples and audible else None

    return await until(grown, seconds)


async def test_what_amina_sends_bruno_sees_and_hears_in_step(media: Media, browser: Browser, room: str) -> None:
    media.put(room, plan(floor="amina", amina=speaking(1), bruno=speaking(0)))
    amina = await SeatPage.sit(browser, media, room, "amina")
    bruno = await SeatPage.sit(browser, media, room, "bruno")
    await amina.open_devices()
    seen = await plays(bruno, "amina")
    assert (seen["amina:camera"]["mid"], seen["amina:mic"]["mid"]) == ("v0", "a0")
    assert seen["amina:camera"]["lost"] == seen["amina:mic"]["lost"] == 0

    async def in_step() -> bool:
        """Chromium knows both streams' capture times from our sender reports, and plays them together."""
        now = await bruno.decoded()
        sound, picture = now["amina:mic"]["playout"], now["amina:camera"]["playout"]
        return bool(sound and picture and abs(sound - picture) < 200)

    await until(in_step, 10)


async def test_a_browser_that_never_uses_loopback_connects_too(media: Media, plain_browser: Browser, room: str) -> None:
    media.put(room, plan(amina=speaking(), bruno=speaking()))
    amina = await SeatPage.sit(plain_browser, media, room, "amina")
    bruno = await SeatPage.sit(plain_browser, media, room, "bruno")
    await amina.open_devices()
    await plays(bruno, "amina")


async def test_the_floor_changes_hands_without_a_new_description_or_a_loss(
    media: Media, browser: Browser, room: str
) -> None:
    seats = {"amina": speaking(1), "chen": speaking(2), "bruno": SeatPlan()}
    media.put(room, plan(1, "amina", **seats))
    amina = await SeatPage.sit(browser, media, room, "amina")
    chen = await SeatPage.sit(browser, media, room, "chen")
    bruno = await SeatPage.sit(browser, media, room, "bruno", publish=False, video=1)
    await amina.open_devices()
    await chen.open_devices()
    await plays(bruno, "amina")
    for version, floor in enumerate(["chen", "amina", "chen"], 2):
        media.put(room, plan(version, floor, **seats))
        seen = await plays(bruno, floor, frames=10, samples=9_600)
        assert seen[f"{floor}:camera"]["mid"] == "v0"
    assert seen["chen:camera"]["lost"] == 0
    assert seen["chen:camera"]["keyframes"] >= 4, "each switch begins with one"


async def test_a_muted_seat_is_not_heard_whatever_its_page_does(media: Media, browser: Browser, room: str) -> None:
    media.put(room, plan(amina=speaking(), bruno=SeatPlan()))
    amina = await SeatPage.sit(browser, media, room, "amina")
    bruno = await SeatPage.sit(browser, media, room, "bruno", publish=False)
    await amina.open_devices()
    await plays(bruno, "amina")
    media.put(room, plan(2, amina=SeatPlan(publish=ALL, audible=False), bruno=SeatPlan()))

    async def silent() -> bool:
        return "amina:mic" not in await bruno.decoded()

    await until(silent, 2)
    sent = "peer.publishing.pc.getStats().then((s) => [...s.values()].find((o) => o.type === 'outbound-rtp' && o.kind === 'audio').packetsSent)"
    before = await amina.page.evaluate(sent)
    await asyncio.sleep(0.5)
    assert await amina.page.evaluate(sent) > before, "her page goes on sending; the node drops it"
    media.put(room, plan(3, amina=speaking(), bruno=SeatPlan()))
    await plays(bruno, "amina", frames=5)


async def test_opening_anew_interrupts_neither_sender_nor_listener(media: Media, browser: Browser, room: str) -> None:
    media.put(room, plan(amina=speaking(), bruno=SeatPlan()))
    amina = await SeatPage.sit(browser, media, room, "amina")
    bruno = await SeatPage.sit(browser, media, room, "bruno", publish=False)
    await amina.open_devices()
    await plays(bruno, "amina")
    watch = "[...document.querySelectorAll('video')][0]"
    await bruno.page.evaluate(
        f"""() => {{ window.gap = 0; let last = performance.now();
        const tick = () => {{ const now = performance.now(); gap = Math.max(gap, now - last); last = now;
        {watch}?.requestVideoFrameCallback(tick); }}; {watch}.requestVideoFrameCallback(tick);
        setInterval(() => {{ if (performance.now() - last > 2000) {watch}?.requestVideoFrameCallback(tick); }}, 500); }}"""
    )
    for page in (bruno, amina):
        await page.page.evaluate("peer.reopen()")

        async def replaced(page: SeatPage = page) -> bool:
            state = await page.state()
            return state["history"][-1] in ("connected/connected", "closed/connected") and any(
                "reconnecting" in one for one in state["history"]
            )

        await until(replaced, 10)
        await plays(bruno, "amina", frames=10)
    assert await bruno.page.evaluate("gap") < 2_500


async def test_a_layer_nobody_watches_is_not_encoded_and_comes_back_with_the_first_who_does(
    media: Media, browser: Browser, room: str
) -> None:
    def seen(version: int, height: int) -> RoomPlan:
        return plan(version, amina=speaking(), bruno=SeatPlan(look=("amina:camera",), heights=(height,)))

    media.put(room, seen(1, 90))
    amina = await SeatPage.sit(browser, media, room, "amina")
    bruno = await SeatPage.sit(browser, media, room, "bruno", publish=False)
    await amina.page.evaluate("open_devices({width: 640, height: 360, frameRate: 15})")

    async def sent() -> set[int]:
        layers = await amina.page.evaluate("encoded()")
        return {one["height"] for one in layers.values() if one["active"] and one["height"]}

    async def only_small() -> bool:
        return await sent() == {180}

    async def sees_all() -> bool:
        return bool((await bruno.decoded())["amina:camera"]["height"] == 360)

    await plays(bruno, "amina")
    await until(only_small, 15)
    lost = (await bruno.decoded())["amina:camera"]["lost"]
    media.put(room, seen(2, 360))
    started = time.monotonic()
    await until(sees_all, 5)
    print("full size after", round(1000 * (time.monotonic() - started)))
    assert (await bruno.decoded())["amina:camera"]["lost"] == lost


# ── a node of their own ──


@pytest_asyncio.fixture(loop_scope="session")
async def own(tmp_path: Path) -> AsyncIterator[tuple[NodeProcess, Media]]:
    node = NodeProcess(tmp_path).start()
    client = Media(node.door)
    client.start()
    yield node, client
    await client.close()
    node.stop()


async def test_after_the_node_was_killed_the_pages_and_fifty_seats_are_back_within_ten_seconds_and_hear_first(
    own: tuple[NodeProcess, Media], browser: Browser
) -> None:
    node, media = own
    patience = 10 + 20 * (os.getloadavg()[0] > 4)  # s
    crowd = [Joiner(media, f"seat{number}") for number in range(50)]
    media.put(
        ROOM, plan(floor="amina", amina=speaking(), bruno=SeatPlan(), **{one.seat: SeatPlan(ALL) for one in crowd})
    )
    amina = await SeatPage.sit(browser, media, ROOM, "amina")
    bruno = await SeatPage.sit(browser, media, ROOM, "bruno", publish=False)
    await amina.open_devices()
    await plays(bruno, "amina")
    await asyncio.gather(*(one.join() for one in crowd))
    back: list[asyncio.Task[None]] = []

    def hear(event: Event) -> None:
        if isinstance(event, Epoch):
            back.extend(asyncio.ensure_future(one.come_back(number, len(crowd))) for number, one in enumerate(crowd))

    media.listen(hear)
    killed = time.monotonic()
    node.kill()
    node.start()
    await plays(bruno, "amina", frames=10, samples=9_600, seconds=patience)
    seen = time.monotonic() - killed
    await until(lambda: len(back) == len(crowd))
    await asyncio.gather(*back)
    hear_last, send_last = (
        max(times) - killed for times in zip(*((one.hears_at, one.sends_at) for one in crowd), strict=True)
    )
    print(
        f"killed: browser plays after {seen:.1f} s, the last of 50 hears after {hear_last:.1f} s, sends after {send_last:.1f} s"
    )
    assert max(seen, hear_last, send_last) < patience
    assert any("reconnecting" in one for one in (await amina.state())["history"])
    for one in crowd:
        await one.close()


@pytest_asyncio.fixture(loop_scope="session")
async def line(tmp_path: Path) -> AsyncIterator[tuple[Line, Media]]:
    """A node reached over a line that can be made bad."""
    node = NodeProcess(tmp_path, addresses=f"{ADVERTISED}=127.0.0.1").start()
    carrier, client = Line(node.port), Media(node.door)
    client.start()
    yield carrier, client
    await client.close()
    carrier.close()
    node.stop()


async def test_five_per_cent_loss_both_ways_is_repaired(line: tuple[Line, Media], browser: Browser) -> None:
    carrier, media = line
    media.put("room", plan(amina=speaking(), bruno=SeatPlan()))
    amina = await SeatPage.sit(browser, media, "room", "amina")
    bruno = await SeatPage.sit(browser, media, "room", "bruno", publish=False)
    await amina.open_devices()
    await plays(bruno, "amina")
    sent = "peer.publishing.pc.getStats().then((s) => [...s.values()].find((o) => o.type === 'outbound-rtp' && o.framesSent).framesSent)"
    before, sent_before = (await bruno.decoded())["amina:camera"], await amina.page.evaluate(sent)
    carrier.up.loss = carrier.down.loss = 0.05
    await asyncio.sleep(6)
    carrier.up.loss = carrier.down.loss = 0.0
    after, sent_after = (await bruno.decoded())["amina:camera"], await amina.page.evaluate(sent)
    assert min(carrier.up.lost, carrier.down.lost) > 10
    # Without repair nearly every second would freeze; the line may choose a smaller layer meanwhile.
    assert after["frames"] - before["frames"] > (sent_after - sent_before) * 0.6
    assert after["retransmitted"] > 0


async def test_on_a_thin_line_the_picture_gives_way_and_the_voice_stays(
    line: tuple[Line, Media], browser: Browser
) -> None:
    """400 kbit/s up, where a camera would like 1.2 Mbit/s: no endless queue, no broken voice."""
    carrier, media = line
    media.put("room", plan(amina=speaking(), bruno=SeatPlan()))
    counters: list[Counters] = []
    media.listen(
        lambda event: counters.append(event) if isinstance(event, Counters) and event.seat == "amina" else None
    )
    amina = await SeatPage.sit(browser, media, "room", "amina")
    bruno = await SeatPage.sit(browser, media, "room", "bruno", publish=False)
    carrier.up.bits = 400_000
    await amina.page.evaluate("open_devices({width: 640, height: 360, frameRate: 20})")
    await plays(bruno, "amina")
    await asyncio.sleep(8)  # time to notice
    dropped, before = carrier.up.lost, (await bruno.decoded())["amina:mic"]
    await asyncio.sleep(4)
    after = (await bruno.decoded())["amina:mic"]
    samples = after["samples"] - before["samples"]
    assert (after["concealed"] - before["concealed"]) / samples < 0.05
    assert carrier.up.lost - dropped < 10
    assert counters[-1].up_kbps < 400


async def test_a_line_that_is_cut_comes_back_by_itself(line: tuple[Line, Media], browser: Browser) -> None:
    carrier, media = line
    media.put("room", plan(amina=speaking(), bruno=SeatPlan()))
    amina = await SeatPage.sit(browser, media, "room", "amina")
    bruno = await SeatPage.sit(browser, media, "room", "bruno", publish=False)
    await amina.open_devices()
    await plays(bruno, "amina")
    carrier.cut = True
    await asyncio.sleep(3)
    carrier.cut = False
    await plays(bruno, "amina", frames=10, samples=9_600, seconds=8)
    summary = await bruno.page.evaluate("peer.summary().then(() => peer.summary())")
    assert summary["rtt"] is not None
