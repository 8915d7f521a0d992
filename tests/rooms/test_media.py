"""From a right to a packet: the real application, the real node, seats that send and count RTP."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.utils import timezone

from rooms.sfu.client import OPUS, WireSeat, rtp_packet
from summit.credentials import actions as credentials
from summit.models import Accreditation
from tests.media.node import NodeProcess

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def node() -> Iterator[NodeProcess]:
    """A node at the door the application knocks at."""
    door = settings.MEDIA_DOOR
    process = NodeProcess(Path(door.removeprefix("unix://")).parent, door=door, addresses="127.0.0.1").start()
    yield process
    process.stop()


class ThroughTheSocket:
    """The page's way to the node: its conduct socket."""

    def __init__(self, page: Any, where: str = "meeting") -> None:
        self.page, self.where = page, where

    async def publish(self, room: str, seat: str, sdp: str) -> str:
        return (await self.page.do("publish.offer", room=self.where, sdp=sdp))["sdp"]

    async def receive(self, room: str, seat: str, audio: int = 4, video: int = 12) -> str:
        return (await self.page.do("receive.open", room=self.where, video=6))["sdp"]

    async def receive_answer(self, room: str, seat: str, sdp: str) -> None:
        await self.page.do("receive.answer", room=self.where, sdp=sdp)


class Mouth:
    """Speaks fifty packets a second until told to stop."""

    def __init__(self, page: Any, where: str = "meeting") -> None:
        self.seat = WireSeat(ThroughTheSocket(page, where), "", "")

    async def open(self) -> Mouth:
        await self.seat.publish()
        self.task = asyncio.create_task(self._speak())
        return self

    async def _speak(self) -> None:
        feed, number = self.seat.feeds[0], 0
        while True:
            number += 1
            packet = rtp_packet(OPUS, number, number * 960, feed.ssrc, b"\x78" + bytes(60), marker=number == 1)
            self.seat.sending.send_rtp(packet)
            await asyncio.sleep(0.02)

    async def close(self) -> None:
        self.task.cancel()
        await self.seat.close()


class Ear:
    """Counts what arrives."""

    def __init__(self, page: Any, where: str = "meeting") -> None:
        self.seat = WireSeat(ThroughTheSocket(page, where), "", "")
        self.last = 0.0
        self.count = 0

    async def open(self) -> Ear:
        await self.seat.receive(self._heard)
        return self

    def _heard(self, *_packet: Any) -> None:
        self.count += 1
        self.last = time.monotonic()

    async def hears(self, patience: float = 5.0) -> None:
        before = self.count
        async with asyncio.timeout(patience):
            while self.count < before + 10:
                await asyncio.sleep(0.02)

    async def silence(self, within: float = 2.0) -> None:
        """Nothing for half a second, beginning no later than this."""
        until = time.monotonic() + within + 0.5
        while time.monotonic() - self.last < 0.5:
            assert time.monotonic() < until, "still heard"
            await asyncio.sleep(0.02)


async def test_the_floor_opens_and_closes_the_way_of_packets(opened) -> None:
    amina, lucia = await opened.sit(opened.cast.amina), await opened.sit(opened.cast.lucia)
    mouth, ear = await Mouth(amina).open(), await Ear(lucia).open()
    await asyncio.sleep(1)
    assert ear.count == 0  # a page may send what it likes
    turn = (await amina.do("hand.raise"))["turn"]
    await opened.bruno.do("floor.give", turn=turn)
    await ear.hears()
    key = (await amina.hear("welcome"))["seat"]
    await lucia.until(lambda: any(m["type"] == "route" and f"{key}:mic" in m["slots"].values() for m in lucia.heard))
    await opened.bruno.do("floor.pause", turn=turn)
    await ear.silence()
    await opened.bruno.do("floor.resume", turn=turn)
    await ear.hears()
    await mouth.close()


