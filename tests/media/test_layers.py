"""A camera in three layers through a real node and Chromium: who gets which, how a switch looks, what rests."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import Any, TypeGuard

import pytest
from playwright.async_api import Browser

from rooms.media import REPEAT_SECONDS, Event, Media, RoomPlan, Routes, SeatPlan
from rooms.sfu.client import MID_ID, RID_ID, VP8, Feed, WireSeat, rtp_packet, vp8_payload
from rooms.sfu.plan import Limit
from tests.media.browser import SeatPage
from tests.media.until import until
from tests.media.wires import Talker

pytestmark = pytest.mark.asyncio(loop_scope="session")  # one browser for all

ALL = frozenset({"audio", "video", "screen"})
CAMERA = "amina:camera"
LARGE, SMALL = 720, 180


def plan(version: int, floor: str | None = "amina", **heights: int) -> RoomPlan:
    """Amina speaks; each listener looks at her so large."""
    seats = {name: SeatPlan(look=(CAMERA,), heights=(height,)) for name, height in heights.items()}
    return RoomPlan("test", version, {"amina": SeatPlan(publish=ALL, audible=True), **seats}, floor=floor)


def _of(event: Event, room: str, seat: str) -> TypeGuard[Routes]:
    """Rooms of earlier tests end while this one is at work."""
    return isinstance(event, Routes) and (event.room, event.seat) == (room, seat)


async def sees(page: SeatPage, height: int, *, seconds: float = 20) -> dict[str, Any]:
    """Amina's camera is decoded at this height, and goes on."""

    async def seen() -> dict[str, Any] | None:
        now = (await page.decoded()).get(CAMERA)
        return now if now and now["height"] == height and now["frames"] > 5 else None

    return await until(seen, seconds)


async def test_three_layers_arrive_and_two_tile_sizes_get_different_ones(
    media: Media, browser: Browser, room: str
) -> None:
    media.put(room, plan(1, bruno=LARGE, chen=SMALL))
    amina = await SeatPage.sit(browser, media, room, "amina", receive=False)
    bruno = await SeatPage.sit(browser, media, room, "bruno", publish=False)
    chen = await SeatPage.sit(browser, media, room, "chen", publish=False)
    await amina.page.evaluate("open_devices({width: 1280, height: 720, frameRate: 10})")
    large, small = await sees(bruno, 720), await sees(chen, 180)
    layers = await amina.page.evaluate("encoded()")
    assert {rid: one["height"] for rid, one in layers.items() if rid in "hml"} == {"h": 720, "m": 360, "l": 180}

    # a switch: fast, and no freeze but those of a busy encoder, which one sees whose layer stays, too
    frozen, taken = small["frozen"] - large["frozen"], []
    version = 2
    for height in (LARGE, SMALL, LARGE, SMALL):
        media.put(room, plan(version, bruno=LARGE, chen=height))
        started = time.monotonic()
        await sees(chen, height)
        taken.append(time.monotonic() - started)
        version += 1
        await asyncio.sleep(0.6)
    print("switches", [round(1000 * one) for one in taken])
    large, small = (await bruno.decoded())[CAMERA], (await chen.decoded())[CAMERA]
    print("frozen for", large["frozen"], "s; her who is switched", small["frozen"])
    assert small["frozen"] - large["frozen"] - frozen < 0.5
    assert small["lost"] == 0
    assert sorted(taken)[1] < 0.6

    # nobody looks: nothing is sent
    media.put(room, plan(version, bruno=LARGE, chen=0))
    await asyncio.sleep(0.5)
    before = (await chen.decoded())[CAMERA]["packets"]
    await asyncio.sleep(1)
    assert (await chen.decoded())[CAMERA]["packets"] == before


async def test_a_layer_that_the_browser_stops_is_replaced_within_a_second(
    media: Media, browser: Browser, room: str
) -> None:
    media.put(room, plan(1, bruno=LARGE))
    amina = await SeatPage.sit(browser, media, room, "amina", receive=False)
    bruno = await SeatPage.sit(browser, media, room, "bruno", publish=False)
    await amina.page.evaluate("open_devices({width: 640, height: 360, frameRate: 15})")
    before = await sees(bruno, 360)
    await amina.page.evaluate("keep_layer('h', false)")  # as a browser does whose line or processor is too weak for it

    async def stopped() -> bool:
        return not (await amina.page.evaluate("encoded()"))["h"]["active"]

    await until(stopped, 5)
    started = time.monotonic()
    await sees(bruno, 180, seconds=5)
    taken = time.monotonic() - started
    print("fell back after", round(1000 * taken))
    assert taken < 1.2
    assert (await bruno.decoded())[CAMERA]["lost"] == before["lost"]
    await amina.page.evaluate("keep_layer('h', true)")
    await sees(bruno, 360)


WITHOUT_VP8 = """() => {
  const known = RTCRtpSender.getCapabilities.bind(RTCRtpSender)
  RTCRtpSender.getCapabilities = (kind) => {
    const found = known(kind)
    return { ...found, codecs: found.codecs.filter((one) => one.mimeType !== 'video/VP8') }
  }
}"""


