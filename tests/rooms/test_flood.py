"""When many join at once: a page is told its place, nothing else waits for it, and after a restart all come back apart."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from bench.soak import Listening
from rooms import house
from rooms.media import RoomPlan, SeatPlan
from rooms.models import Seat
from rooms.sfu.client import WireSeat
from tests.cast import Cast
from tests.crowd import seat_crowd
from tests.media.node import NodeProcess
from tests.media.until import until
from tests.media.wires import Pulse, Talker
from tests.rooms.conftest import Page, Summit

pytestmark = pytest.mark.django_db(transaction=True)

CROWD = 250  # at a node at rest about two seconds
PAGES = 60  # of the web process; `bench conduct --back` takes 500
BACK = 30.0  # s; two on busy cores


@pytest.fixture(autouse=True)
def node() -> Iterator[NodeProcess]:
    """A node at the door the application knocks at."""
    door = settings.MEDIA_DOOR
    process = NodeProcess(Path(door.removeprefix("unix://")).parent, door=door, addresses="127.0.0.1").start()
    yield process
    process.stop()


async def test_who_waits_is_told_the_place_and_asks_for_the_floor_meanwhile(opened) -> None:
    amina, media = await opened.sit(opened.cast.amina), house.house().media
    media.put("crowd", RoomPlan("crowd", 1, {f"seat{number}": SeatPlan() for number in range(CROWD)}))
    others = [asyncio.create_task(media.receive("crowd", f"seat{number}", 1, 1)) for number in range(CROWD)]
    await asyncio.sleep(0)  # they ask first
    await amina.send({"type": "receive.open", "id": "mine", "room": "meeting", "video": 6})
    told = await amina.hear("waiting", room="meeting", what="receive")
    assert told["place"] > 1 and told["seconds"] >= 1
    await amina.do("hand.raise")
    assert not any(m.get("re") == "mine" for m in amina.heard), "she still waits"
    answer = await amina.hear("done", re="mine", patience=20)
    assert answer["sdp"].startswith("v=0")
    await asyncio.gather(*others)


async def test_pages_come_back_to_a_restarted_node_one_after_the_other(opened, node: NodeProcess) -> None:
    amina, chen = await opened.sit(opened.cast.amina), await opened.sit(opened.cast.chen)
    node.kill()
    node.start()
    after = {page: (await page.hear("epoch"))["after"] for page in (opened.bruno, amina, chen)}
    assert after[opened.bruno] == 0, "whoever may be heard comes first"
    assert sorted(after.values()) == [0, 10, 20]


@pytest.fixture
def crowd(cast: Cast) -> list[tuple[str, str]]:
    """Session key and seat token of each; made before anybody is there."""
    return seat_crowd(cast, PAGES)


async def sit_down(summit: Summit, session: str, token: str, *, resume: bool) -> Page:
    """This page dials; returns when it is welcomed and has the floor."""
    cookie = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={session}"}
    page = await summit.connect(additional_headers=cookie, open_timeout=BACK)
    await page.send({"type": "hello", "seat": token, "resume": resume})
    await page.hear("welcome", patience=BACK)
    await page.until(lambda: "floor" in page.topics, patience=BACK)
    return page


async def test_pages_that_lose_the_web_process_together_are_back_in_their_seats_and_media_goes_on(
    crowd, opened
) -> None:
    amina = await opened.sit(opened.cast.amina)
    speaking, waiting = (await amina.do("hand.raise"))["turn"], (await opened.sit(opened.cast.lucia))
    await opened.bruno.do("floor.give", turn=speaking)
    hand = (await waiting.do("hand.raise"))["turn"]
    room, media = house.house().seats[(await amina.hear("welcome"))["seat"]][0].key, house.house().media
    talker = Talker(media, room, (await amina.hear("welcome"))["seat"])
    listener = WireSeat(media, room, (await opened.bruno.hear("welcome"))["seat"])
    pulse = Pulse()
    ear = Listening(pulse)
    pulse.start()
    await listener.receive(ear, audio=1, video=1)
    await talker.publish()
    talker.talk()
    await until(lambda: ear.packets)
    before = await asyncio.gather(*(sit_down(opened, *one, resume=False) for one in crowd))
    seats = [(await page.hear("welcome"))["seat"] for page in before]
    taken = await Seat.objects.acount()

    ear.longest = 0.0
    for page in before:
        await page.cut()
    await house.close()  # all the process knew is gone
    await house.house().restore()
    came = time.monotonic()
    coming = [asyncio.create_task(sit_down(opened, *one, resume=True)) for one in crowd]
    await asyncio.wait(coming, return_when=asyncio.FIRST_COMPLETED)
    (one, *_) = (task.result() for task in coming if task.done())
    mine = (await one.do("hand.raise"))["turn"]
    assert not all(task.done() for task in coming), "who is inside acts while the others come"
    back = await asyncio.gather(*coming)
    took = time.monotonic() - came

    print(f"{PAGES} pages are back after {took:.1f} s; the longest pause of what is heard: {ear.longest:.2f} s")
    assert took < BACK
    assert [(await page.hear("welcome"))["seat"] for page in back] == seats and await Seat.objects.acount() == taken
    for page in back:
        await page.until(lambda page=page: len(page.topics["floor"]["list"]) == 2)
        floor = page.topics["floor"]
        assert (floor["speaking"]["id"], [turn["id"] for turn in floor["list"]]) == (speaking, [hand, mine])
        assert not [m for m in page.heard if m["type"] in {"epoch", "waiting"}], "no connection is opened anew"
    assert ear.longest < 2, "who listened heard all of it, but for what busy cores hold up"
    for seat in (talker, listener):
        await seat.close()
    pulse.stop()


async def test_who_waits_at_the_door_hears_that_the_server_is_there(opened, monkeypatch) -> None:
    monkeypatch.setattr("rooms.protocol.HEARTBEAT", 0.1)
    answer = await opened.post_seat(opened.cast.amina)
    turns = house.house().turns
    for _ in range(house.AT_THE_DOOR):
        await turns.acquire()
    amina = await opened.hello(opened.cast.amina, answer.json()["token"])
    await amina.hear("ping", versions={})
    assert [m["type"] for m in amina.heard if m["type"] != "ping"] == []
    turns.release()
    await amina.hear("welcome")