async def test_a_speaker_whose_accreditation_ends_is_silent_within_two_seconds(opened) -> None:
    amina, lucia = await opened.sit(opened.cast.amina), await opened.sit(opened.cast.lucia)
    await opened.bruno.do("meeting.speech", speech="discussion")
    mouth, ear = await Mouth(amina).open(), await Ear(lucia).open()
    await ear.hears()

    def withdraw() -> None:
        row = Accreditation.objects.get(person=opened.cast.amina)
        credentials.withdraw_accreditation(row.pk, by=None, now=timezone.now())

    await sync_to_async(withdraw)()
    await ear.silence(within=2)
    assert (await amina.hear("bye"))["code"] == 4403
    await mouth.close()


async def test_a_corridor_carries_between_those_inside_and_the_floor_stays_audible(opened) -> None:
    cast = opened.cast
    amina, lucia, chen = [await opened.sit(person) for person in (cast.amina, cast.lucia, cast.chen)]
    await opened.bruno.do("meeting.speech", speech="discussion")
    outside = await Ear(opened.bruno).open()
    await amina.do("corridor.invite", person=cast.lucia.pk)
    await lucia.do("corridor.accept", invite=(await lucia.hear("invite"))["invite"], answer="come_in")
    mouth, ear = await Mouth(amina, "corridor").open(), await Ear(lucia, "corridor").open()
    await ear.hears()
    floor, speaker = await Ear(amina).open(), await Mouth(chen).open()
    await floor.hears()
    await outside.hears()  # Chen, from the plenary
    await speaker.close()
    await outside.silence()
    await ear.hears()
    assert (await opened.bruno.ask("receive.open", room="corridor", video=6))["code"] == "corridor.outside"
    await mouth.close()


async def test_from_the_corridors_page_the_floor_is_heard_until_the_doors_close_or_rights_end(opened) -> None:
    cast = opened.cast
    amina, lucia, chen = [
        await opened.sit(cast.amina), await opened.sit(cast.lucia, meeting=None), await opened.sit(cast.chen, meeting=None)
    ]  # fmt: skip
    await opened.bruno.do("meeting.speech", speech="discussion")
    mouth = await Mouth(amina).open()
    for page in (lucia, chen):
        await page.do("corridor.open")
        await page.do("corridor.floor", meeting=cast.meeting.pk)
    offer = (await lucia.do("receive.open", room="floor", video=12))["sdp"]
    assert (offer.count("m=audio"), offer.count("m=video")) == (4, 0)
    member, observer = await Ear(lucia, "floor").open(), await Ear(chen, "floor").open()
    for ear in (member, observer):
        await ear.hears()
    key = (await amina.hear("welcome"))["seat"]
    await lucia.until(
        lambda: any(
            m["type"] == "route" and m["room"] == "floor" and f"{key}:mic" in m["slots"].values() for m in lucia.heard
        )
    )
    await opened.bruno.do("meeting.openness", openness="closed")
    await observer.silence(within=2)
    await chen.until(lambda: chen.topics["floors"] == {"on": [], "heard": None})
    await member.hears()

    def withdraw() -> None:
        row = Accreditation.objects.get(person=cast.lucia)
        credentials.withdraw_accreditation(row.pk, by=None, now=timezone.now())

    await sync_to_async(withdraw)()
    await member.silence(within=2)
    await mouth.close()


async def test_pages_in_the_hall_and_companions_are_offered_no_sound(opened) -> None:
    amina = await opened.sit(opened.cast.amina, mode="hall")
    offer = (await amina.do("receive.open", room="meeting", video=6))["sdp"]
    assert (offer.count("m=audio"), offer.count("m=video")) == (0, 6)
    lucia = await opened.sit(opened.cast.lucia)
    offer = (await lucia.do("receive.open", room="meeting", video=12))["sdp"]
    assert (offer.count("m=audio"), offer.count("m=video")) == (4, 12)
    assert (await lucia.ask("publish.offer", room="meeting", sdp="v=0\r\n"))["code"].startswith("media.sdp")


async def test_a_node_that_comes_back_is_told_everything_and_every_page_its_epoch(opened, node: NodeProcess) -> None:
    lucia = await opened.sit(opened.cast.lucia)
    first = (await lucia.do("receive.open", room="meeting", video=6))["epoch"]
    assert (await lucia.hear("welcome"))["epoch"] == first
    node.kill()
    node.start()
    await lucia.until(lambda: any(m["type"] == "epoch" and m["epoch"] != first for m in lucia.heard))
    await Ear(lucia).open()