async def test_h264_passes_through_to_who_decodes_it_and_rests_for_who_cannot(
    media: Media, browser: Browser, room: str
) -> None:
    media.put(room, plan(1, bruno=LARGE, chen=LARGE))
    routes: list[Routes] = []
    media.listen(lambda event: routes.append(event) if _of(event, room, "chen") else None)
    amina = await SeatPage.sit(browser, media, room, "amina", publish=False, receive=False)
    await amina.page.evaluate(WITHOUT_VP8)
    await amina.page.evaluate("open_devices({width: 640, height: 360, frameRate: 15})")
    bruno = await SeatPage.sit(browser, media, room, "bruno", publish=False)
    assert (await sees(bruno, 360))["codec"] == "video/H264"
    media.put(room, plan(2, bruno=SMALL, chen=LARGE))
    assert (await sees(bruno, 180))["codec"] == "video/H264"

    heard: list[bytes] = []
    chen = WireSeat(media, room, "chen")
    await chen.receive(lambda data, _: heard.append(data), h264=False)
    await until(lambda: routes and dict(routes[-1].rests) == {"v0": "codec"}, 5)
    assert routes[-1].slots["v0"] == CAMERA, "she is still there, with her name"
    await until(lambda: len(heard) > 20, 5)
    assert {data[1] & 0x7F for data in heard} <= {111, 63}, "her voice, and nothing one cannot decode"
    await chen.close()


async def test_a_resting_picture_is_a_frame_a_second_and_moves_again_when_it_may(
    media: Media, browser: Browser, room: str
) -> None:
    def limited(version: int, most: Limit) -> RoomPlan:
        whole = plan(version, bruno=LARGE)
        return replace(whole, seats={**whole.seats, "bruno": replace(whole.seats["bruno"], most=most)})

    media.put(room, limited(1, "high"))
    routes: list[Routes] = []
    media.listen(lambda event: routes.append(event) if _of(event, room, "bruno") else None)
    amina = await SeatPage.sit(browser, media, room, "amina", receive=False)
    bruno = await SeatPage.sit(browser, media, room, "bruno", publish=False)
    await amina.page.evaluate("open_devices({width: 640, height: 360, frameRate: 15})")
    await sees(bruno, 360)
    media.put(room, limited(2, "still"))
    await sees(bruno, 180)  # the lowest layer there is
    await until(lambda: routes and set(dict(routes[-1].rests)) == {"v0"}, 10)
    before = (await bruno.decoded())[CAMERA]
    await asyncio.sleep(6)
    after = (await bruno.decoded())[CAMERA]
    print("frames in six seconds:", after["frames"] - before["frames"])
    assert 4 <= after["frames"] - before["frames"] <= 8
    assert after["keyframes"] - before["keyframes"] == after["frames"] - before["frames"]
    assert after["nacks"] == before["nacks"], "what was left out is no loss"
    media.put(room, limited(3, "high"))
    await sees(bruno, 360)

    async def moves() -> bool:
        return bool((await bruno.decoded())[CAMERA]["frames"] > after["frames"] + 30)

    await until(moves, 6)


async def test_a_layer_and_an_ssrc_of_the_same_name_from_another_seat_stay_that_seats_own(
    media: Media, room: str
) -> None:
    seats = {name: SeatPlan(publish=ALL, order=order) for order, name in enumerate(("amina", "eve"))}
    media.put(room, RoomPlan("test", 1, {**seats, "bruno": SeatPlan()}, floor="amina"))
    publishers = [WireSeat(media, room, name) for name in seats]
    for one in publishers:
        one.feeds = [Feed("video", "1", 0, rids=("h", "l"))]
        await one.publish()
    routes: list[Routes] = []
    media.listen(lambda event: routes.append(event) if _of(event, room, "bruno") else None)
    heard: dict[int, set[bytes]] = {}

    def hear(data: bytes, _: float) -> None:
        heard.setdefault(int.from_bytes(data[8:12], "big"), set()).add(data.rpartition(b":")[2])

    bruno = WireSeat(media, room, "bruno")
    await bruno.receive(hear)
    extension = bytes((MID_ID << 4,)) + b"1" + bytes((RID_ID << 4,)) + b"h"

    frame = 0

    async def send() -> bool:
        nonlocal frame
        frame += 1
        for number in range(2):
            for one in publishers:
                assert one.sending is not None
                hear_me = vp8_payload(frame, frame & 0xFF, b"\x10" + b"picture:" + one.seat.encode(), begins=True)
                packet = rtp_packet(VP8, frame, frame * 3000, 77 + number, hear_me, marker=True, extension=extension)
                one.sending.send_rtp(packet)
        return len(heard) == 2 and frame > 40

    await until(send, 10)
    shown = [{source for source in one.slots.values() if source} for one in routes]
    assert {CAMERA, "eve:camera"} in shown, shown
    assert sorted(heard.values(), key=repr) == [{b"amina"}, {b"eve"}]
    for one in (*publishers, bruno):
        await one.close()


async def test_what_a_page_would_like_to_see_is_told_for_it_alone_and_holds_in_later_plans(
    media: Media, room: str
) -> None:
    seats = {"amina": SeatPlan(publish=ALL, order=1), "eve": SeatPlan(publish=ALL, order=2), "bruno": SeatPlan()}
    media.put(room, RoomPlan("test", 1, seats))
    talkers = [Talker(media, room, name) for name in ("amina", "eve")]
    for one in talkers:
        await one.publish()
        one.talk()
    routes: list[Routes] = []
    media.listen(lambda event: routes.append(event) if _of(event, room, "bruno") else None)
    bruno = WireSeat(media, room, "bruno")
    await bruno.receive(video=1)

    def shown() -> str | None:
        return routes[-1].slots["v0"] if routes else None

    await until(lambda: shown() == CAMERA, 5)
    media.look(room, "nobody", ("eve:camera",), (180,))
    media.look(room, "bruno", ("eve:camera",), (180,))
    await until(lambda: shown() == "eve:camera", 5)
    told = len(routes)
    await asyncio.sleep(REPEAT_SECONDS + 0.5)  # the whole plan is said again
    assert all(one.slots["v0"] != CAMERA for one in routes[told:])
    for seat in (*talkers, bruno):
        await seat.close()
